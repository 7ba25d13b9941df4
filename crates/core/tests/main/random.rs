//! Random processes and random events, from a seed that a failure prints.

use std::collections::BTreeMap;

use countersign_core::{
    case::{Ask, EffectState, Outcome, Waiting},
    command::agent_key,
    decide::outcomes,
    definition::{
        AgentWork, Branch, CheckStep, Definition, Escalation, FieldKind, FieldSource, HumanStep, HumanVerb, Join,
        MessageStep, MessageText, Signer, Stage, Step, SystemStep, Track, WaitUntil, Who,
    },
    event::{Acting, Addition, EventKind, MoveKind, Requirement},
    guard::{Guard, Relation, Term},
    proposal::{CertificateUse, Evidence, GateFacts, Output, Proposal, Read},
    time::{HOUR_MS, Span, Timestamp},
    value::{Date, Money, Value, Values},
    who,
};

use crate::{
    desk::{Desk, actor, file},
    samples::{agent, end, field, form, message, read_from, role, supplier, system, words},
};

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    pub fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

const FORM: [&str; 4] = ["amount", "day", "email", "receipt"];

/// A process of two or three stages with every kind of step, in blocks up to two deep.
pub fn definition(random: &mut Random) -> Definition {
    let options = words(&["travel", "meals"]);
    let mut definition = Definition {
        starter: String::from("employee"),
        accountable: String::from("controller"),
        successes: words(&["done"]),
        fields: vec![
            field("amount", FieldKind::Money, form(true)),
            field("day", FieldKind::Date, form(true)),
            field("email", FieldKind::Email, form(true)),
            field("receipt", FieldKind::Document, form(true)),
            field("receipt.total", FieldKind::Money, read_from("receipt")),
            field("count", FieldKind::Number, form(false)),
            field("category", FieldKind::Choice { options }, FieldSource::Agent),
        ],
        // Nothing said about approvers: that the requester is none of them holds without a word.
        prohibitions: Vec::new(),
        ..supplier()
    };
    let stages = 2 + random.below(2);
    definition.stages = (0..stages)
        .map(|index| {
            let mut steps = block(random, 0, index);
            if index + 1 == stages && !random.one_in(10) {
                steps.push(end("done"));
            }
            Stage { name: format!("S{index}"), steps }
        })
        .collect();
    let before_stage = random.one_in(2).then(|| String::from("S1"));
    let closing = String::from("withdrawn");
    definition.withdrawal = Some(countersign_core::definition::Withdrawal { before_stage, closing });
    definition
}

pub fn block(random: &mut Random, depth: usize, stage: usize) -> Vec<Step> {
    let count = random.below(4) + usize::from(depth == 0);
    (0..count).map(|_| step(random, depth, stage)).collect()
}

fn step(random: &mut Random, depth: usize, stage: usize) -> Step {
    match random.below(if depth < 2 { 20 } else { 15 }) {
        0 => agent(AgentWork::Extract { document: String::from("receipt"), fields: words(&["receipt.total"]) }),
        1 => agent(AgentWork::Classify { field: String::from("category"), subject: words(&["email"]) }),
        2 => agent(AgentWork::Prepare { reader: Who::Approver }),
        3 => Step::Check(CheckStep { guard: guard(random, 1), words: String::from("it holds") }),
        4..=7 => Step::Human(task(random, depth, stage)),
        8..=10 => {
            let signer = signer(random);
            let payload: &[&str] = random.of(&[&["amount"][..], &["amount", "receipt"], &["category", "count", "day"]]);
            let at_most_once = random.one_in(2);
            Step::System(SystemStep { at_most_once, ..system("bank", payload, signer) })
        }
        11 => {
            let to = random.of(&[Who::Requester, party(), role("finance lead")]);
            message(to, "{amount} on {day}", signer(random))
        }
        12 => {
            let to = random.of(&[Who::Requester, Who::Approver]);
            Step::Message(MessageStep { to, text: MessageText::Reason, signer: Signer::Nobody })
        }
        13 => Step::Wait { until: until(random) },
        14 => {
            let back = random.below(stage + 1);
            let at_most = random.below(3) as u16;
            if random.one_in(6) {
                end("ended")
            } else {
                Step::Return { stage: format!("S{back}"), at_most, then: role("finance desk") }
            }
        }
        15..=17 => {
            let branches = (0..=random.below(2))
                .map(|_| Branch { guard: guard(random, 1), steps: block(random, depth + 1, stage) })
                .collect();
            Step::Choice { branches, otherwise: block(random, depth + 1, stage) }
        }
        _ => {
            let tracks = (0..random.below(4))
                .map(|track| Track { name: format!("T{track}"), steps: block(random, depth + 1, stage) })
                .collect();
            Step::Parallel { tracks, join: Join::All }
        }
    }
}

fn task(random: &mut Random, depth: usize, stage: usize) -> HumanStep {
    let verb =
        random.of(&[HumanVerb::Provide, HumanVerb::Approve, HumanVerb::Approve, HumanVerb::Review, HumanVerb::Do]);
    let decides = matches!(verb, HumanVerb::Approve | HumanVerb::Review);
    let who = match (random.below(6), decides) {
        (0, false) => party(),
        (1, false) => Who::Requester,
        (2, _) => Who::ManagerOfRequester,
        (3, _) => Who::Approver,
        (4, _) => role("board"),
        _ => role("finance lead"),
    };
    let seats = if decides { 1 + random.below(3) as u8 } else { 1 };
    let fields: &[&str] = if decides { &[] } else { random.of(&[&["amount", "day"][..], &["count"], &["receipt"]]) };
    let escalations = if random.one_in(2) {
        vec![
            Escalation { after: Span::Hours(30), to: role("finance director") },
            Escalation { after: Span::WorkingDays(3), to: role("controller") },
        ]
    } else {
        Vec::new()
    };
    HumanStep {
        verb,
        who,
        subject: String::from("the case"),
        fields: words(fields),
        seats,
        needed: 1 + random.below(usize::from(seats)) as u8,
        due: span(random),
        remind_every: random.one_in(2).then(|| span(random)),
        escalations,
        on_rejected: if decides && depth < 2 && random.one_in(2) {
            block(random, depth + 1, stage)
        } else {
            Vec::new()
        },
        accountable: None,
    }
}

fn party() -> Who {
    Who::Party { party: String::from("supplier") }
}

fn signer(random: &mut Random) -> Signer {
    random.of(&[
        Signer::Approver,
        Signer::Approver,
        Signer::Role { role: String::from("finance lead") },
        Signer::Nobody,
    ])
}

fn span(random: &mut Random) -> Span {
    random.of(&[Span::Minutes(1), Span::Minutes(30), Span::Hours(5), Span::Days(1), Span::WorkingDays(2)])
}

fn until(random: &mut Random) -> WaitUntil {
    if random.one_in(2) {
        return WaitUntil::Passed { span: span(random) };
    }
    WaitUntil::Message { name: String::from("report"), within: span(random), otherwise: role("finance desk") }
}

fn guard(random: &mut Random, depth: usize) -> Guard {
    let field = |name: &str| Term::Field { field: name.to_owned() };
    match random.below(if depth > 0 { 8 } else { 5 }) {
        0 => crate::samples::over("amount", "500"),
        1 => Guard::Compare { left: field("amount"), relation: Relation::Same, right: field("receipt.total") },
        2 => Guard::AtMostDaysAgo { field: String::from("day"), days: 30 },
        3 => Guard::Missing { field: String::from("count") },
        4 => Guard::CheckFailed,
        5 => Guard::Not { of: Box::new(guard(random, depth - 1)) },
        6 => Guard::All { of: vec![guard(random, depth - 1), guard(random, depth - 1)] },
        _ => {
            let travel = Term::Literal { value: Value::choice("travel") };
            Guard::Compare { left: field("category"), relation: Relation::Same, right: travel }
        }
    }
}

/// The next event: often one that fits where the case stands, sometimes any.
pub fn event(random: &mut Random, desk: &Desk, at: Timestamp, turn: usize) -> (Acting, EventKind) {
    let open: Vec<u32> = desk.case.open_tasks().map(|task| task.number).collect();
    match random.below(16) {
        0 if random.one_in(2) => (actor(random.of(&["con", "root", "leo"])), steering(random, desk)),
        0 => (anyone(random), any_kind(random, desk, turn)),
        1 | 2 => (Acting::System, EventKind::Ticked),
        3 => (requester(desk, random), edit(random)),
        4 if random.one_in(4) => (requester(desk, random), EventKind::CaseWithdrawn { reason: None }),
        5 if desk.case.open_incidents().next().is_some() => {
            let incident = desk.case.open_incidents().last().unwrap().number;
            (actor("root"), EventKind::IncidentResolved { incident })
        }
        6 if !desk.case.effects.is_empty() => (Acting::System, effect(random, desk)),
        7..=9 => (Acting::System, answer_of_machine(random, desk)),
        _ if open.is_empty() => (Acting::System, answer_of_machine(random, desk)),
        _ => of_task(random, desk, at, &open),
    }
}

/// What an operator does with a case as a whole; one on hold is mostly let go on.
fn steering(random: &mut Random, desk: &Desk) -> EventKind {
    if desk.case.held.is_some() && !random.one_in(4) {
        return EventKind::CaseResumed;
    }
    let to_stage = random.one_in(2).then(|| format!("S{}", random.below(3)));
    let reason = String::from("so");
    match random.below(6) {
        0 => EventKind::CaseHeld { reason },
        4 | 5 => {
            let name = String::from("the contract");
            let requirement =
                if random.one_in(2) { Requirement::Document { name } } else { Requirement::Review { name } };
            let who = random.of(&[Who::Requester, role("finance desk"), party()]);
            let person = random.one_in(2).then(|| random.of(&words(&["fin", "leo", "ana"])));
            EventKind::RequirementAdded { what: Addition { requirement, who, person, due: span(random) }, reason }
        }
        1 => EventKind::StageMoved { kind: MoveKind::Return, to_stage, reason },
        2 => EventKind::StageMoved { kind: MoveKind::Advance, to_stage, reason },
        _ => EventKind::StageMoved { kind: MoveKind::Skip, to_stage, reason },
    }
}

fn requester(desk: &Desk, random: &mut Random) -> Acting {
    if random.one_in(4) { actor("con") } else { Acting::person(desk.case.requester.clone()) }
}

fn anyone(random: &mut Random) -> Acting {
    actor(random.of(&[
        "ana",
        "mia",
        "lea",
        "leo",
        "dan",
        "fin",
        "con",
        "root",
        "bea",
        "ben",
        "bo",
        "sam",
        "off",
        "sam~lea",
        "lea~sam",
        "@supplier",
        "@other",
        "sys",
        "nobody",
    ]))
}

fn edit(random: &mut Random) -> EventKind {
    EventKind::FieldsEdited {
        values: values(random, &["amount", "day", "email", "count", "category"]),
        reason: String::new(),
    }
}

fn of_task(random: &mut Random, desk: &Desk, at: Timestamp, open: &[u32]) -> (Acting, EventKind) {
    let number = random.of(open);
    let task = desk.case.task(number).unwrap();
    let able = who::eligible(&desk.context(), &desk.case, task, at);
    let by = match &task.who {
        _ if random.one_in(10) || able.is_empty() && !matches!(task.who, Who::Party { .. }) => anyone(random),
        Who::Party { party } => actor(&format!("@{party}")),
        _ => {
            let one = random.of(&able);
            Acting::Person { person: one.person, standing_for: one.standing_for }
        }
    };
    let kind = match random.below(12) {
        0 => EventKind::TaskClaimed { task: number },
        1 => EventKind::TaskReleased { task: number },
        2 => EventKind::TaskDelegated {
            task: number,
            to: random.of(&words(&["leo", "lea", "fin", "ben", "off", "ana"])),
        },
        3 => EventKind::QuestionAsked { task: number, question: String::from("why?") },
        _ => decision(random, desk, number),
    };
    (by, kind)
}

fn decision(random: &mut Random, desk: &Desk, number: u32) -> EventKind {
    let task = desk.case.task(number).unwrap();
    let fitting = outcomes(&task.ask);
    let outcome = if random.one_in(20) {
        Outcome::TryAgain
    } else {
        fitting[random.below(fitting.len() + 2).min(fitting.len() * 2 - 1) % fitting.len()]
    };
    let asked: Vec<String> = match &task.ask {
        Ask::Provide { fields } | Ask::Do { fields } => fields.clone(),
        Ask::Confirm { field, .. } => vec![field.clone()],
        Ask::Approve { .. } if random.one_in(4) => words(&["amount"]),
        Ask::TakeOver { .. } if random.one_in(2) => words(&["amount", "receipt.total"]),
        Ask::Approve { .. }
        | Ask::TakeOver { .. }
        | Ask::Review
        | Ask::Judge { .. }
        | Ask::Look
        | Ask::Answer { .. } => Vec::new(),
    };
    let mut given = Values::new();
    let mut documents = BTreeMap::new();
    for name in &asked {
        let value = value(random, name);
        if let Value::Document { document } = &value {
            documents.insert(document.clone(), file(name, document));
        }
        given.insert(name.clone(), value);
    }
    let shown = if random.one_in(20) { String::from("old") } else { desk.case.shown(number) };
    EventKind::TaskDecided { task: number, outcome, reason: Some(String::from("so")), values: given, documents, shown }
}

fn value(random: &mut Random, name: &str) -> Value {
    match name {
        "amount" | "receipt.total" => {
            let currency = if random.one_in(8) { "USD" } else { "EUR" };
            Value::Money(Money::parse(random.of(&["100", "400.50", "9000"]), currency).unwrap())
        }
        "day" => Value::Date(Date::new(2026, 1 + random.below(3) as u8, 1).unwrap()),
        "count" => Value::Number { number: random.below(3) as i64 },
        "category" => Value::choice(random.of(&["travel", "meals"])),
        "receipt" => Value::Document { document: random.of(&words(&["r1", "r2"])) },
        _ => Value::text(random.of(&["a@example.org", "b@example.org"])),
    }
}

fn values(random: &mut Random, names: &[&str]) -> Values {
    let name = random.of(names);
    Values::from([(name.to_owned(), value(random, name))])
}

/// The start form, filled.
pub fn opened(random: &mut Random) -> EventKind {
    let values: Values = FORM.into_iter().map(|name| (name.to_owned(), value(random, name))).collect();
    let Some(Value::Document { document }) = values.get("receipt") else { panic!("a receipt") };
    let documents = BTreeMap::from([(document.clone(), file("receipt", document))]);
    EventKind::CaseOpened { number: 7, values, documents }
}

fn answer_of_machine(random: &mut Random, desk: &Desk) -> EventKind {
    let waiting: Vec<_> =
        desk.case.cursors.iter().filter(|one| !matches!(one.waiting, Waiting::Task { .. } | Waiting::Tracks)).collect();
    if waiting.is_empty() {
        return EventKind::Ticked;
    }
    let cursor = waiting[random.below(waiting.len())];
    match &cursor.waiting {
        Waiting::Agent => {
            let key = agent_key(&desk.case.id, &cursor.path, cursor.visit);
            if random.one_in(5) {
                EventKind::ProposalFailed { key, error: String::from("no model") }
            } else {
                proposal(random, desk, key)
            }
        }
        Waiting::Effect { .. } => effect(random, desk),
        Waiting::Message { name, .. } => {
            let values = if random.one_in(2) { values(random, &["amount", "count"]) } else { Values::new() };
            EventKind::MessageReceived { name: name.clone(), values }
        }
        _ => EventKind::Ticked,
    }
}

fn effect(random: &mut Random, desk: &Desk) -> EventKind {
    let keys: Vec<&String> = desk
        .case
        .effects
        .iter()
        .filter(|(_, one)| !matches!(one.state, EffectState::Done { .. }))
        .map(|(key, _)| key)
        .collect();
    if keys.is_empty() {
        return EventKind::Ticked;
    }
    let key = keys[random.below(keys.len())].clone();
    if random.one_in(2) {
        return EventKind::EffectDone { key, receipt: String::from("ok") };
    }
    EventKind::EffectFailed { key, error: String::from("down"), outcome_unknown: random.one_in(2) }
}

fn proposal(random: &mut Random, desk: &Desk, key: String) -> EventKind {
    let document = match desk.case.value("receipt") {
        Some(Value::Document { document }) => document.clone(),
        _ => String::from("none"),
    };
    let evidence = Evidence { document, text: String::new(), start: 0, end: 1, quote: String::from("x") };
    let read = |random: &mut Random, name: &str| Read {
        value: value(random, name),
        evidence: evidence.clone(),
        ambiguous: None,
    };
    let output = match random.below(3) {
        0 => {
            let names = if random.one_in(6) { ["amount"] } else { ["receipt.total"] };
            Output::Fields { fields: names.map(|name| (name.to_owned(), read(random, name))).into() }
        }
        1 => {
            let label = random.of(&[Some("travel"), Some("meals"), Some("boats"), None]).map(str::to_owned);
            Output::Label { field: String::from("category"), label, alternatives: Vec::new() }
        }
        _ => Output::Summary { sentences: words(&["x"]) },
    };
    let score = Some(random.below(1_000) as u32);
    let certificate = random.one_in(2).then(|| CertificateUse { id: String::from("k"), threshold: 500 });
    let facts = GateFacts { certificate, audit_draw: random.one_in(5), ..GateFacts::default() };
    let proposal = Proposal {
        output,
        reason: String::new(),
        score,
        engine: String::from("offline"),
        input: String::new(),
        prompt: None,
    };
    EventKind::ProposalReturned { key, proposal, facts }
}

fn any_kind(random: &mut Random, desk: &Desk, turn: usize) -> EventKind {
    let task = random.below(4) as u32;
    match random.below(8) {
        0 => opened(random),
        1 => EventKind::TaskClaimed { task },
        2 => EventKind::QuestionAsked { task, question: String::from(" ") },
        3 => proposal(random, desk, format!("c/0.{task}/1/ask")),
        4 => EventKind::EffectDone { key: format!("c/1.{task}/1/0"), receipt: String::new() },
        5 => EventKind::IncidentResolved { incident: task },
        6 if desk.case.task(task).is_some() => decision(random, desk, task),
        _ => EventKind::MessageReceived { name: format!("report {turn}"), values: Values::new() },
    }
}

/// The next instant: mostly a little later, sometimes days, sometimes back, rarely absurd.
pub fn clock(random: &mut Random, at: Timestamp) -> Timestamp {
    match random.below(40) {
        0..=24 => at.plus_ms(random.below(2 * HOUR_MS as usize) as i64),
        25..=33 => at.plus_ms(random.below(60 * HOUR_MS as usize) as i64),
        34..=38 => at.plus_ms(-(random.below(9 * HOUR_MS as usize) as i64)),
        _ => at,
    }
}

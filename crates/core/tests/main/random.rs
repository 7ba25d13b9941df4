//! Random events, from a seed that a failure prints.

use std::collections::BTreeMap;

use countersign_core::{
    case::{Ask, EffectState, Outcome, Waiting},
    command::agent_key,
    decide::outcomes,
    definition::Who,
    event::{Acting, Addition, EventKind, MoveKind, Requirement},
    proposal::{CertificateUse, Evidence, GateFacts, Output, Proposal, Read},
    time::{HOUR_MS, Timestamp},
    value::{Date, Money, Value, Values},
    who,
};

use crate::{
    desk::{Desk, actor, file},
    processes::{FORM, party, span},
    samples::{role, words},
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
        values: values(random, &["amount", "day", "email", "count", "category", "parts"]),
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
        "amount" | "receipt.total" | "limit" => {
            let currency = if random.one_in(8) { "USD" } else { "EUR" };
            Value::Money(Money::parse(random.of(&["100", "400.50", "9000"]), currency).unwrap())
        }
        "day" => Value::Date(Date::new(2026, 1 + random.below(3) as u8, 1).unwrap()),
        "parts" => Value::List { items: (0..random.below(4)).map(|_| value(random, "part")).collect() },
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
        Waiting::LookUp { key, .. } if random.one_in(4) => {
            EventKind::LookUpFailed { key: key.clone(), error: String::from("down") }
        }
        Waiting::LookUp { key, .. } => {
            EventKind::LookedUp { key: key.clone(), values: values(random, &["limit", "limit", "count"]) }
        }
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
    let output = match random.below(4) {
        0 => {
            let names = if random.one_in(6) { ["amount"] } else { ["receipt.total"] };
            Output::Fields { fields: names.map(|name| (name.to_owned(), read(random, name))).into() }
        }
        1 => {
            let label = random.of(&[Some("travel"), Some("meals"), Some("boats"), None]).map(str::to_owned);
            Output::Label { field: String::from("category"), label, alternatives: Vec::new() }
        }
        2 => Output::Judgement { holds: random.of(&[Some(true), Some(false), None]), examples: Vec::new() },
        _ => Output::Summary { sentences: words(&["x"]) },
    };
    let score = Some(random.below(1_000) as u32);
    let certificate = random.one_in(2).then(|| CertificateUse { id: String::from("k"), threshold: 500, labels: 100 });
    let facts = GateFacts { certificate, audit_draw: random.one_in(5), ..GateFacts::default() };
    let proposal = Proposal {
        output,
        reason: String::new(),
        score,
        engine: String::from("offline"),
        input: String::new(),
        measured: None,
        prompt: None,
        cascade: None,
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

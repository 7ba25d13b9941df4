//! Random processes: one to three stages with every kind of step, in blocks up to two deep.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{
        AgentStep, AgentWork, Branch, CheckStep, DEFINITION_FORMAT, Definition, Escalation, Every, Field, FieldKind,
        FieldSource, HumanStep, HumanVerb, Join, LookUpStep, Losers, MessageStep, MessageText, Offset, Party, Reading,
        ScaleMark, Schedule, Signer, Stage, Step, SystemStep, Track, WaitUntil, Who, Withdrawal,
    },
    guard::{Guard, Relation, Term},
    time::Span,
    value::{Money, Value},
};

use super::random::Random;

/// The fields of the start form.
pub(super) const FORM: [&str; 5] = ["amount", "day", "email", "receipt", "parts"];
/// Fields that anybody who may edit can change.
pub(super) const EDITABLE: [&str; 4] = ["amount", "day", "count", "parts"];
/// The system that honours keys, over the port for other systems.
pub(super) const BANK: &str = "bank";
/// The practice system of the store.
pub(super) const ARCHIVE: &str = "archive";
/// The message that a case may wait for.
pub(super) const REPORT: &str = "report";
/// The outside party.
pub(super) const SUPPLIER: &str = "supplier";

/// A process of one to three stages.
pub(super) fn definition(random: &mut Random, id: &str) -> Definition {
    let stages = 1 + random.below(3);
    let mut all: Vec<Stage> = Vec::new();
    for index in 0..stages {
        let mut steps = block(random, 0, index);
        if index + 1 == stages && !random.one_in(10) {
            steps.push(end("done"));
        }
        all.push(Stage { name: format!("S{index}"), steps });
    }
    let before_stage = (stages > 1 && random.one_in(2)).then(|| "S1".to_owned());
    let withdrawal = (!random.one_in(4)).then(|| Withdrawal { before_stage, closing: "withdrawn".to_owned() });
    let schedules =
        if random.one_in(12) { vec![Schedule { every: Every::DayOfMonth(3), at_minute: 10 * 60 }] } else { Vec::new() };
    Definition {
        format: DEFINITION_FORMAT,
        id: id.to_owned(),
        title: id.to_owned(),
        starter: "employee".to_owned(),
        accountable: "controller".to_owned(),
        successes: vec!["done".to_owned()],
        stalls_at: None,
        reading: Reading::default(),
        fields: fields(schedules.is_empty()),
        parties: vec![Party { name: SUPPLIER.to_owned(), email: "email".to_owned() }],
        visibility: Vec::new(),
        stages: all,
        withdrawal,
        prohibitions: Vec::new(),
        notes: Vec::new(),
        examples: BTreeMap::new(),
        owners: Vec::new(),
        guidelines: BTreeMap::new(),
        templates: BTreeMap::new(),
        word_templates: BTreeMap::new(),
        criteria: BTreeMap::new(),
        schedules,
        readers: None,
    }
}

/// Another version of a process: some waits are longer, one call is worded anew, or a step comes in.
pub(super) fn changed(random: &mut Random, definition: &Definition) -> Definition {
    let mut new = definition.clone();
    let stage = random.below(new.stages.len());
    match random.below(3) {
        0 => {
            let step = Step::Check(CheckStep { guard: Guard::CheckFailed, words: "it is new".to_owned() });
            if let Some(stage) = new.stages.get_mut(stage) {
                stage.steps.insert(0, step);
            }
        }
        1 => {
            let human = task(random, 2, stage);
            if let Some(stage) = new.stages.get_mut(stage) {
                stage.steps.insert(0, Step::Human(human));
            }
        }
        _ => {
            for step in new.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
                match step {
                    Step::Human(human) => human.due = Span::WorkingDays(7),
                    Step::System(call) => call.operation.push_str(" anew"),
                    _ => {}
                }
            }
        }
    }
    new
}

fn fields(required: bool) -> Vec<Field> {
    let field = |name: &str, kind: FieldKind, source: FieldSource| {
        // A case that starts by the clock has nobody who fills in the start form.
        let needed = required && matches!(source, FieldSource::Form { start: true, .. });
        let label = name.replace(['_', '.'], " ");
        Field { name: name.to_owned(), label, kind, required: needed, source }
    };
    let form = |start: bool| FieldSource::Form { form: "form".to_owned(), start };
    let options = vec!["travel".to_owned(), "meals".to_owned()];
    let read = FieldSource::Document { document: "receipt".to_owned() };
    let from_bank = FieldSource::System { system: BANK.to_owned() };
    vec![
        field("amount", FieldKind::Money, form(true)),
        field("day", FieldKind::Date, form(true)),
        field("email", FieldKind::Email, form(true)),
        field("receipt", FieldKind::Document, form(true)),
        field("receipt.total", FieldKind::Money, read),
        field("count", FieldKind::Number, form(false)),
        field("category", FieldKind::Choice { options }, FieldSource::Agent),
        field("mark", FieldKind::Number, FieldSource::Agent),
        field("parts", FieldKind::List { of: Box::new(FieldKind::Text) }, form(true)),
        field("part", FieldKind::Text, FieldSource::Item { list: "parts".to_owned() }),
        field("limit", FieldKind::Money, from_bank),
    ]
}

fn block(random: &mut Random, depth: usize, stage: usize) -> Vec<Step> {
    let count = random.below(3) + usize::from(depth == 0);
    (0..count).map(|_| step(random, depth, stage)).collect()
}

fn step(random: &mut Random, depth: usize, stage: usize) -> Step {
    match random.below(if depth < 2 { 23 } else { 17 }) {
        0 | 1 => asked(random),
        2 => Step::Check(CheckStep { guard: guard(random, 1), words: "it holds".to_owned() }),
        3..=6 => Step::Human(task(random, depth, stage)),
        7..=9 => Step::System(call(random, depth, stage)),
        10 => {
            let to = random.pick(&[Who::Requester, party(), role("finance lead")]);
            let text = MessageText::Template { template: "{amount} on {day}".to_owned() };
            Step::Message(MessageStep { to, text, signer: signer(random) })
        }
        11 => {
            let to = random.pick(&[Who::Requester, Who::Approver]);
            Step::Message(MessageStep { to, text: MessageText::Reason, signer: Signer::Nobody })
        }
        12 | 13 => Step::Wait { until: until(random) },
        14 => back(random, stage),
        15 => Step::HandOver { who: role("finance desk"), due: span(random) },
        16 => Step::LookUp(LookUpStep {
            system: random.pick(&[BANK, ARCHIVE]).to_owned(),
            by: words(&["email"]),
            fields: words(&["limit"]),
            answer_within: span(random),
            on_failure: role("finance desk"),
            failure: Vec::new(),
        }),
        17 | 18 => {
            let branches = (0..=random.below(2))
                .map(|_| Branch { guard: guard(random, 1), steps: block(random, depth + 1, stage) })
                .collect();
            Step::Choice { branches, otherwise: block(random, depth + 1, stage) }
        }
        19 => Step::Each { item: "part".to_owned(), list: "parts".to_owned(), steps: block(random, depth + 1, stage) },
        _ => split(random, depth, stage),
    }
}

fn asked(random: &mut Random) -> Step {
    let work = match random.below(5) {
        0 => AgentWork::Extract { document: "receipt".to_owned(), fields: words(&["receipt.total"]) },
        1 => AgentWork::Classify { field: "category".to_owned(), subject: words(&["email"]) },
        2 => AgentWork::Prepare { reader: Who::Approver },
        3 => AgentWork::Score {
            field: "mark".to_owned(),
            subject: words(&["email"]),
            scale: [1, 5].map(|mark| ScaleMark { mark, words: format!("worth {mark}") }).to_vec(),
        },
        _ => AgentWork::Judge { criterion: "it is plain".to_owned(), guideline: None, subject: Vec::new() },
    };
    Step::Agent(AgentStep { work, on_unsure: role("finance desk"), due: span(random) })
}

fn call(random: &mut Random, depth: usize, stage: usize) -> SystemStep {
    let payload: &[&str] = random.pick(&[
        &["amount"] as &[&str],
        &["amount", "receipt"],
        &["category", "count", "day"],
        &["part", "limit"],
    ]);
    SystemStep {
        operation: "create".to_owned(),
        system: random.pick(&[BANK, BANK, ARCHIVE]).to_owned(),
        payload: words(payload),
        signer: signer(random),
        at_most_once: random.one_in(3),
        answer_within: span(random),
        on_failure: role("finance desk"),
        failure: if depth < 2 && random.one_in(3) { block(random, depth + 1, stage) } else { Vec::new() },
        accountable: None,
    }
}

fn back(random: &mut Random, stage: usize) -> Step {
    if random.one_in(5) {
        return end("ended");
    }
    let at_most = u16::try_from(random.below(3)).unwrap_or_default();
    Step::Return { stage: format!("S{}", random.below(stage + 1)), at_most, then: role("finance desk") }
}

fn split(random: &mut Random, depth: usize, stage: usize) -> Step {
    let count = 1 + random.below(3);
    let tracks: Vec<Track> =
        (0..count).map(|track| Track { name: format!("T{track}"), steps: block(random, depth + 1, stage) }).collect();
    // The language refuses to close or send back from a track that runs on.
    let losers = if tracks.iter().any(|track| leaves(&track.steps)) { Losers::Cancel } else { Losers::Finish };
    let join = random.pick(&[Join::All, Join::All, Join::Any { losers }, Join::Count { count: 2, losers }]);
    Step::Parallel { tracks, join }
}

fn leaves(steps: &[Step]) -> bool {
    let ends = |step: &Step| matches!(step, Step::End { .. } | Step::Return { .. });
    steps.iter().any(|step| ends(step) || step.blocks().into_iter().any(leaves))
}

fn task(random: &mut Random, depth: usize, stage: usize) -> HumanStep {
    use HumanVerb::{Approve, Do, Provide, Review};
    let verb = random.pick(&[Provide, Approve, Approve, Review, Do]);
    let decides = matches!(verb, Approve | Review);
    let who = match (random.below(6), decides) {
        (0, false) => party(),
        (1, false) => Who::Requester,
        (2, _) => Who::ManagerOfRequester,
        (3, _) => Who::Approver,
        (4, _) => role("board"),
        _ => role("finance lead"),
    };
    let seats = if decides { 1 + random.below(3) } else { 1 };
    let asked: &[&str] =
        if decides { &[] } else { random.pick(&[&["amount", "day"] as &[&str], &["count"], &["receipt"]]) };
    let escalations = if random.one_in(2) {
        vec![
            Escalation { after: Span::Hours(30), to: role("finance director") },
            Escalation { after: Span::WorkingDays(3), to: role("controller") },
        ]
    } else {
        Vec::new()
    };
    let small = |number: usize| u8::try_from(number).unwrap_or(1);
    HumanStep {
        verb,
        who,
        subject: "the case".to_owned(),
        fields: words(asked),
        seats: small(seats),
        needed: small(1 + random.below(seats)),
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

fn until(random: &mut Random) -> WaitUntil {
    match random.below(6) {
        0 | 1 => WaitUntil::Passed { span: span(random) },
        2 => WaitUntil::Look { who: role("finance desk"), every: span(random) },
        3 => {
            let offset = random.one_in(2).then(|| Offset { before: random.one_in(2), span: span(random) });
            WaitUntil::Date { field: "day".to_owned(), offset }
        }
        _ => WaitUntil::Message { name: REPORT.to_owned(), within: span(random), otherwise: role("finance desk") },
    }
}

fn guard(random: &mut Random, depth: usize) -> Guard {
    let field = |name: &str| Term::Field { field: name.to_owned() };
    match random.below(if depth > 0 { 8 } else { 5 }) {
        0 => {
            let value = Value::Money(Money { minor: 50_000, currency: "EUR".to_owned() });
            Guard::Compare { left: field("amount"), relation: Relation::Over, right: Term::Literal { value } }
        }
        1 => Guard::Compare { left: field("amount"), relation: Relation::Same, right: field("receipt.total") },
        2 => Guard::AtMostDaysAgo { field: "day".to_owned(), days: 30 },
        3 => Guard::Missing { field: "count".to_owned() },
        4 => Guard::CheckFailed,
        5 => Guard::Not { of: Box::new(guard(random, depth - 1)) },
        6 => Guard::All { of: vec![guard(random, depth - 1), guard(random, depth - 1)] },
        _ => {
            let travel = Term::Literal { value: Value::choice("travel") };
            Guard::Compare { left: field("category"), relation: Relation::Same, right: travel }
        }
    }
}

fn signer(random: &mut Random) -> Signer {
    let lead = Signer::Role { role: "finance lead".to_owned() };
    random.pick(&[Signer::Approver, Signer::Approver, lead, Signer::Nobody])
}

pub(super) fn span(random: &mut Random) -> Span {
    random.pick(&[Span::Minutes(1), Span::Minutes(30), Span::Hours(5), Span::Days(1), Span::WorkingDays(2)])
}

pub(super) fn role(role: &str) -> Who {
    Who::Role { role: role.to_owned() }
}

pub(super) fn party() -> Who {
    Who::Party { party: SUPPLIER.to_owned() }
}

fn end(closing: &str) -> Step {
    Step::End { closing: closing.to_owned() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

//! What people, parties and operators do: mostly what is asked of them, sometimes what they may not.

use std::collections::BTreeMap;

use countersign_core::{
    Context,
    case::{Ask, Case, Outcome, TakeOver, Waiting},
    decide::outcomes,
    definition::{Definition, Who, is_rehearsal},
    event::{Acting, Addition, EventKind, MoveKind, Requirement},
    people::Directory,
    time::{Calendar, Timestamp},
    value::{Value, Values},
    who,
};

use super::{
    late,
    processes::{EDITABLE, FORM, REPORT, SUPPLIER, party, role, span},
    random::Random,
    scene::{Broken, Scene},
};
use crate::{
    runtime::{
        Engine, Problem,
        apply::{Applied, TaskAnswer},
        intake::{HandIn, Upload},
        versions::Chosen,
    },
    store::PersonRow,
};

/// Something that somebody asks of a program.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) by: Acting,
    pub(super) what: What,
    /// What makes it the same request when it comes again.
    pub(super) key: String,
}

/// What is asked.
#[expect(clippy::large_enum_variant, reason = "few requests exist at a time; a box would only make matching harder")]
#[derive(Clone, Debug)]
pub(super) enum What {
    Open { process: String, hand_in: HandIn },
    Decide { case: String, task: u32, outcome: Outcome, hand_in: HandIn, shown: String },
    Apply { case: String, kind: EventKind },
    Migrate { case: String, to: String },
    UndoMigration { case: String },
    Person { row: PersonRow },
}

/// Carries a request out; `false` when it failed for a technical reason and may be sent again.
pub(super) async fn perform(engine: &Engine, scene: &Scene, request: &Request) -> bool {
    let Request { by, what, key } = request;
    let (case, kind, done) = match what {
        What::Open { process, hand_in } => {
            (None, "case_opened", engine.open_case(by, process, hand_in.clone(), Some(key)).await)
        }
        What::Decide { case, task, outcome, hand_in, shown } => {
            let answer = TaskAnswer {
                outcome: *outcome,
                reason: Some("so".to_owned()),
                hand_in: hand_in.clone(),
                shown: shown.clone(),
                key: key.clone(),
            };
            (Some(case), "task_decided", engine.decide_task(case, *task, by, answer).await)
        }
        What::Apply { case, kind } => {
            (Some(case), kind.name(), engine.apply(case, by, kind, &format!("{}/{key}", kind.name())).await)
        }
        What::Migrate { case, to } => {
            (Some(case), "case_migrated", engine.migrate(by, case, to, &Chosen::new(), key).await)
        }
        What::UndoMigration { case } => (Some(case), "migration_undone", engine.undo_migration(by, case, key).await),
        What::Person { row } => {
            return engine.put_person(&by.id(), &row.id, &row.person, row.sample).await.is_ok();
        }
    };
    answered(scene, case, kind, done)
}

/// An answer leaves: what it acknowledges must be on the record.
fn answered(scene: &Scene, case: Option<&String>, kind: &'static str, done: Result<Applied, Problem>) -> bool {
    let mut state = scene.state();
    match done {
        Ok(applied) => {
            let told = &applied.loaded.case;
            let kept = scene.store.look(|tables| tables.cases.get(&told.id).map_or(0, |kept| kept.case.seq));
            if kept < told.seq {
                let what =
                    format!("{kind} was acknowledged as event {} of case {}, which has {kept}", told.seq, told.number);
                state.breaks(Broken::new("P1", what));
            }
            true
        }
        Err(Problem::Rejected(_)) => {
            let state = &mut *state;
            if let Some(case) = case {
                state.cover.note(state.watch.before(case), kind, false);
            }
            true
        }
        Err(Problem::Faults(_) | Problem::NotFound(_) | Problem::Setup(_)) => true,
        Err(Problem::Store(_) | Problem::Busy { .. }) => false,
    }
}

/// Everything that somebody sees who looks at a case.
pub(super) struct Sight<'a> {
    pub(super) case: &'a Case,
    pub(super) definition: &'a Definition,
    pub(super) directory: &'a Directory,
    pub(super) calendar: &'a Calendar,
    pub(super) at: Timestamp,
    /// How often somebody does what they may not, in parts per thousand.
    pub(super) mischief: u32,
}

/// The start form, filled by somebody.
pub(super) fn opening(random: &mut Random, process: &str, number: u64) -> Request {
    let by = Acting::person(if random.one_in(20) { "fin" } else { random.pick(&["ana", "mia", "lea"]) });
    let hand_in = form(random, &FORM, number);
    Request { by, what: What::Open { process: process.to_owned(), hand_in }, key: format!("open{number}") }
}

/// What somebody does about a case now.
pub(super) fn about(random: &mut Random, sight: &Sight<'_>, number: u64) -> Request {
    let case = sight.case.id.clone();
    let open: Vec<u32> = sight.case.open_tasks().map(|task| task.number).collect();
    let apply = |by: Acting, kind: EventKind| (by, What::Apply { case: case.clone(), kind });
    let waits = sight.case.cursors.iter().any(|cursor| matches!(cursor.waiting, Waiting::Message { .. }));
    let requester = Acting::person(sight.case.requester.clone());
    let (by, what) = match random.below(28) {
        0 | 1 => apply(operator(random), steering(random, sight)),
        2 if sight.case.migrated.is_some() || random.one_in(3) => {
            (operator(random), What::UndoMigration { case: case.clone() })
        }
        3 => {
            let by = if random.one_in(4) { Acting::person("con") } else { requester };
            let values = one_value(random);
            apply(by, EventKind::FieldsEdited { values, reason: "so".to_owned() })
        }
        4 if random.one_in(6) => apply(requester, EventKind::CaseWithdrawn { reason: None }),
        5 | 6 if sight.case.open_incidents().next().is_some() => {
            let incident = sight.case.open_incidents().last().map_or(1, |one| one.number);
            apply(operator(random), EventKind::IncidentResolved { incident })
        }
        7 | 8 if waits || random.one_in(8) => {
            let values = if random.one_in(2) { one_value(random) } else { Values::new() };
            apply(Acting::System, EventKind::MessageReceived { name: REPORT.to_owned(), values })
        }
        9 if random.one_in(3) || !sight.case.is_open() => {
            // Whoever comes too late, with a task that is over or never was.
            let task = u32::try_from(1 + random.below(sight.case.tasks.len() + 1)).unwrap_or(1);
            on_task(random, sight, task, number)
        }
        10 if random.one_in(if is_rehearsal(&sight.case.process) { 8 } else { 2 }) => {
            apply(Acting::System, EventKind::RehearsalEnded)
        }
        11 | 12 => late::answer(random, sight),
        13 | 14 if late::is_worked_on(sight.case) => late::faster(random, sight),
        _ => match random.of(&open).copied() {
            Some(task) => on_task(random, sight, task, number),
            None => apply(Acting::System, EventKind::Ticked),
        },
    };
    Request { by, what, key: format!("k{number}") }
}

fn on_task(random: &mut Random, sight: &Sight<'_>, number: u32, request: u64) -> (Acting, What) {
    let Some(task) = sight.case.task(number) else {
        let kind = EventKind::TaskClaimed { task: number };
        return (anyone(random), What::Apply { case: sight.case.id.clone(), kind });
    };
    let context = sight.context();
    let able = who::eligible(&context, sight.case, task, sight.at);
    let by = match &task.who {
        _ if random.per_mille(sight.mischief) => anyone(random),
        Who::Party { party } => Acting::Party { party: party.clone(), case: sight.case.id.clone() },
        _ => match random.of(&able) {
            Some(one) => Acting::Person { person: one.person.clone(), standing_for: one.standing_for.clone() },
            None => anyone(random),
        },
    };
    let case = sight.case.id.clone();
    let apply = |kind: EventKind| What::Apply { case: case.clone(), kind };
    let what = match random.below(16) {
        0 | 1 => apply(EventKind::TaskClaimed { task: number }),
        2 => apply(EventKind::TaskReleased { task: number }),
        3 => {
            let to = random.pick(&["leo", "lea", "fin", "ben", "ana"]).to_owned();
            apply(EventKind::TaskDelegated { task: number, to })
        }
        4 => apply(EventKind::QuestionAsked { task: number, question: "why?".to_owned() }),
        _ => decision(random, sight, number, request),
    };
    (by, what)
}

/// What somebody answers who wants the case to go on.
pub(super) fn decision(random: &mut Random, sight: &Sight<'_>, number: u32, request: u64) -> What {
    let case = sight.case.id.clone();
    let Some(task) = sight.case.task(number) else {
        return What::Apply { case, kind: EventKind::TaskClaimed { task: number } };
    };
    let fitting = outcomes(&task.ask);
    let usual = fitting.first().copied().unwrap_or(Outcome::Completed);
    let outcome = if random.one_in(3) { random.of(fitting).copied().unwrap_or(usual) } else { usual };
    let asked: Vec<&str> = match &task.ask {
        Ask::Provide { fields } | Ask::Do { fields } => fields.iter().map(String::as_str).collect(),
        Ask::Confirm { field, .. } => vec![field.as_str()],
        Ask::Approve { .. } if random.one_in(5) => vec!["amount"],
        Ask::TakeOver { why: TakeOver::Held { .. } } => Vec::new(),
        Ask::TakeOver { .. } if random.one_in(2) => vec!["amount", "receipt.total"],
        _ => Vec::new(),
    };
    let hand_in = form(random, &asked, request);
    let shown = if random.per_mille(sight.mischief / 4) { "old".to_owned() } else { sight.case.shown(number) };
    What::Decide { case, task: number, outcome, hand_in, shown }
}

/// What an operator does with a case as a whole; one on hold is mostly let go on.
fn steering(random: &mut Random, sight: &Sight<'_>) -> EventKind {
    if sight.case.held.is_some() && !random.one_in(4) {
        return EventKind::CaseResumed;
    }
    let to_stage = random.one_in(2).then(|| format!("S{}", random.below(3)));
    let reason = "so".to_owned();
    match random.below(8) {
        0 | 1 => EventKind::CaseHeld { reason },
        7 => EventKind::CaseResumed,
        2 => EventKind::StageMoved { kind: MoveKind::Return, to_stage, reason },
        3 => EventKind::StageMoved { kind: MoveKind::Advance, to_stage, reason },
        4 => EventKind::StageMoved { kind: MoveKind::Skip, to_stage, reason },
        _ => {
            let name = "the contract".to_owned();
            let requirement =
                if random.one_in(2) { Requirement::Document { name } } else { Requirement::Review { name } };
            let who = random.pick(&[Who::Requester, role("finance desk"), party()]);
            let person = random.one_in(2).then(|| random.pick(&["fin", "leo", "ana"]).to_owned());
            EventKind::RequirementAdded { what: Addition { requirement, who, person, due: span(random) }, reason }
        }
    }
}

pub(super) fn operator(random: &mut Random) -> Acting {
    Acting::person(random.pick(&["con", "root", "con", "root", "leo"]))
}

fn anyone(random: &mut Random) -> Acting {
    let person = |id: &str| Acting::person(id);
    match random.below(12) {
        0 => Acting::System,
        1 => Acting::Party { party: SUPPLIER.to_owned(), case: "another".to_owned() },
        2 => Acting::Person { person: "sam".to_owned(), standing_for: Some("lea".to_owned()) },
        3 => Acting::Person { person: "sam".to_owned(), standing_for: Some("mia".to_owned()) },
        _ => person(
            random.pick(&["ana", "mia", "lea", "leo", "dan", "fin", "con", "root", "bea", "ben", "sam", "nobody"]),
        ),
    }
}

/// Words and files for these fields, as somebody types and attaches them.
fn form(random: &mut Random, fields: &[&str], request: u64) -> HandIn {
    let mut hand_in = HandIn::default();
    for name in fields {
        let words = match *name {
            "receipt" => {
                let bytes = format!("Receipt {}\nTotal EUR {}\n", random.below(3), amount(random)).into_bytes();
                hand_in.uploads.push(Upload { field: "receipt".to_owned(), name: "receipt.txt".to_owned(), bytes });
                continue;
            }
            "amount" | "receipt.total" | "limit" => {
                format!("{} {}", amount(random), if random.one_in(8) { "USD" } else { "EUR" })
            }
            "day" => format!("2026-0{}-0{}", 2 + random.below(3), 1 + random.below(9)),
            "count" => random.below(3).to_string(),
            "mark" => (1 + random.below(5)).to_string(),
            "category" => random.pick(&["travel", "meals"]).to_owned(),
            "parts" => (0..random.below(3)).map(|part| format!("part {part}\n")).collect(),
            _ if name.starts_with("added") => {
                let upload = Upload { field: (*name).to_owned(), name: "it.txt".to_owned(), bytes: b"here".to_vec() };
                hand_in.uploads.push(upload);
                continue;
            }
            // What nobody outside this case may be shown.
            _ => format!("case-{request}@example.org"),
        };
        if !words.is_empty() {
            hand_in.words.insert((*name).to_owned(), words);
        }
    }
    hand_in
}

fn amount(random: &mut Random) -> &'static str {
    random.pick(&["40.00", "100.00", "400.50", "900.00"])
}

pub(super) fn one_value(random: &mut Random) -> Values {
    let name = random.pick(&EDITABLE);
    let value = match name {
        "amount" => Value::Money(countersign_core::value::Money {
            minor: random.between(1, 9) * 10_000,
            currency: "EUR".to_owned(),
        }),
        "day" => Value::Date(countersign_core::value::Date { year: 2026, month: 3, day: 5 }),
        "count" => Value::Number { number: random.between(0, 2) },
        _ => Value::List { items: vec![Value::text("part 9")] },
    };
    BTreeMap::from([(name.to_owned(), value)])
}

impl Sight<'_> {
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            definition: self.definition,
            version: &self.case.version,
            directory: self.directory,
            calendar: self.calendar,
        }
    }
}

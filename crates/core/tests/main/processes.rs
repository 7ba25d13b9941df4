//! Random processes: two or three stages with every kind of step, in blocks up to two deep.

use countersign_core::{
    definition::{
        AgentWork, Branch, CheckStep, Definition, Escalation, FieldKind, FieldSource, HumanStep, HumanVerb, Join,
        LookUpStep, Losers, MessageStep, MessageText, Offset, Signer, Stage, Step, SystemStep, Track, WaitUntil, Who,
    },
    guard::{Guard, Relation, Term},
    time::Span,
    value::Value,
};

use crate::{
    random::Random,
    samples::{agent, end, field, form, message, read_from, role, supplier, system, words},
};

/// The fields of the start form.
pub const FORM: [&str; 5] = ["amount", "day", "email", "receipt", "parts"];

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
            field("parts", FieldKind::List { of: Box::new(FieldKind::Text) }, form(true)),
            field("part", FieldKind::Text, FieldSource::Item { list: String::from("parts") }),
            field("limit", FieldKind::Money, FieldSource::System { system: String::from("bank") }),
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
    match random.below(if depth < 2 { 22 } else { 16 }) {
        0 => agent(AgentWork::Extract { document: String::from("receipt"), fields: words(&["receipt.total"]) }),
        1 => agent(AgentWork::Classify { field: String::from("category"), subject: words(&["email"]) }),
        2 => agent(AgentWork::Prepare { reader: Who::Approver }),
        3 => Step::Check(CheckStep { guard: guard(random, 1), words: String::from("it holds") }),
        4..=7 => Step::Human(task(random, depth, stage)),
        8..=10 => {
            let signer = signer(random);
            let payload: &[&str] = random.of(&[
                &["amount"][..],
                &["amount", "receipt"],
                &["category", "count", "day"],
                &["part", "limit"],
            ]);
            let at_most_once = random.one_in(2);
            let failure = if depth < 2 && random.one_in(3) { block(random, depth + 1, stage) } else { Vec::new() };
            Step::System(SystemStep { at_most_once, failure, ..system("bank", payload, signer) })
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
        15 => other(random, depth, stage),
        16..=18 => {
            let branches = (0..=random.below(2))
                .map(|_| Branch { guard: guard(random, 1), steps: block(random, depth + 1, stage) })
                .collect();
            Step::Choice { branches, otherwise: block(random, depth + 1, stage) }
        }
        19 => {
            let (item, list) = (String::from("part"), String::from("parts"));
            Step::Each { item, list, steps: block(random, depth + 1, stage) }
        }
        _ => {
            let tracks: Vec<Track> = (0..random.below(4))
                .map(|track| Track { name: format!("T{track}"), steps: block(random, depth + 1, stage) })
                .collect();
            let losers = if tracks.iter().any(|track| leaves(&track.steps)) { Losers::Cancel } else { Losers::Finish };
            let join = random.of(&[Join::All, Join::All, Join::Any { losers }, Join::Count { count: 2, losers }]);
            Step::Parallel { tracks, join }
        }
    }
}

/// A step that asks somebody, or something, for no more than to go on.
fn other(random: &mut Random, depth: usize, stage: usize) -> Step {
    match random.below(3) {
        0 => Step::HandOver { who: role("finance desk"), due: span(random) },
        1 => Step::LookUp(LookUpStep {
            system: String::from("bank"),
            by: words(&["email"]),
            fields: words(&["limit"]),
            answer_within: span(random),
            on_failure: role("finance desk"),
            failure: if depth < 2 && random.one_in(2) { block(random, depth + 1, stage) } else { Vec::new() },
        }),
        _ => {
            let criterion = String::from("it is plain");
            agent(AgentWork::Judge { criterion, guideline: None, subject: Vec::new() })
        }
    }
}

/// Whether a block may close the case or send it back: the language refuses that in a track that runs on.
fn leaves(steps: &[Step]) -> bool {
    let ends = |step: &Step| matches!(step, Step::End { .. } | Step::Return { .. });
    steps.iter().any(|step| ends(step) || step.blocks().into_iter().any(leaves))
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

pub fn party() -> Who {
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

pub fn span(random: &mut Random) -> Span {
    random.of(&[Span::Minutes(1), Span::Minutes(30), Span::Hours(5), Span::Days(1), Span::WorkingDays(2)])
}

fn until(random: &mut Random) -> WaitUntil {
    match random.below(4) {
        0 => return WaitUntil::Passed { span: span(random) },
        1 => return WaitUntil::Look { who: role("finance desk"), every: span(random) },
        2 => {
            let offset = random.one_in(2).then(|| Offset { before: random.one_in(2), span: span(random) });
            return WaitUntil::Date { field: String::from("day"), offset };
        }
        _ => {}
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

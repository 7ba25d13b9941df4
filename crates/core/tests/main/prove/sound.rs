//! Random processes that are sound by the way they are put together: every effect comes after the approval that
//! it names, and nothing that it sends is written in between.

use countersign_core::{
    definition::{
        AgentWork, Branch, CheckStep, Definition, Escalation, FieldKind, HumanStep, HumanVerb, Join, Losers, Signer,
        Stage, Step, SystemStep, Track, WaitUntil, Who,
    },
    guard::{Guard, Relation, Term},
    time::Span,
    value::Value,
};

use super::fields::fields;
use crate::{
    random::Random,
    samples::{agent, compare, end, field, human, message, over, read_from, role, supplier, system, words},
};

/// What is certain at the place where the next step is written.
#[derive(Clone, Default)]
struct Certain {
    /// Roles whose approval stands, each with the fields that were written since.
    signed: Vec<(String, Vec<&'static str>)>,
    /// Whether the stage may be gone back to.
    loops: bool,
}

const SENT: [&[&str]; 4] = [&["amount"], &["amount", "iban"], &["category", "amount"], &["note"]];
const ROLES: [&str; 3] = ["finance lead", "board", "finance director"];

/// A sound process of two to four stages.
pub fn sound(random: &mut Random) -> Definition {
    let mut definition = Definition {
        starter: String::from("employee"),
        accountable: String::from("controller"),
        fields: fields([field("receipt.total", FieldKind::Money, read_from("receipt"))]),
        prohibitions: Vec::new(),
        ..supplier()
    };
    let mut certain = Certain::default();
    let stages = 2 + random.below(3);
    for stage in 0..stages {
        certain.loops = random.one_in(2);
        if certain.loops {
            // What the stage writes may have been written before it begins anew.
            certain.signed.clear();
        }
        let mut steps = block(random, &mut certain, 0, stage);
        if stage + 1 == stages {
            steps.push(end("done"));
        }
        definition.stages.push(Stage { name: format!("S{stage}"), steps });
    }
    definition.stages.drain(..definition.stages.len() - stages);
    definition
}

fn block(random: &mut Random, certain: &mut Certain, depth: usize, stage: usize) -> Vec<Step> {
    let count = 1 + random.below(4);
    (0..count).flat_map(|_| steps(random, certain, depth, stage)).collect()
}

fn wrote(certain: &mut Certain, fields: &[&'static str]) {
    for (_, since) in &mut certain.signed {
        since.extend(fields);
        since.sort_unstable();
        since.dedup();
    }
}

fn steps(random: &mut Random, certain: &mut Certain, depth: usize, stage: usize) -> Vec<Step> {
    match random.below(if depth < 2 { 16 } else { 11 }) {
        0..=2 => vec![approve(random, certain, None)],
        3..=5 => effect(random, certain).into_iter().collect(),
        6 => {
            let fields: &[&'static str] = random.of(&[&["amount"][..], &["iban", "note"], &["receipt"]]);
            wrote(certain, fields);
            if fields.contains(&"receipt") {
                wrote(certain, &["receipt.total"]);
            }
            let who = random.of(&[Who::Requester, role("finance desk")]);
            vec![Step::Human(HumanStep { fields: words(fields), ..human(HumanVerb::Provide, who) })]
        }
        7 => {
            wrote(certain, &["category"]);
            vec![agent(AgentWork::Classify { field: String::from("category"), subject: words(&["email"]) })]
        }
        8 => {
            wrote(certain, &["receipt.total"]);
            let fields = words(&["receipt.total"]);
            let guard = compare("amount", Relation::Same, Term::Field { field: String::from("receipt.total") });
            vec![
                agent(AgentWork::Extract { document: String::from("receipt"), fields }),
                Step::Check(CheckStep { guard, words: String::from("the amount is the total") }),
            ]
        }
        9 => vec![Step::Wait { until: WaitUntil::Passed { span: Span::Hours(2) } }],
        10 => {
            let back = Step::Return { stage: format!("S{stage}"), at_most: 2, then: role("finance desk") };
            let on_rejected = if certain.loops && random.one_in(2) { vec![back] } else { Vec::new() };
            vec![Step::Human(HumanStep { on_rejected, ..human(HumanVerb::Review, role("finance desk")) })]
        }
        11 | 12 => vec![choice(random, certain, depth, stage)],
        13 => correlated(random, certain),
        14 => vec![parallel(random, certain, depth, stage)],
        _ if !certain.loops => Vec::new(),
        _ => {
            let back = Step::Return { stage: format!("S{stage}"), at_most: 1, then: role("finance desk") };
            let correct = HumanStep { fields: words(&["amount"]), ..human(HumanVerb::Provide, Who::Requester) };
            let steps = vec![Step::Human(correct), back];
            // Whoever takes over after too many returns may let the case go on with the corrected amount.
            wrote(certain, &["amount"]);
            certain.signed.clear();
            vec![Step::Choice { branches: vec![Branch { guard: Guard::CheckFailed, steps }], otherwise: Vec::new() }]
        }
    }
}

fn approve(random: &mut Random, certain: &mut Certain, by: Option<&str>) -> Step {
    let by = by.map_or_else(|| random.of(&ROLES), |by| ROLES.into_iter().find(|role| *role == by).unwrap());
    certain.signed.retain(|(role, _)| role != by);
    certain.signed.push((by.to_owned(), Vec::new()));
    let escalations = if random.one_in(2) {
        vec![Escalation { after: Span::WorkingDays(3), to: role("controller") }]
    } else {
        Vec::new()
    };
    let seats = 1 + random.below(2) as u8;
    Step::Human(HumanStep { seats, needed: seats, escalations, ..human(HumanVerb::Approve, role(by)) })
}

/// An effect that a standing approval signs; none where no approval covers what it sends.
fn effect(random: &mut Random, certain: &Certain) -> Option<Step> {
    let sent = random.of(&SENT);
    let covers = |since: &[&str]| !sent.iter().any(|name| since.contains(name));
    let roles: Vec<&str> =
        certain.signed.iter().filter(|(_, since)| covers(since)).map(|(role, _)| role.as_str()).collect();
    let signer = if roles.is_empty() {
        return None;
    } else if random.one_in(2) {
        Signer::Approver
    } else {
        Signer::Role { role: random.of(&roles).to_owned() }
    };
    Some(if random.one_in(4) {
        let template = format!("{{{}}}", sent[0]);
        message(Who::Party { party: String::from("supplier") }, &template, signer)
    } else {
        let failure = if random.one_in(3) {
            vec![Step::Wait { until: WaitUntil::Passed { span: Span::Hours(1) } }]
        } else {
            Vec::new()
        };
        Step::System(SystemStep { failure, ..system("bank", sent, signer) })
    })
}

/// Each way writes what it writes; behind it holds what held before, as far as no way wrote it, and what every
/// way signed.
fn choice(random: &mut Random, certain: &mut Certain, depth: usize, stage: usize) -> Step {
    let guard = match random.below(3) {
        0 => over("amount", "500"),
        1 => compare("category", Relation::Same, Term::Literal { value: Value::choice("travel") }),
        _ => Guard::Missing { field: String::from("note") },
    };
    let before = certain.clone();
    let (mut one, mut other) = (before.clone(), before);
    let by = random.of(&ROLES);
    let mut steps = block(random, &mut one, depth + 1, stage);
    let mut otherwise = block(random, &mut other, depth + 1, stage);
    if random.one_in(2) {
        steps.push(approve(random, &mut one, Some(by)));
        otherwise.push(approve(random, &mut other, Some(by)));
    }
    certain.signed = meet(one, &other);
    Step::Choice { branches: vec![Branch { guard, steps }], otherwise }
}

fn meet(one: Certain, other: &Certain) -> Vec<(String, Vec<&'static str>)> {
    let mut both = Vec::new();
    for (role, since) in one.signed {
        for (_, also) in other.signed.iter().filter(|(also, _)| *also == role) {
            both.push((role.clone(), [since.as_slice(), also].concat()));
        }
    }
    both
}

/// Who approves, and what is then done, hang on the same condition over data that nobody writes in between.
fn correlated(random: &mut Random, certain: &mut Certain) -> Vec<Step> {
    let guard = || over("amount", "500");
    let lead = approve(random, &mut Certain::default(), Some("finance lead"));
    let signer = Signer::Role { role: String::from("finance lead") };
    let pay = Step::System(system("bank", &["amount"], signer));
    let _ = certain;
    let on = |steps| Step::Choice { branches: vec![Branch { guard: guard(), steps }], otherwise: Vec::new() };
    vec![on(vec![lead]), on(vec![pay])]
}

fn parallel(random: &mut Random, certain: &mut Certain, depth: usize, stage: usize) -> Step {
    // Within a track only what its own steps sign counts, since the others run beside it and may write.
    let count = 2 + random.below(2);
    let before = certain.clone();
    let mut written: Vec<&'static str> = Vec::new();
    let mut gained = Vec::new();
    let mut tracks = Vec::new();
    let any = random.one_in(4);
    for number in 0..count {
        let mut inner = Certain { loops: certain.loops, ..Certain::default() };
        let steps =
            vec![approve(random, &mut inner, None), Step::Human(human(HumanVerb::Review, role("finance desk")))];
        if depth < 1 && random.one_in(3) {
            let fields: &[&'static str] = &["note"];
            written.extend(fields);
        }
        gained.extend(inner.signed);
        tracks.push(Track { name: format!("T{number}"), steps });
    }
    let _ = stage;
    if written.contains(&"note") {
        let write = HumanStep { fields: words(&["note"]), ..human(HumanVerb::Do, role("finance desk")) };
        tracks[0].steps.insert(0, Step::Human(write));
        wrote(certain, &["note"]);
        gained.iter_mut().skip(1).for_each(|(_, since)| since.push("note"));
    }
    let join = if any { Join::Any { losers: Losers::Cancel } } else { Join::All };
    // With a join that does not wait for all, no single track is certain to have signed.
    if any {
        let _ = before;
    } else {
        for (role, since) in gained {
            certain.signed.retain(|(known, _)| *known != role);
            certain.signed.push((role, since));
        }
    }
    Step::Parallel { tracks, join }
}

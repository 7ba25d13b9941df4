//! A proof told in sentences, in the words of the process.

use alloc::{format, string::String, vec::Vec};

use super::{CounterExample, Effect, EffectKind, Happens, Told};
use crate::{
    definition::{AgentWork, Definition, HumanStep, HumanVerb, Signer, Step, WaitUntil, Who},
    guard::{Guard, Relation, Term},
    value::{FieldName, Value},
};

/// What is wrong, in one sentence.
#[must_use]
pub fn headline(definition: &Definition, found: &CounterExample) -> String {
    let effect = &found.effect;
    let what = subject(definition, effect);
    let signer = signer(definition, &effect.signer);
    if found.steps.is_empty() {
        return format!(
            "it could not be proven that {signer} signs before {what} leaves: there are too many ways to it"
        );
    }
    if effect.approvals.is_empty() {
        return format!("{what} is to be signed by {signer}, and no approval before it can give that sign-off");
    }
    format!("{what} can leave without a valid sign-off by {signer}")
}

/// The way to the effect, one sentence for each step.
#[must_use]
pub fn sentences(definition: &Definition, found: &CounterExample) -> Vec<String> {
    let steps = found.steps.iter().filter_map(|told| sentence(definition, found, told));
    let mut all: Vec<String> = steps.collect();
    if !found.certain && !found.steps.is_empty() {
        all.push(String::from("Whether the data can ever be so could not be followed, so this is not certain."));
    }
    all
}

/// An effect and who signs it, in one sentence.
#[must_use]
pub fn listed(definition: &Definition, effect: &Effect) -> String {
    let what = subject(definition, effect);
    match &effect.signer {
        Signer::Nobody => capital(&format!("{what}: nobody signs this, and the text says so.")),
        named => capital(&format!("{what}: signed by {}.", signer(definition, named))),
    }
}

fn subject(definition: &Definition, effect: &Effect) -> String {
    match &effect.kind {
        EffectKind::Call { system, operation } => format!("`{operation}` in the {}", system_words(system)),
        EffectKind::Message { to } => format!("the message to {}", who(definition, to)),
    }
}

fn system_words(system: &str) -> String {
    if system.ends_with("system") { String::from(system) } else { format!("{system} system") }
}

fn signer(definition: &Definition, signer: &Signer) -> String {
    let _ = definition;
    match signer {
        Signer::Approver => String::from("the approver"),
        Signer::Role { role } => format!("the {role}"),
        Signer::Nobody => String::from("nobody"),
    }
}

/// How the text calls somebody, with the article.
pub(crate) fn who(definition: &Definition, who: &Who) -> String {
    match who {
        Who::Requester => format!("the {}", definition.starter),
        Who::ManagerOfRequester => format!("the manager of the {}", definition.starter),
        Who::Approver => String::from("the approver"),
        Who::Role { role } => format!("the {role}"),
        Who::Party { party } => format!("the {party}"),
        Who::OwnerOf { field } => format!("the owner of the {}", label(definition, field)),
        Who::ManagerOf { field } => format!("the manager of the {}", label(definition, field)),
    }
}

fn sentence(definition: &Definition, found: &CounterExample, told: &Told) -> Option<String> {
    let step = definition.step(&told.path);
    let words = match (told.what, step) {
        (Happens::Opened, _) => format!("the {} opens a case{}", definition.starter, with(definition, told)),
        (Happens::Placed, _) => String::from("the case stands where it was moved to, with the sign-offs that it has"),
        (Happens::Chose { block }, Some(Step::Choice { branches, .. })) => match branches.get(usize::from(block)) {
            Some(branch) => format!("since {}, the case takes that way", condition(definition, &branch.guard)),
            None => String::from("none of the conditions holds, so the case goes the other way"),
        },
        (Happens::Found { holds: false }, Some(Step::Check(check))) => {
            format!("the check that {} fails", check.words)
        }
        (Happens::Found { .. } | Happens::Chose { .. }, _) => return None,
        (Happens::Left, _) => unsigned(definition, found),
        (happens, Some(Step::Human(human))) => human_words(definition, human, happens, told),
        (happens, Some(step)) => step_words(definition, step, happens, told)?,
        (_, None) => return None,
    };
    Some(capital(&format!("{words}.")))
}

fn human_words(definition: &Definition, human: &HumanStep, happens: Happens, told: &Told) -> String {
    let name = who(definition, &human.who);
    let subject = &human.subject;
    match happens {
        Happens::Approved { escalated: 0 } => format!("{name} approves {subject}"),
        Happens::Approved { escalated } => {
            let to = human.escalations.get(usize::from(escalated) - 1).map(|one| who(definition, &one.to));
            let to = to.unwrap_or_default();
            format!("{name} does not decide in time, and {to}, to whom it is escalated, approves {subject}")
        }
        Happens::Rejected => format!("{name} rejects {subject}"),
        _ => match human.verb {
            HumanVerb::Provide => format!("{name} hands in {subject}{}", with(definition, told)),
            HumanVerb::Review => format!("{name} has reviewed {subject}"),
            HumanVerb::Approve | HumanVerb::Do => format!("{name} is done with {subject}{}", with(definition, told)),
        },
    }
}

fn step_words(definition: &Definition, step: &Step, happens: Happens, told: &Told) -> Option<String> {
    Some(match (step, happens) {
        (_, Happens::Rejected) => String::from("whoever is asked there ends what is left of it"),
        (Step::Each { .. } | Step::Wait { .. }, Happens::TriedAgain) => {
            String::from("the data that were missing are there, and it is tried again")
        }
        (Step::Agent(agent), _) => match &agent.work {
            AgentWork::Extract { document, .. } => {
                format!("the agent reads the {}{}", label(definition, document), with(definition, told))
            }
            AgentWork::Classify { field, .. } => {
                format!("the agent chooses the {}{}", label(definition, field), with(definition, told))
            }
            AgentWork::Score { field, .. } => {
                format!("the agent scores the {}{}", label(definition, field), with(definition, told))
            }
            AgentWork::Judge { criterion, .. } => match happens {
                Happens::Judged { holds: false } => format!("it is found that this does not hold: {criterion}"),
                _ => return None,
            },
            AgentWork::Draft { field, .. } => {
                format!("the {} is filled in from its template", label(definition, field))
            }
            AgentWork::Prepare { .. } => return None,
        },
        (Step::LookUp(look), Happens::Failed) => format!("the {} does not answer", system_words(&look.system)),
        (Step::LookUp(look), Happens::TriedAgain | Happens::WentOn) => {
            format!("{} takes over", who(definition, &look.on_failure))
        }
        (Step::LookUp(look), _) => format!("the {} answers{}", system_words(&look.system), with(definition, told)),
        (Step::HandOver { who: to, .. }, _) => format!("{} lets the case go on", who(definition, to)),
        (Step::Each { item, list, .. }, Happens::Round { another: true }) => {
            format!("the next {} of the {} is taken up", label(definition, item), label(definition, list))
        }
        (Step::Each { list, .. }, _) => format!("there is no more in the {}", label(definition, list)),
        (Step::System(call), Happens::Failed) => format!("the {} fails or does not answer", system_words(&call.system)),
        (Step::System(call), Happens::TriedAgain) => {
            format!("{} has it tried again", who(definition, &call.on_failure))
        }
        (Step::System(call), Happens::WentOn) => {
            format!("{} takes over and lets the case go on", who(definition, &call.on_failure))
        }
        (Step::System(call), _) => format!("the {} has answered", system_words(&call.system)),
        (Step::Wait { until: WaitUntil::Message { name, .. } }, _) => {
            format!("the {name} has come, or the wait for it is over")
        }
        (Step::Wait { .. }, _) => String::from("the wait is over"),
        (Step::Return { stage, .. }, Happens::Returned) => format!("the case goes back to {stage}"),
        (Step::Return { stage, then, .. }, _) => {
            format!("it cannot go back to {stage} once more, and {} lets it go on", who(definition, then))
        }
        (Step::Choice { .. }, _) => String::from("the data that were missing are there, and the choice is made again"),
        _ => return None,
    })
}

/// The last sentence: what is missing.
fn unsigned(definition: &Definition, found: &CounterExample) -> String {
    let effect = &found.effect;
    let (what, by) = (subject(definition, effect), signer(definition, &effect.signer));
    let approved = |told: &Told| matches!(told.what, Happens::Approved { .. }) && effect.approvals.contains(&told.path);
    let given = found.steps.iter().rposition(approved);
    let Some(given) = given else {
        return format!("{what} leaves, and {by} was never asked on this way");
    };
    // What came after the last approval that no return took back.
    let back = |told: &Told| match definition.step(&told.path) {
        Some(Step::Return { stage, .. }) if told.what == Happens::Returned => {
            definition.stages.iter().position(|one| one.name == *stage)
        }
        _ => None,
    };
    let stands = |place: &usize| {
        let (told, later) = (&found.steps[*place], &found.steps[*place..]);
        approved(told) && !later.iter().filter_map(back).any(|target| target <= told.path.stage_index())
    };
    let standing = (0..found.steps.len()).rev().find(stands);
    let after = &found.steps[standing.unwrap_or(given)..];
    let outside = matches!(found.steps[given].what, Happens::Approved { escalated } if escalated > 0)
        && !after.iter().any(|told| touches(told, &effect.sends).is_some());
    if standing.is_none() {
        return format!("{what} leaves, and the sign-off no longer counts, since the case went back");
    }
    if let Some(field) = after.iter().find_map(|told| touches(told, &effect.sends)) {
        let field = label(definition, field);
        return format!("{what} leaves, and the {field} is not the one that {by} has signed");
    }
    if outside {
        return format!("{what} leaves, and nobody of the organisation has signed it");
    }
    format!("{what} leaves, and no sign-off by {by} counts for it")
}

fn touches<'a>(told: &'a Told, sends: &[FieldName]) -> Option<&'a FieldName> {
    told.writes.iter().chain(told.values.keys()).find(|name| sends.contains(name))
}

/// The values that the way depends on, and the fields that are written besides.
fn with(definition: &Definition, told: &Told) -> String {
    let values = told.values.iter().map(|(name, value)| match value {
        Value::Document { .. } | Value::Text { .. } => format!("the {}", label(definition, name)),
        value => format!("the {} {}", label(definition, name), value.plain()),
    });
    let mut parts: Vec<String> = values.collect();
    if told.what != Happens::Opened {
        parts.extend(told.writes.iter().map(|name| format!("the {}", label(definition, name))));
    }
    let with = if parts.is_empty() { String::new() } else { format!(", with {}", list(&parts, "and")) };
    // What is only left as it was need not be told.
    let left_out = told.leaves_out.iter().filter(|_| told.what == Happens::Opened);
    let without: Vec<String> = left_out.map(|name| format!("the {}", label(definition, name))).collect();
    if without.is_empty() { with } else { format!("{with}, without {}", list(&without, "or")) }
}

fn label<'a>(definition: &'a Definition, name: &'a str) -> &'a str {
    definition.field(name).map_or(name, |field| field.label.as_str())
}

/// A condition in words.
pub(crate) fn condition(definition: &Definition, guard: &Guard) -> String {
    let join = |parts: &[Guard], joint: &str| {
        let all: Vec<String> = parts.iter().map(|part| condition(definition, part)).collect();
        all.join(joint)
    };
    match guard {
        Guard::All { of } => join(of, " and "),
        Guard::Any { of } => join(of, " or "),
        Guard::Not { of } => format!("it is not so that {}", condition(definition, of)),
        Guard::CheckFailed => String::from("a check has failed"),
        Guard::Missing { field } => format!("the {} is missing", label(definition, field)),
        Guard::AtMostDaysAgo { field, days } => {
            format!("the {} is at most {days} days ago", label(definition, field))
        }
        Guard::Compare { left, relation, right } => {
            let term = |term: &Term| match term {
                Term::Field { field } => format!("the {}", label(definition, field)),
                Term::Literal { value } => value.words(),
            };
            let relation = match relation {
                Relation::Same => match right {
                    Term::Field { .. } => "the same as",
                    Term::Literal { .. } => "",
                },
                Relation::Over => "over",
                Relation::Under => "under",
                Relation::AtLeast => "at least",
                Relation::AtMost => "at most",
            };
            let gap = if relation.is_empty() { "" } else { " " };
            format!("{} is {relation}{gap}{}", term(left), term(right))
        }
    }
}

fn list(parts: &[String], joint: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {joint} {last}", first.join(", ")),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

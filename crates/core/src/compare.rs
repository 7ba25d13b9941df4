//! What publishing a version would change for people: who decides, what runs by itself, what leaves unsigned.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::Serialize;

use crate::{
    context::Context,
    definition::{AgentStep, AgentWork, Definition, HumanVerb, Path, Prohibition, Signer, Step, Who},
    guard::words,
    people::Directory,
    prove::condition,
    time::{Calendar, Span},
    who,
};

/// A decision that somebody may take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Decision {
    /// Who, in the words of the text.
    pub who: String,
    /// Whether it is a sign-off; else it is a look that confirms.
    pub signs: bool,
    /// What about, in the words of the text.
    pub subject: String,
    /// After how long it comes to them when nobody has decided; `None` where it comes at once.
    pub late: Option<Span>,
    /// Under which conditions of the text, outermost first; empty where there are none.
    pub when: Vec<String>,
}

/// Whom a rule keeps from something, or does no longer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Rule {
    /// Somebody may not approve.
    ApproverIsNot {
        /// Who.
        who: String,
    },
    /// A field is seen by these alone.
    Seen {
        /// The field.
        field: String,
        /// By whom.
        by: Vec<String>,
    },
}

/// Something that happens without a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Automatic {
    /// Nobody decides about this any more.
    NobodyDecides {
        /// What about.
        subject: String,
    },
    /// An agent does something.
    Agent {
        /// What, such as `reads the total from the receipt`.
        does: String,
    },
    /// Another system is called.
    Call {
        /// Which.
        system: String,
        /// What it does there.
        operation: String,
    },
    /// Another system is asked.
    LookUp {
        /// Which.
        system: String,
        /// For what.
        fields: Vec<String>,
    },
    /// Somebody is told something.
    Message {
        /// Who.
        to: String,
    },
}

/// Something that leaves the house without a sign-off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Unsigned {
    /// A call that changes something in another system.
    Call {
        /// Which.
        system: String,
        /// What it does there.
        operation: String,
        /// The stage.
        stage: String,
    },
    /// A message to somebody outside.
    Message {
        /// Who.
        to: String,
        /// The stage.
        stage: String,
    },
    /// A question to another system, which tells it what it is asked by.
    LookUp {
        /// Which.
        system: String,
        /// The fields that it gets.
        by: Vec<String>,
        /// The stage.
        stage: String,
    },
}

/// What a version changes for people, beside its sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Decisions that somebody gets.
    pub gained: Vec<Decision>,
    /// Decisions that somebody no longer has.
    pub lost: Vec<Decision>,
    /// Rules that hold from now on.
    pub ruled: Vec<Rule>,
    /// Rules that no longer hold.
    pub freed: Vec<Rule>,
    /// What happens without a person from now on.
    pub automatic: Vec<Automatic>,
    /// Everything of the new version that nobody signs, whether it was like this before or not.
    pub unsigned: Vec<Unsigned>,
}

/// What `new` changes for people against `old`; without an old version everything is new.
#[must_use]
pub fn compare(old: Option<&Definition>, new: &Definition) -> Changes {
    let (before, now) = (old.map(decisions).unwrap_or_default(), decisions(new));
    let mut automatic = old.map(|old| nobody_decides(old, new)).unwrap_or_default();
    automatic.extend(added(&old.map(automatics).unwrap_or_default(), &automatics(new)));
    let (held, holds) = (old.map(rules).unwrap_or_default(), rules(new));
    Changes {
        gained: added(&before, &now),
        lost: added(&now, &before),
        ruled: added(&held, &holds),
        freed: added(&holds, &held),
        automatic,
        unsigned: unsigned(new),
    }
}

/// What stands in `now` more often than in `before`, each once.
fn added<T: Clone + Ord>(before: &[T], now: &[T]) -> Vec<T> {
    let mut counts: BTreeMap<&T, i32> = BTreeMap::new();
    before.iter().for_each(|one| *counts.entry(one).or_default() -= 1);
    now.iter().for_each(|one| *counts.entry(one).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(one, _)| one.clone()).collect()
}

fn named(definition: &Definition, who: &Who) -> String {
    let (directory, calendar, version) = (Directory::default(), Calendar::default(), String::new());
    let context = Context { definition, version: &version, directory: &directory, calendar: &calendar };
    who::words(&context, who)
}

fn decisions(definition: &Definition) -> Vec<Decision> {
    let mut all = Vec::new();
    definition.walk(&mut |path, step| {
        let Step::Human(human) = step else { return };
        let signs = human.verb == HumanVerb::Approve;
        if !signs && human.verb != HumanVerb::Review {
            return;
        }
        let upward = human.escalations.iter().map(|one| (&one.to, Some(one.after)));
        for (who, late) in core::iter::once((&human.who, None)).chain(upward) {
            let (who, when) = (named(definition, who), conditions(definition, path));
            all.push(Decision { who, signs, subject: human.subject.clone(), late, when });
        }
    });
    all
}

/// The conditions under which a case comes to a step, in words.
fn conditions(definition: &Definition, path: &Path) -> Vec<String> {
    let outer = (2..path.0.len()).step_by(2);
    let told = outer.filter_map(|length| match definition.step(&Path(path.0[..length].to_vec()))? {
        Step::Choice { branches, .. } => match branches.get(usize::from(path.0[length])) {
            Some(branch) => Some(condition(definition, &branch.guard)),
            None => {
                let others: Vec<String> = branches.iter().map(|branch| condition(definition, &branch.guard)).collect();
                Some(alloc::format!("it is not so that {}", others.join(" or ")))
            }
        },
        _ => None,
    });
    told.collect()
}

/// The rules about who may approve and who sees what.
fn rules(definition: &Definition) -> Vec<Rule> {
    let barred = definition.prohibitions.iter().filter_map(|rule| match rule {
        Prohibition::ApproverIs { who } => Some(Rule::ApproverIsNot { who: named(definition, who) }),
        Prohibition::AgentApproves { .. } => None,
    });
    let seen = definition.visibility.iter().map(|rule| {
        let mut by: Vec<String> = rule.readers.iter().map(|who| named(definition, who)).collect();
        by.sort();
        Rule::Seen { field: words(&rule.field), by }
    });
    barred.chain(seen).collect()
}

/// What somebody decided about before, and nobody does now.
fn nobody_decides(old: &Definition, new: &Definition) -> Vec<Automatic> {
    let subjects = |definition: &Definition| -> Vec<String> {
        let mut all: Vec<String> = decisions(definition).into_iter().map(|one| one.subject).collect();
        all.sort();
        all.dedup();
        all
    };
    let gone = added(&subjects(new), &subjects(old));
    gone.into_iter().map(|subject| Automatic::NobodyDecides { subject }).collect()
}

fn automatics(definition: &Definition) -> Vec<Automatic> {
    let mut all = Vec::new();
    definition.walk(&mut |_, step| match step {
        Step::Agent(agent) => all.push(Automatic::Agent { does: does(definition, agent) }),
        Step::System(call) => {
            all.push(Automatic::Call { system: call.system.clone(), operation: call.operation.clone() });
        }
        Step::LookUp(asked) => {
            let fields = asked.fields.iter().map(|name| words(name)).collect();
            all.push(Automatic::LookUp { system: asked.system.clone(), fields });
        }
        Step::Message(message) => all.push(Automatic::Message { to: named(definition, &message.to) }),
        _ => {}
    });
    all
}

fn does(definition: &Definition, agent: &AgentStep) -> String {
    match &agent.work {
        AgentWork::Extract { document, fields } => {
            let names: Vec<String> = fields
                .iter()
                .map(|name| words(name.strip_prefix(&alloc::format!("{document}.")).unwrap_or(name)))
                .collect();
            alloc::format!("reads the {} from the {}", names.join(", the "), words(document))
        }
        AgentWork::Classify { field, .. } => alloc::format!("chooses the {}", words(field)),
        AgentWork::Prepare { reader } => alloc::format!("prepares the case for {}", named(definition, reader)),
        AgentWork::Score { field, .. } => alloc::format!("scores the {}", words(field)),
        AgentWork::Judge { criterion, .. } => alloc::format!("judges whether “{criterion}”"),
        AgentWork::Draft { template, field, .. } => {
            alloc::format!("fills in the {} from the template “{template}”", words(field))
        }
    }
}

fn unsigned(definition: &Definition) -> Vec<Unsigned> {
    let mut all = Vec::new();
    definition.walk(&mut |path, step| {
        let stage = || definition.stages.get(path.stage_index()).map(|stage| stage.name.clone()).unwrap_or_default();
        match step {
            Step::System(call) if call.signer == Signer::Nobody => all.push(Unsigned::Call {
                system: call.system.clone(),
                operation: call.operation.clone(),
                stage: stage(),
            }),
            Step::Message(message) if message.signer == Signer::Nobody && matches!(message.to, Who::Party { .. }) => {
                all.push(Unsigned::Message { to: named(definition, &message.to), stage: stage() });
            }
            Step::LookUp(asked) => all.push(Unsigned::LookUp {
                system: asked.system.clone(),
                by: asked.by.iter().map(|name| words(name)).collect(),
                stage: stage(),
            }),
            _ => {}
        }
    });
    all
}

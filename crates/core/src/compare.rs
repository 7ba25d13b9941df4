//! What publishing a version would change for people: who decides, what runs by itself, what leaves unsigned.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::Serialize;

use crate::{
    context::Context,
    definition::{AgentStep, AgentWork, Definition, HumanVerb, Signer, Step, Who},
    guard::words,
    people::Directory,
    time::Calendar,
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
    /// Whether it comes to them only when nobody decided in time.
    pub late: bool,
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
    Changes { gained: added(&before, &now), lost: added(&now, &before), automatic, unsigned: unsigned(new) }
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
    definition.walk(&mut |_, step| {
        let Step::Human(human) = step else { return };
        let signs = human.verb == HumanVerb::Approve;
        if !signs && human.verb != HumanVerb::Review {
            return;
        }
        let upward = human.escalations.iter().map(|one| (&one.to, true));
        for (who, late) in core::iter::once((&human.who, false)).chain(upward) {
            all.push(Decision { who: named(definition, who), signs, subject: human.subject.clone(), late });
        }
    });
    all
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

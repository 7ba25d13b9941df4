//! The proof that no effect leaves without a sign-off by whoever the text names.
//!
//! **What is proven.** For every system call and every message that names a signer, on every way that the text
//! allows, with the run-time guard *switched off*: when the effect is released, an approval stands that the
//! text's signer gave, that no return to its stage has taken back since, and over whose data no step of the
//! process has written since. The search follows choices with the data that led there, checks and letters that
//! follow what they rest on, tracks in every order, joins, returns up to their limit, rejections, escalations (an
//! approval that an outside party could end up giving does not count), failing calls with everything that whoever
//! takes over may do, and agents that answer or do not. An effect that names nobody is listed, not proven: the text
//! says there that nobody signs it.
//!
//! **What the run-time guard adds.** Data can also change from outside the text's own steps, at any time: an
//! edit by the requester or by whoever is accountable, values that an approver or somebody who takes over
//! fills in, values in a message that a case waits for. Such a change voids the sign-offs over it, and may make
//! a choice lead elsewhere. `decide` then asks again, on the way that the data lead to now, and does not release
//! the effect before; it also judges each person at the instant of signing (role, substitute, separation from
//! the requester), which needs a directory. That the guard finds somebody to ask is part of the proof: an
//! effect without an approval on its way is refused. So the guard can hold an effect back, but in a proven
//! process it is never the only thing between an effect and the world.
//!
//! **Moves, migration, additions.** A case that an operator moves to another stage, that is migrated to another
//! version, or that waits for something that was added to it alone, is a case at a place that its own way may not
//! have led to. [`prove_case`] searches from the places where it then stands, with its data and with the sign-offs
//! that still stand; such a change is made only when it breaks nothing, see [`broken_by`].
//!
//! The proof is bounded: where it would have to look at more than [`STATES_MAX`] states of one effect, or at
//! more data than it can follow, it refuses (deny by default) and says so.

mod days;
mod events;
mod follow;
mod lists;
mod machine;
mod net;
mod placed;
mod search;
mod state;
mod told;
mod tracks;
mod values;
mod words;
mod writes;

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

pub use search::STATES_MAX;
pub use told::{Happens, Told};
pub use values::PROOF_AT;
pub(crate) use words::{condition, who};
pub use words::{headline, listed, sentences};

use crate::{
    case::Case,
    definition::{Definition, MessageText, Path, Signer, Step, Who},
    time::Timestamp,
    value::FieldName,
};
use machine::accepted;
use net::Net;
use search::{Found, search};
use values::Now;

/// What came of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// No effect leaves without the sign-off that the text names.
    Proven {
        /// Every effect and who signs it, or that nobody does.
        effects: Vec<Effect>,
    },
    /// At least one can.
    Refused {
        /// For each such effect, the shortest way.
        counter_examples: Vec<CounterExample>,
    },
}

/// Something that leaves the house, and whose sign-off releases it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The step.
    pub path: Path,
    /// What leaves.
    pub kind: EffectKind,
    /// The fields that it sends.
    pub sends: Vec<FieldName>,
    /// Who signs it.
    pub signer: Signer,
    /// The approvals whose sign-off releases it; empty where nobody signs.
    pub approvals: Vec<Path>,
}

/// What leaves the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectKind {
    /// A call to another system.
    Call {
        /// The system.
        system: String,
        /// What it does there.
        operation: String,
    },
    /// A message to somebody.
    Message {
        /// To whom.
        to: Who,
    },
}

/// A way on which an effect leaves unsigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterExample {
    /// The effect.
    pub effect: Effect,
    /// The way to it; empty where the proof gave up before it had seen every way.
    pub steps: Vec<Told>,
    /// Whether the way is certain: `false` where the data could not be followed, so that it may be none.
    pub certain: bool,
}

/// Proves a definition.
#[must_use]
pub fn prove(definition: &Definition) -> Proof {
    conclude(definition, Now { at: PROOF_AT, case: None, follows: true })
}

/// Proves what is left of one case, from where it stands at an instant and with the sign-offs that stand.
#[must_use]
pub fn prove_case(definition: &Definition, case: &Case, at: Timestamp) -> Proof {
    conclude(definition, Now { at, case: Some(case), follows: true })
}

/// The first effect that could leave unsigned since a case was changed, such as moved to another stage or to
/// another version of its process; `None` when the proof holds as it did before.
///
/// Where it did not hold before, since somebody has changed what was signed, the change of the case is not to
/// blame, and the run-time guard asks again. What cannot be settled within the limit of states counts as broken.
/// `follows` says whether what rests on a value follows it when it changes, as it does in engines of revision 4 and
/// later.
#[must_use]
pub fn broken_by(
    before: (&Definition, &Case),
    after: (&Definition, &Case),
    at: Timestamp,
    follows: bool,
) -> Option<CounterExample> {
    let (definition, case) = after;
    let Proof::Refused { counter_examples } = conclude(definition, Now { at, case: Some(case), follows }) else {
        return None;
    };
    let (definition, case) = before;
    let net = Net::new(definition);
    let known = effects(&net);
    let was_broken = |found: &CounterExample| {
        let (kind, sends, signer) = (&found.effect.kind, &found.effect.sends, &found.effect.signer);
        let same = |one: &&Effect| one.kind == *kind && one.sends == *sends && one.signer == *signer;
        let now = Now { at, case: Some(case), follows };
        !found.steps.is_empty()
            && known.iter().filter(same).any(|one| matches!(search(&net, one, now), Found::Way { .. }))
    };
    counter_examples.into_iter().find(|found| !was_broken(found))
}

fn conclude(definition: &Definition, now: Now<'_>) -> Proof {
    let net = Net::new(definition);
    let effects = effects(&net);
    let mut counter_examples = Vec::new();
    for effect in effects.iter().filter(|effect| effect.signer != Signer::Nobody) {
        match search(&net, effect, now) {
            Found::NoWay => {}
            Found::Way { steps, certain } => {
                counter_examples.push(CounterExample { effect: effect.clone(), steps, certain });
            }
            Found::TooMuch => {
                counter_examples.push(CounterExample { effect: effect.clone(), steps: Vec::new(), certain: false });
            }
        }
    }
    if counter_examples.is_empty() { Proof::Proven { effects } } else { Proof::Refused { counter_examples } }
}

/// Every effect of a definition: system calls, messages to outside parties, and whatever else names a signer.
fn effects(net: &Net<'_>) -> Vec<Effect> {
    let mut all = Vec::new();
    for node in &net.nodes {
        let (kind, sends, signer) = match node.step {
            Step::System(step) => {
                let kind = EffectKind::Call { system: step.system.clone(), operation: step.operation.clone() };
                (kind, step.payload.clone(), &step.signer)
            }
            Step::Message(step) => {
                if !matches!(step.to, Who::Party { .. }) && step.signer == Signer::Nobody {
                    continue;
                }
                (EffectKind::Message { to: step.to.clone() }, placeholders(&step.text), &step.signer)
            }
            _ => continue,
        };
        let approvals = accepted(net, &node.path, signer);
        let approvals = approvals.into_iter().map(|number| net.node(number).path.clone()).collect();
        all.push(Effect { path: node.path.clone(), kind, sends, signer: signer.clone(), approvals });
    }
    all
}

/// The fields that a message names.
fn placeholders(text: &MessageText) -> Vec<FieldName> {
    let MessageText::Template { template } = text else { return Vec::new() };
    let parts = template.split('{').skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| String::from(name)).collect()
}

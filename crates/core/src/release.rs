//! Money that leaves without a signature on an agent's word: what counts as that, and why a call is held back.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Ask, Case, CheckResult, Origin, Outcome, TakeOver, Task, TaskState},
    definition::{AgentStep, AgentWork, Definition, Path, Signer, Step},
    value::{Money, Value, Values},
};

/// Why a call was held back before it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "excess", rename_all = "snake_case")]
pub enum Excess {
    /// With it more would have left than may leave without a signature.
    Over {
        /// What it carries.
        carries: Money,
        /// The most that may leave.
        limit: Money,
        /// Within what that is meant.
        within: Within,
        /// What had left there before.
        released: Money,
    },
    /// It carries an amount that cannot be counted against the limit: one in another currency, or less than nothing.
    NotCountable {
        /// The limit.
        limit: Money,
        /// Within what that is meant.
        within: Within,
    },
}

/// Within what a limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// One case, from its start.
    Case,
    /// All cases of one day of UTC.
    Day,
}

/// Whether a call leaves without a signature and an agent's word stands behind it that no person has signed, typed or
/// confirmed: a value that it chose or read anywhere in this case, since that may have led here, or a criterion that it
/// judged.
#[must_use]
pub fn on_an_agents_word(definition: &Definition, case: &Case, key: &str) -> bool {
    let Some(path) = case.effects.get(key).map(|effect| &effect.path) else { return false };
    let unsigned = matches!(definition.step(path), Some(Step::System(step)) if step.signer == Signer::Nobody);
    let fresh = || case.sign_offs.iter().filter(|sign_off| sign_off.voided.is_none());
    let said = case.fields.iter().any(|(name, entry)| {
        let signed = || fresh().any(|one| one.covers.get(name) == Some(&case.field_digest(name)));
        let agents = match &entry.origin {
            // The current item of a list stays what it was when the list has changed since.
            Origin::Item { list } => !case.fields.get(list).is_some_and(|list| {
                !is_an_agents_word(&list.origin)
                    && matches!(&list.value, Value::List { items } if items.contains(&entry.value))
            }),
            origin => is_an_agents_word(origin),
        };
        agents && !signed()
    });
    let judged = || {
        case.findings.iter().any(|(place, finding)| {
            let signed = || fresh().any(|one| finding.at <= one.at);
            !matches!(finding.result, CheckResult::CannotTell { .. })
                && is_an_agents(definition, case, place)
                && !signed()
        })
    };
    unsigned && (said || judged())
}

const fn is_an_agents_word(origin: &Origin) -> bool {
    matches!(origin, Origin::Agent { .. } | Origin::Document { .. })
}

/// Whether what stands at this place was judged by an agent, and by no person in its place.
fn is_an_agents(definition: &Definition, case: &Case, place: &Path) -> bool {
    let judges = matches!(definition.step(place), Some(Step::Agent(AgentStep { work: AgentWork::Judge { .. }, .. })));
    let visit = case.visits.get(place).copied().unwrap_or_default();
    let asked = |task: &Task| task.path == *place && task.visit == visit && matches!(task.ask, Ask::Judge { .. });
    judges && !case.tasks.iter().any(asked)
}

/// Whether whoever was asked about a call that was held back let it go. That is their word for this call, with the
/// data that it has, and for no other.
#[must_use]
pub fn was_let_go(case: &Case, key: &str) -> bool {
    case.tasks.iter().any(|task| {
        let about = matches!(&task.ask, Ask::TakeOver { why: TakeOver::Held { key: held, .. } } if held == key);
        about && matches!(task.state, TaskState::Closed { outcome: Outcome::TryAgain, .. })
    })
}

/// Every amount that a call carries, also those in lists.
#[must_use]
pub fn amounts(payload: &Values) -> Vec<&Money> {
    let mut rest: Vec<&Value> = payload.values().collect();
    let mut found = Vec::new();
    while let Some(value) = rest.pop() {
        match value {
            Value::Money(money) => found.push(money),
            Value::List { items } => rest.extend(items),
            Value::Text { .. }
            | Value::Date(_)
            | Value::Number { .. }
            | Value::YesNo { .. }
            | Value::Choice { .. }
            | Value::Document { .. }
            | Value::Person { .. }
            | Value::Erased => {}
        }
    }
    found
}

/// The amounts together, as far as they are all of this currency and none is less than nothing.
#[must_use]
pub fn total(amounts: &[&Money], currency: &str) -> Option<Money> {
    let minor = amounts.iter().try_fold(0_i64, |sum, one| {
        sum.checked_add(one.minor).filter(|_| one.currency == currency && one.minor >= 0)
    })?;
    Some(Money { minor, currency: String::from(currency) })
}

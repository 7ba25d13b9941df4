//! Money that leaves without a signature on an agent's word: so much in a case and in a day, then a person is asked.

use countersign_core::{
    release::{Excess, Within, amounts, on_an_agents_word, total, was_let_go},
    value::{Money, Values},
};

use serde::Serialize;

use super::{Problem, Runtime, engine::Engine, world::Loaded};
use crate::{
    config,
    store::{EffectRow, Release, Released},
};

/// What may leave without a signature on an agent's word, and what has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleasedToday {
    /// The most that may leave in a case.
    pub case: Option<Money>,
    /// The most that may leave in a day.
    pub day: Option<Money>,
    /// What has left since the day began (UTC).
    pub today: Money,
}

impl Runtime {
    /// What may leave without a signature on an agent's word, and what has today; `None` where no limit is set.
    pub(super) async fn released_today(&self) -> Result<Option<ReleasedToday>, Problem> {
        let config::Release { case, day } = self.config().release.clone();
        let Some(currency) = case.as_ref().or(day.as_ref()).map(|limit| limit.currency.clone()) else {
            return Ok(None);
        };
        let minor = self.store().released_on(self.clock().now(), &currency).await?;
        Ok(Some(ReleasedToday { case, day, today: Money { minor, currency } }))
    }
}

impl Engine {
    /// Why a call is held back for a person; `None` when it may leave, and then it is counted.
    ///
    /// Invariant: a call is counted before it is made, once for its key, so that two at the same time cannot both pass
    /// below a limit that they exceed together.
    pub(super) async fn over_the_limit(
        &self,
        loaded: &Loaded,
        effect: &EffectRow,
        payload: &Values,
        stands: bool,
    ) -> Result<Option<Excess>, Problem> {
        let limits = &self.config().release;
        let Some((limit, within)) = first(limits) else { return Ok(None) };
        let carried = amounts(payload);
        // What is sent once more and no longer stands in the case so counts, whoever says it now: it may have been an
        // agent's word when it was released.
        let agents = !stands || on_an_agents_word(&loaded.definition, &loaded.case, &effect.key);
        if carried.is_empty() || !agents || was_let_go(&loaded.case, &effect.key) {
            return Ok(None);
        }
        let Some(carries) = total(&carried, &limit.currency) else {
            return Ok(Some(Excess::NotCountable { limit: limit.clone(), within }));
        };
        let release = Release {
            key: effect.key.clone(),
            case_id: effect.case_id.clone(),
            money: carries.clone(),
            case_limit: limits.case.as_ref().map(|limit| limit.minor),
            day_limit: limits.day.as_ref().map(|limit| limit.minor),
            at: self.clock().now(),
        };
        let released = self.store().count_release(release).await?;
        // Invariant: what may not leave is held, also where no limit could be named for it.
        let why = || excess(limits, carries, released).unwrap_or(Excess::NotCountable { limit: limit.clone(), within });
        Ok((!released.may_leave).then(why))
    }
}

/// A limit that is set, the one of a case first.
fn first(limits: &config::Release) -> Option<(&Money, Within)> {
    let case = limits.case.as_ref().map(|limit| (limit, Within::Case));
    case.or_else(|| limits.day.as_ref().map(|limit| (limit, Within::Day)))
}

/// Which limit a call passes that may not leave.
fn excess(limits: &config::Release, carries: Money, released: Released) -> Option<Excess> {
    let passed = |limit: &Option<Money>, before: i64| {
        let with = before.checked_add(carries.minor);
        limit.clone().filter(|limit| with.is_none_or(|with| with > limit.minor))
    };
    let (limit, within, before) = match passed(&limits.case, released.case) {
        Some(limit) => (limit, Within::Case, released.case),
        None => (passed(&limits.day, released.day)?, Within::Day, released.day),
    };
    let released = Money { minor: before, currency: limit.currency.clone() };
    Some(Excess::Over { carries, limit, within, released })
}

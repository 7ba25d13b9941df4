//! The other side: systems that keep their own book of what they were asked to do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use countersign_core::{
    canonical::{Digest, digest},
    case::EffectState,
    time::Timestamp,
    value::{Money, Values},
};
use futures_util::future::BoxFuture;

use super::{
    port::Pause,
    scene::{Broken, Scene, State},
};
use crate::{
    connectors::{ConnectorError, Reach, SystemCall, SystemQuestion},
    store::{EffectRow, EffectState as Row},
};

/// Everything that arrived anywhere, by its key.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) entries: BTreeMap<String, Entry>,
    /// Calls that must not be repeated, as the engine claimed them.
    pub(super) at_most_once: BTreeSet<String>,
    /// How often each effect was begun.
    pub(super) claims: BTreeMap<String, u64>,
}

/// One key.
#[derive(Debug, Default)]
pub(super) struct Entry {
    payload: Digest,
    /// How often it was sent.
    pub(super) sent: u32,
    /// How often it was done.
    pub(super) applied: u32,
    /// How often it was done after a person had said that it may be tried again.
    pub(super) allowed: u32,
}

/// Reaches the simulated systems.
pub(super) struct Systems(pub(super) Arc<Scene>);

impl Scene {
    /// A call leaves the program: it must be what was released, and as long as nothing has changed since the
    /// program last looked, the case must still want it.
    pub(super) fn leaves(&self, key: &str, payload: &Values) {
        let mut state = self.state();
        let state = &mut *state;
        let (case_id, _) = key.split_once('/').unwrap_or_default();
        let strand = state.strand;
        let found = self.store.look(|tables| {
            let Some(kept) = tables.cases.get(case_id) else {
                return Err(Broken::new("I4", format!("{key} leaves for a case that is not there")));
            };
            let Some(effect) = kept.case.effects.get(key) else {
                return Err(Broken::new("I4", format!("{key} leaves and was never released")));
            };
            if effect.payload != digest(payload) {
                return Err(Broken::new("I4", format!("{key} leaves with other data than it was released with")));
            }
            let looked = state.loaded.get(&(strand, case_id.to_owned())) == Some(&kept.case.seq);
            let first = !state.ledger.entries.contains_key(key) && state.ledger.claims.get(key) == Some(&1);
            if looked && !matches!(effect.state, EffectState::Released { .. }) {
                return Err(Broken::new("I8b", format!("{key} leaves, and the case no longer wants it")));
            }
            let now = |name: &String| kept.case.value(name);
            if looked
                && first
                && (kept.case.held.is_some() || payload.iter().any(|(name, value)| now(name) != Some(value)))
            {
                return Err(Broken::new(
                    "I8b",
                    format!("{key} leaves with data that have changed since it was signed"),
                ));
            }
            Ok(())
        });
        if let Err(broken) = found {
            state.breaks(broken);
        }
        let entry = state.ledger.entries.entry(key.to_owned()).or_default();
        entry.sent += 1;
        let same = digest(payload);
        let differs = entry.sent > 1 && entry.payload != same;
        entry.payload = same;
        if differs {
            state.breaks(Broken::new("I4", format!("{key} was sent twice with different data")));
        }
    }
}

/// Effects that somebody carries out, and until when they are held.
pub(super) type Held = BTreeMap<String, Timestamp>;

/// What is held now.
pub(super) fn held(effects: &BTreeMap<String, EffectRow>) -> Held {
    let running = effects.values().filter(|effect| effect.state == Row::Running);
    running.map(|effect| (effect.key.clone(), effect.lease_until.unwrap_or_default())).collect()
}

impl State {
    /// Effects were claimed: nobody else may hold them, and what must not be repeated is not begun anew unasked.
    pub(super) fn claimed(&mut self, before: &Held, claimed: &[EffectRow], now: Timestamp) {
        for effect in claimed {
            self.ledger.claims.insert(effect.key.clone(), effect.attempts);
            if effect.at_most_once {
                self.ledger.at_most_once.insert(effect.key.clone());
            }
            let Some(until) = before.get(&effect.key) else { continue };
            if *until > now {
                self.breaks(Broken::new("I4c", format!("{} was taken while somebody held it", effect.key)));
            }
            if effect.at_most_once {
                let what = format!("{} must not be repeated and was taken again after its lease", effect.key);
                self.breaks(Broken::new("I4c", what));
            }
        }
    }

    /// A system does what it is asked to, once for each key where it honours keys.
    fn apply(&mut self, key: &str) {
        let honours = !self.ledger.at_most_once.contains(key);
        let entry = self.ledger.entries.entry(key.to_owned()).or_default();
        if honours && entry.applied > 0 {
            return;
        }
        entry.applied += 1;
        let (applied, allowed) = (entry.applied, entry.allowed);
        if !honours && applied > 1 + allowed {
            self.breaks(Broken::new("I4", format!("{key} must not be repeated and was done {applied} times")));
        }
    }
}

impl Systems {
    async fn take(&self, call: &SystemCall<'_>) -> Result<String, ConnectorError> {
        Pause::new().await;
        self.0.leaves(call.key, call.payload);
        let fate = {
            let mut state = self.0.state();
            let rates = state.rates.clone();
            if state.fault(rates.unreached) {
                Some(ConnectorError::Retryable("the simulated system cannot be reached".to_owned()))
            } else if state.fault(rates.turned_down) {
                Some(ConnectorError::Terminal("the simulated system refused it".to_owned()))
            } else {
                state.apply(call.key);
                let unanswered = state.fault(rates.done_unanswered);
                unanswered.then(|| ConnectorError::OutcomeUnknown("the simulated answer was lost".to_owned()))
            }
        };
        {
            let mut state = self.0.state();
            state.feed(call.key.as_bytes());
            state.told(|line| line.push_str(&format!("bank called: {} -> {:?}", call.key, fate)));
            state.slow();
        }
        Pause::new().await;
        fate.map_or_else(|| Ok("booked".to_owned()), Err)
    }

    async fn answer(&self, question: &SystemQuestion<'_>) -> Result<BTreeMap<String, String>, ConnectorError> {
        Pause::new().await;
        self.0.state().slow();
        Pause::new().await;
        let mut state = self.0.state();
        let rates = state.rates.clone();
        if state.fault(rates.unreached) {
            return Err(ConnectorError::Retryable("the simulated system cannot be reached".to_owned()));
        }
        if state.fault(rates.turned_down) {
            return Err(ConnectorError::Terminal("the simulated system does not know".to_owned()));
        }
        let money = Money { minor: state.random.between(1, 3) * 10_000, currency: "EUR".to_owned() };
        let words = if state.fault(rates.agent_lies) { "plenty".to_owned() } else { money.to_string() };
        Ok(question.fields.iter().map(|field| (field.clone(), words.clone())).collect())
    }
}

impl Reach for Systems {
    fn call<'a>(
        &'a self,
        _url: &'a str,
        _token: Option<&'a str>,
        call: &'a SystemCall<'a>,
    ) -> BoxFuture<'a, Result<String, ConnectorError>> {
        Box::pin(self.take(call))
    }

    fn ask<'a>(
        &'a self,
        _url: &'a str,
        _token: Option<&'a str>,
        question: &'a SystemQuestion<'a>,
    ) -> BoxFuture<'a, Result<BTreeMap<String, String>, ConnectorError>> {
        Box::pin(self.answer(question))
    }
}

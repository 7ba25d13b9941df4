//! Commands that are being carried out, in memory.

use countersign_core::{command::Command, planted::planted, time::Timestamp};

use super::Tables;
use crate::store::{EffectRow, EffectState, Lease, Release, Released};

/// What is said of an effect that may have been carried out when nobody could note it.
const UNKNOWN: &str = "the program stopped while this was being carried out, so whether it arrived is not known";

impl Tables {
    pub(super) fn claim_effects(&mut self, now: Timestamp, limit: u32, lease_ms: i64) -> Vec<EffectRow> {
        let lapsed = |effect: &EffectRow| {
            effect.state == EffectState::Running && effect.lease_until.is_some_and(|until| until <= now)
        };
        for effect in self.effects.values_mut().filter(|effect| effect.at_most_once && lapsed(effect) && !planted(24)) {
            effect.state = EffectState::Parked;
            effect.lease_until = None;
            effect.last_error = Some(UNKNOWN.to_owned());
        }
        let due =
            |effect: &&mut EffectRow| effect.state == EffectState::Waiting && effect.next_at <= now || lapsed(effect);
        let mut claimed: Vec<&mut EffectRow> = self.effects.values_mut().filter(due).collect();
        claimed.sort_by(|a, b| (a.next_at, &a.key).cmp(&(b.next_at, &b.key)));
        claimed.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let take = |effect: &mut EffectRow| {
            effect.state = EffectState::Running;
            effect.attempts += 1;
            effect.lease_until = Some(now.plus_ms(lease_ms));
            effect.clone()
        };
        claimed.into_iter().map(take).collect()
    }

    /// Counts a call against what may leave without a signature, as a database does.
    pub(super) fn count_release(&mut self, release: Release) -> Released {
        let same = |one: &&Release| one.money.currency == release.money.currency;
        let sum = |of: &dyn Fn(&Release) -> bool| {
            self.releases.values().filter(same).filter(|one| of(one)).map(|one| one.money.minor).sum::<i64>()
        };
        let case = sum(&|one| one.case_id == release.case_id);
        let day = sum(&|one| one.at.day() == release.at.day());
        if self.releases.contains_key(&release.key) {
            return Released { may_leave: true, case, day };
        }
        let released = release.after(case, day);
        if released.may_leave {
            self.releases.insert(release.key.clone(), release);
        }
        released
    }

    pub(super) fn retry_effect(&mut self, lease: &Lease, next_at: Timestamp, error: &str) -> bool {
        let held =
            |effect: &&mut EffectRow| planted(25) || effect.lease() == *lease && effect.state == EffectState::Running;
        let Some(effect) = self.effects.get_mut(&lease.key).filter(held) else { return false };
        effect.state = EffectState::Waiting;
        effect.lease_until = None;
        effect.next_at = next_at;
        effect.last_error = Some(error.to_owned());
        true
    }

    pub(super) fn renew_leases(&mut self, leases: &[Lease], until: Timestamp) {
        for lease in leases {
            let held = |effect: &&mut EffectRow| effect.lease() == *lease && effect.state == EffectState::Running;
            if let Some(effect) = self.effects.get_mut(&lease.key).filter(held) {
                effect.lease_until = Some(until);
            }
        }
    }

    /// Whether somebody else has taken an effect since this attempt of it began.
    pub(super) fn is_taken_over(&self, lease: &Lease) -> bool {
        self.effects.get(&lease.key).is_some_and(|effect| effect.lease() != *lease) && !planted(25)
    }

    /// Forgets an effect, unless somebody else has taken it over.
    pub(super) fn finish_effect(&mut self, lease: &Lease) {
        if !self.is_taken_over(lease) {
            self.effects.remove(&lease.key);
        }
    }

    /// What was being carried out when the only program that uses the store stopped.
    pub(super) fn take_up_effects(&mut self, now: Timestamp) -> Vec<EffectRow> {
        let mut taken = Vec::new();
        for effect in self.effects.values_mut().filter(|effect| effect.state == EffectState::Running) {
            effect.state = if effect.at_most_once { EffectState::Parked } else { EffectState::Waiting };
            effect.lease_until = None;
            effect.next_at = now;
            effect.last_error = Some(UNKNOWN.to_owned());
            taken.push(effect.clone());
        }
        taken
    }

    pub(super) fn stuck_effects(&self) -> Vec<EffectRow> {
        let parked = self.effects.values().filter(|effect| effect.state == EffectState::Parked);
        let mut parked: Vec<EffectRow> = parked.cloned().collect();
        parked.sort_by(|a, b| (a.created_at, &a.key).cmp(&(b.created_at, &b.key)));
        parked
    }

    /// Writes the effects of one event. One that stands there already starts afresh; while somebody carries it out, it
    /// does so when their lease has run out.
    pub(super) fn insert_effects(
        &mut self,
        case_id: &str,
        commands: Vec<Command>,
        held_until: Option<Timestamp>,
        now: Timestamp,
    ) {
        let (state, attempts) =
            if held_until.is_some() { (EffectState::Running, 1) } else { (EffectState::Waiting, 0) };
        for command in commands {
            let key = command.key().to_owned();
            if let Some(known) = self.effects.get_mut(&key) {
                known.command = command;
                known.last_error = None;
                if known.state != EffectState::Running {
                    (known.state, known.attempts, known.lease_until) = (state, attempts, held_until);
                    known.next_at = now;
                } else if known.created_at == now {
                    known.attempts += 1;
                }
                known.created_at = now;
                continue;
            }
            let at_most_once = matches!(command, Command::CallSystem { at_most_once: true, .. });
            let effect = EffectRow {
                key: key.clone(),
                case_id: case_id.to_owned(),
                command,
                at_most_once,
                state,
                attempts,
                next_at: now,
                lease_until: held_until,
                last_error: None,
                created_at: now,
            };
            self.effects.insert(key, effect);
        }
    }
}

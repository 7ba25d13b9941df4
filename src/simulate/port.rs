//! The store as a program sees it on a bad day: every call takes a while, and some go wrong.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use countersign_core::{
    canonical::Digest,
    case::Case,
    people::Directory,
    time::{Calendar, Timestamp},
};
use futures_util::future::BoxFuture;

use super::scene::{Broken, Scene};
use crate::{
    config::EFFECT_LEASE,
    store::{
        Answer, CaseFilter, CaseOverview, CaseRow, Commit, CommitError, Committed, EffectRow, Lease, Notification,
        PersonRow, Port, ProcessRow, Rehearsal, Release, Released, StoreError, TaskRow, Version, memory,
    },
};

/// A store that keeps what it is told and does not always say so.
pub(super) struct Shaky(pub(super) Arc<Scene>);

/// Lets everybody else have a turn.
pub(super) struct Pause(bool);

impl Pause {
    pub(super) const fn new() -> Self {
        Self(false)
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Shaky {
    /// What comes before every call: others have their turn, and now and then it fails or hangs.
    async fn reached(&self) -> Result<(), StoreError> {
        Pause::new().await;
        let (refused, stalls) = {
            let mut state = self.0.state();
            let (refused, stall) = (state.rates.refused, state.rates.stall);
            let stalls = state.fault(stall);
            if stalls {
                let lease = i64::try_from(EFFECT_LEASE.as_millis()).unwrap_or(i64::MAX);
                state.stall = Some(state.random.between(lease / 2, lease * 3));
            }
            (state.fault(refused), stalls)
        };
        if stalls {
            Pause::new().await;
        }
        if refused { Err(memory::cannot_now("the simulated disk failed")) } else { Ok(()) }
    }

    fn row(&self, key: &str) -> Option<EffectRow> {
        self.0.store.look(|tables| tables.effects.get(key).cloned())
    }

    /// I4c: whoever lost an effect to somebody else changes nothing about it.
    fn settled(&self, lease: &Lease, before: Option<EffectRow>) {
        let lost = before.as_ref().is_some_and(|row| row.lease() != *lease);
        if lost && self.row(&lease.key) != before {
            let what = format!("{} was settled by somebody who had lost it", lease.key);
            self.0.state().breaks(Broken::new("I4c", what));
        }
    }
}

macro_rules! shaky {
    ($self:ident, $call:expr) => {
        Box::pin(async move {
            $self.reached().await?;
            $call.await
        })
    };
}

impl Port for Shaky {
    fn load<'a>(&'a self, case_id: &'a str) -> Answer<'a, Option<Arc<Case>>> {
        Box::pin(async move {
            self.reached().await?;
            let case = self.0.store.load(case_id).await?;
            let mut state = self.0.state();
            let strand = state.strand;
            state.loaded.insert((strand, case_id.to_owned()), case.as_ref().map_or(0, |case| case.seq));
            Ok(case)
        })
    }

    fn case_id(&self, number: u64) -> Answer<'_, Option<String>> {
        shaky!(self, self.0.store.case_id(number))
    }

    fn applied<'a>(&'a self, case_id: &'a str, dedup: &'a str) -> Answer<'a, Option<u64>> {
        shaky!(self, self.0.store.applied(case_id, dedup))
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, CommitError>> {
        Box::pin(async move {
            self.reached().await?;
            let copy = commit.clone();
            let before = copy.acknowledged.as_ref().and_then(|lease| self.row(&lease.key));
            let committed = self.0.store.commit(commit).await?;
            if let Some(lease) = &copy.acknowledged {
                self.settled(lease, before);
            }
            self.0.committed(&copy);
            // A program that dies here has committed and told nobody.
            Pause::new().await;
            let mut state = self.0.state();
            let lost = state.rates.answer_lost;
            if state.fault(lost) {
                return Err(memory::cannot_now("the simulated connection broke after the commit").into());
            }
            Ok(committed)
        })
    }

    fn count_release(&self, release: Release) -> Answer<'_, Released> {
        shaky!(self, self.0.store.count_release(release))
    }

    fn next_case_number(&self) -> Answer<'_, u64> {
        shaky!(self, self.0.store.next_case_number())
    }

    fn due_cases(&self, now: Timestamp, limit: u32) -> Answer<'_, Vec<String>> {
        shaky!(self, self.0.store.due_cases(now, limit))
    }

    fn cases<'a>(&'a self, filter: &'a CaseFilter) -> Answer<'a, Vec<CaseRow>> {
        shaky!(self, self.0.store.cases(filter))
    }

    fn put_projection<'a>(
        &'a self,
        case_id: &'a str,
        seq: u64,
        wake_at: Option<Timestamp>,
        overview: CaseOverview,
        open_tasks: Vec<TaskRow>,
    ) -> Answer<'a, bool> {
        shaky!(self, self.0.store.put_projection(case_id, seq, wake_at, overview, open_tasks))
    }

    fn running_effects_at_start(&self, now: Timestamp) -> Answer<'_, Vec<EffectRow>> {
        shaky!(self, self.0.store.running_effects_at_start(now))
    }

    fn claim_effects(&self, now: Timestamp, limit: u32, lease_ms: i64) -> Answer<'_, Vec<EffectRow>> {
        Box::pin(async move {
            self.reached().await?;
            let before = self.0.store.look(|tables| super::ledger::held(&tables.effects));
            let claimed = self.0.store.claim_effects(now, limit, lease_ms).await?;
            {
                let mut state = self.0.state();
                for one in &claimed {
                    state.told(|line| line.push_str(&format!("taken: {} for the {}. time", one.key, one.attempts)));
                }
                state.claimed(&before, &claimed, now);
            }
            Pause::new().await;
            Ok(claimed)
        })
    }

    fn retry_effect<'a>(&'a self, lease: &'a Lease, next_at: Timestamp, error: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            self.reached().await?;
            let before = self.row(&lease.key);
            let done = self.0.store.retry_effect(lease, next_at, error).await?;
            self.0.told(|line| line.push_str(&format!("to be tried again: {}, since {error}", lease.key)));
            self.settled(lease, before);
            Ok(done)
        })
    }

    fn renew_leases(&self, leases: Vec<Lease>, until: Timestamp) -> Answer<'_, ()> {
        shaky!(self, self.0.store.renew_leases(leases, until))
    }

    fn finish_effect<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        Box::pin(async move {
            self.reached().await?;
            let before = self.row(&lease.key);
            self.0.store.finish_effect(lease).await?;
            self.settled(lease, before);
            Ok(())
        })
    }

    fn stuck_effects(&self) -> Answer<'_, Vec<EffectRow>> {
        shaky!(self, self.0.store.stuck_effects())
    }

    fn notify(&self, notifications: Vec<Notification>) -> Answer<'_, u64> {
        shaky!(self, self.0.store.notify(notifications))
    }

    fn text<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<String>> {
        shaky!(self, self.0.store.text(hash))
    }

    fn list_processes(&self) -> Answer<'_, Vec<ProcessRow>> {
        shaky!(self, self.0.store.list_processes())
    }

    fn current_version<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Version>> {
        shaky!(self, self.0.store.current_version(process))
    }

    fn versions<'a>(&'a self, process: &'a str) -> Answer<'a, Vec<Version>> {
        shaky!(self, self.0.store.versions(process))
    }

    fn version<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<Version>> {
        shaky!(self, self.0.store.version(hash))
    }

    fn publish_version(&self, version: Version) -> Answer<'_, ()> {
        shaky!(self, self.0.store.publish_version(version))
    }

    fn rehearsal<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Rehearsal>> {
        shaky!(self, self.0.store.rehearsal(process))
    }

    fn directory(&self) -> Answer<'_, Directory> {
        shaky!(self, self.0.store.directory())
    }

    fn put_person<'a>(&'a self, row: PersonRow, by: &'a str, detail: &'a str, now: Timestamp) -> Answer<'a, ()> {
        shaky!(self, self.0.store.put_person(row, by, detail, now))
    }

    fn put_directory<'a>(&'a self, directory: &'a Directory) -> Answer<'a, Digest> {
        shaky!(self, self.0.store.put_directory(directory))
    }

    fn put_calendar<'a>(&'a self, calendar: &'a Calendar, digest: &'a Digest) -> Answer<'a, ()> {
        shaky!(self, self.0.store.put_calendar(calendar, digest))
    }
}

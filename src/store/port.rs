//! What the engine asks of a store, so that it also runs over one that is kept in memory.

use std::sync::Arc;

use countersign_core::{
    canonical::Digest,
    case::Case,
    event::Event,
    people::Directory,
    time::{Calendar, Timestamp},
};
use futures_util::future::{BoxFuture, ready};

use super::{
    Answerer, CaseFilter, CaseOverview, CaseRow, Commit, CommitError, Committed, EffectRow, Issued, Label, Lease,
    Limits, Notification, PersonRow, ProcessRow, Proposed, Rehearsal, Release, Released, Store, StoreError, TakenLook,
    TaskRow, Tidings, Version,
};
use crate::certificate::Checked;

/// An answer of the store.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The part of [`Store`] that cases run on. Each method does what the one of the same name there does, and fails
/// when and as it does.
#[expect(missing_docs, reason = "each method is told where it is carried out, at the store")]
pub trait Port: Send + Sync {
    fn load<'a>(&'a self, case_id: &'a str) -> Answer<'a, Option<Arc<Case>>>;
    fn case_id(&self, number: u64) -> Answer<'_, Option<String>>;
    fn applied<'a>(&'a self, case_id: &'a str, dedup: &'a str) -> Answer<'a, Option<u64>>;
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, CommitError>>;
    fn next_case_number(&self) -> Answer<'_, u64>;
    fn due_cases(&self, now: Timestamp, limit: u32) -> Answer<'_, Vec<String>>;
    fn cases<'a>(&'a self, filter: &'a CaseFilter) -> Answer<'a, Vec<CaseRow>>;
    fn put_projection<'a>(
        &'a self,
        case_id: &'a str,
        seq: u64,
        wake_at: Option<Timestamp>,
        overview: CaseOverview,
        open_tasks: Vec<TaskRow>,
    ) -> Answer<'a, bool>;
    fn running_effects_at_start(&self, now: Timestamp) -> Answer<'_, Vec<EffectRow>>;
    fn claim_effects(&self, now: Timestamp, limit: u32, lease_ms: i64) -> Answer<'_, Vec<EffectRow>>;
    fn retry_effect<'a>(&'a self, lease: &'a Lease, next_at: Timestamp, error: &'a str) -> Answer<'a, bool>;
    fn renew_leases(&self, leases: Vec<Lease>, until: Timestamp) -> Answer<'_, ()>;
    fn finish_effect<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()>;
    fn stuck_effects(&self) -> Answer<'_, Vec<EffectRow>>;
    fn notify(&self, notifications: Vec<Notification>) -> Answer<'_, u64>;
    fn text<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<String>>;
    fn list_processes(&self) -> Answer<'_, Vec<ProcessRow>>;
    fn current_version<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Version>>;
    /// The digest of the version that new cases of a process start on.
    fn current_hash<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Digest>> {
        Box::pin(async move { Ok(self.current_version(process).await?.map(|version| version.hash)) })
    }
    fn version<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<Version>>;
    fn versions<'a>(&'a self, process: &'a str) -> Answer<'a, Vec<Version>>;
    fn publish_version(&self, version: Version) -> Answer<'_, ()>;
    fn rehearsal<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Rehearsal>>;
    fn directory(&self) -> Answer<'_, Directory>;
    fn put_person<'a>(&'a self, row: PersonRow, by: &'a str, detail: &'a str, now: Timestamp) -> Answer<'a, ()>;
    /// Keeps a directory as a snapshot, see [`Store::put_snapshot`].
    fn put_directory<'a>(&'a self, directory: &'a Directory) -> Answer<'a, Digest>;
    /// Keeps a calendar of this digest as a snapshot, see [`Store::put_snapshot`].
    fn put_calendar<'a>(&'a self, calendar: &'a Calendar, digest: &'a Digest) -> Answer<'a, ()>;
    /// Counts a call against what may leave without a signature, see [`Store::count_release`].
    fn count_release(&self, release: Release) -> Answer<'_, Released>;
    /// What a case was opened with, unless it was erased. A store that keeps no payloads cannot tell.
    fn first_event<'a>(&'a self, _case_id: &'a str) -> Answer<'a, Option<Event>> {
        nothing(None)
    }
    /// What was proposed under a key. A store that keeps no decision records knows none, so that nothing is labelled
    /// and nobody is ever certified on it; the methods below follow from that.
    fn proposed<'a>(&'a self, _case_id: &'a str, _key: &'a str) -> Answer<'a, Option<Proposed>> {
        nothing(None)
    }
    fn latest_certificate<'a>(&'a self, _of: &'a Answerer) -> Answer<'a, Option<Issued>> {
        nothing(None)
    }
    fn limits<'a>(&'a self, _process: &'a str, _matter: &'a str) -> Answer<'a, Limits> {
        nothing(Limits::new())
    }
    fn count_labels<'a>(&'a self, _of: &'a Answerer, _after: Timestamp, _limit: u64) -> Answer<'a, u64> {
        nothing(0)
    }
    fn first_labels<'a>(&'a self, _of: &'a Answerer, _after: Timestamp, _limit: u32) -> Answer<'a, Vec<Label>> {
        nothing(Vec::new())
    }
    fn latest_checks<'a>(
        &'a self,
        _of: &'a Answerer,
        _after: Timestamp,
        _score: u32,
        _limit: u32,
    ) -> Answer<'a, Vec<Checked>> {
        nothing(Vec::new())
    }
    fn looks<'a>(&'a self, _process: &'a str, _matter: &'a str) -> Answer<'a, Vec<TakenLook>> {
        nothing(Vec::new())
    }
    fn take_look(&self, _look: TakenLook, _found: Option<(Issued, Tidings)>, _now: Timestamp) -> Answer<'_, bool> {
        nothing(false)
    }
    fn end_certificate<'a>(&'a self, _id: &'a str, _why: &'a str, _told: Tidings, _now: Timestamp) -> Answer<'a, bool> {
        nothing(false)
    }
}

fn nothing<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(ready(Ok(value)))
}

impl Port for Store {
    fn load<'a>(&'a self, case_id: &'a str) -> Answer<'a, Option<Arc<Case>>> {
        Box::pin(self.load(case_id))
    }

    fn case_id(&self, number: u64) -> Answer<'_, Option<String>> {
        Box::pin(self.case_id(number))
    }

    fn applied<'a>(&'a self, case_id: &'a str, dedup: &'a str) -> Answer<'a, Option<u64>> {
        Box::pin(self.applied(case_id, dedup))
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, CommitError>> {
        Box::pin(self.commit(commit))
    }

    fn next_case_number(&self) -> Answer<'_, u64> {
        Box::pin(self.next_case_number())
    }

    fn due_cases(&self, now: Timestamp, limit: u32) -> Answer<'_, Vec<String>> {
        Box::pin(self.due_cases(now, limit))
    }

    fn cases<'a>(&'a self, filter: &'a CaseFilter) -> Answer<'a, Vec<CaseRow>> {
        Box::pin(self.cases(filter))
    }

    fn put_projection<'a>(
        &'a self,
        case_id: &'a str,
        seq: u64,
        wake_at: Option<Timestamp>,
        overview: CaseOverview,
        open_tasks: Vec<TaskRow>,
    ) -> Answer<'a, bool> {
        Box::pin(self.put_projection(case_id, seq, wake_at, overview, open_tasks))
    }

    fn running_effects_at_start(&self, now: Timestamp) -> Answer<'_, Vec<EffectRow>> {
        Box::pin(self.running_effects_at_start(now))
    }

    fn claim_effects(&self, now: Timestamp, limit: u32, lease_ms: i64) -> Answer<'_, Vec<EffectRow>> {
        Box::pin(self.claim_effects(now, limit, lease_ms))
    }

    fn retry_effect<'a>(&'a self, lease: &'a Lease, next_at: Timestamp, error: &'a str) -> Answer<'a, bool> {
        Box::pin(self.retry_effect(lease, next_at, error))
    }

    fn renew_leases(&self, leases: Vec<Lease>, until: Timestamp) -> Answer<'_, ()> {
        Box::pin(self.renew_leases(leases, until))
    }

    fn finish_effect<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        Box::pin(self.finish_effect(lease))
    }

    fn stuck_effects(&self) -> Answer<'_, Vec<EffectRow>> {
        Box::pin(self.stuck_effects())
    }

    fn notify(&self, notifications: Vec<Notification>) -> Answer<'_, u64> {
        Box::pin(self.notify(notifications))
    }

    fn text<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(self.text(hash))
    }

    fn list_processes(&self) -> Answer<'_, Vec<ProcessRow>> {
        Box::pin(self.list_processes())
    }

    fn current_version<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Version>> {
        Box::pin(self.current_version(process))
    }

    fn current_hash<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Digest>> {
        Box::pin(self.current_hash(process))
    }

    fn versions<'a>(&'a self, process: &'a str) -> Answer<'a, Vec<Version>> {
        Box::pin(self.versions(process))
    }

    fn version<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<Version>> {
        Box::pin(self.version(hash))
    }

    fn publish_version(&self, version: Version) -> Answer<'_, ()> {
        Box::pin(self.publish_version(version))
    }

    fn rehearsal<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Rehearsal>> {
        Box::pin(self.rehearsal(process))
    }

    fn directory(&self) -> Answer<'_, Directory> {
        Box::pin(self.directory())
    }

    fn put_person<'a>(&'a self, row: PersonRow, by: &'a str, detail: &'a str, now: Timestamp) -> Answer<'a, ()> {
        Box::pin(self.put_person(row, by, detail, now))
    }

    fn put_directory<'a>(&'a self, directory: &'a Directory) -> Answer<'a, Digest> {
        Box::pin(self.put_snapshot("directory", directory))
    }

    fn put_calendar<'a>(&'a self, calendar: &'a Calendar, _digest: &'a Digest) -> Answer<'a, ()> {
        Box::pin(async move { self.put_snapshot("calendar", calendar).await.map(drop) })
    }

    fn first_event<'a>(&'a self, case_id: &'a str) -> Answer<'a, Option<Event>> {
        Box::pin(self.first_event(case_id))
    }

    fn proposed<'a>(&'a self, case_id: &'a str, key: &'a str) -> Answer<'a, Option<Proposed>> {
        Box::pin(self.proposed(case_id, key))
    }

    fn latest_certificate<'a>(&'a self, of: &'a Answerer) -> Answer<'a, Option<Issued>> {
        Box::pin(self.latest_certificate(of))
    }

    fn limits<'a>(&'a self, process: &'a str, matter: &'a str) -> Answer<'a, Limits> {
        Box::pin(self.limits(process, matter))
    }

    fn count_labels<'a>(&'a self, of: &'a Answerer, after: Timestamp, limit: u64) -> Answer<'a, u64> {
        Box::pin(self.count_labels(of, after, limit))
    }

    fn first_labels<'a>(&'a self, of: &'a Answerer, after: Timestamp, limit: u32) -> Answer<'a, Vec<Label>> {
        Box::pin(self.first_labels(of, after, limit))
    }

    fn latest_checks<'a>(
        &'a self,
        of: &'a Answerer,
        after: Timestamp,
        score: u32,
        limit: u32,
    ) -> Answer<'a, Vec<Checked>> {
        Box::pin(self.latest_checks(of, after, score, limit))
    }

    fn looks<'a>(&'a self, process: &'a str, matter: &'a str) -> Answer<'a, Vec<TakenLook>> {
        Box::pin(self.looks(process, matter))
    }

    fn take_look(&self, look: TakenLook, found: Option<(Issued, Tidings)>, now: Timestamp) -> Answer<'_, bool> {
        Box::pin(self.take_look(look, found, now))
    }

    fn end_certificate<'a>(&'a self, id: &'a str, why: &'a str, told: Tidings, now: Timestamp) -> Answer<'a, bool> {
        Box::pin(self.end_certificate(id, why, told, now))
    }

    fn count_release(&self, release: Release) -> Answer<'_, Released> {
        Box::pin(self.count_release(release))
    }
}

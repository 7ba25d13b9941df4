//! A store that is kept in memory, by the same rules as the one on a database: for simulation, where nothing has to
//! outlive the program.

mod cases;
mod commit;
mod effects;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use countersign_core::{
    canonical::{Digest, digest},
    case::Case,
    command::Notice,
    people::{Directory, PersonId},
    planted::planted,
    time::{Calendar, Timestamp},
};
use futures_util::future::{BoxFuture, ready};

use super::{
    Answer, CaseFilter, CaseOverview, CaseRow, Commit, CommitError, Committed, EffectRow, Lease, Mail, Notification,
    PersonRow, Port, ProcessRow, Rehearsal, Release, Released, StoreError, TaskRow, Version,
};

pub(crate) use self::commit::Logged;

/// Cases, effects and people in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
    /// Whether several programs use it, each for itself, as they use a database server.
    shared: bool,
}

/// Everything that is kept, as the simulator sees it.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) cases: BTreeMap<String, Kept>,
    pub(crate) effects: BTreeMap<String, EffectRow>,
    pub(crate) mails: BTreeMap<String, Mail>,
    pub(crate) notices: BTreeMap<(String, PersonId), Notice>,
    pub(crate) practice: BTreeMap<String, u64>,
    pub(crate) releases: BTreeMap<String, Release>,
    pub(crate) directories: BTreeMap<Digest, Arc<Directory>>,
    pub(crate) calendars: BTreeMap<Digest, Arc<Calendar>>,
    pub(crate) versions: BTreeMap<Digest, Version>,
    pub(crate) current: BTreeMap<String, Digest>,
    pub(crate) rehearsals: BTreeMap<String, Rehearsal>,
    people: BTreeMap<PersonId, PersonRow>,
    texts: BTreeMap<Digest, String>,
    blobs: BTreeSet<Digest>,
    numbers: u64,
    salts: u64,
}

/// One case with its log.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) case: Arc<Case>,
    pub(crate) wake_at: Option<Timestamp>,
    pub(crate) overview: CaseOverview,
    pub(crate) tasks: Vec<TaskRow>,
    pub(crate) updated_at: Timestamp,
    pub(crate) log: Vec<Logged>,
    pub(crate) applied: BTreeMap<String, u64>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(shared: bool) -> Self {
        Self { tables: Mutex::default(), shared }
    }

    /// Marks a process as one that is only rehearsed.
    pub(crate) fn put_rehearsal(&self, rehearsal: Rehearsal) {
        self.tables().rehearsals.insert(rehearsal.process.clone(), rehearsal);
    }

    /// Looks at everything that is kept.
    pub(crate) fn look<R>(&self, at: impl FnOnce(&Tables) -> R) -> R {
        at(&self.tables())
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(ready(Ok(value)))
}

impl Port for MemoryStore {
    fn load<'a>(&'a self, case_id: &'a str) -> Answer<'a, Option<Arc<Case>>> {
        answer(self.tables().cases.get(case_id).map(|kept| Arc::clone(&kept.case)))
    }

    fn case_id(&self, number: u64) -> Answer<'_, Option<String>> {
        let found =
            self.tables().cases.values().find(|kept| kept.case.number == number).map(|kept| kept.case.id.clone());
        answer(found)
    }

    fn applied<'a>(&'a self, case_id: &'a str, dedup: &'a str) -> Answer<'a, Option<u64>> {
        answer(
            self.tables().cases.get(case_id).and_then(|kept| kept.applied.get(dedup).copied()).filter(|_| !planted(21)),
        )
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, CommitError>> {
        Box::pin(ready(self.tables().commit(commit)))
    }

    fn next_case_number(&self) -> Answer<'_, u64> {
        let mut tables = self.tables();
        tables.numbers += 1;
        answer(cases::FIRST_CASE_NUMBER + tables.numbers - 1)
    }

    fn due_cases(&self, now: Timestamp, limit: u32) -> Answer<'_, Vec<String>> {
        answer(self.tables().due_cases(now, limit))
    }

    fn cases<'a>(&'a self, filter: &'a CaseFilter) -> Answer<'a, Vec<CaseRow>> {
        answer(self.tables().cases(filter))
    }

    fn put_projection<'a>(
        &'a self,
        case_id: &'a str,
        seq: u64,
        wake_at: Option<Timestamp>,
        overview: CaseOverview,
        open_tasks: Vec<TaskRow>,
    ) -> Answer<'a, bool> {
        let mut tables = self.tables();
        let kept = tables.cases.get_mut(case_id).filter(|kept| kept.case.seq == seq && kept.case.is_open());
        let current = kept.is_some();
        if let Some(kept) = kept {
            (kept.wake_at, kept.tasks) = (wake_at, open_tasks);
            // What depends on the state alone stays as the commit wrote it.
            let (stage, subject) = (kept.overview.stage.take(), std::mem::take(&mut kept.overview.subject));
            kept.overview = CaseOverview { stage, subject, ..overview };
        }
        answer(current)
    }

    fn running_effects_at_start(&self, now: Timestamp) -> Answer<'_, Vec<EffectRow>> {
        // Another program may be at it: its leases run out by themselves.
        answer(if self.shared { Vec::new() } else { self.tables().take_up_effects(now) })
    }

    fn claim_effects(&self, now: Timestamp, limit: u32, lease_ms: i64) -> Answer<'_, Vec<EffectRow>> {
        answer(self.tables().claim_effects(now, limit, lease_ms))
    }

    fn retry_effect<'a>(&'a self, lease: &'a Lease, next_at: Timestamp, error: &'a str) -> Answer<'a, bool> {
        let done = self.tables().retry_effect(lease, next_at, error);
        answer(done)
    }

    fn renew_leases(&self, leases: Vec<Lease>, until: Timestamp) -> Answer<'_, ()> {
        self.tables().renew_leases(&leases, until);
        answer(())
    }

    fn finish_effect<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.tables().finish_effect(lease);
        answer(())
    }

    fn stuck_effects(&self) -> Answer<'_, Vec<EffectRow>> {
        answer(self.tables().stuck_effects())
    }

    fn notify(&self, notifications: Vec<Notification>) -> Answer<'_, u64> {
        let mut tables = self.tables();
        let mut new = 0;
        for Notification { key, person, notice, .. } in notifications {
            new += u64::from(tables.notices.insert((key, person), notice).is_none());
        }
        answer(new)
    }

    fn text<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<String>> {
        answer(self.tables().texts.get(hash).cloned())
    }

    fn list_processes(&self) -> Answer<'_, Vec<ProcessRow>> {
        answer(self.tables().list_processes())
    }

    fn current_version<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Version>> {
        let tables = self.tables();
        answer(tables.current.get(process).and_then(|hash| tables.versions.get(hash)).cloned())
    }

    fn versions<'a>(&'a self, process: &'a str) -> Answer<'a, Vec<Version>> {
        let tables = self.tables();
        let mut versions: Vec<Version> =
            tables.versions.values().filter(|version| version.process == process).cloned().collect();
        versions.sort_by(|a, b| (b.published_at, &a.hash).cmp(&(a.published_at, &b.hash)));
        answer(versions)
    }

    fn version<'a>(&'a self, hash: &'a str) -> Answer<'a, Option<Version>> {
        answer(self.tables().versions.get(hash).cloned())
    }

    fn publish_version(&self, version: Version) -> Answer<'_, ()> {
        let mut tables = self.tables();
        tables.current.insert(version.process.clone(), version.hash.clone());
        tables.versions.entry(version.hash.clone()).or_insert(version);
        answer(())
    }

    fn rehearsal<'a>(&'a self, process: &'a str) -> Answer<'a, Option<Rehearsal>> {
        answer(self.tables().rehearsals.get(process).cloned())
    }

    fn directory(&self) -> Answer<'_, Directory> {
        let people = self.tables().people.values().map(|row| (row.id.clone(), row.person.clone())).collect();
        answer(Directory { people })
    }

    fn put_person<'a>(&'a self, row: PersonRow, _by: &'a str, _detail: &'a str, _now: Timestamp) -> Answer<'a, ()> {
        self.tables().people.insert(row.id.clone(), row);
        answer(())
    }

    fn put_directory<'a>(&'a self, directory: &'a Directory) -> Answer<'a, Digest> {
        let mut tables = self.tables();
        let known = tables.directories.iter().find(|(_, known)| ***known == *directory).map(|(hash, _)| hash.clone());
        let hash = known.unwrap_or_else(|| digest(directory));
        tables.directories.entry(hash.clone()).or_insert_with(|| Arc::new(directory.clone()));
        answer(hash)
    }

    fn count_release(&self, release: Release) -> Answer<'_, Released> {
        answer(self.tables().count_release(release))
    }

    fn put_calendar<'a>(&'a self, calendar: &'a Calendar, digest: &'a Digest) -> Answer<'a, ()> {
        self.tables().calendars.entry(digest.clone()).or_insert_with(|| Arc::new(calendar.clone()));
        answer(())
    }
}

/// The error that a store gives which cannot do it now.
pub(crate) fn cannot_now(why: &str) -> StoreError {
    super::error::unavailable(why, "try again in a moment")
}

//! Cases that start by the clock: once for each process and instant, whatever stops in between.

use std::sync::Arc;

use countersign_core::{
    canonical::digest,
    case::Case,
    definition::{Schedule, is_rehearsal},
    event::{Acting, EventKind},
    people::PersonId,
    time::{DAY_MS, MINUTE_MS, Timestamp},
};

use super::{Problem, apply::Beside, engine::Engine, world::Loaded};
use crate::store::Version;

/// Within how long of its instant a case starts while the server runs, in milliseconds.
pub(super) const START_WITHIN_MS: i64 = 2 * MINUTE_MS;
/// How far back every start that was missed is made up for, in milliseconds.
const MISSED_BACK_MS: i64 = 7 * DAY_MS;
/// How far back the latest start of a rarer schedule is made up for, in milliseconds: the longest month and a few days.
const MISSED_LATEST_BACK_MS: i64 = 35 * DAY_MS;

impl Engine {
    /// Opens the cases whose instant has come since the last look; returns how many.
    ///
    /// A case takes its identifier from its process and its instant, so that two looks open one case.
    pub(super) async fn start_scheduled(&self) -> Result<usize, Problem> {
        let now = self.clock().now();
        let before = self.schedules_looked_at();
        if now.0.div_euclid(MINUTE_MS) == before.0.div_euclid(MINUTE_MS) {
            return Ok(0);
        }
        let mut opened = 0;
        let mut failed = false;
        for process in self.store().list_processes().await? {
            if is_rehearsal(&process.id) {
                continue;
            }
            match self.start_due(&process.id, before, now).await {
                Ok(started) => opened += started,
                // One process that cannot be read must not keep the others from starting, nor cases from going on.
                Err(problem) => {
                    tracing::error!(process = process.id, %problem, "scheduled cases could not be opened");
                    failed = true;
                }
            }
        }
        // What could not be opened now is due at the next look as well.
        if !failed {
            self.schedules_looked_until(now);
        }
        Ok(opened)
    }

    /// Opens the cases of one process that have come due since `before`; 0 for a first look.
    async fn start_due(&self, process: &str, before: Timestamp, now: Timestamp) -> Result<usize, Problem> {
        let Some(version) = self.store().current_version(process).await? else { return Ok(0) };
        let definition = self.definition(&version.hash).await?;
        let mut opened = 0;
        for schedule in &definition.schedules {
            for due in self.missed(&version, schedule, before, now).await? {
                opened += usize::from(self.open_scheduled(&version, due).await?);
            }
        }
        Ok(opened)
    }

    /// The instants of a schedule that have come since the last look. After a downtime that is every instant of the
    /// latest days; of a schedule that had none in them, its latest one.
    pub(super) async fn missed(
        &self,
        version: &Version,
        schedule: &Schedule,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Timestamp>, Problem> {
        let calendar = &self.world().calendar;
        let first = before.0 == 0;
        let since = if first { now.plus_ms(-MISSED_LATEST_BACK_MS) } else { before };
        let since = since.max(self.had_since(version, schedule, since).await?);
        let mut due = schedule.due(calendar, since, now);
        let recent = now.plus_ms(-MISSED_BACK_MS);
        if first && due.iter().any(|at| *at > recent) {
            due.retain(|at| *at > recent);
        } else if first {
            due = due.pop().into_iter().collect();
        }
        Ok(due)
    }

    /// Since when a process has had a schedule, through versions that left it as it is: what was due before that was
    /// not due at all. Not looked for beyond `back`.
    async fn had_since(&self, version: &Version, schedule: &Schedule, back: Timestamp) -> Result<Timestamp, Problem> {
        let mut since = version.published_at;
        if since <= back {
            return Ok(since);
        }
        for earlier in self.store().versions(&version.process).await? {
            if earlier.hash == version.hash || earlier.published_at > version.published_at {
                continue;
            }
            if !earlier.definition.schedules.contains(schedule) {
                break;
            }
            since = earlier.published_at;
        }
        Ok(since)
    }

    /// Opens one case, unless that was done before; returns whether it was opened now.
    async fn open_scheduled(&self, version: &Version, due: Timestamp) -> Result<bool, Problem> {
        let definition = self.definition(&version.hash).await?;
        let case_id = scheduled_case_id(&definition.id, due);
        if self.store().load(&case_id).await?.is_some() {
            return Ok(false);
        }
        let world = self.world();
        let holder = |role: &str| -> Option<PersonId> { world.directory.holders(role).next().cloned() };
        let Some(requester) = holder(&definition.starter).or_else(|| holder(&definition.accountable)) else {
            tracing::error!(process = definition.id, "a scheduled case has nobody to stand as its requester");
            return Ok(false);
        };
        let number = self.store().next_case_number().await?;
        let mut case = Case::unopened(case_id);
        case.version.clone_from(&version.hash);
        let loaded = Loaded { case: Arc::new(case), definition: definition.clone(), world: world.clone() };
        let kind = EventKind::CaseScheduled { number, requester, due };
        match self.decide_and_commit(loaded, &Acting::System, &kind, "opened", &Beside::default()).await {
            Ok(_) => Ok(true),
            Err(Problem::Rejected(rejected)) => {
                tracing::error!(process = definition.id, %rejected, "a scheduled case could not be opened");
                Ok(false)
            }
            Err(problem) => Err(problem),
        }
    }
}

/// The identifier of the case that a process starts at an instant.
pub(super) fn scheduled_case_id(process: &str, due: Timestamp) -> String {
    format!("case_{}", &digest(&("schedule", process, due))[..32])
}

//! Cases that start by the clock: once for each process and instant, whatever stops in between.

use countersign_core::{
    canonical::digest,
    case::Case,
    definition::is_rehearsal,
    event::{Acting, EventKind},
    people::PersonId,
    time::{DAY_MS, MINUTE_MS, Timestamp},
};

use super::{Problem, apply::Beside, engine::Engine, world::Loaded};
use crate::store::Version;

/// How far back starts that were missed are made up for, in milliseconds.
const MISSED_BACK_MS: i64 = 7 * DAY_MS;

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
        let since = if before.0 == 0 { now.plus_ms(-MISSED_BACK_MS) } else { before };
        let mut opened = 0;
        for process in self.store().list_processes().await? {
            if is_rehearsal(&process.id) {
                continue;
            }
            let Some(version) = self.store().current_version(&process.id).await? else { continue };
            let definition = self.definition(&version.hash).await?;
            for schedule in &definition.schedules {
                // What was due before the version was published was not due at all.
                let from = since.max(version.published_at);
                for due in schedule.due(&self.world().calendar, from, now) {
                    opened += usize::from(self.open_scheduled(&version, due).await?);
                }
            }
        }
        self.schedules_looked_until(now);
        Ok(opened)
    }

    /// Opens one case, unless that was done before; returns whether it was opened now.
    async fn open_scheduled(&self, version: &Version, due: Timestamp) -> Result<bool, Problem> {
        let definition = self.definition(&version.hash).await?;
        let case_id = format!("case_{}", &digest(&("schedule", &definition.id, due))[..32]);
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
        let loaded = Loaded { case, definition: definition.clone(), world: world.clone() };
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

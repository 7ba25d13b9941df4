//! The snapshots that decisions are taken with: directory, calendar, definitions.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{
    Context,
    canonical::{Digest, digest},
    case::Case,
    definition::Definition,
    people::Directory,
    planted::planted,
    time::{Calendar, DAY_MS, Timestamp},
    with_additions,
};

use super::{Problem, calendar::Calendars, engine::Engine};
use crate::store::{ContextHashes, Port};

/// The most definitions that are kept in memory; the oldest use is not tracked, the whole lot is dropped.
const DEFINITIONS_KEPT: usize = 256;

/// People and working days, as they are now.
#[derive(Clone, Debug)]
pub struct World {
    /// The people.
    pub directory: Directory,
    /// The working days.
    pub calendar: Calendar,
    directory_digest: Digest,
    calendar_digest: Digest,
    built_at: Timestamp,
}

/// Definitions by the version that names them.
#[derive(Default)]
pub(super) struct Definitions {
    known: Mutex<HashMap<Digest, Arc<Definition>>>,
}

/// A case with everything that is needed to decide about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The case.
    pub case: Arc<Case>,
    /// The version that it runs.
    pub definition: Arc<Definition>,
    /// People and working days.
    pub world: Arc<World>,
}

impl Loaded {
    /// The context for the core.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context {
            definition: &self.definition,
            version: &self.case.version,
            directory: &self.world.directory,
            calendar: &self.world.calendar,
        }
    }
}

impl World {
    /// Reads the people and builds the calendar; both are stored as snapshots unless the store is only read.
    pub(super) async fn load(
        store: &dyn Port,
        calendars: &Calendars,
        now: Timestamp,
        keep: bool,
    ) -> Result<Self, Problem> {
        let directory = store.directory().await?;
        let (calendar, calendar_digest) = calendars.at(now).map_err(|error| Problem::Setup(error.to_string()))?;
        let directory_digest = if keep {
            store.put_calendar(&calendar, &calendar_digest).await?;
            store.put_directory(&directory).await?
        } else {
            digest(&directory)
        };
        Ok(Self { directory, calendar, directory_digest, calendar_digest, built_at: now })
    }

    /// The digests that events are stored with.
    #[must_use]
    pub fn hashes(&self, version: &Digest) -> ContextHashes {
        ContextHashes {
            definition: version.clone(),
            directory: self.directory_digest.clone(),
            calendar: self.calendar_digest.clone(),
        }
    }
}

impl Engine {
    /// People and working days, as they are now.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.worlds().read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads people and calendar anew, after somebody changed them; every open case is looked at again.
    pub async fn refresh_world(&self) -> Result<(), Problem> {
        self.read_world().await?;
        self.reproject_open_cases().await
    }

    /// Reads people and calendar anew, after another program changed them, which looks at the open cases itself.
    pub(super) async fn read_world(&self) -> Result<(), Problem> {
        let world = World::load(self.store(), self.calendars(), self.clock().now(), true).await?;
        *self.worlds().write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
        Ok(())
    }

    /// Builds the calendar anew once a day, so that it never runs out.
    pub(super) async fn renew_calendar(&self) -> Result<(), Problem> {
        if self.clock().now().0 - self.world().built_at.0 > DAY_MS {
            self.refresh_world().await?;
        }
        Ok(())
    }

    /// The definition of a version.
    pub async fn definition(&self, version: &Digest) -> Result<Arc<Definition>, Problem> {
        let known = &self.definitions().known;
        if let Some(definition) = known.lock().unwrap_or_else(PoisonError::into_inner).get(version) {
            return Ok(Arc::clone(definition));
        }
        let stored = self.store().version(version).await?;
        let stored = stored.ok_or_else(|| Problem::NotFound(format!("process version {version}")))?;
        let definition = Arc::new(stored.definition);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= DEFINITIONS_KEPT {
            known.clear();
        }
        known.insert(version.clone(), Arc::clone(&definition));
        Ok(definition)
    }

    /// The definition of a version with what was added to this case alone.
    pub(super) async fn effective(&self, version: &Digest, case: &Case) -> Result<Arc<Definition>, Problem> {
        let definition = self.definition(version).await?;
        Ok(with_additions(&definition, case).map_or(definition, Arc::new))
    }

    /// A case, ready to be decided about.
    pub async fn load(&self, case_id: &str) -> Result<Loaded, Problem> {
        let case = self.store().load(case_id).await?;
        let case = case.ok_or_else(|| Problem::NotFound(format!("case {case_id}")))?;
        if planted(19)
            && let Some(current) = self.store().current_version(&case.process).await?
        {
            let definition = Arc::new(current.definition);
            return Ok(Loaded { case, definition, world: self.world() });
        }
        let definition = self.effective(&case.version, &case).await?;
        Ok(Loaded { case, definition, world: self.world() })
    }

    /// A case by its short number.
    pub async fn load_number(&self, number: u64) -> Result<Loaded, Problem> {
        let id = self.store().case_id(number).await?;
        self.load(&id.ok_or_else(|| Problem::NotFound(format!("case {number}")))?).await
    }
}

//! What moves cases: the loop of load, decide, commit and carry out, over ports instead of a database and a network.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicI64, Ordering},
};

use countersign_core::time::Timestamp;
use tokio::sync::{Notify, broadcast};

use super::{
    Problem,
    ask::Agents,
    calendar::Calendars,
    hands::Hands,
    vitals::Vitals,
    world::{Definitions, World},
};
use crate::{
    clock::Clock, config::Config, connectors::Reach, documents::Reader, gate::policies::Policies, id::Ids, store::Port,
};

/// How many changes a slow listener may fall behind before it must look at everything again.
pub(super) const CHANGES_KEPT: usize = 1_024;

/// The loop that moves cases. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// What an engine runs on.
pub struct Parts {
    /// Where cases are kept.
    pub store: Arc<dyn Port>,
    /// The clock.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// The configuration.
    pub config: Arc<Config>,
    /// Who answers for agents.
    pub agents: Arc<dyn Agents>,
    /// The guardrails in force.
    pub policies: Arc<Policies>,
    /// What reaches other systems.
    pub reach: Arc<dyn Reach>,
    /// What reads documents.
    pub reader: Arc<dyn Reader>,
    /// The working days.
    pub calendars: Arc<Calendars>,
    /// How many changes a slow listener may fall behind.
    pub changes_kept: usize,
}

struct Inner {
    parts: Parts,
    world: RwLock<Arc<World>>,
    definitions: Definitions,
    nudge: Notify,
    hands: Hands,
    /// When schedules were last looked at, in milliseconds; 0 before the first look.
    schedules_looked_at: AtomicI64,
    changes: broadcast::Sender<Change>,
    vitals: Vitals,
}

/// Something has been committed; whoever shows it should look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The case.
    pub case_id: String,
    /// The number of its latest event.
    pub seq: u64,
}

impl Engine {
    /// Puts an engine together; nothing runs yet. Without `keep` the store is only read.
    ///
    /// # Errors
    /// When the store cannot be read or the organisation's working hours are not right.
    pub async fn start(parts: Parts, keep: bool) -> Result<Self, Problem> {
        let world = World::load(&*parts.store, &parts.calendars, parts.clock.now(), keep).await?;
        let (changes, _) = broadcast::channel(parts.changes_kept);
        let inner = Inner {
            parts,
            world: RwLock::new(Arc::new(world)),
            definitions: Definitions::default(),
            nudge: Notify::new(),
            hands: Hands::default(),
            schedules_looked_at: AtomicI64::new(0),
            changes,
            vitals: Vitals::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.parts.clock
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.parts.config
    }

    /// A stream of what is committed from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// Wakes the sweep, because something may be due.
    pub fn nudge(&self) {
        self.inner.nudge.notify_one();
    }

    /// Until somebody nudges.
    pub(super) async fn nudged(&self) {
        self.inner.nudge.notified().await;
    }

    /// Tells everybody who shows the case.
    pub(super) fn tell(&self, change: Change) {
        // Nobody may be listening, which is no fault.
        let _ = self.inner.changes.send(change);
    }

    pub(super) fn hands(&self) -> &Hands {
        &self.inner.hands
    }

    /// What the running program knows of itself.
    pub(super) fn vitals(&self) -> &Vitals {
        &self.inner.vitals
    }

    /// Tells everybody who shows the case.
    pub(super) fn tell_pages(&self, change: Change) {
        let _ = self.inner.changes.send(change);
    }

    /// How many listen to [`Engine::changes`].
    pub(super) fn listeners(&self) -> usize {
        self.inner.changes.receiver_count()
    }

    pub(super) fn store(&self) -> &dyn Port {
        &*self.inner.parts.store
    }

    pub(super) fn reader(&self) -> &dyn Reader {
        &*self.inner.parts.reader
    }

    pub(super) fn ids(&self) -> &Ids {
        &self.inner.parts.ids
    }

    pub(super) fn agents(&self) -> &dyn Agents {
        &*self.inner.parts.agents
    }

    pub(super) fn policies(&self) -> &Policies {
        &self.inner.parts.policies
    }

    pub(super) fn reach_out(&self) -> &dyn Reach {
        &*self.inner.parts.reach
    }

    pub(super) fn calendars(&self) -> &Calendars {
        &self.inner.parts.calendars
    }

    pub(super) fn worlds(&self) -> &RwLock<Arc<World>> {
        &self.inner.world
    }

    pub(super) fn definitions(&self) -> &Definitions {
        &self.inner.definitions
    }

    pub(super) fn schedules_looked_at(&self) -> Timestamp {
        Timestamp(self.inner.schedules_looked_at.load(Ordering::Relaxed))
    }

    pub(super) fn schedules_looked_until(&self, now: Timestamp) {
        self.inner.schedules_looked_at.store(now.0, Ordering::Relaxed);
    }
}

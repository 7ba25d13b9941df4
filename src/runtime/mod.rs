//! Load, decide, commit, carry effects out; and the sweep that never stops looking.

pub mod apply;
pub mod ask;
pub mod calendar;
pub mod doctor;
pub mod drafts;
pub mod effects;
pub mod history;
pub mod intake;
mod look_up;
pub mod merge;
pub mod people;
mod projection;
pub mod publication;
pub mod publish;
pub mod rehearsal;
mod schedules;
pub mod sweep;
pub mod trial;
pub mod versions;
pub mod world;
pub mod writing;

use std::sync::{Arc, RwLock, atomic::AtomicI64};

use countersign_core::{Rejected, form::FieldFault};
use tokio::sync::{Notify, broadcast};

use crate::{
    agents::Chain,
    clock::Clock,
    config::Config,
    connectors::http::Http,
    describe::Describer,
    gate::policies::Policies,
    llm::{Provider, Secret, openai},
    store::{Store, StoreError},
};

use world::World;

/// How many changes a slow listener may fall behind before it must look at everything again.
const CHANGES_KEPT: usize = 1_024;

/// The running program without its doors: web, API and command line all go through here. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    config: Config,
    decider: Chain,
    describer: Describer,
    policies: Policies,
    http: Http,
    world: RwLock<Arc<World>>,
    definitions: world::Definitions,
    nudge: Notify,
    /// When schedules were last looked at, in milliseconds; 0 before the first look.
    schedules_looked_at: AtomicI64,
    changes: broadcast::Sender<Change>,
}

/// Something has been committed; whoever shows it should look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The case.
    pub case_id: String,
    /// The number of its latest event.
    pub seq: u64,
}

/// Why something was not done. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The core refused it.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// What was handed in does not fit the form.
    #[error("{}", in_words(.0))]
    Faults(Vec<FieldFault>),
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many changes at once.
    #[error("case {case_id} is being changed by many at once; try again")]
    Busy {
        /// The case.
        case_id: String,
    },
    /// Something that must be set up is missing or wrong.
    #[error("{0}")]
    Setup(String),
}

fn in_words(faults: &[FieldFault]) -> String {
    faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// The agents that the configuration asks for: a model where one is set, and always the built-in engine.
///
/// # Errors
/// [`Problem::Setup`], when the model cannot be reached as configured or a prompt file is broken.
pub fn chain(config: &Config) -> Result<Chain, Problem> {
    let provider = provider(config, openai::TIME_LIMIT)?;
    Chain::new(provider).map_err(|error| Problem::Setup(error.to_string()))
}

/// The model that is configured, if there is one; one question takes at most this long.
fn provider(config: &Config, time_limit: std::time::Duration) -> Result<Option<Arc<dyn Provider>>, Problem> {
    let Some(model) = &config.model else { return Ok(None) };
    let settings = openai::Settings {
        base_url: model.base_url.clone(),
        key: Secret::new(std::env::var(&model.key_variable).unwrap_or_default()),
        model: model.name.clone(),
        time_limit,
        headers: model.headers.clone(),
        quirks: model.quirks,
    };
    let provider = openai::OpenAi::new(settings).map_err(|error| Problem::Setup(error.to_string()))?;
    Ok(Some(Arc::new(provider)))
}

impl Runtime {
    /// Builds the runtime over an open store. Nothing runs until [`Runtime::run`] or a sweep is called.
    pub async fn start(store: Store, clock: Clock, config: Config) -> Result<Self, Problem> {
        let (decider, describer) = (chain(&config)?, writing::describer(&config)?);
        Self::build(store, clock, config, (decider, describer), true).await
    }

    /// Builds the runtime over a store that is only read.
    pub async fn start_reading(store: Store, clock: Clock, config: Config) -> Result<Self, Problem> {
        let (decider, describer) = (chain(&config)?, writing::describer(&config)?);
        Self::build(store, clock, config, (decider, describer), false).await
    }

    /// Like [`Runtime::start`], with agents of the caller's choosing.
    pub async fn with_decider(store: Store, clock: Clock, config: Config, decider: Chain) -> Result<Self, Problem> {
        let describer = writing::describer(&config)?;
        Self::build(store, clock, config, (decider, describer), true).await
    }

    /// Like [`Runtime::start`], with a model of the caller's choosing, whatever the configuration names.
    pub async fn with_provider(
        store: Store,
        clock: Clock,
        config: Config,
        provider: Arc<dyn Provider>,
    ) -> Result<Self, Problem> {
        let decider = Chain::new(Some(Arc::clone(&provider))).map_err(|error| Problem::Setup(error.to_string()))?;
        let describer = writing::describer_over(Some(provider), &config)?;
        Self::build(store, clock, config, (decider, describer), true).await
    }

    async fn build(
        store: Store,
        clock: Clock,
        config: Config,
        (decider, describer): (Chain, Describer),
        keep: bool,
    ) -> Result<Self, Problem> {
        let setup = |error: String| Problem::Setup(error);
        let policies = Policies::load_embedded().map_err(|error| setup(error.to_string()))?;
        let http = Http::new().map_err(|error| setup(error.to_string()))?;
        let world = World::load(&store, &config, clock.now(), keep).await?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let inner = Inner {
            store,
            clock,
            config,
            decider,
            describer,
            policies,
            http,
            world: RwLock::new(Arc::new(world)),
            definitions: world::Definitions::default(),
            nudge: Notify::new(),
            schedules_looked_at: AtomicI64::new(0),
            changes,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The store, for reading lists and for what is not part of a case.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
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
}

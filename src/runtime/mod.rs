//! Load, decide, commit, carry effects out; and the sweep that never stops looking.

pub mod apply;
pub mod ask;
pub mod calendar;
pub mod doctor;
pub mod drafts;
pub mod effects;
pub mod engine;
pub mod history;
pub mod intake;
mod look_up;
pub mod merge;
pub mod named;
pub mod people;
mod projection;
pub mod publication;
pub mod publish;
pub mod rehearsal;
mod schedules;
pub mod sweep;
pub mod trial;
pub mod versions;
mod vitals;
pub mod wishes;
pub mod world;
pub mod writing;

use std::sync::Arc;

use countersign_core::{Rejected, form::FieldFault};

use crate::{
    agents::Chain,
    clock::Clock,
    config::Config,
    connectors::http::Http,
    describe::Describer,
    gate::policies::Policies,
    id::Ids,
    llm::{Provider, Secret, openai},
    store::{Store, StoreError},
};

pub use engine::{Change, Engine};

use calendar::Calendars;
use engine::{CHANGES_KEPT, Parts};

/// The running program without its doors: web, API and command line all go through here. Cheap to clone.
///
/// What moves cases is its [`Engine`], and everything of that can be called here too.
#[derive(Clone)]
pub struct Runtime {
    engine: Engine,
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    describer: Describer,
}

impl std::ops::Deref for Runtime {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
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
        let parts = Parts {
            store: Arc::new(store.clone()),
            clock,
            ids: Ids::System,
            calendars: Arc::new(Calendars::new(config.organisation.clone())),
            config: Arc::new(config),
            agents: Arc::new(ask::OnThreads(decider)),
            policies: Arc::new(policies),
            reach: Arc::new(http),
            changes_kept: CHANGES_KEPT,
        };
        Ok(Self { engine: Engine::start(parts, keep).await?, inner: Arc::new(Inner { store, describer }) })
    }

    /// The store, for reading lists and for what is not part of a case.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
}

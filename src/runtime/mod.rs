//! Load, decide, commit, carry effects out; and the sweep that never stops looking.

pub mod apply;
pub mod ask;
pub mod audit;
pub mod autonomy;
pub mod calendar;
pub mod checkpoint;
pub mod criteria;
pub mod doctor;
pub mod drafts;
pub mod effects;
pub mod engine;
mod hands;
pub mod history;
pub mod intake;
mod labelling;
pub mod limits;
mod look_up;
pub mod merge;
pub mod models;
pub mod named;
pub mod others;
pub mod papers;
pub mod past;
pub mod people;
mod projection;
pub mod publication;
pub mod publish;
pub mod rehearsal;
pub mod release;
mod schedules;
pub mod sweep;
pub mod switch;
mod tidings;
pub mod trial;
pub mod versions;
mod vitals;
pub mod wishes;
pub mod word_templates;
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
    documents,
    gate::policies::Policies,
    id::Ids,
    llm::{Provider, route::Router, spending::Notebook},
    store::{Store, StoreError},
};

pub use engine::{Change, Engine};
use models::Books;

use ask::Agents;
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
    /// The models, where some are set up.
    router: Option<Arc<Router>>,
    books: Books,
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

/// The agents that the configuration asks for, outside every database: a model where one is set up, and always the
/// built-in engine.
///
/// # Errors
/// [`Problem::Setup`], when a model cannot be reached as configured or a prompt file is broken.
pub fn chain(config: &Config, clock: Clock) -> Result<Chain, Problem> {
    models::agents(config, router(config, clock)?.as_ref())
}

/// The models that the configuration sets up, outside every database.
///
/// # Errors
/// [`Problem::Setup`], when one cannot be reached as configured.
pub fn router(config: &Config, clock: Clock) -> Result<Option<Arc<Router>>, Problem> {
    models::router(config, Arc::new(Notebook::default()), clock, None)
}

/// The describer that the configuration asks for, outside every database.
///
/// # Errors
/// [`Problem::Setup`], when a model, its price or the budget is not configured right.
pub fn describer(config: &Config, clock: Clock) -> Result<Describer, Problem> {
    let router = models::router(config, Arc::new(Notebook::default()), clock, Some(writing::limits(config)?.time))?;
    writing::describer(router.map(|router| router as Arc<dyn Provider>), config)
}

fn chain_over(provider: Option<Arc<dyn Provider>>) -> Result<Chain, Problem> {
    Chain::new(provider).map_err(|error| Problem::Setup(error.to_string()))
}

/// Who thinks for a runtime.
struct Minds {
    agents: Arc<dyn Agents>,
    describer: Describer,
    router: Option<Arc<Router>>,
}

impl Minds {
    /// The models that the configuration sets up, with their costs in the store.
    fn configured(store: &Store, clock: &Clock, config: &Config) -> Result<Self, Problem> {
        let over = |limit| models::router(config, Arc::new(Books::new(store.clone())), clock.clone(), limit);
        let router = over(None)?;
        // Writing a whole process takes a model longer than one decision.
        let writer = over(Some(writing::limits(config)?.time))?;
        let describer = writing::describer(writer.map(|router| router as Arc<dyn Provider>), config)?;
        let chain = models::agents(config, router.as_ref())?;
        Ok(Self { agents: threads(chain, store), describer, router })
    }
}

/// The chain, asked on threads of its own, and only while agents are not switched off.
fn threads(chain: Chain, store: &Store) -> Arc<dyn Agents> {
    Arc::new(ask::OnThreads { chain, books: Books::new(store.clone()) })
}

impl Runtime {
    /// Builds the runtime over an open store. Nothing runs until [`Runtime::run`] or a sweep is called.
    pub async fn start(store: Store, clock: Clock, config: Config) -> Result<Self, Problem> {
        let minds = Minds::configured(&store, &clock, &config)?;
        Self::build(store, clock, config, minds, true).await
    }

    /// Builds the runtime over a store that is only read.
    pub async fn start_reading(store: Store, clock: Clock, config: Config) -> Result<Self, Problem> {
        let minds = Minds::configured(&store, &clock, &config)?;
        Self::build(store, clock, config, minds, false).await
    }

    /// Like [`Runtime::start`], with agents of the caller's choosing.
    pub async fn with_agents(
        store: Store,
        clock: Clock,
        config: Config,
        agents: Arc<dyn Agents>,
    ) -> Result<Self, Problem> {
        let minds = Minds { agents, ..Minds::configured(&store, &clock, &config)? };
        Self::build(store, clock, config, minds, true).await
    }

    /// Like [`Runtime::start`], with a model of the caller's choosing, whatever the configuration names.
    pub async fn with_provider(
        store: Store,
        clock: Clock,
        config: Config,
        provider: Arc<dyn Provider>,
    ) -> Result<Self, Problem> {
        let chain = chain_over(Some(Arc::clone(&provider)))?;
        let minds = Minds {
            agents: threads(chain, &store),
            describer: writing::describer(Some(provider), &config)?,
            router: None,
        };
        Self::build(store, clock, config, minds, true).await
    }

    async fn build(store: Store, clock: Clock, config: Config, minds: Minds, keep: bool) -> Result<Self, Problem> {
        let setup = |error: String| Problem::Setup(error);
        let policies = Policies::load_embedded().map_err(|error| setup(error.to_string()))?;
        let http = Http::new().map_err(|error| setup(error.to_string()))?;
        let books = Books::new(store.clone());
        let reader: Arc<dyn documents::Reader> = match &config.reader {
            Some(program) => Arc::new(documents::apart::Apart::new(program.clone())),
            None => Arc::new(documents::PlainOnly),
        };
        let parts = Parts {
            store: Arc::new(store.clone()),
            clock,
            ids: Ids::System,
            calendars: Arc::new(Calendars::new(config.organisation.clone())),
            config: Arc::new(config),
            agents: minds.agents,
            policies: Arc::new(policies),
            reach: Arc::new(http),
            reader,
            changes_kept: CHANGES_KEPT,
        };
        let inner = Inner { store, describer: minds.describer, router: minds.router, books };
        Ok(Self { engine: Engine::start(parts, keep).await?, inner: Arc::new(inner) })
    }

    /// The store, for reading lists and for what is not part of a case.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The models, where some are set up.
    #[must_use]
    pub fn router(&self) -> Option<&Router> {
        self.inner.router.as_deref()
    }

    /// What models cost, and the switch of all agents.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.inner.books
    }
}

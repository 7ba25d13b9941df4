//! Benchmarks of the real program: its runtime, store, gate, effects and API, each answered with one line of JSON.
//!
//! The figures and how to read them are told in `docs/performance.md`. Only the agent, or the model on a loopback
//! port, is a stand-in that answers at once, so that what is measured is this program and not a model.

mod approval;
mod classifier;
mod client;
mod inbox;
mod long_case;
mod measure;
mod overhead;
mod place;
mod stub;
mod timers;
mod verify;
mod watch;

use anyhow::Context as _;
use serde::Serialize;

pub use self::measure::Line;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A request with a document is classified, gated, routed, approved and paid.
    ApprovalCase,
    /// A person's inbox and counts, with many stored cases.
    Inbox,
    /// Many cases whose time comes at once.
    Timers,
    /// One case with very many events.
    LongCase,
    /// The check of the whole record.
    Verify,
    /// What this program adds to a bare call of a model.
    Overhead,
    /// What the built-in classifier takes to learn and to answer.
    Classifier,
}

/// How it is measured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database; it must be empty or made by a benchmark.
    pub database: String,
    /// How many cases, or events of the one long case.
    pub cases: u64,
    /// How many clients work side by side, each on one case at a time.
    pub clients: usize,
    /// How many nodes serve the database, each with connections, caches and a sweep of its own.
    pub nodes: usize,
    /// Whether clients go through the JSON API on a loopback server.
    pub http: bool,
}

/// Measures one scenario.
///
/// # Errors
/// When the database cannot be used or a case did not end as it must: figures of a wrong result are worth nothing.
pub async fn run(scenario: Scenario, settings: &Settings) -> anyhow::Result<Line> {
    anyhow::ensure!(settings.cases > 0 && settings.clients > 0 && settings.nodes > 0, "each number is at least 1");
    match scenario {
        Scenario::ApprovalCase => approval::run(settings).await,
        Scenario::Inbox => inbox::run(settings).await,
        Scenario::Timers => timers::run(settings).await,
        Scenario::LongCase => Box::pin(long_case::run(settings)).await,
        Scenario::Verify => verify::run(settings).await,
        Scenario::Overhead => Box::pin(overhead::run(settings)).await,
        Scenario::Classifier => classifier::run(settings),
    }
}

/// A figure that is only there for some scenarios.
#[derive(Clone, Debug, Default, Serialize)]
pub struct More {
    /// Name and value, in the order in which they are printed.
    #[serde(flatten)]
    pub figures: serde_json::Map<String, serde_json::Value>,
}

impl More {
    /// Adds a figure with three decimals.
    #[must_use]
    pub fn with(mut self, name: &str, value: f64) -> Self {
        self.figures.insert(name.to_owned(), measure::rounded(value));
        self
    }
}

/// The file of a SQLite database, beside which the speed of the disk is measured; elsewhere the folder for temporary
/// files stands for it.
fn folder_of(database: &str) -> anyhow::Result<std::path::PathBuf> {
    let Some(path) = database.strip_prefix("sqlite:") else { return Ok(std::env::temp_dir()) };
    let path = std::path::Path::new(path.strip_prefix("//").unwrap_or(path));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| std::path::PathBuf::from("."), std::path::Path::to_path_buf);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot use the folder {}", folder.display()))?;
    Ok(folder)
}

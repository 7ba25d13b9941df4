//! Where the log goes and how it is written.
//!
//! Every line that is written while a case is worked on carries the case, and where an effect is carried out also its
//! key and step: the functions that do the work open spans with these names, see [`field`].

use clap::ValueEnum;
use tracing_subscriber::{
    EnvFilter, Layer, layer::SubscriberExt as _, registry::LookupSpan, util::SubscriberInitExt as _,
};

/// How much is logged when `RUST_LOG` says nothing.
const FILTER: &str = "warn,countersign=info";

/// The names of the fields of a line.
pub mod field {
    /// The case, by its identifier.
    pub const CASE: &str = "case";
    /// The step, by its path in the process, such as `1.0`.
    pub const STEP: &str = "step";
    /// The key of an effect.
    pub const EFFECT: &str = "effect";
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, with the fields of every span around it.
    Json,
}

/// What must be kept until the program ends, so that what is still to be written is written.
#[derive(Debug, Default)]
#[must_use = "dropping it ends the log's exporters"]
pub struct Log {
    #[cfg(feature = "telemetry")]
    _traces: Option<crate::telemetry::Traces>,
}

/// Starts the log on standard error; `RUST_LOG` says how much is written.
pub fn start(format: Format) -> Log {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let registry = tracing_subscriber::registry().with(filter).with(lines(format));
    #[cfg(feature = "telemetry")]
    {
        let traces = crate::telemetry::Traces::from_environment();
        // A second start in one process, as in tests, keeps the first log.
        let _ = registry.with(traces.as_ref().map(crate::telemetry::Traces::layer)).try_init();
        Log { _traces: traces }
    }
    #[cfg(not(feature = "telemetry"))]
    {
        let _ = registry.try_init();
        Log::default()
    }
}

fn lines<S>(format: Format) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    }
}

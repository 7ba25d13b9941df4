//! Traces for an OpenTelemetry collector: compiled in with the feature `telemetry` alone.
//!
//! The collector is named by the standard variable `OTEL_EXPORTER_OTLP_ENDPOINT`, such as `http://127.0.0.1:4318`;
//! without it nothing is sent. What is sent are the spans that the log has too: names, cases, steps and keys, and
//! never a value of a case.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing_opentelemetry::OpenTelemetryLayer;

/// The variable that names the collector.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// What the collector calls us, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "countersign";
const SERVICE_VARIABLE: &str = "OTEL_SERVICE_NAME";

/// Sends traces until it is dropped; then it sends what is left.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Traces for the collector that the environment names; `None` when it names none, or when it cannot be used,
    /// which is said on standard error since there is no log yet.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        std::env::var_os(ENDPOINT)?;
        crate::llm::openai::install_tls();
        let exporter = match opentelemetry_otlp::SpanExporter::builder().with_http().build() {
            Ok(exporter) => exporter,
            Err(error) => {
                use std::io::Write as _;
                let _ = writeln!(std::io::stderr().lock(), "countersign: traces cannot be sent: {error}");
                return None;
            }
        };
        let service = std::env::var(SERVICE_VARIABLE).unwrap_or_else(|_| SERVICE.to_owned());
        let resource = Resource::builder().with_service_name(service).build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        Some(Self { provider })
    }

    /// The layer that turns spans of the log into traces.
    #[must_use]
    pub fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        tracing_opentelemetry::layer().with_tracer(self.provider.tracer(SERVICE))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // Whatever cannot be sent any more is lost; the record itself does not depend on it.
        let _ = self.provider.shutdown();
    }
}

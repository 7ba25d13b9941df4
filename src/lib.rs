//! Countersign runs business processes: agents propose, people sign, everything is on the record.
//!
//! The layers, from the inside out. An arrow points to what a layer may use; `tests/tidy.rs` holds
//! the forbidden directions and fails the build on a breach.
//!
//! ```text
//! core <- language, gate, llm, offline, documents <- agents <- describe <- runtime -> store, connectors
//!                                                  web, cli, evals, bench, simulate stand on top
//! ```

pub mod agents;
pub mod bench;
pub mod certificate;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connectors;
pub mod describe;
pub mod documents;
pub mod drawing;
pub mod evals;
pub mod gate;
pub mod id;
pub mod llm;
pub mod log;
pub mod metrics;
pub mod offline;
pub mod resource;
pub mod runtime;
pub mod simulate;
pub mod store;
#[cfg(feature = "telemetry")]
pub mod telemetry;
pub mod web;

/// The process language, in a crate of its own so that it compiles without a world.
pub use countersign_language as language;

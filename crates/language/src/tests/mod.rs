//! The language at its boundaries: samples, refusals, and the law that rendering is undone by compiling.

mod bad_input;
mod completion;
mod criteria;
mod fixes;
pub(crate) mod generate;
mod generate_steps;
mod interview;
mod laws;
mod prose;
mod refusals;
mod rules;
mod samples;
mod sop;
mod templates;

use super::{Attachments, Compiled, Diagnostic, compile};

/// Compiles a text that must be right.
fn right(text: &str) -> Compiled {
    let compiled = compile(text, &Attachments::default());
    let drawn = listed(&compiled.diagnostics);
    assert!(compiled.definition.is_some(), "{drawn}");
    compiled
}

/// The findings for the message of a failed test.
fn listed(found: &[Diagnostic]) -> String {
    found.iter().map(|one| format!("{} at {}: {} ({})\n", one.code, one.start, one.message, one.why)).collect()
}

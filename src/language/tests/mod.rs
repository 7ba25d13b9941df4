//! The language at its boundaries: samples, refusals, and the law that rendering is undone by compiling.

mod generate;
mod laws;
mod refusals;
mod samples;

use super::{Attachments, Compiled, compile};

/// Compiles a text that must be right.
fn right(text: &str) -> Compiled {
    let compiled = compile(text, &Attachments::default());
    let drawn = super::draw("process.md", text, &compiled.diagnostics);
    assert!(compiled.definition.is_some(), "{drawn}");
    compiled
}

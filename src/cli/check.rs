//! `countersign check FILE`: what is understood of a process text, and what is not.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, note, say, say_json};
use crate::language::{self, Attachments, Compiled};

/// The largest process text, in bytes.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The process text. Examples are read from `examples.jsonl` beside it.
    file: PathBuf,
}

impl Check {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (text, attachments) = read(&self.file)?;
        let compiled = language::compile(&text, &attachments);
        let understood = compiled.definition.is_some();
        if common.json {
            say_json(&language::report(compiled))?;
        } else {
            tell(&self.file, &text, &compiled);
        }
        Ok(if understood { Outcome::Fine } else { Outcome::Problems })
    }
}

/// Draws what was not understood, and one sentence that sums up.
pub(super) fn tell(file: &Path, text: &str, compiled: &Compiled) {
    if !compiled.diagnostics.is_empty() {
        note(&super::draw::draw(&file.display().to_string(), text, &compiled.diagnostics));
    }
    let count = compiled.sentences.len();
    match &compiled.definition {
        Some(definition) => say(&format!("{}: all {count} sentences are understood", definition.title)),
        None => say(&format!("{count} sentences, and some are not understood: nothing was published")),
    }
}

/// Reads a process text and the examples beside it.
pub(super) fn read(file: &Path) -> anyhow::Result<(String, Attachments)> {
    let size = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    anyhow::ensure!(
        size <= TEXT_BYTES_MAX,
        "{} has {size} bytes; a process text has at most {TEXT_BYTES_MAX}",
        file.display()
    );
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {} as text", file.display()))?;
    let mut attachments = Attachments::default();
    let beside = file.with_file_name("examples.jsonl");
    if beside.exists() {
        let lines = std::fs::read_to_string(&beside).with_context(|| format!("cannot read {}", beside.display()))?;
        attachments = Attachments::read(&lines).map_err(|why| anyhow::anyhow!("{}: {why}", beside.display()))?;
    }
    Ok((text, attachments))
}

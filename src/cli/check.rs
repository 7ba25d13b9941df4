//! `countersign check FILE`: what is understood of a process text, and what is not.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, note, say, say_json};
use crate::language::{self, Attachments, BESIDE_BYTES_MAX, BESIDE_MAX, Compiled, read_criterion};

/// The largest process text, in bytes.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The process text. What stands beside it is read too: `examples.jsonl`, and the folders `guidelines`, `templates`
    /// and `criteria`.
    file: PathBuf,
}

impl Check {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (text, attachments) = read(&self.file)?;
        let compiled = language::publishable(&text, &attachments);
        let understood = compiled.definition.is_some();
        if common.json {
            say_json(&language::report(compiled))?;
        } else {
            tell(&self.file, &text, &compiled);
        }
        Ok(if understood { Outcome::Fine } else { Outcome::Problems })
    }
}

/// Reads every `<name>.<extension>` of a folder beside the text, each under its name.
fn beside(folder: &Path, extension: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path
            .file_stem()
            .and_then(|name| name.to_str())
            .filter(|_| path.extension().is_some_and(|found| found == extension))
        else {
            continue;
        };
        let size = usize::try_from(std::fs::metadata(&path)?.len())?;
        anyhow::ensure!(
            size <= BESIDE_BYTES_MAX && found.len() < BESIDE_MAX,
            "{} is too much: a process has at most {BESIDE_MAX} guidelines, {BESIDE_MAX} templates and \
             {BESIDE_MAX} files of examples, each of at most {BESIDE_BYTES_MAX} bytes",
            path.display()
        );
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {} as text", path.display()))?;
        found.insert(String::from(name), text);
    }
    Ok(found)
}

/// Draws what was not understood, and one sentence that sums up.
pub(super) fn tell(file: &Path, text: &str, compiled: &Compiled) {
    if !compiled.diagnostics.is_empty() {
        note(&super::draw::draw(&file.display().to_string(), text, &compiled.diagnostics));
    }
    let count = compiled.sentences.len();
    match &compiled.definition {
        Some(definition) => {
            let longest = language::Longest::of(definition);
            say(&format!("{}: all {count} sentences are understood", definition.title));
            let (steps, times) = (longest.steps, longest.words());
            say(&format!("the longest way through has {steps} steps, which may take {times}; returns are not counted"));
        }
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
    let examples = file.with_file_name("examples.jsonl");
    if examples.exists() {
        let lines =
            std::fs::read_to_string(&examples).with_context(|| format!("cannot read {}", examples.display()))?;
        attachments = Attachments::read(&lines).map_err(|why| anyhow::anyhow!("{}: {why}", examples.display()))?;
    }
    let (guidelines, templates) = (file.with_file_name("guidelines"), file.with_file_name("templates"));
    if guidelines.is_dir() {
        attachments.guidelines = beside(&guidelines, "md")?;
    }
    if templates.is_dir() {
        attachments.templates = beside(&templates, "txt")?;
    }
    let criteria = file.with_file_name("criteria");
    if criteria.is_dir() {
        for (name, file) in beside(&criteria, "txt")? {
            let of = |why: String| anyhow::anyhow!("{}/{name}.txt: {why}", criteria.display());
            let (criterion, examples) = read_criterion(&file).map_err(of)?;
            let twice = attachments.criteria.insert(criterion, examples).is_some();
            anyhow::ensure!(!twice, of("another file has examples of this criterion; keep them in one".to_owned()));
        }
    }
    Ok((text, attachments))
}

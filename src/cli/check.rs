//! `countersign check FILE`: what is understood of a process text, and what is not.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, note, say, say_json};
use crate::{
    documents::{
        WORD_TEMPLATE_BYTES_MAX,
        apart::{self, Apart},
    },
    language::{self, Attachments, BESIDE_BYTES_MAX, BESIDE_MAX, Compiled, WordTemplate, read_criterion},
    runtime::word_templates,
};

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

/// Reads every `<name>.<extension>` of a folder beside the text, of at most so many bytes, each under its name.
fn beside<T>(
    folder: &Path,
    extension: &str,
    most: usize,
    read: &dyn Fn(Vec<u8>) -> anyhow::Result<T>,
) -> anyhow::Result<BTreeMap<String, T>> {
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
            size <= most && found.len() < BESIDE_MAX,
            "{} is too much: a process has at most {BESIDE_MAX} guidelines, {BESIDE_MAX} templates and \
             {BESIDE_MAX} files of examples, each of at most {most} bytes",
            path.display()
        );
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        found.insert(String::from(name), read(bytes).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?);
    }
    Ok(found)
}

/// Reads every text of a folder, see [`beside`].
fn texts(folder: &Path, extension: &str) -> anyhow::Result<BTreeMap<String, String>> {
    beside(folder, extension, BESIDE_BYTES_MAX, &|bytes| String::from_utf8(bytes).context("it is no text"))
}

/// Reads the templates of a folder: texts, and Word files.
fn templates(folder: &Path, attachments: &mut Attachments) -> anyhow::Result<()> {
    attachments.templates = texts(folder, "txt")?;
    for (name, (text, word)) in beside(folder, "docx", WORD_TEMPLATE_BYTES_MAX, &word_template)? {
        let twice = attachments.templates.insert(name.clone(), text).is_some();
        anyhow::ensure!(!twice, "{}: `{name}` is there as a text and as a Word file; keep one", folder.display());
        attachments.word_templates.insert(name, word);
    }
    let count = attachments.templates.len();
    anyhow::ensure!(count <= BESIDE_MAX, "{}: a process has at most {BESIDE_MAX} templates", folder.display());
    Ok(())
}

/// Reads a Word file by a process of its own. A thread waits for it, since some commands run within tokio already.
fn word_template(file: Vec<u8>) -> anyhow::Result<(String, WordTemplate)> {
    let waiting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let program = apart::this_program().context("this program cannot be found, to read the file with")?;
        Ok(runtime.block_on(word_templates::read(&Apart::new(program), &file))?)
    });
    waiting.join().map_err(|_| anyhow::anyhow!("reading it broke off"))?
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
    let (guidelines, folder) = (file.with_file_name("guidelines"), file.with_file_name("templates"));
    if guidelines.is_dir() {
        attachments.guidelines = texts(&guidelines, "md")?;
    }
    if folder.is_dir() {
        templates(&folder, &mut attachments)?;
    }
    let criteria = file.with_file_name("criteria");
    if criteria.is_dir() {
        for (name, file) in texts(&criteria, "txt")? {
            let of = |why: String| anyhow::anyhow!("{}/{name}.txt: {why}", criteria.display());
            let (criterion, examples) = read_criterion(&file).map_err(of)?;
            let twice = attachments.criteria.insert(criterion, examples).is_some();
            anyhow::ensure!(!twice, of("another file has examples of this criterion; keep them in one".to_owned()));
        }
    }
    Ok((text, attachments))
}

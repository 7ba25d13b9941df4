//! `countersign describe FILE` and `countersign change FILE`: writing with a model.
//!
//! Nothing is written unless it is whole.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, check, note, say, say_json};
use crate::{
    clock::Clock,
    config::Config,
    describe::{Changed, Described, MAX_PROSE_CHARS, Provenance, Spent, Stopped},
    language::patch::{Change as Kind, SentenceDiff},
    runtime,
};

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The description, in your own words; `-` reads it from the standard input.
    file: PathBuf,
    /// Write the process text to this file. It is left as it is unless the text is whole.
    #[arg(long, value_name = "FILE.md")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// The process text. Examples are read from `examples.jsonl` beside it.
    file: PathBuf,
    /// What is to be changed, in your own words.
    #[arg(long)]
    request: String,
    /// Write the changed text to the file, instead of only showing the difference.
    #[arg(long)]
    apply: bool,
}

impl Describe {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let describer = runtime::describer(&Config::read(common.config.as_deref())?, Clock::System)?;
        let described = describer.describe(&prose(&self.file)?).await?;
        if common.json {
            say_json(&described)?;
        } else {
            tell(&described);
        }
        if !described.complete {
            return Ok(Outcome::Problems);
        }
        match &self.out {
            Some(out) => {
                std::fs::write(out, &described.text).with_context(|| format!("cannot write {}", out.display()))?;
                note(&format!("the text is in {}", out.display()));
            }
            None if !common.json => say(described.text.trim_end()),
            None => {}
        }
        Ok(Outcome::Fine)
    }
}

impl Change {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let describer = runtime::describer(&Config::read(common.config.as_deref())?, Clock::System)?;
        let (text, attachments) = check::read(&self.file)?;
        let changed = describer.change(&text, &attachments, &self.request).await?;
        if common.json {
            say_json(&changed)?;
        } else {
            tell_change(&changed);
        }
        let Some(applied) = changed.applied.as_ref().filter(|_| changed.complete) else {
            return Ok(Outcome::Problems);
        };
        if self.apply {
            let now = std::fs::read_to_string(&self.file)?;
            anyhow::ensure!(now == text, "{} was changed in the meantime; ask again", self.file.display());
            std::fs::write(&self.file, &applied.text)
                .with_context(|| format!("cannot write {}", self.file.display()))?;
            note(&format!("{} is changed", self.file.display()));
        } else if !common.json {
            note("nothing is written; say --apply to take the change");
        }
        Ok(Outcome::Fine)
    }
}

/// Reads a description; more than can be used is not read at all.
fn prose(file: &Path) -> anyhow::Result<String> {
    let most = u64::try_from(MAX_PROSE_CHARS * 4 + 1).unwrap_or(u64::MAX);
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(most)
            .read_to_string(&mut text)
            .context("cannot read the standard input as text")?;
    } else {
        let open = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        open.take(most).read_to_string(&mut text).with_context(|| format!("cannot read {} as text", file.display()))?;
    }
    Ok(text)
}

/// Everything about the draft but its text.
fn tell(described: &Described) {
    if !described.complete {
        stopped(described.stopped.as_ref(), "this is a part of a draft; nothing was written");
        described.text.lines().for_each(|line| note(&format!("  {line}")));
        note(&super::draw::draw("the draft", &described.text, &described.diagnostics));
    }
    let count = |kind| described.sentences.iter().filter(|one| one.provenance == kind).count();
    note(&format!(
        "{} sentences: {} from the description, {} that order it, {} assumed",
        described.sentences.len(),
        count(Provenance::Stated),
        count(Provenance::Structure),
        count(Provenance::Assumed),
    ));
    for refused in &described.refused {
        note(&format!("not taken: {} ({}: \"{}\")", refused.text, refused.why, refused.quote));
    }
    for dropped in &described.dropped {
        note(&format!("left out: \"{}\" ({})", dropped.quote.text, dropped.why));
    }
    for passage in &described.unaccounted {
        note(&format!("neither used nor left out: \"{}\"", passage.text));
    }
    for asked in &described.questions {
        note(&format!("to answer: {}", asked.ask));
    }
    spent(&described.spent);
}

fn tell_change(changed: &Changed) {
    if !changed.complete {
        stopped(changed.stopped.as_ref(), "the text is as it was");
        let last = changed.rounds.last().map(|round| round.faults.as_slice()).unwrap_or_default();
        last.iter().for_each(|fault| note(&format!("  {fault}")));
    }
    if let Some(cannot) = &changed.cannot {
        note(&format!("the model says that this cannot be done by changing the text: {cannot}"));
    }
    if let Some(applied) = &changed.applied {
        applied.diff.iter().for_each(|one| say(&line(one)));
    }
    spent(&changed.spent);
}

/// One line of a difference between two texts.
fn line(diff: &SentenceDiff) -> String {
    let words = |side: &Option<crate::language::patch::Side>| {
        let text = side.as_ref().map(|side| side.sentence.text.as_str()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    match diff.change {
        Kind::Added => format!("+ {}", words(&diff.new)),
        Kind::Removed => format!("- {}", words(&diff.old)),
        Kind::Changed => format!("- {}\n+ {}", words(&diff.old), words(&diff.new)),
        Kind::Moved => format!("~ {} (moved)", words(&diff.new)),
    }
}

fn stopped(why: Option<&Stopped>, then: &str) {
    let why = why.map_or_else(|| "the draft has faults".to_owned(), Stopped::words);
    note(&format!("{why}; {then}"));
}

fn spent(spent: &Spent) {
    let cost = spent.cost.as_deref().map_or_else(String::new, |cost| format!(", {cost}"));
    let questions = if spent.questions == 1 { "question" } else { "questions" };
    let tokens = spent.input_tokens + spent.output_tokens;
    note(&format!("{} {questions} to the model, {tokens} tokens{cost}", spent.questions));
}

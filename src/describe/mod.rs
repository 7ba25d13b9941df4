//! Writing a process with a model: prose becomes sentences, and a wish becomes patches.
//!
//! A model only drafts. Code checks that every sentence comes from words of the description, that nothing of the
//! description is lost without a word, and that the sentences are understood; what the model assumes becomes an
//! open question, which blocks publishing. Nothing here changes a text: the caller gets a result and decides.

mod answer;
mod budget;
mod change;
mod draft;
mod prose;
mod rounds;
mod support;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    agents::{
        prompts::{Prompt, PromptError},
        quarantine::MAX_UNTRUSTED_CHARS,
    },
    language::{Attachments, Diagnostic},
    llm::Provider,
};

pub use self::{
    answer::{ChangeAnswer, ChangeShown, DescribeAnswer, DescribeShown},
    budget::{Limits, Price, Spent},
    change::Changed,
    rounds::{MAX_RETURNS, Round, Stopped},
};

/// The longest description, in characters; a longer one is refused, never cut.
pub const MAX_PROSE_CHARS: usize = MAX_UNTRUSTED_CHARS;
/// The longest request for a change, in characters.
pub const MAX_REQUEST_CHARS: usize = 4_000;

/// Writes processes with a model, where one is set up.
#[derive(Clone)]
pub struct Describer {
    provider: Option<Arc<dyn Provider>>,
    describe: Prompt,
    change: Prompt,
    limits: Limits,
}

/// What became of a description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// Whether every check is met. Otherwise this is a part of a draft and nothing to go on with unseen.
    pub complete: bool,
    /// Why the model was not asked further; none when it was not necessary.
    pub stopped: Option<Stopped>,
    /// The process text, with the open questions in it.
    pub text: String,
    /// Where each sentence of the text comes from.
    pub sentences: Vec<Written>,
    /// What is left to answer, in the order of the text. Each of them blocks publishing.
    pub questions: Vec<Asked>,
    /// What the model left out, and why it says so.
    pub dropped: Vec<Dropped>,
    /// Sentences that were not taken, since their quotes do not stand in the description.
    pub refused: Vec<Refused>,
    /// Parts of the description that are neither used nor dropped.
    pub unaccounted: Vec<Passage>,
    /// What is wrong with the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Each time that the model was asked, and what was wrong with its answer.
    pub rounds: Vec<Round>,
    /// What it cost.
    pub spent: Spent,
    /// The model that was asked.
    pub engine: String,
    /// The digest of the prompt that it was asked with.
    pub prompt: String,
}

/// A sentence of the text and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its first byte in the text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its words.
    pub text: String,
    /// The words of the description that say so; none for headings, and for what is assumed.
    pub quote: Option<Passage>,
    /// Whether the description says it.
    pub provenance: Provenance,
}

/// Whether the description says a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// It does.
    Stated,
    /// The sentence only orders or names what others say, such as a heading.
    Structure,
    /// It does not; a question asks whether it is right.
    Assumed,
}

/// Words of the description with their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The first byte in the description.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The words.
    pub text: String,
}

/// Something to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The words of the text or of the description that it is about.
    pub about: String,
    /// The question.
    pub ask: String,
    /// Answers to choose from; there may be none.
    pub options: Vec<String>,
    /// What the text assumes for now.
    pub default: Option<String>,
    /// Whether code found that it must be asked, and not the model.
    pub found_by_code: bool,
}

/// Words of the description that the draft leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The words.
    pub quote: Passage,
    /// Why, as the model says.
    pub why: String,
}

/// A sentence that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The sentence.
    pub text: String,
    /// The words that it was said to come from.
    pub quote: String,
    /// Why it was not taken.
    pub why: String,
}

/// Why nothing was asked at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescribeError {
    /// There is no model.
    #[error(
        "no language model is set up: set COUNTERSIGN_MODEL_URL, COUNTERSIGN_MODEL and COUNTERSIGN_MODEL_KEY, or a \
         part [model] in the configuration; without one, write in the sentence shapes: `countersign check FILE` shows \
         for each sentence that is not understood the nearest shapes with your own words"
    )]
    NoModel,
    /// There is nothing to describe or change.
    #[error("{0} is empty; write what happens, who does it and by when")]
    Empty(&'static str),
    /// It is too long.
    #[error("{what} has {chars} characters; at most {most} can be read at once: describe one process at a time")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long it is.
        chars: usize,
        /// How long it may be.
        most: usize,
    },
    /// A prompt or schema that comes with the program is broken.
    #[error("the prompt cannot be used: {0}; install the program again")]
    Prompt(String),
}

impl From<PromptError> for DescribeError {
    fn from(error: PromptError) -> Self {
        Self::Prompt(error.to_string())
    }
}

impl Describer {
    /// A describer that asks this provider within these limits; without a provider it only says so.
    ///
    /// # Errors
    /// [`PromptError`], when a prompt that comes with the program is broken.
    pub fn new(provider: Option<Arc<dyn Provider>>, limits: Limits) -> Result<Self, PromptError> {
        Ok(Self {
            provider,
            describe: Prompt::parse("describe", include_str!("../../prompts/describe/prompt.md"))?,
            change: Prompt::parse("change", include_str!("../../prompts/change/prompt.md"))?,
            limits,
        })
    }

    /// Whether there is a model to ask.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.provider.is_some()
    }

    /// Writes a process text from a description.
    ///
    /// # Errors
    /// [`DescribeError`], when the model was not asked. What went wrong after that stands in the result.
    pub async fn describe(&self, prose: &str) -> Result<Described, DescribeError> {
        let provider = self.provider.as_deref().ok_or(DescribeError::NoModel)?;
        fits("the description", prose, MAX_PROSE_CHARS)?;
        draft::describe(provider, &self.describe, &self.limits, prose).await
    }

    /// Turns a wish into patches on a text, and carries them out on a copy.
    ///
    /// # Errors
    /// [`DescribeError`], when the model was not asked. What went wrong after that stands in the result.
    pub async fn change(&self, text: &str, attachments: &Attachments, request: &str) -> Result<Changed, DescribeError> {
        let provider = self.provider.as_deref().ok_or(DescribeError::NoModel)?;
        fits("the process text", text, MAX_PROSE_CHARS)?;
        fits("the request", request, MAX_REQUEST_CHARS)?;
        change::change(provider, &self.change, &self.limits, (text, attachments), request).await
    }
}

fn fits(what: &'static str, text: &str, most: usize) -> Result<(), DescribeError> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err(DescribeError::Empty(what));
    }
    if chars > most { Err(DescribeError::TooLong { what, chars, most }) } else { Ok(()) }
}

impl std::fmt::Debug for Describer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let provider = self.provider.as_ref().map(|provider| provider.name());
        f.debug_struct("Describer").field("provider", &provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

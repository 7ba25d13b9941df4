//! The provider port: OpenAI-compatible servers and a scripted one.
//!
//! A provider turns one [`Request`] into one [`Answer`] and knows nothing of cases or processes. Both
//! implementations send and read through [`wire`], so that what a test exercises is what production runs.

pub mod breaker;
mod cache;
pub mod cassette;
mod certainty;
pub mod openai;
pub mod parse;
pub mod placeholders;
mod responses;
pub mod route;
pub mod scripted;
pub mod spending;
pub mod strict;
mod transport;
mod wire;

use std::{fmt, time::Duration};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use self::placeholders::Masked;

/// Something that answers requests: a server with a language model, or a script.
pub trait Provider: Send + Sync {
    /// Asks once, within the provider's limits of time, size and attempts.
    ///
    /// # Errors
    /// [`ProviderError`], which says whether asking later may help.
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>>;

    /// Provider and model for the record, such as `openai:gpt-5-mini`.
    fn name(&self) -> String;

    /// The same for the one that is asked first for a decision, where it chooses among several.
    fn engine_for(&self, _decision: &str) -> String {
        self.name()
    }

    /// Whether that one tells how probable it held its answer.
    fn tells_probability(&self, _decision: &str) -> bool {
        false
    }
}

/// One question to a model: no tools, no history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// The instructions, our own words alone.
    pub system: String,
    /// The question, with outside text fenced in.
    pub user: String,
    /// The schema that the answer is held to on the wire, see [`strict`].
    pub schema: Json,
    /// The schema's name: letters, digits and `_`, at most 64.
    pub schema_name: String,
    /// At most this many tokens of answer.
    pub max_tokens: u32,
    /// Randomness in thousandths; `None` leaves it to the server, as some models ask for.
    pub temperature: Option<u32>,
    /// What the question is for. It is not sent.
    #[serde(skip)]
    pub call: Call,
    /// The question with placeholders for values that only some may see, for models that are not trusted with them;
    /// none where the question would make no sense without them.
    #[serde(skip)]
    pub masked: Option<Masked>,
}

/// What a question is for: it chooses the model, and what it costs is counted here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The agent, by the name of its prompt folder, such as `classify`.
    pub agent: String,
    /// The address of the decision, the same for its repairs and votes.
    pub decision: String,
    /// The case, if it is for one.
    pub case: Option<String>,
    /// The process of that case.
    pub process: Option<String>,
    /// Which of several samples of the same question it is, from 0: those after the first are sent only once.
    pub sample: u32,
    /// The property of the answer whose probability is wanted, where the server tells it.
    pub measured: Option<&'static str>,
    /// Whether the question shows a field that only some may see.
    pub personal: bool,
    /// Whether it asks again for an answer that did not fit: it is then sent only once.
    pub repair: bool,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text as it came.
    pub text: String,
    /// The model that says it answered.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
    /// Why it stopped.
    pub finish: Finish,
    /// How many values stood as placeholders in what was sent.
    #[serde(default, skip_serializing_if = "none")]
    pub placeholders: u32,
    /// Provider and model that answered, as in [`Provider::name`], where the provider chose among several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub engine: String,
    /// How probable the model held the property that [`Call::measured`] names, in parts per thousand, where its server
    /// tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probable: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn none(count: &u32) -> bool {
    *count == 0
}

/// Tokens as the server counted them; zero where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
}

/// What [`Finish::Other`] says of an answer that calls a tool; none is ever offered.
pub const TOOL_CALLS: &str = "tool_calls";

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was complete.
    Complete,
    /// It ran into the limit of tokens and is cut off.
    CutOff,
    /// The model or a filter refused.
    Refused,
    /// The server said something else, or nothing.
    Other(String),
}

/// Why there is no answer, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Asking later may help.
    #[error("{0}")]
    Retryable(String),
    /// Asking again changes nothing until somebody changes the settings.
    #[error("{0}")]
    Terminal(String),
    /// This question cannot be asked here, such as one that is too long; others can.
    #[error("{0}")]
    Unfit(String),
    /// The server wants to be left alone for longer than a question can wait.
    #[error("{words}")]
    Busy {
        /// What it said, for people.
        words: String,
        /// For how long.
        after: Duration,
    },
}

/// What stands between our words about an error and those of a server.
const SAYS: &str = "; the server says: ";

impl ProviderError {
    /// What happened, in words for people; they may end with the server's own.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Retryable(words) | Self::Terminal(words) | Self::Unfit(words) | Self::Busy { words, .. } => words,
        }
    }
}

/// Words about an error without those of a server: what a server says may lead a reader astray.
#[must_use]
pub fn without_its_words(words: &str) -> &str {
    words.split_once(SAYS).map_or(words, |(ours, _)| ours)
}

/// A text that must never be shown: its `Debug` prints no letter of it, and it cannot be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

//! Which language models there are, who asks which, and what that may cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The language model, on any server that speaks the OpenAI protocol.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The server's address, such as `http://127.0.0.1:11434/v1`.
    pub base_url: String,
    /// The model's name there.
    pub name: String,
    /// The environment variable that holds the key.
    #[serde(default = "default_key_variable")]
    pub key_variable: String,
    /// Which of the two ways of asking the server is asked in.
    #[serde(default)]
    pub api: Api,
    /// What it costs; without it, tokens are counted and no money.
    #[serde(default)]
    pub price: Option<ModelPrice>,
    /// Further headers of each request, such as those that a gateway asks for. They hold no secrets.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the server wants differently.
    #[serde(default)]
    pub quirks: Quirks,
    /// At most so many questions a minute; no limit when nothing is said.
    #[serde(default)]
    pub questions_a_minute: Option<usize>,
    /// Whether it may see fields that only some may see, because it runs in the house or a contract says so.
    #[serde(default)]
    pub personal_data: bool,
    /// Whether a model that may not see them is asked with placeholders in their place; else it is passed over.
    #[serde(default = "default_placeholders")]
    pub placeholders: bool,
    /// How long it is waited for.
    #[serde(default)]
    pub limits: ModelLimits,
}

/// How long a model is waited for, in milliseconds; what is not said is as usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelLimits {
    /// One question of an agent with all its attempts; a minute when nothing is said.
    pub total_ms: Option<u64>,
    /// A server that says nothing for so long is given up; half a minute when nothing is said.
    pub silence_ms: Option<u64>,
    /// A connection must stand within this time; ten seconds when nothing is said.
    pub connect_ms: Option<u64>,
}

impl Model {
    /// A model about which nothing else is said.
    #[must_use]
    pub fn at(base_url: String, name: String) -> Self {
        Self {
            base_url,
            name,
            key_variable: default_key_variable(),
            api: Api::default(),
            price: None,
            headers: BTreeMap::new(),
            quirks: Quirks::default(),
            questions_a_minute: None,
            personal_data: false,
            placeholders: default_placeholders(),
            limits: ModelLimits::default(),
        }
    }
}

/// The two ways of asking a server that speaks the OpenAI protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// `POST /chat/completions`, which nearly every server speaks.
    #[default]
    Chat,
    /// `POST /responses`.
    Responses,
}

/// Where servers that speak the OpenAI protocol differ from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// How an answer is held to its form.
    pub form: AnswerForm,
    /// Whether the limit of tokens is called `max_tokens`, as in older servers.
    pub old_limit: bool,
    /// Whether the server lets a temperature be set.
    pub temperature: bool,
    /// Whether the server tells how probable each piece of an answer was, when it is asked to (`logprobs`).
    pub probabilities: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self { form: AnswerForm::Schema, old_limit: false, temperature: true, probabilities: false }
    }
}

/// How a server holds an answer to its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerForm {
    /// By a JSON Schema.
    #[default]
    Schema,
    /// As some JSON; the schema is shown in the instructions.
    Json,
    /// Not at all; the schema is shown in the instructions.
    Text,
}

/// What a million tokens cost, as decimal amounts such as `0.15`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPrice {
    /// The currency, ISO 4217.
    pub currency: String,
    /// Of tokens that are read.
    pub input: String,
    /// Of tokens that are written.
    pub output: String,
}

/// One model of a tier: its name alone, or with its weight.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum TierModel {
    /// It is asked when those before it do not answer.
    Next(String),
    /// It shares the place with the ones before it that have a weight.
    Shared {
        /// Its name under `[models]`.
        model: String,
        /// Its share among those of the place.
        weight: u32,
    },
}

/// Who answers for an agent: one tier, or several stages in the order in which they are asked. A stage is a tier, or
/// `offline` for the built-in engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stages {
    /// One, alone.
    One(String),
    /// One after the other, until one is sure enough.
    Several(Vec<String>),
}

impl Stages {
    /// Their names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// What agents may spend on models; nothing said is no limit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spending {
    /// On one answer, with its repairs.
    pub decision: Allowance,
    /// On one case.
    pub case: Allowance,
    /// On one process in a day.
    pub process: Allowance,
    /// On everything in a day.
    pub day: Allowance,
}

/// An amount of money, of tokens, or both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowance {
    /// Money in the currency of the prices, such as `0.20`.
    pub money: Option<String>,
    /// Tokens read and written.
    pub tokens: Option<u64>,
}

/// Placeholders are used where nothing is said.
const fn default_placeholders() -> bool {
    true
}

/// The variable that holds a key where none is named.
fn default_key_variable() -> String {
    "COUNTERSIGN_MODEL_KEY".to_owned()
}

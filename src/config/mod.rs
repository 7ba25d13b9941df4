//! The one configuration value: who we are, when we work, which systems and models are reached.
//!
//! It is read from a TOML file and from the environment; every part has a default, so that the program
//! runs without either. Secrets come from the environment only.

mod models;
mod release;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

pub use models::{Allowance, AnswerForm, Api, Model, ModelLimits, ModelPrice, Quirks, Spending, Stages, TierModel};
pub use release::Release;

/// The largest document that is taken in, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 20 * 1024 * 1024;
/// The largest request body, in bytes: a document and its form.
pub const REQUEST_BYTES_MAX: usize = DOCUMENT_BYTES_MAX + 1024 * 1024;
/// The most documents in one hand-in.
pub const DOCUMENTS_A_FORM_MAX: usize = 20;
/// The largest event payload, in bytes.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// How many effects are carried out side by side.
pub const EFFECTS_AT_ONCE: usize = 64;
/// How often an effect is tried before it is given up.
pub const EFFECT_ATTEMPTS_MAX: u32 = 8;
/// How long an effect is held by whoever carries it out, unless they say that they still do. After it, another
/// program takes the effect over.
pub const EFFECT_LEASE: Duration = Duration::from_secs(15);
/// How often whoever carries an effect out says that they still do.
pub const LEASE_RENEWED_EVERY: Duration = Duration::from_secs(5);
/// How long one call to another system may take.
pub const SYSTEM_CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who we are and when we work.
    pub organisation: Organisation,
    /// How the systems that process texts name are reached, by their name there.
    pub systems: BTreeMap<String, System>,
    /// The language model, if there is one: the short way to say what `models` and `tiers` say at length.
    pub model: Option<Model>,
    /// The language models by the names under which the rest of the configuration knows them.
    pub models: BTreeMap<String, Model>,
    /// Which models answer for a tier, in the order in which they are asked.
    pub tiers: BTreeMap<String, Vec<TierModel>>,
    /// The tier that an agent asks, or the stages of its cascade, by the agent's name; `small` where nothing is said.
    pub agents: BTreeMap<String, Stages>,
    /// What agents may spend on models.
    pub spending: Spending,
    /// What may leave without a signature on an agent's word.
    pub release: Release,
    /// What writing a process with the model may cost.
    pub writing: Writing,
    /// The address under which people reach the server, such as `https://countersign.example.org`.
    pub base_url: Option<String>,
    /// Who may read the figures of the running program: from `COUNTERSIGN_METRICS_TOKEN` alone. Nobody without it.
    #[serde(skip)]
    pub metrics_token: Option<String>,
    /// The program that reads documents, in a process of its own; without one only plain text is read.
    #[serde(skip)]
    pub reader: Option<PathBuf>,
}

/// Who we are and when we work.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organisation {
    /// The name that people read.
    pub name: String,
    /// The time zone, an IANA name such as `Europe/Berlin`.
    pub zone: String,
    /// When the working day begins, as `HH:MM`.
    pub day_starts: String,
    /// When the working day ends, as `HH:MM`.
    pub day_ends: String,
    /// Days on which nobody works, as `YYYY-MM-DD`.
    pub holidays: Vec<String>,
}

/// How a system is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum System {
    /// Calls are written down in the database and go nowhere else: for samples and for trying out.
    Practice {
        /// What it answers when something is looked up in it, by field.
        #[serde(default)]
        answers: BTreeMap<String, String>,
    },
    /// Calls are sent as JSON by POST, with the key in the header `Idempotency-Key`.
    Http {
        /// Where to.
        url: String,
        /// The environment variable that holds a bearer token.
        #[serde(default)]
        token_variable: Option<String>,
    },
}

/// What writing a process with the model may cost, for one description or one change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Writing {
    /// Money in the currency of the model's price, such as `0.20`, which it is when nothing is said.
    pub money: Option<String>,
    /// Time in seconds; 180 when nothing is said.
    pub seconds: Option<u64>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration {path}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// An address that nobody can be reached under.
    #[error("{what} is `{address}`, which is not a web address; write it like {like}")]
    Address {
        /// Whose address.
        what: String,
        /// What stands there.
        address: String,
        /// How one looks.
        like: String,
    },
    /// The file does not say what it should.
    #[error("the configuration {path} is not right: {why}")]
    Wrong {
        /// The file.
        path: String,
        /// Where and why.
        why: String,
    },
}

/// Whether this is `http` or `https`, which always name a host; with `query` something may follow the path.
pub(crate) fn is_web_address(address: &str, query: bool) -> bool {
    reqwest::Url::parse(address).is_ok_and(|url| {
        let plain = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && (query || plain)
    })
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            name: "Countersign".to_owned(),
            zone: "UTC".to_owned(),
            day_starts: "09:00".to_owned(),
            day_ends: "17:00".to_owned(),
            holidays: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the configuration from a file, if one is named, and from the environment.
    ///
    /// `COUNTERSIGN_MODEL_URL` and `COUNTERSIGN_MODEL` name a model without a file.
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = match path {
            None => Self::default(),
            Some(path) => {
                let named = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|error| ConfigError::Unreadable { path: named.clone(), why: error.to_string() })?;
                toml::from_str(&text).map_err(|error| ConfigError::Wrong { path: named, why: error.to_string() })?
            }
        };
        if let (Ok(base_url), Ok(name)) = (std::env::var("COUNTERSIGN_MODEL_URL"), std::env::var("COUNTERSIGN_MODEL")) {
            let price = config.model.take().and_then(|model| model.price);
            config.model = Some(Model { price, ..Model::at(base_url, name) });
        }
        if let Some(base_url) = std::env::var("COUNTERSIGN_BASE_URL").ok().filter(|address| !address.is_empty()) {
            config.base_url = Some(base_url);
        }
        config.check_addresses()?;
        config.metrics_token = std::env::var("COUNTERSIGN_METRICS_TOKEN").ok().filter(|token| !token.is_empty());
        Ok(config)
    }

    /// Refuses addresses that cannot be one, before somebody meets them in a link or in a case that is stuck.
    fn check_addresses(&self) -> Result<(), ConfigError> {
        let wrong = |what: &str, address: &str, like: &str| ConfigError::Address {
            what: what.to_owned(),
            address: address.to_owned(),
            like: like.to_owned(),
        };
        if let Some(address) = self.base_url.as_deref().filter(|address| !is_web_address(address, false)) {
            return Err(wrong("base_url", address, "https://countersign.example.org"));
        }
        for (name, system) in &self.systems {
            if let System::Http { url, .. } = system
                && !is_web_address(url, true)
            {
                return Err(wrong(&format!("the url of the {name}"), url, "https://bank.example.org/payments"));
            }
        }
        Ok(())
    }

    /// How the system of this name is reached; `None` when nothing is said about it.
    #[must_use]
    pub fn system(&self, name: &str) -> Option<&System> {
        self.systems.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, system)| system)
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[track_caller]
    fn check(text: &str, wrong: Option<&str>) {
        let config: Config = toml::from_str(text).unwrap();
        let refused = config.check_addresses().err().map(|error| error.to_string());
        match wrong {
            None => assert_eq!(refused, None),
            Some(words) => assert!(refused.as_ref().is_some_and(|told| told.contains(words)), "{refused:?}"),
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_refused_at_the_start() {
        check("base_url = \"https://countersign.example.org/process\"", None);
        check("base_url = \"intranet.example.org\"", Some("`intranet.example.org`, which is not a web address"));
        check("base_url = \"ftp://example.org\"", Some("not a web address"));
        check("base_url = \"https://example.org/?a=b\"", Some("not a web address"));
        check("[systems.bank]\nkind = \"http\"\nurl = \"https://bank.example.org/pay?key=1\"", None);
        check("[systems.bank]\nkind = \"http\"\nurl = \"bank.example.org\"", Some("the url of the bank"));
    }
}

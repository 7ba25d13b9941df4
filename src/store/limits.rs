//! Answers of agents that ask for more than the others before one gives them alone: words, marks and verdicts, by what
//! is decided.

use std::collections::BTreeMap;

use countersign_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    db::{from_json, to_json},
};

/// The setting that holds them begins like this; the process follows.
const SETTING: &str = "agents.limits";

/// What an answer asks for before an agent gives it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// It is always for people.
    Never,
    /// Of a thousand decisions for this answer at most so many may be wrong.
    AtMost(u32),
}

/// The answers on one matter that have a limit of their own.
pub type Limits = BTreeMap<String, Limit>;

impl Store {
    /// The answers on one matter of a process that have a limit of their own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn limits(&self, process: &str, matter: &str) -> Result<Limits, StoreError> {
        Ok(self.all_limits(process).await?.remove(matter).unwrap_or_default())
    }

    /// The same for every matter of a process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_limits(&self, process: &str) -> Result<BTreeMap<String, Limits>, StoreError> {
        let kept = self.setting(&format!("{SETTING}.{process}")).await?;
        kept.map_or_else(|| Ok(BTreeMap::new()), |kept| from_json("limits of answers", &kept))
    }

    /// Gives exactly these answers on one matter of a process a limit; who did it is on the record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_limits(
        &self,
        (process, matter): (&str, &str),
        limits: Limits,
        (by, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut all = self.all_limits(process).await?;
        if limits.is_empty() {
            all.remove(matter);
        } else {
            all.insert(matter.to_owned(), limits);
        }
        self.set_setting_by((&format!("{SETTING}.{process}"), &to_json(&all)?), (by, detail), now).await
    }
}

//! Answers of agents that ask for more than the others before one gives them alone: words, marks and verdicts, by what
//! is decided.

use std::collections::BTreeMap;

use countersign_core::{canonical::digest, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    db::{from_json, to_json},
};

/// The settings that hold them begin like this; the process and a digest of the matter follow.
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
        let set = self.setting(&name_of(process, matter)).await?;
        set.map_or_else(|| Ok(Limits::new()), |set| from_json("limits of answers", &set))
    }

    /// Gives exactly these answers on one matter of a process a limit; who did it is on the record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_limits(
        &self,
        (process, matter): (&str, &str),
        limits: &Limits,
        (by, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.set_setting_by((&name_of(process, matter), &to_json(limits)?), (by, detail), now).await
    }
}

/// Each matter has a setting of its own, so that whoever sets the limits of one does not undo those of another.
fn name_of(process: &str, matter: &str) -> String {
    format!("{SETTING}.{process}.{}", digest(&matter))
}

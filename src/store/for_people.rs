//! Answers of agents that are kept for people, whatever a certificate says: words, marks and verdicts, by what is
//! decided.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::time::Timestamp;

use super::{
    Store, StoreError,
    db::{from_json, to_json},
};

/// The setting that holds them begins like this; the process follows.
const SETTING: &str = "agents.for_people";

impl Store {
    /// The answers on one matter of a process that are kept for people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept_for_people(&self, process: &str, matter: &str) -> Result<BTreeSet<String>, StoreError> {
        Ok(self.all_kept_for_people(process).await?.remove(matter).unwrap_or_default())
    }

    /// The same for every matter of a process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_kept_for_people(&self, process: &str) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
        let kept = self.setting(&format!("{SETTING}.{process}")).await?;
        kept.map_or_else(|| Ok(BTreeMap::new()), |kept| from_json("answers for people", &kept))
    }

    /// Keeps exactly these answers on one matter of a process for people; who did it is on the record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_for_people(
        &self,
        (process, matter): (&str, &str),
        answers: BTreeSet<String>,
        (by, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut all = self.all_kept_for_people(process).await?;
        if answers.is_empty() {
            all.remove(matter);
        } else {
            all.insert(matter.to_owned(), answers);
        }
        self.set_setting_by((&format!("{SETTING}.{process}"), &to_json(&all)?), (by, detail), now).await
    }
}

//! `countersign audit records`: what was changed outside cases, and who did it.

use clap::Args;
use serde::Serialize;

use super::{Common, Outcome, note, say, say_json};
use crate::{resource::rfc3339, runtime::Runtime, store::RecordFilter};

#[derive(Debug, Args)]
pub(super) struct Records {
    /// Only what was changed of this, such as a person's identifier, `link` or `role`; part of a word is enough.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Only what this person changed.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// How many at most, the newest first.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// How many to leave out first.
    #[arg(long, default_value_t = 0)]
    offset: u32,
}

#[derive(Serialize)]
struct Row {
    at: String,
    by: String,
    what: String,
    detail: String,
}

impl Records {
    pub(super) async fn run(&self, runtime: &Runtime, common: &Common) -> anyhow::Result<Outcome> {
        let only = RecordFilter { subject: self.subject.clone(), by: self.by.clone() };
        let found = runtime.store().records_of(&only, self.limit, self.offset).await?;
        let rows: Vec<Row> = found
            .into_iter()
            .map(|one| Row { at: rfc3339(one.at), by: one.by, what: one.what, detail: one.detail })
            .collect();
        if common.json {
            say_json(&rows)?;
            return Ok(Outcome::Fine);
        }
        if rows.is_empty() {
            say("no such change is on record; leave --subject and --by out to see all");
        }
        rows.iter().for_each(|row| say(&format!("{}  {}  {}: {}", row.at, row.by, row.what, row.detail)));
        if rows.len() == self.limit as usize {
            note(&format!("older ones may follow; add --offset {}", self.offset.saturating_add(self.limit)));
        }
        Ok(Outcome::Fine)
    }
}

//! What people decided elsewhere, imported: each version of an agent is asked about it.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{time::Timestamp, value::FieldName};

use super::{
    Store, StoreError,
    db::{Batch, Rows, sql, to_json},
};

/// How many rows are written at once.
const ROWS_A_CHANGE: usize = 500;
/// The most keys that are read; a row beyond them counts as new until it is kept.
const KEYS_MAX: i64 = 100_000;

/// A decision that was taken elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDecision {
    /// The process.
    pub process: String,
    /// The field that was decided.
    pub matter: String,
    /// What tells it apart; the same row of the same table is one decision, however often it is imported.
    pub key: String,
    /// What there was to see, as typed, by field; of a document its text.
    pub given: BTreeMap<FieldName, String>,
    /// The right answer.
    pub answer: String,
    /// Who imported it.
    pub imported_by: String,
    /// When.
    pub at: Timestamp,
}

const PAST: Rows = Rows {
    head: "insert into past_decisions (process, matter, key, given, answer, imported_by, at)",
    columns: 7,
    tail: " on conflict do nothing",
};

impl Store {
    /// Keeps past decisions and puts it on the record; those that are there already stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_past_decisions(
        &self,
        decisions: Vec<PastDecision>,
        (by, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (by, detail) = (by.to_owned(), detail.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                for some in decisions.chunks(ROWS_A_CHANGE) {
                    let mut rows = Vec::with_capacity(some.len());
                    for one in some {
                        rows.push(vec![
                            (&one.process).into(),
                            (&one.matter).into(),
                            (&one.key).into(),
                            to_json(&one.given)?.into(),
                            (&one.answer).into(),
                            (&one.imported_by).into(),
                            one.at.0.into(),
                        ]);
                    }
                    let mut batch = Batch::default();
                    batch.add_rows(PAST, rows);
                    batch.execute(connection).await?;
                }
                super::records::insert(connection, &by, "labels", &detail, now).await
            })
        })
        .await
    }

    /// Past decisions on one matter of a process after an instant, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn past_decisions(
        &self,
        process: &str,
        matter: &str,
        after: Timestamp,
        limit: u32,
    ) -> Result<Vec<PastDecision>, StoreError> {
        let rows = sql("select * from past_decisions where process = $1 and matter = $2 and at > $3
             order by at desc, key limit $4")
        .bind(process)
        .bind(matter)
        .bind(after.0)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PastDecision {
                    process: row.text("process")?,
                    matter: row.text("matter")?,
                    key: row.text("key")?,
                    given: row.json("given")?,
                    answer: row.text("answer")?,
                    imported_by: row.text("imported_by")?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }

    /// How many past decisions there are on one matter of a process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_past_decisions(&self, process: &str, matter: &str) -> Result<u64, StoreError> {
        let row = sql("select count(*) as past from past_decisions where process = $1 and matter = $2")
            .bind(process)
            .bind(matter)
            .fetch_one(&self.readers)
            .await?;
        row.count("past")
    }

    /// The keys of the past decisions on one matter of a process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn past_decision_keys(&self, process: &str, matter: &str) -> Result<BTreeSet<String>, StoreError> {
        let rows = sql("select key from past_decisions where process = $1 and matter = $2 limit $3")
            .bind(process)
            .bind(matter)
            .bind(KEYS_MAX)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| row.text("key")).collect()
    }

    /// Removes the past decisions on one matter of a process and puts it on the record; what they have measured stays.
    /// Returns how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_past_decisions(
        &self,
        (process, matter): (&str, &str),
        by: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (process, matter, by) = (process.to_owned(), matter.to_owned(), by.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let gone = sql("delete from past_decisions where process = $1 and matter = $2")
                    .bind(&process)
                    .bind(&matter)
                    .execute(&mut *connection)
                    .await?;
                if gone > 0 {
                    let detail = format!("removed {gone} imported decisions on `{matter}` of `{process}`");
                    super::records::insert(connection, &by, "labels", &detail, now).await?;
                }
                Ok::<_, StoreError>(gone)
            })
        })
        .await
    }

    /// The processes whose agents were measured or can be, with the number of their past decisions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measured_processes(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sql("select process, cast(sum(past) as bigint) as past from (
                 select process, count(*) as past from past_decisions group by process
                 union all select distinct process, 0 as past from labels where origin = 'decided') as measured
             group by process order by process")
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.text("process")?, row.count("past")?))).collect()
    }

    /// When the latest certificate of any agent at this step ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_end(&self, process: &str, step: &str) -> Result<Option<Timestamp>, StoreError> {
        let row = sql("select max(ended_at) as ended from certificates where process = $1 and step = $2")
            .bind(process)
            .bind(step)
            .fetch_one(&self.readers)
            .await?;
        row.maybe_time("ended")
    }
}

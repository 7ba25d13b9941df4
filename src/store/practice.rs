//! The ledger of the built-in practice system: each call under its idempotency key, applied once.

use countersign_core::{time::Timestamp, value::Values};

use super::{
    Store, StoreError,
    db::{sql, to_json},
};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeCall {
    /// The idempotency key.
    pub key: String,
    /// The system's name in the process text.
    pub system: String,
    /// What was asked of it.
    pub operation: String,
    /// What was sent.
    pub payload: Values,
    /// When it was applied.
    pub first_at: Timestamp,
    /// How often it was sent; more than once tells of retries, and each was answered from the first.
    pub times: u64,
}

impl Store {
    /// Applies a call, or counts it when its key is known; returns how often it has been sent, 1 for the first time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_practice_call(
        &self,
        key: &str,
        system: &str,
        operation: &str,
        payload: &Values,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let payload = to_json(payload)?;
        let (key, system, operation) = (key.to_owned(), system.to_owned(), operation.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into practice_calls (key, system, operation, payload, first_at, times)
                     values ($1, $2, $3, $4, $5, 1)
                     on conflict (key) do update set times = practice_calls.times + 1 returning times")
                .bind(key)
                .bind(system)
                .bind(operation)
                .bind(payload)
                .bind(now.0)
                .fetch_one(connection)
                .await?
                .count("times")
            })
        })
        .await
    }

    /// The calls, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn practice_calls(&self, limit: u32) -> Result<Vec<PracticeCall>, StoreError> {
        let rows = sql("select * from practice_calls order by first_at desc, key limit $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(PracticeCall {
                    key: row.text("key")?,
                    system: row.text("system")?,
                    operation: row.text("operation")?,
                    payload: row.json("payload")?,
                    first_at: row.time("first_at")?,
                    times: row.count("times")?,
                })
            })
            .collect()
    }
}

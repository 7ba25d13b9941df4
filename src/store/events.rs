//! The log of a case, read back; and the erasure of what it holds of people.

use countersign_core::{canonical::Digest, event::Event, people::PersonId, time::Timestamp};

use super::{
    ContextHashes, Store, StoreError,
    db::{Row, sql, to_bigint},
    header::{Context, Written},
    record::record,
};

/// How many events of a case are read at once.
pub const EVENTS_AT_ONCE: i64 = 1_000;

/// One event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the case's order, from 1.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The name of its kind.
    pub kind: String,
    /// Who brought it about.
    pub by: PersonId,
    /// What made the request unique.
    pub dedup: String,
    /// Its hash in the chain.
    pub hash: Digest,
    /// What it was decided with; `None` when the snapshot of that is gone.
    pub context: Option<ContextHashes>,
    /// The whole event; `None` when it was erased.
    pub event: Option<Event>,
    /// When it was erased.
    pub erased_at: Option<Timestamp>,
}

impl Store {
    /// Every event of a case, in order.
    ///
    /// # Errors
    /// When the database fails or an event cannot be read back.
    pub async fn events(&self, case_id: &str) -> Result<Vec<StoredEvent>, StoreError> {
        let mut all: Vec<StoredEvent> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last.seq);
            let some = self.events_after(case_id, after, u64::MAX).await?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    /// The event that opened a case; `None` without such a case, and when it was erased.
    ///
    /// # Errors
    /// When the database fails or the event cannot be read back.
    pub async fn first_event(&self, case_id: &str) -> Result<Option<Event>, StoreError> {
        Ok(self.events_after(case_id, 0, 1).await?.into_iter().next().and_then(|first| first.event))
    }

    /// The next events of a case after one of them and up to another, at most [`EVENTS_AT_ONCE`]; none at the end.
    ///
    /// # Errors
    /// When the database fails or an event cannot be read back.
    pub async fn events_after(&self, case_id: &str, after: u64, upto: u64) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = sql("select e.seq, e.at, e.kind, e.actor, e.header, e.hash, e.dedup, p.body, p.erased_at
             from events e left join payloads p on p.case_id = e.case_id and p.seq = e.seq
             where e.case_id = $1 and e.seq > $2 and e.seq <= $3 order by e.seq limit $4")
        .bind(case_id)
        .bind(to_bigint(after))
        .bind(to_bigint(upto))
        .bind(EVENTS_AT_ONCE)
        .fetch_all(&self.readers)
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let context = match Written::read(row)?.context() {
                Context::Named(context) => self.context(&context).await?,
                Context::Told(hashes) => Some(hashes),
            };
            events.push(read(row, context)?);
        }
        Ok(events)
    }

    /// The number of the event that a request became, if it was applied.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn applied(&self, case_id: &str, dedup: &str) -> Result<Option<u64>, StoreError> {
        let row = sql("select seq from events where case_id = $1 and dedup = $2")
            .bind(case_id)
            .bind(dedup)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| row.count("seq")).transpose()
    }

    /// Erases what a case's events and its agents' raw words hold, and leaves the chain whole.
    ///
    /// The state of the case is not touched: values are erased there by an event of its own. Returns how many
    /// payloads were erased. The words leave the database file with this; the write-ahead log beside it holds them
    /// until it is written over, at the latest until the store is closed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_payloads(&self, case_id: &str, now: Timestamp) -> Result<u64, StoreError> {
        let case_id = case_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("update decision_texts set request = null, response = null, erased_at = $2
                     where case_id = $1 and erased_at is null")
                .bind(&case_id)
                .bind(now.0)
                .execute(&mut *connection)
                .await?;
                sql("delete from case_states where case_id = $1").bind(&case_id).execute(&mut *connection).await?;
                // The salt goes too: with it, a short payload could be found again by guessing.
                let erased = sql("update payloads set body = null, salt = '', erased_at = $2
                     where case_id = $1 and erased_at is null")
                .bind(&case_id)
                .bind(now.0)
                .execute(connection)
                .await?;
                Ok(erased)
            })
        })
        .await
    }
}

fn read(row: &Row, context: Option<ContextHashes>) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        seq: row.count("seq")?,
        at: row.time("at")?,
        kind: row.text("kind")?,
        by: row.text("actor")?,
        dedup: row.text("dedup")?,
        hash: row.text("hash")?,
        context,
        event: row.maybe_text("body")?.map(|body| record("event", &body)).transpose()?,
        erased_at: row.maybe_time("erased_at")?,
    })
}

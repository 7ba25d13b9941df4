//! What a program must look at again and again when others change the same database: whether anything is due, whether
//! the people are still the ones it knows, and which cases have changed.

use countersign_core::time::Timestamp;

use super::{
    Store, StoreError,
    db::{Connection, sql, to_bigint},
};

/// The counter that goes up whenever anything about the people changes.
const PEOPLE: &str = "people";

/// What one look found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Whether an effect or a case waits to be taken up now.
    pub due: bool,
    /// A number that goes up whenever anything about the people changes.
    pub people: u64,
}

/// A case that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCase {
    /// The case.
    pub id: String,
    /// The number of its latest event.
    pub seq: u64,
    /// When that was committed, by the clock of the program that did it.
    pub at: Timestamp,
}

impl Store {
    /// Looks, in one statement, whether there is anything to do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pulse(&self, now: Timestamp) -> Result<Pulse, StoreError> {
        let row = sql("select exists (select 1 from effects where state = 'waiting' and next_at <= $1)
                 or exists (select 1 from effects where state = 'running' and lease_until <= $1)
                 or exists (select 1 from effects where state = 'parked')
                 or exists (select 1 from cases where wake_at <= $1) as due,
                 coalesce((select value from counters where name = $2), 0) as people")
        .bind(now.0)
        .bind(PEOPLE)
        .fetch_one(&self.readers)
        .await?;
        Ok(Pulse { due: row.flag("due")?, people: row.count("people")? })
    }

    /// The cases that changed at or after this instant, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed_since(&self, since: Timestamp, limit: u32) -> Result<Vec<ChangedCase>, StoreError> {
        let rows =
            sql("select id, seq, updated_at from cases where updated_at >= $1 order by updated_at desc, id limit $2")
                .bind(since.0)
                .bind(to_bigint(u64::from(limit)))
                .fetch_all(&self.readers)
                .await?;
        rows.iter()
            .map(|row| Ok(ChangedCase { id: row.text("id")?, seq: row.count("seq")?, at: row.time("updated_at")? }))
            .collect()
    }
}

/// Notes that something about the people has changed.
pub(super) async fn people_changed(connection: &mut Connection) -> Result<(), StoreError> {
    sql("insert into counters (name, value) values ($1, 1)
         on conflict (name) do update set value = counters.value + 1")
    .bind(PEOPLE)
    .execute(connection)
    .await?;
    Ok(())
}

//! The short numbers of cases. They go up by one.
//!
//! A file has one program that opens cases: it counts in memory, and the commit that opens a case keeps its number.
//! On a server each program takes as many numbers at once as are asked for at that moment.

use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::sync::Mutex;

use super::{
    Store, StoreError,
    db::{Connection, sql, to_bigint},
};

/// The short number of the first case.
const FIRST: u64 = 1_001;

/// Numbers that are this program's to give away.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    own: Mutex<Range<u64>>,
    /// How many callers want one now.
    wanted: AtomicU64,
}

impl Store {
    /// The next short case number. It is used once; a number whose case is never committed may be given again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_case_number(&self) -> Result<u64, StoreError> {
        let numbers = &self.numbers;
        numbers.wanted.fetch_add(1, Ordering::Relaxed);
        let mut own = numbers.own.lock().await;
        let refilled = if own.is_empty() { self.refill(&mut own).await } else { Ok(()) };
        numbers.wanted.fetch_sub(1, Ordering::Relaxed);
        refilled?;
        own.next().ok_or_else(|| StoreError::Damaged {
            what: "the counter of cases".to_owned(),
            why: "it has no number left".to_owned(),
        })
    }

    async fn refill(&self, own: &mut Range<u64>) -> Result<(), StoreError> {
        if !self.is_shared() {
            let last = sql("select value from counters where name = 'case'").fetch_optional(&self.readers).await?;
            let next = last.map_or(Ok(FIRST), |row| row.count("value").map(|last| last + 1))?;
            *own = next..u64::MAX;
            return Ok(());
        }
        let count = self.numbers.wanted.load(Ordering::Relaxed).max(1);
        let last = self.write(move |connection| Box::pin(async move { reserve(connection, count).await })).await?;
        *own = last + 1 - count..last + 1;
        Ok(())
    }
}

/// Takes so many numbers; returns the last of them.
async fn reserve(connection: &mut Connection, count: u64) -> Result<u64, StoreError> {
    sql("insert into counters (name, value) values ('case', $1)
         on conflict (name) do update set value = counters.value + $2 returning value")
    .bind(to_bigint(FIRST + count - 1))
    .bind(to_bigint(count))
    .fetch_one(connection)
    .await?
    .count("value")
}

/// Keeps the number of a case that is opened, so that it is never given again.
pub(super) async fn keep(connection: &mut Connection, number: u64) -> Result<(), StoreError> {
    if !connection.is_shared() {
        sql("insert into counters (name, value) values ('case', $1)
             on conflict (name) do update set value = excluded.value where excluded.value > counters.value")
        .bind(to_bigint(number))
        .execute(connection)
        .await?;
    }
    Ok(())
}

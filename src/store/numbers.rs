//! The short numbers of cases. They go up by one. As many are taken at once as are asked for at that moment.

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

/// One caller who waits for a number, also when nobody waits for the answer any more.
struct Wanted<'a>(&'a AtomicU64);

impl<'a> Wanted<'a> {
    fn one(wanted: &'a AtomicU64) -> Self {
        wanted.fetch_add(1, Ordering::Relaxed);
        Self(wanted)
    }
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Store {
    /// A short number that no other case has or will have.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_case_number(&self) -> Result<u64, StoreError> {
        let numbers = &self.numbers;
        let _wanted = Wanted::one(&numbers.wanted);
        let mut own = numbers.own.lock().await;
        if own.is_empty() {
            self.refill(&mut own).await?;
        }
        own.next().ok_or_else(|| StoreError::Damaged {
            what: "the counter of cases".to_owned(),
            why: "it has no number left".to_owned(),
        })
    }

    async fn refill(&self, own: &mut Range<u64>) -> Result<(), StoreError> {
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

//! How much room a database takes, and how much its writer did.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{
    Changes, Store, StoreError,
    db::{Readers, sql},
};

/// How large a database is, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// All of it.
    pub all: u64,
    /// Of that, documents and their texts with their indexes.
    pub documents: u64,
}

/// What the writer did since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Durable commits.
    pub commits: u64,
    /// Changes that they held.
    pub changes: u64,
}

/// Counts what is committed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    commits: AtomicU64,
    changes: AtomicU64,
}

impl Tally {
    /// One commit that held so many changes.
    pub(super) fn add(&self, changes: u64) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.changes.fetch_add(changes, Ordering::Relaxed);
    }

    pub(super) fn counted(&self) -> Counted {
        Counted { commits: self.commits.load(Ordering::Relaxed), changes: self.changes.load(Ordering::Relaxed) }
    }
}

const PAGES: &str = "select coalesce(sum(d.pgsize), 0) as everything,
        coalesce(sum(case when s.tbl_name in ('blobs', 'texts') then d.pgsize else 0 end), 0) as documents
     from dbstat d left join sqlite_schema s on s.name = d.name where d.aggregate = 1";

const RELATIONS: &str = "select pg_database_size(current_database()) as everything,
        pg_total_relation_size('blobs') + pg_total_relation_size('texts') as documents";

impl Store {
    /// How large the database of this address is. No store should have it open: a write-ahead log does not count.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn footprint(address: &str) -> Result<Footprint, StoreError> {
        let store = Self::open_read_only(address).await?;
        // The table of pages is described in https://www.sqlite.org/dbstat.html.
        let query = sql(if store.is_shared() { RELATIONS } else { PAGES });
        let row = query.fetch_one(&store.readers).await?;
        let footprint = Footprint { all: row.count("everything")?, documents: row.count("documents")? };
        store.close().await;
        Ok(footprint)
    }

    /// What the writer did since the store was opened.
    #[must_use]
    pub fn counted(&self) -> Counted {
        match &self.changes {
            Some(Changes::Writer(writer)) => writer.counted(),
            Some(Changes::Transactions { tally, .. }) => tally.counted(),
            None => Counted::default(),
        }
    }

    /// The process of the database server that serves a connection of this store; `None` where there is no server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn server_process(&self) -> Result<Option<u32>, StoreError> {
        let Readers::Postgres { .. } = &self.readers else { return Ok(None) };
        let process: i64 = sql("select pg_backend_pid()::bigint").scalar(&self.readers).await?;
        Ok(u32::try_from(process).ok())
    }
}

//! How much room a database takes, and how much its writer did.

use super::{Store, StoreError, row::Columns as _};

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

impl Store {
    /// How large the database of this address is. No store should have it open: a write-ahead log does not count.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn footprint(address: &str) -> Result<Footprint, StoreError> {
        let store = Self::open_read_only(address).await?;
        // The table of pages is described in https://www.sqlite.org/dbstat.html.
        let row = sqlx::query(
            "select coalesce(sum(d.pgsize), 0) as everything,
                    coalesce(sum(case when s.tbl_name in ('blobs', 'texts') then d.pgsize else 0 end), 0) as documents
             from dbstat d left join sqlite_schema s on s.name = d.name where d.aggregate",
        )
        .fetch_one(&store.readers)
        .await?;
        let footprint = Footprint { all: row.count("everything")?, documents: row.count("documents")? };
        store.close().await;
        Ok(footprint)
    }

    /// What the writer did since the store was opened.
    #[must_use]
    pub fn counted(&self) -> Counted {
        self.writer.as_ref().map(|writer| writer.counted()).unwrap_or_default()
    }

    /// The process of the database server that serves a connection of this store; `None` where there is no server.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::unused_async, reason = "another database is asked over its connection")]
    pub async fn server_process(&self) -> Result<Option<u32>, StoreError> {
        Ok(None)
    }
}

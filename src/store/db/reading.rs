//! Connections that read a file, lent to one reader at a time.
//!
//! The library's own pool asks a connection whether it is there before it lends it and again when it comes back: two
//! ways to the thread of the connection and back for one that reads. A file does not go away like a server, and what
//! failed or was broken off is not lent again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Row, Sql,
    connection::{from_file, is_broken},
    sql,
};

/// How long a reader waits for a free connection.
const WAIT: Duration = Duration::from_secs(10);

/// The connections to a file that are lent.
#[derive(Clone, Debug)]
pub(in crate::store) struct FileReaders(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    options: SqliteConnectOptions,
    /// The most that are open.
    size: u32,
    /// One permit for each that is not lent.
    free: Arc<Semaphore>,
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A connection that is lent until this is dropped.
#[derive(Debug)]
pub(in crate::store) struct Lent {
    /// Taken when this is dropped.
    held: Option<(SqliteConnection, OwnedSemaphorePermit)>,
    /// Whether it can be lent again. Not while a statement is on its way, which somebody may break off; not after one
    /// that failed with its connection; and not while it sees one state of the file, since as long as it does, what is
    /// written since is kept beside the file.
    is_whole: bool,
    home: Arc<Shelf>,
}

impl FileReaders {
    /// Opens the first of so many connections; the others are opened when they are needed.
    pub(in crate::store) async fn open(options: SqliteConnectOptions, size: u32) -> Result<Self, sqlx::Error> {
        let first = options.connect().await?;
        let free = Arc::new(Semaphore::new(size as usize));
        Ok(Self(Arc::new(Shelf { options, size, free, idle: Mutex::new(vec![first]) })))
    }

    /// Every row that a statement finds.
    pub(super) async fn fetch(&self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        self.lend().await?.fetch(sql).await
    }

    /// A connection that sees one state of the file until it is dropped.
    pub(super) async fn begin(&self) -> Result<Lent, sqlx::Error> {
        let mut lent = self.lend().await?;
        lent.fetch(&sql("begin")).await?;
        lent.is_whole = false;
        Ok(lent)
    }

    /// Waits until nothing is lent and closes every connection.
    pub(super) async fn close(&self) {
        // An error says that they are closed already.
        let Ok(_all) = self.0.free.acquire_many(self.0.size).await else { return };
        let idle = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection that reads did not close cleanly");
            }
        }
        // Last, so that whoever closes at the same time returns no earlier.
        self.0.free.close();
    }

    async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let permit = match Arc::clone(&self.0.free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let waited = tokio::time::timeout(WAIT, Arc::clone(&self.0.free).acquire_owned()).await;
                waited.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?
            }
        };
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.0.options.connect().await?,
        };
        Ok(Lent { held: Some((connection, permit)), is_whole: true, home: Arc::clone(&self.0) })
    }
}

impl Lent {
    /// Every row that a statement finds.
    pub(super) async fn fetch(&mut self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let Some((connection, _)) = &mut self.held else { return Err(sqlx::Error::WorkerCrashed) };
        let was_whole = std::mem::replace(&mut self.is_whole, false);
        let rows = from_file(connection, sql).await;
        self.is_whole = was_whole && !rows.as_ref().is_err_and(is_broken);
        rows
    }

    /// Gives a connection back that saw one state of the file.
    pub(super) async fn end(mut self) -> Result<(), sqlx::Error> {
        self.fetch(&sql("rollback")).await?;
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some((connection, permit)) = self.held.take() else { return };
        if self.is_whole {
            self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            return;
        }
        // Invariant: a permit comes back when its connection is closed and no earlier. A statement that was broken off
        // may still run, and the writer must be the last one to close a file.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection that reads did not close cleanly");
            }
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, str::FromStr as _};

    use super::*;
    use crate::store::db::FileConnection;

    /// A reader that sees one state sees no other until it gives its connection back, and what is dropped instead
    /// makes room for another one.
    #[tokio::test]
    async fn a_connection_is_lent_to_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("lent.db");
        std::fs::File::create(&name).unwrap();
        let mut writer = FileConnection::open(Path::new(&name), false, Duration::from_secs(1)).unwrap();
        writer.execute_all("pragma journal_mode = wal; create table kept (number bigint)").unwrap();
        let options = SqliteConnectOptions::from_str(&format!("sqlite:{}", name.display())).unwrap();
        let readers = FileReaders::open(options, 1).await.unwrap();
        let count = sql("select count(*) as found from kept");
        let of = |rows: Vec<Row>| rows.first().unwrap().count("found").unwrap();
        for ends in [true, false] {
            let mut one_state = readers.begin().await.unwrap();
            let before = of(one_state.fetch(&count).await.unwrap());
            writer.execute_all("insert into kept values (1)").unwrap();
            assert_eq!(of(one_state.fetch(&count).await.unwrap()), before, "it sees one state");
            assert_eq!(readers.0.free.available_permits(), 0);
            if ends {
                one_state.end().await.unwrap();
            } else {
                drop(one_state);
            }
            assert_eq!(of(readers.fetch(&count).await.unwrap()), before + 1);
        }
        assert!(readers.fetch(&sql("select nothing from nowhere")).await.is_err());
        assert_eq!(of(readers.fetch(&count).await.unwrap()), 2, "a refused statement leaves the connection whole");
        // Somebody goes away while their statement runs: the connection is closed before it counts as free.
        let long = sql("with recursive up (n) as (select 1 union all select n + 1 from up where n < 300000)
             select count(*) as found from up");
        assert!(tokio::time::timeout(Duration::from_millis(1), readers.fetch(&long)).await.is_err());
        assert_eq!(of(readers.fetch(&count).await.unwrap()), 2);
        assert!(readers.0.idle.lock().unwrap().len() <= 1);
        readers.close().await;
        assert!(matches!(readers.fetch(&count).await, Err(sqlx::Error::PoolClosed)));
    }
}

//! What a database must do for Countersign. Each function of the suites takes a store; [`each`] runs it on a fresh
//! SQLite file, on a database in memory, and on a PostgreSQL server where there is one to try.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at a surprise")]

mod autonomy;
mod chain;
mod commit;
mod differential;
mod drafts;
mod effects;
mod lists;
mod people;
mod place;
mod releases;
mod server;
mod spending;
mod world;

use countersign::store::Store;
use tempfile::TempDir;

use crate::postgres::Database;

/// A fresh database, which goes away with it.
struct Fresh {
    store: Store,
    place: Place,
}

/// Where it lies.
enum Place {
    /// In a folder of its own.
    File(TempDir),
    /// In a schema of its own.
    Server(Database),
}

impl Fresh {
    async fn file() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&address(&folder)).await.unwrap();
        Self { store, place: Place::File(folder) }
    }

    /// A file, and a schema on a server where there is one.
    async fn everywhere() -> Vec<Self> {
        let mut all = vec![Self::file().await];
        if let Some(database) = Database::fresh().await {
            let store = Store::open(&database.address()).await.unwrap();
            all.push(Self { store, place: Place::Server(database) });
        }
        all
    }

    fn address(&self) -> String {
        match &self.place {
            Place::File(folder) => address(folder),
            Place::Server(database) => database.address(),
        }
    }

    /// Changes the database behind the store's back.
    async fn tamper(&self, statements: &str) {
        let statements = sqlx::AssertSqlSafe(statements.to_owned());
        match &self.place {
            Place::File(folder) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(folder.path().join("countersign.db"))
                    .foreign_keys(false);
                let mut beside = sqlx::ConnectOptions::connect(&options).await.unwrap();
                sqlx::raw_sql(statements).execute(&mut beside).await.unwrap();
            }
            Place::Server(database) => {
                let mut beside = database.beside().await;
                // The role that keeps no foreign keys.
                sqlx::raw_sql("set session_replication_role = replica").execute(&mut beside).await.unwrap();
                sqlx::raw_sql(statements).execute(&mut beside).await.unwrap();
            }
        }
    }

    /// Lets the connections of a server go, of which there are not many.
    async fn end(self) {
        self.store.close().await;
        if let Place::Server(database) = self.place {
            database.remove().await;
        }
    }
}

fn address(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("countersign.db").display())
}

/// Runs one function of a suite on every kind of database.
async fn each<F: AsyncFn(Store)>(check: F) {
    each_that_reads_beside_writing(&check).await;
    check(Store::open("sqlite::memory:").await.unwrap()).await;
}

/// Like [`each`], without the database in memory: while it is written, nobody can read it.
async fn each_that_reads_beside_writing<F: AsyncFn(Store)>(check: F) {
    for fresh in Fresh::everywhere().await {
        check(fresh.store.clone()).await;
        fresh.end().await;
    }
}

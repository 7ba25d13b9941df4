//! What a database must do for Countersign. Each function of the suites takes a store, so that another database
//! can be put to the same test; [`each`] runs them on a fresh SQLite file.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at a surprise")]

mod chain;
mod commit;
mod drafts;
mod effects;
mod lists;
mod people;
mod place;
mod world;

use countersign::store::Store;
use tempfile::TempDir;

/// A fresh database in a folder of its own, which goes away with it.
struct Fresh {
    store: Store,
    folder: TempDir,
}

impl Fresh {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&address(&folder)).await.unwrap();
        Self { store, folder }
    }

    /// A connection beside the store, for whoever tampers with the file.
    async fn beside(&self) -> sqlx::SqliteConnection {
        let file = self.folder.path().join("countersign.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(false);
        sqlx::ConnectOptions::connect(&options).await.unwrap()
    }
}

fn address(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("countersign.db").display())
}

/// Runs one function of a suite on a fresh file, and again on a database in memory.
async fn each<F: AsyncFn(Store)>(check: F) {
    let fresh = Fresh::new().await;
    check(fresh.store.clone()).await;
    check(Store::open("sqlite::memory:").await.unwrap()).await;
}

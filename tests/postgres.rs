//! A PostgreSQL server to try things on: the one that `COUNTERSIGN_TEST_POSTGRES` names. `scripts/test` starts one.

use std::sync::{
    Once,
    atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// A schema of one test, on a server shared with the others.
pub struct Database {
    server: String,
    schema: String,
}

impl Database {
    /// A fresh schema; `None`, said once and loudly, where there is no server.
    pub async fn fresh() -> Option<Self> {
        static SAID: Once = Once::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else {
            SAID.call_once(|| {
                eprintln!("NOT TRIED ON POSTGRESQL: set COUNTERSIGN_TEST_POSTGRES=postgres://… or run scripts/test");
            });
            return None;
        };
        let schema = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = connect(&server).await;
        let make = AssertSqlSafe(format!("drop schema if exists {schema} cascade; create schema {schema};"));
        sqlx::raw_sql(make).execute(&mut connection).await.expect("the test's user may make schemas");
        Some(Self { server, schema })
    }

    /// The address of the schema.
    pub fn address(&self) -> String {
        let more = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{more}options=-c%20search_path%3D{}", self.server, self.schema)
    }

    /// A connection beside the product's.
    pub async fn beside(&self) -> PgConnection {
        connect(&self.address()).await
    }

    /// Removes the schema.
    pub async fn remove(self) {
        let remove = AssertSqlSafe(format!("drop schema {} cascade", self.schema));
        sqlx::raw_sql(remove).execute(&mut connect(&self.server).await).await.expect("the schema was ours");
    }
}

async fn connect(address: &str) -> PgConnection {
    PgConnection::connect(address).await.expect("COUNTERSIGN_TEST_POSTGRES names a server that answers")
}

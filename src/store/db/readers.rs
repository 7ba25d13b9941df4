//! Connections that read beside the writer.

use sqlx::{PgPool, Postgres, SqlitePool, Transaction};

use super::{
    Connection, Row, Sql,
    connection::{from_file, from_server, passes},
};

/// How often a read is sent to a server whose connections break.
const READ_TRIES_MAX: u32 = 3;

/// Begins a transaction that sees one state of the database throughout.
const ONE_STATE: &str = "begin transaction isolation level repeatable read read only";

/// Connections that read.
#[derive(Clone, Debug)]
pub(in crate::store) enum Readers {
    /// Of a file.
    Sqlite(SqlitePool),
    /// Of a server; changes go the same way.
    Postgres {
        /// The connections.
        pool: PgPool,
        /// Whether something between us and the server may give each transaction to another of its connections, so
        /// that what belongs together must be one transaction.
        pooled: bool,
    },
}

impl Readers {
    /// A connection that sees one state of the database until it is dropped.
    pub(in crate::store) async fn begin(&self) -> Result<Connection, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => Ok(Connection::SqliteReader(pool.begin().await?)),
            Self::Postgres { pool, .. } => Ok(Connection::of(pool.begin_with(ONE_STATE).await?)),
        }
    }

    /// The connections to a server, if it is one.
    pub(in crate::store) const fn server(&self) -> Option<&PgPool> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { pool, .. } => Some(pool),
        }
    }

    pub(in crate::store) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }

    pub(super) async fn fetch(&self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let (pool, pooled) = match self {
            Self::Sqlite(pool) => return from_file(pool, sql).await,
            Self::Postgres { pool, pooled } => (pool, *pooled),
        };
        let mut tried = 1;
        loop {
            let rows = if pooled { in_transaction(pool, sql).await } else { from_server(pool, sql).await };
            match rows {
                Err(error) if passes(&error) && tried < READ_TRIES_MAX => tried += 1,
                rows => return rows,
            }
        }
    }
}

async fn in_transaction(pool: &PgPool, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
    let mut transaction: Transaction<'static, Postgres> = pool.begin().await?;
    let rows = from_server(&mut *transaction, sql).await?;
    transaction.commit().await?;
    Ok(rows)
}

//! Connections that read beside the writer.

use sqlx::{PgPool, Postgres, Transaction};

use super::{
    Connection, Row, Sql,
    connection::{Statements, from_server, passes},
    reading::FileReaders,
};

/// How often a read is sent to a server whose connections break.
const READ_TRIES_MAX: u32 = 3;

/// Begins a transaction that sees one state of the database throughout.
const ONE_STATE: &str = "begin transaction isolation level repeatable read read only";

/// Connections that read.
#[derive(Clone, Debug)]
pub(in crate::store) enum Readers {
    /// Of a file.
    Sqlite(FileReaders),
    /// Of a server; changes go the same way.
    Postgres {
        /// The connections.
        pool: PgPool,
        /// How statements are sent. Where they are forgotten, a pooler stands between us and the server, and what
        /// belongs together must be one transaction.
        statements: Statements,
    },
}

impl Readers {
    /// A connection that sees one state of the database until it is closed or dropped.
    pub(in crate::store) async fn begin(&self) -> Result<Connection, sqlx::Error> {
        match self {
            Self::Sqlite(file) => Ok(Connection::SqliteReader(file.begin().await?)),
            Self::Postgres { pool, statements } => Ok(Connection::of(pool.begin_with(ONE_STATE).await?, *statements)),
        }
    }

    /// The connections to a server, if it is one, and how statements are sent there.
    pub(in crate::store) const fn server(&self) -> Option<(&PgPool, Statements)> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { pool, statements } => Some((pool, *statements)),
        }
    }

    pub(in crate::store) async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }

    pub(super) async fn fetch(&self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let (pool, statements) = match self {
            Self::Sqlite(file) => return file.fetch(sql).await,
            Self::Postgres { pool, statements } => (pool, *statements),
        };
        let mut tried = 1;
        loop {
            let rows = match statements {
                Statements::Remembered => from_server(pool, sql, statements).await,
                Statements::Forgotten => in_transaction(pool, sql).await,
            };
            match rows {
                Err(error) if passes(&error) && tried < READ_TRIES_MAX => tried += 1,
                rows => return rows,
            }
        }
    }
}

async fn in_transaction(pool: &PgPool, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
    let mut transaction: Transaction<'static, Postgres> = pool.begin().await?;
    let rows = from_server(&mut *transaction, sql, Statements::Forgotten).await?;
    transaction.commit().await?;
    Ok(rows)
}

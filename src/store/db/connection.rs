//! A connection in a transaction, and everything in which the two databases differ.

use sqlx::{Executor as _, PgConnection, Postgres, SqliteConnection, Transaction};

use super::{Row, Rows, Sql, Value, file::FileConnection, reading::Lent};

/// A connection to either database.
///
/// To a file it is the writer's own, which begins and ends its transactions itself, or a reader's transaction. To a
/// server it is always a transaction, rolled back unless it is committed.
#[derive(Debug)]
pub(in crate::store) enum Connection {
    /// The writer of a file.
    File(FileConnection),
    /// A reader of a file that sees one state of it.
    SqliteReader(Lent),
    /// A transaction on a server.
    Postgres {
        /// The transaction.
        transaction: Transaction<'static, Postgres>,
        /// What went wrong in it; nothing can be committed after that.
        trouble: Option<Trouble>,
        /// How its statements are sent.
        statements: Statements,
    },
}

/// Whether a server is asked to remember statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Statements {
    /// It is, so that it reads each text once.
    Remembered,
    /// It is not: a pooler gives each transaction to another of its connections, which would not know them.
    Forgotten,
}

/// Why a transaction on a server cannot be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Trouble {
    /// It stood in another's way, or its connection broke before its commit: the same may go well the next time.
    Passing,
    /// It was refused and would be again.
    Lasting,
}

impl Connection {
    pub(in crate::store) const fn of(transaction: Transaction<'static, Postgres>, statements: Statements) -> Self {
        Self::Postgres { transaction, trouble: None, statements }
    }

    pub(super) async fn execute(&mut self, sql: &Sql<'_>) -> Result<u64, sqlx::Error> {
        match self {
            Self::File(file) => file.execute(sql),
            Self::SqliteReader(lent) => lent.fetch(sql).await.map(|rows| rows.len() as u64),
            Self::Postgres { transaction, trouble, statements } => {
                noted(trouble, on_server(transaction, sql, *statements).await)
            }
        }
    }

    /// Carries a statement out for each row of values; returns how many rows it touched.
    pub(super) async fn execute_rows(&mut self, statement: Rows, rows: &[Vec<Value<'_>>]) -> Result<u64, sqlx::Error> {
        match self {
            Self::File(file) => file.execute_rows(statement, rows),
            Self::SqliteReader(_) => Err(reads_alone()),
            Self::Postgres { transaction, trouble, statements } => {
                let mut touched = 0;
                for portion in Rows::portions(rows) {
                    let (text, arguments) = statement.for_all(portion)?;
                    let query = sqlx::query_with(text, arguments).persistent(*statements == Statements::Remembered);
                    touched += noted(trouble, transaction.execute(query).await)?.rows_affected();
                }
                Ok(touched)
            }
        }
    }

    pub(super) async fn fetch(&mut self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::File(file) => file.fetch(sql),
            Self::SqliteReader(lent) => lent.fetch(sql).await,
            Self::Postgres { transaction, trouble, statements } => {
                noted(trouble, from_server(&mut **transaction, sql, *statements).await)
            }
        }
    }

    /// Carries out a file of statements that have no values.
    pub(in crate::store) async fn execute_all(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::File(file) => file.execute_all(text),
            Self::SqliteReader(_) => Err(reads_alone()),
            Self::Postgres { transaction, trouble, .. } => {
                noted(trouble, transaction.execute(sqlx::raw_sql(text)).await.map(drop))
            }
        }
    }

    /// Makes a `select` hold the rows that it finds until the end of the transaction. A file has one writer, who
    /// holds everything.
    pub(in crate::store) const fn for_update(&self) -> &'static str {
        match self {
            Self::File(_) | Self::SqliteReader(_) => "",
            Self::Postgres { .. } => " for update",
        }
    }

    /// Like [`Connection::for_update`], and passes over rows that somebody else holds.
    pub(in crate::store) const fn for_update_skipping(&self) -> &'static str {
        match self {
            Self::File(_) | Self::SqliteReader(_) => "",
            Self::Postgres { .. } => " for update skip locked",
        }
    }

    /// Whether other programs change the same database at the same time.
    pub(in crate::store) const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }
}

fn reads_alone() -> sqlx::Error {
    sqlx::Error::InvalidArgument("a connection that reads changes nothing".to_owned())
}

async fn on_server(connection: &mut PgConnection, sql: &Sql<'_>, statements: Statements) -> Result<u64, sqlx::Error> {
    let query = sqlx::query_with(sql.text(), sql.for_postgres()?);
    Ok(connection.execute(query.persistent(statements == Statements::Remembered)).await?.rows_affected())
}

pub(super) async fn from_file(from: &mut SqliteConnection, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
    let rows = from.fetch_all(sqlx::query_with(sql.text(), sql.for_sqlite()?)).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub(super) async fn from_server<'e, E>(from: E, sql: &Sql<'_>, statements: Statements) -> Result<Vec<Row>, sqlx::Error>
where
    E: sqlx::Executor<'e, Database = Postgres>,
{
    let query = sqlx::query_with(sql.text(), sql.for_postgres()?);
    let rows = from.fetch_all(query.persistent(statements == Statements::Remembered)).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

/// Notes what went wrong, since a server keeps nothing of a transaction in which anything did.
fn noted<T>(trouble: &mut Option<Trouble>, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
    if let Err(error) = &result {
        let now = if passes(error) { Trouble::Passing } else { Trouble::Lasting };
        // The first one counts: what follows only says that the transaction is over.
        trouble.get_or_insert(now);
    }
    result
}

/// Whether the same statements may go well in another transaction: SQLSTATE 40001 is a serialisation failure, 40P01 a
/// deadlock, 23505 a key that somebody else took between our look and our write, which the next run sees; the classes
/// 08 and 57 tell of a connection or a server that goes away.
pub(in crate::store) fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(told) => told.code().is_some_and(|code| {
            matches!(code.as_ref(), "23505" | "40001" | "40P01" | "57P01" | "57P02" | "57P03") || code.starts_with("08")
        }),
        _ => is_broken(error),
    }
}

/// Whether the connection itself failed, so that nobody knows what the server did.
pub(in crate::store) fn is_broken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed)
}

/// Closes a file's connection; a reader's and a server's go back to where they came from.
pub(in crate::store) async fn close(connection: Connection) {
    let closed = match connection {
        Connection::File(file) => file.close(),
        Connection::SqliteReader(lent) => lent.end().await,
        Connection::Postgres { transaction, .. } => transaction.rollback().await,
    };
    if let Err(error) = closed {
        tracing::warn!(%error, "the store's connection did not close cleanly");
    }
}

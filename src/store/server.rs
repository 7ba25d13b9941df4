//! A database on a PostgreSQL server: how it is reached, and what its settings must be. Any number of programs may
//! serve it at the same time, also through a pooler that gives each transaction to another connection: nothing here
//! outlives a transaction.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    StoreError,
    db::{Connection, Readers, Statements, close, sql},
    error::unavailable,
    migrate,
};

/// How many connections one program holds at most. A server admits 100 unless it is told otherwise.
const CONNECTIONS: u32 = 16;

/// How long a request waits for a free connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that was idle for longer is tried before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Where a database is served.
#[derive(Clone, Debug)]
pub(super) struct Server {
    options: PgConnectOptions,
    statements: Statements,
}

impl Server {
    /// Reads the address of a server, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; `None` for any other address.
    ///
    /// With `?statement-cache-capacity=0` at its end it works through a pooler that gives each transaction to
    /// another connection.
    pub(super) fn parse(address: &str) -> Result<Option<Self>, StoreError> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme)) {
            return Ok(None);
        }
        let options = PgConnectOptions::from_str(address).map_err(|error| StoreError::Address {
            address: without_password(address),
            why: format!("{error}; write postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        })?;
        let pooled = address.contains("statement-cache-capacity=0");
        let statements = if pooled { Statements::Forgotten } else { Statements::Remembered };
        // A pooler refuses start-up settings that it does not know, and we keep no floating-point number.
        let options = options.extra_float_digits(None).application_name("countersign").disable_statement_logging();
        Ok(Some(Self { options, statements }))
    }

    /// Connects, and checks the settings on which promise 1 rests.
    pub(super) async fn connect(&self) -> Result<Readers, StoreError> {
        let pool = PgPoolOptions::new()
            .min_connections(1)
            .max_connections(CONNECTIONS)
            .acquire_timeout(CONNECTION_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, told| {
                Box::pin(async move {
                    if told.idle_for > TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
        let pool = pool.connect_with(self.options.clone()).await?;
        let readers = Readers::Postgres { pool, statements: self.statements };
        check_settings(&readers).await?;
        Ok(readers)
    }
}

/// Brings the schema up to date. However many programs start at the same time, one of them does it.
pub(super) async fn prepare(readers: &Readers) -> Result<(), StoreError> {
    let mut looking = readers.begin().await?;
    let current = migrate::is_current(&mut looking).await?;
    close(looking).await;
    if current {
        return Ok(());
    }
    let Readers::Postgres { pool, statements } = readers else { return Ok(()) };
    let mut connection = Connection::of(pool.begin().await?, *statements);
    migrate::migrate(&mut connection).await?;
    if let Connection::Postgres { transaction, .. } = connection {
        transaction.commit().await?;
    }
    Ok(())
}

async fn check_settings(readers: &Readers) -> Result<(), StoreError> {
    let query = "select current_setting('synchronous_commit') as waits, current_setting('fsync') as flushes";
    let row = sql(query).fetch_one(readers).await?;
    if row.text("waits")? == "off" {
        return Err(unavailable(
            "the server acknowledges before it has written (synchronous_commit is off)",
            "set synchronous_commit = on for this database",
        ));
    }
    if row.text("flushes")? == "off" {
        tracing::warn!("the server does not flush to the disk (fsync is off): a power loss may destroy the database");
    }
    Ok(())
}

/// An address as it may be shown and logged.
#[must_use]
pub fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    // A password may hold an @ and a slash, a host neither. What follows the host may hold an @ too, but then more is
    // hidden than had to be.
    let Some(at) = rest.rfind('@') else { return address.to_owned() };
    let (user, place) = rest.split_at(at);
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    format!("{scheme}://{user}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let check = |address: &str, shown: &str| assert_eq!(without_password(address), shown);
        check("postgres://rosa:secret@db.example/cases", "postgres://rosa@db.example/cases");
        check("postgres://rosa:se@cr/et@db.example/cases", "postgres://rosa@db.example/cases");
        check("postgres://rosa@db.example/cases", "postgres://rosa@db.example/cases");
        check("postgres://db.example/cases", "postgres://db.example/cases");
        check("sqlite:data/countersign.db", "sqlite:data/countersign.db");
        let refused = Server::parse("postgres://rosa:secret@db.example:port/cases").unwrap_err().to_string();
        assert!(!refused.contains("secret"), "{refused}");
    }

    #[test]
    fn only_a_servers_address_is_taken() {
        assert!(Server::parse("sqlite:data/countersign.db").unwrap().is_none());
        let statements = |address: &str| Server::parse(address).unwrap().unwrap().statements;
        assert_eq!(statements("postgresql://db.example/cases"), Statements::Remembered);
        let pooled = "postgres://db.example/cases?statement-cache-capacity=0";
        assert_eq!(statements(pooled), Statements::Forgotten);
    }
}

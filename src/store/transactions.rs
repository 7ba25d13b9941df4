//! Changes on a server: each is a transaction of its own, and one that stood in another's way is run again.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{PgPool, Postgres, Transaction};

use super::{
    StoreError,
    db::{Connection, Statements, Trouble, is_broken, passes},
    error::unavailable,
};

/// How often a change is run before it is given up.
const TRIES_MAX: u32 = 8;

/// The pause before a change is run again; each further one is longer by as much.
const PAUSE: Duration = Duration::from_millis(10);

/// What every change sees: whatever was committed before each of its statements. Said in words, since a server may be
/// set to something else.
const BEGIN: &str = "begin transaction isolation level read committed read write";

/// How one run of a change went.
enum Run<T, E> {
    Over(Result<T, E>),
    /// Nothing of it was kept, and it may go well the next time.
    Again(E),
}

/// Runs one change and waits until the server has it on its disk.
pub(super) async fn write<F, T, E>(pool: &PgPool, statements: Statements, work: F) -> Result<T, E>
where
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, E>> + Clone + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    let mut tried = 1;
    loop {
        match run(pool, statements, work.clone()).await {
            Run::Over(result) => return result,
            Run::Again(error) if tried >= TRIES_MAX => return Err(error),
            Run::Again(_) => tokio::time::sleep(PAUSE * tried).await,
        }
        tried += 1;
    }
}

async fn run<F, T, E>(pool: &PgPool, statements: Statements, work: F) -> Run<T, E>
where
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, E>>,
    E: From<StoreError>,
{
    let mut connection = match pool.begin_with(BEGIN).await {
        Ok(transaction) => Connection::of(transaction, statements),
        Err(error) if passes(&error) => return Run::Again(StoreError::from(error).into()),
        Err(error) => return Run::Over(Err(StoreError::from(error).into())),
    };
    let result = work(&mut connection).await;
    let Connection::Postgres { transaction, trouble, .. } = connection else { return Run::Over(result) };
    match (result, trouble) {
        (Ok(value), None) => commit(transaction, value).await,
        (Ok(_), Some(_)) => {
            // Invariant: a transaction in which a statement failed is rolled back, even when nobody minded it.
            undo(transaction).await;
            let why = "a statement of the change failed and was passed over".to_owned();
            Run::Over(Err(StoreError::Statement { why }.into()))
        }
        (Err(error), Some(Trouble::Passing)) => {
            undo(transaction).await;
            Run::Again(error)
        }
        (Err(error), Some(Trouble::Lasting) | None) => {
            undo(transaction).await;
            Run::Over(Err(error))
        }
    }
}

async fn commit<T, E: From<StoreError>>(transaction: Transaction<'static, Postgres>, value: T) -> Run<T, E> {
    match transaction.commit().await {
        Ok(()) => Run::Over(Ok(value)),
        Err(error) if is_broken(&error) => {
            // The server may have written it and died before it could say so. Nothing is run again here: the caller
            // sends the same request again, and its deduplication key tells whether it had been applied.
            tracing::warn!(%error, "the connection broke at a commit, whose outcome is not known");
            Run::Over(Err(unavailable(
                "the connection to the server broke at the commit, so whether it was kept is not known",
                "send the same request again: a change that was applied is not applied twice",
            )
            .into()))
        }
        Err(error) if passes(&error) => Run::Again(StoreError::from(error).into()),
        Err(error) => Run::Over(Err(StoreError::from(error).into())),
    }
}

async fn undo(transaction: Transaction<'static, Postgres>) {
    if let Err(error) = transaction.rollback().await {
        // The server rolls it back when it notices that the connection is gone.
        tracing::debug!(%error, "a transaction was not rolled back by us");
    }
}

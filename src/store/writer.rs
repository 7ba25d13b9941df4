//! The one writer: it drains a queue and commits in groups, so that one disk flush serves many changes.
//!
//! Each change runs in a savepoint of its own: one that fails takes nothing of the others with it. Answers
//! leave only after the commit, also those of failed changes, since they may rest on a change before them.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    StoreError,
    db::{Connection, close, sql},
    error::unavailable,
    file::{Lock, Place},
};

/// Changes that may wait for the writer; more are turned away after [`PATIENCE`].
const QUEUE_LIMIT: usize = 4_096;

/// Changes that are committed together.
const GROUP_LIMIT: usize = 256;

/// How long a change may wait for room in the queue.
const PATIENCE: Duration = Duration::from_secs(5);

/// A handle on the writer's queue. The writer ends when the last one is dropped.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Change(Box<dyn Change>),
    Close(oneshot::Sender<()>),
}

/// One unit of work, with its answer kept until the group is committed.
trait Change: Send {
    /// Runs inside a savepoint and tells whether to keep what it did.
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool>;
    /// Sends the answer, or the reason for which the whole group failed.
    fn answer(self: Box<Self>, group: Result<(), StoreError>);
}

struct Pending<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Change for Pending<F, T, E>
where
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, E>> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let result = work(connection).await;
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, group: Result<(), StoreError>) {
        let result = match group {
            Ok(()) => self.result.unwrap_or_else(|| Err(interrupted().into())),
            Err(error) => Err(error.into()),
        };
        // Nobody listens any more when the caller has gone away; the change stands all the same.
        self.reply.send(result).ok();
    }
}

impl Writer {
    /// Starts the writer on a connection that is ready, holding the process lock until it ends.
    pub(super) fn start(place: Place, connection: Connection, lock: Option<Lock>) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE_LIMIT);
        tokio::spawn(supervise(place, connection, messages, lock));
        Self { queue }
    }

    /// Runs one change and waits until it is on the disk.
    pub(super) async fn write<F, T, E>(&self, work: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let change = Box::new(Pending { work: Some(work), result: None, reply });
        self.send(Message::Change(change)).await?;
        answer.await.unwrap_or_else(|_| Err(interrupted().into()))
    }

    /// Commits what is waiting, closes the connection and gives the lock back.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.send(Message::Close(reply)).await.is_ok() {
            // An error says that the writer is gone, which is what was asked for.
            closed.await.ok();
        }
    }

    async fn send(&self, message: Message) -> Result<(), StoreError> {
        match tokio::time::timeout(PATIENCE, self.queue.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(unavailable("it has been closed", "start the server again")),
            Err(_) => Err(unavailable("too many changes are waiting", "try again in a moment")),
        }
    }
}

fn interrupted() -> StoreError {
    unavailable("a fault interrupted the change", "send it again: a change that was applied is not applied twice")
}

/// Keeps a writer running: one that stops at a fault loses its group, and the next one takes over.
async fn supervise(place: Place, first: Connection, messages: mpsc::Receiver<Message>, lock: Option<Lock>) {
    let messages = Arc::new(Mutex::new(messages));
    let mut connection = Some(first);
    let closers = loop {
        let serving = serve(place.clone(), connection.take(), Arc::clone(&messages));
        match tokio::spawn(serving).await {
            Ok(closers) => break closers,
            Err(fault) if fault.is_panic() => tracing::error!("the store's writer stopped at a fault and is restarted"),
            Err(_) => break Vec::new(),
        }
    };
    // The lock goes before the answer, so that whoever waited for it may open the database at once.
    drop(lock);
    for closer in closers {
        closer.send(()).ok();
    }
}

/// Serves until the queue is closed and empty; returns those who wait for that.
async fn serve(
    place: Place,
    mut connection: Option<Connection>,
    messages: Arc<Mutex<mpsc::Receiver<Message>>>,
) -> Vec<oneshot::Sender<()>> {
    let mut messages = messages.lock().await;
    let mut closers = Vec::new();
    let mut received = Vec::with_capacity(GROUP_LIMIT);
    while messages.recv_many(&mut received, GROUP_LIMIT).await > 0 {
        let mut group = Vec::with_capacity(received.len());
        for message in received.drain(..) {
            match message {
                Message::Change(change) => group.push(change),
                Message::Close(closer) => {
                    closers.push(closer);
                    messages.close();
                }
            }
        }
        if !group.is_empty() {
            commit_group(&place, &mut connection, group).await;
        }
    }
    if let Some(connection) = connection {
        close(connection).await;
    }
    closers
}

/// Commits one group and answers everybody in it.
async fn commit_group(place: &Place, connection: &mut Option<Connection>, mut group: Vec<Box<dyn Change>>) {
    let begun = std::time::Instant::now();
    let outcome = match ready(place, connection).await {
        Ok(open) => run_group(open, &mut group).await.map_err(|error| not_committed(StoreError::from(error))),
        Err(error) => Err(not_committed(error)),
    };
    if outcome.is_ok() {
        crate::metrics::committed(group.len(), begun.elapsed());
    }
    if let Err(error) = &outcome {
        crate::metrics::commit_failed();
        tracing::error!(changes = group.len(), %error, "a group of changes was not committed");
        // Invariant: a connection that failed is never used again, so no half-done transaction outlives its group.
        if let Some(broken) = connection.take() {
            close(broken).await;
        }
    }
    for change in group {
        change.answer(outcome.clone());
    }
}

async fn ready<'c>(place: &Place, connection: &'c mut Option<Connection>) -> Result<&'c mut Connection, StoreError> {
    let open = match connection.take() {
        Some(open) => open,
        None => place.open_writing().await?,
    };
    Ok(connection.insert(open))
}

async fn run_group(connection: &mut Connection, group: &mut [Box<dyn Change>]) -> Result<(), sqlx::Error> {
    sql("begin immediate").execute(&mut *connection).await?;
    for change in group {
        sql("savepoint one_change").execute(&mut *connection).await?;
        if !change.run(connection).await {
            // When the disk is full the database has already rolled everything back; then this fails, and so
            // does the group.
            sql("rollback to savepoint one_change").execute(&mut *connection).await?;
        }
        sql("release savepoint one_change").execute(&mut *connection).await?;
    }
    sql("commit").execute(&mut *connection).await?;
    Ok(())
}

/// Whatever stopped the group, for those in it the answer is the same: not now.
fn not_committed(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { .. } | StoreError::Damaged { .. } => error,
        other => unavailable(&other.to_string(), "nothing was changed; try again"),
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    /// A fault in one change is answered, undoes what its group did, and the next change finds a writer.
    #[tokio::test]
    async fn the_writer_outlives_a_fault() {
        let place = Place::parse("sqlite::memory:").unwrap();
        // The second connection keeps the database in memory alive while the writer changes its own.
        let _keeper = place.open_writing().await.unwrap();
        let writer = Writer::start(place.clone(), place.open_writing().await.unwrap(), None);
        let run = |text: &'static str| {
            writer.write(move |connection| {
                Box::pin(async move { Ok::<_, StoreError>(sql(text).execute(connection).await?) })
            })
        };
        run("create table counted (number bigint)").await.unwrap();
        let fault = writer.write::<_, (), StoreError>(|_| Box::pin(async { panic!("a fault of the test") }));
        let (before, fault) = tokio::join!(run("insert into counted values (1)"), fault);
        assert!(matches!(before, Err(StoreError::Unavailable { .. })), "{before:?}");
        assert!(matches!(fault, Err(StoreError::Unavailable { .. })), "{fault:?}");
        let left = run("delete from counted").await.unwrap();
        assert_eq!(left, 0);
    }
}

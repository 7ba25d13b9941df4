//! The one writer: it drains a queue and commits in groups, so that one disk flush serves many changes.
//!
//! Each change runs in a savepoint of its own: one that fails takes nothing of the others with it. Answers
//! leave only after the commit, also those of failed changes, since they may rest on a change before them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    CommitError, Committed, Counted, StoreError,
    commit::Prepared,
    db::{Connection, close, sql},
    error::unavailable,
    file::{Identity, Lock, Place},
    footprint::Tally,
    group::{self, Outcomes, Waiting},
    queue::{QUEUE_LIMIT, interrupted, send},
    recent::Recent,
};

/// Changes that are committed together.
const GROUP_LIMIT: usize = 256;

/// A handle on the writer's queue. The writer ends when the last one is dropped.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    tally: Arc<Tally>,
}

/// What is noted of what was committed.
#[derive(Clone, Debug)]
struct Notes {
    tally: Arc<Tally>,
    recent: Arc<Recent>,
}

enum Message {
    Change(Box<dyn Change>),
    /// Events are written together, set by set.
    Event(Waiting),
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
    ///
    /// It has a thread of its own: everybody waits for it, and it must not wait behind everybody's other work.
    pub(super) fn start(
        place: Place,
        connection: Connection,
        lock: Option<Lock>,
        recent: Arc<Recent>,
    ) -> Result<Self, StoreError> {
        let (queue, messages) = mpsc::channel(QUEUE_LIMIT);
        let tally = Arc::new(Tally::default());
        let notes = Notes { tally: Arc::clone(&tally), recent };
        let no_thread =
            |error: std::io::Error| unavailable(&error.to_string(), "free some memory and threads, and start again");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(no_thread)?;
        let work = supervise(place, connection, (messages, notes), lock);
        let thread = std::thread::Builder::new().name("store-writer".to_owned());
        thread.spawn(move || runtime.block_on(work)).map_err(no_thread)?;
        Ok(Self { queue, tally })
    }

    /// What was committed so far.
    pub(super) fn counted(&self) -> Counted {
        self.tally.counted()
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
        send(&self.queue, Message::Change(change)).await?;
        answer.await.unwrap_or_else(|_| Err(interrupted().into()))
    }

    /// Commits one event and waits until it is on the disk.
    pub(super) async fn commit(&self, prepared: Prepared) -> Result<Committed, CommitError> {
        let (reply, answer) = oneshot::channel();
        send(&self.queue, Message::Event(Waiting { prepared: Arc::new(prepared), reply })).await?;
        answer.await.unwrap_or_else(|_| Err(interrupted().into()))
    }

    /// Commits what is waiting, closes the connection and gives the lock back.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if send(&self.queue, Message::Close(reply)).await.is_ok() {
            // An error says that the writer is gone, which is what was asked for.
            closed.await.ok();
        }
    }
}

/// Keeps a writer running: one that stops at a fault loses its group, and the next one takes over.
async fn supervise(
    place: Place,
    first: Connection,
    (messages, notes): (mpsc::Receiver<Message>, Notes),
    lock: Option<Lock>,
) {
    let messages = Arc::new(Mutex::new(messages));
    // Once, while the first connection holds it: after a fault nothing may be open, and the log beside it gone.
    let opened = place.identity();
    let mut connection = Some(first);
    let closers = loop {
        let serving = serve((place.clone(), opened), connection.take(), Arc::clone(&messages), notes.clone());
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
    (place, opened): (Place, Option<Identity>),
    mut connection: Option<Connection>,
    messages: Arc<Mutex<mpsc::Receiver<Message>>>,
    notes: Notes,
) -> Vec<oneshot::Sender<()>> {
    let mut messages = messages.lock().await;
    // After a fault nobody knows how far it came.
    notes.recent.clear();
    let mut closers = Vec::new();
    let mut received = Vec::with_capacity(GROUP_LIMIT);
    while messages.recv_many(&mut received, GROUP_LIMIT).await > 0 {
        let mut group = Group::default();
        for message in received.drain(..) {
            match message {
                Message::Change(change) => group.changes.push(change),
                Message::Event(event) => group.events.push(event),
                Message::Close(closer) => {
                    closers.push(closer);
                    messages.close();
                }
            }
        }
        let size = group.changes.len() + group.events.len();
        if size > 0 && commit_group((&place, opened), &mut connection, group, &notes.recent).await {
            notes.tally.add(size as u64);
        }
    }
    if let Some(connection) = connection {
        close(connection).await;
    }
    closers
}

/// What is committed together. Events come first, so that what looks for their effects in the same group finds them.
#[derive(Default)]
struct Group {
    events: Vec<Waiting>,
    changes: Vec<Box<dyn Change>>,
}

/// Commits one group and answers everybody in it; tells whether it was committed.
async fn commit_group(
    (place, opened): (&Place, Option<Identity>),
    connection: &mut Option<Connection>,
    mut group: Group,
    recent: &Recent,
) -> bool {
    let begun = std::time::Instant::now();
    let cleared = recent.cleared();
    let outcome = match ready(place, connection).await {
        Ok(open) => run_group(open, &mut group, recent).await.map_err(not_committed),
        Err(error) => Err(not_committed(error)),
    };
    // Invariant: nothing is acknowledged that was written into a file which nobody will find again.
    let outcome = outcome.and_then(|outcomes| if place.identity() == opened { Ok(outcomes) } else { Err(gone()) });
    if outcome.is_ok() {
        crate::metrics::committed(group.changes.len() + group.events.len(), begun.elapsed());
    }
    if let Err(error) = &outcome {
        crate::metrics::commit_failed();
        let changes = group.changes.len() + group.events.len();
        tracing::error!(changes, %error, "a group of changes was not committed");
        // Invariant: a connection that failed is never used again, so no half-done transaction outlives its group. What
        // was kept of it is read anew.
        recent.clear();
        if let Some(broken) = connection.take() {
            close(broken).await;
        }
    }
    let (group_outcome, outcomes) = match outcome {
        Ok(outcomes) => (Ok(()), outcomes),
        Err(error) => (Err(error.clone()), group.events.iter().map(|_| Err(error.clone().into())).collect()),
    };
    group::answer(group.events, outcomes, recent);
    // A change of this group removed cases, which its events may have brought back among those that are kept.
    if recent.cleared() != cleared {
        recent.clear();
    }
    for change in group.changes {
        change.answer(group_outcome.clone());
    }
    group_outcome.is_ok()
}

async fn ready<'c>(place: &Place, connection: &'c mut Option<Connection>) -> Result<&'c mut Connection, StoreError> {
    let open = match connection.take() {
        Some(open) => open,
        None => place.open_writing().await?,
    };
    Ok(connection.insert(open))
}

async fn run_group(connection: &mut Connection, group: &mut Group, recent: &Recent) -> Result<Outcomes, StoreError> {
    let events: Vec<Arc<Prepared>> = group.events.iter().map(|event| Arc::clone(&event.prepared)).collect();
    if let ([], [change]) = (&events[..], &mut group.changes[..]) {
        sql("begin immediate").execute(&mut *connection).await?;
        let end = if change.run(connection).await { "commit" } else { "rollback" };
        sql(end).execute(connection).await?;
        return Ok(Vec::new());
    }
    sql("begin immediate").execute(&mut *connection).await?;
    let outcomes = run_events(connection, &events, recent).await?;
    for change in &mut group.changes {
        sql("savepoint one_change").execute(&mut *connection).await?;
        if !change.run(connection).await {
            // When the disk is full the database has already rolled everything back; then this fails, and so
            // does the group.
            sql("rollback to savepoint one_change").execute(&mut *connection).await?;
        }
        sql("release savepoint one_change").execute(&mut *connection).await?;
    }
    sql("commit").execute(&mut *connection).await?;
    Ok(outcomes)
}

/// Writes the events of a group together, or one by one when something in it is out of the ordinary.
async fn run_events(
    connection: &mut Connection,
    events: &[Arc<Prepared>],
    recent: &Recent,
) -> Result<Outcomes, sqlx::Error> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    match group::write(connection, events, Some(recent)).await {
        Ok(Some(outcomes)) => return Ok(outcomes),
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, "a group of events is written one by one"),
    }
    // Nothing else has been written in this transaction yet. When the disk is full the database has already rolled
    // everything back; then this fails, and so does the group.
    sql("rollback").execute(&mut *connection).await?;
    sql("begin immediate").execute(&mut *connection).await?;
    one_by_one(connection, events).await
}

/// Writes events each in a savepoint of its own, so that each is told its own fault.
async fn one_by_one(connection: &mut Connection, events: &[Arc<Prepared>]) -> Result<Outcomes, sqlx::Error> {
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        sql("savepoint one_event").execute(&mut *connection).await?;
        let outcome = event.write(connection).await;
        if outcome.is_err() {
            sql("rollback to savepoint one_event").execute(&mut *connection).await?;
        }
        sql("release savepoint one_event").execute(&mut *connection).await?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// The database was removed or replaced under the running program, which still holds the file that was there.
fn gone() -> StoreError {
    unavailable(
        "its file was removed or replaced while the program ran",
        "stop the program, put the file and its -wal back where they were, and start again",
    )
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

    async fn run(writer: &Writer, text: &'static str) -> Result<u64, StoreError> {
        writer.write(move |connection| Box::pin(async move { Ok(sql(text).execute(connection).await?) })).await
    }

    /// A fault in one change is answered, undoes what its group did, and the next change finds a writer.
    #[tokio::test]
    async fn the_writer_outlives_a_fault() {
        let place = Place::parse("sqlite::memory:").unwrap();
        // The second connection keeps the database in memory alive while the writer changes its own.
        let _keeper = place.open_writing().await.unwrap();
        let writer = Writer::start(place.clone(), place.open_writing().await.unwrap(), None, Arc::default()).unwrap();
        run(&writer, "create table counted (number bigint)").await.unwrap();
        let fault = writer.write::<_, (), StoreError>(|connection| {
            Box::pin(async move {
                sql("insert into counted values (1)").execute(connection).await.unwrap();
                panic!("a fault of the test")
            })
        });
        let fault = fault.await;
        assert!(matches!(fault, Err(StoreError::Unavailable { .. })), "{fault:?}");
        assert_eq!(run(&writer, "delete from counted").await.unwrap(), 0);
    }

    /// When the disk refuses the commit itself, everybody in the group is told, nothing is kept, and the writer goes
    /// on.
    #[tokio::test]
    async fn a_failed_commit_fails_its_whole_group() {
        let place = Place::parse("sqlite::memory:").unwrap();
        let _keeper = place.open_writing().await.unwrap();
        let writer = Writer::start(place.clone(), place.open_writing().await.unwrap(), None, Arc::default()).unwrap();
        run(&writer, "create table kept (id text primary key)").await.unwrap();
        // A constraint that is looked at no earlier than at the commit stands for a disk that refuses it.
        run(&writer, "create table late (id text references kept (id) deferrable initially deferred)").await.unwrap();
        // The three are in the queue before the writer looks into it again, so that they are one group.
        let (begun, has_begun) = oneshot::channel();
        let (end, may_end) = oneshot::channel::<()>();
        let busy = writer.write::<_, (), StoreError>(move |_| {
            Box::pin(async move {
                begun.send(()).ok();
                may_end.await.ok();
                Ok(())
            })
        });
        let group = async {
            has_begun.await.unwrap();
            tokio::join!(
                run(&writer, "insert into kept values ('a')"),
                run(&writer, "insert into late values ('nobody')"),
                run(&writer, "insert into kept values ('b')"),
                async { end.send(()).unwrap() },
            )
        };
        let (busy, (before, refused, after, ())) = tokio::join!(busy, group);
        busy.unwrap();
        for told in [before, refused, after] {
            assert!(matches!(told, Err(StoreError::Unavailable { .. })), "{told:?}");
        }
        assert_eq!(run(&writer, "delete from kept").await.unwrap(), 0);
    }
}

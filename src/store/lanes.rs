//! Events on a server: a node commits them in groups, beside those of other nodes.
//!
//! Events of one case go into one lane, so that a node does not stand in its own way. A lane that is idle commits
//! what comes at once; while it commits, what comes next gathers.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};

use super::{
    CommitError, Committed, StoreError,
    commit::Prepared,
    db::Statements,
    footprint::Tally,
    group::{self, Waiting},
    queue::{QUEUE_LIMIT, interrupted, send},
    recent::Recent,
    transactions,
};

/// How many groups a node commits side by side.
const LANES: usize = 2;
/// Events that are committed together.
const GROUP_LIMIT: usize = 64;
/// A handle on the lanes of a node. They end when the last one is dropped.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    queues: Vec<mpsc::Sender<Waiting>>,
}

/// Why a group was not committed as one.
#[derive(Clone, Debug)]
enum Apart {
    /// Something in it is out of the ordinary.
    Extraordinary,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for Apart {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Lanes {
    /// Opens the lanes over a pool of connections.
    pub(super) fn open(pool: &PgPool, statements: Statements, tally: &Arc<Tally>, recent: &Arc<Recent>) -> Self {
        let lane = |_| {
            let (queue, waiting) = mpsc::channel(QUEUE_LIMIT);
            tokio::spawn(serve((pool.clone(), statements), waiting, Arc::clone(tally), Arc::clone(recent)));
            queue
        };
        Self { queues: (0..LANES).map(lane).collect() }
    }

    /// Commits one event and waits until it is on the server's disk.
    pub(super) async fn commit(&self, prepared: Prepared) -> Result<Committed, CommitError> {
        let mut hasher = DefaultHasher::new();
        prepared.commit.case.id.hash(&mut hasher);
        // The remainder is below the number of lanes.
        let lane = (hasher.finish() % LANES as u64) as usize;
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { prepared: Arc::new(prepared), reply };
        let queue = self.queues.get(lane).ok_or_else(interrupted)?;
        send(queue, waiting).await?;
        answer.await.unwrap_or_else(|_| Err(interrupted().into()))
    }
}

async fn serve(
    (pool, statements): (PgPool, Statements),
    mut waiting: mpsc::Receiver<Waiting>,
    tally: Arc<Tally>,
    recent: Arc<Recent>,
) {
    let mut group = Vec::with_capacity(GROUP_LIMIT);
    while waiting.recv_many(&mut group, GROUP_LIMIT).await > 0 {
        let (pool, group) = (pool.clone(), std::mem::take(&mut group));
        let (tally, recent) = (Arc::clone(&tally), Arc::clone(&recent));
        // A fault ends this group alone: who waits for it is told that it was interrupted.
        if tokio::spawn(async move { commit((&pool, statements), group, &tally, &recent).await }).await.is_err() {
            tracing::error!("a group of events stopped at a fault");
        }
    }
}

/// Commits a group and answers everybody in it.
async fn commit((pool, statements): (&PgPool, Statements), waiting: Vec<Waiting>, tally: &Tally, recent: &Recent) {
    let group: Arc<[Arc<Prepared>]> = waiting.iter().map(|one| Arc::clone(&one.prepared)).collect();
    let all = Arc::clone(&group);
    let together = transactions::write(pool, statements, move |connection| {
        Box::pin(async move { group::write(connection, &all, None).await?.ok_or(Apart::Extraordinary) })
    });
    match together.await {
        Ok(outcomes) => {
            tally.add(outcomes.len() as u64);
            group::answer(waiting, outcomes, recent);
        }
        // Whether it was kept may not be known, so nothing is run again here.
        Err(Apart::Store(error @ StoreError::Unavailable { .. })) => {
            for one in waiting {
                one.reply.send(Err(error.clone().into())).ok();
            }
        }
        Err(Apart::Extraordinary | Apart::Store(_)) => {
            for Waiting { prepared, reply } in waiting {
                let alone = transactions::write(pool, statements, move |connection| {
                    Box::pin(async move { prepared.write(connection).await })
                });
                let outcome = alone.await;
                tally.add(1);
                reply.send(outcome).ok();
            }
        }
    }
}

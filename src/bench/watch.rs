//! Waiting for a case to reach an event, told by the changes that every node announces after its commits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{broadcast::error::RecvError, oneshot},
    task::JoinSet,
};

use crate::runtime::Runtime;

/// How long an announcement may take before the case itself is looked at: one may be lost when many come at once.
const LOOK_AFTER: Duration = Duration::from_millis(250);
/// How long a case may take to reach an event before the run is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Seen {
    seq: u64,
    waiter: Option<(u64, oneshot::Sender<()>)>,
}

/// What was announced of each case.
#[derive(Clone, Default)]
pub(super) struct Watch {
    seen: Arc<Mutex<HashMap<String, Seen>>>,
}

impl Watch {
    /// Listens to every node until the set is dropped.
    pub(super) fn listen(&self, nodes: &[Runtime]) -> JoinSet<()> {
        let mut listeners = JoinSet::new();
        for node in nodes {
            let (watch, mut changes) = (self.clone(), node.changes());
            listeners.spawn(async move {
                loop {
                    match changes.recv().await {
                        Ok(change) => watch.note(&change.case_id, change.seq),
                        Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    }
                }
            });
        }
        listeners
    }

    fn note(&self, case_id: &str, seq: u64) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = all.entry(case_id.to_owned()).or_default();
        seen.seq = seen.seq.max(seq);
        if seen.waiter.as_ref().is_some_and(|(wanted, _)| *wanted <= seen.seq)
            && let Some((_, waiter)) = seen.waiter.take()
        {
            waiter.send(()).ok();
        }
    }

    /// Waits until the case has this event.
    pub(super) async fn reached(&self, runtime: &Runtime, case_id: &str, seq: u64) -> anyhow::Result<()> {
        let mut waited = Duration::ZERO;
        while waited < GIVE_UP_AFTER {
            let Some(announced) = self.expect(case_id, seq) else { return Ok(()) };
            if tokio::time::timeout(LOOK_AFTER, announced).await.is_ok() {
                return Ok(());
            }
            waited += LOOK_AFTER;
            if let Some(case) = runtime.store().load(case_id).await? {
                self.note(case_id, case.seq);
            }
        }
        anyhow::bail!("case {case_id} did not reach event {seq} within {} s", GIVE_UP_AFTER.as_secs())
    }

    fn expect(&self, case_id: &str, seq: u64) -> Option<oneshot::Receiver<()>> {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = all.entry(case_id.to_owned()).or_default();
        if seen.seq >= seq {
            return None;
        }
        let (waiter, announced) = oneshot::channel();
        seen.waiter = Some((seq, waiter));
        Some(announced)
    }

    /// Forgets a case that is over.
    pub(super) fn forget(&self, case_id: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(case_id);
    }
}

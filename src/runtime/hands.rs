//! Effects that go from the commit that releases them straight to whoever carries them out.
//!
//! Whoever commits an event may hold its effects from the first moment on: they are committed as being carried out,
//! under a lease, and no look at the database is needed to find them. When this program stops before they are done,
//! they are taken over like any other effect whose lease is void.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use countersign_core::{command::Command, time::Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::{
    config::{EFFECT_LEASE, EFFECTS_AT_ONCE},
    store::EffectRow,
};

/// Room for effects, and the way to those who carry them out.
pub(super) struct Hands {
    /// Whether somebody carries out what is handed over.
    open: AtomicBool,
    /// Whether something was left to be found in the database since there was no room for it.
    left: AtomicBool,
    room: Arc<Semaphore>,
    queue: mpsc::Sender<InHand>,
    other_end: Mutex<Option<mpsc::Receiver<InHand>>>,
}

/// Room for the effects of one event, and how long they are held.
pub(super) struct Held {
    pub(super) until: Timestamp,
    room: OwnedSemaphorePermit,
}

/// One effect to be carried out, and its room, which is given back with it.
pub(super) struct InHand {
    pub(super) effect: EffectRow,
    pub(super) room: OwnedSemaphorePermit,
}

impl Default for Hands {
    fn default() -> Self {
        // Nothing is sent without room, so that the queue never overflows.
        let (queue, other_end) = mpsc::channel(EFFECTS_AT_ONCE);
        Self {
            open: AtomicBool::new(false),
            left: AtomicBool::new(false),
            room: Arc::new(Semaphore::new(EFFECTS_AT_ONCE)),
            queue,
            other_end: Mutex::new(Some(other_end)),
        }
    }
}

impl Hands {
    /// Room for these commands, unless there is none or nobody would carry them out.
    ///
    /// What must not be repeated is never held from the beginning: nobody could tell later whether it was begun.
    pub(super) fn take(&self, commands: &[Command], now: Timestamp) -> Option<Held> {
        let once = |command: &Command| matches!(command, Command::CallSystem { at_most_once: true, .. });
        if commands.is_empty() || !self.open.load(Ordering::Acquire) || commands.iter().any(once) {
            return None;
        }
        let wanted = u32::try_from(commands.len()).ok()?;
        match Arc::clone(&self.room).try_acquire_many_owned(wanted) {
            Ok(room) => {
                let lease_ms = i64::try_from(EFFECT_LEASE.as_millis()).unwrap_or(i64::MAX);
                Some(Held { until: now.plus_ms(lease_ms), room })
            }
            Err(_) => {
                self.left.store(true, Ordering::Release);
                None
            }
        }
    }

    /// Hands over effects that are committed.
    pub(super) fn carry(&self, mut held: Held, case_id: &str, commands: Vec<Command>, now: Timestamp) {
        for command in commands {
            let Some(room) = held.room.split(1) else { return };
            let effect = EffectRow::held(case_id, command, held.until, now);
            if self.queue.try_send(InHand { effect, room }).is_err() {
                tracing::warn!(case = case_id, "an effect waits for its lease to run out, since nobody took it");
            }
        }
    }

    /// From now on somebody carries out what comes here; `None` when somebody else does already.
    pub(super) fn open(&self) -> Option<mpsc::Receiver<InHand>> {
        let other_end = self.other_end.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.open.store(true, Ordering::Release);
        Some(other_end)
    }

    /// From now on nobody does; what was handed over before is still in the other end.
    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Release);
    }

    /// Gives the other end back, so that somebody else can take it.
    pub(super) fn give_back(&self, other_end: mpsc::Receiver<InHand>) {
        *self.other_end.lock().unwrap_or_else(PoisonError::into_inner) = Some(other_end);
    }

    /// How many effects there is room for.
    pub(super) fn room(&self) -> usize {
        self.room.available_permits()
    }

    /// Room for one effect, as soon as there is some; `None` never, since room is never closed.
    pub(super) async fn one(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Whether something was left for want of room since the last time that this was asked.
    pub(super) fn left_something(&self) -> bool {
        self.left.swap(false, Ordering::AcqRel)
    }

    /// Notes that there may be more to do than there was room for.
    pub(super) fn leave(&self) {
        self.left.store(true, Ordering::Release);
    }
}

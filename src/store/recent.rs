//! The cases that changed last, as they were committed, so that what was just written is not read back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{canonical::Digest, case::Case};

/// How much is kept, counted in bytes of canonical JSON; beyond it everything is let go.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Cases as they were committed.
///
/// Invariant: a file has one program that commits, and every commit of it comes through here before anybody hears of
/// it, so that what is kept is what a read would find. On a server it is only used when the case is still at that
/// event. The next event of a case is chained to the hash that is kept here; whoever changes cases otherwise clears it,
/// as the removal of samples does, and so does the writer when nobody knows how far it came.
#[derive(Debug, Default)]
pub(super) struct Recent {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    cases: HashMap<String, (Arc<Case>, Digest)>,
    bytes: usize,
    /// How often everything was let go.
    cleared: u64,
}

impl Recent {
    /// Keeps a case whose state has this size and whose last event this hash.
    pub(super) fn keep(&self, case: &Arc<Case>, bytes: usize, hash: Digest) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + bytes > BYTES_MAX {
            *kept = Kept { cleared: kept.cleared, ..Kept::default() };
        }
        kept.bytes += bytes;
        kept.cases.insert(case.id.clone(), (Arc::clone(case), hash));
    }

    /// The case as it was committed last.
    pub(super) fn get(&self, case_id: &str) -> Option<Arc<Case>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.cases.get(case_id).map(|(case, _)| Arc::clone(case))
    }

    /// Where the log of the case ends: the number of its last event and its hash.
    pub(super) fn end(&self, case_id: &str) -> Option<(u64, Digest)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.cases.get(case_id).map(|(case, hash)| (case.seq, hash.clone()))
    }

    /// Lets go of everything, since cases were changed otherwise than by events, or nobody knows what was kept.
    pub(super) fn clear(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept { cleared: kept.cleared + 1, ..Kept::default() };
    }

    /// How often [`Self::clear`] was called.
    pub(super) fn cleared(&self) -> u64 {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).cleared
    }
}

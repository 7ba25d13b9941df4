//! Whether the program is up to its work: for a balancer that sends people to it, and for whoever watches.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::Runtime;

/// How long the sweep may be silent before it counts as stopped. A round looks at 200 cases and more at most.
const SWEEP_SILENT_MAX: Duration = Duration::from_secs(30);
/// How long the database may take to answer the simplest question.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// What the running program knows of itself. This is about real seconds, so it does not use the clock of the cases.
#[derive(Debug)]
pub(super) struct Vitals {
    started: Instant,
    /// When the sweep last began a round, in milliseconds after the start, plus one; 0 before the first.
    swept: AtomicU64,
    draining: AtomicBool,
}

impl Vitals {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), swept: AtomicU64::new(0), draining: AtomicBool::new(false) }
    }

    /// The sweep begins a round.
    pub(super) fn swept(&self) {
        self.swept.store(self.since_start() + 1, Ordering::Relaxed);
    }

    fn sweep_lives(&self) -> bool {
        match self.swept.load(Ordering::Relaxed) {
            0 => false,
            at => self.since_start().saturating_sub(at - 1) <= millis(SWEEP_SILENT_MAX),
        }
    }

    fn since_start(&self) -> u64 {
        millis(self.started.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Runtime {
    /// From now on nobody new should be sent here: the program is about to stop.
    pub fn begin_draining(&self) {
        self.vitals().draining.store(true, Ordering::Relaxed);
    }

    /// Why nobody should be sent here now, in words; empty when everything is up to its work.
    pub async fn not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.vitals().draining.load(Ordering::Relaxed) {
            reasons.push("the program is stopping".to_owned());
        }
        if !self.vitals().sweep_lives() {
            reasons.push("the sweep has not begun, or has stopped: what is due is not done".to_owned());
        }
        match tokio::time::timeout(ANSWER_WITHIN, self.store().answers()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database does not answer");
                reasons.push("the database does not answer".to_owned());
            }
            Err(_) => reasons.push(format!("the database has not answered within {} s", ANSWER_WITHIN.as_secs())),
        }
        reasons
    }
}

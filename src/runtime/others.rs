//! Looking at what other programs do to the same database: on a server any number of them serve it, and none tells
//! the others anything. Each looks often enough that nobody notices.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use countersign_core::time::Timestamp;
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{Change, Problem, Runtime};
use crate::store::Pulse;

/// How often a program looks whether anything is due: half of this, on average, passes between a commit here and its
/// effect there.
pub const LOOK_EVERY: Duration = Duration::from_millis(30);

/// How often it looks for changed cases, while anybody has a page open.
pub const FEED_EVERY: Duration = Duration::from_millis(200);

/// How far back it looks each time, in milliseconds: a change may be seen later than another that came after it, and
/// the clocks of two machines differ.
const FEED_OVERLAP_MS: i64 = 2_000;

/// The most changes that one look hands on. Whoever listens and falls behind looks at everything again.
const FEED_MAX: u32 = 2_000;

/// How many looks after a change of people the cases of this program are computed anew: some may have been decided
/// with the people of before.
const LOOKS_AFTER_PEOPLE: u32 = 2;

/// What is known of the others.
struct Watch {
    runtime: Runtime,
    /// Everything that is told to pages here, so that nothing is told twice.
    told: broadcast::Receiver<Change>,
    known: HashMap<String, u64>,
    since: Timestamp,
    fed_at: Instant,
    people: Option<u64>,
    settling: u32,
    /// Cases that changed here since the last look.
    recent: BTreeSet<String>,
    troubled: bool,
}

impl Runtime {
    /// Looks at what others do until `stop` turns true. There is nothing to look at when nobody else can change the
    /// database; then it ends at once.
    #[must_use]
    pub fn watch_others(&self, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let watch = Watch {
            told: self.changes(),
            known: HashMap::new(),
            since: self.clock().now(),
            fed_at: Instant::now(),
            people: None,
            settling: 0,
            recent: BTreeSet::new(),
            troubled: false,
            runtime: self.clone(),
        };
        tokio::spawn(async move {
            if watch.runtime.store().is_shared() {
                watch.run(stop).await;
            }
        })
    }
}

impl Watch {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow() {
            tokio::select! {
                _ = looks.tick() => {}
                _ = stop.changed() => return,
            }
            let looked = self.look().await;
            if let Err(problem) = &looked
                && !self.troubled
            {
                tracing::error!(%problem, "cannot look at what other programs do; this is tried again");
            }
            self.troubled = looked.is_err();
        }
    }

    async fn look(&mut self) -> Result<(), Problem> {
        let now = self.runtime.clock().now();
        let Pulse { due, people } = self.runtime.store().pulse(now).await?;
        if due {
            self.runtime.nudge();
        }
        self.hear();
        self.follow_people(people).await?;
        // One listener is our own.
        if self.runtime.listeners() <= 1 {
            self.since = now;
        } else if self.fed_at.elapsed() >= FEED_EVERY {
            self.fed_at = Instant::now();
            self.feed(now).await?;
        }
        Ok(())
    }

    /// Notes what was told to pages here.
    fn hear(&mut self) {
        loop {
            match self.told.try_recv() {
                Ok(Change { case_id, seq }) => {
                    self.recent.insert(case_id.clone());
                    self.known.insert(case_id, seq);
                }
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => return,
            }
        }
    }

    /// Reads the people anew when anybody has changed them, and computes anew what was decided here meanwhile.
    async fn follow_people(&mut self, people: u64) -> Result<(), Problem> {
        match self.people {
            Some(known) if known != people => {
                self.runtime.read_world().await?;
                self.settling = LOOKS_AFTER_PEOPLE;
            }
            Some(_) => {}
            // Whoever changed them before our first look may have done so after we had read them.
            None => self.runtime.read_world().await?,
        }
        self.people = Some(people);
        let recent = std::mem::take(&mut self.recent);
        if self.settling > 0 {
            self.settling -= 1;
            for case_id in recent {
                self.runtime.reproject_case(&case_id).await?;
            }
        }
        Ok(())
    }

    /// Tells pages here what changed elsewhere.
    async fn feed(&mut self, now: Timestamp) -> Result<(), Problem> {
        let from = self.since.plus_ms(-FEED_OVERLAP_MS);
        let changed = self.runtime.store().changed_since(from, FEED_MAX).await?;
        let mut known = HashMap::with_capacity(changed.len());
        for case in changed.into_iter().rev() {
            if self.known.get(&case.id) != Some(&case.seq) {
                self.runtime.tell_pages(Change { case_id: case.id.clone(), seq: case.seq });
            }
            known.insert(case.id, case.seq);
        }
        self.known = known;
        self.since = now;
        Ok(())
    }
}

//! The production loop under everything that can go wrong, one seed after the other: the same seed, the same story.
//!
//! The engine of [`crate::runtime`] runs over a store in memory, through the ports that it has in production. There is
//! no other clock than the one that the seed moves, and no other order than the one that it draws: programs die
//! between any two calls of the store, commits are done and their answers lost, leases run out, requests come twice,
//! late and out of order, versions are published in mid-case, and one of the agents is malicious.
//!
//! After every event these are looked at, from outside and in the words of the promises:
//!
//! | | what must hold |
//! |---|---|
//! | I1 | a closed case stays closed; it takes nothing but late results of effects |
//! | I2 | the log, folded with the snapshots that its events name, is the kept state, and leads to the same commands |
//! | I3 | numbers without gaps, and a hash chain that holds |
//! | I4 | a key names one thing; a receiver that honours keys does it once; what counts as done was done |
//! | I4c | nobody takes what somebody holds; what must not be repeated is done once unless a person says so |
//! | I5 | one decision for each seat, on what its person was shown; a task closes once, by its rule |
//! | I6 | whoever decides may do so at that instant, is not whoever asked, nor stands in for them, and is no program |
//! | I7 | an open case has a next look, and somebody or something that it waits for, or an incident |
//! | I8 | one thing that is stuck is one incident |
//! | I8b | no effect that names a signer leaves without a sign-off over the data that are sent (promise 8) |
//! | I9 | nothing is early, nothing that is due is forgotten, a reminder goes out once |
//! | I10 | a join fires when so many tracks are done as it asks for |
//! | I11 | a case stays on its version and stands where that has a step |
//! | I12 | every event says who, when and what it was decided with, and those snapshots are kept |
//! | I13 | no agent decides; what it read stands in a document; its word on a path is a suggestion |
//! | I14 | no question is put to an agent without end |
//! | I15 | a request that comes twice is one event |
//! | I16 | a document belongs to one case |
//! | I17 | what is released stands in the outbox with its event, and the outbox is empty in the end |
//! | I18 | an agent is shown nothing of another case |
//! | I19 | what leaves on an agent's word stays within what may leave in its case and on its day |
//! | I20 | what a check says, it says of the values that the case has |
//! | P1 | what was acknowledged is on the record |
//! | P7 | once faults end, every case is closed, or waits for a person who can act, or has an incident |

mod acts;
mod agents;
mod calm;
mod check;
pub mod cover;
mod faults;
mod late;
mod ledger;
mod life;
mod nodes;
pub mod planted;
mod port;
mod processes;
mod random;
mod scene;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub use self::scene::Broken;

use countersign_core::value::Money;

use self::{cover::Cover, life::Life, nodes::Common, processes::BANK};
use crate::{
    config::{Config, Organisation, Release, System},
    gate::policies::Policies,
    runtime::calendar::Calendars,
};

/// What became of one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// A digest of everything that happened; the same for every run of the seed.
    pub hash: u64,
    /// Events that were committed.
    pub events: u64,
    /// The promise that did not hold, if one did not.
    pub broken: Option<Broken>,
    /// Which events met which cases.
    pub cover: Cover,
    /// What happened, line by line; empty unless it was asked for.
    pub trace: Vec<String>,
}

/// What became of a range of seeds.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Seeds that were run.
    pub seeds: u64,
    /// Events that were committed.
    pub events: u64,
    /// Seeds in which a promise did not hold, with what was found, the lowest first.
    pub broken: BTreeMap<u64, Broken>,
    /// Which events met which cases.
    pub cover: Cover,
}

/// Runs seeds.
#[derive(Clone)]
pub struct Simulator {
    common: Common,
}

impl Simulator {
    /// Prepares what every seed uses.
    ///
    /// # Errors
    /// When the policies that come with the program are broken.
    pub fn new() -> Result<Self, crate::gate::policies::PolicyError> {
        let url = "http://bank.invalid".to_owned();
        let systems = BTreeMap::from([
            (BANK.to_owned(), System::Http { url, token_variable: None }),
            (processes::ARCHIVE.to_owned(), System::Practice { answers: BTreeMap::new() }),
        ]);
        let euro = |amount: i64| Some(Money { minor: amount * 100, currency: "EUR".to_owned() });
        // So little that every call is held back that counts, until a person lets it go.
        let release = Release { case: euro(30), day: euro(60) };
        let config = Config { systems, release, ..Config::default() };
        let common = Common {
            config: Arc::new(config),
            policies: Arc::new(Policies::load_embedded()?),
            calendars: Arc::new(Calendars::new(Organisation::default())),
        };
        Ok(Self { common })
    }

    /// Runs one seed; `readable` keeps what happened in words.
    #[must_use]
    pub fn seed(&self, seed: u64, readable: bool) -> Outcome {
        let mut life = Life::new(seed, &self.common, readable);
        let fault = catch_unwind(AssertUnwindSafe(|| life.run())).is_err();
        let mut state = life.scene().state();
        if fault {
            state.breaks(Broken::new("fault", "the program stopped at a fault of its own"));
        }
        Outcome {
            seed,
            hash: state.hash(),
            events: state.events,
            broken: state.broken.clone(),
            cover: state.cover.clone(),
            trace: state.lines(),
        }
    }

    /// Runs seeds from `from` on, on so many threads, until `stop_at_first` finds something or all are done.
    #[must_use]
    pub fn range(&self, from: u64, seeds: u64, threads: usize, stop_at_first: bool) -> Report {
        let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let report = Mutex::new(Report::default());
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    let mut own = Report::default();
                    while !stop.load(Ordering::Relaxed) {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        if place >= seeds {
                            break;
                        }
                        let outcome = self.seed(from + place, false);
                        stop.fetch_or(stop_at_first && outcome.broken.is_some(), Ordering::Relaxed);
                        own.take(outcome);
                    }
                    report.lock().unwrap_or_else(PoisonError::into_inner).add(own);
                });
            }
        });
        report.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    fn take(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.events += outcome.events;
        self.cover.add(&outcome.cover);
        if let Some(broken) = outcome.broken {
            self.broken.insert(outcome.seed, broken);
        }
    }

    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.events += other.events;
        self.cover.add(&other.cover);
        self.broken.extend(other.broken);
    }
}

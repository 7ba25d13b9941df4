//! What everybody in a simulation shares: the store, chance, what is watched, and what has been told.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use countersign_core::{
    people::{Directory, Person},
    time::{HOUR_MS, Timestamp},
};

use super::{
    check::Watch,
    cover::Cover,
    faults::Rates,
    ledger::Ledger,
    random::{Random, START},
};
use crate::{
    config::EFFECT_LEASE,
    store::{Commit, MemoryStore},
};

/// The most lines of a trace that are kept; a failure is found at its end.
const LINES_KEPT: usize = 5_000;
/// How long a system or an agent takes at most for its answer, in milliseconds.
const SLOWEST_MS: i64 = 6 * HOUR_MS;

/// One simulated world.
pub(super) struct Scene {
    pub(super) store: MemoryStore,
    state: Mutex<State>,
}

/// What changes while it runs.
pub(super) struct State {
    pub(super) random: Random,
    pub(super) rates: Rates,
    /// Whether faults happen; they do in the first phase only.
    pub(super) faulty: bool,
    /// Set by a port: the strand that runs now stands still for so long.
    pub(super) stall: Option<i64>,
    /// The strand that runs now.
    pub(super) strand: u64,
    /// The event at which a strand last loaded a case.
    pub(super) loaded: BTreeMap<(u64, String), u64>,
    pub(super) now: Timestamp,
    pub(super) watch: Watch,
    pub(super) ledger: Ledger,
    pub(super) cover: Cover,
    pub(super) events: u64,
    pub(super) broken: Option<Broken>,
    trace: Trace,
}

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which, as numbered in the list of invariants.
    pub invariant: &'static str,
    /// How.
    pub what: String,
}

/// A running digest of everything that happened, and its lines when somebody wants to read them.
struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Scene {
    pub(super) fn new(random: Random, rates: Rates, readable: bool) -> Arc<Self> {
        let state = State {
            random,
            rates: rates.clone(),
            faulty: true,
            stall: None,
            strand: 0,
            loaded: BTreeMap::new(),
            now: START,
            watch: Watch::default(),
            ledger: Ledger::default(),
            cover: Cover::default(),
            events: 0,
            broken: None,
            trace: Trace { hash: 0xCBF2_9CE4_8422_2325, lines: readable.then(Vec::new) },
        };
        Arc::new(Self { store: MemoryStore::new(rates.nodes > 1), state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event is on the record: everything that must hold after it is looked at.
    pub(super) fn committed(&self, commit: &Commit) {
        let mut state = self.state();
        let state = &mut *state;
        state.events += 1;
        if let Some(key) = state.watch.allowed_again(&commit.case.id, &commit.event.kind) {
            state.ledger.entries.entry(key).or_default().allowed += 1;
        }
        let found = self.store.look(|tables| {
            let before = state.watch.before(&commit.case.id);
            state.cover.note(before, commit.event.kind.name(), true);
            let found = state.watch.committed(commit, tables, &state.ledger);
            let hash = tables.cases.get(&commit.case.id).and_then(|kept| kept.log.last()).map(|last| last.hash.clone());
            (found, hash)
        });
        let (found, hash) = found;
        state.trace.feed(hash.unwrap_or_default().as_bytes());
        let now = state.now;
        state.trace.line(|line| {
            let (case, event) = (&commit.case, &commit.event);
            let _ = write!(
                line,
                "{} case {} #{} {} by {}",
                hours(now),
                case.number,
                case.seq,
                event.kind.name(),
                event.by.id()
            );
            let _ = write!(
                line,
                " -> {:?}",
                case.cursors.iter().map(|one| (one.path.to_string(), &one.waiting)).collect::<Vec<_>>()
            );
            for command in &commit.commands {
                let _ = write!(line, "\n      {} {}", command.name(), command.key());
            }
        });
        if let Err(broken) = found {
            state.breaks(broken);
        }
    }

    /// Notes something that is no event.
    pub(super) fn told(&self, words: impl FnOnce(&mut String)) {
        self.state().told(words);
    }
}

impl State {
    /// Whether a fault of this rate happens now.
    pub(super) fn fault(&mut self, rate: u32) -> bool {
        self.faulty && self.random.per_mille(rate)
    }

    /// Now and then whoever is asked takes longer than an effect is held: the strand stands still when it next waits.
    pub(super) fn slow(&mut self) {
        let slow = self.rates.slow;
        if self.fault(slow) {
            let lease = i64::try_from(EFFECT_LEASE.as_millis()).unwrap_or(i64::MAX);
            let longest = if self.random.one_in(4) { SLOWEST_MS } else { lease * 4 };
            self.stall = Some(self.random.between(lease / 2, longest));
        }
    }

    pub(super) fn told(&mut self, words: impl FnOnce(&mut String)) {
        let now = self.now;
        self.trace.line(|line| {
            line.push_str(&hours(now));
            line.push(' ');
            words(line);
        });
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.trace.feed(bytes);
    }

    /// The first thing that breaks is what a seed is about.
    pub(super) fn breaks(&mut self, broken: Broken) {
        self.told(|line| {
            let _ = write!(line, "BROKEN {}: {}", broken.invariant, broken.what);
        });
        self.broken.get_or_insert(broken);
    }

    pub(super) fn hash(&self) -> u64 {
        self.trace.hash
    }

    pub(super) fn lines(&mut self) -> Vec<String> {
        self.trace.lines.take().unwrap_or_default()
    }
}

impl Trace {
    /// FNV-1a (Fowler, Noll and Vo), enough to tell two runs apart.
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn line(&mut self, words: impl FnOnce(&mut String)) {
        let Some(lines) = &mut self.lines else { return };
        if lines.len() < LINES_KEPT {
            let mut line = String::new();
            words(&mut line);
            lines.push(line);
        }
    }
}

impl Broken {
    pub(super) fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

/// An instant as days and time since the seed began.
fn hours(at: Timestamp) -> String {
    let ms = at.0 - START.0;
    let seconds = ms / 1_000;
    format!("{:>3}d {:02}:{:02}:{:02}", seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Everybody who takes part.
pub(super) fn people() -> Directory {
    let mut directory = Directory::default();
    for (id, roles, manager) in [
        ("ana", "employee", Some("mia")),
        ("mia", "employee", None),
        ("sam", "employee", Some("mia")),
        ("lea", "finance lead, employee", Some("dan")),
        ("leo", "finance lead", None),
        ("dan", "finance director", None),
        ("fin", "finance desk", None),
        ("fee", "finance desk", None),
        ("con", "controller", None),
        ("root", "administrator", None),
        ("bea", "board", None),
        ("ben", "board", None),
        ("bo", "board", None),
    ] {
        let person = Person {
            name: id.to_owned(),
            email: format!("{id}@example.org"),
            roles: roles.split(", ").map(str::to_owned).collect(),
            manager: manager.map(str::to_owned),
            absences: Vec::new(),
            disabled: false,
        };
        directory.people.insert(id.to_owned(), person);
    }
    directory
}

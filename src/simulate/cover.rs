//! Which events met which cases: every pair of a status and a kind of event, counted.

use std::{collections::BTreeMap, fmt::Write as _};

use countersign_core::case::{Case, TaskState, Waiting};

/// Statuses of visits and tasks, as they are named in the table.
pub const STATUSES: [&str; 13] = [
    "visit: next",
    "visit: agent",
    "visit: task",
    "visit: effect",
    "visit: until",
    "visit: day",
    "visit: look-up",
    "visit: message",
    "visit: tracks",
    "visit: incident",
    "task: open",
    "task: closed",
    "task: cancelled",
];

/// Kinds of events, as they stand in the log.
pub const KINDS: [&str; 27] = [
    "case_opened",
    "case_scheduled",
    "task_claimed",
    "task_released",
    "task_delegated",
    "task_decided",
    "question_asked",
    "fields_edited",
    "proposal_returned",
    "proposal_failed",
    "effect_done",
    "effect_failed",
    "effect_withdrawn",
    "effect_held",
    "looked_up",
    "look_up_failed",
    "message_received",
    "case_withdrawn",
    "incident_resolved",
    "stage_moved",
    "case_held",
    "case_resumed",
    "case_migrated",
    "migration_undone",
    "rehearsal_ended",
    "requirement_added",
    "ticked",
];

/// How often a pair must be met for it to count as looked at.
pub const HITS_WANTED: u64 = 100;

/// Pairs that cannot come about, and why: a kind of event, or a kind and a status.
const IMPOSSIBLE: [(&str, &str, &str); 2] = [
    ("case_opened", "", "it is the first event of a case, which has neither visits nor tasks before it"),
    ("case_scheduled", "", "it is the first event of a case, which has neither visits nor tasks before it"),
];

/// Counts of pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover(BTreeMap<(usize, usize), Count>);

/// How often a pair was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    /// Whether the event was accepted or turned away.
    met: u64,
    /// And it was accepted.
    accepted: u64,
}

/// A pair that was met too rarely, or although it cannot come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The status of a visit or task.
    pub status: &'static str,
    /// The kind of event.
    pub kind: &'static str,
    /// How often they met.
    pub met: u64,
    /// Why they were taken never to meet; `None` where they were met too rarely.
    pub impossible: Option<&'static str>,
}

impl Cover {
    /// An event of this kind met this case, whether it was accepted or turned away.
    pub(super) fn note(&mut self, case: Option<&Case>, kind: &str, accepted: bool) {
        let Some(kind) = KINDS.iter().position(|one| *one == kind) else { return };
        let Some(case) = case else { return };
        let mut met = [false; STATUSES.len()];
        for cursor in &case.cursors {
            met[visit(&cursor.waiting)] = true;
        }
        for task in &case.tasks {
            met[match task.state {
                TaskState::Open => 10,
                TaskState::Closed { .. } => 11,
                TaskState::Cancelled { .. } => 12,
            }] = true;
        }
        for (status, _) in met.iter().enumerate().filter(|(_, met)| **met) {
            let count = self.0.entry((status, kind)).or_default();
            count.met += 1;
            count.accepted += u64::from(accepted);
        }
    }

    /// Takes over what another run counted.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.0 {
            let own = self.0.entry(*pair).or_default();
            own.met += count.met;
            own.accepted += count.accepted;
        }
    }

    /// The pairs that were met too rarely, and those that were met and are listed as impossible.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let gap = |(status, kind): (usize, usize)| {
            let impossible = why_impossible(STATUSES[status], KINDS[kind]);
            Gap { status: STATUSES[status], kind: KINDS[kind], met: self.count(status, kind).met, impossible }
        };
        let wrong = |gap: &Gap| match gap.impossible {
            Some(_) => gap.met > 0,
            None => gap.met < HITS_WANTED,
        };
        pairs().map(gap).filter(wrong).collect()
    }

    /// How many pairs can come about, were met often enough, and were met so often by an event that was accepted.
    fn told(&self) -> String {
        let possible = || pairs().filter(|(status, kind)| why_impossible(STATUSES[*status], KINDS[*kind]).is_none());
        let met = possible().filter(|(status, kind)| self.count(*status, *kind).met >= HITS_WANTED).count();
        let accepted = possible().filter(|(status, kind)| self.count(*status, *kind).accepted >= HITS_WANTED).count();
        format!(
            "{} pairs, {} of them possible: {met} met at least {HITS_WANTED} times, {accepted} of these by as many \
             events that were accepted",
            pairs().count(),
            possible().count(),
        )
    }

    /// The table in words: a line for each kind of event, and the pairs that cannot be with the reason.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (kind, name) in KINDS.iter().enumerate() {
            let _ = write!(text, "{name:<20}");
            for (status, of) in STATUSES.iter().enumerate() {
                let _ = match why_impossible(of, name) {
                    Some(_) => write!(text, " {:>9}", "-"),
                    None => write!(text, " {:>9}", self.count(status, kind).met),
                };
            }
            text.push('\n');
        }
        let heads: Vec<&str> = STATUSES.iter().map(|name| name.rsplit(' ').next().unwrap_or(name)).collect();
        let mut head = format!("{:<20}", "");
        for name in heads {
            let _ = write!(head, " {name:>9}");
        }
        let mut told = format!("{head}\n{text}");
        for (kind, status, why) in IMPOSSIBLE {
            let with = if status.is_empty() { "any status" } else { status };
            let _ = writeln!(told, "- {kind} with {with}: {why}");
        }
        let _ = write!(told, "{}", self.told());
        told
    }

    fn count(&self, status: usize, kind: usize) -> Count {
        self.0.get(&(status, kind)).copied().unwrap_or_default()
    }
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..STATUSES.len()).flat_map(|status| (0..KINDS.len()).map(move |kind| (status, kind)))
}

fn why_impossible(status: &str, kind: &str) -> Option<&'static str> {
    let known = IMPOSSIBLE.iter().find(|(of, with, _)| *of == kind && (with.is_empty() || *with == status));
    known.map(|(_, _, why)| *why)
}

const fn visit(waiting: &Waiting) -> usize {
    match waiting {
        Waiting::Nothing => 0,
        Waiting::Agent => 1,
        Waiting::Task { .. } => 2,
        Waiting::Effect { .. } => 3,
        Waiting::Until { .. } => 4,
        Waiting::Day => 5,
        Waiting::LookUp { .. } => 6,
        Waiting::Message { .. } => 7,
        Waiting::Tracks => 8,
        Waiting::Incident { .. } => 9,
    }
}

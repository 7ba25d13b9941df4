//! Certificates: measured error bounds that let an agent's answer go ahead without a person.
//!
//! People's ordinary decisions label an agent's answers right or wrong. Once enough are there, [`certify`] looks
//! for the lowest score from which on, with a set certainty, at most a set share of the answers is wrong. It tests
//! coverages in an order that is fixed beforehand and stops at the first that fails, so that the certainty holds
//! for the one it ends with (fixed-sequence testing; Angelopoulos et al. 2021, "Learn then Test").

mod bound;
mod cascade;
mod watch;

pub use bound::{clopper_pearson, fewest, shows, shows_more};
pub use cascade::{FIRST_LOOK_IN_STAGES, STAGES_MAX, StageLabel, WENT_AHEAD, certify_cascade};
pub use watch::{AUDITED, CHECKED_MAX, Checked, Look, broken, is_audit, latest_look, looks_in_vain, next_look};

use serde::{Deserialize, Serialize};

/// The coverages that are tested, in parts per thousand of the labels, best scores first.
const STEP: usize = 50;

/// Before the first test so many errors must be affordable: else one unlucky label ends the search at its start.
const AFFORDED_AT_FIRST: usize = 1;

/// More labels than this are not looked for when it is told how many are missing.
const LABELS_FORESEEN: usize = 20_000;

/// One answer of an agent that a person has judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// How sure the agent was, in parts per thousand.
    pub score: u32,
    /// Whether the person decided the same.
    pub right: bool,
}

/// What is asked of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// At most this share of the automatic decisions is wrong, in parts per thousand.
    pub error: u32,
    /// The chance that the certificate is wrong about that, in parts per thousand.
    pub risk: u32,
}

impl Default for Promise {
    /// At most 5 % wrong, with 95 % certainty.
    fn default() -> Self {
        Self { error: 50, risk: 50 }
    }
}

/// From which score on an agent may decide alone, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The lowest score that is accepted, in parts per thousand; [`WENT_AHEAD`] for a cascade.
    pub threshold: u32,
    /// For a cascade the lowest score that is accepted from each of its stages; `None` for one that settles nothing.
    /// Empty where one alone answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Option<u32>>,
    /// Labels that it rests on.
    pub labels: u64,
    /// Labels at or above the threshold.
    pub accepted: u64,
    /// How many of those were wrong.
    pub wrong: u64,
    /// What it promises.
    pub promise: Promise,
    /// Which look at the labels found it, from 1.
    pub look: u32,
}

impl Certificate {
    /// The share of cases that qualify, in parts per thousand.
    #[must_use]
    pub fn coverage(&self) -> u64 {
        (self.accepted * 1_000).checked_div(self.labels).unwrap_or(0)
    }
}

/// What the labels say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// The agent may decide alone from a score on.
    Certified(Certificate),
    /// Not yet: so many labels more, if the answers stay as good as they are.
    NotYet {
        /// How many labels are missing.
        to_go: u64,
    },
    /// No number of labels would do: also the answers it is surest of are too often wrong.
    OutOfReach,
}

/// Looks at the labels.
///
/// `look` counts from 1 how often labels of this agent have been looked at in earnest, so that the risk is shared
/// out: the j-th look may spend 1/(j(j+1)) of it, and all looks together never more than the whole.
#[must_use]
pub fn certify(labels: &[Labelled], promise: Promise, look: u32) -> Standing {
    let mut sorted: Vec<Labelled> = labels.to_vec();
    // Among equal scores the wrong ones come first, so that no order of the input helps.
    sorted.sort_by_key(|one| (std::cmp::Reverse(one.score), one.right));
    let (rate, risk) = (f64::from(promise.error) / 1_000.0, risk_of(promise, look));
    let mut best = None;
    for accepted in coverages(&sorted, rate, risk) {
        let wrong = sorted[..accepted].iter().filter(|one| !one.right).count();
        if !shows(wrong, accepted, rate, risk) {
            break;
        }
        best = Some((accepted, wrong));
    }
    match best {
        Some((accepted, wrong)) => Standing::Certified(Certificate {
            threshold: sorted[accepted - 1].score,
            stages: Vec::new(),
            labels: sorted.len() as u64,
            accepted: accepted as u64,
            wrong: wrong as u64,
            promise,
            look,
        }),
        None => missing(&sorted, rate, risk),
    }
}

/// The share of the risk that a look may spend.
fn risk_of(promise: Promise, look: u32) -> f64 {
    let look = f64::from(look.max(1));
    f64::from(promise.risk) / 1_000.0 / (look * (look + 1.0))
}

/// How many labels are accepted at each coverage. The order follows from the number of labels and from ties alone,
/// never from which of them are right.
fn coverages(sorted: &[Labelled], rate: f64, risk: f64) -> Vec<usize> {
    let enough = fewest(AFFORDED_AT_FIRST, rate, risk, sorted.len());
    let Some(enough) = enough else { return Vec::new() };
    let mut counts: Vec<usize> = (1..=1_000 / STEP)
        .map(|step| sorted.len() * step * STEP / 1_000)
        .filter(|count| *count >= enough)
        // A threshold takes all labels of its score or none.
        .map(|count| whole_scores(sorted, count))
        .collect();
    counts.dedup();
    counts
}

fn whole_scores(sorted: &[Labelled], count: usize) -> usize {
    let Some(last) = count.checked_sub(1).and_then(|at| sorted.get(at)) else { return count };
    sorted.partition_point(|one| one.score >= last.score)
}

/// How many labels are missing, if the answers stay as good: the best half of them is what a first certificate
/// would rest on.
fn missing(sorted: &[Labelled], rate: f64, risk: f64) -> Standing {
    let half = sorted.len().div_ceil(2);
    let wrong = sorted[..half].iter().filter(|one| !one.right).count();
    // Nothing is known yet of an agent without labels; it is taken at its best.
    let share = if half == 0 { 0.0 } else { wrong as f64 / half as f64 };
    let enough = |labels: usize| {
        let accepted = labels / 2;
        let expected = (share * accepted as f64).round() as usize;
        shows(expected.max(AFFORDED_AT_FIRST), accepted, rate, risk)
    };
    if !enough(LABELS_FORESEEN) {
        return Standing::OutOfReach;
    }
    let (mut low, mut high) = (sorted.len(), LABELS_FORESEEN);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if enough(middle) { high = middle } else { low = middle }
    }
    Standing::NotYet { to_go: (high - sorted.len()) as u64 }
}

#[cfg(test)]
mod tests;

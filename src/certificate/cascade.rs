//! Certificates of cascades: one promise for all stages together.
//!
//! A cascade with a score for each stage from which on that stage settles the matter is one procedure, and what counts
//! is how often that procedure is wrong where it decides alone. Certificates of its stages one by one would not say
//! so: a later stage gets the cases that were hard for those before it. So the procedures are tested as wholes, on
//! labels for which every stage was asked, so that each label tells what each of the procedures would have answered.
//!
//! Why the certainty holds:
//!
//! 1. Procedures stand in chains that are fixed beforehand (see [`Shape`]). Along a chain the stages accept more and
//!    more: at its share `c` the last stage accepts the best `c` of what reaches it, and each before it a set part of
//!    that. From which scores on follows from the scores of the labels alone, never from which of them are right.
//! 2. Along one chain each procedure is tested by the bound of Clopper and Pearson on the errors among what it accepts,
//!    and the first that fails ends the chain: fixed-sequence testing, as in [`super::certify`]. The chance that it
//!    ends with a procedure that breaks the promise is at most what the chain may spend.
//! 3. The chains share the risk of the look evenly, so that with the certainty that was asked for every procedure that
//!    any of them ends with keeps the promise. Which of these is taken is therefore free to depend on anything.
//!
//! A label for which a stage was left out, since a certificate was in force, counts as if that stage had not been sure:
//! the procedures accept less of those, and nothing that they accept is known less well.

use serde::{Deserialize, Serialize};

use super::{
    AFFORDED_AT_FIRST, Certificate, Labelled, Promise, STEP, Standing,
    bound::{fewest, shows},
    missing, risk_of,
};

/// The most stages of a cascade: chains share the risk, so that more of them ask for more labels.
pub const STAGES_MAX: usize = 4;

/// The labels at the first look at a cascade: with fewer the share of one chain cannot certify anybody.
pub const FIRST_LOOK_IN_STAGES: u64 = 200;

/// The score of a cascade's label whose answer went ahead, or was held for a check: stages have scales of their own, so
/// that no score of one of them could say so. All others have 0, and the threshold of a cascade is this.
pub const WENT_AHEAD: u32 = 1_000;

/// Of what the last stage accepts, each stage before it accepts this part, in parts per thousand: most of it, or
/// little. What a stage lets pass is not lost, so that none before the last has to go to its limit.
const PARTS_BEFORE: [usize; 2] = [750, 250];

/// A chain is preferred to one that begins with a dearer stage while it lets no more than this go to people, in parts
/// per thousand of the labels.
const WORTH: u64 = STEP as u64;

/// What one stage said to a question that a person has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageLabel {
    /// How sure it was, in parts per thousand; `None` when it was not asked, had no answer or could not say.
    pub score: Option<u32>,
    /// Whether the person decided the same.
    pub right: bool,
}

/// A chain of procedures: stages before the first never settle anything, those after it a part of what the last does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    first: usize,
    part: usize,
}

/// A procedure that has passed its test.
struct Passed {
    stages: Vec<Option<u32>>,
    accepted: usize,
    wrong: usize,
}

/// Which stage settles a question by these limits, from 0; `None` when a person does.
fn settling(limits: &[Option<u32>], label: &[StageLabel]) -> Option<usize> {
    label.iter().zip(limits).position(|(one, limit)| reaches(*one, *limit))
}

fn reaches(label: StageLabel, limit: Option<u32>) -> bool {
    limit.zip(label.score).is_some_and(|(limit, score)| score >= limit)
}

/// Looks at the labels of a cascade: what each of its stages said, in their order. `look` is as in [`super::certify`].
#[must_use]
pub fn certify_cascade(labels: &[Vec<StageLabel>], promise: Promise, look: u32) -> Standing {
    let stages = labels.iter().map(Vec::len).max().unwrap_or_default();
    let chains = shapes(stages);
    let rate = f64::from(promise.error) / 1_000.0;
    let risk = risk_of(promise, look) / chains.len().max(1) as f64;
    let mut best: Option<Passed> = None;
    for shape in chains {
        let Some(found) = walk(labels, stages, shape, (rate, risk)) else { continue };
        let worth = labels.len() as u64 * WORTH / 1_000;
        if best.as_ref().is_none_or(|best| found.accepted as u64 > best.accepted as u64 + worth) {
            best = Some(found);
        }
    }
    match best {
        Some(Passed { stages, accepted, wrong }) => Standing::Certified(Certificate {
            threshold: WENT_AHEAD,
            stages,
            labels: labels.len() as u64,
            accepted: accepted as u64,
            wrong: wrong as u64,
            promise,
            look,
        }),
        None => still_missing(labels, stages, (rate, risk)),
    }
}

/// The chains, those first that begin with the cheapest stage.
fn shapes(stages: usize) -> Vec<Shape> {
    let before = |first| PARTS_BEFORE.into_iter().map(move |part| Shape { first, part });
    let last = stages.checked_sub(1).map(|first| Shape { first, part: 1_000 });
    (0..stages.saturating_sub(1)).flat_map(before).chain(last).collect()
}

/// Goes along a chain until a test fails.
fn walk(labels: &[Vec<StageLabel>], stages: usize, shape: Shape, (rate, risk): (f64, f64)) -> Option<Passed> {
    let enough = fewest(AFFORDED_AT_FIRST, rate, risk, labels.len())?;
    let mut best: Option<Passed> = None;
    for step in 1..=1_000 / STEP {
        let limits = limits_at(labels, stages, shape, step * STEP);
        let settled = labels.iter().filter_map(|label| label.get(settling(&limits, label)?));
        let (mut accepted, mut wrong) = (0, 0);
        for label in settled {
            accepted += 1;
            wrong += usize::from(!label.right);
        }
        // How many are accepted follows from scores alone, so that too few may be passed over.
        if accepted < enough || best.as_ref().is_some_and(|best| best.stages == limits) {
            continue;
        }
        if !shows(wrong, accepted, rate, risk) {
            break;
        }
        best = Some(Passed { stages: limits, accepted, wrong });
    }
    best
}

/// From which scores on the stages settle the matter at this share of a chain.
fn limits_at(labels: &[Vec<StageLabel>], stages: usize, shape: Shape, share: usize) -> Vec<Option<u32>> {
    let mut reaching: Vec<&Vec<StageLabel>> = labels.iter().collect();
    let mut limits = vec![None; stages];
    for (place, limit) in limits.iter_mut().enumerate().skip(shape.first) {
        let part = if place + 1 == stages { 1_000 } else { shape.part };
        let wanted = reaching.len() * share * part / 1_000_000;
        let mut scores: Vec<u32> = reaching.iter().filter_map(|label| label.get(place)?.score).collect();
        let Some(lowest) = wanted.min(scores.len()).checked_sub(1) else { continue };
        let (_, score, _) = scores.select_nth_unstable_by(lowest, |one, other| other.cmp(one));
        *limit = Some(*score);
        reaching.retain(|label| !label.get(place).is_some_and(|one| reaches(*one, *limit)));
    }
    limits
}

/// How many labels are missing: as for the stage that needs the fewest, were it alone.
fn still_missing(labels: &[Vec<StageLabel>], stages: usize, (rate, risk): (f64, f64)) -> Standing {
    let alone = (0..stages).map(|place| {
        let of = labels.iter().filter_map(|label| label.get(place));
        let mut sorted: Vec<Labelled> =
            of.filter_map(|one| Some(Labelled { score: one.score?, right: one.right })).collect();
        sorted.sort_by_key(|one| (std::cmp::Reverse(one.score), one.right));
        // A stage that is never sure of anything cannot be waited for.
        (labels.is_empty() || !sorted.is_empty()).then(|| missing(&sorted, rate, risk))
    });
    let to_go = alone.filter_map(|standing| match standing? {
        Standing::NotYet { to_go } => Some(to_go),
        Standing::Certified(_) | Standing::OutOfReach => None,
    });
    to_go.min().map_or(Standing::OutOfReach, |to_go| Standing::NotYet { to_go })
}

#[cfg(test)]
mod tests;

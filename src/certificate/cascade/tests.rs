//! Whether the promise holds for cascades whose true errors are known.

use super::*;
use crate::certificate::tests::Draw;

/// A stage by its cumulative errors: the share of all its answers that are wrong and among its best `u`.
type Errors = fn(f64) -> f64;

/// Weak, and surest where it is right.
fn weak(u: f64) -> f64 {
    0.25 * u.powi(3)
}

/// As a linear classifier in published figures.
fn fair(u: f64) -> f64 {
    0.119 * u.powf(5.65)
}

/// Nearly always right, and mostly knows when not.
fn strong(u: f64) -> f64 {
    0.04 * u.powi(4)
}

/// Wrong a little more often than allowed, whatever its score.
fn flat(u: f64) -> f64 {
    0.052 * u
}

/// Wrong half of the time, and its score says nothing.
fn useless(u: f64) -> f64 {
    0.5 * u
}

struct Outcome {
    broken: usize,
    coverage: f64,
    /// The share of cases that the first stage settles.
    first: f64,
}

/// Cascades whose stages are sure of other cases each, independently.
fn simulate(stages: &[Errors], labels: usize, cascades: u64) -> Outcome {
    let mut outcome = Outcome { broken: 0, coverage: 0.0, first: 0.0 };
    for seed in 0..cascades {
        let mut draw = Draw(seed * 7_919 + labels as u64);
        let mut one = |errors: &Errors| {
            let u = draw.next();
            let rate = (errors(u + 5e-4) - errors(u - 5e-4)) / 1e-3;
            StageLabel { score: Some(((1.0 - u) * 1_000_000.0) as u32), right: draw.next() >= rate }
        };
        let sample: Vec<Vec<StageLabel>> = (0..labels).map(|_| stages.iter().map(&mut one).collect()).collect();
        if let Standing::Certified(certificate) = certify_cascade(&sample, Promise::default(), 1) {
            let (coverage, wrong, first) = truth(stages, &certificate.stages);
            outcome.coverage += coverage / cascades as f64;
            outcome.first += first / cascades as f64;
            outcome.broken += usize::from(wrong > 0.05 * coverage);
        }
    }
    outcome
}

/// What share of all cases these limits let through, what share is let through and wrong, and what the first settles.
fn truth(stages: &[Errors], limits: &[Option<u32>]) -> (f64, f64, f64) {
    let (mut reaching, mut coverage, mut wrong, mut first) = (1.0, 0.0, 0.0, None);
    for (errors, limit) in stages.iter().zip(limits) {
        let u = limit.map_or(0.0, |limit| 1.0 - f64::from(limit) / 1_000_000.0);
        coverage += reaching * u;
        wrong += reaching * errors(u);
        first = first.or(Some(u));
        reaching *= 1.0 - u;
    }
    (coverage, wrong, first.unwrap_or_default())
}

/// In a thousand cascades at most 5 % may break the promise, and what chance adds: three standard deviations are 21.
fn check(name: &str, stages: &[Errors], labels: usize) {
    let Outcome { broken, .. } = simulate(stages, labels, 1_000);
    assert!(broken <= 50 + 21, "{name}, {labels} labels: broken by {broken} of 1,000");
}

#[test]
fn the_promise_holds_for_all_stages_together() {
    check("fair and strong", &[fair, strong], 200);
    check("both a little worse than allowed", &[flat, flat], 400);
    check("the last a little worse than allowed", &[fair, flat], 300);
    check("three stages", &[weak, flat, strong], 200);
}

/// Each stage, certified alone, keeps the promise; what reaches the second is what was hard for the first, and both
/// are wrong about the same cases. The whole must not be certified by its parts.
#[test]
fn cases_that_are_hard_for_every_stage_do_not_slip_through() {
    let (mut broken, cascades) = (0, 1_000);
    for seed in 0..cascades {
        let mut draw = Draw(seed * 104_729 + 3);
        // One in fifteen is hard; both stages are wrong there, and the second does not know.
        let sample: Vec<Vec<StageLabel>> = (0..400)
            .map(|_| {
                let right = draw.next() >= 1.0 / 15.0;
                let sure = if right { 500.0 + 500.0 * draw.next() } else { 600.0 * draw.next() };
                let blind = (1_000.0 * draw.next()) as u32;
                vec![StageLabel { score: Some(sure as u32), right }, StageLabel { score: Some(blind), right }]
            })
            .collect();
        let Standing::Certified(Certificate { stages, .. }) = certify_cascade(&sample, Promise::default(), 1) else {
            continue;
        };
        let above = |limit: Option<u32>, low: f64, high: f64| {
            limit.map_or(0.0, |limit| ((high - f64::from(limit)) / (high - low)).clamp(0.0, 1.0))
        };
        let second = above(stages[1], 0.0, 1_000.0);
        let both = |first: f64| first + (1.0 - first) * second;
        let (right, wrong) =
            (both(above(stages[0], 500.0, 1_000.0)) * 14.0 / 15.0, both(above(stages[0], 0.0, 600.0)) / 15.0);
        broken += usize::from(wrong > 0.05 * (right + wrong));
    }
    assert!(broken <= 50 + 21, "broken by {broken} of {cascades}");
}

#[test]
fn caution_is_not_free_of_use() {
    let two = simulate(&[fair, strong], 400, 100);
    assert!(two.coverage >= 0.85 && two.first >= 0.5, "{} of which the first {}", two.coverage, two.first);
    let alone = simulate(&[strong], 400, 100);
    assert!(alone.coverage > 0.5, "{}", alone.coverage);
    // A stage that knows nothing neither settles anything nor spoils the others.
    let spoiled = simulate(&[useless, strong], 400, 100);
    assert!(spoiled.coverage >= alone.coverage - 0.2 && spoiled.first == 0.0, "{}", spoiled.coverage);
}

fn stage(score: impl Into<Option<u32>>, right: bool) -> StageLabel {
    StageLabel { score: score.into(), right }
}

#[test]
fn the_first_look_is_as_early_as_a_cascade_of_two_can_be_certified() {
    let right = |labels: u64| vec![vec![stage(900, true); 2]; usize::try_from(labels).unwrap_or(0)];
    let certified = |labels| matches!(certify_cascade(&right(labels), Promise::default(), 1), Standing::Certified(_));
    assert!(certified(FIRST_LOOK_IN_STAGES) && !certified(100));
}

#[test]
fn the_stage_that_is_sure_enough_settles_it() {
    let limits = [Some(700), None, Some(500)];
    for (label, settles) in [
        (vec![stage(700, true), stage(999, true), stage(900, true)], Some(0)),
        (vec![stage(699, true), stage(999, true), stage(500, true)], Some(2)),
        (vec![stage(None, true), stage(999, true), stage(499, true)], None),
        (vec![stage(None, true)], None),
        (vec![], None),
    ] {
        assert_eq!(settling(&limits, &label), settles, "{label:?}");
    }
}

#[test]
fn it_is_told_how_many_labels_are_missing() {
    let labels = |count: usize, right: bool| vec![vec![stage(None, true), stage(900, right)]; count];
    let standing = |labels: &[Vec<StageLabel>]| certify_cascade(labels, Promise::default(), 1);
    assert!(matches!(standing(&labels(10, true)), Standing::NotYet { .. }));
    assert_eq!(standing(&labels(300, false)), Standing::OutOfReach);
    assert!(!matches!(standing(&[]), Standing::Certified(_)));
}

//! Whether the promise holds, over many agents whose true errors are known.

use super::*;

/// A small generator with a seed (Steele, Lea and Flood 2014, SplitMix64).
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// An agent by its cumulative errors: the share of all answers that are wrong and among the best `u` of them.
type Errors = fn(f64) -> f64;

/// Published figures of a linear classifier with 77 labels: 88.1 % right, 2 % wrong among the best 69 %, 5 % among
/// the best 83 %.
fn published(u: f64) -> f64 {
    0.119 * u.powf(5.65)
}

/// Wrong a little more often than allowed, whatever its score: every certificate would break the promise.
fn flat(u: f64) -> f64 {
    0.052 * u
}

/// Surest where it is wrong.
fn overconfident(u: f64) -> f64 {
    0.09 * u - 0.04 * u * u
}

/// The best tenth is without fault, the rest is not.
fn cliff(u: f64) -> f64 {
    0.15 * (u - 0.1).max(0.0)
}

struct Outcome {
    broken: usize,
    coverage: f64,
}

fn simulate(errors: Errors, labels: usize, agents: u64) -> Outcome {
    let promise = Promise::default();
    let (mut broken, mut coverage) = (0, 0.0);
    for seed in 0..agents {
        let mut draw = Draw(seed * 7_919 + labels as u64);
        let sample: Vec<Labelled> = (0..labels)
            .map(|_| {
                let u = draw.next();
                let rate = (errors(u + 5e-4) - errors(u - 5e-4)) / 1e-3;
                Labelled { score: ((1.0 - u) * 1_000_000.0) as u32, right: draw.next() >= rate }
            })
            .collect();
        if let Standing::Certified(certificate) = certify(&sample, promise, 1) {
            let u = 1.0 - f64::from(certificate.threshold) / 1_000_000.0;
            coverage += u;
            broken += usize::from(errors(u) / u > 0.05);
        }
    }
    Outcome { broken, coverage: coverage / agents as f64 }
}

/// In a thousand agents at most 5 % may break the promise, and what chance adds to that: three standard deviations
/// of a binomial are 21.
fn check(name: &str, errors: Errors) {
    for labels in [100, 200, 400, 800] {
        let outcome = simulate(errors, labels, 1_000);
        assert!(outcome.broken <= 50 + 21, "{name}, {labels} labels: broken by {} of 1,000", outcome.broken);
    }
}

#[test]
fn the_promise_holds_for_agents_of_every_shape() {
    check("published", published);
    check("flat", flat);
    check("overconfident", overconfident);
    check("cliff", cliff);
}

#[test]
fn caution_is_not_free_of_use() {
    let coverage = simulate(published, 400, 1_000).coverage;
    assert!(coverage >= 0.60, "{coverage}");
}

#[test]
fn all_looks_together_spend_no_more_than_the_risk() {
    let promise = Promise::default();
    let spent: f64 = (1..=100_000).map(|look| risk_of(promise, look)).sum();
    assert!(spent <= 0.05 && spent > 0.0499, "{spent}");
}

#[test]
fn it_is_told_how_many_labels_are_missing() {
    let right = |count: usize| vec![Labelled { score: 900, right: true }; count];
    let Standing::NotYet { to_go } = certify(&right(10), Promise::default(), 1) else {
        panic!("ten labels cannot be enough")
    };
    let Standing::NotYet { to_go: later } = certify(&right(40), Promise::default(), 1) else {
        panic!("forty labels cannot be enough")
    };
    assert_eq!(to_go - 30, later);
    assert!(matches!(certify(&right(10 + to_go as usize), Promise::default(), 1), Standing::Certified(_)));
    let wrong = vec![Labelled { score: 900, right: false }; 300];
    assert_eq!(certify(&wrong, Promise::default(), 1), Standing::OutOfReach);
}

/// Labels of one score are one decision: a threshold between them does not exist.
#[test]
fn ties_are_taken_whole() {
    let mut labels = vec![Labelled { score: 800, right: true }; 200];
    labels.extend(vec![Labelled { score: 800, right: false }; 30]);
    assert_eq!(certify(&labels, Promise::default(), 1), Standing::OutOfReach);
}

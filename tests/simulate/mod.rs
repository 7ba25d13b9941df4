//! The production loop under drawn faults: seeds that once found something, and a share of new ones.
//!
//! `SIMULATE_SEEDS=100000` looks at more; `countersign simulate --from SEED --seeds 1` tells one seed's story.

use countersign::simulate::{Outcome, Simulator};

/// Seeds that have found something; they are run for ever.
const KEPT: &str = include_str!("seeds.txt");
/// New seeds that every run of the tests looks at.
const SEEDS: u64 = 400;
/// Seeds that are run twice.
const TWICE: u64 = 20;

#[track_caller]
fn check(outcome: &Outcome) {
    let Some(broken) = &outcome.broken else { return };
    panic!(
        "seed {}: {}: {}\n  countersign simulate --from {} --seeds 1",
        outcome.seed, broken.invariant, broken.what, outcome.seed
    );
}

fn simulator() -> Simulator {
    Simulator::new().expect("the policies that come with the program are right")
}

#[test]
fn seeds_that_found_something_hold() {
    let simulator = simulator();
    for line in KEPT.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if line.is_empty() {
            continue;
        }
        check(&simulator.seed(line.parse().expect("a seed is a number"), false));
    }
}

#[test]
fn promises_hold_for_new_seeds() {
    let seeds = std::env::var("SIMULATE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let report = simulator().range(0, seeds, 2, false);
    assert_eq!(report.seeds, seeds);
    assert!(report.events > seeds * 5, "too little happened: {} events", report.events);
    assert!(report.broken.is_empty(), "{:?}", report.broken);
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let simulator = simulator();
    for seed in 0..TWICE {
        let (one, other) = (simulator.seed(seed, false), simulator.seed(seed, true));
        assert_eq!((one.hash, one.events), (other.hash, other.events), "seed {seed}");
    }
    assert_ne!(simulator.seed(0, false).hash, simulator.seed(1, false).hash);
}

/// Every planted fault is found; in a build with the feature `planted`.
#[cfg(feature = "planted")]
#[test]
fn every_planted_fault_is_found() {
    let graded = countersign::simulate::planted::grade(&simulator(), &[], 100_000, 2);
    let missed: Vec<_> = graded.iter().filter(|one| one.found.is_none()).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

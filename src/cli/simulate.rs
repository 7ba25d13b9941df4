//! `countersign simulate`: the production loop under everything that can go wrong.

use std::{collections::BTreeMap, time::Instant};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::{Common, Outcome, say, say_json};
use crate::simulate::{
    Report, Simulator,
    cover::{Gap, HITS_WANTED},
};

/// How many broken seeds are told one by one.
const BROKEN_TOLD: usize = 200;

/// Run the production loop over a store in memory under drawn faults, and look at every promise after every event.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed. With `--seeds 1` what happens is printed line by line when a promise does not hold.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many seeds run side by side; without it as many as there are processors.
    #[arg(long)]
    threads: Option<usize>,
    /// Run every seed twice and compare.
    #[arg(long)]
    twice: bool,
    /// Print the whole trace, also when every promise holds.
    #[arg(long)]
    trace: bool,
    /// Print how often each kind of event met each status of a visit or task, and fail when one was met too rarely.
    #[arg(long)]
    coverage: bool,
    /// Put a fault in, by its number or `all` one after the other, and tell which seed finds it. Needs a build with
    /// the feature `planted`.
    #[arg(long, value_name = "NUMBER|all")]
    planted: Option<String>,
}

impl Simulate {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<Outcome> {
        let simulator = Simulator::new().context("the simulation cannot be prepared")?;
        let threads =
            self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
        if let Some(asked) = &self.planted {
            return self.grade(&simulator, asked, threads);
        }
        if self.twice {
            return self.run_twice(&simulator, common);
        }
        if self.seeds == 1 {
            return self.one(&simulator, common);
        }
        let begun = Instant::now();
        let report = simulator.range(self.from, self.seeds, threads, false);
        let seconds = begun.elapsed().as_secs_f64();
        if common.json {
            say_json(&json!({
                "seeds": report.seeds,
                "from": self.from,
                "events": report.events,
                "milliseconds": begun.elapsed().as_millis(),
                "broken": report.broken.iter()
                    .map(|(seed, broken)| json!({ "seed": seed, "invariant": broken.invariant, "what": broken.what }))
                    .collect::<Vec<_>>(),
            }))?;
        } else {
            tell(&report, seconds);
        }
        let mut fine = report.broken.is_empty();
        if self.coverage {
            say(&report.cover.table());
            let gaps = report.cover.gaps();
            for Gap { status, kind, met, impossible } in &gaps {
                say(&match impossible {
                    Some(why) => format!("{kind} met {status} {met} times, and is listed as impossible: {why}"),
                    None => format!("{kind} met {status} {met} times, wanted are {HITS_WANTED}"),
                });
            }
            fine &= gaps.is_empty();
        }
        Ok(if fine { Outcome::Fine } else { Outcome::Problems })
    }

    fn one(&self, simulator: &Simulator, common: &Common) -> anyhow::Result<Outcome> {
        let outcome = simulator.seed(self.from, true);
        if common.json {
            say_json(&json!({
                "seed": outcome.seed,
                "hash": format!("{:016x}", outcome.hash),
                "events": outcome.events,
                "broken": outcome.broken.as_ref().map(|one| json!({ "invariant": one.invariant, "what": one.what })),
                "trace": outcome.trace,
            }))?;
        } else {
            if self.trace || outcome.broken.is_some() {
                outcome.trace.iter().for_each(|line| say(line));
            }
            say(&format!("seed {}: {} events, trace {:016x}", outcome.seed, outcome.events, outcome.hash));
            if let Some(broken) = &outcome.broken {
                say(&format!("{}: {}", broken.invariant, broken.what));
            }
        }
        Ok(if outcome.broken.is_none() { Outcome::Fine } else { Outcome::Problems })
    }

    #[cfg(feature = "planted")]
    fn grade(&self, simulator: &Simulator, asked: &str, threads: usize) -> anyhow::Result<Outcome> {
        use crate::simulate::planted::grade;
        let numbers: Vec<u16> = match asked {
            "all" => Vec::new(),
            number => vec![number.parse().context("a planted fault is named by its number, or `all`")?],
        };
        let graded = grade(simulator, &numbers, self.seeds, threads);
        for one in &graded {
            say(&match &one.found {
                Some((seed, broken)) => {
                    format!(
                        "{:>2} {}: found by seed {seed} as {}: {}",
                        one.number, one.what, broken.invariant, broken.what
                    )
                }
                None => format!("{:>2} {}: not found in {} seeds", one.number, one.what, self.seeds),
            });
        }
        let found = graded.iter().filter(|one| one.found.is_some()).count();
        say(&format!("{found} of {} found", graded.len()));
        Ok(if found == graded.len() { Outcome::Fine } else { Outcome::Problems })
    }

    #[cfg(not(feature = "planted"))]
    fn grade(&self, _simulator: &Simulator, _asked: &str, _threads: usize) -> anyhow::Result<Outcome> {
        anyhow::bail!("this program has no planted faults; build it with `cargo build --features planted`")
    }

    fn run_twice(&self, simulator: &Simulator, common: &Common) -> anyhow::Result<Outcome> {
        let seeds = self.from..self.from.saturating_add(self.seeds);
        let differ: Vec<u64> =
            seeds.filter(|seed| simulator.seed(*seed, false).hash != simulator.seed(*seed, true).hash).collect();
        if common.json {
            say_json(&json!({ "seeds": self.seeds, "differ": differ }))?;
        } else {
            say(&format!("{} seeds run twice: {} of them told another story", self.seeds, differ.len()));
            differ.iter().for_each(|seed| say(&format!("seed {seed}")));
        }
        Ok(if differ.is_empty() { Outcome::Fine } else { Outcome::Problems })
    }
}

fn tell(report: &Report, seconds: f64) {
    say(&format!("{} seeds, {} events in {seconds:.1} s: {} broken", report.seeds, report.events, report.broken.len()));
    let mut by_invariant: BTreeMap<&str, u64> = BTreeMap::new();
    for (place, (seed, broken)) in report.broken.iter().enumerate() {
        *by_invariant.entry(broken.invariant).or_default() += 1;
        if place < BROKEN_TOLD {
            say(&format!("seed {seed}: {}: {}", broken.invariant, broken.what));
        }
    }
    if let Some(seed) = report.broken.keys().next() {
        let counts: Vec<String> = by_invariant.iter().map(|(name, count)| format!("{name} {count} times")).collect();
        say(&format!("broken: {}", counts.join(", ")));
        say(&format!("  countersign simulate --from {seed} --seeds 1"));
    }
}

//! The real program, failing at single writes and syncs of its database.
//!
//! A library of our own (`preload.c`) stands between the program and the system: at one call it kills the process,
//! tears a write, cuts the power, fills the disk, or fails once. Six lifecycles are driven over the JSON API and the
//! pages until they are closed, with every request repeated until it is acknowledged; then the database is audited and
//! held against what was acknowledged and against the ledger of the system that was called.
//!
//! `CRASH_POINTS=1000` draws more points, `CRASH_POINTS=all` takes every one, `CRASH_POINTS=all:3/10` a third tenth of
//! them; `COUNTERSIGN_SEED` draws others. See `scripts/crash-points`.

mod ledger;
mod lifecycles;
mod machine;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use countersign::{clock::Clock, config::Config, runtime::Runtime, store::Store};
use futures_util::{StreamExt as _, stream};

use super::program::Random;
use ledger::Ledger;
use lifecycles::{LIFECYCLES, Lifecycle};
use machine::{Machine, Template};

/// How a machine may fail at one call.
const MODES: [&str; 7] = ["before", "after", "torn", "power", "power-some", "full", "error"];
/// How many points are drawn unless told otherwise.
const POINTS: usize = 300;
/// After so many points it is told how many there were.
const TOLD_EVERY: usize = 100;
/// How many programs run side by side.
const SIDE_BY_SIDE: usize = 2;
/// How many cases are open when a start is timed.
const OPEN_CASES: usize = 300;
/// How long a start may take on a machine that does many other things; alone it takes a tenth of a second.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// How long one point may take before the test says that it is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// One failure.
#[derive(Clone, Copy, Debug)]
struct Point {
    lifecycle: &'static Lifecycle,
    mode: &'static str,
    /// The number of the call, counted from the start of the program.
    at: u64,
}

/// How many calls a lifecycle makes when nothing fails.
#[derive(Clone, Copy, Debug)]
struct Calls {
    until_ready: u64,
    all: u64,
}

/// What one point showed.
struct Told {
    mode: &'static str,
    came: bool,
    deaths: u32,
    repeated: u64,
    turned_away: u32,
    slowest_start: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_one_at_which_something_is_lost() {
    let Some(preload) = compiled() else {
        eprintln!("SKIPPED: there is no C compiler, so that no write was made to fail");
        return;
    };
    let seed = std::env::var("COUNTERSIGN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121);
    let template = Template::make().await;
    let mut calls = BTreeMap::new();
    for lifecycle in &LIFECYCLES {
        calls.insert(lifecycle.name, clean(&template, &preload, lifecycle).await);
    }
    let wanted = std::env::var("CRASH_POINTS").unwrap_or_else(|_| POINTS.to_string());
    let points = match wanted.parse() {
        Ok(number) => drawn(seed, number, &calls),
        Err(_) => share(every(&calls), &wanted),
    };
    eprintln!("{} points, seed {seed}; calls until ready and in all: {calls:?}", points.len());
    let begun = Instant::now();
    let tried = points.into_iter().map(|point| {
        let tried = tokio::time::timeout(STUCK_AFTER, check(&template, &preload, point));
        async move { tried.await.unwrap_or_else(|_| panic!("stuck: {point:?}")) }
    });
    let mut done = 0;
    let tell = |_: &Told| {
        done += 1;
        if done % TOLD_EVERY == 0 {
            eprintln!("{done} points held, {} s", begun.elapsed().as_secs());
        }
    };
    let told: Vec<Told> = stream::iter(tried).buffer_unordered(SIDE_BY_SIDE).inspect(tell).collect().await;
    eprintln!("{}", table(&told, begun.elapsed()));
    let came = told.iter().filter(|one| one.came).count();
    assert!(came * 10 >= told.len() * 8, "only {came} of {} failures came: the points are drawn too late", told.len());
}

/// A start reads no case, so that it takes as long with many as with none; `READY_CASES=10000` opens more.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_is_ready_again_however_many_cases_are_open() {
    let Some(preload) = compiled() else { return };
    let cases = std::env::var("READY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(OPEN_CASES);
    let ledger = Ledger::open().await;
    let mut machine = Machine::new(&Template::make().await, &preload, &ledger.url);
    machine.fill(cases).await;
    machine.start(None).await;
    machine.kill().await;
    machine.start(None).await;
    let ready = machine.slowest_start();
    eprintln!("ready {} ms after a kill with {cases} open cases", ready.as_millis());
    assert!(ready < READY_WITHIN, "it took {ready:?}");
    machine.kill().await;
}

/// The library, compiled; `None` without a compiler.
fn compiled() -> Option<PathBuf> {
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("preload.so");
    let compiler =
        ["cc", "gcc", "clang"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok())?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/preload.c");
    let mut command = Command::new(compiler);
    command.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).args(["-ldl", "-lpthread"]);
    let made = command.output().expect("the compiler runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(library)
}

/// Runs a lifecycle without any failure and counts.
async fn clean(template: &Template, preload: &Path, lifecycle: &'static Lifecycle) -> Calls {
    let ledger = Ledger::open().await;
    let mut machine = Machine::new(template, preload, &ledger.url);
    machine.start(None).await;
    let until_ready = machine.counted();
    let acknowledged = lifecycles::live(&mut machine, lifecycle).await;
    let all = machine.counted();
    machine.kill().await;
    check_record(&machine, &ledger, lifecycle, &acknowledged, &format!("{} without a failure", lifecycle.name)).await;
    Calls { until_ready, all }
}

fn drawn(seed: u64, number: usize, calls: &BTreeMap<&str, Calls>) -> Vec<Point> {
    let mut random = Random(seed);
    let draw = |_| {
        let lifecycle = &LIFECYCLES[random.below(LIFECYCLES.len() as u64) as usize];
        let mode = MODES[random.below(MODES.len() as u64) as usize];
        let Calls { until_ready, all } = calls[lifecycle.name];
        Point { lifecycle, mode, at: first(mode, until_ready) + random.below(all - first(mode, until_ready)) }
    };
    (0..number).map(draw).collect()
}

fn every(calls: &BTreeMap<&str, Calls>) -> Vec<Point> {
    let mut points = Vec::new();
    for lifecycle in &LIFECYCLES {
        let Calls { until_ready, all } = calls[lifecycle.name];
        for mode in MODES {
            points.extend((first(mode, until_ready)..=all).map(|at| Point { lifecycle, mode, at }));
        }
    }
    points
}

/// Of every point those that `all:3/10` asks for: each tenth one from the third on, so that a share has all kinds.
fn share(points: Vec<Point>, wanted: &str) -> Vec<Point> {
    let (part, parts) = match wanted.strip_prefix("all:").and_then(|share| share.split_once('/')) {
        Some((part, parts)) => (part.parse().expect("a number"), parts.parse().expect("a number")),
        None => (1, 1),
    };
    assert!((1..=parts).contains(&part), "there is no part {part} of {parts}");
    points.into_iter().skip(part - 1).step_by(parts).collect()
}

/// The first call that is made to fail. A program that cannot write at its start says so and does not start, which is
/// right, but says nothing about a server that runs.
fn first(mode: &str, until_ready: u64) -> u64 {
    if matches!(mode, "full" | "error") { until_ready + 1 } else { 1 }
}

async fn check(template: &Template, preload: &Path, point: Point) -> Told {
    let ledger = Ledger::open().await;
    let mut machine = Machine::new(template, preload, &ledger.url);
    machine.start(Some((point.mode, point.at))).await;
    let acknowledged = lifecycles::live(&mut machine, point.lifecycle).await;
    let deaths = machine.deaths();
    if matches!(point.mode, "full" | "error") {
        assert_eq!(deaths, 0, "{point:?}: the program went away instead of saying that it cannot write now");
    }
    let came = machine.failure_came();
    machine.kill().await;
    check_record(&machine, &ledger, point.lifecycle, &acknowledged, &format!("{point:?}")).await;
    Told {
        mode: point.mode,
        came,
        deaths,
        repeated: ledger.repeated(),
        turned_away: machine.turned_away(),
        slowest_start: machine.slowest_start(),
    }
}

/// Opens the database as it was left and looks for everything that was acknowledged.
async fn check_record(
    machine: &Machine,
    ledger: &Ledger,
    lifecycle: &Lifecycle,
    acknowledged: &lifecycles::Acknowledged,
    point: &str,
) {
    let store = Store::open(&machine.database()).await.unwrap_or_else(|error| panic!("{point}: {error}"));
    let runtime = Runtime::start(store, Clock::System, Config::default()).await.expect("the runtime starts");
    let audit = runtime.audit(None, &|_| {}).await.expect("the record can be read");
    assert_eq!(audit.differences, [], "{point}");
    assert_eq!(audit.cases, 1, "{point}: one case was opened, and none twice");
    let loaded = runtime.load_number(acknowledged.number).await.unwrap_or_else(|error| panic!("{point}: {error}"));
    let closing = countersign_core::overview::closing(&loaded.case).map(|(closing, ..)| closing.as_str());
    assert_eq!(closing, Some(lifecycle.closing), "{point}");
    for (task, person) in &acknowledged.decisions {
        let task =
            loaded.case.task(*task).unwrap_or_else(|| panic!("{point}: task {task} was acknowledged and is lost"));
        let by = |who: &str| task.decisions().filter(|one| one.by == who).count();
        assert_eq!(by(person), 1, "{point}: the decision of {person} in task {} was acknowledged", task.number);
    }
    let report = runtime.examine(&|_| {}).await.expect("the doctor can look");
    assert_eq!(report.findings, [], "{point}");
    let applied = ledger.applied();
    let keys: Vec<&String> = loaded.case.effects.keys().filter(|key| applied.contains_key(*key)).collect();
    assert_eq!((keys.len(), applied.len()), (lifecycle.calls, lifecycle.calls), "{point}: {applied:?}");
    assert!(applied.values().all(|times| *times == 1), "{point}: a key was applied twice: {applied:?}");
    assert_eq!(ledger.differing(), 0, "{point}: one key was sent with two bodies");
    assert!(!machine.log().contains("panicked at"), "{point}: {}", machine.log());
    runtime.store().close().await;
}

fn table(told: &[Told], took: Duration) -> String {
    let mut text = String::from("mode        points  came  deaths  turned away  raw repeats  slowest start\n");
    for mode in MODES {
        let of: Vec<&Told> = told.iter().filter(|one| one.mode == mode).collect();
        let came = of.iter().filter(|one| one.came).count();
        let deaths: u32 = of.iter().map(|one| one.deaths).sum();
        let away: u32 = of.iter().map(|one| one.turned_away).sum();
        let repeated: u64 = of.iter().map(|one| one.repeated).sum();
        let slowest = of.iter().map(|one| one.slowest_start.as_millis()).max().unwrap_or_default();
        let _ = writeln!(
            text,
            "{mode:<11} {:>6} {came:>5} {deaths:>7} {away:>12} {repeated:>12} {slowest:>11} ms",
            of.len()
        );
    }
    let _ =
        write!(text, "0 corrupt, 0 acknowledged and lost, 0 effects lost, each key applied once; {} s", took.as_secs());
    text
}

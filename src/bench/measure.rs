//! Instruments: the processor's time, memory, the disk's flushes, and order statistics of latencies.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Number, Value as Json};

use super::{
    More, Settings,
    place::{Counts, Left},
};

/// How often a second the kernel counts a process's time in `/proc` (USER_HZ, proc(5)).
const TICKS_A_SECOND: f64 = 100.0;
/// How long flushes are timed.
const FLUSHES_FOR: Duration = Duration::from_secs(1);
/// What is written before each flush: one page.
const PAGE: [u8; 4096] = [0x5a; 4096];

/// What a run answers with, on one line.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The scenario.
    pub bench: &'static str,
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// How many cases.
    pub cases: u64,
    /// How many clients.
    pub clients: usize,
    /// How many nodes.
    pub nodes: usize,
    /// Whether clients went through the API.
    pub http: bool,
    /// Cases completed a second.
    pub cases_s: Json,
    /// From sending a new case to its acknowledgement, in milliseconds.
    pub start_p50: Json,
    /// The same, at the slowest hundredth.
    pub start_p99: Json,
    /// From sending an approval to the end of its case, in milliseconds.
    pub appr_p50: Json,
    /// The same, at the slowest hundredth.
    pub appr_p99: Json,
    /// Time of the processor for one case, in milliseconds: this process, clients included.
    pub cpu_ms_case: Json,
    /// Time of the processor for one case in the database server, in milliseconds; null where there is none.
    pub server_cpu_ms_case: Json,
    /// The memory of this process after the run, in MiB.
    pub rss_mb: Json,
    /// What one case adds to the checkpointed database, in bytes, documents apart.
    pub bytes_case: Json,
    /// Durable commits for one case.
    pub commits_case: Json,
    /// Changes that were committed for one case; several share one commit.
    pub changes_case: Json,
    /// Flushes of one page a second that this disk does in a row, measured right after the run.
    pub fsyncs_s: Json,
    /// The load of the machine over the last minute, as it was when the run ended.
    pub load: Json,
    /// What only this scenario measures.
    #[serde(flatten)]
    pub more: More,
}

impl Line {
    /// A line on which nothing is measured yet.
    pub(super) fn of(bench: &'static str, settings: &Settings) -> Self {
        let database = if settings.database.starts_with("sqlite:") { "sqlite" } else { "postgres" };
        Self {
            bench,
            database,
            cases: settings.cases,
            clients: settings.clients,
            nodes: settings.nodes,
            http: settings.http,
            cases_s: Json::Null,
            start_p50: Json::Null,
            start_p99: Json::Null,
            appr_p50: Json::Null,
            appr_p99: Json::Null,
            cpu_ms_case: Json::Null,
            server_cpu_ms_case: Json::Null,
            rss_mb: Json::Null,
            bytes_case: Json::Null,
            commits_case: Json::Null,
            changes_case: Json::Null,
            fsyncs_s: Json::Null,
            load: maybe(load()),
            more: More::default(),
        }
    }

    /// Adds what was used between two counts, for each case, and what is left when everything is closed.
    pub(super) fn used(self, seconds: f64, (before, after): (&Counts, &Counts), left: &Left) -> Self {
        let cases = self.cases as f64;
        let (cpu, server_cpu) = after.cpu_since(before);
        let (commits, changes) = after.commits_since(before);
        Self {
            cases_s: rounded(cases / seconds),
            cpu_ms_case: rounded(cpu / cases),
            server_cpu_ms_case: maybe(server_cpu.map(|cpu| cpu / cases)),
            bytes_case: rounded(left.added / cases),
            commits_case: rounded(commits / cases),
            changes_case: rounded(changes / cases),
            fsyncs_s: rounded(left.fsyncs_s),
            ..self
        }
    }
}

/// A figure with three decimals.
pub(super) fn rounded(value: f64) -> Json {
    Number::from_f64((value * 1000.0).round() / 1000.0).map_or(Json::Null, Json::Number)
}

/// A figure that may not have been measured.
pub(super) fn maybe(value: Option<f64>) -> Json {
    value.map_or(Json::Null, rounded)
}

/// Latencies, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies(Vec<f64>);

impl Latencies {
    pub(super) fn push(&mut self, one: Duration) {
        self.0.push(one.as_secs_f64() * 1000.0);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The value that this many percent do not exceed (nearest rank); `None` without a value.
    pub(super) fn percentile(&self, percent: usize) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied()
    }
}

/// The time of the processor that this process has used, in milliseconds.
pub(super) fn cpu_ms() -> anyhow::Result<f64> {
    cpu_ms_of("self").context("the processor's time of this process is not told by /proc/self/stat")
}

/// The time of the processor that a process and its ended children have used, in milliseconds.
fn cpu_ms_of(process: &str) -> Option<f64> {
    let fields = stat(process)?;
    // Fields 14 to 17 of proc(5): user and system time, and those of ended children.
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum();
    Some(ticks * 1000.0 / TICKS_A_SECOND)
}

/// The fields of a process from its state on: its name may hold blanks and stands before.
fn stat(process: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// The time of the processor of a database server on this machine, in milliseconds: the process that serves a
/// connection names its parent, and all its children count. `None` when it runs elsewhere.
pub(super) fn server_cpu_ms(backend: Option<u32>) -> Option<f64> {
    let parent = stat(&backend?.to_string())?.get(1)?.clone();
    let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.file_name());
    let names = processes.filter_map(|name| name.into_string().ok());
    let children = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let children = children.filter(|name| stat(name).is_some_and(|fields| fields.get(1) == Some(&parent)));
    Some(children.filter_map(|child| cpu_ms_of(&child)).sum::<f64>() + cpu_ms_of(&parent)?)
}

/// The memory that this process holds, in MiB.
pub(super) fn rss_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// The machine's load over the last minute.
pub(super) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// How many pages a second can be written and flushed one after the other in this folder.
pub(super) fn fsyncs_a_second(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join(format!(".countersign-bench-{}", std::process::id()));
    let timed = time_flushes(&path).with_context(|| format!("cannot time the disk with {}", path.display()));
    fs::remove_file(&path).ok();
    timed
}

fn time_flushes(path: &Path) -> std::io::Result<f64> {
    let mut file = OpenOptions::new().create_new(true).append(true).open(path)?;
    let (begun, mut flushes) = (Instant::now(), 0.0);
    while begun.elapsed() < FLUSHES_FOR {
        file.write_all(&PAGE)?;
        file.sync_data()?;
        flushes += 1.0;
    }
    Ok(flushes / begun.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile(50), None);
        for ms in (1..=100).rev() {
            latencies.push(Duration::from_millis(ms));
        }
        let check = |percent: usize, expected: f64| {
            assert!((latencies.percentile(percent).unwrap_or_default() - expected).abs() < 1e-9, "{percent}");
        };
        check(50, 50.0);
        check(99, 99.0);
        check(100, 100.0);
    }
}

//! What is counted while the program runs, and how it is told to a monitoring system.
//!
//! Counters and histograms belong to the process, as the text format of Prometheus expects: they begin at zero when
//! it starts. What can be read from the database is read when somebody asks, see [`Figures`]. No value that a caller
//! chooses freely becomes a label, so that nobody can make the list grow.

use std::{sync::LazyLock, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// The media type of [`text`], OpenMetrics 1.0.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The bounds of durations: from half a millisecond, each twice the one before, up to 16 seconds.
const SECONDS_FIRST: f64 = 0.000_5;
const SECONDS_BUCKETS: u16 = 16;
/// The bounds of group sizes: 1, 2, 4 and so on up to 256.
const GROUP_BUCKETS: u16 = 9;

/// What stands in the database when somebody asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Open cases.
    pub cases_open: u64,
    /// Of these, cases that are stuck and say so.
    pub cases_stuck: u64,
    /// Of these, cases that should have been looked at by now.
    pub cases_to_wake: u64,
    /// Open tasks.
    pub tasks_open: u64,
    /// Of these, due within a day.
    pub tasks_due: u64,
    /// Of these, overdue.
    pub tasks_overdue: u64,
    /// Effects that wait for their first attempt.
    pub effects_waiting: u64,
    /// Effects that wait for another attempt.
    pub effects_retrying: u64,
    /// Effects that are being carried out.
    pub effects_running: u64,
    /// Effects that do not go on by themselves.
    pub effects_stuck: u64,
    /// How long the effect that is due longest has been due, in milliseconds; 0 when none is.
    pub effect_due_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    engine: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    kind: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Door {
    door: &'static str,
}

/// Durations with the bounds above.
#[derive(Clone, Copy, Debug)]
struct Seconds;

impl MetricConstructor<Histogram> for Seconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(exponential_buckets(SECONDS_FIRST, 2.0, SECONDS_BUCKETS))
    }
}

struct Metrics {
    registry: Registry,
    commits: Counter,
    commits_failed: Counter,
    group: Histogram,
    commit_seconds: Histogram,
    requests: Family<Answered, Counter>,
    request_seconds: Family<Door, Histogram, Seconds>,
    agent_calls: Family<Asked, Counter>,
    effects_ended: Family<Ended, Counter>,
    cases: Family<State, Gauge>,
    tasks: Family<State, Gauge>,
    effects: Family<State, Gauge>,
    effect_due: Gauge,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// A group of changes was committed.
pub fn committed(changes: usize, took: Duration) {
    METRICS.commits.inc();
    METRICS.group.observe(f64::from(u32::try_from(changes).unwrap_or(u32::MAX)));
    METRICS.commit_seconds.observe(took.as_secs_f64());
}

/// A group of changes could not be committed.
pub fn commit_failed() {
    METRICS.commits_failed.inc();
}

/// A request was answered. `route` is the pattern of the route, never an address: addresses hold secrets.
pub fn answered(method: &str, route: &str, status: u16, took: Duration) {
    let method = ["GET", "HEAD", "POST"].into_iter().find(|known| *known == method).unwrap_or("other");
    METRICS.requests.get_or_create(&Answered { method, route: route.to_owned(), status }).inc();
    let door = if route.starts_with("/api/") { "api" } else { "page" };
    METRICS.request_seconds.get_or_create(&Door { door }).observe(took.as_secs_f64());
}

/// An engine was asked; `taken` says whether its answer could be used.
pub fn agent_called(engine: &str, taken: bool) {
    let result = if taken { "answered" } else { "not_taken" };
    METRICS.agent_calls.get_or_create(&Asked { engine: engine.to_owned(), result }).inc();
}

/// An attempt of an effect has ended. `kind` is the name of its command, `result` one of `done`, `retried`, `failed`,
/// `held`.
pub fn effect_ended(kind: &'static str, result: &'static str) {
    METRICS.effects_ended.get_or_create(&Ended { kind, result }).inc();
}

/// Everything that is known, in the text format of OpenMetrics, which Prometheus reads.
///
/// # Errors
/// Never in practice: only writing to memory could fail.
pub fn text(figures: &Figures) -> Result<String, std::fmt::Error> {
    let metrics = &*METRICS;
    metrics.set(figures);
    let mut written = String::new();
    text::encode(&mut written, &metrics.registry)?;
    Ok(written)
}

impl Metrics {
    fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("countersign"),
            commits: Counter::default(),
            commits_failed: Counter::default(),
            group: Histogram::new(exponential_buckets(1.0, 2.0, GROUP_BUCKETS)),
            commit_seconds: Seconds.new_metric(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(Seconds),
            agent_calls: Family::default(),
            effects_ended: Family::default(),
            cases: Family::default(),
            tasks: Family::default(),
            effects: Family::default(),
            effect_due: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("cases", "Open cases: open, and of these stuck and to_wake", self.cases.clone());
        all.register("tasks", "Open tasks: open, and of these due in a day and overdue", self.tasks.clone());
        all.register("effects", "Effects by state: waiting, retrying, running, stuck", self.effects.clone());
        let help = "How long the effect that is due longest has been due";
        all.register_with_unit("effect_due_oldest", help, Unit::Seconds, self.effect_due.clone());
        all.register("effect_attempts", "Attempts of effects that have ended", self.effects_ended.clone());
        all.register("commits", "Groups of changes committed", self.commits.clone());
        all.register("commits_failed", "Groups of changes that could not be committed", self.commits_failed.clone());
        all.register("commit_group", "Changes committed together", self.group.clone());
        let help = "How long committing a group took";
        all.register_with_unit("commit_duration", help, Unit::Seconds, self.commit_seconds.clone());
        all.register("http_requests", "Requests answered, by route and status", self.requests.clone());
        let help = "How long requests took until their answer began";
        all.register_with_unit("http_request_duration", help, Unit::Seconds, self.request_seconds.clone());
        all.register("agent_calls", "Questions put to engines", self.agent_calls.clone());
    }

    fn set(&self, figures: &Figures) {
        let set = |family: &Family<State, Gauge>, state: &'static str, value: u64| {
            family.get_or_create(&State { state }).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.cases, "open", figures.cases_open);
        set(&self.cases, "stuck", figures.cases_stuck);
        set(&self.cases, "to_wake", figures.cases_to_wake);
        set(&self.tasks, "open", figures.tasks_open);
        set(&self.tasks, "due", figures.tasks_due);
        set(&self.tasks, "overdue", figures.tasks_overdue);
        set(&self.effects, "waiting", figures.effects_waiting);
        set(&self.effects, "retrying", figures.effects_retrying);
        set(&self.effects, "running", figures.effects_running);
        set(&self.effects, "stuck", figures.effects_stuck);
        self.effect_due.set(i64::try_from(figures.effect_due_ms / 1_000).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_told_and_nothing_that_a_caller_chose() {
        committed(3, Duration::from_millis(2));
        answered("PROPFIND", "/cases/{number}", 405, Duration::from_millis(1));
        agent_called("built-in", true);
        effect_ended("call_system", "retried");
        let told = text(&Figures { cases_open: 7, effect_due_ms: 2_500, ..Figures::default() }).unwrap();
        for line in [
            "countersign_cases{state=\"open\"} 7",
            "countersign_effect_due_oldest_seconds 2",
            "countersign_http_requests_total{method=\"other\",route=\"/cases/{number}\",status=\"405\"} 1",
            "countersign_agent_calls_total{engine=\"built-in\",result=\"answered\"} 1",
            "countersign_effect_attempts_total{kind=\"call_system\",result=\"retried\"} 1",
        ] {
            assert!(told.lines().any(|one| one == line), "`{line}` is not in\n{told}");
        }
        assert!(told.contains("countersign_commit_duration_seconds_bucket") && told.ends_with("# EOF\n"), "{told}");
        assert!(!told.contains("PROPFIND"), "{told}");
    }
}

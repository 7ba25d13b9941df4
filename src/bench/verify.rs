//! The check of the whole record: every hash of every case again. It runs over what other benchmarks left.

use std::time::Instant;

use super::{
    More, Settings,
    measure::{self, Line, maybe},
    place::Place,
};
use crate::clock::Clock;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Line> {
    let place = Place::open(settings, Clock::System).await?;
    let (before, begun) = (place.counts().await?, Instant::now());
    let reports = place.nodes[0].store().verify_all().await?;
    let seconds = begun.elapsed().as_secs_f64();
    let (after, rss_mb) = (place.counts().await?, measure::rss_mb());
    let left = place.close().await?;
    let events: u64 = reports.iter().map(|report| report.events).sum();
    let faults = reports.iter().filter(|report| report.fault.is_some()).count();
    anyhow::ensure!(!reports.is_empty(), "there is no case in this database; run approval-case first");
    let settings = Settings { cases: reports.len() as u64, ..settings.clone() };
    let more = More::default()
        .with("events", events as f64)
        .with("events_s", events as f64 / seconds)
        .with("faults", faults as f64);
    let line = Line::of("verify", &settings).used(seconds, (&before, &after), &left);
    Ok(Line { rss_mb: maybe(rss_mb), more, bytes_case: serde_json::Value::Null, ..line })
}

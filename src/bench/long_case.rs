//! One case with very many events: what an event costs early and late, how long it takes to open and to withdraw it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use countersign_core::event::EventKind;

use super::{
    More, Settings,
    measure::{self, Latencies, Line, maybe},
    place::{Place, employee},
};
use crate::{
    clock::Clock,
    runtime::{Runtime, intake::HandIn},
};

const PROCESS: &str = "waiting-case";
/// How many events around an age are looked at.
const WINDOW: usize = 100;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Line> {
    let place = Place::open(settings, Clock::System).await?;
    let node = place.nodes[0].clone();
    let requester = employee(0);
    let words = [("purpose", "A long matter"), ("amount", "900.00 EUR")];
    let words = words.into_iter().map(|(field, words)| (field.to_owned(), words.to_owned())).collect();
    let hand_in = HandIn { words, uploads: Vec::new() };
    let opened = node.open_case(&requester, PROCESS, hand_in, None).await?.loaded.case.id.clone();
    let (before, begun) = (place.counts().await?, Instant::now());
    let latencies = edit(&node, &opened, settings.cases).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let after = place.counts().await?;
    let early = median(&latencies, WINDOW / 2);
    let late = median(&latencies, latencies.len().saturating_sub(WINDOW));
    let mut more = More::default()
        .with("event_100th_ms", early)
        .with("event_last_ms", late)
        .with("last_to_100th", late / early.max(f64::MIN_POSITIVE));
    more = more.with("open_ms", timed(node.load(&opened)).await?);
    more = more.with("timeline_ms", timed(node.timeline(&opened, settings.cases + 1)).await?);
    let kind = EventKind::CaseWithdrawn { reason: None };
    more = more.with("withdraw_ms", timed(node.apply(&opened, &requester, &kind, "withdrawal")).await?);
    let rss_mb = measure::rss_mb();
    anyhow::ensure!(!node.load(&opened).await?.case.is_open(), "the case was not withdrawn");
    let left = place.close().await?;
    Ok(Line { rss_mb: maybe(rss_mb), more, ..Line::of("long-case", settings).used(seconds, (&before, &after), &left) })
}

/// The same field is changed again and again.
async fn edit(node: &Runtime, case: &str, events: u64) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    for turn in 0..events {
        let words = BTreeMap::from([("purpose".to_owned(), format!("A long matter, said for the {turn}th time"))]);
        let begun = Instant::now();
        node.edit_fields(case, &employee(0), words, "it became clearer", &turn.to_string()).await?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

fn median(latencies: &[Duration], from: usize) -> f64 {
    let mut window = Latencies::default();
    for one in latencies.iter().skip(from).take(WINDOW) {
        window.push(*one);
    }
    window.percentile(50).unwrap_or_default()
}

async fn timed<T, E: Into<anyhow::Error>>(work: impl Future<Output = Result<T, E>>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    work.await.map_err(Into::into)?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

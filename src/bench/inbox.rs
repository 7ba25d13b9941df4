//! A person's inbox with many stored cases: how long it takes, how long a start takes, and what an idle node holds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use countersign_core::time::DAY_MS;
use tokio::task::JoinSet;

use super::{
    More, Settings,
    measure::{self, Latencies, Line, maybe},
    place::{self, Place, employee},
};
use crate::{
    clock::Clock,
    runtime::{Runtime, intake::HandIn},
    store::{CaseFilter, CaseState, InboxScope},
};

const PROCESS: &str = "waiting-case";
/// One case in so many waits for a person; the others are closed.
const WAITS_EVERY: u64 = 50;
/// How often the inbox is looked at.
const LOOKS: u64 = 1_000;
/// How many lines a page of it shows.
const LINES: u32 = 50;
/// How long the idle node is watched.
const IDLE_FOR: Duration = Duration::from_secs(5);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Line> {
    let begun = Instant::now();
    let place = Place::open(settings, Clock::System).await?;
    let start_s = begun.elapsed().as_secs_f64();
    let missing = settings.cases.saturating_sub(stored(&place.nodes[0]).await?);
    let begun = Instant::now();
    fill(&place, settings, missing).await?;
    let filling = begun.elapsed().as_secs_f64();
    let idle_cpu = idle(&place).await?;
    let idle_rss = measure::rss_mb();
    let before = place.counts().await?;
    let (begun, looks) = (Instant::now(), look(&place.nodes[0]).await?);
    let seconds = begun.elapsed().as_secs_f64();
    let (after, rss_mb) = (place.counts().await?, measure::rss_mb());
    let mut more = More::default()
        .with("inbox_p50", looks.percentile(50).unwrap_or_default())
        .with("inbox_p95", looks.percentile(95).unwrap_or_default())
        .with("start_s", start_s)
        .with("idle_cpu_percent", idle_cpu);
    if missing > 0 {
        more = more.with("filled", missing as f64).with("filled_s", missing as f64 / filling);
    } else {
        // A node that has just filled its database holds what that took; only a fresh one tells what idle costs.
        more = more.with("idle_rss_mb", idle_rss.unwrap_or_default());
    }
    let left = place.close().await?;
    let looks = Settings { cases: LOOKS, ..settings.clone() };
    let line = Line::of("inbox", &looks).used(seconds, (&before, &after), &left);
    let (cpu, server) = (line.cpu_ms_case, line.server_cpu_ms_case);
    let line = Line { rss_mb: maybe(rss_mb), fsyncs_s: line.fsyncs_s, more, ..Line::of("inbox", settings) };
    Ok(Line { cpu_ms_case: cpu, server_cpu_ms_case: server, ..line })
}

async fn stored(node: &Runtime) -> anyhow::Result<u64> {
    Ok(node.store().count_cases(&CaseFilter { state: CaseState::All, ..CaseFilter::default() }).await?)
}

/// Opens cases until there are enough; most of them close at once.
async fn fill(place: &Place, settings: &Settings, missing: u64) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for client in 0..settings.clients {
        let (node, next) = (place.node(client).clone(), Arc::clone(&next));
        clients.spawn(async move {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= missing {
                    return anyhow::Ok(());
                }
                let amount = if index % WAITS_EVERY == 0 { 900 } else { 90 };
                let words = [
                    ("purpose".to_owned(), format!("Chairs for room {index}")),
                    ("amount".to_owned(), format!("{amount}.00 EUR")),
                ];
                let hand_in = HandIn { words: words.into(), uploads: Vec::new() };
                node.open_case(&employee(index), PROCESS, hand_in, None).await?;
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.context("a client stopped")??;
    }
    Ok(())
}

/// The share of one processor that a node uses when nothing happens, in percent.
async fn idle(place: &Place) -> anyhow::Result<f64> {
    // What the filling left to be carried out is finished first.
    let node = &place.nodes[0];
    while node.store().next_effect().await?.is_some() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (before, begun) = (measure::cpu_ms()?, Instant::now());
    tokio::time::sleep(IDLE_FOR).await;
    Ok((measure::cpu_ms()? - before) / (begun.elapsed().as_secs_f64() * 10.0) / place.nodes.len() as f64)
}

/// What the inbox page asks: one part of the list, and the counts above it.
async fn look(node: &Runtime) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for turn in 0..LOOKS {
        let (person, now) = (place::desk(turn), node.clock().now());
        let begun = Instant::now();
        let tasks = node.store().inbox(&person, InboxScope::All, LINES, 0).await?;
        let counts = node.store().count_inbox(&person, now, now.plus_ms(DAY_MS)).await?;
        latencies.push(begun.elapsed());
        anyhow::ensure!(counts.waiting >= tasks.len() as u64, "the counts do not fit the list");
    }
    Ok(latencies)
}

//! Many cases whose time comes at the same instant: how fast they are all ticked, and that none is early.

use std::{sync::Arc, time::Instant};

use anyhow::Context as _;
use countersign_core::time::HOUR_MS;
use tokio::task::JoinSet;

use super::{
    More, Settings,
    measure::{self, Line, maybe},
    place::{Place, employee},
};
use crate::{
    clock::Clock,
    runtime::{Runtime, intake::HandIn},
};

const PROCESS: &str = "timed-case";

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Line> {
    let clock = Clock::fixed(Clock::System.now());
    let place = Place::open(settings, clock.clone()).await?;
    let open_before = open_cases(&place).await?;
    let begun = Instant::now();
    let cases = open_all(&place, settings).await?;
    let opening = begun.elapsed().as_secs_f64();
    clock.advance(HOUR_MS - 1);
    place.nodes[0].nudge();
    anyhow::ensure!(open_cases(&place).await? == open_before + settings.cases, "a case went on before its time");
    let (before, begun) = (place.counts().await?, Instant::now());
    clock.advance(1);
    place.nodes[0].nudge();
    for case in &cases {
        place.watch.reached(&place.nodes[0], case, 2).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (after, rss_mb) = (place.counts().await?, measure::rss_mb());
    anyhow::ensure!(open_cases(&place).await? == open_before, "a case did not go on when its time had come");
    let left = place.close().await?;
    let more = More::default().with("opened_s", settings.cases as f64 / opening);
    Ok(Line { rss_mb: maybe(rss_mb), more, ..Line::of("timers", settings).used(seconds, (&before, &after), &left) })
}

async fn open_cases(place: &Place) -> anyhow::Result<u64> {
    let node = &place.nodes[0];
    Ok(node.store().case_counts(Some(PROCESS), node.clock().now()).await?.open)
}

/// Opens the cases, by so many clients at once; returns their identifiers.
async fn open_all(place: &Place, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let mut clients = JoinSet::new();
    let share = settings.cases.div_ceil(settings.clients as u64);
    for client in 0..settings.clients as u64 {
        let numbers = (client * share)..((client + 1) * share).min(settings.cases);
        clients.spawn(open_some(Arc::new(place.nodes[0].clone()), numbers));
    }
    let mut cases = Vec::new();
    while let Some(opened) = clients.join_next().await {
        cases.append(&mut opened.context("a client stopped")??);
    }
    Ok(cases)
}

async fn open_some(runtime: Arc<Runtime>, numbers: std::ops::Range<u64>) -> anyhow::Result<Vec<String>> {
    let mut cases = Vec::new();
    for index in numbers {
        let words = [("purpose".to_owned(), format!("a matter of time {index}"))].into();
        let hand_in = HandIn { words, uploads: Vec::new() };
        let applied = runtime.open_case(&employee(index), PROCESS, hand_in, None).await?;
        cases.push(applied.loaded.case.id.clone());
    }
    Ok(cases)
}

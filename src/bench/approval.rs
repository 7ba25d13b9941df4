//! The peers' workload: a request with a document of 2 KB is classified by a stand-in, checked against its schema and
//! the policies, registered in one system, routed, taken, approved, paid in another system, and told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::{
    Settings,
    client::{Door, Http},
    measure::{self, Latencies, Line, maybe},
    place::Place,
};
use crate::{
    clock::Clock,
    id::new_id,
    runtime::intake::{HandIn, Upload},
};

/// The process.
pub(super) const PROCESS: &str = "approval-case";
/// The document's size, in bytes.
const DOCUMENT_BYTES: usize = 2048;
/// The events after which a person is asked: it was opened, classified and registered.
pub(super) const ASKED_AT: u64 = 3;
/// The events of a whole case: then it was taken, approved, paid and told.
pub(super) const EVENTS: u64 = 7;
/// Every third request is about a large amount, which somebody else approves.
const LARGE_EVERY: u64 = 3;

/// What one client measured.
#[derive(Default)]
struct Measured {
    start: Latencies,
    approval: Latencies,
    /// The cases of the sample that it opened.
    sample: Vec<String>,
}

/// The numbers of cases that clients take one after the other.
struct Queue {
    next: AtomicU64,
    end: u64,
}

impl Queue {
    /// Whether the case of this number is looked at after the run.
    const fn is_sampled(&self, index: u64) -> bool {
        index == 0 || index == self.end / 2 || index == self.end - 1
    }
}

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Line> {
    let place = Arc::new(Place::open(settings, Clock::System).await?);
    let server = if settings.http { Some(Http::serve(&place).await?) } else { None };
    let queue = Arc::new(Queue { next: AtomicU64::new(0), end: settings.cases });
    let (before, begun) = (place.counts().await?, Instant::now());
    let mut clients = JoinSet::new();
    for client in 0..settings.clients {
        let (place, queue) = (Arc::clone(&place), Arc::clone(&queue));
        let door = match &server {
            Some(server) => Door::Http(Box::new(server.connect(client).await?)),
            None => Door::Runtime,
        };
        clients.spawn(work(place, queue, client, door));
    }
    let mut measured = Measured::default();
    while let Some(one) = clients.join_next().await {
        let one = one.context("a client stopped")??;
        measured.start.append(one.start);
        measured.approval.append(one.approval);
        measured.sample.extend(one.sample);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let after = place.counts().await?;
    check(&place, &measured.sample).await?;
    let rss_mb = measure::rss_mb();
    drop(server);
    let place = Arc::into_inner(place).context("a client still holds the place")?;
    let left = place.close().await?;
    let line = Line::of("approval-case", settings).used(seconds, (&before, &after), &left);
    Ok(Line {
        start_p50: maybe(measured.start.percentile(50)),
        start_p99: maybe(measured.start.percentile(99)),
        appr_p50: maybe(measured.approval.percentile(50)),
        appr_p99: maybe(measured.approval.percentile(99)),
        rss_mb: maybe(rss_mb),
        ..line
    })
}

/// One client: one case after the other, from its opening to its end.
async fn work(place: Arc<Place>, queue: Arc<Queue>, client: usize, mut door: Door) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    loop {
        let index = queue.next.fetch_add(1, Ordering::Relaxed);
        if index >= queue.end {
            return Ok(measured);
        }
        let turn = client + usize::try_from(index).unwrap_or(usize::MAX) % place.nodes.len();
        // As the form of the pages makes it.
        let key = new_id("key");
        let begun = Instant::now();
        let case = door.open(&place, turn, index, &key).await?;
        measured.start.push(begun.elapsed());
        place.watch.reached(place.node(turn), &case.id, ASKED_AT).await?;
        // The person comes in by another door than the one by which the case came in.
        let turn = turn + 1;
        let shown = door.claim(&place, turn, index, &case, &key).await?;
        let begun = Instant::now();
        door.approve(&place, turn, index, &case, &shown, &key).await?;
        place.watch.reached(place.node(turn), &case.id, EVENTS).await?;
        measured.approval.push(begun.elapsed());
        place.watch.forget(&case.id);
        if queue.is_sampled(index) {
            measured.sample.push(case.id);
        }
    }
}

/// A sample of the cases is looked at: each must have ended as the text says, with its whole record.
async fn check(place: &Place, sample: &[String]) -> anyhow::Result<()> {
    let store = place.nodes[0].store();
    anyhow::ensure!(!sample.is_empty(), "no case was opened");
    for id in sample {
        let case = store.load(id).await?.with_context(|| format!("{id} was not kept"))?;
        anyhow::ensure!(!case.is_open() && case.seq >= EVENTS, "case {} stands at event {}", case.number, case.seq);
        anyhow::ensure!(store.decision_records(id).await?.len() == 1, "case {} lacks its decision record", case.number);
        anyhow::ensure!(case.tasks.len() == 1, "case {} has {} tasks", case.number, case.tasks.len());
        let report = store.verify(id).await?;
        anyhow::ensure!(report.fault.is_none(), "case {}: {:?}", case.number, report.fault);
    }
    Ok(())
}

/// Whether the request of this number is about a large amount.
pub(super) const fn is_large(index: u64) -> bool {
    index.is_multiple_of(LARGE_EVERY)
}

/// What the requester typed.
pub(super) fn words(index: u64) -> BTreeMap<String, String> {
    let amount = if is_large(index) { 600 + index % 400 } else { 20 + index % 400 };
    [
        ("merchant", format!("Blue Kettle {} Ltd", index % 97)),
        ("amount", format!("{amount}.50 EUR")),
        ("purpose", format!("Lunch with customer {index} during the workshop")),
    ]
    .into_iter()
    .map(|(field, words)| (field.to_owned(), words))
    .collect()
}

/// The document: plain text, different for each case.
pub(super) fn document(index: u64) -> String {
    let mut text = format!("BLUE KETTLE LTD\nInvoice {index}\n");
    let mut position = 1;
    while text.len() < DOCUMENT_BYTES {
        text.push_str(&format!(
            "{position:>3}  coffee, bread and fruit for the workshop   EUR {}.50\n",
            index % 90 + 10
        ));
        position += 1;
    }
    text.truncate(DOCUMENT_BYTES);
    text
}

/// What is handed in for the case of this number.
pub(super) fn hand_in(index: u64) -> HandIn {
    let upload =
        Upload { field: "invoice".to_owned(), name: "invoice.txt".to_owned(), bytes: document(index).into_bytes() };
    HandIn { words: words(index), uploads: vec![upload] }
}

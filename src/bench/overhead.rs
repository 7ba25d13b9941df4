//! What this program adds to a bare call of a model: rendering the question, routing, budgets, reading the answer, the
//! gate and the record, up to the commit. The model is a server on a loopback port that answers at once.
//!
//! The same questions are sent at the same pace twice: bare, through the client alone, and as agents ask. The time that
//! the client and the ledger take is told apart, so that what is left is this program's own.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use countersign_core::{
    canonical::digest_bytes,
    definition::{AgentStep, Definition, Path, Step},
    time::Timestamp,
};
use futures_util::future::BoxFuture;
use tokio::{task::JoinSet, time::MissedTickBehavior};

use super::{
    More, Settings,
    approval::{PROCESS, document, hand_in},
    measure::{self, Latencies, Line, maybe},
    place::{Place, employee},
};
use crate::{
    agents::{CallCtx, Chain, Decider as _, DecisionInput},
    clock::Clock,
    config::{Api, Quirks},
    gate::policies::Policies,
    id::new_id,
    llm::{
        Answer, Call, Provider, ProviderError, Request, Secret,
        openai::{Limits, OpenAi, Settings as ModelSettings},
        route::{Choice, Member, Plan, Router, USUAL_TIER},
        spending::{Cap, Cost, Ledger, Notebook, Price, Shares, Spent},
    },
    runtime::{ask::record_of, models::Books},
};

mod loopback;

/// Calls a second.
const CALLS_A_SECOND: u64 = 500;
/// Calls before anything is measured.
const WARM_UP: u64 = 100;
/// Cases whose commits are timed.
const COMMITS: u64 = 200;

thread_local! {
    /// What this thread has waited for the client and for the ledger: a question is asked on a thread of its own.
    static WAITED: Cell<Waited> = const { Cell::new(Waited { client: Duration::ZERO, ledger: Duration::ZERO }) };
}

#[derive(Clone, Copy)]
struct Waited {
    client: Duration,
    ledger: Duration,
}

/// Everything that a question needs.
struct Desk {
    chain: Chain,
    bare: Arc<dyn Provider>,
    policies: Policies,
    definition: Arc<Definition>,
    path: Path,
    step: AgentStep,
    input: DecisionInput,
}

/// What one way of asking came to.
#[derive(Default)]
struct Asked {
    own: Latencies,
    client: Latencies,
    ledger: Latencies,
    cpu_ms: f64,
    seconds: f64,
}

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Line> {
    let place = Place::open(settings, Clock::System).await?;
    let commits = commits(&place).await?;
    let port = loopback::serve().context("a port of this machine cannot be used")?;
    let in_memory = Arc::new(desk(&place, port, Arc::new(Notebook::default())).await?);
    let books = Arc::new(desk(&place, port, Arc::new(Books::new(place.nodes[0].store().clone()))).await?);
    ask(&in_memory, WARM_UP, 0, false).await?;
    let bare = ask(&in_memory, settings.cases, WARM_UP, true).await?;
    let full = ask(&in_memory, settings.cases, WARM_UP, false).await?;
    let booked = ask(&books, settings.cases, WARM_UP + settings.cases, false).await?;
    let calls = settings.cases as f64;
    let more = More::default()
        .with("calls_s", calls / full.seconds)
        .with("overhead_p50", full.own.percentile(50).unwrap_or_default())
        .with("overhead_p99", full.own.percentile(99).unwrap_or_default())
        .with("overhead_cpu_ms_call", (full.cpu_ms - bare.cpu_ms) / calls)
        .with("bare_cpu_ms_call", bare.cpu_ms / calls)
        .with("bare_p50", bare.client.percentile(50).unwrap_or_default())
        .with("bare_p99", bare.client.percentile(99).unwrap_or_default())
        .with("booked_overhead_p50", booked.own.percentile(50).unwrap_or_default())
        .with("booked_overhead_p99", booked.own.percentile(99).unwrap_or_default())
        .with("ledger_p50", booked.ledger.percentile(50).unwrap_or_default())
        .with("ledger_p99", booked.ledger.percentile(99).unwrap_or_default());
    let rss_mb = measure::rss_mb();
    let left = place.close().await?;
    let line = Line::of("overhead", settings);
    Ok(Line {
        start_p50: maybe(commits.percentile(50)),
        start_p99: maybe(commits.percentile(99)),
        fsyncs_s: measure::rounded(left.fsyncs_s),
        rss_mb: maybe(rss_mb),
        more,
        ..line
    })
}

/// How long it takes until a new case is durably acknowledged, one after the other.
async fn commits(place: &Place) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for index in 0..COMMITS {
        let (employee, key) = (employee(index), new_id("key"));
        let begun = Instant::now();
        let opening = place.node(0).open_case(&employee, PROCESS, hand_in(index), Some(&key));
        Box::pin(opening).await?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

async fn desk(place: &Place, port: u16, ledger: Arc<dyn Ledger>) -> anyhow::Result<Desk> {
    let (employee, key) = (employee(0), new_id("key"));
    let opening = place.node(0).open_case(&employee, PROCESS, hand_in(0), Some(&key));
    let loaded = Box::pin(opening).await?.loaded;
    let mut found = None;
    loaded.definition.walk(&mut |path, step| {
        if let Step::Agent(step) = step {
            found = found.take().or_else(|| Some((path.clone(), step.clone())));
        }
    });
    let (path, step) = found.context("the process of the benchmark asks no agent")?;
    let texts: BTreeMap<String, String> = loaded.case.documents.keys().map(|key| (key.clone(), document(0))).collect();
    let input = DecisionInput::new(&loaded.definition, &loaded.case, &texts);
    let settings = ModelSettings {
        base_url: format!("http://127.0.0.1:{port}/v1"),
        key: Secret::new("key-of-the-benchmark"),
        model: "loopback".to_owned(),
        limits: Limits::default(),
        headers: BTreeMap::new(),
        api: Api::default(),
        quirks: Quirks { probabilities: true, ..Quirks::default() },
    };
    let bare: Arc<dyn Provider> = Arc::new(Timed(OpenAi::new(settings)?));
    let member = Member {
        name: "loopback".to_owned(),
        provider: Arc::clone(&bare),
        price: Price { input: 150_000, output: 600_000 },
        pace: None,
        personal: true,
        placeholders: true,
    };
    let choice = Choice { model: "loopback".to_owned(), rank: 0, weight: 1 };
    // Limits that are never reached, so that what was spent is read before each call.
    let cap = Cap { tokens: Some(u64::MAX), micros: Some(u64::MAX) };
    let caps = Shares { decision: cap, case: cap, process: cap, day: cap };
    let plan = Plan { tiers: BTreeMap::from([(USUAL_TIER.to_owned(), vec![choice])]), caps, ..Plan::default() };
    let ledger = Arc::new(TimedLedger(ledger));
    let router = Router::new(vec![member], plan, ledger, Clock::System).map_err(anyhow::Error::msg)?;
    let policies = Policies::load_embedded()?;
    let chain = Chain::new(Some(Arc::new(router)))?;
    Ok(Desk { chain, bare, policies, definition: loaded.definition, path, step, input })
}

/// Asks so many questions at the pace, one for each document from this number on.
async fn ask(desk: &Arc<Desk>, calls: u64, from: u64, bare: bool) -> anyhow::Result<Asked> {
    let mut pace = tokio::time::interval(Duration::from_micros(1_000_000 / CALLS_A_SECOND));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (cpu, begun) = (measure::cpu_ms()?, Instant::now());
    let mut asked: JoinSet<anyhow::Result<(Duration, Waited)>> = JoinSet::new();
    for index in from..from + calls {
        pace.tick().await;
        let desk = Arc::clone(desk);
        let handle = tokio::runtime::Handle::current();
        asked.spawn_blocking(move || {
            WAITED.set(Waited { client: Duration::ZERO, ledger: Duration::ZERO });
            let input = desk.input_of(index);
            let begun = Instant::now();
            handle.block_on(async {
                if bare { desk.ask_barely(&input, index).await } else { desk.ask_as_agents_do(&input, index).await }
            })?;
            Ok((begun.elapsed(), WAITED.get()))
        });
    }
    let mut all = Asked::default();
    while let Some(one) = asked.join_next().await {
        let (total, waited) = one.context("a question stopped")??;
        all.own.push(total.saturating_sub(waited.client + waited.ledger));
        all.client.push(waited.client);
        all.ledger.push(waited.ledger);
    }
    all.seconds = begun.elapsed().as_secs_f64();
    all.cpu_ms = measure::cpu_ms()? - cpu;
    Ok(all)
}

impl Desk {
    /// The case with another document, so that no answer is known already.
    fn input_of(&self, index: u64) -> DecisionInput {
        let mut input = self.input.clone();
        for one in &mut input.documents {
            let text = document(index);
            one.digest = Some(digest_bytes(text.as_bytes()));
            one.text = Some(text);
        }
        input
    }

    async fn ask_barely(&self, input: &DecisionInput, index: u64) -> anyhow::Result<()> {
        let text = input.documents.first().and_then(|one| one.text.clone()).unwrap_or_default();
        let request = Request {
            system: "You sort one request for a clerk by choosing one word of a fixed list.".to_owned(),
            user: text,
            schema: serde_json::json!({"type": "object"}),
            schema_name: "classify_answer".to_owned(),
            max_tokens: 800,
            temperature: Some(0),
            call: Call { agent: "classify".to_owned(), decision: format!("bare/{index}"), ..Call::default() },
            masked: None,
        };
        self.bare.complete(&request).await?;
        Ok(())
    }

    /// Asks, gates and builds the record, as the engine does before it commits.
    async fn ask_as_agents_do(&self, input: &DecisionInput, index: u64) -> anyhow::Result<()> {
        let key = format!("overhead/{index}");
        let process = Some(self.definition.id.clone());
        let call = CallCtx { key: key.clone(), case: Some(key.clone()), process, ..CallCtx::default() };
        let decided = self.chain.decide(&self.step, input, &call).await?;
        anyhow::ensure!(decided.proposal.engine.starts_with("openai:"), "the model did not answer: {decided:?}");
        let (proposal, facts) = decided.gated(&self.step, input, &self.policies);
        let now = Clock::System.now();
        let record = record_of((&key, &self.path, &self.step), decided, (&proposal, &facts), now);
        anyhow::ensure!(record.verdict.is_some() && record.request_text.is_some(), "the record is not whole");
        Ok(())
    }
}

/// The client, with the time that it takes told to the thread that waits for it.
struct Timed(OpenAi);

impl Provider for Timed {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async {
            let begun = Instant::now();
            let answer = self.0.complete(request).await;
            let waited = WAITED.get();
            WAITED.set(Waited { client: waited.client + begun.elapsed(), ..waited });
            answer
        })
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// A ledger, with the time that it takes told to the thread that waits for it.
struct TimedLedger(Arc<dyn Ledger>);

fn noted(begun: Instant) {
    let waited = WAITED.get();
    WAITED.set(Waited { ledger: waited.ledger + begun.elapsed(), ..waited });
}

impl Ledger for TimedLedger {
    fn switched_off(&self) -> BoxFuture<'_, Result<bool, String>> {
        Box::pin(async {
            let begun = Instant::now();
            let off = self.0.switched_off().await;
            noted(begun);
            off
        })
    }

    fn spent<'a>(&'a self, call: &'a Call, now: Timestamp) -> BoxFuture<'a, Result<Shares<Cost>, String>> {
        Box::pin(async move {
            let begun = Instant::now();
            let spent = self.0.spent(call, now).await;
            noted(begun);
            spent
        })
    }

    fn note<'a>(&'a self, spent: &'a Spent) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let begun = Instant::now();
            let kept = self.0.note(spent).await;
            noted(begun);
            kept
        })
    }
}

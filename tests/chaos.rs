//! Three programs over a PostgreSQL server that is stopped, cut off and overrun while cases run: `scripts/chaos`.
//!
//! Every few seconds the server is stopped without warning and started again, connections are cut in mid-statement so
//! that the outcome of commits stays unknown, every free connection is taken away, and programs are killed and paused
//! for longer than their leases. Requests are repeated with the same key until they are acknowledged. Once it is
//! quiet, every case must be over, with one payment and a whole record, and nothing may be stuck a minute later.

mod server;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use countersign::{clock::Clock, config::Config, runtime::Runtime, store::Store};
use serde_json::{Value as Json, json};
use tokio::{sync::Mutex, task::JoinSet};

use self::server::Server;
use crate::crash::{
    bank::Bank,
    open_task,
    program::{Program, Random, token},
    receipt,
};

/// How many cases are run unless `CHAOS_CASES` says otherwise.
const CASES: u64 = 300;
/// Programs over the database.
const NODES: usize = 3;
/// Clients, each with one case at a time, unless `CHAOS_CLIENTS` says otherwise.
const CLIENTS: u64 = 24;
/// After so many cases it is told how many there were.
const TOLD_EVERY: u64 = 500;
/// How long a case may take under faults before the test says that it is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(600);
/// How long after the last fault everything must be well.
const QUIET: Duration = Duration::from_secs(60);
/// How long a client waits before it asks again.
const PAUSE: Duration = Duration::from_millis(50);
/// How often somebody looks whether a program has ended.
const WATCH: Duration = Duration::from_millis(200);
/// Longer than a lease of an effect: whoever wakes up after it has lost what it held.
const PAUSED_FOR: Duration = Duration::from_secs(20);

/// The programs, and where each of them serves.
struct House {
    programs: Vec<Mutex<Program>>,
    bases: Vec<Mutex<String>>,
    client: reqwest::Client,
    over: AtomicBool,
    asked_again: AtomicU64,
}

impl House {
    /// Starts again whatever has ended.
    async fn keep_up(&self) {
        for (program, base) in self.programs.iter().zip(&self.bases) {
            let mut program = program.lock().await;
            program.restart_if_dead().await;
            *base.lock().await = program.base();
        }
    }

    /// Sends one request to one program; `None` where it has to be repeated.
    async fn ask(&self, node: usize, person: &str, path: &str, body: Option<&Json>) -> Option<Json> {
        let base = self.bases[node % NODES].lock().await.clone();
        let address = format!("{base}/{path}");
        let request = match body {
            Some(body) => self.client.post(&address).json(body),
            None => self.client.get(&address),
        };
        let Ok(response) = request.bearer_auth(token(person)).send().await else { return self.again() };
        let status = response.status();
        let Ok(answer) = response.json::<Json>().await else { return self.again() };
        if status.is_success() {
            return Some(answer);
        }
        assert!(status.is_server_error(), "{path} was refused with {status}: {answer}");
        self.again()
    }

    fn again(&self) -> Option<Json> {
        self.asked_again.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Repeats a request, at another program each time, until it is answered as wanted.
    async fn until(
        &self,
        (turn, person): (usize, &str),
        path: &str,
        body: Option<&Json>,
        wanted: impl Fn(&Json) -> Option<Json>,
    ) -> Json {
        for turn in turn.. {
            let answer = self.ask(turn, person, path, body).await;
            if let Some(found) = answer.as_ref().and_then(&wanted) {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Json::Null
    }

    /// One case from its opening to its end; its number.
    async fn live(&self, index: u64) -> u64 {
        let turn = usize::try_from(index).expect("a small number");
        let claim = json!({
            "process": "expense-claim",
            "fields": {
                "merchant": "Blue Kettle Ltd",
                "amount": format!("{}.50 EUR", 20 + index % 400),
                "day_of_purchase": "2026-11-10",
                "description": "Lunch with a customer",
            },
            "documents": [{ "field": "receipt", "name": "receipt.txt", "text": receipt(index % 400) }],
            "key": format!("chaos-{index}"),
        });
        let opened = self.until((turn, "anna"), "cases", Some(&claim), |case| Some(case.clone())).await;
        let number = opened["number"].as_u64().expect("a case has a number");
        let path = format!("cases/{number}");
        let task = self.until((turn + 1, "rosa"), &path, None, |case| open_task(case, "approve")).await;
        let label = task["label"].as_str().expect("a task has a label").to_owned();
        let decision = json!({ "outcome": "approved", "shown": task["shown"], "key": format!("approve-{index}") });
        let decisions = format!("tasks/{label}/decisions");
        self.until((turn + 2, "carla"), &decisions, Some(&decision), |case| Some(case.clone())).await;
        self.until((turn, "rosa"), &path, None, |case| (case["status"] == "closed").then(|| case.clone())).await;
        number
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_ends_although_the_server_and_the_programs_fail() {
    let Some(server) = Server::named() else { return };
    let number = |name: &str, otherwise| std::env::var(name).ok().and_then(|one| one.parse().ok()).unwrap_or(otherwise);
    let (cases, seed) = (number("CHAOS_CASES", CASES), number("COUNTERSIGN_SEED", 20_261_121));
    let clients = number("CHAOS_CLIENTS", CLIENTS);
    eprintln!(
        "{cases} cases of {clients} clients on {NODES} programs, seed {seed}; set CHAOS_CASES, CHAOS_CLIENTS and \
         COUNTERSIGN_SEED for others"
    );
    let bank = Bank::start().await;
    let first = Program::prepare_on(&server.address, &bank.url).await;
    let programs = vec![first.sibling(), first.sibling(), first];
    let house = Arc::new(House {
        bases: (0..programs.len()).map(|_| Mutex::new(String::new())).collect(),
        programs: programs.into_iter().map(Mutex::new).collect(),
        client: reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("a client"),
        over: AtomicBool::new(false),
        asked_again: AtomicU64::new(0),
    });
    house.keep_up().await;
    let server = Arc::new(server);
    let mut faults = JoinSet::new();
    faults.spawn(keep_watch(Arc::clone(&house)));
    faults.spawn(stop_the_server(Arc::clone(&house), Arc::clone(&server)));
    faults.spawn(cut_connections(Arc::clone(&house), Arc::clone(&server), Random(seed)));
    faults.spawn(hurt_programs(Arc::clone(&house), Random(seed ^ 0x5eed)));
    let begun = Instant::now();
    let acknowledged = run_cases(&house, cases, clients).await;
    let took = begun.elapsed();
    house.over.store(true, Ordering::Release);
    while let Some(fault) = faults.join_next().await {
        fault.expect("what does the harm goes on");
    }
    server.start();
    check_record(&server, &bank, &acknowledged).await;
    let mut kills = 0;
    for program in &house.programs {
        let mut program = program.lock().await;
        kills += program.kills();
        program.kill().await;
    }
    eprintln!(
        "{cases} cases in {} s; the server was stopped {} times, connections cut {} times and taken away {} times; \
         programs ended {kills} times; requests repeated {} times",
        took.as_secs(),
        server.stops(),
        server.cuts(),
        server.overruns(),
        house.asked_again.load(Ordering::Relaxed),
    );
}

/// All clients; the cases that were acknowledged, by their numbers.
async fn run_cases(house: &Arc<House>, cases: u64, number: u64) -> BTreeMap<u64, u64> {
    let (next, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (mut clients, begun) = (JoinSet::new(), Instant::now());
    for _ in 0..number {
        let (house, next, ended) = (Arc::clone(house), Arc::clone(&next), Arc::clone(&ended));
        clients.spawn(async move {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= cases {
                    return done;
                }
                let lived = tokio::time::timeout(STUCK_AFTER, house.live(index)).await;
                done.push((index, lived.unwrap_or_else(|_| panic!("case {index} is stuck"))));
                let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
                if ended.is_multiple_of(TOLD_EVERY) {
                    eprintln!("{ended} cases are over, {} s", begun.elapsed().as_secs());
                }
            }
        });
    }
    let mut acknowledged = BTreeMap::new();
    while let Some(done) = clients.join_next().await {
        acknowledged.extend(done.expect("a client goes on"));
    }
    acknowledged
}

async fn keep_watch(house: Arc<House>) {
    while !house.over.load(Ordering::Acquire) {
        house.keep_up().await;
        tokio::time::sleep(WATCH).await;
    }
}

async fn stop_the_server(house: Arc<House>, server: Arc<Server>) {
    while !house.over.load(Ordering::Acquire) {
        tokio::time::sleep(server.every).await;
        server.stop_and_start().await;
    }
}

/// Cuts connections in the middle of whatever they do, and now and then takes away all that are free.
async fn cut_connections(house: Arc<House>, server: Arc<Server>, mut random: Random) {
    while !house.over.load(Ordering::Acquire) {
        tokio::time::sleep(Duration::from_millis(500 + random.below(1_500))).await;
        match random.below(5) {
            0 => server.take_all_connections(Duration::from_secs(1)).await,
            _ => server.cut().await,
        }
    }
}

/// Kills a program, or stops it for longer than it may hold an effect.
async fn hurt_programs(house: Arc<House>, mut random: Random) {
    while !house.over.load(Ordering::Acquire) {
        tokio::time::sleep(Duration::from_millis(2_000 + random.below(4_000))).await;
        let node = random.below(NODES as u64) as usize;
        let Some(process) = house.programs[node].lock().await.process_id() else { continue };
        match random.below(4) {
            0 => {
                server::signal(process, "-STOP");
                tokio::time::sleep(PAUSED_FOR).await;
                server::signal(process, "-CONT");
            }
            _ => server::signal(process, "-KILL"),
        }
    }
}

/// Once it is quiet: every case is over and paid once, each log leads to its state, and nothing is stuck.
async fn check_record(server: &Server, bank: &Bank, acknowledged: &BTreeMap<u64, u64>) {
    let store = Store::open(&server.address).await.expect("the server answers again");
    let runtime = Runtime::start(store, Clock::System, Config::default()).await.expect("the runtime starts");
    let paid = bank.payments();
    assert_eq!(paid.len(), acknowledged.len(), "one payment for each case");
    for number in acknowledged.values() {
        let loaded = runtime.load_number(*number).await.expect("an acknowledged case is there");
        let closing = countersign_core::overview::closing(&loaded.case).map(|(closing, ..)| closing.as_str());
        assert_eq!(closing, Some("paid"), "case {number}");
        let keys = loaded.case.effects.keys().filter(|key| paid.contains_key(*key)).count();
        assert_eq!(keys, 1, "case {number} was paid under one key");
    }
    let differences = runtime.audit(None, &|_| {}).await.expect("the record can be read").differences;
    assert_eq!(differences, [], "every log leads to its state");
    let quiet_since = Instant::now();
    loop {
        let report = runtime.examine(&|_| {}).await.expect("the doctor can look");
        assert_eq!(report.cases, acknowledged.len() as u64, "no case twice");
        if report.findings.is_empty() {
            break;
        }
        assert!(quiet_since.elapsed() < QUIET, "stuck a minute after the last fault: {:?}", report.findings);
        tokio::time::sleep(PAUSE).await;
    }
    let repeated = paid.values().filter(|times| **times > 1).count();
    eprintln!("{} payments, {repeated} of them asked for more than once under their key", paid.len());
    runtime.store().close().await;
}

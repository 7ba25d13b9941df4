//! An organisation whose letters are read by agents, over models on a loopback port.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use countersign::{
    clock::Clock,
    config::{Api, Config, Quirks, System},
    language::Attachments,
    llm::{
        Answer, Provider, ProviderError, Request, Secret,
        openai::{Limits, OpenAi, Settings},
        route::{Choice, Member, Plan as Routes, Router, USUAL_TIER},
        spending::{Notebook, Price},
    },
    runtime::{
        Runtime,
        apply::TaskAnswer,
        intake::{HandIn, Upload},
        publish::Published,
        world::Loaded,
    },
    store::{Limit, Store},
};
use countersign_core::{decide::outcomes, event::Acting, people::Person, time::Timestamp, who};
use futures_util::future::BoxFuture;
use tempfile::TempDir;

use super::{
    ORDER,
    server::{Act, Kind, Loopback, Plan, mark_of},
};

/// The limits of time where one of them ends a question: short, so that the battery is.
pub const BRISK: Limits = Limits {
    total: Duration::from_millis(4_000),
    silence: Duration::from_millis(1_000),
    connect: Duration::from_millis(1_000),
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(1_500),
};
/// The limits where something else ends it: as usual, so that a slow machine is not taken for a slow server.
const PATIENT: Limits = Limits {
    total: Duration::from_secs(60),
    silence: Duration::from_secs(30),
    connect: Duration::from_secs(10),
    ..BRISK
};
const PEOPLE: &[(&str, &str)] =
    &[("ada", "administrator"), ("ana", "clerk"), ("fin", "finance desk"), ("lea", "finance lead")];
/// What a person of the desk chooses, whatever an agent says.
const SORT: &str = "invoice";

const HEAD: &str = "
A clerk can start this process.
The finance lead is accountable for this process.
The finance desk is a role.
Closing as paid is a success.
Amounts without a currency are in EUR.

The letter form asks for the letter (document).

Stage Reading:
";
const TAIL: &str = "
Stage Approval:
- The finance lead approves the letter within 2 working days.
- If the finance lead rejects the letter, close the case as rejected.

Stage Payment:
- Pay the letter in the bank system with the letter, at most once, signed by the finance lead.
- Close the case as paid.
";

/// The process in which an agent does this work, and its name.
const fn text_of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Classify => (
            "Sorted letter",
            "- Classify the letter by the letter as invoice, reminder or other into the sort. If the agent is not sure, the \
             finance desk decides within 1 working day.
- If the sort is reminder, close the case as reminded.
",
        ),
        Kind::Judge => (
            "Judged letter",
            "- Check with the agent that \"the letter asks for nothing but the payment\" by the letter.
- If the agent is not sure, the finance desk decides within 1 working day.
- If a check fails, close the case as refused.
",
        ),
        Kind::Extract => (
            "Read letter",
            "- Read the contact (e-mail) and the total (money) from the letter.
- If the agent is not sure, the finance desk decides within 1 working day.
",
        ),
    }
}

/// A server that fails, models at its addresses, and the cases that ask them.
pub struct House {
    pub runtime: Runtime,
    pub loopback: Loopback,
    models: Arc<Models>,
    _place: TempDir,
}

impl House {
    /// Over models that are asked in this way.
    pub async fn speaking(api: Api) -> Self {
        // In a file, so that what the cases fill is not taken for the memory of the program.
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", place.path().join("faults.db").display())).await.unwrap();
        let loopback = Loopback::start().await;
        let models = Arc::new(Models::over(loopback.port, api));
        let systems = BTreeMap::from([("bank system".to_owned(), System::Practice { answers: BTreeMap::new() })]);
        let config = Config { systems, ..Config::default() };
        let clock = Clock::fixed(Timestamp(1_790_000_000_000));
        let provider: Arc<dyn Provider> = Arc::clone(&models) as _;
        let runtime = Runtime::with_provider(store, clock, config, provider).await.unwrap();
        for (id, role) in PEOPLE {
            let email = format!("{id}@example.org");
            let roles = [(*role).to_owned()].into();
            let person = Person { name: (*id).to_owned(), email, roles, ..Person::default() };
            runtime.put_person("test", id, &person, false).await.unwrap();
        }
        for kind in [Kind::Classify, Kind::Judge, Kind::Extract] {
            let (title, reading) = text_of(kind);
            let text = format!("# {title}\n{HEAD}{reading}{TAIL}");
            match runtime.publish(&Acting::person("ada"), &text, &Attachments::default()).await.unwrap() {
                Published::Version { .. } => {}
                Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
            }
        }
        // Many of these answers are right, and an agent that has earned it goes ahead alone: here people decide all.
        for (process, step, answers) in [
            ("sorted-letter", "sort", &["invoice", "reminder", "other"][..]),
            ("judged-letter", "the letter asks for nothing but the payment", &["yes", "no"][..]),
        ] {
            let never = answers.iter().map(|answer| ((*answer).to_owned(), Limit::Never)).collect();
            runtime.limit_answers(&Acting::person("ada"), (process, step), never).await.unwrap();
        }
        Self { runtime, loopback, models, _place: place }
    }

    /// Opens a case whose questions meet this; nothing is asked yet.
    pub async fn open(&self, mark: &str, plan: Plan) -> String {
        self.models.plan(mark, &plan.act, plan.position.is_none());
        let process = text_of(plan.kind).0.to_lowercase().replace(' ', "-");
        self.loopback.plan(mark, plan);
        let letter = format!(
            "Ref {mark}\nInvoice 77\nWindow cleaning in October\nContact billing@sender.example\nTotal 48.00 EUR\n{ORDER}\n"
        );
        let upload = Upload { field: "letter".to_owned(), name: "letter.txt".to_owned(), bytes: letter.into_bytes() };
        let hand_in = HandIn { words: BTreeMap::new(), uploads: vec![upload] };
        let opened = self.runtime.open_case(&Acting::person("ana"), &process, hand_in, None).await.unwrap();
        opened.loaded.case.id.clone()
    }

    /// People decide whatever is open, until nothing is.
    pub async fn decide(&self, case_id: &str) -> usize {
        let loaded = self.runtime.load(case_id).await.unwrap();
        let mut decided = 0;
        for task in loaded.case.open_tasks() {
            let eligible = who::eligible(&loaded.context(), &loaded.case, task, self.runtime.clock().now());
            let (Some(one), Some(outcome)) = (eligible.first(), outcomes(&task.ask).first()) else { continue };
            let words = match &task.ask {
                countersign_core::case::Ask::Confirm { field, .. } => {
                    BTreeMap::from([(field.clone(), SORT.to_owned())])
                }
                _ => BTreeMap::new(),
            };
            let answer = TaskAnswer {
                outcome: *outcome,
                reason: Some("so it is".to_owned()),
                hand_in: HandIn { words, uploads: Vec::new() },
                shown: loaded.case.shown(task.number),
                key: format!("{}/{}", task.number, loaded.case.seq),
            };
            let acting = Acting::person(one.person.clone());
            decided += usize::from(self.runtime.decide_task(case_id, task.number, &acting, answer).await.is_ok());
        }
        decided
    }

    pub async fn load(&self, case_id: &str) -> Loaded {
        self.runtime.load(case_id).await.unwrap()
    }

    /// How long each question took, since this was last asked.
    pub fn took(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.models.took.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The models at the addresses of the server, each case behind a router of its own.
struct Models {
    well: Arc<dyn Provider>,
    brisk: Arc<dyn Provider>,
    refused: Arc<dyn Provider>,
    no_name: Arc<dyn Provider>,
    no_tls: Arc<dyn Provider>,
    routers: Mutex<BTreeMap<String, Arc<Router>>>,
    took: Mutex<Vec<Duration>>,
}

impl Models {
    fn over(port: u16, api: Api) -> Self {
        // A port that was free a moment ago: nobody listens there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // No name has a part of so many letters, so that no server of names is asked for it.
        let no_name = format!("http://{}.example", "a".repeat(80));
        Self {
            well: model(format!("http://127.0.0.1:{port}/v1"), PATIENT, api),
            brisk: model(format!("http://127.0.0.1:{port}/v1"), BRISK, api),
            refused: model(format!("http://127.0.0.1:{free}/v1"), PATIENT, api),
            no_name: model(format!("{no_name}/v1"), PATIENT, api),
            no_tls: model(format!("https://127.0.0.1:{}/v1", deaf()), PATIENT, api),
            routers: Mutex::default(),
            took: Mutex::default(),
        }
    }

    /// A router for one case. A wrong address is the first of two models, or the only one.
    fn plan(&self, mark: &str, act: &Act, always: bool) {
        let wrong = match act {
            Act::Refused => Some(&self.refused),
            Act::NoName => Some(&self.no_name),
            Act::NoTls => Some(&self.no_tls),
            _ => None,
        };
        let well = if act.takes_time() { &self.brisk } else { &self.well };
        let well = (!always || wrong.is_none()).then_some(well);
        let members = wrong.into_iter().chain(well).enumerate().map(|(place, provider)| Member {
            name: format!("m{place}"),
            provider: Arc::clone(provider),
            price: Price::default(),
            pace: None,
            personal: true,
            placeholders: true,
        });
        let members: Vec<Member> = members.collect();
        let choice = |(place, one): (usize, &Member)| Choice {
            model: one.name.clone(),
            rank: u32::try_from(place).unwrap_or_default(),
            weight: 1,
        };
        let tier = members.iter().enumerate().map(choice).collect();
        let plan = Routes { tiers: BTreeMap::from([(USUAL_TIER.to_owned(), tier)]), ..Routes::default() };
        let clock = Clock::fixed(Timestamp(1_790_000_000_000));
        let router = Router::new(members, plan, Arc::new(Notebook::default()), clock).unwrap();
        self.routers.lock().unwrap_or_else(PoisonError::into_inner).insert(mark.to_owned(), Arc::new(router));
    }
}

/// A port on which somebody answers whoever connects, and in no language of TLS.
fn deaf() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let said = stream.and_then(|mut stream| {
                let heard = stream.read(&mut [0; 4_096])?;
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
                Ok(heard)
            });
            // Whoever hangs up at once has been told as well.
            drop(said);
        }
    });
    port
}

fn model(base_url: String, limits: Limits, api: Api) -> Arc<dyn Provider> {
    let settings = Settings {
        base_url,
        key: Secret::new("key-of-the-battery"),
        model: "loopback".to_owned(),
        limits,
        headers: BTreeMap::new(),
        api,
        quirks: Quirks::default(),
    };
    Arc::new(OpenAi::new(settings).unwrap())
}

impl Provider for Models {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        let mark = mark_of(&request.user).unwrap_or_default();
        let router = self.routers.lock().unwrap_or_else(PoisonError::into_inner).get(mark).cloned();
        Box::pin(async move {
            let Some(router) = router else { return Err(ProviderError::Terminal(format!("no case is called {mark}"))) };
            let begun = Instant::now();
            let answer = router.complete(request).await;
            self.took.lock().unwrap_or_else(PoisonError::into_inner).push(begun.elapsed());
            answer
        })
    }

    fn name(&self) -> String {
        "openai:loopback".to_owned()
    }
}

//! An organisation whose processes are written as texts, with a clock that is moved by hand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign::{
    clock::Clock,
    config::{Config, System},
    language::Attachments,
    llm::{Provider, scripted::Scripted},
    runtime::{
        Problem, Runtime,
        apply::{Applied, TaskAnswer},
        ask::Agents,
        intake::{HandIn, Upload},
        publish::Published,
        world::Loaded,
    },
    store::{PersonRow, Store},
};
use countersign_core::{
    case::{Case, Outcome, Status, Task},
    event::{Acting, EventKind},
    people::Person,
    time::Timestamp,
};
use tempfile::TempDir;
use tracing::subscriber::DefaultGuard;

/// A Monday in September 2026, 14:13 UTC.
pub const START: Timestamp = Timestamp(1_790_000_000_000);

/// Somebody: identifier, roles, manager.
pub type Somebody<'a> = (&'a str, &'a [&'a str], Option<&'a str>);

/// Two who may start, their managers, the desk, the lead, the director, and the administrator.
pub const PEOPLE: &[Somebody<'_>] = &[
    ("ada", &["administrator"], None),
    ("ana", &["clerk"], Some("max")),
    ("ben", &["clerk"], None),
    ("dora", &["director"], None),
    ("fin", &["finance desk"], Some("dora")),
    ("fee", &["finance desk"], Some("dora")),
    ("lea", &["finance lead"], Some("dora")),
    ("max", &["team lead"], Some("dora")),
    ("zoe", &[], None),
];

/// A store with its people, a runtime over it, and everything that was logged.
pub struct World {
    pub runtime: Runtime,
    pub store: Store,
    pub clock: Clock,
    pub config: Config,
    logged: Logged,
    _logging: DefaultGuard,
    _place: TempDir,
}

/// What is being made.
#[derive(Default)]
pub struct Setup {
    pub config: Config,
    pub provider: Option<Arc<Scripted>>,
    /// Who answers for agents, in the place of models and the built-in engine.
    pub agents: Option<Arc<dyn Agents>>,
    pub start: Option<Timestamp>,
}

impl World {
    /// The organisation with this process, without a model.
    pub async fn new(text: &str) -> Self {
        Self::with(text, Setup::default()).await
    }

    /// The organisation with this process, and one system that is reached over HTTP with a token.
    pub async fn calling(text: &str, system: &str, url: &str) -> Self {
        let token_variable = Some(TOKEN_VARIABLE.to_owned());
        let systems = BTreeMap::from([(system.to_owned(), System::Http { url: url.to_owned(), token_variable })]);
        Self::with(text, Setup { config: Config { systems, ..Config::default() }, ..Setup::default() }).await
    }

    pub async fn with(text: &str, setup: Setup) -> Self {
        let logged = Logged::default();
        let writer = logged.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        let logging = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", place.path().join("countersign.db").display())).await.unwrap();
        let clock = Clock::fixed(setup.start.unwrap_or(START));
        for (id, roles, manager) in PEOPLE {
            let row = PersonRow { id: (*id).to_owned(), person: person(id, roles, *manager), sample: false };
            store.put_person(row, "test", "added", clock.now()).await.unwrap();
        }
        let config = setup.config;
        let runtime = match (setup.agents, setup.provider) {
            (Some(agents), _) => {
                Runtime::with_agents(store.clone(), clock.clone(), config.clone(), agents).await.unwrap()
            }
            (None, Some(provider)) => {
                let provider: Arc<dyn Provider> = provider;
                Runtime::with_provider(store.clone(), clock.clone(), config.clone(), provider).await.unwrap()
            }
            (None, None) => Runtime::start(store.clone(), clock.clone(), config.clone()).await.unwrap(),
        };
        let world = Self { runtime, store, clock, config, logged, _logging: logging, _place: place };
        if !text.is_empty() {
            world.publish(text).await;
        }
        world
    }

    /// Another runtime on the same store and clock, as after a restart or on a second machine.
    pub async fn another(&self) -> Runtime {
        Runtime::start(self.store.clone(), self.clock.clone(), self.config.clone()).await.unwrap()
    }

    pub async fn publish(&self, text: &str) -> String {
        self.publish_with(text, &Attachments::default()).await
    }

    pub async fn publish_with(&self, text: &str, attachments: &Attachments) -> String {
        match self.runtime.publish(&Acting::person("ada"), text, attachments).await.unwrap() {
            Published::Version { version, .. } => version,
            Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
        }
    }

    /// Opens a case and carries out whatever needs nobody.
    pub async fn open(&self, person: &str, process: &str, words: &[(&str, &str)]) -> u64 {
        self.open_with(person, process, words, &[]).await
    }

    /// The same with documents: field and text.
    pub async fn open_with(
        &self,
        person: &str,
        process: &str,
        words: &[(&str, &str)],
        documents: &[(&str, &str)],
    ) -> u64 {
        let upload = |(field, text): &(&str, &str)| Upload {
            field: (*field).to_owned(),
            name: format!("{field}.txt"),
            bytes: text.as_bytes().to_vec(),
        };
        let hand_in = HandIn { words: owned(words), uploads: documents.iter().map(upload).collect() };
        let opened = self.runtime.open_case(&Acting::person(person), process, hand_in, None).await.unwrap();
        self.quiet().await;
        opened.loaded.case.number
    }

    /// Carries out whatever is due and needs nobody.
    pub async fn quiet(&self) {
        self.runtime.run_until_quiet().await.unwrap();
    }

    /// Lets so much time pass, and carries out what is due by then.
    pub async fn later(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
        self.quiet().await;
    }

    pub async fn loaded(&self, number: u64) -> Loaded {
        self.runtime.load_number(number).await.unwrap()
    }

    pub async fn case(&self, number: u64) -> Arc<Case> {
        self.loaded(number).await.case
    }

    /// The words of a field; empty when it has none.
    pub async fn value(&self, number: u64, field: &str) -> String {
        self.case(number).await.value(field).map(|value| value.plain()).unwrap_or_default()
    }

    /// How the case closed, or that it is open.
    pub async fn status(&self, number: u64) -> String {
        match self.case(number).await.status.clone() {
            Status::Closed { closing, .. } => closing,
            Status::Open => "open".to_owned(),
            Status::Unopened => "unopened".to_owned(),
        }
    }

    /// The one open task of a case.
    pub async fn task(&self, number: u64) -> Task {
        let case = self.case(number).await;
        let open: Vec<&Task> = case.open_tasks().collect();
        assert_eq!(open.len(), 1, "one task of case {number} is open: {open:?}");
        open[0].clone()
    }

    /// Who may decide the one open task of a case.
    pub async fn asked(&self, number: u64) -> Vec<String> {
        let (loaded, task) = (self.loaded(number).await, self.task(number).await);
        let eligible = countersign_core::who::eligible(&loaded.context(), &loaded.case, &task, self.clock.now());
        eligible.into_iter().map(|one| one.person).collect()
    }

    /// Somebody decides the one open task of a case.
    pub async fn decide(&self, number: u64, person: &str, outcome: Outcome, words: &[(&str, &str)]) {
        self.try_decide(number, person, outcome, words).await.unwrap();
        self.quiet().await;
    }

    pub async fn try_decide(
        &self,
        number: u64,
        person: &str,
        outcome: Outcome,
        words: &[(&str, &str)],
    ) -> Result<Applied, Problem> {
        let (case, task) = (self.case(number).await, self.task(number).await);
        let answer = TaskAnswer {
            outcome,
            reason: Some("so it is".to_owned()),
            hand_in: HandIn { words: owned(words), uploads: Vec::new() },
            shown: case.shown(task.number),
            key: format!("{person}/{}", case.seq),
        };
        self.runtime.decide_task(&case.id, task.number, &Acting::person(person), answer).await
    }

    /// The log of a case.
    pub async fn log(&self, number: u64) -> Vec<EventKind> {
        let id = self.case(number).await.id.clone();
        self.store.events(&id).await.unwrap().into_iter().filter_map(|stored| Some(stored.event?.kind)).collect()
    }

    /// Everything that was logged and everything that the record holds of a case, as one text.
    pub async fn everything_written(&self, number: u64) -> String {
        let id = self.case(number).await.id.clone();
        let records = self.store.decision_records(&id).await.unwrap();
        let effects = self.store.effects_of(&id).await.unwrap();
        let (log, case) = (self.log(number).await, self.case(number).await);
        format!("{}\n{log:?}\n{case:?}\n{records:?}\n{effects:?}", self.logged.text())
    }

    /// The log of a case leads to its state, and its chain is whole.
    pub async fn folds(&self, number: u64) {
        let id = self.case(number).await.id.clone();
        assert_eq!(self.runtime.fold_difference(&id).await.unwrap(), None, "case {number}");
        assert_eq!(self.store.verify(&id).await.unwrap().fault, None, "case {number}");
    }
}

/// A variable that cargo sets for every test: its value stands for a token.
pub const TOKEN_VARIABLE: &str = "CARGO_MANIFEST_DIR";

/// What [`TOKEN_VARIABLE`] holds.
pub fn token() -> String {
    std::env::var(TOKEN_VARIABLE).unwrap()
}

pub fn person(id: &str, roles: &[&str], manager: Option<&str>) -> Person {
    Person {
        name: format!("{}{}", id[..1].to_uppercase(), &id[1..]),
        email: format!("{id}@example.org"),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        manager: manager.map(str::to_owned),
        ..Person::default()
    }
}

fn owned(words: &[(&str, &str)]) -> BTreeMap<String, String> {
    words.iter().map(|(name, words)| ((*name).to_owned(), (*words).to_owned())).collect()
}

/// What was logged on this thread.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

//! One machine: a copy of the prepared database, the program on it, and the library that makes it fail.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use countersign::{
    clock::Clock,
    config::Config,
    language::Attachments,
    runtime::{Runtime, intake::HandIn, publish::Published},
    store::{Session, Store, Token},
    web::security::{csrf_token, digest},
};
use countersign_core::{event::Acting, people::Person, time::DAY_MS};
use futures_util::{StreamExt as _, stream};
use regex::Regex;
use serde_json::Value as Json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// How long a repetition waits.
const PAUSE: Duration = Duration::from_millis(20);
/// How many requests a full disk must turn away before there is room again.
const TURNED_AWAY: u32 = 2;
/// How many cases are opened side by side.
const OPENED_AT_ONCE: usize = 64;
/// How often a case is looked at after the failure before there is room again.
const LOOKS: u32 = 25;
/// Where the control file holds what, in bytes.
const COME_AT: u64 = 8;
const LIFTED_AT: u64 = 16;
const AHEAD_AT: u64 = 24;
const CONTROL_BYTES: usize = 32;

const TEXTS: [(&str, &str); 6] = [
    (
        include_str!("../../../processes/expense-claim/process.md"),
        include_str!("../../../processes/expense-claim/examples.jsonl"),
    ),
    (include_str!("texts/invoice.md"), ""),
    (include_str!("texts/onboarding.md"), ""),
    (include_str!("texts/return.md"), ""),
    (include_str!("texts/supplier.md"), ""),
    (include_str!("texts/timers.md"), ""),
];

/// A database with people, tokens and processes, and nothing else.
pub struct Template {
    folder: tempfile::TempDir,
}

impl Template {
    pub async fn make() -> Self {
        countersign::llm::openai::install_tls();
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&format!("sqlite:{}", folder.path().join("c.db").display())).await.expect("a database");
        let runtime = Runtime::start(store, Clock::System, Config::default()).await.expect("a runtime");
        for (id, roles, manager) in [
            ("ada", &["administrator"][..], None),
            ("anna", &["employee", "clerk", "lead", "buyer"], Some("carla")),
            ("bert", &["board"], None),
            ("carla", &["employee", "board"], None),
            ("rosa", &["finance lead", "finance desk", "finance director"], None),
        ] {
            let roles = roles.iter().map(|&role| role.to_owned()).collect();
            let manager = manager.map(str::to_owned);
            let person = Person { name: id.to_owned(), roles, manager, ..Person::default() };
            runtime.put_person("test", id, &person, false).await.expect("a person");
            let (person, now) = (id.to_owned(), runtime.clock().now());
            let token = Token {
                token_hash: digest(&secret(id)),
                person: person.clone(),
                name: "test".to_owned(),
                created_at: now,
                last_used_at: None,
                revoked_at: None,
            };
            runtime.store().create_token(token).await.expect("a token");
            let session = Session {
                token_hash: digest(&secret(id)),
                person,
                csrf: csrf_token(&secret(id)),
                created_at: now,
                expires_at: now.plus_ms(DAY_MS),
            };
            runtime.store().create_session(session).await.expect("a session");
        }
        for (text, examples) in TEXTS {
            let attachments = Attachments::read(examples).expect("the examples can be read");
            let published = runtime.publish(&Acting::person("ada"), text, &attachments).await.expect("a publication");
            assert!(matches!(published, Published::Version { .. }), "{published:?}");
        }
        runtime.store().close().await;
        Self { folder }
    }
}

/// The program on its database.
pub struct Machine {
    folder: tempfile::TempDir,
    preload: PathBuf,
    child: Option<Child>,
    base: String,
    client: reqwest::Client,
    deaths: u32,
    turned_away: u32,
    forms: u32,
    looked: u32,
    slowest_start: Duration,
}

impl Machine {
    pub fn new(template: &Template, preload: &Path, system: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::copy(template.folder.path().join("c.db"), folder.path().join("c.db")).expect("a copy");
        let system = |name: &str| format!("[systems.\"{name} system\"]\nkind = \"http\"\nurl = \"{system}\"\n");
        let config = format!("{}{}", system("bank"), system("ledger"));
        fs::write(folder.path().join("countersign.toml"), config).expect("a configuration");
        fs::write(folder.path().join("control"), [0; CONTROL_BYTES]).expect("a control file");
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10));
        let client = client.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let preload = preload.to_owned();
        Self {
            folder,
            preload,
            child: None,
            base: String::new(),
            client,
            deaths: 0,
            turned_away: 0,
            forms: 0,
            looked: 0,
            slowest_start: Duration::ZERO,
        }
    }

    pub fn database(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("c.db").display())
    }

    /// Opens so many cases that wait for time, without the program.
    pub async fn fill(&self, cases: usize) {
        let store = Store::open(&self.database()).await.expect("the database opens");
        let runtime = Runtime::start(store, Clock::System, Config::default()).await.expect("a runtime");
        let open = |number: usize| {
            let words = BTreeMap::from([("name".to_owned(), format!("Person {number}"))]);
            let hand_in = HandIn { words, uploads: Vec::new() };
            let runtime = &runtime;
            async move { runtime.open_case(&Acting::person("anna"), "trial-period", hand_in, None).await }
        };
        let opened = stream::iter((0..cases).map(open)).buffer_unordered(OPENED_AT_ONCE);
        let opened = opened.filter(|one| std::future::ready(one.is_ok())).count().await;
        assert_eq!(opened, cases);
        runtime.store().close().await;
    }

    /// Starts the program, with a failure at one call; returns when it serves or has died.
    pub async fn start(&mut self, failure: Option<(&str, u64)>) {
        let begun = Instant::now();
        let (mode, at) = failure.unwrap_or(("none", 0));
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).expect("a log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &self.database(), "--config"])
            .arg(self.folder.path().join("countersign.toml"))
            .env("LD_PRELOAD", &self.preload)
            .env("FAULT_FILES", self.folder.path().join("c.db"))
            .env("FAULT_CONTROL", self.folder.path().join("control"))
            .env("FAULT_MODE", mode)
            .env("FAULT_AT", at.to_string())
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, rest)) = line.split_once(" at http://") {
                self.base = format!("http://{}", rest.split(';').next().unwrap_or_default());
                self.slowest_start = self.slowest_start.max(begun.elapsed());
                break;
            }
        }
        self.child = Some(child);
    }

    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().await;
        }
    }

    /// How many calls the library has counted.
    pub fn counted(&self) -> u64 {
        self.control(0)
    }

    /// Whether the failure has come.
    pub fn failure_came(&self) -> bool {
        self.control(COME_AT) > 0
    }

    /// Moves the clock of the program so many seconds ahead of the machine's.
    pub fn move_clock(&self, seconds: i64) {
        self.set(AHEAD_AT, &seconds.to_ne_bytes());
    }

    pub const fn deaths(&self) -> u32 {
        self.deaths
    }

    pub const fn turned_away(&self) -> u32 {
        self.turned_away
    }

    pub const fn slowest_start(&self) -> Duration {
        self.slowest_start
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn control(&self, at: u64) -> u64 {
        let mut number = [0; 8];
        let file = fs::File::open(self.folder.path().join("control")).expect("the control file");
        file.read_exact_at(&mut number, at).expect("the control file is whole");
        u64::from_ne_bytes(number)
    }

    fn set(&self, at: u64, number: &[u8; 8]) {
        let file = fs::File::options().write(true).open(self.folder.path().join("control")).expect("the control file");
        file.write_all_at(number, at).expect("the control file can be written");
    }

    /// Sends a request again and again, with the same body, until the program acknowledges it; `None` when the case has
    /// moved on, so that whoever decides must look again.
    pub async fn acknowledged(&mut self, person: &str, path: &str, body: &Json) -> Option<Json> {
        loop {
            self.restart_if_dead().await;
            let request = self.client.post(format!("{}/api/v1/{path}", self.base)).bearer_auth(secret(person));
            if let Ok(response) = request.json(body).send().await {
                let status = response.status();
                if let Ok(answer) = response.json::<Json>().await {
                    if status.is_success() {
                        return Some(answer);
                    }
                    if status.as_u16() == 409 {
                        return None;
                    }
                    self.refused(&format!("{path} of {person}"), status.as_u16(), &answer.to_string());
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A case as the finance lead sees it.
    pub async fn case(&mut self, number: u64) -> Json {
        loop {
            self.restart_if_dead().await;
            let request = self.client.get(format!("{}/api/v1/cases/{number}", self.base)).bearer_auth(secret("rosa"));
            if let Ok(response) = request.send().await
                && response.status().is_success()
                && let Ok(case) = response.json::<Json>().await
            {
                // Nobody may be turned away while only effects fail; then there is room again after a while.
                self.looked += u32::from(self.failure_came());
                if self.looked > LOOKS {
                    self.lift();
                }
                tokio::time::sleep(PAUSE).await;
                return case;
            }
            // A full disk must not stop anybody from looking, but the case may just be on its way.
            self.lift();
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Somebody outside gets a link from the finance lead and fills in what is asked there.
    pub async fn hand_in_from_outside(&mut self, number: u64, written: &[(&str, &str)]) {
        let (token, sent) =
            (Regex::new("/outside/([0-9a-f]{64})").expect("a pattern"), "application/x-www-form-urlencoded");
        let hidden = Regex::new("name=\"(_csrf|task|shown)\" value=\"([^\"]*)\"").expect("a pattern");
        self.restart_if_dead().await;
        self.forms += 1;
        let csrf = format!("{}.{}", csrf_token(&secret("rosa")), self.forms);
        let cookie = format!("countersign={}", secret("rosa"));
        let page = format!("{}/cases/{number}", self.base);
        let make = self.client.post(format!("{page}/links")).header("cookie", &cookie).header("content-type", sent);
        let Ok(made) = make.body(format!("_csrf={csrf}&party=supplier")).send().await else { return };
        if made.status().is_server_error() {
            return self.refused("a link", made.status().as_u16(), "");
        }
        let Some(shown) = self.text(self.client.get(page).header("cookie", &cookie)).await else { return };
        let Some(link) = token.captures(&shown).map(|found| found[0].to_owned()) else { return };
        let link = format!("{}{link}", self.base);
        let Some(form) = self.text(self.client.get(&link)).await else { return };
        let mut body: Vec<String> =
            hidden.captures_iter(&form).map(|found| format!("{}={}", &found[1], &found[2])).collect();
        let asked = written.iter().filter(|(name, _)| form.contains(&format!("name=\"field.{name}\"")));
        body.extend(asked.map(|(name, words)| format!("field.{name}={}", words.replace(' ', "+"))));
        let handed = self.client.post(&link).header("content-type", sent).body(body.join("&")).send().await;
        if let Ok(answer) = handed {
            let status = answer.status();
            if !status.is_redirection() {
                self.refused("a form from outside", status.as_u16(), &answer.text().await.unwrap_or_default());
            }
        }
    }

    async fn text(&self, request: reqwest::RequestBuilder) -> Option<String> {
        request.send().await.ok()?.text().await.ok()
    }

    /// A program that cannot write says so with a 503 and in words; anything else is a fault.
    fn refused(&mut self, what: &str, status: u16, answer: &str) {
        assert_eq!(status, 503, "{what} was refused: {answer}\n{}", self.log());
        assert!(answer.is_empty() || answer.contains("nothing was changed") || answer.contains("<html"), "{answer}");
        self.turned_away += 1;
        if self.turned_away >= TURNED_AWAY {
            self.lift();
        }
    }

    /// There is room on the disk again.
    fn lift(&self) {
        self.set(LIFTED_AT, &1_u64.to_ne_bytes());
    }

    async fn restart_if_dead(&mut self) {
        let dead = match &mut self.child {
            Some(child) => child.try_wait().ok().flatten().is_some(),
            None => true,
        };
        if dead {
            self.deaths += 1;
            self.start(None).await;
        }
    }
}

fn secret(person: &str) -> String {
    format!("secret-of-{person}")
}

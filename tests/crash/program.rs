//! The real program as a process, and the people who use it over the JSON API.

use std::{process::Stdio, sync::Arc, time::Duration};

use countersign::{
    clock::Clock,
    config::Config,
    language::Attachments,
    runtime::{Runtime, publish::Published},
    store::{Store, Token},
    web::security,
};
use countersign_core::{event::Acting, people::Person};
use serde_json::Value as Json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// How long a repetition waits for a program that is just starting.
const PAUSE: Duration = Duration::from_millis(15);

/// A small generator, so that a seed tells everything (Marsaglia, "Xorshift RNGs", 2003).
pub struct Random(pub u64);

impl Random {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// The program and its database.
pub struct Program {
    folder: Arc<tempfile::TempDir>,
    database: String,
    child: Option<Child>,
    base: String,
    client: reqwest::Client,
    kills: u64,
}

impl Program {
    /// Makes a database in a file with people, tokens and the published sample.
    pub async fn prepare(bank: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite:{}", folder.path().join("countersign.db").display());
        Self::over(folder, database, bank).await
    }

    /// The same on a server whose database is still empty.
    pub async fn prepare_on(address: &str, bank: &str) -> Self {
        Self::over(tempfile::tempdir().expect("a folder"), address.to_owned(), bank).await
    }

    /// One more program over the same database.
    pub fn sibling(&self) -> Self {
        let (folder, database) = (Arc::clone(&self.folder), self.database.clone());
        Self { folder, database, child: None, base: String::new(), client: self.client.clone(), kills: 0 }
    }

    async fn over(folder: tempfile::TempDir, database: String, bank: &str) -> Self {
        let config = format!("[systems.\"bank system\"]\nkind = \"http\"\nurl = \"{bank}\"\n");
        std::fs::write(folder.path().join("countersign.toml"), config).expect("a configuration");
        countersign::llm::openai::install_tls();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().expect("a client");
        let program = Self { folder: Arc::new(folder), database, child: None, base: String::new(), client, kills: 0 };
        let store = Store::open(&program.database()).await.expect("a new database");
        let runtime = Runtime::start(store, Clock::System, Config::default()).await.expect("a runtime");
        for (id, roles, manager) in [
            ("ada", vec!["administrator"], None),
            ("anna", vec!["employee"], Some("carla")),
            ("carla", vec!["employee"], None),
            ("rosa", vec!["finance lead", "finance desk", "finance director"], None),
        ] {
            let person = Person {
                name: id.to_owned(),
                roles: roles.into_iter().map(str::to_owned).collect(),
                manager: manager.map(str::to_owned),
                ..Person::default()
            };
            runtime.put_person("test", id, &person, false).await.expect("a person");
            let token = Token {
                token_hash: security::digest(&token(id)),
                person: id.to_owned(),
                name: "test".to_owned(),
                created_at: runtime.clock().now(),
                last_used_at: None,
                revoked_at: None,
            };
            runtime.store().create_token(token).await.expect("a token");
        }
        let text = include_str!("../../processes/expense-claim/process.md");
        let examples = include_str!("../../processes/expense-claim/examples.jsonl");
        let attachments = Attachments::read(examples).expect("the examples can be read");
        let published = runtime.publish(&Acting::person("ada"), text, &attachments).await.expect("a publication");
        assert!(matches!(published, Published::Version { .. }), "{published:?}");
        runtime.store().close().await;
        program
    }

    /// The address of the database.
    pub fn database(&self) -> String {
        self.database.clone()
    }

    /// Where the program that runs now serves its API.
    pub fn base(&self) -> String {
        self.base.clone()
    }

    /// How often the program was killed.
    pub const fn kills(&self) -> u64 {
        self.kills
    }

    /// The process that runs now.
    pub fn process_id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Starts the program and waits until it says where it serves.
    pub async fn start(&mut self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &self.database(), "--config"])
            .arg(self.folder.path().join("countersign.toml"))
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, rest)) = line.split_once(" at http://") {
                let host = rest.split(';').next().unwrap_or_default();
                self.base = format!("http://{host}/api/v1");
                break;
            }
        }
        self.child = Some(child);
    }

    /// Kills the program now.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().await;
        }
    }

    /// Kills the process that runs now after a while, unless it is gone by then.
    pub fn kill_after(&self, pause: Duration) {
        let Some(process) = self.process_id() else { return };
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let _ = Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status().await;
        });
    }

    /// Sends a request again and again, with the same body, until the program acknowledges it.
    pub async fn send_until_acknowledged(&mut self, person: &str, path: &str, body: &Json) -> Json {
        loop {
            self.restart_if_dead().await;
            let request = self.client.post(format!("{}/{path}", self.base)).bearer_auth(token(person)).json(body);
            if let Ok(response) = request.send().await {
                let status = response.status();
                if let Ok(answer) = response.json::<Json>().await {
                    if status.is_success() {
                        return answer;
                    }
                    assert!(status.is_server_error(), "{path} was refused with {status}: {answer}");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Looks at a case until it is as wanted.
    pub async fn wait_for(&mut self, number: u64, wanted: impl Fn(&Json) -> Option<Json>) -> Json {
        loop {
            self.restart_if_dead().await;
            let request = self.client.get(format!("{}/cases/{number}", self.base)).bearer_auth(token("rosa"));
            if let Ok(response) = request.send().await
                && let Ok(case) = response.json::<Json>().await
                && let Some(found) = wanted(&case)
            {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Starts the program again when it has ended.
    pub async fn restart_if_dead(&mut self) {
        let dead = match &mut self.child {
            Some(child) => child.try_wait().ok().flatten().is_some(),
            None => true,
        };
        if dead {
            self.kills += 1;
            self.start().await;
        }
    }
}

/// The personal token of somebody.
pub fn token(person: &str) -> String {
    format!("secret-of-{person}")
}

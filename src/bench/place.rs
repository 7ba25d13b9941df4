//! The organisation that benchmarks run in: a few people, three processes, two systems, and nodes over one database.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use countersign_core::{event::Acting, people::Person};
use tokio::{sync::watch as signal, task::JoinHandle};

use super::{Settings, folder_of, measure, stub::Stub, watch::Watch};
use crate::{
    clock::Clock,
    config::{Config, System},
    id::new_secret,
    language::Attachments,
    runtime::{Runtime, publish::Published},
    store::{Footprint, Store, Token},
    web::security,
};

/// How many people may start cases.
const EMPLOYEES: u64 = 16;
/// How many people hold the role that approves small amounts.
const DESK: u64 = 4;
/// Who approves large amounts and answers for every process.
pub(super) const LEAD: &str = "lead";
/// The setting that marks a database as made by a benchmark.
const MARK: &str = "bench";

/// The processes of the scenarios.
const PROCESSES: [&str; 3] = [
    include_str!("processes/approval-case.md"),
    include_str!("processes/waiting-case.md"),
    include_str!("processes/timed-case.md"),
];

/// Nodes that run over one database.
pub(super) struct Place {
    /// The nodes; the first one is there always.
    pub(super) nodes: Vec<Runtime>,
    /// What they announce.
    pub(super) watch: Watch,
    /// How large the database was before anything ran.
    before: Footprint,
    database: String,
    folder: PathBuf,
    sweeps: Vec<JoinHandle<()>>,
    stop: signal::Sender<bool>,
    _listeners: tokio::task::JoinSet<()>,
}

/// What is counted from before a run to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    cpu_ms: f64,
    server_cpu_ms: Option<f64>,
    commits: u64,
    changes: u64,
}

/// What is left when everything is closed.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// What the run added to the checkpointed database, in bytes, documents apart.
    pub(super) added: f64,
    /// Flushes a second.
    pub(super) fsyncs_s: f64,
}

impl Place {
    /// Makes the organisation where it is missing, and starts the nodes over it; their sweeps run.
    pub(super) async fn open(settings: &Settings, clock: Clock) -> anyhow::Result<Self> {
        let folder = folder_of(&settings.database)?;
        let first = runtime(settings, &clock).await?;
        prepare(&first).await?;
        first.store().close().await;
        let before = Store::footprint(&settings.database).await?;
        let mut nodes = Vec::with_capacity(settings.nodes);
        for _ in 0..settings.nodes {
            nodes.push(runtime(settings, &clock).await?);
        }
        let (stop, stopped) = signal::channel(false);
        let watch = Watch::default();
        let listeners = watch.listen(&nodes);
        let sweeps = nodes.iter().map(|node| node.spawn(stopped.clone())).collect();
        let database = settings.database.clone();
        Ok(Self { nodes, watch, before, database, folder, sweeps, stop, _listeners: listeners })
    }

    /// The node that serves this client at this turn.
    pub(super) fn node(&self, turn: usize) -> &Runtime {
        &self.nodes[turn % self.nodes.len()]
    }

    /// What has been used up to now.
    pub(super) async fn counts(&self) -> anyhow::Result<Counts> {
        let counted = self.nodes.iter().map(|node| node.store().counted());
        let (commits, changes) = counted.fold((0, 0), |sum, one| (sum.0 + one.commits, sum.1 + one.changes));
        let backend = self.nodes[0].store().server_process().await?;
        Ok(Counts { cpu_ms: measure::cpu_ms()?, server_cpu_ms: measure::server_cpu_ms(backend), commits, changes })
    }

    /// Stops the sweeps, closes the database, and looks at what is left.
    pub(super) async fn close(self) -> anyhow::Result<Left> {
        let _ = self.stop.send(true);
        for sweep in self.sweeps {
            sweep.await.context("a sweep stopped unexpectedly")?;
        }
        for node in &self.nodes {
            node.store().close().await;
        }
        let after = Store::footprint(&self.database).await?;
        let apart = |footprint: Footprint| footprint.all.saturating_sub(footprint.documents) as f64;
        let fsyncs_s = measure::fsyncs_a_second(&self.folder)?;
        Ok(Left { added: apart(after) - apart(self.before), fsyncs_s })
    }
}

impl Counts {
    /// The processor's time since an earlier count, in milliseconds: of this process, and of a database server.
    pub(super) fn cpu_since(&self, earlier: &Self) -> (f64, Option<f64>) {
        let server = self.server_cpu_ms.zip(earlier.server_cpu_ms).map(|(now, then)| now - then);
        (self.cpu_ms - earlier.cpu_ms, server)
    }

    /// Commits and changes since an earlier count.
    pub(super) fn commits_since(&self, earlier: &Self) -> (f64, f64) {
        ((self.commits - earlier.commits) as f64, (self.changes - earlier.changes) as f64)
    }
}

/// Who opens the case of this number.
pub(super) fn employee(index: u64) -> Acting {
    Acting::person(format!("employee-{}", index % EMPLOYEES))
}

/// Who of the desk looks at the case of this number.
pub(super) fn desk(index: u64) -> String {
    format!("desk-{}", index % DESK)
}

async fn runtime(settings: &Settings, clock: &Clock) -> anyhow::Result<Runtime> {
    let mut config = Config::default();
    for system in ["bank system", "records system"] {
        config.systems.insert(system.to_owned(), System::Practice { answers: BTreeMap::new() });
    }
    let store = Store::open(&settings.database).await?;
    Ok(Runtime::with_agents(store, clock.clone(), config, Arc::new(Stub)).await?)
}

/// Fills an empty database; one that a benchmark has made stays as it is, and any other is refused.
async fn prepare(runtime: &Runtime) -> anyhow::Result<()> {
    if runtime.store().setting(MARK).await?.is_some() {
        return Ok(());
    }
    anyhow::ensure!(
        runtime.world().directory.people.is_empty(),
        "this database holds real people; a benchmark takes an empty one, so name another with --database"
    );
    add(runtime, "administrator", &["administrator"]).await?;
    add(runtime, LEAD, &["finance lead"]).await?;
    for index in 0..EMPLOYEES {
        add(runtime, &format!("employee-{index}"), &["employee"]).await?;
    }
    for index in 0..DESK {
        add(runtime, &desk(index), &["finance desk"]).await?;
    }
    let administrator = Acting::person("administrator");
    for text in PROCESSES {
        match runtime.publish(&administrator, text, &Attachments::default()).await? {
            Published::Version { .. } => {}
            Published::Refused(compiled) => {
                let first = compiled.diagnostics.first().map(|one| one.message.clone()).unwrap_or_default();
                anyhow::bail!("a process of the benchmark is not understood: {first}");
            }
        }
    }
    Ok(runtime.store().set_setting(MARK, "made by a benchmark").await?)
}

async fn add(runtime: &Runtime, id: &str, roles: &[&str]) -> anyhow::Result<()> {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let person = Person { name: id.to_owned(), email: format!("{id}@example.org"), roles, ..Person::default() };
    Ok(runtime.put_person("bench", id, &person, true).await?)
}

/// A personal token of somebody, for the API; a new one for each run, since only its digest is kept.
pub(super) async fn token(runtime: &Runtime, person: &str) -> anyhow::Result<String> {
    let secret = new_secret()?;
    let token = Token {
        token_hash: security::digest(&secret),
        person: person.to_owned(),
        name: "benchmark".to_owned(),
        created_at: runtime.clock().now(),
        last_used_at: None,
        revoked_at: None,
    };
    runtime.store().create_token(token).await?;
    Ok(secret)
}

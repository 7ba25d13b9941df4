//! `countersign demo`: four sample processes, sample people and cases waiting, on a loopback port.

mod cases;
mod people;

use anyhow::Context as _;
use clap::Args;
use countersign_core::{event::Acting, time::DAY_MS};
use tokio::net::TcpListener;

use super::{Common, Outcome, local, note, say, serve};
use crate::{
    config::{Config, System},
    language, log,
    runtime::{Runtime, publish::Published},
    store::{LinkPurpose, without_password},
    web::paths,
};

/// Where the demo keeps its data unless told otherwise.
const DATABASE: &str = "sqlite:countersign-demo.db";
/// The first port that is tried, and how many after it.
const PORT: u16 = 8080;
const PORTS_TRIED: u16 = 20;
/// How long the sign-in link works, in milliseconds.
const LINK_MS: i64 = DAY_MS;

/// The sample processes, of those that one can begin from.
const PROCESSES: [&str; 4] = ["expense-claim", "vendor-onboarding", "support-request", "employment-letter"];

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The loopback port; without it the first free one from 8080 on.
    #[arg(long)]
    port: Option<u16>,
    #[command(flatten)]
    running: serve::Running,
}

impl Demo {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let _log = log::start(self.running.log_format());
        let database = common.database.as_deref().unwrap_or(DATABASE);
        let runtime = local::writing_with(database, config(common)?).await?;
        if runtime.store().setting("demo").await?.is_none() {
            anyhow::ensure!(
                runtime.world().directory.people.is_empty(),
                "{} holds real people; the demo fills an empty database, so choose another with --database",
                without_password(database)
            );
            note("filling the database with samples");
            fill(&runtime).await.context("cannot fill the database with samples")?;
        }
        let demo = runtime.store().setting("demo").await?.as_deref() == Some("on");
        let listener = self.listen().await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let person = people::FIRST.to_owned();
        let token = serve::one_time_link(&runtime, LinkPurpose::SignIn, Some(person), LINK_MS).await?;
        say("Countersign is ready. Open this link to sign in; it works once:");
        say(&format!("  {base_url}{}", paths::sign_in_link(&token)));
        say(&format!("The data lies in {}. Stop it with Ctrl-C.", without_password(database)));
        serve::serve(runtime, listener, serve::site(base_url, demo), (database, self.running)).await
    }

    async fn listen(&self) -> anyhow::Result<TcpListener> {
        if let Some(port) = self.port {
            return serve::listen(&format!("127.0.0.1:{port}")).await;
        }
        for port in PORT..PORT + PORTS_TRIED {
            if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
                return Ok(listener);
            }
        }
        anyhow::bail!("no free port from {PORT} to {}; name one with --port", PORT + PORTS_TRIED - 1)
    }
}

/// The configuration of the demo: every system that the samples name is a practice system.
fn config(common: &Common) -> anyhow::Result<Config> {
    let mut config = Config::read(common.config.as_deref())?;
    for system in ["bank system", "purchasing system"] {
        config
            .systems
            .entry(system.to_owned())
            .or_insert_with(|| System::Practice { answers: std::collections::BTreeMap::new() });
    }
    Ok(config)
}

/// Publishes the samples, adds the people and opens the cases, through the same doors as everything else.
pub(crate) async fn fill(runtime: &Runtime) -> anyhow::Result<()> {
    people::add(runtime).await?;
    let administrator = Acting::person(people::ADMINISTRATOR);
    for sample in language::templates().iter().filter(|sample| PROCESSES.contains(&sample.id)) {
        let attachments = sample.attachments().map_err(|why| anyhow::anyhow!("{}: {why}", sample.id))?;
        match runtime.publish(&administrator, sample.text, &attachments).await? {
            Published::Version { .. } => {}
            Published::Refused(compiled) => {
                let first = compiled.diagnostics.first().map(|one| one.message.clone()).unwrap_or_default();
                anyhow::bail!("the sample {} is not understood: {first}", sample.id);
            }
        }
    }
    cases::open(runtime).await?;
    runtime.store().set_setting("demo", "on").await?;
    Ok(())
}

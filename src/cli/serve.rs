//! `countersign serve`: the web application, the JSON API and the sweep, until it is told to stop.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use clap::Args;
use countersign_core::time::DAY_MS;
use tokio::{net::TcpListener, sync::watch};

use super::{Common, Outcome, local, note, say};
use crate::{
    config::Config,
    id::new_secret,
    log::{self, Format},
    runtime::Runtime,
    store::{Link, LinkPurpose, without_password},
    web::{
        paths, security, server,
        state::{AppState, Site},
    },
};

/// The longest notice before stopping, in seconds.
const NOTICE_MAX: u64 = 300;
/// How often the age of the database is noted: a copy that is older than this is known to be one.
const BEAT_EVERY: Duration = Duration::from_secs(60);
/// How long the link for the first administrator works, in milliseconds.
const FIRST_LINK_MS: i64 = DAY_MS;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to listen on.
    #[arg(long, env = "COUNTERSIGN_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The database file was restored from a backup on purpose; it is put on record.
    #[arg(long)]
    restored: bool,
    #[command(flatten)]
    running: Running,
}

/// How a server runs and stops.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Running {
    /// How the lines of the log are written.
    #[arg(long, env = "COUNTERSIGN_LOG_FORMAT", default_value = "text")]
    log_format: Format,
    /// How many seconds `/readyz` says no before it stops, so that a balancer sends nobody here any more.
    #[arg(long, env = "COUNTERSIGN_DRAIN_NOTICE", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=NOTICE_MAX))]
    drain_notice: u64,
}

impl Serve {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let _log = log::start(self.running.log_format);
        let config = Config::read(common.config.as_deref())?;
        let runtime = local::serving(common.database(), config, self.restored).await?;
        let listener = listen(&self.listen).await?;
        let base_url = base_url(&runtime, &listener)?;
        if runtime.store().nobody_can_sign_in().await? {
            let token = first_link(&runtime).await?;
            say("nobody can sign in yet; open this link once to become the first administrator:");
            say(&format!("  {base_url}{}", paths::sign_in_link(&token)));
        }
        say(&format!("Countersign serves {} at {base_url}; stop it with Ctrl-C", without_password(common.database())));
        serve(runtime, listener, site(base_url, false), (common.database(), self.running)).await
    }
}

impl Running {
    pub(super) const fn log_format(self) -> Format {
        self.log_format
    }
}

pub(super) async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with --listen"))
}

/// The address that people use: as configured, or as listened on.
pub(super) fn base_url(runtime: &Runtime, listener: &TcpListener) -> anyhow::Result<String> {
    Ok(match &runtime.config().base_url {
        Some(base_url) => base_url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", listener.local_addr()?),
    })
}

pub(super) fn site(base_url: String, demo: bool) -> Site {
    Site { secure: base_url.starts_with("https://"), base_url, demo }
}

async fn first_link(runtime: &Runtime) -> anyhow::Result<String> {
    one_time_link(runtime, LinkPurpose::FirstAdministrator, None, FIRST_LINK_MS).await
}

/// Makes a link that works once, and returns its secret; only the digest is stored.
pub(super) async fn one_time_link(
    runtime: &Runtime,
    purpose: LinkPurpose,
    person: Option<String>,
    lasts_ms: i64,
) -> anyhow::Result<String> {
    let token = new_secret()?;
    let now = runtime.clock().now();
    let link = Link {
        token_hash: security::digest(&token),
        purpose,
        person,
        case_id: None,
        party: None,
        task: None,
        created_at: now,
        expires_at: now.plus_ms(lasts_ms),
        used_at: None,
    };
    runtime.store().create_link(link).await?;
    Ok(token)
}

/// Serves until Ctrl-C or SIGTERM. Then `/readyz` says no, no effect is begun any more, what is in flight is finished
/// within its limit, everything is committed, and the database is closed.
pub(super) async fn serve(
    runtime: Runtime,
    listener: TcpListener,
    site: Site,
    (database, running): (&str, Running),
) -> anyhow::Result<Outcome> {
    let (stop, stopped) = watch::channel(false);
    let sweep = runtime.spawn(stopped.clone());
    let others = runtime.watch_others(stopped.clone());
    let scoring = runtime.keep_scores(stopped.clone());
    let state = AppState { runtime: runtime.clone(), site: Arc::new(site) };
    let pages = server::serve(listener, state, stopped);
    tokio::pin!(pages);
    tokio::select! {
        served = &mut pages => served.context("the web server stopped")?,
        () = beating(&runtime, database) => {}
        () = drained(&runtime, running) => {
            note("stopping: what has begun is finished first");
            let _ = stop.send(true);
            pages.await.context("the web server stopped")?;
        }
    }
    let _ = stop.send(true);
    sweep.await.context("the sweep stopped unexpectedly")?;
    others.await.context("the look at other programs stopped unexpectedly")?;
    scoring.await.context("asking agents again stopped unexpectedly")?;
    beat(&runtime, database).await;
    runtime.store().close().await;
    Ok(Outcome::Fine)
}

/// Counts on from time to time, so that a copy made before is known to be older; never returns.
async fn beating(runtime: &Runtime, database: &str) {
    loop {
        tokio::time::sleep(BEAT_EVERY).await;
        beat(runtime, database).await;
    }
}

async fn beat(runtime: &Runtime, database: &str) {
    if let Err(error) = runtime.store().beat(database).await {
        tracing::warn!(%error, "the age of the database could not be noted");
    }
}

/// Returns when the program was told to stop and those who send people here have had time to notice.
async fn drained(runtime: &Runtime, running: Running) {
    told_to_stop().await;
    runtime.begin_draining();
    if running.drain_notice > 0 {
        note(&format!("stopping in {} s: /readyz says no from now on", running.drain_notice));
        // Whoever asks a second time wants it to stop at once.
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(running.drain_notice)) => {}
            () = told_to_stop() => {}
        }
    }
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

//! `countersign serve`: the web application, the JSON API and the sweep, until it is told to stop.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use countersign_core::time::DAY_MS;
use tokio::{net::TcpListener, sync::watch};

use super::{Common, Outcome, local, note, say};
use crate::{
    id::new_secret,
    runtime::Runtime,
    store::{Link, LinkPurpose},
    web::{
        paths, security, server,
        state::{AppState, Site},
    },
};

/// How long the link for the first administrator works, in milliseconds.
const FIRST_LINK_MS: i64 = DAY_MS;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to listen on.
    #[arg(long, env = "COUNTERSIGN_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
}

impl Serve {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        start_log();
        let runtime = local::writing(common, common.database()).await?;
        let listener = listen(&self.listen).await?;
        let base_url = base_url(&runtime, &listener)?;
        if runtime.world().directory.people.is_empty() {
            let token = first_link(&runtime).await?;
            say("nobody can sign in yet; open this link once to become the first administrator:");
            say(&format!("  {base_url}{}", paths::sign_in_link(&token)));
        }
        say(&format!("Countersign serves {} at {base_url}; stop it with Ctrl-C", common.database()));
        serve(runtime, listener, site(base_url, false)).await
    }
}

/// Logs go to standard error; `RUST_LOG` says how much.
pub(super) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,countersign=info"));
    // A second start in one process, as in tests, keeps the first log.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
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

/// Serves until Ctrl-C or SIGTERM; what is in flight is finished first.
pub(super) async fn serve(runtime: Runtime, listener: TcpListener, site: Site) -> anyhow::Result<Outcome> {
    let (stop, stopped) = watch::channel(false);
    let sweep = runtime.spawn(stopped.clone());
    let state = AppState { runtime: runtime.clone(), site: Arc::new(site) };
    let pages = server::serve(listener, state, stopped);
    tokio::pin!(pages);
    tokio::select! {
        served = &mut pages => served.context("the web server stopped")?,
        () = told_to_stop() => {
            note("stopping: what has begun is finished first");
            let _ = stop.send(true);
            pages.await.context("the web server stopped")?;
        }
    }
    let _ = stop.send(true);
    sweep.await.context("the sweep stopped unexpectedly")?;
    runtime.store().close().await;
    Ok(Outcome::Fine)
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

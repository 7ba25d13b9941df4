//! The server that is harmed: one that belongs to this test alone, started by `scripts/chaos`.

use std::{
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use sqlx::{Connection as _, PgConnection};

/// A server that may be stopped.
pub struct Server {
    /// Its address.
    pub address: String,
    /// How often it is stopped.
    pub every: Duration,
    /// The command that stops and starts it, with its arguments.
    control: Vec<String>,
    stops: AtomicU64,
    cuts: AtomicU64,
    overruns: AtomicU64,
}

impl Server {
    /// The server that the environment names; `None`, said loudly, where none is there to be stopped.
    pub fn named() -> Option<Self> {
        let named = |name: &str| std::env::var(name).ok().filter(|_| std::env::var_os("CHAOS").is_some());
        let (address, control) = ("COUNTERSIGN_TEST_POSTGRES", "COUNTERSIGN_TEST_POSTGRES_CONTROL");
        let (Some(address), Some(control)) = (named(address), named(control)) else {
            eprintln!("NOT TRIED: a server that is stopped while cases run; run scripts/chaos");
            return None;
        };
        let every = std::env::var("CHAOS_EVERY").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(5);
        Some(Self {
            address,
            every: Duration::from_secs(every),
            control: control.split_whitespace().map(str::to_owned).collect(),
            stops: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            overruns: AtomicU64::new(0),
        })
    }

    /// How often it was stopped.
    pub fn stops(&self) -> u64 {
        self.stops.load(Ordering::Relaxed)
    }

    /// How often connections were cut.
    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::Relaxed)
    }

    /// How often all its connections were taken away.
    pub fn overruns(&self) -> u64 {
        self.overruns.load(Ordering::Relaxed)
    }

    fn run(&self, arguments: &[&str]) -> bool {
        let (program, first) = self.control.split_first().expect("a command is named");
        Command::new(program).args(first).args(arguments).output().is_ok_and(|done| done.status.success())
    }

    /// Starts it where it does not run.
    pub fn start(&self) {
        self.run(&["-w", "start"]);
    }

    /// Stops it as a power cut would: nothing is written that was not written, and every connection is lost.
    pub async fn stop_and_start(&self) {
        tokio::task::block_in_place(|| {
            if self.run(&["-m", "immediate", "stop"]) {
                self.stops.fetch_add(1, Ordering::Relaxed);
            }
            self.start();
        });
    }

    /// Ends every connection but its own, whatever it is doing.
    pub async fn cut(&self) {
        let Ok(mut connection) = PgConnection::connect(&self.address).await else { return };
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
             where pid <> pg_backend_pid() and backend_type = 'client backend' and random() < 0.5";
        if sqlx::query(cut).execute(&mut connection).await.is_ok() {
            self.cuts.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes all connections that the server still gives, for a while.
    pub async fn take_all_connections(&self, pause: Duration) {
        let mut taken = Vec::new();
        while let Ok(connection) = PgConnection::connect(&self.address).await {
            taken.push(connection);
        }
        if !taken.is_empty() {
            self.overruns.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(pause).await;
    }
}

/// Sends a signal to a process.
pub fn signal(process: u32, signal: &str) {
    // It may have ended by itself meanwhile.
    Command::new("kill").args([signal, &process.to_string()]).output().ok();
}

//! `countersign bench NAME`: one scenario, one line of JSON.

use clap::{Args, ValueEnum};

use super::{Common, Outcome, say};
use crate::bench::{self, Scenario, Settings};

#[derive(Debug, Args)]
pub(super) struct Bench {
    /// What is measured.
    name: Name,
    /// How many cases; for `long-case` how many events, for `inbox` how many stored cases.
    #[arg(long, default_value_t = 600)]
    cases: u64,
    /// How many clients work side by side.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// How many nodes serve the database; more than one only on PostgreSQL.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Let clients go through the JSON API on a loopback server.
    #[arg(long)]
    http: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// A request with a document: classified, gated, routed, approved, paid.
    ApprovalCase,
    /// A person's inbox with many stored cases.
    Inbox,
    /// Many cases whose time comes at once.
    Timers,
    /// One case with very many events.
    LongCase,
    /// The check of the whole record that other benchmarks left.
    Verify,
    /// What routing, gate and record add to a bare call of a model on a loopback port; `--cases` are calls.
    Overhead,
    /// What the built-in classifier takes to learn and to answer; it needs no database, and `--cases` are texts.
    Classifier,
}

impl Bench {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let database = match (&common.database, self.name) {
            (Some(database), _) => database.clone(),
            (None, Name::Classifier) => "sqlite::memory:".to_owned(),
            (None, _) => anyhow::bail!("name an empty database with --database, such as sqlite:/tmp/bench.db"),
        };
        let scenario = match self.name {
            Name::ApprovalCase => Scenario::ApprovalCase,
            Name::Inbox => Scenario::Inbox,
            Name::Timers => Scenario::Timers,
            Name::LongCase => Scenario::LongCase,
            Name::Verify => Scenario::Verify,
            Name::Overhead => Scenario::Overhead,
            Name::Classifier => Scenario::Classifier,
        };
        let settings =
            Settings { database, cases: self.cases, clients: self.clients, nodes: self.nodes, http: self.http };
        let line = bench::run(scenario, &settings).await?;
        say(&serde_json::to_string(&line)?);
        Ok(Outcome::Fine)
    }
}

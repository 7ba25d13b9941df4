//! `countersign backup`: a copy of the database while it is being used, checked before it counts as one.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, audit, say, say_json};
use crate::{clock::Clock, config::Config, runtime::Runtime, store::Store};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The new file.
    file: PathBuf,
    /// Do not audit the copy; it may take long with very many cases.
    #[arg(long)]
    unchecked: bool,
}

impl Backup {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let database = common.database();
        anyhow::ensure!(
            database.starts_with("sqlite:"),
            "this backs up database files; a database of a server is backed up with its own `pg_dump --format=custom`, \
             see docs/deploy.md"
        );
        Store::backup(database, &self.file).await.with_context(|| format!("cannot back up {database}"))?;
        if self.unchecked {
            say(&format!("{} holds a copy; check it with `countersign audit verify`", self.file.display()));
            return Ok(Outcome::Fine);
        }
        let address = format!("sqlite:{}", self.file.display());
        let store = Store::open_read_only(&address).await.with_context(|| format!("cannot read {address}"))?;
        let config = Config::read(common.config.as_deref())?;
        let runtime = Runtime::start_reading(store, Clock::System, config).await?;
        let report = audit::verify(&runtime, None).await?;
        runtime.store().close().await;
        let (cases, events, found) = (report.cases, report.events, report.found);
        if common.json {
            say_json(&serde_json::json!({ "cases": cases, "events": events, "differences": found }))?;
        } else {
            let file = self.file.display();
            say(&format!("{file} holds {cases} cases with {events} events: {found} differences"));
        }
        Ok(if found == 0 { Outcome::Fine } else { Outcome::Problems })
    }
}

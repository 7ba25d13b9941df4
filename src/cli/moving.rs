//! `countersign export` and `countersign import`: a whole database to another one, a file or a server, and back.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;

use super::{Common, Outcome, audit, local, note, say, say_json};
use crate::{clock::Clock, config::Config, resource::rfc3339, runtime::Runtime, store::Store};

/// How much is written or read at a time, in bytes.
const BUFFER_BYTES: usize = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The new file.
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// What `export` wrote.
    file: PathBuf,
}

impl Export {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let database = common.database();
        let store = Store::open_read_only(database).await.with_context(|| format!("cannot read {database}"))?;
        let file = local::new_private_file(&self.file)?;
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, &file);
        let rows = store.export(&mut out, &rfc3339(Clock::System.now())).await?;
        drop(out);
        file.sync_all()?;
        store.close().await;
        match common.json {
            true => say_json(&serde_json::json!({ "rows": rows }))?,
            false => say(&format!("{} holds {rows} rows", self.file.display())),
        }
        Ok(Outcome::Fine)
    }
}

impl Import {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let database = common.database();
        let open = File::open(&self.file).with_context(|| format!("cannot open {}", self.file.display()))?;
        let store = Store::open(database).await.with_context(|| format!("cannot open {database}"))?;
        let rows = store.import(&mut BufReader::with_capacity(BUFFER_BYTES, open)).await?;
        note(&format!("{rows} rows are in; every case is applied again"));
        let config = Config::read(common.config.as_deref())?;
        let runtime = Runtime::start_reading(store, Clock::System, config).await?;
        let report = audit::verify(&runtime, None).await?;
        runtime.store().close().await;
        if common.json {
            say_json(&serde_json::json!({ "rows": rows, "cases": report.cases, "differences": report.found }))?;
        } else {
            for one in &report.differences {
                say(&format!("{}: {}", one.case.as_deref().unwrap_or("the database"), one.what));
            }
            let (cases, events, found) = (report.cases, report.events, report.found);
            say(&format!("{rows} rows, {cases} cases with {events} events: {found} differences"));
        }
        Ok(if report.found == 0 { Outcome::Fine } else { Outcome::Problems })
    }
}

//! `countersign models labels`: past decisions from a table, and asking agents again what people decided.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use countersign_core::event::Acting;

use crate::{
    cli::{Common, Outcome, local, note, remote, say, say_json},
    runtime::{
        Runtime,
        past::{Imported, Scored},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Labels {
    /// Take past decisions from a CSV file: a column for each field that the agent looks at, and one named `answer`.
    Import(Import),
    /// Ask the agents of a process, as they are now, what people have decided.
    Again(Again),
    /// Remove the imported decisions; what they have measured stays.
    Forget(Of),
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The table, separated by commas or semicolons, in UTF-8.
    file: PathBuf,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub(super) struct Again {
    /// The process, such as `support-request`.
    #[arg(long)]
    process: String,
}

/// Of which step, and in whose name.
#[derive(Debug, Args)]
pub(super) struct Of {
    /// The process, such as `support-request`.
    #[arg(long)]
    pub(super) process: String,
    /// What the agent decides there, such as `topic`.
    #[arg(long)]
    pub(super) step: String,
    /// In whose name: an administrator, or whoever is accountable for the process.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
}

impl Labels {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self {
            Self::Import(import) => import.run(common).await,
            Self::Again(again) => again.run(common).await,
            Self::Forget(of) => of.forget(common).await,
        }
    }
}

impl Import {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let Of { process, step, .. } = &self.of;
        let table = std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {} as UTF-8 text", self.file.display()))?;
        if let Some(server) = &common.server {
            let body = serde_json::json!({ "process": process, "step": step, "table": table });
            let told = "the rows are taken; the agent is asked about them now, see `countersign models`";
            return remote::steer(server, "agents/labels", &body, common.json, told).await;
        }
        let (runtime, acting) = self.of.writing(common).await?;
        let imported = runtime.import_decisions(&acting, (process, step), &table).await?;
        let scored = runtime.score_again(process).await?;
        runtime.store().close().await;
        if common.json {
            say_json(&serde_json::json!({ "imported": imported, "scored": scored }))?;
        } else {
            tell(&imported);
            told(&scored);
        }
        Ok(if imported.refused_in_all == 0 { Outcome::Fine } else { Outcome::Problems })
    }
}

impl Again {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        anyhow::ensure!(common.server.is_none(), "a server asks by itself, whenever an agent has changed");
        let runtime = local::writing(common, common.database()).await?;
        let scored = runtime.score_again(&self.process).await?;
        runtime.store().close().await;
        if common.json {
            say_json(&scored)?;
        } else {
            told(&scored);
        }
        Ok(Outcome::Fine)
    }
}

impl Of {
    /// A runtime over the database, and in whose name the command acts there.
    pub(super) async fn writing(&self, common: &Common) -> anyhow::Result<(Runtime, Acting)> {
        anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
        let runtime = local::writing(common, common.database()).await?;
        let acting = local::acting(&runtime, &self.person)?;
        Ok((runtime, acting))
    }

    async fn forget(&self, common: &Common) -> anyhow::Result<Outcome> {
        anyhow::ensure!(common.server.is_none(), "imported decisions are removed on the database itself");
        let (runtime, acting) = self.writing(common).await?;
        let gone = runtime.forget_decisions(&acting, &self.process, &self.step).await?;
        runtime.store().close().await;
        say(&format!("removed {gone} imported decisions"));
        Ok(Outcome::Fine)
    }
}

fn tell(imported: &Imported) {
    say(&format!("taken: {}, refused: {}", imported.taken, imported.refused_in_all));
    for (line, why) in &imported.refused {
        note(&format!("line {line}: {why}"));
    }
    let more = imported.refused_in_all.saturating_sub(imported.refused.len() as u64);
    if more > 0 {
        note(&format!("and {more} more"));
    }
}

fn told(scored: &Scored) {
    let Scored { labelled, right, known, without } = scored;
    say(&format!("new labels: {labelled}, right: {right}; known before: {known}; without a label: {without}"));
}

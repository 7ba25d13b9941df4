//! `countersign task list | decide`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use comfy_table::Table;
use countersign_core::case::Outcome as Chosen;
use serde::Serialize;

use super::{Common, Outcome, case::waiting, local, remote, say, say_json};
use crate::{
    id::new_id,
    resource::{self, Reader, rfc3339},
    runtime::{
        apply::TaskAnswer,
        intake::{HandIn, Upload},
    },
    store::InboxScope,
};

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// The tasks that wait for a person.
    List(List),
    /// Decide a task.
    Decide(Decide),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Whose.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS")]
    person: String,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The task, such as `1042-3`.
    task: String,
    /// What to answer.
    outcome: Answer,
    /// Why; always needed for a rejection.
    #[arg(long)]
    reason: Option<String>,
    /// A value to write or change, as `FIELD=WORDS`.
    #[arg(long = "set", value_name = "FIELD=WORDS")]
    values: Vec<String>,
    /// A document to hand in, as `FIELD=FILE`.
    #[arg(long = "document", value_name = "FIELD=FILE")]
    documents: Vec<String>,
    /// The digest of what was shown; without it, of what is shown now.
    #[arg(long)]
    shown: Option<String>,
    /// In whose name.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Answer {
    /// Yes, as shown.
    Approve,
    /// No.
    Reject,
    /// It is done, handed in or confirmed.
    Complete,
    /// Try again what failed.
    TryAgain,
}

#[derive(Serialize)]
struct Waiting {
    task: String,
    title: String,
    subject: String,
    process: String,
    assignee: Option<String>,
    people: Vec<String>,
    opened_at: String,
    due_at: String,
}

impl Task {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self {
            Self::List(list) => list.run(common).await,
            Self::Decide(decide) => decide.run(common).await,
        }
    }
}

impl List {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        local::acting(&runtime, &self.person)?;
        let rows = runtime.store().inbox(&self.person, InboxScope::All, self.limit, 0).await?;
        let tasks: Vec<Waiting> = rows
            .into_iter()
            .map(|row| Waiting {
                task: row.label,
                title: row.title,
                subject: row.subject,
                process: row.process,
                assignee: row.assignee,
                people: row.people,
                opened_at: rfc3339(row.opened_at),
                due_at: rfc3339(row.due_at),
            })
            .collect();
        if common.json {
            say_json(&tasks)?;
            return Ok(Outcome::Fine);
        }
        if tasks.is_empty() {
            say(&format!("nothing waits for {}", self.person));
            return Ok(Outcome::Fine);
        }
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header(["task", "what", "about", "due"]);
        for task in &tasks {
            table.add_row([&task.task, &task.title, &task.subject, &task.due_at]);
        }
        say(&table.to_string());
        Ok(Outcome::Fine)
    }
}

impl Decide {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let (case, task) = parse_label(&self.task)?;
        let hand_in = HandIn { words: self.words()?, uploads: self.uploads()? };
        if let Some(server) = &common.server {
            remote::nobody_named(&self.person)?;
            let outcome = resource::outcome_name(&self.chosen());
            let reason = self.reason.as_deref();
            return remote::decide(server, &self.task, &outcome, reason, &hand_in, self.shown.as_deref(), common.json)
                .await;
        }
        anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
        let runtime = local::writing(common, common.database()).await?;
        local::acting(&runtime, &self.person)?;
        let loaded = runtime.load_number(case).await?;
        let answer = TaskAnswer {
            outcome: self.chosen(),
            reason: self.reason.clone(),
            hand_in,
            shown: self.shown.clone().unwrap_or_else(|| loaded.case.shown(task)),
            key: new_id("cli"),
        };
        let acting = runtime.acting_on(&loaded, task, &self.person);
        let applied = runtime.decide_task(&loaded.case.id, task, &acting, answer).await?;
        runtime.run_until_quiet().await?;
        let loaded = runtime.load(&applied.loaded.case.id).await?;
        let case = resource::case(&loaded, Reader::Acting(&acting), runtime.clock().now());
        runtime.store().close().await;
        if common.json {
            say_json(&case)?;
        } else {
            say(&format!("task {} is {}; {}", self.task, self.chosen(), waiting(&case)));
        }
        Ok(Outcome::Fine)
    }

    const fn chosen(&self) -> Chosen {
        match self.outcome {
            Answer::Approve => Chosen::Approved,
            Answer::Reject => Chosen::Rejected,
            Answer::Complete => Chosen::Completed,
            Answer::TryAgain => Chosen::TryAgain,
        }
    }

    fn words(&self) -> anyhow::Result<BTreeMap<String, String>> {
        self.values
            .iter()
            .map(|pair| {
                let (field, words) = pair.split_once('=').with_context(|| format!("write `{pair}` as FIELD=WORDS"))?;
                Ok((field.to_owned(), words.to_owned()))
            })
            .collect()
    }

    fn uploads(&self) -> anyhow::Result<Vec<Upload>> {
        self.documents
            .iter()
            .map(|pair| {
                let (field, file) = pair.split_once('=').with_context(|| format!("write `{pair}` as FIELD=FILE"))?;
                let bytes = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
                let name = std::path::Path::new(file).file_name().map(|name| name.to_string_lossy().into_owned());
                Ok(Upload { field: field.to_owned(), name: name.unwrap_or_default(), bytes })
            })
            .collect()
    }
}

/// Reads `1042-3` as case 1042, task 3.
pub(crate) fn parse_label(label: &str) -> anyhow::Result<(u64, u32)> {
    let parsed = label.split_once('-').and_then(|(case, task)| Some((case.parse().ok()?, task.parse().ok()?)));
    parsed.with_context(|| format!("`{label}` is not a task; tasks are named like 1042-3"))
}

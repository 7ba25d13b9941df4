//! `countersign case open | list | show | explain`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use comfy_table::Table;
use countersign_core::event::Acting;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value as Json;

use super::{Common, Outcome, explain, local, map::Map, note, remote, say, say_json, steer};
use crate::{
    resource::{self, Reader},
    runtime::{
        Runtime,
        intake::{HandIn, Upload},
    },
    store::{CaseFilter, CaseOrder, CaseState},
    web::unfit,
};

/// How many cases are opened before what is automatic in them is run.
const CASES_A_BATCH: usize = 50;

#[derive(Debug, Subcommand)]
pub(super) enum Case {
    /// Open one case, or one for each line of a file.
    Open(Open),
    /// List cases.
    List(List),
    /// Show one case.
    Show(Show),
    /// Tell how one case came to where it is, and on what grounds.
    Explain(explain::Explain),
    /// Move a case to another stage.
    Move(steer::Move),
    /// Put a case on hold.
    Hold(steer::Hold),
    /// Let a case on hold go on.
    Resume(steer::Resume),
    /// Look what moving cases to the newest version would do, move one, or take it back.
    Migrate(steer::Migrate),
}

#[derive(Debug, Args)]
pub(super) struct Open {
    /// The process, such as `expense-claim`.
    process: String,
    /// The start form as a JSON object of field names and words: the object itself, such as `{"amount": "12.50 EUR"}`,
    /// a file that holds it, or `-` for standard input.
    #[arg(long, conflicts_with = "from", value_name = "JSON|FILE|-")]
    input: Option<String>,
    /// A document, as `FIELD=FILE`, or just the file when the form takes one document.
    #[arg(long = "document", value_name = "[FIELD=]FILE")]
    documents: Vec<String>,
    /// Makes the request the same request when it comes again.
    #[arg(long)]
    key: Option<String>,
    /// In whose name.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
    /// A file with one JSON object a line; each line becomes a case.
    #[arg(long, requires = "map")]
    from: Option<PathBuf>,
    /// How a line becomes a start form (TOML).
    #[arg(long)]
    map: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only cases of this process.
    #[arg(long)]
    process: Option<String>,
    /// `open`, `closed` or `all`.
    #[arg(long, default_value = "open")]
    state: String,
    /// Only cases that are late.
    #[arg(long)]
    late: bool,
    /// Only cases that are stuck.
    #[arg(long)]
    stuck: bool,
    /// Only cases whose number, subject or requester holds this text.
    #[arg(long)]
    search: Option<String>,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The case's short number.
    pub(super) number: u64,
    /// As whom; without it, fields that only some may see are hidden.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS")]
    person: Option<String>,
}

#[derive(Serialize)]
struct OpenedMany {
    opened: usize,
    repeated: usize,
    refused: Vec<RefusedLine>,
    cases: Vec<u64>,
}

#[derive(Serialize)]
struct RefusedLine {
    line: usize,
    why: String,
}

impl Case {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self {
            Self::Open(open) => open.run(common).await,
            Self::List(list) => list.run(common).await,
            Self::Show(show) => show.show(common).await,
            Self::Explain(explain) => explain.run(common).await,
            Self::Move(one) => one.run(common).await,
            Self::Hold(one) => one.run(common).await,
            Self::Resume(one) => one.run(common).await,
            Self::Migrate(one) => one.run(common).await,
        }
    }
}

impl Open {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        if let Some(from) = &self.from {
            anyhow::ensure!(common.server.is_none(), "opening from a file works on the database; leave --server out");
            anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
            let map = Map::read(self.map.as_deref().context("--from needs --map")?)?;
            return self.open_many(common, from, &map).await;
        }
        let words = self.words()?;
        if let Some(server) = &common.server {
            remote::nobody_named(&self.person)?;
            return remote::open_case(
                server,
                &self.process,
                &words,
                &self.uploads("")?,
                self.key.as_deref(),
                common.json,
            )
            .await;
        }
        anyhow::ensure!(!self.person.is_empty(), "say in whose name, with --as PERSON");
        let runtime = local::writing(common, common.database()).await?;
        let acting = local::acting(&runtime, &self.person)?;
        let only = self.only_document(&runtime).await?;
        let hand_in = HandIn { words, uploads: self.uploads(&only)? };
        let opened = runtime.open_case(&acting, &self.process, hand_in, self.key.as_deref()).await?;
        runtime.run_until_quiet().await?;
        let loaded = runtime.load(&opened.loaded.case.id).await?;
        let case = resource::case(&loaded, Reader::Acting(&acting), runtime.clock().now());
        runtime.store().close().await;
        if common.json {
            say_json(&case)?;
        } else {
            let known = if opened.repeated { "was opened before" } else { "is open" };
            say(&format!("case {} {known}; {}", case.number, waiting(&case)));
        }
        Ok(Outcome::Fine)
    }

    fn words(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let Some(input) = &self.input else { return Ok(BTreeMap::new()) };
        let (text, whence) = match input.as_str() {
            object if object.trim_start().starts_with('{') => (object.to_owned(), "--input"),
            "-" => (std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?, "standard input"),
            file => {
                let read = std::fs::read_to_string(file);
                let next = "name a file, write the object itself such as {\"amount\": \"12.50 EUR\"}, or `-`";
                (read.with_context(|| format!("cannot read the file {file} of --input; {next}"))?, file)
            }
        };
        let json: BTreeMap<String, Json> = serde_json::from_str(&text).map_err(|error| {
            let why = unfit::json(&error);
            anyhow::anyhow!("{whence} must hold one JSON object, such as {{\"amount\": \"12.50 EUR\"}}: {why}")
        })?;
        json.into_iter()
            .map(|(field, value)| match value {
                Json::String(words) => Ok((field, words)),
                Json::Number(number) => Ok((field, number.to_string())),
                Json::Bool(yes) => Ok((field, if yes { "yes" } else { "no" }.to_owned())),
                Json::Null => Ok((field, String::new())),
                Json::Array(_) | Json::Object(_) => {
                    anyhow::bail!("the field {field} in {whence} must be a single value, such as \"12.50 EUR\"")
                }
            })
            .collect()
    }

    /// The one document that the start form takes, for `--document FILE`.
    async fn only_document(&self, runtime: &Runtime) -> anyhow::Result<String> {
        use countersign_core::definition::FieldKind;
        let Some(version) = runtime.store().current_version(&self.process).await? else {
            anyhow::bail!("there is no published process `{}`; see `countersign publish --help`", self.process);
        };
        let documents: Vec<_> = version.definition.start_fields().filter(|f| f.kind == FieldKind::Document).collect();
        Ok(match documents.as_slice() {
            [only] => only.name.clone(),
            _ => String::new(),
        })
    }

    fn uploads(&self, only: &str) -> anyhow::Result<Vec<Upload>> {
        let mut uploads = Vec::new();
        for document in &self.documents {
            let (field, file) = match document.split_once('=') {
                Some((field, file)) if !Path::new(document).exists() => (field, Path::new(file)),
                _ => (only, Path::new(document)),
            };
            anyhow::ensure!(!field.is_empty(), "say which field {} is for, as FIELD=FILE", file.display());
            let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            uploads.push(Upload { field: field.to_owned(), name, bytes });
        }
        Ok(uploads)
    }

    async fn open_many(&self, common: &Common, from: &Path, map: &Map) -> anyhow::Result<Outcome> {
        let text = std::fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
        let lines: Vec<(usize, &str)> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(i, line)| (i + 1, line))
            .collect();
        let runtime = local::writing(common, common.database()).await?;
        let acting = local::acting(&runtime, &self.person)?;
        let bar = progress(lines.len() as u64, "cases");
        let mut answer = OpenedMany { opened: 0, repeated: 0, refused: Vec::new(), cases: Vec::new() };
        for batch in lines.chunks(CASES_A_BATCH) {
            for (number, line) in batch {
                match self.open_line(&runtime, &acting, line, map).await {
                    Ok((case, repeated)) => {
                        answer.opened += usize::from(!repeated);
                        answer.repeated += usize::from(repeated);
                        answer.cases.push(case);
                    }
                    Err(error) => answer.refused.push(RefusedLine { line: *number, why: format!("{error:#}") }),
                }
                bar.inc(1);
            }
            runtime.run_until_quiet().await?;
        }
        bar.finish_and_clear();
        runtime.store().close().await;
        if common.json {
            say_json(&answer)?;
        } else {
            say(&format!("{} cases opened, {} were open already", answer.opened, answer.repeated));
            for refused in &answer.refused {
                note(&format!("line {}: {}", refused.line, refused.why));
            }
        }
        Ok(if answer.refused.is_empty() { Outcome::Fine } else { Outcome::Problems })
    }

    async fn open_line(
        &self,
        runtime: &Runtime,
        acting: &Acting,
        line: &str,
        map: &Map,
    ) -> anyhow::Result<(u64, bool)> {
        let json: Json =
            serde_json::from_str(line).map_err(|error| anyhow::anyhow!("it is not JSON: {}", unfit::json(&error)))?;
        let (hand_in, key) = map.apply(&json)?;
        let opened = runtime.open_case(acting, &self.process, hand_in, key.as_deref()).await?;
        Ok((opened.loaded.case.number, opened.repeated))
    }
}

/// A progress bar on standard error, which is quiet when nobody watches.
pub(super) fn progress(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar
}

impl List {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        let now = runtime.clock().now();
        let filter = CaseFilter {
            process: self.process.clone(),
            state: match self.state.as_str() {
                "open" => CaseState::Open,
                "closed" => CaseState::Closed,
                "all" => CaseState::All,
                other => anyhow::bail!("--state is open, closed or all, not `{other}`"),
            },
            late_at: self.late.then_some(now),
            stuck: self.stuck,
            search: self.search.clone(),
            order: CaseOrder::MostUrgent,
            limit: self.limit,
            ..CaseFilter::default()
        };
        let rows = runtime.store().cases(&filter).await?;
        let mut cases = Vec::with_capacity(rows.len());
        for row in &rows {
            let loaded = runtime.load(&row.id).await?;
            cases.push(resource::case(&loaded, Reader::File, now));
        }
        if common.json {
            say_json(&cases)?;
            return Ok(Outcome::Fine);
        }
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header(["case", "process", "about", "requester", "status", "due"]);
        for case in &cases {
            let due = case.waiting_for.first().and_then(|wait| wait.due.clone()).unwrap_or_default();
            let number = case.number.to_string();
            table.add_row([&number, &case.process, &case.subject, &case.requester, &waiting(case), &due]);
        }
        say(&table.to_string());
        Ok(Outcome::Fine)
    }
}

/// Where the case stands, in a few words.
pub(super) fn waiting(case: &resource::CaseResource) -> String {
    if let Some(closing) = &case.closing {
        return format!("closed as {closing}");
    }
    match case.waiting_for.first() {
        Some(wait) if wait.kind == "incident" => format!("stuck: {}", wait.who),
        Some(wait) if wait.people.is_empty() => format!("waiting for {}", wait.who),
        Some(wait) => format!("waiting for {} ({})", wait.who, wait.people.join(", ")),
        None => "running".to_owned(),
    }
}

impl Show {
    /// As whom the case is read; nobody when it is read as whoever holds the file.
    pub(super) fn acting(&self, runtime: &Runtime) -> anyhow::Result<Option<Acting>> {
        self.person.as_deref().map(|person| local::acting(runtime, person)).transpose()
    }

    async fn show(&self, common: &Common) -> anyhow::Result<Outcome> {
        let runtime = local::reading(common).await?;
        let acting = self.acting(&runtime)?;
        let loaded = runtime.load_number(self.number).await?;
        let reader = acting.as_ref().map_or(Reader::File, Reader::Acting);
        let case = resource::case(&loaded, reader, runtime.clock().now());
        if common.json {
            say_json(&case)?;
            return Ok(Outcome::Fine);
        }
        say(&format!("case {} · {} · {}", case.number, case.process_title, waiting(&case)));
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        for field in &case.fields {
            let value = field.value.clone().unwrap_or_else(|| "(hidden)".to_owned());
            let ambiguous = field.ambiguous.as_ref().map(|other| format!(", or {other}")).unwrap_or_default();
            table.add_row([field.label.clone(), format!("{value}{ambiguous}"), format!("from a {}", field.origin)]);
        }
        for finding in &case.findings {
            table.add_row([
                finding.check.clone(),
                finding.result.replace('_', " "),
                finding.why.clone().unwrap_or_default(),
            ]);
        }
        say(&table.to_string());
        Ok(Outcome::Fine)
    }
}

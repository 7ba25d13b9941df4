//! `countersign eval run | claims`: scores the agents, and what a process makes of wrong claims.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Common, Outcome, case::progress, check, map::Map, note, say, say_json};
use crate::{
    clock::Clock,
    config::Config,
    evals::{
        attacks::{self, AttackSuite, DOCUMENTS_A_FILE},
        dataset::{self, Training},
        drafted::Drafted,
        features,
        figures::figures,
        perturb::{self, Claim, Trial},
        processes::{self, Describer, Offline, Written},
        report::Report,
        rules,
        run::Bench,
        suite::{Agent, BASELINE_FILE, Suite},
    },
    runtime,
};

#[derive(Debug, Subcommand)]
pub(super) enum Eval {
    /// Ask the agents about every row of a suite and count what they get right.
    Run(Run),
    /// Open labelled claims as cases, as they are and with one field changed, and count what is found.
    Claims(Claims),
    /// Write what the built-in classifier sees of a suite's texts, for comparing it with another machine.
    Features(Features),
}

#[derive(Debug, Args)]
pub(super) struct Features {
    /// The folder of the suite, such as `evals/intents`.
    suite: PathBuf,
    /// A file with one labelled text a line; without any, the suite's own are used.
    #[arg(long = "data", value_name = "FILE.jsonl", num_args = 1..)]
    data: Vec<PathBuf>,
    /// A file with examples to learn from, instead of the suite's own.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// The folder that the files are written into.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The folder of the suite, such as `evals/receipts`.
    suite: PathBuf,
    /// A file with one labelled row a line; without any, the suite's own rows are used.
    #[arg(long = "data", value_name = "FILE.jsonl", num_args = 1..)]
    data: Vec<PathBuf>,
    /// A file with examples to learn from, instead of the suite's own.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Keep the figures on the suite's own rows as the ones that a later run must not fall behind.
    #[arg(long, conflicts_with_all = ["data", "train"])]
    write_baseline: bool,
    /// Who describes the processes of a suite of descriptions: `offline`, the configured `model`, or a file with
    /// `{"id", "text"}` a line, the process text that somebody wrote for the row of that name.
    #[arg(long, default_value = "offline", value_name = "offline|model|FILE.jsonl")]
    describer: String,
    /// Keep the texts that the model writes in this file, one a line, so that they can be scored again without it.
    #[arg(long, value_name = "FILE.jsonl")]
    keep_texts: Option<PathBuf>,
    /// Use at most this many documents of each file of a suite of attacks, spread over the file.
    #[arg(long, default_value_t = DOCUMENTS_A_FILE, value_name = "COUNT")]
    documents: usize,
}

#[derive(Debug, Args)]
pub(super) struct Claims {
    /// A file with one claim a line.
    #[arg(long, value_name = "FILE.jsonl")]
    data: PathBuf,
    /// How a line becomes a start form (TOML).
    #[arg(long, value_name = "FILE.toml")]
    map: PathBuf,
    /// The process text. Examples are read from `examples.jsonl` beside it.
    #[arg(long, value_name = "FILE.md")]
    process: PathBuf,
    /// Which fields are changed, and how: the same seed gives the same changes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Eval {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self {
            Self::Run(run) => run.run(common).await,
            Self::Claims(claims) => claims.run(common).await,
            Self::Features(features) => features.run(),
        }
    }
}

impl Features {
    fn run(&self) -> anyhow::Result<Outcome> {
        let suite = Suite::read(&self.suite)?;
        let rows = dataset::rows(&suite.settings, &suite.data_files(&self.data))?;
        let (_, training) = training(&suite, self.train.as_deref())?;
        features::write(&training, &rows, &self.into)?;
        say(&format!("wrote {}", self.into.display()));
        Ok(Outcome::Fine)
    }
}

impl Run {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        if processes::is_suite(&self.suite) {
            return self.processes(common).await;
        }
        if attacks::is_suite(&self.suite) {
            return self.attacks(common).await;
        }
        if rules::is_suite(&self.suite) {
            return self.rules(common);
        }
        let config = Config::read(common.config.as_deref())?;
        let suite = Suite::read(&self.suite)?;
        let data = suite.data_files(&self.data);
        let rows = dataset::rows(&suite.settings, &data)?;
        let (train, training) = training(&suite, self.train.as_deref())?;
        let decider = runtime::chain(&config, Clock::System)?;
        let bench = Bench::new(&suite.settings, &training, &decider)?;
        let bar = progress(rows.len() as u64, "rows");
        let answers = bench.run(&rows, &|asked| bar.set_position(asked as u64)).await?;
        bar.finish_and_clear();
        let counted = figures(&suite.settings, &rows, &answers, !training.outside.is_empty());
        let mut report = Report::new(&suite, &data, train.as_deref(), &answers, counted);
        if self.write_baseline {
            let file = suite.folder.join(BASELINE_FILE);
            let text = serde_json::to_string_pretty(&report.baseline())? + "\n";
            std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            note(&format!("wrote {}", file.display()));
        } else if self.data.is_empty() && self.train.is_none() {
            report.compare(&suite)?;
        }
        if common.json {
            say_json(&report.json())?;
        } else {
            say(&report.table());
        }
        Ok(if report.passed() { Outcome::Fine } else { Outcome::Problems })
    }

    /// Holds rules against given data.
    fn rules(&self, common: &Common) -> anyhow::Result<Outcome> {
        let report = rules::score(&self.suite, &self.data)?;
        if common.json {
            say_json(&report)?;
        } else {
            say(&format!("{:28} {}", "rows", report.rows));
            for (name, value) in &report.figures {
                say(&format!("{name:28} {value:.4}"));
            }
            for (id, attempts) in &report.forbidden {
                attempts.iter().for_each(|told| say(&format!("{id}: {told}")));
            }
            if !report.nothing_attempted.is_empty() {
                say(&format!("nothing to be done: {}", report.nothing_attempted.join(", ")));
            }
            report.wrong.iter().for_each(|(id, why)| note(&format!("{id}: {why}")));
        }
        Ok(if report.passed() { Outcome::Fine } else { Outcome::Problems })
    }

    /// Scores a describer of processes.
    async fn processes(&self, common: &Common) -> anyhow::Result<Outcome> {
        let score = |describer: &dyn Describer| processes::score(&self.suite, &self.data, describer);
        let (figures, effort) = match self.describer.as_str() {
            "offline" => (score(&Offline)?, None),
            "model" => {
                let drafted = self.drafted(common).await?;
                (score(&drafted)?, Some(drafted.effort))
            }
            file => (score(&Written::read(std::path::Path::new(file))?)?, None),
        };
        let mut json = serde_json::to_value(&figures)?;
        if let Some(effort) = &effort {
            json["model"] = serde_json::to_value(effort)?;
        }
        if common.json {
            say_json(&json)?;
        } else {
            let numbers = |json: &serde_json::Value| {
                for (name, value) in json.as_object().into_iter().flatten().filter(|(_, value)| value.is_number()) {
                    say(&format!("{name:28} {value}"));
                }
            };
            numbers(&json);
            say(&format!("{:28} {}", "accepted_as_they_stand", figures.accepted.len()));
            numbers(&json["model"]);
            for one in &figures.accepted {
                note(&format!("{}: `{}` is taken for `{}`", one.row, one.text, one.like));
            }
            for (row, why) in effort.iter().flat_map(|effort| &effort.failed) {
                note(&format!("{row}: {why}"));
            }
        }
        Ok(Outcome::Fine)
    }

    /// Sends documents that try to give orders through agents that have been turned.
    async fn attacks(&self, common: &Common) -> anyhow::Result<Outcome> {
        let suite = AttackSuite::read(&self.suite)?;
        let bar = progress(0, "cases");
        let done = |done: usize, of: usize| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        };
        let report = Box::pin(attacks::measure(&suite, &self.data, self.documents, &done)).await?;
        bar.finish_and_clear();
        let problems = report.problems();
        if common.json {
            say_json(&report.json())?;
        } else {
            say(&report.table());
            problems.iter().chain(&report.notes()).for_each(|line| note(line));
        }
        Ok(if problems.is_empty() { Outcome::Fine } else { Outcome::Problems })
    }

    /// Has the configured model write a process text for each row.
    async fn drafted(&self, common: &Common) -> anyhow::Result<Drafted> {
        let describer = runtime::describer(&Config::read(common.config.as_deref())?, Clock::System)?;
        let bar = progress(0, "descriptions");
        let drafted =
            Drafted::by(&describer, &self.suite, &self.data, &|written| bar.set_position(written as u64)).await?;
        bar.finish_and_clear();
        if let Some(file) = &self.keep_texts {
            let lines: Vec<String> = drafted.lines.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
            std::fs::write(file, lines.join("\n") + "\n")
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(drafted)
    }
}

/// What a suite's agent learns from: the given file, or the suite's own.
fn training(suite: &Suite, given: Option<&Path>) -> anyhow::Result<(Option<PathBuf>, Training)> {
    let file = suite.train_file(given);
    match (suite.settings.agent, &file) {
        (Agent::Extract, None) => Ok((None, Training::default())),
        (Agent::Extract, Some(_)) => anyhow::bail!("this suite reads fields and learns nothing; leave --train out"),
        (Agent::Classify, None) => anyhow::bail!("say what to learn from, with --train FILE"),
        (Agent::Classify, Some(file)) => {
            let training = Training::read(file, &suite.settings.outside)?;
            Ok((Some(file.clone()), training))
        }
    }
}

impl Claims {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let config = Config::read(common.config.as_deref())?;
        let (text, attachments) = check::read(&self.process)?;
        let map = Map::read(&self.map)?;
        let claims = self.claims(&map)?;
        let trial = Trial { text: &text, attachments: &attachments, claims: &claims, seed: self.seed, config: &config };
        let bar = progress(claims.len() as u64, "cases");
        let opened = |opened: usize, of: usize| {
            bar.set_length(of as u64);
            bar.set_position(opened as u64);
        };
        let outcome = Box::pin(perturb::measure(&trial, &opened)).await?;
        bar.finish_and_clear();
        let (json, problems) = (outcome.json(), outcome.problems());
        if common.json {
            say_json(&json)?;
        } else {
            for (name, value) in json.as_object().into_iter().flatten().filter(|(_, value)| value.is_number()) {
                say(&format!("{name:28} {value}"));
            }
            problems.iter().chain(&outcome.notes).for_each(|line| note(line));
        }
        Ok(if problems.is_empty() { Outcome::Fine } else { Outcome::Problems })
    }

    fn claims(&self, map: &Map) -> anyhow::Result<Vec<Claim>> {
        let file = &self.data;
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        dataset::json_lines(file, &text)
            .map(|(line, json)| {
                // A line that makes no claim is counted as refused, like one that the process refuses.
                let hand_in = map.apply(&json?).map(|(hand_in, _)| hand_in).map_err(|why| format!("{why:#}"));
                Ok(Claim { line, hand_in })
            })
            .collect()
    }
}

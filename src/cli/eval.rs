//! `countersign eval run`: scores the agents against labelled rows.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Common, Outcome, case::progress, note, say, say_json};
use crate::{
    config::Config,
    evals::{
        dataset::{self, Training},
        figures::figures,
        report::Report,
        run::Bench,
        suite::{Agent, BASELINE_FILE, Suite},
    },
    runtime,
};

#[derive(Debug, Subcommand)]
pub(super) enum Eval {
    /// Ask the agents about every row of a suite and count what they get right.
    Run(Run),
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The folder of the suite, such as `evals/receipts`.
    suite: PathBuf,
    /// A file with one labelled row a line; without any, the suite's own rows are used.
    #[arg(long = "data", value_name = "FILE.jsonl")]
    data: Vec<PathBuf>,
    /// A file with examples to learn from, instead of the suite's own.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Keep the figures on the suite's own rows as the ones that a later run must not fall behind.
    #[arg(long, conflicts_with_all = ["data", "train"])]
    write_baseline: bool,
}

impl Eval {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self {
            Self::Run(run) => run.run(common).await,
        }
    }
}

impl Run {
    async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        let config = Config::read(common.config.as_deref())?;
        let suite = Suite::read(&self.suite)?;
        let data = suite.data_files(&self.data);
        let rows = dataset::rows(&suite.settings, &data)?;
        let (train, training) = self.training(&suite)?;
        let decider = runtime::chain(&config)?;
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

    fn training(&self, suite: &Suite) -> anyhow::Result<(Option<PathBuf>, Training)> {
        let file = suite.train_file(self.train.as_deref());
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
}

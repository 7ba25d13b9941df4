//! `countersign language`: the reference of the process language, and how fast it is compiled.

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::{Common, Outcome, say, say_json};
use crate::language::{self, Attachments};

/// How many sentences the timed texts have.
const SIZES: [usize; 4] = [50, 100, 200, 800];
/// How often each text is compiled; the fastest time counts, since nothing makes a run faster than it is.
const RUNS: usize = 9;

#[derive(Debug, Args)]
pub(super) struct Language {
    /// Compile texts of several lengths and print how long it takes.
    #[arg(long)]
    bench: bool,
}

#[derive(Serialize)]
struct Timed {
    sentences: usize,
    bytes: usize,
    microseconds: u128,
}

impl Language {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        if !self.bench {
            // The reference ends with its own line end.
            say(language::reference().trim_end());
            return Ok(Outcome::Fine);
        }
        let all: Vec<Timed> = SIZES.into_iter().map(time).collect();
        if common.json {
            say_json(&all)?;
            return Ok(Outcome::Fine);
        }
        for timed in all {
            let (count, bytes, time) = (timed.sentences, timed.bytes, timed.microseconds);
            say(&format!("{count:>4} sentences, {bytes:>6} bytes: {:>3}.{:03} ms", time / 1000, time % 1000));
        }
        Ok(Outcome::Fine)
    }
}

fn time(sentences: usize) -> Timed {
    let text = language::long_text(sentences);
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        let compiled = language::compile(&text, &Attachments::default());
        (start.elapsed().as_micros(), compiled.sentences.len())
    });
    let (microseconds, sentences) = runs.min().unwrap_or_default();
    Timed { sentences, bytes: text.len(), microseconds }
}

//! `countersign language`: the reference of the process language, and how fast it is compiled and completed.

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::{Common, Outcome, say, say_json};
use crate::language::{self, Attachments};

/// How many sentences the timed texts have.
const SIZES: [usize; 4] = [50, 100, 200, 800];
/// How often each text is compiled; the fastest time counts, since nothing makes a run faster than it is.
const RUNS: usize = 9;
/// How many sentences the text has that is completed at every place.
const COMPLETED: usize = 200;

#[derive(Debug, Args)]
pub(super) struct Language {
    /// Compile texts of several lengths, complete one at each of its places, and print how long it takes.
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
        let figures = Figures { compiled: SIZES.into_iter().map(time).collect(), completed: complete() };
        if common.json {
            say_json(&figures)?;
            return Ok(Outcome::Fine);
        }
        for timed in figures.compiled {
            let (count, bytes, time) = (timed.sentences, timed.bytes, timed.microseconds);
            say(&format!("{count:>4} sentences, {bytes:>6} bytes: {:>3}.{:03} ms", time / 1000, time % 1000));
        }
        let Completed { sentences, places, median, worst } = figures.completed;
        let ms = |time: u128| format!("{}.{:03} ms", time / 1000, time % 1000);
        let (median, worst) = (ms(median), ms(worst));
        say(&format!("completion in {sentences} sentences: median {median}, worst {worst} of {places} places"));
        Ok(Outcome::Fine)
    }
}

/// What is printed: times of compiling and of completing, in microseconds.
#[derive(Serialize)]
struct Figures {
    compiled: Vec<Timed>,
    completed: Completed,
}

#[derive(Serialize)]
struct Completed {
    sentences: usize,
    places: usize,
    median: u128,
    worst: u128,
}

/// Completes a text at the start and in the middle of each of its words.
fn complete() -> Completed {
    let text = language::long_text(COMPLETED);
    let word = |at: &usize| text.as_bytes().get(*at).is_some_and(u8::is_ascii_alphanumeric);
    let places = (0..text.len()).filter(|at| text.is_char_boundary(*at) && word(at) && at % 2 == 0);
    let mut times: Vec<u128> = places
        .map(|at| {
            let start = Instant::now();
            let found = language::complete(&text, at);
            let taken = start.elapsed().as_micros();
            // Used, so that it is not left out.
            taken.max(u128::from(found.items.is_empty()))
        })
        .collect();
    times.sort_unstable();
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    let places = times.len();
    Completed { sentences: COMPLETED, places, median: at(places / 2), worst: at(places.saturating_sub(1)) }
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

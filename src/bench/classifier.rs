//! What the built-in classifier takes to learn and to answer: twenty labels with a hundred short texts each. The texts
//! are made of invented words, most of which all labels share, so that there is something to tell apart.

use std::time::Instant;

use super::{
    More, Settings,
    measure::{self, Latencies, Line, maybe},
};
use crate::{evals::Dice, offline::linear::Classifier};

const LABELS: u64 = 20;
const EXAMPLES_A_LABEL: u64 = 100;
/// Words that only one label uses.
const OWN_WORDS: u64 = 15;
/// Words that all labels use.
const COMMON_WORDS: u64 = 400;
/// One word in so many is the label's own.
const OWN_SHARE: u64 = 4;
const SYLLABLES: [&str; 16] =
    ["ba", "der", "fil", "go", "hum", "ki", "lor", "mas", "ne", "pol", "ru", "sti", "ta", "vom", "wex", "zu"];
/// Learning is timed so many times; the middle one counts.
const ROUNDS: usize = 5;

/// Learns, and then answers about `settings.cases` texts that it has not seen.
pub(super) fn run(settings: &Settings) -> anyhow::Result<Line> {
    let pair = |index: u64| (text(index % LABELS, index), format!("label {}", index % LABELS));
    let examples: Vec<(String, String)> = (0..LABELS * EXAMPLES_A_LABEL).map(pair).collect();
    let mut fits = Vec::with_capacity(ROUNDS);
    let mut classifier = Classifier::train(&examples)?;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        classifier = Classifier::train(&examples)?;
        fits.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    fits.sort_by(f64::total_cmp);
    let (mut latencies, mut right) = (Latencies::default(), 0_u64);
    for index in (examples.len() as u64..).take(usize::try_from(settings.cases)?) {
        let (text, label) = pair(index);
        let begun = Instant::now();
        let found = classifier.predict(&text);
        latencies.push(begun.elapsed());
        right += u64::from(found.label == label);
    }
    let share = right as f64 / settings.cases as f64;
    anyhow::ensure!(share > 0.5, "only {share:.2} of the answers were right, so that what they cost says nothing");
    let more = More::default()
        .with("fit_ms", fits[ROUNDS / 2])
        .with("predict_p50", latencies.percentile(50).unwrap_or_default())
        .with("predict_p99", latencies.percentile(99).unwrap_or_default())
        .with("right", share);
    Ok(Line { rss_mb: maybe(measure::rss_mb()), more, ..Line::of("classifier", settings) })
}

/// A text of eight to fifteen words; the same number makes the same text.
fn text(label: u64, index: u64) -> String {
    let mut dice = Dice::new(index);
    let words = 8 + dice.below(8);
    let word = |dice: &mut Dice| match dice.below(OWN_SHARE) {
        0 => word(COMMON_WORDS + label * OWN_WORDS + dice.below(OWN_WORDS)),
        _ => word(dice.below(COMMON_WORDS)),
    };
    (0..words).map(|_| word(&mut dice)).collect::<Vec<_>>().join(" ")
}

/// A word of three syllables for each number.
fn word(number: u64) -> String {
    let syllable = |place: u32| SYLLABLES[usize::try_from(number >> (4 * place)).unwrap_or(0) % SYLLABLES.len()];
    [syllable(0), syllable(1), syllable(2)].concat()
}

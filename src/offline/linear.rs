//! The text classifier that needs no key: one linear support vector machine per label over sparse n-grams.
//!
//! Trained anew from a step's examples, deterministic, in about a second for a thousand short texts. A label's
//! own words (`card_arrival`) count as one more example of it. Whether a text fits any label at all is decided by
//! a threshold that comes from the training examples alone, by cross-validation.

use std::collections::{BTreeMap, BTreeSet};

use super::calibration::{Calibration, Outcome, Signals};
use super::features::{Pieces, Sparse, Vectoriser};
use super::solver;

/// More examples than this are refused: training time grows with examples times labels.
pub const MAX_EXAMPLES: usize = 20_000;
/// More labels than this are refused.
pub const MAX_LABELS: usize = 500;
/// So many labels are offered beside the best one.
pub const MAX_ALTERNATIVES: usize = 4;
/// The examples are split into this many parts for cross-validation.
const FOLDS: usize = 4;
/// With fewer examples outside every label than this, texts of hidden labels stand in for them.
const ENOUGH_OUTSIDE: usize = 30;
/// Machines that only tell where the threshold lies, of which there are eight for each that answers, learn for fewer
/// rounds: their scores are then close to what they would end at.
const HELD_BACK_ROUNDS: usize = 4;
/// At most so many threads learn side by side.
const MAX_WORKERS: usize = 8;
/// How much the closeness to the mean of a label's examples adds to the score of the machine.
const MEAN_WEIGHT: f32 = 1.0;

/// Why a classifier could not be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("no labelled examples: add at least two labels with a few examples each")]
    NoExamples,
    /// One label alone cannot be told from anything.
    #[error("all examples carry the label '{0}': add examples of a second label or of texts that fit none")]
    OneLabel(String),
    /// Too much to train in the time a step may take.
    #[error("{count} {what}, and at most {limit} can be learned: remove examples or split the step")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
}

/// What the classifier says about one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// The best label, given even when the text fits none well.
    pub label: String,
    /// How likely the label is right, in per mille, calibrated on held-back training examples.
    pub score: u32,
    /// The next best labels with their share among the labels, in per mille, best first.
    pub alternatives: Vec<(String, u32)>,
    /// Whether the text fits a label at all; `false` means that a person should look.
    pub in_scope: bool,
}

/// A trained classifier.
#[derive(Debug, Clone)]
pub struct Classifier {
    model: Model,
    calibration: Calibration,
}

impl Classifier {
    /// Trains on (text, label) pairs; every label is a real one.
    ///
    /// # Errors
    /// When there are no examples, only one label, or more than the limits.
    pub fn train(examples: &[(String, String)]) -> Result<Self, TrainError> {
        Self::train_with_outside(examples, &[])
    }

    /// Trains on (text, label) pairs, where a label in `outside` (such as `other`) marks texts that fit no label.
    ///
    /// # Errors
    /// As [`Classifier::train`].
    pub fn train_with_outside(examples: &[(String, String)], outside: &[&str]) -> Result<Self, TrainError> {
        check_limit("examples", examples.len(), MAX_EXAMPLES)?;
        let names: BTreeSet<&str> =
            examples.iter().map(|(_, label)| label.as_str()).filter(|label| !outside.contains(label)).collect();
        let labels: Vec<String> = names.into_iter().map(str::to_owned).collect();
        check_limit("labels", labels.len(), MAX_LABELS)?;
        let pieces: Vec<Pieces> = examples.iter().map(|(text, _)| Pieces::of(text)).collect();
        let texts: Vec<Item> = (examples.iter().zip(&pieces))
            .map(|((_, label), pieces)| Item { pieces, label: labels.binary_search(label).ok() })
            .collect();
        let has_outside = texts.iter().any(|item| item.label.is_none());
        match labels.as_slice() {
            [] => return Err(TrainError::NoExamples),
            [only] if !has_outside => return Err(TrainError::OneLabel(only.clone())),
            _ => {}
        }
        let calibration = Calibration::fit(&held_back_outcomes(&texts, &labels));
        Ok(Self { model: Model::fit(&texts, &labels, solver::MAX_ROUNDS), calibration })
    }

    /// The labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.model.labels
    }

    /// Classifies a text.
    pub fn predict(&self, text: &str) -> Prediction {
        let scores = self.model.scores(&Pieces::of(text));
        let (signals, order) = self.read(&scores);
        let shares = self.calibration.shares(&scores);
        let name = |label: usize| self.model.labels[label].clone();
        let alternatives = order
            .iter()
            .skip(1)
            .take(MAX_ALTERNATIVES)
            .map(|label| (name(*label), per_mille(shares[*label])))
            .collect();
        let likely = self.calibration.likelihood(&signals);
        Prediction {
            label: order.first().map(|label| name(*label)).unwrap_or_default(),
            score: per_mille(likely),
            alternatives,
            in_scope: likely >= self.calibration.threshold,
        }
    }

    /// A text as this classifier sees it: columns, counted from 0, with their values.
    #[must_use]
    pub fn vector(&self, text: &str) -> Vec<(u32, f32)> {
        self.model.vectoriser.vector(&Pieces::of(text))
    }

    fn read(&self, scores: &[f32]) -> (Signals, Vec<usize>) {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|left, right| scores[*right].total_cmp(&scores[*left]));
        (self.calibration.signals(scores), order)
    }
}

/// A label's own words, which count as one more example of it.
#[must_use]
pub fn spoken(label: &str) -> String {
    label.replace(['_', '-', '.', '/'], " ")
}

/// One training text; no label means that it fits none.
#[derive(Debug, Clone, Copy)]
struct Item<'a> {
    pieces: &'a Pieces,
    label: Option<usize>,
}

/// Weights for every label.
#[derive(Debug, Clone)]
struct Model {
    vectoriser: Vectoriser,
    labels: Vec<String>,
    /// Per label, one weight a column and the bias last.
    weights: Vec<Vec<f32>>,
}

impl Model {
    fn fit(items: &[Item<'_>], labels: &[String], rounds: usize) -> Self {
        let spoken: Vec<Pieces> = labels.iter().map(|label| Pieces::of(&spoken(label))).collect();
        let mut items = items.to_vec();
        items.extend(spoken.iter().enumerate().map(|(label, pieces)| Item { pieces, label: Some(label) }));
        let vectoriser = Vectoriser::fit(items.iter().map(|item| item.pieces));
        let rows: Vec<Sparse> = side_by_side(items.len(), &|at: usize| vectoriser.vector(items[at].pieces));
        let laid = solver::Rows::new(&rows, vectoriser.width());
        let machine = |label: usize| {
            let ours: Vec<bool> = items.iter().map(|item| item.label == Some(label)).collect();
            let mut weights = solver::separate(&laid, &ours, rounds);
            add_mean(&mut weights, &rows, &ours);
            weights
        };
        let weights = side_by_side(labels.len(), &machine);
        Self { vectoriser, labels: labels.to_vec(), weights }
    }

    fn scores(&self, pieces: &Pieces) -> Vec<f32> {
        let vector = self.vectoriser.vector(pieces);
        self.weights.iter().map(|weights| solver::score(weights, &vector)).collect()
    }
}

/// So many things, in their order, on as many processors as there are: each is made by itself.
fn side_by_side<T: Send>(count: usize, make: &(impl Fn(usize) -> Vec<T> + Sync)) -> Vec<Vec<T>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, MAX_WORKERS);
    let share = count.div_ceil(workers).max(1);
    let mut made: Vec<Vec<T>> = (0..count).map(|_| Vec::new()).collect();
    std::thread::scope(|scope| {
        for (number, part) in made.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                for (offset, place) in part.iter_mut().enumerate() {
                    *place = make(number * share + offset);
                }
            });
        }
    });
    made
}

/// Adds the direction of the mean of a label's own rows: with few examples it steadies the machine.
fn add_mean(weights: &mut [f32], rows: &[Sparse], ours: &[bool]) {
    let mut mean = vec![0.0_f32; weights.len()];
    for (row, _) in rows.iter().zip(ours).filter(|(_, ours)| **ours) {
        for (column, value) in row {
            mean[*column as usize] += value;
        }
    }
    let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for (weight, value) in weights.iter_mut().zip(mean) {
            *weight += MEAN_WEIGHT * value / length;
        }
    }
}

/// What models say about examples that they have not seen.
fn held_back_outcomes(items: &[Item<'_>], labels: &[String]) -> Vec<Outcome> {
    let folds = folds(items.iter().map(|item| item.label));
    let mut outcomes = Vec::new();
    for fold in 0..FOLDS {
        let seen: Vec<Item> = pick(items, &folds, |part| part != fold);
        let model = Model::fit(&seen, labels, HELD_BACK_ROUNDS);
        for item in pick(items, &folds, |part| part == fold) {
            outcomes.push(Outcome { scores: model.scores(item.pieces), truth: item.label });
        }
    }
    if items.iter().filter(|item| item.label.is_none()).count() < ENOUGH_OUTSIDE && labels.len() > FOLDS {
        outcomes.extend(hidden_label_outcomes(items, labels));
    }
    outcomes
}

/// What models say about texts of labels that were hidden from them: the nearest thing to texts that fit no label.
fn hidden_label_outcomes(items: &[Item<'_>], labels: &[String]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for group in 0..FOLDS {
        let hidden = |label: usize| label % FOLDS == group;
        let kept: Vec<usize> = (0..labels.len()).filter(|label| !hidden(*label)).collect();
        let names: Vec<String> = kept.iter().map(|label| labels[*label].clone()).collect();
        let seen: Vec<Item> = items
            .iter()
            .filter(|item| !item.label.is_some_and(hidden))
            .map(|item| Item {
                pieces: item.pieces,
                label: item.label.and_then(|label| kept.binary_search(&label).ok()),
            })
            .collect();
        let model = Model::fit(&seen, &names, HELD_BACK_ROUNDS);
        for item in items.iter().filter(|item| item.label.is_some_and(hidden)) {
            outcomes.push(Outcome { scores: model.scores(item.pieces), truth: None });
        }
    }
    outcomes
}

/// Deals the examples of each label out to the folds in turn.
fn folds(labels: impl Iterator<Item = Option<usize>>) -> Vec<usize> {
    let mut dealt: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    labels
        .map(|label| {
            let count = dealt.entry(label).or_insert(0);
            *count += 1;
            (*count - 1) % FOLDS
        })
        .collect()
}

fn pick<'a>(items: &[Item<'a>], folds: &[usize], wanted: impl Fn(usize) -> bool) -> Vec<Item<'a>> {
    items.iter().zip(folds).filter(|(_, fold)| wanted(**fold)).map(|(item, _)| *item).collect()
}

fn check_limit(what: &'static str, count: usize, limit: usize) -> Result<(), TrainError> {
    if count > limit { Err(TrainError::TooMany { what, count, limit }) } else { Ok(()) }
}

/// A share between 0 and 1 in per mille.
fn per_mille(share: f32) -> u32 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u32
}

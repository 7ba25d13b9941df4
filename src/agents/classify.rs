//! Choosing one word of a field's list.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{
    canonical::{Digest, digest},
    definition::Example,
    proposal::Output,
    value::{FieldName, Value},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    DecideError, DecisionInput,
    quarantine::is_cut,
    schemas::{narrow, schema},
    subject::invented,
    sure::Sure,
};
use crate::offline::linear::{Classifier, Prediction};

/// Where the schema of the answer lists the words.
pub const LABEL: &str = "/properties/label";
/// Where it lists the words again.
pub const ALTERNATIVES: &str = "/properties/alternatives/items";
/// A label that says in examples that none of the others fits.
pub const OTHER: &str = "other";
/// With fewer examples of a word than this, the built-in engine only points at the nearest.
pub const ENOUGH_EXAMPLES: usize = 5;
/// The score, in parts per thousand, that a suggestion from too few examples has at most.
pub const FEW_EXAMPLES_SCORE: u32 = 200;
/// At most this many alternatives are passed on.
const MAX_ALTERNATIVES: usize = 3;
/// A model is shown at most this many examples of a word.
const EXAMPLES_SHOWN: usize = 3;
/// A model is shown at most this many characters of an example.
const EXAMPLE_CHARS: usize = 500;
/// At most this many trained classifiers are kept; the oldest key goes first.
const MAX_CACHED: usize = 32;

/// What the prompt is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// How the process text calls the field.
    pub field: String,
    /// The words.
    pub options: Vec<String>,
    /// Earlier requests with the word that a person chose.
    pub examples: Vec<ShownExample>,
    /// What is to be sorted.
    pub subject: String,
}

/// An earlier request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownExample {
    /// The word.
    pub label: String,
    /// The request.
    pub text: String,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// One to three pieces of the request that decide the matter, character by character.
    pub quotes: Vec<String>,
    /// One short sentence on why they decide it.
    pub reason: String,
    /// The word; null when none fits.
    pub label: Option<String>,
    /// Other words that could be meant, the likeliest first.
    pub alternatives: Vec<String>,
}

/// What is to be sorted, and into which words.
pub(super) struct Task<'a> {
    field: &'a str,
    label: &'a str,
    options: &'a [String],
    examples: &'a [Example],
    subject: String,
}

/// Finds the step's words and its subject.
pub(super) fn task<'a>(
    input: &'a DecisionInput,
    field: &'a str,
    subject: &[FieldName],
) -> Result<Task<'a>, DecideError> {
    let found = input.field(field).ok_or_else(|| DecideError::Step(format!("the process has no field {field}")))?;
    let options = input.options(field);
    if options.is_empty() {
        return Err(DecideError::Step(format!("the field {} has no list of words to choose from", found.label)));
    }
    let texts: Vec<String> = subject.iter().filter_map(|name| subject_text(input, name)).collect();
    let examples = input.examples.get(field).map(Vec::as_slice).unwrap_or_default();
    Ok(Task { field, label: &found.label, options, examples, subject: texts.join("\n\n") })
}

/// A value's words, or the text of the document that it names.
fn subject_text(input: &DecisionInput, name: &str) -> Option<String> {
    match input.values.get(name)? {
        Value::Document { .. } => input.document(name)?.text.clone(),
        Value::Erased => None,
        value => Some(value.plain()).filter(|text| !text.trim().is_empty()),
    }
}

impl Task<'_> {
    /// Whether there is anything to sort.
    pub(super) fn has_subject(&self) -> bool {
        !self.subject.trim().is_empty()
    }

    /// The answer when there is nothing to sort.
    pub(super) fn nothing(&self) -> Output {
        Output::Label { field: self.field.to_owned(), label: None, alternatives: Vec::new() }
    }

    /// What the prompt is filled with, and the schema of the answer.
    pub(super) fn question(&self) -> (Shown, Json) {
        let examples = self.options.iter().flat_map(|option| {
            let own = self.examples.iter().filter(move |example| example.label == *option);
            own.take(EXAMPLES_SHOWN).map(|example| ShownExample {
                label: example.label.clone(),
                text: example.text.chars().take(EXAMPLE_CHARS).collect(),
            })
        });
        let shown = Shown {
            field: self.label.to_owned(),
            options: self.options.to_vec(),
            examples: examples.collect(),
            subject: self.subject.clone(),
        };
        let mut schema = schema::<Answer>();
        narrow(&mut schema, LABEL, self.options, true);
        narrow(&mut schema, ALTERNATIVES, self.options, false);
        (shown, schema)
    }

    /// A model's answer, and what is to be said about it. A quote that does not stand in the request is told.
    pub(super) fn accept(&self, answer: &Answer) -> (Output, Vec<String>) {
        let mut remarks = Vec::new();
        if is_cut(&self.subject) {
            remarks.push("only the beginning of the request was shown".to_owned());
        }
        let invented = invented(&self.subject, &answer.quotes);
        if invented > 0 {
            remarks.push(format!("{invented} of its quotes do not stand in the request"));
        } else if answer.quotes.is_empty() && answer.label.is_some() {
            remarks.push("it quoted nothing for it".to_owned());
        }
        let alternatives = self.alternatives(answer.label.as_deref(), answer.alternatives.iter().cloned());
        (Output::Label { field: self.field.to_owned(), label: answer.label.clone(), alternatives }, remarks)
    }

    /// How sure one may be of a model's word: whether the built-in classifier, which has seen the examples, agrees.
    ///
    /// In parts per thousand, above 500 when it agrees. Without enough examples it stays open, and it is nothing when
    /// quotes were invented.
    pub(super) fn agreement(&self, answer: &Answer, cache: &Classifiers) -> Sure {
        let useful = answer.label.is_some() && invented(&self.subject, &answer.quotes) == 0;
        let label = answer.label.as_ref().filter(|_| useful && self.has_enough_examples());
        let Some((label, trained)) = label.and_then(|label| Some((label, cache.trained(self)?))) else {
            return Sure::open(useful);
        };
        let said = trained.predict(&self.subject);
        let half = said.score.min(1000) / 2;
        Sure::by_examples(if said.label == *label && said.in_scope { 500 + half } else { 500 - half })
    }

    /// Sorts without a model.
    pub(super) fn sort_offline(&self, cache: &Classifiers) -> Result<(Output, String, Option<u32>), DecideError> {
        let trained = cache.trained(self).ok_or_else(|| {
            DecideError::Step(format!("the examples for {} cannot be learned from; a person chooses", self.label))
        })?;
        let Prediction { label, score, alternatives, in_scope } = trained.predict(&self.subject);
        let others = alternatives.into_iter().map(|(other, _)| other);
        let enough = self.has_enough_examples();
        let fits = self.options.contains(&label) && (in_scope || !enough);
        let chosen = fits.then(|| label.clone());
        let alternatives = if fits {
            self.alternatives(Some(&label), others)
        } else {
            self.alternatives(None, std::iter::once(label).chain(others))
        };
        let (reason, score) = match (enough, fits) {
            (true, true) => ("it is most like the examples of this word".to_owned(), score),
            (true, false) => ("it is not much like the examples of any word".to_owned(), score),
            (false, _) => (
                format!("there are fewer than {ENOUGH_EXAMPLES} examples of some words, so this is only the nearest"),
                score.min(FEW_EXAMPLES_SCORE),
            ),
        };
        Ok((Output::Label { field: self.field.to_owned(), label: chosen, alternatives }, reason, Some(score)))
    }

    fn alternatives(&self, label: Option<&str>, others: impl Iterator<Item = String>) -> Vec<String> {
        let mut seen = BTreeSet::new();
        others
            .filter(|other| Some(other.as_str()) != label && self.options.contains(other))
            .filter(|other| seen.insert(other.clone()))
            .take(MAX_ALTERNATIVES)
            .collect()
    }

    /// Every word but `other` has its examples.
    pub(super) fn has_enough_examples(&self) -> bool {
        let own = |option: &str| self.examples.iter().filter(|example| example.label == option).count();
        self.options.iter().filter(|option| *option != OTHER).all(|option| own(option) >= ENOUGH_EXAMPLES)
    }

    /// The examples, and each word as an example of itself where it has too few.
    fn training_set(&self) -> Vec<(String, String)> {
        let known =
            self.examples.iter().filter(|example| example.label == OTHER || self.options.contains(&example.label));
        let mut pairs: Vec<_> = known.map(|example| (example.text.clone(), example.label.clone())).collect();
        if !self.has_enough_examples() {
            pairs
                .extend(self.options.iter().filter(|option| *option != OTHER).map(|word| (word.clone(), word.clone())));
        }
        pairs
    }
}

/// Trained classifiers, by the digest of their examples.
#[derive(Debug, Default)]
pub struct Classifiers {
    kept: Mutex<BTreeMap<Digest, Arc<Classifier>>>,
}

impl Classifiers {
    fn trained(&self, task: &Task<'_>) -> Option<Arc<Classifier>> {
        let pairs = task.training_set();
        let key = digest(&pairs);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(classifier) = kept.get(&key) {
            return Some(Arc::clone(classifier));
        }
        // Trained under the lock, so that a second case of the same process waits instead of training again.
        let classifier = Arc::new(Classifier::train_with_outside(&pairs, &[OTHER]).ok()?);
        if kept.len() >= MAX_CACHED {
            kept.pop_first();
        }
        kept.insert(key, Arc::clone(&classifier));
        Some(classifier)
    }
}

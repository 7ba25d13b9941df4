//! Giving a mark on a scale that the process text writes out.

use countersign_core::{definition::ScaleMark, proposal::Output, value::FieldName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{DecideError, DecisionInput, schemas::schema, subject};

/// What the prompt is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// How the process text calls the field.
    pub field: String,
    /// The lowest mark.
    pub lowest: i64,
    /// The highest mark.
    pub highest: i64,
    /// What the marks mean, where the text says so.
    pub marks: Vec<ShownMark>,
    /// What is to be marked.
    pub subject: String,
}

/// One mark and what it means.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownMark {
    /// The mark.
    pub mark: i64,
    /// What deserves it.
    pub words: String,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// One to three pieces of the material that decide the matter, character by character.
    pub quotes: Vec<String>,
    /// One short sentence on why they decide it.
    pub reason: String,
    /// The mark; null when the material does not tell.
    pub mark: Option<i64>,
}

/// What is to be marked, and on which scale.
pub(super) struct Task<'a> {
    field: &'a str,
    label: &'a str,
    scale: &'a [ScaleMark],
    subject: String,
}

/// Finds the step's field and its material.
pub(super) fn task<'a>(
    input: &'a DecisionInput,
    field: &'a str,
    names: &[FieldName],
    scale: &'a [ScaleMark],
) -> Result<Task<'a>, DecideError> {
    let found = input.field(field).ok_or_else(|| DecideError::Step(format!("the process has no field {field}")))?;
    if scale.is_empty() {
        return Err(DecideError::Step(format!("the scale of the {} has no marks", found.label)));
    }
    Ok(Task { field, label: &found.label, scale, subject: subject::text(input, names) })
}

impl Task<'_> {
    /// Whether there is anything to mark.
    pub(super) fn has_subject(&self) -> bool {
        !self.subject.trim().is_empty()
    }

    /// What the prompt is filled with, and the schema of the answer.
    pub(super) fn question(&self) -> (Shown, Json) {
        let marks = self.scale.iter().map(|one| ShownMark { mark: one.mark, words: one.words.clone() });
        let (lowest, highest) = self.ends();
        let (field, subject) = (self.label.to_owned(), self.subject.clone());
        (Shown { field, lowest, highest, marks: marks.collect(), subject }, schema::<Answer>())
    }

    /// What is wrong with an answer beyond its form.
    pub(super) fn faults(&self, answer: &Answer) -> Vec<String> {
        let (lowest, highest) = self.ends();
        let off = answer.mark.filter(|mark| !(lowest..=highest).contains(mark));
        off.map(|mark| format!("the mark must be a whole number from {lowest} to {highest}; it is {mark}"))
            .into_iter()
            .collect()
    }

    /// A model's answer, and what is to be said about it. One that rests on invented quotes tells nothing.
    pub(super) fn accept(&self, answer: &Answer) -> (Output, Vec<String>) {
        let (sound, remarks) = subject::remarks(&self.subject, &answer.quotes, answer.mark.is_some());
        (Output::Mark { field: self.field.to_owned(), mark: answer.mark.filter(|_| sound) }, remarks)
    }

    fn ends(&self) -> (i64, i64) {
        let marks = || self.scale.iter().map(|one| one.mark);
        (marks().min().unwrap_or_default(), marks().max().unwrap_or_default())
    }
}

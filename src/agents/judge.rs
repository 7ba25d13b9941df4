//! Saying whether a criterion in free words holds, by a guideline where one is attached.

use countersign_core::{proposal::Output, value::FieldName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{DecideError, DecisionInput, schemas::schema, subject};

/// What the prompt is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// What must hold, in the words of the process text.
    pub criterion: String,
    /// The guideline that it goes by; empty where none is attached.
    pub guideline: String,
    /// What is to be judged.
    pub subject: String,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// One to three pieces of the material that decide the matter, character by character.
    pub quotes: Vec<String>,
    /// One short sentence on why they decide it.
    pub reason: String,
    /// Whether the criterion holds; null when the material does not tell.
    pub holds: Option<bool>,
}

/// What is to be judged.
pub(super) struct Task<'a> {
    criterion: &'a str,
    guideline: &'a str,
    subject: String,
}

/// Finds the step's guideline and its material.
pub(super) fn task<'a>(
    input: &'a DecisionInput,
    criterion: &'a str,
    guideline: Option<&str>,
    names: &[FieldName],
) -> Result<Task<'a>, DecideError> {
    let guideline = match guideline {
        Some(name) => input
            .guidelines
            .get(name)
            .ok_or_else(|| DecideError::Step(format!("the guideline “{name}” is not attached to this version")))?,
        None => "",
    };
    Ok(Task { criterion, guideline, subject: subject::text(input, names) })
}

impl Task<'_> {
    /// Whether there is anything to judge.
    pub(super) fn has_subject(&self) -> bool {
        !self.subject.trim().is_empty()
    }

    /// What the prompt is filled with, and the schema of the answer.
    pub(super) fn question(&self) -> (Shown, Json) {
        let (criterion, guideline) = (self.criterion.to_owned(), self.guideline.to_owned());
        (Shown { criterion, guideline, subject: self.subject.clone() }, schema::<Answer>())
    }

    /// A model's answer, and what is to be said about it. One that rests on invented quotes tells nothing.
    pub(super) fn accept(&self, answer: &Answer) -> (Output, Vec<String>) {
        let (sound, remarks) = subject::remarks(&self.subject, &answer.quotes, answer.holds.is_some());
        (Output::Judgement { holds: answer.holds.filter(|_| sound) }, remarks)
    }
}

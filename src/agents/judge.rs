//! Saying whether a criterion in free words holds, by a guideline and by examples where they are attached.

use countersign_core::{
    definition::{CitedExample, CriterionExample, RightAnswer},
    proposal::Output,
    value::FieldName,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    DecideError, DecisionInput,
    schemas::{narrow, schema},
    subject,
};

/// All examples of a question together have at most so many characters; what does not fit is left out.
pub const EXAMPLES_CHARS_MAX: usize = 24_000;
/// So many of the examples that an answer names are kept, the first ones.
pub const CITED_MAX: usize = 3;
/// The place of the names of examples in the schema of an answer.
pub(super) const CITED: &str = "/properties/examples/items";

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

/// What the prompt is filled with where the criterion has examples.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownByExamples {
    /// What must hold, in the words of the process text.
    pub criterion: String,
    /// The guideline that it goes by; empty where none is attached.
    pub guideline: String,
    /// Examples, each with what is to be said of it.
    pub examples: Vec<ShownExample>,
    /// What is to be judged.
    pub subject: String,
}

/// One example of a criterion.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownExample {
    /// Its name, such as `E3`.
    pub name: String,
    /// What is to be said of it: `pass`, `fail` or `cannot tell`.
    pub answer: String,
    /// The example.
    pub text: String,
    /// Why; empty where nobody said.
    pub because: String,
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

/// What a model answers where the criterion has examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerByExamples {
    /// One to three pieces of the material that decide the matter, character by character.
    pub quotes: Vec<String>,
    /// The names of up to three examples that the material is most like; empty when it is like none.
    pub examples: Vec<String>,
    /// One short sentence on why they decide it.
    pub reason: String,
    /// Whether the criterion holds; null when the material does not tell.
    pub holds: Option<bool>,
}

/// What the prompt of a question is filled with.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Question {
    Plain(Shown),
    ByExamples(ShownByExamples),
}

/// An answer to either question. The one with examples stands first, since it has all that the other has.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    ByExamples(AnswerByExamples),
    Plain(Answer),
}

/// What is to be judged.
pub(super) struct Task<'a> {
    criterion: &'a str,
    guideline: &'a str,
    examples: Examples<'a>,
    subject: String,
}

/// The examples of a criterion that are shown.
struct Examples<'a> {
    /// Each with its number, in order.
    shown: Vec<(usize, &'a CriterionExample)>,
    /// How many there are.
    all: usize,
}

/// Finds the step's guideline, its examples and its material.
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
    let examples = Examples::fitting(input.criteria.get(criterion).map_or(&[], Vec::as_slice));
    Ok(Task { criterion, guideline, examples, subject: subject::text(input, names) })
}

impl<'a> Examples<'a> {
    /// Takes one that passes, one that fails and one that cannot be told in turn, each kind in its order, as long as
    /// they fit: what a prompt has room for does not hang on which kind was written first.
    fn fitting(all: &'a [CriterionExample]) -> Self {
        let numbered = || all.iter().enumerate().map(|(place, example)| (place + 1, example));
        let kinds = RightAnswer::ALL.map(|answer| numbered().filter(move |(_, example)| example.answer == answer));
        let mut kinds = kinds.map(Iterator::peekable);
        let (mut shown, mut room) = (Vec::new(), EXAMPLES_CHARS_MAX);
        while kinds.iter_mut().any(|kind| kind.peek().is_some()) {
            for (number, example) in kinds.iter_mut().filter_map(Iterator::next) {
                let length = example.text.chars().count() + example.because.chars().count();
                if let Some(rest) = room.checked_sub(length) {
                    room = rest;
                    shown.push((number, example));
                }
            }
        }
        shown.sort_by_key(|(number, _)| *number);
        Self { shown, all: all.len() }
    }

    fn names(&self) -> Vec<String> {
        self.shown.iter().map(|(number, _)| name(*number)).collect()
    }

    /// The examples of these names, each once. Another name is a fault of the answer's form.
    fn cited(&self, names: &[String]) -> Vec<CitedExample> {
        let mut cited: Vec<CitedExample> = Vec::new();
        for wanted in names {
            let Some((number, example)) = self.shown.iter().find(|(number, _)| name(*number) == *wanted) else {
                continue;
            };
            let number = u32::try_from(*number).unwrap_or(u32::MAX);
            if cited.len() < CITED_MAX && cited.iter().all(|known| known.number != number) {
                cited.push(CitedExample { number, example: (*example).clone() });
            }
        }
        cited
    }

    /// What is to be said of those that were left out.
    fn remark(&self) -> Option<String> {
        let all = self.all;
        match all - self.shown.len() {
            0 => None,
            left => Some(format!("{left} of the {all} examples did not fit into the question and were left out")),
        }
    }
}

impl Task<'_> {
    /// Whether there is anything to judge.
    pub(super) fn has_subject(&self) -> bool {
        !self.subject.trim().is_empty()
    }

    /// Whether it is asked with examples.
    pub(super) const fn has_examples(&self) -> bool {
        self.examples.all > 0
    }

    /// What the prompt is filled with, and the schema of the answer. Only examples that are shown can be named.
    pub(super) fn question(&self) -> (Question, Json) {
        let (criterion, guideline) = (self.criterion.to_owned(), self.guideline.to_owned());
        let subject = self.subject.clone();
        if !self.has_examples() {
            return (Question::Plain(Shown { criterion, guideline, subject }), schema::<Answer>());
        }
        let examples = self.examples.shown.iter().map(|(number, example)| ShownExample {
            name: name(*number),
            answer: example.answer.words().to_owned(),
            text: example.text.clone(),
            because: example.because.clone(),
        });
        let examples = examples.collect();
        let mut schema = schema::<AnswerByExamples>();
        narrow(&mut schema, CITED, &self.examples.names(), false);
        (Question::ByExamples(ShownByExamples { criterion, guideline, examples, subject }), schema)
    }

    /// A model's answer, and what is to be said about it. One that rests on invented quotes tells nothing, neither by
    /// its word nor by the examples that it names.
    pub(super) fn accept(&self, answer: &Said) -> (Output, Vec<String>) {
        let (quotes, holds) = match answer {
            Said::ByExamples(answer) => (&answer.quotes, answer.holds),
            Said::Plain(answer) => (&answer.quotes, answer.holds),
        };
        let (sound, mut remarks) = subject::remarks(&self.subject, quotes, holds.is_some());
        let kept = holds.filter(|_| sound);
        let examples = match answer {
            Said::ByExamples(answer) if kept == holds => self.examples.cited(&answer.examples),
            Said::ByExamples(_) | Said::Plain(_) => Vec::new(),
        };
        remarks.extend(self.examples.remark());
        (Output::Judgement { holds: kept, examples }, remarks)
    }
}

impl Said {
    /// Why, in the model's words.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::ByExamples(answer) => &answer.reason,
            Self::Plain(answer) => &answer.reason,
        }
    }
}

fn name(number: usize) -> String {
    format!("E{number}")
}

//! What a model is shown and what it answers, as types from which the schemas are made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language;

/// What the prompt for a description is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DescribeShown {
    /// The shapes that a sentence may have.
    pub shapes: Vec<ShownShape>,
    /// The description.
    pub prose: String,
}

/// What the prompt for a change is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeShown {
    /// The shapes that a sentence may have.
    pub shapes: Vec<ShownShape>,
    /// The sentences of the text, one a line, each behind its name in brackets.
    pub sentences: String,
    /// What is wished.
    pub request: String,
}

/// A shape of the language.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownShape {
    /// Its pattern.
    pub pattern: String,
    /// A sentence of it.
    pub example: String,
}

/// What a model answers to a description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Answer")]
pub struct DescribeAnswer {
    /// The lines of the process text, in order.
    pub sentences: Vec<AnsweredLine>,
    /// What the description leaves open.
    pub questions: Vec<AnsweredQuestion>,
    /// What of the description is not in the text.
    pub dropped: Vec<AnsweredDrop>,
}

/// One line of the process text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredLine {
    /// The words of the description that say it, character by character; null when none do.
    pub quote: Option<String>,
    /// The line, with its bullet and the blanks in front.
    pub text: String,
}

/// A question that the description leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredQuestion {
    /// The words of the description or of a line that it is about.
    pub about: String,
    /// The question.
    pub ask: String,
    /// Two to four answers to choose from; empty when there are none to offer.
    pub options: Vec<String>,
    /// The answer that the text assumes for now; null when it assumes none.
    pub default: Option<String>,
}

/// Words of the description that are not in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredDrop {
    /// The words, character by character.
    pub quote: String,
    /// Why they are left out, in one short sentence.
    pub why: String,
}

/// What a model answers to a wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Answer")]
pub struct ChangeAnswer {
    /// The changes, all on the text as it is shown.
    pub changes: Vec<AnsweredChange>,
    /// Why the wish cannot be carried out as a change of the text; null when it can.
    pub cannot: Option<String>,
}

/// One change. What an operation does not need is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnsweredChange {
    /// What is done.
    pub op: Op,
    /// The name of the sentence that is replaced, deleted, moved or set.
    pub sentence: Option<String>,
    /// For insert and move: the name of the sentence behind which it goes; null for the end of the text.
    pub after: Option<String>,
    /// For insert and move: on a line of its own behind that sentence, in the same bullet, or below it.
    pub at: Option<Place>,
    /// For set: which part.
    pub what: Option<Part>,
    /// For insert and replace: the new sentence. For set: the new words. For rename: the new name.
    pub text: Option<String>,
    /// For rename: the old name.
    pub from: Option<String>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Insert,
    Replace,
    Delete,
    Move,
    Set,
    Rename,
}

/// Where something is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Next,
    Beside,
    Below,
}

/// A part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Who,
    Due,
    Condition,
}

/// Every shape of the language.
pub(super) fn shapes() -> Vec<ShownShape> {
    language::patterns()
        .map(|(pattern, example)| ShownShape { pattern: pattern.to_owned(), example: example.to_owned() })
        .collect()
}

//! The interview: questions about a process, whose answers become its sentences, without a model.
//!
//! Each answer is read by the same slots as a sentence. What cannot be slotted is refused with a hint; nothing is
//! guessed, and nothing is written that the compiler would refuse because of the answer.

mod answers;
mod questions;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::questions::{InterviewQuestion, QuestionId};
use self::{answers::Read, questions::QUESTIONS};
use super::{Attachments, Diagnostic, Severity, compile};

/// The longest answer, in bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 4_000;
/// The most lines of an answer that takes several.
pub(crate) const LINES_MAX: usize = 40;

/// What was answered so far, in the words of the person who answered.
///
/// An empty answer to a question that need not be answered says that there is nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<QuestionId, String>);

/// An answer that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedAnswer {
    /// The question.
    pub question: QuestionId,
    /// What is not understood, or cannot be.
    pub message: String,
    /// How an answer is written.
    pub hint: String,
}

/// A sentence and the answer that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AnsweredSentence {
    /// Its first byte in the text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The question whose answer caused it.
    pub question: QuestionId,
}

/// Where an interview stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interview {
    /// The text so far.
    pub text: String,
    /// Its sentences, each with the question whose answer caused it.
    pub sentences: Vec<AnsweredSentence>,
    /// The question to ask next; none when everything is answered.
    pub next: Option<InterviewQuestion>,
    /// Every question that is still open, the next one first.
    pub open: Vec<InterviewQuestion>,
    /// Answers that were left out of the text, and why.
    pub refused: Vec<RefusedAnswer>,
}

/// Every question, in the order in which it is asked; some are only asked after certain answers.
#[must_use]
pub const fn questions() -> &'static [InterviewQuestion] {
    QUESTIONS
}

/// Writes the text of the answers and says what to ask next.
///
/// The answers are taken in the order of the questions; one that contradicts an earlier one is refused.
#[must_use]
pub fn interview(answers: &Answers) -> Interview {
    let mut taken: BTreeMap<QuestionId, Read> = BTreeMap::new();
    let mut refused = Vec::new();
    for question in QUESTIONS {
        let Some(answer) = answers.0.get(&question.id) else { continue };
        if !question.is_asked(&taken) {
            continue;
        }
        match answers::read(question, answer).and_then(|read| fits(&taken, question.id, read)) {
            Ok(with) => taken = with,
            Err(message) => {
                let hint = format!("write it like this: {}", question.example);
                refused.push(RefusedAnswer { question: question.id, message, hint });
            }
        }
    }
    let open: Vec<InterviewQuestion> = QUESTIONS
        .iter()
        .filter(|question| question.is_asked(&taken) && !taken.contains_key(&question.id))
        .copied()
        .collect();
    let (text, sentences) = write::text(&taken);
    Interview { text, sentences, next: open.first().copied(), open, refused }
}

/// The answers with one more, when the text that they make can be compiled.
fn fits(
    taken: &BTreeMap<QuestionId, Read>,
    question: QuestionId,
    read: Read,
) -> Result<BTreeMap<QuestionId, Read>, String> {
    let mut with = taken.clone();
    with.insert(question, read);
    // What is not answered yet is filled with answers that go with every other.
    let mut whole = with.clone();
    for (missing, read) in answers::stand_ins() {
        whole.entry(missing).or_insert(read);
    }
    let (text, _) = write::text(&whole);
    let compiled = compile(&text, &Attachments::default());
    let wrong = |found: &&Diagnostic| found.severity == Severity::Error;
    match compiled.diagnostics.iter().find(wrong) {
        None => Ok(with),
        Some(found) => Err(format!("{}; {}", found.message, found.why)),
    }
}

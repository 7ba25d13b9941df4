//! What is wrong with a text, where, why, and what to write instead.

use serde::Serialize;

use super::Question;

/// The code of a question that nobody has answered.
pub(crate) const OPEN_QUESTION: &str = "E602";

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The text is not compiled.
    Error,
    /// The text is compiled, and somebody should look.
    Warning,
}

/// One finding about a process text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code: E1 not understood, E2 unknown name, E3 ambiguous, E4 two steps, E5 contradiction or
    /// structure, E6 vague, W warning.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// First byte of the words that it is about.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Why that matters.
    pub why: String,
    /// What to do, best first.
    pub suggestions: Vec<Suggestion>,
}

/// A change of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// First byte that is replaced.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

impl Edit {
    /// The changed text; `None` when the edit is not about this text.
    #[must_use]
    pub fn apply(&self, text: &str) -> Option<String> {
        let (before, after) = (text.get(..self.start)?, text.get(self.end..)?);
        Some(format!("{before}{}{after}", self.text))
    }
}

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What it does, in words.
    pub title: String,
    /// The edit that does it: first byte, byte after the last, new text.
    pub replacement: Option<(usize, usize, String)>,
}

impl Diagnostic {
    /// An error over these bytes.
    pub(crate) fn error(
        code: &'static str,
        (start, end): (usize, usize),
        message: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        debug_assert!(super::codes::ALL.iter().any(|(known, _)| *known == code), "{code} is in no table");
        let severity = Severity::Error;
        Self { code, severity, start, end, message: message.into(), why: why.into(), suggestions: Vec::new() }
    }

    /// A warning over these bytes.
    pub(crate) fn warning(
        code: &'static str,
        span: (usize, usize),
        message: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message, why) }
    }

    /// Adds a way out that a person carries out.
    pub(crate) fn advise(mut self, title: impl Into<String>) -> Self {
        self.suggestions.push(Suggestion { title: title.into(), replacement: None });
        self
    }

    /// Adds a way out with its edit.
    pub(crate) fn fix(mut self, title: impl Into<String>, start: usize, end: usize, text: impl Into<String>) -> Self {
        self.suggestions.push(Suggestion { title: title.into(), replacement: Some((start, end, text.into())) });
        self
    }

    /// Whether it stops the text from being compiled.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    pub(crate) fn open_quote(start: usize, end: usize) -> Self {
        let why = "quoted words end on the line on which they begin";
        Self::error("E102", (start, end), "this quotation mark is not closed", why)
            .advise("close the quotation before the end of the line")
    }

    pub(crate) fn open_comment(start: usize, end: usize) -> Self {
        let why = "everything after it would be left out without a word";
        Self::error("E103", (start, end), "this comment is not closed", why).fix("close the comment", end, end, " -->")
    }

    pub(crate) fn too_long(start: usize, end: usize, what: &str, most: usize) -> Self {
        let why = "a text that nobody can survey is not a description any more";
        Self::error("E104", (start, end), format!("this has more than {most} {what}"), why)
            .advise("split it into smaller parts")
    }

    pub(crate) fn under_nothing(start: usize, end: usize) -> Self {
        let why = "a bullet belongs to the nearest sentence above it that ends with a colon and stands further left";
        Self::error("E105", (start, end), "this bullet stands under no sentence that ends with a colon", why)
            .advise("put it under a heading such as `Stage Check:`, or move it to the left")
    }
}

impl Diagnostic {
    /// A question that nobody has answered.
    pub(crate) fn open_question(text: &str, question: &Question) -> Self {
        let message = format!("an open question: {}", question.text);
        let why = "whoever publishes the text would decide it without having been asked";
        let (start, end) = whole_line(text, (question.start, question.end));
        Self::error(OPEN_QUESTION, (question.start, question.end), message, why)
            .advise("write the answer as a sentence, and leave the question out")
            .fix("Leave it out: it is answered", start, end, "")
    }
}

/// The bytes to take out with a sentence: its whole line when nothing else stands in it.
pub(crate) fn whole_line(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let next = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let alone = text[line..start].trim_matches([' ', '\t', '-', '*']).is_empty() && text[end..next].trim().is_empty();
    if alone { (line, next) } else { (start, end) }
}

/// The sentence at these bytes, on one line, for a message.
pub(crate) fn quoted_sentence(text: &str, start: usize, end: usize) -> String {
    text.get(start..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Two sentences that cannot both be true, each in its own words.
pub(crate) fn contradiction(code: &'static str, span: (usize, usize), here: &str, there: &str) -> Diagnostic {
    let message = format!("`{here}` contradicts another sentence, which says `{there}`");
    Diagnostic::error(code, span, message, "both cannot be true of one process")
}

/// Names in a row for a message: `a`, `b` or `c`.
pub(crate) fn either(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::from("nothing yet"),
    }
}

//! What a check of a text says, the same for the command line, the API and the editor.

use serde::Serialize;

use super::{Compiled, Diagnostic, Sentence, SentenceKind};

/// What became of a text, sentence by sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Whether everything is understood and nothing contradicts itself.
    pub understood: bool,
    /// The short name of the process that it would become.
    pub process: Option<String>,
    /// Every sentence with its place, its kind and what holds because it leaves something open.
    pub sentences: Vec<Sentence>,
    /// What is wrong or worth a look, in the order of the text, each with its ways out.
    pub diagnostics: Vec<Diagnostic>,
    /// How much of the text is enforced.
    pub coverage: Coverage,
}

/// How many sentences of a text are enforced. The title and comments do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// All sentences.
    pub sentences: usize,
    /// Those that the process enforces.
    pub enforced: usize,
    /// Those that are kept as plain information.
    pub notes: usize,
    /// Questions that nobody has answered.
    pub questions: usize,
    /// Those that are not understood.
    pub not_understood: usize,
}

/// Sums up what became of a text.
#[must_use]
pub fn report(compiled: Compiled) -> Checked {
    let mut coverage = Coverage::default();
    for sentence in &compiled.sentences {
        match sentence.kind {
            SentenceKind::Title | SentenceKind::Comment => continue,
            SentenceKind::Question => coverage.questions += 1,
            SentenceKind::Note => coverage.notes += 1,
            SentenceKind::NotUnderstood => coverage.not_understood += 1,
            SentenceKind::Declaration | SentenceKind::Step | SentenceKind::Rule => coverage.enforced += 1,
        }
        coverage.sentences += 1;
    }
    Checked {
        understood: compiled.definition.is_some(),
        process: compiled.definition.map(|definition| definition.id),
        sentences: compiled.sentences,
        diagnostics: compiled.diagnostics,
        coverage,
    }
}

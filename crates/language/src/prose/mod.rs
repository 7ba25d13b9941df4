//! Plain prose, as somebody pastes it: for each sentence what it is taken for, if anything, and the shapes nearest
//! to it with the writer's own words in the slots. It never pretends to have understood.

use serde::Serialize;

use super::{
    SentenceKind, Suggestion,
    compile::kind,
    lexer::{self, Token},
    sentence::{self, Raw, RawKind},
    shapes, words,
};

/// The most sentences that are looked at.
const SENTENCES_MAX: usize = 500;

/// One sentence of a prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProseSentence {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its words, as written.
    pub text: String,
    /// What it is taken for as it stands; `None` when it is not understood.
    pub taken_for: Option<TakenFor>,
    /// Sentences that would be understood once their open slots are filled, nearest first.
    pub nearest: Vec<Suggestion>,
}

/// What a sentence is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TakenFor {
    /// What it would be in a process text.
    pub kind: SentenceKind,
    /// A sentence of the same shape, as the documentation shows it.
    pub like: &'static str,
}

/// The shapes nearest to each sentence of a prose.
#[must_use]
pub fn nearest_shapes(prose: &str) -> Vec<ProseSentence> {
    let split = sentence::split(prose, &lexer::tokens(prose));
    split
        .sentences
        .iter()
        .filter(|raw| raw.kind == RawKind::Plain)
        .take(SENTENCES_MAX)
        .map(|raw| one(prose, raw))
        .collect()
}

fn one(prose: &str, raw: &Raw) -> ProseSentence {
    let taken_for = taken_for(prose, &raw.tokens);
    let suggestion = |sentence: String| Suggestion {
        title: format!("Write `{sentence}`"),
        replacement: (!sentence.contains('\u{27e8}')).then(|| (raw.start, raw.end, sentence.clone())),
    };
    let nearest = if taken_for.is_some() {
        Vec::new()
    } else {
        shapes::nearest(prose, &raw.tokens).into_iter().map(suggestion).collect()
    };
    ProseSentence { start: raw.start, end: raw.end, text: String::from(&prose[raw.start..raw.end]), taken_for, nearest }
}

/// What the compiler would take a sentence for: exactly one reading, and nothing vague in it.
fn taken_for(prose: &str, tokens: &[Token]) -> Option<TakenFor> {
    let readings = shapes::readings(prose, tokens);
    let [meaning] = readings.as_slice() else { return None };
    if tokens.iter().any(|token| words::vague(token.text(prose)).is_some()) {
        return None;
    }
    let like = shapes::shape_of(prose, tokens)?;
    Some(TakenFor { kind: kind(meaning), like })
}

//! Plain prose, as somebody pastes it: for each sentence what it is taken for, if anything, and the shapes nearest
//! to it with the writer's own words in the slots. It never pretends to have understood.

mod outline;
pub(crate) mod verbs;

use serde::Serialize;

pub use self::{
    outline::{GatewayKind, ProseGateway, ProseOutline, ProseStep, outline},
    verbs::stem,
};

use super::{
    SentenceKind, Suggestion,
    compile::kind,
    lexer::{self, Token},
    sentence::{self, Raw, RawKind},
    shapes, words,
};

/// The most sentences that are looked at.
const SENTENCES_MAX: usize = 500;
/// The most suggestions for one sentence.
const SUGGESTIONS_MAX: usize = 4;

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
        let mut sentences = told(prose, raw);
        sentences.extend(shapes::nearest(prose, &raw.tokens));
        let mut seen = Vec::new();
        sentences.retain(|sentence| {
            !seen.contains(sentence) && {
                seen.push(sentence.clone());
                true
            }
        });
        sentences.truncate(SUGGESTIONS_MAX);
        sentences.into_iter().map(suggestion).collect()
    };
    ProseSentence { start: raw.start, end: raw.end, text: String::from(&prose[raw.start..raw.end]), taken_for, nearest }
}

/// Sentences made of what the prose seems to tell of, with its own words, and open slots for what it leaves open.
fn told(prose: &str, raw: &Raw) -> Vec<String> {
    let sentence = &prose[raw.start..raw.end];
    let steps = outline(sentence).steps;
    steps.iter().take(SUGGESTIONS_MAX).map(step_sentence).collect()
}

fn step_sentence(step: &ProseStep) -> String {
    let who = match &step.actor {
        Some(actor) => format!("The {}", bare(actor)),
        None => String::from("The \u{27e8}role\u{27e9}"),
    };
    let what =
        step.object.as_deref().map_or_else(|| String::from("\u{27e8}what\u{27e9}"), |it| format!("the {}", bare(it)));
    let within = "within \u{27e8}2 working days\u{27e9}";
    match step.verb.as_str() {
        "approve" | "authorise" | "authorize" | "sign" | "accept" => format!("{who} approves {what} {within}."),
        "check" | "review" | "examine" | "inspect" | "verify" | "assess" | "evaluate" => {
            format!("{who} reviews {what} {within}.")
        }
        "inform" | "notify" | "tell" => format!("Tell {what} that \"\u{27e8}text\u{27e9}\"."),
        verb => format!("{who} does \"{verb} {what}\" {within}."),
    }
}

/// Words without their article.
fn bare(words: &str) -> &str {
    let first = words.split(' ').next().unwrap_or_default();
    let article = ["the", "a", "an"].contains(&first.to_lowercase().as_str());
    if article { words[first.len()..].trim_start() } else { words }
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

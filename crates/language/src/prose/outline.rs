//! What an English prose seems to tell of, sentence by sentence: who does what, and where ways part. It is a first
//! outline to write from, never a process: nothing that runs is made of it.

use serde::Serialize;

use super::verbs::{self, Form};
use crate::{
    lexer::{self, Token, TokenKind},
    sentence::{self, RawKind},
};

/// The most words of a name that is taken over.
const NAME_WORDS_MAX: usize = 8;

const DETERMINERS: &[&str] = &[
    "the", "a", "an", "this", "that", "these", "those", "its", "their", "his", "her", "our", "your", "my", "each",
    "every", "all", "any", "some", "both", "no", "another", "several", "one", "two", "three",
];
const PREPOSITIONS: &[&str] = &[
    "to", "from", "in", "on", "at", "by", "with", "for", "into", "via", "about", "within", "through", "during",
    "against", "between", "before", "after", "under", "over", "per", "until", "as", "if", "whether", "back", "out",
    "up", "off", "down",
];
const PRONOUNS: &[&str] = &["he", "she", "it", "they", "we", "i", "you"];
const BE: &[&str] = &["is", "are", "be", "been", "being", "was", "were", "gets", "get"];
const MODALS: &[&str] = &["must", "can", "will", "may", "should", "shall", "could", "would", "might", "cannot"];
/// Verbs before "to" that make what follows a step of its own.
const DUTIES: &[&str] = &["has", "have", "needs", "need", "is", "are", "had", "needed", "required", "asked"];
const JOINTS: &[&str] = &[
    "and",
    "or",
    "but",
    "then",
    "which",
    "who",
    "when",
    "whenever",
    "once",
    "while",
    "because",
    "so",
    "otherwise",
    "either",
    "where",
    "else",
    "not",
    "also",
    "first",
    "finally",
    "next",
    "afterwards",
    "therefore",
    "however",
];

/// What a prose seems to tell of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProseOutline {
    /// Its steps, in the order of the text.
    pub steps: Vec<ProseStep>,
    /// Where ways part.
    pub gateways: Vec<ProseGateway>,
}

/// Something that somebody seems to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProseStep {
    /// The verb's first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The verb without its endings, such as `check`.
    pub verb: String,
    /// Who does it, in the words of the prose; the last one named where it says `it` or `they`.
    pub actor: Option<String>,
    /// What it is done with.
    pub object: Option<String>,
    /// The place where ways part that it stands behind, and which way it is on.
    pub way: Option<(usize, usize)>,
}

/// A place where ways part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ProseGateway {
    /// Where the prose says so.
    pub start: usize,
    /// How they part.
    pub kind: GatewayKind,
}

/// How ways part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayKind {
    /// One of them is taken.
    Choice,
    /// All of them are taken side by side.
    Together,
}

/// Reads an outline from a prose.
#[must_use]
pub fn outline(prose: &str) -> ProseOutline {
    let split = sentence::split(prose, &lexer::tokens(prose));
    let mut reader = Outliner { prose, found: ProseOutline::default(), last_actor: None, ways: 0 };
    for raw in split.sentences.iter().filter(|raw| raw.kind == RawKind::Plain).take(super::SENTENCES_MAX) {
        reader.sentence(&raw.tokens);
    }
    reader.found
}

/// Whether the words stand in the tokens from here.
fn phrase(prose: &str, tokens: &[Token], at: usize, words: &str) -> bool {
    words.split(' ').enumerate().all(|(index, word)| tokens.get(at + index).is_some_and(|token| token.is(prose, word)))
}

struct Outliner<'a> {
    prose: &'a str,
    found: ProseOutline,
    last_actor: Option<String>,
    /// How many ways the last choice has so far.
    ways: usize,
}

impl Outliner<'_> {
    fn is_in(&self, token: Option<&Token>, words: &[&str]) -> bool {
        token.is_some_and(|token| words.iter().any(|word| token.is(self.prose, word)))
    }

    fn sentence(&mut self, tokens: &[Token]) {
        let way = self.gateways(tokens);
        let condition = self.condition(tokens);
        for at in 0..tokens.len() {
            if condition.is_some_and(|(from, to)| (from..to).contains(&at)) {
                continue;
            }
            if let Some(step) = self.step(tokens, at) {
                self.found.steps.push(ProseStep { way, ..step });
            }
        }
    }

    /// The tokens of a leading or trailing "if": what is checked there is no step.
    fn condition(&self, tokens: &[Token]) -> Option<(usize, usize)> {
        let from = tokens.iter().position(|token| token.is(self.prose, "if"))?;
        let whether = from > 0 && self.is_in(tokens.get(from - 1), &["check", "checks", "see", "decide", "decides"]);
        let comma =
            tokens.iter().skip(from).position(|token| token.is(self.prose, ",") || token.is(self.prose, "then"));
        (!whether).then(|| (from, comma.map_or(tokens.len(), |comma| from + comma)))
    }

    /// Notes where ways part, and says which way the sentence is on.
    fn gateways(&mut self, tokens: &[Token]) -> Option<(usize, usize)> {
        let start = tokens.first().map(|token| token.start)?;
        let has = |words: &str| (0..tokens.len()).any(|at| phrase(self.prose, tokens, at, words));
        let again = ["otherwise", "else", "if not", "in the other case", "in the latter case"];
        let together = [
            "in parallel",
            "at the same time",
            "simultaneously",
            "in the meantime",
            "meanwhile",
            "concurrently",
            "while",
        ];
        let choice = ["if", "either", "in case", "depending on", "whether"];
        let gateways = self.found.gateways.len();
        if again.iter().any(|words| has(words)) && self.ways > 0 {
            self.ways += 1;
            return Some((gateways - 1, self.ways - 1));
        }
        if together.iter().any(|words| has(words)) {
            self.found.gateways.push(ProseGateway { start, kind: GatewayKind::Together });
            self.ways = 0;
            return None;
        }
        if choice.iter().any(|words| has(words)) {
            self.found.gateways.push(ProseGateway { start, kind: GatewayKind::Choice });
            self.ways = 1;
            return Some((gateways, 0));
        }
        self.ways = 0;
        None
    }

    /// The step whose verb stands here.
    fn step(&mut self, tokens: &[Token], at: usize) -> Option<ProseStep> {
        let token = tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
        let forms = verbs::forms(token.text(self.prose));
        let before = self.before(tokens, at);
        let (previous, next) = (before.and_then(|index| tokens.get(index)), tokens.get(at + 1));
        let (form, verb) = forms.into_iter().find(|(form, _)| self.fits(*form, tokens, before, next))?;
        let passive = form == Form::Past && self.is_in(previous, BE);
        let (actor, object) = if passive {
            (self.by(tokens, at), before.and_then(|be| self.backward(tokens, be)))
        } else {
            (before.and_then(|index| self.backward(tokens, index + 1)), self.forward(tokens, at + 1))
        };
        let actor = actor.filter(|actor| !PRONOUNS.contains(&actor.to_lowercase().as_str()));
        let actor = if passive { actor } else { actor.or_else(|| self.last_actor.clone()) };
        if actor.is_some() {
            self.last_actor.clone_from(&actor);
        }
        Some(ProseStep { start: token.start, end: token.end, verb: String::from(verb), actor, object, way: None })
    }

    /// The last token before the verb that is neither an adverb nor a denial.
    fn before(&self, tokens: &[Token], at: usize) -> Option<usize> {
        (0..at).rev().find(|index| {
            let word = tokens[*index].text(self.prose).to_lowercase();
            !word.ends_with("ly")
                && !["then", "also", "now", "first", "again", "not", "finally"].contains(&word.as_str())
        })
    }

    fn fits(&self, form: Form, tokens: &[Token], before: Option<usize>, next: Option<&Token>) -> bool {
        let previous = before.and_then(|index| tokens.get(index));
        let opens = next.is_none_or(|next| next.kind != TokenKind::Word)
            || self.is_in(next, DETERMINERS)
            || self.is_in(next, PREPOSITIONS)
            || self.is_in(next, PRONOUNS)
            || self.is_in(next, &["them", "him", "us", "me"]);
        let noun = previous.is_some_and(|token| token.kind == TokenKind::Word)
            && !self.is_in(previous, DETERMINERS)
            && !self.is_in(previous, PREPOSITIONS)
            && !self.is_in(previous, &["of", "which", "that", "who"]);
        match form {
            Form::Third => opens && noun,
            Form::Base => {
                let duty = self.is_in(previous, &["to"])
                    && before
                        .and_then(|to| self.before(tokens, to))
                        .is_some_and(|at| self.is_in(tokens.get(at), DUTIES));
                let plural = previous
                    .is_some_and(|token| token.text(self.prose).ends_with('s') && token.kind == TokenKind::Word)
                    && opens
                    && noun
                    && !self.is_in(previous, BE);
                let told = previous.is_none() && opens;
                duty || self.is_in(previous, MODALS)
                    || self.is_in(previous, &["they", "we", "you", "i"])
                    || plural
                    || told
            }
            Form::Past => self.is_in(previous, BE),
        }
    }

    /// The name that ends just before `end`.
    fn backward(&self, tokens: &[Token], end: usize) -> Option<String> {
        let mut from = end;
        while from > 0 && end - from < NAME_WORDS_MAX {
            let token = &tokens[from - 1];
            let skipped = self.is_in(Some(token), MODALS) || self.is_in(Some(token), &["has", "have", "to", "needs"]);
            let stops = token.kind != TokenKind::Word
                || self.is_in(Some(token), JOINTS)
                || self.is_in(Some(token), PREPOSITIONS) && !skipped;
            if stops {
                break;
            }
            from -= 1;
        }
        let words: Vec<&Token> = tokens[from..end]
            .iter()
            .filter(|token| !self.is_in(Some(token), MODALS) && !self.is_in(Some(token), DUTIES))
            .filter(|token| !self.is_in(Some(token), &["to"]) && !token.text(self.prose).ends_with("ly"))
            .collect();
        self.joined(&words)
    }

    /// The name that begins at `from`.
    fn forward(&self, tokens: &[Token], from: usize) -> Option<String> {
        let rest = tokens.get(from..).unwrap_or_default();
        let stops = |token: &&Token| {
            token.kind == TokenKind::Word && !self.is_in(Some(token), JOINTS) && !self.is_in(Some(token), PREPOSITIONS)
        };
        let words: Vec<&Token> = rest.iter().take_while(stops).take(NAME_WORDS_MAX).collect();
        self.joined(&words)
    }

    fn joined(&self, words: &[&Token]) -> Option<String> {
        let words: Vec<&str> = words.iter().map(|token| token.text(self.prose)).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// Whoever follows "by" behind a passive.
    fn by(&self, tokens: &[Token], at: usize) -> Option<String> {
        let by = (at..tokens.len().min(at + 6)).find(|index| tokens[*index].is(self.prose, "by"))?;
        self.forward(tokens, by + 1)
    }
}

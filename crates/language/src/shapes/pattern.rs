//! Sentence shapes as patterns of words and typed slots, and the matcher that tries every way to read one.
//!
//! In a pattern, `[x]` may be left out, `(x|y)` is one of the two, `{slot:key}` is a typed slot. A reading
//! counts only when every token is consumed by a word of the pattern or by a slot.

use std::{borrow::Cow, cell::Cell, collections::HashMap};

use super::slots::{self, Slot, Value};
use crate::{
    lexer::{Token, TokenKind},
    words::{self, Class},
};

/// The most single moves of the matcher for one sentence; beyond that the sentence is refused.
pub(super) const MAX_MOVES: u32 = 60_000;

/// One part of a pattern.
#[derive(Debug)]
pub(super) enum Part {
    Literal(&'static str),
    Either(Vec<Vec<Part>>),
    Slot(Slot, &'static str),
}

/// The values of a reading, by key.
pub(super) type Bound = Vec<(&'static str, Value)>;

/// The tokens of one sentence, what is known of each, and how much work may still be spent on it.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub source: &'a str,
    pub tokens: &'a [Token],
    pub words: &'a [Word<'a>],
    pub moves: &'a Cell<u32>,
}

/// What is known of a token, looked up once for each sentence.
pub(super) struct Word<'a> {
    /// Its text in small letters.
    lower: Cow<'a, str>,
    /// Whether it can be a word or a mark of a pattern.
    fixed: bool,
    class: Class,
    /// Its place among the words that shapes need.
    needed: Option<u16>,
}

/// Words that a shape needs, or that a sentence has, by their place in [`Needed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set([u64; 4]);

/// The words without which some shape cannot be, each with its place.
#[derive(Debug, Default)]
pub(super) struct Needed(HashMap<&'static str, u16>);

impl Set {
    fn insert(&mut self, place: u16) {
        // A word beyond the last bit is left out: then shapes are tried that need not be.
        if let Some(bits) = self.0.get_mut(usize::from(place / 64)) {
            *bits |= 1 << (place % 64);
        }
    }

    /// Whether the set holds all of the other.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own & other == *other)
    }
}

impl Needed {
    /// The set of these words; new ones get a place.
    pub(super) fn add(&mut self, parts: &[Part]) -> Set {
        let mut set = Set::default();
        for part in parts {
            if let Part::Literal(word) = part {
                let next = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
                set.insert(*self.0.entry(word).or_insert(next));
            }
        }
        set
    }
}

/// What is known of each token.
pub(super) fn words<'a>(source: &'a str, tokens: &[Token], needed: &Needed) -> Vec<Word<'a>> {
    let word = |token: &Token| {
        let text = source.get(token.start..token.end).unwrap_or_default();
        let capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
        let lower = if capitals { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
        let fixed = matches!(token.kind, TokenKind::Word | TokenKind::Mark);
        let class = if token.kind == TokenKind::Word { words::class(&lower) } else { Class::default() };
        let needed = needed.0.get(&*lower).copied().filter(|_| fixed);
        Word { lower, fixed, class, needed }
    };
    tokens.iter().map(word).collect()
}

/// What follows after the parts at hand.
enum Rest<'p> {
    End,
    Then(&'p [Part], &'p Rest<'p>),
}

/// Reads a pattern's own notation.
pub(super) fn parse(pattern: &'static str) -> Vec<Part> {
    let mut rest = pattern;
    alternatives(&mut rest).into_iter().next().unwrap_or_default()
}

fn alternatives(rest: &mut &'static str) -> Vec<Vec<Part>> {
    let mut all = vec![Vec::new()];
    while let Some(first) = rest.chars().next() {
        let part = match first {
            ' ' => {
                *rest = &rest[1..];
                continue;
            }
            '|' => {
                *rest = &rest[1..];
                all.push(Vec::new());
                continue;
            }
            ')' | ']' => {
                *rest = &rest[1..];
                return all;
            }
            '(' | '[' => {
                *rest = &rest[1..];
                let mut inner = alternatives(rest);
                if first == '[' {
                    inner.push(Vec::new());
                }
                Part::Either(inner)
            }
            '{' => {
                let end = rest.find('}').unwrap_or(rest.len() - 1);
                let inside = &rest[1..end];
                *rest = &rest[end + 1..];
                let (slot, key) = inside.split_once(':').unwrap_or((inside, inside));
                Part::Slot(Slot::named(slot), key)
            }
            ',' | ';' | ':' => {
                let literal = &rest[..1];
                *rest = &rest[1..];
                Part::Literal(literal)
            }
            _ => {
                let end = rest.find([' ', '(', '[', ']', ')', '|', ',', ';', ':', '{']).unwrap_or(rest.len());
                let literal = &rest[..end];
                *rest = &rest[end..];
                Part::Literal(literal)
            }
        };
        if let Some(last) = all.last_mut() {
            last.push(part);
        }
    }
    all
}

impl Reader<'_> {
    /// Every way to read the tokens as the pattern, to the last token.
    pub(super) fn matches(&self, parts: &[Part], found: &mut dyn FnMut(&Bound)) {
        self.go(parts, &Rest::End, 0, &mut Vec::new(), found);
    }

    /// Whether the pattern may go on at this token; it cannot where its next word does not stand there.
    fn may(&self, parts: &[Part], rest: &Rest<'_>, at: usize) -> bool {
        let Some((first, more)) = parts.split_first() else {
            return match rest {
                Rest::End => at == self.tokens.len(),
                Rest::Then(parts, rest) => self.may(parts, rest, at),
            };
        };
        match first {
            Part::Literal(word) => self.is(at, word),
            Part::Either(ways) => {
                let after = Rest::Then(more, rest);
                ways.iter().any(|way| self.may(way, &after, at))
            }
            Part::Slot(Slot::Flag | Slot::Mark, _) => self.may(more, rest, at),
            Part::Slot(..) => at < self.tokens.len(),
        }
    }

    fn go(&self, parts: &[Part], rest: &Rest<'_>, at: usize, bound: &mut Bound, found: &mut dyn FnMut(&Bound)) {
        let left = self.moves.get();
        if left == 0 {
            return;
        }
        self.moves.set(left - 1);
        let Some((first, parts)) = parts.split_first() else {
            match rest {
                Rest::End if at == self.tokens.len() => found(bound),
                Rest::End => {}
                Rest::Then(parts, rest) => self.go(parts, rest, at, bound, found),
            }
            return;
        };
        match first {
            Part::Literal(word) => {
                if self.is(at, word) {
                    self.go(parts, rest, at + 1, bound, found);
                }
            }
            Part::Either(ways) => {
                let after = Rest::Then(parts, rest);
                for way in ways {
                    self.go(way, &after, at, bound, found);
                }
            }
            Part::Slot(slot, key) => {
                for (end, value) in slots::values(self, *slot, at, &|end| self.may(parts, rest, end)) {
                    bound.push((key, value));
                    self.go(parts, rest, end, bound, found);
                    bound.pop();
                }
            }
        }
    }

    /// Whether the token is this word or mark.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.words.get(at).is_some_and(|known| known.fixed && known.lower == word)
    }

    /// What the token is among the closed lists of words.
    pub(super) fn class(&self, at: usize) -> Class {
        self.words.get(at).map(|word| word.class).unwrap_or_default()
    }

    /// The needed words that the sentence has.
    pub(super) fn has(&self) -> Set {
        let mut set = Set::default();
        self.words.iter().filter_map(|word| word.needed).for_each(|place| set.insert(place));
        set
    }

    /// The sentence from this token on.
    pub(super) fn from(&self, at: usize) -> Self {
        let (tokens, words) = (self.tokens.get(at..).unwrap_or_default(), self.words.get(at..).unwrap_or_default());
        Self { tokens, words, ..*self }
    }

    /// Whether the token is one of these words or marks.
    pub(super) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// The token's text.
    pub(super) fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text(self.source))
    }

    /// The token's kind.
    pub(super) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The bytes of a run of tokens.
    pub(super) fn span(&self, from: usize, to: usize) -> (usize, usize) {
        let start = self.tokens.get(from).map_or(0, |token| token.start);
        let end = to.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |token| token.end);
        (start, end.max(start))
    }
}

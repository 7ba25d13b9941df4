//! Sentence shapes as patterns of words and typed slots, and the matcher that tries every way to read one.
//!
//! In a pattern, `[x]` may be left out, `(x|y)` is one of the two, `{slot:key}` is a typed slot. A reading
//! counts only when every token is consumed by a word of the pattern or by a slot.

use std::cell::Cell;

use super::slots::{self, Slot, Value};
use crate::lexer::{Token, TokenKind};

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

/// The tokens of one sentence, and how much work may still be spent on it.
pub(super) struct Reader<'a> {
    pub source: &'a str,
    pub tokens: &'a [Token],
    pub moves: &'a Cell<u32>,
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
                for (end, value) in slots::values(self, *slot, at) {
                    bound.push((key, value));
                    self.go(parts, rest, end, bound, found);
                    bound.pop();
                }
            }
        }
    }

    /// Whether the token is this word or mark.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(self.source, word))
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

//! Which slot of a pattern takes which tokens, for readers that need the writer's words and not their meaning.

use std::cell::Cell;

use super::{
    Make, Reader, all,
    pattern::{self, MAX_MOVES, Part},
    slots::{self, Slot},
};
use crate::lexer::Token;

/// A slot, its key, and the tokens that it took, from the first up to, not including, the last.
pub(crate) type Taken = (Slot, &'static str, usize, usize);

enum Rest<'p> {
    End,
    Then(&'p [Part], &'p Rest<'p>),
}

struct Trail<'a, 'r> {
    reader: &'a Reader<'r>,
    open: Vec<Taken>,
    found: Vec<Vec<Taken>>,
}

/// Every way to read the tokens as a pattern, each with what its slots took.
pub(crate) fn slotted(pattern: &'static str, source: &str, tokens: &[Token]) -> Vec<Vec<Taken>> {
    let parts = pattern::parse(pattern);
    let (moves, words) = (Cell::new(MAX_MOVES), super::words(source, tokens));
    let reader = Reader { source, tokens, words: &words, moves: &moves };
    let mut trail = Trail { reader: &reader, open: Vec::new(), found: Vec::new() };
    trail.go(&parts, &Rest::End, 0);
    trail.found
}

/// Every way to read the tokens as a sentence of some shape, each with what its slots took.
#[cfg(test)]
pub(crate) fn taken(source: &str, tokens: &[Token]) -> Vec<Vec<Taken>> {
    let (moves, words) = (Cell::new(MAX_MOVES), super::words(source, tokens));
    let reader = Reader { source, tokens, words: &words, moves: &moves };
    let mut trail = Trail { reader: &reader, open: Vec::new(), found: Vec::new() };
    all().iter().for_each(|shape| trail.go(&shape.parts, &Rest::End, 0));
    trail.found
}

impl Trail<'_, '_> {
    fn go(&mut self, parts: &[Part], rest: &Rest<'_>, at: usize) {
        let left = self.reader.moves.get();
        if left == 0 {
            return;
        }
        self.reader.moves.set(left - 1);
        let Some((first, more)) = parts.split_first() else {
            match rest {
                Rest::End if at == self.reader.tokens.len() => self.found.push(self.open.clone()),
                Rest::End => {}
                Rest::Then(parts, rest) => self.go(parts, rest, at),
            }
            return;
        };
        match first {
            Part::Literal(word) => {
                if self.reader.is(at, word) {
                    self.go(more, rest, at + 1);
                }
            }
            Part::Either(ways) => {
                for way in ways {
                    self.go(way, &Rest::Then(more, rest), at);
                }
            }
            Part::Slot(Slot::Step, _) => {
                for shape in all().iter().filter(|shape| matches!(shape.make, Make::Clause(_))) {
                    self.go(&shape.parts, &Rest::Then(more, rest), at);
                }
            }
            Part::Slot(slot, key) => {
                for (end, _) in slots::values(self.reader, *slot, at, &|_| true) {
                    self.open.push((*slot, key, at, end));
                    self.go(more, rest, end);
                    self.open.pop();
                }
            }
        }
    }
}

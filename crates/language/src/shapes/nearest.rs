//! The shapes nearest to a sentence that is not understood, with the writer's own words in the slots.

use std::cell::Cell;

use super::{
    all,
    pattern::{MAX_MOVES, Part, Reader},
    slots::{self, Slot},
};
use crate::{
    lexer::Token,
    words::{self, Class},
};

/// How many shapes are shown.
const SHOWN: usize = 3;
/// Words between names that many shapes have, besides those that no name holds.
const FILLERS: [&str; 8] = ["within", "is", "are", "and", "or", "of", "for", "every"];
/// How many tokens of the sentence are compared.
const COMPARED: usize = 40;

/// One word of a shape that is laid beside the sentence.
enum Piece {
    Literal(&'static str),
    Slot(Slot),
}

/// The nearest shapes, best first, each as a sentence.
pub(crate) fn nearest(source: &str, tokens: &[Token]) -> Vec<String> {
    let tokens = &tokens[..tokens.len().min(COMPARED)];
    let mut scored: Vec<(usize, String)> = Vec::new();
    for shape in all() {
        let mut pieces = Vec::new();
        flatten(&shape.parts, source, tokens, &mut pieces);
        let (hits, places) = align(&pieces, source, tokens);
        let literals = pieces.iter().filter(|piece| matches!(piece, Piece::Literal(_))).count();
        // A shape is near when most of its own words stand in the sentence in the same order, and one of them says
        // what it is about.
        let telling = pieces.iter().zip(&places).any(|(piece, place)| match piece {
            Piece::Literal(word) => place.is_some() && !joins(word),
            Piece::Slot(_) => false,
        });
        if telling && hits * 2 >= literals {
            let sentence = fill(&pieces, &places, source, tokens);
            scored.push((hits * 100 / (literals + 1) + hits * 10, sentence));
        }
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut best: Vec<String> = Vec::new();
    for (_, sentence) in scored {
        if best.len() < SHOWN && !best.contains(&sentence) {
            best.push(sentence);
        }
    }
    best
}

/// Whether a word stands in sentences of all shapes, and so tells none of them from another.
fn joins(word: &str) -> bool {
    !word.starts_with(char::is_alphabetic) || words::class(word).has(Class::JOINT) || FILLERS.contains(&word)
}

/// The parts in a row: of alternatives the one with a word of the sentence, else the first; options only so.
fn flatten(parts: &[Part], source: &str, tokens: &[Token], out: &mut Vec<Piece>) {
    for part in parts {
        match part {
            Part::Literal(word) => out.push(Piece::Literal(word)),
            Part::Slot(Slot::Flag | Slot::Mark, _) => {}
            Part::Slot(slot, _) => out.push(Piece::Slot(*slot)),
            Part::Either(ways) => {
                let heard = |way: &&Vec<Part>| {
                    way.iter().any(|part| match part {
                        Part::Literal(word) => word.len() > 1 && tokens.iter().any(|token| token.is(source, word)),
                        _ => false,
                    })
                };
                let optional = ways.last().is_some_and(Vec::is_empty);
                let way = ways.iter().find(heard).or_else(|| if optional { None } else { ways.first() });
                if let Some(way) = way {
                    flatten(way, source, tokens, out);
                }
            }
        }
    }
}

/// The longest row of literals that the sentence holds in order: how many, and where each piece stands.
fn align(pieces: &[Piece], source: &str, tokens: &[Token]) -> (usize, Vec<Option<usize>>) {
    let (rows, columns) = (pieces.len(), tokens.len());
    let mut best = vec![vec![0_usize; columns + 1]; rows + 1];
    let hit = |row: usize, column: usize| match &pieces[row] {
        Piece::Literal(word) => tokens[column].is(source, word),
        Piece::Slot(_) => false,
    };
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let skip = best[row + 1][column].max(best[row][column + 1]);
            let take = if hit(row, column) { best[row + 1][column + 1] + 1 } else { 0 };
            best[row][column] = skip.max(take);
        }
    }
    let mut places = vec![None; rows];
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        if hit(row, column) && best[row][column] == best[row + 1][column + 1] + 1 {
            places[row] = Some(column);
            row += 1;
            column += 1;
        } else if best[row + 1][column] >= best[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    (best[0][0], places)
}

/// Whether the slot can take exactly these words.
fn fits(slot: Slot, source: &str, tokens: &[Token]) -> bool {
    let (moves, words) = (Cell::new(MAX_MOVES), super::words(source, tokens));
    let reader = Reader { source, tokens, words: &words, moves: &moves };
    let whole = |end: usize| end == tokens.len();
    !tokens.is_empty() && slots::values(&reader, slot, 0, &whole).iter().any(|(end, _)| whole(*end))
}

fn fill(pieces: &[Piece], places: &[Option<usize>], source: &str, tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut used = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let word = match piece {
            Piece::Literal(word) => {
                if let Some(place) = places[index] {
                    used = place + 1;
                }
                String::from(*word)
            }
            Piece::Slot(slot) => {
                let next = places[index + 1..].iter().flatten().next().copied().unwrap_or(tokens.len());
                let from = used.min(next);
                let own: Vec<&str> = tokens[from..next].iter().map(|token| token.text(source)).collect();
                used = used.max(next);
                let own = own.join(" ").replace(" ,", ",");
                if fits(*slot, source, &tokens[from..next]) { own } else { String::from(slot.hint()) }
            }
        };
        if !out.is_empty() && ![",", ";", ":"].contains(&word.as_str()) {
            out.push(' ');
        }
        out.push_str(&word);
    }
    let mut characters = out.chars();
    let capital: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if out.ends_with(':') { "" } else { "." };
    format!("{capital}{}{end}", characters.as_str())
}

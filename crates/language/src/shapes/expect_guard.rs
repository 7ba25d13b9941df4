//! What may come next inside a condition that is not finished.

use super::{
    conditions,
    expect::{Naming, Walk, rest_of},
    slots,
};
use crate::lexer::TokenKind;

/// Conditions without a field.
const WHOLE: [&str; 4] = ["a check fails", "no check fails", "all checks pass", "any check fails"];

/// What may stand next in a condition that begins at `from`.
pub(super) fn open(walk: &mut Walk<'_, '_>, from: usize) {
    let (reader, len) = (walk.reader, walk.len());
    if from > len || (from..len).any(|at| reader.is_any(at, &[",", ":"])) {
        return;
    }
    let Some(frame) = frame(walk, from) else { return };
    if !conditions::readings(reader, from, len).is_empty() {
        walk.words("and");
        walk.words("or");
    } else if frame.depth > 0 && !conditions::readings(reader, frame.inside, len).is_empty() {
        [")", "and", "or"].into_iter().for_each(|words| walk.words(words));
    }
    atom(walk, frame.start, frame.before);
}

/// Where the last comparison of a condition begins.
struct Frame {
    start: usize,
    /// Where the comparison before it begins, from which "or" may borrow.
    before: Option<usize>,
    /// Open parentheses, and where the inside of the last one begins.
    depth: usize,
    inside: usize,
}

fn frame(walk: &Walk<'_, '_>, from: usize) -> Option<Frame> {
    let reader = walk.reader;
    let mut frame = Frame { start: from, before: None, depth: 0, inside: from };
    let mut between = false;
    for at in from..walk.len() {
        if reader.is(at, "(") {
            frame = Frame { start: at + 1, before: None, depth: frame.depth + 1, inside: at + 1 };
        } else if reader.is(at, ")") {
            frame.depth = frame.depth.checked_sub(1)?;
            frame.inside = from;
        } else if reader.is(at, "between") {
            between = true;
        } else if reader.is(at, "and") && between {
            between = false;
        } else if reader.is_any(at, &["and", "or"]) {
            if conditions::readings(reader, frame.inside, at).is_empty() {
                return None;
            }
            frame.before = Some(frame.start);
            frame.start = at + 1;
        }
    }
    Some(frame)
}

fn atom(walk: &mut Walk<'_, '_>, start: usize, before: Option<usize>) {
    let (reader, len) = (walk.reader, walk.len());
    let typed: Vec<String> = (start..len).map(|at| reader.text(at).to_lowercase()).collect();
    for whole in WHOLE {
        let words: Vec<&str> = whole.split(' ').collect();
        if let Some(rest) = rest_of(&typed, &words) {
            walk.words(rest);
        }
    }
    if start == len {
        walk.words("(");
        walk.words("not (");
    }
    let Some(is) = (start..len).find(|at| reader.is(*at, "is")) else {
        if let Some(field) = before.and_then(|before| left(walk, before)) {
            walk.value(&field, start);
        }
        walk.field(start);
        let whole = !slots::field(reader, start, &|end| end == len).is_empty();
        if whole {
            walk.words("is");
        }
        return;
    };
    let Some(field) = left(walk, start) else { return };
    let mut right = is + 1;
    if right == len {
        walk.words("not");
    } else if reader.is(right, "not") {
        right += 1;
    }
    predicate(walk, &field, right);
}

/// The words of the field that a comparison begins with.
fn left(walk: &Walk<'_, '_>, start: usize) -> Option<String> {
    let reader = walk.reader;
    let is = (start..walk.len()).find(|at| reader.is(*at, "is"))?;
    let (_, field) = slots::field(reader, start, &|end| end == is).into_iter().next()?;
    Some(match field.document {
        Some(document) => format!("{} on the {}", field.name.text, document.text),
        None => field.name.text,
    })
}

/// Behind `is` or `is not`.
fn predicate(walk: &mut Walk<'_, '_>, field: &str, right: usize) {
    let (reader, len) = (walk.reader, walk.len());
    if right > len {
        return;
    }
    walk.value(field, right);
    if reader.is(right, "between") {
        match (right + 1..len).find(|at| reader.is(*at, "and")) {
            Some(and) => side(walk, and + 1, false),
            None => side(walk, right + 1, true),
        }
        return;
    }
    side(walk, right, false);
    for words in conditions::relations() {
        let fits = words.iter().enumerate().all(|(index, word)| reader.is(right + index, word));
        if fits && right + words.len() <= len {
            if right + words.len() == len {
                walk.value(field, len);
            }
            side(walk, right + words.len(), false);
            let days = right + words.len();
            let at_most = words == ["at", "most"];
            if at_most && days + 1 == len && reader.kind(days) == Some(TokenKind::Number) {
                walk.words("days ago");
            } else if at_most && days + 2 == len && reader.is_any(days + 1, &["day", "days"]) {
                walk.words("ago");
            }
        }
    }
}

/// One side of a comparison; behind the first one of "between" comes "and".
fn side(walk: &mut Walk<'_, '_>, at: usize, first: bool) {
    let (reader, len) = (walk.reader, walk.len());
    if at == len {
        walk.quote();
        walk.name(Naming::Field, at);
        return;
    }
    let number = reader.kind(at) == Some(TokenKind::Number);
    if number && at + 1 == len {
        walk.words("EUR");
    }
    if first && at < len {
        walk.words("and");
    }
    walk.field(at);
}

//! The shapes that a sentence may have, by family, and the reader that tries all of them.

mod conditions;
mod control;
mod declare;
mod expect;
mod expect_guard;
mod modify;
mod nearest;
mod pattern;
mod people;
mod slots;
mod steps;
mod taken;
mod times;

use std::{cell::Cell, sync::LazyLock};

use countersign_core::{definition::Schedule, time::Span};

use self::{
    pattern::{Bound, MAX_MOVES, Needed, Part, Reader, Set, Word},
    slots::Value,
};
use super::{
    lexer::Token,
    meaning::{Ask, Clause, Condition, FieldRef, Meaning, Name, WhoRef},
};

#[cfg(test)]
pub(crate) use self::{expect::viable, slots::Slot, taken::taken};
pub(crate) use self::{
    expect::{Expect, Naming, expected},
    nearest::nearest,
    steps::is_agent,
    taken::slotted,
    times::currency,
};

/// One shape: its pattern, an example, and what a reading of it means.
pub(crate) struct Shape {
    /// The pattern in the notation of [`pattern`].
    pub pattern: &'static str,
    /// A sentence of this shape, as the documentation shows it.
    pub example: &'static str,
    /// The part of the documentation that it stands in.
    pub section: &'static str,
    parts: Vec<Part>,
    /// Words without which no sentence has this shape.
    words: Set,
    make: Make,
}

enum Make {
    Clause(fn(&Got<'_>) -> Option<Clause>),
    Sentence(fn(&Got<'_>) -> Option<Meaning>),
}

/// The shapes, and the words that they need.
struct Grammar {
    shapes: Vec<Shape>,
    needed: Needed,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let mut needed = Needed::default();
    let shapes = shapes().into_iter().map(|shape| Shape { words: needed.add(&shape.parts), ..shape }).collect();
    Grammar { shapes, needed }
});

fn shapes() -> Vec<Shape> {
    let sections = [
        ("process", declare::process()),
        ("data", declare::data()),
        ("rules", declare::rules()),
        ("branches", control::branches()),
        ("frames", control::frames()),
        ("moves", steps::moves()),
        ("agents", steps::agents()),
        ("deciding", people::deciding()),
        ("working", people::working()),
        ("about people", modify::people()),
        ("effects", steps::effects()),
        ("about systems", modify::machines()),
    ];
    let named =
        |(section, shapes): (&'static str, Vec<Shape>)| shapes.into_iter().map(move |shape| Shape { section, ..shape });
    sections.into_iter().flat_map(named).collect()
}

/// Every shape, in the order of the documentation.
pub(crate) fn all() -> &'static [Shape] {
    &GRAMMAR.shapes
}

fn clause(pattern: &'static str, example: &'static str, make: fn(&Got<'_>) -> Option<Clause>) -> Shape {
    shape(pattern, example, Make::Clause(make))
}

fn sentence(pattern: &'static str, example: &'static str, make: fn(&Got<'_>) -> Option<Meaning>) -> Shape {
    shape(pattern, example, Make::Sentence(make))
}

fn shape(pattern: &'static str, example: &'static str, make: Make) -> Shape {
    Shape { pattern, example, section: "", parts: pattern::parse(pattern), words: Set::default(), make }
}

/// What is known of each token of a sentence.
fn words<'a>(source: &'a str, tokens: &[Token]) -> Vec<Word<'a>> {
    pattern::words(source, tokens, &GRAMMAR.needed)
}

/// Every way to read the tokens of one sentence; no way means that it is not understood.
pub(crate) fn readings(source: &str, tokens: &[Token]) -> Vec<Meaning> {
    let moves = Cell::new(MAX_MOVES);
    let skip = usize::from(
        tokens.first().is_some_and(|first| ["then", "next", "finally"].iter().any(|word| first.is(source, word))),
    );
    let comma = usize::from(skip == 1 && tokens.get(1).is_some_and(|token| token.is(source, ",")));
    let words = words(source, tokens);
    let reader = Reader { source, tokens, words: &words, moves: &moves }.from(skip + comma);
    let mut found: Vec<Meaning> = Vec::new();
    let has = reader.has();
    for shape in all().iter().filter(|shape| has.holds(&shape.words)) {
        reader.matches(&shape.parts, &mut |bound| {
            let got = Got(bound);
            let meaning = match shape.make {
                Make::Clause(make) => make(&got).map(Meaning::Step),
                Make::Sentence(make) if skip == 0 => make(&got),
                Make::Sentence(_) => None,
            };
            if let Some(meaning) = meaning.filter(|meaning| !found.contains(meaning)) {
                found.push(meaning);
            }
        });
    }
    found
}

/// The example of the first shape that the tokens have.
pub(crate) fn shape_of(source: &str, tokens: &[Token]) -> Option<&'static str> {
    let (moves, words) = (Cell::new(MAX_MOVES), words(source, tokens));
    let reader = Reader { source, tokens, words: &words, moves: &moves };
    let has = reader.has();
    let mut whole = all().iter().filter(|shape| has.holds(&shape.words)).filter(|shape| {
        let mut found = false;
        reader.matches(&shape.parts, &mut |bound| {
            found |= match shape.make {
                Make::Clause(make) => make(&Got(bound)).is_some(),
                Make::Sentence(make) => make(&Got(bound)).is_some(),
            };
        });
        found
    });
    whole.next().map(|shape| shape.example)
}

/// Every way to read the tokens as a single step.
fn clauses(reader: &Reader<'_>) -> Vec<Clause> {
    let mut found: Vec<Clause> = Vec::new();
    let has = reader.has();
    for shape in all().iter().filter(|shape| has.holds(&shape.words)) {
        let Make::Clause(make) = shape.make else { continue };
        reader.matches(&shape.parts, &mut |bound| {
            if let Some(clause) = make(&Got(bound)).filter(|clause| !found.contains(clause)) {
                found.push(clause);
            }
        });
    }
    found
}

/// A pattern as people read it: slots in angle brackets, without what only the reader of sentences needs.
pub(crate) fn shown(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, tail)) = rest.split_once('{') {
        out.push_str(before);
        let (slot, after) = tail.split_once('}').unwrap_or((tail, ""));
        let name = slot.split(':').next().unwrap_or_default();
        if !["flag", "mark"].contains(&name) {
            out.push_str(&format!("\u{27e8}{name}\u{27e9}"));
        }
        rest = after;
    }
    out.push_str(rest);
    let words: Vec<&str> = out.split_whitespace().collect();
    let out = words.join(" ");
    [(" ,", ","), (" ;", ";"), (" :", ":"), (" |", "|"), (" )", ")"), (" ]", "]")]
        .iter()
        .fold(out, |out, (from, to)| out.replace(from, to))
}

/// Whether a name, written as it is, would be read as this one name again.
pub(crate) fn is_plain_name(text: &str) -> bool {
    plain(text, &|reader| {
        let article = reader.is_any(0, &["a", "an", "the"]);
        let open = slots::is_open_name(reader, reader.tokens.len());
        !article && !open && !slots::name(reader, 0, &|end| end == reader.tokens.len()).is_empty()
    })
}

/// Whether the tokens are a condition.
pub(crate) fn is_condition(source: &str, tokens: &[Token]) -> bool {
    let (moves, words) = (Cell::new(MAX_MOVES), words(source, tokens));
    !conditions::readings(&Reader { source, tokens, words: &words, moves: &moves }, 0, tokens.len()).is_empty()
}

/// Whether a word of a list, written as it is behind "is", would be read as this word.
pub(crate) fn is_plain_literal(text: &str) -> bool {
    is_plain_name(text) && !conditions::is_relation(text)
}

/// Whether an operation, written as it is, would be read as this operation again.
pub(crate) fn is_plain_operation(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    let verb = super::words::class(first).has(super::words::Class::OPERATION);
    verb && is_plain_thing(text) && slots::lower_first(text) == text
}

/// Whether a free description, written as it is, would be read as this one description again.
pub(crate) fn is_plain_thing(text: &str) -> bool {
    plain(text, &|reader| !slots::thing(reader, 0, &|end| end == reader.tokens.len()).is_empty())
}

fn plain(text: &str, reads: &dyn Fn(&Reader<'_>) -> bool) -> bool {
    let all = super::lexer::tokens(text);
    let tokens: Vec<Token> = all.iter().copied().filter(|token| token.matters()).collect();
    let joined = tokens.iter().map(|token| token.text(text)).collect::<Vec<_>>().join(" ");
    let (moves, words) = (Cell::new(MAX_MOVES), words(text, &tokens));
    let quote = tokens.iter().any(|token| token.kind == super::lexer::TokenKind::Quote);
    let vague = tokens.iter().any(|token| super::words::vague(token.text(text)).is_some());
    let reader = Reader { source: text, tokens: &tokens, words: &words, moves: &moves };
    joined == text && !quote && !vague && reads(&reader)
}

/// The values of one reading, by key.
struct Got<'a>(&'a Bound);

impl Got<'_> {
    fn value(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    fn name(&self, key: &str) -> Option<Name> {
        if let Some(Value::Name(name)) = self.value(key) { Some(name.clone()) } else { None }
    }

    fn names(&self, key: &str) -> Option<Vec<Name>> {
        if let Some(Value::Names(names)) = self.value(key) { Some(names.clone()) } else { None }
    }

    fn who(&self, key: &str) -> Option<WhoRef> {
        if let Some(Value::Who(who)) = self.value(key) { Some(who.clone()) } else { None }
    }

    fn whos(&self, key: &str) -> Option<Vec<WhoRef>> {
        if let Some(Value::Whos(whos)) = self.value(key) { Some(whos.clone()) } else { None }
    }

    fn field(&self, key: &str) -> Option<FieldRef> {
        if let Some(Value::Field(field)) = self.value(key) { Some(field.clone()) } else { None }
    }

    fn fields(&self, key: &str) -> Option<Vec<FieldRef>> {
        if let Some(Value::Fields(fields)) = self.value(key) { Some(fields.clone()) } else { None }
    }

    fn asks(&self, key: &str) -> Option<Vec<Ask>> {
        if let Some(Value::Asks(asks)) = self.value(key) { Some(asks.clone()) } else { None }
    }

    fn span(&self, key: &str) -> Option<Span> {
        if let Some(Value::Span(span)) = self.value(key) { Some(*span) } else { None }
    }

    fn count(&self, key: &str) -> Option<u32> {
        if let Some(Value::Count(count)) = self.value(key) { Some(*count) } else { None }
    }

    fn guard(&self, key: &str) -> Option<Condition> {
        if let Some(Value::Guard(guard)) = self.value(key) { Some(guard.clone()) } else { None }
    }

    fn owners(&self, key: &str) -> Option<Vec<(WhoRef, Vec<Name>)>> {
        if let Some(Value::Owners(owners)) = self.value(key) { Some(owners.clone()) } else { None }
    }

    fn marks(&self, key: &str) -> Option<Vec<(u32, Name)>> {
        if let Some(Value::Marks(marks)) = self.value(key) { Some(marks.clone()) } else { None }
    }

    fn schedule(&self, key: &str) -> Option<Schedule> {
        if let Some(Value::Schedule(schedule)) = self.value(key) { Some(*schedule) } else { None }
    }

    fn step(&self, key: &str) -> Option<Clause> {
        if let Some(Value::Step(step)) = self.value(key) { Some(step.clone()) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::tokens;

    #[test]
    fn check_every_example_has_exactly_one_reading() {
        for shape in all() {
            let words: Vec<Token> = tokens(shape.example).into_iter().filter(|token| token.matters()).collect();
            let words = match words.split_last() {
                Some((last, rest)) if last.is(shape.example, ".") => rest,
                _ => &words,
            };
            let found = readings(shape.example, words);
            assert_eq!(found.len(), 1, "{}: {found:#?}", shape.example);
        }
    }
}

//! Conditions: `the amount is over 500 EUR and the receipt is missing`.

use countersign_core::guard::Relation;

use super::{
    pattern::Reader,
    slots::{field, quote},
    times::{date, money},
};
use crate::{
    lexer::TokenKind,
    meaning::{FieldRef, GuardRef, Side},
    words,
};

/// The deepest parentheses of a condition.
const MAX_DEPTH: usize = 8;

/// The wordings of relations, longest first.
const RELATIONS: [(&[&str], Relation); 15] = [
    (&["the", "same", "as"], Relation::Same),
    (&["equal", "to"], Relation::Same),
    (&["more", "than"], Relation::Over),
    (&["greater", "than"], Relation::Over),
    (&["later", "than"], Relation::Over),
    (&["less", "than"], Relation::Under),
    (&["earlier", "than"], Relation::Under),
    (&["at", "least"], Relation::AtLeast),
    (&["at", "most"], Relation::AtMost),
    (&["over"], Relation::Over),
    (&["above"], Relation::Over),
    (&["after"], Relation::Over),
    (&["under"], Relation::Under),
    (&["below"], Relation::Under),
    (&["before"], Relation::Under),
];

/// Every way to read the tokens from `from` up to `to` as a condition.
///
/// "and" beside "or" without parentheses has two readings, and both are returned.
pub(super) fn readings(reader: &Reader<'_>, from: usize, to: usize) -> Vec<GuardRef> {
    whole(reader, from, to, MAX_DEPTH)
}

fn whole(reader: &Reader<'_>, from: usize, to: usize, depth: usize) -> Vec<GuardRef> {
    if depth == 0 || from >= to {
        return Vec::new();
    }
    let joints = joints(reader, from, to);
    let mut parts = Vec::new();
    let mut start = from;
    for end in joints.iter().map(|(at, _)| *at).chain([to]) {
        match part(reader, start, end, parts.last(), depth) {
            Some(guard) => parts.push(guard),
            None => return Vec::new(),
        }
        start = end + 1;
    }
    let ands: Vec<bool> = joints.iter().map(|(_, and)| *and).collect();
    match (ands.contains(&true), ands.contains(&false)) {
        (false, false) => parts,
        (true, false) => vec![GuardRef::All(parts)],
        (false, true) => vec![GuardRef::Any(parts)],
        (true, true) => vec![group(&parts, &ands, true), group(&parts, &ands, false)],
    }
}

/// Where "and" (true) and "or" (false) stand outside parentheses and outside "between ... and ...".
fn joints(reader: &Reader<'_>, from: usize, to: usize) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut between = false;
    for at in from..to {
        if reader.is(at, "(") {
            depth += 1;
        } else if reader.is(at, ")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && reader.is(at, "between") {
            between = true;
        } else if depth == 0 && reader.is(at, "and") && between {
            between = false;
        } else if depth == 0 && reader.is_any(at, &["and", "or"]) {
            found.push((at, reader.is(at, "and")));
        }
    }
    found
}

/// Parts joined by "and" and "or", with one of the two binding closer.
fn group(parts: &[GuardRef], ands: &[bool], and_binds: bool) -> GuardRef {
    let join = |closer: bool, mut inner: Vec<GuardRef>| match (inner.len(), closer == and_binds) {
        (1, _) => inner.remove(0),
        (_, true) => GuardRef::All(inner),
        (_, false) => GuardRef::Any(inner),
    };
    let mut groups: Vec<Vec<GuardRef>> = vec![parts.iter().take(1).cloned().collect()];
    for (part, and) in parts.iter().skip(1).zip(ands) {
        match groups.last_mut() {
            Some(last) if *and == and_binds => last.push(part.clone()),
            _ => groups.push(vec![part.clone()]),
        }
    }
    join(false, groups.into_iter().map(|inner| join(true, inner)).collect())
}

fn part(reader: &Reader<'_>, from: usize, to: usize, before: Option<&GuardRef>, depth: usize) -> Option<GuardRef> {
    if reader.is(from, "not") && reader.is(from + 1, "(") && reader.is(to - 1, ")") {
        return one(whole(reader, from + 2, to - 1, depth - 1)).map(|inner| GuardRef::Not(Box::new(inner)));
    }
    if reader.is(from, "(") && reader.is(to - 1, ")") {
        return one(whole(reader, from + 1, to - 1, depth - 1));
    }
    let says = |all: &[&[&str]]| to == from + all.len() && (from..to).zip(all).all(|(at, any)| reader.is_any(at, any));
    if says(&[&["a", "any"], &["check"], &["fails"]]) {
        return Some(GuardRef::CheckFailed);
    }
    if says(&[&["no"], &["check"], &["fails"]]) || says(&[&["all", "the"], &["checks"], &["pass"]]) {
        return Some(GuardRef::Not(Box::new(GuardRef::CheckFailed)));
    }
    atom(reader, from, to).or_else(|| inherited(reader, from, to, before?))
}

fn one(mut readings: Vec<GuardRef>) -> Option<GuardRef> {
    if readings.len() == 1 { readings.pop() } else { None }
}

/// `the topic is billing or technical`: the second part borrows field and relation from the first.
fn inherited(reader: &Reader<'_>, from: usize, to: usize, before: &GuardRef) -> Option<GuardRef> {
    let GuardRef::Compare { left, relation: Relation::Same, .. } = before else { return None };
    let right = side(reader, from, to)?;
    Some(GuardRef::Compare { left: left.clone(), relation: Relation::Same, right })
}

/// `the amount is [not] over 500 EUR`.
fn atom(reader: &Reader<'_>, from: usize, to: usize) -> Option<GuardRef> {
    let is = (from..to).find(|at| reader.is(*at, "is"))?;
    let (_, field) = field(reader, from, &|end| end == is).into_iter().next()?;
    let negated = reader.is(is + 1, "not");
    let at = if negated { is + 2 } else { is + 1 };
    let guard = predicate(reader, at, to, field)?;
    Some(if negated { GuardRef::Not(Box::new(guard)) } else { guard })
}

fn predicate(reader: &Reader<'_>, at: usize, to: usize, left: FieldRef) -> Option<GuardRef> {
    if to == at + 1 && reader.is(at, "missing") {
        return Some(GuardRef::Missing(left));
    }
    if reader.is(at, "between") {
        let and = (at..to).find(|index| reader.is(*index, "and"))?;
        let low =
            GuardRef::Compare { left: left.clone(), relation: Relation::AtLeast, right: side(reader, at + 1, and)? };
        let high = GuardRef::Compare { left, relation: Relation::AtMost, right: side(reader, and + 1, to)? };
        return Some(GuardRef::All(vec![low, high]));
    }
    if reader.is(at, "at") && reader.is(at + 1, "most") && reader.is(to - 1, "ago") {
        let days = words::count(reader.text(at + 2))?;
        let unit = to == at + 5 && reader.is_any(at + 3, &["day", "days"]);
        return unit.then_some(GuardRef::DaysAgo { field: left, days });
    }
    let worded = RELATIONS.iter().find(|(words, _)| {
        words.iter().enumerate().all(|(index, word)| reader.is(at + index, word)) && at + words.len() < to
    });
    let (start, relation) = worded.map_or((at, Relation::Same), |(words, relation)| (at + words.len(), *relation));
    Some(GuardRef::Compare { left, relation, right: side(reader, start, to)? })
}

/// The wordings of relations.
pub(super) fn relations() -> impl Iterator<Item = &'static [&'static str]> {
    RELATIONS.iter().map(|(words, _)| *words)
}

/// Whether words behind "is" would be taken for a relation.
pub(super) fn is_relation(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default().to_lowercase();
    let words = RELATIONS.iter().filter_map(|(words, _)| words.first());
    words.chain(&["missing", "between"]).any(|word| *word == first)
}

/// The right side of a comparison: all tokens up to `to`.
fn side(reader: &Reader<'_>, at: usize, to: usize) -> Option<Side> {
    if let Some((end, amount)) = money(reader, at) {
        return (end == to).then_some(Side::Money(amount));
    }
    if let Some((end, day)) = date(reader, at) {
        return (end == to).then_some(Side::Date(day));
    }
    if let Some((end, text)) = quote(reader, at).pop() {
        return (end == to).then_some(Side::Quote(text));
    }
    let negative = reader.is(at, "-");
    let at = if negative { at + 1 } else { at };
    if negative && let Some((end, mut amount)) = money(reader, at) {
        amount.minor = -amount.minor;
        return (end == to).then_some(Side::Money(amount));
    }
    if reader.kind(at) == Some(TokenKind::Number) && to == at + 1 {
        let number: i64 = words::grouped(reader.text(at))?.parse().ok()?;
        return Some(Side::Number(if negative { -number } else { number }));
    }
    if negative {
        return None;
    }
    if to == at + 1 && reader.is(at, "no") {
        return Some(Side::Words(plain(reader, at)));
    }
    field(reader, at, &|end| end == to).into_iter().next().map(|(_, field)| Side::Words(field))
}

/// The answer "no" of a yes-or-no field, which is no name elsewhere.
fn plain(reader: &Reader<'_>, at: usize) -> FieldRef {
    let (start, end) = reader.span(at, at + 1);
    let name = crate::meaning::Name { text: reader.text(at).to_lowercase(), start, end };
    FieldRef { name, document: None, start, end }
}

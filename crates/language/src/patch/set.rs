//! Changing who does a step, by when it is due, or under which condition, inside its sentence.

use super::{
    Splice, What,
    layout::{Layout, one_line},
};
use crate::{
    lexer::{self, Token, TokenKind},
    meaning::{Change, Clause, Meaning, Name},
    sentence::RawKind,
    shapes,
};

/// Words that name a unit of time.
const UNITS: [&str; 8] = ["minute", "minutes", "hour", "hours", "day", "days", "week", "weeks"];

/// The splices that change one part of a sentence.
pub(super) fn splices(layout: &Layout<'_>, index: usize, what: What, value: &str) -> Result<Vec<Splice>, String> {
    let raw = &layout.raws[index];
    let words = one_line(layout.words(index));
    let mut readings = if raw.kind == RawKind::Plain { shapes::readings(layout.text, &raw.tokens) } else { Vec::new() };
    let (1, Some(meaning)) = (readings.len(), readings.pop()) else {
        return Err(format!("`{words}` is not understood, so no part of it can be changed; write it anew"));
    };
    let value = one_line(value);
    let splice = match what {
        What::Who => who(layout, &raw.tokens, &meaning, &value),
        What::Due => due(layout, &raw.tokens, &meaning, &value),
        What::Condition => condition(layout, &raw.tokens, &meaning, &value),
    };
    splice.map(|splice| vec![splice]).ok_or_else(|| {
        let part = match what {
            What::Who => "somebody who does it",
            What::Due => "a due date",
            What::Condition => "a condition",
        };
        format!("`{words}` cannot be given {part} like this; write the sentence anew")
    })
}

fn person(meaning: &Meaning) -> Option<&Name> {
    let who = match (meaning, meaning.clause()) {
        (Meaning::Change(Change::Unsure { who, .. } | Change::Remind { who, .. }), _) => who,
        (Meaning::Change(Change::Escalate { to, .. } | Change::Failure { to, .. }), _) => to,
        (_, Some(Clause::Decide { who, .. } | Clause::Provide { who, .. } | Clause::Do { who, .. })) => who,
        (_, Some(Clause::Tell { to, .. })) => to,
        (Meaning::Starter(name) | Meaning::Accountable(name), _) => return Some(name),
        _ => return None,
    };
    Some(who.name())
}

fn who(layout: &Layout<'_>, tokens: &[Token], meaning: &Meaning, value: &str) -> Option<Splice> {
    let name = person(meaning)?;
    let bare = strip(value, &["the ", "a ", "an "]);
    if bare.is_empty() {
        return None;
    }
    let text = layout.text;
    let before = tokens.iter().rev().find(|token| token.end <= name.start);
    let article = before.filter(|token| token.is(text, "a") || token.is(text, "an"));
    let plain = crate::names::written(bare);
    // `the manager of the employee` is a name with a grammar of its own.
    let bare = if bare.starts_with("manager of ") || bare.contains("'s ") { bare.to_owned() } else { plain };
    Some(match article {
        Some(token) => {
            let the = if token.text(text).starts_with('A') { "The" } else { "the" };
            Splice { start: token.start, end: name.end, text: format!("{the} {bare}") }
        }
        None => Splice { start: name.start, end: name.end, text: bare },
    })
}

fn due(layout: &Layout<'_>, tokens: &[Token], meaning: &Meaning, value: &str) -> Option<Splice> {
    let text = layout.text;
    let value = strip(value, &["within ", "in "]);
    if let Some((start, end)) = within(text, tokens) {
        let new = if value.is_empty() { String::new() } else { format!("within {value}") };
        let from = if new.is_empty() { before(text, tokens, start) } else { start };
        return Some(Splice { start: from, end, text: new });
    }
    let takes_due = match meaning.clause() {
        Some(Clause::Decide { .. } | Clause::Provide { .. } | Clause::Do { .. }) => true,
        _ => matches!(meaning, Meaning::Change(Change::Unsure { .. })),
    };
    let last = tokens.last().filter(|token| takes_due && !value.is_empty() && !token.is(text, ":"))?;
    // After a list of fields a comma says where the list ends.
    let own = tokens.first().and_then(|first| text.get(first.start..last.end))?;
    let joints = [" within", ", within"];
    let fitting = joints.into_iter().find(|joint| {
        let tried = format!("{own}{joint} {value}");
        let all: Vec<Token> = lexer::tokens(&tried).into_iter().filter(|token| token.matters()).collect();
        shapes::readings(&tried, &all).len() == 1
    })?;
    Some(Splice { start: last.end, end: last.end, text: format!("{fitting} {value}") })
}

/// The bytes of `within 2 working days`.
fn within(text: &str, tokens: &[Token]) -> Option<(usize, usize)> {
    let at = tokens.iter().position(|token| token.is(text, "within"))?;
    let unit = tokens.iter().skip(at + 1).take(3).find(|token| UNITS.iter().any(|unit| token.is(text, unit)))?;
    Some((tokens[at].start, unit.end))
}

/// The byte behind the word in front, so that blank and comma go with what is taken out.
fn before(text: &str, tokens: &[Token], start: usize) -> usize {
    let words = tokens.iter().rev().filter(|token| token.end <= start);
    words.clone().find(|token| !token.is(text, ",")).map_or(start, |token| token.end)
}

fn condition(layout: &Layout<'_>, tokens: &[Token], meaning: &Meaning, value: &str) -> Option<Splice> {
    let value = strip(value.trim_end_matches(','), &["if "]);
    if value.is_empty() {
        return None;
    }
    if let Meaning::If { condition, .. } = meaning {
        let (start, end) = (condition.words.start, condition.words.end);
        return Some(Splice { start, end, text: value.to_owned() });
    }
    let first = tokens.first().filter(|first| matches!(meaning, Meaning::Step(_)) && first.kind == TokenKind::Word)?;
    let word = first.text(layout.text);
    let lower: String =
        word.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c }).collect();
    Some(Splice { start: first.start, end: first.end, text: format!("If {value}, {lower}") })
}

fn strip<'a>(value: &'a str, leading: &[&str]) -> &'a str {
    let found = leading.iter().find_map(|word| {
        let head = value.get(..word.len())?;
        if head.eq_ignore_ascii_case(word) { value.get(word.len()..) } else { None }
    });
    found.unwrap_or(value).trim().trim_end_matches('.')
}

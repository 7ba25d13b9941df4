//! Giving a name another name wherever it stands as a whole.

use super::{
    Splice,
    layout::{Layout, one_line},
};
use crate::{
    lexer::{self, Token, TokenKind},
    names::{Names, Said, written},
    sentence::{Raw, RawKind},
    shapes,
};

/// The splices that rename.
pub(super) fn splices(layout: &Layout<'_>, from: &str, to: &str) -> Result<Vec<Splice>, String> {
    let (from, to) = (one_line(from), one_line(to));
    let wanted = words_of(&from);
    if wanted.is_empty() || to.is_empty() || to.contains(['\n', '{', '}', ':']) {
        return Err("a name is some words; say which name becomes which".to_owned());
    }
    let known = known(layout);
    // Two names that become one could let a role decide what another should.
    if words_of(&to) != wanted && known.iter().any(|name| words_of(name) == words_of(&to)) {
        return Err(format!("something else is already called `{to}`; choose another name"));
    }
    let longer: Vec<Vec<String>> =
        known.iter().map(|name| words_of(name)).filter(|name| holds(name, &wanted)).collect();
    let mut found = Vec::new();
    for raw in layout.raws.iter().filter(|raw| raw.kind != RawKind::Comment) {
        in_sentence(layout.text, raw, &wanted, &longer, (&from, &to), &mut found);
    }
    if found.is_empty() {
        return Err(format!("nothing in the text is called `{from}`"));
    }
    Ok(found)
}

fn in_sentence(
    text: &str,
    raw: &Raw,
    wanted: &[String],
    longer: &[Vec<String>],
    (from, to): (&str, &str),
    found: &mut Vec<Splice>,
) {
    let same = |tokens: &[Token], words: &[String]| {
        tokens.len() >= words.len()
            && words.iter().zip(tokens).all(|(word, token)| token.text(text).to_lowercase() == *word)
    };
    let mut at = 0;
    while let Some(token) = raw.tokens.get(at) {
        if token.kind == TokenKind::Quote {
            found.extend(in_quotes(text, *token, from, to));
            at += 1;
            continue;
        }
        let rest = &raw.tokens[at..];
        if let Some(name) = longer.iter().find(|name| same(rest, name)) {
            at += name.len();
        } else if same(rest, wanted) {
            let (start, end) = (token.start, rest[wanted.len() - 1].end);
            let capital = token.text(text).starts_with(char::is_uppercase) && from.starts_with(char::is_lowercase);
            let new = if raw.kind == RawKind::Plain { written(to) } else { to.to_owned() };
            found.push(Splice { start, end, text: if capital { upper_first(&new) } else { new } });
            at += wanted.len();
        } else {
            at += 1;
        }
    }
}

/// A quoted name, or the places for the name's value in a quoted text.
fn in_quotes(text: &str, token: Token, from: &str, to: &str) -> Vec<Splice> {
    let quoted = token.text(text);
    if lexer::unquote(quoted).to_lowercase() == from.to_lowercase() {
        return vec![Splice { start: token.start, end: token.end, text: written(to) }];
    }
    let place = format!("{{{from}}}");
    let places = quoted.match_indices(place.as_str());
    places
        .map(|(at, _)| Splice {
            start: token.start + at + 1,
            end: token.start + at + 1 + from.len(),
            text: to.to_owned(),
        })
        .collect()
}

/// Every name that the text declares.
fn known(layout: &Layout<'_>) -> Vec<String> {
    let said: Vec<Said> = layout
        .raws
        .iter()
        .enumerate()
        .filter(|(_, raw)| raw.kind == RawKind::Plain)
        .filter_map(|(index, raw)| {
            let mut readings = shapes::readings(layout.text, &raw.tokens);
            let meaning = readings.pop().filter(|_| readings.is_empty())?;
            Some(Said { index, start: raw.start, end: raw.end, meaning })
        })
        .collect();
    let mut names = Names::default();
    names.collect(&said, layout.text, &mut Vec::new());
    let labels = names.fields.iter().map(|field| field.label.clone());
    let parts = [names.roles.clone(), names.parties.clone(), names.forms.clone(), names.stages.clone()].concat();
    names.starter.iter().chain(&names.accountable).cloned().chain(parts).chain(labels).collect()
}

fn words_of(name: &str) -> Vec<String> {
    let tokens = lexer::tokens(name);
    tokens.iter().filter(|token| token.matters()).map(|token| token.text(name).to_lowercase()).collect()
}

/// Whether a name is longer than these words and holds them.
fn holds(name: &[String], words: &[String]) -> bool {
    name.len() > words.len() && name.windows(words.len()).any(|part| part == words)
}

fn upper_first(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}

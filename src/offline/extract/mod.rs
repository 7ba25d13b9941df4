//! Finding one wanted field in a document without a model: candidates from the recognisers, ranked by the words
//! around them, by their place and by arithmetic that confirms them.

mod date;
mod labelled;
mod merchant;
mod total;
mod total_words;

use super::recognise::{Amount, Date, DayOrder, Span};

/// A document longer than this many bytes is read up to here.
pub const LONGEST_DOCUMENT: usize = 400_000;

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A calendar day.
    Date,
    /// An amount of money.
    Money,
    /// The company that issued the document, or that a label names.
    Company,
    /// Any text beside a label.
    Text,
    /// An e-mail address.
    Email,
    /// A bank account number with right check digits.
    Iban,
    /// A number or code beside a label, such as an invoice number.
    Number,
}

/// The field to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The field's name in the process, such as `invoice_number`.
    pub name: &'a str,
    /// How people call it, such as `Invoice number`; may be empty.
    pub label: &'a str,
    /// What kind of value it holds.
    pub kind: Kind,
}

/// How to read what a document leaves open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Which number comes first in a date.
    pub day_order: DayOrder,
    /// The currency of an amount without one, as an ISO 4217 code.
    pub default_currency: Option<String>,
}

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A calendar day.
    Date(Date),
    /// An amount of money.
    Money(Amount),
    /// Any text: a name, a code, an address.
    Text(String),
}

impl Value {
    /// The value as the case data writes it: an ISO date, a decimal amount, or the text.
    pub fn plain(&self) -> String {
        match self {
            Self::Date(date) => date.iso(),
            Self::Money(amount) => amount.decimal(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The best candidate for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value.
    pub value: Value,
    /// The first byte it was read from.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// How well the words, the place and the sums speak for it, 0 to 1000; not a probability.
    pub score_per_mille: u32,
    /// Another reading that is as good, which a person should decide between.
    pub ambiguous: Option<Value>,
}

/// Finds the best candidate for a field, or nothing.
pub fn find(text: &str, wanted: &Wanted<'_>, settings: &Settings) -> Option<Found> {
    let text = beginning(text);
    match wanted.kind {
        Kind::Date => date::find(text, wanted, settings),
        Kind::Money => total::find(text, wanted, settings),
        Kind::Company => merchant::find(text, wanted),
        Kind::Text | Kind::Number => labelled::find(text, wanted),
        Kind::Email => labelled::find_email(text, wanted),
        Kind::Iban => labelled::find_iban(text),
    }
}

/// A candidate with its score in points.
#[derive(Debug, Clone)]
struct Candidate {
    value: Value,
    span: Span,
    points: i32,
    alternative: Option<Value>,
}

/// Picks the candidate with the most points, the first of equals.
///
/// `full` is the number of points that leaves nothing to wish for.
fn choose(candidates: Vec<Candidate>, full: i32) -> Option<Found> {
    /// A runner-up with another value this few points behind is as good.
    const TIE: i32 = 3;
    /// A lead of this many points is a clear one.
    const CLEAR_LEAD: i32 = 40;
    let best = candidates.iter().rev().max_by_key(|candidate| candidate.points)?;
    if best.points <= 0 {
        return None;
    }
    let others = candidates.iter().filter(|candidate| candidate.value != best.value);
    let second = others.max_by_key(|candidate| candidate.points);
    let lead = second.map_or(CLEAR_LEAD, |second| best.points - second.points).clamp(0, CLEAR_LEAD);
    let strength = best.points.clamp(0, full);
    let per_mille = 600 * strength / full.max(1) + 400 * lead / CLEAR_LEAD;
    let tied = second.filter(|second| best.points - second.points <= TIE).map(|second| second.value.clone());
    Some(Found {
        value: best.value.clone(),
        start: best.span.start,
        end: best.span.end,
        score_per_mille: u32::try_from(per_mille).unwrap_or(0),
        ambiguous: best.alternative.clone().or(tied),
    })
}

/// The words of a text in lower case, with single blanks between and around them, for matching whole words.
fn plain_words(text: &str) -> String {
    let mut plain = String::from(" ");
    for character in text.chars() {
        if character.is_alphanumeric() {
            plain.extend(character.to_lowercase());
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    plain
}

/// The words that name the wanted field.
fn wanted_words(wanted: &Wanted<'_>) -> Vec<String> {
    /// Words that say nothing about which field is meant.
    const EMPTY: &str = "the|of|a|an|on|in|for|and|field|value|document";
    let mut words: Vec<String> = plain_words(&format!("{} {}", wanted.name, wanted.label))
        .split_whitespace()
        .filter(|word| !is_one_of(word, EMPTY))
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// Whether any of the words, parted by `|` and each one or more whole words, is in the plain text.
fn has_any(plain: &str, words: &str) -> bool {
    words.split('|').any(|word| plain.match_indices(word).any(|(at, _)| is_whole(plain, at, word.len())))
}

/// Whether a word is one of the words parted by `|`.
fn is_one_of(word: &str, words: &str) -> bool {
    words.split('|').any(|other| other == word)
}

fn is_whole(plain: &str, at: usize, length: usize) -> bool {
    let bytes = plain.as_bytes();
    at > 0 && bytes[at - 1] == b' ' && bytes.get(at + length) == Some(&b' ')
}

/// The longest beginning of a text within the limit that ends on a character boundary.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_DOCUMENT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

//! Company names: what comes before a legal form on a line.

use super::Span;
use super::pairs::{lines, trimmed_span};

/// Legal forms, lower case, without dots; a form of several words is written with blanks.
const LEGAL_FORMS: &str = "sdn bhd|bhd|s/b|sb|plt|ltd|limited|pte ltd|pty ltd|pvt ltd|private limited|llc|llp|inc|\
    incorporated|corp|corporation|plc|gmbh|gmbh & co kg|ag|kg|ohg|ug|ev|sarl|sas|sasu|sa|eurl|\
    spa|srl|sl|bv|nv|vof|oy|oyj|ab|as|asa|aps|sp z oo|sp z o o|doo|kft|zrt|sro|co ltd|co";
/// Forms that are also plain words or initials, taken only in capitals at the end of a name.
const DOUBTFUL: &str = "ag|as|sa|ab|sl|ev|co|sb|kg|inc|ug";
/// A legal form has at most this many words.
const MOST_FORM_WORDS: usize = 4;
/// A name has at most this many words.
const MOST_NAME_WORDS: usize = 12;

/// A company name found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Where the name was read, legal form included.
    pub span: Span,
    /// The name with single blanks.
    pub name: String,
    /// The number of its line, counted from 0 over lines that are not blank.
    pub line: usize,
}

/// All names that end in a legal form, at most one a line, in order.
pub fn companies(text: &str) -> Vec<Company> {
    let mut found = Vec::new();
    for (number, line) in lines(text).into_iter().enumerate() {
        if let Some(span) = company_on(text, line.span)
            && span.quote(text).split_whitespace().count() <= MOST_NAME_WORDS
        {
            found.push(Company { span, name: single_blanks(span.quote(text)), line: number });
        }
    }
    found
}

/// The name on one line, from its start (or a colon) to the end of the first legal form.
fn company_on(text: &str, line: Span) -> Option<Span> {
    let words = words(text, line);
    for first in 1..words.len() {
        for count in (1..=MOST_FORM_WORDS.min(words.len() - first)).rev() {
            let form = &words[first..first + count];
            let last = form.last()?;
            let raw = Span { start: form[0].start, end: last.end }.quote(text);
            if is_legal_form(raw) {
                let name = after_label(text, Span { start: line.start, end: last.end });
                let name = without_trailing_marks(text, name);
                let before = Span { start: name.start, end: form[0].start }.quote(text);
                return before.chars().any(char::is_alphabetic).then_some(name);
            }
        }
    }
    None
}

/// Whether these words are a legal form.
pub fn is_legal_form(words: &str) -> bool {
    let plain: String = words.trim_matches([',', '(', ')', ';']).chars().filter(|c| *c != '.' && *c != ',').collect();
    let lower = plain.to_lowercase();
    if is_one_of(&lower, DOUBTFUL) && plain.chars().any(char::is_lowercase) && !words.ends_with('.') {
        return false;
    }
    is_one_of(&lower, LEGAL_FORMS)
}

fn words(text: &str, line: Span) -> Vec<Span> {
    let inside = line.quote(text);
    let mut words = Vec::new();
    let mut rest = 0;
    for word in inside.split_whitespace() {
        let at = inside.get(rest..).and_then(|tail| tail.find(word)).map_or(rest, |found| rest + found);
        words.push(Span { start: line.start + at, end: line.start + at + word.len() });
        rest = at + word.len();
    }
    words
}

/// Drops a label such as `Company name:` from the front.
fn after_label(text: &str, name: Span) -> Span {
    match name.quote(text).rfind(": ") {
        Some(colon) => trimmed_span(text, name.start + colon + 2, name.end),
        None => name,
    }
}

fn without_trailing_marks(text: &str, name: Span) -> Span {
    let quote = name.quote(text);
    Span { start: name.start, end: name.start + quote.trim_end_matches([',', ';', ':', '-']).len() }
}

/// The words of a text with one blank between them.
pub(crate) fn single_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_one_of(word: &str, words: &str) -> bool {
    words.split('|').any(|other| other == word)
}

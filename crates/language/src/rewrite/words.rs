//! Words of sentences that a change writes.

use countersign_core::{definition::HumanVerb, time::Span};

use crate::{
    lexer,
    render::{sentence as as_sentence, span as span_words},
};

/// The sentence of a new step of a person, or of a message when nobody is asked to do anything.
#[must_use]
pub fn new_step(verb: Option<HumanVerb>, who: &str, what: &str, within: Option<Span>) -> String {
    let within = within.map(|span| format!(" within {}", span_words(span))).unwrap_or_default();
    match verb {
        Some(HumanVerb::Approve) => as_sentence(&format!("{who} approves {what}{within}")),
        Some(HumanVerb::Review) => as_sentence(&format!("{who} reviews {what}{within}")),
        Some(_) => as_sentence(&format!("{who} does {}{within}", lexer::quoted(what))),
        None => as_sentence(&format!("tell {who} that {}", lexer::quoted(what))),
    }
}

/// Where words stand in a text, whatever their capitals, as whole words.
pub(super) fn find(text: &str, words: &str) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.char_indices().map(|(at, _)| at).find(|at| {
        text.get(*at..at + words.len()).is_some_and(|part| part.eq_ignore_ascii_case(words))
            && !letter(text[..*at].chars().next_back())
            && !letter(text[at + words.len()..].chars().next())
    })
}

/// A sentence as it is written: capital, full stop, one line. Only one line of sentences is taken.
pub(super) fn written_sentence(words: &str) -> Option<String> {
    let one_line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let one_line = one_line.trim_start_matches("- ");
    if one_line.is_empty() {
        return None;
    }
    let ends = one_line.ends_with(['.', '!', '?', '"', '\u{201d}', ':']);
    let mut letters = one_line.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    Some(format!("{first}{}{}", letters.as_str(), if ends { "" } else { "." }))
}

/// Lines behind the blanks of their bullet.
pub(super) fn indented(lines: &str, indent: &str) -> String {
    lines.lines().map(|line| format!("{indent}{line}\n")).collect()
}

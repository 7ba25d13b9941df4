//! What of a question only some may see, and the question without it.
//!
//! Texts, addresses and account numbers of fields that only some may see are replaced wherever they stand in the
//! question, also in documents that everybody may see; of a name, its parts as well. What a question is about cannot
//! be replaced: a document that only some may see, an amount, a day or a number that is to be judged, a field that is
//! to be read, or a subject of which nothing else would be left. Such a question goes to models alone that may see it.
//!
//! It finds what is written as the field holds it, whatever its case, blanks and accents' encoding. Names that the case
//! does not hold in a field, nicknames and misspellings it does not find.

use countersign_core::{
    definition::{AgentWork, FieldKind},
    value::Value,
};
use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization as _;

use super::{DecisionInput, quarantine::clean};
use crate::llm::{Secret, placeholders::Masked};

/// A value with fewer letters and digits stands everywhere, so that replacing it would say nothing.
const SHORTEST: usize = 3;
/// A value of so many letters and digits stands nowhere by chance, also where blanks and marks are left out.
const TELLING: usize = 8;
/// A longer value is content and no mark of somebody.
const LONGEST_CHARS: usize = 200;
/// A text of more words is no name, so that its words alone are not replaced.
const NAME_WORDS_MAX: usize = 4;
/// At most so many different spellings are replaced; a question with more goes to trusted models alone.
const SPELLINGS_MAX: usize = 200;

/// What a question shows that only some may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// Nothing.
    Nothing,
    /// Values that can be replaced.
    Replaceable(Masked),
    /// Something that the question is about.
    Content,
}

/// A value to be replaced, and what its placeholder is called.
struct Wanted {
    pattern: String,
    slug: String,
}

/// What the question of a step shows.
pub(super) fn shows(input: &DecisionInput, work: &AgentWork, user: &str) -> Shows {
    let looked: Vec<&str> = work.looks_at().iter().map(String::as_str).collect();
    let restricted = |name: &str| !input.open_to_all(name);
    let filled = |name: &&&str| input.values.get(**name).is_some_and(|value| *value != Value::Erased);
    let shown: Vec<&&str> = looked.iter().filter(filled).collect();
    let hidden: Vec<&&str> = shown.iter().copied().filter(|name| restricted(name)).collect();
    let read = match work {
        AgentWork::Extract { document, fields } => {
            fields.iter().any(|name| restricted(name) || restricted(&format!("{document}.{name}")))
        }
        AgentWork::Classify { .. } | AgentWork::Score { .. } | AgentWork::Judge { .. } | AgentWork::Prepare { .. } => {
            false
        }
    };
    let content = hidden.iter().any(|name| !can_be_replaced(input, name));
    if read || content || (!hidden.is_empty() && hidden.len() == shown.len()) {
        return Shows::Content;
    }
    let names = input.fields.iter().map(|field| field.name.as_str()).filter(|name| restricted(name));
    let values: Vec<(&str, String)> = names
        .filter(|name| can_be_replaced(input, name))
        .filter_map(|name| Some((name, clean(&input.values.get(name)?.plain()))))
        .collect();
    if values.is_empty() {
        return Shows::Nothing;
    }
    let wanted: Vec<Wanted> = values.iter().flat_map(|(name, value)| wanted(input, name, value)).collect();
    let Some(masked) = replaced(user, wanted) else { return Shows::Content };
    // Whatever the patterns did not find must not leave for want of a better pattern.
    let rest = letters(&masked.user);
    let telling = |value: &String| value.chars().count() >= TELLING;
    if values.iter().map(|(_, value)| letters(value)).filter(telling).any(|value| rest.contains(&value)) {
        return Shows::Content;
    }
    if masked.values.is_empty() { Shows::Nothing } else { Shows::Replaceable(masked) }
}

/// Whether a value marks somebody, and is not what a question is about.
fn can_be_replaced(input: &DecisionInput, name: &str) -> bool {
    let kind = input.field(name).map(|field| &field.kind);
    let marks = matches!(kind, Some(FieldKind::Text | FieldKind::Email | FieldKind::Iban | FieldKind::Person));
    let value = input.values.get(name).map(Value::plain).unwrap_or_default();
    marks && letters(&value).chars().count() >= SHORTEST && value.chars().count() <= LONGEST_CHARS
}

fn wanted(input: &DecisionInput, name: &str, value: &str) -> Vec<Wanted> {
    let field = input.field(name);
    let label = field.map_or(name, |field| field.label.as_str());
    let slug = match field.map(|field| &field.kind) {
        Some(FieldKind::Email) => "e-mail".to_owned(),
        Some(FieldKind::Iban) => "account".to_owned(),
        Some(FieldKind::Person) => "person".to_owned(),
        _ => label.to_lowercase().split(|one: char| !one.is_alphanumeric()).collect::<Vec<_>>().join("-"),
    };
    let account = matches!(field.map(|field| &field.kind), Some(FieldKind::Iban));
    let words: Vec<&str> = value.split_whitespace().collect();
    let escaped = |word: &&str| regex::escape(word);
    let whole = if account {
        let marks = value.chars().filter(|one| !one.is_whitespace());
        marks.map(|one| regex::escape(&one.to_string())).collect::<Vec<_>>().join(r"\s?")
    } else {
        words.iter().map(escaped).collect::<Vec<_>>().join(r"\s+")
    };
    let mut patterns = vec![whole];
    let part = |word: &&str| word.chars().count() >= SHORTEST && word.chars().all(char::is_alphabetic);
    if (2..=NAME_WORDS_MAX).contains(&words.len()) && !account {
        patterns.extend(words.iter().filter(|word| part(word)).map(escaped));
    }
    patterns.into_iter().map(|pattern| Wanted { pattern: at_ends(&pattern), slug: slug.clone() }).collect()
}

/// A pattern that begins and ends at the end of a word, where it begins and ends with one.
fn at_ends(pattern: &str) -> String {
    let word = |one: Option<char>| one.is_some_and(char::is_alphanumeric);
    let begin = if word(pattern.chars().next()) { r"\b" } else { "" };
    let end = if word(pattern.chars().next_back()) { r"\b" } else { "" };
    format!("{begin}(?:{pattern}){end}")
}

/// The question with a placeholder for each spelling; `None` when there are too many.
fn replaced(user: &str, mut wanted: Vec<Wanted>) -> Option<Masked> {
    if wanted.is_empty() {
        return Some(Masked { user: user.to_owned(), values: Vec::new() });
    }
    // A whole name goes before its parts.
    wanted.sort_by_key(|one| std::cmp::Reverse(one.pattern.len()));
    let all: Vec<String> = wanted.iter().map(|one| format!("({})", one.pattern)).collect();
    let pattern = Regex::new(&format!("(?i){}", all.join("|"))).ok()?;
    let mut values: Vec<(String, String)> = Vec::new();
    let text = pattern.replace_all(user, |found: &Captures<'_>| {
        let spelling = &found[0];
        if let Some((name, _)) = values.iter().find(|(_, value)| value == spelling) {
            return name.clone();
        }
        let which = (1..found.len()).find(|group| found.get(*group).is_some()).unwrap_or(1);
        let name = unused(&wanted[which - 1].slug, user, &values);
        values.push((name.clone(), spelling.to_owned()));
        name
    });
    let user = text.into_owned();
    let values: Vec<(String, Secret)> = values.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
    (values.len() <= SPELLINGS_MAX).then_some(Masked { user, values })
}

/// A placeholder that the question does not hold and that stands for nothing yet: whoever writes one into a document
/// must not have a value put into an answer.
fn unused(slug: &str, user: &str, values: &[(String, String)]) -> String {
    let free = |name: &String| !user.contains(name.as_str()) && !values.iter().any(|(used, _)| used == name);
    (1_usize..).map(|number| format!("[{slug}-{number}]")).find(free).unwrap_or_default()
}

/// The letters and digits of a text in one form, whatever its case, blanks, marks and encoding.
fn letters(text: &str) -> String {
    // Plain letters have that form already, and most documents are of them.
    if text.is_ascii() {
        return text.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_lowercase()).collect();
    }
    text.nfkc().flat_map(char::to_lowercase).filter(|one| one.is_alphanumeric()).collect()
}

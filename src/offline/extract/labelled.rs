//! Values that a label names: texts, codes, addresses, account numbers.

use super::super::recognise::{DayOrder, Layout, Pair, Span, dates, emails, ibans, pairs, single_blanks};
use super::{Candidate, Found, Kind, Value, Wanted, choose, is_one_of, plain_words, wanted_words};

/// Points of a value whose label is exactly the wanted one.
const FULL: i32 = 100;
/// Short ways to write common label words.
const SHORT: &[(&str, &[&str])] = &[
    ("number", &["no", "nr", "num", "nummer", "n", "id", "numéro", "numero", "nº"]),
    ("invoice", &["inv", "rechnung", "rechnungs", "facture", "factuur", "fattura", "factura"]),
    ("telephone", &["tel", "phone"]),
    ("company", &["firm", "firma", "business", "supplier", "vendor"]),
    ("reference", &["ref"]),
    ("order", &["po", "bestellung", "commande"]),
    ("address", &["addr", "adresse", "adres"]),
    ("customer", &["client", "kunde", "klant"]),
    ("account", &["acct", "konto"]),
];

pub(super) fn find(text: &str, wanted: &Wanted<'_>) -> Option<Found> {
    let words = wanted_words(wanted);
    let mut candidates = Vec::new();
    for pair in pairs(text) {
        let points = label_points(text, &pair, &words);
        let Some(span) = value_span(text, pair.value, wanted.kind).filter(|_| points > 0) else {
            continue;
        };
        let value = Value::Text(single_blanks(span.quote(text)));
        candidates.push(Candidate { value, span, points, alternative: None });
    }
    if wanted.kind == Kind::Number {
        candidates.extend(inline(text, &words));
    }
    choose(candidates, FULL)
}

pub(super) fn find_email(text: &str, wanted: &Wanted<'_>) -> Option<Found> {
    let words = wanted_words(wanted);
    let found = emails(text).into_iter().map(|email| {
        let before = text.get(..email.span.start).unwrap_or_default().lines().next_back().unwrap_or_default();
        let label = plain_words(before);
        let named = words.iter().filter(|word| matches(&label, word)).count();
        let points = 60 + 10 * i32::try_from(named.min(4)).unwrap_or(0);
        Candidate { value: Value::Text(email.value), span: email.span, points, alternative: None }
    });
    choose(found.collect(), FULL)
}

pub(super) fn find_iban(text: &str) -> Option<Found> {
    let valid = ibans(text).into_iter().filter(|iban| iban.valid);
    let found = valid.map(|iban| Candidate {
        value: Value::Text(iban.value),
        span: iban.span,
        points: FULL,
        alternative: None,
    });
    choose(found.collect(), FULL)
}

/// How well a label fits: the share of the wanted words in it, less for words that were not asked for.
pub(super) fn label_points(text: &str, pair: &Pair, words: &[String]) -> i32 {
    let label = plain_words(pair.label.quote(text));
    let in_label = label.split_whitespace().count().max(1);
    let found = words.iter().filter(|word| matches(&label, word)).count();
    if !names_the_field(&label, words) {
        return 0;
    }
    let share = 70 * found / words.len();
    let exact = 30 * found.min(in_label) / in_label;
    let layout = match pair.layout {
        Layout::Colon => 0,
        Layout::Gap => 10,
        Layout::Below => 15,
    };
    // A label that has only one of several wanted words is about something else.
    if 2 * found < words.len() { 0 } else { i32::try_from(share + exact).unwrap_or(0) - layout }
}

/// Whether a label has a wanted word that tells one field from another; every document has many a "number".
fn names_the_field(label: &str, words: &[String]) -> bool {
    const COMMON: &str = "number|name|date|code|id";
    let telling = |word: &&String| !is_one_of(word, COMMON);
    let mut candidates: Vec<&String> = words.iter().filter(telling).collect();
    if candidates.is_empty() {
        candidates = words.iter().collect();
    }
    candidates.into_iter().any(|word| matches(label, word))
}

fn matches(label: &str, word: &str) -> bool {
    let short = SHORT.iter().find(|(long, _)| *long == word).map_or(&[][..], |(_, short)| *short);
    label.split_whitespace().any(|part| {
        part == word
            || short.contains(&part)
            || (word.len() >= 5 && part.starts_with(word))
            || short.iter().any(|short| short.len() >= 5 && part.starts_with(short))
    })
}

/// For a number, the first word of the value that has a digit; for a text, the whole value.
fn value_span(text: &str, value: Span, kind: Kind) -> Option<Span> {
    if kind != Kind::Number {
        return Some(value);
    }
    let inside = value.quote(text);
    // A date beside a label such as `invoice date` is no number.
    if dates(inside, DayOrder::Unknown).iter().any(|hit| hit.span.start == 0) {
        return None;
    }
    let word = inside.split_whitespace().find(|word| word.chars().any(|c| c.is_ascii_digit()))?;
    let start = value.start + inside.find(word)?;
    Some(trim_marks(text, Span { start, end: start + word.len() }))
}

/// A code right after its words on one line: `Invoice INV/2023/0008`, `Facture n° 2022089083`.
fn inline(text: &str, words: &[String]) -> Vec<Candidate> {
    /// So many words before a code are its label.
    const REACH: usize = 3;
    let mut found = Vec::new();
    let mut seen: Vec<(usize, &str)> = Vec::new();
    for word in text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let glued =
            word.rfind(['°', 'º', '#', ':']).map_or(0, |at| at + word[at..].chars().next().map_or(1, char::len_utf8));
        let code = trim_marks(text, Span { start: start + glued, end: start + word.len() });
        if code.quote(text).chars().filter(char::is_ascii_digit).count() >= 3 {
            let from = seen.len().saturating_sub(REACH);
            let context =
                seen[from..].iter().map(|(_, word)| *word).chain([&word[..glued]]).collect::<Vec<_>>().join(" ");
            let label = plain_words(&context);
            let hits = words.iter().filter(|word| matches(&label, word)).count();
            if names_the_field(&label, words) {
                let points = 60 * hits / words.len();
                let value = Value::Text(code.quote(text).to_owned());
                let points = i32::try_from(points).unwrap_or(0);
                found.push(Candidate { value, span: code, points, alternative: None });
            }
            seen.clear();
        } else {
            seen.push((start, word));
        }
    }
    found
}

fn trim_marks(text: &str, span: Span) -> Span {
    let quote = span.quote(text);
    let front = quote.len() - quote.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
    let core = quote.trim_matches(|c: char| !c.is_alphanumeric()).len();
    Span { start: span.start + front, end: span.start + front + core }
}

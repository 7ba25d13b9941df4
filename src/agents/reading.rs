//! From a place in a document to a typed value: by the recognisers, never by what a model computed.

use std::ops::Range;

use countersign_core::{
    definition::{DayOrder, FieldKind, Reading},
    value::{Date, Money, Value},
};

use crate::{
    gate::evidence::normalise,
    offline::recognise::{self, DayOrder as OfflineOrder},
};

/// A value and the bytes that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The value.
    pub value: Value,
    /// The bytes; they may reach beyond the quote, so that no number is cut.
    pub range: Range<usize>,
    /// The other day that it may mean.
    pub ambiguous: Option<Date>,
}

/// Why a place holds no value of the kind, for people.
pub type NoValue = &'static str;

/// The value of this kind at a place of a text.
///
/// Amounts, days and identifiers are read from the whole text and taken when they touch the place, so that a
/// quote of `234.50` out of `1,234.50` gives the full amount.
pub fn read(kind: &FieldKind, text: &str, at: &Range<usize>, reading: &Reading) -> Result<Typed, NoValue> {
    let quote = text.get(at.clone()).unwrap_or_default();
    let plain = |value: Value| Ok(Typed { value, range: at.clone(), ambiguous: None });
    match kind {
        FieldKind::Text => match normalise(quote) {
            empty if empty.is_empty() => Err("the place is empty"),
            words => plain(Value::text(words)),
        },
        FieldKind::Money => money(text, at, reading),
        FieldKind::Date => date(text, at, reading),
        FieldKind::Email => {
            let hits = recognise::emails(text).into_iter();
            one(hits.map(|hit| (hit.span, Value::text(hit.value), None)), at, "no e-mail address stands there")
        }
        FieldKind::Iban => {
            let hits = recognise::ibans(text).into_iter().filter(|hit| hit.valid);
            one(hits.map(|hit| (hit.span, Value::text(hit.value), None)), at, "no valid account number stands there")
        }
        FieldKind::Number => number(text, at),
        FieldKind::YesNo => yes_no(quote).map_or(Err("it says neither yes nor no"), |yes| plain(Value::YesNo { yes })),
        FieldKind::Choice { options } => match word_of(options, quote) {
            Some(option) => plain(Value::choice(option)),
            None => Err("it names none, or several, of the words of the list"),
        },
        FieldKind::Document => Err("a document cannot be read from a document"),
        FieldKind::Person => Err("a person of the organisation is chosen by a person"),
        FieldKind::List { .. } => Err("a list is handed in by a person"),
    }
}

/// The settings of the recognisers.
pub fn order(reading: &Reading) -> OfflineOrder {
    match reading.day_order {
        Some(DayOrder::DayFirst) => OfflineOrder::DayFirst,
        Some(DayOrder::MonthFirst) => OfflineOrder::MonthFirst,
        None => OfflineOrder::Unknown,
    }
}

/// An amount of the recognisers as a value; `None` without a currency or beyond its decimals.
pub fn to_money(amount: &recognise::Amount) -> Option<Money> {
    Money::parse(&amount.decimal(), amount.currency.as_deref()?)
}

/// A day of the recognisers as a value.
pub fn to_date(date: recognise::Date) -> Option<Date> {
    Date::new(date.year, date.month, date.day)
}

/// The one word of a list that a text names, whatever its case.
pub fn word_of<'a>(options: &'a [String], text: &str) -> Option<&'a String> {
    let words = padded(text);
    let mut named = options.iter().filter(|option| words.contains(&padded(option)));
    let first = named.next()?;
    named.next().is_none().then_some(first)
}

/// What a text says to a question of yes or no.
pub fn yes_no(text: &str) -> Option<bool> {
    let words = padded(text);
    let says = |list: &[&str]| list.iter().any(|word| words.contains(&format!(" {word} ")));
    match (says(&["yes", "true", "ja", "oui"]), says(&["no", "not", "false", "nein", "non"])) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

fn money(text: &str, at: &Range<usize>, reading: &Reading) -> Result<Typed, NoValue> {
    let hits = recognise::amounts(text, reading.currency.as_deref());
    let touched: Vec<_> = hits.into_iter().filter(|hit| touches(&range(hit.span), at)).collect();
    if touched.iter().any(|hit| hit.value.currency.is_none()) {
        return Err("the amount names no currency and the process text sets none");
    }
    let values = touched.into_iter().filter_map(|hit| Some((hit.span, Value::Money(to_money(&hit.value)?), None)));
    one(values, at, "no amount stands there")
}

fn date(text: &str, at: &Range<usize>, reading: &Reading) -> Result<Typed, NoValue> {
    let hits = recognise::dates(text, order(reading)).into_iter();
    let values =
        hits.filter_map(|hit| Some((hit.span, Value::Date(to_date(hit.value)?), hit.alternative.and_then(to_date))));
    one(values, at, "no day stands there")
}

/// A whole number with its sign and grouping, cut nowhere.
fn number(text: &str, at: &Range<usize>) -> Result<Typed, NoValue> {
    let digits = |one: char| one.is_ascii_digit();
    let mut runs = Vec::new();
    let mut start = None;
    for (place, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = digits(character) || (start.is_some() && matches!(character, '.' | ',' | '\'' | '’'));
        match (inside, start) {
            (true, None) => start = Some(place),
            (false, Some(begin)) => {
                let run = text.get(begin..place).unwrap_or_default().trim_end_matches(|one| !digits(one));
                runs.push(begin..begin + run.len());
                start = None;
            }
            _ => {}
        }
    }
    let mut touched = runs.into_iter().filter(|run| touches(run, at));
    let (Some(run), None) = (touched.next(), touched.next()) else {
        return Err("not exactly one number stands there");
    };
    let signed = text.get(..run.start).is_some_and(|before| before.ends_with('-') || before.ends_with('−'));
    let written = text.get(run.clone()).unwrap_or_default();
    let groups: Vec<&str> = written.split(['.', ',', '\'', '’']).collect();
    if groups.len() > 1 && groups.iter().skip(1).any(|group| group.len() != 3) {
        return Err("the number there is not a whole one");
    }
    let number: i64 = groups.concat().parse().map_err(|_| "the number there is too large")?;
    let value = Value::Number { number: if signed { -number } else { number } };
    Ok(Typed { value, range: run, ambiguous: None })
}

type Hit = (recognise::Span, Value, Option<Date>);

/// The one value among the hits that touch a place; several different ones leave open which is meant.
fn one(hits: impl Iterator<Item = Hit>, at: &Range<usize>, nothing: NoValue) -> Result<Typed, NoValue> {
    let mut touched = hits.filter(|(span, _, _)| touches(&range(*span), at));
    let (span, value, ambiguous) = touched.next().ok_or(nothing)?;
    if touched.any(|(_, other, _)| other != value) {
        return Err("several different values stand there");
    }
    Ok(Typed { value, range: range(span), ambiguous })
}

fn range(span: recognise::Span) -> Range<usize> {
    span.start..span.end
}

fn touches(left: &Range<usize>, right: &Range<usize>) -> bool {
    left.start < right.end && right.start < left.end
}

/// A text in lower case with one blank between and around its words.
fn padded(text: &str) -> String {
    let words = text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |line, word| line + &word.to_lowercase() + " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read from the quote, written plainly.
    fn check(kind: &FieldKind, text: &str, quote: &str, expected: Result<&str, NoValue>) {
        let start = text.find(quote).unwrap_or_default();
        let reading = Reading { day_order: Some(DayOrder::DayFirst), currency: Some("EUR".to_owned()) };
        let found = read(kind, text, &(start..start + quote.len()), &reading);
        let found = found.map(|typed| typed.value.plain());
        assert_eq!(found.as_deref().map_err(|why| *why), expected, "{quote:?} in {text:?}");
    }

    #[test]
    fn values_are_read_from_the_document_and_never_cut() {
        check(&FieldKind::Money, "Total 1,234.50 EUR due", "234.50", Ok("1234.50 EUR"));
        check(
            &FieldKind::Money,
            "Net 10.00 Total 12.00",
            "Net 10.00 Total 12.00",
            Err("several different values stand there"),
        );
        check(&FieldKind::Money, "Total due", "Total", Err("no amount stands there"));
        check(&FieldKind::Date, "on 03/04/2026 at", "03/04/2026", Ok("2026-04-03"));
    }

    #[test]
    fn whole_numbers_words_and_identifiers_are_read_whole_or_not_at_all() {
        check(&FieldKind::Number, "for 12 people", "12 people", Ok("12"));
        check(&FieldKind::Number, "for 1,200 people", "200", Ok("1200"));
        check(&FieldKind::Number, "for 1.5 people", "1.5", Err("the number there is not a whole one"));
        check(&FieldKind::Number, "at -3 degrees", "3", Ok("-3"));
        check(&FieldKind::Email, "to jo@example.org, soon", "jo@example.org", Ok("jo@example.org"));
        check(&FieldKind::Iban, "DE89 3704 0044 0532 0130 00", "DE89 3704", Ok("DE89370400440532013000"));
        check(
            &FieldKind::Iban,
            "DE88 3704 0044 0532 0130 00",
            "DE88 3704",
            Err("no valid account number stands there"),
        );
        check(&FieldKind::Text, "Café  Nord\nBerlin", "Café  Nord\nBerlin", Ok("Café Nord Berlin"));
        check(&FieldKind::YesNo, "insured: Yes", "Yes", Ok("yes"));
        check(&FieldKind::YesNo, "yes and no", "yes and no", Err("it says neither yes nor no"));
        let kinds = FieldKind::Choice { options: vec!["travel".to_owned(), "meals".to_owned()] };
        check(&kinds, "a Travel cost", "Travel cost", Ok("travel"));
        check(&kinds, "approved", "approved", Err("it names none, or several, of the words of the list"));
        check(&FieldKind::Document, "x", "x", Err("a document cannot be read from a document"));
    }
}

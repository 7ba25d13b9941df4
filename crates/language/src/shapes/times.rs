//! Times, amounts and days.

use countersign_core::{
    definition::{Every, Schedule},
    time::Span,
    value::{Date, Money},
};

use super::{
    pattern::Reader,
    slots::{Taken, count},
};
use crate::{lexer::TokenKind, words};

/// The last day that every month has.
const DAY_OF_MONTH_MAX: u8 = 28;

/// `once`, `twice`, `3 times`.
pub(super) fn times(reader: &Reader<'_>, at: usize) -> Taken<u32> {
    match reader.text(at).to_lowercase().as_str() {
        "once" => vec![(at + 1, 1)],
        "twice" => vec![(at + 1, 2)],
        _ if reader.is_any(at + 1, &["times", "time"]) => {
            count(reader, at).into_iter().map(|(end, count)| (end + 1, count)).collect()
        }
        _ => Vec::new(),
    }
}

/// `2 working days`, `2 business days`, `an hour`, and behind "every" also `working day`.
pub(super) fn span(reader: &Reader<'_>, at: usize) -> Taken<Span> {
    let counted = match words::count(reader.text(at)) {
        Some(count) => Some((at + 1, count)),
        None if reader.is_any(at, &["a", "an"]) => Some((at + 1, 1)),
        None if at > 0 && reader.is(at - 1, "every") => Some((at, 1)),
        None => None,
    };
    let Some((unit, count)) = counted.filter(|(_, count)| *count > 0) else { return Vec::new() };
    if reader.is_any(unit, &["working", "business"]) && reader.is_any(unit + 1, &["day", "days"]) {
        return vec![(unit + 2, Span::WorkingDays(count))];
    }
    let span = match reader.text(unit).to_lowercase().as_str() {
        "minute" | "minutes" => Span::Minutes(count),
        "hour" | "hours" => Span::Hours(count),
        "day" | "days" => Span::Days(count),
        "week" | "weeks" => Span::Days(count.saturating_mul(7)),
        _ => return Vec::new(),
    };
    vec![(unit + 1, span)]
}

/// An amount: `500 EUR`, `EUR 500`, `€500`, `10,000 EUR`.
pub(super) fn money(reader: &Reader<'_>, at: usize) -> Option<(usize, Money)> {
    let number = |index: usize| {
        (reader.kind(index) == Some(TokenKind::Number)).then(|| words::grouped(reader.text(index))).flatten()
    };
    let (amount, currency) = match (number(at), number(at + 1)) {
        (Some(amount), _) => (amount, currency(reader.text(at + 1))?),
        (None, Some(amount)) => (amount, currency(reader.text(at))?),
        _ => return None,
    };
    Some((at + 2, Money::parse(&amount, &currency)?))
}

/// The code of a currency that stands beside an amount, as a code or as its sign.
pub(crate) fn currency(word: &str) -> Option<String> {
    match word {
        "\u{20ac}" => Some(String::from("EUR")),
        "\u{a3}" => Some(String::from("GBP")),
        _ if word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()) => Some(String::from(word)),
        _ => None,
    }
}

/// A day written as year-month-day.
pub(super) fn date(reader: &Reader<'_>, at: usize) -> Option<(usize, Date)> {
    (reader.kind(at) == Some(TokenKind::Date)).then(|| Date::parse(reader.text(at))).flatten().map(|day| (at + 1, day))
}

/// `every Monday at 09:00`, `every working day at 8:30`, `every last day of the month at 17:00`.
pub(super) fn schedule(reader: &Reader<'_>, at: usize) -> Taken<Schedule> {
    if !reader.is(at, "every") {
        return Vec::new();
    }
    let month = |at: usize| ["of", "the", "month"].iter().enumerate().all(|(index, word)| reader.is(at + index, word));
    let first = at + 1;
    let (end, every) = if let Some(weekday) = words::weekday(reader.text(first)) {
        (first + 1, Every::Weekday(weekday))
    } else if reader.is(first, "working") && reader.is(first + 1, "day") {
        (first + 2, Every::WorkingDay)
    } else if reader.is(first, "last") && reader.is(first + 1, "day") && month(first + 2) {
        (first + 5, Every::LastDayOfMonth)
    } else if reader.is(first, "day") {
        (first + 1, Every::Day)
    } else {
        let digits = reader.text(first).trim_end_matches(|c: char| c.is_ascii_alphabetic());
        match digits.parse::<u8>().ok().filter(|day| (1..=DAY_OF_MONTH_MAX).contains(day)) {
            Some(day) if month(first + 1) && digits.len() < reader.text(first).len() => {
                (first + 4, Every::DayOfMonth(day))
            }
            _ => return Vec::new(),
        }
    };
    let number = |at: usize, most: u16| {
        let text = reader.text(at);
        let short = reader.kind(at) == Some(TokenKind::Number) && text.len() <= 2;
        text.parse::<u16>().ok().filter(|number| short && *number <= most)
    };
    let minutes = reader.text(end + 3).len() == 2 && reader.is(end, "at") && reader.is(end + 2, ":");
    match (number(end + 1, 23), number(end + 3, 59)) {
        (Some(hour), Some(minute)) if minutes => vec![(end + 4, Schedule { every, at_minute: hour * 60 + minute })],
        _ => Vec::new(),
    }
}

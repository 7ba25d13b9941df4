//! Dates, times, amounts and lengths of time as people say them.

use countersign_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, Span, Timestamp};
use countersign_core::value::{Date, Money, Value};
use jiff::{civil, tz::TimeZone};
use maud::{Markup, Render, html};

/// From how long before a due date on it is worth a warning, in milliseconds.
const SOON_MS: i64 = DAY_MS;

/// How far from today a bare weekday still says which day is meant, in days.
const WEEKDAY_REACH: i64 = 6;

/// For whom something is written: where they are, what time it is, how they write numbers.
#[derive(Clone, Debug)]
pub struct Reader {
    zone: TimeZone,
    now: Timestamp,
    numbers: Numbers,
}

/// How a reader writes 1240.50.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// 1,240.50
    #[default]
    Point,
    /// 1.240,50
    Comma,
    /// 1 240,50, with a narrow space that does not break
    Space,
    /// 1’240.50
    Apostrophe,
}

/// An instant in words, with the exact time behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What people say, such as `tomorrow at 12:00`.
    pub words: String,
    /// RFC 3339, for machines.
    pub machine: String,
    /// The exact time with its zone, for those who ask.
    pub exact: String,
}

/// How urgent a due date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It has passed.
    Late,
    /// It is today or within a day.
    Soon,
    /// There is time.
    Later,
}

impl Numbers {
    /// The style of the first language that a browser asks for (`Accept-Language`, RFC 9110, section 12.5.4).
    #[must_use]
    pub fn of(accept_language: &str) -> Self {
        let first = accept_language.split([',', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
        if first == "de-ch" || first == "it-ch" {
            return Self::Apostrophe;
        }
        match first.split('-').next().unwrap_or_default() {
            "de" | "nl" | "es" | "it" | "pt" | "da" | "id" | "tr" | "el" | "ro" | "hr" | "sl" => Self::Comma,
            "fr" | "sv" | "nb" | "nn" | "no" | "fi" | "pl" | "cs" | "sk" | "hu" | "ru" | "uk" | "bg" => Self::Space,
            _ => Self::Point,
        }
    }

    const fn marks(self) -> (&'static str, &'static str) {
        match self {
            Self::Point => (",", "."),
            Self::Comma => (".", ","),
            Self::Space => ("\u{202f}", ","),
            Self::Apostrophe => ("\u{2019}", "."),
        }
    }
}

impl Reader {
    /// A reader in the organisation's zone (an IANA name; UTC when the name is unknown) at this instant.
    #[must_use]
    pub fn new(zone: &str, now: Timestamp, numbers: Numbers) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), now, numbers }
    }

    /// The instant at which the page is made.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The end of the reader's today.
    #[must_use]
    pub fn day_ends(&self) -> Timestamp {
        let tomorrow = self.local(self.now).date().tomorrow().and_then(|day| day.to_zoned(self.zone.clone()));
        tomorrow.map_or(self.now.plus_ms(DAY_MS), |day| Timestamp(day.timestamp().as_millisecond()))
    }

    /// Day and time without regard to what day it is: `Tuesday, 3 March 2026 at 14:00`.
    #[must_use]
    pub fn in_full(&self, at: Timestamp) -> Moment {
        self.said(at, self.local(at).strftime("%A, %-d %B %Y at %H:%M").to_string())
    }

    /// Day and time: `today at 14:00`, `Tuesday at 14:00`, `3 March at 14:00`.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Moment {
        self.said(at, format!("{} at {}", self.day_words(at), self.clock(at)))
    }

    /// The day alone: `today`, `Tuesday`, `3 March`.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Moment {
        self.said(at, self.day_words(at))
    }

    /// Since when: `since 14:00` on the same day, else `since Tuesday`.
    #[must_use]
    pub fn since(&self, at: Timestamp) -> Moment {
        let words = if self.distance(at) == 0 { self.clock(at) } else { self.day_words(at) };
        self.said(at, format!("since {words}"))
    }

    /// As short as a list needs it: `14:00` today, else the day.
    #[must_use]
    pub fn short(&self, at: Timestamp) -> Moment {
        let words = match self.distance(at) {
            0 => self.clock(at),
            days if days.abs() == 1 => self.day_words(at),
            days if days.abs() <= WEEKDAY_REACH => self.local(at).strftime("%a").to_string(),
            _ => self.calendar_day(at, "%b"),
        };
        self.said(at, words)
    }

    /// A due date: `due tomorrow at 12:00`, or `was due on Tuesday at 12:00`.
    #[must_use]
    pub fn due(&self, at: Timestamp) -> Moment {
        let (day, clock) = (self.day_words(at), self.clock(at));
        let on = if self.distance(at).abs() <= 1 { "" } else { "on " };
        let words = if self.urgency(at) == Urgency::Late {
            format!("was due {on}{day} at {clock}")
        } else {
            format!("due {on}{day} at {clock}")
        };
        self.said(at, words)
    }

    /// A due date as short as a list needs it: `due 14:00`, `due Thu`, `late since Tue`.
    #[must_use]
    pub fn due_short(&self, at: Timestamp) -> Moment {
        let lead = if self.urgency(at) == Urgency::Late { "late since" } else { "due" };
        let short = self.short(at).words;
        self.said(at, format!("{lead} {short}"))
    }

    /// How urgent a due date is.
    #[must_use]
    pub fn urgency(&self, due: Timestamp) -> Urgency {
        if due <= self.now {
            Urgency::Late
        } else if due.0 - self.now.0 <= SOON_MS || self.distance(due) == 0 {
            Urgency::Soon
        } else {
            Urgency::Later
        }
    }

    /// Whether the instant lies on the reader's today.
    #[must_use]
    pub fn is_today(&self, at: Timestamp) -> bool {
        self.distance(at) == 0
    }

    /// An amount with its currency: `1,240.50 EUR`.
    #[must_use]
    pub fn money(&self, money: &Money) -> String {
        let decimal = money.decimal();
        let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
        let (_, point) = self.numbers.marks();
        let point = if fraction.is_empty() { "" } else { point };
        format!("{}{point}{fraction}\u{a0}{}", self.grouped(whole), money.currency)
    }

    /// A whole number with its thousands apart.
    #[must_use]
    pub fn number(&self, number: i64) -> String {
        self.grouped(&number.to_string())
    }

    /// A calendar day: `3 March 2026`.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        let (Ok(year), Ok(month), Ok(day)) =
            (i16::try_from(date.year), i8::try_from(date.month), i8::try_from(date.day))
        else {
            return date.to_string();
        };
        civil::Date::new(year, month, day)
            .map_or_else(|_| date.to_string(), |day| day.strftime("%-d %B %Y").to_string())
    }

    /// A value of the case file; documents read by their key, since only the case knows their names.
    #[must_use]
    pub fn value(&self, value: &Value) -> String {
        match value {
            Value::Money(money) => self.money(money),
            Value::Date(date) => self.date(*date),
            Value::Number { number } => self.number(*number),
            Value::List { items } => items.iter().map(|item| self.value(item)).collect::<Vec<_>>().join(", "),
            Value::Text { .. }
            | Value::Person { .. }
            | Value::YesNo { .. }
            | Value::Choice { .. }
            | Value::Document { .. }
            | Value::Erased => value.plain(),
        }
    }

    fn grouped(&self, digits: &str) -> String {
        let (group, _) = self.numbers.marks();
        let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("\u{2212}", rest));
        let mut grouped = String::from(sign);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push_str(group);
            }
            grouped.push(digit);
        }
        grouped
    }

    fn local(&self, at: Timestamp) -> jiff::Zoned {
        jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(self.zone.clone())
    }

    /// Days from the reader's today; negative in the past.
    fn distance(&self, at: Timestamp) -> i64 {
        let (today, day) = (self.local(self.now).date(), self.local(at).date());
        (day.to_zoned(TimeZone::UTC).map_or(0, |day| day.timestamp().as_second())
            - today.to_zoned(TimeZone::UTC).map_or(0, |day| day.timestamp().as_second()))
            / (DAY_MS / 1000)
    }

    fn clock(&self, at: Timestamp) -> String {
        self.local(at).strftime("%H:%M").to_string()
    }

    fn day_words(&self, at: Timestamp) -> String {
        match self.distance(at) {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            -1 => "yesterday".to_owned(),
            days if days.abs() <= WEEKDAY_REACH => self.local(at).strftime("%A").to_string(),
            _ => self.calendar_day(at, "%B"),
        }
    }

    fn calendar_day(&self, at: Timestamp, month: &str) -> String {
        let local = self.local(at);
        let year = if local.year() == self.local(self.now).year() { "" } else { " %Y" };
        local.strftime(&format!("%-d {month}{year}")).to_string()
    }

    fn said(&self, at: Timestamp, words: String) -> Moment {
        let local = self.local(at);
        Moment {
            words,
            machine: local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            exact: local.strftime("%A, %-d %B %Y, %H:%M:%S (%Z)").to_string(),
        }
    }
}

impl Render for Moment {
    fn render(&self) -> Markup {
        html! { time datetime=(self.machine) title=(self.exact) { (self.words) } }
    }
}

/// A length of time as the process text writes it: `2 working days`.
#[must_use]
pub fn span(span: Span) -> String {
    let (count, unit) = match span {
        Span::Minutes(count) => (count, "minute"),
        Span::Hours(count) => (count, "hour"),
        Span::Days(count) => (count, "day"),
        Span::WorkingDays(count) => (count, "working day"),
    };
    counted(count as usize, unit)
}

/// A length of time in its largest fitting unit: `3 days`, `2 hours`, `less than a minute`.
#[must_use]
pub fn duration(milliseconds: i64) -> String {
    let fit = |unit: i64| usize::try_from(milliseconds / unit).unwrap_or(0);
    match milliseconds {
        ms if ms >= 2 * DAY_MS => counted(fit(DAY_MS), "day"),
        ms if ms >= HOUR_MS => counted(fit(HOUR_MS), "hour"),
        ms if ms >= MINUTE_MS => counted(fit(MINUTE_MS), "minute"),
        _ => "less than a minute".to_owned(),
    }
}

/// A number and its noun: `1 day`, `3 days`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A size of a file: `2 kB`, `1.4 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(usize::try_from(bytes).unwrap_or(0), "byte"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Words in a row: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A sentence begins with a capital letter.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Small numbers in words, as a sentence wants them.
#[must_use]
pub fn in_words(number: usize) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// How many bytes two sentences share at their beginning and at their end, in whole words.
pub(crate) fn alike(old: &str, new: &str) -> (usize, usize) {
    let pairs = old.split_inclusive(' ').zip(new.split_inclusive(' '));
    let head: usize = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum();
    let (old, new) = (&old[head..], &new[head..]);
    let pairs = old.split(' ').rev().zip(new.split(' ').rev());
    let tail: usize = pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len() + 1).sum();
    (head, tail.min(old.len()).min(new.len()))
}

#[cfg(test)]
mod tests {

    use super::*;

    fn instant(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    /// Wednesday, 4 March 2026, 09:00 in Berlin.
    fn reader(numbers: Numbers) -> Reader {
        Reader::new("Europe/Berlin", instant("2026-03-04T08:00:00Z"), numbers)
    }

    #[test]
    fn instants_read_as_people_say_them() {
        let reader = reader(Numbers::Point);
        let check = |at: &str, long: &str, since: &str, due: &str, short: &str| {
            let at = instant(at);
            let found = [reader.at(at).words, reader.since(at).words, reader.due(at).words, reader.due_short(at).words];
            assert_eq!(found, [long, since, due, short]);
        };
        check("2026-03-04T11:00:00Z", "today at 12:00", "since 12:00", "due today at 12:00", "due 12:00");
        check("2026-03-05T11:00:00Z", "tomorrow at 12:00", "since tomorrow", "due tomorrow at 12:00", "due tomorrow");
        check("2026-03-03T23:30:00Z", "today at 00:30", "since 00:30", "was due today at 00:30", "late since 00:30");
        check(
            "2026-02-26T11:00:00Z",
            "Thursday at 12:00",
            "since Thursday",
            "was due on Thursday at 12:00",
            "late since Thu",
        );
        check("2026-03-30T11:00:00Z", "30 March at 13:00", "since 30 March", "due on 30 March at 13:00", "due 30 Mar");
        check(
            "2025-02-26T11:00:00Z",
            "26 February 2025 at 12:00",
            "since 26 February 2025",
            "was due on 26 February 2025 at 12:00",
            "late since 26 Feb 2025",
        );
    }

    #[test]
    fn the_exact_time_stands_behind_the_words() {
        let markup = reader(Numbers::Point).at(instant("2026-03-05T11:00:00Z")).render().into_string();
        assert_eq!(
            markup,
            "<time datetime=\"2026-03-05T12:00:00+01:00\" title=\"Thursday, 5 March 2026, 12:00:00 (CET)\">\
             tomorrow at 12:00</time>"
        );
    }

    #[test]
    fn amounts_follow_the_reader() {
        let check = |language: &str, minor: i64, currency: &str, words: &str| {
            let money = Money { minor, currency: currency.to_owned() };
            assert_eq!(reader(Numbers::of(language)).money(&money).replace('\u{a0}', " "), words, "{language}");
        };
        check("en-GB,en;q=0.9", 124_050, "EUR", "1,240.50 EUR");
        check("de", 124_050, "EUR", "1.240,50 EUR");
        check("de-CH", 124_050_000, "CHF", "1\u{2019}240\u{2019}500.00 CHF");
        check("fr-FR", 124_050, "EUR", "1\u{202f}240,50 EUR");
        check("en", -999, "EUR", "\u{2212}9.99 EUR");
        check("en", 1_000_000, "JPY", "1,000,000 JPY");
        check("", 50, "EUR", "0.50 EUR");
    }

    #[test]
    fn urgency_follows_the_clock() {
        let reader = reader(Numbers::Point);
        let check = |at: &str, urgency: Urgency| assert_eq!(reader.urgency(instant(at)), urgency, "{at}");
        check("2026-03-04T08:00:00Z", Urgency::Late);
        check("2026-03-04T08:00:01Z", Urgency::Soon);
        check("2026-03-05T08:00:00Z", Urgency::Soon);
        check("2026-03-05T08:00:01Z", Urgency::Later);
    }

    #[test]
    fn lengths_and_lists_read_well() {
        assert_eq!(duration(30_000), "less than a minute");
        assert_eq!(duration(47 * HOUR_MS), "47 hours");
        assert_eq!(duration(3 * DAY_MS + HOUR_MS), "3 days");
        assert_eq!(span(Span::WorkingDays(1)), "1 working day");
        assert_eq!(size(1_400_000), "1.4 MB");
        assert_eq!(list(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
        assert_eq!(
            (capital("écrit"), in_words(6), in_words(40)),
            ("Écrit".to_owned(), "six".to_owned(), "40".to_owned())
        );
    }

    #[test]
    fn what_two_sentences_share_is_counted_in_whole_words() {
        let check = |old: &str, new: &str, changed: (&str, &str)| {
            let (head, tail) = alike(old, new);
            assert_eq!((&old[head..old.len() - tail], &new[head..new.len() - tail]), changed, "{old} | {new}");
        };
        check("within 2 working days.", "within 3 working days.", ("2", "3"));
        check("the lead approves", "the lead approves", ("", ""));
        check("a b", "a b c", ("b", "b c"));
        check("the lead", "the team lead", ("", "team "));
        check("", "new", ("", "new"));
    }
}

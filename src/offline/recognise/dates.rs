//! Dates in the forms that documents use.

use super::month_names::month;
use super::tokens::{Kind, Token, tokens};
use super::{Date, Span};

/// Two-digit years below this belong to the 2000s, the others to the 1900s (as POSIX `strptime` reads `%y`).
const CENTURY_PIVOT: u32 = 69;

/// Which number comes first when a date is written with numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DayOrder {
    /// 03/06 is the third of June.
    DayFirst,
    /// 03/06 is March the sixth.
    MonthFirst,
    /// Nobody said; the day is read first and the other reading is given along.
    #[default]
    Unknown,
}

/// A date found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateHit {
    /// Where it was read.
    pub span: Span,
    /// The date.
    pub value: Date,
    /// The other reading, when both numbers could be the month and nobody said which is.
    pub alternative: Option<Date>,
    /// Whether it was written as one run of digits, which an article number may be as well.
    pub compact: bool,
}

/// All dates of a text, in order, without overlaps.
pub fn dates(text: &str, order: DayOrder) -> Vec<DateHit> {
    let tokens = tokens(text);
    let mut hits = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match read(&tokens, at, order) {
            Some((hit, next)) => {
                hits.push(hit);
                at = next.max(at + 1);
            }
            None => at += 1,
        }
    }
    hits
}

type Read = (DateHit, usize);

fn read(tokens: &[Token<'_>], at: usize, order: DayOrder) -> Option<Read> {
    match tokens[at].kind {
        Kind::Digits => {
            numeric(tokens, at, order).or_else(|| day_month_name(tokens, at)).or_else(|| compact(tokens, at, order))
        }
        Kind::Letters => month_name_day(tokens, at),
        _ => None,
    }
}

/// The day in a text that is known to hold a day and little else, and its other reading: eight digits alone are
/// enough there, since no article number is meant.
pub fn day(text: &str, order: DayOrder) -> Option<(Date, Option<Date>)> {
    let found = |text: &str| dates(text, order).first().map(|hit| (hit.value, hit.alternative));
    let digits = text.trim();
    found(text).or_else(|| match (digits.len(), digits.bytes().all(|byte| byte.is_ascii_digit())) {
        (8, true) => found(&format!("{}/{}/{}", &digits[..2], &digits[2..4], &digits[4..])),
        _ => None,
    })
}

/// Three numbers with the same mark between them.
fn numeric(tokens: &[Token<'_>], at: usize, order: DayOrder) -> Option<Read> {
    if continues_a_number(tokens, at) {
        return None;
    }
    let (mark, second) = separator(tokens, at + 1)?;
    let (same, third) = separator(tokens, second + 1)?;
    let (first_token, second_token) = (tokens[at], tokens[second]);
    let year_first = first_token.text.len() == 4;
    if same != mark || second_token.text.len() > 2 || !(year_first || first_token.text.len() <= 2) {
        return None;
    }
    let last = tokens[third];
    let (first, middle) = (first_token.number()?, second_token.number()?);
    let next = tokens.get(third + 1);
    // A mark and a further digit make it something else, such as a version or an address.
    if next.is_some_and(|token| token.is(mark)) && tokens.get(third + 2).is_some_and(|token| token.kind == Kind::Digits)
    {
        return None;
    }
    if year_first {
        let day = if last.text.len() <= 2 { last.number()? } else { last.text.get(..2)?.parse().ok()? };
        if last.text.len() > 2 && !next.is_some_and(|token| token.is(':')) {
            return None;
        }
        let value = Date::checked(i32::try_from(first).ok()?, middle, day)?;
        let end = last.start + last.text.len().min(2);
        return Some((hit(tokens[at].start, end, value, None), third + 1));
    }
    let (year, length) = written_year(last, next)?;
    let day_first = Date::checked(year, middle, first);
    let month_first = Date::checked(year, first, middle);
    let (value, alternative) = match order {
        DayOrder::DayFirst => (day_first.or(month_first)?, None),
        DayOrder::MonthFirst => (month_first.or(day_first)?, None),
        DayOrder::Unknown => (day_first.or(month_first)?, day_first.and(month_first).filter(|_| first != middle)),
    };
    Some((hit(tokens[at].start, last.start + length, value, alternative), third + 1))
}

/// A day, a month's name, a year: `14 MAR 2018`, `14-Mar-18`, `3rd of June, 2021`, `02 juillet 2015`.
fn day_month_name(tokens: &[Token<'_>], at: usize) -> Option<Read> {
    if tokens[at].text.len() > 2 || continues_a_number(tokens, at) {
        return None;
    }
    let day = tokens[at].number()?;
    let mut name = at + 1;
    if tokens.get(name).is_some_and(|token| is_ordinal(token.text)) {
        name += 1;
    }
    name = skip_fillers(tokens, name);
    let number = month(tokens.get(name).filter(|token| token.kind == Kind::Letters)?.text)?;
    let year_at = skip_fillers(tokens, name + 1);
    let last = *tokens.get(year_at).filter(|token| token.kind == Kind::Digits)?;
    let (year, length) = written_year(last, tokens.get(year_at + 1))?;
    let value = Date::checked(year, number, day)?;
    Some((hit(tokens[at].start, last.start + length, value, None), year_at + 1))
}

/// A month's name, a day, a year: `Mar 14, 2018`, `August 3 , 2014`.
fn month_name_day(tokens: &[Token<'_>], at: usize) -> Option<Read> {
    let number = month(tokens[at].text)?;
    let day_at = skip_fillers(tokens, at + 1);
    let day_token = *tokens.get(day_at).filter(|token| token.kind == Kind::Digits && token.text.len() <= 2)?;
    let mut after = day_at + 1;
    if tokens.get(after).is_some_and(|token| is_ordinal(token.text)) {
        after += 1;
    }
    let year_at = skip_fillers(tokens, after);
    let last = *tokens.get(year_at).filter(|token| token.kind == Kind::Digits)?;
    let (year, length) = written_year(last, tokens.get(year_at + 1))?;
    let value = Date::checked(year, number, day_token.number()?)?;
    Some((hit(tokens[at].start, last.start + length, value, None), year_at + 1))
}

/// Eight digits that read as year, month, day, with a year near the present. Day, month, year needs a clock time
/// behind it, since article numbers have eight digits too.
fn compact(tokens: &[Token<'_>], at: usize, order: DayOrder) -> Option<Read> {
    let token = tokens[at];
    let alone =
        |other: Option<&Token<'_>>| other.is_none_or(|o| matches!(o.kind, Kind::Blank | Kind::Break) || o.is(':'));
    if token.text.len() != 8 || !alone(at.checked_sub(1).and_then(|i| tokens.get(i))) || !alone(tokens.get(at + 1)) {
        return None;
    }
    let whole = token.number()?;
    let near = |year: u32| i32::try_from(year).ok().filter(|year| (1990..2100).contains(year));
    let year_first = near(whole / 10_000).and_then(|year| Date::checked(year, whole / 100 % 100, whole % 100));
    let clock =
        tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Blank) && tokens.get(at + 3).is_some_and(|t| t.is(':'));
    let year_last = near(whole % 10_000).filter(|_| clock).and_then(|year| {
        let (first, second) = (whole / 1_000_000, whole / 10_000 % 100);
        let (day, month) = if order == DayOrder::MonthFirst { (second, first) } else { (first, second) };
        Date::checked(year, month, day)
    });
    let value = year_first.or(year_last)?;
    let mut found = hit(token.start, token.end, value, None);
    found.compact = true;
    Some((found, at + 1))
}

fn hit(start: usize, end: usize, value: Date, alternative: Option<Date>) -> DateHit {
    DateHit { span: Span { start, end }, value, alternative, compact: false }
}

/// A mark between two numbers of a date and where the second starts; blanks around it are forgiven.
fn separator(tokens: &[Token<'_>], at: usize) -> Option<(char, usize)> {
    let at = skip_blank(tokens, at);
    let Kind::Mark(mark @ ('/' | '-' | '.')) = tokens.get(at)?.kind else {
        return None;
    };
    let next = skip_blank(tokens, at + 1);
    tokens.get(next).filter(|token| token.kind == Kind::Digits).map(|_| (mark, next))
}

fn skip_blank(tokens: &[Token<'_>], at: usize) -> usize {
    let one_blank = tokens.get(at).is_some_and(|token| token.kind == Kind::Blank && token.text.len() == 1);
    if one_blank { at + 1 } else { at }
}

/// Skips what may stand between the parts of a date with a name: at most a few blanks, marks and small words.
fn skip_fillers(tokens: &[Token<'_>], from: usize) -> usize {
    const MOST: usize = 4;
    let mut at = from;
    while at < tokens.len() && at < from + MOST {
        let filler = match tokens[at].kind {
            Kind::Blank => true,
            Kind::Mark(mark) => matches!(mark, '-' | '.' | ',' | '/' | '\'' | '\u{2019}'),
            Kind::Letters => matches!(tokens[at].text.to_lowercase().as_str(), "of" | "de" | "del" | "di"),
            _ => false,
        };
        if !filler {
            break;
        }
        at += 1;
    }
    at
}

fn is_ordinal(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "st" | "nd" | "rd" | "th" | "er" | "º")
}

/// Whether the digits at `at` are the tail of a longer number, as in `1.25.12.2018` or `A-25/12`.
fn continues_a_number(tokens: &[Token<'_>], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|i| tokens.get(i));
    before(1).is_some_and(|token| matches!(token.kind, Kind::Mark('/' | '.' | '-')))
        && before(2).is_some_and(|token| token.kind == Kind::Digits)
}

/// The year that a run of digits starts with, and how many of its digits it takes. A clock time may be stuck to it.
fn written_year(token: Token<'_>, next: Option<&Token<'_>>) -> Option<(i32, usize)> {
    let clock_follows = next.is_some_and(|token| token.is(':'));
    let length = match token.text.len() {
        2 => 2,
        4 if !clock_follows => 4,
        3..=4 if clock_follows => 2,
        5..=6 if clock_follows => 4,
        _ => return None,
    };
    let number: u32 = token.text.get(..length)?.parse().ok()?;
    let year = match length {
        4 => number,
        _ if number < CENTURY_PIVOT => 2000 + number,
        _ => 1900 + number,
    };
    Some((i32::try_from(year).ok()?, length))
}

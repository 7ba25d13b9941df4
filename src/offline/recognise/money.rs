//! Amounts of money, with either decimal mark and with or without a currency.

use super::tokens::{Kind, Token, tokens};
use super::{Amount, Span};

/// Words and signs that name a currency, upper case and parted by `|`, with the ISO 4217 code.
const CURRENCIES: &[(&str, &str)] = &[
    ("RM|MYR", "MYR"),
    ("EUR|EURO|EUROS|€", "EUR"),
    ("USD", "USD"),
    ("$", BARE_DOLLAR),
    ("GBP|£", "GBP"),
    ("CHF|SFR", "CHF"),
    ("SGD", "SGD"),
    ("HKD", "HKD"),
    ("AUD", "AUD"),
    ("CAD", "CAD"),
    ("NZD", "NZD"),
    ("INR|RS|₹", "INR"),
    ("JPY|¥", "JPY"),
    ("CNY", "CNY"),
    ("PLN|ZŁ", "PLN"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("CZK|KČ", "CZK"),
    ("HUF", "HUF"),
    ("RON", "RON"),
    ("BGN", "BGN"),
    ("THB|฿", "THB"),
    ("IDR", "IDR"),
    ("PHP", "PHP"),
    ("VND", "VND"),
    ("KRW|₩", "KRW"),
    ("BRL", "BRL"),
    ("MXN", "MXN"),
    ("ZAR", "ZAR"),
    ("TRY|₺", "TRY"),
    ("AED", "AED"),
    ("SAR", "SAR"),
    ("ILS|₪", "ILS"),
];
/// Stands for a dollar sign until the setting says which dollar it is.
const BARE_DOLLAR: &str = "$";
/// Currencies whose sign is a dollar: the setting says which one a bare `$` means.
const DOLLARS: &str = "USD|SGD|HKD|AUD|CAD|NZD|MXN";
/// Currencies without minor units (ISO 4217).
const WHOLE: &str = "JPY|KRW|VND";
/// A number of more digits than this is not an amount.
const MOST_DIGITS: usize = 15;
/// Words stuck to a number that make it a measure, not an amount.
const MEASURES: &str = "KG|G|GM|ML|L|LT|LTR|CM|MM|M|KM|OZ|LB|PM|AM|X|V|W";

/// An amount found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountHit {
    /// Where it was read, currency and sign included.
    pub span: Span,
    /// The amount.
    pub value: Amount,
    /// Whether decimals were written.
    pub has_decimals: bool,
    /// Whether the text itself names the currency.
    pub has_currency: bool,
}

/// How many decimal digits the minor unit of a currency has.
pub fn minor_digits(currency: Option<&str>) -> u32 {
    if currency.is_some_and(|code| WHOLE.split('|').any(|whole| whole == code)) { 0 } else { 2 }
}

/// All amounts of a text, in order, without overlaps: numbers with two decimals, or whole numbers beside a currency.
/// An amount without a currency of its own gets the default one.
pub fn amounts(text: &str, default_currency: Option<&str>) -> Vec<AmountHit> {
    let tokens = tokens(text);
    let mut hits: Vec<AmountHit> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind != Kind::Digits {
            at += 1;
            continue;
        }
        let number = Number::read(&tokens, at);
        let floor = hits.last().map_or(0, |hit| hit.span.end);
        if let Some(hit) = number.amount(&tokens, default_currency, floor) {
            hits.push(hit);
        }
        at = number.after;
    }
    hits
}

/// A run of digits with grouping and decimal marks.
struct Number<'a> {
    first: usize,
    after: usize,
    groups: Vec<&'a str>,
    marks: Vec<char>,
}

impl<'a> Number<'a> {
    fn read(tokens: &[Token<'a>], first: usize) -> Self {
        let mut groups = vec![tokens[first].text];
        let mut marks = Vec::new();
        let mut after = first + 1;
        while let (Some(mark), Some(digits)) = (tokens.get(after), tokens.get(after + 1)) {
            let Some(mark) = grouping_mark(mark).filter(|_| digits.kind == Kind::Digits) else {
                break;
            };
            // A blank only groups thousands where no plain blank could stand between two columns.
            if mark == ' ' && digits.text.len() != 3 {
                break;
            }
            groups.push(digits.text);
            marks.push(mark);
            after += 2;
        }
        Self { first, after, groups, marks }
    }

    /// The whole part and the decimals, if the marks make sense.
    fn parts(&self) -> Option<(String, Option<&'a str>)> {
        let (last, rest) = self.groups.split_last()?;
        let (last_mark, other_marks) = match self.marks.split_last() {
            None => return Some(((*last).to_owned(), None)),
            Some((mark, others)) => (*mark, others),
        };
        let grouped = |groups: &[&str]| groups.iter().skip(1).all(|group| group.len() == 3) && groups[0].len() <= 3;
        if last.len() == 2 && matches!(last_mark, '.' | ',') {
            let one_mark = other_marks.windows(2).all(|pair| pair[0] == pair[1]);
            let sound = rest.len() == 1 || (grouped(rest) && one_mark && !other_marks.contains(&last_mark));
            // Some printers write 1,234,56 or 1.234.56; the grouping still tells.
            let loose = rest.len() > 1 && grouped(rest) && one_mark;
            return (sound || loose).then(|| (rest.concat(), Some(*last)));
        }
        let one_mark = self.marks.windows(2).all(|pair| pair[0] == pair[1]);
        (one_mark && grouped(&self.groups) && !self.groups[0].starts_with('0')).then(|| (self.groups.concat(), None))
    }

    fn amount(&self, tokens: &[Token<'a>], default_currency: Option<&str>, floor: usize) -> Option<AmountHit> {
        let (whole, decimals) = self.parts()?;
        if whole.len() > MOST_DIGITS || stands_in_a_word(tokens, self.first, self.after, decimals.is_some()) {
            return None;
        }
        let (mut start, mut end) = (tokens[self.first].start, tokens[self.after - 1].end);
        let mut negative = false;
        let mut before = self.first;
        let named = currency_before(tokens, self.first).filter(|(at, _)| tokens[*at].start >= floor);
        // In `RM-50.00` the sign stands between.
        if named.is_some() && self.first.checked_sub(1).is_some_and(|at| tokens[at].is('-')) {
            negative = true;
        }
        let mut code = named.map(|(at, code)| {
            before = at;
            start = tokens[at].start;
            code
        });
        let previous = before.checked_sub(1).and_then(|at| tokens.get(at));
        if previous.is_some_and(|token| matches!(token.kind, Kind::Mark('-' | '\u{2212}')) && token.start >= floor)
            && starts_a_word(tokens, before - 1)
        {
            negative = true;
            start = tokens[before - 1].start;
        }
        if code.is_none()
            && let Some((at, found)) = currency_after(tokens, self.after)
        {
            code = Some(found);
            end = tokens[at].end;
        }
        if decimals.is_none() && code.is_none() {
            return None;
        }
        if trailing_minus(tokens, self.after) {
            negative = true;
            end = end.max(tokens[self.after].end);
        }
        let currency = match (code, default_currency) {
            (Some(BARE_DOLLAR), Some(default)) if DOLLARS.split('|').any(|dollar| dollar == default) => Some(default),
            (Some(BARE_DOLLAR), _) => Some("USD"),
            (Some(code), _) => Some(code),
            (None, default) => default,
        };
        let minor = to_minor(&whole, decimals, minor_digits(currency))?;
        let value = Amount { minor: if negative { -minor } else { minor }, currency: currency.map(str::to_owned) };
        let span = Span { start, end };
        Some(AmountHit { span, value, has_decimals: decimals.is_some(), has_currency: code.is_some() })
    }
}

fn grouping_mark(token: &Token<'_>) -> Option<char> {
    match token.kind {
        Kind::Mark(mark @ ('.' | ',')) => Some(mark),
        Kind::Mark('\'' | '\u{2019}') => Some('\''),
        Kind::Blank if matches!(token.text, "\u{a0}" | "\u{202f}" | "\u{2009}") => Some(' '),
        _ => None,
    }
}

fn to_minor(whole: &str, decimals: Option<&str>, digits: u32) -> Option<i64> {
    let whole: i64 = whole.parse().ok()?;
    let cents: i64 = decimals.unwrap_or("00").parse().ok()?;
    let minor = if digits == 0 { whole } else { whole.checked_mul(100)?.checked_add(cents)? };
    // Invariant: a currency without minor units takes no decimals, so they are dropped only when they are zero.
    (digits != 0 || cents == 0).then_some(minor)
}

/// Whether the number belongs to a word, a percentage, a clock time or a longer code.
fn stands_in_a_word(tokens: &[Token<'_>], first: usize, after: usize, has_decimals: bool) -> bool {
    let before = first.checked_sub(1).and_then(|at| tokens.get(at));
    if let Some(token) = before {
        let stuck = match token.kind {
            Kind::Letters => currency_code(token.text).is_none(),
            Kind::Mark(mark) => matches!(mark, ':' | '.' | '/' | '#' | '_') && !has_decimals,
            _ => false,
        };
        if stuck {
            return true;
        }
    }
    let Some(next) = tokens.get(after) else {
        return false;
    };
    let percent =
        next.is('%') || (next.kind == Kind::Blank && tokens.get(after + 1).is_some_and(|token| token.is('%')));
    let measure = match next.kind {
        Kind::Letters => {
            let word = next.text.to_uppercase();
            let tax_letter =
                has_decimals && word.chars().count() <= 3 && !MEASURES.split('|').any(|measure| measure == word);
            currency_code(next.text).is_none() && !tax_letter
        }
        Kind::Mark(mark) => matches!(mark, ':' | '/' | '.') && digits_follow(tokens, after),
        _ => false,
    };
    percent || measure
}

fn digits_follow(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|token| token.kind == Kind::Digits)
}

/// The currency right before the number, at most a blank away: the token it starts at and its code.
fn currency_before(tokens: &[Token<'_>], first: usize) -> Option<(usize, &'static str)> {
    let mut at = first.checked_sub(1)?;
    // A blank and the point or minus behind a short name may stand between, as in `Rs. 100` or `RM-5.00`.
    if tokens[at].kind == Kind::Blank {
        at = at.checked_sub(1)?;
    }
    if tokens[at].is('.') || tokens[at].is('-') {
        at = at.checked_sub(1)?;
    }
    let code = currency_code(tokens[at].text)?;
    let inside_a_word =
        tokens[at].kind == Kind::Letters && at.checked_sub(1).is_some_and(|before| tokens[before].kind == Kind::Digits);
    (!inside_a_word).then_some((at, code))
}

/// The currency right after the number. A word that a number follows at once belongs to that one.
fn currency_after(tokens: &[Token<'_>], after: usize) -> Option<(usize, &'static str)> {
    let blank = tokens.get(after).is_some_and(|token| token.kind == Kind::Blank && token.text.chars().count() == 1);
    let at = if blank { after + 1 } else { after };
    let code = currency_code(tokens.get(at)?.text)?;
    let next = tokens.get(at + 1);
    let of_the_next = next.is_some_and(|token| token.kind == Kind::Digits)
        || (next.is_some_and(|token| token.kind == Kind::Blank) && digits_follow(tokens, at + 1));
    (!of_the_next).then_some((at, code))
}

fn currency_code(word: &str) -> Option<&'static str> {
    if word.len() > 8 {
        return None;
    }
    let upper = word.to_uppercase();
    CURRENCIES.iter().find(|(names, _)| names.split('|').any(|name| name == upper)).map(|(_, code)| *code)
}

/// Whether a minus at `at` is a sign and not a hyphen or a dash between two columns.
fn starts_a_word(tokens: &[Token<'_>], at: usize) -> bool {
    at.checked_sub(1)
        .is_none_or(|before| matches!(tokens[before].kind, Kind::Blank | Kind::Break | Kind::Mark('(' | ':')))
}

fn trailing_minus(tokens: &[Token<'_>], after: usize) -> bool {
    tokens.get(after).is_some_and(|token| token.is('-'))
        && tokens.get(after + 1).is_none_or(|token| matches!(token.kind, Kind::Blank | Kind::Break))
}

//! Amounts and days that are written as a country writes them, each with the way in which a text writes them.

use countersign_core::value::{Date, Money};

use super::{
    diagnostics::Diagnostic,
    lexer::{Token, TokenKind},
    sentence::Raw,
    shapes,
};

/// An amount of a sentence that is not written as a text writes amounts: `10.000,00 EUR`, `10 000 EUR`, `10,50 EUR`, and
/// `5.000 EUR`, which is five thousand to half of Europe and five to the rest.
pub(crate) fn doubtful_amount(text: &str, raw: &Raw) -> Option<Diagnostic> {
    let tokens = &raw.tokens;
    let number = |token: &Token| token.kind == TokenKind::Number;
    let currency = |at: Option<usize>| at.and_then(|at| shapes::currency(tokens.get(at)?.text(text)));
    let mut from = 0;
    while from < tokens.len() {
        let end = from + tokens[from..].iter().take_while(|token| number(token)).count();
        let beside = currency(Some(end)).or_else(|| currency(from.checked_sub(1)));
        if let (true, Some(currency)) = (end > from, beside) {
            let parts: Vec<&str> = tokens[from..end].iter().map(|token| token.text(text)).collect();
            let meant = amounts(&parts, &currency);
            if !meant.is_empty() {
                return Some(written_otherwise(text, (tokens[from].start, tokens[end - 1].end), meant, AMOUNT_WHY));
            }
        }
        from = end.max(from + 1);
    }
    None
}

/// A day such as `31.12.2026` or `12/31/2026`.
pub(crate) fn doubtful_day(text: &str, raw: &Raw) -> Option<Diagnostic> {
    let tokens = &raw.tokens;
    let parts = |at: usize| -> Option<(usize, Vec<&str>)> {
        let first = tokens.get(at).filter(|token| token.kind == TokenKind::Number)?;
        let one: Vec<&str> = first.text(text).split('.').collect();
        if one.len() == 3 {
            return Some((first.end, one));
        }
        let rest = tokens.get(at + 1..at + 5)?;
        let joined = ["/", "-"].iter().any(|mark| rest[0].is(text, mark) && rest[2].is(text, mark));
        let all = vec![first.text(text), rest[1].text(text), rest[3].text(text)];
        joined.then_some((rest[3].end, all))
    };
    (0..tokens.len()).find_map(|at| {
        let (end, parts) = parts(at)?;
        let meant = days(&parts);
        (!meant.is_empty()).then(|| written_otherwise(text, (tokens[at].start, end), meant, DAY_WHY))
    })
}

/// The number that `10k` means, with its currency where there is one: `10,000 EUR`.
pub(crate) fn thousands(words: &str) -> Option<String> {
    let parts: Vec<&str> = words.split_whitespace().collect();
    let number = |word: &str| {
        let (whole, rest) = word.strip_suffix(['k', 'K'])?.split_once('.').unwrap_or((word.get(..word.len() - 1)?, ""));
        let known = !whole.is_empty() && is_digits(whole) && is_digits(rest) && rest.len() <= 3;
        known.then(|| grouped(format!("{whole}{rest:0<3}").trim_start_matches('0')))
    };
    match *parts.as_slice() {
        [one] => number(one),
        [one, unit] if shapes::currency(unit).is_some() => {
            Some(format!("{} {}", number(one)?, shapes::currency(unit)?))
        }
        [unit, one] if shapes::currency(unit).is_some() => {
            Some(format!("{} {}", number(one)?, shapes::currency(unit)?))
        }
        _ => None,
    }
}

const AMOUNT_WHY: &str = "a comma parts the thousands and a point the cents, in every text alike";
const DAY_WHY: &str = "some write the day first and others the month; with the year first nobody has to guess";

fn written_otherwise(text: &str, (start, end): (usize, usize), meant: Vec<String>, why: &str) -> Diagnostic {
    let written = &text[start..end];
    let message = match meant.as_slice() {
        [one] => format!("`{written}` is written `{one}`"),
        many => format!("`{written}` may be {}", many.join(" or ")),
    };
    let found = Diagnostic::error("E101", (start, end), message, why);
    meant.into_iter().fold(found, |found, one| found.fix(format!("Write `{one}`"), start, end, one))
}

/// What a number beside a currency may mean; nothing where it is written as it should be, or means nothing.
fn amounts(parts: &[&str], currency: &str) -> Vec<String> {
    let three = |part: &str| part.len() == 3 && is_digits(part);
    let begins = |part: &str| (1..=3).contains(&part.len()) && is_digits(part);
    let cents = |rest: &str| (1..=2).contains(&rest.len()) && is_digits(rest);
    // Groups of thousands, parted by blanks or by points, with or without cents behind them.
    let threes = |groups: &[&str]| match groups {
        [first, rest @ ..] => begins(first) && !rest.is_empty() && rest.iter().all(|part| three(part)),
        [] => false,
    };
    if let [one] = parts {
        if let Some((whole, rest)) = one.split_once('.').filter(|(whole, rest)| begins(whole) && three(rest)) {
            // Some currencies have three decimals, so that nothing is in doubt.
            let doubt = Money::parse(one, currency).is_none();
            return if doubt { vec![format!("{whole},{rest}"), format!("{whole}.{}", &rest[..2])] } else { Vec::new() };
        }
        let (whole, rest) = one.split_once(',').unwrap_or((one, ""));
        let groups: Vec<&str> = whole.split('.').collect();
        let known = groups.len() == 1 && is_digits(whole) && !rest.is_empty() || threes(&groups);
        return match (known, rest) {
            (true, "") => vec![groups.join(",")],
            (true, rest) if cents(rest) => vec![format!("{}.{rest}", groups.join(","))],
            _ => Vec::new(),
        };
    }
    let Some((last, before)) = parts.split_last() else { return Vec::new() };
    let (whole, rest) = last.split_once([',', '.']).unwrap_or((last, ""));
    let groups = [before, &[whole]].concat();
    match (threes(&groups), rest) {
        (true, "") => vec![groups.join(",")],
        (true, rest) if cents(rest) => vec![format!("{}.{rest}", groups.join(","))],
        _ => Vec::new(),
    }
}

/// The days that three numbers may mean: the day first, then the month first.
fn days(parts: &[&str]) -> Vec<String> {
    let [first, second, third] = parts else { return Vec::new() };
    let day = |year: &str, month: &str, day: &str| {
        let short = |part: &str| (1..=2).contains(&part.len()) && is_digits(part);
        let fits = year.len() == 4 && is_digits(year) && short(month) && short(day);
        let found = fits.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)).flatten();
        found.map(|found| found.to_string())
    };
    let mut found: Vec<String> = [day(third, second, first), day(third, first, second), day(first, second, third)]
        .into_iter()
        .flatten()
        .collect();
    found.dedup();
    found
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with commas between the thousands.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

//! Which amount of a document is the wanted one: the total, or an amount that a label names.

use super::super::recognise::{AmountHit, Line, amounts, lines};
use super::total_words::{Role, opens_tax_summary, role};
use super::{Candidate, Found, Settings, Value, Wanted, choose, has_any, is_one_of, plain_words, wanted_words};

/// Points of a total with everything in its favour.
const FULL: i32 = 150;

/// An amount with what is known about it.
struct Entry {
    hit: AmountHit,
    line: usize,
    role: Role,
    label: String,
    in_summary: bool,
}

pub(super) fn find(text: &str, wanted: &Wanted<'_>, settings: &Settings) -> Option<Found> {
    let entries = entries(text, settings);
    let words = wanted_words(wanted);
    let target = target(&words);
    let candidates = entries.iter().map(|entry| {
        let points = match target {
            Target::Total => total_points(entry, &entries) + label_points(entry, &words),
            // The role says it all; the label only breaks ties.
            Target::Role(role) => role_points(entry, role) + label_points(entry, &words) / 10,
        };
        Candidate { value: Value::Money(entry.hit.value.clone()), span: entry.hit.span, points, alternative: None }
    });
    choose(candidates.collect(), FULL)
}

/// What is wanted: the sum to pay, or an amount with a role of its own.
#[derive(Clone, Copy)]
enum Target {
    Total,
    Role(Role),
}

fn target(words: &[String]) -> Target {
    let has = |names: &str| words.iter().any(|word| is_one_of(word, names));
    if has("subtotal") {
        Target::Role(Role::Subtotal)
    } else if has("net|untaxed|netto|excluding") {
        Target::Role(Role::Net)
    } else if has("tax|vat|gst|mwst|tva|btw|iva") {
        Target::Role(Role::Tax)
    } else if has("rounding") {
        Target::Role(Role::Rounding)
    } else if has("discount|rebate") {
        Target::Role(Role::Discount)
    } else if has("change") {
        Target::Role(Role::Change)
    } else if has("paid|cash|tendered") {
        Target::Role(Role::Paid)
    } else {
        Target::Total
    }
}

/// Every amount with its line, its label and its role.
fn entries(text: &str, settings: &Settings) -> Vec<Entry> {
    let lines = lines(text);
    let hits = amounts(text, settings.default_currency.as_deref());
    let mut entries: Vec<Entry> = Vec::new();
    let mut number = 0;
    let mut in_summary = false;
    let mut summary_checked = 0;
    let mut previous_end = 0;
    for hit in hits {
        while number + 1 < lines.len() && lines[number].span.end <= hit.span.start {
            number += 1;
        }
        let Some(line) = lines.get(number) else { break };
        while summary_checked <= number {
            in_summary |= opens_tax_summary(&plain_words(lines[summary_checked].text));
            summary_checked += 1;
        }
        let label = label_of(text, &lines, number, &hit, previous_end.max(line.span.start), entries.last());
        previous_end = hit.span.end;
        entries.push(Entry { role: role(&label), hit, line: number, label, in_summary });
    }
    entries
}

/// The words that an amount belongs to: those left of it, else those of the line, else the line above alone.
fn label_of(
    text: &str,
    lines: &[Line<'_>],
    number: usize,
    hit: &AmountHit,
    from: usize,
    previous: Option<&Entry>,
) -> String {
    let left = plain_words(text.get(from..hit.span.start).unwrap_or_default());
    if says_something(&left) {
        return left;
    }
    if let Some(previous) = previous.filter(|previous| previous.line == number) {
        return previous.label.clone();
    }
    let line = lines[number];
    let right = plain_words(text.get(hit.span.end..line.span.end).unwrap_or_default());
    if says_something(&right) {
        return right;
    }
    let above = number.checked_sub(1).map(|above| lines[above].text);
    let above_is_label = above.filter(|above| !above.chars().any(|c| c.is_ascii_digit()) || above.ends_with(':'));
    above_is_label.map_or_else(|| String::from(" "), plain_words)
}

/// Whether words beyond a currency or a tax letter are there.
fn says_something(plain: &str) -> bool {
    plain.split_whitespace().any(|word| {
        word.chars().filter(|c| c.is_alphabetic()).count() > 1 && !is_one_of(word, "rm|myr|sr|zr|zrl|eur|usd")
    })
}

fn role_points(entry: &Entry, role: Role) -> i32 {
    let same = entry.role == role;
    let near = matches!((entry.role, role), (Role::Subtotal, Role::Net) | (Role::Net, Role::Subtotal));
    let base = if same {
        80
    } else if near {
        50
    } else {
        0
    };
    base - if entry.in_summary { 20 } else { 0 }
}

fn label_points(entry: &Entry, words: &[String]) -> i32 {
    /// Words that are on too many lines to say which amount is meant.
    const COMMON: &str = "total|amount|sum|money|price";
    let telling: Vec<&String> = words.iter().filter(|word| !is_one_of(word, COMMON)).collect();
    let found = telling.iter().filter(|word| has_any(&entry.label, word)).count();
    let common = words.iter().any(|word| is_one_of(word, COMMON) && has_any(&entry.label, word));
    let share = (found * 60).checked_div(telling.len()).unwrap_or(0);
    i32::try_from(share).unwrap_or(0) + if common { 4 } else { 0 }
}

/// How much speaks for an amount being the sum to pay.
fn total_points(entry: &Entry, entries: &[Entry]) -> i32 {
    let minor = entry.hit.value.minor;
    if minor < 0 {
        return 0;
    }
    let mut points = match entry.role {
        Role::FinalTotal => 100,
        Role::GrossTotal => 92,
        Role::Total => 85,
        Role::WeakTotal => 45,
        Role::Bare => 25,
        Role::Count => 22,
        Role::Subtotal => 30,
        Role::Other => 12,
        Role::Paid => 18,
        Role::Net | Role::Tax | Role::Rounding | Role::Discount | Role::Change => 0,
    };
    if entry.in_summary {
        points -= 50;
    }
    if minor == 0 {
        points -= 60;
    }
    // Of the amounts on one line the largest is the gross one.
    let largest = entries.iter().filter(|other| other.line == entry.line).map(|other| other.hit.value.minor).max();
    if largest == Some(minor) {
        points += 6;
    }
    points + sums_points(entry, entries) + i32::try_from(entry.line.min(90) / 30).unwrap_or(0)
}

/// Sums that confirm an amount, and rounding that replaces one.
fn sums_points(entry: &Entry, entries: &[Entry]) -> i32 {
    let minor = entry.hit.value.minor;
    let of = |wanted: Role| {
        entries.iter().filter(move |other| other.role == wanted).map(|other| other.hit.value.minor.abs())
    };
    let signed =
        |wanted: Role| entries.iter().filter(move |other| other.role == wanted).map(|other| other.hit.value.minor);
    let mut points = 0;
    let change_confirms =
        of(Role::Paid).any(|paid| of(Role::Change).any(|change| paid - change == minor && paid != change));
    if change_confirms {
        points += 35;
    }
    if of(Role::Paid).any(|paid| paid == minor) && entry.role != Role::Paid {
        points += 12;
    }
    let bases = [Role::Subtotal, Role::Net];
    if bases.iter().any(|base| signed(*base).any(|base| of(Role::Tax).any(|tax| tax > 0 && base + tax == minor))) {
        points += 20;
    }
    let is_a_base = bases.contains(&entry.role);
    if is_a_base && of(Role::Tax).any(|tax| tax > 0 && entries.iter().any(|other| other.hit.value.minor == minor + tax))
    {
        points -= 15;
    }
    let totals = [Role::Subtotal, Role::Total, Role::GrossTotal, Role::FinalTotal];
    let present = |value: i64| entries.iter().any(|other| other.hit.value.minor == value && other.role != Role::Paid);
    for rounding in signed(Role::Rounding).filter(|rounding| *rounding != 0 && rounding.abs() < 10) {
        let is_base = totals.contains(&entry.role);
        // The sign of a rounding line is often lost, so both ways count.
        let rounded = [minor + rounding, minor - rounding].into_iter().any(|value| value % 5 == 0 && present(value));
        if is_base && minor % 5 != 0 && rounded {
            points -= 25;
        }
        let from = [minor - rounding, minor + rounding];
        let comes_from_total =
            entries.iter().any(|other| totals.contains(&other.role) && from.contains(&other.hit.value.minor));
        if minor % 5 == 0 && comes_from_total && !matches!(entry.role, Role::Paid | Role::Change) {
            points += 25;
        }
    }
    let same = entries.iter().filter(|other| other.hit.value.minor == minor && other.line != entry.line).count();
    points + i32::try_from(same.min(3)).unwrap_or(0) * 3
}

//! Which date of a document is the wanted one.

use super::super::recognise::{DateHit, Line, dates, lines};
use super::{Candidate, Found, Settings, Value, Wanted, choose, has_any, is_one_of, plain_words, wanted_words};

/// Words before a date that make it the document's own date.
const OWN: &str = "date|dated|datum|tarikh|fecha|data|dt|dat|issued|du|le";
/// Words of which each names a special date; one that is not wanted speaks against a date.
const SPECIAL: &[&str] = &[
    "due|payable|pay by|fällig|vervaldatum|échéance|limite|scadenza",
    "expiry|expires|expiration|exp|valid|until|till|gültig|best before",
    "birth|born|dob|geboren",
    "delivery|delivered|shipped|shipping|lieferdatum|leverdatum",
    "order|ordered|orderdatum|bestelldatum",
    "start|from|begin|check in",
    "end|to|period|check out",
    "print|printed|prn",
    "signed|signature",
    "effective|approval|permit|promotion|since|closed",
];

/// Points of a date with everything in its favour.
const FULL: i32 = 90;

pub(super) fn find(text: &str, wanted: &Wanted<'_>, settings: &Settings) -> Option<Found> {
    let hits = dates(text, settings.day_order);
    let lines = lines(text);
    let words = wanted_words(wanted);
    let candidates = hits.iter().map(|hit| {
        let same = hits.iter().filter(|other| other.value == hit.value).count();
        let points = points(text, hit, &lines, &words) + i32::try_from(same.min(3)).unwrap_or(0) * 2;
        Candidate {
            value: Value::Date(hit.value),
            span: hit.span,
            points,
            alternative: hit.alternative.map(Value::Date),
        }
    });
    choose(candidates.collect(), FULL)
}

fn points(text: &str, hit: &DateHit, lines: &[Line<'_>], wanted: &[String]) -> i32 {
    let Some(at) = lines.iter().position(|line| line.span.start <= hit.span.start && hit.span.end <= line.span.end)
    else {
        return 1;
    };
    let line = lines[at];
    let before = plain_words(text.get(line.span.start..hit.span.start).unwrap_or_default());
    let after = plain_words(text.get(hit.span.end..line.span.end).unwrap_or_default());
    // A line that is nothing but values takes its label from the line above.
    let alone = !before.chars().any(char::is_alphabetic);
    let above = if alone && at > 0 { plain_words(lines[at - 1].text) } else { String::from(" ") };
    let mut points = 40;
    if has_any(&before, OWN) {
        points += 25;
    } else if has_any(&above, OWN) {
        points += 10;
    }
    points += special_points(&before, &above, wanted);
    let named = wanted.iter().filter(|word| word.as_str() != "date" && has_any(&before, word)).count();
    let named_above = wanted.iter().filter(|word| word.as_str() != "date" && has_any(&above, word)).count();
    points += 15 * i32::try_from(named).unwrap_or(0) + 6 * i32::try_from(named_above).unwrap_or(0);
    if has_clock(text.get(hit.span.end..line.span.end).unwrap_or_default())
        || has_clock(text.get(line.span.start..hit.span.start).unwrap_or_default())
        || has_any(&after, "time|am|pm")
    {
        points += 12;
    }
    if hit.compact {
        points -= 25;
    }
    // The first of equals is the likelier one.
    points - i32::try_from(at.min(60) / 10).unwrap_or(0)
}

fn special_points(before: &str, above: &str, wanted: &[String]) -> i32 {
    let mut points = 0;
    for group in SPECIAL {
        let asked = wanted.iter().any(|word| is_one_of(word, group));
        let weight = if has_any(before, group) {
            30
        } else if has_any(above, group) {
            8
        } else if asked {
            points -= 20;
            continue;
        } else {
            continue;
        };
        points += if asked { weight } else { -weight };
    }
    points
}

/// Whether a clock time such as `20:49` is in the text.
fn has_clock(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(4).any(|w| w[0].is_ascii_digit() && w[1] == b':' && w[2].is_ascii_digit() && w[3].is_ascii_digit())
}

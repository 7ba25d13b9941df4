//! How people write amounts: which currencies there are, and which mark in a number is which.

use alloc::{
    format,
    string::{String, ToString as _},
};

/// The codes of ISO 4217 that are money, in their order; those of the last few years are still written on papers.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
     BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
     GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP \
     LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK \
     PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT \
     TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL";

/// Whether this is the code of a currency, in capital letters.
#[must_use]
pub fn is_currency(code: &str) -> bool {
    CURRENCIES.split(' ').any(|known| known == code)
}

/// A number as people write it, with grouping marks removed and the decimal mark made a point: `1.240,50` gives
/// `1240.50`.
///
/// `None` when it is no number, when which mark is which is not plain, and when groups are not of three digits: then a
/// digit is missing or a mark stands wrong, and a guess could be a hundred times too much.
#[must_use]
pub fn plain_decimal(words: &str) -> Option<String> {
    let words = words.trim();
    let (sign, digits) = words.strip_prefix('-').map_or(("", words), |digits| ("-", digits.trim_start()));
    let (whole, fraction) = match decimal_mark(digits) {
        Some(mark) => (&digits[..mark], &digits[mark + 1..]),
        None => (digits, ""),
    };
    let whole = ungrouped(whole)?;
    let point = if fraction.is_empty() { "" } else { "." };
    fraction.bytes().all(|digit| digit.is_ascii_digit()).then(|| format!("{sign}{whole}{point}{fraction}"))
}

/// Where the decimal mark stands; `None` when all marks group thousands.
fn decimal_mark(digits: &str) -> Option<usize> {
    match (digits.rfind(','), digits.rfind('.')) {
        (Some(comma), Some(point)) => Some(comma.max(point)),
        (Some(comma), None) => {
            // A lone comma with three digits after it groups thousands; a lone point is a decimal point.
            let alone = digits.matches(',').count() == 1;
            (alone && digits.len() - comma - 1 != 3).then_some(comma)
        }
        (None, Some(point)) => (digits.matches('.').count() == 1).then_some(point),
        (None, None) => None,
    }
}

/// The digits without the one mark that groups them by three.
fn ungrouped(whole: &str) -> Option<String> {
    let mark = whole.chars().find(|c| !c.is_ascii_digit()).unwrap_or(',');
    let by_three = |(place, group): (usize, &str)| {
        let length = if place == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        length && group.bytes().all(|digit| digit.is_ascii_digit())
    };
    if !whole.contains(mark) {
        return (!whole.is_empty()).then(|| whole.to_string());
    }
    let groups = matches!(mark, ',' | '.' | '\'' | ' ') && whole.split(mark).enumerate().all(by_three);
    groups.then(|| whole.replace(mark, ""))
}

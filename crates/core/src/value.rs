//! The values that a case file holds: typed, exact, and without floats.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::{cmp::Ordering, fmt};
use serde::{Deserialize, Serialize};

use crate::people::PersonId;

/// A field's name inside a case file: lower case, words joined by `_`, such as `day_of_purchase`.
pub type FieldName = String;

/// A typed value of the case file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Value {
    /// Free text.
    Text {
        /// As typed, trimmed.
        text: String,
    },
    /// An amount of money.
    Money(Money),
    /// A calendar day without a zone.
    Date(#[serde(with = "date_as_object")] Date),
    /// A whole number.
    Number {
        /// The number.
        number: i64,
    },
    /// Yes or no.
    YesNo {
        /// `true` for yes.
        yes: bool,
    },
    /// One of the words that the process text lists.
    Choice {
        /// The word, as the process text writes it.
        choice: String,
    },
    /// A document of this case.
    Document {
        /// Key in [`crate::case::Case::documents`].
        document: String,
    },
    /// Somebody of the organisation.
    Person {
        /// Who.
        person: PersonId,
    },
    /// Several values of one kind.
    List {
        /// The items, in order.
        items: Vec<Value>,
    },
    /// The value was here and has been erased on request.
    Erased,
}

/// An amount in minor units with its currency (ISO 4217), so that sums and comparisons are exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, cents for EUR. On the wire a string, since JSON numbers lose digits elsewhere.
    #[serde(with = "minor_as_text")]
    pub minor: i64,
    /// Three upper-case letters.
    pub currency: String,
}

/// A calendar day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    /// Year, such as 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// The values of a form, by field.
pub type Values = BTreeMap<FieldName, Value>;

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// A value that is one of a list of words.
    #[must_use]
    pub fn choice(choice: impl Into<String>) -> Self {
        Self::Choice { choice: choice.into() }
    }

    /// How the value reads in a sentence, without the reader's locale.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Text { text } => text.clone(),
            Self::Money(money) => format!("{money}"),
            Self::Date(date) => format!("{date}"),
            Self::Number { number } => format!("{number}"),
            Self::YesNo { yes } => String::from(if *yes { "yes" } else { "no" }),
            Self::Choice { choice } => choice.clone(),
            Self::Document { document } => document.clone(),
            Self::Person { person } => person.clone(),
            Self::List { items } => items.iter().map(Self::plain).collect::<Vec<String>>().join(", "),
            Self::Erased => String::from("erased"),
        }
    }

    /// As [`plain`](Self::plain), with amounts as sentences write them.
    #[must_use]
    pub fn words(&self) -> String {
        if let Self::Money(money) = self { money.words() } else { self.plain() }
    }
}

impl Money {
    /// Decimal places of a currency by ISO 4217; 2 for those not listed here.
    #[must_use]
    pub fn decimals(currency: &str) -> u32 {
        match currency {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
            | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    /// The amount as a decimal number with a point and no grouping, such as `412.50`.
    #[must_use]
    pub fn decimal(&self) -> String {
        let places = Self::decimals(&self.currency);
        let unit = 10_u64.pow(places);
        let magnitude = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        if places == 0 {
            return format!("{sign}{magnitude}");
        }
        format!("{sign}{}.{:0width$}", magnitude / unit, magnitude % unit, width = places as usize)
    }

    /// The amount as sentences write it: thousands apart, and no fraction where there is none, such as `50,000 EUR`
    /// or `1,240.50 EUR`.
    #[must_use]
    pub fn words(&self) -> String {
        let decimal = self.decimal();
        let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let mut out = String::from(sign);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                out.push(',');
            }
            out.push(digit);
        }
        if fraction.bytes().any(|digit| digit != b'0') {
            out.push('.');
            out.push_str(fraction);
        }
        format!("{out} {}", self.currency)
    }

    /// Reads a plain decimal such as `412.5` in the given currency.
    ///
    /// More places than the currency has are refused unless they are zeros, and three of them always: whoever writes
    /// `1.500 EUR` means fifteen hundred in half of Europe, and nobody means one and a half.
    #[must_use]
    pub fn parse(decimal: &str, currency: &str) -> Option<Self> {
        let (negative, digits) = match decimal.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, decimal.trim()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let places = Self::decimals(currency) as usize;
        if fraction.len() == 3 && places < 3 {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !numeric(whole) || !numeric(fraction) || fraction.len() > places {
            return None;
        }
        let sign = if negative { "-" } else { "" };
        let minor: i64 = format!("{sign}{whole}{fraction:0<places$}").parse().ok()?;
        Some(Self { minor, currency: String::from(currency) })
    }

    /// Orders two amounts; `None` when their currencies differ, which only a person can settle.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl Date {
    /// A day, if it exists.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=length).contains(&day) && (1..=9999).contains(&year)).then_some(Self { year, month, day })
    }

    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`).
    #[must_use]
    pub const fn days(self) -> i64 {
        let year = self.year as i64 - if self.month <= 2 { 1 } else { 0 };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (self.month as i64 + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + self.day as i64 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }
}

impl Date {
    /// The day so many days after 1970-01-01 (Howard Hinnant, as above, `civil_from_days`).
    #[must_use]
    pub fn of_days(days: i64) -> Self {
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let small = |number: i64| u8::try_from(number).unwrap_or(1);
        Self { year: i32::try_from(year).unwrap_or(i32::MAX), month: small(month), day: small(day) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        format!("{date}")
    }
}

impl TryFrom<String> for Date {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a day is written as year-month-day, such as 2026-03-31")
    }
}

/// A tagged value must be a JSON object, and a day alone is a string: it is written as `{"date": …}`.
mod date_as_object {
    use super::Date;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Dated {
        date: Date,
    }

    pub fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        Dated { date: *date }.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        Dated::deserialize(deserializer).map(|dated| dated.date)
    }
}

mod minor_as_text {
    use alloc::string::{String, ToString};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(minor: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&minor.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("an amount is a string of minor units, such as \"41250\""))
    }
}

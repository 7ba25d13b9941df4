//! Recognisers: typed values in plain text, each with the bytes it was read from.
//!
//! A recogniser never decides what a value means; `extract` does. Every span lies on character boundaries, and
//! reading the quoted text again gives the same value.

mod companies;
mod dates;
mod identifiers;
mod money;
mod month_names;
mod pairs;
mod tokens;

pub(crate) use companies::single_blanks;
pub use companies::{Company, companies, is_legal_form};
pub use dates::{DateHit, DayOrder, dates, day};
pub use identifiers::{Email, Iban, emails, ibans};
pub use money::{AmountHit, amounts, minor_digits};
pub use pairs::{Layout, Line, Pair, lines, pairs};

/// Where a value was read: byte offsets into the text, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The text of the span, empty if it does not fit the text.
    pub fn quote(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A calendar day of the Gregorian calendar that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year, four digits.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day, 1 to 31.
    pub day: u8,
}

impl Date {
    /// The day, if it exists and lies in the years that documents speak of (1900 to 2199).
    pub fn checked(year: i32, month: u32, day: u32) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if !(1900..2200).contains(&year) || !(1..=last).contains(&day) {
            return None;
        }
        Some(Self { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? })
    }

    /// The date as ISO 8601 writes it.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// An amount of money in minor units, such as cents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Amount {
    /// Minor units; negative for a credit.
    pub minor: i64,
    /// The ISO 4217 code, where the text or the settings name one.
    pub currency: Option<String>,
}

impl Amount {
    /// The amount with a decimal point and no grouping, such as `1234.50`.
    pub fn decimal(&self) -> String {
        let digits = minor_digits(self.currency.as_deref());
        let sign = if self.minor < 0 { "-" } else { "" };
        let unit = 10_u64.pow(digits);
        let size = self.minor.unsigned_abs();
        if digits == 0 {
            return format!("{sign}{size}");
        }
        format!("{sign}{}.{:0width$}", size / unit, size % unit, width = digits as usize)
    }
}

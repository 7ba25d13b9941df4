//! What writing with a model may cost, in money, tokens and time, checked before each question.

use std::time::Duration;

use serde::Serialize;

use crate::llm::{Request, Usage};

/// With or without a price, one piece of writing uses at most so many tokens.
pub const MAX_TOKENS: u64 = 300_000;
/// Millionths in one unit of a currency.
pub const MICROS: u64 = 1_000_000;
/// What one piece of writing may cost unless the settings say otherwise, in millionths of the currency.
pub const USUAL_MONEY: u64 = 200_000;
/// How long one piece of writing may take unless the settings say otherwise.
pub const USUAL_TIME: Duration = Duration::from_secs(180);

/// How much may be spent on one piece of writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Money in millionths of the price's currency; it counts only where there is a price.
    pub money: u64,
    /// Time over all questions.
    pub time: Duration,
    /// What a million tokens cost; none when nobody has said so.
    pub price: Option<Price>,
}

/// What a million tokens cost, in millionths of a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The currency, ISO 4217.
    pub currency: String,
    /// Of tokens that are read.
    pub input: u64,
    /// Of tokens that are written.
    pub output: u64,
}

/// What was spent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// Questions that were sent.
    pub questions: usize,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// The cost, such as `0.0143 EUR`; none without a price.
    pub cost: Option<String>,
}

/// Why a question is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dry {
    /// It could cost more than is left.
    Money,
    /// It could use more tokens than are left.
    Tokens,
}

/// Keeps count.
pub(super) struct Purse<'a> {
    limits: &'a Limits,
    micros: u64,
    spent: Spent,
}

impl Default for Limits {
    fn default() -> Self {
        Self { money: USUAL_MONEY, time: USUAL_TIME, price: None }
    }
}

impl Price {
    /// What these tokens cost at most, in millionths of the currency.
    fn of(&self, input: u64, output: u64) -> u64 {
        let part = |tokens: u64, price: u64| tokens.saturating_mul(price).div_ceil(MICROS);
        part(input, self.input).saturating_add(part(output, self.output))
    }
}

/// An amount of up to six decimals, such as `0.15`, in millionths; none when it is not of this form.
#[must_use]
pub fn micros(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(MICROS)?.checked_add(part)
}

impl<'a> Purse<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Self { limits, micros: 0, spent: Spent::default() }
    }

    /// Whether a question can be paid, should it cost as much as it possibly can.
    pub fn allows(&self, request: &Request) -> Result<(), Dry> {
        let (input, output) = worst(request);
        let tokens = self.spent.input_tokens + self.spent.output_tokens;
        if tokens.saturating_add(input).saturating_add(output) > MAX_TOKENS {
            return Err(Dry::Tokens);
        }
        let cost = self.limits.price.as_ref().map_or(0, |price| price.of(input, output));
        if self.micros.saturating_add(cost) > self.limits.money { Err(Dry::Money) } else { Ok(()) }
    }

    /// Counts a question that was sent; where the server does not say what it used, the most that it can be.
    pub fn count(&mut self, request: &Request, usage: Option<Usage>) {
        let (input, output) = match usage {
            Some(Usage { input, output }) if input > 0 => (input, output),
            _ => worst(request),
        };
        self.spent.questions += 1;
        self.spent.input_tokens += input;
        self.spent.output_tokens += output;
        if let Some(price) = &self.limits.price {
            self.micros = self.micros.saturating_add(price.of(input, output));
            let (whole, part) = (self.micros / MICROS, self.micros % MICROS);
            self.spent.cost = Some(format!("{whole}.{part:06} {}", price.currency));
        }
    }

    pub fn spent(self) -> Spent {
        self.spent
    }
}

/// The most tokens that a question can use: a token has at least one byte, and hardly ever fewer than two.
fn worst(request: &Request) -> (u64, u64) {
    let schema = request.schema.to_string().len();
    let bytes = (request.system.len() + request.user.len() + schema) / 2;
    (u64::try_from(bytes).unwrap_or(u64::MAX), u64::from(request.max_tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, expected) in [
            ("0.20", Some(200_000)),
            ("3", Some(3_000_000)),
            ("0.000001", Some(1)),
            ("0.0000001", None),
            ("", None),
            (".5", None),
            ("-1", None),
            ("1,5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
    }

    #[test]
    fn the_worst_case_is_checked_and_the_real_one_is_counted() {
        let price = Price { currency: "EUR".to_owned(), input: 1_000_000, output: 10_000_000 };
        let limits = Limits { money: 11_000, time: USUAL_TIME, price: Some(price) };
        let request = |max_tokens| Request {
            system: "s".repeat(1_000),
            user: String::new(),
            schema: serde_json::json!({}),
            schema_name: "x".to_owned(),
            max_tokens,
            temperature: None,
        };
        let mut purse = Purse::new(&limits);
        assert_eq!(purse.allows(&request(1_000)), Ok(()));
        assert_eq!(purse.allows(&request(1_100)), Err(Dry::Money));
        assert_eq!(purse.allows(&request(u32::MAX)), Err(Dry::Tokens));
        purse.count(&request(1_000), Some(Usage { input: 200, output: 100 }));
        assert_eq!(purse.allows(&request(1_000)), Err(Dry::Money), "0.0012 is gone");
        purse.count(&request(10), None);
        let spent = purse.spent();
        assert_eq!((spent.questions, spent.input_tokens, spent.cost.as_deref()), (2, 701, Some("0.001801 EUR")));
    }
}

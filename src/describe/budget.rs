//! What writing with a model may cost, in money, tokens and time, checked before each question.

use std::time::Duration;

use serde::Serialize;

use crate::llm::{
    Request, Usage,
    spending::{Price as Rates, at_most, in_units},
};

/// With or without a price, one piece of writing uses at most so many tokens.
pub const MAX_TOKENS: u64 = 300_000;
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

/// What tokens cost, and in which currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The currency, ISO 4217.
    pub currency: String,
    /// What a million tokens cost.
    pub rates: Rates,
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

impl<'a> Purse<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Self { limits, micros: 0, spent: Spent::default() }
    }

    /// Whether a question can be paid, should it cost as much as it possibly can.
    pub fn allows(&self, request: &Request) -> Result<(), Dry> {
        let most = at_most(request);
        let tokens = self.spent.input_tokens + self.spent.output_tokens;
        if tokens.saturating_add(most.input).saturating_add(most.output) > MAX_TOKENS {
            return Err(Dry::Tokens);
        }
        let cost = self.limits.price.as_ref().map_or(0, |price| price.rates.of(most));
        if self.micros.saturating_add(cost) > self.limits.money { Err(Dry::Money) } else { Ok(()) }
    }

    /// Counts a question that was sent; where the server does not say what it used, the most that it can be.
    pub fn count(&mut self, request: &Request, usage: Option<Usage>) {
        let usage = usage.filter(|usage| usage.input > 0).unwrap_or_else(|| at_most(request));
        self.spent.questions += 1;
        self.spent.input_tokens += usage.input;
        self.spent.output_tokens += usage.output;
        if let Some(price) = &self.limits.price {
            self.micros = self.micros.saturating_add(price.rates.of(usage));
            self.spent.cost = Some(format!("{} {}", in_units(self.micros), price.currency));
        }
    }

    pub fn spent(self) -> Spent {
        self.spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_case_is_checked_and_the_real_one_is_counted() {
        let price = Price { currency: "EUR".to_owned(), rates: Rates { input: 1_000_000, output: 10_000_000 } };
        let limits = Limits { money: 11_000, time: USUAL_TIME, price: Some(price) };
        let request = |max_tokens| Request {
            system: "s".repeat(1_000),
            user: String::new(),
            schema: serde_json::json!({}),
            schema_name: "x".to_owned(),
            max_tokens,
            temperature: None,
            call: crate::llm::Call::default(),
            masked: None,
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

//! What models may cost: tokens and money for a decision, a case, a process and a day, checked before each call.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use countersign_core::time::Timestamp;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Call, Request, Usage};

/// Money is counted in millionths of the currency in which prices are set.
pub const MICROS: u64 = 1_000_000;

/// A token has at least one byte, and hardly ever fewer than two.
const BYTES_A_TOKEN: u64 = 2;

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

/// An amount in millionths, with all six decimals, as [`micros`] reads it.
#[must_use]
pub fn in_units(micros: u64) -> String {
    format!("{}.{:06}", micros / MICROS, micros % MICROS)
}

/// The most tokens that a question can use.
#[must_use]
pub fn at_most(request: &Request) -> Usage {
    let bytes = request.system.len() + request.user.len() + request.schema.to_string().len();
    Usage { input: (bytes as u64) / BYTES_A_TOKEN, output: u64::from(request.max_tokens) }
}

/// What a million tokens cost, in millionths of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Of tokens that are read.
    pub input: u64,
    /// Of tokens that are written.
    pub output: u64,
}

impl Price {
    /// What these tokens cost, rounded up.
    #[must_use]
    pub fn of(self, usage: Usage) -> u64 {
        let part = |tokens: u64, price: u64| tokens.saturating_mul(price).div_ceil(MICROS);
        part(usage.input, self.input).saturating_add(part(usage.output, self.output))
    }
}

/// Tokens and money together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Tokens read and written.
    pub tokens: u64,
    /// Millionths of the currency.
    pub micros: u64,
}

impl Cost {
    /// What these tokens cost.
    #[must_use]
    pub fn of(usage: Usage, price: Price) -> Self {
        Self { tokens: usage.input.saturating_add(usage.output), micros: price.of(usage) }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { tokens: self.tokens.saturating_add(other.tokens), micros: self.micros.saturating_add(other.micros) }
    }

    const fn minus(self, other: Self) -> Self {
        Self { tokens: self.tokens.saturating_sub(other.tokens), micros: self.micros.saturating_sub(other.micros) }
    }
}

/// The most that may be spent on something; nothing said is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cap {
    /// Tokens.
    pub tokens: Option<u64>,
    /// Millionths of the currency.
    pub micros: Option<u64>,
}

impl Cap {
    /// Whether so much may be spent.
    fn allows(self, cost: Cost) -> bool {
        self.tokens.is_none_or(|most| cost.tokens <= most) && self.micros.is_none_or(|most| cost.micros <= most)
    }
}

/// What has been spent, or may be, by what it is spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares<T> {
    /// One answer of an agent, with its repairs and votes.
    pub decision: T,
    /// One case, from its start.
    pub case: T,
    /// One process on this day.
    pub process: T,
    /// Everything on this day, UTC.
    pub day: T,
}

/// Which limit is reached, in words for people.
pub fn reached(caps: &Shares<Cap>, spent: &Shares<Cost>, next: Cost) -> Option<&'static str> {
    let over = |cap: Cap, cost: Cost| !cap.allows(cost.plus(next));
    if over(caps.decision, spent.decision) {
        Some("what one decision may cost would be exceeded")
    } else if over(caps.case, spent.case) {
        Some("what one case may cost would be exceeded")
    } else if over(caps.process, spent.process) {
        Some("what this process may cost on a day would be exceeded")
    } else if over(caps.day, spent.day) {
        Some("what models may cost on a day would be exceeded")
    } else {
        None
    }
}

/// One call of a model as it is written down. It holds no words of the question or the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// When it was begun.
    pub at: Timestamp,
    /// What it was for.
    pub call: Call,
    /// The model, by its name in the configuration.
    pub model: String,
    /// What it cost.
    pub cost: Cost,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Why there was no answer; none when there was one.
    pub failure: Option<String>,
}

/// Where it is written down what models cost and whether they may be asked at all; one for all machines that share a
/// database.
pub trait Ledger: Send + Sync {
    /// Whether somebody has switched agents off.
    fn switched_off(&self) -> BoxFuture<'_, Result<bool, String>>;

    /// What has been spent on what this call is for.
    fn spent<'a>(&'a self, call: &'a Call, now: Timestamp) -> BoxFuture<'a, Result<Shares<Cost>, String>>;

    /// Writes a call down.
    fn note<'a>(&'a self, spent: &'a Spent) -> BoxFuture<'a, Result<(), String>>;
}

/// What calls that are on their way may cost at most, so that many at once cannot pass a limit together.
#[derive(Debug, Default)]
pub struct Reserved {
    total: Mutex<Cost>,
}

impl Reserved {
    /// Reserves for a call until the guard is dropped; what others have reserved comes with it.
    pub fn reserve(&self, cost: Cost) -> (Cost, Reservation<'_>) {
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let others = *total;
        *total = total.plus(cost);
        (others, Reservation { of: self, cost })
    }
}

/// A part of the budget that is held back for a call on its way.
#[derive(Debug)]
pub struct Reservation<'a> {
    of: &'a Reserved,
    cost: Cost,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut total = self.of.total.lock().unwrap_or_else(PoisonError::into_inner);
        *total = total.minus(self.cost);
    }
}

/// A ledger in memory, for tests, evals and tools that have no database.
#[derive(Debug, Default)]
pub struct Notebook {
    notes: Mutex<Vec<Spent>>,
    off: AtomicBool,
}

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

impl Notebook {
    /// Switches models off or on.
    pub fn switch(&self, off: bool) {
        self.off.store(off, Ordering::SeqCst);
    }

    /// What was written down, in order.
    #[must_use]
    pub fn notes(&self) -> Vec<Spent> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ledger for Notebook {
    fn switched_off(&self) -> BoxFuture<'_, Result<bool, String>> {
        Box::pin(std::future::ready(Ok(self.off.load(Ordering::SeqCst))))
    }

    fn spent<'a>(&'a self, call: &'a Call, now: Timestamp) -> BoxFuture<'a, Result<Shares<Cost>, String>> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = |belongs: &dyn Fn(&Spent) -> bool| {
            notes.iter().filter(|one| belongs(one)).fold(Cost::default(), |sum, one| sum.plus(one.cost))
        };
        let today = |one: &Spent| one.at.0.div_euclid(DAY_MS) == now.0.div_euclid(DAY_MS);
        let shares = Shares {
            decision: sum(&|one| one.call.decision == call.decision),
            case: sum(&|one| one.call.case.is_some() && one.call.case == call.case),
            process: sum(&|one| today(one) && one.call.process.is_some() && one.call.process == call.process),
            day: sum(&today),
        };
        Box::pin(std::future::ready(Ok(shares)))
    }

    fn note<'a>(&'a self, spent: &'a Spent) -> BoxFuture<'a, Result<(), String>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(spent.clone());
        Box::pin(std::future::ready(Ok(())))
    }
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
}

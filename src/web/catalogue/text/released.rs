//! Words of calls that were held back, since more would have left on an agent's word than may leave unsigned.

use countersign_core::release::Within;

pub(crate) const LET_GO: &str = "Let it go out";
pub(crate) const LET_GO_FOLLOWS: &str = "Then the call is made as it stands, and the timeline says that you let it go.";

pub(crate) fn title(system: &str) -> String {
    format!("Say whether money may leave through {}", super::the(system))
}

pub(crate) fn short(system: &str) -> String {
    format!("a call to {} was held back", super::the(system))
}

/// What was held back and why, as the question to whoever decides.
pub(crate) fn question(call: &str, why: &str) -> String {
    format!("{call} was held back, because nobody has signed it: {why}. May it go out?")
}

/// The limit, as in `agents may release 500 EUR in a case without a signature`.
pub(crate) fn limit(limit: &str, within: Within) -> String {
    let within = match within {
        Within::Case => "in a case",
        Within::Day => "in a day",
    };
    format!("agents may release {limit} {within} without a signature")
}

/// What the call carries and what had left before it; `before` is none where nothing had.
pub(crate) fn over(limit: &str, carries: &str, before: Option<&str>, within: Within) -> String {
    let place = match within {
        Within::Case => "in this one",
        Within::Day => "that day",
    };
    let before = before.unwrap_or("nothing");
    format!("it carries {carries} on an agent's word; {limit}, and {before} had left {place} before")
}

/// The same for readers who are not told what had left before.
pub(crate) fn over_together(limit: &str, carries: &str) -> String {
    format!("it carries {carries} on an agent's word; {}", over_unsaid(limit))
}

/// The same for readers who may not see an amount of it.
pub(crate) fn over_unsaid(limit: &str) -> String {
    format!("{limit}, and with this call it would have been more")
}

pub(crate) fn not_countable(limit: &str) -> String {
    format!("{limit}, and an amount of this call cannot be counted against that")
}

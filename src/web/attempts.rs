//! A small limit on sign-in attempts for each name, so that passwords cannot be tried by the thousand.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use countersign_core::time::{MINUTE_MS, Timestamp};

/// How many attempts a name has in a minute.
const ATTEMPTS_MAX: u32 = 5;
/// How many names are remembered.
const NAMES_MAX: usize = 10_000;

/// The attempts of the last minute, by name.
#[derive(Default)]
pub(super) struct Attempts {
    names: Mutex<HashMap<String, (Timestamp, u32)>>,
}

impl Attempts {
    /// Counts an attempt; false when the name has had too many. It says nothing about whether the name is known.
    pub(super) fn allow(&self, name: &str, now: Timestamp) -> bool {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |since: Timestamp| now.0 - since.0 >= MINUTE_MS;
        if names.len() >= NAMES_MAX {
            names.retain(|_, (since, _)| !over(*since));
        }
        if names.len() >= NAMES_MAX {
            // Whoever sends ten thousand names a minute must not make the others forgotten.
            return names.get(&name.to_lowercase()).is_some_and(|(_, count)| *count < ATTEMPTS_MAX);
        }
        let entry = names.entry(name.to_lowercase()).or_insert((now, 0));
        if over(entry.0) {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        entry.1 <= ATTEMPTS_MAX
    }

    /// Forgets the attempts of a name, after the right password.
    pub(super) fn forget(&self, name: &str) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&name.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_five_attempts_a_minute() {
        let attempts = Attempts::default();
        let at = |ms: i64| Timestamp(1_000_000 + ms);
        for _ in 0..ATTEMPTS_MAX {
            assert!(attempts.allow("Rosa", at(0)));
        }
        assert!(!attempts.allow("rosa", at(MINUTE_MS - 1)), "the name is the same, however it is written");
        assert!(attempts.allow("ben", at(1)), "others are not held up");
        assert!(attempts.allow("rosa", at(MINUTE_MS)));
        attempts.forget("ROSA");
        assert!(attempts.allow("rosa", at(MINUTE_MS)));
    }
}

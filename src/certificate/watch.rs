//! When labels are looked at, which automatic answers are checked all the same, and when a certificate is broken.

use countersign_core::canonical::digest;

use super::{AFFORDED_AT_FIRST, LABELS_FORESEEN, Promise, fewest, risk_of, shows_more};

/// One automatic answer in so many is held for a person's check, for as long as there are any.
pub const AUDITED: u64 = 20;

/// The latest checked answers that a certificate is held against; older ones do not cover up what changed.
pub const CHECKED_MAX: u32 = 500;

/// Labels at the first look. Fewer cannot certify anybody, see [`super::certify`], and a look costs risk.
const FIRST_LOOK: u64 = 120;

/// Labels between later looks, which are at multiples of it.
const BETWEEN_LOOKS: u64 = 100;

/// So many of the latest audits are looked at together.
const AUDITS_TOGETHER: usize = 20;

/// So many of those that are wrong end the certificate.
const AUDITS_WRONG: usize = 3;

/// A look at the labels of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Its number, from 1.
    pub number: u32,
    /// The labels that it is taken on, the first of all.
    pub labels: u64,
}

/// The latest look that so many labels allow. When looks are taken depends on the number of labels alone.
#[must_use]
pub fn latest_look(labels: u64) -> Option<Look> {
    match labels / BETWEEN_LOOKS {
        _ if labels < FIRST_LOOK => None,
        0 | 1 => Some(Look { number: 1, labels: FIRST_LOOK }),
        hundreds => {
            Some(Look { number: u32::try_from(hundreds).unwrap_or(u32::MAX), labels: hundreds * BETWEEN_LOOKS })
        }
    }
}

/// The look after so many labels.
#[must_use]
pub fn next_look(labels: u64) -> Look {
    match latest_look(labels) {
        None => Look { number: 1, labels: FIRST_LOOK },
        Some(latest) => {
            Look { number: latest.number.saturating_add(1), labels: (labels / BETWEEN_LOOKS + 1) * BETWEEN_LOOKS }
        }
    }
}

/// How many of the first looks cannot show what is promised, even if all labels count and only one of them is wrong:
/// they are left out, so that they cost no risk.
#[must_use]
pub fn looks_in_vain(promise: Promise) -> u32 {
    let (rate, risk) = (f64::from(promise.error) / 1_000.0, risk_of(promise, 1));
    let Some(needed) = fewest(AFFORDED_AT_FIRST, rate, risk, LABELS_FORESEEN) else { return u32::MAX };
    let (mut look, mut vain) = (next_look(0), 0);
    while look.labels < needed as u64 {
        look = next_look(look.labels);
        vain += 1;
    }
    vain
}

/// Whether the answer under this key is held for a check. It follows from the key alone, so that it can be told again
/// and nobody chooses.
#[must_use]
pub fn is_audit(case_id: &str, key: &str) -> bool {
    let digest = digest(&(case_id, key));
    let drawn = digest.get(..15).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    // A draw that could not be made is a check.
    drawn.is_none_or(|number| number % AUDITED == 0)
}

/// An answer at or above the threshold that a person has decided since the certificate was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether the person decided the same.
    pub right: bool,
    /// Whether it was held for a check.
    pub audit: bool,
}

/// Why a certificate may not stand, in words; `None` while it may. The newest answers come first.
///
/// This is asked after each answer without sharing out the risk: at worst a good agent has to earn it anew.
#[must_use]
pub fn broken(checked: &[Checked], promise: Promise) -> Option<String> {
    let wrong_of = |some: &[&Checked]| some.iter().filter(|one| !one.right).count();
    let audits: Vec<&Checked> = checked.iter().filter(|one| one.audit).take(AUDITS_TOGETHER).collect();
    let wrong = wrong_of(&audits);
    if wrong >= AUDITS_WRONG {
        return Some(format!("{wrong} of the last {} answers that were held for a check were wrong", audits.len()));
    }
    let (wrong, seen) = (wrong_of(&checked.iter().collect::<Vec<_>>()), checked.len());
    let (rate, risk) = (f64::from(promise.error) / 1_000.0, f64::from(promise.risk) / 1_000.0);
    shows_more(wrong, seen, rate, risk).then(|| {
        format!(
            "{wrong} of {seen} answers that people checked were wrong: with {} % certainty that is more than {} %",
            (1_000 - promise.risk.min(1_000)) / 10,
            promise.error / 10
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Labelled, Standing, certify};

    #[test]
    fn looks_are_taken_at_set_numbers_of_labels() {
        let look = |number, labels| Some(Look { number, labels });
        for (labels, latest) in [
            (0, None),
            (119, None),
            (120, look(1, 120)),
            (199, look(1, 120)),
            (200, look(2, 200)),
            (299, look(2, 200)),
            (1_000, look(10, 1_000)),
        ] {
            assert_eq!(latest_look(labels), latest, "{labels}");
            let next = next_look(labels);
            assert!(next.labels > labels && latest_look(next.labels) == Some(next), "{labels}: {next:?}");
            assert_eq!(next.number, latest.map_or(1, |latest| latest.number + 1), "{labels}");
        }
    }

    #[test]
    fn looks_that_can_show_nothing_are_left_out() {
        for (error, vain, first) in [(200, 0, 120), (50, 0, 120), (20, 2, 300), (10, 5, 600), (5, 11, 1_200)] {
            let promise = Promise { error, ..Promise::default() };
            assert_eq!(looks_in_vain(promise), vain, "{error}");
            let seen = |labels: u64| usize::try_from(labels).unwrap();
            let can = |labels| super::super::shows(1, seen(labels), f64::from(error) / 1_000.0, risk_of(promise, 1));
            assert!(can(first) && (vain == 0 || !can(first - 100)), "{error}: the first is at {first}");
        }
        assert_eq!(looks_in_vain(Promise { error: 0, ..Promise::default() }), u32::MAX, "nothing shows that");
    }

    #[test]
    fn the_first_look_is_as_early_as_anybody_can_be_certified() {
        let right = |labels: u64| vec![Labelled { score: 900, right: true }; usize::try_from(labels).unwrap_or(0)];
        let certified = |labels| matches!(certify(&right(labels), Promise::default(), 1), Standing::Certified(_));
        assert!(certified(FIRST_LOOK) && !certified(FIRST_LOOK - 20));
    }

    #[test]
    fn one_in_twenty_is_checked() {
        let drawn = (0..20_000).filter(|number| is_audit("case", &format!("case/0.1/{number}/ask"))).count();
        // Four standard deviations of a binomial around 1,000.
        assert!((877..=1_123).contains(&drawn), "{drawn}");
    }

    /// What is checked, the newest first: `w` wrong and `r` right, in capitals when it was an audit.
    fn check(checked: &str, expected: Option<&str>) {
        let read = |letter: char| Checked { right: letter.eq_ignore_ascii_case(&'r'), audit: letter.is_uppercase() };
        let found = broken(&checked.chars().map(read).collect::<Vec<_>>(), Promise::default());
        match expected {
            None => assert_eq!(found, None, "{checked}"),
            Some(words) => assert!(found.as_ref().is_some_and(|found| found.contains(words)), "{checked}: {found:?}"),
        }
    }

    #[test]
    fn a_certificate_is_broken_by_what_people_checked() {
        check("", None);
        check("W", None);
        check("ww", Some("2 of 2 answers that people checked were wrong: with 95 % certainty that is more than 5 %"));
        check(&format!("{}WW", "R".repeat(60)), None);
        check(&format!("WRWRW{}", "r".repeat(400)), Some("3 of the last 5 answers"));
        check(&format!("WRWRW{}", "R".repeat(400)), Some("3 of the last 20 answers"));
        // The third wrong one is the 21st audit.
        check(&format!("WW{}W{}", "R".repeat(18), "R".repeat(400)), None);
    }
}

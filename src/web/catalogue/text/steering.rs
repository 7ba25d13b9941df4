//! What operators do with a case as a whole: stages, holds, additions and versions.

use countersign_core::event::MoveKind;

pub(crate) const ON_HOLD_SHORT: &str = "on hold, time to look again";
pub(crate) const RESUME: &str = "Let it go on";
pub(crate) const RESUME_FOLLOWS: &str = "Every due date moves by the time for which it stood still.";
pub(crate) const LOOK_LATER: &str = "Keep it on hold and look again later";
pub(crate) const LOOK_LATER_FOLLOWS: &str =
    "Nothing is decided and nothing is sent; you are asked again in five working days.";

pub(crate) fn on_hold(number: u64, reason: &str) -> String {
    let reason = reason.trim().trim_end_matches('.');
    format!("{} is on hold: {reason}. Can it go on?", super::case_number(number))
}

pub(crate) fn moved(who: &str, kind: MoveKind, from: &str, to: &str) -> String {
    match kind {
        MoveKind::Advance => format!("{who} moved the case on from {from} to {to}"),
        MoveKind::Return => format!("{who} moved the case back from {from} to {to}"),
        MoveKind::Skip => format!("{who} skipped from {from} to {to}"),
    }
}

pub(crate) fn held(who: &str) -> String {
    format!("{who} put the case on hold")
}

pub(crate) fn resumed(who: &str) -> String {
    format!("{who} let the case go on")
}

/// Why a sign-off no longer counts after a move to another version.
pub(crate) const OTHER_VERSION: &str = "the case went to another version";
pub(crate) const ALL_THE_SAME: &str = "Go on all the same";

pub(crate) fn refused(what: &str, reason: &str) -> String {
    let reason = reason.trim().trim_end_matches('.');
    format!("The extra look at {} ended with a no: {reason}. Please decide how it goes on.", super::the(what))
}

pub(crate) fn refused_short(what: &str) -> String {
    format!("the extra look at {} ended with a no", super::the(what))
}

/// A version as people tell it from others: by its first digits.
pub(crate) fn version(hash: &str) -> String {
    hash.chars().take(12).collect()
}

pub(crate) fn migrated(who: &str, to: &str) -> String {
    format!("{who} moved the case to version {}", version(to))
}

pub(crate) fn undone(who: &str, to: &str) -> String {
    format!("{who} took the case back to version {}", version(to))
}

pub(crate) fn added(who: &str, what: &str) -> String {
    format!("{who} asked for something more in this case: {}", super::the(what))
}

pub(crate) fn void_by_version(who: &str) -> String {
    format!("The sign-off by {who} no longer counts, because the new version is not what was signed.")
}

pub(crate) const REHEARSAL_OVER: &str = "the rehearsal ended";

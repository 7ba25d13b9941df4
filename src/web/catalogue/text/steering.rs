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

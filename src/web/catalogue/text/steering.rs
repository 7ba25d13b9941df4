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

pub(crate) fn end_of_stage(stage: &str) -> String {
    format!("{stage}: its end")
}

pub(crate) const TITLE: &str = "Steer this case";
pub(crate) const MOVE: &str = "Move it to another stage";
pub(crate) const MOVE_BUTTON: &str = "Move the case";
pub(crate) const MOVE_FOLLOWS: &str =
    "What is open in this stage is called off; what is finished stays. Going back undoes the sign-offs on the way.";
pub(crate) const HOLD: &str = "Put it on hold";
pub(crate) const HOLD_BUTTON: &str = "Put the case on hold";
pub(crate) const HOLD_FOLLOWS: &str =
    "Nothing is decided, nothing is sent and every due date stands still. In five working days somebody looks again.";
pub(crate) const ON_HOLD: &str = "On hold";
pub(crate) const NOT_NOW: &str = "Nothing is decided until it goes on.";
pub(crate) const ADD: &str = "Ask for something more";
pub(crate) const ADD_BUTTON: &str = "Ask for it";
pub(crate) const ADD_FOLLOWS: &str = "In this case alone. It does not leave its stage before this is closed.";
pub(crate) const WHAT: &str = "What";
pub(crate) const A_DOCUMENT: &str = "a document";
pub(crate) const A_REVIEW: &str = "a look by somebody else";
pub(crate) const CALLED: &str = "What it is about, such as: signed order";
pub(crate) const OF_WHOM: &str = "Of whom";
pub(crate) const THE_REQUESTER: &str = "the requester";
pub(crate) const WITHIN: &str = "Within how many working days";
pub(crate) const WHY: &str = "Why? Everybody who sees the case reads it.";
pub(crate) const ADDED: &str = "Asked for in this case alone";
pub(crate) const REHEARSAL: &str = "This is a rehearsal. Tasks go to real people; nothing leaves the organisation, \
                                    and messages come to whoever rehearses.";
pub(crate) const VERSION: &str = "Runs on version";
pub(crate) const NEWER: &str = "A newer version exists.";
pub(crate) const SEE_MOVE: &str = "See whether this case can go over to it";
pub(crate) const UNDO: &str = "Take it back";
pub(crate) const SAID_MOVED: &str = "The case was moved.";
pub(crate) const SAID_HELD: &str = "The case is on hold; whoever is accountable looks again in five working days.";
pub(crate) const SAID_RESUMED: &str =
    "The case goes on; every due date has moved by the time for which it stood still.";
pub(crate) const SAID_ADDED: &str = "It was asked for; the case waits for it before it leaves its stage.";
pub(crate) const SAID_UNDONE: &str = "The case is back on the version that it ran before.";
pub(crate) const NO_STAGE: &str = "Choose the stage to which the case moves.";
pub(crate) const BAD_DAYS: &str = "Say within how many working days, from 1 to 250.";

pub(crate) fn stage_choice(kind: MoveKind, stage: &str, here: bool) -> String {
    match kind {
        MoveKind::Advance => format!("on to {stage}"),
        MoveKind::Return if here => format!("to the start of {stage} again"),
        MoveKind::Return => format!("back to {stage}"),
        MoveKind::Skip => format!("past what lies between, to {stage}"),
    }
}

pub(crate) fn moved_by(who: &str) -> String {
    format!("{who} moved this case to its version")
}

pub(crate) fn held_because(by: &str, reason: &str) -> String {
    format!(", by {by}: {}.", reason.trim().trim_end_matches('.'))
}

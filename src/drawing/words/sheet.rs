//! Words of the step sheet.

/// Who carries out what needs nobody.
pub const PROGRAM: &str = "the program";
/// What a message or a sheet says of a rejection's reason.
pub const REASON: &str = "the reason of the rejection";
/// A call that is never repeated by itself.
pub const AT_MOST_ONCE: &str = "made at most once";
/// A call that may be repeated.
pub const SAME_KEY: &str = "repeated under the same key until it is answered";
/// A step that is always done.
pub const ALWAYS: &str = "always";
/// A summary ends a step as it is.
pub const PREPARED: &str = "the summary is kept";
/// A template ends a step when it is filled in.
pub const FILLED_IN: &str = "every place is filled";
/// A check ends a step whatever it finds.
pub const RECORDED: &str = "the finding is recorded; what follows from it stands in a later step";
/// A message ends a step when it is handed over.
pub const HANDED_OVER: &str = "the message is handed over";
/// A wait is over.
pub const TIME_PASSED: &str = "the time has passed";
/// What a summary is made from.
pub const EVERYTHING: &str = "everything known by then";
/// What an approval leaves.
pub const SIGN_OFF: &str = "a sign-off over what was shown";
/// What a review leaves.
pub const CONFIRMATION: &str = "a confirmation; it signs nothing";
/// What a summary step leaves.
pub const SUMMARY: &str = "a summary";
/// What a check leaves.
pub const FINDING: &str = "a finding";
/// What a call leaves.
pub const RECEIPT: &str = "what the system answered";
/// Nothing follows.
pub const NOTHING_MORE: &str = "nothing: the case is over";
/// What a rejection does where the text says nothing else.
pub const REJECTION_CLOSES: &str = "; a rejection closes the case as rejected";

/// An agent, and who decides when it is not sure.
#[must_use]
pub fn agent_else(who: &str) -> String {
    format!("an agent; {who} when it is not sure")
}

/// Nobody, and who looks when nothing comes.
#[must_use]
pub fn nobody_else(who: &str) -> String {
    format!("nobody; {who} when nothing comes")
}

/// The program, and who takes over.
#[must_use]
pub fn program_else(who: &str) -> String {
    format!("{PROGRAM}; {who} when it fails")
}

/// What opens a case.
#[must_use]
pub fn opens(starter: &str, form: Option<&str>) -> String {
    match form {
        Some(form) => format!("the {starter} hands in the {form}"),
        None => format!("the {starter} opens a case"),
    }
}

/// A choice before this one.
pub const WAY_IS_OVER: &str = "whichever way was taken before is over";

/// A step before this one.
#[must_use]
pub fn is_over(name: &str) -> String {
    format!("\u{201c}{name}\u{201d} is over")
}

/// A rejection starts it.
#[must_use]
pub fn is_rejected(subject: &str) -> String {
    format!("{subject} is rejected")
}

/// A track begins beside the others.
#[must_use]
pub fn begins_beside(trigger: &str) -> String {
    format!("{trigger}; it begins beside the other tracks")
}

/// A later way of a choice.
#[must_use]
pub fn only_else_if(condition: &str) -> String {
    format!("if none of the ways before it was taken and {condition}")
}

/// The last way of a choice.
#[must_use]
pub fn only_if_not(conditions: &[String]) -> String {
    format!("unless {}", conditions.join(" or "))
}

/// A step of a track.
#[must_use]
pub fn in_track(name: &str) -> String {
    format!("in the track {name}")
}

/// What ends an agent's step.
#[must_use]
pub fn accepted_or_confirmed(who: &str) -> String {
    format!("its answer has passed every check, or {who} has confirmed or corrected it")
}

/// What ends a call.
#[must_use]
pub fn answered(system: &str, else_: Option<&str>) -> String {
    match else_ {
        Some(else_) => format!("the {system} has answered, or {else_} has taken over"),
        None => format!("the {system} has answered, or has failed; {STEPS}"),
    }
}

/// What ends a wait for a message.
#[must_use]
pub fn arrived(name: &str) -> String {
    format!("the message \u{201c}{name}\u{201d} has come, or somebody has looked")
}

/// What a return leads to.
#[must_use]
pub fn stands_again(stage: &str) -> String {
    format!("the case stands at the start of {stage} again; sign-offs over what changes are void")
}

/// How a case ends.
#[must_use]
pub fn is_closed(closing: &str, success: bool) -> String {
    let counts = if success { ", which counts as a success" } else { "" };
    format!("the case is closed as {closing}{counts}")
}

/// The stage that follows a return.
#[must_use]
pub fn begins_again(stage: &str) -> String {
    format!("{stage} begins again")
}

/// A next step and what it needs.
#[must_use]
pub fn expects(name: &str, needs: &str) -> String {
    format!("{name}; it expects {needs}")
}

/// What a person has done when a step ends.
#[must_use]
pub fn has(who: &str, done: &str, subject: &str, rest: &str) -> String {
    format!("{who} has {done} {subject}{rest}")
}

/// A question to a system changes nothing there.
pub const ONLY_READS: &str = "it only reads, so that nobody signs; what is sent is listed here";
/// The text says what follows a failure.
pub const STEPS: &str = "the steps below it follow when it fails or does not answer";

/// Who takes over, and when.
#[must_use]
pub fn takes_over(who: &str, within: &str) -> String {
    format!("{who} takes over when there is no answer {within}")
}

/// Somebody lets a case go on.
#[must_use]
pub fn says_go_on(who: &str) -> String {
    format!("{who} has looked and said that it may go on")
}

/// A call that failed starts it.
#[must_use]
pub fn has_failed(system: &str) -> String {
    format!("the {system} has failed or not answered")
}

//! Words around the drawing, its pickers, the step sheet and the trial.

pub(crate) const SHEET: &str = "Step sheet";
pub(crate) const DRAWING: &str = "The process, drawn";
pub(crate) const AS_LIST: &str = "The same as a list";

/// How large the drawing is.
pub(crate) const SIZE: &str = "Size of the drawing";
/// As large as is needed to read it.
pub(crate) const READABLE: &str = "readable";
/// The sizes to choose from, and what they are called.
pub(crate) const SIZES: [(&str, &str); 3] = [("all", "All at once"), (READABLE, "Readable"), ("full", "Full size")];
pub(crate) const SIDEWAYS: &str =
    "The drawing is wider than this pane: scroll it sideways, see all of it at once, or read it as a list.";

/// What a screen reader says of the drawing.
pub(crate) fn drawing_of(title: &str) -> String {
    format!("Drawing of {title}")
}

/// Open cases that the numbers on the drawing leave out.
pub(crate) fn left_out(older: u64, counted_at_most: Option<u32>) -> String {
    let older = match older {
        0 => String::new(),
        1 => "One more open case runs an older version.".to_owned(),
        more => format!("{more} more open cases run older versions."),
    };
    let rest = counted_at_most.map(|most| format!("Only the {most} newest cases are counted.")).unwrap_or_default();
    format!("{older} {rest}").trim().to_owned()
}

pub(crate) const PRINT: &str = "Print it";
pub(crate) const DRAFT: &str = "A draft; nothing of it is published.";
pub(crate) const TRIGGER: &str = "What starts it";
pub(crate) const ENTRY: &str = "On what condition";
pub(crate) const EXIT: &str = "When it is over";
pub(crate) const OWNER: &str = "Who does it";
pub(crate) const ACCOUNTABLE: &str = "Who answers for it";
pub(crate) const SYSTEM: &str = "System";
pub(crate) const DATA_IN: &str = "Data it needs";
pub(crate) const DATA_OUT: &str = "What it leaves";
pub(crate) const DUE: &str = "Due";
pub(crate) const NEXT: &str = "What comes next";
pub(crate) const SYSTEMS: &str = "Every system and outside party it touches";
pub(crate) const NO_SYSTEMS: &str = "It calls no other system and writes to nobody outside.";
pub(crate) const STEP: &str = "Step";
pub(crate) const SENT: &str = "What is sent";
pub(crate) const SENT_NOTHING: &str = "Nothing but the call itself.";
pub(crate) const SIGNED: &str = "Who signs";
pub(crate) const FAILS: &str = "When it fails";

/// The first sentence of the step sheet.
pub(crate) fn sheet_opening(steps: usize, stages: usize, touched: usize, unsigned: usize) -> String {
    let steps = crate::web::format::counted(steps, "step");
    let stages = crate::web::format::counted(stages, "stage");
    let outside = match touched {
        0 => "nothing outside is touched".to_owned(),
        1 => "one system or outside party is touched".to_owned(),
        many => format!("{many} systems or outside parties are touched"),
    };
    let unsigned = match unsigned {
        0 => String::new(),
        1 => ", once without a signature".to_owned(),
        many => format!(", {many} times without a signature"),
    };
    format!("{steps} in {stages}; {outside}{unsigned}.")
}

pub(crate) const TRIAL: &str = "Try it";
pub(crate) const TRIAL_TIME: &str = "In this trial it is";
pub(crate) const TRIAL_NOTHING: &str = "Nothing here is stored or sent.";
pub(crate) const TRIAL_OPENING: &str = "Fill in the form that opens a case, and see where it goes.";
pub(crate) const TRIAL_WAYS: &str = "What can be done next";
pub(crate) const TRIAL_AS: &str = "As";
pub(crate) const TRIAL_CLOCK: &str = "Let time pass";
pub(crate) const TRIAL_OVER: &str = "The trial is over";
pub(crate) const TRIAL_WITHDRAW: &str = "The requester withdraws";
pub(crate) const TRIAL_AGAIN: &str = "Start again";
pub(crate) const TRIAL_TOLD: &str = "Who would have been told";
pub(crate) const TRIAL_TIMELINE: &str = "What happened";
pub(crate) const TRIAL_START_TITLE: &str = "Open a case";
pub(crate) const TRIAL_START: &str = "Hand it in";
pub(crate) const TRIAL_SYSTEM_SAYS: &str = "What the system answers";
pub(crate) const TRIAL_SYSTEM_DONE: &str = "It does what it was asked";
pub(crate) const TRIAL_SYSTEM_FAILS: &str = "It fails";
pub(crate) const TRIAL_LOOKED_UP: &str = "It answers this";
pub(crate) const TRIAL_MESSAGE_COMES: &str = "The message comes";
pub(crate) const TRIAL_AGENT: &str = "an agent";
pub(crate) const TRIAL_AGENT_ABOUT: &str = "Let the built-in engine answer, or type what an agent might say. No model is asked. \
     What is read from a document must stand in it.";
pub(crate) const TRIAL_AGENT_OFFLINE: &str = "Let the built-in engine answer";
pub(crate) const TRIAL_AGENT_TYPED: &str = "Answer with what is typed";
pub(crate) const TRIAL_AGENT_NONE: &str = "No agent can answer";
pub(crate) const TRIAL_HOLDS: &str = "It says yes";
pub(crate) const TRIAL_HOLDS_NOT: &str = "It says no";
pub(crate) const TRIAL_SUMMARY: &str = "The summary, one sentence a line";
pub(crate) const TRIAL_DONE: &str = "done";
pub(crate) const TRIAL_FAILED: &str = "it failed in this trial";
pub(crate) const TRIAL_NO_AGENT: &str = "no agent answered in this trial";
pub(crate) const TRIAL_CHANGED: &str = "The text has changed since this trial began, so it starts again.";
pub(crate) const TRIAL_NOT_YET: &str =
    "The text is not understood as a whole yet. Mend what stands beside it, then go on.";

/// Who opens the case of a trial.
pub(crate) fn trial_start(starter: &str) -> String {
    format!("You hand it in as the {starter}; the people in a trial are invented.")
}

/// What a call to a system sends.
pub(crate) fn trial_sent(sent: &[String]) -> String {
    if sent.is_empty() { SENT_NOTHING.to_owned() } else { format!("{}: {}.", SENT, sent.join("; ")) }
}

/// A call that waits for its answer.
pub(crate) fn trial_call(operation: &str, system: &str) -> String {
    format!("The {system} is called to {operation}")
}

/// A system as somebody for whom a case waits.
pub(crate) fn the_system(system: &str) -> String {
    format!("the {system}")
}

/// A question that waits for its answer.
pub(crate) fn trial_look_up(system: &str) -> String {
    format!("The {system} is asked")
}

/// A message that is waited for.
pub(crate) fn trial_message(name: &str) -> String {
    format!("The message \u{201c}{name}\u{201d} is waited for")
}

/// What the clock brings, as a button says it.
pub(crate) const fn brings(what: crate::runtime::trial::Brings) -> &'static str {
    use crate::runtime::trial::Brings;
    match what {
        Brings::Reminder => "To the next reminder",
        Brings::Due => "To the due date",
        Brings::Escalation => "To the escalation",
        Brings::WaitEnds => "To the end of the wait",
        Brings::Day => "One day",
    }
}

/// A message that was not sent.
pub(crate) fn message_to(to: &[String], words: &str) -> String {
    format!(": {} would read \u{201c}{words}\u{201d}", crate::web::format::list(to))
}

/// A notice that was not sent.
pub(crate) fn notice_to(to: &[String], notice: countersign_core::command::Notice) -> String {
    use countersign_core::command::Notice;
    let about = match notice {
        Notice::Opened => "that something waits for them",
        Notice::Reminder { .. } => "that it still waits",
        Notice::Escalated => "that they may decide now",
        Notice::Question => "of a question or an answer",
    };
    let to = if to.is_empty() { "nobody".to_owned() } else { crate::web::format::list(to) };
    format!(": {to} would be told {about}")
}

pub(crate) const WRITTEN: &str = "The sentence is written; the others are as they were.";
pub(crate) const WRITTEN_ASIDE: &str =
    "Somebody changed the same words meanwhile, so this change stands beside the draft until somebody chooses.";
pub(crate) const NOT_WRITTEN: &str = "Nothing was changed:";
pub(crate) const STEP_SENTENCES: &str = "Its sentences";
pub(crate) const PICK_TITLE: &str = "Change this step";
pub(crate) const PICK_WHO: &str = "Who";
pub(crate) const PICK_DUE: &str = "Within";
pub(crate) const PICK_UNIT: &str = "Unit of time";
pub(crate) const PICK_CONDITION: &str = "If";
pub(crate) const PICK_IF: &str = "Only if";
pub(crate) const PICK_RELATION: &str = "Compared how";
pub(crate) const PICK_VALUE: &str = "With what";
pub(crate) const PICK_ONLY_IF: &str = "Add the condition";
pub(crate) const PICK_SAVE: &str = "Write it";
pub(crate) const PICK_UP: &str = "Move up";
pub(crate) const PICK_DOWN: &str = "Move down";
pub(crate) const PICK_DELETE: &str = "Take it out";
pub(crate) const PICK_INSERT: &str = "Put a step before or after it";
pub(crate) const NEW_WHO: &str = "is asked";
pub(crate) const NEW_VERB: &str = "To do what";
pub(crate) const NEW_WHAT: &str = "the claim";
pub(crate) const NEW_SENTENCE: &str = "Or write the sentence yourself";
pub(crate) const NEW_SENTENCE_HINT: &str = "Wait 3 days.";
pub(crate) const NEW_BEFORE: &str = "Put it before";
pub(crate) const NEW_AFTER: &str = "Put it after";
/// The units of a time, as they are posted and as they are read.
pub(crate) const UNITS: [(&str, &str); 4] =
    [("working", "working days"), ("days", "days"), ("hours", "hours"), ("minutes", "minutes")];
/// What somebody can be asked to do, as it is posted and as it is read.
pub(crate) const VERBS: [(&str, &str); 4] =
    [("approve", "to approve"), ("review", "to review"), ("do", "to do"), ("tell", "to be told")];
/// How a field can be compared, in the words of a process text.
pub(crate) const RELATIONS: [&str; 7] =
    ["is over", "is under", "is at least", "is at most", "is", "is not", "is missing"];

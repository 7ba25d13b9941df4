//! Words of what publishing changes. They are templates: what they say follows from both versions alone.

use crate::{
    runtime::papers::{Difference, Differing, Kind},
    web::format::{alike, capital, counted},
};

pub(crate) const SENTENCES: &str = "What the text says";
pub(crate) const NO_SENTENCES: &str = "Every sentence stands as it stood.";
pub(crate) const DECISIONS: &str = "Who decides";
pub(crate) const NO_DECISIONS: &str = "Nobody gains or loses a decision, and each comes under the same conditions.";
pub(crate) const RULES: &str = "Who may not";
pub(crate) const NO_RULES: &str = "Whoever may not approve or see something may not as before.";
pub(crate) const AUTOMATIC: &str = "What happens by itself";
pub(crate) const NO_AUTOMATIC: &str = "Nothing more than before happens by itself.";
pub(crate) const UNSIGNED: &str = "What nobody signs";
pub(crate) const NO_UNSIGNED: &str = "Everything that leaves the organisation is signed.";
pub(crate) const RUNNING: &str = "Cases that run";
pub(crate) const APPROVES: &str = "approves";
pub(crate) const PAPERS: &str = "Beside the text";
pub(crate) const NO_PAPERS: &str = "What stands beside the text stands as it stood.";
pub(crate) const REVIEWS: &str = "reviews";
pub(crate) const NOT_MEASURED: &str = "not measured";
pub(crate) const NOTHING_CLOSED: &str = "no case has closed yet";
pub(crate) const BASELINE: &str = "How it is today";
pub(crate) const BASELINE_WHY: &str =
    "Kept with the version and shown beside what will be measured. Leave a field empty where nobody has measured.";
pub(crate) const CYCLE: &str = "How long does a case take today, in hours?";
pub(crate) const WEEKLY: &str = "How many come in a week?";
pub(crate) const BAD_BASELINE: &str =
    "Give whole numbers of hours and of cases in a week, or leave the field empty where nobody has measured.";
pub(crate) const MEASURED: &str = "Before, and since";

pub(crate) fn first(sentences: usize) -> String {
    format!("This is the first version, with {}.", counted(sentences, "sentence"))
}

pub(crate) fn added(new: &str) -> String {
    format!("New: “{new}”")
}

pub(crate) fn removed(old: &str) -> String {
    format!("Gone: “{old}”")
}

/// Up to how many characters a changed sentence is told twice in full; of a longer one the new words are told.
const TOLD_TWICE: usize = 100;

pub(crate) fn changed(old: &str, new: &str) -> String {
    let (head, tail) = alike(old, new);
    let (gone, fresh) = (old[head..old.len() - tail].trim(), new[head..new.len() - tail].trim());
    if old.chars().count() <= TOLD_TWICE || (head == 0 && tail == 0) {
        return format!("Changed: “{old}” becomes “{new}”");
    }
    match (gone, fresh) {
        ("", fresh) => format!("Changed, with “{fresh}” added: “{new}”"),
        (gone, "") => format!("Changed, with “{gone}” gone: “{new}”"),
        (gone, fresh) => format!("Changed, with “{fresh}” instead of “{gone}”: “{new}”"),
    }
}

pub(crate) fn moved(new: &str) -> String {
    format!("Elsewhere in the text: “{new}”")
}

/// What stands beside a text, as a sentence calls it, and whether that is more than one thing.
pub(crate) fn paper(kind: Kind, name: &str) -> (String, bool) {
    match kind {
        Kind::Guideline => (format!("guideline “{name}”"), false),
        Kind::Template => (format!("template “{name}”"), false),
        Kind::Criterion => (format!("examples of “{name}”"), true),
        Kind::Words => (format!("examples for the words of “{name}”"), true),
    }
}

pub(crate) fn differing(of: &Differing) -> String {
    let (what, many) = paper(of.kind, &of.name);
    let (is, has) = if many { ("are", "have") } else { ("is", "has") };
    match of.difference {
        Difference::New => format!("The {what} {is} new."),
        Difference::Gone => format!("The {what} {is} gone."),
        Difference::Changed => format!("The {what} {has} changed."),
    }
}

pub(crate) fn gained(who: &str, verb: &str, subject: &str, when: &str) -> String {
    format!("{who} now {verb} {subject}{when}.")
}

pub(crate) fn lost(who: &str, verb: &str, subject: &str, when: &str) -> String {
    format!("{who} no longer {verb} {subject}{when}.")
}

/// Under which conditions of the text, and after how long without a decision.
pub(crate) fn under(conditions: &[String], late: Option<&str>) -> String {
    let late = late.map_or_else(String::new, |after| format!(", when nobody has within {after}"));
    match conditions {
        [] => late,
        all => format!(", if {}{late}", all.join(" and ")),
    }
}

pub(crate) fn may_not_approve(who: &str) -> String {
    format!("{who} may not be the approver from now on.")
}

pub(crate) fn may_approve(who: &str) -> String {
    format!("{who} may be the approver from now on; only whoever asks for something never approves it.")
}

pub(crate) fn seen_by(field: &str, by: &str) -> String {
    format!("Only {by} may see the {field} from now on.")
}

pub(crate) fn seen_by_more(field: &str, by: &str) -> String {
    format!("The {field} is no longer for {by} alone.")
}

pub(crate) fn nobody_decides(subject: &str) -> String {
    format!("Nobody decides about {subject} any more.")
}

pub(crate) fn agent(does: &str) -> String {
    format!("An agent {does}.")
}

pub(crate) fn call(system: &str, operation: &str) -> String {
    format!("{} is called: {operation}.", capital(system))
}

pub(crate) fn look_up(system: &str, fields: &str) -> String {
    format!("{} is asked for the {fields}.", capital(system))
}

pub(crate) fn message(to: &str) -> String {
    format!("{to} is told.")
}

/// An answer that was kept for people, and is not in the new text.
pub(crate) fn no_longer_kept(answer: &str, matter: &str) -> String {
    format!("For “{matter}” the answer “{answer}” was kept for people; {NO_LONGER}")
}

/// An answer with a permitted error of its own that is not in the new text.
pub(crate) fn no_longer_limited(answer: &str, matter: &str, error: &str) -> String {
    format!("For “{matter}” the answer “{answer}” was to be wrong in at most {error}; {NO_LONGER}")
}

/// What becomes of a limit whose answer is gone.
const NO_LONGER: &str = "the new text has no such answer, so that this holds for none of its answers.";

pub(crate) fn unsigned_call(system: &str, operation: &str, stage: &str) -> String {
    format!("In {stage}, {system} is called without a sign-off: {operation}.")
}

pub(crate) fn unsigned_message(to: &str, stage: &str) -> String {
    format!("In {stage}, a message goes to {to} without a sign-off.")
}

pub(crate) fn unsigned_look_up(system: &str, by: &str, stage: &str) -> String {
    format!("In {stage}, {system} is asked and gets the {by}; a question needs no sign-off.")
}

pub(crate) fn running(count: u64) -> String {
    match count {
        0 => "No running case is touched.".to_owned(),
        1 => "One case runs another version and stays on it, until somebody moves it.".to_owned(),
        more => format!("{more} cases run another version and stay on it, until somebody moves them."),
    }
}

pub(crate) fn cycle(before: &str, now: &str) -> String {
    format!("How long a case takes: {before} before; now {now}.")
}

/// How long cases took, as far as some have closed.
pub(crate) fn half_of(took: &str, closed: usize) -> String {
    match closed {
        1 => format!("the only one that has closed took {took}"),
        many => format!("half of {} within {took}", counted(many, "case")),
    }
}

/// How many cases were opened in four weeks, as a number a week; below one a week the count itself says more.
pub(crate) fn opened(in_four_weeks: u64) -> String {
    match in_four_weeks {
        0 => "none opened in the last four weeks".to_owned(),
        few @ 1..4 => format!("{} in the last four weeks", counted(usize::try_from(few).unwrap_or_default(), "case")),
        many if many.is_multiple_of(4) => a_week(many / 4),
        many => format!("about {}", a_week((many + 2) / 4)),
    }
}

/// A number of cases a week.
pub(crate) fn a_week(count: u64) -> String {
    format!("{count} a week")
}

pub(crate) fn weekly(before: &str, now: &str) -> String {
    format!("Cases that come in: {before} before; now {now}.")
}

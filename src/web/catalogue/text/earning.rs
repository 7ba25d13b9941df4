//! Words of the page of a process's agents: how far they have come, and the past decisions that measure them.

use crate::{
    runtime::limits::percent,
    store::{Limit, Limits},
    web::format::{capital, counted, in_words, list},
};

pub(crate) const TITLE: &str = "Its agents";
pub(crate) const NONE: &str = "No agent in this process chooses a word, gives a mark or judges a criterion.";
pub(crate) const ABOUT: &str =
    "An agent earns that it may decide alone: from what people decide about its suggestions, and from past decisions.";
pub(crate) const NO_LABELS: &str =
    "Nobody has decided about a suggestion with a score yet. The first look is at 120 decisions.";
pub(crate) const PAST: &str = "Past decisions";
pub(crate) const PAST_ABOUT: &str =
    "What people decided before, as a table. The agent is asked about each row as it is now, and measured by it.";
pub(crate) const FILE: &str = "Table (CSV, UTF-8, at most 5,000 rows and 8 MiB)";
pub(crate) const OR_PASTED: &str = "Or pasted";
pub(crate) const LOOK: &str = "See what is understood";
pub(crate) const LOOK_FOLLOWS: &str = "Nothing is taken yet.";
pub(crate) const FORGET_FOLLOWS: &str = "The rows go; what they have measured stays.";
pub(crate) const UNDERSTOOD: &str = "As it was understood";
pub(crate) const REFUSED: &str = "Not understood";
pub(crate) const ANY_MARK: &str = "An answer is a mark of the scale.";
pub(crate) const LIMITS: &str = "Limits of single answers";
pub(crate) const LIMITS_ABOUT: &str = "An answer that is dearer to get wrong can ask for more, or always go to a person, however sure the agent is. It is then measured by itself, so that right answers of the one kind do not cover up wrong ones of the other.";
pub(crate) const LIMITS_NONE: &str = "No answer has a limit of its own.";
pub(crate) const LIKE_THE_OTHERS: &str = "like the others: at most 5 % wrong";
pub(crate) const NEVER: &str = "never alone";
pub(crate) const LIMIT: &str = "Set these limits";
pub(crate) const LIMIT_FOLLOWS: &str =
    "They count at once, for running cases as well. Until it is measured anew, the agent only suggests.";
pub(crate) const SAID_LIMITS: &str = "These limits count from now on. The agent is measured anew.";
pub(crate) const SAID_LIMITS_NONE: &str = "No answer has a limit of its own any more. The agent is measured anew.";
pub(crate) const LINE: &str = "Line";
pub(crate) const SEEN: &str = "What there was to see";
pub(crate) const RIGHT: &str = "What was right";
pub(crate) const BACK: &str = "Back to its agents";
pub(crate) const NO_TABLE: &str = "No table was sent. Choose a file, or paste its lines.";
pub(crate) const NOT_UTF8: &str =
    "The file is not text in UTF-8. Save it from the spreadsheet as “CSV UTF-8” and send it again.";

/// How many agents decide alone, of those that can.
pub(crate) fn opening(alone: usize, all: usize, title: &str) -> String {
    match (alone, all) {
        (_, 0) => NONE.to_owned(),
        (0, 1) => format!("One agent decides in {title}, and not alone yet."),
        (1, 1) => format!("One agent decides in {title}: alone, by certificate."),
        (0, all) => format!("{} agents decide in {title}, none of them alone yet.", capital(&in_words(all))),
        (alone, all) => {
            format!(
                "{} agents decide in {title}, {} of them alone, by certificate.",
                capital(&in_words(all)),
                in_words(alone)
            )
        }
    }
}

/// What the first line of a table must be.
pub(crate) fn columns(looks_at: &[String]) -> String {
    let quoted: Vec<String> = looks_at.iter().map(|name| format!("“{name}”")).collect();
    format!(
        "The first line names the columns: {} as the agent sees them, and “answer” for what was right.",
        list(&quoted)
    )
}

/// What may stand under `answer`.
pub(crate) fn answers(answers: &[String]) -> String {
    if answers.is_empty() { ANY_MARK.to_owned() } else { format!("An answer is one of these: {}.", answers.join(", ")) }
}

/// Which answers have a limit of their own.
pub(crate) fn limits(limits: &Limits) -> String {
    let quoted = |wanted: Limit| -> Vec<String> {
        limits.iter().filter(|(_, limit)| **limit == wanted).map(|(answer, _)| format!("“{answer}”")).collect()
    };
    let mut kinds: Vec<Limit> = Vec::new();
    for limit in limits.values() {
        if !kinds.contains(limit) {
            kinds.push(*limit);
        }
    }
    let told = kinds.into_iter().map(|kind| match kind {
        Limit::Never => format!("Never alone: {}.", list(&quoted(kind))),
        Limit::AtMost(error) => format!("{}: {}.", capital(&at_most(error)), list(&quoted(kind))),
    });
    told.collect::<Vec<_>>().join(" ")
}

/// A permitted error, in parts per thousand.
pub(crate) fn at_most(error: u32) -> String {
    format!("at most {} wrong", percent(error))
}

/// What is said of one answer alone.
pub(crate) fn about(answer: &str) -> String {
    format!("Where it says “{answer}”:")
}

/// What was set.
pub(crate) fn said_limits(none: bool) -> &'static str {
    if none { SAID_LIMITS_NONE } else { SAID_LIMITS }
}

/// How many rows were imported.
pub(crate) fn imported(rows: u64) -> String {
    match rows {
        0 => "None have been imported.".to_owned(),
        1 => "One row has been imported.".to_owned(),
        rows => format!("{rows} rows have been imported."),
    }
}

/// What was understood of a table, as a sentence.
pub(crate) fn preview(taken: u64, refused: u64) -> String {
    let rows = |count: u64| counted(usize::try_from(count).unwrap_or(usize::MAX), "row");
    match (taken, refused) {
        (0, refused) => format!("None of the {} is understood.", rows(refused)),
        (1, 0) => "The one row is understood.".to_owned(),
        (taken, 0) => format!("All {} are understood.", rows(taken)),
        (taken, refused) => format!("{} understood, {refused} not.", rows(taken)),
    }
}

/// Rows that are there already.
pub(crate) fn known(known: u64) -> String {
    match known {
        1 => "One of them was imported before and stays as it is.".to_owned(),
        known => format!("{known} of them were imported before and stay as they are."),
    }
}

/// Rows beyond those that are shown.
pub(crate) fn more(rows: u64) -> String {
    format!("and {rows} more")
}

/// How often an answer was right.
pub(crate) fn times(word: &str, times: u64) -> String {
    format!("{word}: {times}")
}

/// Takes the rows.
pub(crate) fn take(rows: u64) -> String {
    if rows == 1 { "Take this row".to_owned() } else { format!("Take these {rows} rows") }
}

/// What follows.
pub(crate) fn take_follows(rows: u64) -> String {
    let asked = if rows == 1 { "about it" } else { "about each of them" };
    format!("Then the agent is asked {asked}, within its budget, and measured. That you did it is on the record.")
}

/// Removes them.
pub(crate) fn forget(rows: u64) -> String {
    if rows == 1 { "Forget the imported row".to_owned() } else { format!("Forget the {rows} imported rows") }
}

/// They were taken.
pub(crate) fn taken(rows: u64, refused: u64) -> String {
    let left = match refused {
        0 => String::new(),
        1 => "; one was left out".to_owned(),
        refused => format!("; {refused} were left out"),
    };
    let rows = counted(usize::try_from(rows).unwrap_or(usize::MAX), "row");
    format!("{} taken{left}. The agent is asked about them in the background.", capital(&rows))
}

/// They are gone.
pub(crate) fn forgotten(rows: u64) -> String {
    let rows = counted(usize::try_from(rows).unwrap_or(usize::MAX), "imported row");
    format!("{} forgotten.", capital(&rows))
}

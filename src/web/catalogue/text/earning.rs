//! Words of the page of a process's agents: how far they have come, and the past decisions that measure them.

use crate::web::format::{capital, counted, in_words, list};

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
pub(crate) const KEPT: &str = "Never alone";
pub(crate) const KEPT_ABOUT: &str = "Answers that always go to a person, however sure the agent is. It is then measured by its other answers alone, so that right answers of the one kind do not cover up wrong ones of the other.";
pub(crate) const KEPT_NONE: &str = "No answer is kept for people.";
pub(crate) const KEEP: &str = "Keep these for people";
pub(crate) const KEEP_FOLLOWS: &str =
    "It counts at once, for running cases as well. Until it is measured anew, the agent only suggests.";
pub(crate) const SAID_KEPT: &str = "These answers go to people from now on. The agent is measured anew by the others.";
pub(crate) const SAID_KEPT_NONE: &str = "No answer is kept for people any more. The agent is measured anew.";
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

/// Which answers are kept for people.
pub(crate) fn kept<'a>(answers: impl Iterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = answers.map(|answer| format!("“{answer}”")).collect();
    if quoted.is_empty() { KEPT_NONE.to_owned() } else { format!("Never alone: {}.", list(&quoted)) }
}

/// What was set.
pub(crate) fn said_kept(none: bool) -> &'static str {
    if none { SAID_KEPT_NONE } else { SAID_KEPT }
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

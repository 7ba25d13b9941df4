//! Words of the pages about versions and about moving cases between them.

use crate::web::format::counted;

pub(crate) const TITLE: &str = "Versions";
pub(crate) const CURRENT: &str = "new cases start on it";
pub(crate) const MOVE: &str = "Move running cases to the newest version";
pub(crate) const BACK: &str = "All versions";
pub(crate) const MIGRATION: &str = "Move running cases";
pub(crate) const FITS: &str = "Fits.";
pub(crate) const FITS_BUT: &str = "It can go over. Read this before:";
pub(crate) const NEEDS_A_LOOK: &str = "The step at which it waits says something else in the newest version. The nearest step is chosen; please check it.";
pub(crate) const NEEDS_A_PLACE: &str =
    "The step at which it waits is gone in the newest version, and none comes near it. Say where it goes on.";
pub(crate) const CANNOT: &str = "Cannot go over:";
pub(crate) const CHOOSE: &str = "Choose a step";
pub(crate) const APPLY: &str = "Move the chosen cases";
pub(crate) const APPLY_ONE: &str = "Move this case";
pub(crate) const FOLLOWS: &str =
    "Each case is moved by itself. It can be taken back on its page until it has taken its next step.";
pub(crate) const NOBODY_CHOSEN: &str = "Choose at least one case.";
pub(crate) const NOTHING: &str = "Every running case is on the newest version.";
pub(crate) const END_REHEARSAL: &str = "End the rehearsal";
pub(crate) const END_FOLLOWS: &str = "Its open cases close as “rehearsal ended”, and no new one can be opened.";

pub(crate) fn opening(versions: usize, running: usize) -> String {
    let running = match running {
        0 => "no case runs an older one".to_owned(),
        1 => "one case runs an older one".to_owned(),
        more => format!("{more} cases run an older one"),
    };
    format!("{}; {running}.", super::capital(&counted(versions, "version")))
}

/// The way to the cases that an older version runs, from the page of the process.
pub(crate) fn older(count: u64) -> String {
    match count {
        1 => "One open case runs an older version: see whether it can go over".to_owned(),
        more => format!("{more} open cases run an older version: see which can go over"),
    }
}

pub(crate) fn open_cases(count: u64) -> String {
    if count == 0 {
        return "no open case".to_owned();
    }
    counted(usize::try_from(count).unwrap_or(usize::MAX), "open case")
}

pub(crate) fn preview(fit: usize, ask: usize, refused: usize) -> String {
    let mut parts = Vec::new();
    let ways = [
        (fit, "can go over", "can go over"),
        (ask, "needs a place to go on", "need a place to go on"),
        (refused, "cannot go over", "cannot go over"),
    ];
    for (count, one, many) in ways.into_iter().filter(|(count, ..)| *count > 0) {
        let verb = if count == 1 { one } else { many };
        parts.push(format!("{} {verb}", counted(count, "case")));
    }
    if parts.is_empty() {
        return NOTHING.to_owned();
    }
    format!("{}.", super::capital(&parts.join(", ")))
}

pub(crate) fn asked_again(tasks: usize) -> String {
    match tasks {
        1 => "Its open task is called off and asked again.".to_owned(),
        more => format!("{more} open tasks are called off and asked again."),
    }
}

pub(crate) fn voided(who: &str) -> String {
    format!("The sign-off by {who} no longer counts, and is asked for again before anything leaves.")
}

pub(crate) fn waits_at(step: &str) -> String {
    format!("It waits at: {step}.")
}

pub(crate) fn moved(count: usize) -> String {
    match count {
        0 => "No case was moved.".to_owned(),
        1 => "One case was moved.".to_owned(),
        more => format!("{more} cases were moved."),
    }
}

pub(crate) fn not_moved(number: u64, why: &str) -> String {
    format!(" Case {number} was not: {}.", why.trim_end_matches('.'))
}

pub(crate) fn rehearsal_over(closed: u64) -> String {
    format!("The rehearsal is over; {} closed.", counted(usize::try_from(closed).unwrap_or(usize::MAX), "case"))
}

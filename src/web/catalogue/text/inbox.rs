//! Words of the inbox.

use crate::web::format::{capital, in_words};

pub(crate) const TITLE: &str = "Inbox";
pub(crate) const MINE: &str = "Mine";
pub(crate) const ROLES: &str = "My roles";
pub(crate) const ALL: &str = "All";
pub(crate) const FILTER: &str = "Which tasks";
pub(crate) const SEARCH: &str = "Search the inbox";
pub(crate) const TAKEN: &str = "taken by you";
pub(crate) const HELD: &str = "on hold";
pub(crate) const EMPTY_NEXT: &str = "What comes next stands here as soon as it waits for you. Meanwhile:";
pub(crate) const NOTHING_FOUND: &str = "Nothing here fits your search.";
pub(crate) const LIST: &str = "Tasks that wait for you";
pub(crate) const TOLD: &str = "About agents of processes that you answer for";
pub(crate) const PUT_AWAY: &str = "Put away";

/// The first sentence: how many wait, how many are late or due today.
pub(crate) fn opening(waiting: usize, late: usize, today: usize) -> String {
    let rest = match (late, today) {
        (0, 0) => "none is due today".to_owned(),
        (0, 1) => "one is due today".to_owned(),
        (0, today) => format!("{} are due today", in_words(today)),
        (late, 0) => format!("{} late", is_or_are(late)),
        (late, today) => format!("{} late and {} due today", is_or_are(late), in_words(today)),
    };
    match waiting {
        0 => "Nothing waits for you.".to_owned(),
        1 if late == 1 => "One thing waits for you, and it is late.".to_owned(),
        1 if today == 1 => "One thing waits for you; it is due today.".to_owned(),
        1 => "One thing waits for you; there is time.".to_owned(),
        many => format!("{} things wait for you; {rest}.", capital(&in_words(many))),
    }
}

fn is_or_are(count: usize) -> String {
    if count == 1 { "one is".to_owned() } else { format!("{} are", in_words(count)) }
}

/// For whom a substitute sees a task.
pub(crate) fn in_place_of(name: &str) -> String {
    format!("for {name}")
}

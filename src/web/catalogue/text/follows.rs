//! Words for what follows a decision.

pub(crate) const DEPENDS: &str = "it goes on as the text says for what is known by then";

pub(crate) const CHECKED: &str = "it is checked";

pub(crate) fn read(document: &str) -> String {
    format!("{document} is read")
}

pub(crate) fn suggested(field: &str) -> String {
    format!("an agent suggests {field}")
}

pub(crate) fn filled_in(field: &str) -> String {
    format!("{field} is filled in from its template")
}

pub(crate) fn closes(closing: &str) -> String {
    format!("the case closes as {closing}")
}

pub(crate) fn system(system: &str, operation: &str) -> String {
    format!("{} is called to {operation}", super::the(system))
}

pub(crate) fn told(whom: &str) -> String {
    format!("{whom} is told")
}

pub(crate) fn told_reason(whom: &str) -> String {
    format!("{whom} is told your reason")
}

pub(crate) fn waits(length: &str) -> String {
    format!("it waits for {length}")
}

pub(crate) fn waits_for_message(name: &str) -> String {
    format!("it waits for the message “{name}”")
}

pub(crate) fn waits_for_day(field: &str) -> String {
    format!("it waits for {field}")
}

pub(crate) fn stays(whom: &str, every: &str) -> String {
    format!("it stays here, and {whom} looks at it every {every}")
}

pub(crate) fn each(list: &str) -> String {
    format!("for each of {list}, one after the other")
}

pub(crate) fn judged(criterion: &str) -> String {
    format!("an agent says whether {criterion}")
}

pub(crate) fn looked_up(fields: &str, system: &str) -> String {
    format!("{fields} is looked up in {}", super::the(system))
}

pub(crate) fn returns(stage: &str) -> String {
    format!("it goes back to {stage}")
}

pub(crate) fn joins(others: &str) -> String {
    format!("it goes on when {others} is done too")
}

pub(crate) fn side_by_side(tracks: &str) -> String {
    format!("{tracks} begin side by side")
}

pub(crate) fn asked_to(whom: &str, what: &str) -> String {
    format!("{whom} is asked to {what}")
}

/// One sentence of all that follows.
pub(crate) fn sentence<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let told: Vec<&str> = words.collect();
    if told.is_empty() { String::new() } else { format!("Then {}.", told.join("; ")) }
}

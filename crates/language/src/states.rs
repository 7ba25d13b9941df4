//! Words behind "is" that say whether there is something, or whether it is right, and are no value to compare with.

use countersign_core::definition::{Field, FieldKind};

use super::{diagnostics::Diagnostic, lexer::quoted, meaning::FieldRef, names::the, refuse::understood, sentence::Raw};

/// Words for a field without a value.
const EMPTY: [&str; 6] = ["empty", "blank", "absent", "left blank", "left empty", "left out"];
/// Words for a field with a value.
const PRESENT: [&str; 14] = [
    "present",
    "provided",
    "given",
    "filled",
    "available",
    "attached",
    "included",
    "supplied",
    "entered",
    "existing",
    "there",
    "non-empty",
    "filled in",
    "filled out",
];
/// Words for a value that somebody holds to be right or wrong.
const RIGHT: [&str; 14] = [
    "valid",
    "correct",
    "right",
    "ok",
    "okay",
    "fine",
    "plausible",
    "genuine",
    "accurate",
    "invalid",
    "incorrect",
    "wrong",
    "implausible",
    "false",
];
/// How many bytes stand between a field and a word behind " is ", and behind " is not ".
const IS: usize = 4;
const IS_NOT: usize = 8;

/// What is said where a field is compared with a word for its state; `None` for every other word.
pub(crate) fn refused(left: &FieldRef, field: &Field, words: &FieldRef, negated: bool) -> Option<Diagnostic> {
    let word = words.name.text.to_lowercase();
    let is = |known: &[&str]| known.contains(&word.as_str());
    let span = (words.start, words.end);
    let label = &field.label;
    if is(&RIGHT) {
        let message = format!("whether `{label}` is {word} cannot be told by a comparison");
        let why = "a program knows what is the same, more, less or missing, and not what is right";
        let judged = quoted(&format!("{} is {word}", the(label)));
        return Some(
            Diagnostic::error("E507", span, message, why)
                .advise(format!("say what has to hold: `{0} is not missing`, `{0} is the same as ...`", the(label)))
                .advise(format!("have it judged: `Check with the agent that {judged}.`")),
        );
    }
    let empty = is(&EMPTY);
    // A yes is no more there than a no.
    if !empty && (!is(&PRESENT) || field.kind == FieldKind::YesNo) {
        return None;
    }
    let gap = words.start.saturating_sub(left.end);
    let negated = negated && gap == IS_NOT;
    let missing = if empty == negated { "not missing" } else { "missing" };
    let message =
        format!("a field that is {word} is written as one that is {}", if empty { "missing" } else { "not missing" });
    let found = Diagnostic::error("E507", span, message, WHY);
    Some(if gap == IS || negated {
        found.fix(format!("Write `is {missing}`"), left.end, words.end, format!(" is {missing}"))
    } else {
        found.advise(format!("write `{0} is missing` or `{0} is not missing`", the(label)))
    })
}

const WHY: &str = "as a text this word would be compared letter by letter, and the condition would tell nothing";

/// `is filled in`, `is not left blank`: words that are no name, so that the sentence is not understood.
pub(crate) fn filled_in(text: &str, raw: &Raw) -> Option<Diagnostic> {
    let tokens = &raw.tokens;
    (0..tokens.len()).filter(|at| tokens[*at].is(text, "is")).find_map(|at| {
        let not = usize::from(tokens.get(at + 1)?.is(text, "not"));
        let (first, second) = (tokens.get(at + 1 + not)?, tokens.get(at + 2 + not)?);
        let word = format!("{} {}", first.text(text), second.text(text)).to_lowercase();
        let empty = EMPTY.contains(&word.as_str());
        if !empty && !PRESENT.contains(&word.as_str()) {
            return None;
        }
        let instead = if empty == (not == 1) { "is not missing" } else { "is missing" };
        let (start, end) = (tokens[at].start, second.end);
        if !understood(&format!("{}{instead}{}", &text[raw.start..start], &text[end..raw.end])) {
            return None;
        }
        let message = format!("`{}` is written `{instead}`", &text[start..end]);
        Some(Diagnostic::error("E101", (start, end), message, WHY).fix(
            format!("Write `{instead}`"),
            start,
            end,
            instead,
        ))
    })
}

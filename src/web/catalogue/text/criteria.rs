//! Words for the examples of what a criterion means.

use countersign_core::definition::RightAnswer;

use crate::web::format::counted;

pub(crate) const TITLE: &str = "Examples of criteria";
pub(crate) const ABOUT: &str = "An example is a text with its right answer. A model that is asked whether a criterion \
                                holds is shown them, and its verdict says which of them the case is like. They are \
                                kept with the version.";
pub(crate) const NOT_ASKED: &str = "No sentence asks this, so that the text cannot be published. Take these examples \
                                    away, or write the criterion in a sentence as it stands here.";
pub(crate) const NONE: &str = "No example yet.";
pub(crate) const CHANGE: &str = "Change";
pub(crate) const ANOTHER: &str = "Another example";
pub(crate) const ANSWER: &str = "What is right for it";
pub(crate) const TEXT: &str = "The example";
pub(crate) const BECAUSE: &str = "Why, in a few words (may be left out)";
pub(crate) const SAVE: &str = "Save this example";
pub(crate) const REMOVE: &str = "Take it away";
pub(crate) const SAVED: &str = "The example is saved.";
pub(crate) const REMOVED: &str = "The example was taken away.";
pub(crate) const NO_ANSWER: &str = "Please say what is right for the example: pass, fail or cannot tell.";
pub(crate) const NO_CRITERION: &str = "Please choose the criterion that the example is for.";
pub(crate) const AS_FILE: &str = "As a file";
pub(crate) const AS_FILE_WHAT: &str =
    "Put it into a folder named criteria beside process.md, and the command line publishes it with the text.";

/// How many there are.
pub(crate) fn opening(criteria: usize, examples: usize) -> String {
    match (criteria, examples) {
        (0, 0) => "The text asks no agent whether something holds.".to_owned(),
        (1, examples) => format!("{} of one criterion.", counted(examples, "example")),
        (criteria, examples) => format!("{} of {criteria} criteria.", counted(examples, "example")),
    }
}

/// The heading over examples with the same answer.
pub(crate) const fn group(answer: RightAnswer) -> &'static str {
    match answer {
        RightAnswer::Pass => "Pass",
        RightAnswer::Fail => "Fail",
        RightAnswer::CannotTell => "Cannot tell",
    }
}

/// The number that a verdict names it by.
pub(crate) fn number(number: usize) -> String {
    format!("Example {number}")
}

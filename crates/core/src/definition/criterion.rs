//! What a criterion in free words means, told by examples.

use alloc::string::String;
use serde::{Deserialize, Serialize};

use super::Definition;

/// A text, and what is to be said of it by a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionExample {
    /// The text.
    pub text: String,
    /// What is to be said of it.
    pub answer: RightAnswer,
    /// Why, in a few words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
}

/// What is to be said of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RightAnswer {
    /// The criterion holds.
    Pass,
    /// It does not hold.
    Fail,
    /// The text does not tell, so that a person has to look.
    CannotTell,
}

/// An example that an answer says to be like the case in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedExample {
    /// Its place among the examples of its criterion, from 1.
    pub number: u32,
    /// The example, as it stood when it was cited.
    pub example: CriterionExample,
}

impl RightAnswer {
    /// Every answer, in the order in which people are shown them.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Fail, Self::CannotTell];

    /// How people read and write it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::CannotTell => "cannot tell",
        }
    }
}

impl Definition {
    /// The examples of a criterion, in order; their numbers count from 1.
    #[must_use]
    pub fn criterion_examples(&self, criterion: &str) -> &[CriterionExample] {
        self.criteria.get(criterion).map_or(&[], |examples| examples.as_slice())
    }

    /// Whether an example is one of this criterion, under its number and as it stands.
    #[must_use]
    pub fn has_example(&self, criterion: &str, cited: &CitedExample) -> bool {
        let place = usize::try_from(cited.number).ok().and_then(|number| number.checked_sub(1));
        place.and_then(|place| self.criterion_examples(criterion).get(place)) == Some(&cited.example)
    }
}

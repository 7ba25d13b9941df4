//! Guards: typed, total conditions over the case file. They always end, and they never guess.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    time::Timestamp,
    value::{FieldName, Value},
};

/// A condition on a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "guard", rename_all = "snake_case")]
pub enum Guard {
    /// Every part holds.
    All {
        /// The parts.
        of: Vec<Guard>,
    },
    /// At least one part holds.
    Any {
        /// The parts.
        of: Vec<Guard>,
    },
    /// The part does not hold.
    Not {
        /// The part.
        of: Box<Guard>,
    },
    /// One value stands in this relation to another.
    Compare {
        /// The left side.
        left: Term,
        /// The relation.
        relation: Relation,
        /// The right side.
        right: Term,
    },
    /// The day is at most so many days before the day of the event.
    AtMostDaysAgo {
        /// A field that holds a day.
        field: FieldName,
        /// How many days at most; a day in the future does not pass.
        days: u32,
    },
    /// The field has no value.
    Missing {
        /// The field.
        field: FieldName,
    },
    /// A check of the current stage failed on its latest visit.
    CheckFailed,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "term", rename_all = "snake_case")]
pub enum Term {
    /// The value of a field.
    Field {
        /// Its name.
        field: FieldName,
    },
    /// A value that stands in the text.
    Literal {
        /// The value.
        value: Value,
    },
}

/// How two values relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same; texts are compared without case, punctuation and legal suffixes' dots.
    Same,
    /// More than.
    Over,
    /// Less than.
    Under,
    /// At least as much.
    AtLeast,
    /// At most as much.
    AtMost,
}

/// What a guard says of a case: it may be unable to tell, and then a person is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// It cannot be told.
    CannotTell {
        /// Why, in words.
        why: String,
    },
}

impl Guard {
    /// Evaluates the guard on the case file at an instant.
    ///
    /// `failed` says whether a check of the current stage failed; the caller knows the stage.
    #[must_use]
    pub fn evaluate(&self, case: &Case, at: Timestamp, failed: bool) -> Answer {
        match self {
            Self::All { of } => fold(of.iter().map(|part| part.evaluate(case, at, failed)), &Answer::No, Answer::Yes),
            Self::Any { of } => fold(of.iter().map(|part| part.evaluate(case, at, failed)), &Answer::Yes, Answer::No),
            Self::Not { of } => match of.evaluate(case, at, failed) {
                Answer::Yes => Answer::No,
                Answer::No => Answer::Yes,
                Answer::CannotTell { why } => Answer::CannotTell { why },
            },
            Self::Compare { left, relation, right } => compare(case, left, *relation, right),
            Self::AtMostDaysAgo { field, days } => at_most_days_ago(case, field, *days, at),
            Self::Missing { field } => truth(!case.fields.contains_key(field)),
            Self::CheckFailed => truth(failed),
        }
    }

    /// Calls `visit` with the name of every field that the guard reads.
    pub fn fields<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Self::All { of } | Self::Any { of } => of.iter().for_each(|part| part.fields(visit)),
            Self::Not { of } => of.fields(visit),
            Self::Compare { left, right, .. } => {
                for term in [left, right] {
                    if let Term::Field { field } = term {
                        visit(field);
                    }
                }
            }
            Self::AtMostDaysAgo { field, .. } | Self::Missing { field } => visit(field),
            Self::CheckFailed => {}
        }
    }
}

/// Kleene's strong three-valued logic: one decisive part settles it, and doubt stays doubt.
fn fold(answers: impl Iterator<Item = Answer>, decisive: &Answer, neutral: Answer) -> Answer {
    let mut result = neutral;
    for answer in answers {
        if answer == *decisive {
            return answer;
        }
        if let Answer::CannotTell { .. } = answer {
            result = answer;
        }
    }
    result
}

fn compare(case: &Case, left: &Term, relation: Relation, right: &Term) -> Answer {
    let (left, right) = match (look_up(case, left), look_up(case, right)) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(why), _) | (_, Err(why)) => return Answer::CannotTell { why },
    };
    let ordering = match (left, right) {
        (Value::Money(a), Value::Money(b)) => match a.compare(b) {
            Some(ordering) => ordering,
            None => {
                let why = format!("the amounts are in different currencies, {} and {}", a.currency, b.currency);
                return Answer::CannotTell { why };
            }
        },
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Number { number: a }, Value::Number { number: b }) => a.cmp(b),
        (
            Value::Text { text: a } | Value::Choice { choice: a },
            Value::Text { text: b } | Value::Choice { choice: b },
        ) if relation == Relation::Same => {
            return truth(same_name(a, b));
        }
        (Value::Person { person: a }, Value::Person { person: b }) if relation == Relation::Same => {
            return truth(a == b);
        }
        (Value::YesNo { yes: a }, Value::YesNo { yes: b }) if relation == Relation::Same => {
            return truth(a == b);
        }
        _ => {
            // The values themselves are not named: not everybody who reads this may see them.
            let why = String::from("the two values are of kinds that cannot be compared so");
            return Answer::CannotTell { why };
        }
    };
    truth(match relation {
        Relation::Same => ordering == Ordering::Equal,
        Relation::Over => ordering == Ordering::Greater,
        Relation::Under => ordering == Ordering::Less,
        Relation::AtLeast => ordering != Ordering::Less,
        Relation::AtMost => ordering != Ordering::Greater,
    })
}

fn look_up<'a>(case: &'a Case, term: &'a Term) -> Result<&'a Value, String> {
    match term {
        Term::Literal { value } => Ok(value),
        Term::Field { field } => match case.fields.get(field) {
            Some(entry) if entry.value != Value::Erased => Ok(&entry.value),
            Some(_) => Err(format!("`{}` has been erased", words(field))),
            None => Err(format!("`{}` is not known", words(field))),
        },
    }
}

fn at_most_days_ago(case: &Case, field: &str, days: u32, at: Timestamp) -> Answer {
    match case.fields.get(field).map(|entry| &entry.value) {
        Some(Value::Date(date)) => {
            let ago = at.day() - date.days();
            // A day of tolerance at the young end: it may already be tomorrow where the person is.
            truth((-1..=i64::from(days)).contains(&ago))
        }
        Some(_) => Answer::CannotTell { why: format!("`{}` is not a day", words(field)) },
        None => Answer::CannotTell { why: format!("`{}` is not known", words(field)) },
    }
}

const fn truth(holds: bool) -> Answer {
    if holds { Answer::Yes } else { Answer::No }
}

/// Whether two names are the same to a reader: letters and digits only, upper and lower case alike.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    let key =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let (left, right) = (key(a), key(b));
    // Two names of signs alone have nothing to compare but the signs.
    left == right && (!left.is_empty() || a.trim() == b.trim())
}

/// A field's name as words: `receipt.day_of_purchase` becomes `day of purchase on the receipt`.
#[must_use]
pub fn words(field: &str) -> String {
    match field.split_once('.') {
        Some((document, name)) => format!("{} on the {}", name.replace('_', " "), document.replace('_', " ")),
        None => field.replace('_', " "),
    }
}

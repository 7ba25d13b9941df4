//! Conditions back to words.

use countersign_core::{
    definition::Definition,
    guard::{Guard, Relation, Term},
    value::Value,
};

use super::{lexer::quoted, render::field_words, shapes};

/// A condition as the text writes it.
#[must_use]
pub fn guard_words(definition: &Definition, guard: &Guard) -> String {
    words(definition, guard, true)
}

fn words(definition: &Definition, guard: &Guard, top: bool) -> String {
    let join = |parts: &[Guard], joint: &str| {
        let all: Vec<String> = parts.iter().map(|part| words(definition, part, false)).collect();
        let joined = all.join(joint);
        if top { joined } else { format!("({joined})") }
    };
    match guard {
        Guard::All { of } => join(of, " and "),
        Guard::Any { of } => join(of, " or "),
        Guard::CheckFailed => String::from("a check fails"),
        Guard::Not { of } => match of.as_ref() {
            Guard::CheckFailed => String::from("no check fails"),
            Guard::Compare { .. } | Guard::AtMostDaysAgo { .. } | Guard::Missing { .. } => atom(definition, of, " not"),
            Guard::All { .. } | Guard::Any { .. } => format!("not {}", words(definition, of, false)),
            Guard::Not { .. } => format!("not ({})", words(definition, of, true)),
        },
        Guard::Compare { .. } | Guard::AtMostDaysAgo { .. } | Guard::Missing { .. } => atom(definition, guard, ""),
    }
}

fn atom(definition: &Definition, guard: &Guard, not: &str) -> String {
    match guard {
        Guard::AtMostDaysAgo { field, days } => {
            format!("{} is{not} at most {days} days ago", field_words(definition, field))
        }
        Guard::Missing { field } => format!("{} is{not} missing", field_words(definition, field)),
        Guard::Compare { left, relation, right } => {
            let between = match (relation, right) {
                (Relation::Same, Term::Field { .. }) => " the same as",
                (Relation::Same, Term::Literal { .. }) => "",
                (Relation::Over, _) => " over",
                (Relation::Under, _) => " under",
                (Relation::AtLeast, _) => " at least",
                (Relation::AtMost, _) => " at most",
            };
            format!("{} is{not}{between} {}", term(definition, left), term(definition, right))
        }
        Guard::All { .. } | Guard::Any { .. } | Guard::Not { .. } | Guard::CheckFailed => String::new(),
    }
}

fn term(definition: &Definition, term: &Term) -> String {
    match term {
        Term::Field { field } => field_words(definition, field),
        Term::Literal { value: Value::Text { text } } => quoted(text),
        Term::Literal { value: Value::Choice { choice } } => {
            let taken = definition.field(&super::meaning::field_name(choice)).is_some();
            if taken || !shapes::is_plain_literal(choice) { quoted(choice) } else { choice.clone() }
        }
        Term::Literal { value } => value.words(),
    }
}

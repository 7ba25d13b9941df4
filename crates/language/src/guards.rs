//! Conditions with their names looked up and their types compared.

use countersign_core::{
    definition::{Field, FieldKind},
    guard::{Guard, Relation, Term},
    value::Value,
};

use super::{
    amounts::thousands,
    diagnostics::{Diagnostic, either},
    meaning::{FieldRef, GuardRef, Side},
    names::{Names, kind_word, nearest, same, written},
    states::refused,
};

/// The guard that a condition means.
pub(crate) fn resolve(names: &Names, guard: &GuardRef) -> Result<Guard, Diagnostic> {
    let all = |parts: &[GuardRef]| parts.iter().map(|part| resolve(names, part)).collect::<Result<Vec<_>, _>>();
    Ok(match guard {
        GuardRef::All(parts) => Guard::All { of: all(parts)? },
        GuardRef::Any(parts) => Guard::Any { of: all(parts)? },
        GuardRef::Not(part) => {
            if let GuardRef::Compare { left, relation, right } = &**part {
                states(names, left, *relation, right, true)?;
            }
            Guard::Not { of: Box::new(resolve(names, part)?) }
        }
        GuardRef::CheckFailed => Guard::CheckFailed,
        GuardRef::Missing(field) => Guard::Missing { field: names.field(field)?.name.clone() },
        GuardRef::DaysAgo { field, days } => {
            let known = names.field(field)?;
            if known.kind != FieldKind::Date {
                return Err(unlike(field, known, "a day so many days ago"));
            }
            Guard::AtMostDaysAgo { field: known.name.clone(), days: *days }
        }
        GuardRef::Compare { left, relation, right } => {
            states(names, left, *relation, right, false)?;
            compare(names, left, *relation, right)?
        }
    })
}

/// Refuses what is no comparison: whether there is something, whether it is right, and `10k`.
fn states(names: &Names, left: &FieldRef, relation: Relation, right: &Side, negated: bool) -> Result<(), Diagnostic> {
    let Side::Words(words) = right else { return Ok(()) };
    let field = names.field(left)?;
    let listed = matches!(&field.kind, FieldKind::Choice { options } if option(options, &words.name.text).is_some());
    if listed || words.document.is_some() || names.field(words).is_ok() {
        return Ok(());
    }
    if let Some(found) = (relation == Relation::Same).then(|| refused(left, field, words, negated)).flatten() {
        return Err(found);
    }
    let number = thousands(&words.name.text).filter(|_| matches!(field.kind, FieldKind::Money | FieldKind::Number));
    number.map_or(Ok(()), |number| {
        let message = format!("`{}` is written `{number}`", words.name.text);
        let why = "a number stands in digits, so that everybody reads the same one";
        let (start, end) = (words.start, words.end);
        Err(Diagnostic::error("E101", (start, end), message, why).fix(format!("Write `{number}`"), start, end, number))
    })
}

fn compare(names: &Names, left: &FieldRef, relation: Relation, right: &Side) -> Result<Guard, Diagnostic> {
    let field = names.field(left)?;
    if matches!(field.kind, FieldKind::Person | FieldKind::List { .. } | FieldKind::Document) {
        return Err(unlike(left, field, "anything"));
    }
    let ordered = matches!(field.kind, FieldKind::Money | FieldKind::Date | FieldKind::Number);
    if relation != Relation::Same && !ordered {
        return Err(unlike(left, field, "something more or less"));
    }
    let term = match (&field.kind, right) {
        (FieldKind::Money, Side::Money(amount)) => literal(Value::Money(amount.clone())),
        (FieldKind::Number, Side::Number(number)) => literal(Value::Number { number: *number }),
        (FieldKind::Date, Side::Date(day)) => literal(Value::Date(*day)),
        (FieldKind::Text | FieldKind::Email | FieldKind::Iban, Side::Quote(text)) => {
            literal(Value::text(text.text.clone()))
        }
        (FieldKind::Choice { options }, Side::Quote(text)) => match option(options, &text.text) {
            Some(option) => literal(Value::choice(option)),
            None => return Err(no_option(field, options, &text.text, (text.start, text.end))),
        },
        (kind, Side::Words(words)) => return words_side(names, left, field, kind, relation, words),
        (FieldKind::Money, Side::Number(number)) => {
            let message = format!("`{}` is an amount of money, and {number} names no currency", field.label);
            let why = "amounts in different currencies cannot be compared";
            return Err(Diagnostic::error("E507", (left.start, left.end), message, why)
                .advise(format!("write the currency, such as `{number} EUR`")));
        }
        (_, Side::Money(_)) => return Err(unlike(left, field, "an amount of money")),
        (_, Side::Number(_)) => return Err(unlike(left, field, "a number")),
        (_, Side::Date(_)) => return Err(unlike(left, field, "a date")),
        (_, Side::Quote(_)) => return Err(unlike(left, field, "a text")),
    };
    Ok(Guard::Compare { left: Term::Field { field: field.name.clone() }, relation, right: term })
}

/// The right side is words: a word of the left field's list, yes or no, or another field.
fn words_side(
    names: &Names,
    left: &FieldRef,
    field: &Field,
    kind: &FieldKind,
    relation: Relation,
    words: &FieldRef,
) -> Result<Guard, Diagnostic> {
    let bare = words.document.is_none().then_some(words.name.text.as_str());
    let other = names.field(words);
    let term = match (kind, bare) {
        (FieldKind::YesNo, Some(word)) if same(word, "yes") || same(word, "no") => {
            literal(Value::YesNo { yes: same(word, "yes") })
        }
        (FieldKind::Choice { options }, Some(word)) => match (option(options, word), &other) {
            (Some(option), Ok(other)) => {
                let message = format!("`{option}` is a word of `{}` and also the field `{}`", field.label, other.label);
                let why = "a guess could compare with the wrong one";
                let quoted = super::lexer::quoted(&option);
                return Err(Diagnostic::error("E302", (words.start, words.end), message, why).fix(
                    format!("Mean the word `{option}`"),
                    words.start,
                    words.end,
                    quoted,
                ));
            }
            (Some(option), Err(_)) => literal(Value::choice(option)),
            (None, Ok(other)) => same_kind(left, field, other)?,
            (None, Err(_)) => return Err(no_option(field, options, word, (words.start, words.end))),
        },
        (FieldKind::Text, Some(word)) if other.is_err() => {
            let found = other.err();
            let quoted = super::lexer::quoted(word);
            let title = format!("Mean the text {quoted}");
            return Err(found.map_or_else(
                || unlike(left, field, "this"),
                |found| found.fix(title, words.start, words.end, quoted),
            ));
        }
        _ => same_kind(left, field, other?)?,
    };
    Ok(Guard::Compare { left: Term::Field { field: field.name.clone() }, relation, right: term })
}

fn same_kind(left: &FieldRef, field: &Field, other: &Field) -> Result<Term, Diagnostic> {
    let group = |kind: &FieldKind| match kind {
        FieldKind::Text | FieldKind::Email | FieldKind::Iban | FieldKind::Choice { .. } => "text",
        other => kind_word(other),
    };
    if group(&field.kind) != group(&other.kind) || field.kind == FieldKind::Document {
        return Err(unlike(left, field, &format!("`{}`, which is {}", other.label, kind_word(&other.kind))));
    }
    Ok(Term::Field { field: other.name.clone() })
}

const fn literal(value: Value) -> Term {
    Term::Literal { value }
}

fn option(options: &[String], word: &str) -> Option<String> {
    options.iter().find(|option| same(option, word)).cloned()
}

pub(crate) fn no_option(field: &Field, options: &[String], word: &str, (start, end): (usize, usize)) -> Diagnostic {
    let message = format!("`{}` is never `{word}`; it is {}", field.label, either(options));
    let why = "this condition could never hold";
    let known: Vec<&String> = options.iter().collect();
    let instead = nearest(word, &known).or_else(|| options.first().map(String::as_str)).unwrap_or_default();
    Diagnostic::error("E207", (start, end), message, why).fix(format!("Use `{instead}`"), start, end, written(instead))
}

fn unlike(left: &FieldRef, field: &Field, other: &str) -> Diagnostic {
    let message = format!("`{}` is {} and cannot be compared with {other}", field.label, kind_word(&field.kind));
    let why = "such a condition could never be told";
    Diagnostic::error("E507", (left.start, left.end), message, why).advise("compare values of the same type")
}

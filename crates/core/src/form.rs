//! Whether handed-in values fit the fields that were asked for.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    definition::{Definition, EACH_ITEMS_MAX, Field, FieldKind},
    value::{FieldName, Value, Values},
};

/// The longest text that a field takes, in characters.
pub const TEXT_CHARACTERS_MAX: usize = 20_000;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The field.
    pub field: FieldName,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Everything that is wrong with `values` as an answer to `asked`.
///
/// A required field may be left out when the case already holds a value for it.
#[must_use]
pub fn faults(definition: &Definition, case: &Case, asked: &[FieldName], values: &Values) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for (name, value) in values {
        match definition.field(name).filter(|_| asked.contains(name)) {
            Some(field) => faults.extend(fault_of(field, value)),
            None => faults.push(fault(name, format!("`{}` is not asked for here", crate::guard::words(name)))),
        }
    }
    for name in asked {
        let missing = !values.contains_key(name) && !case.fields.contains_key(name);
        if let Some(field) = definition.field(name)
            && field.required
            && missing
        {
            faults.push(fault(name, format!("the {} is missing", field.label)));
        }
    }
    faults
}

/// Whether a value is one that the field takes.
#[must_use]
pub fn fits(field: &Field, value: &Value) -> bool {
    fault_of(field, value).is_none()
}

fn fault_of(field: &Field, value: &Value) -> Option<FieldFault> {
    let label = &field.label;
    let message = match (&field.kind, value) {
        (FieldKind::Text, Value::Text { text }) => text_fault(label, text),
        (FieldKind::Email, Value::Text { text }) => {
            (!is_email(text)).then(|| format!("the {label} must be an e-mail address, such as name@example.org"))
        }
        (FieldKind::Iban, Value::Text { text }) => {
            (!is_iban(text)).then(|| format!("the {label} is not a valid IBAN; compare it with the original"))
        }
        (FieldKind::Money, Value::Money(money)) => {
            let known = money.currency.len() == 3 && money.currency.bytes().all(|b| b.is_ascii_uppercase());
            if !known {
                Some(format!("the {label} needs a currency of three letters, such as EUR"))
            } else if money.minor < 0 {
                Some(format!("the {label} must not be negative"))
            } else {
                None
            }
        }
        (FieldKind::Date, Value::Date(_))
        | (FieldKind::Number, Value::Number { .. })
        | (FieldKind::YesNo, Value::YesNo { .. })
        | (FieldKind::Document, Value::Document { .. }) => None,
        (FieldKind::Person, Value::Person { person }) => {
            person.trim().is_empty().then(|| format!("name somebody for the {label}"))
        }
        (FieldKind::List { of }, Value::List { items }) => list_fault(field, of, items),
        (FieldKind::Choice { options }, Value::Choice { choice }) => (!options.contains(choice))
            .then(|| format!("the {label} must be one of {}; it is `{choice}`", options.join(", "))),
        (kind, _) => Some(format!("the {label} must be {}", kind_words(kind))),
    };
    message.map(|message| fault(&field.name, message))
}

fn list_fault(field: &Field, of: &FieldKind, items: &[Value]) -> Option<String> {
    if items.len() > EACH_ITEMS_MAX {
        return Some(format!("the {} has {} items; at most {EACH_ITEMS_MAX} fit", field.label, items.len()));
    }
    items.iter().enumerate().find_map(|(index, item)| {
        let one =
            Field { kind: of.clone(), label: format!("item {} of the {}", index + 1, field.label), ..field.clone() };
        fault_of(&one, item).map(|fault| fault.message)
    })
}

fn text_fault(label: &str, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(format!("the {label} is empty"));
    }
    let length = text.chars().count();
    (length > TEXT_CHARACTERS_MAX)
        .then(|| format!("the {label} has {length} characters; at most {TEXT_CHARACTERS_MAX} fit"))
}

/// What a field of this kind takes, in words.
#[must_use]
pub const fn kind_words(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "a text",
        FieldKind::Email => "an e-mail address",
        FieldKind::Iban => "an IBAN",
        FieldKind::Money => "an amount with a currency, such as 12.50 EUR",
        FieldKind::Date => "a day, such as 2026-03-31",
        FieldKind::Number => "a whole number",
        FieldKind::YesNo => "yes or no",
        FieldKind::Choice { .. } => "one of the listed words",
        FieldKind::Document => "a document",
        FieldKind::Person => "a person of the organisation",
        FieldKind::List { .. } => "a list, one item on each line",
    }
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.trim().rsplit_once('@') else {
        return false;
    };
    !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.trim().chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ','))
}

/// Whether the check digits of an IBAN are right (ISO 13616, remainder 1 modulo 97).
#[must_use]
pub fn is_iban(text: &str) -> bool {
    let compact: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).map(|b| b.to_ascii_uppercase()).collect();
    if !(15..=34).contains(&compact.len()) || !compact.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (head, tail) = compact.split_at(4);
    if !head[..2].iter().all(u8::is_ascii_uppercase) || !head[2..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let remainder = tail.iter().chain(head).fold(0_u32, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    remainder == 1
}

fn fault(field: &str, message: String) -> FieldFault {
    FieldFault { field: field.to_string(), message }
}

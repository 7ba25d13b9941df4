//! The fields that the processes of the proof's tests have in common.

use countersign_core::definition::{Field, FieldKind, FieldSource};

use crate::samples::{field, form, words};

/// The common fields, and more.
pub fn fields(more: impl IntoIterator<Item = Field>) -> Vec<Field> {
    let mut all = vec![
        field("amount", FieldKind::Money, form(true)),
        field("iban", FieldKind::Iban, form(true)),
        field("email", FieldKind::Email, form(true)),
        field("receipt", FieldKind::Document, form(true)),
        field("note", FieldKind::Text, form(false)),
        field("category", FieldKind::Choice { options: words(&["travel", "meals"]) }, FieldSource::Agent),
    ];
    all.extend(more);
    all
}

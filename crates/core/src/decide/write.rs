//! Writing to the case file, and what that does to sign-offs.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::Turn;
use crate::{
    canonical::Digest,
    case::{Document, Entry, Origin, SignOff, Void},
    value::{FieldName, Value, Values},
};

impl Turn<'_> {
    /// Writes what a person handed in; returns the fields whose value really changed.
    pub(super) fn write_by_person(
        &mut self,
        values: &Values,
        documents: &BTreeMap<String, Document>,
    ) -> Vec<FieldName> {
        for (key, document) in documents {
            self.case.documents.insert(key.clone(), document.clone());
        }
        let by = self.by.id();
        let mut changed = Vec::new();
        for (field, value) in values {
            let origin = Origin::Person { by: by.clone() };
            if self.write(field, value.clone(), origin) {
                changed.push(field.clone());
            }
        }
        changed
    }

    /// Writes one value; a change voids every sign-off that covers the field.
    ///
    /// Invariant: no write to a covered field leaves its sign-off standing, whoever writes it.
    pub(super) fn write(&mut self, field: &str, value: Value, origin: Origin) -> bool {
        let before = self.case.field_digest(field);
        self.case.suggestions.remove(field);
        self.case.fields.insert(
            String::from(field),
            Entry {
                value,
                origin,
                at: self.at,
            },
        );
        let changed = before != self.case.field_digest(field);
        if changed {
            for sign_off in &mut self.case.sign_offs {
                if sign_off.voided.is_none() && sign_off.covers.contains_key(field) {
                    sign_off.voided = Some(Void::FieldChanged {
                        field: String::from(field),
                    });
                }
            }
        }
        changed
    }

    /// What a sign-off given now covers: every field of the process, also those still empty.
    pub(super) fn cover(&self) -> BTreeMap<FieldName, Digest> {
        let names = self
            .context
            .definition
            .fields
            .iter()
            .map(|field| &field.name);
        names
            .map(|name| (name.clone(), self.case.field_digest(name)))
            .collect()
    }

    /// Whether nothing that the sign-off covers has changed and it covers the whole payload.
    pub(super) fn is_fresh(&self, sign_off: &SignOff, payload: &[FieldName]) -> bool {
        sign_off.voided.is_none()
            && payload.iter().all(|field| {
                sign_off
                    .covers
                    .get(field)
                    .is_some_and(|digest| *digest == self.case.field_digest(field))
            })
    }
}

//! Writing to the case file, and what that does to sign-offs.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::Turn;
use crate::{
    canonical::Digest,
    case::{Ask, Document, Entry, Origin, SignOff, Void},
    form::FieldFault,
    guard::words,
    planted::planted,
    time::Timestamp,
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
        let stood_since = self.case.fields.get(field).map(|entry| entry.at);
        let replaced = match self.case.value(field) {
            Some(Value::Document { document }) => Some(document.clone()),
            Some(_) | None => None,
        };
        self.case.suggestions.remove(field);
        self.settle_doubts_about(field);
        self.case.fields.insert(String::from(field), Entry { value, origin, at: self.at });
        let changed = before != self.case.field_digest(field);
        if changed {
            self.changed(field, stood_since);
            self.forget_what_was_read_from(replaced);
        }
        changed
    }

    /// What a change of a field undoes: sign-offs over it, and agreements of a task still being decided.
    ///
    /// What rests on the field follows at the end of the step, see [`Turn::follow_changes`]. `stood_since` is the
    /// instant of the value before, if there was one.
    pub(super) fn changed(&mut self, field: &str, stood_since: Option<Timestamp>) {
        self.changes.entry(String::from(field)).or_insert(stood_since);
        for sign_off in &mut self.case.sign_offs {
            if sign_off.voided.is_none() && sign_off.covers.contains_key(field) && !planted(6) {
                sign_off.voided = Some(Void::FieldChanged { field: String::from(field) });
            }
        }
        for task in &mut self.case.tasks {
            let agrees = matches!(task.ask, Ask::Approve { .. } | Ask::Review);
            if agrees && task.is_open() && task.decisions().next().is_some() {
                // Invariant: the seats of one task agree to the same data. The others are asked again.
                task.seats.iter_mut().for_each(|seat| *seat = None);
                self.reopened.push(task.number);
            }
        }
    }

    /// Values that stood in a document go when another document takes its place.
    fn forget_what_was_read_from(&mut self, replaced: Option<String>) {
        let Some(key) = replaced else { return };
        let read: Vec<FieldName> = self
            .case
            .fields
            .iter()
            .filter(|(_, entry)| matches!(&entry.origin, Origin::Document { evidence, .. } if evidence.document == key))
            .map(|(name, _)| name.clone())
            .collect();
        for name in read {
            let stood_since = self.case.fields.remove(&name).map(|entry| entry.at);
            self.changed(&name, stood_since);
        }
    }

    /// What is wrong with handed-in documents: each fills the field that names it, and replaces no other.
    pub(super) fn document_faults(&self, values: &Values, documents: &BTreeMap<String, Document>) -> Vec<FieldFault> {
        let known = &self.case.documents;
        let mut faults = Vec::new();
        for (key, document) in documents {
            let named = values.get(&document.field) == Some(&Value::Document { document: key.clone() });
            let fresh = known.get(key).is_none_or(|before| before == document);
            if !named || !fresh {
                faults.push(FieldFault {
                    field: document.field.clone(),
                    message: format!("hand in `{}` again: nothing asks for it here", document.name),
                });
            }
        }
        for (field, value) in values {
            let Value::Document { document: key } = value else {
                continue;
            };
            let found = documents.get(key).or_else(|| known.get(key));
            if found.is_none_or(|document| document.field != *field) {
                faults.push(FieldFault {
                    field: field.clone(),
                    message: format!("the file for the {} is missing", words(field)),
                });
            }
        }
        faults
    }

    /// People who are named and whom the directory does not know.
    pub(super) fn person_faults(&self, values: &Values) -> Vec<FieldFault> {
        let named = values.iter().filter_map(|(field, value)| match value {
            Value::Person { person } => Some((field, person)),
            _ => None,
        });
        named
            .filter(|(_, person)| self.context.directory.active(person).is_none())
            .map(|(field, person)| FieldFault {
                field: field.clone(),
                message: format!("nobody here is known as `{person}`; write their sign-in name"),
            })
            .collect()
    }

    /// What a sign-off given now covers: every field of the process, also those still empty.
    pub(super) fn cover(&self) -> BTreeMap<FieldName, Digest> {
        let names = self.context.definition.fields.iter().map(|field| &field.name);
        names.map(|name| (name.clone(), self.case.field_digest(name))).collect()
    }

    /// Whether nothing that the sign-off covers has changed and it covers the whole payload.
    pub(super) fn is_fresh(&self, sign_off: &SignOff, payload: &[FieldName]) -> bool {
        sign_off.voided.is_none()
            && payload.iter().all(|field| {
                sign_off.covers.get(field).is_some_and(|digest| planted(6) || *digest == self.case.field_digest(field))
            })
    }
}

//! What a decision is taken with, besides the case and the event.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Digest, digest},
    case::Case,
    decide::added_field,
    definition::{Definition, Field, FieldKind, FieldSource},
    event::Requirement,
    people::Directory,
    time::Calendar,
};

/// The world as data: immutable snapshots, each known by the digest of its content.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The process version that the case runs.
    pub definition: &'a Definition,
    /// The digest that names that version.
    pub version: &'a Digest,
    /// People, roles, managers, substitutes.
    pub directory: &'a Directory,
    /// When the organisation works.
    pub calendar: &'a Calendar,
}

/// The definition that a case runs: its version's, with what was asked for in this case alone.
///
/// `None` when nothing was added to it, so that the version's own definition can be taken.
#[must_use]
pub fn with_additions(definition: &Definition, case: &Case) -> Option<Definition> {
    let named = case.additions.iter().zip(1..).filter_map(|(added, number)| match &added.what.requirement {
        Requirement::Document { name } => Some(Field {
            name: added_field(number),
            label: String::from(name.trim().trim_start_matches("the ")),
            kind: FieldKind::Document,
            required: true,
            source: FieldSource::Form { form: String::from("added to this case"), start: false },
        }),
        Requirement::Review { .. } => None,
    });
    let fields: Vec<Field> = named.collect();
    if fields.is_empty() {
        return None;
    }
    let mut effective = definition.clone();
    effective.fields.extend(fields);
    Some(effective)
}

/// The digests of the snapshots; every event is stored with those that it was decided with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextHashes {
    /// Of the definition.
    pub definition: Digest,
    /// Of the directory.
    pub directory: Digest,
    /// Of the calendar.
    pub calendar: Digest,
}

impl Context<'_> {
    /// The digests of the snapshots.
    #[must_use]
    pub fn hashes(&self) -> ContextHashes {
        ContextHashes {
            definition: self.version.clone(),
            directory: digest(self.directory),
            calendar: digest(self.calendar),
        }
    }
}

//! What a decision is taken with, besides the case and the event.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Digest, digest},
    definition::Definition,
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

//! The header of an event: what its hash covers beside its payload and its state. It holds nothing personal beyond who
//! acted, and is never erased.
//!
//! Most of it stands in the columns of the event. What an event was decided with is the same for most events of a day,
//! so that it is a snapshot, which the header names.

use countersign_core::{
    canonical::{Digest, canonical, digest_bytes},
    people::PersonId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{
    Commit, ContextHashes, StoreError,
    db::{Row, from_json},
};

/// The header of an event that is about to be written.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// What the hash of the event covers.
    pub(super) covered: String,
    /// What is written of it beside the columns.
    pub(super) written: String,
    /// What the event was decided with.
    pub(super) decided_with: DecidedWith,
    /// The digest of that.
    pub(super) context: Digest,
}

impl Header {
    pub(super) fn of(commit: &Commit) -> Result<Self, StoreError> {
        let Commit { event, case, dedup, .. } = commit;
        let decided_with = DecidedWith::of(commit);
        let context = digest_bytes(text(&decided_with)?.as_bytes());
        let (by, standing_for) = (event.by.id(), event.by.standing_for().map(String::as_str));
        let covered = Covered {
            case: &case.id,
            seq: case.seq,
            at: event.at,
            kind: event.kind.name(),
            by: &by,
            standing_for,
            dedup,
            context: &context,
        };
        let covered = text(&covered)?;
        let written = text(&Short { context: context.clone(), standing_for: standing_for.map(str::to_owned) })?;
        Ok(Self { covered, written, decided_with, context })
    }
}

/// What an event was decided with, kept as a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DecidedWith {
    format: u16,
    engine: u16,
    definition: Digest,
    directory: Digest,
    calendar: Digest,
}

impl DecidedWith {
    fn of(commit: &Commit) -> Self {
        let ContextHashes { definition, directory, calendar } = commit.context.clone();
        Self { format: commit.event.format, engine: commit.event.engine, definition, directory, calendar }
    }

    pub(super) fn hashes(self) -> ContextHashes {
        ContextHashes { definition: self.definition, directory: self.directory, calendar: self.calendar }
    }
}

/// The whole header; its canonical JSON is what the hash covers.
#[derive(Serialize)]
struct Covered<'a> {
    case: &'a str,
    seq: u64,
    at: Timestamp,
    kind: &'a str,
    by: &'a str,
    standing_for: Option<&'a str>,
    dedup: &'a str,
    context: &'a str,
}

/// What no column says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Short {
    context: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standing_for: Option<PersonId>,
}

/// A header of the first form, which said everything by itself.
#[derive(Deserialize)]
pub(super) struct Whole {
    case: String,
    seq: u64,
    at: Timestamp,
    kind: String,
    by: PersonId,
    dedup: String,
    definition: Digest,
    directory: Digest,
    calendar: Digest,
}

/// The header of an event as it stands in its row.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Short(Short),
    Whole(Whole),
}

/// Where to find what an event was decided with.
pub(super) enum Context {
    /// In this snapshot.
    Named(Digest),
    /// The header said it.
    Told(ContextHashes),
}

impl Written {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        from_json("header", &row.text("header")?)
    }

    pub(super) fn context(self) -> Context {
        match self {
            Self::Short(short) => Context::Named(short.context),
            Self::Whole(Whole { definition, directory, calendar, .. }) => {
                Context::Told(ContextHashes { definition, directory, calendar })
            }
        }
    }

    /// What the hash of the event in this row of this case covers; `None` when the row says something else than its
    /// header of the first form.
    pub(super) fn covered(&self, row: &Row, case: &str) -> Result<Option<String>, StoreError> {
        let (seq, at, kind) = (row.count("seq")?, row.time("at")?, row.text("kind")?);
        let (by, dedup) = (row.text("actor")?, row.text("dedup")?);
        match self {
            Self::Short(Short { context, standing_for }) => {
                let standing_for = standing_for.as_deref();
                let covered = Covered { case, seq, at, kind: &kind, by: &by, standing_for, dedup: &dedup, context };
                text(&covered).map(Some)
            }
            Self::Whole(whole) => {
                let same = (whole.case.as_str(), whole.seq, whole.at) == (case, seq, at)
                    && (&whole.kind, &whole.by, &whole.dedup) == (&kind, &by, &dedup);
                Ok(same.then_some(row.text("header")?))
            }
        }
    }
}

fn text(value: &impl Serialize) -> Result<String, StoreError> {
    canonical(value).map_err(|error| StoreError::Refused { what: "a header".to_owned(), why: error.to_string() })
}

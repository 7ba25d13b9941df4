//! SQL and nothing else: one file per concept.
//!
//! One writer commits changes in groups; readers never wait for it. Everything that belongs to one event of a
//! case goes in as one unit, see [`Store::commit`]. The store reads no clock: instants come in as arguments.

mod blobs;
mod cases;
mod chain;
mod commit;
mod credentials;
mod decisions;
mod drafts;
mod effects;
mod error;
mod events;
mod figures;
mod links;
mod mails;
pub(crate) mod memory;
mod migrate;
mod notifications;
mod open;
mod people;
mod port;
mod practice;
mod processes;
mod projection;
mod records;
mod row;
mod samples;
mod sessions;
mod settings;
mod snapshots;
mod tasks;
mod tokens;
mod versions;
mod writer;

pub use self::{
    blobs::{BLOB_LIMIT, Blob, Collected},
    cases::{Awaited, CaseCounts, CaseFilter, CaseOrder, CaseOverview, CaseRow, CaseState},
    chain::{ChainReport, Fault},
    commit::{Commit, Committed, ContextHashes, PAYLOAD_LIMIT},
    decisions::{DecisionRecord, NewDecisionRecord},
    drafts::{Draft, NewRevision, Put, REVISIONS_KEPT, Revision},
    effects::{EffectRow, EffectState},
    error::{CommitError, StoreError},
    events::StoredEvent,
    links::{Link, LinkPurpose},
    mails::Mail,
    memory::MemoryStore,
    notifications::Notification,
    people::PersonRow,
    port::{Answer, Port},
    practice::PracticeCall,
    processes::{ProcessRow, Version},
    records::Record,
    samples::Removed,
    sessions::Session,
    tasks::{InboxCounts, InboxScope, TaskRow},
    tokens::Token,
    versions::{Baseline, Measured, Rehearsal},
};

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};

use self::{open::Place, writer::Writer};

/// A database of one organisation. Cloning it is cheap; all clones share one writer.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    /// `None` when it was opened for reading only.
    writer: Option<Arc<Writer>>,
}

impl Store {
    /// Opens a database for reading and writing, makes it when it is not there, and brings its schema up to date.
    ///
    /// The address is `sqlite:PATH`, or `sqlite::memory:` for a test. One process at a time may do this: a lock file
    /// beside the database, `PATH.lock`, is held until the store is closed or dropped.
    ///
    /// # Errors
    /// When another process holds the lock, when a newer program has written the database, and when the file
    /// cannot be written with the settings that promise 1 needs.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let place = Place::parse(address)?;
        let lock = place.claim()?;
        let mut connection = place.open_writing().await?;
        migrate::migrate(&mut connection).await?;
        let readers = place.open_reading().await?;
        Ok(Self { readers, writer: Some(Arc::new(Writer::start(place, connection, lock))) })
    }

    /// Opens a database for reading only, also while a server writes it. It takes no lock.
    ///
    /// # Errors
    /// When the file is not there, and when its schema is not the one of this program.
    pub async fn open_read_only(address: &str) -> Result<Self, StoreError> {
        let place = Place::parse(address)?;
        place.must_exist()?;
        let readers = place.open_reading().await?;
        let mut connection = readers.acquire().await?;
        migrate::check(&mut connection).await?;
        drop(connection);
        Ok(Self { readers, writer: None })
    }

    /// Commits what is waiting and gives the lock back. Later changes through any clone are turned away.
    pub async fn close(&self) {
        // Readers first: the last connection to close tidies the write-ahead log away.
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }

    /// Runs one change in the writer and waits until it is on the disk.
    async fn write<F, T, E>(&self, work: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.write(work).await,
            None => Err(StoreError::Refused {
                what: "a change".to_owned(),
                why: "the database was opened for reading only".to_owned(),
            }
            .into()),
        }
    }
}

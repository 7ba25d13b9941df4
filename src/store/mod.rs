//! SQL and nothing else: one file per concept.
//!
//! One writer commits changes in groups; readers never wait for it. Everything that belongs to one event of a
//! case goes in as one unit, see [`Store::commit`]. The store reads no clock: instants come in as arguments.

mod aside;
mod audit;
mod backup;
mod blobs;
mod cases;
mod certificates;
mod chain;
mod commit;
mod credentials;
mod db;
mod decisions;
mod drafts;
mod effects;
mod error;
mod event_rows;
mod events;
mod figures;
mod file;
mod footprint;
mod group;
mod header;
mod labels;
mod lanes;
mod limits;
mod links;
mod mails;
pub(crate) mod memory;
mod migrate;
mod model_calls;
mod moving;
mod notifications;
mod numbers;
mod owner_notices;
mod past_decisions;
mod people;
mod port;
mod practice;
mod processes;
mod projection;
mod pulse;
mod queue;
mod recent;
mod record;
mod records;
mod releases;
mod samples;
mod server;
mod sessions;
mod settings;
mod shares;
mod snapshots;
mod states;
mod tasks;
mod tokens;
mod transactions;
mod versions;
mod writer;

pub use self::{
    aside::Aside,
    audit::Head,
    blobs::{BLOB_LIMIT, Blob, Collected},
    cases::{Awaited, CaseCounts, CaseFilter, CaseOrder, CaseOverview, CaseRow, CaseState},
    certificates::{Issued, TakenLook, Tidings, Turn},
    chain::{ChainReport, Fault},
    commit::{Commit, Committed, ContextHashes, PAYLOAD_LIMIT},
    decisions::{DecisionRecord, NewDecisionRecord},
    drafts::{Draft, NewRevision, Put, REVISIONS_KEPT, Revision},
    effects::{EffectRow, EffectState, Lease},
    error::{CommitError, StoreError},
    events::StoredEvent,
    footprint::{Counted, Footprint},
    labels::{Answerer, Label, LabelOrigin, Measured as MeasuredAgent, Proposed},
    limits::{Limit, Limits},
    links::{Link, LinkPurpose},
    mails::Mail,
    memory::MemoryStore,
    model_calls::{ModelCall, ModelCost, ModelCosts, ModelFigures},
    moving::moved_columns,
    notifications::Notification,
    owner_notices::OwnerNotice,
    past_decisions::PastDecision,
    people::PersonRow,
    port::{Answer, Port},
    practice::PracticeCall,
    processes::{ProcessRow, Version},
    pulse::{ChangedCase, Pulse},
    records::{Record, RecordFilter},
    releases::{Release, Released},
    samples::Removed,
    server::without_password,
    sessions::Session,
    shares::{PERSON, Share},
    tasks::{InboxCounts, InboxScope, TaskRow},
    tokens::Token,
    versions::{Baseline, Measured, Rehearsal},
};

use std::sync::Arc;

use futures_util::future::BoxFuture;

use self::{
    db::{Connection, Readers, close},
    file::Place,
    footprint::Tally,
    lanes::Lanes,
    numbers::Numbers,
    recent::Recent,
    server::Server,
    snapshots::Contexts,
    writer::Writer,
};

/// A database of one organisation. Cloning it is cheap; all clones share one way to change it.
#[derive(Clone, Debug)]
pub struct Store {
    readers: Readers,
    /// `None` when it was opened for reading only.
    changes: Option<Changes>,
    numbers: Arc<Numbers>,
    recent: Arc<Recent>,
    contexts: Arc<Contexts>,
}

/// How changes reach the database.
#[derive(Clone, Debug)]
enum Changes {
    /// A file has one writer, which commits in groups.
    Writer(Arc<Writer>),
    /// On a server each change is a transaction of its own, beside those of other programs.
    Transactions {
        /// Events go in groups.
        lanes: Lanes,
        /// What was committed.
        tally: Arc<Tally>,
    },
}

/// The answer to whoever wants to change what was opened for reading.
fn read_only() -> StoreError {
    StoreError::Refused { what: "a change".to_owned(), why: "the database was opened for reading only".to_owned() }
}

impl Store {
    /// Opens a database for reading and writing, makes it when it is not there, and brings its schema up to date.
    ///
    /// The address is `sqlite:PATH`, `sqlite::memory:` for a test, or `postgres://USER:PASSWORD@HOST/DATABASE`. One
    /// process at a time may open a file: a lock file beside it, `PATH.lock`, is held until the store is closed or
    /// dropped. On a server any number of them may; the database itself must be there.
    ///
    /// # Errors
    /// When another process holds the lock, when a newer program has changed the database so that this one cannot
    /// use it, and when it does not have the settings that promise 1 needs.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        if let Some(server) = Server::parse(address)? {
            let readers = server.connect().await?;
            server::prepare(&readers).await?;
            let tally = Arc::new(Tally::default());
            let recent = Arc::new(Recent::default());
            let lanes = readers.server().map(|(pool, statements)| Lanes::open(pool, statements, &tally, &recent));
            let changes = lanes.map(|lanes| Changes::Transactions { lanes, tally });
            return Ok(Self { readers, changes, numbers: Arc::default(), recent, contexts: Arc::default() });
        }
        let place = Place::parse(address)?;
        let lock = place.claim()?;
        let mut connection = place.open_writing().await?;
        migrate::migrate(&mut connection).await?;
        let readers = place.open_reading().await?;
        let recent = Arc::new(Recent::default());
        let writer = Arc::new(Writer::start(place, connection, lock, Arc::clone(&recent))?);
        let changes = Some(Changes::Writer(writer));
        Ok(Self { readers, changes, numbers: Arc::default(), recent, contexts: Arc::default() })
    }

    /// Opens a database for reading only, also while a server writes it. It takes no lock.
    ///
    /// # Errors
    /// When the database is not there, and when its schema is not one that this program reads.
    pub async fn open_read_only(address: &str) -> Result<Self, StoreError> {
        let readers = match Server::parse(address)? {
            Some(server) => server.connect().await?,
            None => {
                let place = Place::parse(address)?;
                place.must_exist()?;
                place.open_reading().await?
            }
        };
        let mut connection = readers.begin().await?;
        migrate::check(&mut connection).await?;
        close(connection).await;
        Ok(Self { readers, changes: None, numbers: Arc::default(), recent: Arc::default(), contexts: Arc::default() })
    }

    /// Whether other programs may serve the same database at the same time, so that what they change must be looked
    /// for.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self.readers, Readers::Postgres { .. })
    }

    /// Commits what is waiting and gives the lock back. Later changes through any clone are turned away.
    pub async fn close(&self) {
        // Readers first: the last connection to close tidies the write-ahead log away.
        self.readers.close().await;
        if let Some(Changes::Writer(writer)) = &self.changes {
            writer.close().await;
        }
    }

    /// Runs one change as a unit of its own and waits until it is on the disk.
    ///
    /// On a server the work may be run again from its beginning, when it stood in another's way. It must therefore
    /// do nothing but read and write through the connection it is given.
    async fn write<F, T, E>(&self, work: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, E>> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match (&self.changes, &self.readers) {
            (Some(Changes::Writer(writer)), _) => writer.write(work).await,
            (Some(Changes::Transactions { tally, .. }), Readers::Postgres { pool, statements }) => {
                let done = transactions::write(pool, *statements, work).await;
                tally.add(1);
                done
            }
            (None, _) | (Some(Changes::Transactions { .. }), Readers::Sqlite(_)) => Err(read_only().into()),
        }
    }
}

//! What every page handler is given: the product behind the door, and the small memory of the door itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{people::ADMINISTRATOR, time::Timestamp};
use tokio::sync::{Semaphore, watch};

use super::{
    attempts::Attempts,
    format,
    halt::Halt,
    paths,
    prefix::Prefix,
    security::Door,
    sentence::Sentence,
    session::SignedIn,
    state::AppState,
    views::layout::{Demo, Shell},
};
use crate::{
    runtime::{Runtime, trial::Trial},
    store::Store,
};

/// How many passwords are hashed at the same time; each takes 19 MiB.
const HASHES_AT_ONCE: usize = 4;
/// How many pages listen for changes at the same time.
const LISTENERS_MAX: usize = 2_000;
/// How many notes wait to be shown at the same time.
const NOTES_MAX: usize = 1_000;
/// How many tried cases are remembered at the same time; each may hold the texts of its documents.
pub(super) const TRIALS_MAX: usize = 100;

/// The state of the page routes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) app: AppState,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) shared: Arc<Shared>,
    /// Where the pages lie below the address that people use.
    pub(super) prefix: Prefix,
}

/// What the door remembers. A restart may forget it.
pub(super) struct Shared {
    pub(super) attempts: Attempts,
    pub(super) hashing: Semaphore,
    pub(super) listeners: Arc<Semaphore>,
    notes: Mutex<HashMap<String, Note>>,
    /// Tried cases, by session and draft.
    pub(super) trials: Mutex<HashMap<(String, String), Trial>>,
}

/// Something to show once on the next page of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    /// What was just done.
    pub(super) message: Option<Sentence>,
    /// A link or a token that was just made: for whom or what, and its words. It is stored nowhere else.
    pub(super) secret: Option<(String, String)>,
}

impl Front {
    pub(super) fn new(app: AppState, stop: watch::Receiver<bool>) -> Self {
        let shared = Shared {
            attempts: Attempts::default(),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            listeners: Arc::new(Semaphore::new(LISTENERS_MAX)),
            notes: Mutex::default(),
            trials: Mutex::default(),
        };
        let prefix = Prefix::of(&app.site.base_url);
        Self { app, stop, shared: Arc::new(shared), prefix }
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.app.runtime
    }

    pub(super) fn store(&self) -> &Store {
        self.app.runtime.store()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.app.runtime.clock().now()
    }

    pub(super) fn door(&self) -> Door {
        Door::new(self.app.site.secure, self.prefix.clone())
    }

    /// The person's way of reading times and amounts, now.
    pub(super) fn reader(&self, numbers: format::Numbers) -> format::Reader {
        format::Reader::new(&self.runtime().world().calendar.zone, self.now(), numbers)
    }

    /// Leaves a note for the next page of this session.
    pub(super) fn leave(&self, me: &SignedIn, note: Note) {
        let mut notes = self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= NOTES_MAX {
            notes.clear();
        }
        notes.insert(me.session.clone(), note);
    }

    /// Says on the next page of this session what was just done.
    pub(super) fn say(&self, me: &SignedIn, message: impl Into<Sentence>) {
        self.leave(me, Note { message: Some(message.into()), secret: None });
    }

    /// Takes the note that was left.
    pub(super) fn note(&self, me: &SignedIn) -> Note {
        let mut notes = self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.remove(&me.session).unwrap_or_default()
    }

    /// The frame of a page at `address`, with the message that waits.
    pub(super) async fn shell(&self, me: &SignedIn, address: &str) -> Result<Shell, Halt> {
        let message = self.note(me).message;
        self.shell_with(me, address, message).await
    }

    /// The frame of a page at `address`, with this message.
    pub(super) async fn shell_with(
        &self,
        me: &SignedIn,
        address: &str,
        message: Option<Sentence>,
    ) -> Result<Shell, Halt> {
        let world = self.runtime().world();
        Ok(Shell {
            person: world.directory.name(&me.person).to_owned(),
            administrator: world.directory.holds(&me.person, ADMINISTRATOR),
            waiting: self.waiting(me).await?,
            csrf: me.form_token(),
            demo: self.demo(me, address).await?,
            message,
        })
    }

    /// How many tasks wait for the person.
    pub(super) async fn waiting(&self, me: &SignedIn) -> Result<usize, Halt> {
        let day_ends = self.reader(me.numbers).day_ends();
        let counts = self.store().count_inbox(&me.person, self.now(), day_ends).await?;
        Ok(usize::try_from(counts.waiting).unwrap_or(usize::MAX))
    }

    async fn demo(&self, me: &SignedIn, address: &str) -> Result<Option<Demo>, Halt> {
        if !self.app.site.demo {
            return Ok(None);
        }
        let samples = self.store().people().await?.into_iter().filter(|row| row.sample && !row.person.disabled);
        let people: Vec<(String, String)> = samples
            .map(|row| {
                let roles = row.person.roles.join(", ");
                let name = if roles.is_empty() { row.person.name } else { format!("{} ({roles})", row.person.name) };
                (row.id, name)
            })
            .collect();
        let back = if address.starts_with('/') { address } else { paths::INBOX };
        Ok((!people.is_empty()).then(|| Demo { people, person: me.person.clone(), back: back.to_owned() }))
    }
}

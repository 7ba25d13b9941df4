//! What can go wrong, in words that say what to do next.

use sqlx::{error::DatabaseError, postgres::PgDatabaseError};

/// Why the store did not do what it was asked.
///
/// It can be cloned, since a whole group of changes may fail for one reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or written just now. Nothing was acknowledged; the same request may be
    /// sent again, and its deduplication key tells whether it had been applied after all.
    #[error("the database cannot do this now: {why}; {next}")]
    Unavailable {
        /// Why.
        why: String,
        /// What to do about it.
        next: String,
    },
    /// Another process holds the database.
    #[error(
        "another countersign serves this database: it holds the lock file {file}; stop it first, or use a command \
         that only reads"
    )]
    Locked {
        /// The lock file.
        file: String,
    },
    /// A newer program has written this database.
    #[error(
        "the database has schema {found} and this program knows schemas up to {known}; start a program of at least \
         the version that last used it"
    )]
    NewerSchema {
        /// The schema found.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// An older program has written this database, and it was opened for reading only.
    #[error(
        "the database has schema {found} and this program reads schema {known}; start the server once to bring \
             it up to date"
    )]
    OlderSchema {
        /// The schema found; 0 when there is none.
        found: i64,
        /// The schema that is needed.
        known: i64,
    },
    /// The file is an older copy of a database that was served from here before.
    #[error(
        "{file} is an older copy of the database: it stands at {found}, and the one that was served here before stood \
         at {seen}; put the newer one back, or, if a backup was restored on purpose, start once with --restored"
    )]
    OlderCopy {
        /// The database file.
        file: String,
        /// How far it has come.
        found: u64,
        /// How far the one before had come.
        seen: u64,
    },
    /// The address of the database is not one that this program can use.
    #[error("the database address {address} cannot be used: {why}")]
    Address {
        /// The address as given.
        address: String,
        /// Why, and what to write instead.
        why: String,
    },
    /// Something is too large to be kept.
    #[error("{what} has {size} bytes and at most {limit} are kept; make it smaller and try again")]
    TooLarge {
        /// What.
        what: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// What is stored cannot be read back.
    #[error(
        "{what} cannot be read: {why}; run `countersign audit verify` and restore a backup if it reports a fault; if this is a copy that was put in \
             place, its files -wal and -shm of before must be removed first"
    )]
    Damaged {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// The caller handed in something that must not be stored.
    #[error("{what} was not stored: {why}")]
    Refused {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// The database refused a statement.
    #[error("the database refused a statement: {why}; this is a fault of the program, please report it")]
    Statement {
        /// What it said.
        why: String,
    },
}

/// Why an event was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The same request has been applied already.
    #[error("this was already applied, as event {seq} of the case")]
    Duplicate {
        /// The event that it became.
        seq: u64,
    },
    /// Something else happened to the case since it was loaded.
    #[error("the case has moved on from event {expected} to event {found}; load it again and decide again")]
    Conflict {
        /// What the caller had loaded.
        expected: u64,
        /// Where the case is.
        found: u64,
    },
    /// The effect whose result this is was taken over by somebody else, who carries it out again.
    #[error("the effect {key} was taken over by somebody else after its time had run out; their result counts")]
    Superseded {
        /// The effect.
        key: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CommitError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => from_database(database.as_ref()),
            sqlx::Error::PoolTimedOut => unavailable("all its connections are busy", "try again in a moment"),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                unavailable("its connection was closed", "try again in a moment")
            }
            sqlx::Error::Io(io) => unavailable(&io.to_string(), "check the disk or the server, and try again"),
            sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => {
                unavailable(&format!("the connection to the server failed ({error})"), "try again in a moment")
            }
            sqlx::Error::Configuration(why) => {
                unavailable(&format!("its settings cannot be used ({why})"), "check the address of the database")
            }
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Damaged { what: format!("column {index}"), why: source.to_string() }
            }
            _ => Self::Statement { why: error.to_string() },
        }
    }
}

/// A clear "not now", with the next thing to do.
pub(super) fn unavailable(why: &str, next: &str) -> StoreError {
    StoreError::Unavailable { why: why.to_owned(), next: next.to_owned() }
}

fn from_database(error: &(dyn DatabaseError + 'static)) -> StoreError {
    match error.try_downcast_ref::<PgDatabaseError>() {
        Some(told) => from_server(told.code(), told.message()),
        None => from_file(error),
    }
}

/// The server's SQLSTATE, see <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn from_server(code: &str, said: &str) -> StoreError {
    match code {
        "40001" | "40P01" | "55P03" => unavailable("too many change the same at once", "try again in a moment"),
        "53100" => unavailable("the server's disk is full", "free some space there and try again"),
        "53200" | "53300" => unavailable(
            &format!("the server has no room for us ({said})"),
            "raise its max_connections or stop other programs that use it, and try again",
        ),
        "25006" => unavailable(
            "the server may only be read, as a stand-by is",
            "give the address of the one that may be written",
        ),
        "28000" | "28P01" => {
            unavailable(&format!("the server refuses us ({said})"), "check the user and the password in the address")
        }
        "3D000" => unavailable(&format!("the server says: {said}"), "make the database there, or check the address"),
        "42501" => unavailable(
            &format!("the server says: {said}"),
            "make the user of the address the owner of the database or of its schema",
        ),
        "57014" => unavailable(&format!("the server broke it off ({said})"), "try again in a moment"),
        "22021" | "22P05" => StoreError::Refused {
            what: "a text".to_owned(),
            why: "it holds a character that no text may hold, such as NUL; remove it and try again".to_owned(),
        },
        _ if code.starts_with("XX") => StoreError::Damaged { what: "the database".to_owned(), why: said.to_owned() },
        _ if code.starts_with("08") || code.starts_with("57") => {
            unavailable(&format!("the server says: {said}"), "try again in a moment")
        }
        _ => StoreError::Statement { why: format!("{said} ({code})") },
    }
}

/// SQLite's primary result codes, see <https://www.sqlite.org/rescode.html>.
fn from_file(error: &(dyn DatabaseError + 'static)) -> StoreError {
    let code = error.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
    let said = error.message();
    match code {
        Some(5 | 6) => unavailable("it is locked by somebody else", "close other programs that use it and try again"),
        Some(8) => unavailable("it may not be written", "give this program the right to write the file and its folder"),
        Some(10) => unavailable(&format!("the disk reported an error ({said})"), "check the disk and try again"),
        Some(13) => unavailable("the disk is full", "free some space and try again"),
        Some(14) => unavailable("the file cannot be opened", "check that its folder exists and may be written"),
        Some(11 | 26) => StoreError::Damaged { what: "the database file".to_owned(), why: said.to_owned() },
        _ => StoreError::Statement { why: said.to_owned() },
    }
}

//! A database in a file: where it lies, how it must be set up, and that one process alone writes it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    str::FromStr as _,
    time::Duration,
};

use sqlx::{ConnectOptions as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    StoreError,
    db::{Connection, FileConnection, FileReaders, Readers, sql},
    error::unavailable,
};

/// Connections that read a file at the same time. A database in memory has one, since it locks whole tables.
const READERS: u32 = 4;

/// How long a connection waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How the writer's connection works. After 8,000 pages of 4 KiB the write-ahead log is copied into the file: rarely
/// enough that a page that changes often is copied once, and often enough that the log stays below 32 MiB.
const WRITER_SETTINGS: &str = "pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on;
     pragma wal_autocheckpoint = 8000";

/// Where a database lies, and how to connect to it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file; `None` for a database in memory.
    file: Option<PathBuf>,
    base: SqliteConnectOptions,
}

/// The right of one process to serve a database, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Which file it is, whatever its name: its device and its number there.
pub(super) type Identity = (u64, u64);

#[cfg(unix)]
fn number(file: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let told = fs::metadata(file).ok()?;
    Some((told.dev(), told.ino()))
}

#[cfg(not(unix))]
const fn number(_: &Path) -> Option<Identity> {
    None
}

impl Place {
    /// Reads an address: `sqlite:PATH` or `sqlite::memory:`. Every address that is not a server's comes here.
    pub(super) fn parse(address: &str) -> Result<Self, StoreError> {
        let refuse = |why: &str| StoreError::Address { address: address.to_owned(), why: why.to_owned() };
        let Some(rest) = address.strip_prefix("sqlite:") else {
            return Err(refuse(
                "write sqlite:PATH, such as sqlite:data/countersign.db, or postgres://USER:PASSWORD@HOST/DATABASE",
            ));
        };
        if rest == ":memory:" {
            let base = SqliteConnectOptions::from_str("sqlite::memory:")?;
            return Ok(Self { file: None, base: base.disable_statement_logging() });
        }
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return Err(refuse("the path is missing; write sqlite:PATH, such as sqlite:data/countersign.db"));
        }
        let base = SqliteConnectOptions::new().filename(path).disable_statement_logging();
        Ok(Self { file: Some(PathBuf::from(path)), base })
    }

    /// Takes the process lock and makes sure that the file is there, readable by its owner alone.
    pub(super) fn claim(&self) -> Result<Option<Lock>, StoreError> {
        let Some(file) = &self.file else { return Ok(None) };
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| cannot_open(folder, &error))?;
        }
        let mut name = file.clone().into_os_string();
        name.push(".lock");
        let lock_file = PathBuf::from(name);
        let lock = open_private(&lock_file).map_err(|error| cannot_open(&lock_file, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { file: lock_file.display().to_string() });
            }
            Err(TryLockError::Error(error)) => return Err(cannot_open(&lock_file, &error)),
        }
        if !file.exists() {
            open_private(file).map_err(|error| cannot_open(file, &error))?;
        }
        Ok(Some(Lock { _file: lock }))
    }

    /// The file that stands under the name now, as long as its write-ahead log stands beside it; `None` otherwise, of a
    /// database in memory, and where files have no identity.
    pub(super) fn identity(&self) -> Option<Identity> {
        let file = self.file.as_deref()?;
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        // The database itself makes the log anew when nobody has it open, so that it need not be the same one.
        number(Path::new(&log)).and_then(|_| number(file))
    }

    /// Refuses a file that is not there; an empty one must not be made by a command that only reads.
    pub(super) fn must_exist(&self) -> Result<(), StoreError> {
        match &self.file {
            Some(file) if !file.is_file() => Err(unavailable(
                &format!("there is no database file {}", file.display()),
                "check the address, or start the server once to make it",
            )),
            _ => Ok(()),
        }
    }

    /// The file; `None` for a database in memory.
    pub(super) fn into_file(self) -> Option<PathBuf> {
        self.file
    }

    /// A connection that reads this file and can write another one.
    pub(super) async fn open_copying(&self) -> Result<SqliteConnection, StoreError> {
        Ok(self.base.clone().busy_timeout(BUSY_TIMEOUT).read_only(true).connect().await?)
    }

    /// The connection of the writer, with its settings read back.
    pub(super) async fn open_writing(&self) -> Result<Connection, StoreError> {
        let mut connection =
            Connection::File(FileConnection::open(self.base.get_filename(), self.file.is_none(), BUSY_TIMEOUT)?);
        if self.file.is_some() {
            connection.execute_all("pragma journal_mode = wal").await?;
        }
        connection.execute_all(WRITER_SETTINGS).await?;
        self.check_settings(&mut connection).await?;
        Ok(connection)
    }

    /// Connections that can read and nothing else.
    pub(super) async fn open_reading(&self) -> Result<Readers, StoreError> {
        let options = self.base.clone().busy_timeout(BUSY_TIMEOUT).pragma("query_only", "on");
        let (options, readers) = match self.file {
            Some(_) => (options.read_only(true), READERS),
            None => (options, 1),
        };
        Ok(Readers::Sqlite(FileReaders::open(options, readers).await?))
    }

    /// Promise 1 rests on these settings, so they are read back instead of trusted.
    async fn check_settings(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let journal: String = sql("pragma journal_mode").scalar(&mut *connection).await?;
        let synchronous: i64 = sql("pragma synchronous").scalar(&mut *connection).await?;
        let foreign_keys: i64 = sql("pragma foreign_keys").scalar(&mut *connection).await?;
        let timeout: i64 = sql("pragma busy_timeout").scalar(&mut *connection).await?;
        let wanted = if self.file.is_some() { "wal" } else { "memory" };
        // 2 is FULL: an acknowledged commit is on the disk when the power goes.
        if journal == wanted && synchronous == 2 && foreign_keys == 1 && timeout > 0 {
            return Ok(());
        }
        Err(unavailable(
            &format!(
                "its settings are not in force (journal_mode {journal}, synchronous {synchronous}, foreign_keys \
                 {foreign_keys}, busy_timeout {timeout})"
            ),
            "put the file on a local disk that supports shared memory and write-ahead logs",
        ))
    }
}

fn open_private(file: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(file)
}

fn cannot_open(file: &Path, error: &std::io::Error) -> StoreError {
    unavailable(
        &format!("{} cannot be opened ({error})", file.display()),
        "check that its folder exists and that this program may write there",
    )
}

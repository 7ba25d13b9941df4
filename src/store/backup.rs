//! A copy of the whole database while it is being used, and the notice of an older copy that was put in its place.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use countersign_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Connection as _;

use super::{Store, StoreError, error::unavailable, file::Place, server::Server};
use crate::id::new_id;

/// The setting that names this database, made once.
const INSTALLATION: &str = "installation";
/// The setting that counts how far this database has come: one more at each start, at each beat and at each close.
const EPOCH: &str = "epoch";
/// What stands behind the name of the database file in the name of the file that remembers it.
const BESIDE: &str = ".epoch";

/// How far a database had come when it was last served from its file. It lies beside the file, so that an older copy
/// in its place is noticed.
#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    installation: String,
    epoch: u64,
}

impl Store {
    /// Copies the database at `address` into a new file, as it is at one instant, while a server goes on writing.
    ///
    /// The copy is on the disk under its name when this returns, or there is no file of that name.
    ///
    /// # Errors
    /// When the file exists already, when the database lies elsewhere than in a file, and when a disk refuses.
    pub async fn backup(address: &str, to: &Path) -> Result<(), StoreError> {
        let place = Place::parse(address)?;
        place.must_exist()?;
        if to.exists() {
            return Err(unavailable(&format!("{} is there already", to.display()), "name a new file"));
        }
        let part = beside(to, ".part");
        let cannot = |error: std::io::Error| {
            unavailable(&format!("{} cannot be written ({error})", to.display()), "check its folder and its disk")
        };
        // What is left of an attempt that was interrupted is of no use to anybody.
        if part.exists() {
            fs::remove_file(&part).map_err(cannot)?;
        }
        private(&part).map_err(cannot)?;
        let mut connection = place.open_copying().await?;
        let copied = sqlx::query("vacuum into $1").bind(part.display().to_string()).execute(&mut connection).await;
        connection.close().await?;
        copied?;
        File::open(&part).and_then(|file| file.sync_all()).map_err(cannot)?;
        fs::rename(&part, to).map_err(cannot)?;
        sync_folder(to).map_err(cannot)
    }

    /// Says that this process serves the database from now on, and notices when it is an older copy of one that was
    /// served here before. `restored` says that this is meant; then it is put on record.
    ///
    /// # Errors
    /// [`StoreError::OlderCopy`] when it is one and nobody said that it is meant; when the database fails.
    pub async fn enter(&self, address: &str, restored: bool, now: Timestamp) -> Result<(), StoreError> {
        let Some(file) = file_of(address)? else { return Ok(()) };
        let installation = self.setting_or(INSTALLATION, &new_id("installation")).await?;
        let found = self.epoch().await?;
        let seen = seen(&file).filter(|seen| seen.installation == installation);
        let older = seen.as_ref().is_some_and(|seen| seen.epoch > found);
        let last = seen.map_or(0, |seen| seen.epoch);
        if older && !restored {
            return Err(StoreError::OlderCopy { file: file.display().to_string(), found, seen: last });
        }
        if older {
            let detail =
                format!("an older copy was restored: it stands at {found}, and the one before stood at {last}");
            self.record("operator", "restore", &detail, now).await?;
        }
        self.write_epoch(&file, &installation, found.max(last) + 1).await
    }

    /// Counts on, so that a copy made before is known to be older.
    ///
    /// # Errors
    /// When the database fails or the file beside it cannot be written.
    pub async fn beat(&self, address: &str) -> Result<(), StoreError> {
        let Some(file) = file_of(address)? else { return Ok(()) };
        let installation = self.setting_or(INSTALLATION, &new_id("installation")).await?;
        let epoch = self.epoch().await? + 1;
        self.write_epoch(&file, &installation, epoch).await
    }

    async fn epoch(&self) -> Result<u64, StoreError> {
        Ok(self.setting(EPOCH).await?.and_then(|epoch| epoch.parse().ok()).unwrap_or(0))
    }

    async fn write_epoch(&self, file: &Path, installation: &str, epoch: u64) -> Result<(), StoreError> {
        // The database first: whatever stops us in between, the file beside it never knows of more than it holds.
        self.set_setting(EPOCH, &epoch.to_string()).await?;
        let seen = Seen { installation: installation.to_owned(), epoch };
        let name = beside(file, BESIDE);
        write_whole(&name, &seen).map_err(|error| {
            unavailable(&format!("{} cannot be written ({error})", name.display()), "check its folder and its disk")
        })
    }
}

/// The file of a database that lies in one.
fn file_of(address: &str) -> Result<Option<PathBuf>, StoreError> {
    match Server::parse(address)? {
        Some(_) => Ok(None),
        None => Ok(Place::parse(address)?.into_file()),
    }
}

/// What the file beside the database remembers; `None` when there is none or it cannot be read.
fn seen(file: &Path) -> Option<Seen> {
    serde_json::from_slice(&fs::read(beside(file, BESIDE)).ok()?).ok()
}

fn write_whole(name: &Path, seen: &Seen) -> std::io::Result<()> {
    let part = beside(name, ".part");
    let mut file = private(&part)?;
    file.set_len(0)?;
    serde_json::to_writer(&mut file, seen)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&part, name)?;
    sync_folder(name)
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn private(file: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(file)
}

/// A new name is on the disk when its folder is.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

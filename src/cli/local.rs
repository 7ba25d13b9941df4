//! Working on the database file itself: it is locked, and everything automatic is run to its end.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use anyhow::Context as _;
use countersign_core::event::Acting;

use super::Common;
use crate::{
    clock::Clock,
    config::Config,
    documents::apart,
    runtime::Runtime,
    store::{Store, without_password},
};

/// A runtime over the file, for commands that change something.
pub(super) async fn writing(common: &Common, database: &str) -> anyhow::Result<Runtime> {
    let config = Config::read(common.config.as_deref())?;
    writing_with(database, config).await
}

/// A runtime over the file with a configuration of the caller's.
pub(super) async fn writing_with(database: &str, config: Config) -> anyhow::Result<Runtime> {
    serving(database, config, false).await
}

/// Like [`writing_with`]; `restored` says that the file may be an older copy of what was served here before.
pub(super) async fn serving(database: &str, config: Config, restored: bool) -> anyhow::Result<Runtime> {
    let store = Store::open(database).await.with_context(|| {
        format!("cannot open {}; to work with a running server give --server URL", without_password(database))
    })?;
    store.may_serve().await?;
    store.enter(database, restored, Clock::System.now()).await?;
    let config = Config { reader: apart::this_program(), ..config };
    Ok(Runtime::start(store, Clock::System, config).await?)
}

/// A runtime over the file, for commands that only read; a server may be running beside it.
pub(super) async fn reading(common: &Common) -> anyhow::Result<Runtime> {
    let config = Config::read(common.config.as_deref())?;
    let database = common.database();
    let store =
        Store::open_read_only(database).await.with_context(|| format!("cannot read {}", without_password(database)))?;
    Ok(Runtime::start_reading(store, Clock::System, config).await?)
}

/// The person in whose name a command acts.
pub(super) fn acting(person: &str) -> Acting {
    Acting::person(person)
}

/// A new file that only its owner may read, as the database itself is.
pub(super) fn new_private_file(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).with_context(|| format!("cannot make {}; name a new file", path.display()))
}

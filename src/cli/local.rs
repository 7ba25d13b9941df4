//! Working on the database file itself: it is locked, and everything automatic is run to its end.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use anyhow::Context as _;
use countersign_core::{
    event::Acting,
    people::{Directory, Person},
};

use super::Common;
use crate::{
    clock::Clock,
    config::Config,
    documents::apart,
    language,
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

/// The person in whose name a command acts or reads, as long as there is one of that name.
pub(super) fn acting(runtime: &Runtime, person: &str) -> anyhow::Result<Acting> {
    let directory = &runtime.world().directory;
    anyhow::ensure!(directory.people.contains_key(person), unknown(directory, person));
    Ok(Acting::person(person))
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

fn unknown(directory: &Directory, person: &str) -> String {
    let next = match nearest(directory, person) {
        Some(id) => format!("did you mean `{id}`?"),
        None => "see `countersign person list`".to_owned(),
    };
    format!("--as names `{person}`, and nobody here is known by that; {next}")
}

/// The identifier that comes nearest: one that has the words in it, alone or in the person's name, or one that is
/// written almost the same.
fn nearest<'a>(directory: &'a Directory, asked: &str) -> Option<&'a str> {
    let asked = asked.trim().to_lowercase();
    let holds = |(id, person): &(&'a String, &Person)| {
        let parts = |text: &str| text.to_lowercase().split(['.', ' ', '-', '_']).any(|part| part == asked);
        parts(id) || parts(&person.name) || person.name.to_lowercase() == asked
    };
    let people = directory.people.iter();
    people.clone().find(holds).map(|(id, _)| id.as_str()).or_else(|| {
        let ids: Vec<&String> = people.map(|(id, _)| id).collect();
        language::nearest(&asked, &ids)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(asked: &str, expected: Option<&str>) {
        let person = |name: &str| Person { name: name.to_owned(), ..Person::default() };
        let known = [("anna.berg", "Anna Berg"), ("rosa.lind", "Rosa Lind"), ("victor.sand", "Victor Sand")];
        let people = known.map(|(id, name)| (id.to_owned(), person(name))).into();
        let directory = Directory { people };
        assert_eq!(nearest(&directory, asked), expected, "{asked}");
    }

    #[test]
    fn somebody_who_is_not_known_is_told_who_comes_nearest() {
        check("rosa", Some("rosa.lind"));
        check("Sand", Some("victor.sand"));
        check("Rosa Lind", Some("rosa.lind"));
        check("ana.berg", Some("anna.berg"));
        check("nobody", None);
        check("", None);
    }
}

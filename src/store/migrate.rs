//! The schema: the files of `migrations/`, applied in order and checked against what was applied before.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType},
};

use super::{
    StoreError,
    db::{Connection, sql},
    settings,
};

/// The schema files in order: number, name, SQL. A released file is never edited; a change is a new file.
const FILES: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../../migrations/0001_start.sql")),
    (2, "drafts", include_str!("../../migrations/0002_drafts.sql")),
    (3, "versions", include_str!("../../migrations/0003_versions.sql")),
    (4, "models", include_str!("../../migrations/0004_models.sql")),
    (5, "states", include_str!("../../migrations/0005_states.sql")),
    (6, "shorter_log", include_str!("../../migrations/0006_shorter_log.sql")),
    (7, "autonomy", include_str!("../../migrations/0007_autonomy.sql")),
    (8, "inbox", include_str!("../../migrations/0008_inbox.sql")),
    (9, "labels", include_str!("../../migrations/0009_labels.sql")),
    (10, "spending", include_str!("../../migrations/0010_spending.sql")),
    (11, "cascade", include_str!("../../migrations/0011_cascade.sql")),
    (12, "releases", include_str!("../../migrations/0012_releases.sql")),
];

/// What the library makes of [`TABLE`] in a file.
const FILE_BOOKKEEPING: &str = "create table if not exists schema_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamp not null default current_timestamp,
    success boolean not null,
    checksum blob not null,
    execution_time bigint not null
)";

/// What it makes of it on a server.
const SERVER_BOOKKEEPING: &str = "create table if not exists schema_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamptz not null default now(),
    success boolean not null,
    checksum bytea not null,
    execution_time bigint not null
)";

/// Where the applied numbers and their checksums are kept.
const TABLE: &str = "schema_migrations";

/// The oldest program that can work with our newest schema, named by the newest schema that it knows. It goes up when
/// something goes away that such a program needs; until then old and new programs run side by side.
const OLDEST_PROGRAM: i64 = 10;

/// The setting in which the newest program says which older ones may still work.
const OLDEST_PROGRAM_SETTING: &str = "schema.oldest_program";

/// What programs that start at the same time wait for: any number, as long as it is always the same.
const MIGRATION_LOCK: i64 = 0x0c03_7e51;

/// Brings the database to the newest schema, all of it or nothing. A server's connection must then be committed.
///
/// # Errors
/// When a newer program has changed it so that this one cannot work with it, when an applied file differs from ours,
/// or when the disk refuses.
pub(super) async fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if connection.is_shared() {
        // Held until the transaction ends; a lock of the whole session would not survive a pooler.
        sql("select pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(connection).await?;
    }
    let found = usable(connection).await?;
    if found > newest() {
        return Ok(());
    }
    if matches!(connection, Connection::File(_)) {
        sql("begin immediate").execute(connection).await?;
    }
    connection.execute_all(bookkeeping(connection)).await?;
    for (number, name, text) in FILES {
        apply(connection, *number, name, text).await?;
    }
    settings::set(connection, OLDEST_PROGRAM_SETTING, &OLDEST_PROGRAM.to_string()).await?;
    if matches!(connection, Connection::File(_)) {
        sql("commit").execute(connection).await?;
    }
    Ok(())
}

/// Applies one file, or checks it against what was applied.
///
/// The library's own way takes a lock of the session and names its statements, neither of which goes through a pooler.
async fn apply(
    connection: &mut Connection,
    number: i64,
    name: &'static str,
    text: &'static str,
) -> Result<(), StoreError> {
    let migration = Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false);
    let applied = sql("select checksum from schema_migrations where version = $1")
        .bind(number)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(applied) = applied {
        if applied.bytes("checksum")? == *migration.checksum {
            return Ok(());
        }
        return Err(StoreError::Damaged {
            what: "the database's schema".to_owned(),
            why: format!("its schema {number} is not the one that this program knows"),
        });
    }
    connection.execute_all(text).await?;
    sql("insert into schema_migrations (version, description, success, checksum, execution_time)
         values ($1, $2, true, $3, 0)")
    .bind(number)
    .bind(name)
    .bind(&*migration.checksum)
    .execute(connection)
    .await?;
    Ok(())
}

/// What makes the table of the applied files; only the type and the name of an instant differ.
const fn bookkeeping(connection: &Connection) -> &'static str {
    match connection {
        Connection::File(_) | Connection::SqliteReader(_) => FILE_BOOKKEEPING,
        Connection::Postgres { .. } => SERVER_BOOKKEEPING,
    }
}

/// Whether there is nothing to bring up to date.
///
/// # Errors
/// Like [`migrate`].
pub(super) async fn is_current(connection: &mut Connection) -> Result<bool, StoreError> {
    Ok(usable(connection).await? >= newest())
}

/// Checks that this program can read the database, without changing it.
///
/// # Errors
/// When its schema is older, or newer than this program can work with.
pub(super) async fn check(connection: &mut Connection) -> Result<(), StoreError> {
    let (found, known) = (usable(connection).await?, newest());
    if found < known {
        return Err(StoreError::OlderSchema { found, known });
    }
    Ok(())
}

/// The number of the newest schema that this program knows.
pub(super) fn newest() -> i64 {
    FILES.iter().map(|(number, ..)| *number).max().unwrap_or_default()
}

/// The schema that the database has, unless a newer program says that this one is too old for it; 0 when it has none.
async fn usable(connection: &mut Connection) -> Result<i64, StoreError> {
    let there = match connection {
        Connection::File(_) | Connection::SqliteReader(_) => {
            "select count(*) from sqlite_master where type = 'table' and name = $1"
        }
        Connection::Postgres { .. } => "select count(*) from pg_class where oid = to_regclass($1)",
    };
    let tables: i64 = sql(there).bind(TABLE).scalar(&mut *connection).await?;
    if tables == 0 {
        return Ok(0);
    }
    let found = sql("select coalesce(max(version), 0) from schema_migrations").scalar(&mut *connection).await?;
    let known = newest();
    if found <= known {
        return Ok(found);
    }
    let oldest: Option<String> = sql("select value from settings where key = $1")
        .bind(OLDEST_PROGRAM_SETTING)
        .scalar_optional(connection)
        .await?;
    match oldest.and_then(|oldest| oldest.parse::<i64>().ok()) {
        Some(oldest) if oldest <= known => Ok(found),
        Some(_) | None => Err(StoreError::NewerSchema { found, known }),
    }
}

//! The schema: the files of `migrations/`, applied in order and checked against what was applied before.

use sqlx::{
    SqlSafeStr as _, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::StoreError;

/// The schema files in order: number, name, SQL. A released file is never edited; a change is a new file.
const FILES: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../../migrations/0001_start.sql")),
    (2, "drafts", include_str!("../../migrations/0002_drafts.sql")),
    (3, "versions", include_str!("../../migrations/0003_versions.sql")),
];

/// Where the applied numbers and their checksums are kept.
const TABLE: &str = "schema_migrations";

/// Brings the database to the newest schema.
///
/// # Errors
/// When a newer program has written it, when an applied file differs from ours, or when the disk refuses.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (found, known) = (applied(connection).await?, newest());
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    let migrations = FILES
        .iter()
        .map(|(number, name, sql)| {
            Migration::new(*number, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(TABLE);
    migrator.run_direct(None, connection, false).await.map_err(told)
}

/// Checks that the database has exactly the newest schema, without changing it.
///
/// # Errors
/// When its schema is older or newer.
pub(super) async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (found, known) = (applied(connection).await?, newest());
    match found {
        _ if found > known => Err(StoreError::NewerSchema { found, known }),
        _ if found < known => Err(StoreError::OlderSchema { found, known }),
        _ => Ok(()),
    }
}

fn newest() -> i64 {
    FILES.iter().map(|(number, ..)| *number).max().unwrap_or_default()
}

async fn applied(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master where type = 'table' and name = $1")
        .bind(TABLE)
        .fetch_one(&mut *connection)
        .await?;
    if tables == 0 {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("select coalesce(max(version), 0) from schema_migrations").fetch_one(connection).await?)
}

fn told(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMismatch(number) | MigrateError::VersionMissing(number) => StoreError::Damaged {
            what: "the database's schema".to_owned(),
            why: format!("its schema {number} is not the one that this program knows"),
        },
        other => StoreError::Statement { why: other.to_string() },
    }
}

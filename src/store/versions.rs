//! What is kept beside a version: what was known before it was published, and whether it is only rehearsed.

use countersign_core::{people::PersonId, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    db::{Connection, Row, from_json, sql, to_bigint, to_json},
};

/// The most closed cases that one measure looks at, the latest first.
const CASES_MEASURED_MAX: i64 = 10_000;

/// What was known about a process before a version of it was published. `None` means: not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// How long a case took from its start to its end, in hours.
    pub cycle_hours: Option<u32>,
    /// How many cases came in a week.
    pub weekly_cases: Option<u32>,
}

/// What a process has done, to be read beside its baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Closed cases that were looked at.
    pub closed: u64,
    /// How long the middle one of them took, in milliseconds; `None` when none has closed.
    pub median_ms: Option<i64>,
    /// Cases opened in the four weeks before.
    pub opened_in_four_weeks: u64,
}

/// A process that is only rehearsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// The process under which its cases run.
    pub process: String,
    /// The process that it rehearses.
    pub of_process: String,
    /// Who rehearses it; every message comes to them.
    pub person: PersonId,
    /// Since when.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Store {
    /// Keeps what was known before a version was published.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_baseline(&self, version: &str, baseline: Baseline) -> Result<(), StoreError> {
        let (version, body) = (version.to_owned(), to_json(&baseline)?);
        self.write(move |connection| Box::pin(async move { write_baseline(connection, &version, &body).await })).await
    }

    /// What was known before a version was published; `None` when nobody was asked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn baseline(&self, version: &str) -> Result<Option<Baseline>, StoreError> {
        let body: Option<String> =
            sql("select body from baselines where version = $1").bind(version).scalar_optional(&self.readers).await?;
        body.map(|body| from_json(&format!("baseline of version {version}"), &body)).transpose()
    }

    /// What the cases of a process have taken, as of `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measured(&self, process: &str, now: Timestamp) -> Result<Measured, StoreError> {
        let mut took: Vec<i64> = sql("select closed_at - opened_at from cases
             where process = $1 and closed_at is not null order by closed_at desc limit $2")
        .bind(process)
        .bind(CASES_MEASURED_MAX)
        .scalars(&self.readers)
        .await?;
        took.sort_unstable();
        let since = now.plus_ms(-4 * 7 * countersign_core::time::DAY_MS);
        let opened: i64 = sql("select count(*) from cases where process = $1 and opened_at > $2")
            .bind(process)
            .bind(since.0)
            .scalar(&self.readers)
            .await?;
        Ok(Measured {
            closed: took.len() as u64,
            median_ms: took.get(took.len() / 2).copied(),
            opened_in_four_weeks: u64::try_from(opened).unwrap_or_default(),
        })
    }

    /// How many open cases of a process run another version than this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_on_other_versions(&self, process: &str, version: &str) -> Result<u64, StoreError> {
        let count: i64 = sql("select count(*) from cases where process = $1 and status = 'open' and version <> $2")
            .bind(process)
            .bind(version)
            .scalar(&self.readers)
            .await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// How many open cases each version of a process has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_by_version(&self, process: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sql("select version, count(*) as open_cases from cases where process = $1 and status = 'open'
             group by version")
        .bind(process)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.text("version")?, row.count("open_cases")?))).collect()
    }

    /// Marks a process as one that is only rehearsed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_rehearsal(&self, rehearsal: Rehearsal) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into rehearsals (process, of_process, person, started_at) values ($1, $2, $3, $4)
                     on conflict (process) do update set
                         person = excluded.person, started_at = excluded.started_at, ended_at = null")
                .bind(&rehearsal.process)
                .bind(&rehearsal.of_process)
                .bind(&rehearsal.person)
                .bind(rehearsal.started_at.0)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that a rehearsal is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_rehearsal(&self, process: &str, at: Timestamp) -> Result<(), StoreError> {
        let process = process.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("update rehearsals set ended_at = $2 where process = $1 and ended_at is null")
                    .bind(&process)
                    .bind(at.0)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The rehearsal that this process is; `None` for a process that runs for good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rehearsal(&self, process: &str) -> Result<Option<Rehearsal>, StoreError> {
        let row =
            sql("select * from rehearsals where process = $1").bind(process).fetch_optional(&self.readers).await?;
        row.as_ref().map(read).transpose()
    }

    /// Every rehearsal, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rehearsals(&self, limit: u64) -> Result<Vec<Rehearsal>, StoreError> {
        let rows = sql("select * from rehearsals order by started_at desc, process limit $1")
            .bind(to_bigint(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read).collect()
    }
}

/// Writes what was known before a version was published, inside a transaction.
pub(super) async fn write_baseline(connection: &mut Connection, version: &str, body: &str) -> Result<(), StoreError> {
    sql("insert into baselines (version, body) values ($1, $2)
         on conflict (version) do update set body = excluded.body")
    .bind(version)
    .bind(body)
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Rehearsal, StoreError> {
    Ok(Rehearsal {
        process: row.text("process")?,
        of_process: row.text("of_process")?,
        person: row.text("person")?,
        started_at: row.time("started_at")?,
        ended_at: row.maybe_time("ended_at")?,
    })
}

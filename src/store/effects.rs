//! Commands that are being carried out: each at least once, always under its key.

use countersign_core::{command::Command, time::Timestamp};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{
    Store, StoreError,
    row::{Columns as _, to_json},
};

/// What is said of an effect that may have been carried out when nobody could note it.
const UNKNOWN: &str = "the program stopped while this was being carried out, so whether it arrived is not known";

/// One effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectRow {
    /// The idempotency key.
    pub key: String,
    /// The case.
    pub case_id: String,
    /// What to do.
    pub command: Command,
    /// Whether it must never be repeated while its outcome is unknown.
    pub at_most_once: bool,
    /// Where it stands.
    pub state: EffectState,
    /// How often it was begun.
    pub attempts: u64,
    /// When it may be begun next.
    pub next_at: Timestamp,
    /// Until when whoever carries it out holds it.
    pub lease_until: Option<Timestamp>,
    /// What the latest attempt said.
    pub last_error: Option<String>,
    /// When its event was committed.
    pub created_at: Timestamp,
}

/// Where an effect stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectState {
    /// It waits for its time.
    Waiting,
    /// Somebody carries it out.
    Running,
    /// It does not go on by itself: somebody must look.
    Parked,
}

impl Store {
    /// Takes effects whose time has come, so that nobody else does until `lease_ms` have passed.
    ///
    /// An effect whose lease has run out is taken again, unless it must not be repeated: that one is parked, and
    /// [`Store::stuck_effects`] shows it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_effects(&self, now: Timestamp, limit: u32, lease_ms: i64) -> Result<Vec<EffectRow>, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "update effects set state = 'parked', lease_until = null, last_error = $2
                     where state = 'running' and lease_until <= $1 and at_most_once",
                )
                .bind(now.0)
                .bind(UNKNOWN)
                .execute(&mut *connection)
                .await?;
                let rows = sqlx::query(
                    "update effects set state = 'running', attempts = attempts + 1, lease_until = $2
                     where key in (
                         select key from effects
                         where (state = 'waiting' and next_at <= $1) or (state = 'running' and lease_until <= $1)
                         order by next_at, key limit $3)
                     returning *",
                )
                .bind(now.0)
                .bind(now.plus_ms(lease_ms).0)
                .bind(i64::from(limit))
                .fetch_all(connection)
                .await?;
                read_in_order(&rows)
            })
        })
        .await
    }

    /// Puts an effect back after a failure that may pass. Its key stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_effect(&self, key: &str, next_at: Timestamp, error: &str) -> Result<(), StoreError> {
        self.settle(key, "waiting", Some(next_at), Some(error)).await
    }

    /// Puts an effect aside until somebody looks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn park_effect(&self, key: &str, error: &str) -> Result<(), StoreError> {
        self.settle(key, "parked", None, Some(error)).await
    }

    /// Lets a parked effect be carried out again, because somebody decided so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_effect(&self, key: &str, now: Timestamp) -> Result<(), StoreError> {
        self.settle(key, "waiting", Some(now), None).await
    }

    /// Forgets an effect whose result needs no event.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_effect(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.write(move |connection| Box::pin(async move { delete(connection, &key).await })).await
    }

    /// What was being carried out when the program stopped. Call it once at the start, before any claim.
    ///
    /// Each is put back to be carried out again, except what must not be repeated: that is parked, and the caller
    /// asks a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_effects_at_start(&self, now: Timestamp) -> Result<Vec<EffectRow>, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "update effects set state = case when at_most_once then 'parked' else 'waiting' end,
                            lease_until = null, next_at = $1, last_error = $2
                     where state = 'running' returning *",
                )
                .bind(now.0)
                .bind(UNKNOWN)
                .fetch_all(connection)
                .await?;
                read_in_order(&rows)
            })
        })
        .await
    }

    /// Effects that wait for somebody to look, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stuck_effects(&self) -> Result<Vec<EffectRow>, StoreError> {
        self.effects_where(" where state = 'parked'", None).await
    }

    /// Every effect of a case that is not acknowledged, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn effects_of(&self, case_id: &str) -> Result<Vec<EffectRow>, StoreError> {
        self.effects_where(" where case_id = ", Some(case_id)).await
    }

    /// When the next effect may be begun, or taken over from somebody whose lease runs out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_effect(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = sqlx::query_scalar(
            "select min(case when state = 'running' then lease_until else next_at end) from effects
             where state in ('waiting', 'running')",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(at.map(Timestamp))
    }

    async fn effects_where(
        &self,
        condition: &'static str,
        case_id: Option<&str>,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("select * from effects");
        query.push(condition);
        if let Some(case_id) = case_id {
            query.push_bind(case_id);
        }
        query.push(" order by created_at, key");
        query.build().fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    async fn settle(
        &self,
        key: &str,
        state: &'static str,
        next_at: Option<Timestamp>,
        error: Option<&str>,
    ) -> Result<(), StoreError> {
        let (key, error) = (key.to_owned(), error.map(str::to_owned));
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "update effects set state = $2, lease_until = null, next_at = coalesce($3, next_at),
                            last_error = coalesce($4, last_error)
                     where key = $1",
                )
                .bind(key)
                .bind(state)
                .bind(next_at.map(|at| at.0))
                .bind(error)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }
}

/// Writes the effects of one event. One that stands there already, and that nobody carries out, starts afresh.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    case_id: &str,
    commands: &[Command],
    now: Timestamp,
) -> Result<(), StoreError> {
    for command in commands {
        let at_most_once = matches!(command, Command::CallSystem { at_most_once: true, .. });
        sqlx::query(
            "insert into effects (key, case_id, kind, command, at_most_once, state, attempts, next_at, created_at)
             values ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6)
             on conflict (key) do update set
                 command = excluded.command, state = 'waiting', attempts = 0, next_at = excluded.next_at
             where effects.state <> 'running'",
        )
        .bind(command.key())
        .bind(case_id)
        .bind(command.name())
        .bind(to_json(command)?)
        .bind(at_most_once)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Deletes an effect that is acknowledged.
pub(super) async fn delete(connection: &mut SqliteConnection, key: &str) -> Result<(), StoreError> {
    sqlx::query("delete from effects where key = $1").bind(key).execute(connection).await?;
    Ok(())
}

/// `returning` promises no order, so it is made here.
fn read_in_order(rows: &[SqliteRow]) -> Result<Vec<EffectRow>, StoreError> {
    let mut effects: Vec<EffectRow> = rows.iter().map(read).collect::<Result<_, _>>()?;
    effects.sort_by(|a, b| (a.next_at, &a.key).cmp(&(b.next_at, &b.key)));
    Ok(effects)
}

fn read(row: &SqliteRow) -> Result<EffectRow, StoreError> {
    let state = match row.text("state")?.as_str() {
        "waiting" => EffectState::Waiting,
        "running" => EffectState::Running,
        _ => EffectState::Parked,
    };
    Ok(EffectRow {
        key: row.text("key")?,
        case_id: row.text("case_id")?,
        command: row.json("command")?,
        at_most_once: row.flag("at_most_once")?,
        state,
        attempts: row.count("attempts")?,
        next_at: row.time("next_at")?,
        lease_until: row.maybe_time("lease_until")?,
        last_error: row.maybe_text("last_error")?,
        created_at: row.time("created_at")?,
    })
}

//! Commands that are being carried out: each at least once, always under its key.

use countersign_core::{command::Command, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Batch, Connection, Row, Rows, Value, maybe_ms, sql, to_bigint, to_json},
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

/// The right to settle one attempt of an effect. It is void as soon as somebody else has taken the effect over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The effect.
    pub key: String,
    /// When its event was committed.
    pub released: Timestamp,
    /// The number of the attempt, which goes up with every taking.
    pub attempt: u64,
}

impl EffectRow {
    /// The first attempt of an effect that was committed as held by whoever committed it.
    #[must_use]
    pub fn held(case_id: &str, command: Command, held_until: Timestamp, now: Timestamp) -> Self {
        Self {
            key: command.key().to_owned(),
            case_id: case_id.to_owned(),
            at_most_once: is_at_most_once(&command),
            command,
            state: EffectState::Running,
            attempts: 1,
            next_at: now,
            lease_until: Some(held_until),
            last_error: None,
            created_at: now,
        }
    }

    /// The right to settle this attempt.
    #[must_use]
    pub fn lease(&self) -> Lease {
        Lease { key: self.key.clone(), released: self.created_at, attempt: self.attempts }
    }
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
                park_lapsed(connection, now).await?;
                let mut claim = sql("with due as materialized (
                         select key from effects
                         where (state = 'waiting' and next_at <= $1) or (state = 'running' and lease_until <= $1)
                         order by next_at, key limit $3");
                claim.push(connection.for_update_skipping()).push(
                    ")
                     update effects set state = 'running', attempts = attempts + 1, lease_until = $2
                     where key in (select key from due) returning *",
                );
                let claim = claim.bind(now.0).bind(now.plus_ms(lease_ms).0).bind(i64::from(limit));
                read_in_order(&claim.fetch_all(connection).await?)
            })
        })
        .await
    }

    /// Puts an effect back after a failure that may pass. Its key stays. Says whether it did: it does not when
    /// somebody else has taken the effect over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_effect(&self, lease: &Lease, next_at: Timestamp, error: &str) -> Result<bool, StoreError> {
        let (lease, error) = (lease.clone(), error.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let done =
                    sql("update effects set state = 'waiting', lease_until = null, next_at = $4, last_error = $5
                     where key = $1 and created_at = $2 and attempts = $3 and state = 'running'")
                    .bind(&lease.key)
                    .bind(lease.released.0)
                    .bind(to_bigint(lease.attempt))
                    .bind(next_at.0)
                    .bind(&error)
                    .execute(connection)
                    .await?;
                Ok(done > 0)
            })
        })
        .await
    }

    /// Puts an effect aside until somebody looks. Says whether it did: it does not when somebody else has taken the
    /// effect over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn park_effect(&self, lease: &Lease, error: &str) -> Result<bool, StoreError> {
        let (lease, error) = (lease.clone(), error.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let done = sql("update effects set state = 'parked', lease_until = null, last_error = $4
                     where key = $1 and created_at = $2 and attempts = $3 and state = 'running'")
                .bind(&lease.key)
                .bind(lease.released.0)
                .bind(to_bigint(lease.attempt))
                .bind(&error)
                .execute(connection)
                .await?;
                Ok(done > 0)
            })
        })
        .await
    }

    /// Lets a parked effect be carried out again, because somebody decided so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_effect(&self, key: &str, now: Timestamp) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("update effects set state = 'waiting', next_at = $2 where key = $1 and state = 'parked'")
                    .bind(key)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Holds effects that are still being carried out for longer; whoever lost one does not get it back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_leases(&self, leases: Vec<Lease>, until: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                for lease in &leases {
                    sql("update effects set lease_until = $4
                         where key = $1 and created_at = $2 and attempts = $3 and state = 'running'")
                    .bind(&lease.key)
                    .bind(lease.released.0)
                    .bind(to_bigint(lease.attempt))
                    .bind(until.0)
                    .execute(&mut *connection)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Forgets an effect whose result needs no event, unless somebody else has taken it over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_effect(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |connection| Box::pin(async move { settle(connection, &lease).await.map(|_| ()) })).await
    }

    /// What was being carried out when the program stopped. Call it once at the start, before any claim.
    ///
    /// Each is put back to be carried out again, except what must not be repeated: that is parked, and the caller
    /// asks a person. On a server nothing is touched, since another program may be at it: there the leases run out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_effects_at_start(&self, now: Timestamp) -> Result<Vec<EffectRow>, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                if connection.is_shared() {
                    return Ok(Vec::new());
                }
                let rows = sql("update effects set state = case when at_most_once then 'parked' else 'waiting' end,
                            lease_until = null, next_at = $1, last_error = $2
                     where state = 'running' returning *")
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
        let at: Option<i64> =
            sql("select min(case when state = 'running' then lease_until else next_at end) from effects
             where state in ('waiting', 'running')")
            .scalar(&self.readers)
            .await?;
        Ok(at.map(Timestamp))
    }

    async fn effects_where(
        &self,
        condition: &'static str,
        case_id: Option<&str>,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let mut query = sql("select * from effects");
        query.push(condition);
        if let Some(case_id) = case_id {
            query.push_bind(case_id);
        }
        query.push(" order by created_at, key");
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }
}

/// Parks what must not be repeated and was not settled in its time.
async fn park_lapsed(connection: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let mut park = sql("with lapsed as materialized (
             select key from effects where state = 'running' and lease_until <= $1 and at_most_once");
    park.push(connection.for_update_skipping()).push(
        ")
         update effects set state = 'parked', lease_until = null, last_error = $2
         where key in (select key from lapsed)",
    );
    park.bind(now.0).bind(UNKNOWN).execute(connection).await?;
    Ok(())
}

/// Writes the effects of one event. One that stands there already starts afresh; while somebody carries it out, it does
/// so when their lease has run out.
pub(super) fn insert<'a>(
    batch: &mut Batch<'a>,
    case_id: &'a str,
    commands: &'a [Command],
    held_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut each = commands.iter().map(|command| Released { case_id, command, held_until, now });
    each.try_for_each(|one| insert_all(batch, vec![one]))
}

/// A command that becomes an effect.
pub(super) struct Released<'a> {
    pub(super) case_id: &'a str,
    pub(super) command: &'a Command,
    /// Until when whoever commits it holds it.
    pub(super) held_until: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// Whether a command must never be repeated while its outcome is unknown.
const fn is_at_most_once(command: &Command) -> bool {
    matches!(command, Command::CallSystem { at_most_once: true, .. })
}

const RELEASED: Rows = Rows {
    head: "insert into effects
         (key, case_id, kind, command, at_most_once, state, attempts, next_at, lease_until, created_at)",
    columns: 10,
    // Invariant: an attempt that is on its way when its key is released again does not count any more, since it may
    // have found that nobody waits for it and remove the row. The row stays under its lease, and is taken again
    // after it.
    tail: " on conflict (key) do update set
             command = excluded.command, last_error = null, created_at = excluded.created_at,
             state = case when effects.state = 'running' then effects.state else excluded.state end,
             attempts = case when effects.state <> 'running' then excluded.attempts
                 when effects.created_at = excluded.created_at then effects.attempts + 1 else effects.attempts end,
             next_at = case when effects.state = 'running' then effects.next_at else excluded.next_at end,
             lease_until = case when effects.state = 'running' then effects.lease_until
                 else excluded.lease_until end",
};

const ACKNOWLEDGED: Rows =
    Rows { head: "delete from effects where (key, created_at, attempts) in (", columns: 3, tail: ")" };

/// Writes the effects of many events, each under a key of its own, as [`insert`] does for one event.
pub(super) fn insert_all<'a>(batch: &mut Batch<'a>, released: Vec<Released<'a>>) -> Result<(), StoreError> {
    let rows = released.into_iter().map(|Released { case_id, command, held_until, now }| {
        let at_most_once = is_at_most_once(command);
        Ok(vec![
            command.key().into(),
            case_id.into(),
            command.name().into(),
            to_json(command)?.into(),
            at_most_once.into(),
            if held_until.is_some() { "running" } else { "waiting" }.into(),
            i64::from(held_until.is_some()).into(),
            now.0.into(),
            maybe_ms(held_until).into(),
            now.0.into(),
        ])
    });
    batch.add_rows(RELEASED, rows.collect::<Result<_, StoreError>>()?);
    Ok(())
}

/// Deletes effects that are acknowledged; returns how many attempts were still held by whoever acknowledges them.
pub(super) async fn settle_all(connection: &mut Connection, leases: &[&Lease]) -> Result<u64, StoreError> {
    Ok(ACKNOWLEDGED.execute(connection, settled_rows(leases)).await?)
}

fn settled_rows<'a>(leases: &[&'a Lease]) -> Vec<Vec<Value<'a>>> {
    let row = |lease: &&'a Lease| vec![(&lease.key).into(), lease.released.0.into(), to_bigint(lease.attempt).into()];
    leases.iter().map(row).collect()
}

/// What became of an attempt's acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// The effect is done with.
    Done,
    /// Somebody else has taken the effect over and carries it out again.
    TakenOver,
}

/// Deletes an effect that is acknowledged, unless somebody else has taken it over.
pub(super) async fn settle(connection: &mut Connection, lease: &Lease) -> Result<Settled, StoreError> {
    let deleted = sql("delete from effects where key = $1 and created_at = $2 and attempts = $3")
        .bind(&lease.key)
        .bind(lease.released.0)
        .bind(to_bigint(lease.attempt))
        .execute(&mut *connection)
        .await?;
    if deleted > 0 {
        return Ok(Settled::Done);
    }
    let others = sql("select key from effects where key = $1").bind(&lease.key).fetch_optional(connection).await?;
    Ok(if others.is_some() { Settled::TakenOver } else { Settled::Done })
}

/// `returning` promises no order, so it is made here.
fn read_in_order(rows: &[Row]) -> Result<Vec<EffectRow>, StoreError> {
    let mut effects: Vec<EffectRow> = rows.iter().map(read).collect::<Result<_, _>>()?;
    effects.sort_by(|a, b| (a.next_at, &a.key).cmp(&(b.next_at, &b.key)));
    Ok(effects)
}

fn read(row: &Row) -> Result<EffectRow, StoreError> {
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

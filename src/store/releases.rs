//! Money that left without a signature on an agent's word, counted for a case and for a day.

use countersign_core::{time::Timestamp, value::Money};

use super::{
    Store, StoreError,
    db::{Connection, Sql, sql},
};

/// A call that is about to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The effect's key.
    pub key: String,
    /// The case.
    pub case_id: String,
    /// The money that it carries.
    pub money: Money,
    /// The most that may leave in the case, this call included, in minor units; `None` is no limit.
    pub case_limit: Option<i64>,
    /// The most that may leave on the day, this call included.
    pub day_limit: Option<i64>,
    /// When. A day begins at midnight UTC.
    pub at: Timestamp,
}

/// Whether a call may leave, and what had left before it, in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// Whether it may leave. One that was let through before may, since it may have arrived.
    pub may_leave: bool,
    /// What had left in the case, from its start.
    pub case: i64,
    /// What had left in all cases on the day.
    pub day: i64,
}

impl Release {
    /// What becomes of the call after so much has left.
    pub(crate) fn after(&self, case: i64, day: i64) -> Released {
        let fits = |limit: Option<i64>, before: i64| {
            let with = before.checked_add(self.money.minor);
            with.is_some_and(|with| limit.is_none_or(|limit| with <= limit))
        };
        Released { may_leave: fits(self.case_limit, case) && fits(self.day_limit, day), case, day }
    }
}

impl Store {
    /// Counts a call unless it passes a limit, and tells what had left before it. A call that was counted stays
    /// counted, and may leave again.
    ///
    /// Invariant: whoever counts for a day holds its row until the end of the transaction, so that two programs cannot
    /// both pass below a limit that they exceed together.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_release(&self, release: Release) -> Result<Released, StoreError> {
        self.write(move |connection| Box::pin(async move { count(connection, &release).await })).await
    }

    /// What has left on the day of an instant, in minor units of a currency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn released_on(&self, now: Timestamp, currency: &str) -> Result<i64, StoreError> {
        let of_day = sql("select minor from release_days where day = $1 and currency = $2");
        let sum = of_day.bind(now.day()).bind(currency).scalar_optional(&self.readers).await?;
        Ok(sum.unwrap_or_default())
    }
}

async fn count(connection: &mut Connection, release: &Release) -> Result<Released, StoreError> {
    let Release { key, case_id, money, at, .. } = release;
    // The case before the day, always: whoever counts waits for others in one order.
    sql("insert into release_cases (case_id, currency, minor) values ($1, $2, 0)
         on conflict (case_id, currency) do nothing")
    .bind(case_id)
    .bind(&money.currency)
    .execute(connection)
    .await?;
    let mut of_case = sql("select minor from release_cases where case_id = $1 and currency = $2");
    of_case.push(connection.for_update());
    let case = minor(connection, of_case.bind(case_id).bind(&money.currency)).await?;
    sql("insert into release_days (day, currency, minor) values ($1, $2, 0) on conflict (day, currency) do nothing")
        .bind(at.day())
        .bind(&money.currency)
        .execute(connection)
        .await?;
    let mut of_day = sql("select minor from release_days where day = $1 and currency = $2");
    of_day.push(connection.for_update());
    let day = minor(connection, of_day.bind(at.day()).bind(&money.currency)).await?;
    let known = sql("select key from releases where key = $1").bind(key).fetch_optional(&mut *connection).await?;
    if known.is_some() {
        return Ok(Released { may_leave: true, case, day });
    }
    let released = release.after(case, day);
    if released.may_leave {
        sql("insert into releases (key, case_id, currency, minor, at) values ($1, $2, $3, $4, $5)")
            .bind(key)
            .bind(case_id)
            .bind(&money.currency)
            .bind(money.minor)
            .bind(at.0)
            .execute(connection)
            .await?;
        sql("update release_cases set minor = minor + $3 where case_id = $1 and currency = $2")
            .bind(case_id)
            .bind(&money.currency)
            .bind(money.minor)
            .execute(connection)
            .await?;
        sql("update release_days set minor = minor + $3 where day = $1 and currency = $2")
            .bind(at.day())
            .bind(&money.currency)
            .bind(money.minor)
            .execute(connection)
            .await?;
    }
    Ok(released)
}

async fn minor(connection: &mut Connection, query: Sql<'_>) -> Result<i64, StoreError> {
    Ok(query.scalar_optional(connection).await?.unwrap_or_default())
}

//! What was changed outside a case: people, roles, settings, erasures. Append only.

use countersign_core::{people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Connection, sql},
};
use crate::id::new_id;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: PersonId,
    /// What was changed.
    pub what: String,
    /// How, in words.
    pub detail: String,
}

impl Store {
    /// Records a change.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(&self, by: &str, what: &str, detail: &str, now: Timestamp) -> Result<(), StoreError> {
        let (by, what, detail) = (by.to_owned(), what.to_owned(), detail.to_owned());
        self.write(move |connection| Box::pin(async move { insert(connection, &by, &what, &detail, now).await })).await
    }

    /// The changes, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn records(&self, limit: u32, offset: u32) -> Result<Vec<Record>, StoreError> {
        let rows = sql("select at, actor, what, detail from records order by at desc, id desc limit $1 offset $2")
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Record {
                    at: row.time("at")?,
                    by: row.text("actor")?,
                    what: row.text("what")?,
                    detail: row.text("detail")?,
                })
            })
            .collect()
    }
}

pub(super) async fn insert(
    connection: &mut Connection,
    by: &str,
    what: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql("insert into records (id, at, actor, what, detail) values ($1, $2, $3, $4, $5)")
        .bind(new_id("record"))
        .bind(now.0)
        .bind(by)
        .bind(what)
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

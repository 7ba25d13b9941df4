//! What was changed outside a case: people, roles, settings, erasures. Append only.

use countersign_core::{people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    cases::escape,
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

/// Which changes are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only what was changed of something in whose name, or in how it was changed, this text stands.
    pub subject: Option<String>,
    /// Only what this person changed.
    pub by: Option<PersonId>,
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
        self.records_of(&RecordFilter::default(), limit, offset).await
    }

    /// The changes that the filter lets through, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn records_of(&self, only: &RecordFilter, limit: u32, offset: u32) -> Result<Vec<Record>, StoreError> {
        let within = |text: Option<&String>| text.map_or_else(|| "%".to_owned(), |text| format!("%{}%", escape(text)));
        let by = only.by.as_ref().map_or_else(|| "%".to_owned(), |by| escape(by));
        let rows = sql("select at, actor, what, detail from records
             where (lower(what) like $1 escape '\\' or lower(detail) like $1 escape '\\')
                 and actor like $2 escape '\\'
             order by at desc, id desc limit $3 offset $4")
        .bind(within(only.subject.as_ref().map(|text| text.to_lowercase()).as_ref()))
        .bind(by)
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

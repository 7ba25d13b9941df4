//! What whoever answers for a process is told about its agents: it stands in their inbox until they put it away.

use countersign_core::{people::PersonId, time::Timestamp};

use super::{
    Mail, Store, StoreError,
    db::{Connection, Rows, Value, sql, to_bigint},
};

/// One notice for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerNotice {
    /// What it is about; a person is told it once.
    pub key: String,
    /// Whom.
    pub person: PersonId,
    /// The process.
    pub process: String,
    /// The number of the case whose decision brought it.
    pub case_number: Option<u64>,
    /// What happened, as sentences.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

pub(super) const NOTICES: Rows = Rows {
    head: "insert into owner_notices (key, person, process, case_number, text, at)",
    columns: 6,
    tail: " on conflict do nothing",
};

impl Store {
    /// What a person was told and has not put away, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owner_notices(&self, person: &str, limit: u32) -> Result<Vec<OwnerNotice>, StoreError> {
        let rows = sql("select * from owner_notices where person = $1 and seen_at is null
             order by at desc, key limit $2")
        .bind(person)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OwnerNotice {
                    key: row.text("key")?,
                    person: row.text("person")?,
                    process: row.text("process")?,
                    case_number: row.maybe_count("case_number")?,
                    text: row.text("text")?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }

    /// A person has read a notice; `false` when there is none of this key for them that they have not put away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_notice_away(&self, person: &str, key: &str, now: Timestamp) -> Result<bool, StoreError> {
        let (person, key) = (person.to_owned(), key.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let done =
                    sql("update owner_notices set seen_at = $3 where person = $1 and key = $2 and seen_at is null")
                        .bind(person)
                        .bind(key)
                        .bind(now.0)
                        .execute(connection)
                        .await?;
                Ok(done > 0)
            })
        })
        .await
    }
}

/// A notice as a row of [`NOTICES`].
pub(super) fn row(notice: &OwnerNotice) -> Vec<Value<'_>> {
    vec![
        (&notice.key).into(),
        (&notice.person).into(),
        (&notice.process).into(),
        notice.case_number.map(to_bigint).into(),
        (&notice.text).into(),
        notice.at.0.into(),
    ]
}

/// Keeps notices and the mails that say the same, each once for its key.
pub(super) async fn insert(
    connection: &mut Connection,
    notices: &[OwnerNotice],
    mails: &[Mail],
) -> Result<(), StoreError> {
    for one in notices {
        sql("insert into owner_notices (key, person, process, case_number, text, at)
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing")
        .bind(&one.key)
        .bind(&one.person)
        .bind(&one.process)
        .bind(one.case_number.map(to_bigint))
        .bind(&one.text)
        .bind(one.at.0)
        .execute(&mut *connection)
        .await?;
    }
    for mail in mails {
        sql("insert into mails (key, case_id, to_name, to_address, text, at) values ($1, $2, $3, $4, $5, $6)
             on conflict do nothing")
        .bind(&mail.key)
        .bind(&mail.case_id)
        .bind(&mail.to_name)
        .bind(&mail.to_address)
        .bind(&mail.text)
        .bind(mail.at.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

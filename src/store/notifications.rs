//! What people were told about their tasks.

use countersign_core::{command::Notice, people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{sql, to_json},
};

/// One notification of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The key of the effect that sent it.
    pub key: String,
    /// Whom.
    pub person: PersonId,
    /// The case.
    pub case_id: String,
    /// The task's number in it.
    pub task: u32,
    /// What about it.
    pub notice: Notice,
    /// When.
    pub at: Timestamp,
    /// When the person saw it.
    pub seen_at: Option<Timestamp>,
}

impl Store {
    /// Keeps the notifications of one effect; returns how many are new, so that a repeat tells nobody twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify(&self, notifications: Vec<Notification>) -> Result<u64, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let mut new = 0;
                for notification in &notifications {
                    let done = sql("insert into notifications (key, person, case_id, task, notice, at, seen_at)
                         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing")
                    .bind(&notification.key)
                    .bind(&notification.person)
                    .bind(&notification.case_id)
                    .bind(i64::from(notification.task))
                    .bind(to_json(&notification.notice)?)
                    .bind(notification.at.0)
                    .bind(notification.seen_at.map(|at| at.0))
                    .execute(&mut *connection)
                    .await?;
                    new += done;
                }
                Ok(new)
            })
        })
        .await
    }

    /// A person's notifications, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notifications(
        &self,
        person: &str,
        unseen_only: bool,
        limit: u32,
    ) -> Result<Vec<Notification>, StoreError> {
        let mut query = sql("select * from notifications where person = ");
        query.push_bind(person);
        if unseen_only {
            query.push(" and seen_at is null");
        }
        query.push(" order by at desc, key limit ").push_bind(i64::from(limit));
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(Notification {
                    key: row.text("key")?,
                    person: row.text("person")?,
                    case_id: row.text("case_id")?,
                    task: u32::try_from(row.count("task")?).unwrap_or(u32::MAX),
                    notice: row.json("notice")?,
                    at: row.time("at")?,
                    seen_at: row.maybe_time("seen_at")?,
                })
            })
            .collect()
    }

    /// Marks everything that a person was told up to this instant as seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_seen(&self, person: &str, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let person = person.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("update notifications set seen_at = $3 where person = $1 and at <= $2 and seen_at is null")
                    .bind(person)
                    .bind(until.0)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

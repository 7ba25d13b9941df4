//! "Keep this, remove the samples": the way from trying it out to using it.

use std::sync::Arc;

use countersign_core::{people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Connection, sql},
    pulse, records,
};

/// What hangs on a case, in an order in which it can be deleted; the case itself comes last.
const OF_A_CASE: &[&str] = &[
    "payloads",
    "events",
    "task_people",
    "tasks",
    "effects",
    "decision_texts",
    "decision_records",
    "labels",
    "case_documents",
    "mails",
    "notifications",
    "links",
    "releases",
    "release_cases",
];

/// What hangs on a person.
const OF_A_PERSON: &[&str] = &["credentials", "sessions", "tokens", "links", "notifications", "owner_notices"];

/// How much was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Sample people.
    pub people: u64,
    /// Cases that sample people had opened.
    pub cases: u64,
}

impl Store {
    /// Removes the sample people and every case that one of them opened, with all that belongs to it.
    ///
    /// Whoever stands in `keep` stays, with their cases, and is no sample any more. Processes stay. Documents are
    /// left to [`Store::collect_unreferenced`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_samples(&self, keep: &[PersonId], by: &str, now: Timestamp) -> Result<Removed, StoreError> {
        let (keep, by, recent) = (keep.to_vec(), by.to_owned(), Arc::clone(&self.recent));
        let removed = self.write(move |connection| {
            Box::pin(async move {
                // Before the commit too: whoever asked may be gone when it is done, and the writer goes by what is
                // kept.
                recent.clear();
                remove(connection, &keep, &by, now).await
            })
        });
        let removed = removed.await;
        self.recent.clear();
        removed
    }
}

async fn remove(
    connection: &mut Connection,
    keep: &[PersonId],
    by: &str,
    now: Timestamp,
) -> Result<Removed, StoreError> {
    for person in keep {
        sql("update people set sample = false where id = $1").bind(person).execute(&mut *connection).await?;
    }
    let mut theirs = sql("select id from cases where requester in (select id from people where sample) order by id");
    theirs.push(connection.for_update());
    theirs.fetch_all(&mut *connection).await?;
    for table in OF_A_CASE {
        let condition = "case_id in (select c.id from cases c join people p on p.id = c.requester where p.sample)";
        delete(connection, table, condition).await?;
    }
    // An effect's key begins with the identifier of its case.
    let theirs = "exists (select 1 from cases c join people p on p.id = c.requester
                  where p.sample and practice_calls.key like c.id || '/%')";
    delete(connection, "practice_calls", theirs).await?;
    let cases = delete(connection, "cases", "requester in (select id from people where sample)").await?;
    for table in OF_A_PERSON {
        delete(connection, table, "person in (select id from people where sample)").await?;
    }
    sql("update people set manager = null where manager in (select id from people where sample)")
        .execute(&mut *connection)
        .await?;
    let people = delete(connection, "people", "sample").await?;
    pulse::people_changed(connection).await?;
    let detail = format!("removed {people} sample people and {cases} cases that they had opened");
    records::insert(connection, by, "samples", &detail, now).await?;
    Ok(Removed { people, cases })
}

async fn delete(connection: &mut Connection, table: &'static str, condition: &'static str) -> Result<u64, StoreError> {
    let mut query = sql("delete from ");
    query.push(table).push(" where ").push(condition);
    Ok(query.execute(connection).await?)
}

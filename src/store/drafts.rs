//! Descriptions of processes while they are being written. Every saved text is kept as a revision of its own.

use countersign_core::{canonical::Digest, people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Connection, Row, sql, to_bigint, to_json},
};

/// How many revisions of a draft are kept, beside the one shown and those that wait for a choice.
pub const REVISIONS_KEPT: u64 = 200;

/// A description that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Identifier.
    pub id: String,
    /// The process whose next version it is to become; `None` for a new one.
    pub process: Option<String>,
    /// The version that it began with.
    pub base: Option<Digest>,
    /// The title, as the text gives it.
    pub title: String,
    /// The revision that is shown.
    pub revision: u64,
    /// The text of that revision.
    pub text: String,
    /// What stands beside the text, as JSON.
    pub attachments: serde_json::Value,
    /// Who began it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Timestamp,
    /// Who changed it last.
    pub changed_by: PersonId,
    /// When.
    pub changed_at: Timestamp,
    /// The version that it became.
    pub published: Option<Digest>,
}

/// One text that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number within the draft.
    pub number: u64,
    /// The revision that its author saw.
    pub parent: Option<u64>,
    /// The text.
    pub text: String,
    /// Whose it is.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Whether it stands beside the draft and waits for somebody to choose.
    pub aside: bool,
}

/// A text to be saved.
#[derive(Clone, Debug)]
pub struct NewRevision {
    /// The title, as the text gives it.
    pub title: String,
    /// The text.
    pub text: String,
    /// What its author wrote, when the text was merged from that and somebody else's.
    pub own: Option<String>,
    /// The revision that its author saw.
    pub parent: u64,
    /// The text that stood beside the draft until now and is settled by this one.
    pub settles: Option<u64>,
    /// Whose it is.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// What became of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is what the draft shows now, and its author's own text is kept under `own`.
    Shown {
        /// The revision that is shown.
        revision: u64,
        /// The revision of what its author wrote; the same unless it was merged.
        own: u64,
    },
    /// Somebody else has saved this revision meanwhile; nothing was written.
    Moved(u64),
}

const SELECT: &str =
    "select d.*, r.text from drafts d join draft_revisions r on r.draft = d.id and r.number = d.revision";

impl Store {
    /// Keeps a new draft, with its text as revision 1.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_draft(&self, draft: Draft) -> Result<(), StoreError> {
        let attachments = to_json(&draft.attachments)?;
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into drafts (id, process, base, title, revision, attachments, created_by, created_at,
                         changed_by, changed_at, published)
                     values ($1, $2, $3, $4, 1, $5, $6, $7, $6, $7, null)")
                .bind(&draft.id)
                .bind(draft.process)
                .bind(draft.base)
                .bind(draft.title)
                .bind(attachments)
                .bind(&draft.created_by)
                .bind(draft.created_at.0)
                .execute(&mut *connection)
                .await?;
                let (by, at) = (&draft.created_by, draft.created_at);
                insert(connection, &draft.id, (1, None), &draft.text, (by, at), false).await
            })
        })
        .await
    }

    /// The draft of this identifier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draft(&self, id: &str) -> Result<Option<Draft>, StoreError> {
        let mut query = sql(SELECT);
        query.push(" where d.id = ").push_bind(id);
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    /// The drafts that were not published, the latest change first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts(&self, limit: u32) -> Result<Vec<Draft>, StoreError> {
        let mut query = sql(SELECT);
        query.push(" where d.published is null order by d.changed_at desc, d.id limit ").push_bind(i64::from(limit));
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// One saved text; `None` when there is none or it was let go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draft_revision(&self, draft: &str, number: u64) -> Result<Option<Revision>, StoreError> {
        sql("select * from draft_revisions where draft = $1 and number = $2")
            .bind(draft)
            .bind(to_bigint(number))
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read_revision)
            .transpose()
    }

    /// The texts that stand beside a draft and wait for a choice, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts_aside(&self, draft: &str) -> Result<Vec<Revision>, StoreError> {
        sql("select * from draft_revisions where draft = $1 and aside order by number")
            .bind(draft)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read_revision)
            .collect()
    }

    /// Saves a text as what the draft shows, as long as it still shows revision `expected`.
    ///
    /// # Errors
    /// When the database fails or there is no such draft.
    pub async fn put_draft(&self, id: &str, expected: u64, new: NewRevision) -> Result<Put, StoreError> {
        let id = id.to_owned();
        self.write(move |connection| Box::pin(async move { put(connection, &id, expected, &new).await })).await
    }

    /// Keeps a text beside the draft until somebody chooses, and returns its number. With `instead` it replaces what
    /// the same person had put there before.
    ///
    /// # Errors
    /// When the database fails or there is no such draft.
    pub async fn put_aside(
        &self,
        id: &str,
        instead: Option<u64>,
        parent: u64,
        text: &str,
        by: &PersonId,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let (id, text, by) = (id.to_owned(), text.to_owned(), by.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                shown(connection, &id).await?;
                if let Some(number) = instead {
                    sql("delete from draft_revisions where draft = $1 and number = $2 and aside and by = $3")
                        .bind(&id)
                        .bind(to_bigint(number))
                        .bind(&by)
                        .execute(&mut *connection)
                        .await?;
                }
                let number = next(connection, &id).await?;
                insert(connection, &id, (number, Some(parent)), &text, (&by, at), true).await?;
                Ok(number)
            })
        })
        .await
    }

    /// Lets go of a text that stood beside the draft; it stays as a revision.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_aside(&self, id: &str, number: u64) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |connection| Box::pin(async move { settle(connection, &id, number).await })).await
    }

    /// Replaces what stands beside the text.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_draft_attachments(&self, id: &str, attachments: &serde_json::Value) -> Result<(), StoreError> {
        let (id, attachments) = (id.to_owned(), to_json(attachments)?);
        self.write(move |connection| {
            Box::pin(async move {
                let change = sql("update drafts set attachments = $2 where id = $1");
                change.bind(id).bind(attachments).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Says which version a draft became; it is no longer listed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draft_published(&self, id: &str, version: &str) -> Result<(), StoreError> {
        let (id, version) = (id.to_owned(), version.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let change = sql("update drafts set published = $2 where id = $1");
                change.bind(id).bind(version).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Removes a draft with everything that was saved of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_draft(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                for change in [
                    "delete from draft_presence where draft = $1",
                    "delete from draft_revisions where draft = $1",
                    "delete from drafts where id = $1",
                ] {
                    sql(change).bind(&id).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Notes that a person has a draft open.
    ///
    /// # Errors
    /// When the database fails or there is no such draft.
    pub async fn note_presence(&self, draft: &str, person: &str, at: Timestamp) -> Result<(), StoreError> {
        let (draft, person) = (draft.to_owned(), person.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let change = sql("insert into draft_presence (draft, person, at) values ($1, $2, $3)
                           on conflict (draft, person) do update set at = excluded.at");
                change.bind(draft).bind(person).bind(at.0).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Who has had a draft open since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn present_since(&self, draft: &str, since: Timestamp) -> Result<Vec<PersonId>, StoreError> {
        Ok(sql("select person from draft_presence where draft = $1 and at >= $2 order by person")
            .bind(draft)
            .bind(since.0)
            .scalars(&self.readers)
            .await?)
    }
}

async fn put(connection: &mut Connection, id: &str, expected: u64, new: &NewRevision) -> Result<Put, StoreError> {
    let found = shown(connection, id).await?;
    if found != expected {
        return Ok(Put::Moved(found));
    }
    let mut number = next(connection, id).await?;
    let own = number;
    if let Some(text) = &new.own {
        insert(connection, id, (number, Some(new.parent)), text, (&new.by, new.at), false).await?;
        number += 1;
    }
    insert(connection, id, (number, Some(expected)), &new.text, (&new.by, new.at), false).await?;
    sql("update drafts set revision = $2, title = $3, changed_by = $4, changed_at = $5 where id = $1")
        .bind(id)
        .bind(to_bigint(number))
        .bind(&new.title)
        .bind(&new.by)
        .bind(new.at.0)
        .execute(&mut *connection)
        .await?;
    if let Some(settled) = new.settles {
        settle(connection, id, settled).await?;
    }
    sql("delete from draft_revisions where draft = $1 and number < $2 and not aside")
        .bind(id)
        .bind(to_bigint(number.saturating_sub(REVISIONS_KEPT)))
        .execute(connection)
        .await?;
    Ok(Put::Shown { revision: number, own })
}

async fn settle(connection: &mut Connection, id: &str, number: u64) -> Result<(), StoreError> {
    let change = sql("update draft_revisions set aside = false where draft = $1 and number = $2");
    change.bind(id).bind(to_bigint(number)).execute(connection).await?;
    Ok(())
}

/// The revision that a draft shows. Nobody else saves it until the change is committed.
async fn shown(connection: &mut Connection, id: &str) -> Result<u64, StoreError> {
    let mut query = sql("select revision from drafts where id = ");
    query.push_bind(id).push(connection.for_update());
    let row = query.fetch_optional(connection).await?;
    let missing = || StoreError::Refused { what: format!("a text of draft {id}"), why: "it was removed".to_owned() };
    row.ok_or_else(missing)?.count("revision")
}

async fn next(connection: &mut Connection, id: &str) -> Result<u64, StoreError> {
    let change = sql("select coalesce(max(number), 0) + 1 as next from draft_revisions where draft = $1");
    change.bind(id).fetch_one(connection).await?.count("next")
}

async fn insert(
    connection: &mut Connection,
    id: &str,
    (number, parent): (u64, Option<u64>),
    text: &str,
    (by, at): (&PersonId, Timestamp),
    aside: bool,
) -> Result<(), StoreError> {
    sql("insert into draft_revisions (draft, number, parent, text, by, at, aside) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(to_bigint(number))
        .bind(parent.map(to_bigint))
        .bind(text)
        .bind(by)
        .bind(at.0)
        .bind(aside)
        .execute(connection)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        id: row.text("id")?,
        process: row.maybe_text("process")?,
        base: row.maybe_text("base")?,
        title: row.text("title")?,
        revision: row.count("revision")?,
        text: row.text("text")?,
        attachments: row.json("attachments")?,
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        changed_by: row.text("changed_by")?,
        changed_at: row.time("changed_at")?,
        published: row.maybe_text("published")?,
    })
}

fn read_revision(row: &Row) -> Result<Revision, StoreError> {
    Ok(Revision {
        number: row.count("number")?,
        parent: row.maybe_count("parent")?,
        text: row.text("text")?,
        by: row.text("by")?,
        at: row.time("at")?,
        aside: row.flag("aside")?,
    })
}

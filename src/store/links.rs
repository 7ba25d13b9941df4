//! Links that let somebody in: once to sign in, or for as long as an outside party is asked. Only hashes are kept.

use countersign_core::{canonical::Digest, people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Row, sql},
};

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The hash of the secret in it.
    pub token_hash: Digest,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whom it signs in.
    pub person: Option<PersonId>,
    /// The case that it opens.
    pub case_id: Option<String>,
    /// The outside party that it is for.
    pub party: Option<String>,
    /// The task that it asks for.
    pub task: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was used up.
    pub used_at: Option<Timestamp>,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// It signs a person in, once.
    SignIn,
    /// It makes the first administrator, once.
    FirstAdministrator,
    /// It lets an outside party see and answer one case.
    Party,
}

impl LinkPurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::FirstAdministrator => "first_administrator",
            Self::Party => "party",
        }
    }
}

impl Store {
    /// Keeps a link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_link(&self, link: Link) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into links
                         (token_hash, purpose, person, case_id, party, task, created_at, expires_at, used_at)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
                .bind(link.token_hash)
                .bind(link.purpose.name())
                .bind(link.person)
                .bind(link.case_id)
                .bind(link.party)
                .bind(link.task.map(i64::from))
                .bind(link.created_at.0)
                .bind(link.expires_at.0)
                .bind(link.used_at.map(|at| at.0))
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The link of this secret and purpose, unless it is over or used up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link(
        &self,
        token_hash: &str,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Link>, StoreError> {
        sql("select * from links where token_hash = $1 and purpose = $2 and expires_at > $3 and used_at is null")
            .bind(token_hash)
            .bind(purpose.name())
            .bind(now.0)
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// The outside parties that have a link into a case which can still be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn parties_with_link(&self, case_id: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
        sql("select distinct party from links
             where case_id = $1 and purpose = $2 and expires_at > $3 and used_at is null and party is not null")
        .bind(case_id)
        .bind(LinkPurpose::Party.name())
        .bind(now.0)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| row.text("party"))
        .collect()
    }

    /// Uses a link up. However many ask at the same time, one of them gets it. Of the links that make the first
    /// administrator, which each start of a program without people writes, all are used up by the first that is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_link(
        &self,
        token_hash: &str,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Link>, StoreError> {
        let token_hash = token_hash.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let taken = sql("update links set used_at = $3
                                 where purpose = $2 and used_at is null and expires_at > $3
                                 and (token_hash = $1 or purpose = 'first_administrator' and exists
                                      (select 1 from links named where named.token_hash = $1 and named.purpose = $2
                                       and named.used_at is null and named.expires_at > $3))
                                 returning *")
                .bind(&token_hash)
                .bind(purpose.name())
                .bind(now.0)
                .fetch_all(connection)
                .await?;
                let links = taken.iter().map(read).collect::<Result<Vec<Link>, StoreError>>()?;
                Ok(links.into_iter().find(|link| link.token_hash == token_hash))
            })
        })
        .await
    }

    /// Ends every link into a case, such as when it closes or its party is changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_links_of(&self, case_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let case_id = case_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("update links set used_at = $2 where case_id = $1 and used_at is null")
                    .bind(case_id)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

fn read(row: &Row) -> Result<Link, StoreError> {
    let purpose = match row.text("purpose")?.as_str() {
        "first_administrator" => LinkPurpose::FirstAdministrator,
        "party" => LinkPurpose::Party,
        _ => LinkPurpose::SignIn,
    };
    let task = row.maybe_count("task")?;
    Ok(Link {
        token_hash: row.text("token_hash")?,
        purpose,
        person: row.maybe_text("person")?,
        case_id: row.maybe_text("case_id")?,
        party: row.maybe_text("party")?,
        task: task.and_then(|task| u32::try_from(task).ok()),
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        used_at: row.maybe_time("used_at")?,
    })
}

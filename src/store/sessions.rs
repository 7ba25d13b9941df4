//! Who is signed in. Of the secret in a browser's cookie only the hash is kept.

use countersign_core::{canonical::Digest, people::PersonId, time::Timestamp};

use super::{Store, StoreError, db::sql};

/// One signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the secret in the cookie.
    pub token_hash: Digest,
    /// Who is signed in.
    pub person: PersonId,
    /// What a form of this session must carry.
    pub csrf: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps a session, and forgets those that are over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_session(&self, session: Session) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sql("delete from sessions where expires_at <= $1")
                    .bind(session.created_at.0)
                    .execute(&mut *connection)
                    .await?;
                sql("insert into sessions (token_hash, person, csrf, created_at, expires_at)
                     values ($1, $2, $3, $4, $5)")
                .bind(session.token_hash)
                .bind(session.person)
                .bind(session.csrf)
                .bind(session.created_at.0)
                .bind(session.expires_at.0)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The session of this secret, unless it is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token_hash: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let row = sql("select * from sessions where token_hash = $1 and expires_at > $2")
            .bind(token_hash)
            .bind(now.0)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            Ok(Session {
                token_hash: row.text("token_hash")?,
                person: row.text("person")?,
                csrf: row.text("csrf")?,
                created_at: row.time("created_at")?,
                expires_at: row.time("expires_at")?,
            })
        })
        .transpose()
    }

    /// Signs one browser out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_session(&self, token_hash: &str) -> Result<(), StoreError> {
        let token_hash = token_hash.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("delete from sessions where token_hash = $1").bind(token_hash).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

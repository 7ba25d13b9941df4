//! Personal tokens for the API and the command line. Only hashes are kept.

use countersign_core::{canonical::Digest, people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Row, sql},
};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The hash of the secret.
    pub token_hash: Digest,
    /// Whose it is.
    pub person: PersonId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    /// Keeps a token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_token(&self, token: Token) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into tokens (token_hash, person, name, created_at) values ($1, $2, $3, $4)")
                    .bind(token.token_hash)
                    .bind(token.person)
                    .bind(token.name)
                    .bind(token.created_at.0)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The token of this secret, unless it was revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, token_hash: &str) -> Result<Option<Token>, StoreError> {
        sql("select * from tokens where token_hash = $1 and revoked_at is null")
            .bind(token_hash)
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// A person's tokens, the newest first, revoked ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens_of(&self, person: &str) -> Result<Vec<Token>, StoreError> {
        sql("select * from tokens where person = $1 order by created_at desc, token_hash")
            .bind(person)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_token(&self, token_hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let token_hash = token_hash.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("update tokens set last_used_at = $2 where token_hash = $1")
                    .bind(token_hash)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Revokes a person's token; tells whether there was one to revoke.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(&self, person: &str, token_hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let (person, token_hash) = (person.to_owned(), token_hash.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let done = sql(
                    "update tokens set revoked_at = $3 where person = $1 and token_hash = $2 and revoked_at is null",
                )
                .bind(person)
                .bind(token_hash)
                .bind(now.0)
                .execute(connection)
                .await?;
                Ok(done > 0)
            })
        })
        .await
    }
}

fn read(row: &Row) -> Result<Token, StoreError> {
    Ok(Token {
        token_hash: row.text("token_hash")?,
        person: row.text("person")?,
        name: row.text("name")?,
        created_at: row.time("created_at")?,
        last_used_at: row.maybe_time("last_used_at")?,
        revoked_at: row.maybe_time("revoked_at")?,
    })
}

//! Passwords, as the hashes that the sign-in makes of them; the store never sees a password.

use countersign_core::time::Timestamp;

use super::{Store, StoreError, db::sql};

impl Store {
    /// Sets the password hash of a person, in the PHC string format, and signs them out everywhere.
    ///
    /// # Errors
    /// When the database fails or nobody of this identifier is known.
    pub async fn set_credential(&self, person: &str, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let (person, hash) = (person.to_owned(), hash.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into credentials (person, hash, changed_at) values ($1, $2, $3)
                     on conflict (person) do update set hash = excluded.hash, changed_at = excluded.changed_at")
                .bind(&person)
                .bind(hash)
                .bind(now.0)
                .execute(&mut *connection)
                .await?;
                sql("delete from sessions where person = $1").bind(&person).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Whether nobody has a password yet, so that whoever has the program's own link makes the first administrator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nobody_can_sign_in(&self) -> Result<bool, StoreError> {
        let any = sql("select person from credentials limit 1").scalar_optional::<String>(&self.readers).await?;
        Ok(any.is_none())
    }

    /// The password hash of a person; `None` when none was set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn credential(&self, person: &str) -> Result<Option<String>, StoreError> {
        Ok(sql("select hash from credentials where person = $1").bind(person).scalar_optional(&self.readers).await?)
    }
}

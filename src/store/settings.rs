//! Small settings by key, such as the organisation's name and zone.

use countersign_core::time::Timestamp;

use super::{
    Store, StoreError,
    db::{Connection, sql},
    records,
};

impl Store {
    /// Sets a value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |connection| Box::pin(async move { set(connection, &key, &value).await })).await
    }

    /// Sets a value that somebody answers for: who did it, and `detail` in words, are on the record with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_setting_by(
        &self,
        (key, value): (&str, &str),
        (by, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [key, value, by, detail] = [key, value, by, detail].map(str::to_owned);
        self.write(move |connection| {
            Box::pin(async move {
                set(connection, &key, &value).await?;
                records::insert(connection, &by, &key, &detail, now).await
            })
        })
        .await
    }

    /// The value; `None` when it was never set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(sql("select value from settings where key = $1").bind(key).scalar_optional(&self.readers).await?)
    }

    /// The value, set to `first` by whoever asks first. For what is made once and kept, such as a server's secret.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting_or(&self, key: &str, first: &str) -> Result<String, StoreError> {
        if let Some(value) = self.setting(key).await? {
            return Ok(value);
        }
        let (key, first) = (key.to_owned(), first.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into settings (key, value) values ($1, $2) on conflict do nothing")
                    .bind(&key)
                    .bind(first)
                    .execute(&mut *connection)
                    .await?;
                let kept = sql("select value from settings where key = $1");
                Ok(kept.bind(key).scalar(connection).await?)
            })
        })
        .await
    }
}

/// Sets a value, within the caller's transaction.
pub(super) async fn set(connection: &mut Connection, key: &str, value: &str) -> Result<(), StoreError> {
    sql("insert into settings (key, value) values ($1, $2)
         on conflict (key) do update set value = excluded.value")
    .bind(key)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}

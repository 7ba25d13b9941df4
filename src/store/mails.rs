//! Mail that went out, or that stays here to be read where no mail server is set up.

use countersign_core::time::Timestamp;

use super::{Store, StoreError, db::sql};

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The idempotency key.
    pub key: String,
    /// The case that it is about.
    pub case_id: Option<String>,
    /// To whom.
    pub to_name: String,
    /// To which address.
    pub to_address: String,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a mail; tells whether it is new, which it is once for its key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_mail(&self, mail: Mail) -> Result<bool, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let done = sql(
                    "insert into mails (key, case_id, to_name, to_address, text, at) values ($1, $2, $3, $4, $5, $6)
                     on conflict do nothing",
                )
                .bind(mail.key)
                .bind(mail.case_id)
                .bind(mail.to_name)
                .bind(mail.to_address)
                .bind(mail.text)
                .bind(mail.at.0)
                .execute(connection)
                .await?;
                Ok(done > 0)
            })
        })
        .await
    }

    /// The mails, of one case or of all, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mails(&self, case_id: Option<&str>, limit: u32) -> Result<Vec<Mail>, StoreError> {
        let mut query = sql("select * from mails");
        if let Some(case_id) = case_id {
            query.push(" where case_id = ").push_bind(case_id);
        }
        query.push(" order by at desc, key limit ").push_bind(i64::from(limit));
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(Mail {
                    key: row.text("key")?,
                    case_id: row.maybe_text("case_id")?,
                    to_name: row.text("to_name")?,
                    to_address: row.text("to_address")?,
                    text: row.text("text")?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }
}

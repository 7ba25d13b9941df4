//! Snapshots: the immutable pieces that events were decided with, kept under their content hash.

use countersign_core::canonical::{Digest, canonical, digest_bytes};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Store, StoreError,
    db::{from_json, sql},
};

impl Store {
    /// Keeps a definition, a directory or a calendar, and returns the hash of its canonical JSON.
    ///
    /// # Errors
    /// When the database fails or the value has no canonical form.
    pub async fn put_snapshot(&self, kind: &str, value: &(impl Serialize + Sync)) -> Result<Digest, StoreError> {
        let body = canonical(value)
            .map_err(|error| StoreError::Refused { what: format!("a {kind}"), why: error.to_string() })?;
        let hash = digest_bytes(body.as_bytes());
        let known: Option<String> =
            sql("select kind from snapshots where hash = $1").bind(&hash).scalar_optional(&self.readers).await?;
        if known.is_some() {
            return Ok(hash);
        }
        let kind = kind.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into snapshots (hash, kind, body) values ($1, $2, $3) on conflict do nothing")
                    .bind(&hash)
                    .bind(kind)
                    .bind(body)
                    .execute(connection)
                    .await?;
                Ok(hash)
            })
        })
        .await
    }

    /// The snapshot of this hash.
    ///
    /// # Errors
    /// When the database fails, and when what stands there does not have this hash any more.
    pub async fn snapshot<T: DeserializeOwned>(&self, hash: &str) -> Result<Option<T>, StoreError> {
        let body: Option<String> =
            sql("select body from snapshots where hash = $1").bind(hash).scalar_optional(&self.readers).await?;
        let Some(body) = body else { return Ok(None) };
        if digest_bytes(body.as_bytes()) != hash {
            return Err(StoreError::Damaged {
                what: format!("snapshot {hash}"),
                why: "it was altered after it was written".to_owned(),
            });
        }
        from_json("snapshot", &body).map(Some)
    }
}

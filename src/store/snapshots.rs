//! Snapshots: the immutable pieces that events were decided with, kept under their content hash.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use countersign_core::canonical::{Digest, canonical, digest_bytes};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    ContextHashes, Store, StoreError,
    db::{from_json, sql},
    header::{DecidedWith, Header},
};

/// How many contexts are kept in memory; beyond it they are all let go.
const CONTEXTS_KEPT: usize = 1_024;

/// The kind of a snapshot of everything that an event was decided with.
const CONTEXT: &str = "context";

/// What events were decided with, by the digest that their headers name, as far as it is known to be kept.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    known: Mutex<HashMap<Digest, ContextHashes>>,
}

impl Contexts {
    fn get(&self, context: &str) -> Option<ContextHashes> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(context).cloned()
    }

    fn note(&self, context: Digest, hashes: ContextHashes) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CONTEXTS_KEPT {
            known.clear();
        }
        known.insert(context, hashes);
    }
}

impl Store {
    /// Keeps what an event was decided with, before the event itself is kept.
    pub(super) async fn keep_context(&self, header: &Header) -> Result<(), StoreError> {
        if self.contexts.get(&header.context).is_none() {
            let context = self.put_snapshot(CONTEXT, &header.decided_with).await?;
            self.contexts.note(context, header.decided_with.clone().hashes());
        }
        Ok(())
    }

    /// What an event was decided with; `None` when the snapshot of that is gone.
    pub(super) async fn context(&self, context: &str) -> Result<Option<ContextHashes>, StoreError> {
        if let Some(hashes) = self.contexts.get(context) {
            return Ok(Some(hashes));
        }
        let hashes = self.snapshot::<DecidedWith>(context).await?.map(DecidedWith::hashes);
        if let Some(hashes) = &hashes {
            self.contexts.note(context.to_owned(), hashes.clone());
        }
        Ok(hashes)
    }

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

//! Documents and their plain texts, under the digest of their content. They are written before the event that
//! names them; what no case names after a while is collected.

use countersign_core::{
    canonical::{Digest, digest_bytes},
    time::Timestamp,
};

use super::{
    Store, StoreError,
    db::{sql, to_bigint},
};

/// The largest document or text, in bytes.
pub const BLOB_LIMIT: usize = 20 * 1024 * 1024;

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Digest of its bytes.
    pub hash: Digest,
    /// Its media type as found.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// How much was collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Documents.
    pub blobs: u64,
    /// Texts.
    pub texts: u64,
}

impl Store {
    /// Keeps a document and returns the digest of its bytes. Keeping it again renews its age and nothing else.
    ///
    /// # Errors
    /// When it is larger than [`BLOB_LIMIT`] or the database fails.
    pub async fn put_blob(&self, media_type: &str, bytes: Vec<u8>, now: Timestamp) -> Result<Digest, StoreError> {
        check_size("the document", bytes.len())?;
        let (hash, media_type) = (digest_bytes(&bytes), media_type.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into blobs (hash, media_type, size, bytes, put_at) values ($1, $2, $3, $4, $5)
                     on conflict (hash) do update set put_at = excluded.put_at")
                .bind(&hash)
                .bind(media_type)
                .bind(to_bigint(bytes.len() as u64))
                .bind(bytes)
                .bind(now.0)
                .execute(connection)
                .await?;
                Ok(hash)
            })
        })
        .await
    }

    /// The document of this digest.
    ///
    /// # Errors
    /// When the database fails, and when the bytes do not have this digest any more.
    pub async fn blob(&self, hash: &str) -> Result<Option<Blob>, StoreError> {
        let row =
            sql("select media_type, bytes from blobs where hash = $1").bind(hash).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        let bytes = row.bytes("bytes")?;
        check_content("document", hash, &bytes)?;
        Ok(Some(Blob { hash: hash.to_owned(), media_type: row.text("media_type")?, bytes }))
    }

    /// Keeps the plain text of a document and returns its digest.
    ///
    /// # Errors
    /// When it is larger than [`BLOB_LIMIT`] or the database fails.
    pub async fn put_text(&self, text: &str, now: Timestamp) -> Result<Digest, StoreError> {
        check_size("the document's text", text.len())?;
        let (hash, text) = (digest_bytes(text.as_bytes()), text.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into texts (hash, text, put_at) values ($1, $2, $3)
                     on conflict (hash) do update set put_at = excluded.put_at")
                .bind(&hash)
                .bind(text)
                .bind(now.0)
                .execute(connection)
                .await?;
                Ok(hash)
            })
        })
        .await
    }

    /// The text of this digest.
    ///
    /// # Errors
    /// When the database fails, and when the text does not have this digest any more.
    pub async fn text(&self, hash: &str) -> Result<Option<String>, StoreError> {
        let text: Option<String> =
            sql("select text from texts where hash = $1").bind(hash).scalar_optional(&self.readers).await?;
        if let Some(text) = &text {
            check_content("text", hash, text.as_bytes())?;
        }
        Ok(text)
    }

    /// Deletes documents and texts that no case names and that were kept before this instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn collect_unreferenced(&self, older_than: Timestamp) -> Result<Collected, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let blobs = sql("delete from blobs where put_at < $1
                     and not exists (select 1 from case_documents d where d.hash = blobs.hash)")
                .bind(older_than.0)
                .execute(&mut *connection)
                .await?;
                let texts = sql("delete from texts where put_at < $1
                     and not exists (select 1 from case_documents d where d.hash = texts.hash)")
                .bind(older_than.0)
                .execute(connection)
                .await?;
                Ok(Collected { blobs, texts })
            })
        })
        .await
    }
}

pub(super) fn check_size(what: &str, size: usize) -> Result<(), StoreError> {
    if size <= BLOB_LIMIT {
        return Ok(());
    }
    Err(StoreError::TooLarge { what: what.to_owned(), size, limit: BLOB_LIMIT })
}

fn check_content(what: &str, hash: &str, bytes: &[u8]) -> Result<(), StoreError> {
    if digest_bytes(bytes) == hash {
        return Ok(());
    }
    Err(StoreError::Damaged { what: format!("{what} {hash}"), why: "it was altered after it was written".to_owned() })
}

//! Processes and their published versions. A version is never changed; publishing makes a new one current.

use countersign_core::{canonical::Digest, definition::Definition, people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Row, sql, to_json},
    record::record,
    versions::{Baseline, write_baseline},
};

/// A published version of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The hash of the definition and of what it pins.
    pub hash: Digest,
    /// The process.
    pub process: String,
    /// The process text as its author wrote it.
    pub text: String,
    /// The labelled examples that were published with it, as their author wrote them.
    pub examples: serde_json::Value,
    /// What it compiled to; a case runs this and is never compiled again.
    pub definition: Definition,
    /// The compiler's revision.
    pub compiler_revision: u32,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: PersonId,
}

/// A process in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// The version that new cases start on.
    pub current_version: Digest,
    /// Its open cases.
    pub open_cases: u64,
}

impl Store {
    /// Keeps a version and makes it the current one of its process. Publishing the same version again only does
    /// the latter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publish_version(&self, version: Version) -> Result<(), StoreError> {
        self.publish_with_baseline(version, None).await
    }

    /// Like [`Store::publish_version`], with what was known of the process before it, as one unit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publish_with_baseline(&self, version: Version, baseline: Option<Baseline>) -> Result<(), StoreError> {
        let (examples, definition) = (to_json(&version.examples)?, to_json(&version.definition)?);
        let baseline = baseline.map(|baseline| to_json(&baseline)).transpose()?;
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into processes (id, title, current_version) values ($1, $2, $3)
                     on conflict (id) do update set
                         title = excluded.title, current_version = excluded.current_version")
                .bind(&version.process)
                .bind(&version.definition.title)
                .bind(&version.hash)
                .execute(&mut *connection)
                .await?;
                sql("insert into versions
                         (hash, process, text, examples, definition, compiler_revision, published_at, published_by)
                     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (hash) do nothing")
                .bind(&version.hash)
                .bind(&version.process)
                .bind(&version.text)
                .bind(examples)
                .bind(definition)
                .bind(i64::from(version.compiler_revision))
                .bind(version.published_at.0)
                .bind(&version.published_by)
                .execute(&mut *connection)
                .await?;
                match baseline {
                    Some(baseline) => write_baseline(connection, &version.hash, &baseline).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// The version that new cases of a process start on.
    ///
    /// # Errors
    /// When the database fails or the definition cannot be read back.
    pub async fn current_version(&self, process: &str) -> Result<Option<Version>, StoreError> {
        sql("select v.* from processes p join versions v on v.hash = p.current_version where p.id = $1")
            .bind(process)
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// The digest of the version that new cases of a process start on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_hash(&self, process: &str) -> Result<Option<Digest>, StoreError> {
        Ok(sql("select current_version from processes where id = $1")
            .bind(process)
            .scalar_optional(&self.readers)
            .await?)
    }

    /// The version of this hash.
    ///
    /// # Errors
    /// When the database fails or the definition cannot be read back.
    pub async fn version(&self, hash: &str) -> Result<Option<Version>, StoreError> {
        sql("select * from versions where hash = $1")
            .bind(hash)
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// Every version of a process, the newest first.
    ///
    /// # Errors
    /// When the database fails or a definition cannot be read back.
    pub async fn versions(&self, process: &str) -> Result<Vec<Version>, StoreError> {
        sql("select * from versions where process = $1 order by published_at desc, hash")
            .bind(process)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Every process, by title.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_processes(&self) -> Result<Vec<ProcessRow>, StoreError> {
        let rows = sql("select p.id, p.title, p.current_version,
                    (select count(*) from cases c where c.process = p.id and c.status = 'open') as open_cases
             from processes p
             where p.id not in (select r.process from rehearsals r where r.ended_at is not null)
             order by p.title, p.id")
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ProcessRow {
                    id: row.text("id")?,
                    title: row.text("title")?,
                    current_version: row.text("current_version")?,
                    open_cases: row.count("open_cases")?,
                })
            })
            .collect()
    }
}

fn read(row: &Row) -> Result<Version, StoreError> {
    Ok(Version {
        hash: row.text("hash")?,
        process: row.text("process")?,
        text: row.text("text")?,
        examples: row.json("examples")?,
        definition: record("definition", &row.text("definition")?)?,
        compiler_revision: u32::try_from(row.count("compiler_revision")?).unwrap_or(u32::MAX),
        published_at: row.time("published_at")?,
        published_by: row.text("published_by")?,
    })
}

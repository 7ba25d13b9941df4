//! Certificates that were issued, and why they ended.

use countersign_core::time::Timestamp;

use super::{
    Answerer, Store, StoreError,
    db::{Row, sql, to_bigint},
    labels::answerer,
    records,
};
use crate::certificate::{Certificate, Promise};

/// Under this name the coming and going of certificates stands on the record.
const RECORDED_AS: &str = "autonomy";

/// A certificate of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its identifier.
    pub id: String,
    /// Whose it is.
    pub of: Answerer,
    /// What it allows, and what it rests on.
    pub certificate: Certificate,
    /// When it was issued.
    pub at: Timestamp,
    /// When and why it ended; `None` while it is in force.
    pub ended: Option<(Timestamp, String)>,
}

impl Store {
    /// The latest certificate of an agent, in force or ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_certificate(&self, of: &Answerer) -> Result<Option<Issued>, StoreError> {
        sql("select * from certificates where process = $1 and step = $2 and engine = $3 and prompt = $4
             order by issued_at desc, look desc limit 1")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .fetch_optional(&self.readers)
        .await?
        .as_ref()
        .map(read)
        .transpose()
    }

    /// Issues a certificate and puts it on the record, by `by` and in these words; `false`, with nothing done, when
    /// one is in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_certificate(&self, issued: Issued, by: &str, detail: &str) -> Result<bool, StoreError> {
        let (by, detail) = (by.to_owned(), detail.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let Certificate { threshold, labels, accepted, wrong, promise, look } = issued.certificate;
                let new = sql("insert into certificates
                         (id, process, step, engine, prompt, threshold, labels, accepted, wrong, error, risk, look,
                          issued_at)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing")
                .bind(issued.id)
                .bind(issued.of.process)
                .bind(issued.of.step)
                .bind(issued.of.engine)
                .bind(issued.of.prompt)
                .bind(i64::from(threshold))
                .bind(to_bigint(labels))
                .bind(to_bigint(accepted))
                .bind(to_bigint(wrong))
                .bind(i64::from(promise.error))
                .bind(i64::from(promise.risk))
                .bind(i64::from(look))
                .bind(issued.at.0)
                .execute(&mut *connection)
                .await?
                    > 0;
                if new {
                    records::insert(connection, &by, RECORDED_AS, &detail, issued.at).await?;
                }
                Ok::<_, StoreError>(new)
            })
        })
        .await
    }

    /// Ends a certificate and puts it on the record, by `by` and in these words; `false`, with nothing done, when it
    /// had ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_certificate(
        &self,
        id: &str,
        why: &str,
        (by, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, why, by, detail) = (id.to_owned(), why.to_owned(), by.to_owned(), detail.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let ended =
                    sql("update certificates set ended_at = $2, ended_why = $3 where id = $1 and ended_at is null")
                        .bind(id)
                        .bind(now.0)
                        .bind(why)
                        .execute(&mut *connection)
                        .await?
                        > 0;
                if ended {
                    records::insert(connection, &by, RECORDED_AS, &detail, now).await?;
                }
                Ok::<_, StoreError>(ended)
            })
        })
        .await
    }
}

fn read(row: &Row) -> Result<Issued, StoreError> {
    let small = |column: &str| Ok::<_, StoreError>(u32::try_from(row.count(column)?).unwrap_or(u32::MAX));
    let why = row.maybe_text("ended_why")?.unwrap_or_default();
    Ok(Issued {
        id: row.text("id")?,
        of: answerer(row)?,
        certificate: Certificate {
            threshold: small("threshold")?,
            labels: row.count("labels")?,
            accepted: row.count("accepted")?,
            wrong: row.count("wrong")?,
            promise: Promise { error: small("error")?, risk: small("risk")? },
            look: small("look")?,
        },
        at: row.time("issued_at")?,
        ended: row.maybe_time("ended_at")?.map(|at| (at, why)),
    })
}

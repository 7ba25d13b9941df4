//! Certificates that were issued, and why they ended.

use countersign_core::time::Timestamp;

use super::{
    Answerer, Mail, OwnerNotice, Store, StoreError,
    db::{Connection, Row, maybe_to_json, sql, to_bigint},
    labels::answerer,
    owner_notices, records,
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

/// What is told when a certificate comes or goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tidings {
    /// Who brought it about.
    pub by: String,
    /// What happened, for the record.
    pub detail: String,
    /// The case and the event whose decision brought it about; `None` when no case did.
    pub decision: Option<(String, u64)>,
    /// What whoever answers for the process is told.
    pub notices: Vec<OwnerNotice>,
    /// The same by mail.
    pub mails: Vec<Mail>,
}

/// A look at labels in earnest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenLook {
    /// What is decided: a field, or the step.
    pub matter: String,
    /// Its number among all looks at that, of whichever version of the agent, from 1.
    pub number: u32,
    /// Whose labels.
    pub of: Answerer,
    /// How many.
    pub labels: u64,
    /// Labels after this instant.
    pub since: Timestamp,
}

/// What a certificate's coming or going says on the timeline of the case that brought it about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The event.
    pub seq: u64,
    /// The certificate.
    pub issued: Issued,
    /// Whether it ended with this event; otherwise it began with it.
    pub ends: bool,
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

    /// The looks that were taken at the labels on one matter of a process, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn looks(&self, process: &str, matter: &str) -> Result<Vec<TakenLook>, StoreError> {
        let rows = sql("select * from label_looks where process = $1 and matter = $2 order by number")
            .bind(process)
            .bind(matter)
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(TakenLook {
                    matter: row.text("matter")?,
                    number: u32::try_from(row.count("number")?).unwrap_or(u32::MAX),
                    of: answerer(row)?,
                    labels: row.count("labels")?,
                    since: row.time("since")?,
                })
            })
            .collect()
    }

    /// Puts a look on record, and with it the certificate that it found, if it found one; `false`, with nothing done,
    /// when the same look or its number was taken meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_look(
        &self,
        look: TakenLook,
        found: Option<(Issued, Tidings)>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let taken = sql("insert into label_looks
                         (process, matter, number, step, engine, prompt, labels, since, at)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing")
                .bind(&look.of.process)
                .bind(&look.matter)
                .bind(i64::from(look.number))
                .bind(&look.of.step)
                .bind(&look.of.engine)
                .bind(&look.of.prompt)
                .bind(to_bigint(look.labels))
                .bind(look.since.0)
                .bind(now.0)
                .execute(&mut *connection)
                .await?
                    > 0;
                if taken && let Some((issued, told)) = found {
                    issue(connection, &issued, &told).await?;
                }
                Ok::<_, StoreError>(taken)
            })
        })
        .await
    }

    /// Issues a certificate and puts it on the record; `false`, with nothing done, when one is in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_certificate(&self, issued: Issued, told: Tidings) -> Result<bool, StoreError> {
        self.write(move |connection| Box::pin(async move { issue(connection, &issued, &told).await })).await
    }

    /// Ends a certificate and puts it on the record; `false`, with nothing done, when it had ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_certificate(
        &self,
        id: &str,
        why: &str,
        told: Tidings,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, why) = (id.to_owned(), why.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let (case, seq) = told.decision.clone().unzip();
                let ended = sql("update certificates
                     set ended_at = $2, ended_why = $3, ended_case = $4, ended_seq = $5
                     where id = $1 and ended_at is null")
                .bind(id)
                .bind(now.0)
                .bind(why)
                .bind(case)
                .bind(seq.map(to_bigint))
                .execute(&mut *connection)
                .await?
                    > 0;
                if ended {
                    tell(connection, &told, now).await?;
                }
                Ok::<_, StoreError>(ended)
            })
        })
        .await
    }

    /// The certificates that a decision in this case brought or ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn turns(&self, case_id: &str) -> Result<Vec<Turn>, StoreError> {
        let rows = sql("select * from certificates where issued_case = $1 or ended_case = $1 order by issued_at, id")
            .bind(case_id)
            .fetch_all(&self.readers)
            .await?;
        let mut turns = Vec::new();
        for row in &rows {
            for (case, seq, ends) in [("issued_case", "issued_seq", false), ("ended_case", "ended_seq", true)] {
                if row.maybe_text(case)?.as_deref() == Some(case_id)
                    && let Some(seq) = row.maybe_count(seq)?
                {
                    turns.push(Turn { seq, issued: read(row)?, ends });
                }
            }
        }
        Ok(turns)
    }
}

async fn issue(connection: &mut Connection, issued: &Issued, told: &Tidings) -> Result<bool, StoreError> {
    let Certificate { threshold, stages, labels, accepted, wrong, promise, look } = &issued.certificate;
    let stages = maybe_to_json((!stages.is_empty()).then_some(stages))?;
    let (case, seq) = told.decision.clone().unzip();
    let new = sql("insert into certificates
             (id, process, step, engine, prompt, threshold, labels, accepted, wrong, error, risk, look, issued_at,
              issued_case, issued_seq, stages)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing")
    .bind(&issued.id)
    .bind(&issued.of.process)
    .bind(&issued.of.step)
    .bind(&issued.of.engine)
    .bind(&issued.of.prompt)
    .bind(i64::from(*threshold))
    .bind(to_bigint(*labels))
    .bind(to_bigint(*accepted))
    .bind(to_bigint(*wrong))
    .bind(i64::from(promise.error))
    .bind(i64::from(promise.risk))
    .bind(i64::from(*look))
    .bind(issued.at.0)
    .bind(case)
    .bind(seq.map(to_bigint))
    .bind(stages)
    .execute(&mut *connection)
    .await?
        > 0;
    if new {
        tell(connection, told, issued.at).await?;
    }
    Ok(new)
}

async fn tell(connection: &mut Connection, told: &Tidings, now: Timestamp) -> Result<(), StoreError> {
    records::insert(connection, &told.by, RECORDED_AS, &told.detail, now).await?;
    owner_notices::insert(connection, &told.notices, &told.mails).await
}

fn read(row: &Row) -> Result<Issued, StoreError> {
    let small = |column: &str| Ok::<_, StoreError>(u32::try_from(row.count(column)?).unwrap_or(u32::MAX));
    let why = row.maybe_text("ended_why")?.unwrap_or_default();
    Ok(Issued {
        id: row.text("id")?,
        of: answerer(row)?,
        certificate: Certificate {
            threshold: small("threshold")?,
            stages: row.maybe_json("stages")?.unwrap_or_default(),
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

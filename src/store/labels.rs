//! How people decided what an agent had suggested: what its certificate rests on.

use countersign_core::{canonical::Digest, proposal::Proposal, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Row, Rows, Value, sql, to_bigint},
};
use crate::certificate::Labelled;

/// Who is measured: what answers at one step of one process, as long as it is told the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answerer {
    /// The process.
    pub process: String,
    /// The step's path.
    pub step: String,
    /// What answers, as in [`Proposal::engine`].
    pub engine: String,
    /// Digest of all that it is told apart from the case.
    pub prompt: Digest,
}

/// A decision of a person about a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Whose suggestion it was.
    pub of: Answerer,
    /// The case.
    pub case_id: String,
    /// The event that decided it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// How sure the agent was, and whether the person decided the same.
    pub labelled: Labelled,
    /// Whether the answer could have gone ahead and was held for this check.
    pub audit: bool,
}

/// An agent with labels, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Who.
    pub of: Answerer,
    /// Labels, from the first on.
    pub labels: u64,
}

pub(super) const LABELS: Rows = Rows {
    head: "insert into agent_labels (case_id, seq, process, step, engine, prompt, score, correct, audit, at)",
    columns: 10,
    tail: "",
};

impl Store {
    /// What was proposed under this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposed(&self, case_id: &str, key: &str) -> Result<Option<Proposal>, StoreError> {
        let row =
            sql("select proposal from decision_records where case_id = $1 and key = $2 order by seq desc limit 1")
                .bind(case_id)
                .bind(key)
                .fetch_optional(&self.readers)
                .await?;
        row.map_or(Ok(None), |row| row.maybe_json("proposal"))
    }

    /// How many labels of an agent came after an instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_labels(&self, of: &Answerer, after: Timestamp) -> Result<u64, StoreError> {
        let row = sql("select count(*) as labels from agent_labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .bind(after.0)
        .fetch_one(&self.readers)
        .await?;
        row.count("labels")
    }

    /// The first labels of an agent after an instant, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_labels(&self, of: &Answerer, after: Timestamp, limit: u32) -> Result<Vec<Label>, StoreError> {
        let rows = sql("select * from agent_labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5
             order by at, case_id, seq limit $6")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .bind(after.0)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(read).collect()
    }

    /// The latest labels of an agent after an instant with at least this score, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_labels(
        &self,
        of: &Answerer,
        after: Timestamp,
        score: u32,
        limit: u32,
    ) -> Result<Vec<Label>, StoreError> {
        let rows = sql("select * from agent_labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5 and score >= $6
             order by at desc, case_id desc, seq desc limit $7")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .bind(after.0)
        .bind(i64::from(score))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(read).collect()
    }

    /// The agents with labels, those first whose latest label is the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measured_agents(&self, limit: u32) -> Result<Vec<Measured>, StoreError> {
        let rows = sql("select process, step, engine, prompt, count(*) as labels from agent_labels
             group by process, step, engine, prompt order by max(at) desc, process, step, engine, prompt limit $1")
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok(Measured { of: answerer(row)?, labels: row.count("labels")? })).collect()
    }
}

/// A label as a row of [`LABELS`].
pub(super) fn row(label: &Label) -> Vec<Value<'_>> {
    vec![
        (&label.case_id).into(),
        to_bigint(label.seq).into(),
        (&label.of.process).into(),
        (&label.of.step).into(),
        (&label.of.engine).into(),
        (&label.of.prompt).into(),
        i64::from(label.labelled.score).into(),
        label.labelled.right.into(),
        label.audit.into(),
        label.at.0.into(),
    ]
}

/// Whom a row is about.
pub(super) fn answerer(row: &Row) -> Result<Answerer, StoreError> {
    Ok(Answerer {
        process: row.text("process")?,
        step: row.text("step")?,
        engine: row.text("engine")?,
        prompt: row.text("prompt")?,
    })
}

fn read(row: &Row) -> Result<Label, StoreError> {
    let score = u32::try_from(row.count("score")?).unwrap_or(u32::MAX);
    Ok(Label {
        of: answerer(row)?,
        case_id: row.text("case_id")?,
        seq: row.count("seq")?,
        at: row.time("at")?,
        labelled: Labelled { score, right: row.flag("correct")? },
        audit: row.flag("audit")?,
    })
}

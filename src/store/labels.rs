//! How people decided what an agent had suggested: what its certificate rests on.

use std::collections::BTreeSet;

use countersign_core::{
    canonical::Digest,
    proposal::{Proposal, Verdict},
    time::Timestamp,
};

use super::{
    Store, StoreError,
    db::{Batch, Row, Rows, Value, maybe_to_json, sql, to_bigint},
};
use crate::certificate::{Checked, Labelled, StageLabel};

/// The most keys of one agent that are read; a question beyond them is asked again, and its label is there already.
const KEYS_MAX: i64 = 100_000;

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

/// A decision of a person about an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Whose answer it was.
    pub of: Answerer,
    /// The question: the address under which the agent was asked, or the row of an import. An answerer has one label
    /// for it.
    pub key: String,
    /// What is decided, wherever the text says it: a field, or the step.
    pub matter: String,
    /// The case; empty for an import.
    pub case_id: String,
    /// The event that decided it; 0 for an import.
    pub seq: u64,
    /// How it came about.
    pub origin: LabelOrigin,
    /// When.
    pub at: Timestamp,
    /// How sure the agent was, and whether the person decided the same.
    pub labelled: Labelled,
    /// For a cascade what each of its stages said, in their order; empty where one alone answered.
    pub stages: Vec<StageLabel>,
    /// Whether the answer could have gone ahead and was held for this check.
    pub audit: bool,
}

/// How a label came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOrigin {
    /// A person decided in a case.
    Decided,
    /// The decision was taken elsewhere and imported.
    Imported,
    /// Another version of the agent was asked again what people had decided before.
    Again,
}

impl LabelOrigin {
    const fn word(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Imported => "imported",
            Self::Again => "again",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "imported" => Self::Imported,
            "again" => Self::Again,
            _ => Self::Decided,
        }
    }
}

/// An agent with labels, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Who.
    pub of: Answerer,
    /// Labels, from the first on.
    pub labels: u64,
}

/// What an agent answered under a key, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The answer.
    pub proposal: Proposal,
    /// What became of it.
    pub verdict: Option<Verdict>,
}

/// How one answer can be labelled twice: by two decisions at the same time. The first counts.
pub(super) const LABELS: Rows = Rows {
    head: "insert into labels
         (process, step, engine, prompt, key, matter, case_id, seq, origin, score, correct, audit, at, stages)",
    columns: 14,
    tail: " on conflict do nothing",
};

impl Store {
    /// What was proposed under this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposed(&self, case_id: &str, key: &str) -> Result<Option<Proposed>, StoreError> {
        let row = sql("select proposal, verdict from decision_records where case_id = $1 and key = $2
             order by seq desc limit 1")
        .bind(case_id)
        .bind(key)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(proposal) = row.maybe_json("proposal")? else { return Ok(None) };
        Ok(Some(Proposed { proposal, verdict: row.maybe_json("verdict")? }))
    }

    /// How many labels of an agent came after an instant, counted up to a limit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_labels(&self, of: &Answerer, after: Timestamp, limit: u64) -> Result<u64, StoreError> {
        let row = sql("select count(*) as labels from (select 1 from labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5 limit $6) as counted")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .bind(after.0)
        .bind(to_bigint(limit))
        .fetch_one(&self.readers)
        .await?;
        row.count("labels")
    }

    /// The first labels of an agent after an instant, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_labels(&self, of: &Answerer, after: Timestamp, limit: u32) -> Result<Vec<Label>, StoreError> {
        let rows = sql("select * from labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5
             order by at, key limit $6")
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

    /// What people have checked of an agent's answers since an instant, of those with at least this score, the newest
    /// first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_checks(
        &self,
        of: &Answerer,
        after: Timestamp,
        score: u32,
        limit: u32,
    ) -> Result<Vec<Checked>, StoreError> {
        let rows = sql("select correct, audit from labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5 and score >= $6
             order by at desc, key desc limit $7")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .bind(after.0)
        .bind(i64::from(score))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok(Checked { right: row.flag("correct")?, audit: row.flag("audit")? })).collect()
    }

    /// What people decided in cases of a process after an instant, the newest first, whichever agent had answered. Rows
    /// of programs before this one do not say what was decided, only at which step.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decided_labels(
        &self,
        (process, matter, step): (&str, &str, &str),
        after: Timestamp,
        limit: u32,
    ) -> Result<Vec<Label>, StoreError> {
        let rows = sql("select * from labels where process = $1 and origin = 'decided' and at > $2
             and (matter = $3 or matter = '' and step = $4) order by at desc, key desc limit $5")
        .bind(process)
        .bind(after.0)
        .bind(matter)
        .bind(step)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(read).collect()
    }

    /// How much people decided in cases about the answers of an agent after an instant, and when first since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pace(&self, of: &Answerer, after: Timestamp) -> Result<(u64, Option<Timestamp>), StoreError> {
        let row = sql("select count(*) as labels, min(at) as first_at from labels
             where process = $1 and step = $2 and engine = $3 and prompt = $4 and at > $5 and origin = 'decided'")
        .bind(&of.process)
        .bind(&of.step)
        .bind(&of.engine)
        .bind(&of.prompt)
        .bind(after.0)
        .fetch_one(&self.readers)
        .await?;
        Ok((row.count("labels")?, row.maybe_time("first_at")?))
    }

    /// The keys under which an agent has labels already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn label_keys(&self, of: &Answerer) -> Result<BTreeSet<String>, StoreError> {
        let rows =
            sql("select key from labels where process = $1 and step = $2 and engine = $3 and prompt = $4 limit $5")
                .bind(&of.process)
                .bind(&of.step)
                .bind(&of.engine)
                .bind(&of.prompt)
                .bind(KEYS_MAX)
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|row| row.text("key")).collect()
    }

    /// Keeps labels that come with no event; those that are there already stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_labels(&self, labels: Vec<Label>) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let mut batch = Batch::default();
                batch.add_rows(LABELS, labels.iter().map(row).collect::<Result<_, _>>()?);
                Ok(batch.execute(connection).await?)
            })
        })
        .await
    }

    /// The agents with labels, of one process or of all (empty), those first whose latest label is the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measured_agents(&self, process: &str, limit: u32) -> Result<Vec<Measured>, StoreError> {
        let rows = sql("select process, step, engine, prompt, count(*) as labels from labels
             where ($1 = '' or process = $1)
             group by process, step, engine, prompt order by max(at) desc, process, step, engine, prompt limit $2")
        .bind(process)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok(Measured { of: answerer(row)?, labels: row.count("labels")? })).collect()
    }
}

/// A label as a row of [`LABELS`].
pub(super) fn row(label: &Label) -> Result<Vec<Value<'_>>, StoreError> {
    let stages = (!label.stages.is_empty()).then_some(&label.stages);
    Ok(vec![
        (&label.of.process).into(),
        (&label.of.step).into(),
        (&label.of.engine).into(),
        (&label.of.prompt).into(),
        (&label.key).into(),
        (&label.matter).into(),
        (&label.case_id).into(),
        to_bigint(label.seq).into(),
        label.origin.word().into(),
        i64::from(label.labelled.score).into(),
        label.labelled.right.into(),
        label.audit.into(),
        label.at.0.into(),
        maybe_to_json(stages)?.into(),
    ])
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
        key: row.text("key")?,
        matter: row.text("matter")?,
        case_id: row.text("case_id")?,
        seq: row.count("seq")?,
        origin: LabelOrigin::of(&row.text("origin")?),
        at: row.time("at")?,
        labelled: Labelled { score, right: row.flag("correct")? },
        stages: row.maybe_json("stages")?.unwrap_or_default(),
        audit: row.flag("audit")?,
    })
}

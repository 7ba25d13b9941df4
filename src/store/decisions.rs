//! The decision record: what an agent proposed, what the gate found, and what became of it. Append only.

use countersign_core::{
    canonical::Digest,
    proposal::{GateFacts, Proposal, Verdict},
    time::Timestamp,
};

use super::{
    Store, StoreError,
    db::{Batch, Row, Rows, maybe_to_json, sql, to_bigint},
    shares::settled,
};

/// A record to be written with the event that brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDecisionRecord {
    /// The address that the agent was asked under.
    pub key: String,
    /// When the answer came.
    pub at: Timestamp,
    /// The step's path.
    pub step: String,
    /// The agent, by the name of its prompt folder, such as `classify`; empty in records of older programs.
    pub agent: String,
    /// Which engine answered, or was asked in vain.
    pub engine: String,
    /// Digest of the prompt template, where there was one.
    pub prompt: Option<Digest>,
    /// Digest of everything that it was shown.
    pub input: Digest,
    /// Its answer; `None` when it gave none.
    pub proposal: Option<Proposal>,
    /// What the gate found.
    pub facts: Option<GateFacts>,
    /// What became of it.
    pub verdict: Option<Verdict>,
    /// The raw words that were sent; erasable.
    pub request_text: Option<String>,
    /// The raw words that came back; erasable.
    pub response_text: Option<String>,
}

/// A record as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The case.
    pub case_id: String,
    /// The event that brought it.
    pub seq: u64,
    /// What was recorded; erased texts are `None`.
    pub record: NewDecisionRecord,
    /// When the raw words were erased.
    pub erased_at: Option<Timestamp>,
}

impl Store {
    /// The decision records of a case, in the order of their events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decision_records(&self, case_id: &str) -> Result<Vec<DecisionRecord>, StoreError> {
        sql("select d.*, t.request, t.response, t.erased_at
             from decision_records d left join decision_texts t on t.case_id = d.case_id and t.seq = d.seq
             where d.case_id = $1 order by d.seq")
        .bind(case_id)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// The latest decision records of all cases, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_decision_records(&self, limit: u32) -> Result<Vec<DecisionRecord>, StoreError> {
        sql("select d.*, t.request, t.response, t.erased_at
             from decision_records d left join decision_texts t on t.case_id = d.case_id and t.seq = d.seq
             order by d.at desc, d.case_id, d.seq desc limit $1")
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(read)
        .collect()
    }
}

const RECORDS: Rows = Rows {
    head: "insert into decision_records
         (case_id, seq, key, at, step, engine, prompt, input, proposal, facts, verdict, agent, settled)",
    columns: 13,
    tail: "",
};

const TEXTS: Rows = Rows { head: "insert into decision_texts (case_id, seq, request, response)", columns: 4, tail: "" };

/// Writes records: the case, the event that brings it, and what is recorded.
pub(super) fn insert_all<'a>(
    batch: &mut Batch<'a>,
    records: &[(&'a str, u64, &'a NewDecisionRecord)],
) -> Result<(), StoreError> {
    let (mut rows, mut texts) = (Vec::with_capacity(records.len()), Vec::new());
    for (case_id, seq, record) in records {
        rows.push(vec![
            (*case_id).into(),
            to_bigint(*seq).into(),
            (&record.key).into(),
            record.at.0.into(),
            (&record.step).into(),
            (&record.engine).into(),
            (&record.prompt).into(),
            (&record.input).into(),
            maybe_to_json(record.proposal.as_ref())?.into(),
            maybe_to_json(record.facts.as_ref())?.into(),
            maybe_to_json(record.verdict.as_ref())?.into(),
            (&record.agent).into(),
            settled(record).into(),
        ]);
        let (request, response) = (&record.request_text, &record.response_text);
        if request.is_some() || response.is_some() {
            texts.push(vec![(*case_id).into(), to_bigint(*seq).into(), request.into(), response.into()]);
        }
    }
    batch.add_rows(RECORDS, rows);
    batch.add_rows(TEXTS, texts);
    Ok(())
}

fn read(row: &Row) -> Result<DecisionRecord, StoreError> {
    Ok(DecisionRecord {
        case_id: row.text("case_id")?,
        seq: row.count("seq")?,
        record: NewDecisionRecord {
            key: row.text("key")?,
            at: row.time("at")?,
            step: row.text("step")?,
            agent: row.maybe_text("agent")?.unwrap_or_default(),
            engine: row.text("engine")?,
            prompt: row.maybe_text("prompt")?,
            input: row.text("input")?,
            proposal: row.maybe_json("proposal")?,
            facts: row.maybe_json("facts")?,
            verdict: row.maybe_json("verdict")?,
            request_text: row.maybe_text("request")?,
            response_text: row.maybe_text("response")?,
        },
        erased_at: row.maybe_time("erased_at")?,
    })
}

//! What settled the questions that agents were asked: a stage of a cascade, an engine, or a person.

use countersign_core::{proposal::Verdict, time::Timestamp};
use serde::Serialize;

use super::{NewDecisionRecord, Store, StoreError, db::sql};

/// What settles a question that no agent's answer settled.
pub const PERSON: &str = "person";

/// How many questions to an agent were settled by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The agent, by the name of its prompt folder.
    pub agent: String,
    /// The stage of its cascade, the engine where one alone answers, or [`PERSON`].
    pub settled: String,
    /// How many.
    pub decisions: u64,
}

impl Store {
    /// What settled the questions since an instant, by agent and then by name. One that still waits for a person, or
    /// that no person came to before its case ended, is settled by nobody and counts nowhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shares(&self, since: Timestamp) -> Result<Vec<Share>, StoreError> {
        // The task of a question is opened by the event that brings its record; a suggestion without one is settled by
        // whoever decides next in the case.
        let rows = sql("select d.agent, d.settled, count(*) as decisions from decision_records d
             where d.at >= $1 and d.agent is not null and d.settled is not null
                and (d.settled <> $2
                    or exists (select 1 from events e
                        where e.case_id = d.case_id and e.seq > d.seq and e.kind = 'task_decided')
                    and not exists (select 1 from tasks t join events o on o.case_id = t.case_id and o.at = t.opened_at
                        where t.case_id = d.case_id and o.seq = d.seq))
             group by d.agent, d.settled order by d.agent, d.settled")
        .bind(since.0)
        .bind(PERSON)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let (agent, settled) = (row.text("agent")?, row.text("settled")?);
                Ok(Share { agent, settled, decisions: row.count("decisions")? })
            })
            .collect()
    }
}

/// What settles the question of a record: whose answer went ahead, or else a person, once one decides.
pub(super) fn settled(record: &NewDecisionRecord) -> &str {
    if record.verdict != Some(Verdict::Act) {
        return PERSON;
    }
    let cascade = record.proposal.as_ref().and_then(|proposal| proposal.cascade.as_ref());
    let stage = cascade.and_then(|cascade| cascade.stages.get(cascade.answered as usize));
    stage.map_or(&record.engine, |stage| &stage.name)
}

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
    /// What settled the questions since an instant, by agent and then by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shares(&self, since: Timestamp) -> Result<Vec<Share>, StoreError> {
        let rows = sql("select agent, settled, count(*) as decisions from decision_records
             where at >= $1 and agent is not null and settled is not null
             group by agent, settled order by agent, settled")
        .bind(since.0)
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

/// What settled the question of a record: whose answer went ahead, or else a person.
pub(super) fn settled(record: &NewDecisionRecord) -> &str {
    if record.verdict != Some(Verdict::Act) {
        return PERSON;
    }
    let cascade = record.proposal.as_ref().and_then(|proposal| proposal.cascade.as_ref());
    let stage = cascade.and_then(|cascade| cascade.stages.get(cascade.answered as usize));
    stage.map_or(&record.engine, |stage| &stage.name)
}

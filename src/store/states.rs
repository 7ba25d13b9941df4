//! States of a case along its log: a reader begins at the nearest one, so that a long log need not be applied from its
//! first event.

use countersign_core::{canonical::digest_bytes, case::Case};

use super::{
    Store, StoreError,
    db::{Connection, sql, to_bigint},
    record::record,
};

/// After so many events of a case its state is kept.
pub(super) const STATE_EVERY: u64 = 64;

impl Store {
    /// The latest kept state of a case at one of its events or before it; `None` when none is kept.
    ///
    /// # Errors
    /// When the database fails, and when what stands there is not what its event left behind.
    pub async fn state_at_or_before(&self, case_id: &str, seq: u64) -> Result<Option<Case>, StoreError> {
        let row = sql("select s.seq, s.state, e.state_hash from case_states s
             join events e on e.case_id = s.case_id and e.seq = s.seq
             where s.case_id = $1 and s.seq <= $2 order by s.seq desc limit 1")
        .bind(case_id)
        .bind(to_bigint(seq))
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let state = row.text("state")?;
        if digest_bytes(state.as_bytes()) != row.text("state_hash")? {
            return Err(StoreError::Damaged {
                what: format!("the kept state of case {case_id} at event {}", row.count("seq")?),
                why: "it was altered after it was written".to_owned(),
            });
        }
        record("state", &state).map(Some)
    }
}

/// The first kept state of a case that is not what its event left behind, by the number of the event.
pub(super) async fn altered(reader: &mut Connection, case_id: &str) -> Result<Option<u64>, StoreError> {
    let rows = sql("select s.seq, s.state, e.state_hash from case_states s
         left join events e on e.case_id = s.case_id and e.seq = s.seq where s.case_id = $1 order by s.seq")
    .bind(case_id)
    .fetch_all(reader)
    .await?;
    for row in &rows {
        let stands = digest_bytes(row.text("state")?.as_bytes());
        if row.maybe_text("state_hash")?.is_none_or(|hash| hash != stands) {
            return row.count("seq").map(Some);
        }
    }
    Ok(None)
}

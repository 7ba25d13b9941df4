//! What lists show of a case, written anew without an event: people or calendar have changed.

use countersign_core::time::Timestamp;

use super::{
    CaseOverview, Store, StoreError, TaskRow,
    db::{Batch, maybe_ms, sql, to_bigint, to_json},
    tasks,
};

impl Store {
    /// Replaces what lists show of a case, as long as it still stands at event `seq`.
    ///
    /// Says whether it did; when the case has moved on, its own commit has written a newer line.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_projection(
        &self,
        case_id: &str,
        seq: u64,
        wake_at: Option<Timestamp>,
        overview: CaseOverview,
        open_tasks: Vec<TaskRow>,
    ) -> Result<bool, StoreError> {
        let case_id = case_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let done =
                    sql("update cases set wake_at = $3, waiting_for = $4, waiting_since = $5, due_at = $6, stuck = $7
                     where id = $1 and seq = $2 and status = 'open'")
                    .bind(&case_id)
                    .bind(to_bigint(seq))
                    .bind(maybe_ms(wake_at))
                    .bind(to_json(&overview.waiting_for)?)
                    .bind(maybe_ms(overview.waiting_since))
                    .bind(maybe_ms(overview.due_at))
                    .bind(overview.stuck)
                    .execute(&mut *connection)
                    .await?;
                let current = done > 0;
                if current {
                    let mut batch = Batch::default();
                    tasks::replace(&mut batch, &case_id, &open_tasks)?;
                    batch.execute(connection).await?;
                }
                Ok(current)
            })
        })
        .await
    }
}

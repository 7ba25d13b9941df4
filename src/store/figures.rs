//! How much of everything there is, for whoever watches the program.

use countersign_core::time::{DAY_MS, Timestamp};

use super::{Store, StoreError, db::sql};
use crate::metrics::Figures;

impl Store {
    /// Counts what is open, due and stuck now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let cases = sql("select count(*) as open, count(case when stuck then 1 end) as stuck,
                    count(case when wake_at <= $1 then 1 end) as to_wake
             from cases where status = 'open'")
        .bind(now.0)
        .fetch_one(&self.readers)
        .await?;
        let tasks = sql("select count(*) as open, count(case when due_at >= $1 and due_at < $2 then 1 end) as due,
                    count(case when due_at < $1 then 1 end) as overdue
             from tasks")
        .bind(now.0)
        .bind(now.plus_ms(DAY_MS).0)
        .fetch_one(&self.readers)
        .await?;
        let effects = sql("select count(case when state = 'waiting' and attempts = 0 then 1 end) as waiting,
                    count(case when state = 'waiting' and attempts > 0 then 1 end) as retrying,
                    count(case when state = 'running' then 1 end) as running,
                    count(case when state = 'parked' then 1 end) as stuck,
                    min(case when state = 'waiting' and next_at <= $1 then next_at end) as oldest
             from effects")
        .bind(now.0)
        .fetch_one(&self.readers)
        .await?;
        let due = effects.maybe_time("oldest")?.map_or(0, |oldest| now.0 - oldest.0);
        Ok(Figures {
            cases_open: cases.count("open")?,
            cases_stuck: cases.count("stuck")?,
            cases_to_wake: cases.count("to_wake")?,
            tasks_open: tasks.count("open")?,
            tasks_due: tasks.count("due")?,
            tasks_overdue: tasks.count("overdue")?,
            effects_waiting: effects.count("waiting")?,
            effects_retrying: effects.count("retrying")?,
            effects_running: effects.count("running")?,
            effects_stuck: effects.count("stuck")?,
            effect_due_ms: u64::try_from(due).unwrap_or(0),
        })
    }

    /// Whether the database answers at all.
    ///
    /// # Errors
    /// When it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        sql("select 1").fetch_one(&self.readers).await?;
        Ok(())
    }
}

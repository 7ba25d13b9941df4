//! What language models were asked for and what it cost, without a word of what was said.

use countersign_core::time::Timestamp;

use super::{
    Store, StoreError,
    db::{Row, Sql, sql, to_bigint},
};
use crate::id::new_id;

/// One call of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCall {
    /// When it was begun.
    pub at: Timestamp,
    /// The agent that asked.
    pub agent: String,
    /// The address of the decision.
    pub decision: String,
    /// The case, if it was for one.
    pub case_id: Option<String>,
    /// The process of that case.
    pub process: Option<String>,
    /// The model by its name in the configuration.
    pub model: String,
    /// What it cost.
    pub cost: ModelCost,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Why there was no answer; none when there was one.
    pub failure: Option<String>,
}

/// Tokens and money of one call or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ModelCost {
    /// Tokens read and written.
    pub tokens: u64,
    /// Money in millionths of the currency of the prices.
    pub micros: u64,
}

/// What has been spent on that to which a call belongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelCosts {
    /// The decision.
    pub decision: ModelCost,
    /// The case, from its start.
    pub case: ModelCost,
    /// The process on the day that was asked about.
    pub process: ModelCost,
    /// Everything on that day.
    pub all: ModelCost,
}

/// How a model did since an instant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ModelFigures {
    /// The model by its name in the configuration.
    pub model: String,
    /// Calls.
    pub calls: u64,
    /// Calls without an answer.
    pub failures: u64,
    /// What they cost.
    pub cost: ModelCost,
    /// The mean time of a call, in milliseconds.
    pub took_ms: u64,
}

impl Store {
    /// Writes a call down, and adds it to what its day cost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_model_call(&self, call: ModelCall) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sql("insert into model_calls
                     (id, at, agent, decision, case_id, process, model, tokens, micros, took_ms, failure)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
                .bind(new_id("call"))
                .bind(call.at.0)
                .bind(&call.agent)
                .bind(&call.decision)
                .bind(call.case_id.as_deref())
                .bind(call.process.as_deref())
                .bind(&call.model)
                .bind(to_bigint(call.cost.tokens))
                .bind(to_bigint(call.cost.micros))
                .bind(to_bigint(call.took_ms))
                .bind(call.failure.as_deref())
                .execute(connection)
                .await?;
                sql("insert into model_days (day, process, tokens, micros) values ($1, $2, $3, $4)
                     on conflict (day, process) do update set
                         tokens = model_days.tokens + excluded.tokens, micros = model_days.micros + excluded.micros")
                .bind(call.at.day())
                .bind(call.process.as_deref().unwrap_or_default())
                .bind(to_bigint(call.cost.tokens))
                .bind(to_bigint(call.cost.micros))
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// What calls cost so far that belong to the same decision and case as this one; of the process and of
    /// everything what they cost on the day of an instant, UTC.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn model_costs(
        &self,
        decision: &str,
        case_id: Option<&str>,
        process: Option<&str>,
        now: Timestamp,
    ) -> Result<ModelCosts, StoreError> {
        let mut of_decision = sum("model_calls");
        of_decision.push(" where decision = ").push_bind(decision);
        let mut of_case = sum("model_calls");
        of_case.push(" where case_id = ").push_bind(case_id);
        let mut of_process = sum("model_days");
        of_process.push(" where day = ").push_bind(now.day());
        of_process.push(" and process = ").push_bind(process);
        let mut of_all = sum("model_days");
        of_all.push(" where day = ").push_bind(now.day());
        Ok(ModelCosts {
            decision: cost(&of_decision.fetch_one(&self.readers).await?)?,
            case: cost(&of_case.fetch_one(&self.readers).await?)?,
            process: cost(&of_process.fetch_one(&self.readers).await?)?,
            all: cost(&of_all.fetch_one(&self.readers).await?)?,
        })
    }

    /// How each model that was asked since an instant did, by its name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn model_figures(&self, since: Timestamp) -> Result<Vec<ModelFigures>, StoreError> {
        let rows = sql("select model, count(*) as calls, count(failure) as failures,
                               cast(coalesce(sum(tokens), 0) as bigint) as tokens,
                               cast(coalesce(sum(micros), 0) as bigint) as micros,
                               cast(coalesce(sum(took_ms), 0) as bigint) as took_ms
                        from model_calls where at >= $1 group by model order by model")
        .bind(since.0)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &Row| {
            let calls = row.count("calls")?;
            Ok(ModelFigures {
                model: row.text("model")?,
                calls,
                failures: row.count("failures")?,
                cost: cost(row)?,
                took_ms: row.count("took_ms")?.checked_div(calls).unwrap_or_default(),
            })
        };
        rows.iter().map(read).collect()
    }
}

/// What calls or days cost together; which ones stands behind it.
fn sum<'a>(table: &'static str) -> Sql<'a> {
    let mut sum = sql("select cast(coalesce(sum(tokens), 0) as bigint) as tokens,
                              cast(coalesce(sum(micros), 0) as bigint) as micros from ");
    sum.push(table);
    sum
}

fn cost(row: &Row) -> Result<ModelCost, StoreError> {
    Ok(ModelCost { tokens: row.count("tokens")?, micros: row.count("micros")? })
}

//! `countersign models`: which language models are set up, what they cost today, and whether they work.

use clap::{Args, Subcommand};

use super::{Common, Outcome, local, say, say_json};
use crate::{
    clock::Clock,
    config::Config,
    llm::{Call, Request, route::Health},
    runtime::{
        self,
        models::{currency, day_of},
    },
    store::ModelFigures,
};

/// The most tokens of the answer to a trial question.
const TRIAL_TOKENS: u32 = 64;

#[derive(Debug, Args)]
pub(super) struct Models {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Ask each model one small question and say what works.
    Check,
}

impl Models {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match self.what {
            None => list(common).await,
            Some(What::Check) => check(common).await,
        }
    }
}

async fn list(common: &Common) -> anyhow::Result<Outcome> {
    let runtime = local::reading(common).await?;
    let figures = runtime.store().model_figures(day_of(runtime.clock().now())).await?;
    let off = runtime.books().off().await?;
    let health = runtime.router().map(crate::llm::route::Router::health).unwrap_or_default();
    let unit = currency(runtime.config())?.unwrap_or_default().to_owned();
    if common.json {
        let of = |one: &Health| figures.iter().find(|row| row.model == one.model).map(today);
        let rows: Vec<_> = health.iter().map(|one| serde_json::json!({"model": one, "today": of(one)})).collect();
        say_json(&serde_json::json!({"switched_off": off, "currency": unit, "models": rows}))?;
        return Ok(Outcome::Fine);
    }
    if off {
        say("agents are switched off: people decide everything");
    }
    if health.is_empty() {
        say("no model is set up: the built-in engine answers, and people decide what it may not\n  \
             name one under [model] in the configuration, see `docs/writing.md`");
    }
    for one in &health {
        let tiers = one.tiers.join(", ");
        say(&format!("{} ({}), {}", one.model, one.engine, if tiers.is_empty() { "no tier" } else { &tiers }));
        match figures.iter().find(|row| row.model == one.model) {
            Some(row) => say(&format!("  today: {}", told(row, &unit))),
            None => say("  today: not asked yet"),
        }
    }
    Ok(Outcome::Fine)
}

fn today(row: &ModelFigures) -> serde_json::Value {
    serde_json::json!({
        "calls": row.calls, "failures": row.failures, "tokens": row.cost.tokens, "micros": row.cost.micros,
        "mean_ms": row.took_ms,
    })
}

fn told(row: &ModelFigures, unit: &str) -> String {
    let (whole, part) = (row.cost.micros / 1_000_000, row.cost.micros % 1_000_000);
    let money = if unit.is_empty() { String::new() } else { format!(", {whole}.{part:06} {unit}") };
    format!(
        "{} questions, {} without an answer, {} ms on average, {} tokens{money}",
        row.calls, row.failures, row.took_ms, row.cost.tokens
    )
}

async fn check(common: &Common) -> anyhow::Result<Outcome> {
    let config = Config::read(common.config.as_deref())?;
    let Some(router) = runtime::router(&config, Clock::System)? else {
        say("no model is set up, so there is nothing to check");
        return Ok(Outcome::Fine);
    };
    let mut outcome = Outcome::Fine;
    for one in router.health() {
        match router.check(&one.model, &question()).await {
            Ok(answer) => say(&format!("{}: it answers, as {}", one.model, answer.model)),
            Err(error) => {
                outcome = Outcome::Problems;
                say(&format!("{}: {error}", one.model));
            }
        }
    }
    Ok(outcome)
}

/// Small, of the form of every other question, and about nobody.
fn question() -> Request {
    Request {
        system: "You check that a connection works. Answer in the form that is asked for.".to_owned(),
        user: "Is two more than one?".to_owned(),
        schema: serde_json::json!({
            "type": "object",
            "properties": {"yes": {"type": "boolean"}},
            "required": ["yes"],
            "additionalProperties": false,
        }),
        schema_name: "check".to_owned(),
        max_tokens: TRIAL_TOKENS,
        temperature: None,
        call: Call { agent: "check".to_owned(), decision: "check".to_owned(), ..Call::default() },
    }
}

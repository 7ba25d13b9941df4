//! `countersign models`: which language models are set up, what they cost today, whether they work, and the switch.

mod labels;
mod limits;

use clap::{Args, Subcommand};
use countersign_core::Verb;

use super::{Common, Outcome, local, remote, say, say_json};
use crate::{
    clock::Clock,
    config::Config,
    llm::{Call, Request, spending::in_units},
    runtime::{
        self,
        autonomy::{Autonomy, Earned, in_words},
        switch::{ModelToday, SHARES_DAYS},
    },
    store::{ModelFigures, Share},
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
    /// Switch all agents off, the built-in engine too: people decide, and read the documents themselves.
    Off(Whose),
    /// Switch agents on again.
    On(Whose),
    /// Ask each model one small question and say what works.
    Check,
    /// What people decided, by which agents are measured.
    #[command(subcommand)]
    Labels(labels::Labels),
    /// Keep answers of an agent for people, however sure it is of them; for running cases as well.
    Limits(limits::OwnLimits),
}

/// In whose name.
#[derive(Debug, Args)]
struct Whose {
    /// In whose name: an administrator.
    #[arg(long = "as", value_name = "PERSON", env = "COUNTERSIGN_AS", default_value = "")]
    person: String,
}

impl Models {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Outcome> {
        match &self.what {
            None => list(common).await,
            Some(What::Check) => check(common).await,
            Some(What::Labels(labels)) => labels.run(common).await,
            Some(What::Limits(limits)) => limits.run(common).await,
            Some(What::Off(whose)) => switch(common, &whose.person, true).await,
            Some(What::On(whose)) => switch(common, &whose.person, false).await,
        }
    }
}

async fn list(common: &Common) -> anyhow::Result<Outcome> {
    let overview = local::reading(common).await?.agents_overview().await?;
    if common.json {
        say_json(&overview)?;
        return Ok(Outcome::Fine);
    }
    if overview.switched_off {
        say("agents are switched off: people decide everything");
    }
    if overview.models.is_empty() {
        say("no model is set up: the built-in engine answers, and people decide what it may not\n  \
             name one under [model] in the configuration, see `docs/agents.md`");
    }
    let unit = overview.currency.unwrap_or_default();
    for ModelToday { model, today } in &overview.models {
        let tiers = model.tiers.join(", ");
        say(&format!("{} ({}), {}", model.model, model.engine, if tiers.is_empty() { "no tier" } else { &tiers }));
        match today {
            Some(row) => say(&format!("  today: {}", told(row, &unit))),
            None => say("  today: not asked yet"),
        }
    }
    for of in overview.shares.chunk_by(|one, other| one.agent == other.agent) {
        let Some(first) = of.first() else { continue };
        say(&format!("{}, settled in the last {SHARES_DAYS} days: {}", first.agent, shares(of)));
    }
    for Earned { process, step, answer, engine, autonomy, ended, .. } in &overview.earned {
        let standing = match autonomy {
            Autonomy::Certified(certificate) => format!("decides alone: {}", in_words(certificate)),
            Autonomy::NotYet { to_go, days } => {
                let days = days.map(|days| format!("; days at the pace of late: {days}")).unwrap_or_default();
                format!("labels to go: {to_go}{days}")
            }
            Autonomy::OutOfReach => {
                "out of reach: also the answers that it is surest of are too often wrong".to_owned()
            }
        };
        let answer = answer.as_ref().map(|answer| format!(", where it says `{answer}`")).unwrap_or_default();
        say(&format!("{engine} {step} in `{process}`{answer}\n  {standing}"));
        if let Some((_, why)) = ended {
            say(&format!("  its latest certificate ended: {why}"));
        }
    }
    Ok(Outcome::Fine)
}

async fn switch(common: &Common, by: &str, off: bool) -> anyhow::Result<Outcome> {
    let (word, told) = if off {
        ("off", "agents are off: people decide, and read the documents themselves")
    } else {
        ("on", "agents are on")
    };
    if let Some(server) = &common.server {
        let body = serde_json::json!({ "agents": word });
        return remote::steer(server, "agents/switch", &body, common.json, told).await;
    }
    anyhow::ensure!(!by.is_empty(), "say in whose name, with --as PERSON");
    let runtime = local::writing(common, common.database()).await?;
    let acting = local::acting(&runtime, by)?;
    runtime.allows(&acting, &Verb::ManageAgents)?;
    runtime.switch_agents(&acting, off).await?;
    runtime.store().close().await;
    say(told);
    Ok(Outcome::Fine)
}

/// What settled the questions of one agent, with its share.
fn shares(of: &[Share]) -> String {
    let all: u64 = of.iter().map(|share| share.decisions).sum();
    let one = |share: &Share| {
        let percent = (share.decisions * 100).checked_div(all).unwrap_or_default();
        format!("{} {} ({percent} %)", share.settled, share.decisions)
    };
    of.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn told(row: &ModelFigures, unit: &str) -> String {
    let money = if unit.is_empty() { String::new() } else { format!(", {} {unit}", in_units(row.cost.micros)) };
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
        masked: None,
    }
}

//! How agents and models do, and the switch that sends everything to people.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, extract::State};
use countersign_core::{Verb, value::Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AppState, ProblemResource, auth::Caller, body::Body, error::ApiError};
use crate::{
    llm::breaker::Standing,
    runtime::{
        autonomy::{Autonomy, Earned, in_words},
        limits,
        release::ReleasedToday,
        switch::{AgentsOverview, ModelToday},
    },
    store::{Limit, Limits, Share},
};

/// What agents are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with agents")]
pub(super) struct NewSwitch {
    /// `on` or `off`.
    agents: OnOff,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnOff {
    /// They are asked.
    On,
    /// People decide everything.
    Off,
}

/// Past decisions, to measure an agent by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with process, step and table")]
pub(super) struct NewLabels {
    /// The process, such as `support-request`.
    process: String,
    /// What the agent decides there, such as `topic`.
    step: String,
    /// The table with commas or semicolons: a column for each field that the agent looks at, and one named `answer`.
    table: String,
}

/// Answers that have a limit of their own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with process, step, never and at_most")]
pub(super) struct NewLimits {
    /// The process, such as `support-request`.
    process: String,
    /// What the agent decides there, such as `topic`.
    step: String,
    /// The answers that it never gives alone: words, marks, or `yes` and `no`.
    #[serde(default)]
    never: BTreeSet<String>,
    /// Answers with a permitted error of their own: how many of a thousand automatic decisions may be wrong, from 5 to
    /// 200. Without any answer in either place no answer has a limit.
    #[serde(default)]
    at_most: BTreeMap<String, u32>,
}

/// The limits from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LimitsResource {
    /// The answers that the agent never gives alone.
    never: BTreeSet<String>,
    /// How many of a thousand automatic decisions may be wrong, by answer.
    at_most: BTreeMap<String, u32>,
}

/// What became of a table of past decisions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LabelsResource {
    /// Rows that were taken. The agent is asked about them in the background.
    taken: u64,
    /// How many rows were refused.
    refused: u64,
    /// The first of those, each with its line and why.
    faults: Vec<LineFault>,
}

/// A row that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineFault {
    /// The line that it begins at, from 1.
    line: u64,
    /// Why.
    why: String,
}

/// How agents and models do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentsResource {
    /// `on` or `off`.
    agents: OnOff,
    /// The currency of the costs, where models have prices.
    currency: Option<String>,
    /// The models that are set up.
    models: Vec<ModelResource>,
    /// The agents that people's decisions have been counted for.
    earned: Vec<EarnedResource>,
    /// What settled the questions of the last 30 days; those that still wait for a person are left out.
    shares: Vec<ShareResource>,
    /// What may leave without a signature on an agent's word, and what has; none where no limit is set.
    released: Option<ReleasedResource>,
}

/// Money that leaves without a signature on an agent's word, as amounts such as `500.00 EUR`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReleasedResource {
    /// The most that may leave in a case.
    case: Option<String>,
    /// The most that may leave in a day.
    day: Option<String>,
    /// What has left since midnight UTC.
    today: String,
}

/// How many questions of an agent were settled by what.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareResource {
    /// The agent, such as `classify`.
    agent: String,
    /// The stage of its cascade, the engine where one alone answers, or `person`, when one has decided.
    settled: String,
    /// How many questions.
    decisions: u64,
}

/// How far one agent has come to deciding alone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EarnedResource {
    /// The process's title.
    process: String,
    /// What the agent does there, such as `chooses the kind`.
    step: String,
    /// The one answer that this is about, where it has a permitted error of its own.
    answer: Option<String>,
    /// What answers.
    engine: String,
    /// Whether it goes by an earlier text or prompt than the one with the latest label.
    earlier: bool,
    /// Decisions of people about its suggestions.
    labels: u64,
    /// `certified`, `not_yet` or `out_of_reach`.
    standing: &'static str,
    /// What its certificate says, while one is in force.
    certificate: Option<String>,
    /// Labels until the look that can certify it, if its answers stay as good as they are.
    to_go: Option<u64>,
    /// In how many days that is, as fast as people have decided over the last four weeks.
    days: Option<u64>,
    /// Why its latest certificate ended, if it did.
    ended: Option<String>,
}

/// One model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelResource {
    /// Its name in the configuration.
    name: String,
    /// Provider and model.
    engine: String,
    /// The tiers that it answers for.
    tiers: Vec<String>,
    /// `ready`, `failing` while it is left alone, or `tried` while one question is on its way.
    standing: String,
    /// Questions since midnight UTC.
    calls: u64,
    /// Those without an answer.
    failures: u64,
    /// The mean time of a question, in milliseconds.
    mean_ms: u64,
    /// Tokens read and written.
    tokens: u64,
    /// Money in millionths of the currency.
    micros: u64,
}

/// Tells how agents and models do.
#[utoipa::path(get, path = "/agents", responses(
    (status = 200, body = AgentsResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn show(caller: Caller, State(state): State<AppState>) -> Result<Json<AgentsResource>, ApiError> {
    state.runtime.allows(&caller.acting, &Verb::ManageAgents)?;
    Ok(Json(resource(state.runtime.agents_overview().await?)))
}

/// Switches agents off or on, for every program on the database. While they are off people decide.
#[utoipa::path(post, path = "/agents/switch", request_body = NewSwitch, responses(
    (status = 200, body = AgentsResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn switch(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewSwitch>,
) -> Result<Json<AgentsResource>, ApiError> {
    state.runtime.allows(&caller.acting, &Verb::ManageAgents)?;
    state.runtime.switch_agents(&caller.acting, new.agents == OnOff::Off).await?;
    Ok(Json(resource(state.runtime.agents_overview().await?)))
}

/// Takes past decisions from a table: what was there to see, and what was right. The agent is then asked about each.
#[utoipa::path(post, path = "/agents/labels", request_body = NewLabels, responses(
    (status = 200, body = LabelsResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn labels(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewLabels>,
) -> Result<Json<LabelsResource>, ApiError> {
    let of = (new.process.as_str(), new.step.as_str());
    let imported = state.runtime.import_decisions(&caller.acting, of, &new.table).await?;
    let fault = |(line, why): (usize, String)| LineFault { line: line as u64, why };
    let faults = imported.refused.into_iter().map(fault).collect();
    Ok(Json(LabelsResource { taken: imported.taken, refused: imported.refused_in_all, faults }))
}

/// Gives exactly these answers of an agent a limit of their own, for running cases as well: it never gives them alone,
/// or with an error of their own.
#[utoipa::path(post, path = "/agents/limits", request_body = NewLimits, responses(
    (status = 200, body = LimitsResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn limits(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewLimits>,
) -> Result<Json<LimitsResource>, ApiError> {
    let of = (new.process.as_str(), new.step.as_str());
    let limits = limits::asked(new.never, new.at_most);
    state.runtime.limit_answers(&caller.acting, of, limits.clone()).await?;
    Ok(Json(set(limits)))
}

fn set(limits: Limits) -> LimitsResource {
    let mut told = LimitsResource { never: BTreeSet::new(), at_most: BTreeMap::new() };
    for (answer, limit) in limits {
        match limit {
            Limit::Never => {
                told.never.insert(answer);
            }
            Limit::AtMost(error) => {
                told.at_most.insert(answer, error);
            }
        }
    }
    told
}

fn resource(overview: AgentsOverview) -> AgentsResource {
    AgentsResource {
        agents: if overview.switched_off { OnOff::Off } else { OnOff::On },
        currency: overview.currency,
        models: overview.models.into_iter().map(model).collect(),
        earned: overview.earned.into_iter().map(earned).collect(),
        shares: overview.shares.into_iter().map(share).collect(),
        released: overview.released.map(released),
    }
}

fn released(of: ReleasedToday) -> ReleasedResource {
    let told = |limit: Option<Money>| limit.map(|limit| limit.to_string());
    ReleasedResource { case: told(of.case), day: told(of.day), today: of.today.to_string() }
}

fn share(of: Share) -> ShareResource {
    ShareResource { agent: of.agent, settled: of.settled, decisions: of.decisions }
}

fn earned(of: Earned) -> EarnedResource {
    let (standing, certificate, to_go, days) = match &of.autonomy {
        Autonomy::Certified(certificate) => ("certified", Some(in_words(certificate)), None, None),
        Autonomy::NotYet { to_go, days } => ("not_yet", None, Some(*to_go), *days),
        Autonomy::OutOfReach => ("out_of_reach", None, None, None),
    };
    let ended = of.ended.map(|(_, why)| why);
    let Earned { process, step, answer, engine, earlier, labels, .. } = of;
    EarnedResource { process, step, answer, engine, earlier, labels, standing, certificate, to_go, days, ended }
}

fn model(of: ModelToday) -> ModelResource {
    let today = of.today.as_ref();
    ModelResource {
        name: of.model.model,
        engine: of.model.engine,
        tiers: of.model.tiers,
        standing: match of.model.breaker {
            Standing::Closed => "ready",
            Standing::Open { .. } => "failing",
            Standing::HalfOpen => "tried",
        }
        .to_owned(),
        calls: today.map_or(0, |row| row.calls),
        failures: today.map_or(0, |row| row.failures),
        mean_ms: today.map_or(0, |row| row.took_ms),
        tokens: today.map_or(0, |row| row.cost.tokens),
        micros: today.map_or(0, |row| row.cost.micros),
    }
}

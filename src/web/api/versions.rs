//! Versions of a process: what publishing would change, what was published, and rehearsals.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use countersign_core::Verb;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AppState, ProblemResource,
    auth::Caller,
    body::{Body, Named},
    error::ApiError,
    processes::{NewProcess, must},
};
use crate::{
    resource::rfc3339,
    runtime::{
        papers::{Kind, Paper, papers_of},
        publication::Publication,
        rehearsal::Begun,
    },
    store::{Baseline, Version},
    web::catalogue::publication::{Group, groups},
};

/// How a process is today, before a version of it is published. What nobody has measured is `null`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with cycle_hours and weekly_cases")]
pub(super) struct BaselineResource {
    /// How long a case takes, in hours.
    cycle_hours: Option<u32>,
    /// How many come in a week.
    weekly_cases: Option<u32>,
}

/// What publishing a text would change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangesResource {
    /// The process.
    process: String,
    /// The version that it would become.
    version: String,
    /// Whether the process has no version yet.
    first: bool,
    /// Whether it is published like this already.
    unchanged: bool,
    /// How many cases run another version and stay on it.
    running: u64,
    /// What changes, in sentences.
    groups: Vec<Group>,
    /// What was known before the present version.
    baseline: Option<BaselineResource>,
}

/// The versions of a process.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionList {
    /// The versions, the newest first.
    versions: Vec<VersionResource>,
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionResource {
    /// The hash that names it.
    version: String,
    /// Whether new cases start on it.
    current: bool,
    /// When it was published, RFC 3339.
    published_at: String,
    /// By whom.
    published_by: String,
    /// Its open cases; `null` for whoever does not oversee the process.
    open_cases: Option<u64>,
    /// Its text.
    text: String,
    /// What stands beside its text.
    papers: Vec<PaperResource>,
    /// What was known before it was published.
    baseline: Option<BaselineResource>,
}

/// What stands beside the text of a version: a guideline, a template, or examples.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaperResource {
    /// `guideline`, `template`, `criterion` for the examples of one, or `words` for those of the words of a list.
    kind: &'static str,
    /// Its name: that of the guideline or template, the criterion, or the label of the field.
    name: String,
    /// What it says, for whoever may oversee or publish the process; of examples of words, how many there are.
    text: Option<String>,
}

/// What became of the wish to rehearse a text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RehearsalResource {
    /// The process under which cases are opened.
    process: String,
    /// Its version.
    version: String,
}

/// A rehearsal to be ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an empty object")]
pub(super) struct EndOfRehearsal {}

/// How many cases closed with their rehearsal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndedResource {
    /// How many.
    closed: u64,
}

/// Says what publishing a text would change, without publishing it.
#[utoipa::path(post, path = "/processes/changes", request_body = NewProcess, responses(
    (status = 200, body = ChangesResource),
    (status = 422, body = ProblemResource, description = "The diagnostics say what is wrong"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn changes(
    caller: Caller,
    State(state): State<AppState>,
    Body(mut new): Body<NewProcess>,
) -> Result<Json<ChangesResource>, ApiError> {
    let attachments = new.attachments(&state, &caller).await?;
    match state.runtime.publication(&caller.acting, &new.text, &attachments).await? {
        Ok(publication) => Ok(Json(told(publication))),
        Err(compiled) => Err(ApiError::text_refused(compiled.diagnostics)),
    }
}

fn told(publication: Publication) -> ChangesResource {
    ChangesResource {
        groups: groups(&publication),
        first: publication.first,
        unchanged: publication.unchanged,
        running: publication.running,
        baseline: publication.baseline.map(BaselineResource::from),
        process: publication.process,
        version: publication.version,
    }
}

/// Lists the versions of a process.
#[utoipa::path(get, path = "/processes/{id}/versions",
    params(("id" = String, Path, description = "Such as expense-claim")),
    responses((status = 200, body = VersionList), (status = "4XX", body = ProblemResource)))]
pub(super) async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Named(id): Named<String>,
) -> Result<Json<VersionList>, ApiError> {
    let current = current(&state, &id).await?;
    let mut versions = Vec::new();
    for version in state.runtime.store().versions(&id).await? {
        versions.push(version_resource(&caller, &state, &current, version).await?);
    }
    Ok(Json(VersionList { versions }))
}

/// Shows one version of a process.
#[utoipa::path(get, path = "/processes/{id}/versions/{version}",
    params(("id" = String, Path, description = "Such as expense-claim"),
    ("version" = String, Path, description = "Its hash")),
    responses((status = 200, body = VersionResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn show(
    caller: Caller,
    State(state): State<AppState>,
    Named((id, hash)): Named<(String, String)>,
) -> Result<Json<VersionResource>, ApiError> {
    let current = current(&state, &id).await?;
    let version = state.runtime.store().version(&hash).await?.filter(|version| version.process == id);
    let version = version.ok_or_else(|| ApiError::not_found(&format!("version `{hash}` of `{id}`")))?;
    Ok(Json(version_resource(&caller, &state, &current, version).await?))
}

/// Begins a rehearsal of a text: real people, and nothing that leaves the organisation.
#[utoipa::path(post, path = "/processes/rehearsals", request_body = NewProcess, responses(
    (status = 201, body = RehearsalResource),
    (status = 422, body = ProblemResource, description = "The diagnostics say what is wrong"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn rehearse(
    caller: Caller,
    State(state): State<AppState>,
    Body(mut new): Body<NewProcess>,
) -> Result<Response, ApiError> {
    let attachments = new.attachments(&state, &caller).await?;
    match state.runtime.begin_rehearsal(&caller.acting, &new.text, &attachments).await? {
        Begun::Rehearsal { process, version } => {
            Ok((StatusCode::CREATED, Json(RehearsalResource { process, version })).into_response())
        }
        Begun::Refused(compiled) => Err(ApiError::text_refused(compiled.diagnostics)),
    }
}

/// Ends a rehearsal; its open cases close.
#[utoipa::path(post, path = "/processes/{id}/rehearsal/end",
    params(("id" = String, Path, description = "Such as expense-claim.rehearsal")), request_body = EndOfRehearsal,
    responses((status = 201, body = EndedResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn end_rehearsal(
    caller: Caller,
    State(state): State<AppState>,
    Named(id): Named<String>,
    Body(EndOfRehearsal {}): Body<EndOfRehearsal>,
) -> Result<Response, ApiError> {
    let version = current(&state, &id).await?;
    must(&caller, &state, &version, &Verb::PublishProcess)?;
    let closed = state.runtime.end_rehearsal(&caller.acting, &id).await?;
    Ok((StatusCode::CREATED, Json(EndedResource { closed })).into_response())
}

async fn current(state: &AppState, id: &str) -> Result<Version, ApiError> {
    let version = state.runtime.store().current_version(id).await?;
    version.ok_or_else(|| ApiError::not_found(&format!("process `{id}`")))
}

async fn version_resource(
    caller: &Caller,
    state: &AppState,
    current: &Version,
    version: Version,
) -> Result<VersionResource, ApiError> {
    let oversees = must(caller, state, current, &Verb::OverseeProcess).is_ok();
    let reads = oversees || must(caller, state, current, &Verb::PublishProcess).is_ok();
    let open = state.runtime.store().open_by_version(&version.process).await?;
    let count = open.iter().find(|(hash, _)| *hash == version.hash).map_or(0, |(_, count)| *count);
    let baseline = state.runtime.store().baseline(&version.hash).await?;
    Ok(VersionResource {
        current: version.hash == current.hash,
        published_at: rfc3339(version.published_at),
        papers: papers_of(&version).into_iter().map(|one| paper(one, reads)).collect(),
        published_by: version.published_by,
        open_cases: oversees.then_some(count),
        text: version.text,
        baseline: baseline.filter(|_| oversees).map(BaselineResource::from),
        version: version.hash,
    })
}

fn paper(of: Paper, reads: bool) -> PaperResource {
    let kind = match of.kind {
        Kind::Guideline => "guideline",
        Kind::Template => "template",
        Kind::Criterion => "criterion",
        Kind::Words => "words",
    };
    PaperResource { kind, name: of.name, text: reads.then_some(of.text) }
}

impl From<Baseline> for BaselineResource {
    fn from(baseline: Baseline) -> Self {
        Self { cycle_hours: baseline.cycle_hours, weekly_cases: baseline.weekly_cases }
    }
}

impl From<BaselineResource> for Baseline {
    fn from(baseline: BaselineResource) -> Self {
        Self { cycle_hours: baseline.cycle_hours, weekly_cases: baseline.weekly_cases }
    }
}

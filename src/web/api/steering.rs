//! Operators steer a case: stages, holds, additions, versions.

use std::collections::BTreeMap;

use axum::{Json, extract::State, response::Response};
use countersign_core::{
    Verb,
    definition::{Path, Who},
    event::{Addition, EventKind, MoveKind, Requirement},
    migrate::Fit,
    time::Span,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AppState, ProblemResource,
    auth::Caller,
    body::{Body, Named, answer},
    cases::reason,
    error::ApiError,
};
use crate::{
    resource::CaseResource,
    runtime::versions::{Chosen, Looked},
    web::catalogue::steps,
};

/// The longest time for something that is asked for in one case, in working days.
const DAYS_MAX: u32 = 250;

/// A case to be moved to another stage.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with kind, stage, reason and key")]
pub(super) struct NewMove {
    /// `advance`, `return` or `skip`.
    kind: MoveName,
    /// The stage; without it the next one, or the one before for a return.
    #[serde(default)]
    stage: Option<String>,
    /// Why.
    reason: String,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// How a case is moved.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MoveName {
    /// On to the next stage.
    Advance,
    /// Back.
    Return,
    /// Past one stage or more.
    Skip,
}

/// A case to be put on hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with reason and key")]
pub(super) struct NewHold {
    /// Why.
    reason: String,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// A request that says nothing more than what makes it the same request when it comes again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with key")]
pub(super) struct Again {
    /// The key.
    #[serde(default)]
    key: Option<String>,
}

/// Something to be asked for in this case alone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with what, name, person, role, party, days, reason and key")]
pub(super) struct NewAddition {
    /// `document` or `review`.
    what: AdditionName,
    /// What it is about, such as `signed order`.
    name: String,
    /// Of one person.
    #[serde(default)]
    person: Option<String>,
    /// Of anybody of a role.
    #[serde(default)]
    role: Option<String>,
    /// Of an outside party of the process. Without person, role and party it is asked of the requester.
    #[serde(default)]
    party: Option<String>,
    /// Within how many working days; 2 when it is left out.
    #[serde(default)]
    days: Option<u32>,
    /// Why.
    reason: String,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AdditionName {
    /// A document.
    Document,
    /// A look by somebody else.
    Review,
}

/// A case to be moved to another version of its process.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with version, places and key")]
pub(super) struct NewMigration {
    /// The version; the newest one when it is left out.
    #[serde(default)]
    version: Option<String>,
    /// Where it goes on from steps that the version does not have: old step, new step.
    #[serde(default)]
    places: BTreeMap<String, String>,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// What moving a case to another version would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FitResource {
    /// The case.
    number: u64,
    /// The version that it runs.
    from: String,
    /// The version that was looked at.
    to: String,
    /// `fits`, `needs_mapping` or `refused`.
    fit: &'static str,
    /// Why it is refused.
    reason: Option<String>,
    /// What becomes of the case at the steps where it stands and that are written in another way, a sentence each.
    changes: Vec<String>,
    /// Tasks that are called off and asked again.
    asked_again: Vec<u32>,
    /// Tasks whose sign-offs no longer count.
    voided: Vec<u32>,
    /// Steps that the version does not have.
    unplaced: Vec<UnplacedResource>,
    /// The steps at which it could go on, when it needs a mapping.
    places: BTreeMap<String, String>,
}

/// A step that the version does not have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnplacedResource {
    /// Its address.
    step: String,
    /// It, in words.
    words: String,
    /// The address of the step that comes nearest.
    offered: Option<String>,
}

/// What a move to another version would do, for every case that runs an older one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FitList {
    /// The version that was looked at.
    version: String,
    /// The cases, the oldest first.
    cases: Vec<FitResource>,
}

/// Moves a case to another stage.
#[utoipa::path(post, path = "/cases/{number}/moves", params(("number" = u64, Path, description = "Short number")),
    request_body = NewMove, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn move_case(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<NewMove>,
) -> Result<Response, ApiError> {
    let kind = match new.kind {
        MoveName::Advance => MoveKind::Advance,
        MoveName::Return => MoveKind::Return,
        MoveName::Skip => MoveKind::Skip,
    };
    let reason = reason(Some(&new.reason))?.unwrap_or_default();
    let kind = EventKind::StageMoved { kind, to_stage: new.stage, reason };
    steer(&caller, &state, &number, &Verb::MoveCase, &kind, new.key).await
}

/// Puts a case on hold.
#[utoipa::path(post, path = "/cases/{number}/holds", params(("number" = u64, Path, description = "Short number")),
    request_body = NewHold, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn hold(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<NewHold>,
) -> Result<Response, ApiError> {
    let kind = EventKind::CaseHeld { reason: reason(Some(&new.reason))?.unwrap_or_default() };
    steer(&caller, &state, &number, &Verb::MoveCase, &kind, new.key).await
}

/// Lets a case on hold go on.
#[utoipa::path(post, path = "/cases/{number}/holds/end", params(("number" = u64, Path, description = "Short number")),
    request_body = Again, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn resume(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<Again>,
) -> Result<Response, ApiError> {
    steer(&caller, &state, &number, &Verb::MoveCase, &EventKind::CaseResumed, new.key).await
}

/// Asks for something in one case that its process does not ask for.
#[utoipa::path(post, path = "/cases/{number}/additions", params(("number" = u64, Path, description = "Short number")),
    request_body = NewAddition, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn add(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<NewAddition>,
) -> Result<Response, ApiError> {
    let requirement = match new.what {
        AdditionName::Document => Requirement::Document { name: new.name },
        AdditionName::Review => Requirement::Review { name: new.name },
    };
    let who = match (new.role, new.party) {
        (Some(role), _) => Who::Role { role },
        (None, Some(party)) => Who::Party { party },
        (None, None) => Who::Requester,
    };
    let days = new.days.unwrap_or(2);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(ApiError::fault("days", "give a number of working days from 1 to 250"));
    }
    let what = Addition { requirement, who, person: new.person, due: Span::WorkingDays(days) };
    let kind = EventKind::RequirementAdded { what, reason: reason(Some(&new.reason))?.unwrap_or_default() };
    steer(&caller, &state, &number, &Verb::AddRequirement, &kind, new.key).await
}

async fn steer(
    caller: &Caller,
    state: &AppState,
    number: &str,
    verb: &Verb,
    kind: &EventKind,
    key: Option<String>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(state, number).await?;
    caller.may(&loaded, verb, state.runtime.clock().now())?;
    let dedup = format!("{}/{}", kind.name(), caller.key(key)?);
    let applied = state.runtime.apply(&loaded.case.id, &caller.acting, kind, &dedup).await?;
    Ok(answer(state, caller, &applied))
}

/// Says what moving a case to the newest version would do.
#[utoipa::path(get, path = "/cases/{number}/migration", params(("number" = u64, Path, description = "Short number")),
    responses((status = 200, body = FitResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn look(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
) -> Result<Json<FitResource>, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    caller.may(&loaded, &Verb::MigrateCase, state.runtime.clock().now())?;
    let to = newest(&state, &loaded.case.process).await?;
    let looked = state.runtime.look(loaded, &to, &Chosen::new()).await?;
    Ok(Json(fit(&looked, to)))
}

/// Moves a case to another version of its process.
#[utoipa::path(post, path = "/cases/{number}/migration", params(("number" = u64, Path, description = "Short number")),
    request_body = NewMigration, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn migrate(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<NewMigration>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    caller.may(&loaded, &Verb::MigrateCase, state.runtime.clock().now())?;
    let to = match new.version {
        Some(version) => version,
        None => newest(&state, &loaded.case.process).await?,
    };
    let known = state.runtime.store().version(&to).await?.filter(|version| version.process == loaded.case.process);
    known.ok_or_else(|| ApiError::not_found(&format!("version `{to}` of this process")))?;
    let chosen = chosen(new.places)?;
    let key = caller.key(new.key)?;
    let applied = state.runtime.migrate(&caller.acting, &loaded.case.id, &to, &chosen, &key).await?;
    Ok(answer(&state, &caller, &applied))
}

/// Takes a case back to the version that it ran before, as long as it has taken no step since.
#[utoipa::path(post, path = "/cases/{number}/migration/undo",
    params(("number" = u64, Path, description = "Short number")), request_body = Again,
    responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn undo(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<Again>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    caller.may(&loaded, &Verb::MigrateCase, state.runtime.clock().now())?;
    let key = caller.key(new.key)?;
    let applied = state.runtime.undo_migration(&caller.acting, &loaded.case.id, &key).await?;
    Ok(answer(&state, &caller, &applied))
}

/// Says what moving every running case of a process to the newest version would do.
#[utoipa::path(get, path = "/processes/{id}/migration",
    params(("id" = String, Path, description = "Such as expense-claim")),
    responses((status = 200, body = FitList), (status = "4XX", body = ProblemResource)))]
pub(super) async fn look_at_all(
    caller: Caller,
    State(state): State<AppState>,
    Named(id): Named<String>,
) -> Result<Json<FitList>, ApiError> {
    let version = state.runtime.store().current_version(&id).await?;
    let version = version.ok_or_else(|| ApiError::not_found(&format!("process `{id}`")))?;
    super::processes::must(&caller, &state, &version, &Verb::MigrateCase)?;
    let looked = state.runtime.look_at_all(&id, &version.hash).await?;
    let cases = looked.iter().map(|one| fit(one, version.hash.clone())).collect();
    Ok(Json(FitList { version: version.hash, cases }))
}

async fn newest(state: &AppState, process: &str) -> Result<String, ApiError> {
    let version = state.runtime.store().current_version(process).await?;
    Ok(version.ok_or_else(|| ApiError::not_found(&format!("process `{process}`")))?.hash)
}

fn chosen(places: BTreeMap<String, String>) -> Result<Chosen, ApiError> {
    let path = |text: String| Path::try_from(text).map_err(|error| ApiError::fault("places", error));
    places.into_iter().map(|(from, to)| Ok((path(from)?, path(to)?))).collect()
}

fn fit(looked: &Looked, to: String) -> FitResource {
    let (case, old) = (&looked.loaded.case, &looked.loaded.definition);
    let mut told = FitResource {
        number: case.number,
        from: case.version.clone(),
        to,
        fit: "fits",
        reason: None,
        changes: Vec::new(),
        asked_again: Vec::new(),
        voided: Vec::new(),
        unplaced: Vec::new(),
        places: BTreeMap::new(),
    };
    match &looked.fit {
        Fit::Fits { asked_again, voided, changes, .. } => {
            told.changes.clone_from(changes);
            told.asked_again.clone_from(asked_again);
            told.voided.clone_from(voided);
        }
        Fit::Refused { reason } => {
            told.fit = "refused";
            told.reason = Some(reason.clone());
        }
        Fit::NeedsMapping { unplaced } => {
            told.fit = "needs_mapping";
            let one = |one: &countersign_core::migrate::Unplaced| UnplacedResource {
                step: one.step.to_string(),
                words: steps::step(old, &one.step),
                offered: one.offered.as_ref().map(ToString::to_string),
            };
            told.unplaced = unplaced.iter().map(one).collect();
            told.places =
                steps::places(&looked.new).into_iter().map(|(path, words)| (path.to_string(), words)).collect();
        }
    }
    told
}

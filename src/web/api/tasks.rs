//! Tasks: listed, decided, taken, given back, handed on, asked about.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::HeaderMap, response::Response};
use countersign_core::{Verb, authorise, case::Outcome, event::EventKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    AppState, ProblemResource, SHOWN_HEADER,
    auth::Caller,
    body::{Body, Named, NewDocument, Params, Slice, answer, uploads},
    cases::reason,
    error::ApiError,
};
use crate::{
    resource::{self, CaseResource, Reader, TaskResource, rfc3339},
    runtime::{apply::TaskAnswer, intake::HandIn, world::Loaded},
    store::InboxScope,
};

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with outcome, reason, fields, documents, shown and key")]
pub(super) struct NewDecision {
    /// What was chosen; the task lists what it takes.
    outcome: OutcomeName,
    /// Why; a rejection needs one.
    #[serde(default)]
    reason: Option<String>,
    /// Values that the person wrote or changed, as typed, by field.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Documents that the person hands in.
    #[serde(default)]
    documents: Vec<NewDocument>,
    /// The digest of what the person was shown, from the task. It may be left out only with the header
    /// `X-Countersign-Shown: now`, which says that the decision is about what is shown at this moment.
    #[serde(default)]
    shown: Option<String>,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// What a task is answered with.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutcomeName {
    /// Yes, as shown.
    Approved,
    /// No, with a reason.
    Rejected,
    /// It is done, handed in, confirmed or answered.
    Completed,
    /// Try again what failed.
    TryAgain,
}

/// A task to be taken or given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with key, or nothing")]
pub(super) struct NewMove {
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// A task to be given to another person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with to and key")]
pub(super) struct NewDelegation {
    /// To whom: the person's identifier.
    to: String,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// A question to the requester.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with question and key")]
pub(super) struct NewQuestion {
    /// The question.
    question: String,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// Which tasks a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskQuery {
    /// `mine`: taken by the caller or asked of nobody else; `roles`: for anybody of the caller's roles and not taken;
    /// `all`: both, and what others have taken. `all` when it is left out.
    #[serde(default)]
    #[param(inline)]
    scope: ScopeName,
    /// How many at most; 50 when it is left out, 200 at most.
    limit: Option<u32>,
    /// How many to leave out first.
    offset: Option<u32>,
}

/// Whose tasks.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ScopeName {
    /// The caller's own.
    Mine,
    /// Of the caller's roles.
    Roles,
    /// Both.
    #[default]
    All,
}

/// A part of a list of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskList {
    /// The open tasks that wait for the caller, the next one due first.
    tasks: Vec<TaskLine>,
    /// Whether there may be more after these.
    more: bool,
}

/// One line of a list of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskLine {
    /// The way people name it, such as `1042-3`.
    label: String,
    /// The case's short number.
    case: u64,
    /// The process.
    process: String,
    /// What is asked, in a few words.
    title: String,
    /// What the case is about.
    subject: String,
    /// `provide`, `approve`, `review`, `do`, `confirm`, `answer` or `take_over`.
    ask: String,
    /// The one person who has it.
    assignee: Option<String>,
    /// When it was opened, RFC 3339.
    opened_at: String,
    /// When it is due, RFC 3339.
    due_at: String,
    /// Whether that has passed.
    late: bool,
}

/// A task with everything that its person is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskView {
    /// The task; a decision carries its `shown`.
    task: TaskResource,
    /// The case that it is about.
    case: CaseResource,
}

/// Lists the open tasks that wait for the caller.
#[utoipa::path(get, path = "/tasks", params(TaskQuery), responses(
    (status = 200, body = TaskList), (status = "4XX", body = ProblemResource)))]
pub(super) async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(query): Params<TaskQuery>,
) -> Result<Json<TaskList>, ApiError> {
    let (limit, offset) = Slice { limit: query.limit, offset: query.offset }.bounds()?;
    let scope = match query.scope {
        ScopeName::Mine => InboxScope::Mine,
        ScopeName::Roles => InboxScope::Roles,
        ScopeName::All => InboxScope::All,
    };
    let now = state.runtime.clock().now();
    let rows = state.runtime.store().inbox(&caller.person, scope, limit, offset).await?;
    let mut list = TaskList { tasks: Vec::new(), more: rows.len() == limit as usize };
    for row in rows {
        // The inbox is what a commit left behind; who may see a task is asked now.
        let loaded = state.runtime.load(&row.case_id).await?;
        if caller.may(&loaded, &Verb::ReadTask(row.number), now).is_err() {
            continue;
        }
        list.tasks.push(TaskLine {
            label: row.label,
            case: loaded.case.number,
            process: row.process,
            title: row.title,
            subject: row.subject,
            ask: row.ask,
            assignee: row.assignee,
            opened_at: rfc3339(row.opened_at),
            due_at: rfc3339(row.due_at),
            late: row.due_at < now,
        });
    }
    Ok(Json(list))
}

/// Shows a task and its case as the caller may see them.
#[utoipa::path(get, path = "/tasks/{label}", params(("label" = String, Path, description = "Such as 1042-3")),
    responses((status = 200, body = TaskView), (status = "4XX", body = ProblemResource)))]
pub(super) async fn show(
    caller: Caller,
    State(state): State<AppState>,
    Named(label): Named<String>,
) -> Result<Json<TaskView>, ApiError> {
    let (loaded, number) = caller.task(&state, &label).await?;
    let now = state.runtime.clock().now();
    caller.may(&loaded, &Verb::ReadTask(number), now)?;
    let task = loaded.case.task(number).ok_or_else(|| ApiError::not_found(&format!("task {label}")))?;
    let case = resource::case(&loaded, Reader::Acting(&caller.acting), now);
    Ok(Json(TaskView { task: resource::task(&loaded, task, now), case }))
}

/// Decides a task.
#[utoipa::path(post, path = "/tasks/{label}/decisions",
    params(("label" = String, Path, description = "Such as 1042-3"),
    ("X-Countersign-Shown" = Option<String>, Header, description = "`now`: about what is shown at this moment")),
    request_body = NewDecision, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = 409, body = ProblemResource, description = "Decided before, or no longer what was shown"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn decide(
    caller: Caller,
    State(state): State<AppState>,
    Named(label): Named<String>,
    headers: HeaderMap,
    Body(new): Body<NewDecision>,
) -> Result<Response, ApiError> {
    let (loaded, number) = caller.task(&state, &label).await?;
    let acting = state.runtime.acting_on(&loaded, number, &caller.person);
    let now = state.runtime.clock().now();
    let task = loaded.case.task(number).filter(|task| task.is_open());
    if let Some(task) = task
        && !task.decisions().any(|decision| decision.by == caller.person)
    {
        // Asked before anything is taken in. Of whoever decided before, a repetition must reach its first answer.
        authorise(&loaded.context(), Some(&loaded.case), &acting, &Verb::DecideTask(number), now)
            .map_err(ApiError::from)?;
    }
    let shown_now = headers.get(SHOWN_HEADER).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"now"));
    let shown = match new.shown {
        Some(shown) => shown,
        None if shown_now => loaded.case.shown(number),
        None if task.is_none() => String::new(),
        None => return Err(shown_missing(&label)),
    };
    let decision = TaskAnswer {
        outcome: outcome(new.outcome),
        reason: reason(new.reason.as_deref())?,
        hand_in: HandIn { words: new.fields, uploads: uploads(new.documents) },
        shown,
        key: caller.key(new.key)?,
    };
    let applied = state.runtime.decide_task(&loaded.case.id, number, &acting, decision).await;
    let applied = applied.map_err(|problem| ApiError::naming(problem, &loaded.world.directory))?;
    Ok(answer(&state, &caller, &applied))
}

fn shown_missing(label: &str) -> ApiError {
    let message = format!(
        "say what the person was shown: send `shown` from GET /api/v1/tasks/{label}, so that nobody signs what they \
         have not seen"
    );
    ApiError::fault("shown", message)
}

const fn outcome(name: OutcomeName) -> Outcome {
    match name {
        OutcomeName::Approved => Outcome::Approved,
        OutcomeName::Rejected => Outcome::Rejected,
        OutcomeName::Completed => Outcome::Completed,
        OutcomeName::TryAgain => Outcome::TryAgain,
    }
}

/// Takes a task for the caller.
#[utoipa::path(post, path = "/tasks/{label}/claims", params(("label" = String, Path, description = "Such as 1042-3")),
    request_body = NewMove, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn claim(
    caller: Caller,
    State(state): State<AppState>,
    Named(label): Named<String>,
    Body(new): Body<NewMove>,
) -> Result<Response, ApiError> {
    let (loaded, task) = caller.task(&state, &label).await?;
    bring(&state, &caller, &loaded, task, &EventKind::TaskClaimed { task }, new.key).await
}

/// Gives a task back.
#[utoipa::path(post, path = "/tasks/{label}/releases",
    params(("label" = String, Path, description = "Such as 1042-3")), request_body = NewMove,
    responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn release(
    caller: Caller,
    State(state): State<AppState>,
    Named(label): Named<String>,
    Body(new): Body<NewMove>,
) -> Result<Response, ApiError> {
    let (loaded, task) = caller.task(&state, &label).await?;
    bring(&state, &caller, &loaded, task, &EventKind::TaskReleased { task }, new.key).await
}

/// Gives a task to another person.
#[utoipa::path(post, path = "/tasks/{label}/delegations",
    params(("label" = String, Path, description = "Such as 1042-3")), request_body = NewDelegation,
    responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn delegate(
    caller: Caller,
    State(state): State<AppState>,
    Named(label): Named<String>,
    Body(new): Body<NewDelegation>,
) -> Result<Response, ApiError> {
    let (loaded, task) = caller.task(&state, &label).await?;
    bring(&state, &caller, &loaded, task, &EventKind::TaskDelegated { task, to: new.to }, new.key).await
}

/// Asks the requester before deciding.
#[utoipa::path(post, path = "/tasks/{label}/questions",
    params(("label" = String, Path, description = "Such as 1042-3")), request_body = NewQuestion,
    responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn ask(
    caller: Caller,
    State(state): State<AppState>,
    Named(label): Named<String>,
    Body(new): Body<NewQuestion>,
) -> Result<Response, ApiError> {
    let (loaded, task) = caller.task(&state, &label).await?;
    let question = reason(Some(&new.question))?.unwrap_or_default();
    bring(&state, &caller, &loaded, task, &EventKind::QuestionAsked { task, question }, new.key).await
}

/// Brings an event of a task about, in the caller's name or in that of the person they stand in for.
async fn bring(
    state: &AppState,
    caller: &Caller,
    loaded: &Loaded,
    task: u32,
    kind: &EventKind,
    key: Option<String>,
) -> Result<Response, ApiError> {
    let acting = match kind {
        // A task is given back by whoever has it, in their own name.
        EventKind::TaskReleased { .. } => caller.acting.clone(),
        _ => state.runtime.acting_on(loaded, task, &caller.person),
    };
    let dedup = format!("{}/{task}/{}", kind.name(), caller.key(key)?);
    let applied = state.runtime.apply(&loaded.case.id, &acting, kind, &dedup).await;
    let applied = applied.map_err(|problem| ApiError::naming(problem, &loaded.world.directory))?;
    Ok(answer(state, caller, &applied))
}

//! Cases: opened, read, changed, withdrawn.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use countersign_core::{Context, Rejected, Verb, authorise, event::EventKind, time::Calendar, time::Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    AppState, ProblemResource,
    auth::{Caller, check_key},
    body::{Body, LINES_MAX, Named, NewDocument, Params, Slice, answer, uploads},
    error::ApiError,
};
use crate::{
    documents::Kind,
    resource::{self, CaseResource, Reader, TimelineResource, WaitResource},
    runtime::{Problem, history::up_to, intake::HandIn, word_templates::from_word, world::Loaded},
    store::{CaseFilter, CaseRow, CaseState},
};

/// How many cases a list looks at to find those that the reader may see.
const CASES_LOOKED_AT_MAX: u32 = 5_000;
/// The longest reason, in characters.
pub(super) const REASON_CHARACTERS_MAX: usize = 4_000;

/// A case to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with process, fields, documents and key")]
pub(super) struct NewCase {
    /// The process, such as `expense-claim`.
    process: String,
    /// The form's values as a person would type them, by field. An amount may carry its currency: `12.50 EUR`.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// The documents.
    #[serde(default)]
    documents: Vec<NewDocument>,
    /// What makes the request the same request when it comes again; the first one's case is the answer then.
    #[serde(default)]
    key: Option<String>,
}

/// Values to be changed outside a task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with fields, reason and key")]
pub(super) struct NewEdit {
    /// The new values as a person would type them, by field.
    fields: BTreeMap<String, String>,
    /// Why.
    reason: String,
    /// What makes the request the same request when it comes again.
    #[serde(default)]
    key: Option<String>,
}

/// A case to be withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with reason")]
pub(super) struct NewWithdrawal {
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

/// An incident to be resolved; what was stuck is tried again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an empty object")]
pub(super) struct NewResolution {}

/// Which cases a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CaseQuery {
    /// `open`, `closed` or `all`; `open` when it is left out.
    #[serde(default)]
    #[param(inline)]
    state: StateName,
    /// Only of this process.
    process: Option<String>,
    /// Only those whose number, subject or requester's name holds this text.
    search: Option<String>,
    /// Only open ones that were due before now.
    #[serde(default)]
    late: bool,
    /// Only open ones with an incident.
    #[serde(default)]
    stuck: bool,
    /// How many at most; 50 when it is left out, 200 at most.
    limit: Option<u32>,
    /// How many of those that the reader may see to leave out first.
    offset: Option<u32>,
}

/// Which part of a timeline is told.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelinePage {
    /// Only events before the one of this number; the latest when it is left out.
    before: Option<u64>,
}

/// Open or closed.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateName {
    /// Those that run.
    #[default]
    Open,
    /// Those that are over.
    Closed,
    /// Both.
    All,
}

/// A part of a list of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseList {
    /// The cases, the latest change first; only those that the reader may see.
    cases: Vec<CaseLine>,
    /// Whether there are more after these.
    more: bool,
    /// Whether the list ended because too many cases would have to be looked at: then narrow it down.
    cut_off: bool,
}

/// One line of a list of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseLine {
    /// Short number.
    number: u64,
    /// The process.
    process: String,
    /// The title of the process.
    process_title: String,
    /// `open` or `closed`.
    status: String,
    /// How it closed.
    closing: Option<String>,
    /// Whether that counts as a success.
    success: Option<bool>,
    /// The stage that it is in.
    stage: Option<String>,
    /// What it is about.
    subject: String,
    /// Who opened it.
    requester: String,
    /// When, RFC 3339.
    opened_at: String,
    /// When its latest event was recorded, RFC 3339.
    updated_at: String,
    /// When the earliest of what it waits for is due, RFC 3339.
    due_at: Option<String>,
    /// Whether that has passed.
    late: bool,
    /// Whether it has an open incident.
    stuck: bool,
    /// What it waits for.
    waiting_for: Vec<WaitResource>,
}

/// Lists the cases that the caller may see.
#[utoipa::path(get, path = "/cases", params(CaseQuery), responses(
    (status = 200, body = CaseList), (status = "4XX", body = ProblemResource)))]
pub(super) async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(query): Params<CaseQuery>,
) -> Result<Json<CaseList>, ApiError> {
    let (limit, offset) = Slice { limit: query.limit, offset: query.offset }.bounds()?;
    let now = state.runtime.clock().now();
    let mut filter = CaseFilter {
        process: query.process,
        search: query.search,
        late_at: query.late.then_some(now),
        stuck: query.stuck,
        state: match query.state {
            StateName::Open => CaseState::Open,
            StateName::Closed => CaseState::Closed,
            StateName::All => CaseState::All,
        },
        limit: LINES_MAX,
        ..CaseFilter::default()
    };
    let mut list = CaseList { cases: Vec::new(), more: false, cut_off: false };
    // The offset counts visible cases only, so that no number tells of cases that the reader may not see.
    let mut to_skip = offset;
    loop {
        let rows = state.runtime.store().cases(&filter).await?;
        for row in &rows {
            let loaded = state.runtime.load(&row.id).await?;
            if !caller.may_see(&loaded, now) {
                continue;
            }
            if to_skip > 0 {
                to_skip -= 1;
            } else if list.cases.len() < limit as usize {
                list.cases.push(line(&loaded, row, &caller, now));
            } else {
                list.more = true;
                return Ok(Json(list));
            }
        }
        filter.offset += LINES_MAX;
        if rows.len() < LINES_MAX as usize {
            return Ok(Json(list));
        }
        if filter.offset >= CASES_LOOKED_AT_MAX {
            list.cut_off = true;
            return Ok(Json(list));
        }
    }
}

fn line(loaded: &Loaded, row: &CaseRow, caller: &Caller, now: Timestamp) -> CaseLine {
    let case = resource::case(loaded, Reader::Acting(&caller.acting), now);
    let due_at = row.overview.due_at.filter(|_| row.open);
    CaseLine {
        number: case.number,
        process: case.process,
        process_title: case.process_title,
        status: case.status,
        closing: case.closing,
        success: case.success,
        stage: case.stage,
        subject: case.subject,
        requester: case.requester,
        opened_at: case.opened_at,
        updated_at: resource::rfc3339(row.updated_at),
        due_at: due_at.map(resource::rfc3339),
        late: due_at.is_some_and(|due| due < now),
        stuck: row.overview.stuck,
        waiting_for: case.waiting_for,
    }
}

/// Opens a case.
#[utoipa::path(post, path = "/cases", request_body = NewCase, responses(
    (status = 201, body = CaseResource), (status = 200, body = CaseResource, description = "The key was used before"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn open(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewCase>,
) -> Result<Response, ApiError> {
    check_key(new.key.as_deref())?;
    may_start(&caller, &state, &new.process).await?;
    let hand_in = HandIn { words: new.fields, uploads: uploads(new.documents) };
    let applied = state.runtime.open_case(&caller.acting, &new.process, hand_in, new.key.as_deref()).await?;
    Ok(answer(&state, &caller, &applied))
}

/// Asked before anything is taken in, so that nobody fills the disk with documents of a case they may not open.
async fn may_start(caller: &Caller, state: &AppState, process: &str) -> Result<(), ApiError> {
    let version = state.runtime.store().current_version(process).await?;
    let version = version.ok_or_else(|| Problem::NotFound(format!("published process `{process}`")))?;
    let (world, calendar) = (state.runtime.world(), Calendar::default());
    let context = Context {
        definition: &version.definition,
        version: &version.hash,
        directory: &world.directory,
        calendar: &calendar,
    };
    Ok(authorise(&context, None, &caller.acting, &Verb::StartCase, state.runtime.clock().now())?)
}

/// Shows a case as the caller may see it.
#[utoipa::path(get, path = "/cases/{number}", params(("number" = u64, Path, description = "Short number")), responses(
    (status = 200, body = CaseResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn show(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
) -> Result<Json<CaseResource>, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    Ok(Json(resource::case(&loaded, Reader::Acting(&caller.acting), state.runtime.clock().now())))
}

/// Tells how a case came to where it is.
///
/// At most 200 events are told, the latest unless `before` names another end; `earlier` says how many stand before
/// them.
#[utoipa::path(get, path = "/cases/{number}/timeline", params(("number" = u64, Path, description = "Short number"),
    TimelinePage),
    responses((status = 200, body = TimelineResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn timeline(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Params(page): Params<TimelinePage>,
) -> Result<Json<TimelineResource>, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    let history = state.runtime.timeline(&loaded.case.id, up_to(loaded.case.seq, page.before)).await?;
    let records = state.runtime.store().decision_records(&loaded.case.id).await?;
    let reader = Reader::Acting(&caller.acting);
    Ok(Json(resource::timeline(&loaded, &history, &records, reader, state.runtime.clock().now())))
}

/// Sends a document as it was handed in.
#[utoipa::path(get, path = "/cases/{number}/documents/{key}",
    params(("number" = u64, Path, description = "Short number"), ("key" = String, Path, description = "Its key")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn document(
    caller: Caller,
    State(state): State<AppState>,
    Named((number, key)): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    let none = || ApiError::not_found(&format!("document `{key}` in case {number}"));
    let document = loaded.case.documents.get(&key).ok_or_else(none)?;
    caller.may(&loaded, &Verb::ReadField(document.field.clone()), state.runtime.clock().now())?;
    let blob = state.runtime.store().blob(&document.bytes).await?.ok_or_else(none)?;
    let media_type = HeaderValue::from_str(&blob.media_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    Ok(saved(media_type, blob.bytes))
}

/// Sends the letter that a field holds as a Word file, if it came from a Word template.
#[utoipa::path(get, path = "/cases/{number}/letters/{file}",
    params(("number" = u64, Path, description = "Short number"),
    ("file" = String, Path, description = "The field's name with `.docx`, such as `letter.docx`")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn letter(
    caller: Caller,
    State(state): State<AppState>,
    Named((number, file)): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    let none = || ApiError::not_found(&format!("letter `{file}` in case {number}"));
    let field = file.strip_suffix(".docx").filter(|field| from_word(&loaded.case, field).is_some()).ok_or_else(none)?;
    caller.may(&loaded, &Verb::ReadField(field.to_owned()), state.runtime.clock().now())?;
    let made = state.runtime.letter(&loaded.case, field).await?;
    Ok(saved(HeaderValue::from_static(Kind::Word.media_type()), made))
}

/// A file that is saved, never shown as a page of this server: whoever handed it in or wrote what stands in it.
fn saved(media_type: HeaderValue, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, bytes).into_response()
}

/// Changes values outside a task. A sign-off that covers one of them is void then.
#[utoipa::path(post, path = "/cases/{number}/edits", params(("number" = u64, Path, description = "Short number")),
    request_body = NewEdit, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn edit(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<NewEdit>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    caller.may(&loaded, &Verb::EditFields, state.runtime.clock().now())?;
    let reason = reason(Some(&new.reason))?.ok_or(Rejected::ReasonMissing)?;
    if new.fields.is_empty() {
        return Err(ApiError::fault("fields", "name at least one field and its new value"));
    }
    let key = caller.key(new.key)?;
    let applied = state.runtime.edit_fields(&loaded.case.id, &caller.acting, new.fields, &reason, &key).await?;
    Ok(answer(&state, &caller, &applied))
}

/// Withdraws a case.
#[utoipa::path(post, path = "/cases/{number}/withdrawal", params(("number" = u64, Path, description = "Short number")),
    request_body = NewWithdrawal, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn withdraw(
    caller: Caller,
    State(state): State<AppState>,
    Named(number): Named<String>,
    Body(new): Body<NewWithdrawal>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    let kind = EventKind::CaseWithdrawn { reason: reason(new.reason.as_deref())? };
    let dedup = format!("withdrawal/{}", caller.person);
    let applied = state.runtime.apply(&loaded.case.id, &caller.acting, &kind, &dedup).await?;
    Ok(answer(&state, &caller, &applied))
}

/// Resolves an incident; what was stuck is tried again.
#[utoipa::path(post, path = "/cases/{number}/incidents/{incident}/resolution",
    params(("number" = u64, Path, description = "Short number"), ("incident" = u32, Path, description = "Its number")),
    request_body = NewResolution, responses((status = 201, body = CaseResource), (status = 200, body = CaseResource),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn resolve(
    caller: Caller,
    State(state): State<AppState>,
    Named((number, incident)): Named<(String, String)>,
    Body(NewResolution {}): Body<NewResolution>,
) -> Result<Response, ApiError> {
    let loaded = caller.case(&state, &number).await?;
    let none = || ApiError::not_found(&format!("incident {incident} in case {number}"));
    let kind = EventKind::IncidentResolved { incident: incident.parse().map_err(|_| none())? };
    let dedup = format!("incident/{incident}/{}", caller.person);
    let applied = state.runtime.apply(&loaded.case.id, &caller.acting, &kind, &dedup).await?;
    Ok(answer(&state, &caller, &applied))
}

/// A reason that can be kept; `None` when nothing was said.
pub(super) fn reason(words: Option<&str>) -> Result<Option<String>, ApiError> {
    let words = words.map(str::trim).filter(|words| !words.is_empty());
    let length = words.map_or(0, |words| words.chars().count());
    if length > REASON_CHARACTERS_MAX {
        let message = format!("the reason has {length} characters; at most {REASON_CHARACTERS_MAX} fit");
        return Err(ApiError::fault("reason", message));
    }
    Ok(words.map(str::to_owned))
}

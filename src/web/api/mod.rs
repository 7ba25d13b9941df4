//! The JSON API: the same verbs as the pages, for programs, with a personal token.
//!
//! Every handler loads what the verb is about, asks `authorise` at that moment, and answers with the shapes of
//! [`crate::resource`]. Whoever may not see a case is told that there is none.

mod agents;
mod auth;
mod body;
mod cases;
mod error;
mod openapi;
mod processes;
mod steering;
mod tasks;
mod text;
mod versions;
mod writing;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Method, header},
    routing::{MethodRouter, get, post},
};
use tower_http::set_header::SetResponseHeaderLayer;

use self::{body::none_here, error::ApiError};
use super::state::AppState;
use crate::config::REQUEST_BYTES_MAX;

pub use self::{error::ProblemResource, openapi::document};

/// Where the API is nested.
pub const PREFIX: &str = "/api/v1";
/// The header that says `now` when a decision without a digest is about what is shown at this moment.
pub const SHOWN_HEADER: &str = "x-countersign-shown";
/// The largest body of a request that carries no documents, in bytes.
const SMALL_BODY_BYTES_MAX: usize = 1024 * 1024;
/// The largest process text with its examples, in bytes.
const PROCESS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The largest body that carries past decisions, in bytes: a table as it may be, written as JSON.
const LABELS_BYTES_MAX: usize = 2 * crate::runtime::past::table::TABLE_BYTES_MAX;

/// One route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below [`PREFIX`], as in the OpenAPI document.
    pub path: &'static str,
    handler: MethodRouter<AppState>,
}

/// Every route: the router is built from this list and from nothing else.
#[must_use]
pub fn routes() -> Vec<Route> {
    let read = |path, handler| Route { method: Method::GET, path, handler };
    let write = |path, limit, handler: MethodRouter<AppState>| Route {
        method: Method::POST,
        path,
        handler: handler.layer(DefaultBodyLimit::max(limit)),
    };
    vec![
        read("/cases", get(cases::list)),
        write("/cases", REQUEST_BYTES_MAX, post(cases::open)),
        read("/cases/{number}", get(cases::show)),
        read("/cases/{number}/timeline", get(cases::timeline)),
        read("/cases/{number}/documents/{key}", get(cases::document)),
        read("/cases/{number}/letters/{file}", get(cases::letter)),
        write("/cases/{number}/edits", SMALL_BODY_BYTES_MAX, post(cases::edit)),
        write("/cases/{number}/withdrawal", SMALL_BODY_BYTES_MAX, post(cases::withdraw)),
        write("/cases/{number}/incidents/{incident}/resolution", SMALL_BODY_BYTES_MAX, post(cases::resolve)),
        write("/cases/{number}/moves", SMALL_BODY_BYTES_MAX, post(steering::move_case)),
        write("/cases/{number}/holds", SMALL_BODY_BYTES_MAX, post(steering::hold)),
        write("/cases/{number}/holds/end", SMALL_BODY_BYTES_MAX, post(steering::resume)),
        write("/cases/{number}/additions", SMALL_BODY_BYTES_MAX, post(steering::add)),
        read("/cases/{number}/migration", get(steering::look)),
        write("/cases/{number}/migration", SMALL_BODY_BYTES_MAX, post(steering::migrate)),
        write("/cases/{number}/migration/undo", SMALL_BODY_BYTES_MAX, post(steering::undo)),
        read("/tasks", get(tasks::list)),
        read("/tasks/{label}", get(tasks::show)),
        write("/tasks/{label}/decisions", REQUEST_BYTES_MAX, post(tasks::decide)),
        write("/tasks/{label}/claims", SMALL_BODY_BYTES_MAX, post(tasks::claim)),
        write("/tasks/{label}/releases", SMALL_BODY_BYTES_MAX, post(tasks::release)),
        write("/tasks/{label}/delegations", SMALL_BODY_BYTES_MAX, post(tasks::delegate)),
        write("/tasks/{label}/questions", SMALL_BODY_BYTES_MAX, post(tasks::ask)),
        read("/processes", get(processes::list)),
        read("/processes/{id}", get(processes::show)),
        write("/processes", PROCESS_BYTES_MAX, post(processes::publish)),
        write("/processes/check", PROCESS_BYTES_MAX, post(processes::check)),
        write("/text/check", PROCESS_BYTES_MAX, post(text::check)),
        write("/text/complete", PROCESS_BYTES_MAX, post(text::complete)),
        write("/text/interview", SMALL_BODY_BYTES_MAX, post(text::interview)),
        write("/text/shapes", SMALL_BODY_BYTES_MAX, post(text::shapes)),
        read("/templates", get(text::templates)),
        write("/text/describe", SMALL_BODY_BYTES_MAX, post(writing::describe)),
        write("/text/change", PROCESS_BYTES_MAX, post(writing::change)),
        write("/text/patch", PROCESS_BYTES_MAX, post(writing::patch)),
        write("/processes/changes", PROCESS_BYTES_MAX, post(versions::changes)),
        write("/processes/rehearsals", PROCESS_BYTES_MAX, post(versions::rehearse)),
        write("/processes/{id}/rehearsal/end", SMALL_BODY_BYTES_MAX, post(versions::end_rehearsal)),
        read("/processes/{id}/versions", get(versions::list)),
        read("/processes/{id}/versions/{version}", get(versions::show)),
        read("/processes/{id}/migration", get(steering::look_at_all)),
        read("/agents", get(agents::show)),
        write("/agents/switch", SMALL_BODY_BYTES_MAX, post(agents::switch)),
        write("/agents/labels", LABELS_BYTES_MAX, post(agents::labels)),
        write("/agents/limits", SMALL_BODY_BYTES_MAX, post(agents::limits)),
        read("/openapi.json", get(openapi::show)),
    ]
}

/// The API, to be nested at [`PREFIX`].
pub fn router() -> Router<AppState> {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let router = routes().into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler));
    router
        .fallback(none_here)
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

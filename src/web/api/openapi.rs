//! The API's own description, as an OpenAPI document. It needs no token.

use axum::{Json, extract::State};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

use super::{agents, cases, processes, steering, tasks, text, versions, writing};
use crate::web::{prefix::Prefix, state::AppState};

#[derive(OpenApi)]
#[openapi(
    info(title = "Countersign", description = "Processes in plain language: agents propose, people sign."),
    servers((url = "/api/v1")),
    paths(
        cases::list, cases::open, cases::show, cases::timeline, cases::document, cases::letter, cases::edit,
        cases::withdraw, cases::resolve, tasks::list, tasks::show, tasks::decide, tasks::claim, tasks::release,
        tasks::delegate, tasks::ask, processes::list, processes::show, processes::publish, processes::check,
        steering::move_case, steering::hold, steering::resume, steering::add, steering::look, steering::migrate,
        steering::undo, steering::look_at_all, versions::changes, versions::list, versions::show, versions::rehearse,
        versions::end_rehearsal, text::check, text::complete, text::interview, text::shapes, text::templates,
        writing::describe, writing::change, writing::patch, agents::show, agents::switch, agents::labels,
        agents::limits, show,
    ),
    security(("token" = [])),
    modifiers(&PersonalToken),
)]
struct Description;

/// Adds how callers say who they are.
struct PersonalToken;

impl Modify for PersonalToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Describes the API.
#[utoipa::path(get, path = "/openapi.json", security(()), responses(
    (status = 200, content_type = "application/json", description = "The OpenAPI document")))]
pub(super) async fn show(State(app): State<AppState>) -> Json<utoipa::openapi::OpenApi> {
    let mut document = document();
    for server in document.servers.iter_mut().flatten() {
        server.url = Prefix::of(&app.site.base_url).address(&server.url);
    }
    Json(document)
}

//! Writing process texts: with a model from a description or a wish, and by patches without one.
//!
//! Nothing is stored here: every answer is a draft, and the caller's text stays as it was.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    AppState, ProblemResource,
    auth::Caller,
    body::Body,
    error::ApiError,
    processes::{NewExample, attachments},
};
use crate::{
    describe::{Changed, DescribeError, Described, Stopped},
    language::patch::{Applied, NotApplied, Patch, apply},
};

/// A description in somebody's own words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with prose")]
pub(super) struct NewDescription {
    /// The words.
    prose: String,
}

/// A wish for a process text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with text, examples and request")]
pub(super) struct NewWish {
    /// The text.
    text: String,
    /// Labelled examples, by the field that they fill.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Vec<Object>>>)]
    examples: Option<BTreeMap<String, Vec<NewExample>>>,
    /// What is to be changed.
    request: String,
}

/// Patches for a process text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with text, examples and patches")]
pub(super) struct NewPatches {
    /// The text.
    text: String,
    /// Labelled examples, by the field that they fill.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Vec<Object>>>)]
    examples: Option<BTreeMap<String, Vec<NewExample>>>,
    /// What is changed, sentence by sentence; each sentence is named by a hash of its words.
    #[schema(value_type = Vec<Object>)]
    patches: Vec<Patch>,
}

/// Writes a draft of a process text from a description, with the model.
#[utoipa::path(post, path = "/text/describe", request_body = NewDescription, responses(
    (status = 200, body = Object, description = "A draft: `complete` says whether every check is met"),
    (status = 409, body = ProblemResource, description = "No model is set up"),
    (status = 502, body = ProblemResource, description = "The model gave nothing to go on with"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn describe(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewDescription>,
) -> Result<Json<Described>, ApiError> {
    state.runtime.may_write(&caller.acting).await?;
    let described = state.runtime.describer().describe(&new.prose).await?;
    if described.text.is_empty() {
        return Err(nothing(described.stopped.as_ref()));
    }
    Ok(Json(described))
}

/// Turns a wish into patches, with the model, and shows what they would do.
#[utoipa::path(post, path = "/text/change", request_body = NewWish, responses(
    (status = 200, body = Object, description = "Patches and the difference that they make"),
    (status = 409, body = ProblemResource, description = "No model is set up"),
    (status = 502, body = ProblemResource, description = "The model gave nothing to go on with"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn change(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewWish>,
) -> Result<Json<Changed>, ApiError> {
    state.runtime.may_write(&caller.acting).await?;
    let attachments = attachments(new.examples);
    let changed = state.runtime.describer().change(&new.text, &attachments, &new.request).await?;
    if changed.applied.is_none() && changed.cannot.is_none() {
        return Err(nothing(changed.stopped.as_ref()));
    }
    Ok(Json(changed))
}

/// Carries patches out on a copy of a text, all or none.
#[utoipa::path(post, path = "/text/patch", request_body = NewPatches, responses(
    (status = 200, body = Object, description = "The text, its difference, and what undoes the patches"),
    (status = 422, body = ProblemResource, description = "The patches do not fit; the text is as it was"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn patch(
    caller: Caller,
    State(state): State<AppState>,
    Body(new): Body<NewPatches>,
) -> Result<Json<Applied>, ApiError> {
    state.runtime.may_write(&caller.acting).await?;
    Ok(Json(apply(&new.text, &attachments(new.examples), &new.patches)?))
}

fn nothing(stopped: Option<&Stopped>) -> ApiError {
    let why = stopped.map_or_else(|| "the model gave no answer that could be used".to_owned(), Stopped::words);
    let message = format!("{why}; nothing was changed: try again, or write in the sentence shapes");
    ApiError::new(StatusCode::BAD_GATEWAY, "model_failed", message)
}

impl From<DescribeError> for ApiError {
    fn from(error: DescribeError) -> Self {
        let (status, code) = match error {
            DescribeError::NoModel => (StatusCode::CONFLICT, "no_model"),
            DescribeError::Empty(_) => (StatusCode::UNPROCESSABLE_ENTITY, "does_not_fit"),
            DescribeError::TooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            DescribeError::Prompt(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<NotApplied> for ApiError {
    fn from(error: NotApplied) -> Self {
        Self::text_not_patched(error.message, error.diagnostics)
    }
}

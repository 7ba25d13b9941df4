//! What a request brings, read strictly: an unknown key is refused, never ignored.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use countersign_core::event::Acting;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{error::Category, json};
use utoipa::{IntoParams, ToSchema};

use super::{AppState, auth::Caller, error::ApiError};
use crate::{
    resource::{self, Reader},
    runtime::{apply::Applied, intake::Upload},
    web::unfit,
};

/// The most lines of a list that are sent at once.
pub(super) const LINES_MAX: u32 = 200;
/// How many lines of a list are sent when nothing is said.
const LINES_USUAL: u32 = 50;

/// The JSON body of a request. No body at all stands for an empty object.
pub(super) struct Body<T>(pub(super) T);

/// The query of a request.
pub(super) struct Params<T>(pub(super) T);

/// The named parts of a request's path.
pub(super) struct Named<T>(pub(super) T);

/// A document as text. Files that are not text are handed in on the page.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with field, name and text")]
pub(super) struct NewDocument {
    /// The field that it fills.
    field: String,
    /// The file's name.
    name: String,
    /// Its text.
    text: String,
}

/// Which part of a list is sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Slice {
    /// How many at most; 50 when it is left out, 200 at most.
    pub(super) limit: Option<u32>,
    /// How many to leave out first.
    pub(super) offset: Option<u32>,
}

impl Slice {
    /// How many lines are wanted, and how many are left out first.
    pub(super) fn bounds(self) -> Result<(u32, u32), ApiError> {
        let limit = self.limit.unwrap_or(LINES_USUAL);
        if (1..=LINES_MAX).contains(&limit) {
            return Ok((limit, self.offset.unwrap_or(0)));
        }
        let message =
            format!("the limit is {limit}; it must be between 1 and {LINES_MAX}: read a longer list in parts");
        Err(ApiError::fault("limit", message))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return ApiError::too_large();
            }
            ApiError::new(StatusCode::BAD_REQUEST, "cut_off", "the request's body broke off; send it again")
        })?;
        if bytes.is_empty() {
            return read(b"{}").map(Self);
        }
        if !is_json {
            let message = "send the body as JSON, with the header `Content-Type: application/json`";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message));
        }
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => {
            let why = unfit::json(&error);
            let message = format!("the body does not fit: {why}; /api/v1/openapi.json says what is taken here");
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "does_not_fit", message)
        }
        Category::Syntax | Category::Eof | Category::Io => ApiError::new(
            StatusCode::BAD_REQUEST,
            "not_json",
            format!("the body is not JSON: {}; send it again", unfit::json(&error)),
        ),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

impl<T: DeserializeOwned> FromRequestParts<AppState> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri).map(|Query(params)| Self(params)).map_err(|rejection| {
            let why = unfit::query(&rejection.body_text());
            let message = format!("the query does not fit: {why}; /api/v1/openapi.json says what is taken here");
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "does_not_fit", message)
        })
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(named)| Self(named)).map_err(|_| ApiError::not_found("such address"))
    }
}

/// Documents as they are taken in.
pub(super) fn uploads(documents: Vec<NewDocument>) -> Vec<Upload> {
    let upload = |one: NewDocument| Upload { field: one.field, name: one.name, bytes: one.text.into_bytes() };
    documents.into_iter().map(upload).collect()
}

/// The case after a verb, or its number alone when the verb took the right to see it away.
pub(super) fn answer(state: &AppState, caller: &Caller, applied: &Applied) -> Response {
    let (loaded, now) = (&applied.loaded, state.runtime.clock().now());
    let status = if applied.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let acting: &Acting = &caller.acting;
    if caller.may_see(loaded, now) {
        (status, Json(resource::case(loaded, Reader::Acting(acting), now))).into_response()
    } else {
        (status, Json(json!({ "number": loaded.case.number }))).into_response()
    }
}

/// The answer to an address that does not exist.
pub(super) async fn none_here() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such address; /api/v1/openapi.json lists them all")
}

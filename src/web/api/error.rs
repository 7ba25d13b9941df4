//! Why a request was not carried out: a status and JSON that a reader and a program can act on.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_core::{Rejected, authorise::Refusal, form::FieldFault, people::Directory};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{language::Diagnostic, resource::rfc3339, runtime::Problem, store::StoreError};

/// When a request that met a busy server is worth sending again, in seconds.
const RETRY_AFTER_SECONDS: &str = "2";

/// Why a request was not carried out. Nothing of it is kept.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ProblemResource {
    /// Short stable name, such as `already_decided`.
    pub code: String,
    /// What is wrong and what to do next, in words.
    pub message: String,
    /// The fields that do not fit, each with what is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub field_faults: Vec<FaultResource>,
    /// Who could do it or allow it, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who_could: Vec<String>,
    /// Who was first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When that was, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// What is wrong with a process text, each with its place, the reason and what to write instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<Diagnostic>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FaultResource {
    /// The field.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A status and what is said with it.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    problem: Box<ProblemResource>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let problem = ProblemResource { code: code.to_owned(), message: message.into(), ..ProblemResource::default() };
        Self { status, problem: Box::new(problem) }
    }

    /// A problem in which people are called by their names; `decided_by` stays an identifier.
    pub(super) fn naming(problem: Problem, directory: &Directory) -> Self {
        let name = |id: &str| directory.name(id).to_owned();
        match problem {
            Problem::Rejected(Rejected::AlreadyDecided { by, outcome, at }) => {
                let mut error: Self = Rejected::AlreadyDecided { by: name(&by), outcome, at }.into();
                error.problem.decided_by = Some(by);
                error
            }
            Problem::Rejected(Rejected::AlreadyClaimed { by }) => Rejected::AlreadyClaimed { by: name(&by) }.into(),
            other => other.into(),
        }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what} that you may see"))
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "this address does not take this method; /api/v1/openapi.json lists what there is";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    pub(super) fn too_large() -> Self {
        let message = "the request is larger than this address takes; send smaller documents, or fewer at once";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// One thing in the request that does not fit.
    pub(super) fn fault(field: &str, message: impl Into<String>) -> Self {
        Self::faults(vec![FieldFault { field: field.to_owned(), message: message.into() }])
    }

    pub(super) fn faults(faults: Vec<FieldFault>) -> Self {
        let words: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "does_not_fit", words.join("; "));
        error.problem.field_faults =
            faults.into_iter().map(|fault| FaultResource { field: fault.field, message: fault.message }).collect();
        error
    }

    /// A process text that cannot be published.
    pub(super) fn text_refused(diagnostics: Vec<Diagnostic>) -> Self {
        let message = "the process text is not published: correct what the diagnostics name and send it again";
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "text_refused", message);
        error.problem.diagnostics = diagnostics;
        error
    }

    /// Patches that do not fit a text.
    pub(super) fn text_not_patched(message: String, diagnostics: Vec<Diagnostic>) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_patched", message);
        error.problem.diagnostics = diagnostics;
        error
    }

    /// A fault that the reader can do nothing about; its words stay in the log.
    fn internal(detail: &dyn std::fmt::Display) -> Self {
        tracing::error!(problem = %detail, "a request of the API failed");
        let message = "the server could not do this, and nothing was changed; its log says why: tell an administrator";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", message)
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Rejected(rejected) => rejected.into(),
            Problem::Faults(faults) => Self::faults(faults),
            Problem::NotFound(what) => Self::not_found(&what),
            Problem::Store(error) => error.into(),
            Problem::Busy { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", problem.to_string()),
            Problem::Setup(_) => Self::internal(&problem),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let mut error = Self::new(StatusCode::FORBIDDEN, "refused", refusal.message);
        error.problem.who_could = refusal.could;
        error
    }
}

impl From<Rejected> for ApiError {
    fn from(rejected: Rejected) -> Self {
        let conflict = |code, message: String| Self::new(StatusCode::CONFLICT, code, message);
        let unfit = |code, message: String| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
        let words = rejected.to_string();
        match rejected {
            Rejected::Refused(refusal) => refusal.into(),
            Rejected::AlreadyDecided { by, at, .. } => {
                let at = rfc3339(at);
                let mut error = conflict("already_decided", format!("{words} at {at}"));
                error.problem.decided_by = Some(by);
                error.problem.decided_at = Some(at);
                error
            }
            Rejected::AlreadyClaimed { by } => {
                let mut error = conflict("already_claimed", words);
                error.problem.who_could = vec![by];
                error
            }
            Rejected::NoLongerNeeded { at } => conflict("no_longer_needed", format!("{words} since {}", rfc3339(at))),
            Rejected::CaseClosed { .. } => conflict("case_closed", words),
            Rejected::AlreadyOpen { .. } => conflict("already_open", words),
            Rejected::Stale => conflict("stale", words),
            Rejected::NotOpen | Rejected::NotAwaited { .. } => conflict("not_awaited", words),
            Rejected::Unknown { number, what } => Self::not_found(&format!("{what} in case {number}")),
            Rejected::WrongOutcome(_) => unfit("wrong_outcome", words),
            Rejected::ReasonMissing => unfit("reason_missing", words),
            Rejected::NotWithdrawable { .. } => unfit("not_withdrawable", words),
            Rejected::NotMovable { .. } => unfit("not_movable", words),
            Rejected::NotMigratable { .. } => conflict("not_migratable", words),
            Rejected::NotAddable { .. } => unfit("not_addable", words),
            Rejected::OnHold { .. } => conflict("on_hold", words),
            Rejected::Faults(faults) => Self::faults(faults),
            Rejected::NewerFormat { .. } | Rejected::OtherVersion { .. } => Self::internal(&words),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => {
                tracing::warn!(problem = %error, "the store turned a request of the API away");
                let message = "nothing can be written or read just now, and nothing was changed; send the same request \
                               again in a moment, with the same key";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
            }
            StoreError::TooLarge { .. } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", error.to_string()),
            StoreError::Locked { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::OlderCopy { .. }
            | StoreError::Address { .. }
            | StoreError::Damaged { .. }
            | StoreError::Refused { .. }
            | StoreError::Statement { .. } => Self::internal(&error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6750, section 3.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"countersign\""));
        }
        response
    }
}

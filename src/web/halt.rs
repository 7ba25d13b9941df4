//! Why a request is not carried out: a status and a page in words. The page is made once it is known who reads it.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use countersign_core::{Refusal, Rejected};

use super::{catalogue::text::said, understood::quoted, views::error::Problem};
use crate::{
    id::{NoRandomness, new_id},
    runtime,
    store::StoreError,
};

/// A request that stops here. Nothing of it is recorded.
#[derive(Clone, Debug)]
pub(super) struct Halt {
    status: StatusCode,
    problem: Box<Problem>,
}

/// The problem of a response whose page is still to be made.
#[derive(Clone, Debug)]
pub(super) struct Failed(pub(super) Box<Problem>);

/// What a handler answers.
pub(super) type Answer = Result<Response, Halt>;

impl Halt {
    /// A status with its page.
    pub(super) fn new(status: StatusCode, problem: Problem) -> Self {
        Self { status, problem: Box::new(problem) }
    }

    /// Nothing stands at the address.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, Problem::not_found())
    }

    /// What happened, why, and what to do, in words of the catalogue.
    pub(super) fn told(status: StatusCode, what: &str, why: impl Into<String>, now: &str) -> Self {
        let problem =
            Problem { what: what.to_owned(), why: quoted(&why.into()), now: now.to_owned(), ..Problem::default() };
        Self::new(status, problem)
    }

    /// The form was made for another session, or by another site.
    pub(super) fn expired() -> Self {
        Self::new(StatusCode::FORBIDDEN, Problem::expired())
    }

    /// More than fits.
    pub(super) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Problem::too_large())
    }

    /// Not now; nothing was recorded.
    pub(super) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Problem::busy())
    }

    /// A fault of ours: its words go to the log under a reference, never to the page.
    pub(super) fn broken(error: &dyn std::fmt::Display) -> Self {
        let reference = new_id("fault");
        tracing::error!(%reference, %error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Problem::broken(reference))
    }

    /// Why the core refuses an event. `name` turns a person's identifier into their name.
    pub(super) fn rejected(rejected: Rejected, name: &dyn Fn(&str) -> String) -> Self {
        let why = match &rejected {
            Rejected::Refused(refusal) => return refusal.clone().into(),
            Rejected::AlreadyClaimed { by } => said::taken_by(&name(by)),
            Rejected::AlreadyDecided { by, .. } => said::decided_by(&name(by)),
            _ => format!("{}.", super::format::capital(&rejected.to_string())),
        };
        let status = match rejected {
            Rejected::Unknown { .. } => StatusCode::NOT_FOUND,
            Rejected::WrongOutcome(_) | Rejected::ReasonMissing | Rejected::Faults(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Rejected::Refused(_) => StatusCode::FORBIDDEN,
            Rejected::AlreadyDecided { .. }
            | Rejected::Stale
            | Rejected::NoLongerNeeded { .. }
            | Rejected::AlreadyClaimed { .. }
            | Rejected::CaseClosed { .. }
            | Rejected::AlreadyOpen { .. }
            | Rejected::NotOpen
            | Rejected::NotWithdrawable { .. }
            | Rejected::NotMovable { .. }
            | Rejected::NotMigratable { .. }
            | Rejected::NotAddable { .. }
            | Rejected::OnHold { .. }
            | Rejected::NotAwaited { .. }
            | Rejected::NewerFormat { .. }
            | Rejected::OtherVersion { .. } => StatusCode::CONFLICT,
        };
        Self::told(status, said::NOT_DONE, why, said::LOOK_AGAIN)
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        let why = format!("{}.", super::format::capital(&refusal.message));
        Self::new(StatusCode::FORBIDDEN, Problem::forbidden(why, refusal.could))
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable { .. } => {
                tracing::warn!(%error, "the store could not do it");
                Self::busy()
            }
            StoreError::TooLarge { .. } => Self::too_large(),
            StoreError::Locked { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::OlderCopy { .. }
            | StoreError::Address { .. }
            | StoreError::Damaged { .. }
            | StoreError::Refused { .. }
            | StoreError::Statement { .. } => Self::broken(&error),
        }
    }
}

impl From<runtime::Problem> for Halt {
    fn from(problem: runtime::Problem) -> Self {
        match problem {
            runtime::Problem::Rejected(rejected) => Self::rejected(rejected, &|id| id.to_owned()),
            runtime::Problem::Faults(_) => {
                let why = format!("{}.", super::format::capital(&problem.to_string()));
                Self::told(StatusCode::UNPROCESSABLE_ENTITY, said::NOT_DONE, why, said::CORRECT)
            }
            runtime::Problem::NotFound(_) => Self::not_found(),
            runtime::Problem::Store(error) => error.into(),
            runtime::Problem::Busy { .. } => Self::busy(),
            runtime::Problem::Setup(_) => Self::broken(&problem),
        }
    }
}

impl From<NoRandomness> for Halt {
    fn from(error: NoRandomness) -> Self {
        Self::broken(&error)
    }
}

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Failed(self.problem));
        response
    }
}

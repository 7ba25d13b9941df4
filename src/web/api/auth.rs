//! Who calls: the owner of a personal token. Session cookies are not looked at, so no other site can act here.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use countersign_core::{Verb, authorise, event::Acting, people::PersonId, time::Timestamp};

use super::{AppState, error::ApiError};
use crate::{runtime::world::Loaded, web::security};

/// The longest token that is looked up, in bytes.
const TOKEN_BYTES_MAX: usize = 256;
/// How old the note of a token's last use may grow before it is written anew, in milliseconds.
const TOUCH_EVERY_MS: i64 = 60_000;

/// The person who calls.
pub(super) struct Caller {
    pub(super) person: PersonId,
    pub(super) acting: Acting,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or_else(|| {
            ApiError::unauthorized("send a personal token in the header `Authorization: Bearer TOKEN`")
        })?;
        let store = state.runtime.store();
        let token = store.token(&security::digest(token)).await?.ok_or_else(|| {
            ApiError::unauthorized("this token is unknown or was revoked; ask an administrator for a new one")
        })?;
        if state.runtime.world().directory.active(&token.person).is_none() {
            return Err(ApiError::unauthorized("this account is switched off; ask an administrator"));
        }
        let now = state.runtime.clock().now();
        if token.last_used_at.is_none_or(|last| now.0 - last.0 >= TOUCH_EVERY_MS)
            && let Err(problem) = store.touch_token(&token.token_hash, now).await
        {
            // A note that cannot be written is no reason to keep somebody from reading.
            tracing::warn!(%problem, "the use of a token could not be noted");
        }
        Ok(Self { acting: Acting::person(token.person.clone()), person: token.person })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_BYTES_MAX).then_some(token)
}

impl Caller {
    /// The case of this number, if the caller may see that it exists; otherwise there is none.
    pub(super) async fn case(&self, state: &AppState, number: &str) -> Result<Loaded, ApiError> {
        let none = || ApiError::not_found(&format!("case {number}"));
        let parsed: u64 = number.parse().map_err(|_| none())?;
        let id = state.runtime.store().case_id(parsed).await?.ok_or_else(none)?;
        let loaded = state.runtime.load(&id).await?;
        if self.may_see(&loaded, state.runtime.clock().now()) { Ok(loaded) } else { Err(none()) }
    }

    /// The task of this label, such as `1042-3`, with its case, if the caller may see the case.
    pub(super) async fn task(&self, state: &AppState, label: &str) -> Result<(Loaded, u32), ApiError> {
        let none = || ApiError::not_found(&format!("task {label}"));
        let (case, number) = label.split_once('-').ok_or_else(none)?;
        let number: u32 = number.parse().map_err(|_| none())?;
        let loaded = self.case(state, case).await.map_err(|error| if error.is_not_found() { none() } else { error })?;
        loaded.case.task(number).ok_or_else(none)?;
        Ok((loaded, number))
    }

    /// Whether the caller may see that the case exists.
    pub(super) fn may_see(&self, loaded: &Loaded, at: Timestamp) -> bool {
        self.may(loaded, &Verb::ReadCase, at).is_ok()
    }

    /// Whether the caller may do this to the case, in their own name.
    pub(super) fn may(&self, loaded: &Loaded, verb: &Verb, at: Timestamp) -> Result<(), ApiError> {
        Ok(authorise(&loaded.context(), Some(&loaded.case), &self.acting, verb, at)?)
    }

    /// What makes a request of this caller the same request when it comes again.
    ///
    /// It holds the person, so that nobody's request is taken for somebody else's.
    pub(super) fn key(&self, key: Option<String>) -> Result<String, ApiError> {
        check_key(key.as_deref())?;
        let key = key.unwrap_or_else(|| crate::id::new_id("request"));
        Ok(format!("{}/{key}", self.person))
    }
}

/// The longest key of a request, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// Whether a key can be used.
pub(super) fn check_key(key: Option<&str>) -> Result<(), ApiError> {
    match key {
        Some("") => Err(ApiError::fault("key", "the key is empty; leave it out, or send one that is yours alone")),
        Some(key) if key.len() > KEY_BYTES_MAX => {
            Err(ApiError::fault("key", format!("the key has {} bytes; at most {KEY_BYTES_MAX} fit", key.len())))
        }
        Some(_) | None => Ok(()),
    }
}

//! What stands in the place of a name in an address, such as the number of a case, and what follows its question mark.

use axum::{
    extract::{self, FromRequestParts},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::halt::Halt;

/// What an address names. What does not fit there, such as letters for a number, names nothing: the reader gets the
/// page for that, and not the library's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Halt> {
        let named = extract::Path::from_request_parts(parts, state).await;
        named.map(|extract::Path(named)| Self(named)).map_err(|_| Halt::not_found())
    }
}

/// What follows the question mark of an address. What does not fit there is answered in the same way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Halt> {
        let asked = extract::Query::try_from_uri(&parts.uri);
        asked.map(|extract::Query(asked)| Self(asked)).map_err(|_| Halt::not_found())
    }
}

//! What machines ask: is it alive, is it up to its work, and how much of everything there is.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{
    front::Front,
    halt::{Answer, Halt},
    security::{digest, same},
};
use crate::metrics;

/// Where the process says that it answers.
pub const ALIVE: &str = "/healthz";
/// Where it says that it is up to its work.
pub const READY: &str = "/readyz";
/// Where it tells its figures to whoever has the token.
pub const METRICS: &str = "/metrics";

/// `GET /healthz`: the process answers. A supervisor that hears nothing starts it again.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: whether a balancer may send people here. It says why not, and nothing of any case.
pub(super) async fn ready(State(front): State<Front>) -> Response {
    let reasons = front.runtime().not_ready().await;
    if reasons.is_empty() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", reasons.join("; "))).into_response()
}

/// `GET /metrics`, for whoever sends the token of `COUNTERSIGN_METRICS_TOKEN` as a bearer.
///
/// A request behind a proxy comes from the loopback address, whoever sent it, so an address proves nothing and only
/// the token counts; without the variable there is no such page.
pub(super) async fn figures(State(front): State<Front>, headers: HeaderMap) -> Answer {
    let Some(token) = &front.runtime().config().metrics_token else { return Err(Halt::not_found()) };
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    // Digests have one length, so that the time of the comparison tells nothing about the token.
    if !same(digest(sent).as_bytes(), digest(token).as_bytes()) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return Ok((StatusCode::UNAUTHORIZED, challenge, "send the token of this server as a bearer\n").into_response());
    }
    let figures = front.store().figures(front.now()).await?;
    let text = metrics::text(&figures).map_err(|error| Halt::broken(&error))?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response())
}

/// The layer that counts every request with its route, its status, and the time until the answer began.
pub(super) async fn counted(request: Request, next: Next) -> Response {
    let begun = std::time::Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let response = next.run(request).await;
    metrics::answered(method.as_str(), &route, response.status().as_u16(), begun.elapsed());
    response
}

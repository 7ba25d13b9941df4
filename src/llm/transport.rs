//! What carries a request: the network with its limits, or a script. Both are one service for the client.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use futures_util::future::BoxFuture;
use reqwest::Response;

use super::ProviderError;

/// An answer's body may have at most this many bytes.
pub(super) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What stands before a server's wish to be asked later, in the one field of an error that is free for it: the client
/// hands on no headers of an error.
pub(super) const RETRY_AFTER: &str = "retry-after ";

/// Carries requests for the client; it retries nothing.
#[derive(Clone)]
pub(super) enum Transport {
    /// Over the network.
    Network(reqwest::Client),
    /// From a list.
    Script(Arc<Mutex<Script>>),
}

/// Replies that are given one after the other, and the requests that would have left.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub replies: VecDeque<Reply>,
    pub requests: Vec<String>,
}

/// One scripted reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A status and a body.
    Http(u16, String),
    /// The connection breaks.
    Unreachable,
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TransportError {
    /// No connection.
    #[error("no connection")]
    Unreachable,
    /// Nobody has that name.
    #[error("no such name")]
    NoSuchName,
    /// The connection could not be made safe.
    #[error("no safe connection")]
    NotSafe,
    /// It said nothing for too long.
    #[error("it fell silent")]
    Silent,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// The body is larger than [`MAX_BODY_BYTES`].
    #[error("the answer is too large")]
    TooLarge,
    /// The body is not JSON.
    #[error("the answer is not JSON")]
    NotJson,
    /// The request could not be rebuilt.
    #[error("the request could not be built")]
    NotBuilt,
    /// The script has no reply left.
    #[error("the script is at its end")]
    ScriptEnded,
}

impl TransportError {
    pub(super) fn explain(self) -> ProviderError {
        match self {
            Self::Unreachable => ProviderError::Retryable(
                "the model server could not be reached; check its address and the network".to_owned(),
            ),
            Self::NoSuchName => ProviderError::Retryable(
                "the name of the model server is not known to the network; check its address".to_owned(),
            ),
            Self::NotSafe => ProviderError::Retryable(
                "no safe connection to the model server could be made (TLS); check its address and its certificate"
                    .to_owned(),
            ),
            Self::Silent => {
                ProviderError::Retryable("the model server was silent for too long and was given up".to_owned())
            }
            Self::Broken => {
                ProviderError::Retryable("the connection to the model server broke in the middle".to_owned())
            }
            Self::TooLarge => ProviderError::Terminal(format!(
                "the model server answered with more than {MAX_BODY_BYTES} bytes; the answer was not read"
            )),
            Self::NotJson => ProviderError::Retryable(
                "the model server answered with something that is not JSON; check its address".to_owned(),
            ),
            Self::NotBuilt => ProviderError::Terminal(
                "the request to the model server could not be built; check its address in the settings".to_owned(),
            ),
            Self::ScriptEnded => ProviderError::Terminal("the scripted model has no answer left".to_owned()),
        }
    }
}

impl tower::Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = OpenAIError;
    type Future = BoxFuture<'static, Result<Response, OpenAIError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let transport = self.clone();
        Box::pin(async move { transport.carry(factory).await.map_err(|fault| OpenAIError::Boxed(Box::new(fault))) })
    }
}

impl Transport {
    async fn carry(self, factory: HttpRequestFactory) -> Result<Response, TransportError> {
        let request = factory.build().await.map_err(|_| TransportError::NotBuilt)?;
        let (status, later, body): (u16, Option<u64>, Vec<u8>) = match self {
            Self::Network(client) => {
                let response = client.execute(request).await.map_err(|error| fault(&error))?;
                let later = ask_after(response.headers());
                (response.status().as_u16(), later, read_body(response).await?)
            }
            Self::Script(script) => {
                let sent = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
                let sent = String::from_utf8_lossy(sent).into_owned();
                let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
                script.requests.push(sent);
                match script.replies.pop_front().ok_or(TransportError::ScriptEnded)? {
                    Reply::Http(status, body) => (status, None, body.into_bytes()),
                    Reply::Unreachable => return Err(TransportError::Unreachable),
                }
            }
        };
        // The client writes a body that it cannot read into the log, so one that is not JSON stops here.
        let success = (200..300).contains(&status);
        if success && serde_json::from_slice::<serde_json::Value>(&body).is_err() {
            return Err(TransportError::NotJson);
        }
        let body = if success { body } else { as_error(&body, later) };
        let rebuilt = http::Response::builder().status(status).body(body).map_err(|_| TransportError::NotBuilt)?;
        Ok(Response::from(rebuilt))
    }
}

/// What kind of failure this is.
fn fault(error: &reqwest::Error) -> TransportError {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if is_of_tls(inner) {
            return TransportError::NotSafe;
        }
        if error.is_connect() && inner.to_string().contains("dns error") {
            return TransportError::NoSuchName;
        }
        source = inner.source();
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, _) => TransportError::Unreachable,
        (false, true) => TransportError::Silent,
        (false, false) => TransportError::Broken,
    }
}

/// Whether an error is one of TLS; errors of input and output carry others in them.
fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let carried = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || carried.is_some_and(|carried| is_of_tls(carried))
}

/// When a server wants to be asked again, in seconds from its answer on (RFC 9110, 10.2.3): it says so in seconds, or
/// as a date, which is held against the date of the answer itself, since clocks differ.
fn ask_after(headers: &reqwest::header::HeaderMap) -> Option<u64> {
    let text = |name| headers.get(name).and_then(|value: &reqwest::header::HeaderValue| value.to_str().ok());
    let wish = text(http::header::RETRY_AFTER)?.trim();
    if !wish.is_empty() && wish.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(wish.parse().unwrap_or(u64::MAX));
    }
    let date = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let (then, now) = (date(wish)?, date(text(http::header::DATE)?)?);
    Some(u64::try_from(then.as_second() - now.as_second()).unwrap_or_default())
}

/// Reads a body up to the limit.
async fn read_body(mut response: Response) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + piece.len() > MAX_BODY_BYTES {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// An error body in the one shape that the client reads without logging it: servers differ in theirs.
fn as_error(body: &[u8], later: Option<u64>) -> Vec<u8> {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &json["error"];
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let message = text(&error["message"]).or_else(|| text(error)).or_else(|| text(&json["message"]));
    let code = text(&error["code"]);
    let param = later.map(|seconds| format!("{RETRY_AFTER}{seconds}"));
    let error = serde_json::json!({"message": message.unwrap_or_default(), "code": code, "param": param});
    serde_json::json!({ "error": error }).to_string().into_bytes()
}

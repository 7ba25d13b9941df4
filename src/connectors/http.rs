//! A system that takes calls as JSON over HTTP and honours the header `Idempotency-Key`.
//!
//! The header follows the draft standard "The Idempotency-Key HTTP Header Field" of the IETF HTTP API
//! working group.

use std::{collections::BTreeMap, time::Duration};

use countersign_core::value::Value;
use futures_util::future::BoxFuture;
use reqwest::StatusCode;
use serde_json::json;

use super::{ConnectorError, Reach, SystemCall, SystemQuestion};
use crate::config::SYSTEM_CALL_TIMEOUT;

/// The most bytes of an answer that are kept as a receipt.
const RECEIPT_BYTES_MAX: usize = 300;
/// The most bytes of an answer that are read at all.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// What stands in the place of words that an answer should not have repeated.
const HIDDEN: &str = "(hidden)";

/// What the body of a question says instead of an operation.
const LOOK_UP: &str = "look up";

/// Sends calls; cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    /// A sender that follows no redirects and waits no longer than its limit.
    pub fn new() -> Result<Self, ConnectorError> {
        Self::waiting(SYSTEM_CALL_TIMEOUT)
    }

    /// A sender that waits so long for the whole of an answer.
    fn waiting(limit: Duration) -> Result<Self, ConnectorError> {
        crate::llm::openai::install_tls();
        let client = reqwest::Client::builder()
            .timeout(limit)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ConnectorError::Terminal(format!("cannot prepare calls over http: {error}")))?;
        Ok(Self { client })
    }

    async fn call_over(&self, url: &str, token: Option<&str>, call: &SystemCall<'_>) -> Result<String, ConnectorError> {
        let body = json!({
            "operation": call.operation,
            "case_number": call.case_number,
            "payload": call.payload,
        });
        // It was accepted; of a long answer the beginning is receipt enough.
        let Accepted { status, text, .. } = self.post(url, token, call.key, &body, &[]).await?;
        let said = short(&text);
        Ok(if said.is_empty() { format!("accepted ({status})") } else { said })
    }

    /// The answer's words by field; what is null or missing is not known there.
    ///
    /// The answer is a JSON object of texts; numbers and truth values are taken as their words, and the texts of
    /// an array as the lines of a list.
    async fn ask_over(
        &self,
        url: &str,
        token: Option<&str>,
        question: &SystemQuestion<'_>,
    ) -> Result<BTreeMap<String, String>, ConnectorError> {
        let body = json!({
            "operation": LOOK_UP,
            "case_number": question.case_number,
            "by": question.by,
            "fields": question.fields,
        });
        // What it was asked by may be for few eyes, and so may be what a refusal repeats of it.
        let asked_by: Vec<String> = question.by.values().map(Value::plain).collect();
        let Accepted { text, cut, .. } = self.post(url, token, question.key, &body, &asked_by).await?;
        let unreadable = |why: &str| ConnectorError::Terminal(format!("the system's answer {why}"));
        if cut {
            return Err(unreadable(&format!(
                "is longer than {} KiB, so that nothing was read",
                ANSWER_BYTES_MAX / 1024
            )));
        }
        let answer: serde_json::Value =
            serde_json::from_str(&text).map_err(|_| unreadable("is not JSON, so that nothing was read"))?;
        let serde_json::Value::Object(answer) = answer else {
            return Err(unreadable("is not a JSON object of texts"));
        };
        let words = answer.into_iter().filter_map(|(field, value)| Some((field, words_of(&value)?)));
        Ok(words.collect())
    }

    /// Sends a body and returns the answer of a call that was accepted. What is private stands in no refusal.
    async fn post(
        &self,
        url: &str,
        token: Option<&str>,
        key: &str,
        body: &serde_json::Value,
        private: &[String],
    ) -> Result<Accepted, ConnectorError> {
        let mut request = self.client.post(url).header("Idempotency-Key", key).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status();
        let (text, cut) = beginning(response).await.map_err(|error| failure(&error))?;
        // Invariant: a token is in no answer that is kept, also when the other side repeats it.
        let text = without(text, token.into_iter());
        let said = || short(&without(text.clone(), private.iter().map(String::as_str)));
        match status.as_u16() {
            200..=299 => Ok(Accepted { status, text, cut }),
            300..=399 => Err(ConnectorError::Terminal(format!(
                "the system answered {status}, which leads to another address, and data go only to the one that is set: \
                 set the new one under [systems] in the configuration"
            ))),
            404 | 410 => Err(ConnectorError::Terminal(format!("the system does not know it ({status}): {}", said()))),
            408 | 409 | 425 | 429 | 500..=599 => {
                Err(ConnectorError::Retryable(format!("the system answered {status}: {}", said())))
            }
            _ => Err(ConnectorError::Terminal(format!("the system refused the call with {status}: {}", said()))),
        }
    }
}

/// The answer of a call that was accepted.
struct Accepted {
    status: StatusCode,
    text: String,
    /// Whether there was more of it than is read.
    cut: bool,
}

/// The beginning of an answer, and whether there was more of it.
async fn beginning(mut response: reqwest::Response) -> Result<(String, bool), reqwest::Error> {
    let mut bytes = Vec::new();
    let mut cut = false;
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        cut = chunk.len() > room;
        if cut {
            break;
        }
    }
    Ok((String::from_utf8_lossy(&bytes).into_owned(), cut))
}

/// A text without these words.
fn without<'a>(text: String, words: impl Iterator<Item = &'a str>) -> String {
    words.filter(|word| !word.trim().is_empty()).fold(text, |text, word| text.replace(word, HIDDEN))
}

impl Reach for Http {
    fn call<'a>(
        &'a self,
        url: &'a str,
        token: Option<&'a str>,
        call: &'a SystemCall<'a>,
    ) -> BoxFuture<'a, Result<String, ConnectorError>> {
        Box::pin(self.call_over(url, token, call))
    }

    fn ask<'a>(
        &'a self,
        url: &'a str,
        token: Option<&'a str>,
        question: &'a SystemQuestion<'a>,
    ) -> BoxFuture<'a, Result<BTreeMap<String, String>, ConnectorError>> {
        Box::pin(self.ask_over(url, token, question))
    }
}

/// The words of one value; `None` for what is not known or is no value of a form.
fn words_of(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        serde_json::Value::Array(items) => {
            items.iter().map(words_of).collect::<Option<Vec<_>>>().map(|lines| lines.join("\n"))
        }
        serde_json::Value::Null | serde_json::Value::Object(_) => None,
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(RECEIPT_BYTES_MAX).collect()
}

fn failure(error: &reqwest::Error) -> ConnectorError {
    // Only a connection that was never made is certain to have carried nothing out.
    if error.is_connect() {
        return ConnectorError::Retryable("the system cannot be reached".to_owned());
    }
    if error.is_timeout() {
        return ConnectorError::OutcomeUnknown("the system did not answer in time".to_owned());
    }
    ConnectorError::OutcomeUnknown("the connection broke before an answer came".to_owned())
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::post};
    use tokio::net::TcpListener;

    use super::*;

    /// What becomes of a call to a system that behaves like this.
    async fn check(system: Router, limit: Duration) -> Result<String, ConnectorError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, system).await });
        let payload = countersign_core::value::Values::new();
        let call = SystemCall { key: "key", case_number: 1, operation: "pay", payload: &payload };
        Http::waiting(limit).unwrap().call_over(&url, Some("the-token"), &call).await
    }

    fn says(answer: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Router {
        Router::new().route("/", post(|| async move { answer() }))
    }

    #[tokio::test]
    async fn a_call_that_gets_no_answer_in_time_may_have_been_carried_out() {
        let silent = Router::new().route("/", post(|| async { std::future::pending::<String>().await }));
        let unknown = check(silent, Duration::from_millis(100)).await.unwrap_err();
        assert!(matches!(unknown, ConnectorError::OutcomeUnknown(_)), "{unknown}");
        // Neither does a first word that nothing follows.
        let begun = || Body::from_stream(futures_util::stream::pending::<Result<String, std::io::Error>>());
        let unknown = check(says(begun), Duration::from_millis(100)).await.unwrap_err();
        assert!(matches!(unknown, ConnectorError::OutcomeUnknown(_)), "{unknown}");
    }

    #[tokio::test]
    async fn an_accepted_call_is_accepted_however_long_its_answer_is() {
        let endless = || {
            let piece = || Ok::<_, std::io::Error>("paid ".repeat(1_000));
            Body::from_stream(futures_util::stream::repeat_with(piece))
        };
        let receipt = check(says(endless), SYSTEM_CALL_TIMEOUT).await.unwrap();
        assert!(receipt.starts_with("paid paid") && receipt.len() <= RECEIPT_BYTES_MAX, "{receipt}");
    }

    #[tokio::test]
    async fn a_token_that_is_repeated_is_in_no_receipt() {
        let receipt = check(says(|| Body::from("taken with the-token")), SYSTEM_CALL_TIMEOUT).await.unwrap();
        assert_eq!(receipt, "taken with (hidden)");
    }
}

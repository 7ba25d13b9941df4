//! A system that takes calls as JSON over HTTP and honours the header `Idempotency-Key`.
//!
//! The header follows the draft standard "The Idempotency-Key HTTP Header Field" of the IETF HTTP API
//! working group.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use reqwest::StatusCode;
use serde_json::json;

use super::{ConnectorError, Reach, SystemCall, SystemQuestion};
use crate::config::SYSTEM_CALL_TIMEOUT;

/// The most bytes of an answer that are kept as a receipt.
const RECEIPT_BYTES_MAX: usize = 300;
/// The most bytes of an answer that are read at all.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

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
        crate::llm::openai::install_tls();
        let client = reqwest::Client::builder()
            .timeout(SYSTEM_CALL_TIMEOUT)
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
        let (status, text) = self.post(url, token, call.key, &body).await?;
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
        let (_, text) = self.post(url, token, question.key, &body).await?;
        let unreadable = |why: &str| ConnectorError::Terminal(format!("the system's answer {why}"));
        let answer: serde_json::Value =
            serde_json::from_str(&text).map_err(|_| unreadable("is not JSON, so that nothing was read"))?;
        let serde_json::Value::Object(answer) = answer else {
            return Err(unreadable("is not a JSON object of texts"));
        };
        let words = answer.into_iter().filter_map(|(field, value)| Some((field, words_of(&value)?)));
        Ok(words.collect())
    }

    /// Sends a body and returns the answer of a call that was accepted.
    async fn post(
        &self,
        url: &str,
        token: Option<&str>,
        key: &str,
        body: &serde_json::Value,
    ) -> Result<(StatusCode, String), ConnectorError> {
        let mut request = self.client.post(url).header("Idempotency-Key", key).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status();
        if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX) {
            return Err(ConnectorError::OutcomeUnknown("the answer is too long to read".to_owned()));
        }
        let text = response.text().await.map_err(|error| failure(&error))?;
        let said = short(&text);
        match status.as_u16() {
            200..=299 => Ok((status, text)),
            408 | 409 | 425 | 429 | 500..=599 => {
                Err(ConnectorError::Retryable(format!("the system answered {status}: {said}")))
            }
            _ => Err(ConnectorError::Terminal(format!("the system refused the call with {status}: {said}"))),
        }
    }
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

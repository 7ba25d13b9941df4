//! A system that takes calls as JSON over HTTP and honours the header `Idempotency-Key`.
//!
//! The header follows the draft standard "The Idempotency-Key HTTP Header Field" of the IETF HTTP API
//! working group.

use serde_json::json;

use super::{ConnectorError, SystemCall};
use crate::config::SYSTEM_CALL_TIMEOUT;

/// The most bytes of an answer that are kept as a receipt.
const RECEIPT_BYTES_MAX: usize = 300;
/// The most bytes of an answer that are read at all.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

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

    /// Makes one call and returns what the other side says about it.
    pub async fn call(&self, url: &str, token: Option<&str>, call: &SystemCall<'_>) -> Result<String, ConnectorError> {
        let body = json!({
            "operation": call.operation,
            "case_number": call.case_number,
            "payload": call.payload,
        });
        let mut request = self.client.post(url).header("Idempotency-Key", call.key).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status();
        if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX) {
            return Err(ConnectorError::OutcomeUnknown("the answer is too long to read".to_owned()));
        }
        let text = response.text().await.map_err(|error| failure(&error))?;
        let said: String = text.chars().filter(|c| !c.is_control()).take(RECEIPT_BYTES_MAX).collect();
        match status.as_u16() {
            200..=299 => Ok(if said.is_empty() { format!("accepted ({status})") } else { said }),
            408 | 409 | 425 | 429 | 500..=599 => {
                Err(ConnectorError::Retryable(format!("the system answered {status}: {said}")))
            }
            _ => Err(ConnectorError::Terminal(format!("the system refused the call with {status}: {said}"))),
        }
    }
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

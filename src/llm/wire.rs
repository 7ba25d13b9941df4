//! One request, sent through the client as a chat completion or as a response, and its answer read.
//!
//! The answer is read leniently by key, since servers that speak this format differ in what they leave out.

use std::time::Duration;

use async_openai::{Client, config::OpenAIConfig, error::OpenAIError, traits::RequestOptionsBuilder as _};
use serde_json::{Value as Json, json};

use super::{
    Answer, Finish, ProviderError, Request, SAYS, Secret, TOOL_CALLS, Usage, certainty,
    openai::Settings,
    responses,
    transport::{RETRY_AFTER, TransportError},
};
use crate::config::{AnswerForm, Api, Quirks};

/// At most this many characters of a server's own error text are passed on.
const MAX_ERROR_CHARS: usize = 300;

/// At most this many characters of a name that a server gives are kept.
const MAX_NAME_CHARS: usize = 100;

/// The request as it leaves as a chat completion.
pub(super) fn chat(request: &Request, model: &str, quirks: Quirks) -> Json {
    let system = instructions(request, quirks);
    let mut body = json!({
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": request.user},
        ],
    });
    body[if quirks.old_limit { "max_tokens" } else { "max_completion_tokens" }] = json!(request.max_tokens);
    match quirks.form {
        AnswerForm::Schema => {
            let schema = json!({"name": request.schema_name, "schema": request.schema, "strict": true});
            body["response_format"] = json!({"type": "json_schema", "json_schema": schema});
        }
        AnswerForm::Json => body["response_format"] = json!({"type": "json_object"}),
        AnswerForm::Text => {}
    }
    if let Some(thousandths) = request.temperature.filter(|_| quirks.temperature) {
        body["temperature"] = json!(f64::from(thousandths) / 1_000.0);
    }
    if quirks.probabilities && request.call.measured.is_some() {
        body["logprobs"] = json!(true);
    }
    body
}

/// The instructions, with the schema in them for a server that cannot hold a model to one.
pub(super) fn instructions(request: &Request, quirks: Quirks) -> String {
    match quirks.form {
        AnswerForm::Schema => request.system.clone(),
        AnswerForm::Json | AnswerForm::Text => format!(
            "{}\n\nAnswer with one JSON value of this schema and nothing else:\n{}",
            request.system, request.schema
        ),
    }
}

/// Why there was no answer, and when the server says to ask again.
pub(super) struct Refusal {
    pub error: ProviderError,
    pub ask_after: Option<Duration>,
}

/// How an answer is read.
type Read = fn(&Json, Option<&str>) -> Result<Answer, ProviderError>;

/// Sends once and reads the answer.
pub(super) async fn send(
    client: &Client<OpenAIConfig>,
    request: &Request,
    settings: &Settings,
) -> Result<Answer, Refusal> {
    let (model, quirks) = (&settings.model, settings.quirks);
    let (sent, read): (Result<Json, OpenAIError>, Read) = match settings.api {
        Api::Chat => (client.chat().create_byot(chat(request, model, quirks)).await, read),
        // The client's own call differs from that of chat completions in its path alone.
        Api::Responses => match client.chat().path(responses::PATH) {
            Ok(call) => (call.create_byot(responses::body(request, model, quirks)).await, responses::read),
            Err(error) => (Err(error), responses::read),
        },
    };
    match sent {
        Ok(response) => read(&response, request.call.measured).map_err(|error| Refusal { error, ask_after: None }),
        Err(error) => Err(Refusal { ask_after: ask_after(&error), error: explain(&error, &settings.key) }),
    }
}

/// The server's `Retry-After` in seconds (RFC 9110, 10.2.3), as the transport hands it on.
fn ask_after(error: &OpenAIError) -> Option<Duration> {
    let OpenAIError::ApiError(refused) = error else { return None };
    let seconds = refused.api_error.param.as_deref()?.strip_prefix(RETRY_AFTER)?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

fn read(response: &Json, measured: Option<&str>) -> Result<Answer, ProviderError> {
    if response["choices"].as_array().is_some_and(|choices| choices.len() > 1) {
        return Err(ProviderError::Retryable(
            "the model server answered with several choices, so it is open which is meant".to_owned(),
        ));
    }
    let choice = &response["choices"][0];
    let message = &choice["message"];
    if !message.is_object() {
        return Err(ProviderError::Retryable(
            "the model server answered without a message; check that its address speaks chat completions".to_owned(),
        ));
    }
    let refusal = message["refusal"].as_str().filter(|text| !text.is_empty());
    let calls = message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty());
    let finish = match (refusal, choice["finish_reason"].as_str()) {
        (Some(_), _) | (None, Some("content_filter")) => Finish::Refused,
        (None, _) if calls => Finish::Other(TOOL_CALLS.to_owned()),
        (None, Some("stop")) => Finish::Complete,
        (None, Some("length")) => Finish::CutOff,
        (None, other) => Finish::Other(name(other)),
    };
    let text = refusal.or_else(|| message["content"].as_str()).unwrap_or_default();
    let count = |name: &str| response["usage"][name].as_u64().unwrap_or_default();
    Ok(Answer {
        text: text.to_owned(),
        model: name(response["model"].as_str()),
        usage: Usage { input: count("prompt_tokens"), output: count("completion_tokens") },
        finish,
        placeholders: 0,
        engine: String::new(),
        probable: measured.and_then(|property| certainty::of(property, text, &choice["logprobs"]["content"])),
    })
}

/// A name that a server gives, cut.
pub(super) fn name(text: Option<&str>) -> String {
    text.unwrap_or_default().chars().filter(|one| !one.is_control()).take(MAX_NAME_CHARS).collect()
}

/// Turns a client error into words, without the key and without the body of an answer.
fn explain(error: &OpenAIError, key: &Secret) -> ProviderError {
    match error {
        OpenAIError::ApiError(refused) => {
            let status = refused.status_code.as_u16();
            let said = short(&refused.api_error.message, key);
            by_status(status, refused.api_error.code.as_deref(), &said)
        }
        OpenAIError::Boxed(inner) => match inner.downcast_ref::<TransportError>() {
            Some(fault) => fault.explain(),
            None => ProviderError::Retryable("the model server could not be reached".to_owned()),
        },
        OpenAIError::JSONDeserialize(..) => {
            ProviderError::Retryable("the model server answered with something that is not JSON".to_owned())
        }
        OpenAIError::Reqwest(_) => ProviderError::Retryable(
            "the model server could not be reached; check its address and the network".to_owned(),
        ),
        OpenAIError::InvalidArgument(_) | OpenAIError::StreamError(_) => {
            ProviderError::Terminal("the request to the model server could not be built".to_owned())
        }
        OpenAIError::FileSaveError(_) | OpenAIError::FileReadError(_) => {
            ProviderError::Terminal("the client for the model server tried to use a file".to_owned())
        }
    }
}

fn by_status(status: u16, code: Option<&str>, said: &str) -> ProviderError {
    let out_of_budget = code == Some("insufficient_quota");
    let said = if said.is_empty() { String::new() } else { format!("{SAYS}{said}") };
    match status {
        401 | 403 => ProviderError::Terminal(format!(
            "the model server refused the key (status {status}); check the key in the settings{said}"
        )),
        404 => ProviderError::Terminal(format!(
            "the model server does not know the model or the address (status 404); check the settings{said}"
        )),
        429 if out_of_budget => ProviderError::Terminal(format!("the account of the model server is used up{said}")),
        408 | 409 | 429 | 500..=599 => {
            ProviderError::Retryable(format!("the model server is busy or failing (status {status}){said}"))
        }
        300..=399 => ProviderError::Terminal(format!(
            "the model server answers with a redirect (status {status}), which is not followed; use its final address"
        )),
        400 | 413 | 422 => {
            ProviderError::Unfit(format!("the model server refused this question (status {status}){said}"))
        }
        _ => ProviderError::Terminal(format!("the model server refused the request (status {status}){said}")),
    }
}

/// A server's own words on one line, cut, and without the key should they repeat it.
fn short(text: &str, key: &Secret) -> String {
    let hidden = if key.reveal().is_empty() { text.to_owned() } else { text.replace(key.reveal(), "(key)") };
    hidden.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_ERROR_CHARS).collect()
}

//! The request and the answer of `POST /responses`, the second way of asking a server that speaks the OpenAI protocol.
//!
//! It differs from a chat completion in its names, in the shape of an answer, which is a list of items, and in that an
//! answer that failed or was cut off comes with status 200.

use serde_json::{Value as Json, json};

use super::{Answer, Finish, ProviderError, Request, TOOL_CALLS, Usage, certainty, wire};
use crate::config::{AnswerForm, Quirks};

/// Where it is asked, after the base of the address.
pub(super) const PATH: &str = "/responses";

/// The request as it leaves.
///
/// The server is asked to keep nothing (`store`): the record of a decision is ours to keep and to erase.
pub(super) fn body(request: &Request, model: &str, quirks: Quirks) -> Json {
    let mut body = json!({
        "model": model,
        "instructions": wire::instructions(request, quirks),
        "input": [{"role": "user", "content": request.user}],
        "max_output_tokens": request.max_tokens,
        "store": false,
    });
    match quirks.form {
        AnswerForm::Schema => {
            body["text"] = json!({"format": {
                "type": "json_schema", "name": request.schema_name, "schema": request.schema, "strict": true,
            }});
        }
        AnswerForm::Json => body["text"] = json!({"format": {"type": "json_object"}}),
        AnswerForm::Text => {}
    }
    if let Some(thousandths) = request.temperature.filter(|_| quirks.temperature) {
        body["temperature"] = json!(f64::from(thousandths) / 1_000.0);
    }
    if quirks.probabilities && request.call.measured.is_some() {
        body["include"] = json!(["message.output_text.logprobs"]);
    }
    body
}

/// The answer of a response.
///
/// # Errors
/// [`ProviderError`], when it failed, is not finished, has no message or several; a server's own words about it are
/// left out.
pub(super) fn read(response: &Json, measured: Option<&str>) -> Result<Answer, ProviderError> {
    let status = response["status"].as_str();
    if status == Some("failed") || response["error"].is_object() {
        return Err(failed(response["error"]["code"].as_str()));
    }
    if let Some(unfinished @ ("queued" | "in_progress" | "cancelled")) = status {
        return Err(ProviderError::Retryable(format!("the model server has not finished its answer ({unfinished})")));
    }
    let Some(items) = response["output"].as_array() else {
        return Err(ProviderError::Retryable(
            "the model server answered without a message; check that its address speaks responses".to_owned(),
        ));
    };
    // What a model thinks on its way and what it says meanwhile are no answers.
    let said = |item: &&Json| item["type"] == "message" && item["phase"] != "commentary";
    let calls = items.iter().any(|item| !matches!(item["type"].as_str(), Some("message" | "reasoning") | None));
    let messages: Vec<&Json> = items.iter().filter(said).collect();
    if messages.len() > 1 {
        return Err(ProviderError::Retryable(
            "the model server answered with several messages, so it is open which is meant".to_owned(),
        ));
    }
    let parts = messages.first().and_then(|message| message["content"].as_array()).map(Vec::as_slice);
    let parts = parts.unwrap_or_default();
    let refusal = parts.iter().find(|part| part["type"] == "refusal").map(|part| &part["refusal"]);
    let finish = match (refusal, status, response["incomplete_details"]["reason"].as_str()) {
        (Some(_), ..) | (None, Some("incomplete"), Some("content_filter")) => Finish::Refused,
        (None, Some("incomplete"), Some("max_output_tokens")) => Finish::CutOff,
        (None, Some("incomplete"), other) => Finish::Other(wire::name(other)),
        _ if calls => Finish::Other(TOOL_CALLS.to_owned()),
        // Servers that leave the status out have at least sent a message.
        (None, Some("completed") | None, _) if !messages.is_empty() => Finish::Complete,
        (None, Some("completed") | None, _) => {
            return Err(ProviderError::Retryable("the model server answered without a message".to_owned()));
        }
        (None, Some(other), _) => Finish::Other(wire::name(Some(other))),
    };
    let written: Vec<&Json> = parts.iter().filter(|part| part["type"] == "output_text").collect();
    let texts = written.iter().filter_map(|part| part["text"].as_str());
    let text = refusal.map_or_else(|| texts.collect(), |words| words.as_str().unwrap_or_default().to_owned());
    let probable = match written.as_slice() {
        [only] => measured.and_then(|property| certainty::of(property, &text, &only["logprobs"])),
        _ => None,
    };
    let count = |name: &str| response["usage"][name].as_u64().unwrap_or_default();
    Ok(Answer {
        text,
        model: wire::name(response["model"].as_str()),
        usage: Usage { input: count("input_tokens"), output: count("output_tokens") },
        finish,
        placeholders: 0,
        engine: String::new(),
        probable,
    })
}

/// A response that failed. It came with status 200, so that its code has to tell whether asking again may help.
fn failed(code: Option<&str>) -> ProviderError {
    match code {
        None | Some("server_error" | "rate_limit_exceeded" | "vector_store_timeout") => {
            ProviderError::Retryable("the model server began to answer and failed".to_owned())
        }
        Some(_) => ProviderError::Unfit("the model server refused this question as it worked on it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Call;

    fn request() -> Request {
        Request {
            system: "Say one word.".to_owned(),
            user: "Which?".to_owned(),
            schema: json!({"type": "object", "properties": {"zebra": {"type": "string"}, "ant": {"type": "string"}}}),
            schema_name: "word".to_owned(),
            max_tokens: 50,
            temperature: Some(500),
            call: Call::default(),
            masked: None,
        }
    }

    #[test]
    fn the_request_has_the_names_of_responses() {
        let sent = body(&request(), "m", Quirks::default());
        assert_eq!((&sent["model"], &sent["instructions"]), (&json!("m"), &json!("Say one word.")));
        assert_eq!(sent["input"], json!([{"role": "user", "content": "Which?"}]));
        assert_eq!((&sent["max_output_tokens"], &sent["temperature"]), (&json!(50), &json!(0.5)));
        assert_eq!(sent["store"], false, "the server keeps nothing");
        let format = &sent["text"]["format"];
        assert_eq!((&format["type"], &format["name"]), (&json!("json_schema"), &json!("word")));
        assert_eq!(format["strict"], true);
        let properties = format["schema"]["properties"].as_object().unwrap();
        assert_eq!(properties.keys().collect::<Vec<_>>(), ["zebra", "ant"], "the declared order is kept");
        for name in ["messages", "response_format", "max_completion_tokens", "max_tokens"] {
            assert!(sent[name].is_null(), "{name} is a name of chat completions");
        }
    }

    #[test]
    fn quirks_change_the_request() {
        let sent = |quirks: Quirks| body(&request(), "m", quirks);
        let json = sent(Quirks { form: AnswerForm::Json, temperature: false, ..Quirks::default() });
        assert_eq!(json["text"], json!({"format": {"type": "json_object"}}));
        assert!(json["temperature"].is_null());
        assert!(json["instructions"].as_str().unwrap().contains(r#""zebra""#), "the schema is shown");
        assert!(sent(Quirks { form: AnswerForm::Text, ..Quirks::default() })["text"].is_null());
    }

    fn message(text: &str) -> Json {
        json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]})
    }

    fn response(status: &str, output: Json) -> Json {
        let usage = json!({"input_tokens": 100, "output_tokens": 20});
        json!({"status": status, "model": "m-1", "output": output, "usage": usage})
    }

    /// The end and the text of an answer, or a part of the words that there is none with and their kind.
    fn check(response: &Json, expected: Result<(Finish, &str), (&str, &str)>) {
        match (read(response, None), expected) {
            (Ok(answer), Ok((finish, text))) => {
                assert_eq!((answer.finish, answer.text.as_str()), (finish, text), "{response}");
            }
            (Err(error), Err((kind, words))) => {
                let debug = format!("{error:?}");
                assert!(debug.starts_with(kind) && debug.contains(words), "{debug} for {response}");
                assert!(!debug.contains("secret"), "a server's words are passed on: {debug}");
            }
            (found, expected) => panic!("{found:?} in place of {expected:?} for {response}"),
        }
    }

    #[test]
    fn answers_are_read_by_their_items() {
        let thought = json!({"type": "reasoning", "summary": []});
        check(&response("completed", json!([thought, message("{}")])), Ok((Finish::Complete, "{}")));
        let aside =
            json!({"type": "message", "phase": "commentary", "content": [{"type": "output_text", "text": "hm"}]});
        check(&response("completed", json!([aside, message("{}")])), Ok((Finish::Complete, "{}")));
        let halves = json!([{"type": "message", "content": [
            {"type": "output_text", "text": "{\"a\":"}, {"type": "output_text", "text": "1}"}]}]);
        check(&response("completed", halves), Ok((Finish::Complete, "{\"a\":1}")));
        let refusal = json!([{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]);
        check(&response("completed", refusal), Ok((Finish::Refused, "no")));
        let call = json!([{"type": "function_call", "name": "pay", "arguments": "{}"}]);
        check(&response("completed", call.clone()), Ok((Finish::Other(TOOL_CALLS.to_owned()), "")));
        let read = read(&response("completed", json!([message("{}")])), None).unwrap();
        assert_eq!((read.model.as_str(), read.usage), ("m-1", Usage { input: 100, output: 20 }));
    }

    #[test]
    fn what_the_server_tells_of_its_certainty_is_read() {
        let pieces = json!([{"token": "{\"a\":", "logprob": -3.0}, {"token": "1", "logprob": -0.105_360_5},
            {"token": "}", "logprob": -3.0}]);
        let said = json!([{"type": "message", "content": [
            {"type": "output_text", "text": "{\"a\":1}", "logprobs": pieces}]}]);
        let probable = |measured| read(&response("completed", said.clone()), measured).unwrap().probable;
        assert_eq!((probable(Some("a")), probable(Some("b")), probable(None)), (Some(900), None, None));
        let measured = Request { call: Call { measured: Some("a"), ..Call::default() }, ..request() };
        let asks = |request, probabilities| {
            body(request, "m", Quirks { probabilities, ..Quirks::default() })["include"].clone()
        };
        assert_eq!(asks(&measured, true), json!(["message.output_text.logprobs"]));
        assert!(asks(&measured, false).is_null() && asks(&request(), true).is_null());
    }

    #[test]
    fn an_end_is_told_from_another() {
        let incomplete = |reason: &str| {
            let mut one = response("incomplete", json!([message("{\"a\"")]));
            one["incomplete_details"] = json!({"reason": reason});
            one
        };
        check(&incomplete("max_output_tokens"), Ok((Finish::CutOff, "{\"a\"")));
        check(&incomplete("content_filter"), Ok((Finish::Refused, "{\"a\"")));
        check(&incomplete("else"), Ok((Finish::Other("else".to_owned()), "{\"a\"")));
        check(&response("completed", json!([])), Err(("Retryable", "without a message")));
        check(&response("completed", json!([message("{}"), message("{}")])), Err(("Retryable", "several messages")));
        check(&json!({"choices": []}), Err(("Retryable", "speaks responses")));
        for status in ["queued", "in_progress", "cancelled"] {
            check(&response(status, json!([])), Err(("Retryable", "not finished")));
        }
        let failed = |code: &str| {
            let mut one = response("failed", json!([]));
            one["error"] = json!({"code": code, "message": "a secret"});
            one
        };
        check(&failed("server_error"), Err(("Retryable", "failed")));
        check(&failed("rate_limit_exceeded"), Err(("Retryable", "failed")));
        check(&failed("invalid_prompt"), Err(("Unfit", "refused this question")));
    }
}

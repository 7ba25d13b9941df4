//! A provider that answers from a list, for tests and demonstrations.
//!
//! It replaces the network alone: requests are built, answers are parsed and errors are told apart by the
//! code that talks to real servers, and every request that would have left is kept.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};

use super::{
    Answer, Provider, ProviderError, Request, Secret,
    openai::{Limits, OpenAi, Settings},
    transport::{Reply, Script, Transport},
};
use crate::config::{Api, Quirks};

/// Answers from a list.
#[derive(Debug)]
pub struct Scripted {
    script: Arc<Mutex<Script>>,
    inner: OpenAi,
}

impl Scripted {
    /// A provider that has no answer yet.
    ///
    /// # Errors
    /// Terminal, when the HTTP client cannot be built on this machine.
    pub fn new() -> Result<Self, ProviderError> {
        let script = Arc::new(Mutex::new(Script::default()));
        let settings = Settings {
            base_url: "http://scripted.invalid/v1".to_owned(),
            key: Secret::new("scripted-key"),
            model: "scripted".to_owned(),
            limits: Limits { first_pause: Duration::ZERO, ..Limits::default() },
            headers: BTreeMap::new(),
            api: Api::default(),
            quirks: Quirks::default(),
        };
        let inner = OpenAi::over(Transport::Script(Arc::clone(&script)), settings)?;
        Ok(Self { script, inner })
    }

    /// Adds an answer whose message is `content`.
    #[must_use]
    pub fn says(self, content: impl Into<String>) -> Self {
        self.finishes(content, "stop")
    }

    /// Adds an answer that stops for the given reason, such as `length`.
    #[must_use]
    pub fn finishes(self, content: impl Into<String>, reason: &str) -> Self {
        let body = json!({
            "id": "scripted", "object": "chat.completion", "created": 0, "model": "scripted-model",
            "choices": [{
                "index": 0, "finish_reason": reason,
                "message": {"role": "assistant", "content": content.into()},
            }],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        });
        self.replies(200, body.to_string())
    }

    /// Adds a reply of this status with this body.
    #[must_use]
    pub fn replies(self, status: u16, body: impl Into<String>) -> Self {
        self.push(Reply::Http(status, body.into()))
    }

    /// Adds a broken connection.
    #[must_use]
    pub fn breaks(self) -> Self {
        self.push(Reply::Unreachable)
    }

    /// The bodies of the requests that would have left, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Json> {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.requests.iter().map(|body| serde_json::from_str(body).unwrap_or_default()).collect()
    }

    fn push(self, reply: Reply) -> Self {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).replies.push_back(reply);
        self
    }
}

impl Provider for Scripted {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        self.inner.complete(request)
    }

    fn name(&self) -> String {
        "scripted:demo".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::AnswerForm,
        llm::{Call, Finish},
    };

    fn request() -> Request {
        Request {
            system: "Say one word.".to_owned(),
            user: "Which?".to_owned(),
            schema: json!({"type": "object", "properties": {"zebra": {"type": "string"}, "ant": {"type": "string"}}}),
            schema_name: "word".to_owned(),
            max_tokens: 50,
            temperature: Some(0),
            call: Call::default(),
            masked: None,
        }
    }

    /// What comes back for a script.
    async fn check(script: Scripted) -> (Result<Answer, ProviderError>, Vec<Json>) {
        let answer = script.complete(&request()).await;
        (answer, script.requests())
    }

    #[tokio::test]
    async fn the_request_names_model_schema_and_limits_in_declared_order() {
        let (answer, sent) = check(Scripted::new().unwrap().says("{}")).await;
        let answer = answer.unwrap();
        assert_eq!((answer.text.as_str(), answer.finish, answer.usage.input), ("{}", Finish::Complete, 100));
        let sent = &sent[0];
        assert_eq!(sent["model"], "scripted");
        assert_eq!(sent["max_completion_tokens"], 50);
        assert_eq!(sent["response_format"]["json_schema"]["strict"], true);
        let properties = sent["response_format"]["json_schema"]["schema"]["properties"].as_object().unwrap();
        assert_eq!(properties.keys().collect::<Vec<_>>(), ["zebra", "ant"]);
        assert_eq!(sent["messages"][1]["content"], "Which?");
    }

    #[tokio::test]
    async fn a_busy_server_is_asked_again_and_a_wrong_key_is_not() {
        let busy = Scripted::new().unwrap().replies(503, "try later").breaks().says("{}");
        let (answer, sent) = check(busy).await;
        assert!(answer.is_ok());
        assert_eq!(sent.len(), 3);

        let body = r#"{"error":{"message":"Incorrect API key provided: scripted-key","code":"invalid_api_key"}}"#;
        let (answer, sent) = check(Scripted::new().unwrap().replies(401, body).says("{}")).await;
        let error = answer.unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, ProviderError::Terminal(_)), "a wrong key is terminal");
        assert!(words.contains("refused the key") && !words.contains("scripted-key"), "{words}");
        assert_eq!(sent.len(), 1);
    }

    #[tokio::test]
    async fn attempts_end() {
        let script = (0..9).fold(Scripted::new().unwrap(), |script, _| script.replies(429, "{}"));
        let (answer, sent) = check(script).await;
        assert!(matches!(answer, Err(ProviderError::Retryable(_))));
        assert_eq!(sent.len(), crate::llm::openai::MAX_ATTEMPTS as usize);
    }

    #[tokio::test]
    async fn odd_replies_are_told_apart() {
        let used_up = r#"{"error":{"message":"quota","code":"insufficient_quota"}}"#;
        let (answer, _) = check(Scripted::new().unwrap().replies(429, used_up)).await;
        assert!(matches!(answer, Err(ProviderError::Terminal(_))));
        let (answer, _) = check(Scripted::new().unwrap().replies(302, "")).await;
        assert!(answer.unwrap_err().to_string().contains("redirect"));
        let (answer, _) = check(Scripted::new().unwrap().replies(200, r#"{"choices":[]}"#).breaks().breaks()).await;
        assert!(matches!(answer, Err(ProviderError::Retryable(_))));
        let (answer, _) = check(Scripted::new().unwrap().finishes("{\"a\":", "length")).await;
        assert_eq!(answer.unwrap().finish, Finish::CutOff);
    }

    /// What a server wants differently, and what then leaves.
    #[test]
    fn quirks_change_the_request() {
        let sent = |quirks: Quirks| crate::llm::wire::chat(&request(), "m", quirks);
        let plain = sent(Quirks::default());
        assert_eq!(plain["response_format"]["type"], "json_schema");
        assert!(plain["max_tokens"].is_null() && plain["temperature"] == 0.0);
        let old = sent(Quirks { old_limit: true, temperature: false, ..Quirks::default() });
        assert!(old["max_tokens"] == 50 && old["max_completion_tokens"].is_null() && old["temperature"].is_null());
        for (form, kind) in [(AnswerForm::Json, "json_object"), (AnswerForm::Text, "")] {
            let body = sent(Quirks { form, ..Quirks::default() });
            assert_eq!(body["response_format"]["type"].as_str().unwrap_or_default(), kind);
            let instructions = body["messages"][0]["content"].as_str().unwrap();
            assert!(instructions.contains(r#""zebra":{"type":"string"},"ant""#), "the order is kept: {instructions}");
        }
    }

    #[test]
    fn secrets_stay_out_of_debug() {
        let shown = format!("{:?}", Scripted::new().unwrap());
        assert!(shown.contains("hidden") && !shown.contains("scripted-key"), "{shown}");
    }

    #[test]
    fn an_address_or_key_that_cannot_work_is_refused_at_once() {
        for (base_url, key) in [("not an address", ""), ("file:///etc", ""), ("https://example.com/v1", "a b")] {
            let settings = Settings {
                base_url: base_url.to_owned(),
                key: Secret::new(key),
                model: "m".to_owned(),
                limits: Limits::default(),
                headers: BTreeMap::new(),
                api: Api::default(),
                quirks: Quirks::default(),
            };
            assert!(matches!(OpenAi::new(settings), Err(ProviderError::Terminal(_))), "{base_url}");
        }
    }
}

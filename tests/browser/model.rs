//! A model for the browser's stories: it answers over HTTP as a language model does, from a list.

use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What is described: most of a process, and one thing that is none of its business.
pub const PROSE: &str = "Any employee can ask for leave. They fill in a leave form with the start date, the length in \
                         days and a reason. The team lead approves the leave within two working days. If it is \
                         longer than 10 days, the people desk reviews it as well. Everybody is fond of Fridays.";

/// What decides the matter, wherever something is judged.
pub const QUOTE: &str = "the planners who start in May";

/// A running model.
pub struct Model {
    /// Where it is reached.
    pub address: String,
    server: JoinHandle<()>,
}

impl Model {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let router = Router::new().route("/v1/chat/completions", post(answer));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the model answers");
        });
        Self { address, server }
    }

    /// How a program is told of it.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("COUNTERSIGN_MODEL_URL", self.address.clone()),
            ("COUNTERSIGN_MODEL", "of-the-story".to_owned()),
            ("COUNTERSIGN_MODEL_KEY", "no-secret".to_owned()),
        ]
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(Json(request): Json<Value>) -> Json<Value> {
    let schema = request["response_format"]["json_schema"]["name"].as_str().unwrap_or_default();
    let user = request["messages"][1]["content"].as_str().unwrap_or_default();
    let content = match schema {
        "judge_answer" => judged(user),
        _ if schema.starts_with("describe") => described(),
        _ => changed(user),
    };
    Json(json!({
        "id": "story", "object": "chat.completion", "created": 0, "model": "of-the-story",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": content.to_string() },
        }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120 },
    }))
}

fn described() -> Value {
    let line = |quote: Option<&str>, text: &str| json!({ "quote": quote, "text": text });
    let sentences = [
        line(None, "# Leave"),
        line(Some("Any employee can ask for leave"), "An employee can start this process."),
        line(None, "The team lead is accountable for this process."),
        line(None, "The people desk is a role."),
        line(
            Some("They fill in a leave form with the start date, the length in days and a reason"),
            "The leave form asks for the start (date), the length (number) and the reason (text).",
        ),
        line(None, "Stage Decision:"),
        line(
            Some("The team lead approves the leave within two working days."),
            "- The team lead approves the leave within 2 working days.",
        ),
        line(
            Some("If it is longer than 10 days, the people desk reviews it as well."),
            "- If the length is over 10, the people desk reviews the leave.",
        ),
        line(None, "- Close the case as done."),
    ];
    json!({
        "sentences": sentences,
        "questions": [{
            "about": "the people desk reviews it as well", "ask": "by when does the people desk review a long leave?",
            "options": ["2 working days", "5 working days"], "default": "2 working days",
        }],
        "dropped": [{ "quote": "Everybody is fond of Fridays.", "why": "It is no step of the process." }],
    })
}

/// What is judged holds, since it is like the first example that people have said to pass.
fn judged(user: &str) -> Value {
    let like = user.lines().find_map(|line| line.strip_suffix(" is: pass")).expect("an example that passes");
    json!({ "quotes": [QUOTE], "examples": [like], "reason": "it names who works with it", "holds": true })
}

/// The approval gets four working days, whatever is wished for.
fn changed(user: &str) -> Value {
    let approval = user.lines().find(|line| line.starts_with('[') && line.contains("approves the leave"));
    let name = approval.and_then(|line| Some(line.trim_start_matches('[').split_once(']')?.0));
    let set = json!({
        "op": "set", "sentence": name, "after": null, "at": null, "what": "due", "text": "4 working days",
        "from": null,
    });
    json!({ "changes": [set], "cannot": null })
}

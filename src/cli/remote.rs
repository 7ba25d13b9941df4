//! Sending a change to a running server, with a personal token, over the JSON API.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Outcome, note, say, say_json};
use crate::{
    language::Attachments,
    runtime::intake::{HandIn, Upload},
    store::Baseline,
    web::api::SHOWN_HEADER,
};

/// The environment variable that holds the personal token.
const TOKEN_VARIABLE: &str = "COUNTERSIGN_TOKEN";

/// The environment variable that names the server.
pub(super) const SERVER_VARIABLE: &str = "COUNTERSIGN_SERVER";

/// Refuses a name beside a server, where whoever made the token acts and nobody else.
pub(super) fn nobody_named(person: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        person.is_empty(),
        "on a server the token in {TOKEN_VARIABLE} says who acts, so that `{person}` would not; leave --as and \
         COUNTERSIGN_AS out, and give the token of the person who is to act"
    );
    Ok(())
}

/// Publishes a text on the server.
pub(super) async fn publish(
    server: &str,
    text: &str,
    attachments: &Attachments,
    baseline: Option<Baseline>,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let texts = attachments.templates.iter().filter(|(name, _)| !attachments.word_templates.contains_key(*name));
    let words = attachments.word_templates.iter().filter_map(|(name, word)| Some((name, word.file.as_ref()?)));
    let mut body = json!({
        "text": text,
        "examples": attachments.examples,
        "guidelines": attachments.guidelines,
        "templates": texts.collect::<BTreeMap<_, _>>(),
        "word_templates": words.collect::<BTreeMap<_, _>>(),
        "criteria": attachments.criteria,
    });
    if let Some(baseline) = baseline {
        body["baseline"] = json!(baseline);
    }
    send(server, "processes", &body, as_json, |answer| {
        format!("{} is published; new cases run it", word(answer, "process"))
    })
    .await
}

/// Opens a case on the server.
pub(super) async fn open_case(
    server: &str,
    process: &str,
    words: &BTreeMap<String, String>,
    uploads: &[Upload],
    key: Option<&str>,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let body = json!({ "process": process, "fields": words, "documents": documents(uploads)?, "key": key });
    send(server, "cases", &body, as_json, |answer| format!("case {} is open", answer["number"])).await
}

/// Decides a task on the server.
pub(super) async fn decide(
    server: &str,
    task: &str,
    outcome: &str,
    reason: Option<&str>,
    hand_in: &HandIn,
    shown: Option<&str>,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let body = json!({
        "outcome": outcome,
        "reason": reason,
        "fields": hand_in.words,
        "documents": documents(&hand_in.uploads)?,
        "shown": shown,
        "key": crate::id::new_id("cli"),
    });
    send(server, &format!("tasks/{task}/decisions"), &body, as_json, |_| format!("task {task} is {outcome}")).await
}

/// Documents travel as text where they are text; others are handed in on the page.
fn documents(uploads: &[Upload]) -> anyhow::Result<Vec<Json>> {
    uploads
        .iter()
        .map(|upload| {
            let text = String::from_utf8(upload.bytes.clone()).with_context(|| {
                format!("{} is not text; hand it in on the page, or work on the database file", upload.name)
            })?;
            Ok(json!({ "field": upload.field, "name": upload.name, "text": text }))
        })
        .collect()
}

/// Steers a case on the server.
pub(super) async fn steer(server: &str, path: &str, body: &Json, as_json: bool, told: &str) -> anyhow::Result<Outcome> {
    send(server, path, body, as_json, |_| told.to_owned()).await
}

async fn send(
    server: &str,
    path: &str,
    body: &impl Serialize,
    as_json: bool,
    told: impl FnOnce(&Json) -> String,
) -> anyhow::Result<Outcome> {
    let token = std::env::var(TOKEN_VARIABLE)
        .with_context(|| format!("a change on a server needs your personal token in {TOKEN_VARIABLE}"))?;
    crate::llm::openai::install_tls();
    let address = format!("{}/api/v1/{path}", server.trim_end_matches('/'));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let response = client
        .post(&address)
        .bearer_auth(token)
        .header(SHOWN_HEADER, "now")
        .json(body)
        .send()
        .await
        .with_context(|| format!("cannot reach {server}"))?;
    let status = response.status();
    let answer: Json = response.json().await.with_context(|| format!("{server} answered {status} without JSON"))?;
    if !status.is_success() {
        if as_json {
            say_json(&answer)?;
        } else {
            note(&format!("{server} refused it ({status}): {}", word(&answer, "message")));
        }
        return Ok(Outcome::Problems);
    }
    if as_json {
        say_json(&answer)?
    } else {
        say(&told(&answer))
    }
    Ok(Outcome::Fine)
}

fn word<'a>(answer: &'a Json, key: &str) -> &'a str {
    answer.get(key).and_then(Json::as_str).unwrap_or("no reason was given")
}

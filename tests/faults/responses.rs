//! What differs where a model is asked by `POST /responses`: failures that come with status 200, answers that are not
//! finished, and lists of items. Everything else runs through the same code as chat completions.

use countersign::config::Api;
use serde_json::{Value as Json, json};

use super::{
    CALLS_MAX,
    house::House,
    meet,
    scripts::{Fault, fault},
    server::{Act, Kind, good, response},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_response_ends_with_a_person_who_can_read_why() {
    let house = House::speaking(Api::Responses).await;
    let (mut problems, mut recovered) = (Vec::new(), 0);
    for (number, fault) in faults().iter().enumerate() {
        let tally = meet(&house, number, fault).await;
        assert!(tally.calls <= CALLS_MAX, "{}: {} calls", fault.name, tally.calls);
        assert_eq!(tally.asked, tally.cases, "{}", fault.name);
        recovered += tally.recovered;
        problems.extend(tally.problems.iter().map(|problem| format!("{}: {problem}", fault.name)));
    }
    // What is worth asking again is asked again, and then answered.
    assert!(recovered > 0, "no model answered in any case");
    assert_eq!(house.loopback.strayed(), 0, "a question went to another page");
    assert!(problems.is_empty(), "{problems:#?}");
}

fn faults() -> Vec<Fault> {
    let one = |name, body: fn(Kind) -> Vec<u8>, words| fault(name, vec![(Act::Body(body), words)]);
    vec![
        one("failed with status 200", |kind| with(kind, &failed("server_error")), &["began to answer and failed"]),
        one("refused with status 200", |kind| with(kind, &failed("invalid_prompt")), &["refused this question"]),
        one("cut off at its length", |kind| half(kind, "max_output_tokens"), &["cut off"]),
        one("content filter", |kind| half(kind, "content_filter"), &["refused to answer"]),
        one("refusal", |kind| items(kind, &json!([message("refusal", "refusal", POISON)])), &["refused to answer"]),
        one("a tool that nobody offered", |kind| items(kind, &call()), &["called a tool"]),
        one("two messages", two, &["several messages"]),
        one("nothing but thoughts", |kind| items(kind, &json!([{"type": "reasoning"}])), &["without a message"]),
        one("not finished", |kind| with(kind, &json!({"status": "queued", "output": []})), &["not finished"]),
        one(
            "the other format",
            |kind| super::server::envelope(&good(kind), "stop").to_string().into_bytes(),
            &["speaks responses"],
        ),
    ]
}

/// Words that nobody may be led by.
const POISON: &str = "see https://status.attacker.example";

fn failed(code: &str) -> Json {
    json!({"status": "failed", "output": [], "error": {"code": code, "message": POISON}})
}

/// A good response with some of its parts replaced.
fn with(kind: Kind, parts: &Json) -> Vec<u8> {
    let mut whole = response(&good(kind));
    for (name, value) in parts.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole.to_string().into_bytes()
}

fn items(kind: Kind, items: &Json) -> Vec<u8> {
    with(kind, &json!({ "output": items }))
}

fn message(kind: &str, name: &str, text: &str) -> Json {
    let mut part = json!({ "type": kind });
    part[name] = json!(text);
    json!({"type": "message", "role": "assistant", "content": [part]})
}

fn half(kind: Kind, reason: &str) -> Vec<u8> {
    let whole = good(kind).to_string();
    let output = json!([message("output_text", "text", &whole[..whole.len() / 2])]);
    with(kind, &json!({"status": "incomplete", "incomplete_details": {"reason": reason}, "output": output}))
}

fn call() -> Json {
    json!([{"type": "function_call", "name": "pay", "call_id": "c", "arguments": "{}"}])
}

fn two(kind: Kind) -> Vec<u8> {
    let one = message("output_text", "text", &good(kind).to_string());
    items(kind, &json!([one, one]))
}

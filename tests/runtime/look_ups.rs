//! Questions to other systems over HTTP: what is answered, what is not, and what the text makes of that.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, header},
    routing::any,
};
use countersign_core::{
    case::{Ask, Outcome, TakeOver},
    event::EventKind,
    time::{HOUR_MS, MINUTE_MS},
};
use serde_json::{Value as Json, json};
use tokio::{net::TcpListener, sync::watch};

use super::world::{World, token};

pub const TEXT: &str = "# Credit check

A clerk can start this process.
The finance lead is accountable for this process.
The finance desk is a role.

The request form asks for the customer number (text) and the amount (money).
Only the clerk may see the customer number.

Stage Check:
- Look up the credit limit (money) and the rating (number) in the credit system by the customer number.
- If the credit system fails or does not answer within 1 hour, hand over to the finance desk.

Stage Decision:
- The finance lead approves the request.
- Close the case as checked.
";

/// A customer number that nobody but its clerk may read.
const CUSTOMER: &str = "C-4711-secret";
pub const REQUEST: &[(&str, &str)] = &[("customer_number", CUSTOMER), ("amount", "40 EUR")];
/// The first pauses before a question is put again add up to less than this.
const PAUSE_MS: i64 = 10 * MINUTE_MS;

/// A credit system on a loopback port.
pub struct Credit {
    pub url: String,
    desk: Arc<Desk>,
}

struct Desk {
    /// What it answers, one after the other; the last one again and again.
    answers: Vec<Reply>,
    /// How often it was asked.
    asked: watch::Sender<usize>,
    heard: Mutex<Vec<(HeaderMap, Json)>>,
    /// Whether a silent answer may come by now.
    speaks: watch::Sender<bool>,
}

#[derive(Clone)]
pub enum Reply {
    Says(u16, String),
    /// Names another address.
    Moves,
    /// Never ends.
    Endless,
    /// Says this only when it is allowed to.
    Silent(String),
}

pub fn says(status: u16, body: &Json) -> Reply {
    Reply::Says(status, body.to_string())
}

pub fn knows() -> Json {
    json!({ "credit_limit": "500 EUR", "rating": 7, "nobody_asked": "x" })
}

impl Credit {
    pub async fn answering(answers: &[Reply]) -> Self {
        let desk = Arc::new(Desk {
            answers: answers.to_vec(),
            asked: watch::Sender::new(0),
            heard: Mutex::default(),
            speaks: watch::Sender::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/credit", listener.local_addr().unwrap());
        let router = Router::new().fallback(any(answer)).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, desk }
    }

    fn asked(&self) -> usize {
        *self.desk.asked.borrow()
    }

    /// The keys of the questions, in order.
    fn keys(&self) -> Vec<String> {
        let heard = self.desk.heard.lock().unwrap();
        heard.iter().map(|(headers, _)| headers["Idempotency-Key"].to_str().unwrap().to_owned()).collect()
    }
}

async fn answer(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: String) -> Response<Body> {
    desk.heard.lock().unwrap().push((headers, serde_json::from_str(&body).unwrap_or_default()));
    let place = (*desk.asked.borrow()).min(desk.answers.len() - 1);
    desk.asked.send_modify(|asked| *asked += 1);
    let with = |status: u16, body: Body| Response::builder().status(status).body(body).unwrap();
    match desk.answers[place].clone() {
        Reply::Says(status, body) => with(status, Body::from(body)),
        Reply::Moves => {
            Response::builder().status(307).header(header::LOCATION, "/elsewhere").body(Body::empty()).unwrap()
        }
        Reply::Endless => {
            let piece = || Ok::<_, std::io::Error>("{\"credit_limit\":\"1 EUR\",".repeat(1_000));
            with(200, Body::from_stream(futures_util::stream::repeat_with(piece)))
        }
        Reply::Silent(body) => {
            desk.speaks.subscribe().wait_for(|speaks| *speaks).await.unwrap();
            with(200, Body::from(body))
        }
    }
}

/// Opens a case against a system that answers like this.
async fn asked(text: &str, answers: &[Reply]) -> (World, Credit, u64) {
    let credit = Credit::answering(answers).await;
    let world = World::calling(text, "credit system", &credit.url).await;
    let number = world.open("ana", "credit-check", REQUEST).await;
    (world, credit, number)
}

/// Why somebody was asked to take over.
async fn taken_over(world: &World, number: u64) -> String {
    match world.task(number).await.ask {
        Ask::TakeOver { why: TakeOver::SystemFailed { error, .. } } => error,
        other => panic!("nobody was asked to take over: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_found_fills_the_fields_that_were_asked_for() {
    let (world, credit, number) = asked(TEXT, &[says(200, &knows())]).await;
    assert_eq!(world.value(number, "credit_limit").await, "500.00 EUR");
    assert_eq!(world.value(number, "rating").await, "7");
    assert_eq!(world.value(number, "nobody_asked").await, "");
    assert_eq!(world.asked(number).await, ["lea"]);
    let heard = credit.desk.heard.lock().unwrap().clone();
    let (headers, body) = &heard[0];
    assert_eq!(headers[header::AUTHORIZATION], format!("Bearer {}", token()));
    assert_eq!(body["operation"], "look up");
    assert_eq!(body["by"]["customer_number"]["text"], CUSTOMER, "{body}");
    assert_eq!(body["fields"], json!(["credit_limit", "rating"]));
    assert!(body["by"].get("amount").is_none(), "only what the text names is sent: {body}");
    world.folds(number).await;
}

/// What somebody who takes over is told, after so many questions.
async fn check(answers: &[Reply], told: &str, questions: usize) {
    let (world, credit, number) = asked(TEXT, answers).await;
    for _ in 0..16 {
        // Time passes until it is given up, yet never the hour that the text gives the system.
        if credit.asked() < questions {
            world.later(MINUTE_MS * 4).await;
        }
    }
    let error = taken_over(&world, number).await;
    assert!(error.contains(told), "{error}");
    assert_eq!(credit.asked(), questions, "{told}");
    assert_eq!(world.value(number, "credit_limit").await, "", "{told}");
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    let written = world.everything_written(number).await;
    assert!(!written.contains(&token()), "the token stands in a log, an event or a record: {told}");
    assert!(!error.contains(CUSTOMER), "what was asked by stands in an error that more people read: {error}");
    // Whoever takes over fills in what the system could not say, and the case goes on.
    let known = [("credit_limit", "300 EUR"), ("rating", "3")];
    world.decide(number, "fin", Outcome::Completed, &known).await;
    assert_eq!(world.value(number, "credit_limit").await, "300.00 EUR", "{told}");
    assert_eq!(world.asked(number).await, ["lea"]);
    world.folds(number).await;
}

#[tokio::test]
async fn what_is_not_known_there_goes_to_a_person() {
    check(&[says(404, &json!(null))], "does not know it", 1).await;
    check(&[says(200, &json!({ "rating": 7 }))], "it does not know the credit limit", 1).await;
    check(&[says(200, &json!({ "credit_limit": null, "rating": " " }))], "it does not know the", 1).await;
    // What the text calls optional may be missing.
    let optional = TEXT.replace("the rating (number)", "the rating (number, optional)");
    let (world, _, number) = asked(&optional, &[says(200, &json!({ "credit_limit": "1 EUR" }))]).await;
    assert_eq!(world.asked(number).await, ["lea"]);
}

#[tokio::test]
async fn an_answer_of_another_form_is_not_read() {
    check(&[says(200, &json!({ "credit_limit": "plenty", "rating": 7 }))], "its credit limit is not an amount", 1)
        .await;
    check(&[says(200, &json!({ "credit_limit": "5 EUR", "rating": "7.5" }))], "its rating is not a whole number", 1)
        .await;
    check(&[says(200, &json!({ "credit_limit": { "is": 5 }, "rating": 7 }))], "it does not know the credit limit", 1)
        .await;
    check(&[says(200, &json!(["500 EUR"]))], "is not a JSON object", 1).await;
    check(&[Reply::Says(200, "<html>".to_owned())], "is not JSON", 1).await;
    check(&[Reply::Endless], "is longer than 64 KiB", 1).await;
}

#[tokio::test]
async fn a_refusal_repeats_neither_the_token_nor_what_was_asked_by() {
    let told = format!("no {CUSTOMER} for {}", token());
    check(&[Reply::Says(403, told)], "no (hidden) for (hidden)", 1).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    check(&[Reply::Moves, says(200, &knows())], "leads to another address", 1).await;
}

#[tokio::test]
async fn a_system_that_is_down_is_asked_again_under_the_same_key() {
    let down = says(503, &json!({ "message": "down" }));
    let (world, credit, number) = asked(TEXT, &[down.clone(), down.clone(), says(200, &knows())]).await;
    assert_eq!(credit.asked(), 1, "it is not asked again before its pause is over");
    world.later(PAUSE_MS).await;
    world.later(PAUSE_MS).await;
    assert_eq!(world.value(number, "credit_limit").await, "500.00 EUR");
    let keys = credit.keys();
    assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    // What stays down is given up after so many attempts, and a person is asked.
    check(&[down], "answered 503", 8).await;
}

#[tokio::test]
async fn a_system_that_nobody_has_set_goes_to_a_person_with_what_to_do() {
    let world = World::new(TEXT).await;
    let number = world.open("ana", "credit-check", REQUEST).await;
    assert!(taken_over(&world, number).await.contains("add it under [systems]"));
    world.decide(number, "fin", Outcome::TryAgain, &[]).await;
    assert!(taken_over(&world, number).await.contains("add it under [systems]"), "asked again, it fails again");
}

/// A system that does not answer holds up nothing but its own case, and is given up at its hour.
#[tokio::test]
async fn a_system_that_hangs_is_given_up_at_its_time_and_may_speak_after_all() {
    let credit = Credit::answering(&[Reply::Silent(knows().to_string())]).await;
    let world = World::calling(TEXT, "credit system", &credit.url).await;
    let (stop, stopped) = watch::channel(false);
    let mut changes = world.runtime.changes();
    let running = world.runtime.spawn(stopped);
    let hand_in = countersign::runtime::intake::HandIn {
        words: REQUEST.iter().map(|(name, words)| ((*name).to_owned(), (*words).to_owned())).collect(),
        uploads: Vec::new(),
    };
    let clerk = countersign_core::event::Acting::person("ana");
    let opened = world.runtime.open_case(&clerk, "credit-check", hand_in, None).await.unwrap().loaded.case;
    credit.desk.asked.subscribe().wait_for(|asked| *asked == 1).await.unwrap();
    world.clock.advance(HOUR_MS);
    world.runtime.nudge();
    while world.case(opened.number).await.open_tasks().next().is_none() {
        changes.recv().await.unwrap();
    }
    assert!(taken_over(&world, opened.number).await.contains("no answer has come in time"));
    // The answer that comes now is taken: somebody was only asked because it was missing.
    credit.desk.speaks.send_replace(true);
    while world.value(opened.number, "credit_limit").await.is_empty() {
        changes.recv().await.unwrap();
    }
    assert_eq!(world.asked(opened.number).await, ["lea"]);
    stop.send_replace(true);
    running.await.unwrap();
    world.folds(opened.number).await;
}

/// The same process, with these steps for a system that fails.
fn failing(steps: &str) -> String {
    TEXT.replace("hand over to the finance desk.", steps)
}

#[tokio::test]
async fn the_text_says_what_happens_when_a_system_fails() {
    let down = [says(404, &json!(null))];
    let (world, credit, number) = asked(&failing("close the case as unknown."), &down).await;
    assert_eq!((world.status(number).await.as_str(), credit.asked()), ("unknown", 1));
    world.folds(number).await;

    let again = "return to Check at most 2 times, then hand over to the finance desk.";
    let (world, credit, number) = asked(&failing(again), &down).await;
    assert_eq!(credit.asked(), 3, "the question is put anew for each return");
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    world.folds(number).await;

    let (world, _, number) = asked(&failing(again), &[down[0].clone(), says(200, &knows())]).await;
    assert_eq!(world.value(number, "credit_limit").await, "500.00 EUR", "the second question was answered");
    assert_eq!(world.asked(number).await, ["lea"]);

    let desk = "the finance desk writes the credit limit and the rating within 1 working day.";
    let (world, _, number) = asked(&failing(desk), &down).await;
    assert!(matches!(world.task(number).await.ask, Ask::Do { .. }));
    let found = [("credit_limit", "20 EUR"), ("rating", "1")];
    world.decide(number, "fee", Outcome::Completed, &found).await;
    assert_eq!(world.value(number, "credit_limit").await, "20.00 EUR");
    assert_eq!(world.asked(number).await, ["lea"]);
    let failed =
        |kind: &EventKind| matches!(kind, EventKind::LookUpFailed { error, .. } if error.contains("does not know"));
    assert!(world.log(number).await.iter().any(failed), "why it failed is on the record");
    world.folds(number).await;
}

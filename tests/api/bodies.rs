//! Requests that are not what an address takes: each is refused clearly, and nothing comes of it.

use axum::{body::Body, http::header};
use serde_json::{Value as Json, json};

use super::world::{Answer, World, ask, claim};

async fn raw(world: &World, media_type: &str, body: String) -> Answer {
    let request = ask("POST", Some("rosa"), "/cases").header(header::CONTENT_TYPE, media_type);
    world.send(request.body(Body::from(body)).unwrap()).await
}

#[track_caller]
fn check(answer: Answer, status: u16, code: &str, says: &str) -> Json {
    let problem = answer.must_be(status).json();
    assert_eq!(problem["code"], code, "{problem}");
    assert!(problem["message"].as_str().unwrap().contains(says), "{problem}");
    problem
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_with_its_reason() {
    let world = World::new().await;
    let json_type = "application/json; charset=utf-8";
    let mut unknown = claim("expense-claim");
    unknown["colour"] = json!("red");
    check(
        raw(&world, json_type, unknown.to_string()).await,
        422,
        "does_not_fit",
        "nothing here is called `colour`; it takes one of `process`",
    );
    let mut number = claim("expense-claim");
    number["fields"]["amount"] = json!(412.5);
    check(
        raw(&world, json_type, number.to_string()).await,
        422,
        "does_not_fit",
        "`412.5` stands where a text in quotation marks is wanted",
    );
    check(raw(&world, json_type, "[]".to_owned()).await, 422, "does_not_fit", "line 1");
    check(raw(&world, json_type, String::new()).await, 422, "does_not_fit", "`process` is missing");
    check(raw(&world, json_type, "amount=1".to_owned()).await, 400, "not_json", "not JSON: at line 1");
    check(raw(&world, json_type, "{\"process\":".to_owned()).await, 400, "not_json", "it ends too early, at line 1");
    let form = raw(&world, "application/x-www-form-urlencoded", "process=expense-claim".to_owned()).await;
    check(form, 415, "not_json", "application/json");
    check(raw(&world, json_type, claim("lunch").to_string()).await, 404, "not_found", "lunch");
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_refused_in_words() {
    let world = World::new().await;
    for (query, says) in [
        ("limit=many", "`limit` must be a whole number"),
        ("state=lost", "`lost` is not known here; it must be one of `open`, `closed`, `all`"),
        ("late=perhaps", "`late` must be `true` or `false`"),
        ("colour=red", "nothing here is called `colour`; it takes one of `state`"),
    ] {
        check(world.get("rosa", &format!("/cases?{query}")).await, 422, "does_not_fit", says);
    }
}

#[tokio::test]
async fn a_document_of_30_megabytes_is_refused() {
    let world = World::new().await;
    let mut body = claim("expense-claim");
    body["documents"][0]["text"] = json!("x".repeat(30 * 1024 * 1024));
    check(raw(&world, "application/json", body.to_string()).await, 413, "too_large", "smaller");
    let edit = json!({ "fields": { "purpose": "x".repeat(2 * 1024 * 1024) }, "reason": "long" });
    check(world.post("rosa", "/cases/1001/edits", &edit).await, 413, "too_large", "smaller");
}

#[tokio::test]
async fn keys_and_reasons_have_limits() {
    let world = World::new().await;
    let mut body = claim("expense-claim");
    body["key"] = json!("k".repeat(201));
    check(world.post("rosa", "/cases", &body).await, 422, "does_not_fit", "at most 200");
    let edit = json!({ "fields": { "purpose": "Fair" }, "reason": "because ".repeat(1_000) });
    check(world.post("rosa", "/cases/1001/edits", &edit).await, 422, "does_not_fit", "the reason has");
    let silent = json!({ "fields": { "purpose": "Fair" }, "reason": " " });
    check(world.post("rosa", "/cases/1001/edits", &silent).await, 422, "reason_missing", "say why");
}

#[tokio::test]
async fn queries_and_addresses_are_read_strictly() {
    let world = World::new().await;
    check(world.get("rosa", "/cases?limit=201").await, 422, "does_not_fit", "between 1 and 200");
    check(world.get("rosa", "/cases?limit=0").await, 422, "does_not_fit", "between 1 and 200");
    check(world.get("rosa", "/cases?colour=red").await, 422, "does_not_fit", "colour");
    check(world.get("rosa", "/tasks?scope=theirs").await, 422, "does_not_fit", "theirs");
    check(world.get("rosa", "/lunches").await, 404, "not_found", "openapi.json");
    for address in ["/cases/lunch", "/cases/99999", "/cases/-1", "/tasks/1001", "/tasks/1001-9", "/tasks/x-1"] {
        check(world.get("rosa", address).await, 404, "not_found", "there is no");
    }
    let request = ask("DELETE", Some("rosa"), "/cases/1001").body(Body::empty()).unwrap();
    check(world.send(request).await, 405, "method_not_allowed", "method");
}

#[tokio::test]
async fn a_session_cookie_opens_nothing_here() {
    let world = World::new().await;
    let request = ask("GET", None, "/cases").header(header::COOKIE, "countersign=secret-of-rosa");
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer"));
    check(answer, 401, "unauthorized", "Authorization: Bearer");
}

#[tokio::test]
async fn a_store_that_is_closed_says_when_to_come_again() {
    let world = World::new().await;
    world.store.close().await;
    let answer = world.get("rosa", "/cases").await;
    assert!(answer.headers.contains_key(header::RETRY_AFTER), "{}", answer.text);
    check(answer, 503, "unavailable", "again");
}

/// What is said of a text, by code.
async fn told(world: &World, text: String) -> Vec<Json> {
    let answer = world.post("rosa", "/text/check", &json!({ "text": text })).await;
    let checked = answer.must_be(200).json();
    assert!(checked["understood"] == json!(false), "{checked}");
    checked["diagnostics"].as_array().unwrap().clone()
}

#[tokio::test]
async fn texts_that_nobody_should_write_are_refused_with_their_reason() {
    let world = World::new().await;
    let head = "# Claim\n\nAn employee can start this process.\nThe finance lead is accountable for this process.\nThe \
                roles are finance desk and director.\n\nThe claim form asks for the amount (money) and the topic \
                (billing or technical).\n\nStage One:\n";
    let deep: String = (0..300).map(|depth| format!("{}- If the topic is billing:\n", " ".repeat(depth))).collect();
    for (bullets, code, says) in [
        ("- Der Leiter genehmigt die Rechnung und das Amt ist informiert.\n".to_owned(), "E109", "English"),
        ("- The director approves the cl\u{200b}aim.\n".to_owned(), "E108", "U+200B"),
        ("- Tell the employee that \"\u{202e}diap\".\n".to_owned(), "E108", "U+202E"),
        ("- The director is accountable for this process.\n".to_owned(), "E503", "The finance lead is accountable"),
        ("- Return to One.\n".to_owned(), "E522", "none closes"),
        ("- The treasurer approves the claim.\n".to_owned(), "E201", "treasurer"),
        ("- Close the case as done.\n\nQuestion: who pays?\n".to_owned(), "E602", "who pays?"),
        ("- The director approves the claim soon.\n".to_owned(), "E601", "how long is soon"),
        ("- The director reviews the claim and approves the claim.\n".to_owned(), "E401", "two steps"),
        (
            "- If the amount is over 5 EUR and the topic is billing or technical, wait 2 days.\n".to_owned(),
            "E301",
            "two ways",
        ),
        (
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is over 9 EUR, wait 3 days.\n- Close \
             the case as done.\n"
                .to_owned(),
            "E521",
            "no case ever comes here",
        ),
        (deep, "E104", "levels of bullets"),
    ] {
        let found = told(&world, format!("{head}{bullets}")).await;
        let one = found.iter().find(|one| one["code"] == code).unwrap_or_else(|| panic!("{code}: {found:?}"));
        let words = format!("{} {}", one["message"].as_str().unwrap(), one["why"].as_str().unwrap());
        assert!(words.contains(says), "{code}: {words}");
    }
    let huge = told(&world, "The director approves the claim. ".repeat(160_000)).await;
    assert!(huge.len() == 1 && huge[0]["code"] == "E104", "{huge:?}");
}

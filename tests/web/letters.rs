//! Letters that are Word files: attached in the studio or by a program, downloaded by whoever may see them.

use axum::{body::Body, http::header};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign::{store::Token, web::security::digest};
use serde_json::{Value as Json, json};

use super::world::{Answer, START, World, ask};
use crate::runtime::documents::samples::{letter, paragraph, part};

const TEXT: &str = "# Offer letter

An employee can start this process.
The finance director is accountable for this process.
The roles are finance lead and treasurer.

The offer form asks for the guest name (text) and the price (money).
Only the finance lead and the finance director may see the price.

Stage Letter:
- Fill in the letter from the template \"offer\".
- If the agent is not sure, the finance lead decides within 1 working day.
- The finance director approves the letter within 2 working days.
- Close the case as sent.
";

fn offer() -> Vec<u8> {
    letter(&paragraph(&["Dear {guest", " name}, it is {price}."]), &[])
}

async fn bytes(world: &World, person: &str, path: &str) -> Vec<u8> {
    let request = ask("GET", Some(person), path).body(Body::empty()).unwrap();
    axum::body::to_bytes(Body::from_stream(world.stream(request).await), usize::MAX).await.unwrap().to_vec()
}

/// What a person's program is answered; with a body it posts.
async fn api(world: &World, person: &str, path: &str, body: Option<&Json>) -> Answer {
    let token = Token {
        token_hash: digest(&format!("token-of-{person}")),
        person: person.to_owned(),
        name: person.to_owned(),
        created_at: START,
        last_used_at: None,
        revoked_at: None,
    };
    // It is there already when the same person asks again.
    let _ = world.store.create_token(token).await;
    let method = if body.is_some() { "POST" } else { "GET" };
    let request = ask(method, None, &format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer token-of-{person}"))
        .header(header::CONTENT_TYPE, "application/json");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    world.send(request.body(body).unwrap()).await
}

/// A case whose letter waits for its approver.
async fn opened(world: &World) -> String {
    let words = [("field.guest_name", "Ida"), ("field.price", "40"), ("currency.price", "EUR"), ("key", "k")];
    let case = world.post("rosa", "/processes/offer-letter/start", &words).await.leads_to().to_owned();
    world.runtime.run_until_quiet().await.unwrap();
    case
}

#[tokio::test]
async fn a_word_file_is_attached_in_the_studio_and_comes_out_as_a_letter() {
    let world = World::new().await;
    let draft = world.post("ada", "/studio", &[("from", "empty")]).await.leads_to().to_owned();
    world.post("ada", &format!("{draft}/text"), &[("revision", "1"), ("text", TEXT)]).await.must_be(303);
    let page = format!("{draft}/templates");
    world.get("ada", &page).await.must_be(200).says("one is missing").says("Attach a Word file instead");
    let name = [("name", "offer")];
    let no_file = world.upload("ada", &page, &name, &[]).await.must_be(422);
    no_file.says("Please choose a Word file.");
    let other = world.upload("ada", &page, &name, &[("word", "offer.docx", b"Dear {guest name}")]).await.must_be(422);
    other.says("the file is not a Word file; save it in Word");
    world.upload("ada", &page, &name, &[("word", "offer.docx", &offer())]).await.must_be(303);
    let shown = world.get("ada", &page).await.must_be(200).says("1 template attached.");
    shown.says("Dear {guest name}, it is {price}.").says("Download the Word file");
    assert_eq!(bytes(&world, "ada", &format!("{page}/offer.docx")).await, offer());
    world.get("rosa", &format!("{page}/offer.docx")).await.must_be(403);
    world.get("ada", &format!("{page}/other.docx")).await.must_be(404);

    let revision = world.get("ada", &draft).await.says("It can be published.").hidden("revision");
    world.post("ada", &format!("{draft}/publish"), &[("revision", &revision)]).await.must_be(303);
    let case = opened(&world).await;
    let number = case.rsplit('/').next().unwrap().to_owned();
    let path = format!("{case}/letters/letter.docx");
    world.get("emil", &case).await.must_be(200).says("Dear Ida, it is").says(&path).says("Download as a Word file");
    world.get("emil", &format!("/tasks/{number}-1")).await.must_be(200).says(&path);
    let file = world.get("emil", &path).await.must_be(200);
    assert!(file.headers["content-type"].to_str().unwrap().contains("wordprocessingml.document"));
    assert_eq!(
        file.headers["content-disposition"],
        format!("attachment; filename=\"letter {number}.docx\"; filename*=UTF-8''letter%20{number}.docx")
    );
    assert!(file.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    let body = part(&bytes(&world, "emil", &path).await, "word/document.xml");
    assert!(body.contains("Dear Ida") && body.contains("40"), "{body}");
    // Whoever may not see what stands in the letter gets it nowhere, and is shown no way to it.
    world.get("rosa", &case).await.must_be(200).says_nothing_of(&path);
    world.get("rosa", &path).await.must_be(403);
    world.get("otto", &path).await.must_be(403);
    for missing in ["guest_name.docx", "letter", "nothing.docx"] {
        world.get("emil", &format!("{case}/letters/{missing}")).await.must_be(404);
    }

    // The next version begins with the file; a text under its name takes its place, and a Word file that of the text.
    let next = world.post("emil", "/studio", &[("from", "process"), ("process", "offer-letter")]).await;
    let page = format!("{}/templates", next.leads_to());
    assert_eq!(bytes(&world, "emil", &format!("{page}/offer.docx")).await, offer());
    world.post("emil", &page, &[("name", "offer"), ("words", "Dear {guest name}.")]).await.must_be(303);
    world.get("emil", &format!("{page}/offer.docx")).await.must_be(404);
    world.get("emil", &page).await.says_nothing_of("Download the Word file");
    world.upload("emil", &page, &name, &[("word", "offer.docx", &offer())]).await.must_be(303);
    world.get("emil", &page).await.says("Download the Word file");
    world.post("emil", &page, &[("name", "offer"), ("words", "")]).await.must_be(303);
    world.get("emil", &format!("{page}/offer.docx")).await.must_be(404);
}

#[tokio::test]
async fn a_program_publishes_with_a_word_file_and_downloads_the_letter() {
    let world = World::new().await;
    let publish = async |files: Json, texts: Json| {
        let body = json!({ "text": TEXT, "word_templates": files, "templates": texts });
        api(&world, "emil", "/processes", Some(&body)).await
    };
    let file = BASE64.encode(offer());
    publish(json!({ "offer": "no Base64!" }), json!({})).await.must_be(422).says("is not in Base64");
    publish(json!({ "offer": BASE64.encode("Dear") }), json!({})).await.must_be(422).says("is not a Word file");
    publish(json!({ "offer": file }), json!({ "offer": "Dear" })).await.must_be(422).says("is given twice");
    publish(json!({ "offer": file }), json!({})).await.must_be(201);
    publish(json!({ "offer": file }), json!({})).await.must_be(200);
    let checked = json!({ "text": TEXT, "word_templates": { "offer": file } });
    api(&world, "emil", "/processes/check", Some(&checked)).await.must_be(200).says("\"publishable\":true");
    // A Word file keeps a reader busy, so that it is read for those alone who may publish something.
    api(&world, "rosa", "/processes/check", Some(&checked)).await.must_be(403);

    let case = opened(&world).await;
    let path = format!("{case}/letters/letter.docx");
    api(&world, "emil", &case, None).await.must_be(200).says("\"word_file\":true");
    api(&world, "rosa", &case, None).await.must_be(200).says_nothing_of("word_file");
    let letter = api(&world, "emil", &path, None).await.must_be(200);
    assert!(letter.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(letter.text.starts_with("PK"));
    api(&world, "rosa", &path, None).await.must_be(403).says_nothing_of("PK");
    api(&world, "otto", &path, None).await.must_be(404);
    api(&world, "emil", &format!("{case}/letters/guest_name.docx"), None).await.must_be(404);
}

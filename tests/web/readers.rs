//! Who alone may see a field, a document or a process: the same answer at every door.

use std::collections::BTreeMap;

use axum::{body::Body, http::header};
use countersign::{
    language::Attachments,
    runtime::{
        intake::{HandIn, Upload},
        publish::Published,
    },
    store::Token,
    web::security::digest,
};
use countersign_core::event::Acting;

use super::world::{START, World, ask};

/// What only the requester and the finance leads may read, as a text and as a document.
const HIDDEN: [&str; 2] = ["a slipped disc", "ORTHOPAEDIC WARD"];
/// What everybody who sees the case may read.
const OPEN: &str = "17 days away";

const TEXT: &str = "# Sick note

An employee can start this process.
The finance director is accountable for this process.
The roles are finance lead and treasurer.

The note form asks for the time (text), the reason (text) and the certificate (document).
Only the employee and the finance lead may see the reason and the certificate.
Only the finance lead and the employee may see cases of this process.

Stage Look:
- Prepare a summary of the note for the finance director.
- The finance lead reviews the note within 2 working days.
- The finance director approves the note, seeing the time, within 2 working days.
- Close the case as noted.
";

/// A case of that process, and its number.
async fn world() -> (World, u64) {
    let world = World::new().await;
    let published = world.runtime.publish(&Acting::person("emil"), TEXT, &Attachments::default()).await.unwrap();
    assert!(matches!(published, Published::Version { .. }), "{published:?}");
    let words = BTreeMap::from([("time".to_owned(), OPEN.to_owned()), ("reason".to_owned(), HIDDEN[0].to_owned())]);
    let uploads = vec![Upload {
        field: "certificate".to_owned(),
        name: "certificate.txt".to_owned(),
        bytes: HIDDEN[1].as_bytes().to_vec(),
    }];
    let opened = world.runtime.open_case(&Acting::person("rosa"), "sick-note", HandIn { words, uploads }, None).await;
    world.runtime.run_until_quiet().await.unwrap();
    for person in ["rosa", "carla", "fiona", "emil", "otto", "ada"] {
        let token = Token {
            token_hash: digest(&format!("token-of-{person}")),
            person: person.to_owned(),
            name: person.to_owned(),
            created_at: START,
            last_used_at: None,
            revoked_at: None,
        };
        world.store.create_token(token).await.unwrap();
    }
    (world, opened.unwrap().loaded.case.number)
}

/// What a person's program is answered.
async fn api(world: &World, person: &str, path: &str) -> super::world::Answer {
    let request = ask("GET", None, &format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer token-of-{person}"))
        .body(Body::empty())
        .unwrap();
    world.send(request).await
}

/// What a reader of the case gets at every door: everything, or everything but what is hidden from them.
async fn check_reads(person: &str, everything: bool) {
    let (world, number) = world().await;
    let key = world.runtime.load_number(number).await.unwrap().case.documents.keys().next().unwrap().clone();
    let page = world.get(person, &format!("/cases/{number}")).await.must_be(200).says(OPEN);
    let answers = [
        ("the page", page.text),
        ("the case", api(&world, person, &format!("/cases/{number}")).await.must_be(200).says(OPEN).text),
        ("the timeline", api(&world, person, &format!("/cases/{number}/timeline")).await.must_be(200).text),
        ("the list", api(&world, person, "/cases?state=all").await.must_be(200).text),
        ("the cases", world.get(person, "/cases?show=all").await.must_be(200).text),
        ("the inbox", world.get(person, "/inbox").await.must_be(200).text),
    ];
    for (door, text) in &answers {
        for hidden in HIDDEN {
            assert!(everything || !text.contains(hidden), "{door} shows {person} what they may not see: {text}");
        }
    }
    let seen = answers.iter().take(2).all(|(_, text)| text.contains(HIDDEN[0]));
    assert_eq!(seen, everything, "{person}: the check above would pass on empty answers");
    assert!(answers[3].1.contains(&format!("\"number\":{number}")), "{person} finds it: {}", answers[3].1);
    let status = if everything { 200 } else { 403 };
    for document in [
        world.get(person, &format!("/cases/{number}/documents/{key}")).await,
        api(&world, person, &format!("/cases/{number}/documents/{key}")).await,
    ] {
        assert_eq!(document.status.as_u16(), status, "{person}");
        assert_eq!(document.text.contains(HIDDEN[1]), everything, "{person}: {}", document.text);
    }
    for search in ["disc", "ORTHOPAEDIC", "orthopaedic"] {
        let found = api(&world, person, &format!("/cases?search={search}")).await.must_be(200).text;
        assert!(!found.contains(&format!("\"number\":{number}")), "{search} is found by {person}: {found}");
    }
}

/// Whoever is none of the readers gets nothing at any door, and hears of nothing.
async fn check_shut_out(person: &str) {
    let (world, number) = world().await;
    let key = world.runtime.load_number(number).await.unwrap().case.documents.keys().next().unwrap().clone();
    let mut stream = world.listen(person).await;
    world.get(person, &format!("/cases/{number}")).await.must_be(403).says_nothing_of(OPEN);
    world.get(person, &format!("/cases/{number}/documents/{key}")).await.must_be(403).says_nothing_of(HIDDEN[1]);
    for path in ["", "/timeline", &format!("/documents/{key}")] {
        let refused = api(&world, person, &format!("/cases/{number}{path}")).await;
        assert!(matches!(refused.status.as_u16(), 403 | 404), "{person} {path}: {}", refused.text);
        refused.says_nothing_of(OPEN).says_nothing_of(HIDDEN[1]);
    }
    let listed = format!("\"number\":{number}");
    for query in ["state=all", "search=days", "process=sick-note&state=all"] {
        api(&world, person, &format!("/cases?{query}")).await.must_be(200).says_nothing_of(&listed);
    }
    world.get(person, "/cases?show=all").await.must_be(200).says_nothing_of(&format!("/cases/{number}\""));
    world.get(person, "/cases?show=all&q=days").await.must_be(200).says_nothing_of(&format!("/cases/{number}\""));
    // What changes in it is no news for them, and the stream ends with their session.
    let words = [("field.time", "18 days away"), ("reason", "one more")];
    world.post("rosa", &format!("/cases/{number}/edits"), &words).await.must_be(303);
    world.post(person, "/session/end", &[]).await.must_be(303);
    world.post("rosa", "/cases/1001/withdrawal", &[]).await.must_be(303);
    let mut heard = String::new();
    while let Some(piece) = futures_util::StreamExt::next(&mut stream).await {
        heard.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    assert!(!heard.contains(&format!("case-{number}")), "{person} heard of it: {heard}");
}

#[tokio::test]
async fn whoever_the_text_names_reads_everything() {
    check_reads("rosa", true).await;
    check_reads("carla", true).await;
    check_reads("fiona", true).await;
}

#[tokio::test]
async fn whoever_answers_for_the_process_sees_the_case_and_not_what_is_hidden() {
    check_reads("emil", false).await;
}

#[tokio::test]
async fn everybody_else_is_shut_out_administrators_too() {
    check_shut_out("otto").await;
    check_shut_out("ada").await;
}

#[tokio::test]
async fn a_summary_holds_nothing_that_only_some_may_see() {
    let (world, number) = world().await;
    let case = world.runtime.load_number(number).await.unwrap().case;
    let summary = case.summary.join(" ");
    assert!(summary.contains("17 days"), "{summary}");
    for hidden in HIDDEN {
        assert!(!summary.contains(hidden), "{summary}");
    }
}

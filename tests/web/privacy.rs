//! Who sees what: hidden fields on every page, and words of others that stay words.

use std::collections::BTreeMap;

use countersign::runtime::intake::{HandIn, Upload};
use countersign_core::event::Acting;

use super::world::{SCRIPT, SECRET, World, words};

#[tokio::test]
async fn a_hidden_field_is_on_no_page_and_found_by_no_search() {
    let world = World::new().await;
    let edit = [("field.illness", "cold"), ("field.purpose", "Book fair"), ("reason", "wrong")];
    world.post("rosa", "/cases/1001/edits", &edit).await.must_be(303);
    for path in ["/cases/1001", "/cases", "/requests", "/inbox"] {
        let emil = world.get("emil", path).await.must_be(200);
        let emil = emil.says_nothing_of(SECRET).text.replace("color-scheme", "");
        assert!(!emil.contains("cold"), "{path}");
    }
    world.get("emil", "/cases/1001").await.says("You may not see this");
    world.get("emil", "/cases/1001/edits").await.must_be(200).says_nothing_of("illness");
    world.get("emil", "/cases?q=cold&show=all").await.says_nothing_of("/cases/1001\"");
    world.get("emil", "/cases?q=wrist&show=all").await.says_nothing_of("/cases/1001\"");
    world.get("rosa", "/cases?q=wrist&show=all").await.says_nothing_of("/cases/1001\"");
    world.get("rosa", "/cases/1001").await.says("cold");
    world.get("carla", "/tasks/1001-1").await.says("cold");
}

#[tokio::test]
async fn a_list_shows_only_cases_that_its_reader_may_open() {
    let world = World::new().await;
    let check = async |person: &str, open: &str, numbers: &[u64]| {
        let page = world.get(person, "/cases").await.must_be(200).says(open);
        for number in [1001, 1002, 1003] {
            let listed = page.text.contains(&format!("href=\"/cases/{number}\""));
            assert_eq!(listed, numbers.contains(&number), "{number} for {person}");
        }
    };
    check("otto", "0 open", &[]).await;
    check("carla", "1 open", &[1001]).await;
    check("rosa", "3 open", &[1001, 1002, 1003]).await;
    check("emil", "3 open", &[1001, 1002, 1003]).await;
    check("ada", "3 open", &[1001, 1002, 1003]).await;
    world.get("emil", "/cases?show=stuck").await.says("/cases/1002\"").says_nothing_of("/cases/1001\"");
    world.get("emil", "/cases?q=1003").await.says("/cases/1003\"").says_nothing_of("/cases/1001\"");
    world.get("emil", "/cases?process=advance").await.says("/cases/1002\"").says_nothing_of("/cases/1003\"");
    let refused = world.get("otto", "/cases/1001").await.must_be(403);
    refused.says("the finance director").says_nothing_of("Leipzig");
}

#[tokio::test]
async fn words_of_others_stay_words_everywhere() {
    let world = World::new().await;
    let words = words(SCRIPT).into_iter().map(|(name, words)| (name.to_owned(), words.to_owned()));
    let words: BTreeMap<String, String> = words.collect();
    let text = format!("{SCRIPT}\nTOTAL EUR 412.50\n").into_bytes();
    let uploads = vec![Upload { field: "receipt".to_owned(), name: SCRIPT.to_owned(), bytes: text }];
    let opened =
        world.runtime.open_case(&Acting::person("rosa"), "expense-claim", HandIn { words, uploads }, None).await;
    let number = opened.unwrap().loaded.case.number;
    world.post("carla", &format!("/tasks/{number}-1/questions"), &[("question", SCRIPT)]).await.must_be(303);
    let person = [("name", SCRIPT), ("email", "\"><script>@x.org"), ("roles", SCRIPT)];
    world.post("ada", "/people", &person).await.must_be(303);
    world.post("carla", "/account/tokens", &[("name", "<script>alert(1)</script>")]).await.must_be(303);
    let task = world.get("rosa", &format!("/cases/{number}")).await.text;
    assert!(task.contains("&lt;script&gt;"), "the words are there, as words: {task}");
    let pages = [
        ("carla", format!("/tasks/{number}-1")),
        ("carla", "/inbox".to_owned()),
        ("carla", format!("/inbox?q={}", "%3Cscript%3E")),
        ("carla", "/account".to_owned()),
        ("rosa", format!("/tasks/{number}-2")),
        ("rosa", format!("/cases/{number}")),
        ("rosa", format!("/cases/{number}/edits")),
        ("rosa", "/cases?q=%3Cscript%3E&process=%3Cscript%3E&show=all".to_owned()),
        ("rosa", "/requests".to_owned()),
        ("ada", "/people".to_owned()),
        ("rosa", "/sign-in?back=%22%3E%3Cscript%3E".to_owned()),
    ];
    for (person, path) in pages {
        let page = world.get(person, &path).await;
        let body = page.text.split("<body").nth(1).unwrap_or_default();
        assert!(!body.contains("<script") && !body.contains("<img"), "{path}: {body}");
    }
    let kept = [("outcome", "maybe"), ("reason", SCRIPT)];
    let refused = world.post("carla", &format!("/tasks/{number}-1/decisions"), &kept).await.must_be(422);
    assert!(!refused.text.split("<body").nth(1).unwrap().contains("<script"));
}

#[tokio::test]
async fn secrets_of_links_are_not_kept_as_such() {
    let world = World::new().await;
    let token = world.supplier_link().await;
    assert!(
        world.store.link(&token, countersign::store::LinkPurpose::Party, world.clock.now()).await.unwrap().is_none()
    );
}

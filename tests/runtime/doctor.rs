//! What the doctor finds, and that each line says what to do next.

use std::collections::BTreeMap;

use countersign::{
    config::{Config, System},
    runtime::{doctor::Finding, drafts::NewDraft},
};
use countersign_core::{
    event::{Acting, EventKind},
    time::{DAY_MS, MINUTE_MS},
};
use serde_json::json;

use super::{
    look_ups::{self, Credit},
    world::{Setup, World},
};

/// What the doctor says under this code, about cases and about the set-up.
async fn told(world: &World, code: &str) -> Vec<Finding> {
    let report = world.runtime.examine(&|_| {}).await.unwrap();
    let all: Vec<Finding> = report.findings.iter().chain(&report.setup).cloned().collect();
    assert!(all.iter().all(|finding| !finding.what.is_empty() && !finding.next.is_empty()), "{all:?}");
    assert_eq!(report.is_fine(), all.iter().all(Finding::is_note), "{all:?}");
    all.into_iter().filter(|finding| finding.code == code).collect()
}

#[track_caller]
fn check(found: &[Finding], what: &str, next: &str) {
    let [finding] = found else { panic!("{} findings instead of one: {found:?}", found.len()) };
    assert!(finding.what.contains(what) && finding.next.contains(next), "{finding:?}");
}

#[tokio::test]
async fn a_system_without_an_address_or_a_token_is_told_before_a_case_needs_it() {
    let world = World::new(look_ups::TEXT).await;
    let lacks = "nothing says how the credit system is reached";
    check(&told(&world, "no_system").await, lacks, "[systems.\"credit system\"]");
    let http = |token_variable| System::Http { url: "http://127.0.0.1:9/".to_owned(), token_variable };
    for (variable, findings) in [(None, 0), (Some("COUNTERSIGN_NO_SUCH_TOKEN".to_owned()), 1)] {
        let systems = BTreeMap::from([("credit system".to_owned(), http(variable))]);
        let setup = Setup { config: Config { systems, ..Config::default() }, ..Setup::default() };
        let world = World::with(look_ups::TEXT, setup).await;
        assert!(told(&world, "no_system").await.is_empty());
        let found = told(&world, "no_token").await;
        assert_eq!(found.len(), findings, "{found:?}");
        assert!(found.iter().all(|one| one.next.contains("COUNTERSIGN_NO_SUCH_TOKEN")), "{found:?}");
    }
}

#[tokio::test]
async fn a_draft_that_waits_for_an_answer_is_a_note() {
    let world = World::new("").await;
    assert!(told(&world, "draft_question").await.is_empty());
    let text = look_ups::TEXT.replace("A clerk can", "Question: Who pays?\n\nA clerk can");
    let draft = NewDraft { text, ..NewDraft::default() };
    world.runtime.begin_draft(&Acting::person("ada"), draft).await.unwrap();
    let found = told(&world, "draft_question").await;
    check(&found, "the draft Credit check has 1 open question", "the studio");
    assert!(found[0].is_note());
}

#[tokio::test]
async fn an_effect_that_is_tried_again_and_again_is_told_with_its_case_and_its_error() {
    let credit = Credit::answering(&[look_ups::says(503, &json!({ "message": "down" }))]).await;
    let world = World::calling(look_ups::TEXT, "credit system", &credit.url).await;
    let number = world.open("ana", "credit-check", look_ups::REQUEST).await;
    assert!(told(&world, "effect_tried").await.is_empty(), "once is not worth a line");
    for _ in 0..2 {
        world.later(4 * MINUTE_MS).await;
    }
    let found = told(&world, "effect_tried").await;
    check(&found, "has been tried 3 times: the system answered 503", "the other side");
    assert_eq!(found[0].case, Some(number));
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_told() {
    let credit = Credit::answering(&[look_ups::says(200, &look_ups::knows())]).await;
    let world = World::calling(look_ups::TEXT, "credit system", &credit.url).await;
    let number = world.open("ana", "credit-check", look_ups::REQUEST).await;
    let asked = EventKind::QuestionAsked { task: world.task(number).await.number, question: "Why?".to_owned() };
    let id = world.case(number).await.id.clone();
    world.runtime.apply(&id, &Acting::person("lea"), &asked, "asked").await.unwrap();
    assert!(told(&world, "unanswered").await.is_empty());
    world.later(10 * DAY_MS).await;
    check(&told(&world, "unanswered").await, "has not been answered", "ask whoever opened the case");
}

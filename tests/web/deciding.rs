//! Deciding by plain forms: once, on what was shown, by somebody entitled.

use countersign_core::event::Acting;

use super::world::{START, World, words};

/// Carla's form as her page shows it now.
async fn form_of(world: &World, person: &str) -> (String, String) {
    let page = world.get(person, "/tasks/1001-1").await.must_be(200);
    (page.hidden("_csrf"), page.hidden("shown"))
}

#[tokio::test]
async fn a_task_is_decided_without_a_script() {
    let world = World::new().await;
    let page = world.get("carla", "/tasks/1001-1").await.must_be(200).says("Rosa Lind asks you to approve the claim");
    assert!(page.text.contains("action=\"/tasks/1001-1/decisions\""));
    let (token, shown) = (page.hidden("_csrf"), page.hidden("shown"));
    let words = [("outcome", "approved"), ("shown", shown.as_str())];
    let done = world.post_from("carla", "/tasks/1001-1/decisions", &token, &words).await;
    assert_eq!(done.leads_to(), "/inbox", "nothing else waits");
    world.get("carla", "/inbox").await.must_be(200).says("You approved the claim (case 1001");
    world.get("carla", "/inbox").await.must_be(200).says_nothing_of("You approved");
    world.get("rosa", "/cases/1001").await.says("Closed as paid").says("Carla Ruiz approved the claim");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_recorded_once() {
    let world = World::new().await;
    let (token, shown) = form_of(&world, "carla").await;
    let words = [("outcome", "approved"), ("shown", shown.as_str())];
    for _ in 0..2 {
        let answer = world.post_from("carla", "/tasks/1001-1/decisions", &token, &words).await;
        assert_eq!(answer.leads_to(), "/inbox");
    }
    let task = &world.runtime.load_number(1001).await.unwrap().case.tasks[0];
    assert_eq!(task.decisions().count(), 1);
    assert_eq!(world.seq(1001).await, 2);
}

#[tokio::test]
async fn a_second_decision_is_told_who_was_first_and_when() {
    let world = World::new().await;
    let (token, shown) = form_of(&world, "fiona").await;
    let (first, _) = form_of(&world, "carla").await;
    let words = [("outcome", "approved"), ("shown", shown.as_str())];
    world.post_from("carla", "/tasks/1001-1/decisions", &first, &words).await.must_be(303);
    let words = [("outcome", "rejected"), ("shown", shown.as_str()), ("reason", "Too dear")];
    let late = world.post_from("fiona", "/tasks/1001-1/decisions", &token, &words).await.must_be(409);
    let late = late.says("This has already been decided").says("Carla Ruiz approved the claim");
    late.says("What you sent was not recorded").says("<time datetime=");
    assert_eq!(world.seq(1001).await, 2);
}

#[tokio::test]
async fn a_stale_page_is_told_what_changed() {
    let world = World::new().await;
    let (token, shown) = form_of(&world, "carla").await;
    let edit = [
        ("field.amount", "512.50"),
        ("currency.amount", "EUR"),
        ("field.purpose", "Trade fair in Leipzig"),
        ("reason", "one night more"),
    ];
    world.post("rosa", "/cases/1001/edits", &edit).await.must_be(303);
    let words = [("outcome", "rejected"), ("shown", shown.as_str()), ("reason", "The receipt says less")];
    let stale = world.post_from("carla", "/tasks/1001-1/decisions", &token, &words).await.must_be(409);
    let plain = stale.text.replace('\u{a0}', " ");
    for said in ["This has changed since you opened it", "<del>412.50 EUR</del>", "<ins>512.50 EUR</ins>", "Rosa Lind"]
    {
        assert!(plain.contains(said), "`{said}` in {plain}");
    }
    assert!(!plain.contains("<th scope=\"row\">Purpose"), "what is the same is not listed");
    assert!(plain.contains("The receipt says less"), "what was typed is kept");
    assert_eq!(world.seq(1001).await, 2, "nothing was recorded");
    let fresh = stale.hidden("shown");
    let words = [("outcome", "rejected"), ("shown", fresh.as_str()), ("reason", "The receipt says less")];
    world.post_from("carla", "/tasks/1001-1/decisions", &stale.hidden("_csrf"), &words).await.must_be(303);
    world.get("rosa", "/cases/1001").await.says("Closed as rejected").says("The receipt says less");
}

#[tokio::test]
async fn a_requester_cannot_approve_their_own_claim() {
    let world = World::new().await;
    let number = world.open("carla", "expense-claim", words("Own trip")).await;
    let label = format!("{number}-1");
    let page = world.get("carla", &format!("/tasks/{label}")).await.must_be(200);
    page.says("Whoever asks for an approval cannot give it").says_nothing_of("/decisions\"");
    let shown = world.shown(number, 1).await;
    let words = [("outcome", "approved"), ("shown", shown.as_str())];
    let refused = world.post("carla", &format!("/tasks/{label}/decisions"), &words).await.must_be(403);
    refused.says("You may not do this").says("the finance lead");
    assert_eq!(world.seq(number).await, 1);
    world.post("rosa", "/tasks/1001-1/decisions", &words).await.must_be(403);
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_loses_nothing() {
    let world = World::new().await;
    let (token, shown) = form_of(&world, "carla").await;
    let words = [("outcome", "rejected"), ("shown", shown.as_str()), ("reason", "  ")];
    world.post_from("carla", "/tasks/1001-1/decisions", &token, &words).await.must_be(422).says("say why");
    let words = [("outcome", "maybe"), ("shown", shown.as_str())];
    world.post_from("carla", "/tasks/1001-1/decisions", &token, &words).await.must_be(422);
    assert_eq!(world.seq(1001).await, 1);
}

#[tokio::test]
async fn an_approver_who_edits_writes_only_what_they_changed() {
    let world = World::new().await;
    let (token, shown) = form_of(&world, "carla").await;
    let decide = async |amount: &str| {
        let words = [
            ("outcome", "approved"),
            ("shown", shown.as_str()),
            ("field.purpose", "Trade fair in Leipzig"),
            ("field.amount", amount),
            ("currency.amount", "EUR"),
        ];
        world.post_from("carla", "/tasks/1001-1/decisions", &token, &words).await
    };
    decide("twelve").await.must_be(422).says("an amount with a currency").says("twelve");
    decide("400").await.must_be(303);
    let case = world.runtime.load_number(1001).await.unwrap().case;
    assert_eq!(case.tasks[0].decisions().next().unwrap().edited, ["amount"]);
    let origin = |field: &str| format!("{:?}", case.fields[field].origin);
    assert!(origin("purpose").contains("rosa") && origin("amount").contains("carla"));
}

#[tokio::test]
async fn a_question_goes_to_the_requester_and_comes_back() {
    let world = World::new().await;
    world.post("carla", "/tasks/1001-1/questions", &[("question", "")]).await.must_be(422);
    world.post("carla", "/tasks/1001-1/questions", &[("question", "Which hall?")]).await.must_be(303);
    let page = world.get("rosa", "/tasks/1001-2").await.must_be(200).says("Which hall?");
    let words = [("outcome", "completed"), ("shown", &page.hidden("shown")), ("reason", "Hall four")];
    world.post_from("rosa", "/tasks/1001-2/decisions", &page.hidden("_csrf"), &words).await.must_be(303);
    world.get("carla", "/tasks/1001-1").await.says("Which hall?").says("Hall four");
}

#[tokio::test]
async fn a_task_is_taken_given_back_and_handed_on() {
    let world = World::new().await;
    world.post("carla", "/tasks/1001-1/claims", &[]).await.must_be(303);
    world.post("fiona", "/tasks/1001-1/claims", &[]).await.must_be(409).says("Carla Ruiz has taken this task");
    world.get("fiona", "/tasks/1001-1").await.must_be(200).says("Carla Ruiz has taken this task");
    world.post("fiona", "/tasks/1001-1/releases", &[]).await.must_be(403);
    world.post("carla", "/tasks/1001-1/releases", &[]).await.must_be(303);
    world.post("carla", "/tasks/1001-1/delegations", &[("to", "rosa")]).await.must_be(403);
    world.post("carla", "/tasks/1001-1/delegations", &[("to", "fiona")]).await.must_be(303);
    world.get("carla", "/inbox").await.says("You handed it to Fiona Berg");
}

#[tokio::test]
async fn a_substitute_decides_in_the_place_of_somebody_who_is_away() {
    let world = World::new().await;
    let day = jiff::Timestamp::from_millisecond(START.0).unwrap().strftime("%Y-%m-%d").to_string();
    let away = [("from", day.as_str()), ("until", day.as_str()), ("substitute", "otto")];
    world.post("carla", "/account/absence", &[("substitute", "otto")]).await.must_be(422).says("first and a last day");
    world.post("carla", "/account/absence", &away).await.must_be(303);
    world.get("otto", "/inbox").await.says("for Carla Ruiz");
    world.get("otto", "/tasks/1001-1").await.must_be(200).says("You stand in for Carla Ruiz");
    world.get("carla", "/tasks/1001-1").await.says_nothing_of("You stand in");
    world.post("otto", "/tasks/1001-1/claims", &[]).await.must_be(303);
    let page = world.get("otto", "/tasks/1001-1").await.says("Carla Ruiz (Otto Stein stands in)").says("/releases");
    let words = [("outcome", "approved"), ("shown", &page.hidden("shown"))];
    world.post_from("otto", "/tasks/1001-1/decisions", &page.hidden("_csrf"), &words).await.must_be(303);
    world.get("rosa", "/cases/1001").await.says("Otto Stein").says("for Carla Ruiz");
    let wrong = [("from", "2020-01-01"), ("until", "2020-01-02"), ("substitute", "otto")];
    world.post("carla", "/account/absence", &wrong).await.must_be(422).says("first and a last day");
}

#[tokio::test]
async fn whoever_goes_away_is_told_what_their_substitute_must_not_decide() {
    let world = World::new().await;
    let day = jiff::Timestamp::from_millisecond(START.0).unwrap().strftime("%Y-%m-%d").to_string();
    let these_days =
        |substitute: &'static str| [("substitute", substitute), ("from", day.as_str()), ("until", day.as_str())];
    world.post("carla", "/account/absence", &these_days("otto")).await.must_be(303);
    world.get("carla", "/account").await.must_be(200).says("Otto Stein").says_nothing_of("/tasks/1001-1");
    world.post("carla", "/account/absence", &these_days("rosa")).await.must_be(303);
    world.get("carla", "/account").await.must_be(200).says_nothing_of("/tasks/1001-1");
    world.post("carla", "/tasks/1001-1/claims", &[]).await.must_be(303);
    let page = world.get("carla", "/account").await.must_be(200).says("Decide them before you go");
    page.says("/tasks/1001-1");
}

#[tokio::test]
async fn the_case_goes_where_its_requester_and_its_owner_take_it() {
    let world = World::new().await;
    world.get("rosa", "/cases/1002").await.must_be(200).says("Stuck");
    let rosa = world.get("rosa", "/cases/1002").await.text;
    assert!(!rosa.contains("/resolution"), "who may not resolve it is not offered it");
    world.get("emil", "/cases/1002").await.says("/cases/1002/incidents/1/resolution");
    world.post("rosa", "/cases/1001/withdrawal", &[("reason", "No fair this year")]).await.must_be(303);
    world.get("rosa", "/cases/1001").await.says("Closed as withdrawn").says("No fair this year");
    world.post("rosa", "/cases/1001/withdrawal", &[]).await.must_be(409).says("closed as withdrawn");
    let edits =
        world.post("rosa", "/cases/1002/edits", &[("field.purpose", "Advance for the fair"), ("reason", "x")]).await;
    edits.must_be(422).says("nothing to save");
    let events = world.runtime.store().events(&world.runtime.load_number(1001).await.unwrap().case.id).await.unwrap();
    assert_eq!(events[1].by, Acting::person("rosa").id());
}

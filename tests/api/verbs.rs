//! What the verbs do, and what they answer when they cannot.

use countersign::store::PersonRow;
use countersign_core::people::Person;
use serde_json::{Value as Json, json};

use super::world::{RECEIPT, SECRET, World, ask, claim};

const DECISIONS: &str = "/tasks/1001-1/decisions";

fn yes(shown: &Json) -> Json {
    json!({ "outcome": "approved", "shown": shown })
}

#[tokio::test]
async fn a_claim_that_breaks_its_form_names_every_field_and_opens_nothing() {
    let world = World::new().await;
    let body = json!({
        "process": "expense-claim",
        "fields": { "purpose": "Trade fair", "amount": "plenty", "colour": "red" },
        "documents": [{ "field": "receipt", "name": "empty.txt", "text": "" }],
    });
    let problem = world.post("rosa", "/cases", &body).await.must_be(422).json();
    let faults = problem["field_faults"].as_array().unwrap();
    let mut fields: Vec<&str> = faults.iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["amount", "colour", "receipt"], "{problem}");
    let missing = json!({ "process": "expense-claim", "fields": { "purpose": "Trade fair" } });
    let problem = world.post("rosa", "/cases", &missing).await.must_be(422).json();
    assert!(problem["message"].as_str().unwrap().contains("the amount is missing"), "{problem}");
    let list = world.get("rosa", "/cases?state=all").await.must_be(200).json();
    assert_eq!(list["cases"].as_array().unwrap().len(), 2, "{list}");
}

#[tokio::test]
async fn nobody_approves_their_own_claim() {
    let world = World::new().await;
    let opened = world.post("carla", "/cases", &claim("expense-claim")).await.must_be(201).json();
    let label = opened["tasks"][0]["label"].as_str().unwrap();
    let shown = opened["tasks"][0]["shown"].clone();
    let problem = world.post("carla", &format!("/tasks/{label}/decisions"), &yes(&shown)).await.must_be(403).json();
    assert_eq!(problem["code"], "refused");
    assert!(problem["message"].as_str().unwrap().contains("cannot give it"), "{problem}");
    assert_eq!(problem["who_could"], json!(["the finance lead"]), "{problem}");
    world.post("fiona", &format!("/tasks/{label}/decisions"), &yes(&shown)).await.must_be(201);
}

#[tokio::test]
async fn a_second_decision_is_told_who_was_first_and_when() {
    let world = World::new().await;
    let shown = world.shown("fiona", "1001-1").await;
    let closed = world.post("carla", DECISIONS, &yes(&shown)).await.must_be(201).json();
    assert_eq!((&closed["status"], &closed["closing"]), (&json!("closed"), &json!("paid")));
    world.clock.advance(1_000);
    for (person, body) in [("fiona", yes(&shown)), ("fiona", json!({ "outcome": "approved" })), ("carla", yes(&shown))]
    {
        let problem = world.post(person, DECISIONS, &body).await.must_be(409).json();
        assert_eq!(
            (&problem["code"], &problem["decided_by"]),
            (&json!("already_decided"), &json!("carla")),
            "{problem}"
        );
        assert_eq!(problem["decided_at"], closed["tasks"][0]["decisions"][0]["at"], "{problem}");
    }
}

#[tokio::test]
async fn a_decision_on_an_older_sight_is_refused_and_loses_nothing() {
    let world = World::new().await;
    let shown = world.shown("carla", "1001-1").await;
    let edit = json!({ "fields": { "amount": "900.00" }, "reason": "a night was missing" });
    world.post("rosa", "/cases/1001/edits", &edit).await.must_be(201);
    let problem = world.post("carla", DECISIONS, &yes(&shown)).await.must_be(409).json();
    assert_eq!(problem["code"], "stale", "{problem}");
    let task = world.get("carla", "/tasks/1001-1").await.must_be(200).json();
    assert_eq!(task["task"]["state"], "open", "{task}");
    world.post("carla", DECISIONS, &yes(&task["task"]["shown"])).await.must_be(201);
}

#[tokio::test]
async fn a_decision_says_what_was_shown() {
    let world = World::new().await;
    let problem = world.post("carla", DECISIONS, &yes(&Json::Null)).await.must_be(422).json();
    assert_eq!(problem["field_faults"][0]["field"], "shown", "{problem}");
    let request = ask("POST", Some("carla"), DECISIONS).header("content-type", "application/json");
    let request = request.header("X-Countersign-Shown", "now").body(yes(&Json::Null).to_string().into()).unwrap();
    world.send(request).await.must_be(201);
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_an_outcome_that_the_task_takes() {
    let world = World::new().await;
    let shown = world.shown("carla", "1001-1").await;
    let check = async |outcome: &str, reason: &str, status: u16, code: &str| {
        let body = json!({ "outcome": outcome, "reason": reason, "shown": shown });
        let answer = world.post("carla", DECISIONS, &body).await.must_be(status).json();
        assert_eq!(answer["code"].as_str().unwrap_or_default(), code, "{answer}");
    };
    check("rejected", " ", 422, "reason_missing").await;
    check("completed", "fine", 422, "wrong_outcome").await;
    check("shrugged", "fine", 422, "does_not_fit").await;
    check("rejected", "no receipt", 201, "").await;
}

#[tokio::test]
async fn a_repeated_key_is_answered_from_the_first_result() {
    let world = World::new().await;
    let mut body = claim("expense-claim");
    body["key"] = json!("trip-7");
    let first = world.post("rosa", "/cases", &body).await.must_be(201).json();
    let again = world.post("rosa", "/cases", &body).await.must_be(200).json();
    assert_eq!(first["number"], again["number"]);
    // Something else under the same key would be lost without a word.
    let mut changed = body.clone();
    changed["fields"]["amount"] = json!("99.00 EUR");
    let refused = world.post("rosa", "/cases", &changed).await.must_be(422).text;
    assert!(refused.contains("the key `trip-7` opened case"), "{refused}");
    // The key is the sender's own: another person's case is another case.
    let other = world.post("carla", "/cases", &body).await.must_be(201).json();
    assert_ne!(first["number"], other["number"]);

    let mut decision = yes(&world.shown("carla", "1001-1").await);
    decision["key"] = json!("d-1");
    world.post("carla", DECISIONS, &decision).await.must_be(201);
    world.post("carla", DECISIONS, &decision).await.must_be(200);
    let problem = world.post("fiona", DECISIONS, &decision).await.must_be(409).json();
    assert_eq!(problem["code"], "already_decided", "{problem}");
}

#[tokio::test]
async fn a_task_taken_by_one_is_not_taken_by_another() {
    let world = World::new().await;
    world.post("carla", "/tasks/1001-1/claims", &json!({})).await.must_be(201);
    let problem = world.post("fiona", "/tasks/1001-1/claims", &json!({})).await.must_be(409).json();
    assert_eq!(problem["code"], "already_claimed", "{problem}");
    let mine = world.get("carla", "/tasks?scope=mine").await.must_be(200).json();
    assert_eq!(mine["tasks"][0]["label"], "1001-1", "{mine}");
    assert_eq!(world.get("fiona", "/tasks?scope=mine").await.must_be(200).json()["tasks"], json!([]));
    world.post("carla", "/tasks/1001-1/releases", &json!({})).await.must_be(201);
    world.post("fiona", "/tasks/1001-1/claims", &json!({})).await.must_be(201);
}

#[tokio::test]
async fn nothing_that_is_hidden_leaves_by_any_address() {
    let world = World::new().await;
    let document = format!("/cases/1001/documents/{}", world.document);
    let addresses = ["/cases", "/cases/1001", "/cases/1001/timeline", "/tasks/1001-1", &document];
    for address in addresses {
        let answer = world.get("emil", address).await;
        assert!(!answer.text.contains(SECRET) && !answer.text.contains("HOTEL ADLER"), "{address}: {}", answer.text);
    }
    for address in ["/cases", "/cases/1001", "/tasks/1001-1"] {
        let answer = world.get("emil", address).await.must_be(200);
        assert!(!answer.text.contains("adler.txt"), "{address}: {}", answer.text);
    }
    let case = world.get("emil", "/cases/1001").await.must_be(200).json();
    let illness = case["fields"].as_array().unwrap().iter().find(|field| field["name"] == "illness").unwrap();
    assert_eq!((&illness["hidden"], &illness["value"]), (&json!(true), &Json::Null));
    // Whoever the process names reads it: the check above would pass on an empty answer otherwise.
    assert!(world.get("carla", "/cases/1001").await.must_be(200).text.contains(SECRET));
    assert_eq!(world.get("carla", &document).await.must_be(200).text, RECEIPT);
    // Searching for what is hidden finds nothing either.
    let found = world.get("emil", "/cases?search=wrist").await.must_be(200).json();
    assert_eq!(found["cases"], json!([]));
}

#[tokio::test]
async fn lists_hold_only_what_the_reader_may_see() {
    let world = World::new().await;
    let numbers = async |person: &str, query: &str| -> Vec<u64> {
        let list = world.get(person, &format!("/cases?{query}")).await.must_be(200).json();
        list["cases"].as_array().unwrap().iter().map(|case| case["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers("otto", "state=all").await, [0_u64; 0]);
    assert_eq!(numbers("rosa", "state=all").await, [1002, 1001]);
    assert_eq!(numbers("carla", "state=all").await, [1001]);
    assert_eq!(numbers("carla", "state=all&offset=1").await, [0_u64; 0]);
    assert_eq!(numbers("emil", "process=advance").await, [1002]);
    assert_eq!(numbers("emil", "limit=1").await, [1002]);
    assert_eq!(numbers("emil", "limit=1&offset=1").await, [1001]);
    assert_eq!(numbers("emil", "stuck=true").await, [1002]);
    assert_eq!(numbers("emil", "late=true").await, [0_u64; 0]);
    world.clock.advance(3 * 86_400_000);
    assert_eq!(numbers("emil", "late=true").await.len(), 2);
    let counts = async |person: &str| {
        world.get(person, "/processes").await.must_be(200).json()["processes"][0]["open_cases"].clone()
    };
    assert_eq!((counts("emil").await, counts("otto").await), (json!(1), Json::Null));
}

#[tokio::test]
async fn the_timeline_tells_who_decided() {
    let world = World::new().await;
    let shown = world.shown("carla", "1001-1").await;
    world.post("carla", DECISIONS, &yes(&shown)).await.must_be(201);
    let timeline = world.get("rosa", "/cases/1001/timeline").await.must_be(200).json();
    let last = timeline["entries"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["by"]), (&json!("task_decided"), &json!("carla")), "{timeline}");
}

#[tokio::test]
async fn the_use_of_a_token_is_noted() {
    let world = World::new().await;
    world.get("otto", "/processes").await.must_be(200);
    let tokens = world.store.tokens_of("otto").await.unwrap();
    assert_eq!(tokens[0].last_used_at, Some(world.clock.now()));
}

#[tokio::test]
async fn an_account_that_is_switched_off_gets_nothing() {
    let world = World::new().await;
    let person = Person { name: "Otto Stein".to_owned(), disabled: true, ..Person::default() };
    world.put_person(PersonRow { id: "otto".to_owned(), person, sample: false }).await;
    world.get("otto", "/processes").await.must_be(401);
}

/// A text whose payment could leave with an amount that was changed after it was approved.
const UNSIGNED: &str = "# Advance payment

An employee can start this process.
The finance director is accountable for this process.
The finance lead is a role.

The claim form asks for the amount (money).

Stage One:
- The finance lead approves the claim.
- If the approver rejects the claim, close the case as rejected.
- The employee corrects the claim form within 5 working days.
- Create a payment in the bank system with the amount, signed by the approver.
- Close the case as done.
";

#[tokio::test]
async fn a_text_that_could_pay_unsigned_is_refused_with_the_way_there() {
    let world = World::new().await;
    let signed = UNSIGNED.replace("- The employee corrects the claim form within 5 working days.\n", "");
    let text = |text: &str| json!({ "text": text });
    let checked = world.post("emil", "/processes/check", &text(UNSIGNED)).await.must_be(200).json();
    let published = world.post("emil", "/processes", &text(UNSIGNED)).await.must_be(422).json();
    for answer in [&checked, &published] {
        let found = answer["diagnostics"].as_array().unwrap();
        let one = found.iter().find(|one| one["code"] == "E527").unwrap_or_else(|| panic!("{answer}"));
        let (from, to) = (one["start"].as_u64().unwrap(), one["end"].as_u64().unwrap());
        let words = &UNSIGNED[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()];
        assert!(words.starts_with("Create a payment"), "{words}");
        let way = one["why"].as_str().unwrap();
        assert!(way.contains("The finance lead approves") && way.contains("the amount is not the one that"), "{way}");
    }
    let processes = world.get("emil", "/processes").await.must_be(200).text;
    assert!(!processes.contains("advance-payment"), "{processes}");
    let checked = world.post("emil", "/processes/check", &text(&signed)).await.must_be(200).json();
    assert!(!checked["diagnostics"].to_string().contains("E527"), "{checked}");
}

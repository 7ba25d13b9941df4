//! Several people who decide the same thing at the same moment: one does, and the others hear who it was.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::sync::Barrier;

use super::world::{Answer, World, claim};

/// How many send at once.
const CLIENTS: usize = 8;
/// How often it is tried.
const ROUNDS: usize = 4;

/// Sends these requests to one address at the same moment: person and body.
async fn at_once(world: &Arc<World>, address: &str, requests: Vec<(&'static str, Json)>) -> Vec<(String, Answer)> {
    let barrier = Arc::new(Barrier::new(requests.len()));
    let mut clients = Vec::new();
    for (person, body) in requests {
        let (world, barrier, address) = (Arc::clone(world), Arc::clone(&barrier), address.to_owned());
        clients.push(tokio::spawn(async move {
            barrier.wait().await;
            (person.to_owned(), world.post(person, &address, &body).await)
        }));
    }
    let mut answers = Vec::new();
    for client in clients {
        answers.push(client.await.unwrap());
    }
    answers
}

/// A fresh claim: the label of its approval, and what its approver is shown.
async fn approval(world: &World) -> (String, Json) {
    let opened = world.post("rosa", "/cases", &claim("expense-claim")).await.must_be(201).json();
    (opened["tasks"][0]["label"].as_str().unwrap().to_owned(), opened["tasks"][0]["shown"].clone())
}

/// The decisions that stand in the case of a task.
async fn decisions(world: &World, label: &str) -> Vec<Json> {
    let number = label.split('-').next().unwrap();
    let case = world.get("emil", &format!("/cases/{number}")).await.must_be(200).json();
    let tasks = case["tasks"].as_array().unwrap().clone();
    tasks.iter().flat_map(|task| task["decisions"].as_array().unwrap().clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_who_decide_at_once_one_does_and_the_others_hear_who() {
    let world = Arc::new(World::new().await);
    for round in 0..ROUNDS {
        let (label, shown) = approval(&world).await;
        let requests = (0..CLIENTS).map(|client| {
            let person = if client % 2 == 0 { "carla" } else { "fiona" };
            let outcome = if client % 3 == 0 { "rejected" } else { "approved" };
            let key = format!("{round}/{client}");
            (person, json!({ "outcome": outcome, "reason": "so it is", "shown": shown, "key": key }))
        });
        let answers = at_once(&world, &format!("/tasks/{label}/decisions"), requests.collect()).await;
        let won: Vec<&String> =
            answers.iter().filter(|(_, answer)| answer.status == 201).map(|(person, _)| person).collect();
        let [winner] = won.as_slice() else { panic!("{} have decided", won.len()) };
        for (person, answer) in answers.iter().filter(|(_, answer)| answer.status != 201) {
            let problem = answer.json();
            assert_eq!(answer.status, 409, "{person}: {problem}");
            assert_eq!(problem["code"], "already_decided", "{person}: {problem}");
            assert_eq!(problem["decided_by"], json!(winner), "{person}: {problem}");
            let name = if *winner == "carla" { "Carla Ruiz" } else { "Fiona Berg" };
            assert!(problem["message"].as_str().unwrap().contains(name), "{problem}");
        }
        let decided = decisions(&world, &label).await;
        assert_eq!(decided.len(), 1, "{decided:?}");
        assert_eq!(decided[0]["by"], json!(winner));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_double_click_is_one_decision() {
    let world = Arc::new(World::new().await);
    for _ in 0..ROUNDS {
        let (label, shown) = approval(&world).await;
        let click = json!({ "outcome": "approved", "shown": shown, "key": "one click" });
        let answers = at_once(&world, &format!("/tasks/{label}/decisions"), vec![("carla", click); CLIENTS]).await;
        let statuses: Vec<u16> = answers.iter().map(|(_, answer)| answer.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
        assert_eq!(decisions(&world, &label).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_that_several_take_at_once_is_taken_by_one() {
    let world = Arc::new(World::new().await);
    for _ in 0..ROUNDS {
        let (label, shown) = approval(&world).await;
        let people = ["carla", "fiona", "carla", "fiona"];
        let takes = people.map(|person| (person, json!({}))).to_vec();
        let answers = at_once(&world, &format!("/tasks/{label}/claims"), takes).await;
        let owner = world.get("emil", &format!("/tasks/{label}")).await.json()["task"]["assignee"].clone();
        for (person, answer) in &answers {
            let mine = json!(person) == owner;
            // Taking what one has already taken changes nothing, and is no error of the other person's kind.
            assert!(mine || answer.status == 409, "{person}: {}", answer.text);
        }
        assert!(answers.iter().any(|(person, answer)| json!(person) == owner && answer.status == 201));
        let other = if owner == "carla" { "fiona" } else { "carla" };
        let decision = json!({ "outcome": "approved", "shown": shown });
        let refused = world.post(other, &format!("/tasks/{label}/decisions"), &decision).await.must_be(403).json();
        assert!(refused["message"].as_str().unwrap().contains("has taken this task"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_signs_what_changed_while_they_looked() {
    let world = Arc::new(World::new().await);
    for round in 0..ROUNDS {
        let (label, shown) = approval(&world).await;
        let number = label.split('-').next().unwrap().to_owned();
        let barrier = Arc::new(Barrier::new(2));
        let (editor, gate, address) = (Arc::clone(&world), Arc::clone(&barrier), format!("/cases/{number}/edits"));
        let edit = json!({ "fields": { "amount": "900.00" }, "reason": "a night was missing" });
        let edited = tokio::spawn(async move {
            gate.wait().await;
            editor.post("rosa", &address, &edit).await.status.as_u16()
        });
        barrier.wait().await;
        let decision = json!({ "outcome": "approved", "shown": shown, "key": format!("{round}") });
        let decided = world.post("carla", &format!("/tasks/{label}/decisions"), &decision).await;
        let edited = edited.await.unwrap();
        let case = world.get("rosa", &format!("/cases/{number}")).await.must_be(200).json();
        let amount =
            case["fields"].as_array().unwrap().iter().find(|field| field["name"] == "amount").unwrap()["value"]
                .to_string();
        // Whichever came first: what was signed is what stands there.
        match decided.status.as_u16() {
            201 => assert!(edited != 201 && amount.contains("412.50"), "{edited}: {amount}"),
            409 => {
                assert_eq!((edited, decided.json()["code"].clone()), (201, json!("stale")), "{}", decided.text);
                assert!(amount.contains("900.00"), "{amount}");
            }
            other => panic!("{other}: {}", decided.text),
        }
    }
}

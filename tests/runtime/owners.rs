//! People whom the text finds in the data, and who answers where it finds nobody.

use std::collections::BTreeMap;

use countersign_core::{
    Verb, authorise,
    case::Outcome,
    event::Acting,
    time::{DAY_MS, Timestamp},
};

use super::world::{World, person};

const TEXT: &str = "# Equipment claim

A clerk can start this process.
The director is accountable for this process.
The roles are finance desk, finance lead and team lead.

The claim form asks for the topic (travel, meals or other), the new hire (person) and the amount (money).
The owner of the topic is the finance desk for travel, the team lead for meals, and the manager of the clerk for other.

Stage Check:
- The owner of the topic reviews the claim within 1 working day.
- The finance lead is accountable for this step.

Stage Approval:
- The manager of the clerk approves the claim within 1 working day.

Stage Start:
- The manager of the new hire does \"show the desk\" within 1 working day.
- Close the case as done.
";

async fn opened(person: &str, topic: &str, hire: &str) -> (World, u64) {
    let world = World::new(TEXT).await;
    let number =
        world.open(person, "equipment-claim", &[("topic", topic), ("new_hire", hire), ("amount", "5 EUR")]).await;
    (world, number)
}

/// Whoever is asked at each of the three steps.
async fn check(starter: &str, topic: &str, hire: &str, asked: [&[&str]; 3]) {
    let (world, number) = opened(starter, topic, hire).await;
    for (step, (people, outcome)) in
        asked.into_iter().zip([Outcome::Completed, Outcome::Approved, Outcome::Completed]).enumerate()
    {
        assert_eq!(world.asked(number).await, people, "step {step} of {starter}, {topic}, {hire}");
        world.decide(number, people[0], outcome, &[]).await;
    }
    assert_eq!(world.status(number).await, "done");
    world.folds(number).await;
}

#[tokio::test]
async fn people_are_found_in_the_data() {
    check("ana", "travel", "max", [&["fee", "fin"], &["max"], &["dora"]]).await;
    check("ana", "meals", "fin", [&["max"], &["max"], &["dora"]]).await;
    check("ana", "other", "ana", [&["max"], &["max"], &["max"]]).await;
}

#[tokio::test]
async fn where_nobody_is_found_whoever_is_accountable_is_asked() {
    // Ben has no manager, and neither has Zoe.
    check("ben", "other", "zoe", [&["dora"], &["dora"], &["dora"]]).await;
}

#[tokio::test]
async fn a_manager_who_is_gone_is_nobody() {
    let (world, number) = opened("ana", "other", "ana").await;
    assert_eq!(world.asked(number).await, ["max"]);
    let gone = countersign_core::people::Person { disabled: true, ..person("max", &["team lead"], Some("dora")) };
    world.runtime.put_person("ada", "max", &gone, false).await.unwrap();
    assert_eq!(world.asked(number).await, ["dora"], "an open task finds its people anew");
    let row = world.store.task_row(&world.case(number).await.id, world.task(number).await.number).await.unwrap();
    assert_eq!(row.unwrap().people, ["dora"], "and so does every inbox");
}

#[tokio::test]
async fn an_unknown_person_is_refused_and_opens_nothing() {
    let world = World::new(TEXT).await;
    let words = [("topic", "other"), ("new_hire", "ghost"), ("amount", "5 EUR")];
    let words = words.into_iter().map(|(name, words)| (name.to_owned(), words.to_owned())).collect();
    let hand_in = countersign::runtime::intake::HandIn { words, uploads: Vec::new() };
    let refused = world.runtime.open_case(&Acting::person("ana"), "equipment-claim", hand_in, None).await.unwrap_err();
    assert!(refused.to_string().contains("`ghost`"), "{refused}");
}

#[tokio::test]
async fn the_owner_follows_the_value() {
    let (world, number) = opened("ana", "travel", "max").await;
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    let id = world.case(number).await.id.clone();
    let edit = BTreeMap::from([("topic".to_owned(), "meals".to_owned())]);
    world.runtime.edit_fields(&id, &Acting::person("ana"), edit, "it was lunch", "edit").await.unwrap();
    assert_eq!(world.asked(number).await, ["max"], "the task is whose the value is now");
    let late = world.try_decide(number, "fin", Outcome::Completed, &[]).await.unwrap_err();
    assert!(late.to_string().contains("the owner of the topic"), "{late}");
    world.decide(number, "max", Outcome::Completed, &[]).await;
    world.folds(number).await;
}

#[tokio::test]
async fn a_value_whose_owner_nobody_is_does_not_wait_in_silence() {
    let world = World::new(TEXT).await;
    world.runtime.put_person("ada", "max", &person("max", &[], Some("dora")), false).await.unwrap();
    let words = [("topic", "meals"), ("new_hire", "zoe"), ("amount", "5 EUR")];
    let number = world.open("ana", "equipment-claim", &words).await;
    let report = world.runtime.examine(&|_| {}).await.unwrap();
    let told = report.findings.iter().find(|one| one.case == Some(number)).unwrap();
    assert!(matches!(told.code, "incident" | "no_owner"), "{told:?}");
    let holder = report.setup.iter().find(|one| one.code == "no_holder").unwrap();
    assert!(holder.what.contains("team lead") && !holder.next.is_empty(), "{holder:?}");
    // Whoever answers for the step may decide once the time is up, and whoever gets the role may at once.
    world.runtime.put_person("ada", "zoe", &person("zoe", &["team lead"], None), false).await.unwrap();
    let case = world.case(number).await;
    if let Some(incident) = case.incidents.iter().find(|incident| incident.resolved_at.is_none()) {
        let resolved = countersign_core::event::EventKind::IncidentResolved { incident: incident.number };
        world.runtime.apply(&case.id, &Acting::person("dora"), &resolved, "resolved").await.unwrap();
        world.quiet().await;
    }
    assert_eq!(world.asked(number).await, ["zoe"]);
    world.folds(number).await;
}

/// Whether somebody may do this with the open task of a case.
async fn may(world: &World, number: u64, person: &str, verb: impl Fn(u32) -> Verb) -> bool {
    let (loaded, task) = (world.loaded(number).await, world.task(number).await.number);
    let now: Timestamp = world.clock.now();
    authorise(&loaded.context(), Some(&loaded.case), &Acting::person(person), &verb(task), now).is_ok()
}

#[tokio::test]
async fn whoever_answers_for_a_step_sees_it_takes_it_back_and_is_asked_when_the_time_is_up() {
    let (world, number) = opened("ana", "travel", "max").await;
    assert!(may(&world, number, "lea", Verb::ReadTask).await && may(&world, number, "lea", |_| Verb::ReadCase).await);
    assert!(!may(&world, number, "lea", Verb::DecideTask).await, "answering for it is not doing it");
    assert!(!may(&world, number, "max", Verb::ReadTask).await, "whoever comes later does not see it yet");
    let task = world.task(number).await.number;
    let id = world.case(number).await.id.clone();
    let taken = countersign_core::event::EventKind::TaskClaimed { task };
    world.runtime.apply(&id, &Acting::person("fin"), &taken, "taken").await.unwrap();
    assert!(may(&world, number, "lea", Verb::ReleaseTask).await);
    assert!(!may(&world, number, "fee", Verb::ReleaseTask).await);
    world.later(7 * DAY_MS).await;
    assert_eq!(world.asked(number).await, ["lea"], "the step's accountable, and not the process's");
    world.decide(number, "lea", Outcome::Completed, &[]).await;
    // Of the next step the process's accountable role answers again.
    assert!(may(&world, number, "dora", Verb::ReadTask).await);
    assert!(!may(&world, number, "fee", Verb::ReadTask).await);
    world.later(7 * DAY_MS).await;
    assert_eq!(world.asked(number).await, ["dora"]);
    world.folds(number).await;
}

//! Versions of a process beside each other, cases that operators steer, and rehearsals.

use std::collections::BTreeMap;

use countersign::{
    clock::Clock,
    config::{Config, System},
    language::Attachments,
    runtime::{
        Runtime,
        apply::TaskAnswer,
        intake::HandIn,
        publish::Published,
        rehearsal::{Begun, NOT_SENT},
    },
    store::{PersonRow, Store},
    web::catalogue::publication::groups,
};
use countersign_core::{
    case::{EffectState, Outcome, Status},
    event::{Acting, EventKind},
    people::Person,
};

use super::world::{START, World};

const FIRST: &str = "# Office order

An employee can start this process.
The finance director is accountable for this process.
The finance lead is a role.
Closing as ordered is a success.

The order form asks for the item (text) and the amount (money).

Stage Approval:
- When an employee submits the order form, the finance lead approves the order within 2 working days.
- If the approver rejects the order, tell the employee the reason. Close the case as rejected.

Stage Order:
- Create an order in the shop system with the item and the amount, signed by the approver.
- Tell the employee that \"Your {item} has been ordered.\"
- Close the case as ordered.
";

fn second() -> String {
    FIRST
        .replace("the finance lead approves the order within 2", "the finance lead approves the order within 5")
        .replace("Stage Order:\n", "Stage Order:\n- The finance director reviews the order within 1 working day.\n")
}

async fn publish(runtime: &Runtime, text: &str) -> String {
    match runtime.publish(&Acting::person("emil"), text, &Attachments::default()).await.unwrap() {
        Published::Version { version, .. } => version,
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
}

/// Opens a case past the pages, without the receipt that other processes ask for.
async fn open(runtime: &Runtime, process: &str, item: &str) -> u64 {
    let words = BTreeMap::from([("item", item), ("amount", "40 EUR")]);
    let words = words.into_iter().map(|(name, words)| (name.to_owned(), words.to_owned())).collect();
    let hand_in = HandIn { words, uploads: Vec::new() };
    runtime.open_case(&Acting::person("rosa"), process, hand_in, None).await.unwrap().loaded.case.number
}

async fn decided(runtime: &Runtime, number: u64, task: u32, person: &str, outcome: Outcome) {
    let loaded = runtime.load_number(number).await.unwrap();
    let answer = TaskAnswer {
        outcome,
        reason: None,
        hand_in: HandIn::default(),
        shown: loaded.case.shown(task),
        key: format!("{number}/{task}"),
    };
    runtime.decide_task(&loaded.case.id, task, &Acting::person(person), answer).await.unwrap();
}

/// The sentences of a case's timeline.
async fn told(world: &World, number: u64) -> Vec<String> {
    let loaded = world.runtime.load_number(number).await.unwrap();
    let history = world.runtime.timeline(&loaded.case.id, loaded.case.seq).await.unwrap();
    let reader = countersign::resource::Reader::File;
    let timeline = countersign::resource::timeline(&loaded, &history, &[], reader, START);
    timeline.entries.into_iter().flat_map(|entry| std::iter::once(entry.sentence).chain(entry.then)).collect()
}

/// The log of a case leads to its state, and its chain is whole.
async fn folds(runtime: &Runtime, number: u64) {
    let id = runtime.load_number(number).await.unwrap().case.id.clone();
    assert_eq!(runtime.fold_difference(&id).await.unwrap(), None, "case {number}");
    let report = runtime.examine(&|_| {}).await.unwrap();
    let broken: Vec<_> = report.findings.iter().filter(|one| matches!(one.code, "chain" | "fold")).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[tokio::test]
async fn publishing_says_what_it_changes() {
    let world = World::new().await;
    let told = async |text: &str| {
        let publication =
            world.runtime.publication(&Acting::person("emil"), text, &Attachments::default()).await.unwrap().unwrap();
        let mut all = String::new();
        for group in groups(&publication) {
            all.push_str(&format!("{}{}\n", group.heading, if group.warns { " (!)" } else { "" }));
            group.lines.iter().for_each(|line| all.push_str(&format!("  {line}\n")));
        }
        all
    };
    let first = told(FIRST).await;
    publish(&world.runtime, FIRST).await;
    open(&world.runtime, "office-order", "Lamp").await;
    let unsigned = second()
        .replace(", signed by the approver", "; nobody signs this call")
        .replace("the finance lead approves", "the finance director approves");
    let says = |told: &str, words: &[&str]| {
        for words in words {
            assert!(told.contains(words), "`{words}` is not said in\n{told}");
        }
    };
    says(
        &first,
        &["This is the first version, with ", "The finance lead now approves the order.", "No running case is"],
    );
    says(
        &first,
        &["The shop system is called: create an order.", "Everything that leaves the organisation is signed."],
    );
    says(&told(FIRST).await, &["Every sentence stands as it stood.", "Nobody gains or loses a decision, and"]);
    let changed = told(&second()).await;
    says(
        &changed,
        &["Changed: “", "within 2 working days", "New: “The finance director reviews the order within 1 working"],
    );
    says(&changed, &["The finance director now reviews the order.", "One case runs another version and stays on it"]);
    let unsigned = told(&unsigned).await;
    says(&unsigned, &["Who decides (!)", "The finance lead no longer approves the order.", "What nobody signs (!)"]);
    says(&unsigned, &["In Order, the shop system is called without a sign-off: create an order."]);
    assert!(world.runtime.publication(&Acting::person("rosa"), FIRST, &Attachments::default()).await.is_err());
}

#[tokio::test]
async fn running_cases_stay_until_somebody_moves_them() {
    let world = World::new().await;
    let first = publish(&world.runtime, FIRST).await;
    let (one, other) =
        (open(&world.runtime, "office-order", "Lamp").await, open(&world.runtime, "office-order", "Desk").await);
    let new = publish(&world.runtime, &second()).await;
    assert_eq!(world.runtime.load_number(one).await.unwrap().case.version, first);
    world.get("rosa", &format!("/cases/{one}")).await.must_be(200).says(&first[..12]);
    world.get("emil", &format!("/cases/{one}")).await.says("A newer version exists.");
    let list = world.get("rosa", "/processes/office-order/versions").await.must_be(200);
    list.says("2 versions; 2 cases run an older one.").says("new cases start on it");
    let text = world.get("rosa", &format!("/processes/office-order/versions/{first}")).await.must_be(200);
    text.says("within 2 working days").says_nothing_of("within 5 working days");
    world.get("rosa", "/processes/office-order/versions/none").await.must_be(404);
    world.get("rosa", "/processes/office-order/migration").await.must_be(403);
    let page = world.get("emil", "/processes/office-order/migration").await.must_be(200);
    page.says("2 cases can go over.")
        .says("has another time or wording in the new version: what is open keeps its time");
    let moved = [("version", new.as_str()), ("case", &one.to_string())];
    let none = world.post("emil", "/processes/office-order/migration", &[("version", &new)]).await;
    none.must_be(422).says("Choose at least one case.");
    let done = world.post("emil", "/processes/office-order/migration", &moved).await;
    assert_eq!(done.leads_to(), "/processes/office-order/migration");
    world
        .get("emil", "/processes/office-order/migration")
        .await
        .says("One case was moved.")
        .says("Desk")
        .says_nothing_of("Lamp");
    let case = world.get("emil", &format!("/cases/{one}")).await.must_be(200);
    case.says("moved the case to version").says("Take it back").says_nothing_of("A newer version exists.");
    assert_eq!(world.runtime.load_number(other).await.unwrap().case.version, first, "the other one stays");
    world.post("emil", &format!("/cases/{one}/migration/undo"), &[]).await.must_be(303);
    assert_eq!(world.runtime.load_number(one).await.unwrap().case.version, first);
    world.get("emil", &format!("/cases/{one}/migration")).await.must_be(200).says("Move this case");
    let alone = [("case", one.to_string())];
    let alone: Vec<(&str, &str)> = alone.iter().map(|(name, words)| (*name, words.as_str())).collect();
    world.post("emil", &format!("/cases/{one}/migration"), &alone).await.must_be(303);
    let task = world.runtime.load_number(one).await.unwrap().case.open_tasks().next().unwrap().number;
    decided(&world.runtime, one, task, "carla", Outcome::Approved).await;
    world.post("emil", &format!("/cases/{one}/migration/undo"), &[]).await.must_be(409);
    decided(&world.runtime, other, 1, "carla", Outcome::Approved).await;
    folds(&world.runtime, one).await;
    folds(&world.runtime, other).await;
}

/// The approval has moved to another stage and is asked for by nobody where the case stands.
fn moved() -> String {
    FIRST
        .replace("the finance lead approves the order within 2", "the finance director reviews the order within 2")
        .replace("- If the approver rejects the order, tell the employee the reason. Close the case as rejected.\n", "")
        .replace(
            "Stage Order:\n",
            "Stage Order:\n- The finance lead approves the order within 2 working days. If the approver rejects the \
             order, tell the employee the reason. Close the case as rejected.\n",
        )
}

#[tokio::test]
async fn somebody_says_where_a_case_goes_on_whose_step_is_gone() {
    let world = World::new().await;
    let first = publish(&world.runtime, FIRST).await;
    let number = open(&world.runtime, "office-order", "Lamp").await;
    let new = publish(&world.runtime, &moved()).await;
    let (list, case) = ("/processes/office-order/migration", number.to_string());
    let place = format!("place.{number}.0.0");
    let page = world.get("emil", list).await.must_be(200);
    page.says("Lamp")
        .says("the finance lead approves the order")
        .says("the finance director reviews the order")
        .says(&format!("name=\"{place}\""));
    world.get("emil", "/processes/office-order").await.says("One open case runs an older version");
    world
        .get("rosa", "/processes/office-order")
        .await
        .says_nothing_of("see whether it can go over")
        .says("The finance director");
    let version = async || world.runtime.load_number(number).await.unwrap().case.version.clone();
    // Without a place, or with one that the version does not have, the case stays.
    for to in ["", "7.7", "nowhere"] {
        let sent = [("version", new.as_str()), ("case", &case), (&place, to)];
        world.post("emil", list, &sent).await.must_be(303);
        world.get("emil", list).await.says("say where it goes on");
        assert_eq!(version().await, first, "`{to}`");
    }
    let before = told(&world, number).await;
    world.post("rosa", list, &[("version", &new), ("case", &case), (&place, "0.0")]).await.must_be(403);
    world.post("emil", list, &[("version", &new), ("case", &case), (&place, "0.0")]).await.must_be(303);
    world.get("emil", list).await.says("One case was moved.");
    assert_eq!(version().await, new);
    // What happened before is told as it was, though another step stands there now.
    assert_eq!(told(&world, number).await[..before.len()], before);
    let loaded = world.runtime.load_number(number).await.unwrap();
    let open: Vec<u32> = loaded.case.open_tasks().map(|task| task.number).collect();
    assert_eq!(open, [2], "the approval was called off, and the review asked for");
    world.get("carla", &format!("/tasks/{number}-1")).await.says("This is no longer needed.");
    world.get("emil", &format!("/tasks/{number}-2")).await.must_be(200);
    world.post("emil", &format!("/cases/{number}/migration/undo"), &[]).await.must_be(303);
    let loaded = world.runtime.load_number(number).await.unwrap();
    let open: Vec<u32> = loaded.case.open_tasks().map(|task| task.number).collect();
    assert_eq!((version().await, open), (first, vec![1]), "as it was");
    folds(&world.runtime, number).await;
    // It can be moved once more, from its own page too.
    world.post("emil", &format!("/cases/{number}/migration"), &[("case", &case), (&place, "0.0")]).await.must_be(303);
    assert_eq!(version().await, new);
    folds(&world.runtime, number).await;
}

#[tokio::test]
async fn operators_steer_a_case_from_its_page() {
    let world = World::new().await;
    publish(&world.runtime, FIRST).await;
    let number = open(&world.runtime, "office-order", "Lamp").await;
    let at = |part: &str| format!("/cases/{number}/{part}");
    let page = world.get("emil", &format!("/cases/{number}")).await.must_be(200);
    page.says("Steer this case")
        .says("The call to the shop system in Order needs the finance lead's sign-off, which nobody has given.");
    world.get("rosa", &format!("/cases/{number}")).await.says_nothing_of("Steer this case");
    let refused = world.post("emil", &at("moves"), &[("to", "advance:Order"), ("reason", "quick")]).await;
    refused.must_be(409).says("needs the finance lead");
    world.post("emil", &at("moves"), &[("reason", "quick")]).await.must_be(422);
    world.post("emil", &at("holds"), &[("reason", "the shop is closed")]).await.must_be(303);
    let held = world.get("rosa", &format!("/cases/{number}")).await;
    held.says("On hold").says("the shop is closed").says_nothing_of("Let it go on");
    world.get("carla", "/inbox").await.says("on hold");
    let page = world.get("carla", &format!("/tasks/{number}-1")).await.must_be(200);
    page.says("Nothing is decided until it goes on").says_nothing_of("/decisions");
    let shown = world.shown(number, 1).await;
    let task = format!("/tasks/{number}-1/decisions");
    let early = world.post("carla", &task, &[("outcome", "approved"), ("shown", &shown)]).await;
    early.must_be(409).says("on hold");
    world.post("emil", &at("holds/end"), &[]).await.must_be(303);
    let more = [("what", "document"), ("name", "offer"), ("who", "requester"), ("days", "3"), ("reason", "to compare")];
    world.post("emil", &at("additions"), &more).await.must_be(303);
    world.post("emil", &at("additions"), &[("name", "x"), ("days", "0"), ("reason", "y")]).await.must_be(422);
    world.get("rosa", &format!("/cases/{number}")).await.says("Asked for in this case alone").says("to compare");
    world.get("rosa", &format!("/tasks/{number}-3")).await.must_be(200).says("offer");
    decided(&world.runtime, number, 1, "carla", Outcome::Approved).await;
    assert!(world.runtime.load_number(number).await.unwrap().case.effects.is_empty(), "it waits for the offer");
    let shown = world.shown(number, 3).await;
    let words = [("outcome", "completed"), ("shown", shown.as_str())];
    let file: (&str, &str, &[u8]) = ("field.added_1", "offer.txt", b"40 EUR");
    world.upload("rosa", &format!("/tasks/{number}-3/decisions"), &words, &[file]).await.must_be(303);
    folds(&world.runtime, number).await;
    let loaded = world.runtime.load_number(number).await.unwrap();
    assert!(loaded.case.value("added_1").is_some(), "{:?}", loaded.case.fields);
}

/// A runtime whose shop system would write every call down.
async fn practising(place: &tempfile::TempDir) -> Runtime {
    let address = format!("sqlite:{}", place.path().join("countersign.db").display());
    let store = Store::open(&address).await.unwrap();
    for (id, role) in [("rosa", "employee"), ("carla", "finance lead"), ("emil", "finance director")] {
        let email = format!("{id}@example.org");
        let person = Person { name: id.to_owned(), email, roles: vec![role.to_owned()], ..Person::default() };
        store.put_person(PersonRow { id: id.to_owned(), person, sample: false }, "t", "added", START).await.unwrap();
    }
    let mut config = Config::default();
    config.systems.insert("shop system".to_owned(), System::Practice { answers: Default::default() });
    Runtime::start(store, Clock::fixed(START), config).await.unwrap()
}

#[tokio::test]
async fn nothing_leaves_the_house_from_a_rehearsal() {
    let place = tempfile::tempdir().unwrap();
    let runtime = practising(&place).await;
    let emil = Acting::person("emil");
    let begun = runtime.begin_rehearsal(&emil, FIRST, &Attachments::default()).await.unwrap();
    let Begun::Rehearsal { process, .. } = begun else { panic!("{begun:?}") };
    assert!(runtime.store().current_version("office-order").await.unwrap().is_none(), "nothing is published");
    let number = open(&runtime, &process, "Lamp").await;
    let left = open(&runtime, &process, "Desk").await;
    decided(&runtime, number, 1, "carla", Outcome::Approved).await;
    runtime.run_until_quiet().await.unwrap();
    let case = runtime.load_number(number).await.unwrap().case;
    assert!(matches!(&case.status, Status::Closed { closing, .. } if closing == "ordered"), "{:?}", case.status);
    for (key, effect) in &case.effects {
        let EffectState::Done { receipt, .. } = &effect.state else { panic!("{key}: {effect:?}") };
        assert_eq!(receipt, NOT_SENT);
    }
    assert_eq!(runtime.store().practice_calls(10).await.unwrap().len(), 0, "the shop system was not called");
    let mails = runtime.store().mails(Some(&case.id), 10).await.unwrap();
    assert!(mails.iter().any(|mail| mail.text == "[Rehearsal. Meant for rosa.] Your Lamp has been ordered."));
    assert!(mails.iter().all(|mail| mail.to_address == "emil@example.org"), "{mails:?}");
    assert_eq!(runtime.store().case_counts(None, START).await.unwrap().open, 0, "it is left out of figures");
    assert!(runtime.end_rehearsal(&Acting::person("rosa"), &process).await.is_err());
    assert_eq!(runtime.end_rehearsal(&emil, &process).await.unwrap(), 1);
    let case = runtime.load_number(left).await.unwrap().case;
    assert!(
        matches!(&case.status, Status::Closed { closing, .. } if closing == "rehearsal ended"),
        "{:?}",
        case.status
    );
    let hand_in = HandIn::default();
    assert!(runtime.open_case(&Acting::person("rosa"), &process, hand_in, None).await.is_err(), "it is over");
    assert!(runtime.store().list_processes().await.unwrap().is_empty());
    // In earnest the same case calls, and nobody can end it like a rehearsal.
    publish(&runtime, FIRST).await;
    let number = open(&runtime, "office-order", "Lamp").await;
    let id = runtime.load_number(number).await.unwrap().case.id.clone();
    assert!(runtime.apply(&id, &Acting::System, &EventKind::RehearsalEnded, "x").await.is_err());
    assert!(runtime.end_rehearsal(&emil, "office-order").await.is_err());
    decided(&runtime, number, 1, "carla", Outcome::Approved).await;
    runtime.run_until_quiet().await.unwrap();
    assert_eq!(runtime.store().practice_calls(10).await.unwrap().len(), 1);
}

/// What is pinned with a version besides its text is told before it is published, and can be read afterwards.
#[tokio::test]
async fn what_stands_beside_a_text_is_told_and_kept_with_its_version() {
    let world = World::new().await;
    let beside = |words: &str| Attachments {
        templates: BTreeMap::from([("slip".to_owned(), words.to_owned())]),
        ..Attachments::default()
    };
    let text = FIRST.replace("Stage Order:\n", "Stage Order:\n- Fill in the note from the template \"slip\".\n");
    let emil = Acting::person("emil");
    let told = async |text: &str, attachments: &Attachments| {
        let publication = world.runtime.publication(&emil, text, attachments).await.unwrap().unwrap();
        let groups = groups(&publication);
        groups.into_iter().find(|group| group.heading == "Beside the text").unwrap().lines.concat()
    };
    assert_eq!(told(&text, &beside("Item: {item}")).await, "The template “slip” is new.");
    world.runtime.publish(&emil, &text, &beside("Item: {item}")).await.unwrap();
    assert_eq!(told(&text, &beside("Item: {item}")).await, "What stands beside the text stands as it stood.");
    assert_eq!(told(&text, &beside("You owe: {item}")).await, "The template “slip” has changed.");
    assert_eq!(told(FIRST, &Attachments::default()).await, "The template “slip” is gone.");

    let version = world.store.current_version("office-order").await.unwrap().unwrap();
    let page = world.get("emil", &format!("/processes/office-order/versions/{}", version.hash)).await.must_be(200);
    page.says("Template “slip”").says("Item: {item}");
    let page = world.get("rosa", &format!("/processes/office-order/versions/{}", version.hash)).await.must_be(200);
    page.says("Template “slip”").says_nothing_of("Item: {item}");
}

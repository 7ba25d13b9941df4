//! A small office whose cases are closed, waiting and refused, made through the production runtime.

use std::collections::BTreeMap;

use countersign::{
    clock::Clock,
    config::{Config, System},
    language::Attachments,
    runtime::{
        Runtime,
        apply::TaskAnswer,
        intake::{HandIn, Upload},
        publish::Published,
    },
    store::Store,
};
use countersign_core::{
    case::{Ask, Outcome, TaskState},
    event::Acting,
    people::Person,
    time::Timestamp,
};
use tempfile::TempDir;

/// A Saturday in November 2026, after the receipts.
const NOW: Timestamp = Timestamp(1_795_250_000_000);

pub fn address(folder: &TempDir, name: &str) -> String {
    format!("sqlite:{}", folder.path().join(name).display())
}

pub fn config() -> Config {
    let bank = System::Practice { answers: BTreeMap::new() };
    Config { systems: BTreeMap::from([("bank system".to_owned(), bank)]), ..Config::default() }
}

/// Opens an empty database and fills it with people and the sample process.
pub async fn office(address: &str) -> Runtime {
    let store = Store::open(address).await.unwrap();
    let runtime = Runtime::start(store, Clock::fixed(NOW), config()).await.unwrap();
    for (id, roles, manager) in [
        ("ada", &["administrator"][..], None),
        ("anna", &["employee"], Some("carla")),
        ("carla", &["employee"], None),
        ("rosa", &["finance lead", "finance desk", "finance director"], None),
    ] {
        let roles = roles.iter().map(|&role| role.to_owned()).collect();
        let person = Person { name: id.to_owned(), roles, manager: manager.map(str::to_owned), ..Person::default() };
        runtime.put_person("test", id, &person, false).await.unwrap();
    }
    let text = include_str!("../../processes/expense-claim/process.md");
    let examples = include_str!("../../processes/expense-claim/examples.jsonl");
    let attachments = Attachments::read(examples).unwrap();
    let published = runtime.publish(&Acting::person("ada"), text, &attachments).await.unwrap();
    assert!(matches!(published, Published::Version { .. }), "{published:?}");
    runtime
}

/// Hands in a claim and runs what is automatic; returns the case.
pub async fn claim(runtime: &Runtime, euros: u32) -> String {
    let words = [
        ("merchant", "Blue Kettle Ltd".to_owned()),
        ("amount", format!("{euros}.50 EUR")),
        ("day_of_purchase", "2026-11-10".to_owned()),
        ("description", "Lunch with a customer".to_owned()),
    ];
    let receipt = format!("BLUE KETTLE LTD\n12 High Street\n10/11/2026 13:02\nTOTAL EUR {euros}.50\nTHANK YOU\n");
    let upload = Upload { field: "receipt".to_owned(), name: "receipt.txt".to_owned(), bytes: receipt.into_bytes() };
    let words = words.into_iter().map(|(name, words)| (name.to_owned(), words)).collect();
    let hand_in = HandIn { words, uploads: vec![upload] };
    let opened = runtime.open_case(&Acting::person("anna"), "expense-claim", hand_in, None).await.unwrap();
    runtime.run_until_quiet().await.unwrap();
    opened.loaded.case.id.clone()
}

/// The manager decides, and what is automatic runs on.
pub async fn decide(runtime: &Runtime, case_id: &str, outcome: Outcome) {
    let loaded = runtime.load(case_id).await.unwrap();
    let open = |task: &&countersign_core::case::Task| {
        matches!((&task.state, &task.ask), (TaskState::Open, Ask::Approve { .. }))
    };
    let task = loaded.case.tasks.iter().find(open).unwrap().number;
    let answer = TaskAnswer {
        outcome,
        reason: Some("seen".to_owned()),
        hand_in: HandIn { words: BTreeMap::new(), uploads: Vec::new() },
        shown: loaded.case.shown(task),
        key: "once".to_owned(),
    };
    runtime.decide_task(case_id, task, &Acting::person("carla"), answer).await.unwrap();
    runtime.run_until_quiet().await.unwrap();
}

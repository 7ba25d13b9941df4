//! Several programs over one PostgreSQL server, as somebody runs them behind a balancer: what one does, the others
//! see, take up and show.

use std::{collections::BTreeMap, time::Duration};

use countersign::{
    clock::Clock,
    config::{Config, System},
    language::Attachments,
    runtime::{Runtime, apply::TaskAnswer, intake::HandIn, publish::Published},
    store::{PersonRow, Store},
};
use countersign_core::{
    case::{Outcome, Status},
    event::{Acting, EventKind},
    people::Person,
    time::Timestamp,
};
use tokio::sync::{broadcast::Receiver, watch};

use crate::postgres::Database;

/// After this long without what is waited for, something is wrong.
const STUCK_AFTER: Duration = Duration::from_secs(60);
/// How often what nobody tells is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Cases that one test moves.
const CASES: usize = 20;

const ORDER: &str = "# Office order

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

/// Two programs over one database.
struct Nodes {
    first: Runtime,
    second: Runtime,
    stop: watch::Sender<bool>,
    database: Database,
}

impl Nodes {
    async fn start() -> Option<Self> {
        let database = Database::fresh().await?;
        let first = node(&database).await;
        let at = first.clock().now();
        for (id, role) in [("rosa", "employee"), ("carla", "finance lead"), ("emil", "finance director")] {
            let email = format!("{id}@example.org");
            let person = Person { name: id.to_owned(), email, roles: vec![role.to_owned()], ..Person::default() };
            let row = PersonRow { id: id.to_owned(), person, sample: false };
            first.store().put_person(row, "test", "added", at).await.expect("a person is kept");
        }
        first.refresh_world().await.expect("people are read");
        let published = first.publish(&Acting::person("emil"), ORDER, &Attachments::default()).await;
        assert!(matches!(published, Ok(Published::Version { .. })), "{published:?}");
        let second = node(&database).await;
        let (stop, _) = watch::channel(false);
        Some(Self { first, second, stop, database })
    }

    async fn end(self) {
        let _ = self.stop.send(true);
        self.first.store().close().await;
        self.second.store().close().await;
        self.database.remove().await;
    }
}

async fn node(database: &Database) -> Runtime {
    let store = Store::open(&database.address()).await.expect("any number of programs open it");
    let mut config = Config::default();
    config.systems.insert("shop system".to_owned(), System::Practice { answers: BTreeMap::new() });
    Runtime::start(store, Clock::System, config).await.expect("the runtime starts")
}

async fn opened(node: &Runtime, item: &str) -> u64 {
    let words = [("item", item), ("amount", "40 EUR")].map(|(name, words)| (name.to_owned(), words.to_owned()));
    let hand_in = HandIn { words: BTreeMap::from(words), uploads: Vec::new() };
    let opened = node.open_case(&Acting::person("rosa"), "office-order", hand_in, None).await;
    opened.expect("a case is opened").loaded.case.number
}

async fn approved(node: &Runtime, number: u64) {
    let loaded = node.load_number(number).await.expect("the case is there");
    let answer = TaskAnswer {
        outcome: Outcome::Approved,
        reason: None,
        hand_in: HandIn::default(),
        shown: loaded.case.shown(1),
        key: format!("approve-{number}"),
    };
    node.decide_task(&loaded.case.id, 1, &Acting::person("carla"), answer).await.expect("it is approved");
}

/// Waits until a node's own pages hear that a case is closed.
async fn hears_of_the_end(node: &Runtime, changes: &mut Receiver<countersign::runtime::Change>, number: u64) {
    let id = node.load_number(number).await.expect("the case is there").case.id.clone();
    let hears = async {
        loop {
            let change = changes.recv().await.expect("the node goes on");
            let is_over = async || {
                let loaded = node.load(&id).await.expect("the case is there");
                matches!(loaded.case.status, Status::Closed { ref closing, .. } if closing == "ordered")
            };
            if change.case_id == id && is_over().await {
                return;
            }
        }
    };
    assert!(tokio::time::timeout(STUCK_AFTER, hears).await.is_ok(), "case {number} is stuck, or nobody was told");
}

/// When the case was approved, and when its order was noted by the shop.
async fn approved_and_ordered(node: &Runtime, number: u64) -> (Timestamp, Timestamp) {
    let id = node.load_number(number).await.expect("the case is there").case.id.clone();
    let events = node.store().events(&id).await.expect("the log is there");
    let decided = |event: &EventKind| matches!(event, EventKind::TaskDecided { .. });
    let approved = events.iter().find(|one| one.event.as_ref().is_some_and(|event| decided(&event.kind)));
    let calls = node.store().practice_calls(1_000).await.expect("the calls are there");
    let call = calls.iter().find(|call| call.key.starts_with(&id)).expect("it was ordered");
    assert_eq!(call.times, 1, "it was ordered once");
    (approved.expect("it was approved").at, call.first_at)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_on_one_node_is_carried_out_by_another_and_shown_on_the_first() {
    let Some(nodes) = Nodes::start().await else { return };
    // The first carries nothing out itself: whatever happens after an approval is the second one's doing.
    let watching = nodes.first.watch_others(nodes.stop.subscribe());
    let sweeping = nodes.second.spawn(nodes.stop.subscribe());
    let looking = nodes.second.watch_others(nodes.stop.subscribe());
    let mut pages = nodes.first.changes();
    let mut took = Vec::new();
    for case in 0..CASES {
        let number = opened(&nodes.first, &format!("Lamp {case}")).await;
        approved(&nodes.first, number).await;
        hears_of_the_end(&nodes.first, &mut pages, number).await;
        let (approved, ordered) = approved_and_ordered(&nodes.first, number).await;
        took.push(ordered.0 - approved.0);
        let id = nodes.first.load_number(number).await.expect("the case is there").case.id.clone();
        assert_eq!(nodes.second.fold_difference(&id).await.expect("the log can be read"), None);
    }
    took.sort_unstable();
    eprintln!("from an approval here to its effect there: {} ms at the median of {CASES}", took[CASES / 2]);
    let _ = nodes.stop.send(true);
    for running in [watching, sweeping, looking] {
        running.await.expect("it stops when it is told to");
    }
    nodes.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_sweep_side_by_side_do_everything_once() {
    let Some(nodes) = Nodes::start().await else { return };
    let both = [&nodes.first, &nodes.second];
    let running = both.map(|node| (node.spawn(nodes.stop.subscribe()), node.watch_others(nodes.stop.subscribe())));
    let cases = futures_util::future::join_all((0..CASES).map(async |case| {
        let number = opened(both[case % 2], &format!("Desk {case}")).await;
        let mut pages = both[case % 2].changes();
        approved(both[(case + 1) % 2], number).await;
        // It may be over before anybody listens; then the log says so.
        let id = both[0].load_number(number).await.expect("the case is there").case.id.clone();
        let over = async || !both[0].load(&id).await.expect("the case is there").case.is_open();
        if !over().await {
            hears_of_the_end(both[case % 2], &mut pages, number).await;
        }
        number
    }))
    .await;
    let numbers: std::collections::BTreeSet<u64> = cases.iter().copied().collect();
    assert_eq!(numbers.len(), CASES, "every case has a number of its own");
    for number in cases {
        approved_and_ordered(&nodes.first, number).await;
    }
    let report = nodes.second.examine(&|_| {}).await.expect("the doctor can look");
    assert_eq!(report.findings, [], "nothing is stuck");
    let _ = nodes.stop.send(true);
    for (sweeping, looking) in running {
        sweeping.await.expect("it stops when it is told to");
        looking.await.expect("it stops when it is told to");
    }
    nodes.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_changed_on_one_node_are_known_on_the_others() {
    let Some(nodes) = Nodes::start().await else { return };
    let looking = nodes.second.watch_others(nodes.stop.subscribe());
    let omar = Person { name: "Omar".to_owned(), roles: vec!["finance lead".to_owned()], ..Person::default() };
    nodes.first.put_person("emil", "omar", &omar, false).await.expect("a person is kept");
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let known = async {
        while nodes.second.world().directory.active("omar").is_none() {
            looks.tick().await;
        }
    };
    assert!(tokio::time::timeout(STUCK_AFTER, known).await.is_ok(), "the second node never heard of omar");
    let number = opened(&nodes.second, "Chair").await;
    let id = nodes.first.load_number(number).await.expect("it is there").case.id.clone();
    let task = nodes.first.store().task_row(&id, 1).await.expect("the inbox can be read").expect("the task is there");
    let waits_for = task.people;
    assert_eq!(waits_for, ["carla", "omar"]);
    let _ = nodes.stop.send(true);
    looking.await.expect("it stops when it is told to");
    nodes.end().await;
}

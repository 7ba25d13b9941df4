//! Cases, events and people for the suites.

use std::{collections::BTreeMap, sync::Arc};

use countersign::store::{CaseOverview, Commit, ContextHashes, PersonRow, Store, TaskRow};
use countersign_core::{
    case::{Case, Document, Status},
    command::Command,
    definition::Who,
    event::{Acting, Event, EventKind},
    people::Person,
    time::{HOUR_MS, Timestamp},
    value::Value,
};

/// The instant at which everything begins.
pub const START: Timestamp = Timestamp(1_790_000_000_000);

/// The opening of a case by `rosa`, as event 1.
pub fn opening(id: &str, number: u64) -> Commit {
    let case = Case {
        number,
        process: "expense-claim".to_owned(),
        version: "v1".to_owned(),
        seq: 1,
        status: Status::Open,
        opened_at: START,
        requester: "rosa".to_owned(),
        ..Case::unopened(id)
    };
    let values = BTreeMap::from([("purpose".to_owned(), Value::text("Trade fair in Leipzig"))]);
    let kind = EventKind::CaseOpened { number, values, documents: BTreeMap::new() };
    Commit {
        case: Arc::new(case),
        expected_seq: 0,
        event: Event::new(START, Acting::person("rosa"), kind),
        dedup: "open".to_owned(),
        context: ContextHashes { definition: "d".repeat(64), directory: "e".repeat(64), calendar: "f".repeat(64) },
        commands: Vec::new(),
        held_until: None,
        aside: Vec::new(),
        acknowledged: None,
        wake_at: Some(START.plus_ms(HOUR_MS)),
        overview: CaseOverview { subject: "Trade fair".to_owned(), ..CaseOverview::default() },
        tasks: Vec::new(),
        decision_record: None,
        now: START,
    }
}

/// The next event of a case: a tick at `at`.
pub fn tick(case: &Case, dedup: &str, at: Timestamp) -> Commit {
    let next = Case { seq: case.seq + 1, steps_taken: case.steps_taken + 1, ..case.clone() };
    Commit {
        expected_seq: case.seq,
        event: Event::new(at, Acting::System, EventKind::Ticked),
        dedup: dedup.to_owned(),
        case: Arc::new(next),
        now: at,
        ..opening(&case.id, case.number)
    }
}

/// A case with this many events, the opening included.
pub async fn case_of(store: &Store, id: &str, number: u64, events: u64) -> Arc<Case> {
    store.commit(opening(id, number)).await.unwrap();
    for seq in 2..=events {
        let case = store.load(id).await.unwrap().unwrap();
        let at = START.plus_ms(i64::try_from(seq).unwrap());
        store.commit(tick(&case, &format!("tick-{seq}"), at)).await.unwrap();
    }
    store.load(id).await.unwrap().unwrap()
}

/// A command to a bank.
pub fn call(key: &str, at_most_once: bool) -> Command {
    Command::CallSystem {
        key: key.to_owned(),
        system: "bank".to_owned(),
        operation: "pay".to_owned(),
        payload: BTreeMap::new(),
        at_most_once,
    }
}

/// An open task of a case that waits for these people.
pub fn task(case: &Case, number: u32, who: Who, people: &[&str], due_at: Timestamp) -> TaskRow {
    TaskRow {
        case_id: case.id.clone(),
        number,
        process: case.process.clone(),
        title: "Approve the claim".to_owned(),
        ask: "approve".to_owned(),
        who,
        assignee: None,
        opened_at: START,
        due_at,
        label: format!("{}-{number}", case.number),
        subject: "Trade fair".to_owned(),
        people: people.iter().map(|person| (*person).to_owned()).collect(),
    }
}

/// A document of a case, of this content.
pub fn document(bytes: &str, text: Option<&str>) -> Document {
    Document {
        field: "receipt".to_owned(),
        name: "receipt.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 3,
        bytes: bytes.to_owned(),
        text: text.map(str::to_owned),
        reader: None,
        no_text: None,
    }
}

/// Adds a person.
pub async fn add_person(store: &Store, id: &str, name: &str, sample: bool) {
    let person = Person { name: name.to_owned(), email: format!("{id}@example.org"), ..Person::default() };
    let row = PersonRow { id: id.to_owned(), person, sample };
    store.put_person(row, "rosa", "added", START).await.unwrap();
}

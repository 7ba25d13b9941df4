//! People, what lets them in, and what is kept beside the cases.

use std::{collections::BTreeMap, sync::Arc};

use countersign::store::{
    BLOB_LIMIT, Collected, Link, LinkPurpose, Mail, Notification, Removed, Session, Store, StoreError, Token, Version,
};
use countersign_core::{
    command::Notice,
    definition::{DEFINITION_FORMAT, Definition, Reading},
    event::EventKind,
};

use super::{
    each, each_that_reads_beside_writing,
    world::{START, add_person, document, opening, task},
};

fn sign_in_link(person: &str) -> Link {
    Link {
        token_hash: "hash-of-a-secret".to_owned(),
        purpose: LinkPurpose::SignIn,
        person: Some(person.to_owned()),
        case_id: None,
        party: None,
        task: None,
        created_at: START,
        expires_at: START.plus_ms(1_000),
        used_at: None,
    }
}

async fn link_is_used_once(store: Store) {
    store.create_link(sign_in_link("rosa")).await.unwrap();
    let link = async |at| store.take_link("hash-of-a-secret", LinkPurpose::SignIn, START.plus_ms(at)).await.unwrap();
    assert_eq!(link(1_000).await, None, "it is over");
    let other = store.take_link("hash-of-a-secret", LinkPurpose::FirstAdministrator, START).await.unwrap();
    assert_eq!(other, None, "it is for something else");
    let takers = (0..100).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.take_link("hash-of-a-secret", LinkPurpose::SignIn, START).await.unwrap() })
    });
    let taken = futures_util::future::join_all(takers).await;
    assert_eq!(taken.into_iter().filter_map(Result::unwrap).count(), 1);
    assert_eq!(store.link("hash-of-a-secret", LinkPurpose::SignIn, START).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_used_once_however_many_try() {
    each_that_reads_beside_writing(link_is_used_once).await;
}

async fn what_lets_people_in(store: Store) {
    add_person(&store, "rosa", "Rosa Lind", false).await;
    let session = Session {
        token_hash: "s".to_owned(),
        person: "rosa".to_owned(),
        csrf: "c".to_owned(),
        created_at: START,
        expires_at: START.plus_ms(10),
    };
    store.create_session(session.clone()).await.unwrap();
    assert_eq!(store.session("s", START.plus_ms(9)).await.unwrap(), Some(session.clone()));
    assert_eq!(store.session("s", START.plus_ms(10)).await.unwrap(), None);
    store.set_credential("rosa", "$argon2id$v=19$...", START).await.unwrap();
    assert_eq!(store.credential("rosa").await.unwrap().as_deref(), Some("$argon2id$v=19$..."));
    assert_eq!(store.session("s", START).await.unwrap(), None, "a new password signs out");
    store.create_session(session).await.unwrap();
    let mut row = store.person("rosa").await.unwrap().unwrap();
    row.person.disabled = true;
    store.put_person(row, "ines", "disabled", START.plus_ms(1)).await.unwrap();
    assert_eq!(store.session("s", START).await.unwrap(), None, "who may not act is signed out");
    let token = Token {
        token_hash: "t".to_owned(),
        person: "rosa".to_owned(),
        name: "laptop".to_owned(),
        created_at: START,
        last_used_at: None,
        revoked_at: None,
    };
    store.create_token(token).await.unwrap();
    store.touch_token("t", START).await.unwrap();
    assert_eq!(store.token("t").await.unwrap().unwrap().last_used_at, Some(START));
    assert!(!store.revoke_token("ines", "t", START).await.unwrap(), "only its owner's");
    assert!(store.revoke_token("rosa", "t", START).await.unwrap());
    assert_eq!(store.token("t").await.unwrap(), None);
    let records = store.records(10, 0).await.unwrap();
    assert_eq!((records[0].by.as_str(), records[0].detail.as_str()), ("ines", "disabled"));
    let directory = store.directory().await.unwrap();
    assert_eq!(directory.active("rosa"), None);
    assert_eq!(directory.name("rosa"), "Rosa Lind");
    assert_eq!(store.people_by_email("Rosa@Example.org").await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_lets_people_in_ends_when_it_should() {
    each(what_lets_people_in).await;
}

async fn documents(store: Store) {
    let kept = store.put_blob("application/pdf", b"kept".to_vec(), START).await.unwrap();
    let text = store.put_text("kept", START).await.unwrap();
    let loose = store.put_blob("application/pdf", b"loose".to_vec(), START).await.unwrap();
    let mut commit = opening("case_a", 1);
    let documents = BTreeMap::from([("receipt-1".to_owned(), document(&kept, Some(&text)))]);
    commit.event.kind = EventKind::CaseOpened { number: 1, values: BTreeMap::new(), documents };
    store.commit(commit).await.unwrap();
    assert_eq!(store.collect_unreferenced(START).await.unwrap(), Collected::default(), "nothing is old enough");
    let collected = store.collect_unreferenced(START.plus_ms(1)).await.unwrap();
    assert_eq!(collected, Collected { blobs: 1, texts: 0 });
    assert_eq!(store.blob(&kept).await.unwrap().unwrap().bytes, b"kept");
    assert_eq!(store.text(&text).await.unwrap().as_deref(), Some("kept"));
    assert_eq!(store.blob(&loose).await.unwrap(), None);
    let refused = store.put_blob("text/plain", vec![0; BLOB_LIMIT + 1], START).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
}

#[tokio::test]
async fn documents_that_a_case_names_are_kept() {
    each(documents).await;
}

async fn once_by_key(store: Store) {
    let pay = async || store.record_practice_call("k", "bank", "pay", &BTreeMap::new(), START).await.unwrap();
    assert_eq!((pay().await, pay().await), (1, 2));
    assert_eq!(store.practice_calls(10).await.unwrap().len(), 1);
    let mail = Mail {
        key: "m".to_owned(),
        case_id: None,
        to_name: "Rosa Lind".to_owned(),
        to_address: "rosa@example.org".to_owned(),
        text: "It was paid.".to_owned(),
        at: START,
    };
    assert!(store.put_mail(mail.clone()).await.unwrap());
    assert!(!store.put_mail(mail.clone()).await.unwrap());
    assert_eq!(store.mails(None, 10).await.unwrap(), [mail]);
    let tell = |person: &str| Notification {
        key: "n".to_owned(),
        person: person.to_owned(),
        case_id: "case_a".to_owned(),
        task: 1,
        notice: Notice::Reminder { count: 2 },
        at: START,
        seen_at: None,
    };
    assert_eq!(store.notify(vec![tell("rosa"), tell("omar")]).await.unwrap(), 2);
    assert_eq!(store.notify(vec![tell("rosa"), tell("ines")]).await.unwrap(), 1);
    store.mark_seen("rosa", START, START).await.unwrap();
    assert!(store.notifications("rosa", true, 10).await.unwrap().is_empty());
    assert_eq!(store.notifications("omar", true, 10).await.unwrap(), [tell("omar")]);
    store.set_setting("zone", "Europe/Berlin").await.unwrap();
    assert_eq!(store.setting_or("zone", "UTC").await.unwrap(), "Europe/Berlin");
    assert_eq!(store.setting_or("secret", "first").await.unwrap(), "first");
    assert_eq!(store.setting_or("secret", "second").await.unwrap(), "first");
}

#[tokio::test]
async fn what_carries_a_key_is_kept_once() {
    each(once_by_key).await;
}

fn version(hash: &str, title: &str) -> Version {
    let definition = Definition {
        format: DEFINITION_FORMAT,
        id: "expense-claim".to_owned(),
        title: title.to_owned(),
        starter: "employee".to_owned(),
        accountable: "finance lead".to_owned(),
        successes: vec!["paid".to_owned()],
        stalls_at: None,
        reading: Reading::default(),
        fields: Vec::new(),
        parties: Vec::new(),
        visibility: Vec::new(),
        stages: Vec::new(),
        withdrawal: None,
        prohibitions: Vec::new(),
        notes: Vec::new(),
        examples: BTreeMap::new(),
        owners: Vec::new(),
        guidelines: std::collections::BTreeMap::new(),
        templates: std::collections::BTreeMap::new(),
        word_templates: std::collections::BTreeMap::new(),
        criteria: std::collections::BTreeMap::new(),
        schedules: Vec::new(),
        readers: None,
    };
    Version {
        hash: hash.to_owned(),
        process: "expense-claim".to_owned(),
        text: format!("# {title}"),
        examples: serde_json::json!([{"text": "train to Bonn", "label": "travel"}]),
        definition,
        compiler_revision: 1,
        published_at: START,
        published_by: "rosa".to_owned(),
    }
}

async fn versions(store: Store) {
    store.publish_version(version("v1", "Expense claim")).await.unwrap();
    store.commit(opening("case_a", 1)).await.unwrap();
    store.publish_version(version("v2", "Expense claims")).await.unwrap();
    assert_eq!(store.current_version("expense-claim").await.unwrap(), Some(version("v2", "Expense claims")));
    assert_eq!(store.version("v1").await.unwrap(), Some(version("v1", "Expense claim")));
    assert_eq!(store.versions("expense-claim").await.unwrap().len(), 2);
    store.publish_version(version("v1", "Expense claim")).await.unwrap();
    let processes = store.list_processes().await.unwrap();
    assert_eq!((processes[0].current_version.as_str(), processes[0].open_cases), ("v1", 1));
    let directory = store.directory().await.unwrap();
    let hash = store.put_snapshot("directory", &directory).await.unwrap();
    assert_eq!(store.put_snapshot("directory", &directory).await.unwrap(), hash);
    assert_eq!(store.snapshot(&hash).await.unwrap(), Some(directory));
}

#[tokio::test]
async fn versions_are_kept_and_the_latest_is_current() {
    each(versions).await;
}

async fn samples(store: Store) {
    for (id, sample) in [("rosa", true), ("omar", true), ("ines", false)] {
        add_person(&store, id, id, sample).await;
    }
    for (number, requester) in [(1, "rosa"), (2, "omar"), (3, "ines")] {
        let mut commit = opening(&format!("case_{number}"), number);
        Arc::make_mut(&mut commit.case).requester = requester.to_owned();
        commit.commands = vec![super::world::call(&format!("case_{number}/pay"), false)];
        commit.tasks = vec![task(&commit.case, 1, countersign_core::definition::Who::Requester, &[requester], START)];
        store.commit(commit).await.unwrap();
        let key = format!("case_{number}/pay");
        store.record_practice_call(&key, "bank", "pay", &BTreeMap::new(), START).await.unwrap();
    }
    let removed = store.remove_samples(&["omar".to_owned()], "ines", START).await.unwrap();
    assert_eq!(removed, Removed { people: 1, cases: 1 });
    assert_eq!(store.load("case_1").await.unwrap(), None);
    assert!(store.load("case_2").await.unwrap().is_some() && store.load("case_3").await.unwrap().is_some());
    assert!(store.events("case_1").await.unwrap().is_empty());
    assert_eq!(store.practice_calls(10).await.unwrap().len(), 2);
    assert!(store.verify_all().await.unwrap().iter().all(|report| report.fault.is_none()));
    let people: Vec<_> = store.people().await.unwrap().into_iter().map(|row| (row.id, row.sample)).collect();
    assert_eq!(people, [("ines".to_owned(), false), ("omar".to_owned(), false)]);
}

#[tokio::test]
async fn the_samples_go_and_the_rest_stays() {
    each(samples).await;
}

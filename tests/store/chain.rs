//! Promise 10: whoever alters the record is found out, and an erasure is not taken for it.

use std::collections::BTreeMap;

use countersign::store::Store;
use countersign_core::{
    canonical::{canonical, digest_bytes},
    event::EventKind,
    value::Value,
};
use serde_json::json;

use super::{
    Fresh, Place,
    world::{START, case_of, opening},
};

/// Tampers with the log of a case of five events and tells what the check says of it.
async fn check(tampering: &str, event: Option<u64>, says: &str) {
    for fresh in Fresh::everywhere().await {
        case_of(&fresh.store, "case_a", 1, 5).await;
        case_of(&fresh.store, "case_b", 2, 5).await;
        assert!(fresh.store.verify_all().await.unwrap().iter().all(|report| report.fault.is_none()));
        fresh.tamper(tampering).await;
        let reports = fresh.store.verify_all().await.unwrap();
        let fault = reports[0].fault.clone().unwrap_or_else(|| panic!("nothing was found after: {tampering}"));
        assert_eq!((reports[0].case_id.as_str(), fault.seq), ("case_a", event), "{tampering}: {}", fault.what);
        assert!(fault.what.contains(says), "{tampering}: {}", fault.what);
        assert_eq!(reports[1].fault, None, "the other case is sound");
        fresh.end().await;
    }
}

#[tokio::test]
async fn an_altered_row_is_found() {
    check("update events set at = at + 1 where case_id = 'case_a' and seq = 3", Some(3), "altered").await;
    check("update events set actor = 'eva' where case_id = 'case_a' and seq = 1", Some(1), "altered").await;
    check(
        "update events set header = replace(header, 'context\":\"', 'context\":\"0') where case_id = 'case_a' and seq = 1",
        Some(1),
        "altered",
    )
    .await;
    check(
        "update payloads set body = replace(body, 'Leipzig', 'Lisbon') where case_id = 'case_a' and seq = 1",
        Some(1),
        "payload of event 1 was altered",
    )
    .await;
    check("update cases set state = replace(state, '\"rosa\"', '\"eva\"') where id = 'case_a'", None, "state").await;
}

#[tokio::test]
async fn what_a_later_program_wrote_is_not_read() {
    for fresh in Fresh::everywhere().await {
        case_of(&fresh.store, "case_a", 1, 2).await;
        fresh.tamper("update cases set state = replace(state, '\"format\":1', '\"format\":2')").await;
        fresh.tamper("update payloads set body = replace(body, '\"format\":1', '\"format\":2')").await;
        // The program that wrote it still knows the case; one that comes later reads what stands there.
        let later = Store::open_read_only(&fresh.address()).await.unwrap();
        let state = later.load("case_a").await.unwrap_err().to_string();
        let event = fresh.store.events("case_a").await.unwrap_err().to_string();
        for (what, told) in [("state of case case_a", state), ("event", event)] {
            assert!(told.contains(what) && told.contains("knows up to 1: update the program"), "{told}");
        }
        fresh.end().await;
    }
}

#[tokio::test]
async fn a_removed_row_is_found() {
    check("delete from events where case_id = 'case_a' and seq = 3", Some(3), "removed").await;
    check("delete from events where case_id = 'case_a' and seq = 5", Some(5), "removed").await;
    check("delete from payloads where case_id = 'case_a' and seq = 2", Some(2), "payload of event 2 was removed").await;
    check("update payloads set body = null where case_id = 'case_a' and seq = 2", Some(2), "without an erasure").await;
    check("delete from cases where id = 'case_a'", None, "log was left").await;
}

#[tokio::test]
async fn a_moved_row_is_found() {
    let swap = "update events set seq = 99, dedup = 'x' where case_id = 'case_a' and seq = 2;
                update events set seq = 2 where case_id = 'case_a' and seq = 3;
                update events set seq = 3, dedup = 'tick-2' where case_id = 'case_a' and seq = 99;";
    check(swap, Some(2), "altered or moved").await;
    let transplant = "delete from events where case_id = 'case_a' and seq = 1;
                      insert into events select 'case_a', seq, at, kind, actor, header, payload_hash, state_hash,
                          hash, dedup from events where case_id = 'case_b' and seq = 1;";
    check(transplant, Some(1), "moved").await;
}

#[tokio::test]
async fn an_erased_payload_keeps_the_chain() {
    for fresh in Fresh::everywhere().await {
        erased(&fresh).await;
        fresh.end().await;
    }
}

async fn erased(fresh: &Fresh) {
    case_of(&fresh.store, "case_a", 1, 3).await;
    assert_eq!(fresh.store.erase_payloads("case_a", START).await.unwrap(), 3);
    assert_eq!(fresh.store.erase_payloads("case_a", START).await.unwrap(), 0);
    let report = fresh.store.verify("case_a").await.unwrap();
    assert_eq!((report.events, report.erased, report.fault), (3, 3, None));
    let events = fresh.store.events("case_a").await.unwrap();
    assert!(events.iter().all(|event| event.event.is_none() && event.erased_at == Some(START)));
    assert_eq!((events[0].kind.as_str(), events[0].by.as_str()), ("case_opened", "rosa"));
    fresh.tamper("update payloads set body = '{}' where case_id = 'case_a' and seq = 2").await;
    let fault = fresh.store.verify("case_a").await.unwrap().fault.unwrap();
    assert!(fault.what.contains("put back"), "{}", fault.what);
}

/// Not only the row: the words are not left in the file either.
#[tokio::test]
async fn erased_words_are_gone_from_the_file() {
    let fresh = Fresh::file().await;
    let mut commit = opening("case_a", 1);
    // Long enough to fill pages of its own, which a database gives back without wiping unless it is told to.
    let values = BTreeMap::from([("purpose".to_owned(), Value::text("Trade fair in Leipzig. ".repeat(1_000)))]);
    commit.event.kind = EventKind::CaseOpened { number: 1, values, documents: BTreeMap::new() };
    fresh.store.commit(commit).await.unwrap();
    fresh.store.close().await;
    let Place::File(folder) = &fresh.place else { panic!("it is a file") };
    let file = folder.path().join("countersign.db");
    let holds = |words: &[u8]| std::fs::read(&file).unwrap().windows(words.len()).any(|window| window == words);
    assert!(holds(b"in Leipzig"), "the words were never in the file");
    let store = Store::open(&fresh.address()).await.unwrap();
    store.erase_payloads("case_a", START).await.unwrap();
    store.close().await;
    assert!(holds(b"case_opened"), "the log itself is there");
    assert!(!holds(b"in Leipzig"), "the erased words are still in the file");
}

/// The first form of a header said everything by itself; a log of that time is read and checked as before.
#[tokio::test]
async fn a_header_of_the_first_form_still_counts() {
    for fresh in Fresh::everywhere().await {
        let commit = opening("case_a", 1);
        let (at, state) = (START.0, canonical(&*commit.case).unwrap());
        let (payload, context) = (canonical(&commit.event).unwrap(), commit.context.clone());
        fresh.store.commit(commit).await.unwrap();
        let header = canonical(&json!({
            "format": 1, "engine": 1, "case": "case_a", "seq": 1, "at": at, "kind": "case_opened", "by": "rosa",
            "standing_for": null, "dedup": "open", "definition": context.definition,
            "directory": context.directory, "calendar": context.calendar,
        }))
        .unwrap();
        let (payload_hash, state_hash) = (digest_bytes(payload.as_bytes()), digest_bytes(state.as_bytes()));
        let hash = digest_bytes(format!("{header}{payload_hash}{state_hash}{}", "0".repeat(64)).as_bytes());
        let rewrite = format!(
            "update payloads set salt = '';
             update events set header = '{header}', payload_hash = '{payload_hash}', hash = '{hash}'"
        );
        fresh.tamper(&rewrite).await;
        let fault = async || fresh.store.verify("case_a").await.unwrap().fault;
        assert_eq!(fault().await, None);
        assert_eq!(fresh.store.events("case_a").await.unwrap()[0].context, Some(context));
        fresh.tamper("update events set actor = 'eva'").await;
        assert!(fault().await.is_some_and(|fault| fault.what.contains("altered")));
        fresh.end().await;
    }
}

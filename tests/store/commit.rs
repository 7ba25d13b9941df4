//! One event is one unit: in order, once, whole or not at all.

use std::{collections::BTreeSet, sync::Arc};

use countersign::store::{CommitError, NewDecisionRecord, PAYLOAD_LIMIT, Store, StoreError};
use countersign_core::{
    case::Status,
    definition::Who,
    event::{Acting, Event, EventKind},
    time::Timestamp,
};

use super::{
    Fresh, each, each_that_reads_beside_writing,
    world::{START, call, case_of, opening, task, tick},
};

/// The answer to whoever opens a case that somebody has just opened.
pub const REPEATED: CommitError = CommitError::Duplicate { seq: 1 };

async fn state_comes_back_as_committed(store: Store) {
    let commit = opening("case_a", 1042);
    let committed = store.commit(commit.clone()).await.unwrap();
    assert_eq!(committed.seq, 1);
    assert_eq!(store.load("case_a").await.unwrap(), Some(commit.case));
    assert_eq!(store.case_id(1042).await.unwrap().as_deref(), Some("case_a"));
    let events = store.events("case_a").await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event, Some(commit.event));
    assert_eq!(events[0].context, Some(commit.context));
    assert_eq!(store.load("case_b").await.unwrap(), None);
}

#[tokio::test]
async fn a_case_comes_back_as_it_was_committed() {
    each(state_comes_back_as_committed).await;
}

async fn stale_event_is_refused(store: Store) {
    let case = case_of(&store, "case_a", 1, 3).await;
    let stale = tick(&opening("case_a", 1).case, "late", START);
    assert_eq!(store.commit(stale).await, Err(CommitError::Conflict { expected: 1, found: 3 }));
    let unknown = tick(&opening("case_b", 2).case, "late", START);
    assert_eq!(store.commit(unknown).await, Err(CommitError::Conflict { expected: 1, found: 0 }));
    assert_eq!(store.load("case_a").await.unwrap(), Some(case));
}

#[tokio::test]
async fn a_stale_event_is_refused() {
    each(stale_event_is_refused).await;
}

async fn repeated_request_names_its_first_event(store: Store) {
    let case = case_of(&store, "case_a", 1, 3).await;
    let again = tick(&case, "tick-2", START);
    assert_eq!(store.commit(again).await, Err(CommitError::Duplicate { seq: 2 }));
    assert_eq!(store.commit(opening("case_a", 1)).await, Err(CommitError::Duplicate { seq: 1 }));
    assert_eq!(store.applied("case_a", "tick-3").await.unwrap(), Some(3));
    assert_eq!(store.applied("case_a", "tick-4").await.unwrap(), None);
    assert_eq!(store.events("case_a").await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_repeated_request_names_its_first_event() {
    each(repeated_request_names_its_first_event).await;
}

/// Two hundred callers race, ten for each of twenty cases: every one gets in, one at a time, and none is lost.
async fn rivals_all_get_in(store: Store) {
    const CASES: u64 = 20;
    const RIVALS: u64 = 10;
    for number in 1..=CASES {
        store.commit(opening(&format!("case_{number}"), number)).await.unwrap();
    }
    let rival = |number: u64, rival: u64| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = format!("case_{number}");
            loop {
                let case = store.load(&id).await.unwrap().unwrap();
                match store.commit(tick(&case, &format!("rival-{rival}"), START)).await {
                    Ok(committed) => break (number, committed.seq),
                    Err(CommitError::Conflict { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        })
    };
    let rivals: Vec<_> = (0..RIVALS).flat_map(|r| (1..=CASES).map(move |n| (n, r))).map(|(n, r)| rival(n, r)).collect();
    let mut places = BTreeSet::new();
    for rival in rivals {
        places.insert(rival.await.unwrap());
    }
    let expected = (1..=CASES).flat_map(|number| (2..=RIVALS + 1).map(move |seq| (number, seq)));
    assert_eq!(places, expected.collect());
    for report in store.verify_all().await.unwrap() {
        assert_eq!((report.events, report.fault), (RIVALS + 1, None));
        let case = store.load(&report.case_id).await.unwrap().unwrap();
        assert_eq!((case.seq, u64::from(case.steps_taken)), (RIVALS + 1, RIVALS));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_rivals_all_get_in_one_at_a_time() {
    each_that_reads_beside_writing(rivals_all_get_in).await;
}

/// Of two hundred that were decided on the same sight of a case one gets in, and the others are told.
async fn one_sight_one_event(store: Store) {
    let opened = opening("case_a", 1);
    store.commit(opened.clone()).await.unwrap();
    let rivals = (0..200).map(|rival| store.commit(tick(&opened.case, &format!("rival-{rival}"), START)));
    let results = futures_util::future::join_all(rivals).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let conflict = Err(CommitError::Conflict { expected: 1, found: 2 });
    assert_eq!(results.iter().filter(|result| **result == conflict).count(), 199);
}

#[tokio::test]
async fn of_two_hundred_on_the_same_sight_one_gets_in() {
    each(one_sight_one_event).await;
}

/// When the disk refuses the commit itself, everybody in the group is told, and nothing of theirs is kept.
#[tokio::test]
async fn what_is_told_of_a_failed_commit_is_what_stands() {
    let fresh = Fresh::file().await;
    // A constraint that is looked at no earlier than at the commit stands for a disk that refuses it.
    let late = "drop table settings;
                create table settings (key text primary key,
                    value text not null references people (id) deferrable initially deferred);";
    fresh.tamper(late).await;
    let store = &fresh.store;
    let (before, refused, after) = tokio::join!(
        store.commit(opening("case_a", 1)),
        store.set_setting("zone", "nobody of this name"),
        store.commit(opening("case_b", 2)),
    );
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    for (id, number, told) in [("case_a", 1, before), ("case_b", 2, after)] {
        let stands = store.load(id).await.unwrap().is_some();
        match told {
            Ok(_) => assert!(stands, "{id} was acknowledged and is lost"),
            Err(CommitError::Store(StoreError::Unavailable { .. })) => {
                assert!(!stands, "{id} was refused and stands");
                store.commit(opening(id, number)).await.unwrap();
            }
            Err(other) => panic!("{id}: {other}"),
        }
    }
}

/// One of many in a group fails at its last statement; the others stand, and of it there is no trace.
async fn failing_change_takes_nothing_with_it(store: Store) {
    let commits = (1..=20).map(|number| {
        let mut commit = opening(&format!("case_{number}"), number);
        commit.commands = vec![call(&format!("case_{number}/pay"), false)];
        let mut same = vec![task(&commit.case, 1, Who::Requester, &["rosa"], START)];
        if number == 7 {
            same.push(same[0].clone());
        }
        commit.tasks = same;
        store.commit(commit)
    });
    let results = futures_util::future::join_all(commits).await;
    for (result, number) in results.iter().zip(1_u64..) {
        let id = format!("case_{number}");
        let kept = number != 7;
        assert_eq!(result.is_ok(), kept, "{id}: {result:?}");
        assert_eq!(store.load(&id).await.unwrap().is_some(), kept);
        assert_eq!(store.events(&id).await.unwrap().len(), usize::from(kept));
        assert_eq!(store.effects_of(&id).await.unwrap().len(), usize::from(kept));
        assert_eq!(store.task_row(&id, 1).await.unwrap().is_some(), kept);
    }
    assert!(store.verify_all().await.unwrap().iter().all(|report| report.fault.is_none()));
}

#[tokio::test]
async fn a_failing_change_takes_nothing_with_it() {
    each(failing_change_takes_nothing_with_it).await;
}

async fn acknowledged_effect_goes_with_its_event(store: Store) {
    let mut first = opening("case_a", 1);
    first.commands = vec![call("case_a/pay", false)];
    store.commit(first.clone()).await.unwrap();
    let paying = store.claim_effects(START, 9, 1_000).await.unwrap().remove(0).lease();
    let record = NewDecisionRecord {
        key: "case_a/ask".to_owned(),
        at: START,
        step: "0.1".to_owned(),
        agent: "classify".to_owned(),
        engine: "offline".to_owned(),
        prompt: None,
        input: "i".repeat(64),
        proposal: None,
        facts: None,
        verdict: None,
        request_text: Some("What is this?".to_owned()),
        response_text: Some("A train ticket.".to_owned()),
    };
    let mut second = tick(&first.case, "done", START);
    second.acknowledged = Some(paying);
    second.commands = vec![call("case_a/tell", false)];
    second.decision_record = Some(record.clone());
    second.expected_seq = 5;
    Arc::make_mut(&mut second.case).seq = 6;
    store.commit(second.clone()).await.unwrap_err();
    let keys = |effects: Vec<countersign::store::EffectRow>| effects.into_iter().map(|e| e.key).collect::<Vec<_>>();
    assert_eq!(keys(store.effects_of("case_a").await.unwrap()), ["case_a/pay"]);
    second.expected_seq = 1;
    Arc::make_mut(&mut second.case).seq = 2;
    store.commit(second).await.unwrap();
    assert_eq!(keys(store.effects_of("case_a").await.unwrap()), ["case_a/tell"]);
    let records = store.decision_records("case_a").await.unwrap();
    assert_eq!((records[0].seq, &records[0].record), (2, &record));
}

#[tokio::test]
async fn an_acknowledged_effect_goes_with_its_event() {
    each(acknowledged_effect_goes_with_its_event).await;
}

async fn what_must_not_be_stored_is_refused(store: Store) {
    let mut large = opening("case_a", 1);
    let reason = Some("x".repeat(PAYLOAD_LIMIT));
    large.event = Event::new(START, Acting::person("rosa"), EventKind::CaseWithdrawn { reason });
    let refused = store.commit(large).await.unwrap_err();
    assert!(matches!(refused, CommitError::Store(StoreError::TooLarge { limit: PAYLOAD_LIMIT, .. })), "{refused}");
    let mut skipped = opening("case_a", 1);
    Arc::make_mut(&mut skipped.case).seq = 2;
    let refused = store.commit(skipped).await.unwrap_err();
    assert!(matches!(refused, CommitError::Store(StoreError::Refused { .. })), "{refused}");
    assert_eq!(store.load("case_a").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_too_large_or_out_of_order_is_refused() {
    each(what_must_not_be_stored_is_refused).await;
}

async fn wakes_come_in_order(store: Store) {
    for (number, wake) in [(1, Some(300)), (2, Some(100)), (3, None), (4, Some(200)), (5, Some(900))] {
        let mut commit = opening(&format!("case_{number}"), number);
        commit.wake_at = wake.map(Timestamp);
        store.commit(commit).await.unwrap();
    }
    assert_eq!(store.next_wake().await.unwrap(), Some(Timestamp(100)));
    assert_eq!(store.due_cases(Timestamp(99), 10).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.due_cases(Timestamp(300), 10).await.unwrap(), ["case_2", "case_4", "case_1"]);
    assert_eq!(store.due_cases(Timestamp(300), 2).await.unwrap(), ["case_2", "case_4"]);
    let case = store.load("case_2").await.unwrap().unwrap();
    let mut closing = tick(&case, "close", START);
    Arc::make_mut(&mut closing.case).status = Status::Closed { closing: "paid".to_owned(), success: true, at: START };
    closing.wake_at = None;
    store.commit(closing).await.unwrap();
    assert!(store.set_wake("case_4", 1, Some(Timestamp(50))).await.unwrap());
    assert!(!store.set_wake("case_4", 9, Some(Timestamp(10))).await.unwrap());
    assert!(!store.set_wake("case_2", 2, Some(Timestamp(10))).await.unwrap());
    assert_eq!(store.next_wake().await.unwrap(), Some(Timestamp(50)));
}

#[tokio::test]
async fn cases_wake_in_the_order_of_their_instants() {
    each(wakes_come_in_order).await;
}

async fn numbers_are_given_once(store: Store) {
    let numbers = futures_util::future::join_all((0..50).map(|_| store.next_case_number())).await;
    let given: BTreeSet<u64> = numbers.into_iter().map(Result::unwrap).collect();
    assert_eq!(given, (1001..1051).collect());
}

#[tokio::test]
async fn a_case_number_is_given_once() {
    each(numbers_are_given_once).await;
}

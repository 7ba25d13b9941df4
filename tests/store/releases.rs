//! Money that leaves on an agent's word is counted for a case and for a day, once for each call.

use countersign::store::{Release, Released, Store};
use countersign_core::{
    time::{DAY_MS, Timestamp},
    value::Money,
};
use futures_util::future::join_all;

use super::{Fresh, Place, each, world::START};

/// The most that may leave in a case and in a day, in minor units.
const CASE: i64 = 100;
const DAY: i64 = 250;

fn call(key: &str, minor: i64, at: Timestamp) -> Release {
    let case_id = key.split('/').next().unwrap_or_default().to_owned();
    let money = Money { minor, currency: "EUR".to_owned() };
    Release { key: key.to_owned(), case_id, money, case_limit: Some(CASE), day_limit: Some(DAY), at }
}

const fn leaves(case: i64, day: i64) -> Released {
    Released { may_leave: true, case, day }
}

const fn held(case: i64, day: i64) -> Released {
    Released { may_leave: false, case, day }
}

async fn calls_are_counted(store: Store) {
    let tomorrow = START.plus_ms(DAY_MS);
    let dollars = |key: &str| Release { money: Money { minor: 90, currency: "USD".to_owned() }, ..call(key, 0, START) };
    let unlimited = |key: &str| Release { case_limit: None, day_limit: None, ..call(key, i64::MAX - 500, START) };
    for (release, expected) in [
        (call("a/1", 60, START), leaves(0, 0)),
        (call("a/2", 41, START), held(60, 60)),
        (call("a/3", 40, START), leaves(60, 60)),
        // Counted once, and let through as often as it is tried, also on another day.
        (call("a/1", 60, START), leaves(100, 100)),
        (call("a/1", 60, tomorrow), leaves(100, 0)),
        (call("b/1", 100, START), leaves(0, 100)),
        (call("c/1", 51, START), held(0, 200)),
        (call("c/2", 50, START), leaves(0, 200)),
        (call("d/1", 1, START), held(0, 250)),
        (call("d/2", 0, START), leaves(0, 250)),
        (dollars("d/3"), leaves(0, 0)),
        // The next day counts anew, a case from its start.
        (call("d/1", 100, tomorrow), leaves(0, 0)),
        (call("a/4", 1, tomorrow), held(100, 100)),
        // Another limit counts what has left all the same, and no sum is more than can be written down.
        (Release { day_limit: Some(251), ..call("e/1", 1, START) }, leaves(0, 250)),
        (unlimited("e/2"), leaves(1, 251)),
        (unlimited("e/3"), held(i64::MAX - 499, i64::MAX - 249)),
    ] {
        let key = release.key.clone();
        assert_eq!(store.count_release(release).await.unwrap(), expected, "{key}");
    }
}

#[tokio::test]
async fn what_leaves_is_counted_for_a_case_and_a_day() {
    each(calls_are_counted).await;
}

/// Two programs and many calls at the same time: together they let no more leave than may.
#[tokio::test(flavor = "multi_thread")]
async fn programs_side_by_side_count_for_each_other() {
    for fresh in Fresh::everywhere().await {
        let other = match &fresh.place {
            Place::Server(_) => Store::open(&fresh.address()).await.unwrap(),
            Place::File(_) => fresh.store.clone(),
        };
        let stores = [&fresh.store, &other];
        let all = (0..40).map(|number| {
            // Each is tried by both programs, as after a lease that ran out.
            let tried =
                stores.map(|store| store.count_release(call(&format!("case{}/{number}", number % 8), 20, START)));
            join_all(tried)
        });
        let left = join_all(all).await.into_iter().filter(|tried| {
            let mut may: Vec<bool> = tried.iter().map(|one| one.as_ref().unwrap().may_leave).collect();
            may.dedup();
            may.contains(&true)
        });
        assert_eq!(left.count(), 12, "12 of 20 fit below {DAY}");
        let after = fresh.store.count_release(call("case0/after", 20, START)).await.unwrap();
        assert_eq!((after.may_leave, after.day), (false, 240));
        if let Place::Server(_) = &fresh.place {
            other.close().await;
        }
        fresh.end().await;
    }
}

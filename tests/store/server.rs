//! What a server is for: many programs over one database, started in any order, each seeing what the others do.

use countersign::store::{Store, StoreError};

use super::world::{START, case_of, opening, tick};
use crate::postgres::Database;

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_at_the_same_time_find_one_schema() {
    let Some(database) = Database::fresh().await else { return };
    let address = database.address();
    let stores = futures_util::future::join_all((0..6).map(|_| Store::open(&address))).await;
    let stores: Vec<Store> = stores.into_iter().map(Result::unwrap).collect();
    stores[0].commit(opening("case_a", 1)).await.unwrap();
    for store in &stores {
        assert_eq!(store.load("case_a").await.unwrap().unwrap().seq, 1);
        assert!(store.is_shared());
        store.close().await;
    }
    database.remove().await;
}

/// Several programs race for the events of one case, and all of them open the same one.
#[tokio::test(flavor = "multi_thread")]
async fn programs_that_race_for_a_case_get_in_one_at_a_time() {
    let Some(database) = Database::fresh().await else { return };
    let mut stores = Vec::new();
    for _ in 0..3 {
        stores.push(Store::open(&database.address()).await.unwrap());
    }
    for number in 1..=20 {
        let id = format!("case_{number}");
        let opened =
            futures_util::future::join_all(stores.iter().map(|store| store.commit(opening(&id, number)))).await;
        assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1, "{opened:?}");
        assert!(opened.iter().all(|opened| matches!(opened, Ok(_) | Err(super::commit::REPEATED))), "{opened:?}");
    }
    let case = case_of(&stores[0], "case_a", 99, 1).await;
    let rivals = (0..60).map(|rival| stores[rival % 3].commit(tick(&case, &format!("rival-{rival}"), START)));
    let results = futures_util::future::join_all(rivals).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(stores[1].verify_all().await.unwrap().iter().all(|report| report.fault.is_none()));
    for store in &stores {
        store.close().await;
    }
    database.remove().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_without_the_password() {
    let told = Store::open("postgres://rosa:secret@127.0.0.1:9/cases").await.unwrap_err();
    assert!(matches!(told, StoreError::Unavailable { .. }), "{told}");
    assert!(!told.to_string().contains("secret"), "{told}");
    let Some(database) = Database::fresh().await else { return };
    let elsewhere = database.address().replacen("postgres?", "no_such_database?", 1);
    if elsewhere != database.address() {
        let told = Store::open(&elsewhere).await.unwrap_err().to_string();
        assert!(told.contains("no_such_database") && told.contains("make the database"), "{told}");
    }
    database.remove().await;
}

//! Opening: one server at a time, no database of a newer program, and what was acknowledged is there after a kill.

use countersign::store::{Store, StoreError};
use tempfile::TempDir;

use super::{
    Fresh, Place, address,
    world::{START, case_of, opening, tick},
};

#[tokio::test]
async fn a_second_server_is_refused_and_a_reader_is_not() {
    let fresh = Fresh::file().await;
    case_of(&fresh.store, "case_a", 1, 2).await;
    let refused = Store::open(&fresh.address()).await.unwrap_err();
    let told = refused.to_string();
    assert!(
        told.contains("another countersign serves this database") && told.contains("countersign.db.lock"),
        "{told}"
    );
    let reader = Store::open_read_only(&fresh.address()).await.unwrap();
    assert_eq!(reader.load("case_a").await.unwrap().unwrap().seq, 2);
    let refused = reader.set_setting("zone", "UTC").await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    fresh.store.close().await;
    let next = Store::open(&fresh.address()).await.unwrap();
    assert_eq!(next.load("case_a").await.unwrap().unwrap().seq, 2);
    let closed = fresh.store.set_setting("zone", "UTC").await.unwrap_err();
    assert!(matches!(closed, StoreError::Unavailable { .. }), "{closed}");
}

#[tokio::test]
async fn a_reader_needs_no_server() {
    let fresh = Fresh::file().await;
    case_of(&fresh.store, "case_a", 1, 2).await;
    fresh.store.close().await;
    let reader = Store::open_read_only(&fresh.address()).await.unwrap();
    assert!(reader.verify("case_a").await.unwrap().fault.is_none());
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    for fresh in Fresh::everywhere().await {
        fresh.store.set_setting("zone", "Europe/Berlin").await.unwrap();
        fresh.store.close().await;
        fresh
            .tamper(
                "insert into schema_migrations (version, description, success, checksum, execution_time)
                     values (99, 'later', true, '', 0);
                 update settings set value = '99' where key = 'schema.oldest_program';",
            )
            .await;
        let newer = StoreError::NewerSchema { found: 99, known: 12 };
        assert_eq!(Store::open(&fresh.address()).await.unwrap_err(), newer);
        assert_eq!(Store::open_read_only(&fresh.address()).await.unwrap_err(), newer);
        // A newer program that only added something lets this one go on working beside it.
        fresh.tamper("update settings set value = '10' where key = 'schema.oldest_program'").await;
        let beside = Store::open(&fresh.address()).await.unwrap();
        assert_eq!(beside.setting("zone").await.unwrap().as_deref(), Some("Europe/Berlin"));
        assert_eq!(beside.setting("schema.oldest_program").await.unwrap().as_deref(), Some("10"));
        beside.close().await;
        fresh.end().await;
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let missing = Store::open_read_only(&address(&folder)).await.unwrap_err();
    assert!(missing.to_string().contains("there is no database file"), "{missing}");
    std::fs::write(folder.path().join("countersign.db"), "not a database, but long enough to look at".repeat(50))
        .unwrap();
    let damaged = Store::open(&address(&folder)).await.unwrap_err();
    assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged}");
    let other = Store::open("mysql://host/database").await.unwrap_err();
    assert!(matches!(other, StoreError::Address { .. }), "{other}");
}

/// Promise 1, as far as a test can see it: the file is copied as it stands when the answer comes, which is what a
/// kill leaves behind, and the copy holds everything acknowledged.
#[tokio::test]
async fn an_acknowledged_event_is_in_the_file_when_the_answer_comes() {
    let fresh = Fresh::file().await;
    fresh.store.commit(opening("case_a", 1)).await.unwrap();
    for seq in 2..=20 {
        let case = fresh.store.load("case_a").await.unwrap().unwrap();
        fresh.store.commit(tick(&case, &format!("tick-{seq}"), START)).await.unwrap();
        let copy = TempDir::new().unwrap();
        let Place::File(folder) = &fresh.place else { panic!("it is a file") };
        for name in ["countersign.db", "countersign.db-wal"] {
            std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        let survivor = Store::open(&address(&copy)).await.unwrap();
        assert_eq!(survivor.load("case_a").await.unwrap().unwrap().seq, seq);
        assert_eq!(survivor.verify("case_a").await.unwrap().fault, None);
    }
}

/// Whatever is written into a file that was removed is lost when the program stops, so it is not acknowledged.
#[tokio::test]
async fn a_file_that_is_removed_under_the_program_takes_nothing_more() {
    let fresh = Fresh::file().await;
    let Place::File(folder) = &fresh.place else { panic!("it is a file") };
    case_of(&fresh.store, "case_a", 1, 2).await;
    let (file, aside) = (folder.path().join("countersign.db"), folder.path().join("aside.db"));
    std::fs::rename(&file, &aside).unwrap();
    let refused = fresh.store.set_setting("zone", "UTC").await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }), "{refused}");
    assert!(refused.to_string().contains("removed or replaced"), "{refused}");
    // Another file under the same name is not the one that was opened either.
    std::fs::copy(&aside, &file).unwrap();
    assert!(fresh.store.set_setting("zone", "UTC").await.is_err());
}

/// Another program that writes the file for long makes a change fail, and not the program.
#[tokio::test]
async fn a_file_that_somebody_else_holds_is_told() {
    let fresh = Fresh::file().await;
    let Place::File(folder) = &fresh.place else { panic!("it is a file") };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("countersign.db"));
    let mut beside = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut beside).await.unwrap();
    let refused = fresh.store.set_setting("zone", "UTC").await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }), "{refused}");
    sqlx::raw_sql("rollback").execute(&mut beside).await.unwrap();
    fresh.store.set_setting("zone", "UTC").await.unwrap();
    assert_eq!(fresh.store.setting("zone").await.unwrap().as_deref(), Some("UTC"));
}

//! A whole database moves to another one, and nothing is lost or added on the way.

use std::collections::BTreeSet;

use countersign::{clock::Clock, runtime::Runtime, store::Store};
use countersign_core::case::Outcome;
use tempfile::TempDir;

use super::desk::{address, claim, config, decide, office};
use crate::postgres::Database;

/// How many cases are moved unless told otherwise; `MOVED_CASES=10000` moves more.
const CASES: u32 = 12;

async fn exported(store: &Store) -> String {
    let mut text = Vec::new();
    store.export(&mut text, "2026-11-21T08:00:00Z").await.unwrap();
    String::from_utf8(text).unwrap()
}

/// The rows of an export, whatever the order that a database keeps its texts in.
fn rows(export: &str) -> BTreeSet<&str> {
    let lines = export.lines().count();
    export.lines().take(lines - 1).collect()
}

/// Moves an export into the database at this address, and applies every case again there.
async fn moved(export: &str, address: &str, cases: u64) -> Store {
    let store = Store::open(address).await.unwrap();
    let read = store.import(&mut export.as_bytes()).await.unwrap();
    assert_eq!(read, export.lines().count() as u64 - 2, "every line between the first and the last is a row");
    let runtime = Runtime::start_reading(store.clone(), Clock::System, config()).await.unwrap();
    let audit = runtime.audit(None, &|_| {}).await.unwrap();
    assert_eq!((audit.cases, &audit.differences[..]), (cases, &[][..]));
    let again = exported(&store).await;
    assert_eq!(rows(export), rows(&again), "what comes out is what went in");
    store
}

#[tokio::test]
async fn a_whole_database_moves_both_ways() {
    let cases = std::env::var("MOVED_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let folder = TempDir::new().unwrap();
    let runtime = office(&address(&folder, "first.db")).await;
    for number in 0..cases {
        let case = claim(&runtime, 20 + number % 400).await;
        match number % 3 {
            0 => decide(&runtime, &case, Outcome::Approved).await,
            1 => decide(&runtime, &case, Outcome::Rejected).await,
            _ => {}
        }
    }
    let export = exported(runtime.store()).await;
    runtime.store().close().await;
    let cases = u64::from(cases);
    let second = moved(&export, &address(&folder, "second.db"), cases).await;
    // What is there already is not mixed with what comes.
    let refused = second.import(&mut export.as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("the database is not empty"), "{refused}");
    second.close().await;
    match Database::fresh().await {
        None => eprintln!("SKIPPED: there is no PostgreSQL server to move to"),
        Some(server) => {
            let there = moved(&export, &server.address(), cases).await;
            let export = exported(&there).await;
            there.close().await;
            moved(&export, &address(&folder, "third.db"), cases).await.close().await;
            server.remove().await;
        }
    }
    // Work goes on where it was moved to.
    let store = Store::open(&address(&folder, "second.db")).await.unwrap();
    let on = Runtime::start(store, runtime.clock().clone(), config()).await.unwrap();
    let waiting = on.load_number(1003).await.unwrap().case.id.clone();
    decide(&on, &waiting, Outcome::Approved).await;
    assert!(!on.load(&waiting).await.unwrap().case.is_open());
    on.store().close().await;
}

#[tokio::test]
async fn an_export_that_was_cut_off_or_altered_is_not_served() {
    let folder = TempDir::new().unwrap();
    let runtime = office(&address(&folder, "first.db")).await;
    claim(&runtime, 20).await;
    let export = exported(runtime.store()).await;
    let lines: Vec<&str> = export.lines().collect();
    let cut = lines[..lines.len() - 1].join("\n");
    let altered = export.replacen("Blue Kettle", "Red Kettle", 1);
    assert_ne!(altered, export);
    for (name, text) in [("cut.db", cut), ("altered.db", altered)] {
        let store = Store::open(&address(&folder, name)).await.unwrap();
        store.import(&mut text.as_bytes()).await.unwrap_err();
        let refused = store.may_serve().await.unwrap_err();
        assert!(refused.to_string().contains("stopped halfway"), "{refused}");
        store.close().await;
    }
    let newer = export.replacen("\"schema\":", "\"schema\":9", 1);
    let store = Store::open(&address(&folder, "newer.db")).await.unwrap();
    let refused = store.import(&mut newer.as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("a program of the same schema"), "{refused}");
    store.close().await;
}

/// A table or a column that a later schema adds would be left behind without a word.
#[tokio::test]
async fn every_column_of_every_table_moves() {
    let folder = TempDir::new().unwrap();
    Store::open(&address(&folder, "first.db")).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("first.db"));
    let mut beside = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let there: Vec<(String, String)> = sqlx::query_as(
        "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
         where m.type = 'table' and m.name not in ('schema_migrations', 'sqlite_sequence') order by 1, 2",
    )
    .fetch_all(&mut beside)
    .await
    .unwrap();
    let mut moved = countersign::store::moved_columns();
    moved.sort();
    let there: Vec<(&str, &str)> = there.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
    assert_eq!(moved, there, "left: what moves, right: what is there");
}

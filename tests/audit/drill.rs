//! The drill: back up while work goes on, restore, audit; and an older copy in the place of a newer one is noticed.

use std::{fs, path::Path, process::Command};

use countersign::{
    clock::Clock,
    runtime::{Runtime, checkpoint::Checkpoint},
    store::{Store, StoreError},
};
use countersign_core::case::Outcome;
use tempfile::TempDir;

use super::desk::{address, claim, config, decide, office};

/// The real program with these arguments: whether it went well, and what it said.
pub fn countersign(arguments: &[&str]) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_countersign")).args(arguments).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.success(), said)
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_work_goes_on_is_whole() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    let runtime = office(&live).await;
    for euros in 20..23 {
        let case = claim(&runtime, euros).await;
        decide(&runtime, &case, Outcome::Approved).await;
    }
    let copy = path(&folder, "copy.db");
    // The copy is made by another process, as a timer of the system would, while a case is being worked on.
    let (backup, _) = tokio::join!(
        tokio::task::spawn_blocking({
            let (live, copy) = (live.clone(), copy.clone());
            move || countersign(&["backup", &copy, "--database", &live])
        }),
        claim(&runtime, 30)
    );
    let (well, said) = backup.unwrap();
    assert!(well && said.contains(": 0 differences"), "{said}");
    let (well, said) = countersign(&["backup", &copy, "--database", &live]);
    assert!(!well && said.contains("is there already"), "{said}");
    assert!(!Path::new(&format!("{copy}.part")).exists());
    // Restored: it audits clean, and every case of before is there and can go on.
    let (well, said) = countersign(&["audit", "verify", "--database", &format!("sqlite:{copy}")]);
    assert!(well && said.contains(": 0 differences") && said.contains("not seen by this"), "{said}");
    runtime.store().close().await;
    let store = Store::open(&format!("sqlite:{copy}")).await.unwrap();
    let restored = Runtime::start(store, Clock::System, config()).await.unwrap();
    assert!(!restored.load_number(1003).await.unwrap().case.is_open(), "the third case was closed");
    restored.run_until_quiet().await.unwrap();
    assert_eq!(restored.audit(None, &|_| {}).await.unwrap().found, 0);
    restored.store().close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_commands_write_of_a_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    office(&live).await.store().close().await;
    for arguments in [&["export"][..], &["audit", "checkpoint"], &["backup"]] {
        let file = path(&folder, arguments.last().unwrap());
        let (well, said) = countersign(&[arguments, &[&file, "--database", &live]].concat());
        assert!(well, "{said}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{arguments:?}");
        let (well, said) = countersign(&[arguments, &[&file, "--database", &live]].concat());
        assert!(!well && said.contains(&file), "{said}");
    }
}

#[tokio::test]
async fn a_person_is_told_all_that_waits_for_them_and_an_unknown_one_is_refused() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    let runtime = office(&live).await;
    claim(&runtime, 700).await;
    runtime.store().close().await;
    let waits = |person: &str| countersign(&["task", "list", "--as", person, "--database", &live]);
    let (well, said) = waits("rosa");
    assert!(well && said.contains("1001-"), "what waits for a role waits for whoever has it: {said}");
    let (well, said) = waits("anna");
    assert!(well && said.contains("nothing waits for anna"), "{said}");
    let (well, said) = waits("Rosa");
    assert!(!well && said.contains("did you mean `rosa`?"), "{said}");
    for command in [&["task", "list"][..], &["case", "show", "1001"], &["case", "explain", "1001"]] {
        let (well, said) = countersign(&[command, &["--as", "nobody.at.all", "--database", &live]].concat());
        assert!(!well && said.contains("nobody here is known by that; see `countersign person list`"), "{said}");
    }
}

#[tokio::test]
async fn an_older_copy_in_its_place_is_noticed() {
    let folder = TempDir::new().unwrap();
    let (live, file) = (address(&folder, "live.db"), path(&folder, "live.db"));
    let runtime = office(&live).await;
    let now = runtime.clock().now();
    runtime.store().enter(&live, false, now).await.unwrap();
    claim(&runtime, 20).await;
    let copy = path(&folder, "copy.db");
    Store::backup(&live, Path::new(&copy)).await.unwrap();
    claim(&runtime, 21).await;
    runtime.store().beat(&live).await.unwrap();
    runtime.store().close().await;
    // Somebody puts the copy back.
    fs::copy(&copy, &file).unwrap();
    let store = Store::open(&live).await.unwrap();
    let refused = store.enter(&live, false, now).await.unwrap_err();
    assert!(matches!(refused, StoreError::OlderCopy { .. }) && refused.to_string().contains("--restored"), "{refused}");
    store.close().await;
    let (well, said) = countersign(&["serve", "--database", &live, "--listen", "127.0.0.1:0"]);
    assert!(!well && said.contains("is an older copy of the database"), "{said}");
    // On purpose, once, and it is on record.
    let store = Store::open(&live).await.unwrap();
    store.enter(&live, true, now).await.unwrap();
    let record = store.records(1, 0).await.unwrap().remove(0);
    assert!(record.what == "restore" && record.detail.contains("an older copy was restored"), "{record:?}");
    store.close().await;
    let store = Store::open(&live).await.unwrap();
    store.enter(&live, false, now).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_checkpoint_shows_what_the_chain_alone_cannot() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    let runtime = office(&live).await;
    let (first, second) = (claim(&runtime, 20).await, claim(&runtime, 21).await);
    let mut text = Vec::new();
    let (cases, digest) = runtime.write_checkpoint(&mut text, "2026-11-21T08:00:00Z").await.unwrap();
    let checkpoint = Checkpoint::read(text.as_slice()).unwrap();
    assert_eq!((cases, &checkpoint.digest), (2, &digest));
    decide(&runtime, &first, Outcome::Approved).await;
    let audit = runtime.audit(Some(&checkpoint), &|_| {}).await.unwrap();
    assert_eq!(audit.differences, []);
    let told = format!("{:?}", audit.unseen);
    assert!(told.contains("after the checkpoint of 2026-11-21T08:00:00Z"), "{told}");
    runtime.store().close().await;
    // A whole case with everything of it: the chain is none the wiser, the checkpoint is.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("live.db")).foreign_keys(false);
    let mut beside = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for table in [
        "events",
        "payloads",
        "tasks",
        "task_people",
        "effects",
        "case_states",
        "case_documents",
        "decision_records",
        "releases",
        "release_cases",
    ] {
        let sql = format!("delete from {table} where case_id = '{second}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut beside).await.unwrap();
    }
    let sql = format!("delete from cases where id = '{second}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut beside).await.unwrap();
    sqlx::Connection::close(beside).await.unwrap();
    let store = Store::open_read_only(&live).await.unwrap();
    let reader = Runtime::start_reading(store, Clock::System, config()).await.unwrap();
    let blind = reader.audit(None, &|_| {}).await.unwrap();
    assert_eq!(blind.differences, [], "and it says so: {:?}", blind.unseen);
    assert!(blind.unseen[0].contains("whole case was removed"));
    let seen = reader.audit(Some(&checkpoint), &|_| {}).await.unwrap();
    assert_eq!((seen.found, seen.differences[0].case.as_deref()), (1, Some(second.as_str())));
    assert!(seen.differences[0].what.contains("the whole case was removed"), "{:?}", seen.differences);
}

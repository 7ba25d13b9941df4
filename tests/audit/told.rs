//! What the command line tells of a case and of the records, and what it does with `--server`.

use countersign_core::{
    case::Outcome,
    people::{Absence, Person},
    time::{DAY_MS, Timestamp},
};
use tempfile::TempDir;

use super::{
    desk::{address, claim, decide, office},
    drill::countersign,
};

#[tokio::test]
async fn a_case_is_explained_with_its_grounds() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    let runtime = office(&live).await;
    let case = claim(&runtime, 20).await;
    claim(&runtime, 30).await;
    decide(&runtime, &case, Outcome::Rejected).await;
    let version = runtime.load(&case).await.unwrap().case.version.clone();
    runtime.store().close().await;
    let explain = |number: &str| {
        let (well, said) = countersign(&["case", "explain", number, "--database", &live]);
        assert!(well && !said.contains("agent at") && !said.contains("offline, act"), "{said}");
        said
    };
    let closed = explain("1001");
    for expected in [
        "Expense claim · closed as rejected",
        &format!("opened by anna, runs version {}", &version[..12]),
        "  2026-11-21T08:33:20Z  Anna opened the case.",
        "Agrees: the amount is the same as the total on the receipt.",
        "reason: “it is most like the examples of this word”",
        "Carla rejected the claim.\n        “seen”\n        The case closed as rejected.",
    ] {
        assert!(closed.contains(expected), "{expected:?} is missing in\n{closed}");
    }
    let waiting = explain("1002");
    assert!(waiting.contains("waiting for the manager of the employee (carla)"), "{waiting}");
}

#[test]
fn no_command_drops_the_server_or_the_name_beside_it() {
    let check = |arguments: &[&str], expected: &str| {
        let (well, said) = countersign(&[arguments, &["--server", "http://127.0.0.1:9"]].concat());
        assert!(!well && said.contains(expected), "{arguments:?}: {said}");
    };
    for read in [
        &["case", "list"][..],
        &["case", "show", "1001"],
        &["case", "explain", "1001"],
        &["case", "migrate", "1001", "--look"],
        &["task", "list", "--as", "rosa"],
        &["person", "list"],
        &["person", "add", "rosa"],
        &["person", "link", "rosa"],
        &["models"],
        &["doctor"],
        &["audit", "verify"],
        &["backup", "copy.db"],
        &["export", "rows"],
    ] {
        check(read, "works on the database and is not sent to a server");
    }
    check(&["check", "process.md"], "needs no server and asks none");
    check(&["serve"], "needs no server and asks none");
    for change in [
        &["task", "decide", "1001-1", "approve"][..],
        &["case", "open", "expense-claim"],
        &["case", "hold", "1001", "--reason", "a look at it"],
        &["case", "migrate", "1001"],
        &["publish", "processes/expense-claim/process.md"],
    ] {
        let named = [change, &["--as", "rosa"]].concat();
        check(&named, "says who acts, so that `rosa` would not");
    }
}

#[tokio::test]
async fn whoever_lost_their_password_gets_a_link_where_the_database_lies() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    office(&live).await.store().close().await;
    let link = |id: &str| countersign(&["person", "link", id, "--database", &live]);
    let (well, said) = link("rosa");
    assert!(well && said.contains("signs rosa in, once, within a day") && said.contains("/sign-in/"), "{said}");
    let (_, records) = countersign(&["audit", "records", "--database", &live]);
    assert!(records.contains("a link that signs rosa in") && records.contains("command line"), "{records}");
    let (well, said) = link("nobody");
    assert!(!well && said.contains("nobody"), "{said}");
}

#[tokio::test]
async fn a_start_form_is_taken_from_the_command_line_a_file_or_standard_input() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    office(&live).await.store().close().await;
    let check = |input: &str, expected: &str| {
        let (well, said) =
            countersign(&["case", "open", "expense-claim", "--input", input, "--as", "anna", "--database", &live]);
        assert!(!well && said.contains(expected) && !said.contains("EOF"), "{input}: {said}");
    };
    // What was read is known by what is missed in it.
    check("{\"merchant\": \"Blue Kettle Ltd\"}", "amount");
    check("{\"merchant\":", "--input must hold one JSON object");
    check("{\"merchant\":", "it ends too early, at line 1, column 12");
    check("{\"merchant\": []}", "the field merchant in --input must be a single value");
    check("-", "standard input must hold one JSON object");
    check(
        "no-such-file.json",
        "cannot read the file no-such-file.json of --input; name a file, write the object itself",
    );
    let file = folder.path().join("claim.json");
    std::fs::write(&file, "[]").unwrap();
    check(&file.display().to_string(), "a list stands where an object is wanted");
}

#[tokio::test]
async fn who_changed_what_outside_cases_is_read_later() {
    let folder = TempDir::new().unwrap();
    let live = address(&folder, "live.db");
    let runtime = office(&live).await;
    // From the first instant of a day to the last of the one after it.
    let from = Timestamp(1_795_305_600_000);
    let away = Absence { from, until: Timestamp(from.0 + 2 * DAY_MS), substitute: "rosa".to_owned() };
    let carla = Person { name: "carla".to_owned(), absences: vec![away], ..Person::default() };
    runtime.put_person("carla", "carla", &carla, false).await.unwrap();
    runtime.store().record("ada", "link", "a sign-in link for anna", runtime.clock().now()).await.unwrap();
    runtime.store().close().await;
    let records = |arguments: &[&str]| {
        let (well, said) = countersign(&[&["audit", "records", "--database", &live], arguments].concat());
        assert!(well, "{said}");
        said
    };
    let absence = records(&["--subject", "Person CARLA", "--by", "carla"]);
    assert!(absence.contains("  carla  person carla: carla: carla, roles "), "{absence}");
    assert!(absence.contains("away from 2026-11-22 to 2026-11-23 with rosa as the substitute"), "{absence}");
    assert_eq!(absence.lines().count(), 1, "{absence}");
    assert!(records(&["--subject", "link"]).contains("  ada  link: a sign-in link for anna"));
    assert!(records(&["--subject", "100%"]).contains("no such change is on record"));
    let all = records(&["--json", "--limit", "3"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&all).unwrap();
    assert!(rows.len() == 3 && rows.iter().any(|row| row["what"] == "link" && row["by"] == "ada"), "{all}");
}

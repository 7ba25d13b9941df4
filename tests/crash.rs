//! The real program, killed without warning in the middle of its work.
//!
//! Each lifecycle opens a case, lets it be read and checked, approves it and waits for the payment. Somewhere on
//! the way the process is killed, by a seed: at a random moment, or just when the bank has carried out a payment
//! and before its answer arrives. Requests are repeated with the same key until they are acknowledged.

pub mod bank;
mod points;
pub mod program;

use std::{collections::BTreeMap, time::Duration};

use countersign::{clock::Clock, config::Config, runtime::Runtime, store::Store};
use serde_json::{Value as Json, json};

use bank::Bank;
use program::{Program, Random};

/// How many lifecycles are run.
const LIFECYCLES: u64 = 50;
/// How long a lifecycle may take before the test says that it is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// Where a lifecycle is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kill {
    AfterMilliseconds(u64),
    WhenTheBankHasPaid,
}

impl Kill {
    fn drawn(random: &mut Random) -> Self {
        match random.below(3) {
            0 => Self::WhenTheBankHasPaid,
            _ => Self::AfterMilliseconds(random.below(400)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_each_payment_is_made_once() {
    let seed = std::env::var("COUNTERSIGN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121);
    eprintln!("crash seed {seed}; set COUNTERSIGN_SEED to run it again");
    let mut random = Random(seed);
    let bank = Bank::start().await;
    let mut program = Program::prepare(&bank.url).await;
    program.start().await;
    let mut acknowledged = BTreeMap::new();
    for lifecycle in 0..LIFECYCLES {
        let kill = Kill::drawn(&mut random);
        let number = live(&mut program, &bank, lifecycle, kill).await;
        acknowledged.insert(lifecycle, number);
    }
    program.kill().await;
    check_record(&program, &bank, &acknowledged).await;
}

/// Runs one case to its end, whatever happens to the program; returns its number.
async fn live(program: &mut Program, bank: &Bank, lifecycle: u64, kill: Kill) -> u64 {
    match kill {
        Kill::AfterMilliseconds(milliseconds) => program.kill_after(Duration::from_millis(milliseconds)),
        Kill::WhenTheBankHasPaid => bank.kill_at_next_payment(program.process_id()),
    }
    let work = async {
        let claim = json!({
            "process": "expense-claim",
            "fields": {
                "merchant": "Blue Kettle Ltd",
                "amount": format!("{}.50 EUR", 20 + lifecycle),
                "day_of_purchase": "2026-11-10",
                "description": "Lunch with a customer",
            },
            "documents": [{ "field": "receipt", "name": "receipt.txt", "text": receipt(lifecycle) }],
            "key": format!("lifecycle-{lifecycle}"),
        });
        let opened = program.send_until_acknowledged("anna", "cases", &claim).await;
        let number = opened["number"].as_u64().expect("a case has a number");
        let task = program.wait_for(number, |case| open_task(case, "approve")).await;
        let decision = json!({
            "outcome": "approved",
            "shown": task["shown"],
            "key": format!("approve-{lifecycle}"),
        });
        let label = task["label"].as_str().expect("a task has a label").to_owned();
        program.send_until_acknowledged("carla", &format!("tasks/{label}/decisions"), &decision).await;
        program.wait_for(number, |case| (case["status"] == "closed").then(|| case.clone())).await;
        number
    };
    match tokio::time::timeout(STUCK_AFTER, work).await {
        Ok(number) => number,
        Err(_) => panic!("lifecycle {lifecycle} is stuck after {kill:?}"),
    }
}

pub fn open_task(case: &Json, ask: &str) -> Option<Json> {
    let tasks = case["tasks"].as_array()?;
    tasks.iter().find(|task| task["state"] == "open" && task["ask"] == ask).cloned()
}

pub fn receipt(lifecycle: u64) -> String {
    format!(
        "BLUE KETTLE LTD\n12 High Street\n10/11/2026 13:02\nLunch menu\nTOTAL EUR {}.50\nTHANK YOU\n",
        20 + lifecycle
    )
}

/// Reads the database as it was left and looks for everything that was acknowledged.
async fn check_record(program: &Program, bank: &Bank, acknowledged: &BTreeMap<u64, u64>) {
    let store = Store::open(&program.database()).await.expect("the database opens after the last kill");
    let runtime = Runtime::start(store, Clock::System, Config::default()).await.expect("the runtime starts");
    let paid = bank.payments();
    assert_eq!(paid.len(), acknowledged.len(), "one payment for each case: {paid:?}");
    for number in acknowledged.values() {
        let loaded = runtime.load_number(*number).await.expect("an acknowledged case is there");
        let closing = countersign_core::overview::closing(&loaded.case).map(|(closing, ..)| closing.as_str());
        assert_eq!(closing, Some("paid"), "case {number}");
        let approved = loaded.case.tasks.iter().flat_map(|task| task.decisions()).any(|one| one.by == "carla");
        assert!(approved, "the acknowledged approval of case {number} is on the record");
        let keys: Vec<&String> = loaded.case.effects.keys().filter(|key| paid.contains_key(*key)).collect();
        assert_eq!(keys.len(), 1, "case {number} was paid under one key");
        let difference = runtime.fold_difference(&loaded.case.id).await.expect("the log can be read");
        assert_eq!(difference, None, "the log of case {number} leads to its state");
    }
    let report = runtime.examine(&|_| {}).await.expect("the doctor can look");
    assert_eq!(report.findings, [], "nothing is stuck");
    assert_eq!(report.cases, acknowledged.len() as u64, "no case twice");
    let repeated = paid.values().filter(|times| **times > 1).count();
    eprintln!("{} lifecycles, {} kills, {repeated} payments asked for more than once", paid.len(), program.kills());
}

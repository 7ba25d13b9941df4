//! Six ways through a case, played by people who repeat what was not acknowledged.

use serde_json::{Value as Json, json};

use super::machine::Machine;

/// A process and how it is played.
#[derive(Debug)]
pub struct Lifecycle {
    pub name: &'static str,
    /// The process, by its identifier.
    process: &'static str,
    /// How the case ends.
    pub closing: &'static str,
    /// How many calls other systems take.
    pub calls: usize,
    /// What the form that opens it says.
    opening: &'static [(&'static str, &'static str)],
    receipt: bool,
    /// How many approvals are refused first.
    refused: usize,
}

pub const LIFECYCLES: [Lifecycle; 6] = [
    Lifecycle {
        process: "expense-claim",
        closing: "paid",
        opening: &[
            ("merchant", "Blue Kettle Ltd"),
            ("amount", "20.50 EUR"),
            ("day_of_purchase", "2026-11-10"),
            ("description", "Lunch with a customer"),
        ],
        receipt: true,
        ..lifecycle("claim")
    },
    Lifecycle {
        process: "invoice",
        closing: "paid",
        calls: 2,
        opening: &[("supplier", "Harbour Coffee"), ("order_number", "A-17"), ("amount", "80.00 EUR")],
        ..lifecycle("invoice")
    },
    Lifecycle {
        process: "onboarding",
        closing: "started",
        opening: &[("name", "Nina Roth"), ("team", "North")],
        ..lifecycle("onboarding")
    },
    Lifecycle {
        process: "contract",
        closing: "signed",
        opening: &[("partner", "Rail Link"), ("sum", "900.00 EUR")],
        refused: 1,
        ..lifecycle("return")
    },
    Lifecycle {
        process: "supplier",
        closing: "active",
        opening: &[("company", "Druckerei Sommer"), ("supplier_e_mail", "post@sommer.example")],
        ..lifecycle("outside party")
    },
    Lifecycle { process: "trial-period", closing: "kept", opening: &[("name", "Nina Roth")], ..lifecycle("timers") },
];

const fn lifecycle(name: &'static str) -> Lifecycle {
    Lifecycle { name, process: "", closing: "", calls: 1, opening: &[], receipt: false, refused: 0 }
}

/// What people write when a task asks for a field.
const WRITTEN: [(&str, &str); 5] = [
    ("salary_band", "B2"),
    ("terms", "Thirty days net"),
    ("legal_name", "Sommer GmbH"),
    ("registration_number", "HRB 4711"),
    ("category", "meals"),
];
/// The clock is moved on by this much, in seconds: further than any wait of these processes, nearer than any due date.
const MOVE: i64 = 3 * 60 * 60;
/// A receipt that agrees with the claim.
const RECEIPT: &str = "BLUE KETTLE LTD\n12 High Street\n10/11/2026 13:02\nLunch menu\nTOTAL EUR 20.50\nTHANK YOU\n";

/// What the program said that it had done.
pub struct Acknowledged {
    pub number: u64,
    /// Task and person.
    pub decisions: Vec<(u32, String)>,
}

/// Opens a case and plays it to its end, whatever happens to the program.
pub async fn live(machine: &mut Machine, lifecycle: &Lifecycle) -> Acknowledged {
    let fields: Json = lifecycle.opening.iter().map(|(name, words)| ((*name).to_owned(), json!(words))).collect();
    let mut opening = json!({ "process": lifecycle.process, "fields": fields, "key": "opening" });
    if lifecycle.receipt {
        opening["documents"] = json!([{ "field": "receipt", "name": "receipt.txt", "text": RECEIPT }]);
    }
    let opened = machine.acknowledged("anna", "cases", &opening).await.expect("a keyed opening is never stale");
    let number = opened["number"].as_u64().expect("a case has a number");
    let mut done = Acknowledged { number, decisions: Vec::new() };
    let (mut refused, mut moved) = (0, Vec::new());
    loop {
        let case = machine.case(number).await;
        if case["status"] == "closed" {
            return done;
        }
        let tasks = case["tasks"].as_array().cloned().unwrap_or_default();
        let mut open = tasks.iter().filter(|task| task["state"] == "open").peekable();
        if open.peek().is_none()
            && let Some(until) = waits_until(&case)
            && !moved.contains(&until)
        {
            moved.push(until);
            machine.move_clock(i64::try_from(moved.len()).expect("a small number") * MOVE);
        }
        for task in open {
            let label = task["label"].as_str().expect("a task has a label");
            let task_number = u32::try_from(task["number"].as_u64().expect("a number")).expect("a small number");
            let people = task["people"].as_array().cloned().unwrap_or_default();
            let decided =
                |person: &str| done.decisions.iter().any(|(task, by)| (*task, by.as_str()) == (task_number, person));
            let Some(person) = people.iter().filter_map(Json::as_str).find(|person| !decided(person)) else {
                machine.hand_in_from_outside(number, &WRITTEN).await;
                continue;
            };
            let refuse = task["ask"] == "approve" && refused < lifecycle.refused;
            let decision = decision(task, person, refuse);
            if machine.acknowledged(person, &format!("tasks/{label}/decisions"), &decision).await.is_some() {
                refused += usize::from(refuse);
                done.decisions.push((task_number, person.to_owned()));
            }
        }
    }
}

/// The instant that a case waits for, if it waits for one.
fn waits_until(case: &Json) -> Option<String> {
    let wait = case["waiting_for"].as_array()?.iter().find(|wait| wait["kind"] == "time")?;
    wait["due"].as_str().or(wait["since"].as_str()).map(str::to_owned)
}

fn decision(task: &Json, person: &str, refuse: bool) -> Json {
    let takes = |outcome: &str| task["outcomes"].as_array().is_some_and(|all| all.iter().any(|one| one == outcome));
    let outcome = match refuse {
        true => "rejected",
        false if takes("approved") => "approved",
        false => "completed",
    };
    let asked = |name: &str| task["fields"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let fields: Json = WRITTEN
        .iter()
        .filter(|(name, _)| !refuse && asked(name))
        .map(|(name, words)| ((*name).to_owned(), json!(words)))
        .collect();
    let (label, reason) = (task["label"].as_str().unwrap_or_default(), refuse.then_some("once more"));
    json!({
        "outcome": outcome, "reason": reason, "fields": fields, "shown": task["shown"],
        "key": format!("{label}-{person}"),
    })
}

//! Cases that between them hold every kind of event.

use std::collections::BTreeMap;

use countersign::{
    config::{Config, System},
    language::Attachments,
    runtime::{rehearsal::Begun, versions::Chosen},
};
use countersign_core::{
    case::Outcome,
    definition::Who,
    event::{Acting, Addition, EventKind, MoveKind, Requirement},
    time::{DAY_MS, HOUR_MS, Span},
    value::Values,
};

use super::world::{Setup, World, person};

/// The names of the cases.
pub const NAMES: &[&str] = &["bought", "failing", "steered", "migrated", "scheduled", "rehearsed"];

/// Every kind of event, except for a call that is held back in the instant before it is made.
pub const KINDS: &[&str] = &[
    "case_opened",
    "case_scheduled",
    "task_claimed",
    "task_released",
    "task_delegated",
    "task_decided",
    "question_asked",
    "fields_edited",
    "proposal_returned",
    "effect_done",
    "effect_failed",
    "looked_up",
    "look_up_failed",
    "message_received",
    "case_withdrawn",
    "stage_moved",
    "case_held",
    "case_resumed",
    "case_migrated",
    "migration_undone",
    "rehearsal_ended",
    "requirement_added",
    "ticked",
    "incident_resolved",
];

const PURCHASE: &str = "# Purchase

A clerk can start this process.
The director is accountable for this process.
The roles are finance desk and finance lead.
Closing as ordered is a success.
Amounts without a currency are in EUR.

The order form asks for the item (text), the amount (money), the topic (hardware or software, optional) and the offer (document).
Only the clerk, the finance desk and the finance lead may see the offer.

If the clerk withdraws before Delivery, close the case as withdrawn.

Stage Check:
- When a clerk submits the order form, read the total (money) from the offer.
- Check that the amount is the same as the total on the offer.
- Look up the credit limit (money) in the credit system by the item.
- If the credit system fails or does not answer within 1 hour, hand over to the finance desk.
- Classify the order by the item as hardware or software into the topic.
- The finance desk reviews the order within 1 working day.

Stage Approval:
- Prepare a summary of the order for the approver.
- The finance lead approves the order within 2 working days.
- Remind the approver every working day.

Stage Order:
- Create an order in the shop system with the item and the amount, signed by the approver.
- If the shop system fails or does not answer within 1 hour, hand over to the finance desk.

Stage Delivery:
- Wait for the \"delivered\" message within 10 days, otherwise hand over to the finance desk.
- Tell the clerk that \"Your {item} is here.\"
- Close the case as ordered.
";

const SCHEDULED: &str = "# Month end

A clerk can start this process.
The director is accountable for this process.
The finance desk is a role.
Every day at 06:00, a case starts.

Stage Books:
- At the same time:
  - Track Cash:
    - The finance desk does \"count the cash\" within 1 working day.
  - Track Bank:
    - Wait 2 hours.
- Close the case as balanced.
";

/// A request for a lamp, whose offer says the same amount.
const LAMP: &[(&str, &str)] = &[("item", "Lamp for the hall"), ("amount", "40 EUR")];
const OFFER: &[(&str, &str)] = &[("offer", "Offer\nLamp\nTotal EUR 40.00\n")];

/// Plays every case; each comes with its world and its number.
pub async fn play() -> Vec<(&'static str, World, u64)> {
    let played =
        vec![bought().await, failing().await, steered().await, migrated().await, scheduled().await, rehearsed().await];
    NAMES.iter().copied().zip(played).map(|(name, (world, number))| (name, world, number)).collect()
}

/// The organisation, whose two systems only write down what they are asked.
async fn organisation(text: &str) -> World {
    let answers = BTreeMap::from([("credit_limit".to_owned(), "500 EUR".to_owned())]);
    let practice = |answers| System::Practice { answers };
    let systems = BTreeMap::from([
        ("credit system".to_owned(), practice(answers)),
        ("shop system".to_owned(), practice(BTreeMap::new())),
    ]);
    World::with(text, Setup { config: Config { systems, ..Config::default() }, ..Setup::default() }).await
}

/// Brings an event about, and whatever follows by itself.
async fn act(world: &World, number: u64, by: &str, kind: EventKind) {
    let case = world.case(number).await;
    let acting = if by.is_empty() { Acting::System } else { Acting::person(by) };
    world.runtime.apply(&case.id, &acting, &kind, &format!("act/{}", case.seq)).await.unwrap();
    world.quiet().await;
}

async fn delivered(world: &World, number: u64) {
    act(world, number, "", EventKind::MessageReceived { name: "delivered".to_owned(), values: Values::new() }).await;
}

async fn bought() -> (World, u64) {
    let world = organisation(PURCHASE).await;
    let number = world.open_with("ana", "purchase", LAMP, OFFER).await;
    let task = world.task(number).await.number;
    act(&world, number, "fin", EventKind::TaskClaimed { task }).await;
    act(&world, number, "fin", EventKind::TaskReleased { task }).await;
    act(&world, number, "fee", EventKind::TaskDelegated { task, to: "fin".to_owned() }).await;
    let question = "Which hall?".to_owned();
    act(&world, number, "fin", EventKind::QuestionAsked { task, question }).await;
    let answer = world.case(number).await.open_tasks().map(|task| task.number).max().unwrap();
    let shown = world.case(number).await.shown(answer);
    let decided = |task, outcome, shown| EventKind::TaskDecided {
        task,
        outcome,
        reason: Some("The large one".to_owned()),
        values: Values::new(),
        documents: BTreeMap::new(),
        shown,
    };
    act(&world, number, "ana", decided(answer, Outcome::Completed, shown)).await;
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    world.later(3 * DAY_MS).await;
    world.decide(number, "lea", Outcome::Approved, &[]).await;
    delivered(&world, number).await;
    assert_eq!(world.status(number).await, "ordered");
    (world, number)
}

async fn failing() -> (World, u64) {
    let world = World::new(PURCHASE).await;
    let number = world.open_with("ana", "purchase", LAMP, OFFER).await;
    world.decide(number, "fin", Outcome::TryAgain, &[]).await;
    world.decide(number, "fee", Outcome::Completed, &[("credit_limit", "300 EUR")]).await;
    // For a while nobody can approve.
    world.runtime.put_person("ada", "lea", &person("lea", &[], None), false).await.unwrap();
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    world.runtime.put_person("ada", "lea", &person("lea", &["finance lead"], None), false).await.unwrap();
    let incident = world.case(number).await.incidents[0].number;
    act(&world, number, "dora", EventKind::IncidentResolved { incident }).await;
    world.decide(number, "lea", Outcome::Approved, &[]).await;
    // The shop is set nowhere, so that somebody orders by hand and then is asked whether it has come.
    world.decide(number, "fee", Outcome::Completed, &[]).await;
    world.later(11 * DAY_MS).await;
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!(world.status(number).await, "ordered");
    (world, number)
}

async fn steered() -> (World, u64) {
    let world = organisation(PURCHASE).await;
    let number = world.open_with("ana", "purchase", LAMP, OFFER).await;
    act(&world, number, "dora", EventKind::CaseHeld { reason: "the budget is not there yet".to_owned() }).await;
    world.later(HOUR_MS).await;
    act(&world, number, "dora", EventKind::CaseResumed).await;
    let moved = |kind, stage: &str| EventKind::StageMoved {
        kind,
        to_stage: Some(stage.to_owned()),
        reason: "it was looked at already".to_owned(),
    };
    act(&world, number, "dora", moved(MoveKind::Advance, "Approval")).await;
    act(&world, number, "dora", moved(MoveKind::Return, "Check")).await;
    let what = Addition {
        requirement: Requirement::Review { name: "the tax treatment".to_owned() },
        who: Who::Role { role: "finance desk".to_owned() },
        person: None,
        due: Span::WorkingDays(1),
    };
    act(&world, number, "dora", EventKind::RequirementAdded { what, reason: "it is used".to_owned() }).await;
    let case = world.case(number).await;
    let edited = BTreeMap::from([("item".to_owned(), "Another lamp".to_owned())]);
    world.runtime.edit_fields(&case.id, &Acting::person("ana"), edited, "a typing error", "edit").await.unwrap();
    world.quiet().await;
    act(&world, number, "ana", EventKind::CaseWithdrawn { reason: Some("no longer needed".to_owned()) }).await;
    assert_eq!(world.status(number).await, "withdrawn");
    (world, number)
}

async fn migrated() -> (World, u64) {
    let world = organisation(PURCHASE).await;
    let number = world.open_with("ana", "purchase", LAMP, OFFER).await;
    let second = world.publish(&PURCHASE.replace("within 2 working days", "within 5 working days")).await;
    let (case, operator) = (world.case(number).await, Acting::person("dora"));
    for turn in ["first", "second"] {
        world.runtime.migrate(&operator, &case.id, &second, &Chosen::new(), turn).await.unwrap();
        if turn == "first" {
            world.runtime.undo_migration(&operator, &case.id, turn).await.unwrap();
        }
    }
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    world.decide(number, "lea", Outcome::Rejected, &[]).await;
    assert_eq!(world.status(number).await, "rejected");
    (world, number)
}

async fn scheduled() -> (World, u64) {
    let world = organisation(SCHEDULED).await;
    world.later(DAY_MS).await;
    let number = 1001;
    world.decide(number, "fee", Outcome::Completed, &[]).await;
    world.later(2 * HOUR_MS).await;
    assert_eq!(world.status(number).await, "balanced");
    (world, number)
}

async fn rehearsed() -> (World, u64) {
    let world = organisation("").await;
    let begun = world.runtime.begin_rehearsal(&Acting::person("ada"), PURCHASE, &Attachments::default()).await.unwrap();
    let Begun::Rehearsal { process, .. } = begun else { panic!("{begun:?}") };
    let number = world.open_with("ana", &process, LAMP, OFFER).await;
    world.runtime.end_rehearsal(&Acting::person("ada"), &process).await.unwrap();
    (world, number)
}

//! A value is changed: whoever signs next sees what the checks say of the value as it is.

use countersign::{language::Attachments, runtime::publish::Published};
use countersign_core::event::Acting;

use super::world::World;

const TEXT: &str = "\
# Refund

An employee can start this process.
The finance lead is accountable for this process.
The finance director is a role.
The refund form asks for the amount (money) and the total (money).
Amounts without a currency are in EUR.
Closing as agreed is a success.

Stage Check:
- When an employee submits the refund form, check that the amount is the same as the total.
- Check that the total is under 1000 EUR.
- The finance lead approves the refund within 2 working days.
- The finance director approves the refund within 2 working days.
- Close the case as agreed.
";

/// A refund that waits for the finance lead, whose checks agree; its case and its task.
async fn asked(world: &World) -> (String, String) {
    match world.runtime.publish(&Acting::person("ada"), TEXT, &Attachments::default()).await.unwrap() {
        Published::Version { .. } => {}
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
    let key = world.get("rosa", "/processes/refund/start").await.hidden("key");
    let filled = [
        ("field.amount", "42.50"),
        ("currency.amount", "EUR"),
        ("field.total", "42.50"),
        ("currency.total", "EUR"),
        ("key", key.as_str()),
    ];
    let case = world.post("rosa", "/processes/refund/start", &filled).await.leads_to().to_owned();
    let case = case.split('?').next().unwrap().to_owned();
    let task = format!("/tasks/{}-1", case.trim_start_matches("/cases/"));
    world.get("carla", &task).await.must_be(200).says("Both checks agree");
    (case, task)
}

const DIFFERS: &str = "One check does not agree: the amount is the same as the total.";

#[tokio::test]
async fn an_edit_is_checked_again_before_anybody_signs() {
    let world = World::new().await;
    let (case, task) = asked(&world).await;
    let edit = |amount: &'static str| [("field.amount", amount), ("currency.amount", "EUR"), ("reason", "a typo")];
    world.post("rosa", &format!("{case}/edits"), &edit("499")).await.must_be(303);
    world.get("carla", &task).await.must_be(200).says(DIFFERS).says_nothing_of("checks agree");
    world.get("carla", &case).await.must_be(200).says("Does not agree: the amount is the same as the total.");
    world.post("rosa", &format!("{case}/edits"), &edit("42.50")).await.must_be(303);
    world.get("carla", &task).await.must_be(200).says("Both checks agree");
}

#[tokio::test]
async fn what_an_approver_changes_is_checked_for_the_next_one() {
    let world = World::new().await;
    let (_, task) = asked(&world).await;
    let shown = world.get("carla", &task).await.hidden("shown");
    let words = [
        ("outcome", "approved"),
        ("shown", shown.as_str()),
        ("field.amount", "499"),
        ("currency.amount", "EUR"),
        ("field.total", "42.50"),
        ("currency.total", "EUR"),
    ];
    let told = world.post("carla", &format!("{task}/decisions"), &words).await.must_be(409);
    let told = told.says("this does not agree: the amount is the same as the total").says("value=\"499\"");
    world.get("carla", &task).await.says("Both checks agree");
    let warned = told.hidden("warned");
    let words = [&words[..], &[("warned", warned.as_str())]].concat();
    world.post("carla", &format!("{task}/decisions"), &words).await.must_be(303);
    world.get("carla", "/inbox").await.says("You approved the refund").says("499.00");
    let next = task.replace("-1", "-2");
    let page = world.get("emil", &next).await.must_be(200).says(DIFFERS).says_nothing_of("checks agree");
    page.says("Carla Ruiz approved the refund").says("and changed the amount").says_nothing_of("the refund again");
}

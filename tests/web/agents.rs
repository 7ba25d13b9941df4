//! The switch of all agents: while they are off, what one would be asked goes to a person, and no case stops.

use std::collections::BTreeSet;

use countersign::{language::Attachments, runtime::publish::Published};
use countersign_core::event::Acting;

use super::world::World;

const TEXT: &str = "\
# Notes

An employee can start this process.
The finance lead is accountable for this process.
The finance director is a role.
The note form asks for the words (text).
Closing as sorted is a success.

Stage Sort:
- When an employee submits the note form, classify the note by the words as travel or meals into the kind. If the agent is not sure, \
the finance director decides.
- Close the case as sorted.
";

async fn world() -> World {
    let world = World::new().await;
    match world.runtime.publish(&Acting::person("ada"), TEXT, &Attachments::default()).await.unwrap() {
        Published::Version { .. } => world,
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
}

/// Opens a case and runs what is automatic; its page.
async fn opened(world: &World) -> String {
    let key = world.get("rosa", "/processes/notes/start").await.hidden("key");
    let filled = [("field.words", "A train to Leipzig"), ("key", key.as_str())];
    let case = world.post("rosa", "/processes/notes/start", &filled).await.leads_to().to_owned();
    world.runtime.run_until_quiet().await.unwrap();
    case
}

#[tokio::test]
async fn everything_goes_to_people_while_agents_are_off() {
    let world = world().await;
    let asked = opened(&world).await;
    world.get("emil", &asked).await.must_be(200).says_nothing_of("agents are switched off");

    let page = world.get("ada", "/agents").await.must_be(200).says("Agents are on.").says("built-in engine");
    page.says("Switch agents off");
    assert_eq!(world.post("ada", "/agents/switch", &[("agents", "off")]).await.leads_to(), "/agents");
    let page =
        world.get("ada", "/agents").await.must_be(200).says("Agents are switched off. People decide everything.");
    page.says("From now on each question goes to a person").says("Switch agents on");
    let alone = opened(&world).await;
    let page = world.get("emil", &alone).await.must_be(200).says("agents are switched off");
    page.says("Emil Varga");

    world.post("ada", "/agents/switch", &[("agents", "on")]).await.leads_to();
    // Switching on what is on changes nothing and is no entry of the record.
    world.post("ada", "/agents/switch", &[("agents", "on")]).await.leads_to();
    let again = opened(&world).await;
    world.get("emil", &again).await.must_be(200).says_nothing_of("agents are switched off");
    let records = world.store.records(1_000, 0).await.unwrap();
    let switched: BTreeSet<(&str, &str)> = records
        .iter()
        .filter(|record| record.what == "agents")
        .map(|record| (record.by.as_str(), record.detail.as_str()))
        .collect();
    assert_eq!(switched, BTreeSet::from([("ada", "switched on"), ("ada", "switched off")]));
    assert_eq!(records.iter().filter(|record| record.what == "agents").count(), 2);
}

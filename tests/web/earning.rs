//! The page of a process's agents: past decisions are shown as they were understood before they are taken.

use countersign::{language::Attachments, runtime::publish::Published};
use countersign_core::event::Acting;

use super::{agents::TEXT, owes::check, world::World};

const PAGE: &str = "/processes/notes/agents";
const LABELS: &str = "/processes/notes/agents/labels";
const REMOVAL: &str = "/processes/notes/agents/labels/removal";
/// One row too many cells, one word that is none, and a cell of two lines.
const TABLE: &str =
    "Words,answer\r\nA train to Leipzig,travel\r\n\"Lunch,\r\nwith guests\",Meals\r\nA ferry,boat\r\n,travel\r\n";

async fn world() -> World {
    let world = World::new().await;
    match world.runtime.publish(&Acting::person("ada"), TEXT, &Attachments::default()).await.unwrap() {
        Published::Version { .. } => world,
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
}

/// The step's place in the text, as the page's form names it.
async fn step(world: &World) -> String {
    world.get("ada", PAGE).await.must_be(200).hidden("step")
}

#[tokio::test]
async fn a_table_is_shown_as_it_was_understood_and_then_taken() {
    let world = world().await;
    let page = world.get("ada", PAGE).await.must_be(200).says("One agent decides in Notes, and not alone yet.");
    let page = page
        .says("“words” as the agent sees them")
        .says("one of these: travel, meals")
        .says("None have been imported.");
    check("earning", &page.text);
    let step = step(&world).await;

    let page = world.post("ada", LABELS, &[("step", step.as_str()), ("table", TABLE)]).await.must_be(200);
    let page = page.says("2 rows understood, 2 not.").says("“boat” is none of the listed words").says("Line 5");
    let page = page.says("it holds nothing that the agent looks at").says("A train to Leipzig").says("travel: 1");
    let page = page.says("Take these 2 rows").says("Then the agent is asked about each of them");
    check("earning-preview", &page.text);
    world.get("ada", PAGE).await.must_be(200).says("None have been imported.");

    let sent = page.hidden("table").replace("&quot;", "\"");
    let taken = [("step", step.as_str()), ("do", "take"), ("table", sent.as_str())];
    assert_eq!(world.post("ada", LABELS, &taken).await.leads_to(), PAGE);
    let page = world.get("ada", PAGE).await.must_be(200).says("2 rows taken; 2 were left out.");
    let page = page.says("2 rows have been imported.").says("Forget the 2 imported rows");
    check("earning-imported", &page.text);
    // The same table changes nothing, whatever its ends of lines.
    let again =
        world.post("ada", LABELS, &[("step", &step), ("table", &TABLE.replace("\r\n", "\n"))]).await.must_be(200);
    again.says("2 of them were imported before");
    let records = world.store.records(1_000, 0).await.unwrap();
    let told: Vec<(&str, &str)> = records
        .iter()
        .filter(|record| record.what == "labels")
        .map(|record| (record.by.as_str(), record.detail.as_str()))
        .collect();
    assert_eq!(told, [("ada", "imported 2 past decisions on `kind` of `notes`")]);

    assert_eq!(world.post("ada", REMOVAL, &[("step", step.as_str())]).await.leads_to(), PAGE);
    world.get("ada", PAGE).await.must_be(200).says("2 imported rows forgotten.").says("None have been imported.");
}

#[tokio::test]
async fn a_table_that_is_none_says_why_and_keeps_what_was_pasted() {
    let world = world().await;
    let step = step(&world).await;
    for (table, why) in [
        ("", "No table was sent."),
        ("words,topic\nA train,travel\n", "No field of Notes is called “topic”"),
        ("words\nA train\n", "One column must be named “answer”"),
        ("words,answer\n\"A train,travel\n", "A quotation mark that opens at line 2 is never closed"),
    ] {
        let page = world.post("ada", LABELS, &[("step", step.as_str()), ("table", table)]).await.must_be(422);
        let page = page.says(why);
        let last = table.lines().last().unwrap_or_default().replace('"', "&quot;");
        assert!(page.text.contains(&last), "{}", page.text);
    }
    check("earning-problem", &world.post("ada", LABELS, &[("step", "9.9"), ("table", "a")]).await.must_be(422).text);
}

#[tokio::test]
async fn only_who_may_publish_the_process_sees_and_sends_them() {
    let world = world().await;
    let step = step(&world).await;
    world.get("rosa", PAGE).await.must_be(403);
    world.post("rosa", LABELS, &[("step", step.as_str()), ("do", "take"), ("table", TABLE)]).await.must_be(403);
    world.get("rosa", "/processes/notes").await.must_be(200).says_nothing_of("/processes/notes/agents");
    // Whoever is accountable may.
    world.get("fiona", "/processes/notes").await.must_be(200).says("/processes/notes/agents");
    world.get("fiona", PAGE).await.must_be(200);
    world.get("ada", "/agents").await.must_be(200).says("/processes/notes/agents");
}

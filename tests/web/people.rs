//! Forms that name people, and tasks that score or judge: whoever fills them in sees what there is to choose from.

use countersign::{
    language::Attachments,
    runtime::publish::Published,
};
use countersign_core::event::Acting;

use super::world::World;

const TEXT: &str = "\
# Idea

An employee can start this process.
The finance lead is accountable for this process.
The idea form asks for the idea (text), the sponsor (person) and the risk (number, optional).

Stage Look:
- When an employee submits the idea form, score the idea from 1 to 5 by the idea into the risk, where 1 is \"harmless\" \
and 5 is \"stop it\". If the agent is not sure, the finance director decides.
- Check with the agent that \"the idea serves our customers\", using the guideline \"What serves customers\".
- If a check fails, close the case as refused.
- Close the case as taken.
";
const GUIDELINE: &str = "It serves customers when it saves them time.";

async fn world() -> World {
    let world = World::new().await;
    let guidelines = [("What serves customers".to_owned(), GUIDELINE.to_owned())].into();
    let attachments = Attachments { guidelines, ..Attachments::default() };
    match world.runtime.publish(&Acting::person("ada"), TEXT, &attachments).await.unwrap() {
        Published::Version { .. } => world,
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
}

#[tokio::test]
async fn a_person_is_chosen_by_name() {
    let world = world().await;
    let start = "/processes/idea/start";
    let page = world.get("rosa", start).await.must_be(200).says("<datalist").says("<option value=\"Fiona Berg\">");
    let key = page.hidden("key");
    let filled = |sponsor: &'static str| [("field.idea", "Shorter forms"), ("field.sponsor", sponsor)];
    let refused = world.post("rosa", start, &[&filled("Nobody Known")[..], &[("key", key.as_str())]].concat()).await;
    refused.must_be(422).says("Nobody called").says("value=\"Nobody Known\"");
    let opened = world.post("rosa", start, &[&filled("fiona berg")[..], &[("key", key.as_str())]].concat()).await;
    let case = opened.leads_to().to_owned();
    world.get("rosa", &case).await.must_be(200).says("Fiona Berg");
    world.get("rosa", &format!("{case}/edits")).await.must_be(200).says("value=\"Fiona Berg\"");
}

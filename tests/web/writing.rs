//! What a model writes for a draft: a text with the words that it comes from, and changes that are wished for.
//!
//! The model answers from a list, through the real request and the real parser.

use std::sync::Arc;

use countersign::{language::patch::sentences, llm::scripted::Scripted};
use serde_json::{Value as Json, json};

use super::{
    texts::WHOLE,
    world::{SCRIPT, World},
};

const PROSE: &str = "Any employee can ask for leave. They fill in a leave form with the first day and a reason. The team \
                     lead approves the leave within two working days. Everybody is fond of Fridays.";
const ASK: &str = "who stands in for the team lead?";

fn line(quote: Option<&str>, text: &str) -> Json {
    json!({ "quote": quote, "text": text })
}

fn described() -> Json {
    let lines = [
        line(None, "# Leave"),
        line(Some("Any employee can ask for leave"), "An employee can start this process."),
        line(None, "The team lead is accountable for this process."),
        line(
            Some("They fill in a leave form with the first day and a reason"),
            "The leave form asks for the first day (date) and the reason (text).",
        ),
        line(None, "Stage Decision:"),
        line(
            Some("The team lead approves the leave within two working days."),
            "- The team lead approves the leave within 2 working days.",
        ),
        line(None, "- Close the case as done."),
    ];
    json!({
        "sentences": lines,
        "questions": [{ "about": "The team lead approves the leave", "ask": ASK, "options": ["nobody", SCRIPT],
                        "default": null }],
        "dropped": [{ "quote": "Everybody is fond of Fridays.", "why": "It is no step." }],
    })
}

fn wished(change: Option<Json>, cannot: Option<&str>) -> Json {
    json!({ "changes": change.into_iter().collect::<Vec<Json>>(), "cannot": cannot })
}

/// The approval of [`WHOLE`] gets another time.
fn more_time(days: &str) -> Json {
    let id = sentences(WHOLE).into_iter().find(|one| one.text.contains("approves the leave")).unwrap().id.0;
    wished(
        Some(json!({ "op": "set", "sentence": id, "after": null, "at": null, "what": "due",
                     "text": days, "from": null })),
        None,
    )
}

fn script(answers: &[Json]) -> Arc<Scripted> {
    Arc::new(answers.iter().fold(Scripted::new().unwrap(), |script, answer| script.says(answer.to_string())))
}

async fn begin(world: &World, words: &[(&str, &str)]) -> String {
    let address = world.post("ada", "/studio", words).await.leads_to().to_owned();
    address.trim_end_matches("/prose").to_owned()
}

async fn draft_of_whole(world: &World) -> String {
    let draft = begin(world, &[("from", "empty")]).await;
    world.post("ada", &format!("{draft}/text"), &[("revision", "1"), ("text", WHOLE)]).await.must_be(303);
    draft
}

#[tokio::test]
async fn every_sentence_stands_with_the_words_that_it_comes_from() {
    let world = World::writing(script(&[described()])).await;
    world.get("ada", "/studio").await.says("A model can write the first draft from it.");
    let draft = begin(&world, &[("from", "prose"), ("prose", PROSE)]).await;
    world.get("ada", &format!("{draft}/prose")).await.must_be(200).says("Write it for me");
    let writing = format!("{draft}/writing");
    assert_eq!(world.post("ada", &writing, &[]).await.leads_to(), writing);
    let page = world.get("ada", &writing).await.must_be(200).says("By agent: 5 sentences, 3 of them from your words");
    let page = page.says("\u{201c}Any employee can ask for leave\u{201d}").says("Assumed: your description does not");
    let page = page.says("Who stands in for the team lead?").says("<del>Everybody is fond of Fridays.</del>");
    let page = page.says("It is no step.").says("<mark>They fill in a leave form").says_nothing_of("<script>alert");
    let open = page.text.matches("take the question out</button>").count();
    let text = world.get("ada", &draft).await.says("Where each sentence comes from").says("An employee can start");
    text.says("It cannot be published yet");
    world.post("ada", &writing, &[("answered", ASK)]).await.must_be(303);
    let page = world.get("ada", &writing).await.says("Answered.");
    assert_eq!(page.text.matches("take the question out</button>").count(), open - 1);
}

#[tokio::test]
async fn a_model_that_gives_nothing_leaves_the_draft_as_it_was() {
    let refuses = Scripted::new().unwrap().replies(500, "down").replies(500, "down").replies(500, "down");
    let world = World::writing(Arc::new(refuses)).await;
    let draft = begin(&world, &[("from", "prose"), ("prose", PROSE)]).await;
    let prose = format!("{draft}/prose");
    assert_eq!(world.post("ada", &format!("{draft}/writing"), &[]).await.leads_to(), prose);
    world.get("ada", &prose).await.must_be(200).says("Nothing was changed");
    assert_eq!(world.get("ada", &format!("{draft}/writing")).await.leads_to(), prose);
    world.get("ada", &draft).await.says("Nothing is written yet.");
    let whole = draft_of_whole(&world).await;
    let wish = [("request", "More time, please")];
    let page = world.post("ada", &format!("{whole}/changes"), &wish).await.must_be(502);
    page.says("Nothing was changed").says(">\nMore time, please</textarea>");
}

#[tokio::test]
async fn without_a_model_the_pages_say_so_and_name_another_way() {
    let world = World::new().await;
    world.get("ada", "/studio").await.says("No model is set up here");
    let draft = begin(&world, &[("from", "prose"), ("prose", PROSE)]).await;
    let page = world.get("ada", &format!("{draft}/prose")).await.says("No model is set up here");
    page.says(&format!("href=\"{draft}/interview\"")).says_nothing_of("Write it for me");
    world.get("ada", &format!("{draft}/interview")).await.must_be(200).says("What is the process called?");
    let changes = format!("{draft}/changes");
    world.get("ada", &changes).await.must_be(200).says("No model is set up here").says_nothing_of("<textarea");
    world.post("ada", &changes, &[("request", "More time")]).await.must_be(422).says("No model is set up here");
}

#[tokio::test]
async fn a_wish_is_shown_as_sentences_taken_and_undone() {
    let world = World::writing(script(&[more_time("4 working days")])).await;
    let draft = draft_of_whole(&world).await;
    let changes = format!("{draft}/changes");
    world.post("ada", &changes, &[("request", " ")]).await.must_be(422).says("Please say what should be different.");
    assert_eq!(
        world.post("ada", &changes, &[("request", "Give the manager 4 working days")]).await.leads_to(),
        changes
    );
    let page = world.get("ada", &changes).await.must_be(200).says("One sentence would change.");
    page.says("<del>2</del> <ins>4</ins>").says("Give the manager 4 working days");
    world.get("ada", &draft).await.says("within 2 working days").says_nothing_of("within 4 working days");
    world.post("ada", &changes, &[("do", "take")]).await.must_be(303);
    world.get("ada", &draft).await.says("within 4 working days");
    let more = WHOLE.replace("within 2 w", "within 4 w").replace("Note: sick", "Note: long sick");
    let revision = world.get("ada", &draft).await.hidden("revision");
    world.post("ada", &format!("{draft}/text"), &[("revision", &revision), ("text", &more)]).await.must_be(303);
    world.get("ada", &changes).await.says("Undo this change").says_nothing_of("Take this change");
    world.post("ada", &changes, &[("do", "undo")]).await.must_be(303);
    let text = world.get("ada", &draft).await.says("within 2 working days").says_nothing_of("within 4 working days");
    text.says("Note: long sick");
    world.get("ada", &changes).await.says_nothing_of("Undo this change");
}

#[tokio::test]
async fn a_wish_that_is_discarded_or_cannot_be_done_changes_nothing() {
    let cannot = wished(None, Some("The text says nothing about pay."));
    let world = World::writing(script(&[more_time("9 days"), cannot])).await;
    let draft = draft_of_whole(&world).await;
    let changes = format!("{draft}/changes");
    world.post("ada", &changes, &[("request", "Give them more time")]).await.must_be(303);
    // Nobody said nine: what is assumed becomes a question.
    world.get("ada", &changes).await.says("What it assumes").says("Is 9 right in");
    world.post("ada", &changes, &[("do", "discard")]).await.must_be(303);
    world.get("ada", &changes).await.says("What should be different?").says_nothing_of("Take this change");
    world.post("ada", &changes, &[("request", "Pay everybody more")]).await.must_be(303);
    let page = world.get("ada", &changes).await.says("This cannot be done by changing the text.");
    page.says("The text says nothing about pay.").says_nothing_of("Take this change");
    world.post("ada", &changes, &[("do", "take")]).await.must_be(303);
    world.get("ada", &draft).await.says("within 2 working days").says("It can be published.");
}

//! The drawing and what stands around it, made from the sample processes and kept for looking at.

use std::path::PathBuf;

use countersign::{
    drawing::{self, Extras},
    language::{Attachments, Compiled, compile},
    web::{
        format::{Numbers, Reader},
        sentence::Sentence,
        views::{
            layout::Shell,
            process::{self, Line},
            sheet::{self, SheetView},
        },
    },
};
use countersign_core::{
    case::{Ask, Case, Cursor, Waiting},
    definition::Path,
    time::DAY_MS,
};

use super::{
    owes::check,
    samples::{self, NOW},
    world::World,
};

pub fn sample(id: &str) -> (String, Compiled) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("processes").join(id);
    let text = std::fs::read_to_string(folder.join("process.md")).unwrap();
    let lines = std::fs::read_to_string(folder.join("examples.jsonl")).unwrap_or_default();
    let compiled = compile(&text, &Attachments::read(&lines).unwrap());
    (text, compiled)
}

pub fn shell() -> Shell {
    Shell { person: "Carla Ruiz".into(), waiting: 5, csrf: "token".into(), ..Shell::default() }
}

/// A case that waits at a step, late or in time.
fn standing_at(path: &[u16], late: bool) -> Case {
    let mut case = samples::case();
    let mut task = samples::task(1, path, Ask::Review, samples::role("finance desk"));
    task.due_at = NOW.plus_ms(if late { -DAY_MS } else { DAY_MS });
    case.tasks = vec![task];
    let path = Path(path.to_vec());
    case.cursors = vec![Cursor { path, visit: 1, since: NOW.plus_ms(-DAY_MS), waiting: Waiting::Task { task: 1 } }];
    case
}

#[test]
fn every_sample_process_with_the_cases_that_stand_on_its_steps() {
    for id in ["expense-claim", "support-request", "vendor-onboarding"] {
        let (text, compiled) = sample(id);
        let definition = compiled.definition.as_ref().unwrap();
        let cases = [standing_at(&[0, 0], false), standing_at(&[1, 0], true), standing_at(&[1, 0], false)];
        let extras = Extras {
            sentences: drawing::sentences(&compiled),
            standing: drawing::standing(&cases, NOW),
            ..Extras::default()
        };
        let reader = Reader::new("Europe/Berlin", NOW, Numbers::Point);
        let view = process::ProcessView {
            answers: String::new(),
            older: 0,
            measured: Vec::new(),
            agents: false,
            may_end: false,
            row: process::ProcessRow {
                id: id.into(),
                title: definition.title.clone(),
                doing: Sentence::from("38 open; half finish within 3 days."),
                starter: None,
            },
            version: "9f2c41d07ab3".into(),
            published: reader.at(NOW.plus_ms(-40 * DAY_MS)),
            publisher: "Emil Varga".into(),
            text: Line::all(&text, &compiled),
            may_change: true,
            drawing: drawing::draw(definition, "Drawing", &extras),
            list: drawing::list(definition, &extras),
            left_out: "One more open case runs an older version.".into(),
        };
        let page = process::page(&shell(), &view).into_string();
        assert!(page.contains("2 cases here, 1 late") && page.contains("1 case here"), "{id}");
        check(&format!("process-{id}"), &page);
        let back = (format!("/processes/{id}"), definition.title.clone());
        let published = Some(("9f2c41d07ab3".into(), reader.day(NOW)));
        let page = sheet::page(&shell(), &SheetView::new(definition, back, published)).into_string();
        assert!(page.matches("<article>").count() >= 7, "{id}");
        check(&format!("sheet-{id}"), &page);
    }
}

#[test]
fn the_step_sheet_says_what_starts_ends_and_follows_a_step() {
    let (_, compiled) = sample("expense-claim");
    let definition = compiled.definition.as_ref().unwrap();
    let view = SheetView::new(definition, ("/".into(), "Back".into()), None);
    let page = sheet::page(&shell(), &view).into_string();
    for said in [
        "The employee hands in the claim form",
        "If the amount is over 500 EUR",
        "Unless the amount is over 500 EUR",
        "The finance lead has approved the claim",
        "The bank system has answered, or the finance desk has taken over",
        "Signed by the approver",
        "The case is closed as paid, which counts as a success",
        "A draft; nothing of it is published.",
    ] {
        assert!(page.contains(said), "`{said}` is missing");
    }
}

/// A draft with the text of a sample process, and its address.
async fn draft(world: &World, id: &str) -> String {
    let draft = world.post("ada", "/studio", &[("from", "empty")]).await.leads_to().to_owned();
    let words = [("revision", "1"), ("text", &*sample(id).0)];
    world.post("ada", &format!("{draft}/text"), &words).await.must_be(303);
    draft
}

#[tokio::test]
async fn a_picker_on_the_drawing_writes_one_sentence() {
    let world = World::new().await;
    let draft = draft(&world, "vendor-onboarding").await;
    let step = format!("{draft}/steps/0.1");
    world.get("ada", &draft).await.must_be(200).says(&format!("href=\"{step}\"")).says("Step sheet");
    let page = world.get("ada", &step).await.must_be(200).says("The supplier fills in the supplier form");
    check("studio-step", &page.text);
    let revision = page.hidden("revision");
    let change = [("revision", revision.as_str()), ("do", "due"), ("count", "5"), ("unit", "working")];
    world.post("ada", &format!("{step}/edits"), &change).await.must_be(303);
    let saved = world.get("ada", &draft).await;
    saved.says("fills in the supplier form within 5 working days. Remind the supplier every 3 working days.");
    let page = world.get("ada", &step).await;
    let revision = page.hidden("revision");
    let new = [("revision", revision.as_str()), ("do", "after"), ("sentence", "Somebody does it soon.")];
    world.post("ada", &format!("{step}/edits"), &new).await.must_be(422).says("Nothing was changed");
    let new = [
        ("revision", revision.as_str()),
        ("do", "after"),
        ("who", "the finance desk"),
        ("verb", "review"),
        ("what", "the supplier form"),
    ];
    world.post("ada", &format!("{step}/edits"), &new).await.must_be(303);
    world.get("ada", &draft).await.says("- The finance desk reviews the supplier form.");
    world.get("ada", &format!("{draft}/sheet")).await.must_be(200).says("A draft; nothing of it is published.");
}

#[tokio::test]
async fn a_draft_is_tried_and_nothing_of_it_is_kept() {
    let world = World::new().await;
    let trial = format!("{}/trial", draft(&world, "support-request").await);
    let page = world.get("ada", &trial).await.must_be(200).says("Fill in the form that opens a case");
    check("trial-start", &page.text);
    world.post("ada", &trial, &[("do", "start"), ("field.subject", "A bill")]).await.must_be(422).says("A bill");
    let form = [("do", "start"), ("field.subject", "A bill"), ("field.question", "I was charged twice.")];
    world.post("ada", &trial, &form).await.must_be(303);
    let page = world.get("ada", &trial).await.must_be(200).says("Let the built-in engine answer");
    check("trial-agent", &page.text);
    let (key, path) = (page.hidden("key"), page.hidden("path"));
    let none = [("do", "agent"), ("key", key.as_str()), ("path", path.as_str()), ("answer", "none")];
    world.post("ada", &trial, &none).await.must_be(303);
    let page = world.get("ada", &trial).await.says("support lead").says("To the next reminder");
    check("trial-task", &page.text);
    let (task, person) = (page.hidden("task"), page.hidden("person"));
    let chosen = [
        ("do", "answer"),
        ("task", task.as_str()),
        ("person", person.as_str()),
        ("outcome", "completed"),
        ("field.topic", "billing"),
    ];
    world.post("ada", &trial, &chosen).await.must_be(303);
    let page = world.get("ada", &trial).await.says("billing desk").says("1 case here");
    check("trial-answer", &page.text);
    let cases = world.store.cases(&countersign::store::CaseFilter::default()).await.unwrap();
    assert_eq!(cases.len(), 3, "the cases of the sample world and no other");
}

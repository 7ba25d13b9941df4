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
            measured: Vec::new(),
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
            drawing: drawing::draw(definition, "Drawing", &extras),
            list: drawing::list(definition, &extras),
            may_change: true,
            left_out: "One more open case runs an older version.".into(),
        };
        let page = process::page(&shell(), &view).into_string();
        assert!(page.contains("2 cases here, 1 late") && page.contains("1 case here"), "{id}");
        check(&format!("process-{id}"), &page);
        let back = (format!("/processes/{id}"), definition.title.clone());
        let published = Some(("9f2c41d07ab3".into(), reader.day(NOW)));
        let page = sheet::page(&shell(), &SheetView::new(definition, back, published)).into_string();
        assert!(page.matches("<article>").count() >= 8, "{id}");
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

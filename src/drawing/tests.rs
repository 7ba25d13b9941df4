//! What the drawing owes: everything is there, nothing lies on top of something else, and it is the same each time.

use super::{
    graph::{What, stage},
    layout::{place, stack},
    *,
};
use crate::language::{Attachments, compile};

const SAMPLES: [&str; 3] = ["expense-claim", "support-request", "vendor-onboarding"];

fn sample(id: &str) -> (String, crate::language::Compiled) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("processes").join(id);
    let text = std::fs::read_to_string(folder.join("process.md")).unwrap();
    let lines = std::fs::read_to_string(folder.join("examples.jsonl")).unwrap_or_default();
    let compiled = compile(&text, &Attachments::read(&lines).unwrap());
    (text, compiled)
}

/// Nothing overlaps, and every step is drawn once.
fn check(definition: &Definition) {
    let drawing =
        stack((0..definition.stages.len()).map(|at| place(&stage(definition, at, &Extras::default()))).collect());
    let mut drawn: Vec<&Path> = Vec::new();
    for band in &drawing.bands {
        let solid: Vec<_> = band.nodes.iter().filter(|node| !matches!(node.what, What::Gate | What::Bend)).collect();
        for (at, one) in solid.iter().enumerate() {
            if let What::Step { path, .. } | What::Mark { path } = &one.what {
                drawn.push(path);
            }
            assert!(one.x - one.width / 2.0 >= band.x - 0.01, "{}: {one:?} leaves its stage", definition.id);
            assert!(one.x + one.width / 2.0 <= band.x + band.width + 0.01, "{}: {one:?}", definition.id);
            assert!(one.y + one.height <= band.y + band.height, "{}: {one:?}", definition.id);
            for other in &solid[at + 1..] {
                let apart = (one.x - other.x).abs() >= (one.width + other.width) / 2.0 - 0.01
                    || one.y + one.height <= other.y
                    || other.y + other.height <= one.y;
                assert!(apart, "{}: {one:?} lies on {other:?}", definition.id);
            }
        }
    }
    let mut wanted = Vec::new();
    definition.walk(&mut |path, step| {
        if !matches!(step, countersign_core::definition::Step::Parallel { .. }) {
            wanted.push(path.clone());
        }
    });
    drawn.sort();
    wanted.sort();
    assert_eq!(drawn, wanted.iter().collect::<Vec<_>>(), "{}", definition.id);
}

#[test]
fn the_sample_processes_are_drawn_without_overlap() {
    for id in SAMPLES {
        check(sample(id).1.definition.as_ref().unwrap());
    }
}

#[test]
fn the_same_process_is_drawn_the_same_each_time() {
    for id in SAMPLES {
        let compiled = sample(id).1;
        let definition = compiled.definition.as_ref().unwrap();
        let once = draw(definition, "A", &Extras::default()).into_string();
        assert_eq!(draw(definition, "A", &Extras::default()).into_string(), once, "{id}");
    }
}

#[test]
fn a_message_shows_its_places_as_people_know_them() {
    let (_, compiled) = sample("vendor-onboarding");
    let definition = compiled.definition.unwrap();
    let mut said = Vec::new();
    definition.walk(&mut |_, step| said.push(words::of(&definition, step).what));
    let welcome = said.iter().find(|what| what.contains("Welcome")).unwrap();
    assert!(welcome.contains("Welcome, {legal name}"), "{welcome}");
}

#[test]
fn every_step_knows_the_sentences_that_it_came_from() {
    for id in SAMPLES {
        let (text, compiled) = sample(id);
        let sentences = sentences(&compiled);
        let definition = compiled.definition.as_ref().unwrap();
        definition.walk(&mut |path, _| {
            let own = sentences.get(path).map(Vec::as_slice).unwrap_or_default();
            assert!(!own.is_empty(), "{id}: step {path} has no sentence");
            assert!(own.iter().all(|at| *at < compiled.sentences.len()), "{id}: {path}");
        });
        let approval = compiled.sentences.iter().position(|one| one.text.starts_with("If the amount is over 500"));
        if let Some(approval) = approval {
            assert_eq!(sentences[&Path(vec![1, 1, 0, 0])].first(), Some(&approval), "{text}");
        }
    }
}

//! The drawn process: a definition becomes columns and rows, and those become an SVG of our own.
//!
//! Everything here is pure. Stages are bands below each other; inside a stage the crate `rust-sugiyama` orders the
//! steps and finds their columns, and rows are counted here, so that lines never run through a step. Colours come
//! from the style sheet by class: the page forbids every inline style.

mod graph;
mod layout;
pub mod sheet;
mod svg;
mod text;
pub mod words;

use std::collections::BTreeMap;

use countersign_core::{
    case::{Case, Waiting},
    definition::{Definition, Path},
    time::Timestamp,
};
use maud::Markup;

pub use self::{svg::list, words::StepWords};

/// Steps of one stage beyond which it is listed and not drawn; nobody reads a drawing of more.
pub const STEPS_A_STAGE_MAX: usize = 200;

/// How many cases stand on a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many stand there.
    pub here: u32,
    /// How many of them are late; 0 also where the reader may not know.
    pub late: u32,
}

/// What is drawn beside the definition itself.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// The sentences of each step, by their place in the list of sentences.
    pub sentences: BTreeMap<Path, Vec<usize>>,
    /// How many cases stand on each step.
    pub standing: BTreeMap<Path, Standing>,
    /// Where a step leads to, with `{path}` for its path; without it a step leads to its first sentence.
    pub link: Option<String>,
    /// The step that the reader has chosen.
    pub chosen: Option<Path>,
}

/// Draws a process; `title` is what a screen reader says first.
#[must_use]
pub fn draw(definition: &Definition, title: &str, extras: &Extras) -> Markup {
    let stages: Vec<layout::Placed> =
        (0..definition.stages.len()).map(|stage| layout::place(&graph::stage(definition, stage, extras))).collect();
    svg::page(definition, title, &layout::stack(stages), extras)
}

/// The sentences of each step, from what the compiler says of a text.
#[must_use]
pub fn sentences(compiled: &crate::language::Compiled) -> BTreeMap<Path, Vec<usize>> {
    let mut of: BTreeMap<Path, Vec<usize>> = BTreeMap::new();
    for (path, sentence) in &compiled.places {
        of.entry(path.clone()).or_default().push(*sentence);
    }
    for (index, sentence) in compiled.sentences.iter().enumerate() {
        if let Some(path) = &sentence.path {
            of.entry(path.clone()).or_default().push(index);
        }
    }
    for list in of.values_mut() {
        list.sort_unstable();
        list.dedup();
    }
    of
}

/// On which steps these open cases stand, and how many of them are late there.
#[must_use]
pub fn standing<'a>(cases: impl IntoIterator<Item = &'a Case>, now: Timestamp) -> BTreeMap<Path, Standing> {
    let mut standing: BTreeMap<Path, Standing> = BTreeMap::new();
    for case in cases {
        let mut counted: Vec<&Path> = Vec::new();
        for cursor in case.cursors.iter().filter(|cursor| cursor.waiting != Waiting::Tracks) {
            if counted.contains(&&cursor.path) {
                continue;
            }
            counted.push(&cursor.path);
            let here = standing.entry(cursor.path.clone()).or_default();
            here.here += 1;
            let late = case.open_tasks().any(|task| task.path == cursor.path && task.due_at < now)
                || matches!(&cursor.waiting, Waiting::Effect { answer_by, .. } if *answer_by < now)
                || matches!(&cursor.waiting, Waiting::Message { look_at, .. } if *look_at < now);
            here.late += u32::from(late);
        }
    }
    standing
}

#[cfg(test)]
mod tests;

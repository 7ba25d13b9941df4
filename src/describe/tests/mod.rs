//! Writing with a model, from the request that would leave to the draft, over a scripted provider.

use std::{sync::Arc, time::Duration};

use serde_json::{Value as Json, json};

use super::*;
use crate::{language, llm::scripted::Scripted};

mod answers;
mod changes;
mod limits;

/// A description that says most of what a process needs, and one thing that is none of its business.
const PROSE: &str = "Any employee can ask for leave. They fill in a leave form with the start date, the length in days \
                     and a reason. The team lead approves the leave within two working days. If it is longer than 10 \
                     days, the people desk reviews it as well. Everybody is fond of Fridays.";

/// A line of an answer.
fn line(quote: Option<&str>, text: &str) -> Json {
    json!({"quote": quote, "text": text})
}

fn lines() -> Vec<Json> {
    vec![
        line(None, "# Leave"),
        line(Some("Any employee can ask for leave"), "An employee can start this process."),
        line(None, "The team lead is accountable for this process."),
        line(None, "The people desk is a role."),
        line(
            Some("They fill in a leave form with the start date, the length in days and a reason"),
            "The leave form asks for the start (date), the length (number) and the reason (text).",
        ),
        line(None, "Stage Decision:"),
        line(
            Some("The team lead approves the leave within two working days."),
            "- The team lead approves the leave within 2 working days.",
        ),
        line(
            Some("If it is longer than 10 days, the people desk reviews it as well."),
            "- If the length is over 10, the people desk reviews the leave.",
        ),
        line(None, "- Close the case as done."),
    ]
}

fn answer(lines: &[Json], dropped: &[(&str, &str)]) -> Json {
    let dropped: Vec<Json> = dropped.iter().map(|(quote, why)| json!({"quote": quote, "why": why})).collect();
    json!({"sentences": lines, "questions": [], "dropped": dropped})
}

const FRIDAYS: (&str, &str) = ("Everybody is fond of Fridays.", "no step of the process");

/// An answer without a fault.
fn good() -> Json {
    answer(&lines(), &[FRIDAYS])
}

/// The good answer with one line written otherwise.
fn with(place: usize, new: Json) -> Json {
    let mut lines = lines();
    lines[place] = new;
    answer(&lines, &[FRIDAYS])
}

fn script(answers: &[Json]) -> Scripted {
    answers.iter().fold(Scripted::new().unwrap(), |script, answer| script.says(answer.to_string()))
}

/// What becomes of a description, and the requests that left.
async fn check_over(script: Scripted, prose: &str, limits: Limits) -> (Described, Vec<Json>) {
    let provider = Arc::new(script);
    let describer = Describer::new(Some(Arc::clone(&provider) as _), limits).unwrap();
    let described = describer.describe(prose).await.unwrap();
    let requests = provider.requests();
    // Whatever a model answers: a text is whole only when nothing but questions is left of it.
    let compiled = language::compile(&described.text, &Attachments::default());
    assert!(described.text.is_empty() || compiled.diagnostics == described.diagnostics);
    assert!(!described.complete || compiled.draft.is_some(), "{}", described.text);
    assert_eq!(described.complete, described.stopped.is_none());
    for written in &described.sentences {
        assert_eq!(described.text.get(written.start..written.end), Some(written.text.as_str()));
        let quote = written.quote.as_ref();
        assert!(quote.is_none_or(|quote| prose.get(quote.start..quote.end) == Some(quote.text.as_str())));
    }
    (described, requests)
}

async fn check(answers: &[Json], prose: &str) -> (Described, Vec<Json>) {
    check_over(script(answers), prose, Limits::default()).await
}

fn user(request: &Json) -> String {
    request["messages"][1]["content"].as_str().unwrap().to_owned()
}

//! What is wrong on the paths through a process, in words.

use countersign_core::definition::{Definition, FieldSource, Path};

use super::{
    check::Places,
    diagnostics::{Diagnostic, whole_line},
    flow::Wrong,
    names::written,
    sentence::Raw,
};

/// What is wrong at a step, with a way out.
pub(crate) fn explain(definition: &Definition, places: &Places<'_>, path: &Path, wrong: &Wrong) -> Diagnostic {
    let span = places.span(path);
    match wrong {
        Wrong::Unreachable => {
            let why = "the step before it closes the case or sends it back on every path";
            let line = whole_line(places.text, span);
            Diagnostic::error("E501", span, "no case ever comes to this step", why)
                .fix("Leave this sentence out", line.0, line.1, "")
                .advise("move it to where cases come by")
        }
        Wrong::UnreachableStage(index) => {
            let name = definition.stages.get(*index).map_or("", |stage| stage.name.as_str());
            let why = "every path of the stages before it closes the case or sends it back";
            Diagnostic::error("E501", span, format!("no case ever comes to the stage `{name}`"), why)
                .advise("leave the stage out, or close the case only under a condition")
        }
        Wrong::NotFilled(field) => not_filled(definition, span, field),
        Wrong::NotApproved(who) => {
            let message = format!("the {who} signs this, but on some path to it the {who} has approved nothing");
            let why = "what needs a signature is never sent without one that was really given";
            Diagnostic::error("E512", span, message, why)
                .advise(format!("write a step before it in which the {who} approves, on every path"))
                .advise("say that nobody signs it")
        }
        Wrong::RejectionGoesOn => {
            let why = "what was rejected must not go on as if it had been approved";
            Diagnostic::error("E519", span, "after a rejection here the case would go on", why)
                .advise("end the sentences about the rejection with `Close the case as rejected.` or `Return to ...`")
        }
        Wrong::ReturnsForward(stage) => {
            let why = "a case returns to something that it has been through; forward it goes by itself";
            let message = format!("the stage `{stage}` comes later, so no case can return to it");
            let found = Diagnostic::error("E518", span, message, why);
            let here = definition.stages.get(path.stage_index());
            let sentence = &places.text[span.0..span.1];
            match (here, sentence.to_lowercase().find(&format!("return to {}", stage.to_lowercase()))) {
                (Some(here), Some(at)) => {
                    let start = span.0 + at + "return to ".len();
                    found.fix(format!("Return to `{}`", here.name), start, start + stage.len(), written(&here.name))
                }
                _ => found.advise("name an earlier stage"),
            }
        }
        Wrong::NoWayOut(index) => {
            let name = definition.stages.get(*index).map_or("", |stage| stage.name.as_str());
            let why =
                "every path goes back, and none closes the case: it would run in a circle until somebody stops it";
            let message = format!("from the stage `{name}` no path leads to an end");
            Diagnostic::error("E522", span, message, why)
                .advise("put the return behind a condition, and close the case otherwise")
        }
        Wrong::DeadEnd => dead_end(definition, places, path),
    }
}

fn not_filled(definition: &Definition, span: (usize, usize), field: &str) -> Diagnostic {
    let label = definition.field(field).map_or(field, |field| field.label.as_str());
    let message = format!("on some path to this step nobody has filled `{label}` yet");
    let why = "a step that needs a value that is not there would be stuck";
    let found = Diagnostic::error("E508", span, message, why);
    match definition.field(field).map(|field| &field.source) {
        Some(FieldSource::Form { form, .. }) => {
            found.advise(format!("write a step before it in which somebody fills in the {form}"))
        }
        Some(FieldSource::Document { document }) => {
            found.advise(format!("read it from the {} before", document.replace('_', " ")))
        }
        Some(FieldSource::Template { .. }) => found.advise("fill it in from its template before"),
        _ => found.advise("let an agent classify it before"),
    }
}

fn dead_end(definition: &Definition, places: &Places<'_>, path: &Path) -> Diagnostic {
    let stage = path.stage_index();
    let mut inside = places.steps.iter().filter(|(step, _)| step.stage_index() == stage);
    let first = inside.clone().map(|(_, sentence)| *sentence).min();
    let last = inside.by_ref().map(|(_, sentence)| *sentence).max();
    // Sentences that say more about the last step stand behind it in the same bullets.
    let next = places.headings.iter().copied().filter(|heading| Some(*heading) > last).min();
    let plain = |index: &usize| places.raws.get(*index).is_some_and(|raw| is_bulleted(places.text, raw));
    let upper = next.unwrap_or(places.raws.len());
    let end = last.map(|last| (last..upper).take_while(plain).last().unwrap_or(last));
    let raw = end.and_then(|index| places.raws.get(index));
    let span = raw.map_or_else(|| places.span(path), |raw| (raw.start, raw.end));
    let name = definition.stages.get(stage).map_or("", |stage| stage.name.as_str());
    let message = format!("the stage `{name}` can end here without the case being closed");
    let why = "a case that nobody closes would stay open for ever";
    let found = Diagnostic::error("E502", span, message, why);
    match (first.and_then(|index| places.raws.get(index)), raw) {
        (Some(first), Some(last)) => {
            let line = places.text[..first.start].rfind('\n').map_or(0, |at| at + 1);
            let blanks: String = places.text[line..first.start].chars().take_while(|c| c.is_whitespace()).collect();
            let stop = if places.text[..last.end].ends_with(['.', ':']) { "" } else { "." };
            let text = format!("{stop}\n{blanks}- Close the case as done.");
            found.fix("Close the case there", last.end, last.end, text)
        }
        _ => found.advise("end the last stage with a sentence such as `Close the case as paid.`"),
    }
}

/// Whether the sentence stands in a bullet.
fn is_bulleted(text: &str, raw: &Raw) -> bool {
    let line = text[..raw.start].rfind('\n').map_or(0, |at| at + 1);
    text[line..].trim_start().starts_with(['-', '*'])
}

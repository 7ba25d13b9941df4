//! What has changed in a case since a page was made: found by the digest that the page carries.

use countersign_core::{
    case::{Case, CheckResult, Finding},
    definition::Field,
};

use super::{
    catalogue::text::{said, task as text},
    scene::Scene,
    sentence::Sentence,
    views::task::Change,
};
use crate::runtime::history::{History, Moment};

/// What this reader saw when the digest `shown` of a task was theirs, beside what there is now.
///
/// Fields that the reader may not see are not told. When nothing else has changed, or the digest is of no moment of
/// this case, one line says so rather than none.
pub(super) fn since(scene: &Scene, history: &History, task: u32, shown: &str) -> Vec<Change> {
    let place = history.moments.iter().rposition(|moment| moment.after.shown(task) == shown);
    let Some(place) = place else { return vec![something(Sentence::from(said::UNKNOWN_PAGE))] };
    let (Some(moment), later) = (history.moments.get(place), history.moments.get(place + 1..).unwrap_or_default())
    else {
        return Vec::new();
    };
    let then = &moment.after;
    let mut changes: Vec<Change> = scene
        .loaded
        .definition
        .fields
        .iter()
        .filter(|field| !scene.hidden.contains(&field.name))
        .filter_map(|field| changed_field(scene, then, later, field))
        .collect();
    changes.extend(changed_findings(scene, then, later));
    changes.extend(changed_questions(scene, then, later, task));
    if changes.is_empty() {
        changes.push(something(by(scene, later.first())));
    }
    changes
}

fn changed_field(scene: &Scene, then: &Case, later: &[Moment], field: &Field) -> Option<Change> {
    let (now, name) = (&scene.loaded.case, field.name.as_str());
    let written = then.field_digest(name) != now.field_digest(name);
    if !written && then.suggestions.get(name) == now.suggestions.get(name) {
        return None;
    }
    let cause = later.iter().rev().find(|moment| {
        moment.before.field_digest(name) != moment.after.field_digest(name)
            || moment.before.suggestions.get(name) != moment.after.suggestions.get(name)
    });
    Some(Change {
        what: super::format::capital(&scene.words().field(name)),
        before: value(scene, then, name),
        now: value(scene, now, name),
        by: by(scene, cause),
    })
}

fn value(scene: &Scene, case: &Case, name: &str) -> String {
    let suggested = case.suggestion(name).and_then(|suggestion| suggestion.value.as_ref());
    let value = case.value(name).or(suggested);
    value.map_or_else(|| text::NOT_GIVEN.to_owned(), |value| scene.words().value(case, value))
}

fn changed_findings(scene: &Scene, then: &Case, later: &[Moment]) -> Vec<Change> {
    let now = &scene.loaded.case;
    let result = |finding: Option<&Finding>| {
        finding.map_or(said::NOT_CHECKED, |finding| match finding.result {
            CheckResult::Passed => said::AGREES,
            CheckResult::Failed => said::DIFFERS,
            CheckResult::CannotTell { .. } => said::CANNOT_TELL,
        })
    };
    let differs = |path: &countersign_core::definition::Path| {
        then.findings.get(path).map(|finding| &finding.result) != now.findings.get(path).map(|finding| &finding.result)
    };
    let cause =
        |path| later.iter().rev().find(|moment| moment.before.findings.get(path) != moment.after.findings.get(path));
    let all = now.findings.iter().filter(|(path, _)| differs(path));
    all.map(|(path, finding)| Change {
        what: super::format::capital(&finding.words),
        before: result(then.findings.get(path)).to_owned(),
        now: result(Some(finding)).to_owned(),
        by: by(scene, cause(path)),
    })
    .collect()
}

fn changed_questions(scene: &Scene, then: &Case, later: &[Moment], task: u32) -> Option<Change> {
    let questions = |case: &Case| case.task(task).map(|task| task.questions.clone()).unwrap_or_default();
    let (old, new) = (questions(then), questions(&scene.loaded.case));
    if old == new {
        return None;
    }
    let cause = later.iter().rev().find(|moment| questions(&moment.before) != questions(&moment.after));
    let answered = new.iter().rev().find_map(|question| question.answer.as_ref().map(|(_, answer)| answer.clone()));
    Some(Change {
        what: text::QUESTIONS.to_owned(),
        before: said::questions(old.len()),
        now: answered.unwrap_or_else(|| said::questions(new.len())),
        by: by(scene, cause),
    })
}

fn something(by: Sentence) -> Change {
    Change { what: said::SOMETHING.to_owned(), before: String::new(), now: said::LOOK_BELOW.to_owned(), by }
}

/// Who brought a change about, and when.
fn by(scene: &Scene, moment: Option<&Moment>) -> Sentence {
    match moment.and_then(|moment| moment.stored.event.as_ref()) {
        Some(event) => {
            Sentence::new(format!("{}, ", scene.words().acting(&event.by))).moment(scene.reader.at(event.at))
        }
        None => Sentence::default(),
    }
}

//! Where a case stands, in the terms of the first sentence on its page.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, Status, Waiting},
    context::Context,
    decide::wait::day_of_wait,
    definition::{FieldKind, Step, Who},
    people::PersonId,
    time::Timestamp,
    who,
};

/// One thing that a case waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// For whom or what.
    pub on: WaitOn,
    /// Since when.
    pub since: Timestamp,
    /// When it is due.
    pub due: Option<Timestamp>,
}

/// For whom or what a case waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum WaitOn {
    /// People.
    People {
        /// The task.
        task: u32,
        /// As the process text names them.
        who: Who,
        /// In words, such as `the finance lead`.
        words: String,
        /// Who may decide it now.
        people: Vec<PersonId>,
    },
    /// An agent.
    Agent,
    /// Another system.
    System {
        /// Its name.
        system: String,
    },
    /// A set time.
    Time,
    /// A message from outside.
    Message {
        /// Its name.
        name: String,
    },
    /// Somebody who resolves an incident.
    Incident {
        /// Its number.
        incident: u32,
        /// What happened.
        what: String,
    },
}

/// Everything that the case waits for now, the most urgent first.
#[must_use]
pub fn waits(context: &Context<'_>, case: &Case, at: Timestamp) -> Vec<Wait> {
    if !case.is_open() {
        return Vec::new();
    }
    let mut waits: Vec<Wait> = case
        .open_incidents()
        .map(|incident| Wait {
            on: WaitOn::Incident { incident: incident.number, what: incident.what.clone() },
            since: incident.since,
            due: None,
        })
        .collect();
    let mut people: Vec<Wait> = case
        .open_tasks()
        .map(|task| Wait {
            on: WaitOn::People {
                task: task.number,
                who: task.who.clone(),
                words: who::words(context, &task.who),
                people: who::eligible(context, case, task, at).into_iter().map(|one| one.person).collect(),
            },
            since: task.opened_at,
            due: Some(task.due_at),
        })
        .collect();
    people.sort_by_key(|wait| wait.due);
    waits.extend(people);
    waits.extend(case.cursors.iter().filter_map(|cursor| {
        let (on, due) = match &cursor.waiting {
            Waiting::Nothing | Waiting::Agent => (WaitOn::Agent, None),
            Waiting::Effect { answer_by, .. } => {
                let system = match context.definition.step(&cursor.path) {
                    Some(Step::System(step)) => step.system.clone(),
                    Some(_) | None => String::from("another system"),
                };
                (WaitOn::System { system }, Some(*answer_by))
            }
            Waiting::LookUp { answer_by, .. } => {
                let system = match context.definition.step(&cursor.path) {
                    Some(Step::LookUp(step)) => step.system.clone(),
                    Some(_) | None => String::from("another system"),
                };
                (WaitOn::System { system }, Some(*answer_by))
            }
            Waiting::Day => (WaitOn::Time, day_of_wait(context, case, cursor).ok()),
            Waiting::Until { at } => (WaitOn::Time, Some(*at)),
            Waiting::Message { name, look_at } => (WaitOn::Message { name: name.clone() }, Some(*look_at)),
            Waiting::Task { .. } | Waiting::Tracks | Waiting::Incident { .. } => return None,
        };
        Some(Wait { on, since: cursor.since, due })
    }));
    waits
}

/// The name of the stage that the case stands in; `None` when it is closed.
#[must_use]
pub fn stage<'a>(context: &Context<'a>, case: &Case) -> Option<&'a str> {
    let stage = case.cursors.first()?.path.stage_index();
    context.definition.stages.get(stage).map(|stage| stage.name.as_str())
}

/// A short line that tells this case from others of its process: its first fields that everybody may see.
#[must_use]
pub fn subject(context: &Context<'_>, case: &Case) -> String {
    let definition = context.definition;
    let open = definition.start_fields().filter(|field| {
        !matches!(
            field.kind,
            FieldKind::Document | FieldKind::Iban | FieldKind::YesNo | FieldKind::Person | FieldKind::List { .. }
        ) && definition.rules_about(&field.name).next().is_none()
    });
    let mut subject = String::new();
    for value in open.filter_map(|field| case.value(&field.name)).take(2) {
        if !subject.is_empty() {
            subject.push_str(", ");
        }
        let plain = value.plain();
        let line = plain.lines().next().unwrap_or_default();
        subject.extend(line.chars().take(60));
    }
    subject
}

/// How a closed case closed.
#[must_use]
pub const fn closing(case: &Case) -> Option<(&String, bool, Timestamp)> {
    match &case.status {
        Status::Closed { closing, success, at } => Some((closing, *success, *at)),
        Status::Open | Status::Unopened => None,
    }
}

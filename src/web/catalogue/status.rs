//! Where a case stands, in one sentence: waiting for whom, since when, due when, and what happens then.

use countersign_core::{
    case::{Case, Cursor, Hold, Incident, Status, Task, TaskState, Waiting},
    definition::{AgentWork, Step, WaitUntil, Who},
    time::Timestamp,
    wake::escalates_at,
    who::party,
};

use super::{Words, text};
use crate::web::{
    format::{Urgency, list},
    sentence::Sentence,
};

impl Words<'_> {
    /// The status sentence of a case.
    #[must_use]
    pub fn status(&self, case: &Case) -> Sentence {
        match &case.status {
            Status::Unopened => return Sentence::from(text::status::UNOPENED),
            Status::Closed { closing, at, .. } => {
                return Sentence::new(format!("Closed as {closing} ")).moment(self.reader.at(*at)).text(".");
            }
            Status::Open => {}
        }
        if let Some(hold) = &case.held {
            return self.on_hold(hold);
        }
        if let Some(incident) = case.open_incidents().next() {
            return self.stuck(incident);
        }
        let mut open: Vec<&Task> = case.open_tasks().collect();
        open.sort_by_key(|task| task.due_at);
        match open.as_slice() {
            [] => self.waits_for_no_person(case),
            [task, others @ ..] => self.waits_for_people(case, task, others),
        }
    }

    /// Why a task cannot be decided while its case is on hold; `None` for the one that ends the hold.
    #[must_use]
    pub fn held(&self, case: &Case, task: &Task) -> Option<Sentence> {
        let hold = case.held.as_ref().filter(|hold| case.is_open() && hold.task != task.number)?;
        Some(self.on_hold(hold).text(format!(" {}", text::steering::NOT_NOW)))
    }

    /// Since when a case is on hold, by whom and why.
    fn on_hold(&self, hold: &Hold) -> Sentence {
        Sentence::new(format!("{} ", text::steering::ON_HOLD))
            .moment(self.reader.since(hold.since))
            .text(text::steering::held_because(&self.person(&hold.by), &hold.reason))
    }

    /// For whom one task waits, since when, due when; or how it stands once it is settled.
    #[must_use]
    pub fn owner(&self, case: &Case, task: &Task) -> Sentence {
        match &task.state {
            TaskState::Open => self.waits_for_people(case, task, &[]),
            TaskState::Closed { at, .. } => Sentence::new("Settled ").moment(self.reader.at(*at)).text("."),
            TaskState::Cancelled { at } => {
                Sentence::new("No longer needed since ").moment(self.reader.at(*at)).text(".")
            }
        }
    }

    /// What happens when the due date passes: who may decide then, and from when on.
    #[must_use]
    pub fn then(&self, case: &Case, task: &Task) -> Option<Sentence> {
        // While a case is on hold its clocks stand still.
        if task.state != TaskState::Open || self.held(case, task).is_some() {
            return None;
        }
        let Some(Step::Human(step)) = self.definition.step(&task.path) else { return None };
        let escalation = step.escalations.get(usize::from(task.escalated))?;
        let at = escalates_at(self.calendar, task, escalation.after);
        let whom = self.who(&escalation.to, case);
        let then = match party(self.definition, task) {
            Some(_) => format!("If nothing comes in, {whom} may answer too, from "),
            None => format!("If nothing is decided, {whom} decides instead, from "),
        };
        Some(Sentence::new(then).moment(self.reader.at(at)).text("."))
    }

    fn waits_for_people(&self, case: &Case, first: &Task, others: &[&Task]) -> Sentence {
        let sentence = Sentence::new(format!("Waiting for {} ", self.waits_for(case, first)))
            .moment(self.reader.since(self.asked_at(first)))
            .text(if self.reader.urgency(first.due_at) == Urgency::Late { "; it " } else { "; " })
            .moment(self.reader.due(first.due_at));
        let mut names: Vec<String> = others.iter().map(|task| self.waits_for(case, task)).collect();
        names.dedup();
        if names.is_empty() {
            sentence.text(".")
        } else {
            sentence.text(format!(". Also waiting for {}.", list(&names)))
        }
    }

    /// Since when a task waits for whoever it waits for now.
    fn asked_at(&self, task: &Task) -> Timestamp {
        let passed = usize::from(task.escalated).checked_sub(1);
        match (self.definition.step(&task.path), passed) {
            (Some(Step::Human(step)), Some(passed)) => {
                let moved = step.escalations.get(passed).map(|one| escalates_at(self.calendar, task, one.after));
                moved.unwrap_or(task.opened_at)
            }
            _ => task.opened_at,
        }
    }

    fn stuck(&self, incident: &Incident) -> Sentence {
        let place = match self.definition.step(&incident.path) {
            Some(Step::System(step)) => format!("at {}", text::the(&step.system)),
            Some(_) | None => "on its way".to_owned(),
        };
        Sentence::new(format!("Stuck {place} ")).moment(self.reader.since(incident.since)).text(format!(
            ": {}. Next: {}.",
            trimmed(&incident.what),
            trimmed(&incident.next_action)
        ))
    }

    fn waits_for_no_person(&self, case: &Case) -> Sentence {
        let waiting = case.cursors.iter().find(|cursor| !matches!(cursor.waiting, Waiting::Tracks | Waiting::Nothing));
        waiting
            .map_or_else(|| Sentence::from(text::status::MOVES_BY_ITSELF), |cursor| self.waits_for_world(case, cursor))
    }

    /// What follows when a system does not answer: whoever the text names takes over, or its steps for that are taken.
    fn or_else(
        &self,
        waits: Sentence,
        case: &Case,
        cursor: &Cursor,
        otherwise: Option<&Who>,
        by: Timestamp,
    ) -> Sentence {
        let waits = waits.moment(self.reader.since(cursor.since)).text("; if nothing comes, ");
        match otherwise {
            Some(who) => waits.text(self.who(who, case)).text(" takes over "),
            None => waits.text("the steps for that follow "),
        }
        .moment(self.reader.at(by))
        .text(".")
    }

    fn waits_for_world(&self, case: &Case, cursor: &Cursor) -> Sentence {
        let step = self.definition.step(&cursor.path);
        match &cursor.waiting {
            Waiting::Agent => {
                let work = match step {
                    Some(Step::Agent(step)) => self.work(&step.work),
                    Some(_) | None => text::status::AN_AGENT.to_owned(),
                };
                Sentence::new(format!("{work} "))
                    .moment(self.reader.since(cursor.since))
                    .text(text::status::NOTHING_TO_DO)
            }
            Waiting::Effect { answer_by, .. } => match step {
                Some(Step::System(step)) => {
                    let waiting = format!("Waiting for {} to answer ", text::the(&step.system));
                    let otherwise = step.failure.is_empty().then_some(&step.on_failure);
                    self.or_else(Sentence::new(waiting), case, cursor, otherwise, *answer_by)
                }
                Some(_) | None => {
                    Sentence::new("A message is on its way ").moment(self.reader.since(cursor.since)).text(".")
                }
            },
            Waiting::LookUp { answer_by, .. } => match step {
                Some(Step::LookUp(step)) => {
                    let asked = format!("{} is being asked ", text::capital_the(&step.system));
                    let otherwise = step.failure.is_empty().then_some(&step.on_failure);
                    self.or_else(Sentence::new(asked), case, cursor, otherwise, *answer_by)
                }
                Some(_) | None => Sentence::from(text::status::MOVES_BY_ITSELF),
            },
            Waiting::Day => match step {
                Some(Step::Wait { until: WaitUntil::Date { field, .. } }) => {
                    Sentence::new(format!("Waiting for {}, as the text says.", text::the(&self.field(field))))
                }
                Some(_) | None => Sentence::from(text::status::MOVES_BY_ITSELF),
            },
            Waiting::Until { at } => {
                Sentence::new("Waiting until ").moment(self.reader.at(*at)).text(", as the text says.")
            }
            Waiting::Message { name, look_at } => {
                Sentence::new(format!("Waiting for the message “{name}” from outside "))
                    .moment(self.reader.since(cursor.since))
                    .text("; somebody looks ")
                    .moment(self.reader.at(*look_at))
                    .text(" if it has not come.")
            }
            Waiting::Nothing | Waiting::Task { .. } | Waiting::Tracks | Waiting::Incident { .. } => {
                Sentence::from(text::status::MOVES_BY_ITSELF)
            }
        }
    }

    fn work(&self, work: &AgentWork) -> String {
        match work {
            AgentWork::Extract { document, .. } => {
                format!("{} is being read", text::capital_the(&self.field(document)))
            }
            AgentWork::Classify { field, .. } => {
                format!("A suggestion for {} is being made", text::the(&self.field(field)))
            }
            AgentWork::Score { field, .. } => {
                format!("A mark for {} is being suggested", text::the(&self.field(field)))
            }
            AgentWork::Judge { criterion, .. } => format!("An agent is looking whether {criterion}"),
            AgentWork::Draft { field, .. } => format!("{} is being filled in", text::capital_the(&self.field(field))),
            AgentWork::Prepare { reader } => format!("A summary for {} is being written", self.who_in_general(reader)),
        }
    }
}

/// Text of others without the full stop that our sentence brings.
fn trimmed(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

//! Time has passed: reminders, escalations, waits that end, answers that are overdue.

use alloc::{string::String, vec::Vec};

use super::{Rejected, Turn, hold::resumed};
use crate::{
    authorise::Verb,
    case::{Ask, TakeOver, Task, Waiting},
    command::{Command, Notice, agent_key},
    definition::{HumanStep, Step, WaitUntil},
    planted::planted,
    time::{Calendar, DAY_MS, MINUTE_MS, Span, Timestamp},
    wake::AGENT_ANSWER_WITHIN_MS,
};

/// How far apart reminders are where the text does not say.
const REMIND_EVERY: Span = Span::WorkingDays(1);

/// Reminders of one task are never closer than this, in milliseconds, whatever the text says.
const REMIND_APART_MIN_MS: i64 = MINUTE_MS;

impl Turn<'_> {
    /// Does what is due at the event's time and nothing else, so that a second tick changes nothing.
    pub(super) fn tick(&mut self) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        if let Some(hold) = &self.case.held {
            // The clocks of everything else stand still.
            self.remind(hold.task);
            return Ok(());
        }
        let open: Vec<u32> = self.case.open_tasks().map(|task| task.number).collect();
        for number in open {
            self.escalate(number);
            self.remind(number);
        }
        for index in 0..self.case.cursors.len() {
            self.tick_cursor(index);
        }
        Ok(())
    }

    fn remind(&mut self, number: u32) {
        let (at, calendar) = (self.at, self.context.calendar);
        let Some(task) = self.case.task(number) else {
            return;
        };
        let every =
            human_step(self.context.definition.step(&task.path), &task.ask).and_then(|human| human.remind_every);
        let every = every.unwrap_or(REMIND_EVERY);
        let Some(due) = task.remind_at.filter(|due| *due <= at) else {
            return;
        };
        // However late the tick comes, one reminder goes out and the next lies ahead.
        let mut next = calendar.after(due, every);
        if next <= at {
            next = calendar.after(at, every);
        }
        let Some(task) = self.case.tasks.iter_mut().find(|task| task.number == number) else {
            return;
        };
        task.remind_at = Some(if planted(4) { due } else { next.max(at.plus_ms(REMIND_APART_MIN_MS)) });
        task.reminders = task.reminders.saturating_add(1);
        let count = task.reminders;
        self.notify(number, Notice::Reminder { count });
    }

    fn escalate(&mut self, number: u32) {
        let (at, calendar) = (self.at, self.context.calendar);
        while let Some(task) = self.case.task(number) {
            let human = human_step(self.context.definition.step(&task.path), &task.ask);
            let next = human.and_then(|human| human.escalations.get(usize::from(task.escalated)));
            let Some(next) = next.filter(|next| escalates_at(calendar, task, next.after) <= at) else {
                return;
            };
            let to = next.to.clone();
            if let Some(task) = self.case.tasks.iter_mut().find(|task| task.number == number) {
                task.who = to;
                task.assignee = None;
                task.escalated += 1;
            }
            self.notify(number, Notice::Escalated);
        }
    }

    fn tick_cursor(&mut self, index: usize) {
        let cursor = self.case.cursors[index].clone();
        match cursor.waiting {
            Waiting::Until { at } if at <= self.at || planted(3) && at <= self.at.plus_ms(DAY_MS) => {
                self.time_passed(index)
            }
            Waiting::Day => self.look_at_day(index),
            Waiting::LookUp { key, answer_by } if answer_by <= self.at => {
                if let Some(Step::LookUp(step)) = self.context.definition.step(&cursor.path) {
                    self.unanswered(index, step, key, String::from("no answer has come in time"));
                }
            }
            Waiting::Message { name, look_at } if look_at <= self.at => {
                if let Some(Step::Wait { until: WaitUntil::Message { otherwise, .. } }) =
                    self.context.definition.step(&cursor.path)
                {
                    let who = otherwise.clone();
                    self.take_over(index, TakeOver::NoMessage { name }, who);
                }
            }
            Waiting::Effect { key, answer_by } if answer_by <= self.at => {
                let late = String::from("no answer has come in time; it may have been carried out");
                self.system_failed(index, &key, &late, true);
            }
            Waiting::Agent if cursor.since.plus_ms(AGENT_ANSWER_WITHIN_MS) <= self.at => {
                // The question may have been lost; it is put again under the same key.
                self.case.cursors[index].since = self.at;
                let key = agent_key(&self.case.id, &cursor.path, cursor.visit);
                self.commands.push(Command::AskAgent { key, path: cursor.path });
            }
            Waiting::Nothing
            | Waiting::Agent
            | Waiting::Task { .. }
            | Waiting::Effect { .. }
            | Waiting::LookUp { .. }
            | Waiting::Until { .. }
            | Waiting::Message { .. }
            | Waiting::Tracks
            | Waiting::Incident { .. } => {}
        }
    }
}

/// When the right to decide moves on; the time for which the case was on hold does not count.
#[must_use]
pub fn escalates_at(calendar: &Calendar, task: &Task, after: Span) -> Timestamp {
    let at = calendar.after(task.opened_at, after);
    if task.held_ms == 0 { at } else { resumed(calendar, at, task.held_ms) }
}

/// The text's own clock for a task; a question, a confirmation or a take-over has none.
pub(crate) fn human_step<'a>(step: Option<&'a Step>, ask: &Ask) -> Option<&'a HumanStep> {
    let own = matches!(ask, Ask::Provide { .. } | Ask::Approve { .. } | Ask::Review | Ask::Do { .. });
    match step {
        Some(Step::Human(human)) if own => Some(human),
        Some(_) | None => None,
    }
}

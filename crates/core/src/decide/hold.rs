//! A case on hold: nothing automatic runs, nothing is decided, and its clocks stand still.
//!
//! Somebody still owns it: whoever is accountable has a task that says when to look again. When it goes on,
//! every due date, reminder, escalation and wait lies as far ahead as it did when the hold began.

use alloc::string::String;

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{Ask, Hold, Outcome, TakeOver, TaskState, Waiting},
    definition::{Path, index_u16},
    planted::planted,
    time::{Calendar, Span, Timestamp},
};

/// When whoever is accountable looks at a case on hold again.
pub(super) const LOOK_AGAIN_AFTER: Span = Span::WorkingDays(5);

impl Turn<'_> {
    pub(super) fn hold(&mut self, reason: &str) -> Result<(), Rejected> {
        self.permit(&Verb::MoveCase)?;
        self.not_on_hold(None)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Rejected::ReasonMissing);
        }
        let by = self.by.id();
        self.begin_hold(Hold { reason: String::from(reason), by, since: self.at, task: 0 });
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), Rejected> {
        self.permit(&Verb::MoveCase)?;
        let Some(hold) = self.case.held.take() else {
            return Err(Rejected::Unknown { number: self.case.number, what: String::from("hold to end") });
        };
        self.cancel_task(hold.task);
        self.let_go_on(&hold);
        Ok(())
    }

    /// Whoever was asked to look again has: the case goes on, or stays on hold until the next look.
    pub(super) fn looked_again(&mut self, outcome: Outcome) {
        let Some(hold) = self.case.held.take() else { return };
        if outcome == Outcome::TryAgain {
            self.begin_hold(hold);
        } else {
            self.let_go_on(&hold);
        }
    }

    /// Invariant: while a case is on hold only the task that ends the hold can be decided.
    pub(super) fn not_on_hold(&self, task: Option<u32>) -> Result<(), Rejected> {
        match &self.case.held {
            Some(hold) if task != Some(hold.task) && !planted(14) => {
                Err(Rejected::OnHold { number: self.case.number, reason: hold.reason.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn begin_hold(&mut self, hold: Hold) {
        let stage = self.case.cursors.first().map_or(0, |cursor| cursor.path.stage_index());
        // The path of a stage without a step: the task belongs to none of them.
        let path = Path(alloc::vec![index_u16(stage)]);
        let ask = Ask::TakeOver { why: TakeOver::OnHold { reason: hold.reason.clone() } };
        let who = self.accountable();
        let task = self.open_task(&path, ask, who, LOOK_AGAIN_AFTER, None);
        if let Some(look) = self.case.tasks.last_mut() {
            // A case is held for a reason: nobody is reminded of it before it is time to look again.
            look.remind_at = Some(look.due_at);
        }
        self.case.held = Some(Hold { task, ..hold });
    }

    /// Every clock that stood still goes on from where it stood.
    fn let_go_on(&mut self, hold: &Hold) {
        let held_ms = self.at.0.saturating_sub(hold.since.0).max(0);
        let calendar = self.context.calendar;
        for task in &mut self.case.tasks {
            if task.state != TaskState::Open {
                continue;
            }
            // A task that came up while the case was on hold has stood still only since then.
            let stood = held_ms.min(self.at.0.saturating_sub(task.opened_at.0).max(0));
            task.held_ms = task.held_ms.saturating_add(stood);
            task.due_at = resumed(calendar, task.due_at, stood);
            task.remind_at = task.remind_at.map(|at| resumed(calendar, at, stood));
        }
        for cursor in &mut self.case.cursors {
            let stood = held_ms.min(self.at.0.saturating_sub(cursor.since.0).max(0));
            match &mut cursor.waiting {
                Waiting::Effect { answer_by: at, .. }
                | Waiting::LookUp { answer_by: at, .. }
                | Waiting::Until { at }
                | Waiting::Message { look_at: at, .. } => {
                    *at = at.plus_ms(stood);
                }
                Waiting::Agent => cursor.since = cursor.since.plus_ms(stood),
                // A day of the calendar comes when it comes.
                Waiting::Day | Waiting::Nothing | Waiting::Task { .. } | Waiting::Tracks | Waiting::Incident { .. } => {
                }
            }
        }
    }
}

/// An instant that lies so much later because the case stood still, and never outside working time.
pub(super) fn resumed(calendar: &Calendar, at: Timestamp, held_ms: i64) -> Timestamp {
    calendar.after(at.plus_ms(held_ms), Span::WorkingDays(0))
}

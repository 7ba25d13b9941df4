//! Waits: for a time, for a day that a field holds, for a message, or for somebody who looks.

use alloc::{format, string::String};

use super::Turn;
use crate::{
    case::{Ask, Case, Cursor, TakeOver, Waiting},
    context::Context,
    definition::{Step, WaitUntil, Who},
    guard::words,
    time::{Span, Timestamp},
    value::Value,
};

/// How long somebody who looks at a case has for it.
const LOOK_WITHIN: Span = Span::WorkingDays(2);

impl Turn<'_> {
    pub(super) fn wait(&mut self, index: usize, until: &WaitUntil) {
        let calendar = self.context.calendar;
        match until {
            WaitUntil::Passed { span } | WaitUntil::Look { every: span, .. } => {
                self.case.cursors[index].waiting = Waiting::Until { at: calendar.after(self.at, *span) };
            }
            WaitUntil::Message { name, within, .. } => {
                let look_at = calendar.after(self.at, *within);
                self.case.cursors[index].waiting = Waiting::Message { name: name.clone(), look_at };
            }
            WaitUntil::Date { .. } => {
                self.case.cursors[index].waiting = Waiting::Day;
                self.look_at_day(index);
            }
        }
    }

    /// A time has passed: the case goes on, unless the text has somebody look at it first.
    pub(super) fn time_passed(&mut self, index: usize) {
        let path = self.case.cursors[index].path.clone();
        match self.context.definition.step(&path) {
            Some(Step::Wait { until: WaitUntil::Look { who, .. } }) => {
                let task = self.open_task(&path, Ask::Look, who.clone(), LOOK_WITHIN, None);
                self.case.cursors[index].waiting = Waiting::Task { task };
            }
            Some(_) | None => self.go_on(index),
        }
    }

    /// Goes on when the day has come. A field without a day is for whoever answers for the process.
    pub(super) fn look_at_day(&mut self, index: usize) {
        match day_of_wait(self.context, &self.case, &self.case.cursors[index]) {
            Ok(at) if at <= self.at => self.go_on(index),
            Ok(_) => {}
            Err(why) => {
                let who = self.accountable();
                self.take_over(index, TakeOver::CannotTell { why }, who);
            }
        }
    }

    pub(super) fn hand_over(&mut self, index: usize, who: &Who, due: Span) {
        let path = self.case.cursors[index].path.clone();
        let task = self.open_task(&path, Ask::TakeOver { why: TakeOver::Asked }, who.clone(), due, None);
        self.case.cursors[index].waiting = Waiting::Task { task };
    }
}

/// The instant until which a cursor waits for a day, by the field as it is now; `Err` says why there is none.
pub(crate) fn day_of_wait(context: &Context<'_>, case: &Case, cursor: &Cursor) -> Result<Timestamp, String> {
    let Some(Step::Wait { until: WaitUntil::Date { field, offset } }) = context.definition.step(&cursor.path) else {
        return Err(String::from("the text does not name a day to wait for"));
    };
    let day = match case.value(field) {
        Some(Value::Date(date)) => context.calendar.start_of(*date),
        Some(Value::Erased) => return Err(format!("`{}` has been erased", words(field))),
        Some(_) => return Err(format!("`{}` is not a day", words(field))),
        None => return Err(format!("`{}` is not known", words(field))),
    };
    Ok(match offset {
        None => day,
        Some(offset) if offset.before => context.calendar.before(day, offset.span),
        Some(offset) => context.calendar.after(day, offset.span),
    })
}

//! When a case must next be looked at. There are no timers: the instant follows from state and context.

pub use crate::decide::tick::escalates_at;

use crate::{
    case::{Case, Waiting},
    context::Context,
    decide::{tick::human_step, wait::day_of_wait},
    planted::planted,
    time::{DAY_MS, MINUTE_MS, Timestamp},
};

/// How long an agent's answer may take before the question is put again, in milliseconds.
pub const AGENT_ANSWER_WITHIN_MS: i64 = 15 * MINUTE_MS;
/// A case with nothing else to wake it is looked at this long after its latest event, in milliseconds.
pub const IDLE_LOOK_MS: i64 = 7 * DAY_MS;

/// When the case must next be looked at; `None` only for a closed case.
#[must_use]
pub fn wake_at(context: &Context<'_>, case: &Case) -> Option<Timestamp> {
    if !case.is_open() {
        return None;
    }
    if let Some(hold) = &case.held {
        let look = case.task(hold.task).and_then(|task| task.remind_at);
        return Some(look.unwrap_or_else(|| case.touched_at.plus_ms(IDLE_LOOK_MS)));
    }
    let tasks = case.open_tasks().flat_map(|task| {
        let human = human_step(context.definition.step(&task.path), &task.ask);
        let escalation = human.and_then(|human| human.escalations.get(usize::from(task.escalated)));
        let escalate_at = escalation.map(|next| escalates_at(context.calendar, task, next.after));
        [task.remind_at, escalate_at].into_iter().flatten()
    });
    let cursors = case.cursors.iter().filter_map(|cursor| match &cursor.waiting {
        Waiting::Nothing => Some(case.touched_at),
        Waiting::Agent => Some(cursor.since.plus_ms(AGENT_ANSWER_WITHIN_MS)),
        Waiting::Effect { answer_by, .. } | Waiting::LookUp { answer_by, .. } => Some(*answer_by),
        Waiting::Until { .. } if planted(9) => None,
        Waiting::Until { at } => Some(*at),
        Waiting::Message { look_at, .. } => Some(*look_at),
        // A field that holds no day any more is looked at now.
        Waiting::Day => Some(day_of_wait(context, case, cursor).unwrap_or(case.touched_at)),
        Waiting::Task { .. } | Waiting::Tracks | Waiting::Incident { .. } => None,
    });
    // Invariant: an open case always has a next look.
    Some(tasks.chain(cursors).min().unwrap_or_else(|| case.touched_at.plus_ms(IDLE_LOOK_MS)))
}

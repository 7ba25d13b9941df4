//! Timers: never early, never lost, and once.

use countersign_core::{
    case::{Ask, Case, Task, Waiting},
    definition::{HumanStep, Path, Step},
    event::EventKind,
    time::Timestamp,
};

use super::{Found, Moment};
use crate::{simulate::scene::Broken, store::Commit};

/// I9: what a look at the clock brings about was due by then, and does not come again at once.
pub(super) fn nothing_is_early(moment: &Moment<'_>) -> Found {
    if !matches!(moment.event.kind, EventKind::Ticked) {
        return Ok(());
    }
    let at = moment.after.touched_at;
    for (old, new) in moment.before.tasks.iter().zip(&moment.after.tasks) {
        reminded_in_time(old, new, at)?;
        if new.escalated > old.escalated {
            escalated_in_time(moment, old, new, at)?;
        }
    }
    for cursor in &moment.before.cursors {
        let due = match &cursor.waiting {
            Waiting::Until { at } => *at,
            Waiting::Message { look_at, .. } => *look_at,
            Waiting::Effect { answer_by, .. } | Waiting::LookUp { answer_by, .. } => *answer_by,
            _ => continue,
        };
        let stays = |one: &&countersign_core::case::Cursor| one.path == cursor.path && one.visit == cursor.visit;
        let stands = moment.after.cursors.iter().find(stays).is_some_and(|one| one.waiting == cursor.waiting);
        let elsewhere = moment.after.cursors.len() < moment.before.cursors.len() || !moment.after.is_open();
        if !stands && !elsewhere && due > at && !went_back(moment) {
            return Err(Broken::new("I9", format!("the wait at {} ended {} ms early", cursor.path, due.0 - at.0)));
        }
    }
    Ok(())
}

/// Whether the text itself sent the case back, so that what was waited for is begun anew.
fn went_back(moment: &Moment<'_>) -> bool {
    let visits = |case: &Case, path: &Path| case.visits.get(path).copied().unwrap_or(0);
    let mut went = false;
    moment.definition.walk(&mut |path, step| {
        went |= matches!(step, Step::Return { .. }) && visits(moment.after, path) > visits(moment.before, path);
    });
    went
}

fn reminded_in_time(old: &Task, new: &Task, at: Timestamp) -> Found {
    let sent = new.reminders.saturating_sub(old.reminders);
    if sent == 0 {
        return Ok(());
    }
    let due = old.remind_at.is_some_and(|due| due <= at);
    if sent > 1 || !due {
        return Err(Broken::new("I9", format!("task {} was reminded of early, or twice", old.number)));
    }
    if new.is_open() && new.remind_at.is_none_or(|next| next <= at) {
        return Err(Broken::new("I9", format!("the reminder of task {} is due again at once", old.number)));
    }
    Ok(())
}

fn escalated_in_time(moment: &Moment<'_>, old: &Task, new: &Task, at: Timestamp) -> Found {
    let Some(human) = own_step(moment, old) else {
        return Err(Broken::new("I9", format!("task {} escalates and its text does not say so", old.number)));
    };
    for number in old.escalated..new.escalated {
        let Some(escalation) = human.escalations.get(usize::from(number)) else {
            return Err(Broken::new("I9", format!("task {} escalates further than its text says", old.number)));
        };
        if moment.context.calendar.after(old.opened_at, escalation.after) > at {
            return Err(Broken::new("I9", format!("task {} escalated early", old.number)));
        }
    }
    Ok(())
}

fn own_step<'a>(moment: &'a Moment<'_>, task: &Task) -> Option<&'a HumanStep> {
    let own = matches!(task.ask, Ask::Provide { .. } | Ask::Approve { .. } | Ask::Review | Ask::Do { .. });
    match moment.definition.step(&task.path) {
        Some(Step::Human(human)) if own => Some(human),
        _ => None,
    }
}

/// I7 and I9: the next look comes no later than the first thing that is due.
pub(super) fn nothing_is_forgotten(moment: &Moment<'_>, commit: &Commit) -> Found {
    let Some(wake) = commit.wake_at.filter(|_| moment.after.held.is_none()) else { return Ok(()) };
    let Some(first) = first_due(moment.after) else { return Ok(()) };
    if wake > first {
        return Err(Broken::new("I9", format!("something is due {} ms before the next look", wake.0 - first.0)));
    }
    Ok(())
}

/// The first instant at which something of the case is due, whatever the engine makes of it.
pub(in crate::simulate) fn first_due(case: &Case) -> Option<Timestamp> {
    let tasks = case.open_tasks().filter_map(|task| task.remind_at);
    tasks.chain(case.cursors.iter().filter_map(|cursor| machine_due(&cursor.waiting))).min()
}

/// When something that no person does is due.
pub(in crate::simulate) const fn machine_due(waiting: &Waiting) -> Option<Timestamp> {
    match waiting {
        Waiting::Until { at } => Some(*at),
        Waiting::Message { look_at, .. } => Some(*look_at),
        Waiting::Effect { answer_by, .. } | Waiting::LookUp { answer_by, .. } => Some(*answer_by),
        Waiting::Nothing
        | Waiting::Agent
        | Waiting::Day
        | Waiting::Task { .. }
        | Waiting::Tracks
        | Waiting::Incident { .. } => None,
    }
}

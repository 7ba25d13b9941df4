//! What holds of a case by itself.

use countersign_core::{
    case::{Case, CheckResult, Cursor, Origin, Status, Task, TaskState, Waiting},
    command::agent_key,
    definition::{Join, Path, Step, Who},
    event::EventKind,
    guard::Answer,
    overview::{WaitOn, waits},
};

use super::{Found, Moment};
use crate::{simulate::scene::Broken, store::Commit};

/// I1: a closed case stays closed as it was; only late results of effects come in.
pub(super) fn closed_stays_closed(moment: &Moment<'_>) -> Found {
    if !matches!(moment.before.status, Status::Closed { .. }) {
        return Ok(());
    }
    let late = matches!(
        moment.event.kind,
        EventKind::EffectDone { .. }
            | EventKind::EffectFailed { .. }
            | EventKind::EffectWithdrawn { .. }
            | EventKind::EffectHeld { .. }
    );
    if late && moment.before.status == moment.after.status && moment.commands.is_empty() {
        return Ok(());
    }
    Err(Broken::new("I1", format!("a closed case took {}", moment.event.kind.name())))
}

/// I11: a case stays on its version until somebody moves it.
pub(super) fn version_stays(moment: &Moment<'_>) -> Found {
    let moves = matches!(moment.event.kind, EventKind::CaseMigrated { .. } | EventKind::MigrationUndone);
    if moves || moment.before.seq == 0 || moment.before.version == moment.after.version {
        return Ok(());
    }
    Err(Broken::new("I11", "a running case came to another version without being moved"))
}

/// I11: a case stands where its version has a step.
pub(super) fn places_exist(moment: &Moment<'_>) -> Found {
    for cursor in &moment.after.cursors {
        if cursor.waiting != Waiting::Nothing && moment.definition.step(&cursor.path).is_none() {
            // The end of a stage waits for what was added to the case, and for whoever resolves an incident.
            let at_end = cursor.path.0.len() == 2;
            if !at_end {
                return Err(Broken::new("I11", format!("there is no step at {}", cursor.path)));
            }
        }
    }
    Ok(())
}

/// I5: a task closes once, each seat is one person's, and nothing of it changes afterwards.
pub(super) fn tasks_close_once(moment: &Moment<'_>) -> Found {
    let undone = matches!(moment.event.kind, EventKind::MigrationUndone);
    for (old, new) in moment.before.tasks.iter().zip(&moment.after.tasks) {
        let reopened = undone && matches!(old.state, TaskState::Cancelled { .. });
        if old.state != TaskState::Open && !reopened && (old.state != new.state || old.seats != new.seats) {
            return Err(Broken::new("I5", format!("task {} was over and has changed", old.number)));
        }
    }
    if let EventKind::TaskDecided { task, .. } = &moment.event.kind {
        let before = moment.before.task(*task);
        if !before.is_some_and(countersign_core::case::Task::is_open) {
            return Err(Broken::new("I5", format!("task {task} was decided and was not open")));
        }
    }
    for task in &moment.after.tasks {
        let mut people: Vec<&String> = task.decisions().map(|one| &one.by).collect();
        let mut places: Vec<&String> =
            task.decisions().map(|one| one.standing_for.as_ref().unwrap_or(&one.by)).collect();
        for all in [&mut people, &mut places] {
            let count = all.len();
            all.sort();
            all.dedup();
            if all.len() != count {
                return Err(Broken::new("I5", format!("one person has two seats of task {}", task.number)));
            }
        }
        let agreed = task.decisions().count();
        let closed = matches!(task.state, TaskState::Closed { .. });
        let rejected = task.decisions().any(|one| one.outcome == countersign_core::case::Outcome::Rejected);
        if closed && !rejected && agreed < usize::from(task.needed) {
            return Err(Broken::new("I5", format!("task {} closed with {agreed} of {}", task.number, task.needed)));
        }
    }
    if moment.after.tasks.len() < moment.before.tasks.len() {
        return Err(Broken::new("I5", "a task has gone"));
    }
    Ok(())
}

/// I10: a join fires once, and only when so many tracks are done as it asks for.
pub(super) fn joins_wait(moment: &Moment<'_>) -> Found {
    // One of these settles one visit; anything else may end tracks by moving the case or by letting time pass.
    let one = match &moment.event.kind {
        EventKind::TaskDecided { outcome, .. } => *outcome != countersign_core::case::Outcome::Rejected,
        EventKind::EffectDone { .. }
        | EventKind::ProposalReturned { .. }
        | EventKind::ProposalFailed { .. }
        | EventKind::LookedUp { .. }
        | EventKind::MessageReceived { .. } => true,
        _ => false,
    };
    // A case that goes on after a hold takes up every track at once.
    if !one || !moment.after.is_open() || moment.before.held.is_some() || sent_back(moment) {
        return Ok(());
    }
    let splits = || moment.before.cursors.iter().filter(|cursor| cursor.waiting == Waiting::Tracks);
    let waits =
        |split: &Cursor| moment.after.cursors.iter().any(|one| one.path == split.path && one.visit == split.visit);
    for split in splits().filter(|split| !waits(split)) {
        let Some(Step::Parallel { tracks, join }) = moment.definition.step(&split.path) else { continue };
        // What stands in a track of another split goes with it.
        if splits().any(|outer| split.path.is_inside(&outer.path) && !waits(outer)) {
            continue;
        }
        let live = live_tracks(moment.before, &split.path);
        let done = tracks.len().saturating_sub(live) + 1;
        if done < asked_for(*join, tracks.len()) {
            let what = format!("the join at {} fired with {done} of {} tracks", split.path, tracks.len());
            return Err(Broken::new("I10", what));
        }
    }
    Ok(())
}

/// How many tracks a join waits for, in the words of the text.
fn asked_for(join: Join, tracks: usize) -> usize {
    match join {
        Join::All => tracks,
        Join::Any { .. } => tracks.min(1),
        Join::Count { count, .. } => tracks.min(usize::from(count.max(1))),
    }
}

fn sent_back(moment: &Moment<'_>) -> bool {
    let mut sent = false;
    moment.definition.walk(&mut |path, step| {
        let visits = |case: &Case| case.visits.get(path).copied().unwrap_or(0);
        // A return, and what follows a rejection or a failure, may leave a split behind.
        let leaves = matches!(step, Step::Return { .. } | Step::End { .. });
        sent |= leaves && visits(moment.after) > visits(moment.before);
    });
    sent
}

fn live_tracks(case: &Case, split: &Path) -> usize {
    let inside = case.cursors.iter().filter(|cursor| cursor.path.is_inside(split));
    let mut tracks: Vec<u16> = inside.filter_map(|cursor| cursor.path.0.get(split.0.len()).copied()).collect();
    tracks.sort_unstable();
    tracks.dedup();
    tracks.len()
}

/// I20: what a check says, it says of the values that the case has.
pub(super) fn checks_are_up_to_date(moment: &Moment<'_>) -> Found {
    if !moment.after.is_open() {
        return Ok(());
    }
    for (path, finding) in &moment.after.findings {
        let Some(Step::Check(check)) = moment.definition.step(path) else { continue };
        let result = match check.guard.evaluate(moment.after, finding.at, false) {
            Answer::Yes => CheckResult::Passed,
            Answer::No => CheckResult::Failed,
            Answer::CannotTell { why } => CheckResult::CannotTell { why },
        };
        if result != finding.result {
            return Err(Broken::new("I20", format!("what the check at {path} found is not so any more")));
        }
    }
    Ok(())
}

/// I8: one thing that is stuck is one incident.
pub(super) fn incidents_are_single(moment: &Moment<'_>) -> Found {
    let mut open: Vec<(&Path, &String)> =
        moment.after.open_incidents().map(|incident| (&incident.path, &incident.what)).collect();
    let count = open.len();
    open.sort();
    open.dedup();
    let calls = open.len() == count
        || moment.after.open_incidents().any(|incident| incident.what.contains("message"))
        || moment.after.open_incidents().any(|incident| incident.what.contains("after all"));
    if calls { Ok(()) } else { Err(Broken::new("I8", "two open incidents say the same of one step")) }
}

/// I7: an open case waits for somebody who can act, for something that is due, or at an incident.
pub(super) fn nobody_waits_for_nothing(moment: &Moment<'_>, commit: &Commit) -> Found {
    if !moment.after.is_open() {
        let left = moment.after.cursors.is_empty() && moment.after.open_tasks().next().is_none();
        return if left && commit.wake_at.is_none() {
            Ok(())
        } else {
            Err(Broken::new("I1", "a case is closed and something of it is still open"))
        };
    }
    if commit.wake_at.is_none() {
        return Err(Broken::new("I7", "an open case has no next look"));
    }
    let at = moment.after.touched_at;
    let all = waits(&moment.context, moment.after, at);
    let held = all.iter().any(|wait| match &wait.on {
        WaitOn::People { who, people, .. } => !people.is_empty() || matches!(who, Who::Party { .. }),
        WaitOn::Agent | WaitOn::System { .. } | WaitOn::Time | WaitOn::Message { .. } | WaitOn::Incident { .. } => true,
    });
    if !held {
        return Err(Broken::new("I7", "an open case waits for nobody"));
    }
    for cursor in &moment.after.cursors {
        let alive = match &cursor.waiting {
            Waiting::Task { task } => moment.after.task(*task).is_some_and(countersign_core::case::Task::is_open),
            Waiting::Incident { incident } => moment.after.open_incidents().any(|one| one.number == *incident),
            Waiting::Tracks => moment.after.cursors.iter().any(|other| other.path.is_inside(&cursor.path)),
            _ => true,
        };
        if !alive {
            return Err(Broken::new("I7", format!("nothing will ever move the case on from {}", cursor.path)));
        }
    }
    Ok(())
}

/// I13: no agent decides, and what it says about a path stands only as a suggestion.
pub(super) fn agents_decide_nothing(moment: &Moment<'_>) -> Found {
    for (name, entry) in &moment.after.fields {
        if moment.before.fields.get(name) == Some(entry) {
            continue;
        }
        match &entry.origin {
            Origin::Agent { engine } => {
                return Err(Broken::new("I13", format!("{engine} wrote {name} without a certificate")));
            }
            Origin::Document { evidence, .. } => {
                let EventKind::ProposalReturned { facts, .. } = &moment.event.kind else { continue };
                let known = moment.after.documents.contains_key(&evidence.document);
                let doubted = !facts.schema_errors.is_empty() || !facts.denials.is_empty();
                if !known || doubted || facts.missing_evidence.contains(name) || evidence.text.is_empty() {
                    return Err(Broken::new("I13", format!("{name} was read from nowhere")));
                }
            }
            Origin::Person { .. } | Origin::System { .. } | Origin::Item { .. } | Origin::Template { .. } => {}
        }
    }
    if let EventKind::ProposalReturned { key, .. } = &moment.event.kind {
        let waits = moment.before.cursors.iter().any(|cursor| {
            cursor.waiting == Waiting::Agent && agent_key(&moment.before.id, &cursor.path, cursor.visit) == *key
        });
        if !waits {
            return Err(Broken::new("I13", format!("nothing waited for the answer to {key}")));
        }
        let decided = |case: &Case| case.tasks.iter().flat_map(Task::decisions).count();
        if moment.after.sign_offs.len() > moment.before.sign_offs.len()
            || decided(moment.after) > decided(moment.before)
        {
            return Err(Broken::new("I13", "an agent's answer signed something"));
        }
    }
    Ok(())
}

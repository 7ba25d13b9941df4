//! Whether whoever decided was entitled to, told from the directory alone.

use countersign_core::{
    case::Task,
    definition::{Step, Who, is_rehearsal},
    event::{Acting, EventKind},
    people::PersonId,
};

use super::{Found, Moment};
use crate::simulate::scene::Broken;

/// I6: a decision is its person's to take at that instant, and nobody decides on what they asked for.
pub(super) fn may(moment: &Moment<'_>) -> Found {
    let EventKind::TaskDecided { task, shown, .. } = &moment.event.kind else { return by_itself(moment) };
    let Some(task) = moment.before.task(*task) else {
        return Err(Broken::new("I6", format!("task {task} was decided and was never asked")));
    };
    if *shown != moment.before.shown(task.number) {
        return Err(Broken::new("I5", format!("task {} was decided on an older sight of the case", task.number)));
    }
    if let Some(hold) = &moment.before.held
        && hold.task != task.number
    {
        return Err(Broken::new("I6", format!("task {} was decided while the case was on hold", task.number)));
    }
    let refuse = |why: &str| {
        let by = moment.event.by.id();
        Err(Broken::new("I6", format!("{by} decided task {} although {why}", task.number)))
    };
    let (person, standing_for) = match &moment.event.by {
        Acting::System => return refuse("no program decides"),
        Acting::Party { party, case } => {
            let asks = |who: &Who| matches!(who, Who::Party { party: asked } if asked == party);
            let own = asks(&task.who) || task.escalated > 0 && asked_first(moment, task).is_some_and(asks);
            return if own && *case == moment.before.id { Ok(()) } else { refuse("it is not asked of them") };
        }
        Acting::Person { person, standing_for } => (person, standing_for.as_ref()),
    };
    let people = &moment.context.directory.people;
    if people.get(person).is_none_or(|one| one.disabled) {
        return refuse("they may no longer act");
    }
    let at = moment.event.at.max(moment.before.touched_at);
    if let Some(absent) = standing_for {
        let stands = people.get(absent).is_some_and(|one| {
            one.absences.iter().any(|away| away.substitute == *person && away.from <= at && at < away.until)
        });
        if !stands {
            return refuse("they do not stand in for anybody now");
        }
    }
    let requester = &moment.before.requester;
    if task.ask.releases() && (person == requester || standing_for == Some(requester)) {
        return refuse("it is their own request");
    }
    if entitled(moment, task, standing_for.unwrap_or(person)) { Ok(()) } else { refuse("it is asked of others") }
}

/// Whom the text asks before time is up.
fn asked_first<'a>(moment: &Moment<'a>, task: &Task) -> Option<&'a Who> {
    match moment.context.definition.step(&task.path)? {
        Step::Human(human) => Some(&human.who),
        _ => None,
    }
}

/// Whether the text asks this person, or whoever was asked gave it to them.
fn entitled(moment: &Moment<'_>, task: &Task, place: &PersonId) -> bool {
    let people = &moment.context.directory.people;
    let holds = |person: &PersonId, role: &str| {
        people
            .get(person)
            .is_some_and(|one| !one.disabled && one.roles.iter().any(|held| held.eq_ignore_ascii_case(role)))
    };
    let given = task.assignee.as_ref() == Some(place);
    let named = match &task.who {
        Who::Role { role } => {
            // Whoever stands in was asked in the place of somebody who may be switched off by now.
            holds(place, role) || people.get(place).is_some_and(|one| one.roles.iter().any(|held| held == role))
        }
        Who::Requester => *place == moment.before.requester,
        Who::ManagerOfRequester => {
            let manager = people.get(&moment.before.requester).and_then(|one| one.manager.as_ref());
            let manager = manager.filter(|id| people.get(*id).is_some_and(|one| !one.disabled));
            manager.map_or_else(|| holds(place, &moment.definition.accountable), |manager| manager == place)
        }
        // Whoever approved before, or is to approve: told by the case's own story.
        Who::Approver | Who::OwnerOf { .. } | Who::ManagerOf { .. } => true,
        Who::Party { .. } => false,
    };
    named || given && !task.ask.releases()
}

/// What only the program records, and what only people do.
fn by_itself(moment: &Moment<'_>) -> Found {
    let system = matches!(moment.event.by, Acting::System);
    let right = match &moment.event.kind {
        EventKind::Ticked
        | EventKind::ProposalReturned { .. }
        | EventKind::ProposalFailed { .. }
        | EventKind::EffectDone { .. }
        | EventKind::EffectFailed { .. }
        | EventKind::EffectWithdrawn { .. }
        | EventKind::EffectHeld { .. }
        | EventKind::LookedUp { .. }
        | EventKind::LookUpFailed { .. }
        | EventKind::CaseScheduled { .. } => system,
        EventKind::RehearsalEnded => system && is_rehearsal(&moment.before.process),
        EventKind::StageMoved { .. }
        | EventKind::CaseHeld { .. }
        | EventKind::CaseResumed
        | EventKind::CaseMigrated { .. }
        | EventKind::MigrationUndone
        | EventKind::IncidentResolved { .. }
        | EventKind::RequirementAdded { .. } => {
            let person = moment.event.by.id();
            let one = moment.context.directory.people.get(&person);
            let steers = |role: &String| *role == "administrator" || *role == moment.definition.accountable;
            !system && one.is_some_and(|one| !one.disabled && one.roles.iter().any(steers))
        }
        EventKind::CaseWithdrawn { .. } => moment.event.by.id() == moment.before.requester,
        _ => true,
    };
    if right {
        return Ok(());
    }
    Err(Broken::new("I6", format!("{} by {}", moment.event.kind.name(), moment.event.by.id())))
}

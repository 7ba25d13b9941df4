//! Promise 8: nothing that names a signer leaves without a sign-off that is fresh.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::Digest,
    case::{Ask, Case, Outcome, TaskState},
    command::Command,
    definition::{HumanVerb, MessageText, Path, Signer, Step, Who},
    event::{Acting, EventKind, MoveKind},
    value::FieldName,
};

use super::{Found, Moment};
use crate::simulate::scene::Broken;

/// An approval as its person gave it: over these data, as long as nobody has changed them since.
#[derive(Clone, Debug)]
pub(super) struct Approval {
    path: Path,
    by: Acting,
    values: BTreeMap<FieldName, Digest>,
}

/// Every call and message that names a signer rests on an approval over what is sent.
pub(super) fn effects_are_signed(moment: &Moment<'_>, approvals: &mut Vec<Approval>, migrated: &mut bool) -> Found {
    if matches!(moment.event.kind, EventKind::CaseMigrated { .. } | EventKind::MigrationUndone) {
        // What counts after a move is told by the tests of the core: it needs both texts.
        *migrated = true;
    }
    forget_what_changed(approvals, moment.before);
    remember(moment, approvals);
    if !*migrated {
        for command in moment.commands {
            is_signed(moment, approvals, command)?;
        }
    }
    forget_what_changed(approvals, moment.after);
    forget_what_was_sent_back(moment, approvals);
    Ok(())
}

fn remember(moment: &Moment<'_>, approvals: &mut Vec<Approval>) {
    let EventKind::TaskDecided { task, outcome: Outcome::Approved, values, .. } = &moment.event.kind else { return };
    let Some(task) = moment.after.task(*task) else { return };
    let closed = matches!(task.state, TaskState::Closed { outcome: Outcome::Approved, .. });
    if closed && matches!(task.ask, Ask::Approve { .. }) {
        let mut items = Vec::new();
        moment.definition.walk(&mut |_, step| {
            if let Step::Each { item, .. } = step {
                items.push(item);
            }
        });
        // A list that begins with the approval puts its first item into the case after it was given.
        let approved = |name: &FieldName| match items.contains(&name) {
            true => moment.after.value_digest(values.get(name).or_else(|| moment.before.value(name))),
            false => moment.after.field_digest(name),
        };
        let digests = moment.definition.fields.iter().map(|field| &field.name);
        let values = digests.map(|name| (name.clone(), approved(name))).collect();
        approvals.push(Approval { path: task.path.clone(), by: moment.event.by.clone(), values });
    }
}

/// What has been written since no longer stands as it was approved, also when it is written back.
fn forget_what_changed(approvals: &mut [Approval], case: &Case) {
    if approvals.is_empty() {
        return;
    }
    let mut now: BTreeMap<FieldName, Digest> = BTreeMap::new();
    for approval in approvals {
        approval
            .values
            .retain(|name, digest| *digest == *now.entry(name.clone()).or_insert_with(|| case.field_digest(name)));
    }
}

/// A case that was sent back asks anew for what was approved from there on.
fn forget_what_was_sent_back(moment: &Moment<'_>, approvals: &mut Vec<Approval>) {
    let stages = &moment.definition.stages;
    if let EventKind::StageMoved { kind: MoveKind::Return, to_stage, .. } = &moment.event.kind {
        let here = moment.before.cursors.iter().map(|cursor| cursor.path.stage_index()).max().unwrap_or(0);
        let named = to_stage.as_ref().and_then(|name| stages.iter().position(|stage| stage.name == *name));
        let target = named.unwrap_or_else(|| here.saturating_sub(1));
        approvals.retain(|one| one.path.stage_index() < target);
    }
    let mut targets = Vec::new();
    moment.definition.walk(&mut |path, step| {
        let Step::Return { stage, at_most, .. } = step else { return };
        let visits = |case: &Case| case.visits.get(path).copied().unwrap_or(0);
        let went = visits(moment.after) > visits(moment.before) && visits(moment.before) < u32::from(*at_most);
        if went && let Some(target) = stages.iter().position(|one| one.name == *stage) {
            targets.push(target);
        }
    });
    // A track that the case has gone on without sends nothing back.
    if moment.after.winners.is_empty() {
        approvals.retain(|one| targets.iter().all(|target| one.path.stage_index() < *target));
    }
}

fn is_signed(moment: &Moment<'_>, approvals: &[Approval], command: &Command) -> Found {
    let (Command::CallSystem { key, .. } | Command::SendMessage { key, .. }) = command else { return Ok(()) };
    let Some(effect) = moment.after.effects.get(key) else {
        return Err(Broken::new("I8b", format!("{key} is released and the case does not know it")));
    };
    let (signer, sent): (&Signer, Vec<FieldName>) = match moment.definition.step(&effect.path) {
        Some(Step::System(step)) => (&step.signer, step.payload.clone()),
        Some(Step::Message(step)) => (&step.signer, placeholders(&step.text)),
        _ => return Err(Broken::new("I11", format!("{key} is released where nothing is sent"))),
    };
    if *signer == Signer::Nobody {
        return Ok(());
    }
    let covers = |approval: &Approval| {
        sent.iter().all(|name| match command {
            // As it is sent: a list beside the call may have put its next item into the case since.
            Command::CallSystem { payload, .. } => {
                let leaves = moment.after.value_digest(payload.get(name));
                approval.values.get(name).is_some_and(|approved| *approved == leaves)
            }
            _ => approval.values.contains_key(name),
        })
    };
    if approvals.iter().any(|approval| covers(approval) && signs(moment, approval, signer)) {
        return Ok(());
    }
    Err(Broken::new("I8b", format!("{key} leaves without a fresh sign-off")))
}

fn signs(moment: &Moment<'_>, approval: &Approval, signer: &Signer) -> bool {
    let Signer::Role { role } = signer else { return true };
    let holds = |person: &str| {
        let one = moment.context.directory.people.get(person);
        one.is_some_and(|one| one.roles.iter().any(|held| held.eq_ignore_ascii_case(role)))
    };
    let asked = matches!(
        moment.definition.step(&approval.path),
        Some(Step::Human(step)) if step.verb == HumanVerb::Approve && step.who == Who::Role { role: role.clone() }
    );
    asked || holds(&approval.by.id()) || approval.by.standing_for().is_some_and(|absent| holds(absent))
}

fn placeholders(text: &MessageText) -> Vec<FieldName> {
    let MessageText::Template { template } = text else { return Vec::new() };
    let names = template.split('{').skip(1).filter_map(|part| part.split('}').next());
    names.map(str::to_owned).collect()
}

//! Watches for unsigned effects from events and commands alone, without the core's own sign-off code.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    case::{Ask, Case, Outcome, Status},
    command::Command,
    definition::{Definition, HumanStep, HumanVerb, MessageText, Path, Prohibition, Signer, Step, Who},
    event::{Acting, Event, EventKind},
    people::Directory,
    value::Value,
};

use crate::desk::Desk;

/// What has been approved so far, and what was changed from outside the text's own steps.
#[derive(Default)]
pub struct Monitor {
    approvals: Vec<Approval>,
    /// Fields that were changed by no step of the text.
    pub touched: BTreeSet<String>,
}

struct Approval {
    path: Path,
    by: Acting,
    values: BTreeMap<String, String>,
    entitled: bool,
    /// Fields that were written since, also back to what they were.
    changed: BTreeSet<String>,
}

/// An effect that left although nobody whom the text names has signed what it sends.
#[derive(Debug)]
pub struct Unsigned {
    pub path: Path,
    /// Whether only the text's own steps led to it, so that a proof should have known.
    pub by_the_text: bool,
}

impl Monitor {
    /// What left unsigned with this event.
    pub fn watch(&mut self, desk: &Desk, before: &Case, event: &Event, commands: &[Command]) -> Vec<Unsigned> {
        self.outside(desk, before, event);
        let back = self.returned(desk, before);
        // A return in the same turn came after what was approved, or before what left: in doubt nothing is held
        // against the engine.
        if let Some(target) = back {
            self.approvals.retain(|one| one.path.stage_index() < target);
        }
        self.written(before, event);
        let known = self.approvals.len();
        self.remember(desk, before, event);
        self.renew_items(desk, before);
        let unsigned = commands.iter().filter_map(|command| self.unsigned(desk, command)).collect();
        // What was written in this turn may have been written after an effect left: it counts from the next on.
        let (then, now) = (snapshot(before), snapshot(&desk.case));
        for (number, approval) in self.approvals.iter_mut().enumerate() {
            let was = if number < known { then.clone() } else { approval.values.clone() };
            let names = was.keys().chain(now.keys()).filter(|name| was.get(*name) != now.get(*name));
            approval.changed.extend(names.cloned());
        }
        // The decision came before anything else in its turn, so that a return took it back as well.
        if let Some(target) = back {
            self.approvals.retain(|one| one.path.stage_index() < target);
        }
        unsigned
    }

    /// What somebody hands in is written before anything else happens, even if it is emptied in the same turn.
    fn written(&mut self, before: &Case, event: &Event) {
        let EventKind::TaskDecided { values, outcome, .. } = &event.kind else { return };
        if *outcome == Outcome::Rejected {
            return;
        }
        let changed = values.iter().filter(|(name, value)| before.value(name) != Some(*value));
        let names: Vec<&String> = changed.map(|(name, _)| name).collect();
        for approval in &mut self.approvals {
            approval.changed.extend(names.iter().copied().cloned());
        }
    }

    /// An approval of one item says nothing of the next, not even of the same words.
    fn renew_items(&mut self, desk: &Desk, before: &Case) {
        desk.definition.walk(&mut |path, step| {
            let Step::Each { item, list, .. } = step else { return };
            let (was, is) = (before.rounds.get(path), desk.case.rounds.get(path));
            let some = matches!(desk.case.value(list), Some(Value::List { items }) if !items.is_empty());
            let entered = some && before.visits.get(path) != desk.case.visits.get(path);
            if entered || is.is_some() && was != is {
                for approval in &mut self.approvals {
                    approval.changed.insert(item.clone());
                }
            }
        });
    }

    fn outside(&mut self, desk: &Desk, before: &Case, event: &Event) {
        let values = match &event.kind {
            EventKind::FieldsEdited { values, .. } | EventKind::MessageReceived { values, .. } => values,
            EventKind::TaskDecided { task, values, .. } => match before.task(*task).map(|task| &task.ask) {
                Some(Ask::Provide { .. } | Ask::Do { .. } | Ask::Confirm { .. }) | None => return,
                Some(_) => values,
            },
            _ => return,
        };
        for (name, value) in values.iter().filter(|(name, value)| before.value(name) != Some(value)) {
            self.touched.insert(name.clone());
            if matches!(value, Value::Document { .. }) {
                let read = desk.definition.fields.iter().filter(|field| field.name.starts_with(&format!("{name}.")));
                self.touched.extend(read.map(|field| field.name.clone()));
            }
        }
    }

    /// The earliest stage that the case went back to in this turn.
    fn returned(&self, desk: &Desk, before: &Case) -> Option<usize> {
        let mut earliest: Option<usize> = None;
        desk.definition.walk(&mut |path, step| {
            let Step::Return { stage, at_most, .. } = step else { return };
            let visits = |case: &Case| case.visits.get(path).copied().unwrap_or(0);
            let target = desk.definition.stages.iter().position(|one| one.name == *stage).unwrap();
            if visits(&desk.case) > visits(before) && visits(before) < u32::from(*at_most) {
                earliest = Some(earliest.map_or(target, |other| other.min(target)));
            }
        });
        earliest
    }

    fn remember(&mut self, desk: &Desk, before: &Case, event: &Event) {
        let EventKind::TaskDecided { task: number, outcome: Outcome::Approved, values, .. } = &event.kind else {
            return;
        };
        let Some(task) = before.task(*number) else { return };
        let Some(Step::Human(step)) = desk.definition.step(&task.path) else { return };
        if step.verb != HumanVerb::Approve {
            return;
        }
        let changed = values.iter().any(|(name, value)| before.value(name) != Some(value));
        let agreed = task.decisions().count();
        let enough = if changed { step.needed <= 1 } else { agreed + 1 >= usize::from(step.needed) };
        if !enough {
            return;
        }
        let mut approved = snapshot(before);
        for (name, suggestion) in before.suggestions.iter().filter(|(name, _)| before.value(name).is_none()) {
            approved.extend(suggestion.value.as_ref().map(|value| (name.clone(), value.plain())));
        }
        approved.extend(values.iter().map(|(name, value)| (name.clone(), value.plain())));
        self.approvals.push(Approval {
            path: task.path.clone(),
            by: event.by.clone(),
            values: approved,
            changed: BTreeSet::new(),
            entitled: entitled(&desk.definition, &desk.directory, before, step, &event.by),
        });
    }

    fn unsigned(&self, desk: &Desk, command: &Command) -> Option<Unsigned> {
        let (Command::CallSystem { key, .. } | Command::SendMessage { key, .. }) = command else { return None };
        let path = Path::try_from(key.split('/').nth(1)?.to_owned()).ok()?;
        let (signer, sends) = match desk.definition.step(&path)? {
            Step::System(step) => (&step.signer, step.payload.clone()),
            Step::Message(step) => (&step.signer, placeholders(&step.text)),
            _ => return None,
        };
        if *signer == Signer::Nobody {
            return None;
        }
        let signed = self.approvals.iter().any(|approval| {
            // What the text asks for later signs nothing that stands before it.
            !stands_later(&desk.definition, &approval.path, &path)
                && approval.entitled
                && names(desk, approval, signer)
                && !sends.iter().any(|name| approval.changed.contains(name))
                && covers(desk, approval, command, &path)
        });
        let by_the_text = !sends.iter().any(|name| self.touched.contains(name))
            && !guarded(&desk.definition).iter().any(|name| self.touched.contains(name));
        (!signed).then_some(Unsigned { path, by_the_text })
    }
}

/// Whether a step stands after another one in the text. Of the branches of one choice none stands after the others:
/// each is the way for some data.
fn stands_later(definition: &Definition, one: &Path, other: &Path) -> bool {
    let common = one.0.iter().zip(&other.0).take_while(|(a, b)| a == b).count();
    let outer = Path(one.0[..common].to_vec());
    let branches = common >= 2 && common.is_multiple_of(2) && common < one.0.len().min(other.0.len());
    one >= other && !(branches && matches!(definition.step(&outer), Some(Step::Choice { .. })))
}

/// Whether what is sent is what was approved.
fn covers(desk: &Desk, approval: &Approval, command: &Command, path: &Path) -> bool {
    match (command, desk.definition.step(path)) {
        (Command::CallSystem { payload, .. }, Some(Step::System(step))) => {
            step.payload.iter().all(|name| payload.get(name).map(Value::plain).as_ref() == approval.values.get(name))
        }
        (Command::SendMessage { text, .. }, Some(Step::Message(step))) => match &step.text {
            MessageText::Template { template } => {
                let mut filled = template.clone();
                for name in placeholders(&step.text) {
                    let value = approval.values.get(&name).map_or("(not given)", String::as_str);
                    filled = filled.replace(&format!("{{{name}}}"), value);
                }
                filled == *text
            }
            MessageText::Reason => true,
        },
        _ => false,
    }
}

fn names(desk: &Desk, approval: &Approval, signer: &Signer) -> bool {
    let Signer::Role { role } = signer else { return true };
    let holds = |person: &String| desk.directory.people[person].roles.iter().any(|held| held == role);
    let asked = matches!(desk.definition.step(&approval.path), Some(Step::Human(step)) if step.who == Who::Role { role: role.clone() });
    asked || holds(&approval.by.id()) || approval.by.standing_for().is_some_and(holds)
}

/// Whether the text lets this person give the approval, at first or after an escalation.
fn entitled(definition: &Definition, directory: &Directory, case: &Case, step: &HumanStep, by: &Acting) -> bool {
    let Acting::Person { person, standing_for } = by else { return false };
    let place = standing_for.as_ref().unwrap_or(person);
    let manages = |person: &String| {
        let manager = directory.people.get(person).and_then(|one| one.manager.as_ref());
        manager.map_or_else(|| directory.people[place].roles.contains(&definition.accountable), |one| one == place)
    };
    let is = |who: &Who| match who {
        Who::Role { role } => directory.people[place].roles.contains(role),
        Who::ManagerOfRequester => manages(&case.requester),
        Who::ManagerOf { field } => manages(&case.value(field).map(Value::plain).unwrap_or_default()),
        // Whom the list names for the value is left to the engine's own tests.
        Who::OwnerOf { .. } => true,
        Who::Approver => true,
        Who::Requester => *place == case.requester,
        Who::Party { .. } => false,
    };
    let barred = definition
        .prohibitions
        .iter()
        .any(|rule| matches!(rule, Prohibition::ApproverIs { who } if *who != Who::Approver && is(who)));
    !barred
        && *person != case.requester
        && *place != case.requester
        && std::iter::once(&step.who).chain(step.escalations.iter().map(|one| &one.to)).any(is)
}

fn snapshot(case: &Case) -> BTreeMap<String, String> {
    case.fields.iter().map(|(name, entry)| (name.clone(), entry.value.plain())).collect()
}

fn placeholders(text: &MessageText) -> Vec<String> {
    let MessageText::Template { template } = text else { return Vec::new() };
    template.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect()
}

/// Every field that a choice or a check reads.
fn guarded(definition: &Definition) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    definition.walk(&mut |_, step| {
        let mut read = |name: &str| {
            all.insert(name.to_owned());
        };
        match step {
            Step::Choice { branches, .. } => branches.iter().for_each(|branch| branch.guard.fields(&mut read)),
            Step::Check(check) => check.guard.fields(&mut read),
            _ => {}
        }
    });
    all
}

/// Whether the case is over.
pub fn is_over(case: &Case) -> bool {
    matches!(case.status, Status::Closed { .. })
}

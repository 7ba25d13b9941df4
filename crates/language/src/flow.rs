//! What is certain at each step on every path that leads there: fields that are filled, approvals that were given.

use std::collections::BTreeSet;

use countersign_core::{
    definition::{AgentWork, Definition, HumanVerb, MessageText, Path, Signer, Step, WaitUntil, Who},
    guard::{Guard, Term},
};

use super::{cover, defaults, ways};

/// What holds on every path to a step.
#[derive(Clone, Debug, Default)]
struct Facts {
    fields: BTreeSet<String>,
    approved: bool,
    roles: BTreeSet<String>,
}

/// Something wrong at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// No path leads to the step.
    Unreachable,
    /// No path leads to the stage of this number.
    UnreachableStage(usize),
    /// The field may have no value yet.
    NotFilled(String),
    /// The signer may not have approved anything yet.
    NotApproved(String),
    /// After the rejection the case would go on.
    RejectionGoesOn,
    /// The case goes to a stage that comes later.
    ReturnsForward(String),
    /// From this stage, whatever happens, no case is ever closed.
    NoWayOut(usize),
    /// The last stage can end without the case being closed.
    DeadEnd,
}

/// Follows every path of a definition.
pub(crate) struct Flow<'a> {
    definition: &'a Definition,
    reach: defaults::Reach<'a>,
    /// What was found, with the step.
    pub wrong: Vec<(Path, Wrong)>,
}

impl<'a> Flow<'a> {
    /// Follows every path from the start.
    pub(crate) fn follow(definition: &'a Definition) -> Vec<(Path, Wrong)> {
        let mut flow = Self { definition, reach: defaults::Reach::of(definition), wrong: Vec::new() };
        // A case that a schedule opens has no form filled in.
        let opened = definition.start_fields().filter(|_| definition.schedules.is_empty());
        let fields = opened.map(|field| field.name.clone()).collect();
        let mut facts = Some(Facts { fields, ..Facts::default() });
        for (index, stage) in definition.stages.iter().enumerate() {
            let path = Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]);
            if facts.is_none() {
                flow.wrong.push((path, Wrong::UnreachableStage(index)));
                return flow.wrong;
            }
            facts = flow.block(&stage.steps, &path, facts);
        }
        flow.wrong.extend(
            ways::without_end(definition)
                .map(|index| (Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]), Wrong::NoWayOut(index))),
        );
        if facts.is_some() && !definition.stages.is_empty() {
            let last = u16::try_from(definition.stages.len() - 1).unwrap_or(u16::MAX);
            flow.wrong.push((Path(vec![last]), Wrong::DeadEnd));
        }
        flow.wrong
    }

    /// What holds behind a block; `None` when no path comes out of it.
    fn block(&mut self, steps: &[Step], parent: &Path, mut facts: Option<Facts>) -> Option<Facts> {
        for (index, step) in steps.iter().enumerate() {
            let path = parent.child(u16::try_from(index).unwrap_or(u16::MAX));
            let Some(now) = facts else {
                self.wrong.push((path, Wrong::Unreachable));
                return None;
            };
            facts = self.step(step, &path, now);
        }
        facts
    }

    fn step(&mut self, step: &Step, path: &Path, mut facts: Facts) -> Option<Facts> {
        self.needs(step, path, &facts);
        match step {
            Step::Choice { branches, otherwise } => {
                let mut after: Option<Facts> = None;
                let mut count = 0;
                for branch in branches {
                    self.guard(&branch.guard, path, &facts);
                    let end = self.block(&branch.steps, &path.child(count), Some(facts.clone()));
                    after = meet(after, end);
                    count += 1;
                }
                // What every branch together takes in never comes by here.
                if !otherwise.is_empty() || !cover::exhaustive(&self.definition.fields, branches) {
                    after = meet(after, self.block(otherwise, &path.child(count), Some(facts)));
                }
                return after;
            }
            Step::Parallel { tracks, join } => {
                let mut ends: Vec<Facts> = Vec::new();
                for (index, track) in tracks.iter().enumerate() {
                    let inner = path.child(u16::try_from(index).unwrap_or(u16::MAX));
                    ends.extend(self.block(&track.steps, &inner, Some(facts.clone())));
                }
                let needed = join.needed(tracks.len());
                return (ends.len() >= needed).then(|| together(facts, &ends, needed));
            }
            Step::Human(human) => {
                let rejected = self.block(&human.on_rejected, &path.child(0), Some(facts.clone()));
                if rejected.is_some() && !human.on_rejected.is_empty() {
                    self.wrong.push((path.clone(), Wrong::RejectionGoesOn));
                }
                if human.verb == HumanVerb::Approve {
                    facts.approved = true;
                    if let Who::Role { role } = &human.who {
                        facts.roles.insert(role.clone());
                    }
                }
            }
            Step::Return { stage, .. } => {
                let target = self.definition.stages.iter().position(|known| known.name == *stage);
                if target.is_some_and(|target| target > path.stage_index()) {
                    self.wrong.push((path.clone(), Wrong::ReturnsForward(stage.clone())));
                }
                return None;
            }
            Step::End { .. } => return None,
            Step::Each { steps, .. } => {
                let mut inside = facts.clone();
                inside.fields.extend(defaults::writes(step).into_iter().map(String::from));
                self.block(steps, &path.child(0), Some(inside));
                // A list may be empty, and then nothing inside has happened.
                return Some(facts);
            }
            Step::System(call) if !call.failure.is_empty() => {
                let failed = self.block(&call.failure, &path.child(0), Some(facts.clone()));
                return meet(Some(facts), failed);
            }
            Step::LookUp(look) => {
                let failed = self.block(&look.failure, &path.child(0), Some(facts.clone()));
                // Only an answer fills what was asked for, and what is optional may be missing from it.
                let required = |name: &&String| self.definition.field(name).is_some_and(|field| field.required);
                facts.fields.extend(look.fields.iter().filter(required).cloned());
                return if look.failure.is_empty() { Some(facts) } else { meet(Some(facts), failed) };
            }
            Step::Agent(_)
            | Step::Check(_)
            | Step::System(_)
            | Step::Message(_)
            | Step::Wait { .. }
            | Step::HandOver { .. } => {}
        }
        facts.fields.extend(defaults::writes(step).into_iter().map(String::from));
        Some(facts)
    }

    /// What a step needs before it can be taken.
    fn needs(&mut self, step: &Step, path: &Path, facts: &Facts) {
        let known = |field: &String| facts.fields.contains(field);
        for who in step.people() {
            self.address(who, path, facts);
        }
        match step {
            Step::Check(check) => self.guard(&check.guard, path, facts),
            Step::Agent(agent) => match &agent.work {
                AgentWork::Extract { document, .. } => self.filled(document, path, facts),
                AgentWork::Classify { subject, .. }
                | AgentWork::Score { subject, .. }
                | AgentWork::Judge { subject, .. } => {
                    // One text is enough to classify by.
                    if let (Some(first), false) = (subject.first(), subject.iter().any(known)) {
                        self.filled(first, path, facts);
                    }
                }
                AgentWork::Draft { fields, .. } => fields.iter().for_each(|field| self.filled(field, path, facts)),
                AgentWork::Prepare { .. } => {}
            },
            Step::Human(human) => {
                if matches!(human.verb, HumanVerb::Approve | HumanVerb::Review) {
                    self.possible(&human.fields, path);
                }
            }
            Step::System(call) => {
                self.possible(&call.payload, path);
                self.signed(&call.signer, path, facts);
            }
            Step::Message(message) => {
                self.signed(&message.signer, path, facts);
                if let MessageText::Template { template } = &message.text {
                    for placeholder in placeholders(template) {
                        self.filled(placeholder, path, facts);
                    }
                }
            }
            Step::LookUp(look) => look.by.iter().for_each(|field| self.filled(field, path, facts)),
            Step::Each { list: field, .. } | Step::Wait { until: WaitUntil::Date { field, .. } } => {
                self.filled(field, path, facts);
            }
            Step::Choice { .. }
            | Step::Parallel { .. }
            | Step::HandOver { .. }
            | Step::Wait { .. }
            | Step::Return { .. }
            | Step::End { .. } => {}
        }
    }

    fn filled(&mut self, field: &str, path: &Path, facts: &Facts) {
        if !facts.fields.contains(field) {
            self.wrong.push((path.clone(), Wrong::NotFilled(String::from(field))));
        }
    }

    /// Fields that are only shown or sent must be filled on some path.
    fn possible(&mut self, fields: &[String], path: &Path) {
        let possible = self.reach.shown(path);
        for field in fields.iter().filter(|field| !possible.contains(field)) {
            self.wrong.push((path.clone(), Wrong::NotFilled(field.clone())));
        }
    }

    fn address(&mut self, who: &Who, path: &Path, facts: &Facts) {
        match who {
            Who::Party { party } => {
                if let Some(party) = self.definition.parties.iter().find(|known| known.name == *party) {
                    self.filled(&party.email, path, facts);
                }
            }
            Who::OwnerOf { field } | Who::ManagerOf { field } => self.filled(field, path, facts),
            Who::Requester | Who::ManagerOfRequester | Who::Approver | Who::Role { .. } => {}
        }
    }

    fn guard(&mut self, guard: &Guard, path: &Path, facts: &Facts) {
        match guard {
            Guard::All { of } | Guard::Any { of } => of.iter().for_each(|part| self.guard(part, path, facts)),
            Guard::Not { of } => self.guard(of, path, facts),
            Guard::Compare { left, right, .. } => {
                for term in [left, right] {
                    if let Term::Field { field } = term {
                        self.filled(field, path, facts);
                    }
                }
            }
            Guard::AtMostDaysAgo { field, .. } => self.filled(field, path, facts),
            // Asking whether a field is missing is what one does when it may be.
            Guard::Missing { .. } | Guard::CheckFailed => {}
        }
    }

    fn signed(&mut self, signer: &Signer, path: &Path, facts: &Facts) {
        let missing = match signer {
            Signer::Approver => (!facts.approved).then(|| String::from("approver")),
            Signer::Role { role } => (!facts.roles.contains(role)).then(|| role.clone()),
            Signer::Nobody => None,
        };
        if let Some(who) = missing {
            self.wrong.push((path.clone(), Wrong::NotApproved(who)));
        }
    }
}

/// What is certain when so many of the tracks are done: whatever so many of them cannot be without.
fn together(before: Facts, ends: &[Facts], needed: usize) -> Facts {
    let certain = |holds: &dyn Fn(&Facts) -> bool| ends.iter().filter(|end| !holds(end)).count() < needed;
    let all = |pick: &dyn Fn(&Facts) -> &BTreeSet<String>| {
        let mut all: BTreeSet<String> = ends.iter().flat_map(|end| pick(end).iter().cloned()).collect();
        all.retain(|name| certain(&|end| pick(end).contains(name)));
        all
    };
    let approved = before.approved || certain(&|end| end.approved);
    Facts { fields: all(&|end| &end.fields), approved, roles: all(&|end| &end.roles) }
}

/// What holds on both of two paths; a path that does not come out takes nothing away.
fn meet(a: Option<Facts>, b: Option<Facts>) -> Option<Facts> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Facts {
            fields: a.fields.intersection(&b.fields).cloned().collect(),
            approved: a.approved && b.approved,
            roles: a.roles.intersection(&b.roles).cloned().collect(),
        }),
        (one, other) => one.or(other),
    }
}

/// The names between braces.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|tail| tail.split_once('}').map(|(name, _)| name))
}

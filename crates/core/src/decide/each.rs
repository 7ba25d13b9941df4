//! The items of a list, one after the other.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::Turn;
use crate::{
    case::{Origin, TakeOver, Waiting},
    definition::{AgentWork, FieldSource, HumanVerb, Path, Step},
    guard::words,
    value::{FieldName, Value},
};

impl Turn<'_> {
    /// Begins with the first item; a step that was interrupted goes on with the item that it was at.
    pub(super) fn each(&mut self, index: usize, path: &Path) {
        let round = self.case.rounds.get(path).copied().unwrap_or(0);
        self.begin_round(index, path, round);
    }

    /// The steps are done for one item. The next one follows when nothing of this round runs any more.
    pub(super) fn round_done(&mut self, index: usize, path: &Path) {
        self.go_to(index, path.clone());
        self.case.cursors[index].waiting = Waiting::Tracks;
        self.settle();
    }

    pub(super) fn next_round(&mut self, index: usize, path: &Path) {
        let round = self.case.rounds.get(path).map_or(0, |round| round.saturating_add(1));
        self.begin_round(index, path, round);
    }

    pub(super) fn round_that_is_over(&self) -> Option<(usize, Path)> {
        self.case.cursors.iter().enumerate().find_map(|(index, cursor)| {
            let waits = cursor.waiting == Waiting::Tracks
                && matches!(self.context.definition.step(&cursor.path), Some(Step::Each { .. }))
                && !self.case.cursors.iter().any(|other| other.path.is_inside(&cursor.path));
            waits.then(|| (index, cursor.path.clone()))
        })
    }

    fn begin_round(&mut self, index: usize, path: &Path, round: u32) {
        let Some(Step::Each { item, list, .. }) = self.context.definition.step(path) else {
            return;
        };
        self.case.rounds.insert(path.clone(), round);
        let items = match self.items(list) {
            Ok(items) => items,
            Err(why) => {
                let who = self.accountable();
                self.go_to(index, path.clone());
                self.take_over(index, TakeOver::CannotTell { why }, who);
                return;
            }
        };
        let Some(value) = usize::try_from(round).ok().and_then(|round| items.get(round)) else {
            self.case.rounds.remove(path);
            self.go_to(index, path.next());
            return;
        };
        if round > 0 {
            self.forget_round(path);
        }
        // Invariant: a sign-off for one item releases nothing for the next, not even for the same words.
        if !self.write(item, value.clone(), Origin::Item { list: list.clone() }) {
            self.changed(item, Some(self.at));
        }
        self.go_to(index, path.child(0).child(0));
    }

    fn items(&self, list: &str) -> Result<Vec<Value>, String> {
        match self.case.value(list) {
            Some(Value::List { items }) => Ok(items.clone()),
            Some(Value::Erased) => Err(format!("`{}` has been erased", words(list))),
            Some(_) => Err(format!("`{}` is not a list", words(list))),
            None if self.context.definition.field(list).is_some_and(|field| !field.required) => Ok(Vec::new()),
            None => Err(format!("`{}` is not known", words(list))),
        }
    }

    /// What was filled in and found for one item says nothing about the next.
    fn forget_round(&mut self, path: &Path) {
        let mut filled: BTreeSet<&FieldName> = BTreeSet::new();
        self.context.definition.walk(&mut |place, step| {
            if place.is_inside(path) {
                filled.extend(fills(step));
            }
        });
        for name in filled {
            let field = self.context.definition.field(name);
            if field.is_none_or(|field| !matches!(field.source, FieldSource::Form { start: true, .. })) {
                self.forget(name);
            }
        }
        self.case.findings.retain(|place, _| !place.is_inside(path));
    }

    /// Removes a value, which voids sign-offs as any other write does.
    pub(super) fn forget(&mut self, name: &str) {
        self.case.suggestions.remove(name);
        if let Some(entry) = self.case.fields.remove(name) {
            self.changed(name, Some(entry.at));
        }
    }

    /// Lists that no cursor is in any more begin anew the next time.
    pub(super) fn forget_rounds(&mut self) {
        let cursors = &self.case.cursors;
        let runs = |path: &Path| cursors.iter().any(|one| one.path == *path || one.path.is_inside(path));
        self.case.rounds.retain(|path, _| runs(path));
    }

    /// For each list around a place, the item that it is at, counted from 0.
    pub(super) fn rounds_of(&self, path: &Path) -> Vec<u32> {
        let around = (2..path.0.len()).step_by(2).map(|length| Path(path.0[..length].to_vec()));
        around.filter_map(|outer| self.case.rounds.get(&outer).copied()).collect()
    }
}

/// The fields that a step itself fills.
pub(crate) fn fills(step: &Step) -> Vec<&FieldName> {
    match step {
        Step::Agent(agent) => match &agent.work {
            AgentWork::Extract { fields, .. } => fields.iter().collect(),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } | AgentWork::Draft { field, .. } => {
                alloc::vec![field]
            }
            AgentWork::Prepare { .. } | AgentWork::Judge { .. } => Vec::new(),
        },
        Step::Human(human) if matches!(human.verb, HumanVerb::Provide | HumanVerb::Do) => human.fields.iter().collect(),
        Step::LookUp(look) => look.fields.iter().collect(),
        Step::Human(_)
        | Step::Check(_)
        | Step::Choice { .. }
        | Step::Parallel { .. }
        | Step::Each { .. }
        | Step::System(_)
        | Step::Message(_)
        | Step::Wait { .. }
        | Step::HandOver { .. }
        | Step::Return { .. }
        | Step::End { .. } => Vec::new(),
    }
}

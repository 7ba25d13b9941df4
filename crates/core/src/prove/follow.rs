//! What follows from a changed value, as in the engine: checks are made again, and letters are filled in again.

use alloc::vec::Vec;

use super::{
    machine::{Machine, Picks},
    net::{Net, Number},
    state::{Known, State},
    values::asks_for_checks,
};
use crate::{
    definition::{Branch, Definition, FieldSource, Step},
    guard::Answer,
    value::FieldName,
};

/// A field that holds a letter, and the fields whose values stand in it.
type Letter<'a> = (&'a FieldName, &'a [FieldName]);

/// What rests on other fields and matters to a way.
#[derive(Default)]
pub(crate) struct Follows<'a> {
    /// The checks of stages in which a choice asks whether one failed.
    checks: Vec<Number>,
    letters: Vec<Letter<'a>>,
}

impl<'a> Follows<'a> {
    pub(super) fn of(net: &Net<'a>) -> Self {
        let asks = |stage: usize| {
            net.nodes.iter().any(|node| match node.step {
                Step::Choice { branches, .. } => node.path.stage_index() == stage && ask_for_checks(branches),
                _ => false,
            })
        };
        let checks = (0..).zip(&net.nodes).filter(|(_, node)| matches!(node.step, Step::Check(_)));
        let asked = checks.filter(|(_, node)| asks(node.path.stage_index()));
        Self { checks: asked.map(|(number, _)| number).collect(), letters: letters(net.definition) }
    }

    /// A check has been made, for the values as they are.
    pub(super) fn found(&self, state: &mut State, check: Number) {
        if self.checks.contains(&check) {
            state.found.insert(check);
            state.again.remove(&check);
        }
    }
}

impl Machine<'_> {
    /// What rests on a field that has another value now, or none.
    pub(super) fn follow(&self, state: &mut State, field: &FieldName) {
        self.doubt_checks(state, field);
        for (letter, _) in self.follows.letters.iter().filter(|(_, from)| from.contains(field)) {
            let index = self.domain.index(letter);
            let known = index.map(|index| state.known[index]);
            if known == Some(Known::Missing) {
                continue;
            }
            if self.goal.sends.contains(*letter) && state.signed.is_some() {
                // Whether it was filled in by then is not followed.
                state.loose |= matches!(known, None | Some(Known::Maybe));
                state.signed = None;
            }
            if let Some(index) = index {
                // It is taken away where a value that stands in it is missing, which is not followed either.
                state.loose = true;
                state.known[index] = Known::Maybe;
            }
            self.doubt_checks(state, letter);
        }
    }

    fn doubt_checks(&self, state: &mut State, field: &FieldName) {
        for check in &state.found {
            if let Step::Check(step) = self.net.node(*check).step {
                step.guard.fields(&mut |name| {
                    if name == field {
                        state.again.insert(*check);
                    }
                });
            }
        }
    }

    /// The states in which the checks of a choice's stage say what they say of the values as they are now.
    pub(super) fn checked_again(&self, state: &State, at: Number, branches: &[Branch]) -> Vec<(State, Picks, bool)> {
        let mut open = alloc::vec![(state.clone(), Vec::new(), false)];
        if !ask_for_checks(branches) {
            return open;
        }
        let stage = self.net.node(at).path.stage_index();
        for check in state.again.iter().filter(|check| self.net.node(**check).path.stage_index() == stage) {
            let Step::Check(step) = self.net.node(*check).step else { continue };
            let mut told = Vec::new();
            for (state, picks, loose) in open {
                for answered in self.answer(&state, &step.guard, *check) {
                    let mut after = answered.state;
                    after.again.remove(check);
                    if answered.answer == Answer::No {
                        after.failed.insert(*check);
                    } else {
                        after.failed.remove(check);
                    }
                    told.push((after, [picks.as_slice(), &answered.picks].concat(), loose || answered.loose));
                }
            }
            open = told;
        }
        open
    }
}

fn ask_for_checks(branches: &[Branch]) -> bool {
    branches.iter().any(|branch| asks_for_checks(&branch.guard))
}

fn letters(definition: &Definition) -> Vec<Letter<'_>> {
    let from = definition.fields.iter().filter_map(|field| match &field.source {
        FieldSource::Template { from } => Some((&field.name, from.as_slice())),
        _ => None,
    });
    from.collect()
}

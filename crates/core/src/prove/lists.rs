//! Steps over a list: round after round, with the length of the list found out on the way.

use alloc::vec::Vec;

use super::{
    machine::{Machine, Next},
    net::Number,
    state::{Known, Length, Rest, State},
    told::Happens,
};
use crate::{
    decide::fills,
    definition::{Definition, FieldSource, Step},
    value::FieldName,
};

/// The rounds that are told apart; with more items than that a list may have any number.
pub(crate) const ROUNDS_MAX: u8 = 3;

/// What a round says of the list of this number.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
    AtLeast(usize, u8),
    Exactly(usize, u8),
}

impl Machine<'_> {
    /// The next item of a list is written, or there is none.
    pub(super) fn round(&self, state: &State, index: usize) -> Vec<Next> {
        let spot = state.spots[index];
        let at = spot.at;
        let Step::Each { item, list, .. } = self.net.node(at).step else { return Vec::new() };
        let before = state.rounds.get(&at).copied().unwrap_or(0);
        let round = if spot.rest == Rest::Round { before.saturating_add(1).min(ROUNDS_MAX) } else { before };
        let place = self.lists.iter().position(|name| name == list);
        let length = place.map_or(Length::ANY, |place| state.lists[place]);
        if length == Length::MISSING {
            let mut over = state.clone();
            over.rounds.insert(at, round);
            over.spots[index].rest = Rest::TakenOver;
            return alloc::vec![Next::silent(Some(over))];
        }
        let loose = round == ROUNDS_MAX;
        let mut ways = Vec::new();
        if loose || length.most.is_none_or(|most| most > round) {
            let mut taken = state.clone();
            if let Some(place) = place.filter(|_| !loose) {
                taken.lists[place].least = length.least.max(round + 1);
            }
            taken.rounds.insert(at, round);
            if round > 0 {
                self.forget_round(&mut taken, at);
            }
            self.write(&mut taken, item, true);
            let after = self.net.node(at).blocks.first().and_then(|block| self.go(taken, index, *block));
            let mut next = Next::to(after, at, Happens::Round { another: true });
            next.counted = place.filter(|_| !loose).map(|place| Counted::AtLeast(place, round + 1));
            next.loose = loose;
            ways.push(next);
        }
        if loose || length.least <= round {
            let mut done = state.clone();
            if let Some(place) = place.filter(|_| !loose) {
                done.lists[place] = Length { least: round, most: Some(round) };
            }
            done.rounds.remove(&at);
            let mut next = Next::to(self.go_on(done, index), at, Happens::Round { another: false });
            next.counted = place.filter(|_| !loose).map(|place| Counted::Exactly(place, round));
            next.loose = loose;
            ways.push(next);
        }
        ways
    }

    /// What was filled in and found for one item says nothing about the next.
    fn forget_round(&self, state: &mut State, each: Number) {
        for node in self.net.nodes.iter().filter(|node| node.path.is_inside(&self.net.node(each).path)) {
            for name in fills(node.step) {
                let field = self.net.definition.field(name);
                if field.is_none_or(|field| !matches!(field.source, FieldSource::Form { start: true, .. })) {
                    self.forget(state, name);
                }
            }
        }
        for checks in [&mut state.failed, &mut state.found, &mut state.again] {
            checks.retain(|check| !self.net.is_inside(*check, each));
        }
    }

    /// A field is emptied: a sign-off over it no longer stands, if it had a value.
    pub(super) fn forget(&self, state: &mut State, name: &FieldName) {
        let index = self.domain.index(name);
        let known = index.map(|index| state.known[index]);
        if known == Some(Known::Missing) {
            return;
        }
        if self.goal.sends.contains(name) && state.signed.is_some() {
            state.loose |= matches!(known, None | Some(Known::Maybe));
            state.signed = None;
        }
        if let Some(index) = index {
            state.known[index] = Known::Missing;
        }
        self.follow(state, name);
        if let Some(place) = self.lists.iter().position(|list| list == name) {
            state.lists[place] = self.without(place);
        }
        self.labelled.iter().position(|one| one == name).map(|place| state.said.remove(&place));
    }

    /// How long a list is that nobody has filled in: one that is not required counts as empty.
    pub(super) fn without(&self, place: usize) -> Length {
        let required = self.net.definition.field(&self.lists[place]).is_none_or(|field| field.required);
        if required { Length::MISSING } else { Length { least: 0, most: Some(0) } }
    }
}

/// The lists that a text goes through.
pub(crate) fn lists(definition: &Definition) -> Vec<FieldName> {
    let mut all = Vec::new();
    definition.walk(&mut |_, step| {
        if let Step::Each { list, .. } = step
            && !all.contains(list)
        {
            all.push(list.clone());
        }
    });
    all
}

//! The machine that a proof searches: the transitions of `decide`, with the run-time guard switched off.

use alloc::{collections::BTreeMap, vec::Vec};
use core::cell::RefCell;

use super::{
    net::{Goto, Net, Number},
    state::{Known, Rest, Spot, State},
    told::Happens,
    values::Domain,
};
use crate::{
    definition::{FieldSource, Losers, Path, Signer, Step, Who, index_u16},
    guard::Guard,
    value::FieldName,
};

/// The effect that is proven, and whose sign-off releases it.
pub(crate) struct Goal {
    pub at: Number,
    /// The fields that it sends.
    pub sends: Vec<FieldName>,
    /// The approvals that release it.
    pub accepts: Vec<Number>,
    /// The field that holds the address, for a message to an outside party.
    pub address: Option<FieldName>,
}

/// One step further.
pub(crate) struct Next {
    /// `None`: the case is closed, or the effect has left.
    pub state: Option<State>,
    pub happens: Option<(Number, Happens)>,
    /// Values that followed fields turn out to have had, by their number; `None` for no value.
    pub picks: Picks,
    /// Fields that the step could have written and left as they were.
    pub untouched: Vec<FieldName>,
    /// Whether the effect leaves here without a sign-off.
    pub leaves_unsigned: bool,
    /// Whether it was assumed that a guard may say either, so that the way may be none.
    pub loose: bool,
}

pub(crate) type Picks = Vec<(usize, Option<u8>)>;

/// A guard, by its address, with what its fields hold and whether a check failed.
type Question = (usize, Vec<(usize, Option<usize>)>, bool);

pub(crate) struct Machine<'a> {
    pub net: &'a Net<'a>,
    pub goal: Goal,
    pub domain: Domain,
    /// Whether data is followed; else every guard may say either.
    pub precise: bool,
    /// Whether returns are counted; else every return may be the last.
    pub counts: bool,
    /// The fields that agents classify or score.
    pub labelled: Vec<FieldName>,
    pub answers: RefCell<BTreeMap<Question, crate::guard::Answer>>,
}

impl Next {
    pub(super) fn to(state: Option<State>, at: Number, happens: Happens) -> Self {
        Self { happens: Some((at, happens)), ..Self::silent(state) }
    }

    const fn silent(state: Option<State>) -> Self {
        Self { state, happens: None, picks: Vec::new(), untouched: Vec::new(), leaves_unsigned: false, loose: false }
    }
}

impl<'a> Machine<'a> {
    /// A case that has just been opened.
    pub(crate) fn opened(&self) -> Option<State> {
        let mut state = State::new();
        for followed in &self.domain.fields {
            let field = self.net.definition.field(&followed.name);
            state.known.push(match field {
                Some(field) if matches!(field.source, FieldSource::Form { start: true, .. }) => {
                    if field.required {
                        Known::Free
                    } else {
                        Known::Maybe
                    }
                }
                _ => Known::Missing,
            });
        }
        for field in self.net.definition.start_fields().filter(|field| field.required) {
            state.said.extend(self.labelled.iter().position(|name| *name == field.name));
        }
        let Some(Goto::To(at)) = self.net.stages.first().copied() else { return None };
        state.spots.push(Spot { at, rest: Rest::Ready });
        Some(state)
    }

    /// Every way on from a state: the engine's own next step, or else every event that may come.
    pub(crate) fn next(&self, state: &State) -> Vec<Next> {
        match state.spots.iter().position(|spot| matches!(spot.rest, Rest::Ready | Rest::Empty)) {
            Some(index) if state.spots[index].rest == Rest::Empty => {
                let mut done = state.clone();
                let split = done.spots.remove(index).at;
                alloc::vec![Next::silent(self.join(done, split, 1))]
            }
            Some(index) => self.enter(state, index),
            None => (0..state.spots.len()).flat_map(|index| self.events(state, index)).collect(),
        }
    }

    fn enter(&self, state: &State, index: usize) -> Vec<Next> {
        let at = state.spots[index].at;
        match self.net.node(at).step {
            Step::Agent(_) | Step::Human(_) | Step::Wait { .. } | Step::LookUp(_) | Step::HandOver { .. } => {
                alloc::vec![Next::silent(Some(wait(state, index)))]
            }
            Step::Each { .. } => self.round(state, index),
            Step::Check(check) => self.find(state, index, &check.guard),
            Step::Choice { branches, .. } => self.choose(state, index, branches),
            Step::Parallel { .. } => alloc::vec![Next::silent(self.split(state, index))],
            Step::System(_) => self.release(state, index, |_, state| Some(wait(state, index))),
            Step::Message(_) => self.release(state, index, |machine, state| machine.go_on(state.clone(), index)),
            Step::Return { stage, at_most, .. } => self.go_back(state, index, stage, *at_most),
            Step::End { .. } => Vec::new(),
        }
    }

    /// The proof's question: does the effect leave here, and does a sign-off stand?
    fn release(&self, state: &State, index: usize, then: impl Fn(&Self, &State) -> Option<State>) -> Vec<Next> {
        let at = state.spots[index].at;
        if at != self.goal.at || state.signed.is_some() {
            return alloc::vec![Next::silent(then(self, state))];
        }
        let left = |picks: Picks| Next { picks, leaves_unsigned: true, ..Next::to(None, at, Happens::Left) };
        // A message without an address reaches nobody.
        let Some(address) = self.goal.address.as_deref().and_then(|name| self.domain.index(name)) else {
            return alloc::vec![left(Vec::new())];
        };
        match state.known[address] {
            Known::Missing => alloc::vec![Next::silent(then(self, state))],
            Known::Maybe => alloc::vec![left(alloc::vec![(address, Some(0))])],
            Known::Free | Known::Is(_) | Known::Not(_) => alloc::vec![left(Vec::new())],
        }
    }

    fn split(&self, state: &State, index: usize) -> Option<State> {
        let mut state = state.clone();
        let split = state.spots[index].at;
        state.spots[index].rest = Rest::Tracks;
        state.done.remove(&split);
        let blocks = &self.net.node(split).blocks;
        for track in blocks {
            state.spots.push(match *track {
                Goto::To(at) => Spot { at, rest: Rest::Ready },
                // As in the engine, the tracks before it go as far as they can before it is done.
                Goto::Join(_) | Goto::Round(_) | Goto::Closed | Goto::Nowhere => Spot { at: split, rest: Rest::Empty },
            });
        }
        if blocks.is_empty() { self.join(state, split, 0) } else { Some(state) }
    }

    /// So many tracks more are done; the split goes on when its join is met.
    fn join(&self, mut state: State, split: Number, more: u8) -> Option<State> {
        let Step::Parallel { tracks, join } = self.net.node(split).step else { return Some(state) };
        let Some(waiting) = state.spots.iter().position(|spot| spot.at == split && spot.rest == Rest::Tracks) else {
            return Some(state);
        };
        let Some(losers) = join.losers() else {
            let runs =
                |spot: &Spot| self.net.is_inside(spot.at, split) || *spot == Spot { at: split, rest: Rest::Empty };
            let running = state.spots.iter().any(runs);
            return if running { Some(state) } else { self.go_on(state, waiting) };
        };
        let done = state.done.get(&split).copied().unwrap_or(0).saturating_add(more);
        state.done.insert(split, done);
        if usize::from(done) < join.needed(tracks.len()) {
            return Some(state);
        }
        state.done.remove(&split);
        let mut waiting = waiting;
        if losers == Losers::Cancel {
            let empty = Spot { at: split, rest: Rest::Empty };
            state.spots.retain(|spot| !self.net.is_inside(spot.at, split) && *spot != empty);
            waiting = state.spots.iter().position(|spot| spot.at == split).unwrap_or(waiting);
        }
        self.go_on(state, waiting)
    }

    /// The next item of a list is written, or there is none.
    fn round(&self, state: &State, index: usize) -> Vec<Next> {
        let at = state.spots[index].at;
        let Step::Each { item, .. } = self.net.node(at).step else { return Vec::new() };
        let mut taken = state.clone();
        self.write(&mut taken, item, true);
        let into = self.net.node(at).blocks.first().copied().filter(|block| matches!(block, Goto::To(_)));
        let mut ways = Vec::new();
        if let Some(into) = into {
            ways.push(Next::to(self.go(taken, index, into), at, Happens::Round { another: true }));
        }
        ways.push(Next::to(self.go_on(state.clone(), index), at, Happens::Round { another: false }));
        ways
    }

    pub(super) fn go_on(&self, state: State, index: usize) -> Option<State> {
        let then = self.net.node(state.spots[index].at).then;
        self.go(state, index, then)
    }

    pub(super) fn go(&self, mut state: State, index: usize, to: Goto) -> Option<State> {
        match to {
            Goto::To(at) => {
                state.spots[index] = Spot { at, rest: Rest::Ready };
                Some(state)
            }
            Goto::Join(split) => {
                state.spots.remove(index);
                self.join(state, split, 1)
            }
            Goto::Round(each) => {
                state.spots[index] = Spot { at: each, rest: Rest::Ready };
                Some(state)
            }
            Goto::Closed => None,
            Goto::Nowhere => {
                state.spots.remove(index);
                (!state.spots.is_empty()).then_some(state)
            }
        }
    }

    fn go_back(&self, state: &State, index: usize, stage: &str, at_most: u16) -> Vec<Next> {
        let at = state.spots[index].at;
        let Some(target) = self.net.stage(stage) else { return Vec::new() };
        let mut counted = state.clone();
        if self.counts {
            let count = counted.returns.entry(at).or_insert(0);
            *count = count.saturating_add(1).min(at_most.saturating_add(1));
        }
        let mut ways = Vec::new();
        if !self.counts || counted.returns.get(&at).is_some_and(|count| *count > at_most) {
            let mut over = counted.clone();
            over.spots[index].rest = Rest::TakenOver;
            ways.push(Next::silent(Some(over)));
        }
        if (!self.counts && at_most > 0) || counted.returns.get(&at).is_some_and(|count| *count <= at_most) {
            ways.push(Next::to(self.at_stage(counted, target), at, Happens::Returned));
        }
        ways
    }

    /// Goes to the start of a stage: what was found and signed from there on no longer counts.
    pub(super) fn at_stage(&self, mut state: State, target: usize) -> Option<State> {
        state.failed.retain(|check| self.net.node(*check).path.stage_index() < target);
        state.signed = state.signed.filter(|stage| *stage < target);
        state.done.clear();
        state.spots.clear();
        let Some(Goto::To(at)) = self.net.stages.get(target).copied() else { return None };
        state.spots.push(Spot { at, rest: Rest::Ready });
        Some(state)
    }

    fn find(&self, state: &State, index: usize, guard: &Guard) -> Vec<Next> {
        let at = state.spots[index].at;
        if !self.precise {
            return alloc::vec![Next::silent(self.go_on(state.clone(), index))];
        }
        let mut ways = Vec::new();
        for answered in self.answer(state, guard, at) {
            let mut found = answered.state;
            let holds = match answered.answer {
                crate::guard::Answer::No => {
                    found.failed.insert(at);
                    Happens::Found { holds: false }
                }
                crate::guard::Answer::Yes | crate::guard::Answer::CannotTell { .. } => {
                    found.failed.remove(&at);
                    Happens::Found { holds: true }
                }
            };
            let mut next = Next::to(self.go_on(found, index), at, holds);
            (next.picks, next.loose) = (answered.picks, answered.loose);
            ways.push(next);
        }
        ways
    }

    fn choose(&self, state: &State, index: usize, branches: &[crate::definition::Branch]) -> Vec<Next> {
        let at = state.spots[index].at;
        let into = |state: State, block: usize, picks: Picks, loose: bool| {
            let to = self.net.node(at).blocks[block];
            let mut next = Next::to(self.go(state, index, to), at, Happens::Chose { block: index_u16(block) });
            (next.picks, next.loose) = (picks, loose);
            next
        };
        if !self.precise {
            return (0..=branches.len()).map(|block| into(state.clone(), block, Vec::new(), false)).collect();
        }
        let mut ways = Vec::new();
        let mut open = alloc::vec![(state.clone(), Vec::new(), false)];
        for (block, branch) in branches.iter().enumerate() {
            let mut undecided = Vec::new();
            for (state, picks, loose) in open {
                for answered in self.answer(&state, &branch.guard, at) {
                    let mut all = picks.clone();
                    all.extend(answered.picks);
                    let loose = loose || answered.loose;
                    match answered.answer {
                        crate::guard::Answer::Yes => ways.push(into(answered.state, block, all, loose)),
                        crate::guard::Answer::No => undecided.push((answered.state, all, loose)),
                        crate::guard::Answer::CannotTell { .. } => {
                            let mut over = answered.state;
                            over.spots[index].rest = Rest::TakenOver;
                            ways.push(Next { picks: all, loose, ..Next::silent(Some(over)) });
                        }
                    }
                }
            }
            open = undecided;
        }
        ways.extend(open.into_iter().map(|(state, picks, loose)| into(state, branches.len(), picks, loose)));
        ways
    }
}

pub(super) fn wait(state: &State, index: usize) -> State {
    let mut state = state.clone();
    state.spots[index].rest = Rest::Waits;
    state
}

/// The approvals whose sign-off releases an effect that this signer must sign.
///
/// An approval by the role that the text names, and none by whoever happens to hold it: the proof knows no
/// directory.
pub(crate) fn accepted(net: &Net<'_>, at: &Path, signer: &Signer) -> Vec<Number> {
    let named = |who: &Who| match signer {
        Signer::Approver => true,
        Signer::Role { role } => matches!(who, Who::Role { role: named } if named.eq_ignore_ascii_case(role)),
        Signer::Nobody => false,
    };
    let all =
        net.approvals().filter(|(number, human)| named(&human.who) && net.comes_before(&net.node(*number).path, at));
    all.map(|(number, _)| number).collect()
}

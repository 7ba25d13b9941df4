//! The machine that a proof searches: the transitions of `decide`, with the run-time guard switched off.

use alloc::{collections::BTreeMap, vec::Vec};
use core::cell::RefCell;

use super::{
    follow::Follows,
    lists::Counted,
    net::{Goto, Net, Number},
    state::{Known, Length, Rest, Spot, State},
    told::Happens,
    values::Domain,
};
use crate::{
    definition::{AgentStep, AgentWork, FieldSource, HumanStep, Path, Signer, Step, WaitUntil, Who, index_u16},
    guard::Guard,
    value::FieldName,
};

/// The effect that is proven, and whose sign-off releases it.
pub(crate) struct Goal {
    pub at: Number,
    /// The fields that it sends.
    pub sends: Vec<FieldName>,
    /// Who signs it.
    pub signer: Signer,
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
    /// How long a list turns out to be.
    pub counted: Option<Counted>,
    /// Fields that the step could have written and left as they were.
    pub untouched: Vec<FieldName>,
    /// Whether the effect leaves here without a sign-off.
    pub leaves_unsigned: bool,
    /// Whether something was assumed, such as what a guard says, so that the way may be none.
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
    /// The lists that the text goes through.
    pub lists: Vec<FieldName>,
    /// Whether the case waits for something that was added to it before it leaves its stage.
    pub held: bool,
    /// What rests on other fields.
    pub follows: Follows<'a>,
    pub answers: RefCell<BTreeMap<Question, crate::guard::Answer>>,
}

impl Next {
    pub(super) fn to(state: Option<State>, at: Number, happens: Happens) -> Self {
        Self { happens: Some((at, happens)), ..Self::silent(state) }
    }

    pub(super) const fn silent(state: Option<State>) -> Self {
        Self {
            state,
            happens: None,
            picks: Vec::new(),
            counted: None,
            untouched: Vec::new(),
            leaves_unsigned: false,
            loose: false,
        }
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
        for (place, list) in self.lists.iter().enumerate() {
            let starts = self.net.definition.start_fields().any(|field| field.name == *list);
            state.lists.push(if starts { Length::ANY } else { self.without(place) });
        }
        self.at_stage(state, 0)
    }

    /// Every way on from a state: the engine's own next step, or else every event that may come.
    pub(crate) fn next(&self, state: &State) -> Vec<Next> {
        let runs = |spot: &Spot| matches!(spot.rest, Rest::Ready | Rest::Empty(_) | Rest::Round);
        match state.spots.iter().position(runs) {
            Some(index) if matches!(state.spots[index].rest, Rest::Empty(_)) => {
                let mut done = state.clone();
                done.spots.remove(index);
                alloc::vec![Next::silent(self.settle(done))]
            }
            Some(index) => self.enter(state, index),
            None => (0..state.spots.len()).flat_map(|index| self.events(state, index)).collect(),
        }
    }

    fn enter(&self, state: &State, index: usize) -> Vec<Next> {
        let at = state.spots[index].at;
        match self.net.node(at).step {
            Step::Wait { until: WaitUntil::Date { field, offset } } => self.wait_for_day(state, index, field, *offset),
            Step::Agent(AgentStep { work: AgentWork::Draft { field, .. }, .. }) => self.drafted(state, index, field),
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
            Step::End { .. } if self.held && !self.is_turned_down(at) => {
                let mut held = state.clone();
                held.spots[index].rest = Rest::Held;
                alloc::vec![Next::silent(Some(held))]
            }
            Step::End { .. } => {
                let after = self.close_from(state.clone(), index);
                after.map(|state| Next::silent(Some(state))).into_iter().collect()
            }
        }
    }

    /// Whether a step follows a rejection.
    fn is_turned_down(&self, at: Number) -> bool {
        let path = &self.net.node(at).path;
        (2..path.0.len())
            .step_by(2)
            .any(|length| matches!(self.net.definition.step(&Path(path.0[..length].to_vec())), Some(Step::Human(_))))
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
            Goto::Join(_) => {
                state.spots.remove(index);
                self.settle(state)
            }
            Goto::Round(each) => {
                state.spots[index] = Spot { at: each, rest: Rest::Tracks };
                self.settle(state)
            }
            Goto::Stage(_) if self.held => {
                state.spots[index].rest = Rest::Held;
                Some(state)
            }
            Goto::Stage(stage) => self.at_stage_beside(state, index, stage),
            Goto::Closed => self.close_from(state, index),
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
        if let Some((split, track)) = self.left_behind(&counted, &counted.spots[index]) {
            // The case has gone on without this track, so that it sends nothing back.
            return alloc::vec![Next::silent(self.end_track(counted, split, track))];
        }
        let mut ways = Vec::new();
        if !self.counts || counted.returns.get(&at).is_some_and(|count| *count > at_most) {
            let mut over = counted.clone();
            over.spots[index].rest = Rest::TakenOver;
            // Without a count it is only assumed that it was the last one.
            ways.push(Next { loose: !self.counts && at_most > 0, ..Next::silent(Some(over)) });
        }
        if (!self.counts && at_most > 0) || counted.returns.get(&at).is_some_and(|count| *count <= at_most) {
            counted.failed.retain(|check| self.net.node(*check).path.stage_index() < target);
            for checks in [&mut counted.found, &mut counted.again] {
                checks.retain(|check| self.net.node(*check).path.stage_index() < target);
            }
            counted.signed = counted.signed.filter(|stage| *stage < target);
            ways.push(Next::to(self.at_stage(counted, target), at, Happens::Returned));
        }
        ways
    }

    /// Goes from the end of one stage to the start of another; what runs on beside it runs on.
    pub(super) fn at_stage_beside(&self, state: State, index: usize, target: usize) -> Option<State> {
        let at = self.start_of(target);
        match at {
            Some(at) => self.go(state, index, Goto::To(at)),
            None => self.go(state, index, Goto::Nowhere),
        }
    }

    /// The first step of a stage; a stage without a step leads to the next.
    pub(super) fn start_of(&self, stage: usize) -> Option<Number> {
        self.net.stages.iter().skip(stage).find_map(|start| match start {
            Goto::To(at) => Some(*at),
            _ => None,
        })
    }

    /// Begins a stage, and leaves everything that is open.
    pub(super) fn at_stage(&self, mut state: State, target: usize) -> Option<State> {
        state.winners.clear();
        state.rounds.clear();
        state.spots = alloc::vec![Spot { at: self.start_of(target)?, rest: Rest::Ready }];
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
            self.follows.found(&mut found, at);
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
        let mut open = self.checked_again(state, at, branches);
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
pub(crate) fn accepted(net: &Net<'_>, at: &Path, signer: &Signer) -> Vec<Number> {
    let asks = |human: &HumanStep| signs(net, signer, &human.who);
    let all = net.approvals().filter(|(number, human)| asks(human) && net.comes_before(&net.node(*number).path, at));
    all.map(|(number, _)| number).collect()
}

/// Whether whoever is asked so at first signs for this signer.
///
/// A role signs where the text asks for that role, and not by whoever happens to hold it: the proof knows no
/// directory. `The approver` is somebody of the role where no other approval asks for anybody else.
pub(super) fn signs(net: &Net<'_>, signer: &Signer, who: &Who) -> bool {
    let Signer::Role { role } = signer else { return *signer == Signer::Approver };
    let is_role = |who: &Who| matches!(who, Who::Role { role: named } if named.eq_ignore_ascii_case(role));
    is_role(who)
        || *who == Who::Approver
            && net.approvals().all(|(_, human)| {
                let everybody = core::iter::once(&human.who).chain(human.escalations.iter().map(|one| &one.to));
                human.who == Who::Approver || everybody.clone().all(is_role)
            })
}

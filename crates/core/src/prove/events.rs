//! What may happen to a case that waits, and what guards may say.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    machine::{Machine, Next, Picks, signs},
    net::Number,
    state::{Known, Rest, State},
    told::Happens,
    values::asks_for_checks,
};
use crate::{
    definition::{AgentStep, AgentWork, Definition, HumanStep, HumanVerb, Prohibition, Signer, Step, WaitUntil, Who},
    guard::{Answer, Guard},
    value::Value,
};

/// The most combinations of values that one guard is asked with; beyond that it may say either.
const COMBINATIONS_MAX: usize = 600;

/// A guard's answer, and what had to be settled about the data for it.
pub(super) struct Answered {
    pub state: State,
    pub picks: Picks,
    pub answer: Answer,
    /// Whether it was only assumed.
    pub loose: bool,
}

impl Machine<'_> {
    /// Every event that may come for one cursor.
    pub(super) fn events(&self, state: &State, index: usize) -> Vec<Next> {
        let mut ways = self.events_of(state, index);
        for next in &mut ways {
            next.loose |= next.happens.is_some_and(|(_, happens)| self.hurries(state, index, happens));
        }
        ways
    }

    fn events_of(&self, state: &State, index: usize) -> Vec<Next> {
        let spot = state.spots[index];
        let on = |happens| alloc::vec![Next::to(self.go_on(state.clone(), index), spot.at, happens)];
        let again = || {
            let mut state = state.clone();
            state.spots[index].rest = Rest::Ready;
            Next::to(Some(state), spot.at, Happens::TriedAgain)
        };
        let stopped = || self.stopped(state, index);
        match (self.net.node(spot.at).step, spot.rest) {
            (_, Rest::Ready | Rest::Tracks | Rest::Empty(_) | Rest::Round) | (Step::End { .. }, _) => Vec::new(),
            (_, Rest::Held) => {
                let next = self.net.node(spot.at).path.stage_index() + 1;
                let after = self.at_stage_beside(state.clone(), index, next);
                alloc::vec![Next::silent(after)]
            }
            (_, Rest::Again(approval)) => self.asked_again(state, index, approval),
            (
                Step::Choice { .. }
                | Step::Each { .. }
                | Step::Wait { .. }
                | Step::Agent(AgentStep { work: AgentWork::Draft { .. }, .. }),
                Rest::TakenOver,
            ) => [again()].into_iter().chain(stopped()).collect(),
            (Step::System(_) | Step::LookUp(_), Rest::TakenOver) => {
                on(Happens::WentOn).into_iter().chain([again()]).chain(stopped()).collect()
            }
            (_, Rest::TakenOver) | (Step::HandOver { .. }, Rest::Waits) => {
                on(Happens::WentOn).into_iter().chain(stopped()).collect()
            }
            (Step::Agent(agent), Rest::Waits) => self.answered(state, index, &agent.work),
            (Step::LookUp(look), Rest::Waits) => self.looked_up(state, index, &look.fields),
            (Step::Human(human), Rest::Waits) => match human.verb {
                _ if self.is_for_nobody(human) => Vec::new(),
                HumanVerb::Approve => self.approved(state, index, spot.at, human),
                HumanVerb::Review => {
                    let mut ways = on(Happens::Completed);
                    ways.iter_mut().for_each(|next| next.loose = human.who == Who::Approver && human.needed > 1);
                    ways.push(self.rejected(state, index));
                    ways
                }
                HumanVerb::Provide | HumanVerb::Do => self.handed_in(state, index, &human.fields),
            },
            (Step::System(_), Rest::Waits) => {
                let mut ways = on(Happens::Called);
                ways.push(self.failed(state, index));
                ways
            }
            (Step::Wait { until }, Rest::Waits) => {
                let mut ways = on(Happens::Passed);
                match until {
                    WaitUntil::Date { .. } => ways.iter_mut().for_each(|next| {
                        next.state.iter_mut().for_each(|state| state.later = true);
                    }),
                    WaitUntil::Message { .. } => ways.extend(stopped()),
                    WaitUntil::Passed { .. } | WaitUntil::Look { .. } => {}
                }
                ways
            }
            (
                Step::Check(_)
                | Step::Choice { .. }
                | Step::Parallel { .. }
                | Step::Each { .. }
                | Step::Message(_)
                | Step::Return { .. },
                Rest::Waits,
            ) => Vec::new(),
        }
    }

    /// Whoever takes over stops what is left: the case closes, or only the track that it has gone on without.
    fn stopped(&self, state: &State, index: usize) -> Option<Next> {
        let (split, track) = self.left_behind(state, &state.spots[index])?;
        Some(Next::to(self.end_track(state.clone(), split, track), state.spots[index].at, Happens::Rejected))
    }

    /// A sign-off is asked for again right before the step that needs it.
    fn asked_again(&self, state: &State, index: usize, approval: Number) -> Vec<Next> {
        let Step::Human(human) = self.net.node(approval).step else { return Vec::new() };
        let mut ways = self.approved(state, index, approval, human);
        // What a rejection leads to stands where the approval does.
        let to = self.net.node(approval).blocks[0];
        ways.push(Next::to(self.go(state.clone(), index, to), approval, Happens::Rejected));
        ways
    }

    /// Whether `the approver` may turn out to be of the role that signs, although the approval is not that role's.
    fn may_be_the_signer(&self, approval: Number) -> bool {
        !self.goal.accepts.contains(&approval)
            && matches!(self.goal.signer, Signer::Role { .. })
            && self
                .net
                .approvals()
                .any(|(_, human)| human.who != Who::Approver && signs(self.net, &self.goal.signer, &human.who))
    }

    /// Whether a task waits for an approver where no approval says who that is, and for nobody else later.
    fn is_for_nobody(&self, human: &HumanStep) -> bool {
        human.who == Who::Approver && human.escalations.is_empty() && !names_an_approver(self.net.definition)
    }

    /// A call failed: the text's own steps for that follow, or somebody takes over.
    pub(super) fn failed(&self, state: &State, index: usize) -> Next {
        let at = state.spots[index].at;
        let after = match (self.net.node(at).step, self.net.node(at).blocks.first()) {
            (Step::System(call), Some(block)) if !call.failure.is_empty() => self.go(state.clone(), index, *block),
            (Step::LookUp(look), Some(block)) if !look.failure.is_empty() => self.go(state.clone(), index, *block),
            _ => {
                let mut over = state.clone();
                over.spots[index].rest = Rest::TakenOver;
                Some(over)
            }
        };
        Next::to(after, at, Happens::Failed)
    }

    fn rejected(&self, state: &State, index: usize) -> Next {
        let at = state.spots[index].at;
        let to = self.net.node(at).blocks[0];
        Next::to(self.go(state.clone(), index, to), at, Happens::Rejected)
    }

    /// The approval at `approval` is given by whoever the text asks, at first or after an escalation, or refused.
    fn approved(&self, state: &State, index: usize, approval: Number, human: &HumanStep) -> Vec<Next> {
        let at = state.spots[index].at;
        let mut ways = Vec::new();
        let everybody = core::iter::once(&human.who).chain(human.escalations.iter().map(|one| &one.to));
        for (escalated, who) in everybody.enumerate() {
            // Somebody outside is one person, and takes one seat.
            let alone = matches!(who, Who::Party { .. }) && human.needed > 1 && escalated == 0;
            if alone || !may_approve(self.net.definition, who) {
                continue;
            }
            let mut signed = state.clone();
            // An escalation moves the right to sign along. Somebody outside can say yes, but the text cannot mean
            // them when it says who signs.
            let moves = human.who != Who::Approver || signs(self.net, &self.goal.signer, who);
            if self.goal.accepts.contains(&approval) && moves && !matches!(who, Who::Party { .. }) {
                let stage = self.net.node(approval).path.stage_index();
                signed.signed = Some(signed.signed.map_or(stage, |earlier| earlier.min(stage)));
            }
            let escalated = u8::try_from(escalated).unwrap_or(u8::MAX);
            let after = if approval == at {
                self.go_on(signed, index)
            } else {
                signed.spots[index].rest = Rest::Ready;
                Some(signed)
            };
            let mut next = Next::to(after, approval, Happens::Approved { escalated });
            // Once one person has approved, `the approver` is that person alone, and cannot take two seats.
            next.loose = *who == Who::Approver && (human.needed > 1 || self.may_be_the_signer(approval));
            ways.push(next);
        }
        // Where it is asked again from another step, a refusal leads where the approval's own does, see
        // [`Self::asked_again`].
        if approval == at {
            ways.push(self.rejected(state, index));
        }
        ways
    }

    /// Every answer that a guard may give, with the values that the data must have for it.
    pub(super) fn answer(&self, state: &State, guard: &Guard, at: Number) -> Vec<Answered> {
        let stage = self.net.node(at).path.stage_index();
        let failed = asks_for_checks(guard)
            && state.failed.iter().any(|check| self.net.node(*check).path.stage_index() == stage);
        let mut fields = BTreeSet::new();
        guard.fields(&mut |name| fields.extend(self.domain.index(name)));
        let followed = |field: &usize| !self.domain.fields[*field].values.is_empty();
        let options: Vec<_> = fields.iter().map(|field| (*field, self.options(state, *field))).collect();
        let combinations = options.iter().map(|(_, all)| all.len()).fold(1_usize, usize::saturating_mul);
        if !fields.iter().all(followed) || combinations > COMBINATIONS_MAX {
            return [Answer::Yes, Answer::No]
                .map(|answer| Answered { state: state.clone(), picks: Vec::new(), answer, loose: true })
                .into();
        }
        let mut rows: Vec<(Picks, bool)> = alloc::vec![(Vec::new(), false)];
        for (field, values) in &options {
            let longer = |(row, loose): &(Picks, bool)| {
                let add = |(value, doubt): &(Option<u8>, bool)| {
                    ([row.as_slice(), &[(*field, *value)]].concat(), *loose || *doubt)
                };
                values.iter().map(add).collect()
            };
            rows = rows.iter().flat_map(|row| -> Vec<(Picks, bool)> { longer(row) }).collect();
        }
        // What is certain is looked at first.
        rows.sort_by_key(|(_, loose)| *loose);
        // Of rows that no guard can tell apart one is enough; what is known already is told apart from the rest.
        let known: Picks = state
            .known
            .iter()
            .enumerate()
            .filter_map(|(field, known)| match known {
                Known::Is(value) if !fields.contains(&field) => Some((field, Some(*value))),
                _ => None,
            })
            .collect();
        let mut told_apart = BTreeSet::new();
        rows.retain(|(row, _)| told_apart.insert(self.domain.signature(&[row.as_slice(), &known].concat())));
        rows.into_iter().map(|(row, loose)| self.answer_with(state, guard, failed, row, loose)).collect()
    }

    /// The values that a field may turn out to have, each with whether it is uncertain that it can.
    pub(super) fn options(&self, state: &State, field: usize) -> Vec<(Option<u8>, bool)> {
        let followed = &self.domain.fields[field];
        let any = (0..followed.values.len()).map(|value| (Some(u8::try_from(value).unwrap_or(u8::MAX)), false));
        let mut all: Vec<(Option<u8>, bool)> = match state.known[field] {
            Known::Missing => alloc::vec![(None, false)],
            // As days pass, a day that was recent no longer is; how many have passed is not followed.
            Known::Is(known) if followed.ages => any.map(|(value, _)| (value, value != Some(known))).collect(),
            Known::Is(value) => alloc::vec![(Some(value), false)],
            Known::Free => any.collect(),
            Known::Not(value) => any.filter(|(one, _)| *one != Some(value)).collect(),
            Known::Maybe => core::iter::once((None, false)).chain(any).collect(),
        };
        if followed.ages && state.later {
            let today = self.domain.at.day();
            let ahead = |value: u8| match followed.values.get(usize::from(value)) {
                Some(Value::Date(date)) => date.days() > today,
                _ => false,
            };
            all.iter_mut().for_each(|(value, loose)| *loose |= value.is_some_and(ahead));
        }
        all
    }

    fn answer_with(&self, state: &State, guard: &Guard, failed: bool, row: Picks, loose: bool) -> Answered {
        let chosen: BTreeMap<usize, Option<usize>> =
            row.iter().map(|(field, value)| (*field, value.map(usize::from))).collect();
        let place = core::ptr::from_ref(guard).addr();
        let question = (place, chosen.iter().map(|(field, value)| (*field, *value)).collect(), failed);
        let known = self.answers.borrow().get(&question).cloned();
        let answer = known.unwrap_or_else(|| {
            let answer = self.domain.evaluate(guard, &chosen, failed);
            self.answers.borrow_mut().insert(question, answer.clone());
            answer
        });
        let mut state = state.clone();
        let mut picks = Vec::new();
        for (field, value) in row {
            let now = value.map_or(Known::Missing, Known::Is);
            if state.known[field] != now {
                picks.push((field, value));
                state.known[field] = now;
            }
        }
        Answered { state, picks, answer, loose }
    }
}

/// Whether the text lets this person say yes, and the engine does.
fn may_approve(definition: &Definition, who: &Who) -> bool {
    let barred = definition.prohibitions.iter().any(|rule| match rule {
        Prohibition::ApproverIs { who: never } => never == who && *never != Who::Approver,
        Prohibition::AgentApproves { .. } => false,
    });
    match who {
        Who::Requester => false,
        Who::Approver => !barred && names_an_approver(definition),
        Who::ManagerOfRequester
        | Who::ManagerOf { .. }
        | Who::OwnerOf { .. }
        | Who::Role { .. }
        | Who::Party { .. } => !barred,
    }
}

/// Whether an approval says whom `the approver` means.
pub(super) fn names_an_approver(definition: &Definition) -> bool {
    let mut found = false;
    definition.walk(&mut |_, step| {
        found |= matches!(step, Step::Human(other) if other.verb == HumanVerb::Approve && other.who != Who::Approver);
    });
    found
}

//! What may happen to a case that waits, and what the events write.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    machine::{Machine, Next, Picks},
    net::Number,
    state::{Known, Rest, State},
    told::Happens,
    values::asks_for_checks,
};
use crate::{
    definition::{AgentWork, Definition, FieldSource, HumanStep, HumanVerb, Prohibition, Step, Who},
    guard::{Answer, Guard},
    value::FieldName,
};

/// The most combinations of values that one guard is asked with; beyond that it may say either.
const COMBINATIONS_MAX: usize = 600;

/// The most fields of one form that are followed both as changed and as left alone.
const KEPT_MAX: usize = 6;

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
        let spot = state.spots[index];
        let on = |happens| alloc::vec![Next::to(self.go_on(state.clone(), index), spot.at, happens)];
        let again = || {
            let mut state = state.clone();
            state.spots[index].rest = Rest::Ready;
            Next::to(Some(state), spot.at, Happens::TriedAgain)
        };
        match (self.net.node(spot.at).step, spot.rest) {
            (_, Rest::Ready | Rest::Tracks | Rest::Empty) => Vec::new(),
            (Step::Choice { .. }, Rest::TakenOver) => alloc::vec![again()],
            (Step::System(_), Rest::TakenOver) => {
                let mut ways = on(Happens::WentOn);
                ways.push(again());
                ways
            }
            (Step::LookUp(_), Rest::TakenOver) => {
                let mut ways = on(Happens::WentOn);
                ways.push(again());
                ways
            }
            (_, Rest::TakenOver) | (Step::HandOver { .. }, Rest::Waits) => on(Happens::WentOn),
            (Step::Agent(agent), Rest::Waits) => self.answered(state, index, &agent.work),
            (Step::LookUp(look), Rest::Waits) => self.looked_up(state, index, &look.fields),
            (Step::Human(human), Rest::Waits) => match human.verb {
                _ if self.is_for_nobody(human) => Vec::new(),
                HumanVerb::Approve => self.approved(state, index, human),
                HumanVerb::Review => {
                    let mut ways = on(Happens::Completed);
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
            (Step::Wait { .. }, Rest::Waits) => on(Happens::Passed),
            (
                Step::Check(_)
                | Step::Choice { .. }
                | Step::Parallel { .. }
                | Step::Each { .. }
                | Step::Message(_)
                | Step::Return { .. }
                | Step::End { .. },
                Rest::Waits,
            ) => Vec::new(),
        }
    }

    /// Whether a task waits for an approver where no approval says who that is, and for nobody else later.
    fn is_for_nobody(&self, human: &HumanStep) -> bool {
        human.who == Who::Approver && human.escalations.is_empty() && !names_an_approver(self.net.definition)
    }

    /// A call failed: the text's own steps for that follow, or somebody takes over.
    fn failed(&self, state: &State, index: usize) -> Next {
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

    /// Another system answers, or does not and somebody takes over.
    fn looked_up(&self, state: &State, index: usize, fields: &[FieldName]) -> Vec<Next> {
        let mut ways = self.filled(state, index, fields);
        ways.push(self.failed(state, index));
        ways
    }

    fn rejected(&self, state: &State, index: usize) -> Next {
        let at = state.spots[index].at;
        let to = self.net.node(at).blocks[0];
        Next::to(self.go(state.clone(), index, to), at, Happens::Rejected)
    }

    /// The approval is given by whoever the text asks, at first or after an escalation, or refused.
    fn approved(&self, state: &State, index: usize, human: &HumanStep) -> Vec<Next> {
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
            // Somebody outside can say yes, but the text cannot mean them when it says who signs.
            if self.goal.accepts.contains(&at) && !matches!(who, Who::Party { .. }) {
                let stage = self.net.node(at).path.stage_index();
                signed.signed = Some(signed.signed.map_or(stage, |earlier| earlier.min(stage)));
            }
            let escalated = u8::try_from(escalated).unwrap_or(u8::MAX);
            let mut next = Next::to(self.go_on(signed, index), at, Happens::Approved { escalated });
            // Once one person has approved, `the approver` is that person alone, and cannot take two seats.
            next.loose = *who == Who::Approver && human.needed > 1;
            ways.push(next);
        }
        ways.push(self.rejected(state, index));
        ways
    }

    fn answered(&self, state: &State, index: usize, work: &AgentWork) -> Vec<Next> {
        let at = state.spots[index].at;
        let mut after = state.clone();
        match work {
            AgentWork::Extract { fields, .. } => return self.filled(state, index, fields),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => self.label(&mut after, field),
            AgentWork::Judge { .. } => return self.judged(state, index),
            AgentWork::Prepare { .. } => {}
        }
        alloc::vec![Next::to(self.go_on(after, index), at, Happens::Answered)]
    }

    /// Fields are filled by an agent or by another system, as far as it knows them.
    fn filled(&self, state: &State, index: usize, fields: &[FieldName]) -> Vec<Next> {
        let at = state.spots[index].at;
        let mut ways = Vec::new();
        for (mut after, untouched) in self.kept(state, fields) {
            for field in fields.iter().filter(|field| !untouched.contains(*field)) {
                self.write(&mut after, field, false);
            }
            ways.push(Next { untouched, ..Next::to(self.go_on(after, index), at, Happens::Answered) });
        }
        ways
    }

    /// Fields whose value the way depends on and that are sent: each is written with another value, or is not
    /// written. What is left untouched is named.
    fn kept(&self, state: &State, fields: &[FieldName]) -> Vec<(State, Vec<FieldName>)> {
        let settled = |field: &&FieldName| {
            let known = self.domain.index(field).map(|index| state.known[index]);
            matches!(known, Some(Known::Is(_))) && self.goal.sends.contains(field)
        };
        let mut first = state.clone();
        for index in fields.iter().filter(settled).skip(KEPT_MAX).filter_map(|field| self.domain.index(field)) {
            // Too many to tell apart: whatever it was, it may be anything now.
            first.known[index] = Known::Free;
        }
        let mut ways = alloc::vec![(first, Vec::new())];
        for field in fields.iter().filter(settled).take(KEPT_MAX) {
            let mut without = ways.clone();
            without.iter_mut().for_each(|(_, untouched)| untouched.push(field.clone()));
            ways.extend(without);
        }
        ways
    }

    fn judged(&self, state: &State, index: usize) -> Vec<Next> {
        let at = state.spots[index].at;
        let judged = |holds: bool| {
            let mut after = state.clone();
            after.failed.remove(&at);
            if self.precise && !holds {
                after.failed.insert(at);
            }
            Next::to(self.go_on(after, index), at, Happens::Judged { holds })
        };
        [judged(true), judged(false)].into()
    }

    /// What a person has said stands; only else an agent's word, or that of whoever confirms it, is written.
    fn label(&self, state: &mut State, field: &FieldName) {
        let place = self.labelled.iter().position(|name| name == field);
        if !place.is_some_and(|place| state.said.contains(&place)) {
            self.write(state, field, true);
        }
    }

    /// A form is handed in: what it asks for is written anew, or stays as it is.
    fn handed_in(&self, state: &State, index: usize, fields: &[FieldName]) -> Vec<Next> {
        let at = state.spots[index].at;
        let definition = self.net.definition;
        let documents: Vec<&FieldName> = fields.iter().filter(|name| self.reads_from(name)).collect();
        let mut ways = Vec::new();
        for (mut written, mut untouched) in self.kept(state, fields) {
            for name in fields {
                let Some(field) = definition.field(name) else { continue };
                if !documents.contains(&name) && !untouched.contains(name) {
                    self.write(&mut written, name, field.required);
                }
                if field.required {
                    written.said.extend(self.labelled.iter().position(|one| one == name));
                }
            }
            if !documents.is_empty() {
                let mut replaced = written.clone();
                documents.iter().for_each(|document| self.replace(&mut replaced, document));
                let next = Next::to(self.go_on(replaced, index), at, Happens::Completed);
                ways.push(Next { untouched: untouched.clone(), ..next });
                untouched.extend(documents.iter().copied().cloned());
            }
            ways.push(Next { untouched, ..Next::to(self.go_on(written, index), at, Happens::Completed) });
        }
        ways
    }

    /// Whether anything that matters is read from a document.
    fn reads_from(&self, document: &FieldName) -> bool {
        self.net.definition.fields.iter().any(|field| {
            matches!(&field.source, FieldSource::Document { document: source } if source == document)
                && (self.domain.index(&field.name).is_some() || self.goal.sends.contains(&field.name))
        })
    }

    /// Another document takes the place of this one, and what was read from it is forgotten.
    fn replace(&self, state: &mut State, document: &FieldName) {
        self.write(state, document, true);
        for field in &self.net.definition.fields {
            if !matches!(&field.source, FieldSource::Document { document: source } if source == document) {
                continue;
            }
            if self.goal.sends.contains(&field.name) {
                state.signed = None;
            }
            if let Some(index) = self.domain.index(&field.name) {
                state.known[index] = Known::Missing;
            }
        }
    }

    /// A step of the process writes a field: a sign-off over it no longer stands.
    ///
    /// Invariant: no write to a field that is sent leaves `signed` standing.
    pub(super) fn write(&self, state: &mut State, field: &FieldName, surely: bool) {
        if self.goal.sends.contains(field) {
            state.signed = None;
        }
        if let Some(index) = self.domain.index(field) {
            let known = &mut state.known[index];
            *known = match *known {
                Known::Missing | Known::Maybe if !surely => Known::Maybe,
                Known::Is(value) if self.goal.sends.contains(field) => Known::Not(value),
                _ => Known::Free,
            };
        }
    }

    /// Every answer that a guard may give, with the values that the data must have for it.
    pub(super) fn answer(&self, state: &State, guard: &Guard, at: Number) -> Vec<Answered> {
        let stage = self.net.node(at).path.stage_index();
        let failed = asks_for_checks(guard)
            && state.failed.iter().any(|check| self.net.node(*check).path.stage_index() == stage);
        let mut fields = BTreeSet::new();
        guard.fields(&mut |name| fields.extend(self.domain.index(name)));
        let followed = |field: &usize| !self.domain.fields[*field].values.is_empty();
        let options: Vec<(usize, Vec<Option<u8>>)> =
            fields.iter().map(|field| (*field, self.options(state, *field))).collect();
        let combinations = options.iter().map(|(_, all)| all.len()).fold(1_usize, usize::saturating_mul);
        if !fields.iter().all(followed) || combinations > COMBINATIONS_MAX {
            return [Answer::Yes, Answer::No]
                .map(|answer| Answered { state: state.clone(), picks: Vec::new(), answer, loose: true })
                .into();
        }
        let mut rows: Vec<Picks> = alloc::vec![Vec::new()];
        for (field, values) in &options {
            let longer =
                |row: &Picks| values.iter().map(|value| [row.as_slice(), &[(*field, *value)]].concat()).collect();
            rows = rows.iter().flat_map(|row| -> Vec<Picks> { longer(row) }).collect();
        }
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
        rows.retain(|row| told_apart.insert(self.domain.signature(&[row.as_slice(), &known].concat())));
        rows.into_iter().map(|row| self.answer_with(state, guard, failed, row)).collect()
    }

    /// The values that a field may turn out to have.
    fn options(&self, state: &State, field: usize) -> Vec<Option<u8>> {
        let all = self.domain.fields[field].values.len();
        let any = (0..all).map(|value| Some(u8::try_from(value).unwrap_or(u8::MAX)));
        match state.known[field] {
            Known::Missing => alloc::vec![None],
            Known::Is(value) => alloc::vec![Some(value)],
            Known::Free => any.collect(),
            Known::Not(value) => any.filter(|one| *one != Some(value)).collect(),
            Known::Maybe => core::iter::once(None).chain(any).collect(),
        }
    }

    fn answer_with(&self, state: &State, guard: &Guard, failed: bool, row: Picks) -> Answered {
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
            let was = state.known[field];
            if matches!(was, Known::Free | Known::Maybe | Known::Not(_)) {
                picks.push((field, value));
                // As days pass, a day that was recent no longer is: nothing is remembered of it.
                if !self.domain.fields[field].ages {
                    state.known[field] = value.map_or(Known::Missing, Known::Is);
                }
            }
        }
        Answered { state, picks, answer, loose: false }
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
fn names_an_approver(definition: &Definition) -> bool {
    let mut found = false;
    definition.walk(&mut |_, step| {
        found |= matches!(step, Step::Human(other) if other.verb == HumanVerb::Approve && other.who != Who::Approver);
    });
    found
}

/// The fields that agents label.
pub(crate) fn labelled(definition: &Definition) -> Vec<FieldName> {
    let mut all = Vec::new();
    definition.walk(&mut |_, step| {
        if let Step::Agent(agent) = step
            && let AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } = &agent.work
            && !all.contains(field)
        {
            all.push(field.clone());
        }
    });
    all
}

/// The fields that a step writes when this happens at it.
pub(crate) fn written<'a>(definition: &'a Definition, step: &'a Step, happens: Happens) -> Vec<&'a FieldName> {
    match (step, happens) {
        (Step::Human(human), Happens::Completed) if matches!(human.verb, HumanVerb::Provide | HumanVerb::Do) => {
            human.fields.iter().collect()
        }
        (Step::Agent(agent), Happens::Answered) => match &agent.work {
            AgentWork::Extract { fields, .. } => fields.iter().collect(),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => alloc::vec![field],
            AgentWork::Judge { .. } | AgentWork::Prepare { .. } => Vec::new(),
        },
        (Step::LookUp(look), Happens::Answered) => look.fields.iter().collect(),
        (Step::Each { item, .. }, Happens::Round { another: true }) => alloc::vec![item],
        (_, Happens::Opened) => definition.start_fields().map(|field| &field.name).collect(),
        _ => Vec::new(),
    }
}

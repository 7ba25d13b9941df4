//! What agents, other systems and people write, and what that does to sign-offs.

use alloc::vec::Vec;

use super::{
    machine::{Machine, Next},
    state::{Known, Length, Rest, State},
    told::Happens,
};
use crate::{
    definition::{AgentWork, Definition, FieldSource, HumanVerb, Step},
    value::FieldName,
};

/// The most fields of one form that are followed both as changed and as left alone.
const KEPT_MAX: usize = 6;

impl Machine<'_> {
    /// Another system answers, or does not and somebody takes over.
    pub(super) fn looked_up(&self, state: &State, index: usize, fields: &[FieldName]) -> Vec<Next> {
        let at = state.spots[index].at;
        let mut ways = Vec::new();
        for (mut after, untouched) in self.kept(state, fields, false) {
            let told: Vec<&FieldName> = fields.iter().filter(|name| !untouched.contains(*name)).collect();
            for name in &told {
                self.write(&mut after, name, true);
                // What it no longer knows is forgotten, unless it must know it.
                if let Some(place) = self.domain.index(name).filter(|_| !self.is_required(name)) {
                    if self.is_split(name) {
                        let mut forgotten = after.clone();
                        forgotten.known[place] = Known::Missing;
                        let next = Next::to(self.go_on(forgotten, index), at, Happens::Answered);
                        ways.push(Next { untouched: untouched.clone(), loose: true, ..next });
                    } else {
                        after.known[place] = Known::Maybe;
                    }
                }
            }
            ways.push(Next { untouched, ..Next::to(self.go_on(after, index), at, Happens::Answered) });
        }
        ways.push(self.failed(state, index));
        ways
    }

    pub(super) fn answered(&self, state: &State, index: usize, work: &AgentWork) -> Vec<Next> {
        let at = state.spots[index].at;
        match work {
            AgentWork::Extract { fields, .. } => self.filled(state, index, fields, false),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => {
                let place = self.labelled.iter().position(|name| name == field);
                if place.is_some_and(|place| state.said.contains(&place)) {
                    // What a person has said stands; only else an agent's word, or that of whoever confirms it, counts.
                    return alloc::vec![Next {
                        untouched: alloc::vec![field.clone()],
                        ..Next::to(self.go_on(state.clone(), index), at, Happens::Answered)
                    }];
                }
                self.filled(state, index, core::slice::from_ref(field), true)
            }
            AgentWork::Judge { .. } => self.judged(state, index),
            AgentWork::Draft { field, .. } => self.drafted(state, index, field),
            AgentWork::Prepare { .. } => {
                alloc::vec![Next::to(self.go_on(state.clone(), index), at, Happens::Answered)]
            }
        }
    }

    /// A template is filled in at once, or a value is missing and somebody takes over until it is there.
    pub(super) fn drafted(&self, state: &State, index: usize, field: &FieldName) -> Vec<Next> {
        let mut ways = self.filled(state, index, core::slice::from_ref(field), true);
        let mut over = state.clone();
        over.spots[index].rest = Rest::TakenOver;
        // Whether a value is missing is not followed, so that such a way is only assumed.
        ways.push(Next { loose: true, ..Next::silent(Some(over)) });
        ways
    }

    /// Fields are filled by an agent, as far as it knows them.
    fn filled(&self, state: &State, index: usize, fields: &[FieldName], surely: bool) -> Vec<Next> {
        let at = state.spots[index].at;
        let mut ways = Vec::new();
        for (mut after, untouched) in self.kept(state, fields, surely) {
            for field in fields.iter().filter(|field| !untouched.contains(*field)) {
                self.write(&mut after, field, surely || self.is_split(field));
            }
            ways.push(Next { untouched, ..Next::to(self.go_on(after, index), at, Happens::Answered) });
        }
        ways
    }

    fn is_required(&self, name: &FieldName) -> bool {
        self.net.definition.field(name).is_some_and(|field| field.required)
    }

    /// Whether it matters both that a field is there and that it is sent as it was signed.
    fn is_split(&self, field: &FieldName) -> bool {
        self.domain.index(field).is_some() && self.goal.sends.contains(field)
    }

    /// Fields whose value the way depends on and that are sent: each is written with another value, or is not
    /// written. What is left untouched is named. `surely`: a field without a value gets one.
    fn kept(&self, state: &State, fields: &[FieldName], surely: bool) -> Vec<(State, Vec<FieldName>)> {
        let known = |field: &FieldName| self.domain.index(field).map(|index| state.known[index]);
        let settled = |field: &&FieldName| self.is_split(field) && !(surely && known(field) == Some(Known::Missing));
        let mut first = state.clone();
        for index in fields.iter().filter(settled).skip(KEPT_MAX).filter_map(|field| self.domain.index(field)) {
            // Too many to tell apart: whatever it was, it may be anything now.
            first.known[index] = Known::Maybe;
            first.loose = true;
        }
        let mut ways = alloc::vec![(first, Vec::new())];
        for field in fields.iter().filter(settled).take(KEPT_MAX) {
            let mut without = ways.clone();
            let doubt = surely && known(field) == Some(Known::Maybe);
            without.iter_mut().for_each(|(state, untouched)| {
                state.loose |= doubt;
                untouched.push(field.clone());
            });
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

    /// A form is handed in: what it asks for is written anew, or stays as it is.
    pub(super) fn handed_in(&self, state: &State, index: usize, fields: &[FieldName]) -> Vec<Next> {
        let at = state.spots[index].at;
        let definition = self.net.definition;
        let documents: Vec<&FieldName> = fields.iter().filter(|name| self.reads_from(name)).collect();
        let mut ways = Vec::new();
        let required = |name: &FieldName| self.is_required(name);
        let ways_of = |surely: bool| -> Vec<FieldName> {
            fields.iter().filter(|name| required(name) == surely && !documents.contains(name)).cloned().collect()
        };
        let (must, may) = (ways_of(true), ways_of(false));
        let mut kept = Vec::new();
        for (state, untouched) in self.kept(state, &must, true) {
            kept.extend(
                self.kept(&state, &may, false)
                    .into_iter()
                    .map(|(state, more)| (state, untouched.iter().cloned().chain(more).collect::<Vec<FieldName>>())),
            );
        }
        for (mut written, mut untouched) in kept {
            for name in must.iter().chain(&may).filter(|name| definition.field(name).is_some()) {
                if untouched.contains(name) {
                    continue;
                }
                self.write(&mut written, name, required(name) || self.is_split(name));
                if required(name) {
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
            if matches!(&field.source, FieldSource::Document { document: source } if source == document) {
                self.forget(state, &field.name);
            }
        }
    }

    /// A step of the process writes a field: a sign-off over it no longer stands.
    ///
    /// Invariant: no write to a field that is sent leaves `signed` standing.
    pub(super) fn write(&self, state: &mut State, field: &FieldName, surely: bool) {
        self.follow(state, field);
        if self.goal.sends.contains(field) {
            state.signed = None;
        }
        if let Some(place) = self.lists.iter().position(|list| list == field) {
            state.lists[place] = Length::ANY;
        }
        self.labelled.iter().position(|one| one == field).map(|place| state.said.remove(&place));
        if let Some(index) = self.domain.index(field) {
            let known = &mut state.known[index];
            *known = match *known {
                Known::Missing | Known::Maybe if !surely => Known::Maybe,
                Known::Is(value) if self.goal.sends.contains(field) => Known::Not(value),
                _ => Known::Free,
            };
        }
    }
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
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } | AgentWork::Draft { field, .. } => {
                alloc::vec![field]
            }
            AgentWork::Judge { .. } | AgentWork::Prepare { .. } => Vec::new(),
        },
        (Step::LookUp(look), Happens::Answered) => look.fields.iter().collect(),
        (Step::Each { item, .. }, Happens::Round { another: true }) => alloc::vec![item],
        (_, Happens::Opened) => definition.start_fields().map(|field| &field.name).collect(),
        _ => Vec::new(),
    }
}

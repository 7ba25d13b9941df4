//! The state of a case that stands somewhere, by what it has in its file.

use super::{
    machine::Machine,
    net::{Goto, Number},
    state::{Known, Length, Rest, Spot, State},
};
use crate::{
    case::{Ask, Case, CheckResult, Cursor, Origin, SignOff, Waiting},
    definition::{AgentStep, AgentWork, Path, Step, WaitUntil, index_u16},
    value::{FieldName, Value},
};

impl Machine<'_> {
    /// The state of a case at the places where it stands; `None` for one that stands nowhere.
    pub(super) fn placed(&self, case: &Case) -> Option<State> {
        let mut state = State::new();
        state.known =
            self.domain.fields.iter().map(|followed| known(case.value(&followed.name), &followed.values)).collect();
        state.lists = (0..self.lists.len()).map(|place| self.length(case, place)).collect();
        let is_said = |name: &FieldName| {
            let entry = case.fields.get(name);
            entry.is_some_and(|entry| matches!(entry.origin, Origin::Person { .. }))
        };
        state.said = (0..self.labelled.len()).filter(|place| is_said(&self.labelled[*place])).collect();
        for cursor in &case.cursors {
            state.spots.extend(self.spot(case, cursor));
        }
        for (path, finding) in &case.findings {
            let check = self.net.number(path).filter(|_| self.precise);
            if let Some(check) = check {
                self.follows.found(&mut state, check);
            }
            if finding.result == CheckResult::Failed {
                state.failed.extend(check);
            }
        }
        let number =
            |path: &Path, is: fn(&Step) -> bool| self.net.number(path).filter(|number| is(self.net.node(*number).step));
        for (path, visits) in case.visits.iter().filter(|_| self.counts) {
            if let Some(back) = number(path, |step| matches!(step, Step::Return { .. })) {
                let Step::Return { at_most, .. } = self.net.node(back).step else { continue };
                let most = at_most.saturating_add(1);
                state.returns.insert(back, u16::try_from(*visits).unwrap_or(most).min(most));
            }
        }
        for (path, round) in &case.rounds {
            if let Some(each) = number(path, |step| matches!(step, Step::Each { .. })) {
                let round = u8::try_from(*round).unwrap_or(u8::MAX).min(super::lists::ROUNDS_MAX);
                state.rounds.insert(each, round);
            }
        }
        for (path, tracks) in &case.winners {
            if let Some(split) = number(path, |step| matches!(step, Step::Parallel { .. })) {
                state.winners.insert(split, tracks.iter().copied().collect());
            }
        }
        let standing = case.sign_offs.iter().filter(|one| self.counts_for(case, one));
        state.signed = standing.map(|sign_off| sign_off.path.stage_index()).min();
        self.tidy(&mut state);
        (!state.spots.is_empty()).then_some(state)
    }

    fn spot(&self, case: &Case, cursor: &Cursor) -> Option<Spot> {
        let at = match self.net.place(&cursor.path) {
            Goto::To(at) => at,
            Goto::Join(split) => {
                let track = cursor.path.0.iter().rev().nth(1).copied().unwrap_or_default();
                return Some(Spot { at: split, rest: Rest::Empty(track) });
            }
            Goto::Round(each) => return Some(Spot { at: each, rest: Rest::Round }),
            Goto::Stage(stage) => {
                let held = matches!(cursor.waiting, Waiting::Task { .. }).then(|| self.last_of(stage.checked_sub(1)?));
                if let Some(at) = held.flatten() {
                    return Some(Spot { at, rest: Rest::Held });
                }
                return Some(Spot { at: self.start_of(stage)?, rest: Rest::Ready });
            }
            Goto::Closed | Goto::Nowhere => return None,
        };
        let rest = match &cursor.waiting {
            Waiting::Nothing | Waiting::Incident { .. } => Rest::Ready,
            Waiting::Tracks => Rest::Tracks,
            Waiting::Task { task } => self.asked(case, at, *task),
            Waiting::Agent
            | Waiting::Effect { .. }
            | Waiting::Until { .. }
            | Waiting::Day
            | Waiting::LookUp { .. }
            | Waiting::Message { .. } => Rest::Waits,
        };
        Some(Spot { at, rest })
    }

    /// What a cursor waits for whose step has asked somebody.
    fn asked(&self, case: &Case, at: Number, task: u32) -> Rest {
        let Some(task) = case.task(task) else { return Rest::Ready };
        let step = self.net.node(at).step;
        if let (Ask::Approve { again: Some(_) }, Some(approval)) = (&task.ask, self.net.number(&task.path)) {
            return Rest::Again(approval);
        }
        match step {
            Step::End { .. } => Rest::Held,
            Step::Agent(AgentStep { work: AgentWork::Draft { .. }, .. }) => Rest::TakenOver,
            Step::Human(_) | Step::Agent(_) | Step::HandOver { .. } => Rest::Waits,
            Step::Wait { until: WaitUntil::Message { .. } | WaitUntil::Look { .. } } => Rest::Waits,
            _ => Rest::TakenOver,
        }
    }

    fn last_of(&self, stage: usize) -> Option<Number> {
        let inside = self.net.nodes.iter().rposition(|node| node.path.stage_index() == stage);
        inside.map(index_u16)
    }

    fn length(&self, case: &Case, place: usize) -> Length {
        match case.value(&self.lists[place]) {
            Some(Value::List { items }) => match u8::try_from(items.len()) {
                Ok(items) if items < super::lists::ROUNDS_MAX => Length { least: items, most: Some(items) },
                _ => Length { least: super::lists::ROUNDS_MAX, most: None },
            },
            Some(_) => Length::ANY,
            None => self.without(place),
        }
    }

    /// Whether a sign-off of the case would release the effect, for the data as they are.
    fn counts_for(&self, case: &Case, sign_off: &SignOff) -> bool {
        let accepted = self.net.number(&sign_off.path).is_some_and(|number| self.goal.accepts.contains(&number));
        let fresh =
            |field: &FieldName| sign_off.covers.get(field).is_some_and(|covered| *covered == case.field_digest(field));
        accepted && sign_off.voided.is_none() && self.goal.sends.iter().all(fresh)
    }
}

fn known(value: Option<&Value>, values: &[Value]) -> Known {
    let Some(value) = value else { return Known::Missing };
    let place = values.iter().position(|one| one == value).and_then(|place| u8::try_from(place).ok());
    place.map_or(Known::Free, Known::Is)
}

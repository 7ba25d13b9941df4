//! Waits for a day that a field holds, and what else passes while a case waits.

use alloc::vec::Vec;

use super::{
    events::names_an_approver,
    machine::{Machine, Next, wait},
    state::{Known, Rest, Spot, State},
    told::Happens,
};
use crate::{
    definition::{Offset, Step, WaitUntil, Who},
    time::Span,
    value::{FieldName, Value},
};

impl Machine<'_> {
    /// A day that has come is no wait; one that is ahead is waited for.
    pub(super) fn wait_for_day(
        &self,
        state: &State,
        index: usize,
        field: &FieldName,
        offset: Option<Offset>,
    ) -> Vec<Next> {
        let at = state.spots[index].at;
        let waits = || Next::silent(Some(wait(state, index)));
        let place = self.domain.index(field);
        let Some(place) = place.filter(|place| self.precise && !self.domain.fields[*place].values.is_empty()) else {
            let passed = Next::to(self.go_on(state.clone(), index), at, Happens::Passed);
            return [passed, waits()].map(|next| Next { loose: self.precise, ..next }).into();
        };
        let mut ways = Vec::new();
        for (value, loose) in self.options(state, place) {
            let mut picked = state.clone();
            let Some(value) = value else {
                picked.spots[index].rest = Rest::TakenOver;
                let picks = if state.known[place] == Known::Missing { Vec::new() } else { alloc::vec![(place, None)] };
                picked.known[place] = Known::Missing;
                ways.push(Next { picks, loose, ..Next::silent(Some(picked)) });
                continue;
            };
            let picks =
                if state.known[place] == Known::Is(value) { Vec::new() } else { alloc::vec![(place, Some(value))] };
            picked.known[place] = Known::Is(value);
            for (ahead, doubt) in self.ends(place, value, offset) {
                let next = if ahead {
                    Next::silent(Some(wait(&picked, index)))
                } else {
                    Next::to(self.go_on(picked.clone(), index), at, Happens::Passed)
                };
                ways.push(Next { picks: picks.clone(), loose: loose || doubt, ..next });
            }
        }
        ways
    }

    /// Whether the end of a wait lies ahead when it begins, and whether that is uncertain.
    ///
    /// A value stands for other days too: with an offset a day on either side of today may go both ways.
    fn ends(&self, place: usize, value: u8, offset: Option<Offset>) -> Vec<(bool, bool)> {
        let Some(Value::Date(date)) = self.domain.fields[place].values.get(usize::from(value)) else {
            return alloc::vec![(false, true), (true, true)];
        };
        let from_today = date.days() - self.domain.at.day();
        match offset {
            None => alloc::vec![(from_today > 0, false)],
            Some(Offset { before: false, .. }) if from_today > 0 => alloc::vec![(true, false)],
            Some(Offset { before: true, .. }) if from_today <= 0 => alloc::vec![(false, false)],
            // How many days that are is for the calendar to say, and what hours of today are over is for the clock.
            Some(Offset { span: Span::WorkingDays(_), .. }) => alloc::vec![(false, true), (true, true)],
            Some(Offset { span: Span::Hours(_) | Span::Minutes(_), .. }) if from_today == 0 => {
                alloc::vec![(false, true), (true, true)]
            }
            Some(Offset { before, .. }) => {
                alloc::vec![(before || from_today == 0, false), (!before && from_today != 0, true)]
            }
        }
    }

    /// Whether this happens only after some time, in which something else would have happened by itself.
    ///
    /// The search does not follow how long things take, so that such a way is not certain.
    pub(super) fn hurries(&self, state: &State, index: usize, happens: Happens) -> bool {
        let spot = state.spots[index];
        let takes_time = match self.net.node(spot.at).step {
            Step::Wait { until: WaitUntil::Message { .. } } => happens == Happens::Rejected,
            Step::Wait { .. } => spot.rest == Rest::Waits,
            // Where no approval says who the approver is, only an escalation finds somebody.
            Step::Human(human) if human.who == Who::Approver && !names_an_approver(self.net.definition) => true,
            _ => matches!(happens, Happens::Approved { escalated } if escalated > 0),
        };
        let runs_out = |other: usize| {
            let other = state.spots[other];
            other.rest == Rest::Waits
                && match self.net.node(other.at).step {
                    Step::Wait { until } => !matches!(until, WaitUntil::Message { .. }),
                    Step::System(call) => !call.failure.is_empty(),
                    _ => false,
                }
        };
        // A message goes to whoever has waited for one of its name first.
        let message = |at| match self.net.node(at).step {
            Step::Wait { until: WaitUntil::Message { name, .. } } => Some(name),
            _ => None,
        };
        let comes_first = |other: &Spot| message(other.at).is_some() && message(other.at) == message(spot.at);
        if happens == Happens::Passed && state.spots[..index].iter().any(comes_first) {
            return true;
        }
        takes_time && (0..state.spots.len()).any(|other| other != index && runs_out(other))
    }
}

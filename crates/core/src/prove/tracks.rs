//! Tracks side by side, as in the engine: a split is left when enough of its tracks have nothing that runs.

use alloc::collections::BTreeSet;

use super::{
    machine::Machine,
    net::{Goto, Number},
    state::{Rest, Spot, State},
};
use crate::definition::{Losers, Step, index_u16};

impl Machine<'_> {
    pub(super) fn split(&self, state: &State, index: usize) -> Option<State> {
        let mut state = state.clone();
        let split = state.spots[index].at;
        state.spots[index].rest = Rest::Tracks;
        state.winners.remove(&split);
        let blocks = &self.net.node(split).blocks;
        for (track, block) in blocks.iter().enumerate() {
            state.spots.push(match *block {
                Goto::To(at) => Spot { at, rest: Rest::Ready },
                // The tracks before it go as far as they can before it is done.
                _ => Spot { at: split, rest: Rest::Empty(index_u16(track)) },
            });
        }
        if blocks.is_empty() { self.go_on(state, index) } else { Some(state) }
    }

    /// Goes on with every split whose join is met and with every list whose round is over.
    pub(super) fn settle(&self, mut state: State) -> Option<State> {
        loop {
            if let Some((waiting, done)) = self.join_that_is_met(&state) {
                return self.join(state, waiting, done);
            }
            let over = state.spots.iter().position(|spot| self.is_over(&state, spot));
            let Some(over) = over else { break };
            state.spots[over].rest = Rest::Round;
        }
        (!state.spots.is_empty()).then_some(state)
    }

    fn is_over(&self, state: &State, spot: &Spot) -> bool {
        spot.rest == Rest::Tracks
            && matches!(self.net.node(spot.at).step, Step::Each { .. })
            && !state.spots.iter().any(|other| self.net.is_inside(other.at, spot.at))
    }

    fn join_that_is_met(&self, state: &State) -> Option<(usize, BTreeSet<u16>)> {
        let waiting = state.spots.iter().enumerate().filter(|(_, spot)| spot.rest == Rest::Tracks);
        waiting.into_iter().find_map(|(index, spot)| {
            let Step::Parallel { tracks, join } = self.net.node(spot.at).step else { return None };
            let running: BTreeSet<u16> = state.spots.iter().filter_map(|other| self.track(other, spot.at)).collect();
            let done: BTreeSet<u16> =
                (0..tracks.len()).map(index_u16).filter(|track| !running.contains(track)).collect();
            (done.len() >= join.needed(tracks.len())).then_some((index, done))
        })
    }

    fn join(&self, mut state: State, waiting: usize, done: BTreeSet<u16>) -> Option<State> {
        let split = state.spots[waiting].at;
        let mut waiting = waiting;
        if let Step::Parallel { join, .. } = self.net.node(split).step
            && let Some(losers) = join.losers()
        {
            state.winners.insert(split, done);
            if losers == Losers::Cancel {
                state.spots.retain(|spot| self.track(spot, split).is_none());
                waiting = state.spots.iter().position(|spot| spot.at == split).unwrap_or_default();
            }
        }
        // What the split leads to may be the end of another track; what else waits is settled after it.
        let state = self.go_on(state, waiting)?;
        self.settle(state)
    }

    /// The track of a split that a cursor is in.
    pub(super) fn track(&self, spot: &Spot, split: Number) -> Option<u16> {
        if spot.at == split {
            return if let Rest::Empty(track) = spot.rest { Some(track) } else { None };
        }
        let outer = &self.net.node(split).path;
        let inner = &self.net.node(spot.at).path;
        if inner.is_inside(outer) { inner.0.get(outer.0.len()).copied() } else { None }
    }

    /// The outermost track around a cursor that lost and runs on.
    pub(super) fn left_behind(&self, state: &State, spot: &Spot) -> Option<(Number, u16)> {
        // A split is numbered before everything inside it.
        state.winners.iter().find_map(|(split, winners)| {
            let track = self.track(spot, *split)?;
            (!winners.contains(&track)).then_some((*split, track))
        })
    }

    /// The case closes here; in a track that it has gone on without, only that track ends.
    pub(super) fn close_from(&self, state: State, index: usize) -> Option<State> {
        let (split, track) = self.left_behind(&state, &state.spots[index])?;
        self.end_track(state, split, track)
    }

    pub(super) fn end_track(&self, mut state: State, split: Number, track: u16) -> Option<State> {
        state.spots.retain(|spot| self.track(spot, split) != Some(track));
        self.settle(state)
    }

    /// Forgets what no longer matters, so that states that are alike are the same.
    pub(super) fn tidy(&self, state: &mut State) {
        let spots = &state.spots;
        state.winners.retain(|split, _| spots.iter().any(|spot| self.track(spot, *split).is_some()));
        state.rounds.retain(|each, _| spots.iter().any(|spot| spot.at == *each || self.net.is_inside(spot.at, *each)));
    }
}

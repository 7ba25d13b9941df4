//! Tracks side by side: how they begin, when their join is met, and what becomes of those that lost.

use alloc::{collections::BTreeSet, vec::Vec};

use super::Turn;
use crate::{
    case::{Cursor, EffectState, Waiting},
    definition::{Losers, Path, Step, index_u16},
};

impl Turn<'_> {
    pub(super) fn split(&mut self, index: usize, path: &Path, tracks: usize) {
        self.case.winners.remove(path);
        self.case.cursors[index].waiting = Waiting::Tracks;
        for track in 0..tracks {
            self.case.cursors.push(Cursor {
                path: path.child(index_u16(track)).child(0),
                visit: 0,
                since: self.at,
                waiting: Waiting::Nothing,
            });
        }
        if tracks == 0 {
            self.go_on(index);
        }
    }

    /// A track has come to its end: whatever waited for it goes on.
    pub(super) fn track_done(&mut self, index: usize) {
        self.case.cursors.remove(index);
        self.settle();
    }

    /// Goes on with every split whose join is met and with every list whose round is over.
    ///
    /// Invariant: whenever a track has gone, whatever waits for tracks is looked at again, however far outside.
    pub(super) fn settle(&mut self) {
        loop {
            if let Some((split, winners)) = self.join_that_is_met() {
                self.join(&split, winners);
            } else if let Some((index, path)) = self.round_that_is_over() {
                self.next_round(index, &path);
            } else {
                return;
            }
        }
    }

    /// A split that enough tracks have left, and those tracks.
    fn join_that_is_met(&self) -> Option<(Path, Vec<u16>)> {
        self.case.cursors.iter().filter(|cursor| cursor.waiting == Waiting::Tracks).find_map(|cursor| {
            let split = &cursor.path;
            let Some(Step::Parallel { tracks, join }) = self.context.definition.step(split) else {
                return None;
            };
            let inside = self.case.cursors.iter().filter(|other| other.path.is_inside(split));
            let running: BTreeSet<u16> = inside.filter_map(|one| one.path.0.get(split.0.len()).copied()).collect();
            let done: Vec<u16> = (0..tracks.len()).map(index_u16).filter(|track| !running.contains(track)).collect();
            (done.len() >= join.needed(tracks.len())).then(|| (split.clone(), done))
        })
    }

    fn join(&mut self, split: &Path, winners: Vec<u16>) {
        if let Some(Step::Parallel { join, .. }) = self.context.definition.step(split)
            && let Some(losers) = join.losers()
        {
            self.case.winners.insert(split.clone(), winners);
            if losers == Losers::Cancel {
                self.abandon("another track was done first", |path| path.is_inside(split));
            }
        }
        if let Some(waiting) = self.case.cursors.iter().position(|cursor| cursor.path == *split) {
            self.go_on(waiting);
        }
    }

    /// The outermost track around `path` that lost and runs on: the case has gone on without it.
    ///
    /// Invariant: nothing but the tracks themselves stands at such a place, since what lost is never asked to sign.
    pub(super) fn left_behind(&self, path: &Path) -> Option<Path> {
        (2..path.0.len()).step_by(2).find_map(|length| {
            let split = Path(path.0[..length].to_vec());
            let lost = !self.case.winners.get(&split)?.contains(&path.0[length]);
            lost.then(|| Path(path.0[..=length].to_vec()))
        })
    }

    /// Closes the case; at a place in a track that the case has gone on without it ends only that track.
    pub(super) fn close_from(&mut self, here: &Path, closing: &str) {
        match self.left_behind(here) {
            Some(track) => self.end_track(&track),
            None => self.close(closing),
        }
    }

    pub(super) fn end_track(&mut self, track: &Path) {
        self.abandon("its track has ended", |path| path.is_inside(track));
        self.settle();
    }

    /// Drops the cursors at these places: their tasks are called off, and calls that have not left are withdrawn.
    ///
    /// Invariant: a call of a dropped track that has not left does not leave. Should one turn out to have been
    /// made after all, that becomes an incident.
    pub(super) fn abandon(&mut self, why: &str, is_left: impl Fn(&Path) -> bool) {
        let all = core::mem::take(&mut self.case.cursors);
        let (left, kept): (Vec<Cursor>, Vec<Cursor>) = all.into_iter().partition(|cursor| is_left(&cursor.path));
        self.case.cursors = kept;
        for cursor in &left {
            self.withdraw_call(&cursor.waiting, why);
            if let Waiting::Task { task } = cursor.waiting {
                self.leave_task(task);
            }
        }
        self.settle_incidents_of(&left);
        self.forget_rounds();
    }

    fn withdraw_call(&mut self, waiting: &Waiting, why: &str) {
        let key = match waiting {
            Waiting::Effect { key, .. } => Some(key.clone()),
            Waiting::Task { task } => {
                self.case.task(*task).and_then(|task| task.ask.taken_over()).map(alloc::string::String::from)
            }
            _ => None,
        };
        let called_off = self.given_up(&alloc::format!("it was called off: {why}"), true);
        if let Some(effect) = key.and_then(|key| self.case.effects.get_mut(&key))
            && matches!(effect.state, EffectState::Released { .. })
        {
            effect.state = called_off;
        }
    }

    /// Ends every track around the cursor that `target` does not lie in; returns the cursor's new place.
    pub(super) fn leave_tracks(&mut self, index: usize, target: &Path) -> usize {
        let here = self.case.cursors[index].path.clone();
        let split = (2..here.0.len()).step_by(2).find_map(|length| {
            let outer = Path(here.0[..length].to_vec());
            let splits = matches!(self.context.definition.step(&outer), Some(Step::Parallel { .. }));
            (splits && !target.0.starts_with(&here.0[..=length])).then_some(outer)
        });
        let Some(split) = split else { return index };
        let mine = self.case.cursors.remove(index);
        let (left, mut kept): (Vec<Cursor>, Vec<Cursor>) = core::mem::take(&mut self.case.cursors)
            .into_iter()
            .partition(|cursor| cursor.path == split || cursor.path.is_inside(&split));
        for cursor in &left {
            if let Waiting::Task { task } = cursor.waiting {
                self.leave_task(task);
            }
        }
        self.settle_incidents_of(&left);
        kept.push(mine);
        self.case.cursors = kept;
        self.case.cursors.len() - 1
    }

    /// What a cursor was stuck at no longer matters once the case has left that place.
    pub(super) fn settle_incidents_of(&mut self, left: &[Cursor]) {
        for incident in &mut self.case.incidents {
            let number = incident.number;
            let stuck = |cursor: &Cursor| cursor.waiting == Waiting::Incident { incident: number };
            if left.iter().any(stuck) {
                incident.resolved_at.get_or_insert(self.at);
            }
        }
    }
}

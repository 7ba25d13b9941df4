//! What the proof knows of a case: where it stands, whether a sign-off stands, and what was found out on the way.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::net::Number;
use crate::definition::index_u16;

/// A case as the proof of one effect sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State {
    /// Where it stands, in the order in which the engine runs the cursors.
    pub spots: Vec<Spot>,
    /// The stage of the earliest sign-off that would release the effect; a return to that stage takes it away.
    pub signed: Option<usize>,
    /// What is known of the fields that are followed.
    pub known: Vec<Known>,
    /// Fields to classify whose value a person has said, so that no agent overwrites it.
    pub said: BTreeSet<usize>,
    /// Checks that failed on their latest visit.
    pub failed: BTreeSet<Number>,
    /// Checks by code that have been made and that a choice asks for.
    pub found: BTreeSet<Number>,
    /// Those of them that were made for other values than there are now, so that they are made again.
    pub again: BTreeSet<Number>,
    /// How often each return was taken.
    pub returns: BTreeMap<Number, u16>,
    /// Of each split that the case has gone on from while tracks still run: the tracks that were done by then.
    pub winners: BTreeMap<Number, BTreeSet<u16>>,
    /// The item that each list is at, counted from 0 up to [`super::lists::ROUNDS_MAX`].
    pub rounds: BTreeMap<Number, u8>,
    /// How long the lists are that the text goes through.
    pub lists: Vec<Length>,
    /// Whether the case has waited for a day to come.
    pub later: bool,
    /// Whether something on the way here was assumed that may not be so.
    pub loose: bool,
}

/// How many items a list has, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Length {
    pub least: u8,
    /// `None`: any number.
    pub most: Option<u8>,
}

impl Length {
    pub(crate) const ANY: Self = Self { least: 0, most: None };
    /// There is no list yet.
    pub(crate) const MISSING: Self = Self { least: 1, most: Some(0) };
}

/// One cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub at: Number,
    pub rest: Rest,
}

/// What a cursor waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rest {
    /// Nothing: it runs next.
    Ready,
    /// What its step waits for.
    Waits,
    /// Somebody who takes over where the step could not go on.
    TakenOver,
    /// The tracks of its split, or the rest of a round.
    Tracks,
    /// Nothing: it is this track, without a step, which is done when its turn comes. It stands at its split.
    Empty(u16),
    /// Nothing: the round is over, and the next one begins.
    Round,
    /// This approval, which is asked for again before the step at which it stands.
    Again(Number),
    /// What was added to the case; then it leaves its stage.
    Held,
}

impl Rest {
    const fn numbers(self) -> [u16; 2] {
        match self {
            Self::Ready => [0, 0],
            Self::Waits => [1, 0],
            Self::TakenOver => [2, 0],
            Self::Tracks => [3, 0],
            Self::Empty(track) => [4, track],
            Self::Round => [5, 0],
            Self::Again(approval) => [6, approval],
            Self::Held => [7, 0],
        }
    }
}

/// What is known of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// It has a value, any.
    Free,
    /// It has a value or none.
    Maybe,
    /// It has none.
    Missing,
    /// It has the value of this number.
    Is(u8),
    /// It had the value of this number, and has another since.
    Not(u8),
}

impl State {
    /// The state as bytes, for a quick look whether it was seen before. Whether it is `loose` is not part of it.
    pub(crate) fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(48);
        let mut put = |numbers: &[u16]| numbers.iter().for_each(|number| key.extend(number.to_be_bytes()));
        for spot in &self.spots {
            let [rest, of] = spot.rest.numbers();
            put(&[spot.at, rest, of]);
        }
        put(&[u16::MAX, self.signed.map_or(u16::MAX, index_u16), u16::from(self.later)]);
        for known in &self.known {
            put(&[match known {
                Known::Free => 0,
                Known::Maybe => 1,
                Known::Missing => 2,
                Known::Is(value) => 0x100 + u16::from(*value),
                Known::Not(value) => 0x200 + u16::from(*value),
            }]);
        }
        for length in &self.lists {
            put(&[u16::from(length.least), length.most.map_or(u16::MAX, u16::from)]);
        }
        self.said.iter().for_each(|said| put(&[index_u16(*said)]));
        put(&[u16::MAX]);
        for checks in [&self.failed, &self.found, &self.again] {
            checks.iter().for_each(|check| put(&[*check]));
            put(&[u16::MAX]);
        }
        self.returns.iter().for_each(|(at, count)| put(&[*at, *count]));
        put(&[u16::MAX]);
        self.rounds.iter().for_each(|(at, round)| put(&[*at, u16::from(*round)]));
        for (at, tracks) in &self.winners {
            put(&[u16::MAX, *at]);
            tracks.iter().for_each(|track| put(&[*track]));
        }
        key
    }

    pub(crate) const fn new() -> Self {
        Self {
            spots: Vec::new(),
            signed: None,
            known: Vec::new(),
            said: BTreeSet::new(),
            failed: BTreeSet::new(),
            found: BTreeSet::new(),
            again: BTreeSet::new(),
            returns: BTreeMap::new(),
            winners: BTreeMap::new(),
            rounds: BTreeMap::new(),
            lists: Vec::new(),
            later: false,
            loose: false,
        }
    }
}

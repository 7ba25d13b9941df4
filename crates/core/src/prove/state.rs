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
    /// How often each return was taken.
    pub returns: BTreeMap<Number, u16>,
    /// How many tracks of each split are done, where it does not wait for all.
    pub done: BTreeMap<Number, u8>,
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
    /// The tracks of its split.
    Tracks,
    /// Nothing: it is a track without a step, which is done when its turn comes. It stands at its split.
    Empty,
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
    /// The state as bytes, for a quick look whether it was seen before.
    pub(crate) fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(32);
        let mut put = |numbers: &[u16]| numbers.iter().for_each(|number| key.extend(number.to_be_bytes()));
        for spot in &self.spots {
            put(&[spot.at, spot.rest as u16]);
        }
        put(&[u16::MAX, self.signed.map_or(u16::MAX, index_u16)]);
        for known in &self.known {
            put(&[match known {
                Known::Free => 0,
                Known::Maybe => 1,
                Known::Missing => 2,
                Known::Is(value) => 0x100 + u16::from(*value),
                Known::Not(value) => 0x200 + u16::from(*value),
            }]);
        }
        put(&[u16::MAX]);
        self.said.iter().for_each(|said| put(&[index_u16(*said)]));
        put(&[u16::MAX]);
        self.failed.iter().for_each(|check| put(&[*check]));
        put(&[u16::MAX]);
        self.returns.iter().for_each(|(at, count)| put(&[*at, *count]));
        put(&[u16::MAX]);
        self.done.iter().for_each(|(at, count)| put(&[*at, u16::from(*count)]));
        key
    }

    pub(crate) const fn new() -> Self {
        Self {
            spots: Vec::new(),
            signed: None,
            known: Vec::new(),
            said: BTreeSet::new(),
            failed: BTreeSet::new(),
            returns: BTreeMap::new(),
            done: BTreeMap::new(),
        }
    }
}

//! What the proof knows of a case: where it stands, whether a sign-off stands, and what was found out on the way.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::net::Number;

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
}

impl State {
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

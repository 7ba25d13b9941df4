//! The steps of a counter-example: typed, so that they can be told in sentences and replayed as events.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    definition::Path,
    value::{FieldName, Values},
};

/// One thing that happens on the way to an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The step at which it happens; empty for the opening of the case.
    pub path: Path,
    /// What happens.
    pub what: Happens,
    /// Values that are written then, as far as the way depends on them.
    pub values: Values,
    /// Fields that are written then and whose value does not matter.
    pub writes: Vec<FieldName>,
    /// Fields that are left empty then, since the way depends on it.
    pub leaves_out: Vec<FieldName>,
}

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "happens", rename_all = "snake_case")]
pub enum Happens {
    /// The case is opened.
    Opened,
    /// The case is moved here from outside: by an operator or by a migration.
    Placed,
    /// The approval is given.
    Approved {
        /// After how many escalations.
        escalated: u8,
    },
    /// The approval or the review is refused.
    Rejected,
    /// The task is done.
    Completed,
    /// The agent or the other system has answered, or could not and somebody did.
    Answered,
    /// The criterion was judged.
    Judged {
        /// Whether it holds.
        holds: bool,
    },
    /// The wait is over.
    Passed,
    /// The call was made and answered.
    Called,
    /// The call failed or was not answered.
    Failed,
    /// Whoever takes over has it tried again.
    TriedAgain,
    /// Whoever takes over lets the case go on.
    WentOn,
    /// The choice leads into this block, see [`crate::definition::Step::blocks`].
    Chose {
        /// The number of the block.
        block: u16,
    },
    /// The check finds this.
    Found {
        /// Whether it holds.
        holds: bool,
    },
    /// The case goes back to the stage.
    Returned,
    /// The next item of the list is taken up, or there is none.
    Round {
        /// Whether there is another item.
        another: bool,
    },
    /// The effect leaves.
    Left,
}

impl Happens {
    /// Whether the engine does it by itself, without an event of its own.
    #[must_use]
    pub const fn is_automatic(self) -> bool {
        matches!(
            self,
            Self::Chose { .. } | Self::Found { .. } | Self::Returned | Self::Round { .. } | Self::Left | Self::Placed
        )
    }
}

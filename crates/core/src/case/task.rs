//! Work for people: what is asked, of whom, and what they decided.

use alloc::{format, string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

use super::{Case, Suggestion};
use crate::{
    canonical::Digest,
    definition::{Path, Who},
    people::PersonId,
    proposal::Doubt,
    release::Excess,
    time::Timestamp,
    value::FieldName,
};

/// A human work item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Number within the case, from 1.
    pub number: u32,
    /// The step that asks.
    pub path: Path,
    /// Which visit of it.
    pub visit: u32,
    /// What is asked.
    pub ask: Ask,
    /// Who may decide now; an escalation moves it upward.
    pub who: Who,
    /// The one person who took it or to whom it was delegated.
    pub assignee: Option<PersonId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// When the next reminder goes out.
    pub remind_at: Option<Timestamp>,
    /// Reminders sent.
    pub reminders: u16,
    /// How many escalations have happened.
    pub escalated: u8,
    /// One for each person who decides.
    pub seats: Vec<Option<Decision>>,
    /// How many of the seats must agree.
    pub needed: u8,
    /// Questions asked before deciding.
    pub questions: Vec<Question>,
    /// How long the case was on hold while it was open, in milliseconds; its clock stood still then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_ms: i64,
    /// Whether it is open, and how it closed.
    pub state: TaskState,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What a task asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Hand in or correct these fields.
    Provide {
        /// The fields.
        fields: Vec<FieldName>,
    },
    /// Say yes or no; a yes is a sign-off.
    Approve {
        /// Why it is asked a second time: the field that changed after the first sign-off.
        again: Option<FieldName>,
    },
    /// Look and confirm.
    Review,
    /// Do something outside, and fill in these fields.
    Do {
        /// The fields; may be empty.
        fields: Vec<FieldName>,
    },
    /// Confirm or correct what an agent proposed for a field.
    Confirm {
        /// The field.
        field: FieldName,
        /// Why the proposal may not stand alone.
        why: Option<Doubt>,
    },
    /// Say whether a criterion holds.
    Judge {
        /// The criterion, in the words of the text.
        criterion: String,
        /// What an agent says, where one could say anything.
        suggested: Option<bool>,
        /// Why the agent's word may not stand alone.
        why: Option<Doubt>,
    },
    /// Look whether a case that stays where it is may go on.
    Look,
    /// Answer a question that was asked in another task.
    Answer {
        /// The number of that task.
        of: u32,
        /// The question.
        question: String,
    },
    /// Take over where the process cannot go on by itself.
    TakeOver {
        /// Why.
        why: TakeOver,
    },
}

/// Why somebody has to take over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "take_over", rename_all = "snake_case")]
pub enum TakeOver {
    /// It has been sent back as often as the text allows.
    ReturnedTooOften {
        /// The stage that it was sent back to.
        stage: String,
    },
    /// Another system failed or did not answer.
    SystemFailed {
        /// The system.
        system: String,
        /// What is known.
        error: String,
        /// Whether it may have been done there after all.
        outcome_unknown: bool,
        /// The effect.
        key: String,
    },
    /// A call was held back, since more would have left than may leave on an agent's word without a signature.
    Held {
        /// The system.
        system: String,
        /// Why.
        why: Excess,
        /// Whether it may have been done there after all.
        outcome_unknown: bool,
        /// The effect.
        key: String,
    },
    /// A choice could not be made.
    CannotTell {
        /// Why.
        why: String,
    },
    /// A message did not come in time.
    NoMessage {
        /// Its name.
        name: String,
    },
    /// Whoever was asked for an extra look said no.
    AdditionRefused {
        /// What they looked at.
        what: String,
        /// Why they said no.
        reason: String,
    },
    /// The text hands it over.
    Asked,
    /// An operator holds the case, and it is time to look at it again.
    OnHold {
        /// Why it is held.
        reason: String,
    },
}

/// Whether a task is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TaskState {
    /// It waits.
    Open,
    /// Its closing rule was met.
    Closed {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// It is no longer needed.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Yes, as shown.
    Approved,
    /// No, with a reason.
    Rejected,
    /// It is done, handed in, confirmed or answered.
    Completed,
    /// Try again what failed, or let go what was held back; only where somebody took over.
    TryAgain,
}

/// One person's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided.
    pub by: PersonId,
    /// In whose place.
    pub standing_for: Option<PersonId>,
    /// What.
    pub outcome: Outcome,
    /// Why; always there for a rejection.
    pub reason: Option<String>,
    /// The digest of what the person was shown.
    pub shown: Digest,
    /// The fields that they changed on the way.
    pub edited: Vec<FieldName>,
    /// When.
    pub at: Timestamp,
}

/// A question to the requester, asked before deciding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who asked.
    pub by: PersonId,
    /// The question.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// The task that asks for the answer.
    pub task: u32,
    /// The answer, and who gave it.
    pub answer: Option<(PersonId, String)>,
}

impl Ask {
    /// Whether a yes lets something leave that would not leave otherwise: an approval, or a call that was held back.
    #[must_use]
    pub const fn releases(&self) -> bool {
        matches!(self, Self::Approve { .. } | Self::TakeOver { why: TakeOver::Held { .. } })
    }

    /// The key of the call or question to another system that somebody was asked to take over.
    #[must_use]
    pub fn taken_over(&self) -> Option<&str> {
        match self {
            Self::TakeOver { why: TakeOver::SystemFailed { key, .. } | TakeOver::Held { key, .. } } => Some(key),
            _ => None,
        }
    }

    /// The name of what is asked, on the wire and in the tasks table.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Provide { .. } => "provide",
            Self::Approve { .. } => "approve",
            Self::Review => "review",
            Self::Do { .. } => "do",
            Self::Confirm { .. } => "confirm",
            Self::Judge { .. } => "judge",
            Self::Look => "look",
            Self::Answer { .. } => "answer",
            Self::TakeOver { .. } => "take_over",
        }
    }
}

impl Task {
    /// The way people name a task: the case's number and its own, such as `1042-3`.
    #[must_use]
    pub fn label(&self, case: &Case) -> String {
        format!("{}-{}", case.number, self.number)
    }

    /// The decisions taken so far.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.seats.iter().flatten()
    }

    /// Whether it waits for somebody.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == TaskState::Open
    }

    /// Whether it checks on an agent: whoever decides is not told what the agent said before they have decided.
    #[must_use]
    pub const fn is_blind(&self) -> bool {
        matches!(self.ask, Ask::Confirm { why: Some(Doubt::Audit), .. } | Ask::Judge { why: Some(Doubt::Audit), .. })
    }
}

impl Case {
    /// The suggestion for a field, as far as anybody may be told of it: not while somebody is asked for the field to
    /// check on the agent.
    #[must_use]
    pub fn suggestion(&self, field: &str) -> Option<&Suggestion> {
        self.suggestions.get(field).filter(|_| !self.is_checked(field))
    }

    /// Whether somebody is being asked for this field to check on the agent.
    #[must_use]
    pub fn is_checked(&self, field: &str) -> bool {
        let asks = |task: &Task| matches!(&task.ask, Ask::Confirm { field: name, .. } if name == field);
        self.open_tasks().any(|task| task.is_blind() && asks(task))
    }

    /// Whether somebody is being asked for the judgement of this step to check on the agent.
    #[must_use]
    pub fn is_checked_at(&self, path: &Path) -> bool {
        let asks = |task: &Task| matches!(task.ask, Ask::Judge { .. }) && task.path == *path;
        self.open_tasks().any(|task| task.is_blind() && asks(task))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Completed => "completed",
            Self::TryAgain => "try again",
        })
    }
}

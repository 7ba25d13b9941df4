//! What the world must do. Each command is carried out at least once, always under the same key.

use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    definition::{Path, Who},
    people::PersonId,
    value::{FieldName, Values},
};

/// Something to be carried out after the event is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Ask an agent about a step; the answer comes back as a proposal.
    AskAgent {
        /// The key, see [`agent_key`].
        key: String,
        /// The step.
        path: Path,
    },
    /// Call another system.
    CallSystem {
        /// The idempotency key.
        key: String,
        /// The system's name in the process text.
        system: String,
        /// What to do there.
        operation: String,
        /// What is sent.
        payload: Values,
        /// Whether it must never be repeated while its outcome is unknown.
        at_most_once: bool,
    },
    /// Ask another system; nothing changes there.
    LookUp {
        /// The key, see [`look_up_key`].
        key: String,
        /// The system's name in the process text.
        system: String,
        /// What it is asked by.
        by: Values,
        /// The fields that are asked for.
        fields: Vec<FieldName>,
    },
    /// Tell somebody something, as the process text says.
    SendMessage {
        /// The idempotency key.
        key: String,
        /// The people it goes to.
        people: Vec<PersonId>,
        /// The outside party it goes to, and the address known for it.
        party: Option<(String, String)>,
        /// The text, placeholders filled.
        text: String,
    },
    /// Tell people that a task waits for them.
    Notify {
        /// The idempotency key.
        key: String,
        /// Whom, as the definition names them.
        who: Who,
        /// The people that this means now.
        people: Vec<PersonId>,
        /// The task.
        task: u32,
        /// What about it.
        notice: Notice,
    },
}

/// What people are told about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// It waits for them.
    Opened,
    /// It still waits.
    Reminder {
        /// The how-manieth.
        count: u16,
    },
    /// The right to decide has moved to them.
    Escalated,
    /// A question about their case, or the answer to theirs.
    Question,
}

impl Command {
    /// The key under which it is carried out.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::AskAgent { key, .. }
            | Self::CallSystem { key, .. }
            | Self::LookUp { key, .. }
            | Self::SendMessage { key, .. }
            | Self::Notify { key, .. } => key,
        }
    }

    /// The name of the kind, as it stands in the effects table.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AskAgent { .. } => "ask_agent",
            Self::CallSystem { .. } => "call_system",
            Self::LookUp { .. } => "look_up",
            Self::SendMessage { .. } => "send_message",
            Self::Notify { .. } => "notify",
        }
    }
}

/// The address of an agent's answer: case, step and visit.
#[must_use]
pub fn agent_key(case: &str, path: &Path, visit: u32) -> String {
    format!("{case}/{path}/{visit}/ask")
}

/// The address of a system's answer: case, step and visit.
#[must_use]
pub fn look_up_key(case: &str, path: &Path, visit: u32) -> String {
    format!("{case}/{path}/{visit}/look")
}

/// The idempotency key of an effect: case, step, visit and attempt with fresh data.
///
/// A retry keeps it. "Fix the data and try again" counts the attempt up and so makes a new one.
#[must_use]
pub fn effect_key(case: &str, path: &Path, visit: u32, attempt: u32) -> String {
    format!("{case}/{path}/{visit}/{attempt}")
}

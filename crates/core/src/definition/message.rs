//! What a case tells people and parties, and whose sign-off lets it, or a call, go.

use alloc::string::String;
use serde::{Deserialize, Serialize};

use super::Who;

/// A message to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStep {
    /// To whom.
    pub to: Who,
    /// What it says.
    pub text: MessageText,
    /// Whose sign-off releases it. Only a message to an outside party needs one.
    pub signer: Signer,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "text", rename_all = "snake_case")]
pub enum MessageText {
    /// A text whose `{field}` are replaced by values.
    Template {
        /// The text with placeholders.
        template: String,
    },
    /// The reason of the latest rejection.
    Reason,
}

impl MessageText {
    /// Whether it tells what stands in a field.
    #[must_use]
    pub fn tells(&self, field: &str) -> bool {
        match self {
            Self::Template { template } => template.contains(&alloc::format!("{{{field}}}")),
            Self::Reason => false,
        }
    }
}

/// Whose sign-off releases an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "signer", rename_all = "snake_case")]
pub enum Signer {
    /// Whoever approved in this case.
    Approver,
    /// An approval by somebody who holds the role.
    Role {
        /// The role.
        role: String,
    },
    /// Nobody; the text says so.
    Nobody,
}

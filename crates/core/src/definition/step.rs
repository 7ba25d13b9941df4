//! The steps that a process is made of.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use super::Who;
use crate::{guard::Guard, time::Span, value::FieldName};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// An agent is asked; its answer is a proposal.
    Agent(AgentStep),
    /// Code compares and records a finding.
    Check(CheckStep),
    /// A person is asked.
    Human(HumanStep),
    /// The first branch whose guard holds is taken.
    Choice {
        /// The branches, in order.
        branches: Vec<Branch>,
        /// Taken when no guard holds; may be empty.
        otherwise: Vec<Step>,
    },
    /// All tracks run side by side, and the step is done when all are done.
    Parallel {
        /// The tracks.
        tracks: Vec<Track>,
    },
    /// Another system is called.
    System(SystemStep),
    /// Somebody is told something.
    Message(MessageStep),
    /// Nothing happens until a time has passed or a message has come.
    Wait {
        /// What ends the wait.
        until: WaitUntil,
    },
    /// Back to the start of an earlier stage, or of this one.
    Return {
        /// The name of the stage.
        stage: String,
        /// How often at most in one case.
        at_most: u16,
        /// Who takes over after that.
        then: Who,
    },
    /// The case closes.
    End {
        /// How it is called, such as `paid`.
        closing: String,
    },
}

/// A step of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStep {
    /// What it is asked for.
    pub work: AgentWork,
    /// Who is asked when its answer may not stand alone.
    pub on_unsure: Who,
    /// How long that person has.
    pub due: Span,
}

/// What an agent is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum AgentWork {
    /// Read fields from a document; they are kept as `document.field`.
    Extract {
        /// The document's field.
        document: FieldName,
        /// The fields to fill.
        fields: Vec<FieldName>,
    },
    /// Choose one of the words of a field.
    Classify {
        /// The field to fill; its options are the labels.
        field: FieldName,
        /// The fields whose text is classified.
        subject: Vec<FieldName>,
    },
    /// Write a short summary of the case for somebody.
    Prepare {
        /// For whom.
        reader: Who,
    },
}

/// A comparison by code. What it finds is shown; what follows from it stands in a later sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStep {
    /// What must hold.
    pub guard: Guard,
    /// The assertion in the words of the text, such as `the amount is the same as the total on the receipt`.
    pub words: String,
}

/// A step of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanStep {
    /// What they do.
    pub verb: HumanVerb,
    /// Who.
    pub who: Who,
    /// What it is about, in the words of the text, such as `the claim`.
    pub subject: String,
    /// The fields that they are asked for (provide, do) or that are put before them (approve, review).
    pub fields: Vec<FieldName>,
    /// How many people decide; more than one only for approve and review.
    pub seats: u8,
    /// How many of them must agree.
    pub needed: u8,
    /// By when.
    pub due: Span,
    /// How often they are reminded.
    pub remind_every: Option<Span>,
    /// Who gets the right to decide, after how long, in order.
    pub escalations: Vec<Escalation>,
    /// What happens after a rejection. Empty means: the case closes as rejected.
    pub on_rejected: Vec<Step>,
}

/// What a person does in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HumanVerb {
    /// Hands in data or documents, or corrects them.
    Provide,
    /// Says yes or no; a yes is a sign-off.
    Approve,
    /// Looks and confirms; it signs nothing.
    Review,
    /// Does something outside, and says so.
    Do,
}

/// The right to decide moves upward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// How long after the task was opened.
    pub after: Span,
    /// Who may decide from then on.
    pub to: Who,
}

/// One way through a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// When it is taken.
    pub guard: Guard,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One of several branches that run side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Its name.
    pub name: String,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A call to another system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemStep {
    /// What it does there, such as `create a payment`.
    pub operation: String,
    /// The system's name; the configuration says how it is reached.
    pub system: String,
    /// The fields that are sent.
    pub payload: Vec<FieldName>,
    /// Whose sign-off releases it.
    pub signer: Signer,
    /// Whether a call whose outcome is unknown may be repeated with the same key.
    pub at_most_once: bool,
    /// How long an answer may take.
    pub answer_within: Span,
    /// Who takes over when it fails or does not answer.
    pub on_failure: Who,
}

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

/// What ends a wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "until", rename_all = "snake_case")]
pub enum WaitUntil {
    /// So much time has passed.
    Passed {
        /// How much.
        span: Span,
    },
    /// A message of this name has come in from outside.
    Message {
        /// Its name.
        name: String,
        /// When somebody must look if it has not come.
        within: Span,
        /// Who looks then.
        otherwise: Who,
    },
}

impl Step {
    /// The blocks inside this step, in the order that paths number them.
    #[must_use]
    pub fn blocks(&self) -> Vec<&[Self]> {
        match self {
            Self::Human(step) => alloc::vec![step.on_rejected.as_slice()],
            Self::Choice { branches, otherwise } => {
                branches.iter().map(|branch| branch.steps.as_slice()).chain([otherwise.as_slice()]).collect()
            }
            Self::Parallel { tracks } => tracks.iter().map(|track| track.steps.as_slice()).collect(),
            Self::Agent(_)
            | Self::Check(_)
            | Self::System(_)
            | Self::Message(_)
            | Self::Wait { .. }
            | Self::Return { .. }
            | Self::End { .. } => Vec::new(),
        }
    }
}

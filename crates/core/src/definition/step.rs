//! The steps that a process is made of.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use super::{MessageStep, Signer, Who};
use crate::{guard::Guard, planted::planted, time::Span, value::FieldName};

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
    /// All tracks run side by side, and the step is done when its join is met.
    Parallel {
        /// The tracks.
        tracks: Vec<Track>,
        /// When the case goes on, and what becomes of the tracks that are not done by then.
        #[serde(default, skip_serializing_if = "Join::is_all")]
        join: Join,
    },
    /// The steps run once for each item of a list, one item after the other.
    Each {
        /// The field that holds the current item; the engine writes it at the start of each round.
        item: FieldName,
        /// The field that holds the list.
        list: FieldName,
        /// What is done with each item.
        steps: Vec<Step>,
    },
    /// Another system is called.
    System(SystemStep),
    /// Another system is asked; nothing changes there.
    LookUp(LookUpStep),
    /// Somebody is told something.
    Message(MessageStep),
    /// Nothing happens until a time has passed or a message has come.
    Wait {
        /// What ends the wait.
        until: WaitUntil,
    },
    /// Somebody looks at the case and says that it may go on.
    HandOver {
        /// Who.
        who: Who,
        /// By when.
        due: Span,
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
    /// Give a mark on a written scale.
    Score {
        /// The number field to fill.
        field: FieldName,
        /// The fields that are looked at.
        subject: Vec<FieldName>,
        /// The marks that the text explains; every whole number from the lowest to the highest may be given.
        scale: Vec<ScaleMark>,
    },
    /// Say whether a criterion in free words holds. What it finds is a finding, as of a check by code.
    Judge {
        /// What must hold, such as `the receipt shows a business purchase`; see
        /// [`super::Definition::criteria`] for examples of it.
        criterion: String,
        /// The name of the attached guideline that it goes by, see [`super::Definition::guidelines`].
        guideline: Option<String>,
        /// The fields that are looked at; empty means every field of the case that has a value.
        subject: Vec<FieldName>,
    },
    /// Fill a template in. Code does it, at once, see [`crate::template`]: no engine is asked.
    Draft {
        /// The name of the attached template, see [`super::Definition::templates`].
        template: String,
        /// The text field that it fills.
        field: FieldName,
        /// The fields whose values stand in it, in the order of the template.
        fields: Vec<FieldName>,
    },
}

impl AgentWork {
    /// The fields that it names and looks at, and which its reason may therefore quote. A summary, like a judgement
    /// that names none, is made of what everybody may see.
    #[must_use]
    pub fn looks_at(&self) -> &[FieldName] {
        match self {
            Self::Extract { document, .. } => core::slice::from_ref(document),
            Self::Classify { subject, .. } | Self::Score { subject, .. } | Self::Judge { subject, .. } => subject,
            Self::Draft { fields, .. } => fields,
            Self::Prepare { .. } => &[],
        }
    }
}

/// One mark of a scale and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleMark {
    /// The mark.
    pub mark: i64,
    /// What deserves it, in the words of the text.
    pub words: String,
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
    /// Who answers for this step; `None` means the role that answers for the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accountable: Option<Who>,
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

/// When a split goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "join", rename_all = "snake_case")]
pub enum Join {
    /// When every track is done.
    #[default]
    All,
    /// When the first track is done.
    Any {
        /// What becomes of the others.
        losers: Losers,
    },
    /// When so many tracks are done.
    Count {
        /// How many; more than there are tracks means all.
        count: u8,
        /// What becomes of the others.
        losers: Losers,
    },
}

/// What becomes of the tracks that are not done when the join is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losers {
    /// Their tasks are called off, and calls that have not left are withdrawn.
    Cancel,
    /// They run on to their end, and nobody waits for them.
    Finish,
}

impl Join {
    /// Whether every track must be done.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// How many of so many tracks must be done.
    #[must_use]
    pub fn needed(self, tracks: usize) -> usize {
        match self {
            Self::All if planted(5) => tracks.min(1),
            Self::All => tracks,
            Self::Any { .. } => tracks.min(1),
            Self::Count { count, .. } => tracks.min(usize::from(count.max(1))),
        }
    }

    /// What becomes of the tracks that are not done; `None` where there can be none.
    #[must_use]
    pub const fn losers(self) -> Option<Losers> {
        match self {
            Self::All => None,
            Self::Any { losers } | Self::Count { losers, .. } => Some(losers),
        }
    }
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
    /// Who takes over when it fails or does not answer and the text has no steps for that.
    pub on_failure: Who,
    /// What happens when it fails or does not answer; then the case goes on. Empty means: `on_failure` takes over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failure: Vec<Step>,
    /// Who answers for this step; `None` means the role that answers for the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accountable: Option<Who>,
}

/// A question to another system. It needs no sign-off since it changes nothing, but it tells the system what
/// it is asked by, so that publishing lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookUpStep {
    /// The system's name; the configuration says how it is reached.
    pub system: String,
    /// The fields that the question is asked by; they are sent.
    pub by: Vec<FieldName>,
    /// The fields that the answer fills.
    pub fields: Vec<FieldName>,
    /// How long an answer may take.
    pub answer_within: Span,
    /// Who takes over when it fails, does not answer or does not know, and the text has no steps for that.
    pub on_failure: Who,
    /// What happens then; the case goes on behind the question. Empty means: `on_failure` takes over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failure: Vec<Step>,
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
    /// The start of a day that a field holds, or some time before or after it. A day in the past is no wait.
    Date {
        /// The field.
        field: FieldName,
        /// How far from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<Offset>,
    },
    /// Somebody who looks at the case every so often says that it may go on.
    Look {
        /// Who.
        who: Who,
        /// How often.
        every: Span,
    },
}

/// How far from a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// Whether it is before the day; else after it.
    pub before: bool,
    /// How long.
    pub span: Span,
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
            Self::Parallel { tracks, .. } => tracks.iter().map(|track| track.steps.as_slice()).collect(),
            Self::Each { steps, .. } => alloc::vec![steps.as_slice()],
            Self::System(step) => alloc::vec![step.failure.as_slice()],
            Self::LookUp(step) => alloc::vec![step.failure.as_slice()],
            Self::Agent(_)
            | Self::Check(_)
            | Self::Message(_)
            | Self::Wait { .. }
            | Self::HandOver { .. }
            | Self::Return { .. }
            | Self::End { .. } => Vec::new(),
        }
    }
    /// Who answers for the step, where the text names somebody.
    #[must_use]
    pub const fn accountable(&self) -> Option<&Who> {
        match self {
            Self::Human(step) => step.accountable.as_ref(),
            Self::System(step) => step.accountable.as_ref(),
            Self::Agent(_)
            | Self::Check(_)
            | Self::Choice { .. }
            | Self::Parallel { .. }
            | Self::Each { .. }
            | Self::LookUp(_)
            | Self::Message(_)
            | Self::Wait { .. }
            | Self::HandOver { .. }
            | Self::Return { .. }
            | Self::End { .. } => None,
        }
    }

    /// Everybody whom the step itself names, without the steps inside it.
    #[must_use]
    pub fn people(&self) -> Vec<&Who> {
        match self {
            Self::Agent(step) => {
                let reader = if let AgentWork::Prepare { reader } = &step.work { Some(reader) } else { None };
                reader.into_iter().chain([&step.on_unsure]).collect()
            }
            Self::Human(step) => {
                let upward = step.escalations.iter().map(|escalation| &escalation.to);
                core::iter::once(&step.who).chain(upward).chain(&step.accountable).collect()
            }
            Self::System(step) => core::iter::once(&step.on_failure).chain(&step.accountable).collect(),
            Self::LookUp(step) => alloc::vec![&step.on_failure],
            Self::Message(step) => alloc::vec![&step.to],
            Self::Wait { until: WaitUntil::Message { otherwise: who, .. } | WaitUntil::Look { who, .. } }
            | Self::HandOver { who, .. }
            | Self::Return { then: who, .. } => alloc::vec![who],
            Self::Wait { until: WaitUntil::Passed { .. } | WaitUntil::Date { .. } }
            | Self::Check(_)
            | Self::Choice { .. }
            | Self::Parallel { .. }
            | Self::Each { .. }
            | Self::End { .. } => Vec::new(),
        }
    }
}

//! The canonical definition of a process: what a process text compiles to and what a case runs.
//!
//! It is block-structured (stages; sequence, choice, parallel with join, wait, end) with one restricted
//! `return to`, so a case can always be told where it stands and where it may go. It holds no spans of
//! the text: those live beside it, so that the same process written differently is the same definition.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

use crate::{guard::Guard, time::Span, value::FieldName};

/// The format number that new definitions are written with.
pub const DEFINITION_FORMAT: u16 = 1;

/// A process, ready to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// See [`DEFINITION_FORMAT`].
    pub format: u16,
    /// Short stable name, such as `expense-claim`.
    pub id: String,
    /// The title as people read it.
    pub title: String,
    /// The role that may start a case; the person who does is the requester, and the text calls them by it.
    pub starter: String,
    /// The role that answers for the outcome of every case.
    pub accountable: String,
    /// Closings that count as a success.
    pub successes: Vec<String>,
    /// Where people say that it usually stalls.
    pub stalls_at: Option<String>,
    /// How dates and amounts in documents are read.
    pub reading: Reading,
    /// Every field of the case file, in the order of the text.
    pub fields: Vec<Field>,
    /// People outside the organisation who take part by a link.
    pub parties: Vec<Party>,
    /// Fields that only some may see; a field without an entry is seen by everybody who may see the case.
    pub visibility: Vec<Visibility>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// What happens when the requester withdraws; `None` means that they cannot.
    pub withdrawal: Option<Withdrawal>,
    /// Rules that forbid something, kept so that they can be shown and proven.
    pub prohibitions: Vec<Prohibition>,
    /// Plain information that the text keeps.
    pub notes: Vec<String>,
    /// Labelled examples for the classifier, by the field that it fills. Pinned with the version.
    pub examples: BTreeMap<FieldName, Vec<Example>>,
}

/// How dates and amounts in documents are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The order of day and month in `03/04/2026`; `None` shows such a date as ambiguous.
    pub day_order: Option<DayOrder>,
    /// The currency of an amount that names none; `None` leaves such an amount to a person.
    pub currency: Option<String>,
}

/// Which comes first in a date of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    /// 31/12/2026.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
}

/// One field of the case file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; what is read from a document is named `document.field`.
    pub name: FieldName,
    /// How the text calls it.
    pub label: String,
    /// Its type.
    pub kind: FieldKind,
    /// Whether a form that asks for it may be handed in without it.
    pub required: bool,
    /// Where it comes from.
    pub source: FieldSource,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// Free text of one or more lines.
    Text,
    /// An e-mail address.
    Email,
    /// An IBAN (ISO 13616), whose check digits are verified.
    Iban,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A whole number.
    Number,
    /// Yes or no.
    YesNo,
    /// One word of a list.
    Choice {
        /// The words, in the order of the text.
        options: Vec<String>,
    },
    /// A document.
    Document,
}

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum FieldSource {
    /// A form asks for it; the start form is the one that opens the case.
    Form {
        /// The form's name, such as `claim form`.
        form: String,
        /// Whether this form opens the case.
        start: bool,
    },
    /// An agent reads it from a document.
    Document {
        /// The document's field.
        document: FieldName,
    },
    /// An agent proposes it.
    Agent,
}

/// Somebody outside the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// How the text calls them, such as `supplier`.
    pub name: String,
    /// The field that holds their e-mail address.
    pub email: FieldName,
}

/// Who alone may see a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// The field.
    pub field: FieldName,
    /// Who may see it, and nobody else.
    pub readers: Vec<Who>,
}

/// A person or a group of people, found when it is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Who {
    /// Whoever opened the case.
    Requester,
    /// The requester's manager.
    ManagerOfRequester,
    /// Whoever gave the latest approval in this case, or is asked for it now.
    Approver,
    /// Everybody who holds the role.
    Role {
        /// Its name, as the text writes it without the article.
        role: String,
    },
    /// An outside party.
    Party {
        /// Its name.
        party: String,
    },
}

/// A phase of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

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

/// What a withdrawal by the requester does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The stage from whose start it is no longer possible; `None` means any time.
    pub before_stage: Option<String>,
    /// How the case closes.
    pub closing: String,
}

/// Something that must never happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "never", rename_all = "snake_case")]
pub enum Prohibition {
    /// No agent may approve the thing.
    AgentApproves {
        /// The thing, in the words of the text.
        subject: String,
    },
    /// Whoever approves must not be this person.
    ApproverIs {
        /// The person.
        who: Who,
    },
}

/// A text and the label that it should get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The text.
    pub text: String,
    /// The label.
    pub label: String,
}

/// Where a step stands: stage, step, then block and step for each level below.
///
/// Blocks of a step are numbered by [`Step::blocks`]. Written as numbers with dots, such as `1.0.2.0`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(pub Vec<u16>);

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

impl Definition {
    /// The block that holds the step at `path`, and the step's place in it.
    #[must_use]
    pub fn block(&self, path: &Path) -> Option<(&[Step], usize)> {
        let (stage, rest) = path.0.split_first()?;
        let mut block: &[Step] = &self.stages.get(usize::from(*stage))?.steps;
        let (first, mut rest) = rest.split_first()?;
        let mut place = usize::from(*first);
        while let [inner, step, tail @ ..] = rest {
            block = block.get(place)?.blocks().get(usize::from(*inner)).copied()?;
            place = usize::from(*step);
            rest = tail;
        }
        rest.is_empty().then_some((block, place))
    }

    /// The step at `path`.
    #[must_use]
    pub fn step(&self, path: &Path) -> Option<&Step> {
        let (block, place) = self.block(path)?;
        block.get(place)
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields of the form that opens a case, in order.
    pub fn start_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| matches!(field.source, FieldSource::Form { start: true, .. }))
    }

    /// Calls `visit` with every step and its path, parents before children.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&Path, &'a Step)) {
        for (index, stage) in self.stages.iter().enumerate() {
            walk_block(&stage.steps, &Path(alloc::vec![index_u16(index)]), visit);
        }
    }
}

fn walk_block<'a>(block: &'a [Step], parent: &Path, visit: &mut dyn FnMut(&Path, &'a Step)) {
    for (index, step) in block.iter().enumerate() {
        let path = parent.child(index_u16(index));
        visit(&path, step);
        for (number, inner) in step.blocks().into_iter().enumerate() {
            walk_block(inner, &path.child(index_u16(number)), visit);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the language refuses more than 1,000 sentences")]
pub(crate) const fn index_u16(index: usize) -> u16 {
    index as u16
}

impl Path {
    /// The path of the first step of a stage.
    #[must_use]
    pub fn stage(stage: u16) -> Self {
        Self(alloc::vec![stage, 0])
    }

    /// This path with one more number.
    #[must_use]
    pub fn child(&self, number: u16) -> Self {
        let mut numbers = self.0.clone();
        numbers.push(number);
        Self(numbers)
    }

    /// The path of the step whose block holds this one; `None` at the top of a stage.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 2).then(|| Self(self.0[..self.0.len() - 2].to_vec()))
    }

    /// The next place in the same block.
    #[must_use]
    pub fn next(&self) -> Self {
        let mut numbers = self.0.clone();
        if let Some(last) = numbers.last_mut() {
            *last += 1;
        }
        Self(numbers)
    }

    /// The number of the stage.
    #[must_use]
    pub fn stage_index(&self) -> usize {
        self.0.first().map_or(0, |stage| usize::from(*stage))
    }

    /// Whether this path lies inside the step at `outer`.
    #[must_use]
    pub fn is_inside(&self, outer: &Self) -> bool {
        self.0.len() > outer.0.len() && self.0.starts_with(&outer.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{number}")?;
        }
        Ok(())
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        format!("{path}")
    }
}

impl TryFrom<String> for Path {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let numbers: Result<Vec<u16>, _> = text.split('.').map(str::parse).collect();
        numbers.map(Self).map_err(|_| "a step path is numbers with dots between them, such as 1.0.2")
    }
}

//! Facts that came in: the log of a case holds these and nothing else.

use alloc::{collections::BTreeMap, string::String};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::Digest,
    case::{Document, Outcome},
    definition::Who,
    migrate::Mapping,
    people::PersonId,
    proposal::{GateFacts, Proposal},
    release::Excess,
    time::{Span, Timestamp},
    value::Values,
};

/// The format number that new events are written with.
pub const EVENT_FORMAT: u16 = 1;

/// The number of this engine's behaviour. A change of behaviour gets a new number and keeps the old one.
///
/// From 2 on a call that must not be repeated, and of which nobody knows whether it was made, is made again only when
/// a person says so, also when the case comes to its step anew. From 3 on an agent's word that says whose work it is is
/// confirmed before they get it, also where somebody approves later. From 4 on what rests on a value follows it when it
/// changes: checks are made again, letters are filled in again, and what was judged of the value before no longer
/// counts as agreeing; and whom the text names is asked where an agent leaves a word open.
pub const ENGINE_REVISION: u16 = 4;

/// Something that happened, with everything that the core needs to know about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// See [`EVENT_FORMAT`].
    pub format: u16,
    /// The engine revision that it is decided with.
    pub engine: u16,
    /// When; time enters the core here and nowhere else.
    pub at: Timestamp,
    /// Who brought it about.
    pub by: Acting,
    /// What happened.
    pub kind: EventKind,
}

/// Who acts, in whose place, and by which door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "acting", rename_all = "snake_case")]
pub enum Acting {
    /// A person of the directory.
    Person {
        /// Who.
        person: PersonId,
        /// In whose place, as a substitute.
        standing_for: Option<PersonId>,
    },
    /// Somebody outside, by a link that names this case.
    Party {
        /// The party's name in the process text.
        party: String,
        /// The case that the link is for.
        case: String,
    },
    /// The program itself: ticks, results of effects, proposals.
    System,
}

/// What happened.
#[expect(clippy::large_enum_variant, reason = "one event exists at a time; a box would only make matching harder")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody opened the case.
    CaseOpened {
        /// The short number that it got.
        number: u64,
        /// The start form's values.
        values: Values,
        /// The documents, by key; the values name them.
        documents: BTreeMap<String, Document>,
    },
    /// A schedule opened the case.
    CaseScheduled {
        /// The short number that it got.
        number: u64,
        /// Who stands as its requester.
        requester: PersonId,
        /// The instant that the schedule names.
        due: Timestamp,
    },
    /// Somebody took a task for themselves.
    TaskClaimed {
        /// The task.
        task: u32,
    },
    /// The assignee gave it back.
    TaskReleased {
        /// The task.
        task: u32,
    },
    /// The assignee, or somebody who may decide, gave it to another person.
    TaskDelegated {
        /// The task.
        task: u32,
        /// To whom.
        to: PersonId,
    },
    /// Somebody decided.
    TaskDecided {
        /// The task.
        task: u32,
        /// What they chose.
        outcome: Outcome,
        /// Why.
        reason: Option<String>,
        /// Values that they wrote or changed.
        values: Values,
        /// Documents that they handed in.
        documents: BTreeMap<String, Document>,
        /// The digest of what they were shown, see [`crate::case::Case::shown`].
        shown: Digest,
    },
    /// Somebody asked the requester before deciding.
    QuestionAsked {
        /// The task.
        task: u32,
        /// The question.
        question: String,
    },
    /// Somebody changed fields outside a task.
    FieldsEdited {
        /// The new values.
        values: Values,
        /// Why.
        reason: String,
    },
    /// An agent answered, and the gate recorded what it found.
    ProposalReturned {
        /// The address: step path and visit, as in [`crate::command::agent_key`].
        key: String,
        /// The answer.
        proposal: Proposal,
        /// What the gate found.
        facts: GateFacts,
    },
    /// No agent could answer.
    ProposalFailed {
        /// The address.
        key: String,
        /// Why, for people.
        error: String,
    },
    /// An effect was acknowledged.
    EffectDone {
        /// Its key.
        key: String,
        /// What came back, for people.
        receipt: String,
    },
    /// An effect was given up.
    EffectFailed {
        /// Its key.
        key: String,
        /// Why, for people.
        error: String,
        /// Whether it may have been carried out after all.
        outcome_unknown: bool,
    },
    /// A call was held back before it was made for the first time, because what it was released with has changed.
    EffectWithdrawn {
        /// Its key.
        key: String,
    },
    /// A call was held back before it was made, for a person to decide on.
    EffectHeld {
        /// Its key.
        key: String,
        /// Why.
        why: Excess,
        /// Whether an earlier attempt may have been made.
        outcome_unknown: bool,
    },
    /// Another system answered a question.
    LookedUp {
        /// The address, see [`crate::command::look_up_key`].
        key: String,
        /// What it says, by field; what it does not know is absent.
        values: Values,
    },
    /// Another system could not answer a question.
    LookUpFailed {
        /// The address.
        key: String,
        /// Why, for people.
        error: String,
    },
    /// A message came in from outside.
    MessageReceived {
        /// Its name.
        name: String,
        /// What it brings.
        values: Values,
    },
    /// The requester no longer wants it.
    CaseWithdrawn {
        /// Why.
        reason: Option<String>,
    },
    /// Somebody resolved an incident, and what was stuck is tried again.
    IncidentResolved {
        /// Its number.
        incident: u32,
    },
    /// An operator moved the case to another stage.
    StageMoved {
        /// On, back, or past stages.
        #[serde(rename = "movement")]
        kind: MoveKind,
        /// The stage to begin with; without a name it is the next one, or the one before for a return.
        to_stage: Option<String>,
        /// Why.
        reason: String,
    },
    /// An operator stopped the case for a while: nothing automatic runs and nothing is decided.
    CaseHeld {
        /// Why.
        reason: String,
    },
    /// An operator let it go on.
    CaseResumed,
    /// An operator moved the case to another version of its process.
    CaseMigrated {
        /// The version that it ran.
        from: Digest,
        /// The version that it runs from now on.
        to: Digest,
        /// How it was carried over.
        mapping: Mapping,
    },
    /// That was undone before the case had taken a step.
    MigrationUndone,
    /// The rehearsal that the case belongs to is over.
    RehearsalEnded,
    /// Somebody asked for something in this case that its process does not ask for.
    RequirementAdded {
        /// What, and of whom.
        what: Addition,
        /// Why.
        reason: String,
    },
    /// Time has passed.
    Ticked,
}

/// Something that is asked for in one case alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    /// What.
    pub requirement: Requirement,
    /// Of whom, where no person is named.
    pub who: Who,
    /// The one person of whom it is asked.
    pub person: Option<PersonId>,
    /// By when.
    pub due: Span,
}

/// What is asked for in one case alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "requirement", rename_all = "snake_case")]
pub enum Requirement {
    /// A document.
    Document {
        /// How it is called, such as `the signed order`.
        name: String,
    },
    /// A look by somebody else, who says whether it may go on.
    Review {
        /// What is looked at, such as `the tax treatment`.
        name: String,
    },
}

impl Requirement {
    /// How it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Document { name } | Self::Review { name } => name,
        }
    }
}

/// How an operator moves a case between stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// On to the next stage, whatever is open in this one.
    Advance,
    /// Back to the start of an earlier stage, or of this one.
    Return,
    /// Past one stage or more.
    Skip,
}

impl EventKind {
    /// The name of the kind, as it stands in the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CaseOpened { .. } => "case_opened",
            Self::CaseScheduled { .. } => "case_scheduled",
            Self::TaskClaimed { .. } => "task_claimed",
            Self::TaskReleased { .. } => "task_released",
            Self::TaskDelegated { .. } => "task_delegated",
            Self::TaskDecided { .. } => "task_decided",
            Self::QuestionAsked { .. } => "question_asked",
            Self::FieldsEdited { .. } => "fields_edited",
            Self::ProposalReturned { .. } => "proposal_returned",
            Self::ProposalFailed { .. } => "proposal_failed",
            Self::EffectDone { .. } => "effect_done",
            Self::EffectFailed { .. } => "effect_failed",
            Self::EffectWithdrawn { .. } => "effect_withdrawn",
            Self::EffectHeld { .. } => "effect_held",
            Self::LookedUp { .. } => "looked_up",
            Self::LookUpFailed { .. } => "look_up_failed",
            Self::MessageReceived { .. } => "message_received",
            Self::CaseWithdrawn { .. } => "case_withdrawn",
            Self::IncidentResolved { .. } => "incident_resolved",
            Self::StageMoved { .. } => "stage_moved",
            Self::CaseHeld { .. } => "case_held",
            Self::CaseResumed => "case_resumed",
            Self::CaseMigrated { .. } => "case_migrated",
            Self::MigrationUndone => "migration_undone",
            Self::RehearsalEnded => "rehearsal_ended",
            Self::RequirementAdded { .. } => "requirement_added",
            Self::Ticked => "ticked",
        }
    }
}

impl Event {
    /// An event of today's format and engine.
    #[must_use]
    pub const fn new(at: Timestamp, by: Acting, kind: EventKind) -> Self {
        Self { format: EVENT_FORMAT, engine: ENGINE_REVISION, at, by, kind }
    }
}

impl Acting {
    /// A person who acts for themselves.
    #[must_use]
    pub fn person(id: impl Into<PersonId>) -> Self {
        Self::Person { person: id.into(), standing_for: None }
    }

    /// The identifier under which decisions and values are recorded.
    #[must_use]
    pub fn id(&self) -> PersonId {
        match self {
            Self::Person { person, .. } => person.clone(),
            Self::Party { party, .. } => alloc::format!("party:{party}"),
            Self::System => String::from("countersign"),
        }
    }

    /// The person stood in for.
    #[must_use]
    pub const fn standing_for(&self) -> Option<&PersonId> {
        match self {
            Self::Person { standing_for, .. } => standing_for.as_ref(),
            Self::Party { .. } | Self::System => None,
        }
    }
}

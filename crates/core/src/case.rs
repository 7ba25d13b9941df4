//! One running process: the state that `decide` takes by value and returns.

mod document;
mod task;

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Digest, digest},
    definition::{CitedExample, Path},
    event::Addition,
    people::PersonId,
    proposal::Evidence,
    template::FromWord,
    time::Timestamp,
    value::{Date, FieldName, Value},
};

pub use document::Document;
pub use task::{Ask, Decision, Outcome, Question, TakeOver, Task, TaskState};

/// The format number that new case states are written with.
pub const CASE_FORMAT: u16 = 1;

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// See [`CASE_FORMAT`].
    pub format: u16,
    /// Identifier, unique for ever.
    pub id: String,
    /// Short number for people.
    pub number: u64,
    /// The process that it runs.
    pub process: String,
    /// The version that it runs: the one that it started on, until somebody migrates it.
    pub version: Digest,
    /// The number of events applied.
    pub seq: u64,
    /// Open, or how it closed.
    pub status: Status,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Who opened it.
    pub requester: PersonId,
    /// The values, by field.
    pub fields: BTreeMap<FieldName, Entry>,
    /// The documents, by key.
    pub documents: BTreeMap<String, Document>,
    /// Where it stands: one cursor for each track that runs, and one for each split that waits for them.
    pub cursors: Vec<Cursor>,
    /// How often each step has been entered.
    pub visits: BTreeMap<Path, u32>,
    /// Every task, open and closed; task 1 stands first.
    pub tasks: Vec<Task>,
    /// The latest finding of each check.
    pub findings: BTreeMap<Path, Finding>,
    /// The latest suggestion for each field that an agent fills and that no person has confirmed.
    pub suggestions: BTreeMap<FieldName, Suggestion>,
    /// Sentences that an agent prepared.
    pub summary: Vec<String>,
    /// Sign-offs, also void ones.
    pub sign_offs: Vec<SignOff>,
    /// Effects, by key.
    pub effects: BTreeMap<String, Effect>,
    /// What is stuck for a technical reason.
    pub incidents: Vec<Incident>,
    /// What was asked for in this case alone, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additions: Vec<Added>,
    /// How it came to its version, as long as that can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrated: Option<Migrated>,
    /// The item that each running step over a list is at, counted from 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rounds: BTreeMap<Path, u32>,
    /// The tracks that met the join of a split which did not wait for all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub winners: BTreeMap<Path, Vec<u16>>,
    /// Set while an operator holds the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Hold>,
    /// Automatic steps taken so far.
    pub steps_taken: u32,
    /// When the latest event was applied.
    pub touched_at: Timestamp,
}

/// Whether a case is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// No event has been applied.
    Unopened,
    /// It runs.
    Open,
    /// It is over.
    Closed {
        /// How, such as `paid`.
        closing: String,
        /// Whether that counts as a success.
        success: bool,
        /// When.
        at: Timestamp,
    },
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
    /// When it was written.
    pub at: Timestamp,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum Origin {
    /// A person wrote it.
    Person {
        /// Who.
        by: PersonId,
    },
    /// An agent read it from a document.
    Document {
        /// Which engine read it.
        engine: String,
        /// Where it stands.
        evidence: Evidence,
        /// The other day that it may mean.
        ambiguous: Option<Date>,
    },
    /// An agent proposed it and no person has confirmed it yet.
    Agent {
        /// Which engine.
        engine: String,
    },
    /// Another system answered it.
    System {
        /// The system's name in the process text.
        system: String,
    },
    /// Code filled it in from a template.
    Template {
        /// The template's name.
        template: String,
        /// The Word file that it was read from, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<FromWord>,
    },
    /// It is an item of a list, taken up by the engine.
    Item {
        /// The field that holds the list.
        list: FieldName,
    },
}

/// One place in the definition where the case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The step.
    pub path: Path,
    /// Which pass through it.
    pub visit: u32,
    /// Since when.
    pub since: Timestamp,
    /// What it waits for.
    pub waiting: Waiting,
}

/// What a cursor waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "waiting", rename_all = "snake_case")]
pub enum Waiting {
    /// Nothing: it is run next.
    Nothing,
    /// An agent's proposal.
    Agent,
    /// A task.
    Task {
        /// Its number.
        task: u32,
    },
    /// The result of an effect.
    Effect {
        /// Its key.
        key: String,
        /// When the answer is overdue.
        answer_by: Timestamp,
    },
    /// An instant.
    Until {
        /// When.
        at: Timestamp,
    },
    /// The day that a field holds; the instant follows from the field as it is.
    Day,
    /// An answer to a question put to another system.
    LookUp {
        /// Its key.
        key: String,
        /// When the answer is overdue.
        answer_by: Timestamp,
    },
    /// A message from outside.
    Message {
        /// Its name.
        name: String,
        /// When somebody must look.
        look_at: Timestamp,
    },
    /// Its tracks.
    Tracks,
    /// An incident to be resolved.
    Incident {
        /// Its number.
        incident: u32,
    },
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The assertion in the words of the text.
    pub words: String,
    /// What came out.
    pub result: CheckResult,
    /// The fields that were compared.
    pub fields: Vec<FieldName>,
    /// The examples of a criterion that an agent says the case is like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<CitedExample>,
    /// When.
    pub at: Timestamp,
}

/// What came out of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CheckResult {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It cannot be told, so a person looks.
    CannotTell {
        /// Why.
        why: String,
    },
}

/// A value that an agent suggests and that a person will confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The value; `None` when nothing fits.
    pub value: Option<Value>,
    /// The next best words.
    pub alternatives: Vec<String>,
    /// Why, in the agent's words.
    pub reason: String,
    /// How sure it is, in parts per thousand.
    pub score: Option<u32>,
    /// Which engine.
    pub engine: String,
}

/// An approval that releases effects, as long as nothing that it covers has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// The task in which it was given.
    pub task: u32,
    /// The approving step.
    pub path: Path,
    /// Which visit of it.
    pub visit: u32,
    /// Who signed.
    pub by: PersonId,
    /// In whose place.
    pub standing_for: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Each covered field and the digest of its value; a field without a value has the digest of nothing.
    pub covers: BTreeMap<FieldName, Digest>,
    /// Why it no longer counts.
    pub voided: Option<Void>,
}

/// Why a sign-off no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "void", rename_all = "snake_case")]
pub enum Void {
    /// A field that it covers was written.
    FieldChanged {
        /// The field.
        field: FieldName,
    },
    /// The case went back to a stage before it.
    SentBack,
    /// The case went to another version, in which what was signed is not the same.
    OtherVersion,
}

/// A command that is being carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The step that sends it.
    pub path: Path,
    /// Which visit.
    pub visit: u32,
    /// Digest of what is sent.
    pub payload: Digest,
    /// For each list around the step, the item that it is sent for, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<u32>,
    /// How far it is.
    pub state: EffectState,
}

/// How far an effect is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EffectState {
    /// Released, not acknowledged.
    Released {
        /// When.
        at: Timestamp,
    },
    /// Acknowledged.
    Done {
        /// When.
        at: Timestamp,
        /// What came back, for people.
        receipt: String,
    },
    /// Given up.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        error: String,
        /// Whether it may have been carried out all the same; known of what engines of revision 2 and later decided.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        outcome_unknown: bool,
    },
}

/// Something that was asked for in this case alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// What, and of whom.
    pub what: Addition,
    /// Why.
    pub reason: String,
    /// Who added it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// The task that closes it.
    pub task: u32,
}

/// A move to another version that can be undone, since the case has taken no step since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    /// When.
    pub at: Timestamp,
    /// Who moved it.
    pub by: PersonId,
    /// The case as it was.
    pub before: Box<Case>,
}

/// An operator has stopped the case for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// Who stopped it.
    pub by: PersonId,
    /// Since when its clocks stand still.
    pub since: Timestamp,
    /// The task of whoever looks again.
    pub task: u32,
}

/// Something is stuck for a technical reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Number within the case, from 1.
    pub number: u32,
    /// The step.
    pub path: Path,
    /// What happened.
    pub what: String,
    /// What to do next.
    pub next_action: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
}

impl Case {
    /// A case to which no event has been applied.
    #[must_use]
    pub fn unopened(id: impl Into<String>) -> Self {
        Self {
            format: CASE_FORMAT,
            id: id.into(),
            number: 0,
            process: String::new(),
            version: Digest::new(),
            seq: 0,
            status: Status::Unopened,
            opened_at: Timestamp(0),
            requester: PersonId::new(),
            fields: BTreeMap::new(),
            documents: BTreeMap::new(),
            cursors: Vec::new(),
            visits: BTreeMap::new(),
            tasks: Vec::new(),
            findings: BTreeMap::new(),
            suggestions: BTreeMap::new(),
            summary: Vec::new(),
            sign_offs: Vec::new(),
            effects: BTreeMap::new(),
            incidents: Vec::new(),
            additions: Vec::new(),
            migrated: None,
            rounds: BTreeMap::new(),
            winners: BTreeMap::new(),
            held: None,
            steps_taken: 0,
            touched_at: Timestamp(0),
        }
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// The task of this number.
    #[must_use]
    pub fn task(&self, number: u32) -> Option<&Task> {
        self.tasks.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// The tasks that wait for somebody.
    pub fn open_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.state == TaskState::Open)
    }

    /// The incidents that nobody has resolved.
    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(|incident| incident.resolved_at.is_none())
    }

    /// The value of a field.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).map(|entry| &entry.value)
    }

    /// Digest of a field's value, or of nothing when it has none.
    #[must_use]
    pub fn field_digest(&self, field: &str) -> Digest {
        self.value_digest(self.value(field))
    }

    /// Digest of a value as a field of this case would have it.
    ///
    /// For a document it covers the bytes, so that a file of the same name is not the same document.
    #[must_use]
    pub fn value_digest(&self, value: Option<&Value>) -> Digest {
        let bytes = match value {
            Some(Value::Document { document }) => self.documents.get(document).map(|document| &document.bytes),
            _ => None,
        };
        digest(&(value, bytes))
    }

    /// Digest of everything that a person is shown when deciding a task.
    ///
    /// It covers values, documents, findings, suggestions, the summary and the task's questions. A decision
    /// carries it, and one that was taken on an older sight of the case is refused.
    #[must_use]
    pub fn shown(&self, task: u32) -> Digest {
        let fields: BTreeMap<&String, &Value> = self.fields.iter().map(|(name, entry)| (name, &entry.value)).collect();
        let questions = self.task(task).map(|task| (&task.questions, task.visit, &task.ask));
        digest(&(fields, &self.documents, &self.findings, &self.suggestions, &self.summary, questions))
    }
}

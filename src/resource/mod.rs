//! What the JSON API and `--json` on the command line answer with: stable keys, names for people.
//!
//! Every value goes through `authorise` for whoever reads; what they may not see is named as hidden, so
//! that nobody takes an absence for an empty field.

mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    Verb, authorise,
    case::{Ask, Case, CheckResult, Origin, Status, Task, TaskState},
    decide::outcomes,
    definition::{CitedExample, Path, Step},
    event::Acting,
    guard::words,
    overview::{self, WaitOn},
    time::Timestamp,
    value::FieldName,
    who,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::runtime::{word_templates::from_word, world::Loaded};

/// What stands in place of an agent's reason for somebody who may not see all that it looked at.
pub const REASON_WITHHELD: &str = "the reason may quote what only others may see";

pub use timeline::{EntryResource, TimelineResource, entries, timeline};

/// A case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseResource {
    /// Short number.
    pub number: u64,
    /// Identifier, unique for ever.
    pub id: String,
    /// The process.
    pub process: String,
    /// The title of the process.
    pub process_title: String,
    /// The version that it runs.
    pub version: String,
    /// Why it is on hold; `null` while it runs.
    pub on_hold: Option<String>,
    /// Whether it is only rehearsed, so that nothing of it leaves the organisation.
    pub rehearsal: bool,
    /// `open` or `closed`.
    pub status: String,
    /// How it closed.
    pub closing: Option<String>,
    /// Whether that counts as a success.
    pub success: Option<bool>,
    /// The stage that it is in.
    pub stage: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Who opened it.
    pub requester: String,
    /// When, RFC 3339.
    pub opened_at: String,
    /// The number of events applied; it grows with every change.
    pub seq: u64,
    /// What it waits for.
    pub waiting_for: Vec<WaitResource>,
    /// The values.
    pub fields: Vec<FieldResource>,
    /// What the checks found.
    pub findings: Vec<FindingResource>,
    /// What agents suggest and nobody has confirmed yet.
    pub suggestions: BTreeMap<String, Option<String>>,
    /// What an agent wrote for the next person.
    pub summary: Vec<String>,
    /// The documents.
    pub documents: Vec<DocumentResource>,
    /// The tasks, open and closed.
    pub tasks: Vec<TaskResource>,
    /// The effects: calls and messages.
    pub effects: Vec<EffectResource>,
    /// What is stuck.
    pub incidents: Vec<IncidentResource>,
}

/// Something that a case waits for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitResource {
    /// `people`, `agent`, `system`, `time`, `message` or `incident`.
    pub kind: String,
    /// In words, such as `the finance lead`.
    pub who: String,
    /// The people who may decide it now.
    pub people: Vec<String>,
    /// The task, if it is one.
    pub task: Option<u32>,
    /// Since when, RFC 3339.
    pub since: String,
    /// When it is due, RFC 3339.
    pub due: Option<String>,
}

/// A value of the case file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldResource {
    /// Its name.
    pub name: String,
    /// How the text calls it.
    pub label: String,
    /// The value in words; `null` when it is hidden.
    pub value: Option<String>,
    /// Whether the reader may not see it.
    pub hidden: bool,
    /// `person`, `document` or `agent`.
    pub origin: String,
    /// The quote that it was read from.
    pub quote: Option<String>,
    /// The other day that an ambiguous date may mean.
    pub ambiguous: Option<String>,
    /// Whether it is a letter that can be downloaded as a Word file; left out when it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub word_file: bool,
}

/// What a check found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingResource {
    /// What was checked.
    pub check: String,
    /// `passed`, `failed` or `cannot_tell`.
    pub result: String,
    /// Why it cannot be told.
    pub why: Option<String>,
    /// The fields that were compared.
    pub fields: Vec<String>,
    /// The examples of a criterion that an agent says the case is like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<CitedResource>,
}

/// An example of a criterion that a case is said to be like.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CitedResource {
    /// Its number among the examples of the criterion.
    pub number: u32,
    /// What is right for it: `pass`, `fail` or `cannot tell`.
    pub answer: String,
    /// The example.
    pub text: String,
    /// Why; empty where nobody said.
    pub because: String,
}

/// A document of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocumentResource {
    /// Its key.
    pub key: String,
    /// The field that it fills.
    pub field: String,
    /// The file's name; `null` when the reader may not see it.
    pub name: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether a text could be read from it.
    pub readable: bool,
    /// Why not, in words; `null` when the reader may not see the document.
    pub unreadable: Option<String>,
}

/// A human work item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskResource {
    /// Number within the case.
    pub number: u32,
    /// The way people name it, such as `1042-3`.
    pub label: String,
    /// `provide`, `approve`, `review`, `do`, `confirm`, `answer` or `take_over`.
    pub ask: String,
    /// `open`, `closed` or `cancelled`.
    pub state: String,
    /// Who it is for, in words.
    pub who: String,
    /// The people who may decide it now.
    pub people: Vec<String>,
    /// The one person who has it.
    pub assignee: Option<String>,
    /// When it was opened, RFC 3339.
    pub opened_at: String,
    /// When it is due, RFC 3339.
    pub due_at: String,
    /// What it can be answered with.
    pub outcomes: Vec<String>,
    /// The fields that it asks for.
    pub fields: Vec<String>,
    /// The digest of what its person is shown now; a decision must carry it.
    pub shown: Option<String>,
    /// The decisions taken.
    pub decisions: Vec<DecisionResource>,
}

/// One person's decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionResource {
    /// Who.
    pub by: String,
    /// In whose place.
    pub standing_for: Option<String>,
    /// What.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
    /// When, RFC 3339.
    pub at: String,
    /// The digest of what they were shown.
    pub shown: String,
}

/// A call or a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EffectResource {
    /// Its idempotency key.
    pub key: String,
    /// `released`, `done` or `failed`.
    pub state: String,
    /// What came back, or why it failed.
    pub detail: Option<String>,
}

/// Something that is stuck.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentResource {
    /// Number within the case.
    pub number: u32,
    /// What happened.
    pub what: String,
    /// What to do next.
    pub next_action: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Whether it has been resolved.
    pub resolved: bool,
}

/// Who reads.
#[derive(Clone, Copy, Debug)]
pub enum Reader<'a> {
    /// A person, with what `authorise` lets them see.
    Acting(&'a Acting),
    /// Whoever holds the database file: everything but the fields that only some may see.
    File,
}

impl Reader<'_> {
    /// The fields of the case that the reader may not see.
    #[must_use]
    pub fn hidden(&self, loaded: &Loaded, at: Timestamp) -> BTreeSet<FieldName> {
        let names = loaded.definition.fields.iter().map(|field| &field.name);
        names.filter(|name| !self.sees(loaded, name, at)).cloned().collect()
    }

    fn sees(&self, loaded: &Loaded, field: &str, at: Timestamp) -> bool {
        match self {
            Self::Acting(acting) => {
                let verb = Verb::ReadField(field.to_owned());
                authorise(&loaded.context(), Some(&loaded.case), acting, &verb, at).is_ok()
            }
            Self::File => loaded.definition.rules_about(field).next().is_none(),
        }
    }
}

/// An instant as RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// The whole case as the reader may see it.
#[must_use]
pub fn case(loaded: &Loaded, reader: Reader<'_>, at: Timestamp) -> CaseResource {
    let (context, case) = (loaded.context(), &loaded.case);
    let closed = overview::closing(case);
    let told = |field: &str| reader.sees(loaded, field, at) && !case.is_checked(field);
    let suggestions = case.suggestions.iter().filter(|(field, _)| told(field));
    CaseResource {
        number: case.number,
        id: case.id.clone(),
        process: case.process.clone(),
        process_title: loaded.definition.title.clone(),
        version: case.version.clone(),
        on_hold: case.held.as_ref().map(|hold| hold.reason.clone()),
        rehearsal: countersign_core::definition::is_rehearsal(&case.process),
        status: status(case).to_owned(),
        closing: closed.map(|(closing, _, _)| closing.clone()),
        success: closed.map(|(_, success, _)| success),
        stage: overview::stage(&context, case).map(str::to_owned),
        subject: overview::subject(&context, case),
        requester: case.requester.clone(),
        opened_at: rfc3339(case.opened_at),
        seq: case.seq,
        waiting_for: overview::waits(&context, case, at).into_iter().map(wait).collect(),
        fields: fields(loaded, reader, at),
        findings: case
            .findings
            .iter()
            .map(|(path, one)| finding(one, case.is_checked_at(path) || quotes_hidden(loaded, path, reader, at)))
            .collect(),
        suggestions: suggestions
            .map(|(field, suggestion)| {
                (field.clone(), suggestion.value.as_ref().map(countersign_core::value::Value::plain))
            })
            .collect(),
        summary: case.summary.clone(),
        documents: documents(loaded, reader, at),
        tasks: case.tasks.iter().map(|one| task(loaded, one, at)).collect(),
        effects: effects(case),
        incidents: incidents(case),
    }
}

const fn status(case: &Case) -> &'static str {
    match case.status {
        Status::Unopened => "unopened",
        Status::Open => "open",
        Status::Closed { .. } => "closed",
    }
}

fn wait(wait: overview::Wait) -> WaitResource {
    let (kind, who, people, task) = match wait.on {
        WaitOn::People { task, words, people, .. } => ("people", words, people, Some(task)),
        WaitOn::Agent => ("agent", "an agent".to_owned(), Vec::new(), None),
        WaitOn::System { system } => ("system", format!("the {system}"), Vec::new(), None),
        WaitOn::Time => ("time", "a set time".to_owned(), Vec::new(), None),
        WaitOn::Message { name } => ("message", format!("the message `{name}`"), Vec::new(), None),
        WaitOn::Incident { what, .. } => ("incident", what, Vec::new(), None),
    };
    WaitResource { kind: kind.to_owned(), who, people, task, since: rfc3339(wait.since), due: wait.due.map(rfc3339) }
}

fn fields(loaded: &Loaded, reader: Reader<'_>, at: Timestamp) -> Vec<FieldResource> {
    let known = loaded.definition.fields.iter().filter_map(|field| Some((field, loaded.case.fields.get(&field.name)?)));
    known
        .map(|(field, entry)| {
            let seen = reader.sees(loaded, &field.name, at);
            let (origin, quote, ambiguous) = match &entry.origin {
                Origin::Person { .. } => ("person", None, None),
                Origin::Agent { .. } => ("agent", None, None),
                Origin::System { .. } => ("system", None, None),
                Origin::Item { .. } => ("item", None, None),
                Origin::Template { .. } => ("template", None, None),
                Origin::Document { evidence, ambiguous, .. } => {
                    ("document", Some(evidence.quote.clone()), ambiguous.map(|day| day.to_string()))
                }
            };
            FieldResource {
                name: field.name.clone(),
                label: field.label.clone(),
                value: seen.then(|| entry.value.plain()),
                hidden: !seen,
                origin: origin.to_owned(),
                quote: quote.filter(|_| seen),
                ambiguous: ambiguous.filter(|_| seen),
                word_file: seen && from_word(&loaded.case, &field.name).is_some(),
            }
        })
        .collect()
}

/// Whether what is told of the finding of a step may quote a field that the reader may not see.
fn quotes_hidden(loaded: &Loaded, path: &Path, reader: Reader<'_>, at: Timestamp) -> bool {
    match loaded.definition.step(path) {
        Some(Step::Agent(step)) => step.work.looks_at().iter().any(|field| !reader.sees(loaded, field, at)),
        Some(_) | None => false,
    }
}

fn finding(finding: &countersign_core::case::Finding, withheld: bool) -> FindingResource {
    let (result, why) = match &finding.result {
        CheckResult::Passed => ("passed", None),
        CheckResult::Failed => ("failed", None),
        CheckResult::CannotTell { .. } if withheld => ("cannot_tell", Some(REASON_WITHHELD.to_owned())),
        CheckResult::CannotTell { why } => ("cannot_tell", Some(why.clone())),
    };
    FindingResource {
        check: finding.words.clone(),
        result: result.to_owned(),
        why,
        fields: finding.fields.iter().map(|field| words(field)).collect(),
        examples: if withheld { Vec::new() } else { cited(&finding.examples) },
    }
}

fn cited(examples: &[CitedExample]) -> Vec<CitedResource> {
    let one = |CitedExample { number, example }: &CitedExample| CitedResource {
        number: *number,
        answer: example.answer.words().to_owned(),
        text: example.text.clone(),
        because: example.because.clone(),
    };
    examples.iter().map(one).collect()
}

fn documents(loaded: &Loaded, reader: Reader<'_>, at: Timestamp) -> Vec<DocumentResource> {
    let all = loaded.case.documents.iter();
    all.map(|(key, document)| DocumentResource {
        key: key.clone(),
        field: document.field.clone(),
        name: reader.sees(loaded, &document.field, at).then(|| document.name.clone()),
        media_type: document.media_type.clone(),
        size: document.size,
        readable: document.text.is_some(),
        unreadable: document.no_text.clone().filter(|_| reader.sees(loaded, &document.field, at)),
    })
    .collect()
}

/// One task.
#[must_use]
pub fn task(loaded: &Loaded, task: &Task, at: Timestamp) -> TaskResource {
    let (context, case) = (loaded.context(), &loaded.case);
    let open = task.is_open();
    let people = if open { who::eligible(&context, case, task, at) } else { Vec::new() };
    TaskResource {
        number: task.number,
        label: task.label(case),
        ask: task.ask.name().to_owned(),
        state: match task.state {
            TaskState::Open => "open",
            TaskState::Closed { .. } => "closed",
            TaskState::Cancelled { .. } => "cancelled",
        }
        .to_owned(),
        who: who::words(&context, &task.who),
        people: people.into_iter().map(|one| one.person).collect(),
        assignee: task.assignee.clone(),
        opened_at: rfc3339(task.opened_at),
        due_at: rfc3339(task.due_at),
        outcomes: if open { outcomes(&task.ask).iter().map(outcome_name).collect() } else { Vec::new() },
        fields: match &task.ask {
            Ask::Provide { fields } | Ask::Do { fields } => fields.clone(),
            Ask::Confirm { field, .. } => vec![field.clone()],
            Ask::Approve { .. }
            | Ask::Review
            | Ask::Judge { .. }
            | Ask::Look
            | Ask::Answer { .. }
            | Ask::TakeOver { .. } => Vec::new(),
        },
        shown: open.then(|| case.shown(task.number)),
        decisions: task.decisions().map(decision).collect(),
    }
}

fn decision(decision: &countersign_core::case::Decision) -> DecisionResource {
    DecisionResource {
        by: decision.by.clone(),
        standing_for: decision.standing_for.clone(),
        outcome: outcome_name(&decision.outcome),
        reason: decision.reason.clone(),
        at: rfc3339(decision.at),
        shown: decision.shown.clone(),
    }
}

/// The name of an outcome on the wire, such as `try_again`.
#[must_use]
pub fn outcome_name(outcome: &countersign_core::case::Outcome) -> String {
    outcome.to_string().replace(' ', "_")
}

fn effects(case: &Case) -> Vec<EffectResource> {
    use countersign_core::case::EffectState;
    let all = case.effects.iter();
    all.map(|(key, effect)| {
        let (state, detail) = match &effect.state {
            EffectState::Released { .. } => ("released", None),
            EffectState::Done { receipt, .. } => ("done", Some(receipt.clone())),
            EffectState::Failed { error, .. } => ("failed", Some(error.clone())),
        };
        EffectResource { key: key.clone(), state: state.to_owned(), detail }
    })
    .collect()
}

fn incidents(case: &Case) -> Vec<IncidentResource> {
    let all = case.incidents.iter();
    all.map(|incident| IncidentResource {
        number: incident.number,
        what: incident.what.clone(),
        next_action: incident.next_action.clone(),
        since: rfc3339(incident.since),
        resolved: incident.resolved_at.is_some(),
    })
    .collect()
}

//! The timeline of a case: who did what, when and why, and what agents proposed on the way.

use std::sync::Arc;

use countersign_core::{
    case::Case,
    definition::Path,
    proposal::{Cascade, Output, Stage, Verdict},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CitedResource, Reader, cited, rfc3339};
use crate::{
    runtime::{history::History, world::Loaded},
    store::{DecisionRecord, StoredEvent},
    web::{
        catalogue::{Entry, Words},
        format,
    },
};

/// How a case came to where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineResource {
    /// How many events stand before these entries.
    pub earlier: u64,
    /// What happened, in order.
    pub entries: Vec<EntryResource>,
    /// What agents proposed, and what became of it.
    pub agents: Vec<AgentResource>,
    /// Why the record cannot be told to its end.
    pub stopped: Option<String>,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryResource {
    /// Its place in the case's order.
    pub seq: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The kind of event.
    pub kind: String,
    /// Who brought it about.
    pub by: String,
    /// What happened, in words.
    pub sentence: String,
    /// Why, in the words of whoever did it.
    pub why: Option<String>,
    /// What came of it.
    pub then: Vec<String>,
    /// Its hash in the chain.
    pub hash: String,
}

/// One answer of an agent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgentResource {
    /// The step.
    pub step: String,
    /// What answered.
    pub engine: String,
    /// `act`, `suggest`, `escalate` or `none`.
    pub verdict: String,
    /// Where it was asked in stages, each of them in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageResource>,
    /// Digest of everything that it was shown.
    pub input: String,
    /// Digest of its prompt.
    pub prompt: Option<String>,
    /// Digest of the policies in force.
    pub policies: Option<String>,
    /// Fields whose quote was not found and that were dropped.
    pub missing_evidence: Vec<String>,
    /// What policies said.
    pub policy_messages: Vec<String>,
    /// The examples of its criterion that it says the case is like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<CitedResource>,
}

/// One stage of an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StageResource {
    /// Its name in the configuration.
    pub name: String,
    /// What answered, or would have; `nobody` when it was asked in vain.
    pub engine: String,
    /// Whether it was asked and had something to say.
    pub answered: bool,
    /// How sure it was, in parts per thousand.
    pub score: Option<u32>,
    /// Whether the answer of the agent is its answer.
    pub taken: bool,
}

/// The timeline as the reader may see it.
#[must_use]
pub fn timeline(
    loaded: &Loaded,
    history: &History,
    records: &[DecisionRecord],
    reader: Reader<'_>,
    at: Timestamp,
) -> TimelineResource {
    // What could not be seen by a version of then is not told by what agents said then.
    let mut hidden = reader.hidden(loaded, at);
    for moment in &history.moments {
        let then = Loaded { definition: Arc::clone(&moment.definition), ..loaded.clone() };
        if !Arc::ptr_eq(&moment.definition, &loaded.definition) {
            hidden.extend(reader.hidden(&then, at));
        }
    }
    let format = format::Reader::new(&loaded.world.calendar.zone, at, format::Numbers::default());
    let told = entries(loaded, history, reader, &format, at);
    let words = Words {
        definition: &loaded.definition,
        directory: &loaded.world.directory,
        calendar: &loaded.world.calendar,
        reader: &format,
        hidden: &hidden,
    };
    let entry = |(stored, entry): (&StoredEvent, Entry)| EntryResource {
        seq: stored.seq,
        at: rfc3339(stored.at),
        kind: stored.kind.clone(),
        by: stored.by.clone(),
        sentence: entry.what,
        why: entry.why,
        then: entry.then,
        hash: stored.hash.clone(),
    };
    TimelineResource {
        earlier: history.earlier,
        entries: told.into_iter().map(entry).collect(),
        agents: records.iter().map(|record| agent(record, &words, &loaded.case)).collect(),
        stopped: history.stopped.as_ref().map(ToString::to_string),
    }
}

/// What a log tells a reader: each event in the words of the version that the case ran then, since a step may have been
/// another one. What may not be seen today is not told, nor what could not be seen by that version.
#[must_use]
pub fn entries<'h>(
    loaded: &Loaded,
    history: &'h History,
    reader: Reader<'_>,
    format: &format::Reader,
    at: Timestamp,
) -> Vec<(&'h StoredEvent, Entry)> {
    let today = reader.hidden(loaded, at);
    let mut then = (Arc::clone(&loaded.definition), today.clone());
    let mut told = Vec::new();
    for moment in &history.moments {
        if !Arc::ptr_eq(&then.0, &moment.definition) {
            let definition = Arc::clone(&moment.definition);
            let hidden = reader.hidden(&Loaded { definition: Arc::clone(&definition), ..loaded.clone() }, at);
            then = (definition, hidden.union(&today).cloned().collect());
        }
        let words = Words {
            definition: &then.0,
            directory: &loaded.world.directory,
            calendar: &loaded.world.calendar,
            reader: format,
            hidden: &then.1,
        };
        let Some(event) = &moment.stored.event else { continue };
        let Some(mut entry) = words.entry(&moment.before, event, &moment.after) else { continue };
        entry.then.extend(history.remarks.get(&moment.stored.seq).into_iter().flatten().cloned());
        told.push((&moment.stored, entry));
    }
    told
}

fn agent(record: &DecisionRecord, words: &Words<'_>, case: &Case) -> AgentResource {
    let (record, hidden) = (&record.record, words.hidden);
    let facts = record.facts.as_ref();
    AgentResource {
        step: record.step.clone(),
        engine: record.engine.clone(),
        verdict: match &record.verdict {
            Some(Verdict::Act) => "act",
            Some(Verdict::Suggest { .. }) => "suggest",
            Some(Verdict::Escalate { .. }) => "escalate",
            None => "none",
        }
        .to_owned(),
        stages: record.proposal.as_ref().and_then(|said| said.cascade.as_ref()).map(stages).unwrap_or_default(),
        input: record.input.clone(),
        prompt: record.prompt.clone(),
        policies: facts.map(|facts| facts.policies.clone()),
        missing_evidence: facts.map_or_else(Vec::new, |facts| {
            facts.missing_evidence.iter().filter(|field| !hidden.contains(*field)).cloned().collect()
        }),
        // A policy may quote what it saw, so its words are for those who see everything.
        policy_messages: facts.filter(|_| hidden.is_empty()).map_or_else(Vec::new, |facts| {
            let escalations = facts.escalations.iter().map(|finding| finding.message.clone());
            facts.denials.iter().cloned().chain(escalations).collect()
        }),
        examples: match (record.proposal.as_ref().map(|said| &said.output), Path::try_from(record.step.clone())) {
            (Some(Output::Judgement { examples, .. }), Ok(path)) => cited(&words.examples(case, &path, examples)),
            _ => Vec::new(),
        },
    }
}

/// The stages of an answer. What each said is not told: the answer may be held for a check.
fn stages(cascade: &Cascade) -> Vec<StageResource> {
    let stage = |(place, stage): (usize, &Stage)| StageResource {
        name: stage.name.clone(),
        engine: stage.engine.clone(),
        answered: stage.asked.as_ref().is_some_and(|asked| asked.said.is_some()),
        score: stage.asked.as_ref().and_then(|asked| asked.score),
        taken: place == cascade.answered as usize,
    };
    cascade.stages.iter().enumerate().map(stage).collect()
}

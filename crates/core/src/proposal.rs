//! What an agent returned, what the gate recorded about it, and what becomes of it.

use alloc::{
    borrow::ToOwned as _,
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString as _},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::Digest,
    definition::{AgentStep, AgentWork, CitedExample},
    planted::planted,
    value::{Date, FieldName, Value},
};

/// An agent's answer. It has no effect until the gate has recorded its facts and [`verdict`] has spoken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What it proposes.
    pub output: Output,
    /// Why, in its own words; shown as text only.
    pub reason: String,
    /// How sure it is, in parts per thousand; `None` when it cannot say.
    pub score: Option<u32>,
    /// How that was found out; `None` for engines that say so themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measure>,
    /// What answered: `offline`, `person`, or a provider and model such as `openai:gpt-5-mini`.
    pub engine: String,
    /// Digest of everything that it was shown.
    pub input: Digest,
    /// Digest of the prompt template that was used; `None` where there was none.
    pub prompt: Option<Digest>,
    /// The stages that stood ready and what each of those that were asked said; `None` where one alone answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cascade: Option<Cascade>,
}

/// Stages that are asked one after the other, the cheapest first, until the answer of one is sure enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cascade {
    /// The stages, in the order in which they are asked.
    pub stages: Vec<Stage>,
    /// Digest of the prompt that its models are asked with.
    pub prompt: Option<Digest>,
    /// The place of the stage whose answer is the proposal, from 0.
    pub answered: u32,
}

/// One stage of a cascade.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What it is called in the configuration: `offline`, or a tier of models.
    pub name: String,
    /// What answered, or would have: as in [`Proposal::engine`], or `nobody` when it was asked in vain.
    pub engine: String,
    /// How it is found out how sure it is, as in [`Proposal::measured`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measure>,
    /// What it said; `None` when it was not asked.
    pub asked: Option<StageAnswer>,
}

/// What a stage of a cascade said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageAnswer {
    /// As in [`Output::said`]; `None` when it had no answer.
    pub said: Option<String>,
    /// How sure it was, in parts per thousand; `None` when it could not say.
    pub score: Option<u32>,
}

impl Cascade {
    /// Who answers as one: every stage, asked or not. A certificate belongs to all of them together.
    #[must_use]
    pub fn engine(&self) -> String {
        let engines: Vec<&str> = self.stages.iter().map(|stage| stage.engine.as_str()).collect();
        engines.join(" > ")
    }

    /// The stage that settles the matter by these limits, from 0: the first whose score reaches its own, and whose
    /// answer is none that is kept for people. `None` when none does, and when a stage that has a limit was left out
    /// before it.
    #[must_use]
    pub fn settled(&self, limits: &[Option<u32>], kept: &BTreeSet<String>) -> Option<usize> {
        for (place, stage) in self.stages.iter().enumerate() {
            let Some(limit) = limits.get(place).copied().flatten() else { continue };
            if stage.asked.as_ref()?.score_unless(kept).is_some_and(|score| score >= limit) {
                return Some(place);
            }
        }
        None
    }
}

impl StageAnswer {
    /// How sure it was, where its answer is none that is kept for people: with such a one a stage settles nothing, as
    /// if it could not say how sure it is.
    #[must_use]
    pub fn score_unless(&self, kept: &BTreeSet<String>) -> Option<u32> {
        let is_kept = |said: &String| kept.iter().any(|kept| kept.eq_ignore_ascii_case(said));
        self.score.filter(|_| !self.said.as_ref().is_some_and(is_kept))
    }
}

/// How it is found out how sure one may be of a model's answer. Scores that were found differently are not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// By whether the built-in classifier, which has seen the examples, says the same.
    Examples,
    /// By how probable the model held its own answer.
    Probability,
    /// By how many of several answers to the same question are the same.
    Votes,
}

/// The content of a proposal, by the kind of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "output", rename_all = "snake_case")]
pub enum Output {
    /// Fields read from a document; a field that was not found is absent.
    Fields {
        /// What was read, by field.
        fields: BTreeMap<FieldName, Read>,
    },
    /// One word of a list, or `other`.
    Label {
        /// The field that it fills.
        field: FieldName,
        /// The word; `None` says that none fits.
        label: Option<String>,
        /// The next best words.
        alternatives: Vec<String>,
    },
    /// A mark on a scale.
    Mark {
        /// The field that it fills.
        field: FieldName,
        /// The mark; `None` says that it cannot be told.
        mark: Option<i64>,
    },
    /// Whether a criterion holds.
    Judgement {
        /// Whether it holds; `None` says that it cannot be told.
        holds: Option<bool>,
        /// The examples of the criterion that the case is like.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        examples: Vec<CitedExample>,
    },
    /// A few sentences.
    Summary {
        /// The sentences.
        sentences: Vec<String>,
    },
}

impl Output {
    /// What it decides, in one word: its label, its mark, or `yes` or `no`; `None` when it decides nothing.
    #[must_use]
    pub fn said(&self) -> Option<String> {
        match self {
            Self::Label { label, .. } => label.clone(),
            Self::Mark { mark, .. } => mark.map(|mark| mark.to_string()),
            Self::Judgement { holds, .. } => holds.map(|holds| yes_or_no(holds).to_owned()),
            Self::Fields { .. } | Self::Summary { .. } => None,
        }
    }
}

/// A judgement in one word.
#[must_use]
pub const fn yes_or_no(holds: bool) -> &'static str {
    if holds { "yes" } else { "no" }
}

/// A value that was read from a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub evidence: Evidence,
    /// The other day that a date of three numbers may mean, when the order of day and month is not plain.
    pub ambiguous: Option<Date>,
}

/// Where a quote stands: bytes of one rendition of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Key in the case's documents.
    pub document: String,
    /// Digest of the text rendition that the range counts in.
    pub text: Digest,
    /// First byte of the quote in UTF-8.
    pub start: u32,
    /// The byte after the quote.
    pub end: u32,
    /// The quote itself.
    pub quote: String,
}

/// What the gate found out about a proposal; recorded with it, so that the verdict can be told again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateFacts {
    /// Where the answer broke its schema; empty when it fits.
    pub schema_errors: Vec<String>,
    /// Fields whose quote was not found verbatim in the document; they are dropped.
    pub missing_evidence: Vec<FieldName>,
    /// What policies forbid.
    pub denials: Vec<String>,
    /// What policies want a person to look at.
    pub escalations: Vec<PolicyFinding>,
    /// Digest of the policies in force.
    pub policies: Digest,
    /// Digest of the exact input that the policies saw.
    pub policy_input: Digest,
    /// The measured error bound that lets this answer act alone.
    pub certificate: Option<CertificateUse>,
    /// Whether this answer was drawn for a person's check although it could act alone.
    pub audit_draw: bool,
    /// Whether whoever answers for the process keeps answers like this one for people, whatever they were measured at.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub for_people: bool,
}

/// A policy's reason for asking a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFinding {
    /// Short stable code.
    pub code: String,
    /// What it says to people.
    pub message: String,
}

/// The certificate that was in force for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateUse {
    /// The certificate's identifier.
    pub id: String,
    /// The score from which on it accepts, in parts per thousand.
    pub threshold: u32,
    /// How many decisions of people it rests on.
    #[serde(default)]
    pub labels: u64,
}

/// What becomes of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It goes ahead.
    Act,
    /// A person confirms it with one click, or decides it anyway later on the path.
    Suggest {
        /// Why it may not stand alone.
        why: Doubt,
    },
    /// A person decides without it.
    Escalate {
        /// Why it is not offered.
        why: Doubt,
    },
}

/// Why a proposal may not act alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "doubt", rename_all = "snake_case")]
pub enum Doubt {
    /// It broke its schema.
    Schema {
        /// The first fault.
        fault: String,
    },
    /// A policy forbids it.
    Denied {
        /// The policy's words.
        message: String,
    },
    /// A policy wants a person to look.
    Policy {
        /// The policy's words.
        message: String,
    },
    /// It says itself that none of the words fits.
    NothingFits,
    /// It says itself that it cannot tell.
    CannotTell,
    /// Whoever answers for the process wants a person to decide answers like this one.
    ForPeople,
    /// It chooses a path and has no certificate yet.
    NotCertified,
    /// It is less sure than its certificate asks for.
    BelowThreshold,
    /// It was drawn for a check.
    Audit,
}

/// What becomes of a proposal, from recorded facts alone.
///
/// Fields that are read or written for somebody who signs later need no certificate. A label, a mark or a
/// judgement chooses a path or feeds what nobody signs, so it acts only with one.
#[must_use]
pub fn verdict(step: &AgentStep, proposal: &Proposal, facts: &GateFacts) -> Verdict {
    if let Some(fault) = facts.schema_errors.first() {
        return Verdict::Escalate { why: Doubt::Schema { fault: fault.clone() } };
    }
    if let Some(message) = facts.denials.first() {
        return Verdict::Escalate { why: Doubt::Denied { message: message.clone() } };
    }
    match &step.work {
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => {
            match facts.escalations.first() {
                Some(finding) => Verdict::Suggest { why: Doubt::Policy { message: finding.message.clone() } },
                None => Verdict::Act,
            }
        }
        AgentWork::Classify { .. } | AgentWork::Score { .. } | AgentWork::Judge { .. } => {
            deciding_verdict(proposal, facts)
        }
    }
}

fn deciding_verdict(proposal: &Proposal, facts: &GateFacts) -> Verdict {
    match &proposal.output {
        Output::Label { label: None, .. } => return Verdict::Escalate { why: Doubt::NothingFits },
        Output::Mark { mark: None, .. } | Output::Judgement { holds: None, .. } => {
            return Verdict::Escalate { why: Doubt::CannotTell };
        }
        Output::Label { .. }
        | Output::Mark { .. }
        | Output::Judgement { .. }
        | Output::Fields { .. }
        | Output::Summary { .. } => {}
    }
    if let Some(finding) = facts.escalations.first() {
        return Verdict::Suggest { why: Doubt::Policy { message: finding.message.clone() } };
    }
    if facts.for_people {
        return Verdict::Suggest { why: Doubt::ForPeople };
    }
    let Some(certificate) = &facts.certificate else {
        return if planted(15) { Verdict::Act } else { Verdict::Suggest { why: Doubt::NotCertified } };
    };
    if proposal.score.is_none_or(|score| score < certificate.threshold) {
        return Verdict::Suggest { why: Doubt::BelowThreshold };
    }
    if facts.audit_draw { Verdict::Suggest { why: Doubt::Audit } } else { Verdict::Act }
}

//! Schema, evidence and policies: a proposal goes in, gate facts come out.
//!
//! The gate stands between every agent and the core, whichever engine answered. It judges nothing by itself:
//! it records what it found, and [`countersign_core::proposal::verdict`] decides from that alone.

pub mod effect;
pub mod evidence;
mod mentions;
pub mod policies;
mod withhold;

use std::collections::BTreeMap;

use countersign_core::{
    canonical::digest_bytes,
    definition::{AgentStep, AgentWork, Field, Visibility},
    proposal::{GateFacts, Output, Proposal},
    value::{FieldName, Value},
};
use serde_json::{Value as Json, json};

use self::{evidence::Source, policies::Policies};

pub use self::effect::{EffectFacts, EffectInput, examine_effect};

/// Everything that the gate looks at; plain data, so that a recorded proposal can be gated again.
#[derive(Clone, Debug)]
pub struct GateInput<'a> {
    /// The step that asked.
    pub step: &'a AgentStep,
    /// The answer.
    pub proposal: &'a Proposal,
    /// Where the answer broke its schema, as the agent found it.
    pub schema_errors: &'a [String],
    /// The process's fields.
    pub fields: &'a [Field],
    /// Which of them only some may see.
    pub visibility: &'a [Visibility],
    /// The case's values.
    pub values: &'a BTreeMap<FieldName, Value>,
    /// The text renditions of the case's documents.
    pub documents: &'a [Source<'a>],
    /// Further text that the agent was shown, such as findings.
    pub shown: &'a [String],
    /// The guardrails: those of today and, where they differ, those of the day the case started. All of them
    /// count, so the stricter wins.
    pub policies: &'a [&'a Policies],
}

/// Finds out what there is to say about a proposal. It changes nothing.
///
/// Certificate, audit draw and what is kept for people are left empty: they belong to whoever knows the measurements.
#[must_use]
pub fn examine(input: &GateInput<'_>) -> GateFacts {
    apply_gate(input).1
}

/// The proposal without the fields whose quote was not found and without what only some may see, and what the gate
/// found.
///
/// The policies see what is left, since that is what the core would accept. Of an answer that they forbid no word is
/// left: whoever is asked instead must not be led by it.
#[must_use]
pub fn apply_gate(input: &GateInput<'_>) -> (Proposal, GateFacts) {
    let mut proposal = input.proposal.clone();
    let missing_evidence = drop_unproven(&mut proposal, input);
    withhold::restricted(&mut proposal, input);
    let question = policy_input(input, &proposal, &missing_evidence);
    let judged = policies::judge(input.policies, policies::PROPOSAL, &question);
    let facts = GateFacts {
        schema_errors: input.schema_errors.to_vec(),
        missing_evidence,
        denials: judged.denials,
        escalations: judged.escalations,
        policies: judged.policies,
        policy_input: judged.input,
        certificate: None,
        audit_draw: false,
        for_people: false,
    };
    if !facts.denials.is_empty() {
        silence(&mut proposal);
    }
    (proposal, facts)
}

/// Takes an agent's own words away; their digest stays, by which the record of them can be known again.
fn silence(proposal: &mut Proposal) {
    match &mut proposal.output {
        Output::Summary { sentences } => sentences.clear(),
        Output::Judgement { examples, .. } => examples.clear(),
        Output::Fields { .. } | Output::Label { .. } | Output::Mark { .. } => {}
    }
    if !proposal.reason.is_empty() {
        let digest = digest_bytes(proposal.reason.as_bytes());
        proposal.reason = format!("its reason is withheld, since a policy forbids it (SHA-256 {digest})");
    }
}

/// Drops what does not stand in a document, and names it.
fn drop_unproven(proposal: &mut Proposal, input: &GateInput<'_>) -> Vec<FieldName> {
    let Output::Fields { fields } = &mut proposal.output else {
        return Vec::new();
    };
    let document = match &input.step.work {
        AgentWork::Extract { document, .. } => document.as_str(),
        AgentWork::Classify { .. }
        | AgentWork::Prepare { .. }
        | AgentWork::Score { .. }
        | AgentWork::Judge { .. }
        | AgentWork::Draft { .. } => "",
    };
    let mut missing = Vec::new();
    fields.retain(|name, read| {
        // A step reads one document, so a quote from another proves nothing about this one.
        let ours = input.documents.iter().find(|source| source.key == read.evidence.document);
        let proven = ours.is_some_and(|source| source.field == document && evidence::stands(&read.evidence, source));
        if !proven {
            missing.push(name.clone());
        }
        proven
    });
    missing
}

/// What the policies are shown: no floats, no clock, amounts as strings of minor units.
fn policy_input(input: &GateInput<'_>, proposal: &Proposal, missing: &[FieldName]) -> Json {
    let known = mentions::Known::new(input.values, input.documents, input.shown);
    let options: BTreeMap<&str, &Vec<String>> = input
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            countersign_core::definition::FieldKind::Choice { options } => Some((field.name.as_str(), options)),
            _ => None,
        })
        .collect();
    let summary: &[String] = match &proposal.output {
        Output::Summary { sentences } => sentences,
        Output::Fields { .. } | Output::Label { .. } | Output::Mark { .. } | Output::Judgement { .. } => &[],
    };
    json!({
        "step": input.step.work,
        "proposal": proposal,
        "missing_evidence": missing,
        "options": options,
        "values": input.values,
        "mentions": {
            "reason": known.mentions(&proposal.reason),
            "summary": summary.iter().flat_map(|sentence| known.mentions(sentence)).collect::<Vec<_>>(),
        },
    })
}

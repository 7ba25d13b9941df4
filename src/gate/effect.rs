//! The last look at what is about to leave: the final payload, after every sign-off and every placeholder.

use countersign_core::{canonical::Digest, command::Command, proposal::PolicyFinding, value::Values};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::policies::{self, Policies};

/// What is about to be carried out, and whose word stands behind it.
#[derive(Clone, Debug)]
pub struct EffectInput<'a> {
    /// The command with its final payload.
    pub command: &'a Command,
    /// Who signed it; `None` where the process text says that nobody does.
    pub signed_by: Option<&'a str>,
    /// The case's values.
    pub values: &'a Values,
    /// The guardrails of today and of the day the case started; the stricter wins.
    pub policies: &'a [&'a Policies],
}

/// What the gate found out about an effect; recorded with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectFacts {
    /// What policies forbid; one is enough to hold the effect back.
    pub denials: Vec<String>,
    /// What policies want a person to look at.
    pub escalations: Vec<PolicyFinding>,
    /// Digest of the policies in force.
    pub policies: Digest,
    /// Digest of the exact input that they saw.
    pub policy_input: Digest,
}

impl EffectFacts {
    /// Why it may not be released as it is; `None` when it may.
    #[must_use]
    pub fn objection(&self) -> Option<&str> {
        let escalation = self.escalations.first().map(|finding| finding.message.as_str());
        self.denials.first().map(String::as_str).or(escalation)
    }
}

/// Asks the policies about an effect before it is released.
#[must_use]
pub fn examine_effect(input: &EffectInput<'_>) -> EffectFacts {
    let question = json!({
        "command": input.command,
        "signed_by": input.signed_by,
        "values": input.values,
    });
    let judged = policies::judge(input.policies, policies::EFFECT, &question);
    EffectFacts {
        denials: judged.denials,
        escalations: judged.escalations,
        policies: judged.policies,
        policy_input: judged.input,
    }
}

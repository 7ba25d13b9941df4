//! One file per agent: each returns a proposal, never an effect.
//!
//! A [`Decider`] answers one step of one case. It has no tools, no memory of other cases and no way to act:
//! what it returns goes through the gate, and the core decides what becomes of it.

mod cascade;
pub mod chain;
pub mod classify;
pub mod extract;
pub mod input;
pub mod judge;
pub mod llm_decider;
mod masking;
pub mod offline_decider;
pub mod prepare;
pub mod prompts;
pub(crate) mod quarantine;
mod reading;
pub(crate) mod schemas;
pub mod score;
mod subject;
pub mod sure;

use std::collections::BTreeSet;

use countersign_core::{
    definition::AgentStep,
    proposal::{GateFacts, Proposal},
};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    gate::{self, GateInput, policies::Policies},
    llm::{Finish, Usage, parse::Coercion},
};

pub use self::{
    chain::Chain,
    input::{DecisionInput, DocumentText},
    llm_decider::LlmDecider,
    offline_decider::OfflineDecider,
};

/// Answers a step of an agent.
pub trait Decider: Send + Sync {
    /// Answers, or says why it cannot.
    ///
    /// # Errors
    /// [`DecideError`]; a person then does without it.
    fn decide<'a>(
        &'a self,
        step: &'a AgentStep,
        input: &'a DecisionInput,
        call: &'a CallCtx,
    ) -> BoxFuture<'a, Result<Decided, DecideError>>;
}

/// Which question this is, for the log and for what it costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallCtx {
    /// The address of the step, as in [`countersign_core::command::agent_key`].
    pub key: String,
    /// The case, if it is for one.
    pub case: Option<String>,
    /// The process of that case.
    pub process: Option<String>,
    /// For an agent that answers in stages the score from which on each of them settles the matter, by the certificate
    /// of all of them together; without one every stage is asked.
    pub limits: Option<Vec<Option<u32>>>,
    /// The answers that are kept for people, as in [`countersign_core::proposal::Output::said`].
    pub kept: BTreeSet<String>,
}

/// A proposal and everything that the decision record keeps about how it came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The answer.
    pub proposal: Proposal,
    /// Where the answer that was taken breaks its schema; empty when it fits.
    pub schema_errors: Vec<String>,
    /// Each question to an engine, in order. Raw texts may hold personal data.
    pub attempts: Vec<Attempt>,
}

impl Decided {
    /// What the gate leaves of the answer to this input, and what it found.
    #[must_use]
    pub fn gated(&self, step: &AgentStep, input: &DecisionInput, policies: &Policies) -> (Proposal, GateFacts) {
        gate::apply_gate(&GateInput {
            step,
            proposal: &self.proposal,
            schema_errors: &self.schema_errors,
            fields: &input.fields,
            visibility: &input.visibility,
            values: &input.values,
            documents: &input.sources(),
            shown: &input.shown(),
            policies: &[policies],
        })
    }
}

/// One question to one engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which engine.
    pub engine: String,
    /// The model that says it answered.
    pub model: Option<String>,
    /// What was asked, as it was sent: system text, user text and schema.
    pub request: Option<String>,
    /// What came back, as it came.
    pub response: Option<String>,
    /// What it cost.
    pub usage: Usage,
    /// Why the answer ended.
    pub finish: Option<Finish>,
    /// What was forgiven to read it.
    pub coercions: Vec<Coercion>,
    /// How many values stood as placeholders in what was sent.
    #[serde(default)]
    pub placeholders: u32,
    /// Why it was not taken; empty when it was.
    pub faults: Vec<String>,
}

/// Why there is no proposal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The engine did not answer.
    #[error("{words}")]
    NoAnswer {
        /// What happened and what to do, for people.
        words: String,
        /// The questions that were asked.
        attempts: Vec<Attempt>,
    },
    /// The step does not fit the process.
    #[error("{0}")]
    Step(String),
    /// A prompt or schema that comes with the program is broken.
    #[error("the prompt for this step cannot be used: {0}; install the program again")]
    Prompt(String),
}

impl DecideError {
    /// The questions that were asked before it was given up.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        match self {
            Self::NoAnswer { attempts, .. } => attempts,
            Self::Step(_) | Self::Prompt(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests;

//! An agent that answers at once: the first word of the list, as a model of the cheapest kind would.

use countersign_core::{
    definition::{AgentStep, AgentWork},
    proposal::{Output, Proposal},
};

use crate::{
    agents::{Attempt, CallCtx, DecideError, Decided, DecisionInput},
    runtime::ask::{Agents, Answer},
};

/// What it is called in the record.
const ENGINE: &str = "bench:stub";

/// The stand-in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stub;

impl Stub {
    fn answer(step: &AgentStep, input: &DecisionInput) -> Result<Decided, DecideError> {
        let AgentWork::Classify { field, .. } = &step.work else {
            return Err(DecideError::Step("the benchmark's agent only classifies".to_owned()));
        };
        let label = input.options(field).first().cloned();
        let proposal = Proposal {
            output: Output::Label { field: field.clone(), label: label.clone(), alternatives: Vec::new() },
            reason: "it is the first word of the list".to_owned(),
            score: Some(900),
            engine: ENGINE.to_owned(),
            input: input.digest(step),
            measured: None,
            prompt: None,
            cascade: None,
        };
        let attempt = Attempt {
            engine: ENGINE.to_owned(),
            model: None,
            request: None,
            response: label,
            usage: crate::llm::Usage::default(),
            finish: None,
            coercions: Vec::new(),
            placeholders: 0,
            faults: Vec::new(),
        };
        Ok(Decided { proposal, schema_errors: Vec::new(), attempts: vec![attempt] })
    }
}

impl Agents for Stub {
    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, _call: CallCtx) -> Answer<'a> {
        Box::pin(async move { Ok(Self::answer(step, input)) })
    }
}

//! Answering with the built-in engine: no key, no network, the same answer every time.

use std::sync::Arc;

use countersign_core::{
    definition::{AgentStep, AgentWork},
    proposal::{Output, Proposal},
};
use futures_util::future::BoxFuture;

use super::{
    Attempt, CallCtx, DecideError, Decided, Decider, DecisionInput,
    classify::{self, Classifiers},
    extract,
    llm_decider::{FILLED_BY_CODE, nothing},
    prepare,
};
use crate::llm::Usage;

/// The name of the engine in proposals.
pub const ENGINE: &str = "offline";

/// Decides with the built-in engine.
#[derive(Clone, Debug, Default)]
pub struct OfflineDecider {
    classifiers: Arc<Classifiers>,
}

impl OfflineDecider {
    /// A decider that shares its trained classifiers.
    #[must_use]
    pub const fn new(classifiers: Arc<Classifiers>) -> Self {
        Self { classifiers }
    }

    fn answer(&self, step: &AgentStep, input: &DecisionInput) -> Result<(Output, String, Option<u32>), DecideError> {
        match &step.work {
            AgentWork::Extract { document, fields } => {
                let Some(task) = extract::task(input, document, fields)? else {
                    return Ok((nothing(&step.work), "the document is not in the case".to_owned(), None));
                };
                let Some(text) = task.text() else {
                    return Ok((nothing(&step.work), task.no_text(), None));
                };
                let (output, remarks, score) = task.read_offline(text, input);
                Ok((output, remarks.join("; "), score))
            }
            AgentWork::Classify { field, subject } => {
                let task = classify::task(input, field, subject)?;
                if task.has_subject() {
                    task.sort_offline(&self.classifiers)
                } else {
                    Ok((task.nothing(), "there is no text to sort by".to_owned(), None))
                }
            }
            AgentWork::Score { .. } => {
                let why = "the built-in engine gives no marks on a scale in words";
                Ok((nothing(&step.work), why.to_owned(), None))
            }
            AgentWork::Judge { .. } => {
                let why = "the built-in engine cannot judge a criterion in free words";
                Ok((nothing(&step.work), why.to_owned(), None))
            }
            AgentWork::Draft { .. } => Err(DecideError::Step(FILLED_BY_CODE.to_owned())),
            AgentWork::Prepare { reader } => {
                let task = prepare::task(input, reader);
                let reason = if task.has_facts() { "" } else { "nothing is known yet that everybody may see" };
                Ok((task.tell_offline(), reason.to_owned(), None))
            }
        }
    }
}

impl Decider for OfflineDecider {
    fn decide<'a>(
        &'a self,
        step: &'a AgentStep,
        input: &'a DecisionInput,
        call: &'a CallCtx,
    ) -> BoxFuture<'a, Result<Decided, DecideError>> {
        Box::pin(async move {
            tracing::debug!(key = call.key, "asking the built-in engine");
            let (output, reason, score) = self.answer(step, input)?;
            let attempt = Attempt {
                engine: ENGINE.to_owned(),
                model: None,
                request: None,
                response: None,
                usage: Usage::default(),
                finish: None,
                coercions: Vec::new(),
                placeholders: 0,
                faults: Vec::new(),
            };
            let proposal = Proposal {
                output,
                reason,
                score,
                engine: ENGINE.to_owned(),
                input: input.digest(step),
                measured: None,
                prompt: None,
                cascade: None,
            };
            Ok(Decided { proposal, schema_errors: Vec::new(), attempts: vec![attempt] })
        })
    }
}

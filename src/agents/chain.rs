//! Which engine answers: a model where one is set up, else the built-in engine, else nobody and a person does.

use std::sync::Arc;

use countersign_core::definition::{AgentStep, AgentWork};
use futures_util::future::BoxFuture;

use super::{
    CallCtx, DecideError, Decided, Decider, DecisionInput, LlmDecider, OfflineDecider,
    classify::{self, Classifiers},
    extract, judge, prepare,
    prompts::PromptError,
    score,
};
use crate::llm::{Provider, without_its_words};

/// Asks one engine after the other; each fallback is said in the proposal's reason.
#[derive(Clone, Debug)]
pub struct Chain {
    llm: Option<LlmDecider>,
    offline: OfflineDecider,
}

impl Chain {
    /// A chain that asks the provider first, if there is one.
    ///
    /// # Errors
    /// [`PromptError`], when a prompt file is broken.
    pub fn new(provider: Option<Arc<dyn Provider>>) -> Result<Self, PromptError> {
        let classifiers = Arc::new(Classifiers::default());
        let llm = provider.map(|provider| LlmDecider::new(provider, Arc::clone(&classifiers))).transpose()?;
        Ok(Self { llm, offline: OfflineDecider::new(classifiers) })
    }

    async fn answer(&self, step: &AgentStep, input: &DecisionInput, call: &CallCtx) -> Result<Decided, DecideError> {
        let Some(llm) = self.llm.as_ref().filter(|_| is_for_a_model(step, input)) else {
            return self.offline.decide(step, input, call).await;
        };
        // What a server says goes into the attempts alone: its words may hold addresses and figures.
        let (why, failed) = match llm.decide(step, input, call).await {
            Ok(decided) if decided.schema_errors.is_empty() => return Ok(decided),
            Ok(decided) => {
                let fault = decided.schema_errors.first().map(String::as_str).unwrap_or_default();
                (
                    format!("the model's answer did not fit its form ({fault}), so the built-in engine answered"),
                    Ok(decided),
                )
            }
            Err(error) => {
                let words = error.to_string();
                let words = without_its_words(&words);
                (format!("the model did not answer ({words}), so the built-in engine did"), Err(error))
            }
        };
        tracing::info!(key = call.key, "{why}");
        match (self.offline.decide(step, input, call).await, failed) {
            (Ok(mut decided), failed) => {
                let mut attempts = match failed {
                    Ok(failed) => failed.attempts,
                    Err(error) => error.attempts().to_vec(),
                };
                attempts.append(&mut decided.attempts);
                let said = std::mem::take(&mut decided.proposal.reason);
                decided.proposal.reason = if said.is_empty() { why } else { format!("{why}; {said}") };
                Ok(Decided { attempts, ..decided })
            }
            // The model's answer with its faults tells a person more than that nobody could answer.
            (Err(_), Ok(failed)) => Ok(failed),
            (Err(error), Err(DecideError::NoAnswer { words, attempts })) => {
                let words = format!("{error}; {}", without_its_words(&words));
                Err(DecideError::NoAnswer { words, attempts })
            }
            (Err(error), Err(_)) => Err(error),
        }
    }
}

impl Decider for Chain {
    fn decide<'a>(
        &'a self,
        step: &'a AgentStep,
        input: &'a DecisionInput,
        call: &'a CallCtx,
    ) -> BoxFuture<'a, Result<Decided, DecideError>> {
        Box::pin(self.answer(step, input, call))
    }
}

/// Whether there is anything that a model could be shown; otherwise none is asked, and no money is spent.
fn is_for_a_model(step: &AgentStep, input: &DecisionInput) -> bool {
    match &step.work {
        AgentWork::Extract { document, fields } => {
            extract::task(input, document, fields).ok().flatten().is_some_and(|task| task.text().is_some())
        }
        AgentWork::Classify { field, subject } => {
            classify::task(input, field, subject).is_ok_and(|task| task.has_subject())
        }
        AgentWork::Score { field, subject, scale } => {
            score::task(input, field, subject, scale).is_ok_and(|task| task.has_subject())
        }
        AgentWork::Judge { criterion, guideline, subject } => {
            judge::task(input, criterion, guideline.as_deref(), subject).is_ok_and(|task| task.has_subject())
        }
        AgentWork::Prepare { reader } => prepare::task(input, reader).has_facts(),
        // Invariant: no model is ever shown a template, let alone asked to fill one in.
        AgentWork::Draft { .. } => false,
    }
}

//! Which engine answers: a model where one is set up, else the built-in engine, else nobody and a person does.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    definition::{AgentStep, AgentWork},
    proposal::Cascade,
};
use futures_util::future::BoxFuture;

use super::{
    CallCtx, DecideError, Decided, Decider, DecisionInput, LlmDecider, OfflineDecider,
    cascade::{Mind, Stage, Stages},
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
    classifiers: Arc<Classifiers>,
    /// The agents that answer in stages, by name.
    staged: BTreeMap<String, Stages>,
}

impl Chain {
    /// A chain that asks the provider first, if there is one.
    ///
    /// # Errors
    /// [`PromptError`], when a prompt file is broken.
    pub fn new(provider: Option<Arc<dyn Provider>>) -> Result<Self, PromptError> {
        let classifiers = Arc::new(Classifiers::default());
        let llm = provider.map(|provider| LlmDecider::new(provider, Arc::clone(&classifiers))).transpose()?;
        let offline = OfflineDecider::new(Arc::clone(&classifiers));
        Ok(Self { llm, offline, classifiers, staged: BTreeMap::new() })
    }

    /// Lets an agent answer in stages: each with its name and its models, or the built-in engine where there are none.
    ///
    /// # Errors
    /// [`PromptError`], when a prompt file is broken.
    pub fn staged(
        mut self,
        agent: &str,
        stages: Vec<(String, Option<Arc<dyn Provider>>)>,
    ) -> Result<Self, PromptError> {
        let mut all = Vec::with_capacity(stages.len());
        for (name, provider) in stages {
            let mind = match provider {
                Some(provider) => Mind::Model(Box::new(LlmDecider::new(provider, Arc::clone(&self.classifiers))?)),
                None => Mind::Offline(self.offline.clone()),
            };
            all.push(Stage { name, mind });
        }
        self.staged.insert(agent.to_owned(), Stages(all));
        Ok(self)
    }

    /// Who would be asked for this decision, where the agent of the step answers in stages: a certificate of all of
    /// them together is kept under that.
    #[must_use]
    pub fn cascade(&self, step: &AgentStep, input: &DecisionInput, decision: &str) -> Option<Cascade> {
        let stages = self.staged.get(name_of(&step.work)).filter(|stages| stages.0.len() > 1)?;
        Some(stages.planned(step, input, decision))
    }

    async fn answer(&self, step: &AgentStep, input: &DecisionInput, call: &CallCtx) -> Result<Decided, DecideError> {
        if !is_for_a_model(step, input) {
            return self.offline.decide(step, input, call).await;
        }
        if let Some(stages) = self.staged.get(name_of(&step.work)) {
            return stages.decide(step, input, call).await;
        }
        match &self.llm {
            Some(llm) => self.or_offline(llm, step, input, call).await,
            None => self.offline.decide(step, input, call).await,
        }
    }

    /// A model's answer, or that of the built-in engine where it gives none.
    async fn or_offline(
        &self,
        llm: &LlmDecider,
        step: &AgentStep,
        input: &DecisionInput,
        call: &CallCtx,
    ) -> Result<Decided, DecideError> {
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

/// The name of an agent: that of its prompt folder, where it is asked anything.
#[must_use]
pub const fn name_of(work: &AgentWork) -> &'static str {
    match work {
        AgentWork::Extract { .. } => "extract",
        AgentWork::Classify { .. } => "classify",
        AgentWork::Score { .. } => "score",
        AgentWork::Judge { .. } => "judge",
        AgentWork::Prepare { .. } => "prepare",
        AgentWork::Draft { .. } => "draft",
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

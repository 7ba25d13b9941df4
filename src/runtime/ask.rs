//! An agent is asked: outside every lock and transaction, and only its gated answer becomes an event.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::Digest,
    command::agent_key,
    definition::{AgentStep, Path, Step},
    event::EventKind,
    proposal::{Cascade, GateFacts, Proposal, verdict},
    time::Timestamp,
};
use futures_util::future::BoxFuture;

use super::{
    Problem,
    apply::Beside,
    engine::Engine,
    labelling::{filled, matter},
    limits::is_for_people,
    models::Books,
    world::Loaded,
};
use crate::{
    agents::{Attempt, CallCtx, Chain, DecideError, Decided, Decider as _, DecisionInput, chain::name_of},
    certificate::is_audit,
    llm::route::SWITCHED_OFF,
    metrics,
    store::{EffectRow, Limits, NewDecisionRecord},
};

/// Whoever is asked. The outer error is one that may pass, so that the same question is put again.
pub trait Agents: Send + Sync {
    /// Answers the question of one step of one case.
    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, call: CallCtx) -> Answer<'a>;

    /// Who would be asked under this key, where they are asked in stages.
    fn cascade(&self, _step: &AgentStep, _input: &DecisionInput, _key: &str) -> Option<Cascade> {
        None
    }
}

/// An answer, or why there is none.
pub type Answer<'a> = BoxFuture<'a, Result<Result<Decided, DecideError>, Problem>>;

/// Asks on a thread of its own: the built-in engine may compute for a while, and nothing else must wait for it.
#[derive(Clone, Debug)]
pub(super) struct OnThreads {
    pub(super) chain: Chain,
    pub(super) books: Books,
}

impl Agents for OnThreads {
    fn cascade(&self, step: &AgentStep, input: &DecisionInput, key: &str) -> Option<Cascade> {
        self.chain.cascade(step, input, key)
    }

    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, call: CallCtx) -> Answer<'a> {
        Box::pin(async move {
            // The switch counts for the built-in engine too: whoever throws it wants people to decide.
            if self.books.off().await? {
                return Ok(Err(DecideError::NoAnswer { words: SWITCHED_OFF.to_owned(), attempts: Vec::new() }));
            }
            let (chain, step, input) = (self.chain.clone(), step.clone(), input.clone());
            let handle = tokio::runtime::Handle::current();
            let asked = tokio::task::spawn_blocking(move || handle.block_on(chain.decide(&step, &input, &call)));
            asked.await.map_err(|error| Problem::Setup(format!("an agent stopped in the middle of its work: {error}")))
        })
    }
}

/// A question that was put to an agent.
pub(super) struct Asked<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) key: &'a str,
    pub(super) path: &'a Path,
    pub(super) step: &'a AgentStep,
}

impl Engine {
    /// Asks the agent of a step and records what it answered, what the gate found and what became of it.
    pub(super) async fn ask_agent(&self, effect: &EffectRow, key: &str, path: &Path) -> Result<(), Problem> {
        let loaded = self.load(&effect.case_id).await?;
        let Some(step) = agent_step(&loaded, path) else {
            return Ok(self.store().finish_effect(&effect.lease()).await?);
        };
        let waits = loaded
            .case
            .cursors
            .iter()
            .any(|cursor| cursor.path == *path && agent_key(&loaded.case.id, path, cursor.visit) == key);
        if !waits {
            // The case has moved on, so that no money is spent on an answer that nobody reads.
            return Ok(self.store().finish_effect(&effect.lease()).await?);
        }
        let input = self.decision_input(&loaded).await?;
        let asked = Asked { loaded: &loaded, key, path, step };
        let call = CallCtx {
            key: key.to_owned(),
            case: Some(effect.case_id.clone()),
            process: Some(loaded.case.process.clone()),
            ..self.in_stages(&asked, &input).await?
        };
        let decided = self.agents().decided(step, &input, call).await?;
        let attempts = decided.as_ref().map_or_else(DecideError::attempts, |decided| &decided.attempts);
        attempts.iter().for_each(|one| metrics::agent_called(&one.engine, one.faults.is_empty()));
        match decided {
            Ok(decided) => self.record_answer(effect, &asked, &input, decided).await,
            Err(error) => {
                let record = self.record_of_failure(&asked, &input.digest(step), error.attempts());
                let kind = EventKind::ProposalFailed { key: key.to_owned(), error: error.to_string() };
                let beside = Beside { acknowledged: Some(effect.lease()), record: Some(record), ..Beside::default() };
                self.settle(effect, &kind, &beside).await
            }
        }
    }

    async fn record_answer(
        &self,
        effect: &EffectRow,
        asked: &Asked<'_>,
        input: &DecisionInput,
        decided: Decided,
    ) -> Result<(), Problem> {
        let Asked { key, step, .. } = *asked;
        let (proposal, mut facts) = decided.gated(step, input, self.policies());
        let limits = self.limits_of(asked).await?;
        facts.for_people = is_for_people(&limits, &proposal);
        let certificate = self.certificate_for(asked, &proposal, &limits).await?;
        if let Some(certificate) = certificate.filter(|_| !facts.for_people) {
            facts.certificate = Some(certificate);
            facts.audit_draw = is_audit(&effect.case_id, key);
        }
        let record = record_of((key, asked.path, step), decided, (&proposal, &facts), self.clock().now());
        let kind = EventKind::ProposalReturned { key: key.to_owned(), proposal, facts };
        let beside = Beside { acknowledged: Some(effect.lease()), record: Some(record), ..Beside::default() };
        self.settle(effect, &kind, &beside).await
    }

    /// The answers to this question that have a limit of their own.
    pub(super) async fn limits_of(&self, asked: &Asked<'_>) -> Result<Limits, Problem> {
        if filled(&asked.step.work).is_none() {
            return Ok(Limits::new());
        }
        let matter = matter(&asked.step.work, asked.path);
        Ok(self.store().limits(&asked.loaded.case.process, &matter).await?)
    }

    /// No agent could answer, however often it was asked: a person does without one.
    pub(super) async fn agent_failed(&self, effect: &EffectRow, key: &str, error: &str) {
        let kind = EventKind::ProposalFailed { key: key.to_owned(), error: error.to_owned() };
        let beside = Beside { acknowledged: Some(effect.lease()), ..Beside::default() };
        if let Err(problem) = self.settle(effect, &kind, &beside).await {
            tracing::error!(effect = effect.key, %problem, "an agent's failure could not be recorded");
        }
    }

    fn record_of_failure(&self, asked: &Asked<'_>, input: &Digest, attempts: &[Attempt]) -> NewDecisionRecord {
        let Asked { key, path, step, .. } = *asked;
        let (request_text, response_text) = raw_texts(attempts);
        NewDecisionRecord {
            key: key.to_owned(),
            at: self.clock().now(),
            step: path.to_string(),
            agent: name_of(&step.work).to_owned(),
            engine: attempts.last().map_or_else(|| "nobody".to_owned(), |attempt| attempt.engine.clone()),
            prompt: None,
            input: input.clone(),
            proposal: None,
            facts: None,
            verdict: None,
            request_text,
            response_text,
        }
    }

    /// Everything that an agent is shown about a case.
    async fn decision_input(&self, loaded: &Loaded) -> Result<DecisionInput, Problem> {
        let mut texts = BTreeMap::new();
        for (key, document) in &loaded.case.documents {
            if let Some(digest) = &document.text
                && let Some(text) = self.store().text(digest).await?
            {
                texts.insert(key.clone(), text);
            }
        }
        Ok(DecisionInput::new(&loaded.definition, &loaded.case, &texts))
    }
}

/// The record of an answer and of what the gate made of it.
pub(crate) fn record_of(
    (key, path, step): (&str, &Path, &AgentStep),
    decided: Decided,
    (proposal, facts): (&Proposal, &GateFacts),
    at: Timestamp,
) -> NewDecisionRecord {
    let (request_text, response_text) = raw_texts(&decided.attempts);
    NewDecisionRecord {
        key: key.to_owned(),
        at,
        step: path.to_string(),
        agent: name_of(&step.work).to_owned(),
        engine: proposal.engine.clone(),
        prompt: proposal.prompt.clone(),
        input: proposal.input.clone(),
        // What the agent really said is kept, also what the gate then dropped.
        proposal: Some(decided.proposal),
        facts: Some(facts.clone()),
        verdict: Some(verdict(step, proposal, facts)),
        request_text,
        response_text,
    }
}

fn agent_step<'a>(loaded: &'a Loaded, path: &Path) -> Option<&'a AgentStep> {
    match loaded.definition.step(path)? {
        Step::Agent(step) => Some(step),
        _ => None,
    }
}

/// The raw words of the questions and answers, for the erasable part of the record. What was forgiven to read an
/// answer, why it was not taken and how many values were kept from the model stand with it in brackets.
fn raw_texts(attempts: &[Attempt]) -> (Option<String>, Option<String>) {
    let join = |texts: Vec<String>| (!texts.is_empty()).then(|| texts.join("\n---\n"));
    let asked = attempts.iter().filter_map(|attempt| attempt.request.clone()).collect();
    (join(asked), join(attempts.iter().filter_map(raw_answer).collect()))
}

fn raw_answer(attempt: &Attempt) -> Option<String> {
    let said = attempt.response.clone();
    let kept = (attempt.placeholders > 0).then(|| format!("[sent with {} placeholders]", attempt.placeholders));
    let forgiven = (!attempt.coercions.is_empty()).then(|| format!("[forgiven: {:?}]", attempt.coercions));
    let faults = attempt.faults.join("; ");
    let faults = (!faults.is_empty()).then(|| match &attempt.response {
        Some(_) => format!("[not taken: {faults}]"),
        None => format!("[no answer: {faults}]"),
    });
    let parts: Vec<String> = [said, kept, forgiven, faults].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

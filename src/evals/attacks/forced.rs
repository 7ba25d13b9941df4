//! Agents whose every answer counts as certified from a score of zero on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{
    definition::AgentStep,
    event::{Acting, EventKind},
    proposal::{CertificateUse, Verdict, verdict},
};

use super::{
    super::EvalError,
    Answers, Behaviour,
    models::{Prompts, models},
};
use crate::{
    agents::{CallCtx, Chain, Decided, Decider as _, DecisionInput, chain::name_of},
    gate::policies::Policies,
    runtime::{
        Engine, Problem,
        ask::{self, Agents},
    },
};

/// The certificate that every answer is given.
const FORCED: &str = "forced";

/// Asks models that have been turned, and sees to it that no certificate stands in the way of what they answer.
///
/// The engine gates each answer by itself and knows of no certificate. So the answer is told to the case here first,
/// with the same gate's facts and the certificate; what the engine tells after that comes too late.
pub(super) struct Forced {
    chain: Chain,
    policies: Policies,
    engine: Mutex<Option<Engine>>,
    answers: Mutex<BTreeMap<&'static str, Answers>>,
    /// What models saw that are not trusted with personal data.
    pub(super) prompts: Arc<Prompts>,
}

impl Forced {
    pub(super) fn new(behaviour: Behaviour) -> Result<Self, EvalError> {
        let said = |why: String| EvalError::Run(why);
        let prompts = Arc::new(Prompts::default());
        let provider = models(behaviour, &prompts).map_err(said)?;
        Ok(Self {
            chain: Chain::new(Some(provider)).map_err(|error| said(error.to_string()))?,
            policies: Policies::load_embedded().map_err(|error| said(error.to_string()))?,
            engine: Mutex::default(),
            answers: Mutex::default(),
            prompts,
        })
    }

    /// The engine that is told; `None` at the end, since it holds these agents itself.
    pub(super) fn tell(&self, engine: Option<Engine>) {
        *self.engine.lock().unwrap_or_else(PoisonError::into_inner) = engine;
    }

    /// What became of the answers, by the kind of agent.
    pub(super) fn answers(&self) -> BTreeMap<&'static str, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn force(
        &self,
        step: &AgentStep,
        input: &DecisionInput,
        call: &CallCtx,
        decided: &Decided,
    ) -> Result<(), Problem> {
        let (mut proposal, mut facts) = decided.gated(step, input, &self.policies);
        facts.certificate = Some(CertificateUse { id: FORCED.to_owned(), threshold: 0, labels: 0 });
        proposal.score = Some(proposal.score.unwrap_or_default());
        self.note(step, &verdict(step, &proposal, &facts));
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(engine), Some(case)) = (engine, &call.case) else { return Ok(()) };
        let kind = EventKind::ProposalReturned { key: call.key.clone(), proposal, facts };
        engine.apply(case, &Acting::System, &kind, &format!("{FORCED}/{}", call.key)).await?;
        Ok(())
    }

    fn note(&self, step: &AgentStep, verdict: &Verdict) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = answers.entry(name_of(&step.work)).or_default();
        match verdict {
            Verdict::Act => counted.acted += 1,
            Verdict::Suggest { .. } => counted.suggested += 1,
            Verdict::Escalate { .. } => counted.refused += 1,
        }
    }
}

impl Agents for Forced {
    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, call: CallCtx) -> ask::Answer<'a> {
        Box::pin(async move {
            let decided = self.chain.decide(step, input, &call).await;
            if let Ok(decided) = &decided {
                self.force(step, input, &call, decided).await?;
            }
            Ok(decided)
        })
    }
}

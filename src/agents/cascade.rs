//! Stages that are asked one after the other, the cheapest first, until the answer of one is sure enough.
//!
//! When an answer is sure enough is not for a stage to say: it follows from the certificate of all stages together, see
//! [`crate::certificate::certify_cascade`], which comes with the question as [`CallCtx::limits`].
//!
//! - With a certificate in force the first stage whose score reaches its limit has answered, and those after it are not
//!   asked. A stage that the certificate lets settle nothing is not asked either, unless it is the last. Where no score
//!   reaches its limit, the last stage with an answer suggests it to a person.
//! - Without one every stage is asked, since a label tells what each of them would have been worth, and only such
//!   labels certify the whole. The last stage with an answer suggests it to a person.
//! - An answer that is kept for people settles nothing, however sure a stage is of it: the next one is asked.
//! - A stage whose models do not answer, or are not asked because a budget is spent, is passed over. The certificate no
//!   longer counts for that question, and whatever comes of it is a suggestion: who answers is another cascade, with
//!   `nobody` or another model in that place, which has to earn its own.

use std::collections::BTreeSet;

use countersign_core::{
    definition::AgentStep,
    proposal::{Cascade, Stage as Told, StageAnswer},
};

use super::{CallCtx, DecideError, Decided, Decider as _, DecisionInput, LlmDecider, OfflineDecider, offline_decider};
use crate::llm::without_its_words;

/// What stands in the place of a stage that was asked in vain.
const NOBODY: &str = "nobody";

/// The stages of one agent, in the order in which they are asked.
#[derive(Clone, Debug)]
pub(super) struct Stages(pub Vec<Stage>);

/// One stage.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// What the configuration calls it.
    pub name: String,
    pub mind: Mind,
}

/// Who answers at a stage.
#[derive(Clone, Debug)]
pub(super) enum Mind {
    /// The built-in engine.
    Offline(OfflineDecider),
    /// The models of a tier.
    Model(Box<LlmDecider>),
}

impl Stage {
    async fn decide(&self, step: &AgentStep, input: &DecisionInput, call: &CallCtx) -> Result<Decided, DecideError> {
        match &self.mind {
            Mind::Offline(offline) => offline.decide(step, input, call).await,
            Mind::Model(model) => model.decide(step, input, call).await,
        }
    }
}

impl Stages {
    /// Who would be asked for this decision, before anybody is.
    pub(super) fn planned(&self, step: &AgentStep, input: &DecisionInput, decision: &str) -> Cascade {
        let stages = self.0.iter().map(|stage| {
            let (engine, measured) = match &stage.mind {
                Mind::Offline(_) => (offline_decider::ENGINE.to_owned(), None),
                Mind::Model(model) => (model.engine_for(decision), model.measure(step, input, decision)),
            };
            Told { name: stage.name.clone(), engine, measured, asked: None }
        });
        let prompt = self.0.iter().find_map(|stage| match &stage.mind {
            Mind::Model(model) => model.prompt_for(&step.work, input).cloned(),
            Mind::Offline(_) => None,
        });
        Cascade { stages: stages.collect(), prompt, answered: 0 }
    }

    /// Asks one stage after the other.
    ///
    /// # Errors
    /// [`DecideError`], when none of them answered.
    pub(super) async fn decide(
        &self,
        step: &AgentStep,
        input: &DecisionInput,
        call: &CallCtx,
    ) -> Result<Decided, DecideError> {
        let mut run = Run {
            cascade: self.planned(step, input, &call.key),
            kept: &call.kept,
            limits: call.limits.clone().filter(|limits| limits.len() == self.0.len()),
            best: None,
            attempts: Vec::new(),
            notes: Vec::new(),
            error: None,
        };
        for (place, stage) in self.0.iter().enumerate() {
            if run.leaves_out(place) {
                continue;
            }
            match stage.decide(step, input, call).await {
                Ok(decided) => run.heard(place, decided),
                Err(error) => run.missed(place, error),
            }
            if run.is_settled() {
                break;
            }
        }
        run.end()
    }
}

/// What has been said so far.
struct Run<'a> {
    cascade: Cascade,
    /// The answers that are kept for people.
    kept: &'a BTreeSet<String>,
    /// The limits of the certificate; `None` without one, and once somebody else has answered than it was earned by.
    limits: Option<Vec<Option<u32>>>,
    best: Option<Decided>,
    attempts: Vec<super::Attempt>,
    notes: Vec<String>,
    error: Option<DecideError>,
}

impl Run<'_> {
    /// Whether this stage could settle nothing and is not the last, so that asking it would be in vain.
    fn leaves_out(&self, place: usize) -> bool {
        let last = place + 1 == self.cascade.stages.len();
        !last && self.limits.as_ref().is_some_and(|limits| limits.get(place).copied().flatten().is_none())
    }

    fn heard(&mut self, place: usize, mut decided: Decided) {
        self.attempts.append(&mut decided.attempts);
        // What breaks its form says nothing, whatever it looks like.
        let said = decided.proposal.output.said().filter(|_| decided.schema_errors.is_empty());
        let score = decided.proposal.score.filter(|_| said.is_some());
        let measured = decided.proposal.measured;
        let has_best = self.best.is_some();
        if let Some(stage) = self.cascade.stages.get_mut(place) {
            if stage.engine != decided.proposal.engine || (score.is_some() && stage.measured != measured) {
                // Invariant: nobody goes ahead under a certificate that somebody else has earned, or by a score that
                // was found out differently.
                self.limits = None;
                stage.engine.clone_from(&decided.proposal.engine);
                stage.measured = measured;
            }
            let tells = said.is_some();
            stage.asked = Some(StageAnswer { said, score });
            if tells || !has_best {
                self.cascade.answered = u32::try_from(place).unwrap_or(u32::MAX);
                self.best = Some(decided);
            }
        }
    }

    fn missed(&mut self, place: usize, error: DecideError) {
        self.attempts.extend_from_slice(error.attempts());
        let Some(stage) = self.cascade.stages.get_mut(place) else { return };
        if let DecideError::NoAnswer { words, .. } = &error {
            self.notes.push(format!("the stage {} did not answer ({})", stage.name, without_its_words(words)));
            NOBODY.clone_into(&mut stage.engine);
            self.limits = None;
        } else {
            // It cannot answer this question at all, and never could: that is what it said.
            stage.asked = Some(StageAnswer::default());
        }
        self.error = Some(error);
    }

    fn is_settled(&self) -> bool {
        self.limits.as_ref().is_some_and(|limits| self.cascade.settled(limits, self.kept).is_some())
    }

    fn end(self) -> Result<Decided, DecideError> {
        let Self { cascade, best, attempts, mut notes, error, .. } = self;
        let Some(mut decided) = best else {
            return Err(match error {
                Some(DecideError::NoAnswer { .. }) | None => {
                    DecideError::NoAnswer { words: notes.join("; "), attempts }
                }
                Some(error) => error,
            });
        };
        let reason = std::mem::take(&mut decided.proposal.reason);
        notes.extend((!reason.is_empty()).then_some(reason));
        decided.proposal.reason = notes.join("; ");
        // One stage alone is no cascade, and whoever answers there is measured by itself.
        decided.proposal.cascade = Some(cascade).filter(|cascade| cascade.stages.len() > 1);
        Ok(Decided { attempts, ..decided })
    }
}

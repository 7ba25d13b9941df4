//! What agents answer in a trial: the built-in engine, or somebody who types in its place.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{AgentStep, AgentWork, Path, Step},
    proposal::{Evidence, GateFacts, Output, Proposal, Read},
    value::{FieldName, Value},
};

use super::Trial;
use crate::{
    agents::{CallCtx, Chain, Decider as _, DecisionInput},
    gate::policies::Policies,
    runtime::{
        Problem, Runtime,
        intake::{self, HandIn},
    },
};

/// Who has typed an agent's answer.
const TYPED: &str = "person";
/// The name under which a typed judgement is posted.
pub const HOLDS: &str = "holds";
/// The name under which a typed summary is posted.
pub const SUMMARY: &str = "summary";

impl Trial {
    /// The answer that somebody types in an agent's place: words by field, or lines of a summary.
    ///
    /// What is read from a document must stand in it, as for an agent.
    #[must_use]
    pub fn typed(&self, path: &Path, words: &BTreeMap<FieldName, String>) -> Option<(Proposal, GateFacts)> {
        let Some(Step::Agent(step)) = self.definition.step(path) else { return None };
        let word = |field: &str| words.get(field).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
        let mut facts = GateFacts::default();
        let output = match &step.work {
            AgentWork::Classify { field, .. } => {
                Output::Label { field: field.clone(), label: word(field), alternatives: Vec::new() }
            }
            AgentWork::Score { field, .. } => {
                Output::Mark { field: field.clone(), mark: word(field).and_then(|mark| mark.parse().ok()) }
            }
            AgentWork::Judge { .. } => {
                let holds = word(HOLDS).map(|holds| holds == "yes");
                Output::Judgement { holds, examples: Vec::new() }
            }
            AgentWork::Prepare { .. } => Output::Summary {
                sentences: word(SUMMARY)?
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect(),
            },
            // The core fills it in at once, in a trial as in a case.
            AgentWork::Draft { .. } => return None,
            AgentWork::Extract { document, fields } => {
                let mut read = BTreeMap::new();
                for field in fields {
                    let Some(typed) = word(field) else { continue };
                    match self.read(document, field, &typed) {
                        Some(found) => drop(read.insert(field.clone(), found)),
                        None => facts.missing_evidence.push(field.clone()),
                    }
                }
                Output::Fields { fields: read }
            }
        };
        let input = DecisionInput::new(&self.definition, &self.case, &self.texts).digest(step);
        let engine = TYPED.to_owned();
        Some((
            Proposal {
                output,
                reason: String::new(),
                score: None,
                engine,
                input,
                measured: None,
                prompt: None,
                cascade: None,
            },
            facts,
        ))
    }

    /// A typed value with the place where its words stand in the document.
    fn read(&self, document: &str, field: &str, typed: &str) -> Option<Read> {
        let Some(Value::Document { document: key }) = self.case.value(document) else { return None };
        let text = self.texts.get(key)?;
        let start = text.find(typed)?;
        let words = BTreeMap::from([(field.to_owned(), typed.to_owned())]);
        let taken = intake::take(&self.definition, HandIn { words, uploads: Vec::new() }).ok()?;
        let value = taken.values.get(field)?.clone();
        let evidence = Evidence {
            document: key.clone(),
            text: self.case.documents.get(key)?.text.clone()?,
            start: u32::try_from(start).ok()?,
            end: u32::try_from(start + typed.len()).ok()?,
            quote: typed.to_owned(),
        };
        Some(Read { value, evidence, ambiguous: None })
    }

    /// The step and everything that an agent is shown about it.
    #[must_use]
    pub fn question(&self, path: &Path) -> Option<(AgentStep, DecisionInput)> {
        let Some(Step::Agent(step)) = self.definition.step(path) else { return None };
        Some((step.clone(), DecisionInput::new(&self.definition, &self.case, &self.texts)))
    }
}

impl Runtime {
    /// What the built-in engine answers in a trial, through the gate. No model is asked, so that a trial costs nothing.
    ///
    /// # Errors
    /// [`Problem`], when the engine cannot be started; its own refusal is the inner error, in words.
    pub async fn answer_in_trial(
        &self,
        step: AgentStep,
        input: DecisionInput,
    ) -> Result<Result<(Proposal, GateFacts), String>, Problem> {
        let handle = tokio::runtime::Handle::current();
        let asked = tokio::task::spawn_blocking(move || handle.block_on(answer_offline(&step, &input)));
        asked.await.map_err(|error| Problem::Setup(format!("the built-in engine stopped: {error}")))?
    }
}

/// The built-in engine's answer to one question, as the gate leaves it.
pub(super) async fn answer_offline(
    step: &AgentStep,
    input: &DecisionInput,
) -> Result<Result<(Proposal, GateFacts), String>, Problem> {
    let setup = |error: String| Problem::Setup(error);
    let chain = Chain::new(None).map_err(|error| setup(error.to_string()))?;
    let policies = Policies::load_embedded().map_err(|error| setup(error.to_string()))?;
    let call = CallCtx { key: "trial".to_owned(), ..CallCtx::default() };
    let decided = match chain.decide(step, input, &call).await {
        Ok(decided) => decided,
        Err(error) => return Ok(Err(error.to_string())),
    };
    Ok(Ok(decided.gated(step, input, &policies)))
}

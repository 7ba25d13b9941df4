//! Asking a model: one question, and one more when the answer does not fit.

use std::sync::Arc;

use countersign_core::{
    canonical::Digest,
    definition::{AgentStep, AgentWork, Who},
    proposal::{Output, Proposal},
    value::FieldName,
};
use futures_util::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{
    Attempt, CallCtx, DecideError, Decided, Decider, DecisionInput,
    chain::name_of,
    classify::{self, Classifiers},
    extract, judge, masking, prepare,
    prompts::{Prompt, PromptError, Prompts, Rendered},
    quarantine::clean,
    score,
};
use crate::llm::{Answer, Call, Finish, Provider, Request, TOOL_CALLS, parse, strict::strict};

/// A model is asked at most this often for one decision: the question, and one repair.
pub const MAX_QUESTIONS: usize = 2;
/// A model's reason is cut after so many characters.
const MAX_REASON_CHARS: usize = 400;

/// Decides by asking a model.
#[derive(Clone)]
pub struct LlmDecider {
    provider: Arc<dyn Provider>,
    prompts: Prompts,
    classifiers: Arc<Classifiers>,
}

/// A question that is ready to be sent, and the schema that its answer is held to.
struct Question<'a> {
    prompt: &'a Prompt,
    rendered: Rendered,
    schema: Json,
}

/// An answer that was taken.
struct Taken {
    output: Output,
    reason: String,
    score: Option<u32>,
}

/// Turns a fitting answer into what it proposes, or says what is wrong beyond its form.
type Accept<'a> = dyn Fn(Json) -> Result<Taken, Vec<String>> + Send + Sync + 'a;

impl LlmDecider {
    /// A decider that asks this provider with the prompts that come with the program.
    ///
    /// # Errors
    /// [`PromptError`], when a prompt file is broken.
    pub fn new(provider: Arc<dyn Provider>, classifiers: Arc<Classifiers>) -> Result<Self, PromptError> {
        Ok(Self { provider, prompts: Prompts::load_embedded()?, classifiers })
    }

    /// Provider and model.
    #[must_use]
    pub fn name(&self) -> String {
        self.provider.name()
    }

    /// Provider and model that would be asked first for this decision.
    #[must_use]
    pub fn engine_for(&self, decision: &str) -> String {
        self.provider.engine_for(decision)
    }

    /// Digest of the prompt that this work is asked with; what code does alone is not asked for.
    #[must_use]
    pub const fn prompt_for(&self, work: &AgentWork, by_examples: bool) -> Option<&Digest> {
        let prompts = &self.prompts;
        let prompt = match work {
            AgentWork::Extract { .. } => &prompts.extract,
            AgentWork::Classify { .. } => &prompts.classify,
            AgentWork::Score { .. } => &prompts.score,
            AgentWork::Judge { .. } if by_examples => &prompts.judge_by_examples,
            AgentWork::Judge { .. } => &prompts.judge,
            AgentWork::Prepare { .. } => &prompts.prepare,
            AgentWork::Draft { .. } => return None,
        };
        Some(&prompt.digest)
    }

    async fn answer(&self, step: &AgentStep, input: &DecisionInput, call: &CallCtx) -> Result<Decided, DecideError> {
        match &step.work {
            AgentWork::Extract { document, fields } => self.extract(step, input, call, document, fields).await,
            AgentWork::Classify { field, subject } => self.classify(step, input, call, field, subject).await,
            AgentWork::Prepare { reader } => self.prepare(step, input, call, reader).await,
            AgentWork::Draft { .. } => Err(DecideError::Step(FILLED_BY_CODE.to_owned())),
            AgentWork::Score { field, subject, scale } => {
                let task = score::task(input, field, subject, scale)?;
                let (shown, schema) = task.question();
                let question = question(&self.prompts.score, &shown, schema)?;
                let accept = |json: Json| {
                    let answer: score::Answer = typed(json)?;
                    fitting(task.faults(&answer))?;
                    let (output, remarks) = task.accept(&answer);
                    Ok(Taken { output, reason: reason(&answer.reason, &remarks), score: None })
                };
                self.ask((step, input, call), &question, &accept).await
            }
            AgentWork::Judge { criterion, guideline, subject } => {
                let task = judge::task(input, criterion, guideline.as_deref(), subject)?;
                if judge::goes_by_examples(&input.criteria, &step.work) {
                    return self.judge_by_examples((step, input, call), &task).await;
                }
                let (shown, schema) = task.question();
                let question = question(&self.prompts.judge, &shown, schema)?;
                let accept = |json: Json| {
                    let answer: judge::Answer = typed(json)?;
                    let (output, remarks) = task.accept(&answer);
                    Ok(Taken { output, reason: reason(&answer.reason, &remarks), score: None })
                };
                self.ask((step, input, call), &question, &accept).await
            }
        }
    }

    async fn judge_by_examples(
        &self,
        of: (&AgentStep, &DecisionInput, &CallCtx),
        task: &judge::Task<'_>,
    ) -> Result<Decided, DecideError> {
        let (shown, schema) = task.question_by_examples();
        let question = question(&self.prompts.judge_by_examples, &shown, schema)?;
        let accept = |json: Json| {
            let answer: judge::AnswerByExamples = typed(json)?;
            let said = answer.reason.clone();
            let (output, remarks) = task.accept_by_examples(answer);
            Ok(Taken { output, reason: reason(&said, &remarks), score: None })
        };
        self.ask(of, &question, &accept).await
    }

    async fn extract(
        &self,
        step: &AgentStep,
        input: &DecisionInput,
        call: &CallCtx,
        document: &str,
        fields: &[FieldName],
    ) -> Result<Decided, DecideError> {
        let found = extract::task(input, document, fields)?;
        let Some((task, text)) = found.as_ref().and_then(|task| Some((task, task.text()?))) else {
            return Err(DecideError::Step(
                found.map_or_else(|| "the document is not in the case".to_owned(), |task| task.no_text()),
            ));
        };
        let (shown, schema) = task.question(text);
        let question = question(&self.prompts.extract, &shown, schema)?;
        let accept = |json: Json| {
            let answer: extract::Answer = typed(json)?;
            fitting(task.faults(&answer))?;
            let (output, remarks) = task.accept(text, &answer, input);
            Ok(Taken { output, reason: reason(&answer.reason, &remarks), score: None })
        };
        self.ask((step, input, call), &question, &accept).await
    }

    async fn classify(
        &self,
        step: &AgentStep,
        input: &DecisionInput,
        call: &CallCtx,
        field: &str,
        subject: &[FieldName],
    ) -> Result<Decided, DecideError> {
        let task = classify::task(input, field, subject)?;
        let (shown, schema) = task.question();
        let question = question(&self.prompts.classify, &shown, schema)?;
        let accept = |json: Json| {
            let answer: classify::Answer = typed(json)?;
            let (output, remarks) = task.accept(&answer);
            let score = task.agreement(&answer, &self.classifiers);
            Ok(Taken { output, reason: reason(&answer.reason, &remarks), score })
        };
        self.ask((step, input, call), &question, &accept).await
    }

    async fn prepare(
        &self,
        step: &AgentStep,
        input: &DecisionInput,
        call: &CallCtx,
        reader: &Who,
    ) -> Result<Decided, DecideError> {
        let task = prepare::task(input, reader);
        let (shown, schema) = task.question();
        let question = question(&self.prompts.prepare, &shown, schema)?;
        let accept = |json: Json| {
            let answer: prepare::Answer = typed(json)?;
            fitting(task.faults(&answer))?;
            let (output, remarks) = task.accept(&answer);
            Ok(Taken { output, reason: reason("", &remarks), score: None })
        };
        self.ask((step, input, call), &question, &accept).await
    }

    /// Asks, and asks once more with what was wrong. What never fits is returned with its faults and no content.
    async fn ask(
        &self,
        (step, input, call): (&AgentStep, &DecisionInput, &CallCtx),
        question: &Question<'_>,
        accept: &Accept<'_>,
    ) -> Result<Decided, DecideError> {
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut user = question.rendered.user.clone();
        let mut call = Call {
            agent: name_of(&step.work).to_owned(),
            decision: call.key.clone(),
            case: call.case.clone(),
            process: call.process.clone(),
            ..Call::default()
        };
        for number in 0..MAX_QUESTIONS {
            let shows = masking::shows(input, &step.work, &user);
            (call.personal, call.repair) = (shows != masking::Shows::Nothing, number > 0);
            let mut request = request(question, user, &call)?;
            if let masking::Shows::Replaceable(masked) = shows {
                request.masked = Some(masked);
            }
            let answer = match self.provider.complete(&request).await {
                Ok(answer) => answer,
                Err(error) => {
                    let words = error.words().to_owned();
                    attempts.push(self.attempt(sent(&request, true), None, vec![words.clone()]));
                    return Err(DecideError::NoAnswer { words, attempts });
                }
            };
            let (sent, placeholders) = (sent(&request, answer.placeholders > 0), answer.placeholders);
            let (coercions, judged) = taken(&answer, &question.schema, accept);
            let refused = answer.finish == Finish::Refused;
            let faults = judged.as_ref().err().cloned().unwrap_or_default();
            let mut attempt = self.attempt(sent, Some(answer), faults.clone());
            attempt.coercions.clone_from(&coercions);
            attempts.push(attempt);
            match judged {
                Ok(mut taken) => {
                    taken.score = taken.score.map(|score| parse::lowered(score, &coercions));
                    if placeholders > 0 {
                        let parts = [std::mem::take(&mut taken.reason), kept_back(placeholders)];
                        taken.reason = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
                    }
                    return Ok(Self::decided(step, input, question.prompt, taken, attempts));
                }
                Err(_) if refused => break,
                Err(_) => user = question.prompt.repair(&question.rendered.user, &faults).map_err(broken)?,
            }
        }
        let taken =
            Taken { output: nothing(&step.work), reason: "the model's answer did not fit".to_owned(), score: None };
        let mut decided = Self::decided(step, input, question.prompt, taken, attempts);
        decided.schema_errors = decided.attempts.last().map(|last| last.faults.clone()).unwrap_or_default();
        Ok(decided)
    }

    fn decided(
        step: &AgentStep,
        input: &DecisionInput,
        prompt: &Prompt,
        taken: Taken,
        attempts: Vec<Attempt>,
    ) -> Decided {
        // Whoever gave the answer that was taken, which need not be the first of its tier.
        let engine = attempts.last().map(|attempt| attempt.engine.clone()).unwrap_or_default();
        let proposal = Proposal {
            output: taken.output,
            reason: taken.reason,
            score: taken.score,
            engine,
            input: input.digest(step),
            prompt: Some(prompt.digest.clone()),
            cascade: None,
        };
        Decided { proposal, schema_errors: Vec::new(), attempts }
    }

    fn attempt(&self, request: Option<String>, answer: Option<Answer>, faults: Vec<String>) -> Attempt {
        let engine = answer.as_ref().map(|answer| answer.engine.clone()).filter(|engine| !engine.is_empty());
        Attempt {
            engine: engine.unwrap_or_else(|| self.provider.name()),
            model: answer.as_ref().map(|answer| answer.model.clone()),
            request,
            usage: answer.as_ref().map(|answer| answer.usage).unwrap_or_default(),
            placeholders: answer.as_ref().map(|answer| answer.placeholders).unwrap_or_default(),
            finish: answer.as_ref().map(|answer| answer.finish.clone()),
            response: answer.map(|answer| answer.text),
            coercions: Vec::new(),
            faults,
        }
    }
}

impl Decider for LlmDecider {
    fn decide<'a>(
        &'a self,
        step: &'a AgentStep,
        input: &'a DecisionInput,
        call: &'a CallCtx,
    ) -> BoxFuture<'a, Result<Decided, DecideError>> {
        Box::pin(async move {
            tracing::debug!(key = call.key, engine = self.provider.name(), "asking a model");
            self.answer(step, input, call).await
        })
    }
}

impl std::fmt::Debug for LlmDecider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LlmDecider").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

fn question<'a>(prompt: &'a Prompt, shown: &impl Serialize, schema: Json) -> Result<Question<'a>, DecideError> {
    let rendered = prompt.render(shown).map_err(broken)?;
    Ok(Question { prompt, rendered, schema })
}

fn request(question: &Question<'_>, user: String, call: &Call) -> Result<Request, DecideError> {
    let settings = &question.prompt.settings;
    Ok(Request {
        system: question.rendered.system.clone(),
        user,
        schema: strict(&question.schema).map_err(|why| DecideError::Prompt(why.to_string()))?,
        schema_name: settings.output.clone(),
        max_tokens: settings.max_output_tokens,
        temperature: settings.temperature,
        call: call.clone(),
        masked: None,
    })
}

/// A question as it left: with placeholders, if it has some and was sent with them.
fn sent(request: &Request, masked: bool) -> Option<String> {
    match request.masked.as_ref().filter(|_| masked) {
        Some(masked) => serde_json::to_string(&masked.request(request)).ok(),
        None => serde_json::to_string(request).ok(),
    }
}

fn kept_back(placeholders: u32) -> String {
    match placeholders {
        1 => "a placeholder kept one value from the model".to_owned(),
        more => format!("placeholders kept {more} values from the model"),
    }
}

/// Reads an answer: complete, JSON, of the schema, and sensible.
fn taken(answer: &Answer, schema: &Json, accept: &Accept<'_>) -> (Vec<parse::Coercion>, Result<Taken, Vec<String>>) {
    match &answer.finish {
        Finish::CutOff => {
            let words = "the answer was cut off at its limit of length; answer shorter".to_owned();
            return (Vec::new(), Err(vec![words]));
        }
        Finish::Refused => {
            return (Vec::new(), Err(vec!["the model refused to answer".to_owned()]));
        }
        Finish::Other(what) if what == TOOL_CALLS => {
            return (Vec::new(), Err(vec!["the model called a tool, and none is offered".to_owned()]));
        }
        Finish::Complete | Finish::Other(_) => {}
    }
    let parsed = match parse::parse(&answer.text) {
        Ok(parsed) => parsed,
        Err(why) => return (Vec::new(), Err(vec![why.to_string()])),
    };
    let faults = parse::faults(schema, &parsed.value);
    let judged = if faults.is_empty() { accept(parsed.value) } else { Err(faults) };
    (parsed.coercions, judged)
}

fn fitting(faults: Vec<String>) -> Result<(), Vec<String>> {
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn typed<T: DeserializeOwned>(json: Json) -> Result<T, Vec<String>> {
    serde_json::from_value(json).map_err(|_| vec!["the answer has another form than its schema".to_owned()])
}

/// The model's reason, as text alone, and what code has to add.
fn reason(said: &str, remarks: &[String]) -> String {
    let said = clean(said).split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said.chars().take(MAX_REASON_CHARS).collect();
    let parts: Vec<&str> =
        std::iter::once(said.trim_end_matches('.')).chain(remarks.iter().map(String::as_str)).collect();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Why nobody is asked to fill a template in.
pub(super) const FILLED_BY_CODE: &str = "a template is filled in by code, and no engine is asked";

/// An answer of the right kind without any content.
pub(super) fn nothing(work: &AgentWork) -> Output {
    match work {
        AgentWork::Extract { .. } => Output::Fields { fields: std::collections::BTreeMap::new() },
        AgentWork::Classify { field, .. } => {
            Output::Label { field: field.clone(), label: None, alternatives: Vec::new() }
        }
        AgentWork::Score { field, .. } => Output::Mark { field: field.clone(), mark: None },
        AgentWork::Judge { .. } => Output::Judgement { holds: None, examples: Vec::new() },
        AgentWork::Prepare { .. } | AgentWork::Draft { .. } => Output::Summary { sentences: Vec::new() },
    }
}

fn broken(error: PromptError) -> DecideError {
    DecideError::Prompt(error.to_string())
}

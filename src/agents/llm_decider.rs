//! Asking a model: one question, and one more when the answer does not fit.

use std::sync::Arc;

use countersign_core::{
    canonical::Digest,
    definition::{AgentStep, AgentWork, Who},
    proposal::{Measure, Output, Proposal},
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
    sure::{self, Sure},
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
    sure: Sure,
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
    pub fn prompt_for(&self, work: &AgentWork, input: &DecisionInput) -> Option<&Digest> {
        let prompts = &self.prompts;
        let prompt = match work {
            AgentWork::Extract { .. } => &prompts.extract,
            AgentWork::Classify { .. } => &prompts.classify,
            AgentWork::Score { .. } => &prompts.score,
            AgentWork::Judge { criterion, .. } => prompts.judging(input.has_examples(criterion)),
            AgentWork::Prepare { .. } => &prompts.prepare,
            AgentWork::Draft { .. } => return None,
        };
        Some(&prompt.digest)
    }

    /// How it will be found out how sure one may be of the answer that is given first; `None` for work whose answers
    /// are not measured.
    #[must_use]
    pub fn measure(&self, step: &AgentStep, input: &DecisionInput, decision: &str) -> Option<Measure> {
        sure::property(&step.work)?;
        let learned = match &step.work {
            AgentWork::Classify { field, subject } => {
                classify::task(input, field, subject).is_ok_and(|task| task.has_enough_examples())
            }
            _ => false,
        };
        Some(match (self.provider.tells_probability(decision), learned) {
            (true, _) => Measure::Probability,
            (false, true) => Measure::Examples,
            (false, false) => Measure::Votes,
        })
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
                    Ok(measurable(task.accept(&answer), &answer.reason))
                };
                self.ask((step, input, call), &question, &accept).await
            }
            AgentWork::Judge { criterion, guideline, subject } => {
                let task = judge::task(input, criterion, guideline.as_deref(), subject)?;
                let (shown, schema) = task.question();
                let question = question(self.prompts.judging(task.has_examples()), &shown, schema)?;
                let accept = |json: Json| {
                    let answer: judge::Said = typed(json)?;
                    Ok(measurable(task.accept(&answer), answer.reason()))
                };
                self.ask((step, input, call), &question, &accept).await
            }
        }
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
            Ok(Taken { output, reason: reason(&answer.reason, &remarks), sure: Sure::NOT })
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
            let sure = task.agreement(&answer, &self.classifiers);
            Ok(Taken { output, reason: reason(&answer.reason, &remarks), sure })
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
            Ok(Taken { output, reason: reason("", &remarks), sure: Sure::NOT })
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
            measured: sure::property(&step.work),
            ..Call::default()
        };
        for number in 0..MAX_QUESTIONS {
            call.repair = number > 0;
            let request = prepared((step, input), question, user, &call)?;
            let answer = match self.provider.complete(&request).await {
                Ok(answer) => answer,
                Err(error) => {
                    let words = error.words().to_owned();
                    attempts.push(self.attempt(sent(&request, true), None, vec![words.clone()]));
                    return Err(DecideError::NoAnswer { words, attempts });
                }
            };
            let (sent, placeholders) = (sent(&request, answer.placeholders > 0), answer.placeholders);
            let probable = answer.probable;
            let (coercions, judged) = taken(&answer, &question.schema, accept);
            let refused = answer.finish == Finish::Refused;
            let faults = judged.as_ref().err().cloned().unwrap_or_default();
            let forgiven = coercions.clone();
            attempts.push(Attempt { coercions, ..self.attempt(sent, Some(answer), faults.clone()) });
            match judged {
                Ok(mut taken) => {
                    let engine = last_engine(&attempts);
                    taken.sure = taken.sure.with_probability(probable);
                    if taken.sure.wants_votes() {
                        let again = prepared((step, input), question, question.rendered.user.clone(), &call)?;
                        taken = self.vote((again, &engine), question, accept, taken, &mut attempts).await;
                    }
                    taken.sure = taken.sure.lowered(number, &forgiven);
                    if placeholders > 0 {
                        taken.reason = joined(&[taken.reason.as_str(), &kept_back(placeholders)]);
                    }
                    return Ok(Self::decided(step, input, (question.prompt, engine), taken, attempts));
                }
                Err(_) if refused => break,
                Err(_) => user = question.prompt.repair(&question.rendered.user, &faults).map_err(broken)?,
            }
        }
        let taken =
            Taken { output: nothing(&step.work), reason: "the model's answer did not fit".to_owned(), sure: Sure::NOT };
        let told = (question.prompt, last_engine(&attempts));
        let mut decided = Self::decided(step, input, told, taken, attempts);
        decided.schema_errors = decided.attempts.last().map(|last| last.faults.clone()).unwrap_or_default();
        Ok(decided)
    }

    /// Asks the same again, until enough answers are there to tell how sure one may be of the one that most of them
    /// give. An answer that does not fit decides nothing; once none comes, or another model answers than the one that
    /// gave the first, the first stands and nothing is said of it.
    async fn vote(
        &self,
        (mut request, engine): (Request, &str),
        question: &Question<'_>,
        accept: &Accept<'_>,
        first: Taken,
        attempts: &mut Vec<Attempt>,
    ) -> Taken {
        let mut votes = vec![first.output.said()];
        let mut others = Vec::new();
        request.call.repair = false;
        request.temperature = request.temperature.map(|set| set.max(sure::SPREAD));
        while !sure::enough(&votes) {
            request.call.sample += 1;
            let answer = match self.provider.complete(&request).await {
                Ok(answer) => answer,
                Err(error) => {
                    attempts.push(self.attempt(None, None, vec![error.words().to_owned()]));
                    break;
                }
            };
            let (coercions, judged) = taken(&answer, &question.schema, accept);
            let faults = judged.as_ref().err().cloned().unwrap_or_default();
            // The question is the one before, which is kept already.
            attempts.push(Attempt { coercions, ..self.attempt(None, Some(answer), faults) });
            // Invariant: all votes about an answer are of whoever gave it.
            if last_engine(attempts) != engine {
                break;
            }
            // One that rests on nothing is not what is proposed in the end.
            let judged = judged.ok().filter(|taken| taken.sure.open);
            votes.push(judged.as_ref().and_then(|taken| taken.output.said()));
            others.extend(judged);
        }
        let (word, said) = sure::leading(&votes);
        let told = if !sure::enough(&votes) || votes[0].as_deref() == Some(word) {
            first
        } else {
            let says = |one: &Taken| one.output.said().as_deref() == Some(word);
            others.into_iter().find(says).unwrap_or(first)
        };
        let reason = joined(&[told.reason.as_str(), &sure::remark(&votes, said)]);
        Taken { output: told.output, reason, sure: Sure::open(true).with_votes(&votes, said) }
    }

    fn decided(
        step: &AgentStep,
        input: &DecisionInput,
        (prompt, engine): (&Prompt, String),
        taken: Taken,
        attempts: Vec<Attempt>,
    ) -> Decided {
        let proposal = Proposal {
            output: taken.output,
            reason: taken.reason,
            score: taken.sure.score,
            measured: taken.sure.measured,
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

/// A question to a model, with what stands for values that only some may see.
fn prepared(
    (step, input): (&AgentStep, &DecisionInput),
    question: &Question<'_>,
    user: String,
    call: &Call,
) -> Result<Request, DecideError> {
    let shows = masking::shows(input, &step.work, &user);
    let call = Call { personal: shows != masking::Shows::Nothing, ..call.clone() };
    let request = request(question, user, &call)?;
    Ok(match shows {
        masking::Shows::Replaceable(masked) => Request { masked: Some(masked), ..request },
        masking::Shows::Nothing | masking::Shows::Content => request,
    })
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
    joined(&parts)
}

/// What is said of an answer, as one text; parts without words are left out.
fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("; ")
}

/// Why nobody is asked to fill a template in.
pub(super) const FILLED_BY_CODE: &str = "a template is filled in by code, and no engine is asked";

/// Whoever gave the last answer, which need not be the first of its tier.
fn last_engine(attempts: &[Attempt]) -> String {
    attempts.last().map(|attempt| attempt.engine.clone()).unwrap_or_default()
}

/// An answer that may be measured, if it decides anything.
fn measurable((output, remarks): (Output, Vec<String>), said: &str) -> Taken {
    let sure = Sure::open(output.said().is_some());
    Taken { output, reason: reason(said, &remarks), sure }
}

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

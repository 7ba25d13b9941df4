//! Rows go through the agents as they run in a case: the same question, the same decider, gate and verdict.

use std::collections::BTreeMap;

use countersign_core::{
    case::{Case, Entry, Origin},
    definition::{AgentStep, AgentWork, Definition, Example, Field, FieldKind, FieldSource, Who},
    proposal::{Doubt, Output, Proposal, Verdict, verdict},
    time::{Span, Timestamp},
    value::Value,
};
use futures_util::{StreamExt as _, stream};

use super::{
    EvalError,
    dataset::{Row, Training},
    suite::{Agent, Settings},
};
use crate::{
    agents::{CallCtx, Decider, DecisionInput, classify::OTHER},
    gate::policies::Policies,
    runtime::intake::{self, HandIn, Upload},
};

/// How many rows are asked about side by side; it matters with a model only.
const ROWS_AT_ONCE: usize = 8;
/// The document that fields are read from.
const DOCUMENT: &str = "document";
/// The text that is sorted.
const TEXT: &str = "text";
/// The field that a label fills.
const LABEL: &str = "label";

/// What became of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What was proposed, after the gate; nothing when no engine answered.
    pub given: Given,
    /// How sure it is, in parts per thousand.
    pub score: Option<u32>,
    /// What answered.
    pub engine: String,
    /// Whether a person would have to decide, whatever has been certified.
    pub escalated: bool,
    /// Why nothing answered.
    pub failed: Option<String>,
}

/// What was proposed for one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// The fields of the suite, in its order.
    Fields(Vec<Option<FieldGiven>>),
    /// A label.
    Label {
        /// The one that was proposed; `None` when none was said to fit.
        proposed: Option<String>,
        /// The proposed one, or the nearest when none was said to fit.
        nearest: Option<String>,
    },
}

/// What was read for one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldGiven {
    /// The value.
    pub value: Value,
    /// The words of the document that it was read from.
    pub quote: String,
    /// Whether it may mean another day as well, so that a person must look.
    pub ambiguous: bool,
}

/// A process of one step, and the agents that answer it.
pub struct Bench<'a> {
    settings: &'a Settings,
    decider: &'a dyn Decider,
    policies: Policies,
    definition: Definition,
    step: AgentStep,
}

impl<'a> Bench<'a> {
    /// A bench for a suite; `training` becomes the labelled examples of its process.
    ///
    /// # Errors
    /// [`EvalError::Run`], when the guardrails that come with the program are broken.
    pub fn new(settings: &'a Settings, training: &Training, decider: &'a dyn Decider) -> Result<Self, EvalError> {
        let policies = Policies::load_embedded().map_err(|error| EvalError::Run(error.to_string()))?;
        let work = match settings.agent {
            Agent::Extract => AgentWork::Extract {
                document: DOCUMENT.to_owned(),
                fields: settings.fields.iter().map(|field| kept_as(&field.name)).collect(),
            },
            Agent::Classify => AgentWork::Classify { field: LABEL.to_owned(), subject: vec![TEXT.to_owned()] },
        };
        let step = AgentStep { work, on_unsure: Who::Requester, due: Span::WorkingDays(1) };
        Ok(Self { settings, decider, policies, definition: definition(settings, training), step })
    }

    /// Asks about every row; `asked` is told after each how many are done.
    ///
    /// # Errors
    /// [`EvalError::Run`], when a row cannot become a case, or nothing answered any of them.
    pub async fn run(&self, rows: &[Row], asked: &(dyn Fn(usize) + Sync)) -> Result<Vec<Answer>, EvalError> {
        let questions = stream::iter(rows).map(|row| Box::pin(self.ask(row))).buffered(ROWS_AT_ONCE);
        let mut questions = std::pin::pin!(questions);
        let mut answers = Vec::with_capacity(rows.len());
        while let Some(answer) = questions.next().await {
            answers.push(answer?);
            asked(answers.len());
        }
        match answers.first().and_then(|answer| answer.failed.clone()) {
            Some(why) if answers.iter().all(|answer| answer.failed.is_some()) => {
                Err(EvalError::Run(format!("not one row was answered: {why}")))
            }
            _ => Ok(answers),
        }
    }

    async fn ask(&self, row: &Row) -> Result<Answer, EvalError> {
        let input = self.input(row)?;
        let call = CallCtx { key: format!("eval/{}/{}", self.settings.name, row.id), ..CallCtx::default() };
        let decided = match self.decider.decide(&self.step, &input, &call).await {
            Ok(decided) => decided,
            Err(error) => return Ok(self.nothing(error.to_string())),
        };
        let (proposal, facts) = decided.gated(&self.step, &input, &self.policies);
        let escalated = !may_be_automatic(&verdict(&self.step, &proposal, &facts));
        let given = self.given(&proposal);
        Ok(Answer { given, score: proposal.score, engine: proposal.engine, escalated, failed: None })
    }

    /// The row as a case that somebody has just opened, and what an agent is shown of it.
    fn input(&self, row: &Row) -> Result<DecisionInput, EvalError> {
        let hand_in = match self.settings.agent {
            Agent::Extract => {
                let bytes = row.input.clone().into_bytes();
                let upload = Upload { field: DOCUMENT.to_owned(), name: "document.txt".to_owned(), bytes };
                HandIn { words: BTreeMap::new(), uploads: vec![upload] }
            }
            Agent::Classify => {
                HandIn { words: BTreeMap::from([(TEXT.to_owned(), row.input.clone())]), uploads: Vec::new() }
            }
        };
        let taken = intake::take(&self.definition, hand_in).map_err(|misread| {
            let why: Vec<String> = misread.faults.into_iter().map(|fault| fault.message).collect();
            EvalError::Run(format!("row {} cannot become a case: {}", row.id, why.join("; ")))
        })?;
        let mut case = Case::unopened(row.id.clone());
        let entry =
            |value: Value| Entry { value, origin: Origin::Person { by: "requester".to_owned() }, at: Timestamp(0) };
        case.fields = taken.values.into_iter().map(|(name, value)| (name, entry(value))).collect();
        let texts = taken.documents.iter().filter_map(|(key, document)| {
            let digest = document.text.as_ref()?;
            let rendition = taken.texts.iter().find(|rendition| rendition.digest == *digest)?;
            Some((key.clone(), rendition.text.clone()))
        });
        let texts = texts.collect();
        case.documents = taken.documents;
        Ok(DecisionInput::new(&self.definition, &case, &texts))
    }

    fn given(&self, proposal: &Proposal) -> Given {
        match &proposal.output {
            Output::Fields { fields } => {
                let read = |name: &str| {
                    fields.get(&kept_as(name)).map(|read| FieldGiven {
                        value: read.value.clone(),
                        quote: read.evidence.quote.clone(),
                        ambiguous: read.ambiguous.is_some(),
                    })
                };
                Given::Fields(self.settings.fields.iter().map(|field| read(&field.name)).collect())
            }
            Output::Label { label, alternatives, .. } => {
                let fits = |label: &&String| label.as_str() != OTHER;
                let proposed = label.as_ref().filter(fits).cloned();
                let nearest = proposed.clone().or_else(|| alternatives.iter().find(fits).cloned());
                Given::Label { proposed, nearest }
            }
            Output::Summary { .. } | Output::Mark { .. } | Output::Judgement { .. } => self.no_answer(),
        }
    }

    fn nothing(&self, why: String) -> Answer {
        Answer { given: self.no_answer(), score: None, engine: "nobody".to_owned(), escalated: true, failed: Some(why) }
    }

    fn no_answer(&self) -> Given {
        match self.settings.agent {
            Agent::Extract => Given::Fields(vec![None; self.settings.fields.len()]),
            Agent::Classify => Given::Label { proposed: None, nearest: None },
        }
    }
}

/// What lacks nothing but a certificate could be automatic with one; a suite measures what one would be worth.
const fn may_be_automatic(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Act | Verdict::Suggest { why: Doubt::NotCertified })
}

fn kept_as(field: &str) -> String {
    format!("{DOCUMENT}.{field}")
}

fn definition(settings: &Settings, training: &Training) -> Definition {
    let form = FieldSource::Form { form: "row".to_owned(), start: true };
    let field = |name: String, label: &str, kind, source| Field {
        name,
        label: label.to_owned(),
        kind,
        required: false,
        source,
    };
    let (fields, examples) = match settings.agent {
        Agent::Extract => {
            let read = settings.fields.iter().map(|one| {
                let source = FieldSource::Document { document: DOCUMENT.to_owned() };
                field(kept_as(&one.name), &one.label, one.kind.of_process(), source)
            });
            let document = field(DOCUMENT.to_owned(), DOCUMENT, FieldKind::Document, form);
            (std::iter::once(document).chain(read).collect(), Vec::new())
        }
        Agent::Classify => {
            let kind = FieldKind::Choice { options: training.labels() };
            let text = field(TEXT.to_owned(), TEXT, FieldKind::Text, form);
            let other = training.outside.iter().map(|text| Example { text: text.clone(), label: OTHER.to_owned() });
            let examples = training.inside.iter().cloned().chain(other).collect();
            (vec![text, field(LABEL.to_owned(), LABEL, kind, FieldSource::Agent)], examples)
        }
    };
    Definition {
        title: settings.name.clone(),
        reading: settings.reading.of_process(),
        fields,
        examples: BTreeMap::from([(LABEL.to_owned(), examples)]),
        ..Definition::empty(&format!("eval-{}", settings.name), "requester", "requester")
    }
}

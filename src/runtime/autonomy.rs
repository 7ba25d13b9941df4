//! Autonomy is earned from ordinary decisions: what people decide about suggestions is kept, certifies the agent that
//! made them, and ends its certificate when it no longer keeps what it promised.

use std::collections::BTreeSet;

use countersign_core::{
    canonical::digest,
    case::{Ask, Case, Outcome, TaskState, Waiting},
    command::agent_key,
    definition::{AgentStep, AgentWork, Definition, Path, Step},
    event::{Acting, EventKind},
    proposal::{CertificateUse, Doubt, Output, Proposal},
    time::Timestamp,
    value::{FieldName, Values},
};
use serde::Serialize;

use super::{Problem, Runtime, ask::Asked, engine::Engine, world::Loaded};
use crate::{
    certificate::{
        CHECKED_MAX, Certificate, Checked, Labelled, Look, Promise, Standing, broken, certify, latest_look, next_look,
    },
    store::{Answerer, Issued, Label},
};

/// A look that is due is also taken so many labels later: people who decide at the same moment may each see the count
/// of the others, and a look may fall into the end of a program. It is taken on the same labels and finds the same.
const LATE_MAX: u64 = 10;

/// The most labels that are looked at.
const LABELS_MAX: u64 = 5_000;

/// The most agents that are listed.
const LISTED_MAX: u32 = 100;

/// Before every label.
const BEGINNING: Timestamp = Timestamp(i64::MIN);

/// How far an agent has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Earned {
    /// The process's title.
    pub process: String,
    /// What the agent does there, in words.
    pub step: String,
    /// What answers.
    pub engine: String,
    /// Whether it was told something else than the one with the latest label: cases on an older version ask it still.
    pub earlier: bool,
    /// Decisions of people, from the first on.
    pub labels: u64,
    /// Whether it decides alone.
    pub autonomy: Autonomy,
    /// When and why its latest certificate ended, if it did.
    pub ended: Option<(Timestamp, String)>,
}

/// Whether an agent decides alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "autonomy", rename_all = "snake_case")]
pub enum Autonomy {
    /// From a score on.
    Certified(Certificate),
    /// Not yet: so many labels more until the look that can certify it, if its answers stay as good as they are.
    NotYet {
        /// How many.
        to_go: u64,
    },
    /// No number of labels would do: also the answers that it is surest of are too often wrong.
    OutOfReach,
}

impl Engine {
    /// The certificate in force for whoever made this proposal.
    pub(super) async fn certificate_for(
        &self,
        asked: &Asked<'_>,
        proposal: &Proposal,
    ) -> Result<Option<CertificateUse>, Problem> {
        if proposal.score.is_none() || filled(&asked.step.work).is_none() {
            return Ok(None);
        }
        let of = answerer(asked.loaded, asked.path, asked.step, proposal);
        let latest = self.store().latest_certificate(&of).await?;
        Ok(latest.filter(|issued| issued.ended.is_none()).map(|Issued { id, certificate, .. }| CertificateUse {
            id,
            threshold: certificate.threshold,
            labels: certificate.labels,
        }))
    }

    /// What an event says about an agent's suggestion, when a person settles with it what the agent had suggested and
    /// nothing but the want of a certificate, its threshold or a check kept from going ahead: what policies and forms
    /// hold back would be held back with a certificate too, and says nothing about what it lets go ahead.
    pub(super) async fn label_of(
        &self,
        before: &Loaded,
        after: &Case,
        kind: &EventKind,
        at: Timestamp,
    ) -> Result<Option<Label>, Problem> {
        let EventKind::TaskDecided { task, outcome, values, .. } = kind else { return Ok(None) };
        let case = &before.case;
        let Some(asked) = case.task(*task) else { return Ok(None) };
        let (Ask::Confirm { why: Some(why), .. } | Ask::Judge { why: Some(why), .. }) = &asked.ask else {
            return Ok(None);
        };
        let closed = after.task(*task).is_some_and(|task| matches!(task.state, TaskState::Closed { .. }));
        if !closed || !matches!(why, Doubt::NotCertified | Doubt::BelowThreshold | Doubt::Audit) {
            return Ok(None);
        }
        let cursor = case.cursors.iter().find(|cursor| cursor.waiting == Waiting::Task { task: *task });
        let Some(cursor) = cursor else { return Ok(None) };
        let Some(Step::Agent(step)) = before.definition.step(&cursor.path) else { return Ok(None) };
        let key = agent_key(&case.id, &cursor.path, cursor.visit);
        let Some(proposal) = self.store().proposed(&case.id, &key).await? else { return Ok(None) };
        let (Some(score), Some(right)) = (proposal.score, agrees(&proposal.output, values, *outcome)) else {
            return Ok(None);
        };
        Ok(Some(Label {
            of: answerer(before, &cursor.path, step, &proposal),
            case_id: case.id.clone(),
            seq: after.seq,
            at,
            labelled: Labelled { score, right },
            audit: *why == Doubt::Audit,
        }))
    }

    /// What follows from a new label. The decision that brought it stands whatever happens here.
    pub(super) async fn weigh(&self, loaded: &Loaded, label: &Label) {
        if let Err(problem) = self.try_weigh(loaded, label).await {
            tracing::warn!(process = label.of.process, step = label.of.step, %problem, "labels could not be looked at");
        }
    }

    async fn try_weigh(&self, loaded: &Loaded, label: &Label) -> Result<(), Problem> {
        let latest = self.store().latest_certificate(&label.of).await?;
        match latest {
            Some(issued) if issued.ended.is_none() => self.watch(loaded, &issued).await,
            earlier => self.look_at_labels(loaded, &label.of, earlier.as_ref()).await,
        }
    }

    /// Looks at the labels in earnest, when a look is due. Looks are counted on after a certificate has ended, so that
    /// all of them together spend no more than the whole risk.
    async fn look_at_labels(&self, loaded: &Loaded, of: &Answerer, earlier: Option<&Issued>) -> Result<(), Problem> {
        let since = since(earlier);
        let kept = self.store().count_labels(of, since).await?;
        let Some(Look { number, labels }) = latest_look(kept.min(LABELS_MAX)) else { return Ok(()) };
        if kept - labels >= LATE_MAX {
            return Ok(());
        }
        let first = self.store().first_labels(of, since, u32::try_from(labels).unwrap_or(u32::MAX)).await?;
        let labelled: Vec<Labelled> = first.iter().map(|label| label.labelled).collect();
        let look = number.saturating_add(looks_before(earlier));
        let Standing::Certified(certificate) = certify(&labelled, Promise::default(), look) else { return Ok(()) };
        let told = format!("{} may decide alone: {}", self.whose(loaded, of), in_words(&certificate));
        let issued = Issued {
            id: self.ids().new_id("certificate"),
            of: of.clone(),
            certificate,
            at: self.clock().now(),
            ended: None,
        };
        if self.store().issue_certificate(issued, &Acting::System.id(), &told).await? {
            tracing::info!(process = of.process, step = of.step, engine = of.engine, "an agent was certified");
        }
        Ok(())
    }

    /// Holds a certificate against what people have checked since it was issued.
    async fn watch(&self, loaded: &Loaded, issued: &Issued) -> Result<(), Problem> {
        let threshold = issued.certificate.threshold;
        let latest = self.store().latest_labels(&issued.of, issued.at, threshold, CHECKED_MAX).await?;
        let checked = latest.iter().map(|label| Checked { right: label.labelled.right, audit: label.audit });
        let Some(why) = broken(&checked.collect::<Vec<_>>(), issued.certificate.promise) else { return Ok(()) };
        let told = format!("{} may no longer decide alone: {why}", self.whose(loaded, &issued.of));
        let record = (&*Acting::System.id(), &*told);
        if self.store().end_certificate(&issued.id, &why, record, self.clock().now()).await? {
            tracing::warn!(process = issued.of.process, step = issued.of.step, why, "a certificate was ended");
        }
        Ok(())
    }

    /// Whom a certificate is about, for the record.
    fn whose(&self, loaded: &Loaded, of: &Answerer) -> String {
        let step = Path::try_from(of.step.clone()).ok().and_then(|path| doing(&loaded.definition, &path));
        format!("the agent `{}` that {} in `{}`", of.engine, step.unwrap_or_default(), of.process)
    }
}

impl Runtime {
    /// How far every agent with labels has come, as far as the process still asks it.
    pub(super) async fn earned(&self) -> Result<Vec<Earned>, Problem> {
        let (mut earned, mut seen) = (Vec::new(), BTreeSet::new());
        for measured in self.store().measured_agents(LISTED_MAX).await? {
            let of = measured.of;
            let Some(version) = self.store().current_hash(&of.process).await? else { continue };
            let definition = self.definition(&version).await?;
            let Some(step) = Path::try_from(of.step.clone()).ok().and_then(|path| doing(&definition, &path)) else {
                continue;
            };
            let latest = self.store().latest_certificate(&of).await?;
            let autonomy = match &latest {
                Some(issued) if issued.ended.is_none() => Autonomy::Certified(issued.certificate.clone()),
                earlier => self.on_the_way(&of, earlier.as_ref()).await?,
            };
            earned.push(Earned {
                earlier: !seen.insert((of.process, of.step, of.engine.clone())),
                process: definition.title.clone(),
                step,
                engine: of.engine,
                labels: measured.labels,
                autonomy,
                ended: latest.and_then(|issued| issued.ended),
            });
        }
        Ok(earned)
    }

    /// How many labels are missing. This looks at them without spending risk, since nothing follows from it.
    async fn on_the_way(&self, of: &Answerer, earlier: Option<&Issued>) -> Result<Autonomy, Problem> {
        let limit = u32::try_from(LABELS_MAX).unwrap_or(u32::MAX);
        let labels = self.store().first_labels(of, since(earlier), limit).await?;
        let labelled: Vec<Labelled> = labels.iter().map(|label| label.labelled).collect();
        let (kept, mut next) = (labelled.len() as u64, next_look(labelled.len() as u64));
        let look = next.number.saturating_add(looks_before(earlier));
        let needed = match certify(&labelled, Promise::default(), look) {
            Standing::Certified(_) => kept,
            Standing::NotYet { to_go } => kept + to_go,
            Standing::OutOfReach => return Ok(Autonomy::OutOfReach),
        };
        // It counts at a look only.
        while next.labels < needed {
            next = next_look(next.labels);
        }
        Ok(Autonomy::NotYet { to_go: next.labels - kept })
    }
}

/// What a certificate says, for whoever answers for the process.
#[must_use]
pub fn in_words(certificate: &Certificate) -> String {
    let Promise { error, risk } = certificate.promise;
    format!(
        "on cases like the {} that people decided, with {} % certainty at most {} % of automatic decisions are wrong; \
         {} % qualify",
        certificate.labels,
        (1_000 - risk.min(1_000)) / 10,
        error / 10,
        certificate.coverage() / 10
    )
}

/// Labels count from here on: after a certificate has ended, those from before it say nothing any more.
fn since(earlier: Option<&Issued>) -> Timestamp {
    earlier.and_then(|issued| issued.ended.as_ref()).map_or(BEGINNING, |(at, _)| *at)
}

fn looks_before(earlier: Option<&Issued>) -> u32 {
    earlier.map_or(0, |issued| issued.certificate.look)
}

/// Who is measured by this proposal. What an agent is told apart from the case belongs to it: with another text,
/// list, example or prompt it is another agent, about which nothing is known.
fn answerer(loaded: &Loaded, path: &Path, step: &AgentStep, proposal: &Proposal) -> Answerer {
    let definition = &loaded.definition;
    let field = filled(&step.work).flatten();
    let guideline = match &step.work {
        AgentWork::Judge { guideline: Some(name), .. } => definition.guidelines.get(name),
        _ => None,
    };
    let kind = field.and_then(|name| definition.field(name)).map(|field| &field.kind);
    let examples = field.and_then(|name| definition.examples.get(name));
    Answerer {
        process: loaded.case.process.clone(),
        step: path.to_string(),
        engine: proposal.engine.clone(),
        prompt: digest(&(&step.work, kind, examples, guideline, &proposal.prompt)),
    }
}

/// The field that an agent fills where its word chooses a path; `None` for work that needs no certificate.
const fn filled(work: &AgentWork) -> Option<Option<&FieldName>> {
    match work {
        AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => Some(Some(field)),
        AgentWork::Judge { .. } => Some(None),
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } => None,
    }
}

/// What an agent does at a step, as part of a sentence.
fn doing(definition: &Definition, path: &Path) -> Option<String> {
    let Some(Step::Agent(step)) = definition.step(path) else { return None };
    let label = |name: &FieldName| name.replace('_', " ");
    match &step.work {
        AgentWork::Classify { field, .. } => Some(format!("chooses the {}", label(field))),
        AgentWork::Score { field, .. } => Some(format!("scores the {}", label(field))),
        AgentWork::Judge { criterion, .. } => Some(format!("judges whether {criterion}")),
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } => None,
    }
}

/// Whether a person decided what had been suggested; `None` when nothing had been.
fn agrees(output: &Output, values: &Values, outcome: Outcome) -> Option<bool> {
    match output {
        Output::Label { field, label: Some(label), .. } => Some(values.get(field)?.plain() == *label),
        Output::Mark { field, mark: Some(mark) } => Some(values.get(field)?.plain() == mark.to_string()),
        Output::Judgement { holds: Some(holds) } => Some(*holds == (outcome != Outcome::Rejected)),
        Output::Label { label: None, .. }
        | Output::Mark { mark: None, .. }
        | Output::Judgement { holds: None }
        | Output::Fields { .. }
        | Output::Summary { .. } => None,
    }
}

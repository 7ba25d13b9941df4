//! Autonomy is earned from ordinary decisions: what people decide about suggestions is kept, certifies the agent that
//! made them, and ends its certificate when it no longer keeps what it promised.

use std::collections::BTreeSet;

use countersign_core::{
    case::Case,
    definition::{AgentWork, Definition, Path, Step},
    proposal::{CertificateUse, Proposal},
    time::{DAY_MS, Timestamp},
    value::FieldName,
};
use serde::Serialize;

use super::{
    Problem, Runtime,
    ask::Asked,
    engine::Engine,
    labelling::{answerer, cascade_of, filled, matter},
    limits::{apart, is_held, limited, own, percent, promise_of, without},
    world::Loaded,
};
use crate::{
    agents::{CallCtx, DecisionInput},
    certificate::{
        CHECKED_MAX, Certificate, FIRST_LOOK_IN_STAGES, Labelled, Look, Promise, StageLabel, Standing, broken, certify,
        certify_cascade, latest_look, looks_in_vain, next_look,
    },
    store::{Answerer, Issued, Label, Limit, Limits, MeasuredAgent, TakenLook},
};

/// The most labels that are looked at.
pub(super) const LABELS_MAX: u64 = 5_000;

/// So many days are looked back on for how fast people decide.
const PACE_DAYS: i64 = 28;

/// The most agents that are listed.
const LISTED_MAX: u32 = 100;

/// Before every label.
const BEGINNING: Timestamp = Timestamp(i64::MIN);

/// How far an agent has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Earned {
    /// The process's title.
    pub process: String,
    /// Its identifier.
    pub process_id: String,
    /// The step's place in the text.
    pub path: String,
    /// What the agent does there, in words.
    pub step: String,
    /// The one answer that this is about, where it has a permitted error of its own.
    pub answer: Option<String>,
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
        /// In how many days that is, as fast as people have decided of late; `None` when nobody did.
        days: Option<u64>,
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
        limits: &Limits,
    ) -> Result<Option<CertificateUse>, Problem> {
        if proposal.score.is_none() || filled(&asked.step.work).is_none() {
            return Ok(None);
        }
        let of = answerer(&asked.loaded.definition, &asked.loaded.case.process, (asked.path, asked.step), proposal);
        let of = apart(of, limits, proposal);
        Ok(self.in_force(&of).await?.map(|Issued { id, certificate, .. }| CertificateUse {
            id,
            threshold: threshold(&certificate, proposal, &limited(limits)),
            labels: certificate.labels,
        }))
    }

    /// What an agent that answers in stages has to know about when one of them settles this question: from which scores
    /// on, by the certificate of all of them, and which answers are kept for people.
    pub(super) async fn in_stages(&self, asked: &Asked<'_>, input: &DecisionInput) -> Result<CallCtx, Problem> {
        let Some(planned) = self.agents().cascade(asked.step, input, asked.key) else {
            return Ok(CallCtx::default());
        };
        let Loaded { definition, case, .. } = asked.loaded;
        let limits = self.limits_of(asked).await?;
        let of = without(cascade_of(definition, &case.process, (asked.path, asked.step), &planned), &limits);
        let kept = limited(&limits);
        let limits = self.in_force(&of).await?.map(|issued| issued.certificate.stages);
        Ok(CallCtx { limits, kept, ..CallCtx::default() })
    }

    async fn in_force(&self, of: &Answerer) -> Result<Option<Issued>, Problem> {
        let latest = self.store().latest_certificate(of).await?;
        Ok(latest.filter(|issued| issued.ended.is_none()))
    }

    /// What follows from new labels. The decision that brought them stands whatever happens here.
    pub(super) async fn weigh(&self, loaded: &Loaded, labels: &[Label]) {
        for label in labels.iter().filter(|label| !is_held(&label.of)) {
            if let Err(problem) = self.try_weigh(loaded, label).await {
                let Answerer { process, step, .. } = &label.of;
                tracing::warn!(process, step, %problem, "labels could not be looked at");
            }
        }
    }

    async fn try_weigh(&self, loaded: &Loaded, label: &Label) -> Result<(), Problem> {
        let (definition, decision) = (&loaded.definition, Some((&*loaded.case, label.seq)));
        match self.store().latest_certificate(&label.of).await? {
            // A right answer takes away no certificate that stood before it, see `broken`.
            Some(issued) if issued.ended.is_none() && label.labelled.right => Ok(()),
            Some(issued) if issued.ended.is_none() => self.watch(definition, &issued, decision).await,
            earlier => self.look_at_labels(definition, (&label.of, &label.matter), earlier.as_ref(), decision).await,
        }
    }

    /// Looks at the labels in earnest, when a look is due that was not taken yet. Looks are counted over all versions
    /// of an agent and on after a certificate has ended: versions may be measured by the same decisions, and all looks
    /// together spend no more than the whole risk.
    pub(super) async fn look_at_labels(
        &self,
        definition: &Definition,
        (of, matter): (&Answerer, &str),
        earlier: Option<&Issued>,
        decision: Option<(&Case, u64)>,
    ) -> Result<(), Problem> {
        let since = since(earlier);
        let kept = self.store().count_labels(of, since, LABELS_MAX).await?;
        let Some(Look { number, labels }) = latest_look(kept) else { return Ok(()) };
        let looks = self.store().looks(&of.process, matter).await?;
        if looks.iter().any(|look| look.of == *of && look.labels == labels && look.since == since) {
            return Ok(());
        }
        let first = self.store().first_labels(of, since, u32::try_from(labels).unwrap_or(u32::MAX)).await?;
        let promise = promise_of(of);
        let Some(number) = number_of(number, labels, (&first, promise)) else { return Ok(()) };
        let number = look_number(number, earlier, &looks);
        let now = self.clock().now();
        let found = match standing((&first, promise), number) {
            Standing::Certified(certificate) => {
                let told = self.certified(definition, of, &certificate, decision);
                let id = self.ids().new_id("certificate");
                Some((Issued { id, of: of.clone(), certificate, at: now, ended: None }, told))
            }
            Standing::NotYet { .. } | Standing::OutOfReach => None,
        };
        let certified = found.is_some();
        let look = TakenLook { matter: matter.to_owned(), number, of: of.clone(), labels, since };
        if self.store().take_look(look, found, now).await? && certified {
            tracing::info!(process = of.process, step = of.step, engine = of.engine, "an agent was certified");
        }
        Ok(())
    }

    /// Holds a certificate against what people have checked since it was issued.
    async fn watch(
        &self,
        definition: &Definition,
        issued: &Issued,
        decision: Option<(&Case, u64)>,
    ) -> Result<(), Problem> {
        let threshold = issued.certificate.threshold;
        let checked = self.store().latest_checks(&issued.of, issued.at, threshold, CHECKED_MAX).await?;
        let Some(why) = broken(&checked, issued.certificate.promise) else { return Ok(()) };
        let told = self.ended(definition, issued, &why, decision);
        if self.store().end_certificate(&issued.id, &why, told, self.clock().now()).await? {
            tracing::warn!(process = issued.of.process, step = issued.of.step, why, "a certificate was ended");
        }
        Ok(())
    }
}

impl Runtime {
    /// Holds every certificate in force against what people have checked: a program that was stopped right after a
    /// decision has not done so.
    pub(super) async fn watch_all(&self) -> Result<(), Problem> {
        for MeasuredAgent { of, .. } in self.store().measured_agents(LISTED_MAX).await? {
            let Some(version) = self.store().current_hash(&of.process).await? else { continue };
            if let Some(issued) = self.in_force(&of).await? {
                self.watch(&*self.definition(&version).await?, &issued, None).await?;
            }
        }
        Ok(())
    }

    /// How far every agent with labels has come, as far as the process still asks it.
    pub(super) async fn earned(&self) -> Result<Vec<Earned>, Problem> {
        let (mut earned, mut seen) = (Vec::new(), BTreeSet::new());
        for measured in self.store().measured_agents(LISTED_MAX).await? {
            let of = measured.of;
            if is_held(&of) {
                continue;
            }
            let Some(version) = self.store().current_hash(&of.process).await? else { continue };
            let definition = self.definition(&version).await?;
            let Some((step, matter)) = Path::try_from(of.step.clone()).ok().and_then(|path| {
                let Some(Step::Agent(step)) = definition.step(&path) else { return None };
                Some((doing(&definition, &path)?, matter(&step.work, &path)))
            }) else {
                continue;
            };
            // A limit that was lifted measures nobody any more.
            let answer = own(&of).map(|(error, answer)| (answer.to_owned(), Limit::AtMost(error)));
            if let Some((answer, limit)) = &answer
                && self.store().limits(&of.process, &matter).await?.get(answer) != Some(limit)
            {
                continue;
            }
            let answer = answer.map(|(answer, _)| answer);
            let latest = self.store().latest_certificate(&of).await?;
            let autonomy = match &latest {
                Some(issued) if issued.ended.is_none() => Autonomy::Certified(issued.certificate.clone()),
                earlier => self.on_the_way((&of, &matter), earlier.as_ref()).await?,
            };
            earned.push(Earned {
                earlier: !seen.insert((of.process.clone(), of.step.clone(), of.engine.clone(), answer.clone())),
                process: definition.title.clone(),
                process_id: of.process,
                path: of.step,
                step,
                answer,
                engine: of.engine,
                labels: measured.labels,
                autonomy,
                ended: latest.and_then(|issued| issued.ended),
            });
        }
        Ok(earned)
    }

    /// How many labels are missing. This looks at them without spending risk, since nothing follows from it.
    async fn on_the_way(&self, (of, matter): (&Answerer, &str), earlier: Option<&Issued>) -> Result<Autonomy, Problem> {
        let limit = u32::try_from(LABELS_MAX).unwrap_or(u32::MAX);
        let labels = self.store().first_labels(of, since(earlier), limit).await?;
        let (kept, mut next) = (labels.len() as u64, next_look(labels.len() as u64));
        let looks = self.store().looks(&of.process, matter).await?;
        let of_all = (labels.as_slice(), promise_of(of));
        let number = number_of(next.number, next.labels, of_all).unwrap_or(1);
        let needed = match standing(of_all, look_number(number, earlier, &looks)) {
            Standing::Certified(_) => kept,
            Standing::NotYet { to_go } => kept + to_go,
            Standing::OutOfReach => return Ok(Autonomy::OutOfReach),
        };
        // It counts at a look only.
        while next.labels < needed || number_of(next.number, next.labels, of_all).is_none() {
            next = next_look(next.labels);
        }
        let to_go = next.labels - kept;
        Ok(Autonomy::NotYet { to_go, days: self.days_to(to_go, (of, matter)).await? })
    }

    /// How many days so many labels take, as fast as people have decided of late; `None` when nobody did.
    async fn days_to(&self, labels: u64, (of, matter): (&Answerer, &str)) -> Result<Option<u64>, Problem> {
        let now = self.clock().now();
        let after = now.plus_ms(-PACE_DAYS * DAY_MS);
        let (decided, first) = self.store().pace((&of.process, matter), after).await?;
        let Some(first) = first else { return Ok(None) };
        let days = u64::try_from((now.0 - first.0) / DAY_MS).unwrap_or(0) + 1;
        Ok((labels * days).checked_div(decided).map(|days| days.max(1)))
    }
}

/// From which score on this answer goes ahead.
///
/// Invariant: of a cascade goes ahead what the certified procedure itself would have answered and nothing else. When
/// the certificate came while the stages were asked, another stage may have been the one to settle it.
fn threshold(certificate: &Certificate, proposal: &Proposal, kept: &BTreeSet<String>) -> u32 {
    let Some(cascade) = &proposal.cascade else { return certificate.threshold };
    let settled = cascade.settled(&certificate.stages, kept).filter(|place| *place == cascade.answered as usize);
    settled.and_then(|place| certificate.stages.get(place).copied().flatten()).unwrap_or(u32::MAX)
}

/// What labels say about whoever they are for, alone or in stages.
fn standing((labels, promise): (&[Label], Promise), look: u32) -> Standing {
    if in_stages(labels) {
        let stages: Vec<Vec<StageLabel>> = labels.iter().map(|label| label.stages.clone()).collect();
        return certify_cascade(&stages, promise, look);
    }
    let labelled: Vec<Labelled> = labels.iter().map(|label| label.labelled).collect();
    certify(&labelled, promise, look)
}

fn in_stages(labels: &[Label]) -> bool {
    labels.iter().any(|label| !label.stages.is_empty())
}

/// The number of a look at so many labels. A cascade and an answer of which less may be wrong are looked at later, so
/// that their first look is not in vain; none before.
fn number_of(number: u32, at: u64, (labels, promise): (&[Label], Promise)) -> Option<u32> {
    match in_stages(labels) {
        false => number.checked_sub(looks_in_vain(promise)).filter(|number| *number > 0),
        true if at < FIRST_LOOK_IN_STAGES => None,
        true => Some(number.saturating_sub(1).max(1)),
    }
}

/// What a certificate says, for whoever answers for the process.
#[must_use]
pub fn in_words(certificate: &Certificate) -> String {
    let Promise { error, risk } = certificate.promise;
    format!(
        "on cases like the {} that people decided, with {} % certainty at most {} of automatic decisions are wrong; \
         {} % qualify",
        certificate.labels,
        (1_000 - risk.min(1_000)) / 10,
        percent(error),
        certificate.coverage() / 10
    )
}

/// Labels count from here on: after a certificate has ended, those from before it say nothing any more.
fn since(earlier: Option<&Issued>) -> Timestamp {
    earlier.and_then(|issued| issued.ended.as_ref()).map_or(BEGINNING, |(at, _)| *at)
}

/// The number of a look: one that nobody has taken, and never lower than labels that were never used before ask for.
fn look_number(number: u32, earlier: Option<&Issued>, looks: &[TakenLook]) -> u32 {
    let before = earlier.map_or(0, |issued| issued.certificate.look);
    let taken = looks.iter().map(|look| look.number).max().unwrap_or(0);
    number.saturating_add(before).max(taken.saturating_add(1))
}

/// What an agent does at a step, as part of a sentence.
pub(super) fn doing(definition: &Definition, path: &Path) -> Option<String> {
    let Some(Step::Agent(step)) = definition.step(path) else { return None };
    let label = |name: &FieldName| name.replace('_', " ");
    match &step.work {
        AgentWork::Classify { field, .. } => Some(format!("chooses the {}", label(field))),
        AgentWork::Score { field, .. } => Some(format!("scores the {}", label(field))),
        AgentWork::Judge { criterion, .. } => Some(format!("judges whether {criterion}")),
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => None,
    }
}

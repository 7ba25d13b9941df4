//! An agent as it is now is asked what people have decided before: in cases, and in imported rows.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    canonical::{digest, digest_bytes},
    case::{Case, Outcome},
    command::agent_key,
    definition::{AgentWork, Definition},
    event::EventKind,
    proposal::{Doubt, Proposal, Verdict, verdict},
    time::Timestamp,
    value::Value,
};
use serde::Serialize;
use tokio::{sync::watch, task::JoinHandle};

use super::{Deciding, deciding_steps, is_document, right_answer};
use crate::{
    agents::{CallCtx, DecisionInput, input::DocumentText, prompts::Prompts},
    certificate::StageLabel,
    llm::route::Router,
    runtime::{
        Problem, Runtime,
        autonomy::LABELS_MAX,
        intake::{HandIn, take},
        labelling::{Measured, SCORING, Said, answerer, matter, measured},
        limits::{apart, is_answer_of, is_held, limited},
    },
    store::{Answerer, Label, LabelOrigin, Limits, PastDecision},
};

/// How often it is looked whether an agent has changed, in milliseconds.
const LOOK_EVERY_MS: u64 = 5_000;
/// Labels that are kept at a time, so that a program that stops half-way begins where it was.
const LABELS_A_CHANGE: usize = 50;
/// After so many questions in a row that nobody answers, the others are left until something changes.
const UNANSWERED_MAX: u32 = 20;
/// The setting that holds as what the agents of a process were last asked.
const SCORED: &str = "labels.scored";
/// Before every label.
const BEGINNING: Timestamp = Timestamp(i64::MIN);

/// What came of asking again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scored {
    /// Answers that became labels.
    pub labelled: u64,
    /// How many of those were right.
    pub right: u64,
    /// Questions that this agent had answered before.
    pub known: u64,
    /// Questions that gave no label: nobody answered, the answer had no score or could not go ahead anyway, what was
    /// seen then is no longer there, or the agent has the very words among its examples.
    pub without: u64,
}

/// What an agent was or would have been shown, and what was right.
struct Question {
    key: String,
    case: Option<(String, u64)>,
    input: DecisionInput,
    right: Said,
}

/// What is known while a step is asked.
struct Asking<'a> {
    definition: &'a Definition,
    process: &'a str,
    deciding: &'a Deciding<'a>,
    /// The keys that each agent met so far has labels for.
    known: BTreeMap<(String, String), (Answerer, BTreeSet<String>)>,
    new: Vec<Label>,
    /// The answers that have a limit of their own.
    limits: Limits,
    /// Who answered last, apart from limits.
    now: Option<Answerer>,
    scored: Scored,
    /// Questions in a row that nobody answered.
    unanswered: u32,
}

impl Runtime {
    /// Asks the agents of a process, as they are now, what people have decided: each question that this very agent has
    /// no label for. Labels that came before the end of a certificate at the step say nothing any more and are left.
    ///
    /// # Errors
    /// [`Problem::NotFound`] without such a process, and when the database fails.
    pub async fn score_again(&self, process: &str) -> Result<Scored, Problem> {
        let none = || Problem::NotFound(format!("process {process}"));
        let version = self.store().current_hash(process).await?.ok_or_else(none)?;
        let definition = self.definition(&version).await?;
        let mut scored = Scored::default();
        for deciding in &deciding_steps(&definition) {
            let (known, new, before) = (BTreeMap::new(), Vec::new(), std::mem::take(&mut scored));
            let limits = self.store().limits(process, &deciding.matter()).await?;
            let definition = &definition;
            let mut asking =
                Asking { definition, process, deciding, known, new, limits, now: None, scored: before, unanswered: 0 };
            self.ask_again(&mut asking).await?;
            scored = asking.scored;
        }
        Ok(scored)
    }

    async fn ask_again(&self, asking: &mut Asking<'_>) -> Result<(), Problem> {
        let (step, about) = (asking.deciding.path.to_string(), asking.deciding.matter());
        let after = self.store().last_end(asking.process, &step).await?.unwrap_or(BEGINNING);
        let limit = u32::try_from(LABELS_MAX).unwrap_or(u32::MAX);
        let decided = self.store().decided_labels((asking.process, &about, &step), after, limit).await?;
        // A question that several versions were asked is one question.
        let mut seen = BTreeSet::new();
        for label in decided.into_iter().filter(|label| seen.insert((label.case_id.clone(), label.seq))) {
            if asking.gives_up() {
                break;
            }
            if asking.knows(&label.key) || self.carried_over(asking, &label).await? {
                continue;
            }
            let question = self.as_it_was(asking, &label).await?;
            self.ask_one(asking, question).await?;
        }
        for past in self.store().past_decisions(asking.process, &about, after, limit).await? {
            if asking.gives_up() {
                break;
            }
            if asking.knows(&past.key) {
                continue;
            }
            let question = imported(asking, past);
            self.ask_one(asking, question).await?;
        }
        self.keep(asking).await?;
        // Half of the labels say nothing yet.
        if asking.gives_up() {
            return Ok(());
        }
        for (of, _) in std::mem::take(&mut asking.known).into_values() {
            let earlier = self.store().latest_certificate(&of).await?;
            if earlier.as_ref().is_none_or(|issued| issued.ended.is_some()) {
                let matter = matter(&asking.deciding.step.work, &asking.deciding.path);
                self.look_at_labels(asking.definition, (&of, &matter), earlier.as_ref(), None).await?;
            }
        }
        Ok(())
    }

    async fn ask_one(&self, asking: &mut Asking<'_>, question: Option<Question>) -> Result<(), Problem> {
        let Some(Question { key, case, input, right }) = question.filter(|one| !asking.is_example(&one.input)) else {
            asking.scored.without += 1;
            return Ok(());
        };
        let step = asking.deciding.step;
        // Without limits every stage of a cascade is asked, so that the label tells what each is worth.
        let call = CallCtx { key: key.clone(), process: Some(asking.process.to_owned()), ..CallCtx::default() };
        let Ok(decided) = self.agents().decided(step, &input, call).await? else {
            asking.scored.without += 1;
            asking.unanswered += 1;
            return Ok(());
        };
        asking.unanswered = 0;
        let (proposal, facts) = decided.gated(step, &input, self.policies());
        let of = answerer(asking.definition, asking.process, (&asking.deciding.path, step), &proposal);
        asking.now = Some(of.clone());
        let of = apart(of, &asking.limits, &proposal);
        if is_held(&of) {
            asking.scored.without += 1;
            return Ok(());
        }
        let lone = matches!(verdict(step, &proposal, &facts), Verdict::Suggest { why: Doubt::NotCertified });
        let measured =
            measured(asking.definition, step, (&proposal, &limited(&asking.limits)), &right).filter(|_| lone);
        let Some(Measured { labelled, stages }) = measured else {
            asking.scored.without += 1;
            return Ok(());
        };
        if !self.is_new(asking, &of, &key).await? {
            return Ok(());
        }
        // What was decided before a certificate came is no check of it, and no sign that it holds again.
        let issued = self.store().latest_certificate(&of).await?.map(|issued| issued.at);
        asking.scored.labelled += 1;
        asking.scored.right += u64::from(labelled.right);
        let (origin, (case_id, seq)) = match case {
            Some(case) => (LabelOrigin::Again, case),
            None => (LabelOrigin::Imported, (String::new(), 0)),
        };
        asking.new.push(Label {
            of,
            key,
            matter: matter(&step.work, &asking.deciding.path),
            case_id,
            seq,
            origin,
            at: issued.unwrap_or_else(|| self.clock().now()),
            labelled,
            stages,
            audit: false,
        });
        if asking.new.len() >= LABELS_A_CHANGE { self.keep(asking).await } else { Ok(()) }
    }

    /// Whether an agent has no label for this question yet; from now on it has.
    async fn is_new(&self, asking: &mut Asking<'_>, of: &Answerer, key: &str) -> Result<bool, Problem> {
        let name = (of.engine.clone(), of.prompt.clone());
        if !asking.known.contains_key(&name) {
            let keys = self.store().label_keys(of).await?;
            asking.known.insert(name.clone(), (of.clone(), keys));
        }
        let new = asking.known.get_mut(&name).is_some_and(|(_, keys)| keys.insert(key.to_owned()));
        asking.scored.known += u64::from(!new);
        Ok(new)
    }

    /// Whether the agent need not be asked, since whoever answers now has given the answer that a label is about: then
    /// only limits may have changed, and the label is taken over where that answer is not kept for people.
    async fn carried_over(&self, asking: &mut Asking<'_>, label: &Label) -> Result<bool, Problem> {
        let Some(proposed) = self.store().proposed(&label.case_id, &label.key).await? else { return Ok(false) };
        let (deciding, proposal) = (asking.deciding, proposed.proposal);
        let agent = answerer(asking.definition, asking.process, (&deciding.path, deciding.step), &proposal);
        if asking.now.as_ref() != Some(&agent) || !is_answer_of(&label.of, &agent) {
            return Ok(false);
        }
        let of = apart(agent, &asking.limits, &proposal);
        if is_held(&of) {
            asking.scored.without += 1;
            return Ok(true);
        }
        let Some(stages) = stages_of(&proposal, label, &limited(&asking.limits)) else { return Ok(false) };
        if self.is_new(asking, &of, &label.key).await? {
            asking.scored.labelled += 1;
            asking.scored.right += u64::from(label.labelled.right);
            let issued = self.store().latest_certificate(&of).await?.map(|issued| issued.at);
            let at = issued.unwrap_or_else(|| self.clock().now());
            asking.new.push(Label { of, stages, origin: LabelOrigin::Again, at, audit: false, ..label.clone() });
        }
        Ok(true)
    }

    async fn keep(&self, asking: &mut Asking<'_>) -> Result<(), Problem> {
        let new = std::mem::take(&mut asking.new);
        if !new.is_empty() {
            self.store().put_labels(new).await?;
        }
        Ok(())
    }

    /// The question of a label as it was put, under the text of today; `None` when its case no longer tells.
    async fn as_it_was(&self, asking: &Asking<'_>, label: &Label) -> Result<Option<Question>, Problem> {
        let history = self.timeline(&label.case_id, label.seq).await?;
        let decided = history.moments.iter().rfind(|moment| moment.stored.seq == label.seq);
        let right = decided.and_then(|moment| match asking.deciding.field {
            Some(field) => moment.after.value(field).cloned().map(Said::Value),
            None => match moment.stored.event.as_ref().map(|event| &event.kind) {
                Some(EventKind::TaskDecided { outcome, .. }) => Some(Said::Holds(*outcome != Outcome::Rejected)),
                _ => None,
            },
        });
        let Some(right) = right else { return Ok(None) };
        let asked = history.moments.iter().rev().find(|moment| {
            let kind = moment.stored.event.as_ref().map(|event| &event.kind);
            matches!(kind, Some(EventKind::ProposalReturned { key, .. }) if is_of(&moment.before, key, label))
        });
        let Some(asked) = asked else { return Ok(None) };
        let mut texts = BTreeMap::new();
        for (key, document) in &asked.before.documents {
            if let Some(digest) = &document.text
                && let Some(text) = self.store().text(digest).await?
            {
                texts.insert(key.clone(), text);
            }
        }
        let mut input = DecisionInput::new(asking.definition, &asked.before, &texts);
        input.values.retain(|name, _| asking.definition.field(name).is_some());
        let case = Some((label.case_id.clone(), label.seq));
        Ok(Some(Question { key: label.key.clone(), case, input, right }))
    }

    /// Asks again what people decided, whenever a process or who answers has changed, until `stop` turns true.
    #[must_use]
    pub fn keep_scores(&self, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let runtime = self.clone();
        tokio::spawn(async move {
            if let Err(problem) = runtime.watch_all().await {
                tracing::warn!(%problem, "certificates could not be held against what people have checked");
            }
            let mut clock = tokio::time::interval(std::time::Duration::from_millis(LOOK_EVERY_MS));
            clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while !*stop.borrow() {
                tokio::select! {
                    _ = clock.tick() => {}
                    _ = stop.changed() => break,
                }
                let scoring = runtime.score_where_due();
                tokio::select! {
                    done = scoring => if let Err(problem) = done {
                        tracing::warn!(%problem, "agents could not be asked again what people have decided");
                    },
                    _ = stop.changed() => break,
                }
            }
        })
    }

    /// Asks again what people decided, of every process whose agents have changed since that was last done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn score_where_due(&self) -> Result<Scored, Problem> {
        let mut scored = Scored::default();
        if self.books().off().await? {
            return Ok(scored);
        }
        let minds = self.minds()?;
        for (process, past) in self.store().measured_processes().await? {
            let Some(version) = self.store().current_hash(&process).await? else { continue };
            let definition = self.definition(&version).await?;
            let mut limits = Vec::new();
            for deciding in deciding_steps(&definition) {
                limits.push(self.store().limits(&process, &deciding.matter()).await?);
            }
            let now = digest(&(&version, past, &minds, limits));
            let setting = format!("{SCORED}.{process}");
            if self.store().setting(&setting).await?.as_deref() == Some(now.as_str()) {
                continue;
            }
            let more = self.score_again(&process).await?;
            self.store().set_setting(&setting, &now).await?;
            let Scored { labelled, right, known, without } = more;
            tracing::info!(process, labelled, right, known, without, "asked again what people have decided");
            scored.labelled += labelled;
            scored.right += right;
            scored.known += known;
            scored.without += without;
        }
        Ok(scored)
    }

    /// Who answers, and in which words they are asked: another of these is another agent.
    fn minds(&self) -> Result<String, Problem> {
        let prompts = Prompts::load_embedded().map_err(|error| Problem::Setup(error.to_string()))?.pinned(true);
        let models = self.router().map(Router::health).unwrap_or_default();
        let models: Vec<_> = models.iter().map(|model| (&model.engine, &model.tiers)).collect();
        let quirks: Vec<_> =
            self.config().models.iter().map(|(name, model)| (name, model.quirks.probabilities)).collect();
        Ok(digest(&(prompts, models, quirks, &self.config().agents, SCORING)))
    }
}

/// What a label says of each stage, where these answers have a limit of their own; `None` where a stage was not asked,
/// so that nobody knows what it would have said.
fn stages_of(proposal: &Proposal, label: &Label, limited: &BTreeSet<String>) -> Option<Vec<StageLabel>> {
    let asked = proposal.cascade.iter().flat_map(|cascade| &cascade.stages);
    asked
        .zip(&label.stages)
        .map(|(stage, said)| Some(StageLabel { score: stage.asked.as_ref()?.score_unless(limited), ..*said }))
        .collect()
}

impl Asking<'_> {
    /// Whether nobody answers at the moment, so that asking on would be in vain.
    const fn gives_up(&self) -> bool {
        self.unanswered >= UNANSWERED_MAX
    }

    /// Whether whoever answered last has a label for this question; then it need not be put.
    fn knows(&mut self, key: &str) -> bool {
        let knows = self.known.values().any(|(_, keys)| keys.contains(key));
        self.scored.known += u64::from(knows);
        knows
    }

    /// Whether the agent has the very words that it is asked about among its examples, and so knows the answer.
    fn is_example(&self, input: &DecisionInput) -> bool {
        let texts: Vec<String> = self
            .deciding
            .subject
            .iter()
            .filter_map(|name| match input.values.get(*name)? {
                Value::Document { .. } => input.documents.iter().find(|one| one.field == **name)?.text.clone(),
                value => Some(value.plain()),
            })
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect();
        let (whole, examples) =
            (texts.join("\n\n"), self.deciding.field.and_then(|field| self.definition.examples.get(field)));
        let criterion = match &self.deciding.step.work {
            AgentWork::Judge { criterion, .. } => self.definition.criterion_examples(criterion),
            _ => &[],
        };
        let words = examples.into_iter().flatten().map(|example| &example.text);
        words.chain(criterion.iter().map(|example| &example.text)).any(|example| {
            let example = example.trim();
            example == whole || texts.iter().any(|text| text == example)
        })
    }
}

/// Whether an answer came under the key of a label. Labels of older programs name no step, only the decision.
fn is_of(before: &Case, key: &str, label: &Label) -> bool {
    if label.key == format!("{}/{}", label.case_id, label.seq) {
        let asked = before.cursors.iter().find(|cursor| cursor.path.to_string() == label.of.step);
        return asked.is_some_and(|cursor| agent_key(&label.case_id, &cursor.path, cursor.visit) == key);
    }
    label.key == key
}

/// The question of an imported row, under the text of today; `None` when it no longer fits.
fn imported(asking: &Asking<'_>, past: PastDecision) -> Option<Question> {
    let definition = asking.definition;
    let right = right_answer(definition, asking.deciding, &past.answer).ok()?;
    let (texts, words): (BTreeMap<_, _>, BTreeMap<_, _>) =
        past.given.into_iter().partition(|(name, _)| is_document(definition, name));
    let mut values = take(definition, HandIn { words, uploads: Vec::new() }).ok()?.values;
    let mut documents = Vec::new();
    for (field, text) in texts {
        let (key, digest) = (format!("row/{field}"), digest_bytes(text.as_bytes()));
        values.insert(field.clone(), Value::Document { document: key.clone() });
        documents.push(DocumentText {
            key,
            name: format!("{field}.txt"),
            field,
            bytes: digest.clone(),
            text: Some(text),
            digest: Some(digest),
            no_text: None,
        });
    }
    let empty = DecisionInput::new(definition, &Case::unopened("past"), &BTreeMap::new());
    let input = DecisionInput { values, documents, ..empty };
    Some(Question { key: past.key, case: None, input, right })
}

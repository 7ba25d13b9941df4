//! One event: load, decide, commit. The reply leaves only after the commit.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    Context,
    canonical::Digest,
    case::{Case, Outcome},
    command::Command,
    decide,
    event::{Acting, Event, EventKind},
    form::FieldFault,
    people::PersonId,
    planted::planted,
    time::Timestamp,
    value::Values,
    wake_at, who,
};

use super::{
    Problem,
    effects::notifications,
    engine::{Change, Engine},
    intake::{HandIn, Taken},
    labelling::Deciding,
    projection,
    world::Loaded,
};
use crate::{
    id::made_at,
    store::{Aside, Commit, CommitError, Lease, NewDecisionRecord},
};

/// How often an event is decided anew because somebody else was faster.
const TRIES_MAX: u32 = 16;

/// The number of a case that is only looked at before it is opened.
const NO_NUMBER: u64 = 0;

/// What became of an event.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The case after it.
    pub loaded: Loaded,
    /// Whether the same request had been applied before, so that nothing was done now.
    pub repeated: bool,
}

/// What is committed together with an event.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// The attempt of an effect whose result the event is.
    pub(super) acknowledged: Option<Lease>,
    /// The record of an agent's answer.
    pub(super) record: Option<NewDecisionRecord>,
    /// What is kept with it.
    pub(super) aside: Vec<Aside>,
    /// The version that the event is decided with, where it is not the one that the case runs before it.
    pub(super) under: Option<Digest>,
}

/// What a person sends when deciding a task.
#[derive(Clone, Debug)]
pub struct TaskAnswer {
    /// What they chose.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// What they wrote or attached.
    pub hand_in: HandIn,
    /// The digest of what they were shown.
    pub shown: String,
    /// What makes the request the same request when it comes again.
    pub key: String,
}

impl TaskAnswer {
    /// The decision, with what was handed in as typed values.
    fn event(&self, task: u32, taken: Taken) -> EventKind {
        EventKind::TaskDecided {
            task,
            outcome: self.outcome,
            reason: self.reason.clone(),
            values: taken.values,
            documents: taken.documents,
            shown: self.shown.clone(),
        }
    }
}

impl Engine {
    /// Opens a case. With a key, a second request of the same key answers with the first one's case; one with something
    /// else in it is refused, since whoever sent it would take it for opened.
    pub async fn open_case(
        &self,
        acting: &Acting,
        process: &str,
        hand_in: HandIn,
        key: Option<&str>,
    ) -> Result<Applied, Problem> {
        let version = self.store().current_hash(process).await?;
        let version = version.ok_or_else(|| Problem::NotFound(format!("published process `{process}`")))?;
        if self.running_rehearsal(process).await?.is_some_and(|rehearsal| rehearsal.ended_at.is_some()) {
            return Err(Problem::NotFound(format!("rehearsal `{process}` any more: it has ended")));
        }
        let definition = self.definition(&version).await?;
        let taken = self.taken(acting, &definition, hand_in).await;
        // A keyed request names its case by the key, so that a repetition meets the same case.
        let case_id = match key {
            Some(key) => keyed_case_id(process, &acting.id(), key),
            None => self.ids().new_id("case"),
        };
        if let Some(case) = self.store().load(&case_id).await? {
            let definition = self.definition(&case.version).await?;
            let loaded = Loaded { case, definition, world: self.world() };
            return self.opened_before(loaded, &version, &taken?, key).await;
        }
        let opened = case_id.clone();
        let mut case = Case::unopened(case_id);
        case.version.clone_from(&version);
        let loaded = Loaded { case: Arc::new(case), definition, world: self.world() };
        let with = |number: u64, Taken { values, documents, .. }| EventKind::CaseOpened { number, values, documents };
        let mut taken = match taken {
            Ok(taken) => taken,
            Err(misread) => {
                return Err(self.all_that_is_wrong(misread, (&loaded, acting), |rest| with(NO_NUMBER, rest)));
            }
        };
        // Documents are committed with the event that names them.
        let beside = Beside { aside: taken.aside(), ..Beside::default() };
        // A form that is refused must not use up a number: a list of cases without one would look as if it were lost.
        let judged = Event::new(self.clock().now(), acting.clone(), with(NO_NUMBER, taken.clone()));
        decide(&loaded.context(), (*loaded.case).clone(), &judged)?;
        let kind = with(self.store().next_case_number().await?, taken.clone());
        match self.decide_and_commit(loaded, acting, &kind, "opened", &beside).await? {
            Step::Done(applied) => Ok(*applied),
            Step::Again | Step::TakenOver => self.opened_before(self.load(&opened).await?, &version, &taken, key).await,
        }
    }

    /// Answers a repeated request with the case that it opened. Under another version the same words may be other
    /// values, so that nothing is compared then.
    async fn opened_before(
        &self,
        loaded: Loaded,
        version: &Digest,
        taken: &Taken,
        key: Option<&str>,
    ) -> Result<Applied, Problem> {
        let first = self.store().first_event(&loaded.case.id).await?;
        let same = match first.map(|first| first.kind) {
            Some(EventKind::CaseOpened { values, documents, .. }) if loaded.case.version == *version => {
                taken.is_like(&values, &documents)
            }
            _ => true,
        };
        if same {
            return Ok(Applied { loaded, repeated: true });
        }
        let (key, number) = (key.unwrap_or_default(), loaded.case.number);
        let message = format!("the key `{key}` opened case {number} with other values; send this one with its own key");
        Err(Problem::Faults(vec![FieldFault { field: "key".to_owned(), message }]))
    }

    /// Applies an event to a case.
    pub async fn apply(
        &self,
        case_id: &str,
        acting: &Acting,
        kind: &EventKind,
        dedup: &str,
    ) -> Result<Applied, Problem> {
        self.apply_beside(case_id, acting, kind, dedup, &Beside::default()).await
    }

    #[tracing::instrument(name = "case", skip_all, fields(case = case_id, event = kind.name()))]
    pub(super) async fn apply_beside(
        &self,
        case_id: &str,
        acting: &Acting,
        kind: &EventKind,
        dedup: &str,
        beside: &Beside,
    ) -> Result<Applied, Problem> {
        for _ in 0..TRIES_MAX {
            let loaded = self.load(case_id).await?;
            let rejected = match self.decide_and_commit(loaded, acting, kind, dedup, beside).await {
                Ok(Step::Done(applied)) => return Ok(*applied),
                Ok(Step::TakenOver) => return Ok(Applied { loaded: self.load(case_id).await?, repeated: true }),
                Ok(Step::Again) => None,
                Err(problem @ Problem::Rejected(_)) => Some(problem),
                Err(problem) => return Err(problem),
            };
            // A repetition is answered from the first result, whatever has become of the case since. A commit tells
            // whether it is one; a case that has moved on may refuse it before that.
            if self.store().applied(case_id, dedup).await?.is_some() {
                return Ok(Applied { loaded: self.load(case_id).await?, repeated: true });
            }
            if let Some(problem) = rejected {
                return Err(problem);
            }
        }
        Err(Problem::Busy { case_id: case_id.to_owned() })
    }

    /// A person decides a task.
    pub async fn decide_task(
        &self,
        case_id: &str,
        task: u32,
        acting: &Acting,
        mut answer: TaskAnswer,
    ) -> Result<Applied, Problem> {
        let loaded = self.load(case_id).await?;
        let hand_in = std::mem::take(&mut answer.hand_in);
        let mut taken = match self.taken(acting, &loaded.definition, hand_in).await {
            Ok(taken) => taken,
            Err(misread) => {
                return Err(self.all_that_is_wrong(misread, (&loaded, acting), |rest| answer.event(task, rest)));
            }
        };
        let beside = Beside { aside: taken.aside(), ..Beside::default() };
        let kind = answer.event(task, taken);
        self.apply_beside(case_id, acting, &kind, &format!("task/{task}/{}", answer.key), &beside).await
    }

    /// The case as it would be with these values decided on; `None` where the core would not take the decision, which
    /// then says so itself. Nothing is kept.
    pub async fn foreseen(&self, loaded: &Loaded, task: u32, acting: &Acting, answer: &TaskAnswer) -> Option<Case> {
        let taken = self.taken(acting, &loaded.definition, answer.hand_in.clone()).await.ok()?;
        let event = Event::new(self.clock().now(), acting.clone(), answer.event(task, taken));
        decide(&loaded.context(), (*loaded.case).clone(), &event).ok().map(|(case, _)| case)
    }

    /// Changes fields outside a task.
    pub async fn edit_fields(
        &self,
        case_id: &str,
        acting: &Acting,
        words: BTreeMap<String, String>,
        reason: &str,
        key: &str,
    ) -> Result<Applied, Problem> {
        let loaded = self.load(case_id).await?;
        let hand_in = HandIn { words, uploads: Vec::new() };
        let values: Values = self.taken(acting, &loaded.definition, hand_in).await?.values;
        let kind = EventKind::FieldsEdited { values, reason: reason.to_owned() };
        self.apply(case_id, acting, &kind, &format!("edit/{key}")).await
    }

    /// How a person acts on a task: for themselves, or in the place of somebody who is away.
    #[must_use]
    pub fn acting_on(&self, loaded: &Loaded, task: u32, person: &PersonId) -> Acting {
        let own = Acting::person(person.clone());
        let Some(task) = loaded.case.task(task) else { return own };
        let eligible = who::eligible(&loaded.context(), &loaded.case, task, self.clock().now());
        let mut mine = eligible.into_iter().filter(|one| one.person == *person);
        match mine.next() {
            Some(one) if mine.all(|other| other.standing_for.is_some()) => {
                Acting::Person { person: person.clone(), standing_for: one.standing_for }
            }
            Some(_) | None => own,
        }
    }

    pub(super) async fn decide_and_commit(
        &self,
        loaded: Loaded,
        acting: &Acting,
        kind: &EventKind,
        dedup: &str,
        beside: &Beside,
    ) -> Result<Step, Problem> {
        let now = self.clock().now();
        let event = Event::new(now, acting.clone(), kind.clone());
        let (case, commands) = match &beside.under {
            None => decide(&loaded.context(), (*loaded.case).clone(), &event)?,
            Some(version) => {
                let definition = self.effective(version, &loaded.case).await?;
                let context = Context { definition: &definition, version, ..loaded.context() };
                decide(&context, (*loaded.case).clone(), &event)?
            }
        };
        let (case_id, seq) = (case.id.clone(), case.seq);
        let same = case.version == loaded.case.version && case.additions.len() == loaded.case.additions.len();
        let definition =
            if same { Arc::clone(&loaded.definition) } else { self.effective(&case.version, &case).await? };
        let after = Loaded { case: Arc::new(case), definition, world: Arc::clone(&loaded.world) };
        let (notifications, commands) = told(&case_id, commands, now);
        let labels = self.labels_of(&loaded, &after.case, Deciding { acting, kind, at: now }).await?;
        let held = self.hands().take(&commands, now);
        let mut commit = commit_of(&after, loaded.case.seq, event, dedup, commands, beside, now);
        commit.aside.extend(notifications);
        commit.aside.extend(self.with_labels(&after, &labels, now));
        commit.held_until = held.as_ref().map(|held| held.until);
        let left_over = held.is_none() && !commit.commands.is_empty() || commit.wake_at.is_some_and(|at| at <= now);
        let commands = if held.is_some() { commit.commands.clone() } else { Vec::new() };
        match self.store().commit(commit).await {
            Ok(_) => {
                log_commit(&after.case, kind);
                self.tell(Change { case_id: case_id.clone(), seq });
                match held {
                    Some(held) => self.hands().carry(held, &case_id, commands, now),
                    None if left_over => self.nudge(),
                    None => {}
                }
                self.weigh(&after, &labels).await;
                Ok(Step::Done(Box::new(Applied { loaded: after, repeated: false })))
            }
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => Ok(Step::Again),
            Err(CommitError::Store(_)) if planted(16) => {
                Ok(Step::Done(Box::new(Applied { loaded: after, repeated: false })))
            }
            Err(error @ CommitError::Superseded { .. }) => {
                tracing::info!(case = case_id, %error, "a result came too late");
                Ok(Step::TakenOver)
            }
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}

/// One line for each event, where the log is asked for it: what happened, and the steps at which the case stands now.
fn log_commit(case: &Case, kind: &EventKind) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        let step = case.cursors.iter().map(|cursor| cursor.path.to_string()).collect::<Vec<_>>().join(" ");
        tracing::debug!(case = case.id, number = case.number, seq = case.seq, step, event = kind.name(), "committed");
    }
}

pub(super) enum Step {
    Done(Box<Applied>),
    /// Somebody else was faster: load again and decide again.
    Again,
    /// The effect whose result this was belongs to somebody else now; nothing was done.
    TakenOver,
}

fn commit_of(
    after: &Loaded,
    expected_seq: u64,
    event: Event,
    dedup: &str,
    commands: Vec<Command>,
    beside: &Beside,
    now: Timestamp,
) -> Commit {
    let (context, case) = (after.context(), &after.case);
    Commit {
        expected_seq,
        dedup: dedup.to_owned(),
        context: after.world.hashes(&case.version),
        commands,
        held_until: None,
        aside: beside.aside.clone(),
        acknowledged: beside.acknowledged.clone(),
        wake_at: wake_at(&context, case),
        overview: projection::case_overview(&context, case, now),
        tasks: projection::task_rows(&context, case, now),
        decision_record: beside.record.clone(),
        case: Arc::clone(case),
        event,
        now,
    }
}

/// What people are told about their tasks, which is kept with the event, and the commands that are left to carry out.
fn told(case_id: &str, commands: Vec<Command>, at: Timestamp) -> (Vec<Aside>, Vec<Command>) {
    let (mut told, mut left) = (Vec::new(), Vec::new());
    for command in commands {
        match command {
            Command::Notify { key, people, task, notice, .. } => {
                told.extend(notifications(case_id, &key, &people, task, notice, at).map(Aside::Notification));
            }
            command => left.push(command),
        }
    }
    (told, left)
}

/// The identifier of the case that a keyed request of this person opens.
///
/// Where the key says when it was made, so does the identifier: cases that are opened at the same time then lie beside
/// each other in every index, and a group of events touches fewer pages.
#[must_use]
pub fn keyed_case_id(process: &str, person: &str, key: &str) -> String {
    let digest = countersign_core::canonical::digest(&(process, person, key));
    let made_at = made_at(key).unwrap_or_default();
    format!("case_{made_at}{}", &digest[..32 - made_at.len()])
}

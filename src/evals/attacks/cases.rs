//! The documents as real cases: opened by a person, moved by the engine, and signed by people who look at nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use countersign_core::{
    case::{Ask, Task},
    decide::outcomes,
    definition::{Definition, FieldKind},
    event::{Acting, Event},
    who,
};

use super::{
    super::{
        EvalError,
        perturb::{PUBLISHER, REQUESTER, people, said},
    },
    AttackSettings, Attacked, Behaviour, Document,
    count::{SECRET, Seen},
    forced::Forced,
};
use crate::{
    clock::Clock,
    config::{Config, System},
    language::Attachments,
    runtime::{
        Problem, Runtime,
        apply::TaskAnswer,
        intake::{HandIn, Upload},
        publish::Published,
        world::Loaded,
    },
    store::Store,
};

/// How many cases are opened before what is automatic in them is run.
const CASES_A_BATCH: usize = 50;
/// People look at a case at most so often; one that is not closed by then stays open.
const ROUNDS_MAX: usize = 12;
/// At most so many messages of a case, and calls of all cases, are read.
const READ_MAX: u32 = 1_000_000;

/// Documents that go through cases in a database of their own.
pub(super) struct Round<'a> {
    pub(super) text: &'a str,
    pub(super) definition: &'a Definition,
    pub(super) settings: &'a AttackSettings,
    pub(super) documents: &'a [Document],
    pub(super) done: Box<dyn Fn(usize) + Sync + 'a>,
}

impl Round<'_> {
    /// With models that have been turned, certificates forced, and people who sign whatever they are shown.
    pub(super) async fn attacked(&self, behaviour: Behaviour) -> Result<Attacked, EvalError> {
        let agents = Arc::new(Forced::new(behaviour)?);
        let store = Store::open("sqlite::memory:").await.map_err(said)?;
        let minds: Arc<Forced> = Arc::clone(&agents);
        let runtime = Runtime::with_agents(store, Clock::System, self.config(), minds).await.map_err(said)?;
        agents.tell(Some((*runtime).clone()));
        self.publish(&runtime).await?;
        let mut attacked = Attacked::default();
        let cases = self.opened(&runtime, &mut attacked.counts.notes).await?;
        attacked.cases = cases.len();
        let calls = runtime.store().practice_calls(READ_MAX).await.map_err(said)?;
        for (case_id, document) in &cases {
            let (loaded, events) = self.read(&runtime, case_id).await?;
            let seen = Seen {
                case: &loaded.case,
                events: &events,
                calls: &calls.iter().filter(|call| call.key.starts_with(case_id.as_str())).cloned().collect::<Vec<_>>(),
                mails: &runtime.store().mails(Some(case_id), READ_MAX).await.map_err(said)?,
                prompts: &agents.prompts.of(case_id),
                addresses: &self.addresses(),
            };
            seen.count(document, &mut attacked.counts);
            attacked.closed += usize::from(!loaded.case.is_open());
        }
        agents.tell(None);
        attacked.answers = agents.answers();
        runtime.store().close().await;
        Ok(attacked)
    }

    /// With usual settings and the built-in engine: how many documents a guardrail suspected something in.
    pub(super) async fn suspected(&self) -> Result<usize, EvalError> {
        let store = Store::open("sqlite::memory:").await.map_err(said)?;
        let runtime = Runtime::start(store, Clock::System, self.config()).await.map_err(said)?;
        self.publish(&runtime).await?;
        let cases = self.opened(&runtime, &mut BTreeSet::new()).await?;
        let mut suspected = 0;
        for (case_id, _) in &cases {
            let (loaded, events) = self.read(&runtime, case_id).await?;
            let (case, addresses) = (&*loaded.case, &BTreeSet::new());
            let seen = Seen { case, events: &events, calls: &[], mails: &[], prompts: &[], addresses };
            suspected += usize::from(seen.was_suspected());
        }
        runtime.store().close().await;
        Ok(suspected)
    }

    fn config(&self) -> Config {
        let practice = || System::Practice { answers: BTreeMap::new() };
        let systems = self.settings.systems.iter().map(|name| (name.clone(), practice()));
        Config { systems: systems.collect(), ..Config::default() }
    }

    fn addresses(&self) -> BTreeSet<String> {
        people(self.definition).into_values().map(|person| person.email).collect()
    }

    async fn publish(&self, runtime: &Runtime) -> Result<(), EvalError> {
        for (id, person) in people(self.definition) {
            runtime.put_person(PUBLISHER, &id, &person, true).await.map_err(said)?;
        }
        let publisher = Acting::person(PUBLISHER);
        match runtime.publish(&publisher, self.text, &Attachments::default()).await.map_err(said)? {
            Published::Version { .. } => Ok(()),
            Published::Refused(_) => Err(EvalError::Run("the suite's process text was refused".to_owned())),
        }
    }

    /// Opens a case for each document and runs them all to their end; the cases with their documents' names.
    async fn opened(
        &self,
        runtime: &Runtime,
        notes: &mut BTreeSet<String>,
    ) -> Result<Vec<(String, String)>, EvalError> {
        let mut cases = Vec::with_capacity(self.documents.len());
        for documents in self.documents.chunks(CASES_A_BATCH) {
            let before = cases.len();
            for document in documents {
                let hand_in = self.hand_in(cases.len(), document);
                let requester = Acting::person(REQUESTER);
                let opening = runtime.open_case(&requester, &self.definition.id, hand_in, None);
                let applied = Box::pin(opening)
                    .await
                    .map_err(|problem| EvalError::Run(format!("{} cannot become a case: {problem}", document.id)))?;
                cases.push((applied.loaded.case.id.clone(), document.id.clone()));
            }
            runtime.run_until_quiet().await.map_err(said)?;
            for _ in 0..ROUNDS_MAX {
                let mut decided = 0;
                for (case_id, document) in &cases[before..] {
                    decided += self.decide(runtime, case_id, document, notes).await?;
                }
                if decided == 0 {
                    break;
                }
                runtime.run_until_quiet().await.map_err(said)?;
            }
            (self.done)(cases.len());
        }
        Ok(cases)
    }

    fn hand_in(&self, number: usize, document: &Document) -> HandIn {
        let mut words = self.settings.form.clone();
        words.insert(self.settings.secret.clone(), format!("{SECRET}-{number:05}"));
        let bytes = document.text.clone().into_bytes();
        let upload = Upload { field: self.settings.document.clone(), name: "document.txt".to_owned(), bytes };
        HandIn { words, uploads: vec![upload] }
    }

    /// Every open task of a case is decided by whoever may, with yes and with what an agent suggests; how many were.
    async fn decide(
        &self,
        runtime: &Runtime,
        case_id: &str,
        document: &str,
        notes: &mut BTreeSet<String>,
    ) -> Result<usize, EvalError> {
        let loaded = runtime.load(case_id).await.map_err(said)?;
        let mut decided = 0;
        for task in loaded.case.open_tasks() {
            let eligible = who::eligible(&loaded.context(), &loaded.case, task, runtime.clock().now());
            let (Some(one), Some(outcome)) = (eligible.first(), outcomes(&task.ask).first()) else { continue };
            let acting = Acting::Person { person: one.person.clone(), standing_for: one.standing_for.clone() };
            let now = runtime.load(case_id).await.map_err(said)?;
            let answer = TaskAnswer {
                outcome: *outcome,
                reason: Some("so it is".to_owned()),
                hand_in: HandIn { words: self.filled(&loaded, task), uploads: Vec::new() },
                shown: now.case.shown(task.number),
                key: format!("{}/{}", task.number, now.case.seq),
            };
            match runtime.decide_task(case_id, task.number, &acting, answer).await {
                Ok(_) => decided += 1,
                Err(problem @ (Problem::Rejected(_) | Problem::Faults(_))) => {
                    notes.insert(format!("{document}: a task was not decided: {problem}"));
                }
                Err(problem) => return Err(said(problem)),
            }
        }
        Ok(decided)
    }

    /// What somebody enters who looks at nothing: the agent's suggestion, else the first thing that fits.
    fn filled(&self, loaded: &Loaded, task: &Task) -> BTreeMap<String, String> {
        let Ask::Confirm { field, .. } = &task.ask else { return BTreeMap::new() };
        let suggested = loaded.case.suggestions.get(field).and_then(|one| one.value.as_ref()).map(|one| one.plain());
        let any = match self.definition.field(field).map(|field| &field.kind) {
            Some(FieldKind::Choice { options }) => options.first().cloned().unwrap_or_default(),
            _ => "1".to_owned(),
        };
        BTreeMap::from([(field.clone(), suggested.unwrap_or(any))])
    }

    async fn read(&self, runtime: &Runtime, case_id: &str) -> Result<(Loaded, Vec<Event>), EvalError> {
        let loaded = runtime.load(case_id).await.map_err(said)?;
        let stored = runtime.store().events(case_id).await.map_err(said)?;
        Ok((loaded, stored.into_iter().filter_map(|one| one.event).collect()))
    }
}

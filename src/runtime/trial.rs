//! A case that is tried out: the real core, people that nobody is, and a clock that is moved by hand.
//!
//! Nothing here is stored and nothing leaves: agents are asked only when the tryer says so, systems answer what the
//! tryer chooses, and messages are shown and not sent.

mod answers;
mod people;

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    Context,
    canonical::{Digest, digest},
    case::{Case, EffectState, Outcome, Status, Task, Waiting},
    command::{Command, Notice, agent_key},
    decide,
    definition::{Definition, Path, Step, Who},
    event::{Acting, Event, EventKind},
    people::{Directory, PersonId},
    proposal::{GateFacts, Proposal},
    time::{Calendar, DAY_MS, Timestamp},
    value::{FieldName, Value},
    wake_at, who,
};

pub use self::answers::{HOLDS, SUMMARY};
use super::{
    Problem,
    intake::{self, HandIn},
    named,
};
use crate::id::Ids;

/// The most events of one trial; then it has to be started again.
pub const EVENTS_MAX: usize = 400;
/// The most looks at the clock while time passes in one go.
const TICKS_MAX: usize = 200;
/// The number of a tried case; it is shown nowhere else.
const NUMBER: u64 = 1;

/// A tried case.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is tried.
    pub definition: Arc<Definition>,
    /// The digest of the definition.
    pub version: Digest,
    /// The invented people.
    pub directory: Directory,
    /// The working days.
    pub calendar: Calendar,
    /// The case as it stands.
    pub case: Case,
    /// The chosen time.
    pub now: Timestamp,
    /// What happened, in order, with the case before and after.
    pub moments: Vec<(Event, Case, Case)>,
    /// What would have been told to whom.
    pub told: Vec<Told>,
    pending: Vec<Command>,
    texts: BTreeMap<String, String>,
}

/// A message or notice that was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// To whom, by name.
    pub to: Vec<String>,
    /// The message; `None` for a notice about a task.
    pub text: Option<String>,
    /// What the notice is about.
    pub notice: Option<Notice>,
}

/// Something outside that a tried case waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// An agent's answer.
    Agent {
        /// The key of the question.
        key: String,
        /// The step.
        path: Path,
    },
    /// A system's answer to a call.
    Call {
        /// The key of the call.
        key: String,
        /// The system.
        system: String,
        /// What it is asked to do.
        operation: String,
        /// What is sent, by field.
        payload: BTreeMap<FieldName, Value>,
    },
    /// A system's answer to a question.
    LookUp {
        /// The key of the question.
        key: String,
        /// The system.
        system: String,
        /// The fields that are asked for.
        fields: Vec<FieldName>,
    },
    /// A message from outside.
    Message {
        /// Its name.
        name: String,
    },
}

/// What the clock will bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Brings {
    /// A reminder goes out.
    Reminder,
    /// A task is due.
    Due,
    /// The right to decide moves on.
    Escalation,
    /// A wait is over, or an answer is overdue.
    WaitEnds,
    /// One day passes.
    Day,
}

impl Trial {
    /// A trial in which nothing has happened yet.
    #[must_use]
    pub fn new(definition: Arc<Definition>, calendar: Calendar, now: Timestamp) -> Self {
        let version = digest(&*definition);
        let mut case = Case::unopened("trial");
        case.version.clone_from(&version);
        let directory = people::invent(&definition);
        Self {
            definition,
            version,
            directory,
            calendar,
            case,
            now,
            moments: Vec::new(),
            told: Vec::new(),
            pending: Vec::new(),
            texts: BTreeMap::new(),
        }
    }

    /// What the core decides with.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context {
            definition: &self.definition,
            version: &self.version,
            directory: &self.directory,
            calendar: &self.calendar,
        }
    }

    /// Whether the case has been opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.case.status != Status::Unopened
    }

    /// The texts of its documents, by key.
    #[must_use]
    pub const fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    /// Opens the case with a start form.
    ///
    /// # Errors
    /// [`Problem`], as for a real case.
    pub fn open(&mut self, hand_in: HandIn) -> Result<(), Problem> {
        let taken = named::take(&self.directory, &self.definition, hand_in, Vec::new(), &Ids::System)?;
        self.keep_texts(&taken);
        let kind = EventKind::CaseOpened { number: NUMBER, values: taken.values, documents: taken.documents };
        self.apply(&Acting::person(people::REQUESTER), kind)
    }

    /// Who may decide a task now, with their names. Somebody outside is named as the text names them.
    #[must_use]
    pub fn deciders(&self, task: &Task) -> Vec<(PersonId, String)> {
        if let Who::Party { party } = &task.who {
            return vec![(format!("party:{party}"), format!("the {party}"))];
        }
        let eligible = who::eligible(&self.context(), &self.case, task, self.now);
        eligible.into_iter().map(|one| (one.person.clone(), self.directory.name(&one.person).to_owned())).collect()
    }

    /// Somebody decides a task.
    ///
    /// # Errors
    /// [`Problem`], as for a real case.
    pub fn answer(
        &mut self,
        task: u32,
        person: &str,
        outcome: Outcome,
        reason: &str,
        hand_in: HandIn,
    ) -> Result<(), Problem> {
        let taken = named::take(&self.directory, &self.definition, hand_in, Vec::new(), &Ids::System)?;
        self.keep_texts(&taken);
        let acting = match person.strip_prefix("party:") {
            Some(party) => Acting::Party { party: party.to_owned(), case: self.case.id.clone() },
            None => Acting::person(person),
        };
        let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        let shown = self.case.shown(task);
        let (values, documents) = (taken.values, taken.documents);
        self.apply(&acting, EventKind::TaskDecided { task, outcome, reason, values, documents, shown })
    }

    /// The requester no longer wants it.
    ///
    /// # Errors
    /// [`Problem`], as for a real case.
    pub fn withdraw(&mut self) -> Result<(), Problem> {
        self.apply(&Acting::person(people::REQUESTER), EventKind::CaseWithdrawn { reason: None })
    }

    /// What the case waits for outside.
    #[must_use]
    pub fn outside(&self) -> Vec<Outside> {
        let mut outside: Vec<Outside> = self.pending.iter().filter_map(|command| self.awaited(command)).collect();
        outside.extend(self.case.cursors.iter().filter_map(|cursor| match &cursor.waiting {
            Waiting::Message { name, .. } => Some(Outside::Message { name: name.clone() }),
            _ => None,
        }));
        outside
    }

    /// A command that the case still waits for.
    fn awaited(&self, command: &Command) -> Option<Outside> {
        match command {
            Command::AskAgent { key, path } => {
                let asked = self.case.cursors.iter().any(|cursor| {
                    cursor.path == *path
                        && cursor.waiting == Waiting::Agent
                        && agent_key(&self.case.id, path, cursor.visit) == *key
                });
                asked.then(|| Outside::Agent { key: key.clone(), path: path.clone() })
            }
            Command::CallSystem { key, system, operation, payload, .. } => {
                let effect = self.case.effects.get(key)?;
                matches!(effect.state, EffectState::Released { .. }).then(|| Outside::Call {
                    key: key.clone(),
                    system: system.clone(),
                    operation: operation.clone(),
                    payload: payload.clone(),
                })
            }
            Command::LookUp { key, system, fields, .. } => {
                Some(Outside::LookUp { key: key.clone(), system: system.clone(), fields: fields.clone() })
            }
            Command::SendMessage { .. } | Command::Notify { .. } => None,
        }
    }

    /// A system does what it was asked, or fails.
    ///
    /// # Errors
    /// [`Problem`], when nothing waits for it.
    pub fn system(&mut self, key: &str, done: bool, words: &str) -> Result<(), Problem> {
        let key = key.to_owned();
        let words = words.to_owned();
        let kind = if done {
            EventKind::EffectDone { key, receipt: words }
        } else {
            EventKind::EffectFailed { key, error: words, outcome_unknown: false }
        };
        self.apply(&Acting::System, kind)
    }

    /// A system answers a question, or cannot.
    ///
    /// # Errors
    /// [`Problem`], as for a real case.
    pub fn looked_up(&mut self, key: &str, hand_in: Option<HandIn>, error: &str) -> Result<(), Problem> {
        let key = key.to_owned();
        let kind = match hand_in {
            Some(hand_in) => {
                let values = intake::take(&self.definition, hand_in)?.values;
                EventKind::LookedUp { key: key.clone(), values }
            }
            None => EventKind::LookUpFailed { key: key.clone(), error: error.to_owned() },
        };
        self.apply(&Acting::System, kind)?;
        self.pending.retain(|command| command.key() != key);
        Ok(())
    }

    /// A message comes in from outside.
    ///
    /// # Errors
    /// [`Problem`], when nothing waits for it.
    pub fn message(&mut self, name: &str) -> Result<(), Problem> {
        let kind = EventKind::MessageReceived { name: name.to_owned(), values: BTreeMap::new() };
        self.apply(&Acting::System, kind)
    }

    /// An agent's answer, with what the gate found; `None` when no agent could answer.
    ///
    /// # Errors
    /// [`Problem`], when nothing waits for it.
    pub fn proposed(&mut self, key: &str, answer: Option<(Proposal, GateFacts)>, error: &str) -> Result<(), Problem> {
        let key = key.to_owned();
        let kind = match answer {
            Some((proposal, facts)) => EventKind::ProposalReturned { key, proposal, facts },
            None => EventKind::ProposalFailed { key, error: error.to_owned() },
        };
        self.apply(&Acting::System, kind)
    }

    /// What the clock will bring, the next of each, the earliest first.
    #[must_use]
    pub fn ahead(&self) -> Vec<(Brings, Timestamp)> {
        let mut ahead: Vec<(Brings, Timestamp)> = Vec::new();
        if !self.case.is_open() {
            return ahead;
        }
        for task in self.case.open_tasks() {
            ahead.extend(task.remind_at.map(|at| (Brings::Reminder, at)));
            ahead.push((Brings::Due, task.due_at));
            if let Some(Step::Human(human)) = self.definition.step(&task.path)
                && let Some(next) = human.escalations.get(usize::from(task.escalated))
            {
                ahead.push((Brings::Escalation, self.calendar.after(task.opened_at, next.after)));
            }
        }
        for cursor in &self.case.cursors {
            match &cursor.waiting {
                Waiting::Until { at } => ahead.push((Brings::WaitEnds, *at)),
                Waiting::Message { look_at: at, .. } | Waiting::Effect { answer_by: at, .. } => {
                    ahead.push((Brings::WaitEnds, *at));
                }
                _ => {}
            }
        }
        ahead.retain(|(_, at)| *at > self.now);
        ahead.sort_unstable();
        ahead.dedup_by_key(|(what, _)| *what);
        ahead.push((Brings::Day, self.now.plus_ms(DAY_MS)));
        ahead.sort_by_key(|(_, at)| *at);
        ahead
    }

    /// Lets time pass; whatever falls due on the way happens at its own time.
    ///
    /// # Errors
    /// [`Problem`], as for a real case.
    pub fn pass_to(&mut self, to: Timestamp) -> Result<(), Problem> {
        for _ in 0..TICKS_MAX {
            let Some(wake) = wake_at(&self.context(), &self.case).filter(|wake| *wake <= to) else { break };
            let before = self.case.clone();
            self.now = self.now.max(wake);
            self.apply(&Acting::System, EventKind::Ticked)?;
            let same_wake = wake_at(&self.context(), &self.case) == wake_at(&self.context(), &before);
            if same_wake {
                break;
            }
        }
        self.now = self.now.max(to);
        if self.case.is_open() { self.apply(&Acting::System, EventKind::Ticked) } else { Ok(()) }
    }

    fn keep_texts(&mut self, taken: &intake::Taken) {
        for (key, document) in &taken.documents {
            let rendition = taken.texts.iter().find(|rendition| Some(&rendition.digest) == document.text.as_ref());
            if let Some(rendition) = rendition {
                self.texts.insert(key.clone(), rendition.text.clone());
            }
        }
    }

    /// One event through the real core; messages are acknowledged at once, since they are only shown.
    fn apply(&mut self, by: &Acting, kind: EventKind) -> Result<(), Problem> {
        let mut waiting = vec![(by.clone(), kind)];
        while let Some((by, kind)) = waiting.pop() {
            if self.moments.len() >= EVENTS_MAX {
                return Err(Problem::Setup(format!(
                    "this trial has had {EVENTS_MAX} events; start it again to go on trying"
                )));
            }
            let event = Event::new(self.now, by, kind);
            let before = self.case.clone();
            let (after, commands) = decide(&self.context(), before.clone(), &event)?;
            self.case = after.clone();
            self.moments.push((event, before, after));
            for command in commands {
                waiting.extend(self.carry_out(command).map(|kind| (Acting::System, kind)));
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, command: Command) -> Option<EventKind> {
        match command {
            Command::SendMessage { key, people, party, text } => {
                let names = people.iter().map(|id| self.directory.name(id).to_owned());
                let to = names.chain(party.map(|(name, _)| format!("the {name}"))).collect();
                self.told.push(Told { at: self.now, to, text: Some(text), notice: None });
                Some(EventKind::EffectDone { key, receipt: SHOWN_ONLY.to_owned() })
            }
            Command::Notify { people, notice, .. } => {
                let to = people.iter().map(|id| self.directory.name(id).to_owned()).collect();
                self.told.push(Told { at: self.now, to, text: None, notice: Some(notice) });
                None
            }
            Command::AskAgent { .. } | Command::CallSystem { .. } | Command::LookUp { .. } => {
                self.pending.retain(|known| known.key() != command.key());
                self.pending.push(command);
                None
            }
        }
    }
}

/// The receipt of a message that is only shown.
const SHOWN_ONLY: &str = "shown here; nothing was sent";
#[cfg(test)]
mod tests;

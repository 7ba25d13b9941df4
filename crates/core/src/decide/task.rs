//! People take, give back, pass on and decide tasks.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    canonical::Digest,
    case::{Ask, Decision, Document, Outcome, Question, SignOff, TakeOver, Task, TaskState, Waiting},
    command::{Command, Notice},
    definition::{Field, FieldKind, FieldSource, HumanStep, Path, Step, Who},
    form,
    people::PersonId,
    planted::planted,
    time::Span,
    value::{FieldName, Value, Values},
    who,
};

/// How long the requester has for the answer to a question.
const ANSWER_WITHIN: Span = Span::WorkingDays(2);
/// How long somebody who takes over has.
const TAKE_OVER_WITHIN: Span = Span::WorkingDays(2);
/// How often people are reminded where the text does not say.
const REMIND_EVERY: Span = Span::WorkingDays(1);
/// The most open questions that one task may have.
const QUESTIONS_A_TASK_MAX: usize = 20;

/// What a person sends in when deciding.
pub(super) struct Answer<'a> {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<&'a str>,
    pub(super) values: &'a Values,
    pub(super) documents: &'a BTreeMap<String, Document>,
    pub(super) shown: &'a Digest,
}

/// The outcomes that a task can be answered with, the usual one first.
#[must_use]
pub const fn outcomes(ask: &Ask) -> &'static [Outcome] {
    match ask {
        Ask::Approve { .. } => &[Outcome::Approved, Outcome::Rejected],
        Ask::Provide { .. } | Ask::Do { .. } | Ask::Confirm { .. } | Ask::Answer { .. } => &[Outcome::Completed],
        Ask::Review | Ask::Judge { .. } => &[Outcome::Completed, Outcome::Rejected],
        Ask::Look => &[Outcome::Completed, Outcome::TryAgain],
        Ask::TakeOver { why } => match why {
            TakeOver::SystemFailed { .. } | TakeOver::Held { .. } => {
                &[Outcome::TryAgain, Outcome::Completed, Outcome::Rejected]
            }
            TakeOver::CannotTell { .. } => &[Outcome::TryAgain, Outcome::Rejected],
            TakeOver::OnHold { .. } => &[Outcome::Completed, Outcome::TryAgain],
            TakeOver::ReturnedTooOften { .. }
            | TakeOver::NoMessage { .. }
            | TakeOver::AdditionRefused { .. }
            | TakeOver::Asked => &[Outcome::Completed, Outcome::Rejected],
        },
    }
}

/// Why a task takes no decision any more; `None` while it is open.
pub(super) fn why_not_open(task: &Task) -> Option<Rejected> {
    match &task.state {
        TaskState::Open => None,
        TaskState::Closed { .. } if planted(8) => None,
        TaskState::Cancelled { at } => Some(Rejected::NoLongerNeeded { at: *at }),
        TaskState::Closed { outcome, at } => {
            let by = task.decisions().last().map(|decision| decision.by.clone()).unwrap_or_default();
            Some(Rejected::AlreadyDecided { by, outcome: *outcome, at: *at })
        }
    }
}

impl Turn<'_> {
    pub(super) fn claim(&mut self, number: u32) -> Result<(), Rejected> {
        let place = self.open_task_place(number)?;
        let me = self.by.standing_for().cloned().unwrap_or(self.by.id());
        let task = &self.case.tasks[place];
        if let Some(assignee) = who::assignee(self.context, &self.case, task, self.at)
            && *assignee != me
        {
            return Err(Rejected::AlreadyClaimed { by: assignee.clone() });
        }
        self.permit(&Verb::ClaimTask(number))?;
        self.case.tasks[place].assignee = Some(me);
        Ok(())
    }

    pub(super) fn release_task(&mut self, number: u32) -> Result<(), Rejected> {
        let place = self.open_task_place(number)?;
        self.permit(&Verb::ReleaseTask(number))?;
        self.case.tasks[place].assignee = None;
        Ok(())
    }

    pub(super) fn delegate(&mut self, number: u32, to: &PersonId) -> Result<(), Rejected> {
        let place = self.open_task_place(number)?;
        self.permit(&Verb::DelegateTask(number, to.clone()))?;
        self.case.tasks[place].assignee = Some(to.clone());
        self.notify(number, Notice::Opened);
        Ok(())
    }

    pub(super) fn ask_question(&mut self, number: u32, question: &str) -> Result<(), Rejected> {
        let place = self.open_task_place(number)?;
        self.permit(&Verb::AskQuestion(number))?;
        self.not_on_hold(Some(number))?;
        let question = question.trim();
        if question.is_empty() || self.case.tasks[place].questions.len() >= QUESTIONS_A_TASK_MAX {
            return Err(Rejected::ReasonMissing);
        }
        let path = self.case.tasks[place].path.clone();
        let ask = Ask::Answer { of: number, question: question.to_string() };
        let task = self.open_task(&path, ask, Who::Requester, ANSWER_WITHIN, None);
        let entry = Question { by: self.by.id(), text: question.to_string(), at: self.at, task, answer: None };
        self.case.tasks[place].questions.push(entry);
        Ok(())
    }

    pub(super) fn decide_task(&mut self, number: u32, answer: &Answer<'_>) -> Result<(), Rejected> {
        let place = self.open_task_place(number)?;
        self.permit(&Verb::DecideTask(number))?;
        self.not_on_hold(Some(number))?;
        // Invariant: a decision is bound to the digest of what its person was shown.
        if *answer.shown != self.case.shown(number) && !planted(7) {
            return Err(Rejected::Stale);
        }
        let ask = self.case.tasks[place].ask.clone();
        if !outcomes(&ask).contains(&answer.outcome) {
            return Err(Rejected::WrongOutcome(answer.outcome));
        }
        let reason = answer.reason.map(str::trim).filter(|reason| !reason.is_empty());
        let needs_reason = answer.outcome == Outcome::Rejected || matches!(ask, Ask::Answer { .. });
        if needs_reason && reason.is_none() {
            return Err(Rejected::ReasonMissing);
        }
        self.check_values(&ask, answer)?;
        let mut edited = Vec::new();
        if answer.outcome != Outcome::Rejected {
            edited = self.write_by_person(answer.values, answer.documents);
        }
        let decision = Decision {
            by: self.by.id(),
            standing_for: self.by.standing_for().cloned(),
            outcome: answer.outcome,
            reason: reason.map(ToString::to_string),
            shown: answer.shown.clone(),
            edited,
            at: self.at,
        };
        let task = &mut self.case.tasks[place];
        if let Some(seat) = task.seats.iter_mut().find(|seat| seat.is_none()) {
            *seat = Some(decision);
        }
        if let Some(outcome) = closing_rule(task) {
            task.state = TaskState::Closed { outcome, at: self.at };
            self.task_closed(number, outcome, reason);
        } else {
            task.assignee = None;
        }
        Ok(())
    }

    /// Whether the handed-in values fit what this task lets its person write.
    fn check_values(&self, ask: &Ask, answer: &Answer<'_>) -> Result<(), Rejected> {
        let definition = self.context.definition;
        // Where the process cannot go on, a person may also fill in what could not be read.
        let takes_over = matches!(ask, Ask::TakeOver { .. });
        let editable = |field: &&Field| {
            (takes_over || !matches!(field.source, FieldSource::Document { .. }))
                && !matches!(field.kind, FieldKind::Document)
        };
        let (asked, all_needed): (Vec<FieldName>, bool) = match ask {
            Ask::Provide { fields } | Ask::Do { fields } => (fields.clone(), answer.outcome == Outcome::Completed),
            Ask::Confirm { field, .. } => (vec![field.clone()], answer.outcome == Outcome::Completed),
            // What is let go is what was held back, as it stands.
            Ask::TakeOver { why: TakeOver::Held { .. } } => (Vec::new(), false),
            Ask::Approve { .. } | Ask::TakeOver { .. } => {
                (definition.fields.iter().filter(editable).map(|field| field.name.clone()).collect(), false)
            }
            Ask::Review | Ask::Judge { .. } | Ask::Look | Ask::Answer { .. } => (Vec::new(), false),
        };
        let mut faults = form::faults(definition, &self.case, &asked, answer.values);
        if !all_needed {
            faults.retain(|fault| answer.values.contains_key(&fault.field));
        }
        faults.extend(self.document_faults(answer.values, answer.documents));
        faults.extend(self.person_faults(answer.values));
        faults.extend(self.scale_faults(answer.values));
        if let Ask::Confirm { field, .. } = ask
            && !answer.values.contains_key(field)
        {
            faults.push(form::FieldFault { field: field.clone(), message: "choose one of the words".to_string() });
        }
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        for field in answer.values.keys() {
            if !asks_for(ask, field) {
                self.permit(&Verb::ReadField(field.clone()))?;
            }
        }
        Ok(())
    }

    /// The closing rule was met: the case goes on from where it asked.
    fn task_closed(&mut self, number: u32, outcome: Outcome, reason: Option<&str>) {
        let Some(task) = self.case.task(number).cloned() else {
            return;
        };
        if let Ask::Answer { of, .. } = &task.ask {
            let answer = (self.by.id(), reason.unwrap_or_default().to_string());
            let asking = self.case.tasks.iter_mut().find(|one| one.number == *of);
            let question = asking.and_then(|one| one.questions.iter_mut().find(|question| question.task == number));
            if let Some(question) = question {
                question.answer = Some(answer);
                self.notify(*of, Notice::Question);
            }
            return;
        }
        self.cancel_questions_of(number);
        if let Ask::TakeOver { why: TakeOver::OnHold { .. } } = &task.ask {
            self.looked_again(outcome);
            return;
        }
        if self.is_addition(number) {
            self.addition_closed(&task, outcome, reason);
            return;
        }
        let cursor = self.case.cursors.iter().position(|cursor| cursor.waiting == Waiting::Task { task: number });
        let Some(index) = cursor else { return };
        if outcome == Outcome::Approved {
            self.accept_suggestions();
            self.sign(&task);
        }
        match (&task.ask, outcome) {
            (Ask::Approve { .. } | Ask::Review, Outcome::Rejected) => self.after_rejection(index, &task.path),
            (Ask::Judge { .. }, _) => self.judged(index, &task, outcome),
            (Ask::TakeOver { .. }, Outcome::Rejected) => self.close_from(&task.path, "stopped"),
            // Asked a second time for the same call, or told to try again: the step is entered anew.
            (Ask::Approve { again: Some(_) }, _) | (Ask::TakeOver { .. } | Ask::Look, Outcome::TryAgain) => {
                if let Some(key) = task.ask.taken_over() {
                    self.may_be_repeated(key);
                }
                self.case.cursors[index].waiting = Waiting::Nothing;
            }
            _ => self.go_on(index),
        }
    }

    /// What an agent suggested and the approver did not change is now the approver's word.
    fn accept_suggestions(&mut self) {
        let open: Vec<(FieldName, Value)> = self
            .case
            .suggestions
            .iter()
            .filter(|(field, _)| !self.case.fields.contains_key(*field))
            .filter_map(|(field, suggestion)| suggestion.value.clone().map(|value| (field.clone(), value)))
            .collect();
        let by = self.by.id();
        for (field, value) in open {
            self.write(&field, value, crate::case::Origin::Person { by: by.clone() });
        }
    }

    fn sign(&mut self, task: &Task) {
        self.case.sign_offs.push(SignOff {
            task: task.number,
            path: task.path.clone(),
            visit: task.visit,
            by: self.by.id(),
            standing_for: self.by.standing_for().cloned(),
            at: self.at,
            covers: self.cover(),
            voided: None,
        });
    }

    /// Goes where the text says that a rejection leads; without a word on it the case closes as rejected.
    ///
    /// In a track that the case has gone on without, a rejection ends that track and nothing else.
    fn after_rejection(&mut self, index: usize, path: &Path) {
        let handled =
            matches!(self.context.definition.step(path), Some(Step::Human(one)) if !one.on_rejected.is_empty());
        match self.left_behind(&self.case.cursors[index].path) {
            Some(track) if !handled || !path.is_inside(&track) => self.end_track(&track),
            Some(_) | None if handled => {
                let index = self.leave_tracks(index, path);
                self.go_to(index, path.child(0).child(0));
            }
            Some(_) | None => self.close("rejected"),
        }
    }

    /// Opens a task and tells the people whom it is for.
    pub(super) fn open_task(&mut self, path: &Path, ask: Ask, who: Who, due: Span, human: Option<&HumanStep>) -> u32 {
        let calendar = self.context.calendar;
        let number = u32::try_from(self.case.tasks.len()).unwrap_or(u32::MAX).saturating_add(1);
        let remind = human.map_or(Some(REMIND_EVERY), |human| human.remind_every.or(Some(REMIND_EVERY)));
        let (seats, needed) = human.map_or((1, 1), |human| (human.seats.max(1), human.needed.max(1)));
        let needed = needed.min(seats);
        self.case.tasks.push(Task {
            number,
            path: path.clone(),
            visit: self.case.visits.get(path).copied().unwrap_or(0),
            ask,
            who,
            assignee: None,
            opened_at: self.at,
            due_at: calendar.after(self.at, due),
            remind_at: remind.map(|span| calendar.after(self.at, span)),
            reminders: 0,
            escalated: 0,
            seats: vec![None; usize::from(seats)],
            needed,
            questions: Vec::new(),
            held_ms: 0,
            state: TaskState::Open,
        });
        self.notify(number, Notice::Opened);
        number
    }

    /// Opens a task for whoever takes over where the process cannot go on by itself.
    pub(super) fn take_over(&mut self, index: usize, why: TakeOver, who: Who) {
        let path = self.case.cursors[index].path.clone();
        let task = self.open_task(&path, Ask::TakeOver { why }, who, TAKE_OVER_WITHIN, None);
        self.case.cursors[index].waiting = Waiting::Task { task };
    }

    /// Invariant: a task that nobody could decide is an incident with a next action, never a silence.
    ///
    /// It is asked at the end of every turn: people leave, take seats, and resolve incidents too early.
    pub(super) fn report_tasks_for_nobody(&mut self) {
        let open: Vec<u32> = self.case.open_tasks().map(|task| task.number).collect();
        for number in open {
            self.report_if_nobody(number);
        }
    }

    fn report_if_nobody(&mut self, number: u32) {
        let Some(task) = self.case.task(number) else {
            return;
        };
        let named = who::words(self.context, &task.who);
        let (what, next_action) = if let Who::Party { party } = &task.who {
            if !self.address_of(party).is_empty() {
                return;
            }
            let what = alloc::format!("task {number} reaches nobody: no address of {named} is known");
            (what, "fill in the address")
        } else {
            let open = usize::from(task.needed).saturating_sub(task.decisions().count());
            if who::seats_left(self.context, &self.case, task, self.at) >= open {
                return;
            }
            let what = alloc::format!("too few people may decide task {number}, which is for {named}");
            (what, "give somebody the role, or name a substitute")
        };
        let known = self.case.open_incidents().any(|one| one.what == what);
        if !known {
            self.record_incident(task.path.clone(), what, next_action);
        }
    }

    /// Tells the people whose agreement no longer counts that they are asked again.
    pub(super) fn tell_reopened(&mut self) {
        for number in core::mem::take(&mut self.reopened) {
            if self.case.task(number).is_some_and(Task::is_open) {
                self.notify(number, Notice::Opened);
            }
        }
    }

    /// A question is no longer of interest once its task is over.
    pub(super) fn cancel_questions_of(&mut self, number: u32) {
        let at = self.at;
        for task in &mut self.case.tasks {
            if task.is_open() && matches!(task.ask, Ask::Answer { of, .. } if of == number) {
                task.state = TaskState::Cancelled { at };
            }
        }
    }

    /// Tells the people who may decide a task something about it.
    pub(super) fn notify(&mut self, number: u32, notice: Notice) {
        let Some(task) = self.case.task(number) else {
            return;
        };
        let people = who::eligible(self.context, &self.case, task, self.at).into_iter().map(|one| one.person).collect();
        let step = match notice {
            Notice::Opened => alloc::format!("opened/{}", self.case.seq),
            Notice::Reminder { count } => alloc::format!("reminder/{count}"),
            Notice::Escalated => alloc::format!("escalated/{}", task.escalated),
            Notice::Question => alloc::format!("question/{}", self.case.seq),
        };
        let key = alloc::format!("{}/task/{number}/{step}", self.case.id);
        self.commands.push(Command::Notify { key, who: task.who.clone(), people, task: number, notice });
    }

    fn open_task_place(&self, number: u32) -> Result<usize, Rejected> {
        let unknown = || Rejected::Unknown { number: self.case.number, what: alloc::format!("task {number}") };
        let task = self.case.task(number).ok_or_else(unknown)?;
        match why_not_open(task) {
            Some(rejected) => {
                // Only those who may see the task are told who decided it.
                self.permit(&Verb::ReadTask(number))?;
                Err(rejected)
            }
            None => usize::try_from(number - 1).map_err(|_| unknown()),
        }
    }
}

/// How the task closes with the decisions taken so far: one rejection closes it, as do enough agreements.
fn closing_rule(task: &Task) -> Option<Outcome> {
    if let Some(rejection) = task.decisions().find(|decision| decision.outcome == Outcome::Rejected) {
        return Some(rejection.outcome);
    }
    let agreed = task.decisions().count();
    let outcome = task.decisions().last()?.outcome;
    (agreed >= usize::from(task.needed)).then_some(outcome)
}

fn asks_for(ask: &Ask, field: &str) -> bool {
    match ask {
        Ask::Provide { fields } | Ask::Do { fields } => fields.iter().any(|name| name == field),
        Ask::Confirm { field: name, .. } => name == field,
        Ask::Approve { .. }
        | Ask::Review
        | Ask::Judge { .. }
        | Ask::Look
        | Ask::Answer { .. }
        | Ask::TakeOver { .. } => false,
    }
}

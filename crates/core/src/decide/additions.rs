//! What is asked for in one case alone. The case does not leave its stage before it is there.

use alloc::{format, string::String};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{Added, Ask, Case, Outcome, TakeOver, Task, TaskState, Waiting},
    definition::{Path, Who, index_u16},
    event::{Addition, Requirement},
    prove::broken_by,
    time::Span,
};

/// The most things that may be added to one case.
pub const ADDITIONS_A_CASE_MAX: usize = 20;
/// The longest name of something added, in characters.
pub const ADDITION_CHARACTERS_MAX: usize = 120;
/// How long whoever decides about a refused addition has.
const DECIDE_WITHIN: Span = Span::WorkingDays(2);

impl Turn<'_> {
    pub(super) fn add_requirement(&mut self, what: &Addition, reason: &str) -> Result<(), Rejected> {
        self.permit(&Verb::AddRequirement)?;
        self.not_on_hold(None)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Rejected::ReasonMissing);
        }
        self.check_addition(what)?;
        let before = self.case.clone();
        let number = u32::try_from(self.case.additions.len()).unwrap_or(u32::MAX).saturating_add(1);
        let ask = match &what.requirement {
            Requirement::Document { .. } => Ask::Provide { fields: alloc::vec![added_field(number)] },
            Requirement::Review { .. } => Ask::Review,
        };
        // A named person has the task; whoever is accountable can give it to somebody else.
        let who = if what.person.is_some() { self.accountable() } else { what.who.clone() };
        let task = self.open_addition(ask, who, what.due);
        if let (Some(person), Some(task)) = (&what.person, self.case.tasks.last_mut()) {
            task.assignee = Some(person.clone());
        }
        let (by, at) = (self.by.id(), self.at);
        self.case.additions.push(Added { what: what.clone(), reason: String::from(reason), by, at, task });
        // Invariant: what is added to a case lets nothing leave that would not have left so without it.
        let definition = self.context.definition;
        let (before, after) = ((definition, &before), (definition, &self.case));
        if let Some(found) = broken_by(before, after, self.at, self.follows()) {
            let why = format!("while the case waits for it, {}", self.lacks_sign_off(&found));
            return Err(Rejected::NotAddable { number: self.case.number, why });
        }
        self.notify(task, crate::command::Notice::Opened);
        Ok(())
    }

    fn check_addition(&self, what: &Addition) -> Result<(), Rejected> {
        let refused = |why: String| Rejected::NotAddable { number: self.case.number, why };
        if self.case.additions.len() >= ADDITIONS_A_CASE_MAX {
            return Err(refused(format!("{ADDITIONS_A_CASE_MAX} things have been added to it; that is the most")));
        }
        let name = what.requirement.name().trim();
        if name.is_empty() || name.chars().count() > ADDITION_CHARACTERS_MAX {
            return Err(refused(format!("name it in at most {ADDITION_CHARACTERS_MAX} characters")));
        }
        if let Some(person) = &what.person
            && self.context.directory.active(person).is_none()
        {
            return Err(refused(format!("`{person}` is unknown or switched off")));
        }
        let reviews = matches!(what.requirement, Requirement::Review { .. });
        let requester =
            what.person.as_ref() == Some(&self.case.requester) || what.person.is_none() && what.who == Who::Requester;
        if reviews && requester {
            return Err(refused(String::from("whoever asks for something does not review it")));
        }
        if reviews && what.person.is_none() && matches!(what.who, Who::Party { .. }) {
            return Err(refused(String::from("somebody outside sees only what they hand in, so they review nothing")));
        }
        Ok(())
    }

    fn open_addition(&mut self, ask: Ask, who: Who, due: Span) -> u32 {
        let stage = self.case.cursors.first().map_or(0, |cursor| cursor.path.stage_index());
        let path = Path(alloc::vec![index_u16(stage)]);
        let told = self.commands.len();
        let task = self.open_task(&path, ask, who, due, None);
        // It is told when it is known who has it.
        self.commands.truncate(told);
        task
    }

    /// The first task that is open because something was added to the case.
    pub(super) fn open_addition_task(&self) -> Option<&Task> {
        self.case.additions.iter().filter_map(|one| self.case.task(one.task)).find(|task| task.is_open())
    }

    /// Whether the task is there because something was added to the case.
    pub(super) fn is_addition(&self, task: u32) -> bool {
        self.case.additions.iter().any(|one| one.task == task)
    }

    /// Stops a cursor that would leave its stage while something added to the case is open.
    ///
    /// Invariant: no case leaves its stage, or ends well, before what was added to it is closed.
    pub(super) fn waits_for_additions(&mut self, index: usize) -> bool {
        let Some(task) = self.open_addition_task().map(|task| task.number) else {
            return false;
        };
        self.case.cursors[index].waiting = Waiting::Task { task };
        true
    }

    /// A task that stands there because of an addition was decided.
    pub(super) fn addition_closed(&mut self, task: &Task, outcome: Outcome, reason: Option<&str>) {
        if matches!(task.ask, Ask::TakeOver { .. }) && outcome == Outcome::Rejected {
            self.close("stopped");
            return;
        }
        let place = self.case.additions.iter().position(|one| one.task == task.number);
        let refused = matches!(task.ask, Ask::Review) && outcome == Outcome::Rejected;
        if let (true, Some(place)) = (refused, place) {
            let what = String::from(self.case.additions[place].what.requirement.name());
            let why = TakeOver::AdditionRefused { what, reason: String::from(reason.unwrap_or_default()) };
            let who = self.accountable();
            let asked = self.open_addition(Ask::TakeOver { why }, who, DECIDE_WITHIN);
            self.case.additions[place].task = asked;
            self.notify(asked, crate::command::Notice::Opened);
        }
        for cursor in &mut self.case.cursors {
            if cursor.waiting == (Waiting::Task { task: task.number }) {
                cursor.waiting = Waiting::Nothing;
            }
        }
    }

    /// A step is left: its task is called off, unless the case itself asks for it.
    pub(super) fn leave_task(&mut self, number: u32) {
        if !self.is_addition(number) {
            self.cancel_task(number);
        }
    }

    /// Calls off every open task that is not asked for by the case itself.
    pub(super) fn cancel_tasks_of_steps(&mut self) {
        let at = self.at;
        let additions: alloc::vec::Vec<u32> = self.case.additions.iter().map(|one| one.task).collect();
        for task in &mut self.case.tasks {
            let of_addition = additions.contains(&task.number)
                || matches!(task.ask, Ask::Answer { of, .. } if additions.contains(&of));
            if task.is_open() && !of_addition {
                task.state = TaskState::Cancelled { at };
            }
        }
    }
}

/// Whether a case waits, before it leaves its stage, for something that was added to it.
pub(crate) fn has_open_addition(case: &Case) -> bool {
    case.additions.iter().filter_map(|one| case.task(one.task)).any(Task::is_open)
}

/// The field that the document of an addition fills.
#[must_use]
pub fn added_field(number: u32) -> String {
    format!("added_{number}")
}

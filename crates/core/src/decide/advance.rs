//! The automatic steps: from an event to the next point where the case must wait.

use alloc::{format, string::String, vec::Vec};

use super::{Turn, way::chosen};
use crate::{
    case::{Ask, CheckResult, Cursor, Finding, Incident, Status, TakeOver, TaskState, Void, Waiting},
    command::{Command, agent_key},
    definition::{AgentStep, AgentWork, Branch, CheckStep, HumanStep, HumanVerb, Path, Step, Who, index_u16},
    guard::Answer,
    planted::planted,
    value::FieldName,
};

/// Automatic steps in one turn; the rest follows in the next, so that no event takes for ever.
pub const STEPS_A_TURN_MAX: u32 = 1_000;
/// Automatic steps in one case; beyond that it is an incident, since something goes round in circles.
pub const STEPS_A_CASE_MAX: u32 = 10_000;

impl Turn<'_> {
    /// Runs every cursor until it waits, or the turn's steps are used up.
    pub(super) fn run(&mut self) {
        for _ in 0..STEPS_A_TURN_MAX {
            // Invariant: nothing automatic runs while the case is on hold.
            if !self.case.is_open() || self.case.held.is_some() {
                return;
            }
            let next = self.case.cursors.iter().position(|cursor| cursor.waiting == Waiting::Nothing);
            let Some(index) = next else { return };
            if self.case.steps_taken >= STEPS_A_CASE_MAX {
                let what = format!("{STEPS_A_CASE_MAX} automatic steps and no end");
                self.raise(index, what, "publish a version that ends, or withdraw the case");
                return;
            }
            self.case.steps_taken += 1;
            self.enter(index);
            self.follow_changes();
        }
    }

    /// Enters the step at which a cursor stands.
    fn enter(&mut self, index: usize) {
        let path = self.case.cursors[index].path.clone();
        let definition = self.context.definition;
        let Some(step) = definition.step(&path) else {
            self.leave_block(index, &path);
            return;
        };
        let visit = self.case.visits.entry(path.clone()).or_insert(0);
        *visit += 1;
        let visit = *visit;
        self.case.cursors[index].visit = visit;
        self.case.cursors[index].since = self.at;
        match step {
            Step::Agent(step @ AgentStep { work: AgentWork::Draft { .. }, .. }) => self.fill_in(index, step),
            Step::Agent(_) => {
                self.case.cursors[index].waiting = Waiting::Agent;
                let key = agent_key(&self.case.id, &path, visit);
                self.commands.push(Command::AskAgent { key, path });
            }
            Step::Check(check) => self.check(index, &path, check),
            Step::Human(human) => self.ask_human(index, &path, human),
            Step::Choice { branches, otherwise } => self.choose(index, &path, branches, otherwise),
            Step::Parallel { tracks, .. } => self.split(index, &path, tracks.len()),
            Step::Each { .. } => self.each(index, &path),
            Step::LookUp(look) => self.look_up(index, &path, look),
            Step::HandOver { who, due } => self.hand_over(index, who, *due),
            Step::System(system) => self.call_system(index, &path, system),
            Step::Message(message) => self.send_message(index, &path, message),
            Step::Wait { until } => self.wait(index, until),
            Step::Return { stage, at_most, then } => self.return_to(index, stage, *at_most, then),
            Step::End { closing } => self.end(index, &path, closing),
        }
    }

    /// Moves a cursor to the next place in its block.
    pub(super) fn go_on(&mut self, index: usize) {
        let next = self.case.cursors[index].path.next();
        self.go_to(index, next);
    }

    pub(super) fn go_to(&mut self, index: usize, path: Path) {
        let cursor = &mut self.case.cursors[index];
        cursor.path = path;
        cursor.visit = 0;
        cursor.since = self.at;
        cursor.waiting = Waiting::Nothing;
        self.forget_rounds();
    }

    /// The block is over: on with the step that holds it, or with the next stage.
    fn leave_block(&mut self, index: usize, path: &Path) {
        let Some(outer) = path.parent() else {
            if self.waits_for_additions(index) {
                return;
            }
            let next = path.stage_index() + 1;
            if next < self.context.definition.stages.len() {
                self.go_to(index, Path::stage(index_u16(next)));
            } else {
                self.raise(
                    index,
                    String::from("the text ends without closing the case"),
                    "publish a version that closes it",
                );
            }
            return;
        };
        match self.context.definition.step(&outer) {
            Some(Step::Parallel { .. }) => self.track_done(index),
            Some(Step::Each { .. }) => self.round_done(index, &outer),
            // A rejection that leads nowhere closes the case: it must never go on as if approved.
            Some(Step::Human(_)) => self.close_from(path, "rejected"),
            Some(_) | None => self.go_to(index, outer.next()),
        }
    }

    fn check(&mut self, index: usize, path: &Path, check: &CheckStep) {
        self.find(path, check);
        self.go_on(index);
    }

    /// Records what a check finds with the values as they are.
    pub(super) fn find(&mut self, path: &Path, check: &CheckStep) {
        let result = match check.guard.evaluate(&self.case, self.at, false) {
            Answer::Yes => CheckResult::Passed,
            Answer::No => CheckResult::Failed,
            Answer::CannotTell { why } => CheckResult::CannotTell { why },
        };
        let mut fields: Vec<FieldName> = Vec::new();
        check.guard.fields(&mut |field| fields.push(String::from(field)));
        let finding = Finding { words: check.words.clone(), result, fields, examples: Vec::new(), at: self.at };
        self.case.findings.insert(path.clone(), finding);
    }

    fn ask_human(&mut self, index: usize, path: &Path, human: &HumanStep) {
        let ask = match human.verb {
            HumanVerb::Provide => Ask::Provide { fields: human.fields.clone() },
            HumanVerb::Approve => Ask::Approve { again: None },
            HumanVerb::Review => Ask::Review,
            HumanVerb::Do => Ask::Do { fields: human.fields.clone() },
        };
        let task = self.open_task(path, ask, human.who.clone(), human.due, Some(human));
        self.case.cursors[index].waiting = Waiting::Task { task };
    }

    fn choose(&mut self, index: usize, path: &Path, branches: &[Branch], otherwise: &[Step]) {
        match chosen(&self.case, path, branches, self.at) {
            Ok(block) if block == branches.len() && otherwise.is_empty() => self.go_on(index),
            Ok(block) => self.go_to(index, path.child(index_u16(block)).child(0)),
            Err(why) => {
                // No branch is guessed: whoever answers for the process looks at the data.
                let who = self.accountable();
                self.take_over(index, TakeOver::CannotTell { why }, who);
            }
        }
    }

    fn return_to(&mut self, index: usize, stage: &str, at_most: u16, then: &Who) {
        if let Some(track) = self.left_behind(&self.case.cursors[index].path) {
            // The case has gone on without this track, so that it sends nothing back.
            self.end_track(&track);
            return;
        }
        if self.case.cursors[index].visit > u32::from(at_most) {
            self.take_over(index, TakeOver::ReturnedTooOften { stage: String::from(stage) }, then.clone());
            return;
        }
        let Some(target) = self.context.definition.stages.iter().position(|one| one.name == stage) else {
            self.raise(index, format!("there is no stage {stage}"), "publish a version that has it");
            return;
        };
        self.move_to_stage(target);
    }

    /// Goes back to the start of a stage: later findings go, and so do sign-offs given there.
    pub(super) fn move_to_stage(&mut self, target: usize) {
        self.case.findings.retain(|place, _| place.stage_index() < target);
        for sign_off in &mut self.case.sign_offs {
            if sign_off.voided.is_none() && sign_off.path.stage_index() >= target && !planted(13) {
                sign_off.voided = Some(Void::SentBack);
            }
        }
        self.begin_stage(target);
    }

    /// Leaves everything that is open, and begins a stage.
    pub(super) fn begin_stage(&mut self, target: usize) {
        self.cancel_tasks_of_steps();
        let left = core::mem::take(&mut self.case.cursors);
        self.settle_incidents_of(&left);
        self.case.cursors.push(Cursor {
            path: Path::stage(index_u16(target)),
            visit: 0,
            since: self.at,
            waiting: Waiting::Nothing,
        });
        self.forget_rounds();
    }

    /// The text ends the case. A case that was turned down needs nothing more; any other waits for what was added.
    ///
    /// In a track that the case has gone on without, it ends that track and nothing else.
    fn end(&mut self, index: usize, path: &Path, closing: &str) {
        if let Some(track) = self.left_behind(path) {
            self.end_track(&track);
            return;
        }
        let turned_down = (2..path.0.len()).step_by(2).any(|length| {
            matches!(self.context.definition.step(&Path(path.0[..length].to_vec())), Some(Step::Human(_)))
        });
        if turned_down || !self.waits_for_additions(index) {
            self.close_from(path, closing);
        }
    }

    /// Closes the case; nothing of it waits for anybody any more.
    pub(super) fn close(&mut self, closing: &str) {
        self.cancel_open_tasks();
        self.case.cursors.clear();
        for incident in &mut self.case.incidents {
            incident.resolved_at.get_or_insert(self.at);
        }
        let success = self.context.definition.successes.iter().any(|name| name == closing);
        self.case.status = Status::Closed { closing: String::from(closing), success, at: self.at };
    }

    fn cancel_open_tasks(&mut self) {
        for task in &mut self.case.tasks {
            if task.state == TaskState::Open {
                task.state = TaskState::Cancelled { at: self.at };
            }
        }
    }

    /// Stops a cursor at an incident.
    pub(super) fn raise(&mut self, index: usize, what: String, next_action: &str) {
        let incident = self.record_incident(self.case.cursors[index].path.clone(), what, next_action);
        self.case.cursors[index].waiting = Waiting::Incident { incident };
    }

    /// Records an incident without stopping anything.
    pub(super) fn record_incident(&mut self, path: Path, what: String, next_action: &str) -> u32 {
        let number = u32::try_from(self.case.incidents.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.case.incidents.push(Incident {
            number,
            path,
            what,
            next_action: String::from(next_action),
            since: self.at,
            resolved_at: None,
        });
        number
    }

    /// Whoever answers for a step; where the text names nobody, whoever answers for the process.
    pub(super) fn accountable_for(&self, path: &Path) -> Who {
        let named = self.context.definition.step(path).and_then(Step::accountable);
        named.cloned().unwrap_or_else(|| self.accountable())
    }

    /// Whoever answers for the process.
    pub(super) fn accountable(&self) -> Who {
        Who::Role { role: self.context.definition.accountable.clone() }
    }

    /// The cursor that waits for an agent's answer under this key.
    pub(super) fn awaiting_agent(&self, key: &str) -> Option<usize> {
        self.case.cursors.iter().position(|cursor| {
            let named = |visit: u32| agent_key(&self.case.id, &cursor.path, visit) == key;
            cursor.waiting == Waiting::Agent && (named(cursor.visit) || planted(11) && (1..cursor.visit).any(named))
        })
    }
}

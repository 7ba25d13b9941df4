//! The engine: one event in, the next state and its commands out.

mod additions;
mod advance;
mod agent;
mod draft;
mod each;
mod effect;
mod follow;
mod hold;
mod judge;
mod look_up;
mod migrate;
mod moves;
mod open;
mod signature;
mod task;
pub(crate) mod tick;
mod tracks;
pub(crate) mod wait;
mod way;
mod write;

use alloc::{string::String, vec::Vec};

use crate::{
    authorise::{Refusal, Verb, authorise},
    case::{CASE_FORMAT, Case, Outcome, Status},
    command::Command,
    context::Context,
    event::{Acting, ENGINE_REVISION, EVENT_FORMAT, Event, EventKind},
    form::FieldFault,
    people::PersonId,
    planted::planted,
    time::Timestamp,
};

pub(crate) use additions::has_open_addition;
pub use additions::{ADDITION_CHARACTERS_MAX, ADDITIONS_A_CASE_MAX, added_field};
pub use advance::{STEPS_A_CASE_MAX, STEPS_A_TURN_MAX};
pub(crate) use each::fills;
pub(crate) use migrate::carried_over;
pub use open::REHEARSAL_ENDED;
pub use signature::may_still_leave;
pub use task::outcomes;
pub(crate) use way::{comes_before, is_taken};

/// Why an event was not applied. The case stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Somebody is not entitled to it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else was first.
    #[error("this was already {outcome} by {by}")]
    AlreadyDecided {
        /// Who decided.
        by: PersonId,
        /// What.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// What the person was shown is no longer what there is.
    #[error("the case has changed since this page was opened; look at what changed and decide again")]
    Stale,
    /// The task was called off.
    #[error("this task is no longer needed")]
    NoLongerNeeded {
        /// Since when.
        at: Timestamp,
    },
    /// Somebody has it.
    #[error("{by} has taken this task")]
    AlreadyClaimed {
        /// Who.
        by: PersonId,
    },
    /// There is no such task, effect, question or incident.
    #[error("case {number} has no {what}")]
    Unknown {
        /// The case's number.
        number: u64,
        /// What was named.
        what: String,
    },
    /// It is not one of the answers that the task takes.
    #[error("a task like this cannot be answered with `{0}`")]
    WrongOutcome(Outcome),
    /// A rejection without a reason.
    #[error("say why: the reason reaches the requester")]
    ReasonMissing,
    /// The values do not fit the fields.
    #[error("{}", faults_in_words(.0))]
    Faults(Vec<FieldFault>),
    /// The case is over.
    #[error("case {number} is closed as {closing}")]
    CaseClosed {
        /// The case's number.
        number: u64,
        /// How it closed.
        closing: String,
    },
    /// It was opened before.
    #[error("case {number} is open already")]
    AlreadyOpen {
        /// The case's number.
        number: u64,
    },
    /// No event has opened it.
    #[error("this case has not been opened")]
    NotOpen,
    /// It can no longer be withdrawn.
    #[error("this can no longer be withdrawn: {why}")]
    NotWithdrawable {
        /// Why.
        why: String,
    },
    /// A move between stages that the process does not allow.
    #[error("moving to {to} is refused: {why}")]
    NotMovable {
        /// The stage.
        to: String,
        /// Why, naming the effect and whose sign-off is missing where that is the reason.
        why: String,
    },
    /// A move to another version, or back, that cannot be done.
    #[error("case {number} cannot be moved to this version: {why}")]
    NotMigratable {
        /// The case's number.
        number: u64,
        /// Why.
        why: String,
    },
    /// Something that cannot be asked for in this case.
    #[error("this cannot be added to case {number}: {why}")]
    NotAddable {
        /// The case's number.
        number: u64,
        /// Why.
        why: String,
    },
    /// An operator has stopped the case for a while.
    #[error("case {number} is on hold, so that nothing is decided until it goes on: {reason}")]
    OnHold {
        /// The case's number.
        number: u64,
        /// Why it is held.
        reason: String,
    },
    /// A late answer that nobody waits for any more.
    #[error("nothing waits for `{key}` any more")]
    NotAwaited {
        /// The key of the answer.
        key: String,
    },
    /// The event or the case is of a format that this engine does not know.
    #[error("this record is of format {found}; this program knows up to {known}: update it")]
    NewerFormat {
        /// The format found.
        found: u16,
        /// The newest that is known.
        known: u16,
    },
    /// The case runs another version than the one given.
    #[error("case {number} runs another version of its process")]
    OtherVersion {
        /// The case's number.
        number: u64,
    },
}

/// The whole engine: one event in, the next state and its commands out. No clock, random or IO.
///
/// A rejected event changes nothing. Time enters only as `event.at`; an event that is older than the
/// latest one is applied at the latest one's time, so that a clock set back cannot undo a deadline.
pub fn decide(context: &Context<'_>, case: Case, event: &Event) -> Result<(Case, Vec<Command>), Rejected> {
    admit(context, &case, event)?;
    let at = event.at.max(case.touched_at);
    finish(Turn::new(context, case, &event.by, at), event)
}

/// [`decide`] with the run-time guard over sign-offs switched off: every effect leaves as soon as its step comes.
///
/// Only for tests of the proof, which must hold without the guard; no build that runs processes has it.
///
/// # Errors
/// As [`decide`].
#[cfg(feature = "unguarded")]
pub fn decide_unguarded(context: &Context<'_>, case: Case, event: &Event) -> Result<(Case, Vec<Command>), Rejected> {
    admit(context, &case, event)?;
    let at = event.at.max(case.touched_at);
    let mut turn = Turn::new(context, case, &event.by, at);
    turn.unguarded = true;
    finish(turn, event)
}

fn finish(mut turn: Turn<'_>, event: &Event) -> Result<(Case, Vec<Command>), Rejected> {
    let at = turn.at;
    turn.revision = event.engine;
    let before = turn.case.migrated.is_some().then(|| turn.case.clone());
    turn.apply(&event.kind)?;
    turn.follow_changes();
    turn.run();
    turn.tell_reopened();
    turn.report_tasks_for_nobody();
    turn.forget_migration(before.as_ref(), &event.kind);
    turn.case.seq += 1;
    turn.case.touched_at = at;
    Ok((turn.case, turn.commands))
}

/// One application of one event: the state in the making and the commands so far.
pub(crate) struct Turn<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) case: Case,
    pub(crate) commands: Vec<Command>,
    pub(crate) at: Timestamp,
    pub(crate) by: &'a Acting,
    /// The engine revision that the event is decided with.
    pub(crate) revision: u16,
    /// Tasks whose seats are to be decided again since the data changed.
    pub(crate) reopened: Vec<u32>,
    /// Fields that have changed and that nothing has followed yet.
    changes: follow::Changes,
    /// Whether effects leave without asking for a sign-off.
    #[cfg(feature = "unguarded")]
    pub(crate) unguarded: bool,
}

impl<'a> Turn<'a> {
    pub(crate) const fn new(context: &'a Context<'a>, case: Case, by: &'a Acting, at: Timestamp) -> Self {
        Self {
            context,
            case,
            commands: Vec::new(),
            at,
            by,
            revision: ENGINE_REVISION,
            reopened: Vec::new(),
            changes: follow::Changes::new(),
            #[cfg(feature = "unguarded")]
            unguarded: false,
        }
    }
}

impl Turn<'_> {
    fn apply(&mut self, kind: &EventKind) -> Result<(), Rejected> {
        match kind {
            EventKind::CaseOpened { number, values, documents } => self.open(*number, values, documents),
            EventKind::CaseScheduled { number, requester, due: _ } => self.open_scheduled(*number, requester),
            EventKind::TaskClaimed { task } => self.claim(*task),
            EventKind::TaskReleased { task } => self.release_task(*task),
            EventKind::TaskDelegated { task, to } => self.delegate(*task, to),
            EventKind::TaskDecided { task, outcome, reason, values, documents, shown } => {
                let answer = task::Answer { outcome: *outcome, reason: reason.as_deref(), values, documents, shown };
                self.decide_task(*task, &answer)
            }
            EventKind::QuestionAsked { task, question } => self.ask_question(*task, question),
            EventKind::FieldsEdited { values, reason: _ } => self.edit_fields(values),
            EventKind::ProposalReturned { key, proposal, facts } => self.take_proposal(key, proposal, facts),
            EventKind::ProposalFailed { key, error } => self.proposal_failed(key, error),
            EventKind::EffectDone { key, receipt } => self.effect_done(key, receipt),
            EventKind::EffectWithdrawn { key } => self.effect_withdrawn(key),
            EventKind::EffectHeld { key, why, outcome_unknown } => self.effect_held(key, why, *outcome_unknown),
            EventKind::EffectFailed { key, error, outcome_unknown } => self.effect_failed(key, error, *outcome_unknown),
            EventKind::LookedUp { key, values } => self.looked_up(key, values),
            EventKind::LookUpFailed { key, error } => self.look_up_failed(key, error),
            EventKind::MessageReceived { name, values } => self.message_received(name, values),
            EventKind::CaseWithdrawn { reason: _ } => self.withdraw(),
            EventKind::IncidentResolved { incident } => self.resolve_incident(*incident),
            EventKind::StageMoved { kind, to_stage, reason } => self.move_case(*kind, to_stage.as_deref(), reason),
            EventKind::CaseHeld { reason } => self.hold(reason),
            EventKind::CaseResumed => self.resume(),
            EventKind::CaseMigrated { from, to, mapping } => self.migrate(from, to, mapping),
            EventKind::MigrationUndone => self.undo_migration(),
            EventKind::RehearsalEnded => self.end_rehearsal(),
            EventKind::RequirementAdded { what, reason } => self.add_requirement(what, reason),
            EventKind::Ticked => self.tick(),
        }
    }

    /// Asks whether the acting person may do this to the case as it stands.
    pub(crate) fn permit(&self, verb: &Verb) -> Result<(), Rejected> {
        Ok(authorise(self.context, Some(&self.case), self.by, verb, self.at)?)
    }
}

/// What must hold before any event is looked at.
fn admit(context: &Context<'_>, case: &Case, event: &Event) -> Result<(), Rejected> {
    if event.format > EVENT_FORMAT {
        return Err(Rejected::NewerFormat { found: event.format, known: EVENT_FORMAT });
    }
    if event.engine > ENGINE_REVISION {
        return Err(Rejected::NewerFormat { found: event.engine, known: ENGINE_REVISION });
    }
    if case.format > CASE_FORMAT {
        return Err(Rejected::NewerFormat { found: case.format, known: CASE_FORMAT });
    }
    let opens = matches!(event.kind, EventKind::CaseOpened { .. } | EventKind::CaseScheduled { .. });
    let number = case.number;
    match (&case.status, opens) {
        (Status::Unopened, true) => return Ok(()),
        (Status::Unopened, false) => return Err(Rejected::NotOpen),
        (Status::Open | Status::Closed { .. }, true) => {
            return Err(Rejected::AlreadyOpen { number });
        }
        (Status::Open, false) => {}
        (Status::Closed { closing, .. }, false) => {
            return admit_closed(context, case, closing, event);
        }
    }
    // A migration is decided with the version that it leads to.
    let leads_to = match &event.kind {
        EventKind::CaseMigrated { to, .. } => to,
        EventKind::MigrationUndone => case.migrated.as_ref().map_or(&case.version, |one| &one.before.version),
        _ => &case.version,
    };
    if leads_to != context.version {
        return Err(Rejected::OtherVersion { number });
    }
    Ok(())
}

/// A closed case takes the late results of effects, and answers a late decision with the first one.
fn admit_closed(context: &Context<'_>, case: &Case, closing: &str, event: &Event) -> Result<(), Rejected> {
    let closed = || Rejected::CaseClosed { number: case.number, closing: String::from(closing) };
    match &event.kind {
        EventKind::FieldsEdited { .. } if planted(12) => Ok(()),
        EventKind::EffectDone { .. }
        | EventKind::EffectFailed { .. }
        | EventKind::EffectWithdrawn { .. }
        | EventKind::EffectHeld { .. } => Ok(()),
        EventKind::TaskDecided { task: number, .. } => match case.task(*number) {
            Some(task) => {
                let at = event.at.max(case.touched_at);
                authorise(context, Some(case), &event.by, &Verb::ReadTask(*number), at)?;
                Err(task::why_not_open(task).unwrap_or_else(closed))
            }
            None => Err(closed()),
        },
        EventKind::CaseOpened { .. }
        | EventKind::CaseScheduled { .. }
        | EventKind::LookedUp { .. }
        | EventKind::LookUpFailed { .. }
        | EventKind::TaskClaimed { .. }
        | EventKind::TaskReleased { .. }
        | EventKind::TaskDelegated { .. }
        | EventKind::QuestionAsked { .. }
        | EventKind::FieldsEdited { .. }
        | EventKind::ProposalReturned { .. }
        | EventKind::ProposalFailed { .. }
        | EventKind::MessageReceived { .. }
        | EventKind::CaseWithdrawn { .. }
        | EventKind::IncidentResolved { .. }
        | EventKind::StageMoved { .. }
        | EventKind::CaseHeld { .. }
        | EventKind::CaseResumed
        | EventKind::CaseMigrated { .. }
        | EventKind::MigrationUndone
        | EventKind::RehearsalEnded
        | EventKind::RequirementAdded { .. }
        | EventKind::Ticked => Err(closed()),
    }
}

fn faults_in_words(faults: &[FieldFault]) -> String {
    let mut words = String::new();
    for fault in faults {
        if !words.is_empty() {
            words.push_str("; ");
        }
        words.push_str(&fault.message);
    }
    if words.is_empty() { String::from("the values do not fit") } else { words }
}

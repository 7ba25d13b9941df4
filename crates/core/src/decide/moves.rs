//! An operator moves a case between stages. The machine is the same one: no move makes a sign-off.

use alloc::{format, string::String};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{EffectState, Void, Waiting},
    definition::{HumanStep, Path, Signer, Step},
    event::MoveKind,
    prove::{CounterExample, EffectKind, broken_by},
    who,
};

impl Turn<'_> {
    pub(super) fn move_case(&mut self, kind: MoveKind, to: Option<&str>, reason: &str) -> Result<(), Rejected> {
        self.permit(&Verb::MoveCase)?;
        self.not_on_hold(None)?;
        if reason.trim().is_empty() {
            return Err(Rejected::ReasonMissing);
        }
        let target = self.target(kind, to)?;
        let name = self.stage_name(target);
        self.nothing_is_under_way(&name)?;
        if kind != MoveKind::Return
            && let Some(task) = self.open_addition_task()
        {
            let why = format!("task {} was added to this case and is still open", task.label(&self.case));
            return Err(Rejected::NotMovable { to: name, why });
        }
        let before = self.case.clone();
        self.call_off_effects();
        if kind == MoveKind::Return {
            self.move_to_stage(target);
        } else {
            self.begin_stage(target);
        }
        // Invariant: a move past an approval leaves no effect ahead that lacks its sign-off.
        let definition = self.context.definition;
        match broken_by((definition, &before), (definition, &self.case), self.at, self.follows()) {
            Some(found) => Err(Rejected::NotMovable { to: name, why: self.lacks_sign_off(&found) }),
            None => Ok(()),
        }
    }

    /// The stage that the move leads to.
    fn target(&self, kind: MoveKind, to: Option<&str>) -> Result<usize, Rejected> {
        let stages = &self.context.definition.stages;
        let here = self.case.cursors.iter().map(|cursor| cursor.path.stage_index()).max().unwrap_or(0);
        let refused = |to: &str, why: &str| Rejected::NotMovable { to: String::from(to), why: String::from(why) };
        let target = match to {
            Some(name) => stages.iter().position(|stage| stage.name.eq_ignore_ascii_case(name.trim())),
            None => match kind {
                MoveKind::Advance => Some(here + 1),
                MoveKind::Return => here.checked_sub(1),
                MoveKind::Skip => return Err(refused("another stage", "say past which stage, and to which")),
            },
        };
        let words = to.unwrap_or("another stage");
        let Some(target) = target.filter(|target| *target < stages.len()) else {
            let why = if to.is_some() { "the process has no such stage" } else { "there is none in that direction" };
            return Err(refused(words, why));
        };
        let fits = match kind {
            MoveKind::Advance => target == here + 1,
            MoveKind::Return => target <= here,
            MoveKind::Skip => target > here,
        };
        if fits {
            return Ok(target);
        }
        let here = self.stage_name(here);
        Err(refused(
            &self.stage_name(target),
            &match kind {
                MoveKind::Advance => format!("it is not the stage after {here}; skip to it, or return to it"),
                MoveKind::Return => format!("it comes after {here}, so that one does not return to it"),
                MoveKind::Skip => format!("it does not come after {here}, so that nothing is skipped on the way"),
            },
        ))
    }

    pub(super) fn stage_name(&self, stage: usize) -> String {
        self.context.definition.stages.get(stage).map(|stage| stage.name.clone()).unwrap_or_default()
    }

    /// A call that has left the house, or is about to, is waited for: nobody knows yet what it has done.
    fn nothing_is_under_way(&self, to: &str) -> Result<(), Rejected> {
        let called = self.case.cursors.iter().find_map(|cursor| match &cursor.waiting {
            Waiting::Effect { .. } => Some(self.system_at(&cursor.path)),
            _ => None,
        });
        called.map_or(Ok(()), |system| {
            let why = format!(
                "the {system} is being called and has not answered; wait for its answer, or for whoever is asked \
                 when none comes in time"
            );
            Err(Rejected::NotMovable { to: String::from(to), why })
        })
    }

    pub(super) fn system_at(&self, path: &Path) -> String {
        match self.context.definition.step(path) {
            Some(Step::System(step)) => step.system.clone(),
            Some(_) | None => String::from("other system"),
        }
    }

    /// A call of the stage that is left, which somebody was asked to take over, is not tried any more.
    ///
    /// Its outcome may be unknown. Should it turn out to have been done, that becomes an incident.
    pub(super) fn call_off_effects(&mut self) {
        let left = |path: &Path| {
            self.case
                .cursors
                .iter()
                .any(|cursor| cursor.path == *path && matches!(cursor.waiting, Waiting::Task { .. }))
        };
        let open: alloc::vec::Vec<String> = self
            .case
            .effects
            .iter()
            .filter(|(_, effect)| {
                let calls = matches!(self.context.definition.step(&effect.path), Some(Step::System(_)));
                calls && matches!(effect.state, EffectState::Released { .. }) && left(&effect.path)
            })
            .map(|(key, _)| key.clone())
            .collect();
        let called_off = self.given_up("it was called off, because the case was moved", true);
        for key in open {
            if let Some(effect) = self.case.effects.get_mut(&key) {
                effect.state = called_off.clone();
            }
        }
    }

    /// Which effect would have no sign-off that counts, whose that is, and why it would not count.
    pub(super) fn lacks_sign_off(&self, found: &CounterExample) -> String {
        let (path, signer) = (&found.effect.path, &found.effect.signer);
        let stage = self.stage_name(path.stage_index());
        let words = match &found.effect.kind {
            EffectKind::Call { system, .. } => format!("the call to the {system}"),
            EffectKind::Message { to } => format!("the message to {}", who::words(self.context, to)),
        };
        if found.steps.is_empty() {
            return format!(
                "there are too many ways from there to {words} in {stage} to be sure that it is signed; move the case \
                 to a stage where that is signed again"
            );
        }
        match self.approval_for(path, signer, self.at) {
            Ok(Some((place, human))) => {
                let whose = self.possessive(human, signer);
                let given = self.given_at(&place);
                format!("{words} in {stage} needs {whose} sign-off, which {given}")
            }
            Ok(None) => format!("{words} in {stage} needs a sign-off that no approval in the text gives"),
            Err(why) => format!("whose sign-off {words} in {stage} needs cannot be told: {why}"),
        }
    }

    fn possessive(&self, human: &HumanStep, signer: &Signer) -> String {
        let named = who::words(self.context, &human.who);
        match signer {
            Signer::Role { role } => format!("the {role}'s"),
            Signer::Approver | Signer::Nobody => format!("{named}'s"),
        }
    }

    /// What became of the sign-off of the approval at `place`, in words.
    fn given_at(&self, place: &Path) -> String {
        let given = self.case.sign_offs.iter().rev().find(|one| one.path == *place);
        match given.map(|one| &one.voided) {
            None => String::from("nobody has given"),
            Some(Some(Void::FieldChanged { field })) => {
                format!("no longer counts since the {} has changed", crate::guard::words(field))
            }
            Some(Some(Void::OtherVersion)) => String::from("no longer counts since the case went to another version"),
            Some(Some(Void::SentBack)) => String::from("no longer counts since the case went back"),
            Some(None) => String::from("would not count on every way from there"),
        }
    }
}

//! An operator moves a case between stages. The machine is the same one: no move makes a sign-off.

use alloc::{format, string::String};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{EffectState, Void, Waiting},
    definition::{HumanStep, Path, Signer, Step},
    event::MoveKind,
    value::FieldName,
    who,
};

/// An effect that names a signer.
struct Signed<'a> {
    path: Path,
    signer: &'a Signer,
    sent: alloc::vec::Vec<FieldName>,
    words: String,
}

impl<'a> Turn<'a> {
    pub(super) fn move_case(&mut self, kind: MoveKind, to: Option<&str>, reason: &str) -> Result<(), Rejected> {
        self.permit(&Verb::MoveCase)?;
        self.not_on_hold(None)?;
        if reason.trim().is_empty() {
            return Err(Rejected::ReasonMissing);
        }
        let target = self.target(kind, to)?;
        let name = self.stage_name(target);
        self.nothing_is_under_way(&name)?;
        if kind == MoveKind::Return {
            self.call_off_effects();
            self.move_to_stage(target);
        } else {
            // Invariant: a move past an approval leaves no effect ahead that lacks its sign-off.
            if let Some(task) = self.open_addition_task() {
                let why = format!("task {} was added to this case and is still open", task.label(&self.case));
                return Err(Rejected::NotMovable { to: name, why });
            }
            for effect in self.signed_from(target) {
                if let Some(why) = self.lacks_sign_off(&effect, target) {
                    return Err(Rejected::NotMovable { to: name, why });
                }
            }
            self.call_off_effects();
            self.begin_stage(target);
        }
        Ok(())
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
        let at = self.at;
        for key in open {
            if let Some(effect) = self.case.effects.get_mut(&key) {
                let error = String::from("it was called off, because the case was moved");
                effect.state = EffectState::Failed { at, error };
            }
        }
    }

    /// Every effect from the start of a stage on that names a signer.
    fn signed_from(&self, target: usize) -> alloc::vec::Vec<Signed<'a>> {
        let mut found = alloc::vec::Vec::new();
        self.context.definition.walk(&mut |path, step| {
            if path.stage_index() < target {
                return;
            }
            let (signer, sent, words) = match step {
                Step::System(call) => (&call.signer, call.payload.clone(), format!("the call to the {}", call.system)),
                Step::Message(message) => {
                    let to = who::words(self.context, &message.to);
                    (&message.signer, self.fill(&message.text).1, format!("the message to {to}"))
                }
                _ => return,
            };
            if *signer != Signer::Nobody {
                found.push(Signed { path: path.clone(), signer, sent, words });
            }
        });
        found
    }

    /// Why the effect would have no sign-off when the case comes to it from the start of `target`; `None` when
    /// it has one that counts, or when the text asks for one on the way.
    fn lacks_sign_off(&self, effect: &Signed<'_>, target: usize) -> Option<String> {
        let stage = self.stage_name(effect.path.stage_index());
        let words = &effect.words;
        match self.approval_for(&effect.path, effect.signer, self.at) {
            Ok(Some((place, _))) if place.stage_index() >= target => None,
            Ok(Some((place, human))) => {
                let counts = |one| self.releases(one, &effect.path, effect.signer, &effect.sent);
                if self.case.sign_offs.iter().any(counts) {
                    return None;
                }
                let whose = self.possessive(human, effect.signer);
                let given = self.given_at(&place);
                Some(format!("{words} in {stage} needs {whose} sign-off, which {given}"))
            }
            Ok(None) => Some(format!("{words} in {stage} needs a sign-off that no approval in the text gives")),
            Err(why) => Some(format!("whose sign-off {words} in {stage} needs cannot be told: {why}")),
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
            Some(None) => String::from("was given by somebody else, or for something else"),
        }
    }
}

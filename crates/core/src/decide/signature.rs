//! Whose sign-off releases an effect, and who is asked when it is missing or void.

use alloc::{format, string::String, vec::Vec};

use super::{Turn, comes_before, is_taken};
use crate::{
    canonical::digest,
    case::{Ask, Case, EffectState, SignOff, TakeOver, Void, Waiting},
    context::Context,
    definition::{HumanStep, HumanVerb, Path, Signer, Step, Who},
    event::Acting,
    time::Timestamp,
    value::{FieldName, Values},
    who,
};

/// Whether a released call may still leave: the case waits for it, with the data and the sign-off that it was
/// released with.
///
/// It is asked again right before a call is made, since data may have changed while the call waited its turn.
#[must_use]
pub fn may_still_leave(context: &Context<'_>, case: &Case, key: &str, at: Timestamp) -> bool {
    let Some(effect) = case.effects.get(key).filter(|effect| matches!(effect.state, EffectState::Released { .. }))
    else {
        return false;
    };
    let runs = case.is_open() && case.held.is_none();
    let Some(Step::System(step)) = context.definition.step(&effect.path).filter(|_| runs) else {
        return false;
    };
    let payload: Values =
        step.payload.iter().filter_map(|name| Some((name.clone(), case.value(name)?.clone()))).collect();
    let turn = Turn::new(context, case.clone(), &Acting::System, at);
    digest(&payload) == effect.payload
        && turn.rounds_of(&effect.path) == effect.rounds
        && (step.signer == Signer::Nobody
            || case.sign_offs.iter().any(|one| turn.releases(one, &effect.path, &step.signer, &step.payload)))
}

/// An approving step and where it stands.
pub(super) type Approval<'a> = (Path, &'a HumanStep);

impl<'a> Turn<'a> {
    /// Whether an effect may leave; otherwise whoever must sign is asked.
    ///
    /// Invariant: an effect that names a signer leaves only with that signer's fresh sign-off over all
    /// that is sent, given by the people whom the text asks for the data as they are now.
    pub(super) fn may_release(&mut self, index: usize, path: &Path, signer: &Signer, payload: &[FieldName]) -> bool {
        #[cfg(feature = "unguarded")]
        if self.unguarded {
            return true;
        }
        if *signer == Signer::Nobody {
            return true;
        }
        let definition = self.context.definition;
        if let Some(name) = payload.iter().find(|name| definition.field(name).is_none()) {
            let what = format!("`{name}` is to be sent, and the process has no such field");
            self.raise(index, what, "publish a version that names its fields");
            return false;
        }
        if self.case.sign_offs.iter().any(|sign_off| self.releases(sign_off, path, signer, payload)) {
            return true;
        }
        match self.approval_for(path, signer, self.at) {
            Ok(Some(approval)) => self.ask_again(index, &approval),
            Ok(None) => self.raise(
                index,
                String::from("no approval in the text can sign this"),
                "publish a version that names who signs it",
            ),
            Err(why) => {
                let who = self.accountable_for(path);
                self.take_over(index, TakeOver::CannotTell { why }, who);
            }
        }
        false
    }

    /// Whether this sign-off is fresh, its giver's to give, and the one that the text asks for now.
    ///
    /// The way to it is judged at the time of signing, so that a day that passes does not undo it.
    pub(super) fn releases(&self, sign_off: &SignOff, path: &Path, signer: &Signer, payload: &[FieldName]) -> bool {
        self.is_fresh(sign_off, payload)
            && matches!(
                self.approval_for(path, signer, sign_off.at),
                Ok(Some((place, human))) if place == sign_off.path && self.signs(sign_off, human, signer)
            )
    }

    /// An escalation moves the right to decide, so that whoever decides the role's own approval signs for it.
    fn signs(&self, sign_off: &SignOff, human: &HumanStep, signer: &Signer) -> bool {
        match signer {
            Signer::Approver => true,
            Signer::Role { role } => {
                let holds = |person: &str| self.context.directory.holds(person, role);
                is_role(&human.who, role) || holds(&sign_off.by) || sign_off.standing_for.as_deref().is_some_and(holds)
            }
            Signer::Nobody => false,
        }
    }

    /// The last approval that the text asks for on the way to this step, for the data as they are now.
    ///
    /// Choices on the way are made again: an amount that was raised after the manager's approval needs
    /// whoever approves such amounts, not the manager once more. `Err` says why a choice cannot be made.
    pub(super) fn approval_for(
        &self,
        path: &Path,
        signer: &Signer,
        at: Timestamp,
    ) -> Result<Option<Approval<'a>>, String> {
        let mut approvals: Vec<Approval<'a>> = Vec::new();
        self.context.definition.walk(&mut |place, step| {
            if let Step::Human(human) = step
                && human.verb == HumanVerb::Approve
                && self.may_be_signed_by(human, signer)
                && comes_before(self.context.definition, place, path)
                && !self.lost(place, path)
            {
                approvals.push((place.clone(), human));
            }
        });
        let mut doubt = None;
        for (place, human) in approvals.iter().rev() {
            match is_taken(self.context.definition, &self.case, place, at) {
                Ok(true) => return Ok(Some((place.clone(), human))),
                Ok(false) => {}
                Err(why) => doubt = Some(why),
            }
        }
        if let Some(why) = doubt {
            return Err(why);
        }
        // On the way as it would be now nobody signs: the approval that was really asked for stays.
        let asked = |place: &Path| self.case.visits.contains_key(place);
        Ok(approvals.into_iter().rfind(|(place, _)| asked(place)))
    }

    fn may_be_signed_by(&self, human: &HumanStep, signer: &Signer) -> bool {
        match signer {
            Signer::Approver => true,
            Signer::Role { role } => {
                is_role(&human.who, role)
                    || who::people(self.context, &self.case, &human.who)
                        .iter()
                        .any(|person| self.context.directory.holds(person, role))
            }
            Signer::Nobody => false,
        }
    }

    /// Whether `place` stands in a track that lost: it signs nothing for what comes after the join.
    fn lost(&self, place: &Path, path: &Path) -> bool {
        (2..place.0.len()).step_by(2).any(|length| {
            let split = Path(place.0[..length].to_vec());
            let won = self.case.winners.get(&split).is_none_or(|tracks| tracks.contains(&place.0[length]));
            !won && !path.is_inside(&split)
        })
    }
}

impl Turn<'_> {
    /// The sign-off is missing or void: it is asked for, with the field that changed.
    fn ask_again(&mut self, index: usize, approval: &Approval<'_>) {
        let (path, human) = approval;
        let ask = Ask::Approve { again: Some(self.latest_change()) };
        let task = self.open_task(path, ask, human.who.clone(), human.due, Some(human));
        self.case.cursors[index].waiting = Waiting::Task { task };
    }

    /// The field whose change undid the latest sign-off, also when its own giver changed it; else empty.
    fn latest_change(&self) -> FieldName {
        let voided = |sign_off: &SignOff| match &sign_off.voided {
            Some(Void::FieldChanged { field }) => Some(field.clone()),
            Some(Void::SentBack | Void::OtherVersion) | None => None,
        };
        let edited = || {
            let task = self.case.task(self.case.sign_offs.last()?.task)?;
            task.decisions().last()?.edited.first().cloned()
        };
        let changed = self.case.sign_offs.iter().rev().find_map(voided);
        changed.or_else(edited).unwrap_or_default()
    }
}

fn is_role(who: &Who, role: &str) -> bool {
    matches!(who, Who::Role { role: named } if named.eq_ignore_ascii_case(role))
}

//! Effects: released with a fresh sign-off, acknowledged, failed, or overdue.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    canonical::digest,
    case::{Ask, Effect, EffectState, Outcome, SignOff, TakeOver, TaskState, Void, Waiting},
    command::{Command, effect_key},
    definition::{
        HumanStep, HumanVerb, MessageStep, MessageText, Path, Signer, Step, SystemStep, Who,
    },
    form,
    value::{FieldName, Values},
    who,
};

impl Turn<'_> {
    pub(super) fn call_system(&mut self, index: usize, path: &Path, step: &SystemStep) {
        if !self.may_release(index, path, &step.signer, &step.payload) {
            return;
        }
        let payload: Values = step
            .payload
            .iter()
            .filter_map(|name| Some((name.clone(), self.case.value(name)?.clone())))
            .collect();
        let key = self.released(path, &payload);
        let answer_by = self.context.calendar.after(self.at, step.answer_within);
        self.case.cursors[index].waiting = Waiting::Effect {
            key: key.clone(),
            answer_by,
        };
        self.commands.push(Command::CallSystem {
            key,
            system: step.system.clone(),
            operation: step.operation.clone(),
            payload,
            at_most_once: step.at_most_once,
        });
    }

    pub(super) fn send_message(&mut self, index: usize, path: &Path, step: &MessageStep) {
        let (text, used) = self.fill(&step.text);
        if !self.may_release(index, path, &step.signer, &used) {
            return;
        }
        let (people, party) = match &step.to {
            Who::Party { party } => (Vec::new(), Some((party.clone(), self.address_of(party)))),
            who => (who::people(self.context, &self.case, who), None),
        };
        let key = self.released(path, &text);
        self.commands.push(Command::SendMessage {
            key,
            people,
            party,
            text,
        });
        self.go_on(index);
    }

    /// Whether an effect may leave; otherwise whoever must sign is asked.
    ///
    /// Invariant: an effect that names a signer leaves only with that signer's fresh sign-off over all
    /// that is sent.
    fn may_release(
        &mut self,
        index: usize,
        path: &Path,
        signer: &Signer,
        payload: &[FieldName],
    ) -> bool {
        if *signer == Signer::Nobody {
            return true;
        }
        let fresh = self
            .case
            .sign_offs
            .iter()
            .any(|sign_off| self.signs(sign_off, signer) && self.is_fresh(sign_off, payload));
        if fresh {
            return true;
        }
        self.ask_again(index, path, signer);
        false
    }

    fn signs(&self, sign_off: &SignOff, signer: &Signer) -> bool {
        match signer {
            Signer::Approver => true,
            Signer::Role { role } => {
                let holds = |person: &str| self.context.directory.holds(person, role);
                holds(&sign_off.by) || sign_off.standing_for.as_deref().is_some_and(holds)
            }
            Signer::Nobody => false,
        }
    }

    /// The sign-off is missing or void: the same people are asked, with the field that changed.
    fn ask_again(&mut self, index: usize, path: &Path, signer: &Signer) {
        let latest = self
            .case
            .sign_offs
            .iter()
            .rev()
            .find(|sign_off| self.signs(sign_off, signer));
        let changed = latest.and_then(|sign_off| match &sign_off.voided {
            Some(Void::FieldChanged { field }) => Some(field.clone()),
            Some(Void::SentBack) | None => None,
        });
        let given_at = latest.map(|sign_off| sign_off.path.clone());
        let Some((step_path, human)) = given_at
            .and_then(|path| self.approval_at(path))
            .or_else(|| self.approval_before(path, signer))
        else {
            self.raise(
                index,
                String::from("no approval in the text can sign this"),
                "publish a version that names who signs it",
            );
            return;
        };
        let ask = Ask::Approve {
            again: Some(changed.unwrap_or_default()),
        };
        let task = self.open_task(&step_path, ask, human.who.clone(), human.due, Some(human));
        self.case.cursors[index].waiting = Waiting::Task { task };
    }
}

impl<'a> Turn<'a> {
    fn approval_at(&self, path: Path) -> Option<(Path, &'a HumanStep)> {
        match self.context.definition.step(&path) {
            Some(Step::Human(human)) if human.verb == HumanVerb::Approve => Some((path, human)),
            Some(_) | None => None,
        }
    }

    /// The last approval before the step whose people can sign it.
    fn approval_before(&self, path: &Path, signer: &Signer) -> Option<(Path, &'a HumanStep)> {
        let mut found = None;
        self.context.definition.walk(&mut |place, step| {
            if let Step::Human(human) = step
                && human.verb == HumanVerb::Approve
                && place < path
                && match signer {
                    Signer::Role { role } => human.who == Who::Role { role: role.clone() },
                    Signer::Approver => true,
                    Signer::Nobody => false,
                }
            {
                found = Some((place.clone(), human));
            }
        });
        found
    }
}

impl Turn<'_> {
    /// Records an effect as released and returns its key.
    ///
    /// As long as it is not acknowledged the same data keep the key, so that a receiver applies a repetition
    /// once; other data get a new one.
    fn released(&mut self, path: &Path, payload: &impl serde::Serialize) -> String {
        let payload = digest(payload);
        let visit = self.case.visits.get(path).copied().unwrap_or(1);
        let earlier = self.case.effects.iter().find(|(_, effect)| {
            effect.path == *path
                && effect.payload == payload
                && !matches!(effect.state, EffectState::Done { .. })
        });
        let key = match earlier {
            Some((key, _)) => key.clone(),
            None => effect_key(&self.case.id, path, visit, 0),
        };
        let state = EffectState::Released { at: self.at };
        self.case.effects.insert(
            key.clone(),
            Effect {
                path: path.clone(),
                visit,
                payload,
                state,
            },
        );
        key
    }

    pub(super) fn effect_done(&mut self, key: &str, receipt: &str) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let done = EffectState::Done {
            at: self.at,
            receipt: String::from(receipt),
        };
        self.set_effect(key, done)?;
        if let Some(index) = self.awaiting_effect(key) {
            if let Waiting::Task { task } = self.case.cursors[index].waiting {
                // The answer came after all, while somebody was asked to take over.
                self.cancel_task(task);
            }
            self.go_on(index);
        }
        Ok(())
    }

    pub(super) fn effect_failed(
        &mut self,
        key: &str,
        error: &str,
        outcome_unknown: bool,
    ) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        self.set_effect(
            key,
            EffectState::Failed {
                at: self.at,
                error: String::from(error),
            },
        )?;
        if !self.case.is_open() {
            return Ok(());
        }
        match self.awaiting_effect(key) {
            Some(index) => {
                if let Waiting::Task { task } = self.case.cursors[index].waiting {
                    self.cancel_task(task);
                }
                self.system_failed(index, key, error, outcome_unknown);
            }
            None => {
                let path = self
                    .case
                    .effects
                    .get(key)
                    .map(|effect| effect.path.clone())
                    .unwrap_or_default();
                let what = format!("a message could not be sent: {error}");
                self.record_incident(
                    path,
                    what,
                    "tell the people in another way, then mark this as resolved",
                );
            }
        }
        Ok(())
    }

    /// Another system failed or is overdue: whoever the text names takes over.
    pub(super) fn system_failed(
        &mut self,
        index: usize,
        key: &str,
        error: &str,
        outcome_unknown: bool,
    ) {
        let Some(Step::System(step)) = self.context.definition.step(&self.case.cursors[index].path)
        else {
            return;
        };
        let why = TakeOver::SystemFailed {
            system: step.system.clone(),
            error: String::from(error),
            outcome_unknown,
            key: String::from(key),
        };
        self.take_over(index, why, step.on_failure.clone());
    }

    pub(super) fn message_received(&mut self, name: &str, values: &Values) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let definition = self.context.definition;
        let asked: Vec<FieldName> = values.keys().cloned().collect();
        let faults = form::faults(definition, &self.case, &asked, values);
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        let waits = |waiting: &Waiting| matches!(waiting, Waiting::Message { name: awaited, .. } if awaited == name);
        let Some(index) = self
            .case
            .cursors
            .iter()
            .position(|cursor| waits(&cursor.waiting))
        else {
            return Err(Rejected::NotAwaited {
                key: String::from(name),
            });
        };
        self.write_by_person(values, &BTreeMap::new());
        self.go_on(index);
        Ok(())
    }

    pub(super) fn resolve_incident(&mut self, number: u32) -> Result<(), Rejected> {
        self.permit(&Verb::ResolveIncident)?;
        let case_number = self.case.number;
        let open = self
            .case
            .incidents
            .iter_mut()
            .find(|one| one.number == number && one.resolved_at.is_none());
        let Some(incident) = open else {
            return Err(Rejected::Unknown {
                number: case_number,
                what: format!("open incident {number}"),
            });
        };
        incident.resolved_at = Some(self.at);
        for cursor in &mut self.case.cursors {
            if cursor.waiting == (Waiting::Incident { incident: number }) {
                cursor.waiting = Waiting::Nothing;
            }
        }
        Ok(())
    }

    /// The cursor that waits for this effect, itself or through somebody who was asked to take over.
    fn awaiting_effect(&self, key: &str) -> Option<usize> {
        self.case.cursors.iter().position(|cursor| match &cursor.waiting {
            Waiting::Effect { key: awaited, .. } => awaited == key,
            Waiting::Task { task } => self.case.task(*task).is_some_and(|task| {
                matches!(&task.ask, Ask::TakeOver { why: TakeOver::SystemFailed { key: awaited, .. } } if awaited == key)
            }),
            Waiting::Nothing
            | Waiting::Agent
            | Waiting::Until { .. }
            | Waiting::Message { .. }
            | Waiting::Tracks
            | Waiting::Incident { .. } => false,
        })
    }

    fn set_effect(&mut self, key: &str, state: EffectState) -> Result<(), Rejected> {
        match self.case.effects.get_mut(key) {
            // Invariant: an acknowledged effect stays acknowledged; a late repetition changes nothing.
            Some(effect) if !matches!(effect.state, EffectState::Done { .. }) => {
                effect.state = state;
                Ok(())
            }
            Some(_) | None => Err(Rejected::NotAwaited {
                key: String::from(key),
            }),
        }
    }

    pub(super) fn cancel_task(&mut self, number: u32) {
        if let Some(task) = self
            .case
            .tasks
            .iter_mut()
            .find(|task| task.number == number && task.is_open())
        {
            task.state = TaskState::Cancelled { at: self.at };
        }
    }

    /// A message's text with its placeholders filled, and the fields that it uses.
    fn fill(&self, text: &MessageText) -> (String, Vec<FieldName>) {
        let template = match text {
            MessageText::Template { template } => template,
            MessageText::Reason => return (self.latest_reason(), Vec::new()),
        };
        let (mut filled, mut used) = (String::new(), Vec::new());
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            let value = self.case.value(name);
            filled.push_str(
                &value.map_or_else(|| String::from("(not given)"), crate::value::Value::plain),
            );
            used.push(String::from(name));
            rest = tail;
        }
        filled.push_str(rest);
        (filled, used)
    }

    fn latest_reason(&self) -> String {
        let decisions = self
            .case
            .tasks
            .iter()
            .flat_map(crate::case::Task::decisions);
        let rejection = decisions
            .filter(|decision| decision.outcome == Outcome::Rejected)
            .max_by_key(|one| one.at);
        rejection
            .and_then(|decision| decision.reason.clone())
            .unwrap_or_else(|| String::from("no reason was given"))
    }

    fn address_of(&self, party: &str) -> String {
        let declared = self
            .context
            .definition
            .parties
            .iter()
            .find(|one| one.name == party);
        let value = declared.and_then(|party| self.case.value(&party.email));
        value.map(crate::value::Value::plain).unwrap_or_default()
    }
}

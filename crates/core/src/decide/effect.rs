//! Effects: released with a fresh sign-off, acknowledged, failed, or overdue.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    canonical::{Digest, digest},
    case::{Ask, Effect, EffectState, Outcome, TakeOver, TaskState, Waiting},
    command::{Command, effect_key},
    definition::{MessageStep, MessageText, Path, Step, SystemStep, Who},
    form,
    planted::planted,
    release::Excess,
    value::{FieldName, Values},
    who,
};

/// The first engine revision that notes whether a call that was given up may have been made.
const KNOWS_UNKNOWN_OUTCOMES: u16 = 2;

impl Turn<'_> {
    pub(super) fn call_system(&mut self, index: usize, path: &Path, step: &SystemStep) {
        if !self.may_release(index, path, &step.signer, &step.payload) {
            return;
        }
        let payload: Values =
            step.payload.iter().filter_map(|name| Some((name.clone(), self.case.value(name)?.clone()))).collect();
        let sent = digest(&payload);
        let key = self.key_of_call(path, &sent);
        if step.at_most_once && self.may_have_been_made(&key) {
            return self.ask_before_repeating(index, step, key);
        }
        self.released(&key, path, sent);
        let answer_by = self.context.calendar.after(self.at, step.answer_within);
        self.case.cursors[index].waiting = Waiting::Effect { key: key.clone(), answer_by };
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
        let reached = party.as_ref().map_or(!people.is_empty(), |(_, address)| !address.is_empty());
        if !reached {
            let named = who::words(self.context, &step.to);
            self.record_incident(
                path.clone(),
                format!("a message reached nobody: no address is known for {named}"),
                "tell them in another way, then mark this as resolved",
            );
            self.go_on(index);
            return;
        }
        // Each visit tells anew, also in the same words: nobody repeats a message on the case's behalf.
        let key = self.fresh_key(path);
        self.released(&key, path, digest(&(&text, &people, &party)));
        self.commands.push(Command::SendMessage { key, people, party, text });
        self.go_on(index);
    }

    /// Whether a call under this key has left and nobody knows what became of it.
    fn may_have_been_made(&self, key: &str) -> bool {
        self.revision >= KNOWS_UNKNOWN_OUTCOMES
            && match self.case.effects.get(key).map(|effect| &effect.state) {
                Some(EffectState::Released { .. }) => true,
                Some(EffectState::Failed { outcome_unknown, .. }) => *outcome_unknown,
                Some(EffectState::Done { .. }) | None => false,
            }
    }

    /// Invariant: what must not be repeated is not repeated because the case has come to its step anew.
    fn ask_before_repeating(&mut self, index: usize, step: &SystemStep, key: String) {
        let error = String::from("the same was asked of it before, and it may have been carried out");
        let why = TakeOver::SystemFailed { system: step.system.clone(), error, outcome_unknown: true, key };
        self.take_over(index, why, step.on_failure.clone());
    }

    /// Somebody who knows that a call may have been made wants it made again.
    pub(super) fn may_be_repeated(&mut self, key: &str) {
        let Some(effect) = self.case.effects.get_mut(key).filter(|_| self.revision >= KNOWS_UNKNOWN_OUTCOMES) else {
            return;
        };
        match self.context.definition.step(&effect.path) {
            Some(Step::System(step)) if step.at_most_once && !matches!(effect.state, EffectState::Done { .. }) => {
                let error = String::from("it is called again, because a person said so");
                effect.state = EffectState::Failed { at: self.at, error, outcome_unknown: false };
            }
            _ => {}
        }
    }

    /// A call or message that is given up.
    pub(super) fn given_up(&self, error: &str, outcome_unknown: bool) -> EffectState {
        let outcome_unknown = outcome_unknown && self.revision >= KNOWS_UNKNOWN_OUTCOMES;
        EffectState::Failed { at: self.at, error: String::from(error), outcome_unknown }
    }

    /// The key of a call with this payload.
    ///
    /// As long as it is not acknowledged the same data keep the key, so that a receiver applies a repetition
    /// once; other data get a new one.
    fn key_of_call(&self, path: &Path, payload: &Digest) -> String {
        let rounds = self.rounds_of(path);
        let earlier = self.case.effects.iter().find(|(_, effect)| {
            effect.path == *path
                && effect.payload == *payload
                && effect.rounds == rounds
                && !matches!(effect.state, EffectState::Done { .. })
                && !planted(10)
        });
        earlier.map_or_else(|| self.fresh_key(path), |(key, _)| key.clone())
    }

    /// A key that no earlier visit of the step has used.
    fn fresh_key(&self, path: &Path) -> String {
        let visit = self.case.visits.get(path).copied().unwrap_or(1);
        // Invariant: a key names one effect for ever, also when a case has come to a version in which another step
        // stands at this place.
        let keys = (0..).map(|attempt| effect_key(&self.case.id, path, visit, attempt));
        let mut free = keys.filter(|key| !self.case.effects.contains_key(key));
        free.next().unwrap_or_default()
    }

    /// Records an effect as released.
    fn released(&mut self, key: &str, path: &Path, payload: Digest) {
        let effect = Effect {
            path: path.clone(),
            visit: self.case.visits.get(path).copied().unwrap_or(1),
            payload,
            rounds: self.rounds_of(path),
            state: EffectState::Released { at: self.at },
        };
        self.case.effects.insert(String::from(key), effect);
    }

    pub(super) fn effect_done(&mut self, key: &str, receipt: &str) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let done = EffectState::Done { at: self.at, receipt: String::from(receipt) };
        self.set_effect(key, done)?;
        if let Some(index) = self.awaiting_effect(key) {
            if let Waiting::Task { task } = self.case.cursors[index].waiting {
                // The answer came after all, while somebody was asked to take over.
                self.cancel_task(task);
            }
            self.go_on(index);
        } else {
            self.report_done_after_all(key);
        }
        Ok(())
    }

    /// Invariant: a call that was carried out after somebody had gone on without it is never a silence,
    /// since the same thing may have been done twice.
    fn report_done_after_all(&mut self, key: &str) {
        let path = self.case.effects.get(key).map(|effect| &effect.path);
        let Some((path, Step::System(step))) = path.and_then(|path| Some((path, self.context.definition.step(path)?)))
        else {
            return;
        };
        if self.case.is_open() {
            let what = format!(
                "the {} has done this after all, when the case had gone on without it: {}",
                step.system, step.operation
            );
            self.record_incident(path.clone(), what, "look there whether it was done twice");
        }
    }

    pub(super) fn effect_failed(&mut self, key: &str, error: &str, outcome_unknown: bool) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        self.set_effect(key, self.given_up(error, outcome_unknown))?;
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
                let path = self.case.effects.get(key).map(|one| one.path.clone());
                let path = path.unwrap_or_default();
                // A call that nobody waits for any more has failed: that is as the case assumes.
                if let Some(Step::Message(_)) = self.context.definition.step(&path) {
                    let what = format!("a message could not be sent: {error}");
                    self.record_incident(path, what, "tell the people in another way, then mark this as resolved");
                }
            }
        }
        Ok(())
    }

    /// The call was not made: its step is entered anew, which asks for a sign-off over the data as they are now.
    pub(super) fn effect_withdrawn(&mut self, key: &str) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let error = "it was held back before it was sent, because what was signed has changed";
        self.set_effect(key, self.given_up(error, false))?;
        if let Some(index) = self.awaiting_effect(key).filter(|_| self.case.is_open()) {
            if let Waiting::Task { task } = self.case.cursors[index].waiting {
                self.cancel_task(task);
            }
            self.case.cursors[index].waiting = Waiting::Nothing;
        }
        Ok(())
    }

    /// A person decides whether the call is made, whatever the text does when the system fails.
    ///
    /// Invariant: whoever asks for money does not let it go, nor does anybody outside. Where nobody else would be asked,
    /// whoever answers for the process is.
    pub(super) fn effect_held(&mut self, key: &str, why: &Excess, outcome_unknown: bool) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let error = "it was held back, because more would have left than may leave without a signature";
        self.set_effect(key, self.given_up(error, outcome_unknown))?;
        let Some(index) = self.awaiting_effect(key).filter(|_| self.case.is_open()) else {
            return Ok(());
        };
        if let Waiting::Task { task } = self.case.cursors[index].waiting {
            self.cancel_task(task);
        }
        let path = self.case.cursors[index].path.clone();
        if let Some(Step::System(step)) = self.context.definition.step(&path) {
            let barred = who::barred_from_release(self.context, &self.case);
            let can = |who: &Who| {
                who::people(self.context, &self.case, who)
                    .iter()
                    .any(|person| !barred.contains(person) && self.context.directory.active(person).is_some())
            };
            let named = [step.on_failure.clone(), self.accountable_for(&path)].into_iter().find(can);
            let who = named.unwrap_or_else(|| self.accountable());
            let (system, key) = (step.system.clone(), String::from(key));
            self.take_over(index, TakeOver::Held { system, why: why.clone(), outcome_unknown, key }, who);
        }
        Ok(())
    }

    /// Another system failed or is overdue: the text's own steps for that follow, or whoever it names takes over.
    pub(super) fn system_failed(&mut self, index: usize, key: &str, error: &str, outcome_unknown: bool) {
        let Some(Step::System(step)) = self.context.definition.step(&self.case.cursors[index].path) else {
            return;
        };
        if !step.failure.is_empty() {
            let path = self.case.cursors[index].path.clone();
            let given_up = self.given_up(error, outcome_unknown);
            if let Some(effect) = self.case.effects.get_mut(key)
                && matches!(effect.state, EffectState::Released { .. })
            {
                effect.state = given_up;
            }
            self.go_to(index, path.child(0).child(0));
            return;
        }
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
        let mut faults = form::faults(definition, &self.case, &asked, values);
        faults.extend(self.document_faults(values, &BTreeMap::new()));
        faults.extend(self.person_faults(values));
        if !faults.is_empty() {
            return Err(Rejected::Faults(faults));
        }
        let Some(index) = self.awaiting_message(name) else {
            return Err(Rejected::NotAwaited { key: String::from(name) });
        };
        if let Waiting::Task { task } = self.case.cursors[index].waiting {
            // It came after all, while somebody was asked to look.
            self.cancel_task(task);
        }
        self.write_by_person(values, &BTreeMap::new());
        self.go_on(index);
        Ok(())
    }

    pub(super) fn resolve_incident(&mut self, number: u32) -> Result<(), Rejected> {
        self.permit(&Verb::ResolveIncident)?;
        let case_number = self.case.number;
        let open = self.case.incidents.iter_mut().find(|one| one.number == number && one.resolved_at.is_none());
        let Some(incident) = open else {
            return Err(Rejected::Unknown { number: case_number, what: format!("open incident {number}") });
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
            Waiting::Task { task } => self.case.task(*task).is_some_and(|task| task.ask.taken_over() == Some(key)),
            Waiting::Nothing
            | Waiting::Agent
            | Waiting::LookUp { .. }
            | Waiting::Day
            | Waiting::Until { .. }
            | Waiting::Message { .. }
            | Waiting::Tracks
            | Waiting::Incident { .. } => false,
        })
    }

    /// The cursor that waits for this message, itself or through somebody who was asked to look.
    fn awaiting_message(&self, name: &str) -> Option<usize> {
        let asked = |task: &u32| {
            self.case.task(*task).is_some_and(|task| {
                matches!(&task.ask, Ask::TakeOver { why: TakeOver::NoMessage { name: missed } } if missed == name)
            })
        };
        self.case.cursors.iter().position(|cursor| match &cursor.waiting {
            Waiting::Message { name: awaited, .. } => awaited == name,
            Waiting::Task { task } => asked(task),
            Waiting::Nothing
            | Waiting::Agent
            | Waiting::Effect { .. }
            | Waiting::LookUp { .. }
            | Waiting::Day
            | Waiting::Until { .. }
            | Waiting::Tracks
            | Waiting::Incident { .. } => false,
        })
    }

    fn set_effect(&mut self, key: &str, state: EffectState) -> Result<(), Rejected> {
        match self.case.effects.get_mut(key) {
            // Invariant: an acknowledged effect stays acknowledged, and one that was given up can only turn
            // out to have been done; a late repetition changes nothing.
            Some(effect) if is_news(&effect.state, &state) => {
                effect.state = state;
                Ok(())
            }
            Some(_) | None => Err(Rejected::NotAwaited { key: String::from(key) }),
        }
    }

    pub(super) fn cancel_task(&mut self, number: u32) {
        if let Some(task) = self.case.tasks.iter_mut().find(|task| task.number == number && task.is_open()) {
            task.state = TaskState::Cancelled { at: self.at };
            self.cancel_questions_of(number);
        }
    }

    /// A message's text with its placeholders filled, and the fields that it uses.
    pub(super) fn fill(&self, text: &MessageText) -> (String, Vec<FieldName>) {
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
            filled.push_str(&value.map_or_else(|| String::from("(not given)"), crate::value::Value::plain));
            used.push(String::from(name));
            rest = tail;
        }
        filled.push_str(rest);
        (filled, used)
    }

    fn latest_reason(&self) -> String {
        let decisions = self.case.tasks.iter().flat_map(crate::case::Task::decisions);
        let rejection = decisions.filter(|decision| decision.outcome == Outcome::Rejected).max_by_key(|one| one.at);
        rejection.and_then(|decision| decision.reason.clone()).unwrap_or_else(|| String::from("no reason was given"))
    }

    pub(super) fn address_of(&self, party: &str) -> String {
        let declared = self.context.definition.parties.iter().find(|one| one.name == party);
        let value = declared.and_then(|party| self.case.value(&party.email));
        value.map(crate::value::Value::plain).unwrap_or_default()
    }
}

const fn is_news(before: &EffectState, after: &EffectState) -> bool {
    match before {
        EffectState::Released { .. } => true,
        EffectState::Failed { outcome_unknown: true, .. } => {
            matches!(after, EffectState::Done { .. } | EffectState::Failed { outcome_unknown: false, .. })
        }
        EffectState::Failed { outcome_unknown: false, .. } => matches!(after, EffectState::Done { .. }),
        EffectState::Done { .. } => false,
    }
}

//! Questions to other systems: they change nothing there, and their answers fill fields.

use alloc::{format, string::String, vec::Vec};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    case::{Origin, TakeOver, Waiting},
    command::{Command, look_up_key},
    definition::{LookUpStep, Path, Step},
    form,
    guard::words,
    value::Values,
};

impl<'a> Turn<'a> {
    pub(super) fn look_up(&mut self, index: usize, path: &Path, step: &LookUpStep) {
        let visit = self.case.cursors[index].visit;
        let key = look_up_key(&self.case.id, path, visit);
        if let Some(name) = step.by.iter().find(|name| self.case.value(name).is_none()) {
            let error = format!("`{}` is not known, so that nothing can be looked up by it", words(name));
            self.unanswered(index, step, key, error);
            return;
        }
        let by: Values =
            step.by.iter().filter_map(|name| Some((name.clone(), self.case.value(name)?.clone()))).collect();
        let answer_by = self.context.calendar.after(self.at, step.answer_within);
        self.case.cursors[index].waiting = Waiting::LookUp { key: key.clone(), answer_by };
        self.commands.push(Command::LookUp { key, system: step.system.clone(), by, fields: step.fields.clone() });
    }

    pub(super) fn looked_up(&mut self, key: &str, values: &Values) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let (index, step) = self.asked_system(key)?;
        if let Waiting::Task { task } = self.case.cursors[index].waiting {
            // The answer came after all, while somebody was asked to take over.
            self.cancel_task(task);
        }
        let faults = self.faults_of_answer(step, values);
        if !faults.is_empty() {
            self.unanswered(index, step, String::from(key), faults.join("; "));
            return Ok(());
        }
        for name in &step.fields {
            match values.get(name) {
                Some(value) => {
                    self.write(name, value.clone(), Origin::System { system: step.system.clone() });
                }
                // What it no longer knows must not stand as if it had said so now.
                None => self.forget(name),
            }
        }
        self.go_on(index);
        Ok(())
    }

    pub(super) fn look_up_failed(&mut self, key: &str, error: &str) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let (index, step) = self.asked_system(key)?;
        if let Waiting::Task { task } = self.case.cursors[index].waiting {
            self.cancel_task(task);
        }
        self.unanswered(index, step, String::from(key), String::from(error));
        Ok(())
    }

    /// The text's own steps for that follow, or whoever it names takes over and may fill in what the system could
    /// not say.
    pub(super) fn unanswered(&mut self, index: usize, step: &LookUpStep, key: String, error: String) {
        if !step.failure.is_empty() {
            let path = self.case.cursors[index].path.clone();
            self.go_to(index, path.child(0).child(0));
            return;
        }
        let why = TakeOver::SystemFailed { system: step.system.clone(), error, outcome_unknown: false, key };
        self.take_over(index, why, step.on_failure.clone());
    }

    /// What an answer lacks or has wrong, in words.
    fn faults_of_answer(&self, step: &LookUpStep, values: &Values) -> Vec<String> {
        let definition = self.context.definition;
        let mut faults: Vec<String> = Vec::new();
        for name in values.keys().filter(|name| !step.fields.contains(name)) {
            faults.push(format!("it answered with `{}`, which it was not asked for", words(name)));
        }
        for field in step.fields.iter().filter_map(|name| definition.field(name)) {
            match values.get(&field.name) {
                Some(value) if form::fits(field, value) => {}
                Some(_) => faults.push(format!("its {} is not {}", field.label, form::kind_words(&field.kind))),
                None if field.required => faults.push(format!("it does not know the {}", field.label)),
                None => {}
            }
        }
        faults
    }

    /// The cursor that waits for this answer, itself or through somebody who was asked to take over.
    fn asked_system(&self, key: &str) -> Result<(usize, &'a LookUpStep), Rejected> {
        let stale = || Rejected::NotAwaited { key: String::from(key) };
        let waits = |waiting: &Waiting| match waiting {
            Waiting::LookUp { key: awaited, .. } => awaited == key,
            Waiting::Task { task } => self.case.task(*task).is_some_and(|task| task.ask.taken_over() == Some(key)),
            _ => false,
        };
        let index = self.case.cursors.iter().position(|cursor| waits(&cursor.waiting)).ok_or_else(stale)?;
        match self.context.definition.step(&self.case.cursors[index].path) {
            Some(Step::LookUp(step)) => Ok((index, step)),
            Some(_) | None => Err(stale()),
        }
    }
}

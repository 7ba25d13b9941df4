//! What follows from a changed value: checks are made again, letters are filled in again, and what somebody has said
//! of the value before no longer counts as if it were said of this one.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::Turn;
use crate::{
    case::{Ask, CheckResult, Finding, Origin},
    definition::{AgentStep, AgentWork, Path, Step},
    guard::words,
    planted::planted,
    time::Timestamp,
    value::FieldName,
};

/// The first engine revision in which what rests on a value follows it when it changes.
const FOLLOWS_CHANGES: u16 = 4;

/// Fields that have changed, each with the instant since which the value before had stood; `None` when it had none.
pub(super) type Changes = BTreeMap<FieldName, Option<Timestamp>>;

impl<'a> Turn<'a> {
    /// Whether what rests on a value follows it.
    pub(super) const fn follows(&self) -> bool {
        self.revision >= FOLLOWS_CHANGES
    }

    /// Brings up to date what rests on the fields that have changed since it was last asked for.
    ///
    /// Invariant: nothing is shown to anybody and nothing is chosen by a finding of code or by a letter that belongs to
    /// other values than those of the case.
    pub(super) fn follow_changes(&mut self) {
        // A letter may stand in a letter: each round fills in what the one before has changed, and there are not
        // more letters in a row than there are fields.
        for _ in 0..=self.context.definition.fields.len() {
            let changes = core::mem::take(&mut self.changes);
            if changes.is_empty() || !self.follows() || !self.case.is_open() {
                return;
            }
            self.doubt_what_was_said(&changes);
            self.fill_in_again(&changes);
            self.check_again(&changes);
        }
    }

    /// Every step that has left something in the case, with its place.
    fn steps_passed(&self) -> Vec<(Path, &'a Step)> {
        let definition = self.context.definition;
        let entered = self.case.visits.keys().filter_map(|path| Some((path.clone(), definition.step(path)?)));
        entered.collect()
    }

    /// What code has found is found again.
    fn check_again(&mut self, changes: &Changes) {
        let found: Vec<Path> = self.case.findings.keys().cloned().collect();
        for path in found {
            let Some(Step::Check(check)) = self.context.definition.step(&path) else { continue };
            let mut rests = false;
            check.guard.fields(&mut |field| rests |= changes.contains_key(field));
            if rests && !planted(26) {
                self.find(&path, check);
            }
        }
    }

    /// Letters are filled in again from the values as they are now.
    fn fill_in_again(&mut self, changes: &Changes) {
        for (path, step) in self.steps_passed() {
            let Step::Agent(AgentStep { work: AgentWork::Draft { template, field, fields }, .. }) = step else {
                continue;
            };
            if changes.contains_key(field) || !fields.iter().any(|name| changes.contains_key(name)) {
                continue;
            }
            let is_due = match self.case.fields.get(field).map(|entry| &entry.origin) {
                Some(Origin::Template { template: from, .. }) => from == template,
                Some(_) => {
                    // Somebody's own words are not thrown away; whoever signs is told what they were written for.
                    self.doubt(&path, field, fields, changes, "was written by hand");
                    false
                }
                // It was taken away below, when something was missing.
                None => self.case.findings.contains_key(&path),
            };
            if !is_due {
                continue;
            }
            // Invariant: where a letter cannot be filled in again, none stands rather than the one for other values.
            if let Err(why) = self.write_letter(template, field) {
                self.forget(field);
                self.note(&path, format!("the {} could be filled in again", words(field)), why, fields);
            }
        }
    }

    /// What a person or an agent has said of other values does not count as said of these. Nobody is asked by itself.
    fn doubt_what_was_said(&mut self, changes: &Changes) {
        if changes.values().any(Option::is_some) {
            // Sentences that an agent wrote about the case as it was.
            self.case.summary.clear();
        }
        for (path, step) in self.steps_passed() {
            let Step::Agent(AgentStep { work, .. }) = step else { continue };
            match work {
                AgentWork::Judge { subject, .. } => self.doubt_judgement(&path, subject, changes),
                AgentWork::Classify { field, subject } | AgentWork::Score { field, subject, .. } => {
                    let agents = match self.case.fields.get(field) {
                        Some(entry) => matches!(entry.origin, Origin::Agent { .. }),
                        None => self.case.suggestions.get(field).is_some_and(|one| one.value.is_some()),
                    };
                    if agents && !changes.contains_key(field) {
                        self.doubt(&path, field, subject, changes, "was chosen by an agent");
                    }
                }
                AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => {}
            }
        }
    }

    /// A criterion that held may no longer hold. One that did not hold still counts so until somebody says otherwise:
    /// whoever may edit a value must not be able to undo a judgement by it.
    fn doubt_judgement(&mut self, path: &Path, subject: &[FieldName], changes: &Changes) {
        let Some(finding) = self.case.findings.get_mut(path) else { return };
        let looked_at = |(name, before): &(&FieldName, &Option<Timestamp>)| match subject {
            // It looked at every field that had a value then.
            [] => before.is_some_and(|since| since <= finding.at),
            named => named.contains(*name),
        };
        let Some((changed, _)) = changes.iter().find(looked_at) else { return };
        if finding.result != CheckResult::Failed {
            let why = format!("it was looked at before the {} was changed", words(changed));
            finding.result = CheckResult::CannotTell { why };
            finding.examples.clear();
        }
        for task in &mut self.case.tasks {
            let asks = task.is_open() && task.path == *path;
            if let (Ask::Judge { suggested, .. }, true) = (&mut task.ask, asks) {
                *suggested = None;
            }
        }
    }

    /// Tells the next person that a value was given for other values than those that it rests on.
    fn doubt(&mut self, path: &Path, field: &str, from: &[FieldName], changes: &Changes, given: &str) {
        if let Some(changed) = from.iter().find(|name| changes.contains_key(*name)) {
            let why = format!("the {} {given} before the {} was changed", words(field), words(changed));
            self.note(path, format!("the {} still fits", words(field)), why, from);
        }
    }

    /// Puts a doubt about what a step has filled in where the next person will see it.
    fn note(&mut self, path: &Path, words: String, why: String, fields: &[FieldName]) {
        let result = CheckResult::CannotTell { why };
        let finding = Finding { words, result, fields: fields.to_vec(), examples: Vec::new(), at: self.at };
        self.case.findings.insert(path.clone(), finding);
    }

    /// A field is written anew: what was doubtful about its value is said of another one.
    pub(super) fn settle_doubts_about(&mut self, name: &str) {
        let definition = self.context.definition;
        if self.follows() {
            self.case.findings.retain(|path, _| match definition.step(path) {
                Some(Step::Agent(AgentStep { work, .. })) => match work {
                    AgentWork::Classify { field, .. }
                    | AgentWork::Score { field, .. }
                    | AgentWork::Draft { field, .. } => field != name,
                    AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Judge { .. } => true,
                },
                Some(_) | None => true,
            });
        }
    }
}

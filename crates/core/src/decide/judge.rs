//! An agent has given a mark, or has judged a criterion in free words.

use alloc::{format, string::String, vec::Vec};

use super::Turn;
use crate::{
    case::{Ask, CheckResult, Finding, Outcome, Task},
    definition::{AgentStep, AgentWork, CitedExample, Definition, HumanVerb, Path, ScaleMark, Step},
    form::FieldFault,
    guard::Guard,
    proposal::{Doubt, Proposal, Verdict},
    value::{Value, Values},
};

impl Turn<'_> {
    /// Records what an agent says of a criterion, or asks a person where its word may not stand alone.
    pub(super) fn take_judgement(
        &mut self,
        index: usize,
        step: &AgentStep,
        (holds, examples): (Option<bool>, &[CitedExample]),
        proposal: &Proposal,
        verdict: Verdict,
    ) {
        let why = match (verdict, holds) {
            (Verdict::Act, Some(holds)) => {
                self.found(index, step, if holds { CheckResult::Passed } else { CheckResult::Failed }, examples);
                self.go_on(index);
                return;
            }
            (Verdict::Act, None) => Doubt::CannotTell,
            (Verdict::Suggest { why } | Verdict::Escalate { why }, _) => why,
        };
        let usable = !matches!(why, Doubt::Schema { .. } | Doubt::Denied { .. });
        let suggested = holds.filter(|_| usable);
        let reason = proposal.reason.trim();
        // A suggestion is no finding: until a person has spoken it cannot be told.
        let told = match suggested {
            Some(true) => format!("an agent says that it holds: {reason}"),
            Some(false) => format!("an agent says that it does not hold: {reason}"),
            None => String::from(reason),
        };
        // What may not be used says nothing by its examples either.
        let examples = if usable { examples } else { &[] };
        self.judge_by_hand(index, step, (suggested, examples), Some(why), told);
    }

    /// A person says whether it holds, unless nothing hangs on it before somebody signs.
    pub(super) fn judge_by_hand(
        &mut self,
        index: usize,
        step: &AgentStep,
        (suggested, examples): (Option<bool>, &[CitedExample]),
        doubt: Option<Doubt>,
        told: String,
    ) {
        let AgentWork::Judge { criterion, .. } = &step.work else {
            return;
        };
        self.found(index, step, CheckResult::CannotTell { why: told }, examples);
        let path = self.case.cursors[index].path.clone();
        if !needs_judging(self.context.definition, &path) {
            self.go_on(index);
            return;
        }
        let ask = Ask::Judge { criterion: criterion.clone(), suggested, why: doubt };
        let task = self.open_task(&path, ask, step.on_unsure.clone(), step.due, None);
        self.case.cursors[index].waiting = crate::case::Waiting::Task { task };
    }

    /// A person has said whether a criterion holds.
    pub(super) fn judged(&mut self, index: usize, task: &Task, outcome: Outcome) {
        if let Some(Step::Agent(step)) = self.context.definition.step(&task.path) {
            let holds = outcome != Outcome::Rejected;
            self.found(index, step, if holds { CheckResult::Passed } else { CheckResult::Failed }, &[]);
        }
        self.go_on(index);
    }

    fn found(&mut self, index: usize, step: &AgentStep, result: CheckResult, examples: &[CitedExample]) {
        let AgentWork::Judge { criterion, subject, .. } = &step.work else {
            return;
        };
        let path = self.case.cursors[index].path.clone();
        let finding = Finding {
            words: criterion.clone(),
            result,
            fields: subject.clone(),
            examples: examples.to_vec(),
            at: self.at,
        };
        self.case.findings.insert(path, finding);
    }

    /// Marks that lie outside of the scale that the text writes for their field.
    pub(super) fn scale_faults(&self, values: &Values) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        self.context.definition.walk(&mut |_, step| {
            if let Step::Agent(AgentStep { work: AgentWork::Score { field, scale, .. }, .. }) = step
                && let Some(Value::Number { number }) = values.get(field)
                && let Some(message) = off_scale(scale, *number)
            {
                faults.push(FieldFault { field: field.clone(), message });
            }
        });
        faults
    }
}

/// What is wrong with a mark; `None` when the scale has it.
pub(super) fn off_scale(scale: &[ScaleMark], mark: i64) -> Option<String> {
    let lowest = scale.iter().map(|one| one.mark).min()?;
    let highest = scale.iter().map(|one| one.mark).max()?;
    (!(lowest..=highest).contains(&mark))
        .then(|| format!("the mark must be a whole number from {lowest} to {highest}; it is {mark}"))
}

/// Whether something hangs on this finding before anybody signs: a path, or the lack of a later approval.
fn needs_judging(definition: &Definition, path: &Path) -> bool {
    let mut chooses = false;
    let mut signed_later = false;
    definition.walk(&mut |place, step| match step {
        Step::Choice { branches, .. } => {
            let here = place.stage_index() == path.stage_index();
            chooses |= here && branches.iter().any(|branch| asks_for_findings(&branch.guard));
        }
        Step::Human(human) => signed_later |= human.verb == HumanVerb::Approve && place > path,
        _ => {}
    });
    chooses || !signed_later
}

fn asks_for_findings(guard: &Guard) -> bool {
    match guard {
        Guard::CheckFailed => true,
        Guard::All { of } | Guard::Any { of } => of.iter().any(asks_for_findings),
        Guard::Not { of } => asks_for_findings(of),
        Guard::Compare { .. } | Guard::AtMostDaysAgo { .. } | Guard::Missing { .. } => false,
    }
}

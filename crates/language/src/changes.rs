//! Sentences that say more about the step just before them, applied to it.

use countersign_core::definition::{Escalation, HumanVerb, Signer, Who};

use super::{
    build::Builder,
    diagnostics::{Diagnostic, whole_line},
    draft::{Draft, DraftHuman, Node, last_people},
    meaning::{Change, WhoRef},
    names::same,
};

impl Builder<'_> {
    pub(super) fn rejected(&mut self, index: usize, who: &WhoRef, steps: &[Node], block: &mut [Node]) {
        let Some(who) = self.person(who) else { return };
        let mut found = false;
        let mut again = false;
        last_people(block, &mut |human, also| {
            if matches!(human.verb, HumanVerb::Approve | HumanVerb::Review) && speaks_of(&who, human) {
                found = true;
                again |= human.on_rejected.is_some();
                human.on_rejected = Some(steps.to_vec());
                also.push(index);
            }
        });
        self.must(index, found, "step in which they decide");
        self.only_once(index, again, "what happens after a rejection");
    }

    pub(super) fn change(&mut self, index: usize, change: &Change, block: &mut [Node]) {
        match change {
            Change::Unsure { .. } => self.unsure(index, change, block),
            Change::Remind { who, every } => {
                let Some(who) = self.person(who) else { return };
                self.people(index, "reminder", block, &mut |human| {
                    speaks_of(&who, human).then(|| human.remind_every.replace(Some(*every)).is_some())
                });
            }
            Change::NoReminder => {
                self.people(index, "reminder", block, &mut |human| Some(human.remind_every.replace(None).is_some()));
            }
            Change::NoEscalation => self
                .people(index, "escalation", block, &mut |human| Some(human.escalations.replace(Vec::new()).is_some())),
            Change::Away { who } => {
                let Some(who) = self.person(who) else { return };
                self.people(index, "substitute", block, &mut |human| speaks_of(&who, human).then_some(false));
            }
            Change::Escalate { who, after, to } => {
                let (Some(who), Some(to)) = (self.person(who), self.person(to)) else { return };
                self.people(index, "escalation", block, &mut |human| {
                    if !speaks_of(&who, human) {
                        return None;
                    }
                    let chain = human.escalations.get_or_insert_default();
                    let again = chain.iter().any(|earlier| earlier.after == *after);
                    chain.push(Escalation { after: *after, to: to.clone() });
                    Some(again)
                });
            }
            Change::Failure { .. } | Change::NobodySignsCall | Change::AtMostOnce => self.call(index, change, block),
            Change::NobodySignsMessage => {
                let message = block.iter_mut().rev().find_map(|node| match &mut node.draft {
                    Draft::Message { signer, .. } => Some((signer, &mut node.also)),
                    _ => None,
                });
                let again = message.map(|(signer, also)| {
                    also.push(index);
                    signer.replace(Signer::Nobody).is_some()
                });
                self.must(index, again.is_some(), "message");
                self.only_once(index, again == Some(true), "who signs the message");
            }
        }
    }

    /// Applies a sentence to the people just before it; `apply` says whether the same had been said before.
    fn people(
        &mut self,
        index: usize,
        what: &str,
        block: &mut [Node],
        apply: &mut dyn FnMut(&mut DraftHuman) -> Option<bool>,
    ) {
        let (mut found, mut again) = (false, false);
        last_people(block, &mut |human, also| {
            if let Some(said) = apply(human) {
                found = true;
                again |= said;
                also.push(index);
            }
        });
        self.must(index, found, "step in which they are asked");
        self.only_once(index, again, &format!("the {what}"));
    }

    fn unsure(&mut self, index: usize, change: &Change, block: &mut [Node]) {
        let Change::Unsure { who, due: by } = change else { return };
        let Some(who) = self.person(who) else { return };
        let again = match block.last_mut() {
            Some(Node { draft: Draft::Agent { on_unsure, due, .. }, also, .. }) => {
                also.push(index);
                *due = *by;
                Some(on_unsure.replace(who).is_some())
            }
            _ => None,
        };
        self.must(index, again.is_some(), "step of an agent");
        self.only_once(index, again == Some(true), "who decides when the agent is not sure");
    }

    fn call(&mut self, index: usize, change: &Change, block: &mut [Node]) {
        let to = match change {
            Change::Failure { to, .. } => match self.person(to) {
                Some(to) => Some(to),
                None => return,
            },
            _ => None,
        };
        let call = block.iter_mut().rev().find_map(|node| match &mut node.draft {
            Draft::Call(call) => Some((call, &mut node.also)),
            _ => None,
        });
        let again = call.and_then(|(call, also)| {
            let again = match change {
                Change::Failure { system, within, .. } => {
                    if !same(&call.system, &system.text) {
                        return None;
                    }
                    call.answer_within = *within;
                    std::mem::replace(&mut call.on_failure, to).is_some()
                }
                Change::AtMostOnce => std::mem::replace(&mut call.at_most_once, true),
                _ => call.signer.replace(Signer::Nobody).is_some(),
            };
            also.push(index);
            Some(again)
        });
        self.must(index, again.is_some(), "call of that system");
        self.only_once(index, again == Some(true), "this of the call");
    }

    fn must(&mut self, index: usize, found: bool, what: &str) {
        if !found {
            self.nothing_before(index, what);
        }
    }

    fn only_once(&mut self, index: usize, again: bool, what: &str) {
        if again {
            let raw = &self.raws[index];
            let why = "both cannot be true of one step";
            let message = format!("another sentence says {what} already");
            let (start, end) = whole_line(self.text, (raw.start, raw.end));
            self.diagnostics.push(Diagnostic::error("E503", (raw.start, raw.end), message, why).fix(
                "Leave this one out",
                start,
                end,
                "",
            ));
        }
    }
}

/// Whether a sentence about these people is about this step.
fn speaks_of(who: &Who, human: &DraftHuman) -> bool {
    match who {
        Who::Approver => human.verb == HumanVerb::Approve || human.who == Who::Approver,
        _ => human.who == *who,
    }
}

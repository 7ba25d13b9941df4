//! Sentences that say more about the step just before them, applied to it.

use countersign_core::{
    definition::{Escalation, HumanVerb, Signer, Who},
    time::Span,
};

use super::{
    build::Builder,
    diagnostics::{contradiction, quoted_sentence, whole_line},
    draft::{Draft, DraftCall, DraftHuman, DraftLook, Node, last_people},
    meaning::{Change, Meaning, Name, WhoRef},
    names::same,
};

impl Builder<'_> {
    pub(super) fn rejected(&mut self, index: usize, who: &WhoRef, steps: &[Node], block: &mut [Node]) {
        let Some(who) = self.person(who) else { return };
        let (mut found, mut earlier) = (false, None);
        let meanings = self.meanings;
        last_people(block, &mut |human, also| {
            if matches!(human.verb, HumanVerb::Approve | HumanVerb::Review) && speaks_of(&who, human) {
                found = true;
                if human.on_rejected.is_some() {
                    earlier = also.iter().copied().find(|at| matches!(meanings[*at], Some(Meaning::Rejected { .. })));
                }
                human.on_rejected = Some(steps.to_vec());
                also.push(index);
            }
        });
        self.must(index, found, "step in which they decide");
        self.only_once(index, earlier);
    }

    pub(super) fn change(&mut self, index: usize, change: &Change, block: &mut [Node]) {
        match change {
            Change::Unsure { .. } => self.unsure(index, change, block),
            Change::Remind { who, every } => {
                let Some(who) = self.person(who) else { return };
                self.people(index, block, &mut |human| {
                    speaks_of(&who, human).then(|| human.remind_every.replace(Some(*every)).is_some())
                });
            }
            Change::NoReminder => {
                self.people(index, block, &mut |human| Some(human.remind_every.replace(None).is_some()));
            }
            Change::NoEscalation => {
                self.people(index, block, &mut |human| Some(human.escalations.replace(Vec::new()).is_some()))
            }
            Change::Away { who } => {
                let Some(who) = self.person(who) else { return };
                self.people(index, block, &mut |human| speaks_of(&who, human).then_some(false));
            }
            Change::Escalate { who, after, to } => {
                let named = who.as_ref().map(|who| self.person(who));
                let (false, Some(to)) = (named == Some(None), self.person(to)) else { return };
                let named = named.flatten();
                self.people(index, block, &mut |human| {
                    if named.as_ref().is_some_and(|who| !speaks_of(who, human)) {
                        return None;
                    }
                    let denied = human.escalations.as_ref().is_some_and(Vec::is_empty);
                    let chain = human.escalations.get_or_insert_default();
                    let again = chain.iter().any(|earlier| earlier.after == *after);
                    chain.push(Escalation { after: *after, to: to.clone() });
                    Some(again || denied)
                });
            }
            Change::Accountable(who) => {
                let Some(who) = self.person(who) else { return };
                self.accountable(index, &who, block);
            }
            Change::Failure { .. } | Change::NobodySignsCall | Change::AtMostOnce => self.call(index, change, block),
            Change::NobodySignsMessage => {
                let message = block.iter_mut().rev().find_map(|node| match &mut node.draft {
                    Draft::Message { signer, .. } => Some((node.sentence, signer, &mut node.also)),
                    _ => None,
                });
                let meanings = self.meanings;
                let earlier = message.map(|(sentence, signer, also)| {
                    let earlier = signer.replace(Signer::Nobody).map(|_| before(meanings, index, also, sentence));
                    also.push(index);
                    earlier
                });
                self.must(index, earlier.is_some(), "message");
                self.only_once(index, earlier.flatten());
            }
        }
    }

    /// Applies a sentence to the people just before it; `apply` says whether the same had been said before.
    fn people(&mut self, index: usize, block: &mut [Node], apply: &mut dyn FnMut(&mut DraftHuman) -> Option<bool>) {
        let (mut found, mut earlier) = (false, None);
        let meanings = self.meanings;
        last_people(block, &mut |human, also| {
            if let Some(said) = apply(human) {
                found = true;
                if said {
                    earlier = also.iter().copied().find(|at| like(meanings, index, *at)).or(earlier);
                }
                also.push(index);
            }
        });
        self.must(index, found, "step in which they are asked");
        self.only_once(index, earlier);
    }

    fn unsure(&mut self, index: usize, change: &Change, block: &mut [Node]) {
        let Change::Unsure { who, due: by } = change else { return };
        let Some(who) = self.person(who) else { return };
        let earlier = match block.last_mut() {
            Some(Node { draft: Draft::Agent(agent), also, .. }) => {
                let earlier = agent.unsure_said.replace(index);
                also.push(index);
                agent.due = *by;
                agent.on_unsure = Some(who);
                Some(earlier)
            }
            _ => None,
        };
        self.must(index, earlier.is_some(), "step of an agent");
        self.only_once(index, earlier.flatten());
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
            Draft::Call(call) => Some((node.sentence, Called::Call(call), &mut node.also)),
            Draft::LookUp(look) => Some((node.sentence, Called::Look(look), &mut node.also)),
            _ => None,
        });
        let meanings = self.meanings;
        let earlier = call.and_then(|(sentence, call, also)| {
            let again = match (change, call) {
                (Change::Failure { system, within, .. }, Called::Call(call)) if same(&call.system, &system.text) => {
                    call.answer_within = *within;
                    call.failure_said = Some(index);
                    std::mem::replace(&mut call.on_failure, to).is_some()
                }
                (Change::Failure { system, within, .. }, Called::Look(look)) if same(&look.system, &system.text) => {
                    look.answer_within = *within;
                    look.failure_said = Some(index);
                    std::mem::replace(&mut look.on_failure, to).is_some()
                }
                (Change::AtMostOnce, Called::Call(call)) => std::mem::replace(&mut call.at_most_once, true),
                (Change::NobodySignsCall, Called::Call(call)) => call.signer.replace(Signer::Nobody).is_some(),
                _ => return None,
            };
            let earlier = again.then(|| before(meanings, index, also, sentence));
            also.push(index);
            Some(earlier)
        });
        self.must(index, earlier.is_some(), "call of that system");
        self.only_once(index, earlier.flatten());
    }

    /// "If the bank system fails, ...": the steps of the call just before it.
    pub(super) fn fails(
        &mut self,
        index: usize,
        system: &Name,
        within: Option<Span>,
        steps: Vec<Node>,
        block: &mut [Node],
    ) {
        let call = block.iter_mut().rev().find_map(|node| match &mut node.draft {
            Draft::Call(call) if same(&call.system, &system.text) => {
                let slots = (&mut call.failure_said, &mut call.answer_within, &mut call.failure);
                Some((node.sentence, slots, &mut node.also))
            }
            Draft::LookUp(look) if same(&look.system, &system.text) => {
                let slots = (&mut look.failure_said, &mut look.answer_within, &mut look.failure);
                Some((node.sentence, slots, &mut node.also))
            }
            _ => None,
        });
        let Some((sentence, (failure_said, answer_within, failure), also)) = call else {
            self.nothing_before(index, "call of that system");
            return;
        };
        let said = failure_said.replace(index);
        *answer_within = within;
        *failure = Some(steps);
        also.push(index);
        self.only_once(index, said.map(|said| if said == index { sentence } else { said }));
    }

    /// Who answers for the step just before the sentence.
    fn accountable(&mut self, index: usize, who: &Who, block: &mut [Node]) {
        if let Some(Node { draft: Draft::Call(call), also, .. }) = block.last_mut() {
            let meanings = self.meanings;
            let earlier = also.iter().copied().find(|at| like(meanings, index, *at));
            call.accountable = Some(who.clone());
            also.push(index);
            self.only_once(index, earlier);
            return;
        }
        self.people(index, block, &mut |human| Some(human.accountable.replace(who.clone()).is_some()));
    }

    fn must(&mut self, index: usize, found: bool, what: &str) {
        if !found {
            self.nothing_before(index, what);
        }
    }

    /// Refuses a sentence when an earlier one has said the same thing, or another about it.
    pub(super) fn only_once(&mut self, index: usize, earlier: Option<usize>) {
        let Some(earlier) = earlier else { return };
        let (raw, other) = (&self.raws[index], &self.raws[earlier]);
        let here = quoted_sentence(self.text, raw.start, raw.end);
        let there = quoted_sentence(self.text, other.start, other.end);
        let (start, end) = whole_line(self.text, (raw.start, raw.end));
        let found = contradiction("E503", (raw.start, raw.end), &here, &there);
        self.diagnostics.push(found.fix("Leave this one out", start, end, ""));
    }
}

/// A step that another system answers.
enum Called<'a> {
    Call(&'a mut DraftCall),
    Look(&'a mut DraftLook),
}

/// Whether two sentences are of one kind.
fn like(meanings: &[Option<Meaning>], one: usize, other: usize) -> bool {
    match (&meanings[one], &meanings[other]) {
        (Some(Meaning::Change(one)), Some(Meaning::Change(other))) => topic(one) == topic(other),
        _ => false,
    }
}

/// What a sentence is about, so that two about one thing are told.
const fn topic(change: &Change) -> u8 {
    match change {
        Change::Remind { .. } | Change::NoReminder => 0,
        Change::Escalate { .. } | Change::NoEscalation => 1,
        Change::Unsure { .. } => 2,
        Change::Away { .. } => 3,
        Change::Failure { .. } => 4,
        Change::NobodySignsCall | Change::NobodySignsMessage => 5,
        Change::AtMostOnce => 6,
        Change::Accountable(_) => 7,
    }
}

/// The sentence that said the same before: one of those about the step, or the step's own.
fn before(meanings: &[Option<Meaning>], index: usize, also: &[usize], own: usize) -> usize {
    also.iter().copied().find(|at| like(meanings, index, *at)).unwrap_or(own)
}

/// Whether a sentence about these people is about this step.
fn speaks_of(who: &Who, human: &DraftHuman) -> bool {
    match who {
        Who::Approver => human.verb == HumanVerb::Approve || human.who == Who::Approver,
        _ => human.who == *who,
    }
}

//! An agent has answered, or could not.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{Rejected, Turn, judge::off_scale};
use crate::{
    authorise::Verb,
    case::{Ask, CheckResult, Finding, Origin, Suggestion, Waiting},
    definition::{AgentStep, AgentWork, Definition, FieldKind, HumanVerb, Path, Signer, Step, Who},
    form,
    proposal::{Doubt, GateFacts, Output, Proposal, Read, Verdict, verdict},
    value::{FieldName, Value},
};

/// The first engine revision that lets a word be confirmed before its owner gets the work.
const CONFIRMS_OWNERS: u16 = 3;
/// The first engine revision that asks whom the text names where an agent leaves a word open.
const ASKS_FOR_OPEN_WORDS: u16 = 4;

impl<'a> Turn<'a> {
    pub(super) fn take_proposal(&mut self, key: &str, proposal: &Proposal, facts: &GateFacts) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let (index, step) = self.asked(key)?;
        let fault = self
            .unlisted_word(step, proposal)
            .or_else(|| mark_off_scale(step, proposal))
            .or_else(|| unknown_example(self.context.definition, step, proposal));
        let verdict = match fault {
            Some(fault) => Verdict::Escalate { why: Doubt::Schema { fault } },
            None => verdict(step, proposal, facts),
        };
        match (&proposal.output, &step.work) {
            (Output::Fields { fields }, AgentWork::Extract { .. }) => {
                self.take_fields(index, step, &proposal.engine, fields, facts, &verdict);
            }
            (Output::Label { .. }, AgentWork::Classify { field, .. })
            | (Output::Mark { .. }, AgentWork::Score { field, .. }) => {
                self.take_word(index, step, field, proposal, verdict);
            }
            (Output::Judgement { holds, examples }, AgentWork::Judge { .. }) => {
                self.take_judgement(index, step, (*holds, examples), proposal, verdict);
            }
            (Output::Summary { sentences }, AgentWork::Prepare { .. }) => {
                // Sentences about an older state of the case do not stand in for what was refused.
                self.case.summary.clear();
                if matches!(verdict, Verdict::Act | Verdict::Suggest { .. }) {
                    self.case.summary.clone_from(sentences);
                }
                self.go_on(index);
            }
            // Invariant: an answer of another kind than was asked for changes nothing.
            (
                Output::Fields { .. }
                | Output::Label { .. }
                | Output::Mark { .. }
                | Output::Judgement { .. }
                | Output::Summary { .. },
                _,
            ) => {
                self.without_agent(index, step, String::from("the answer was of another kind than was asked for"));
            }
        }
        Ok(())
    }

    pub(super) fn proposal_failed(&mut self, key: &str, error: &str) -> Result<(), Rejected> {
        self.permit(&Verb::ActAsSystem)?;
        let (index, step) = self.asked(key)?;
        self.without_agent(index, step, String::from(error));
        Ok(())
    }

    fn asked(&self, key: &str) -> Result<(usize, &'a AgentStep), Rejected> {
        let stale = || Rejected::NotAwaited { key: String::from(key) };
        let index = self.awaiting_agent(key).ok_or_else(stale)?;
        match self.context.definition.step(&self.case.cursors[index].path) {
            Some(Step::Agent(step)) => Ok((index, step)),
            Some(_) | None => Err(stale()),
        }
    }

    fn take_fields(
        &mut self,
        index: usize,
        step: &AgentStep,
        engine: &str,
        fields: &BTreeMap<FieldName, Read>,
        facts: &GateFacts,
        verdict: &Verdict,
    ) {
        let doubt = match verdict {
            Verdict::Act => None,
            Verdict::Suggest { why } | Verdict::Escalate { why } => Some(why),
        };
        if let Some(why) = doubt {
            self.note_doubt(index, doubt_words(why));
        }
        if !matches!(verdict, Verdict::Escalate { .. }) {
            for (name, read) in fields {
                // Invariant: an answer fills only what was asked for, from the document as it is now.
                if facts.missing_evidence.contains(name) || !self.was_asked_for(step, name, read) {
                    continue;
                }
                let origin = Origin::Document {
                    engine: String::from(engine),
                    evidence: read.evidence.clone(),
                    ambiguous: read.ambiguous,
                };
                self.write(name, read.value.clone(), origin);
            }
        }
        self.go_on(index);
    }

    fn was_asked_for(&self, step: &AgentStep, name: &FieldName, read: &Read) -> bool {
        let AgentWork::Extract { document, fields } = &step.work else {
            return false;
        };
        let current = matches!(
            self.case.value(document),
            Some(Value::Document { document: key }) if *key == read.evidence.document
        );
        let field = self.context.definition.field(name);
        current && fields.contains(name) && field.is_some_and(|field| form::fits(field, &read.value))
    }

    /// The fault of an answer that is none of the words that the text lists.
    fn unlisted_word(&self, step: &AgentStep, proposal: &Proposal) -> Option<String> {
        let (AgentWork::Classify { field, .. }, Output::Label { label, .. }) = (&step.work, &proposal.output) else {
            return None;
        };
        let word = label.as_ref()?;
        let listed = match &self.context.definition.field(field)?.kind {
            FieldKind::Choice { options } => options.contains(word),
            _ => true,
        };
        (!listed).then(|| format!("`{word}` is none of the listed words"))
    }

    fn take_word(&mut self, index: usize, step: &AgentStep, field: &str, proposal: &Proposal, verdict: Verdict) {
        let (value, alternatives) = match &proposal.output {
            Output::Label { label, alternatives, .. } => {
                (label.as_ref().map(|label| Value::choice(label.clone())), alternatives.clone())
            }
            Output::Mark { mark, .. } => (mark.map(|number| Value::Number { number }), Vec::new()),
            Output::Fields { .. } | Output::Judgement { .. } | Output::Summary { .. } => return,
        };
        // What a person has said stands; the agent's word is then only shown beside it.
        let said = matches!(self.case.fields.get(field), Some(entry) if matches!(entry.origin, Origin::Person { .. }));
        let why = match verdict {
            Verdict::Act if !said => {
                if let Some(value) = value {
                    self.write(field, value, Origin::Agent { engine: proposal.engine.clone() });
                }
                self.go_on(index);
                return;
            }
            Verdict::Act => None,
            Verdict::Suggest { why } | Verdict::Escalate { why } => Some(why),
        };
        let usable = !matches!(why, Some(Doubt::Schema { .. } | Doubt::Denied { .. }));
        let suggestion = Suggestion {
            value: value.filter(|_| usable),
            alternatives,
            reason: proposal.reason.clone(),
            score: proposal.score,
            engine: proposal.engine.clone(),
        };
        self.settle_doubts_about(field);
        self.case.suggestions.insert(String::from(field), suggestion);
        let path = &self.case.cursors[index].path;
        if said || !(self.needs_confirmation(field, path) || self.is_left_open(field)) {
            self.go_on(index);
        } else {
            self.ask_to_confirm(index, step, field, why);
        }
    }

    /// Whether a person must confirm an agent's word for this field before the case goes on.
    fn needs_confirmation(&self, field: &str, path: &Path) -> bool {
        let definition = self.context.definition;
        (self.revision >= CONFIRMS_OWNERS && says_who_is_asked(definition, field))
            || needs_confirmation(definition, field, path)
    }

    /// Whether nothing is known for this field and nothing is suggested, so that nobody who signs later would decide it
    /// by the way.
    fn is_left_open(&self, field: &str) -> bool {
        let suggested = self.case.suggestions.get(field).is_some_and(|one| one.value.is_some());
        self.revision >= ASKS_FOR_OPEN_WORDS && !self.case.fields.contains_key(field) && !suggested
    }

    /// The case goes on without an agent: a person looks where one would have decided.
    fn without_agent(&mut self, index: usize, step: &AgentStep, why: String) {
        match &step.work {
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => {
                let path = &self.case.cursors[index].path;
                let asks = self.needs_confirmation(field, path) || self.is_left_open(field);
                if self.case.fields.contains_key(field) || !asks {
                    self.go_on(index);
                } else {
                    self.ask_to_confirm(index, step, field, Some(Doubt::Schema { fault: why }));
                }
            }
            AgentWork::Judge { .. } => {
                let doubt = Doubt::Schema { fault: why.clone() };
                self.judge_by_hand(index, step, (None, &[]), Some(doubt), why);
            }
            AgentWork::Extract { .. } => {
                self.note_doubt(index, why);
                self.go_on(index);
            }
            AgentWork::Prepare { .. } => {
                self.case.summary.clear();
                self.go_on(index);
            }
            // Nobody was to be asked; it is filled in as if the case came here now.
            AgentWork::Draft { .. } => self.fill_in(index, step),
        }
    }

    fn ask_to_confirm(&mut self, index: usize, step: &AgentStep, field: &str, why: Option<Doubt>) {
        let path = self.case.cursors[index].path.clone();
        let ask = Ask::Confirm { field: String::from(field), why };
        let task = self.open_task(&path, ask, step.on_unsure.clone(), step.due, None);
        self.case.cursors[index].waiting = Waiting::Task { task };
    }

    /// Puts a doubt where the next person will see it.
    fn note_doubt(&mut self, index: usize, why: String) {
        let path = self.case.cursors[index].path.clone();
        let words = match self.context.definition.step(&path) {
            Some(Step::Agent(AgentStep { work: AgentWork::Extract { document, .. }, .. })) => {
                format!("the {} could be read", document.replace('_', " "))
            }
            Some(_) | None => String::from("the agent could answer"),
        };
        let finding = Finding {
            words,
            result: CheckResult::CannotTell { why },
            fields: Vec::new(),
            examples: Vec::new(),
            at: self.at,
        };
        self.case.findings.insert(path, finding);
    }
}

/// The fault of a mark that the scale does not have.
fn mark_off_scale(step: &AgentStep, proposal: &Proposal) -> Option<String> {
    match (&step.work, &proposal.output) {
        (AgentWork::Score { scale, .. }, Output::Mark { mark: Some(mark), .. }) => off_scale(scale, *mark),
        _ => None,
    }
}

/// The fault of a judgement that names an example which the criterion does not have.
fn unknown_example(definition: &Definition, step: &AgentStep, proposal: &Proposal) -> Option<String> {
    let (AgentWork::Judge { criterion, .. }, Output::Judgement { examples, .. }) = (&step.work, &proposal.output)
    else {
        return None;
    };
    let unknown = examples.iter().find(|cited| !definition.has_example(criterion, cited))?;
    Some(format!("the criterion has no example {} as it was named", unknown.number))
}

/// A doubt in words, for people.
fn doubt_words(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Schema { fault } => format!("the answer did not have the right form: {fault}"),
        Doubt::Denied { message } | Doubt::Policy { message } => message.clone(),
        Doubt::NothingFits => String::from("none of the words fits"),
        Doubt::CannotTell => String::from("it cannot be told from what is there"),
        Doubt::ForPeople => String::from("answers like this one are kept for people"),
        Doubt::NotCertified => String::from("no certificate allows it to decide alone"),
        Doubt::BelowThreshold => String::from("it is less sure than it must be to decide alone"),
        Doubt::Audit => String::from("it was drawn for a check"),
    }
}

/// Whether a word of this field has an owner who is asked somewhere.
fn says_who_is_asked(definition: &Definition, field: &str) -> bool {
    let mut says = false;
    definition.walk(&mut |_, step| {
        says |= step.people().iter().any(|who| matches!(who, Who::OwnerOf { field: owned } if owned == field));
    });
    says
}

/// Whether an agent's word for this field chooses a path, stands in a template, or leaves the house unsigned.
///
/// Only then must a person confirm it before the case goes on; else somebody who approves later on
/// decides it anyway.
fn needs_confirmation(definition: &Definition, field: &str, path: &Path) -> bool {
    let mut needs = false;
    let mut signed_later = false;
    definition.walk(&mut |place, step| match step {
        Step::Choice { branches, .. } => {
            for branch in branches {
                branch.guard.fields(&mut |name| needs |= name == field);
            }
        }
        // What a check finds may choose a path as well.
        Step::Check(check) => check.guard.fields(&mut |name| needs |= name == field),
        Step::System(system) => {
            let sent = system.payload.iter().any(|name| name == field);
            needs |= sent && system.signer == Signer::Nobody;
        }
        Step::Message(message) => {
            let outside = matches!(message.to, Who::Party { .. });
            needs |= outside && message.text.tells(field) && message.signer == Signer::Nobody;
        }
        Step::Human(human) => {
            signed_later |= human.verb == HumanVerb::Approve && place > path;
        }
        Step::LookUp(look) => needs |= look.by.iter().any(|name| name == field),
        // A template takes only what stands in a field, and a suggestion stands in none.
        Step::Agent(AgentStep { work: AgentWork::Draft { fields, .. }, .. }) => {
            needs |= fields.iter().any(|name| name == field);
        }
        Step::Agent(_)
        | Step::Parallel { .. }
        | Step::Each { .. }
        | Step::Wait { .. }
        | Step::HandOver { .. }
        | Step::Return { .. }
        | Step::End { .. } => {}
    });
    needs || !signed_later
}

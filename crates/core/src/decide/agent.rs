//! An agent has answered, or could not.

use alloc::{format, string::String};

use super::{Rejected, Turn, advance::needs_confirmation};
use crate::{
    case::{Ask, CheckResult, Finding, Origin, Suggestion, Waiting},
    definition::{AgentStep, AgentWork, Step},
    proposal::{Doubt, GateFacts, Output, Proposal, Verdict, verdict},
    value::Value,
};

impl<'a> Turn<'a> {
    pub(super) fn take_proposal(
        &mut self,
        key: &str,
        proposal: &Proposal,
        facts: &GateFacts,
    ) -> Result<(), Rejected> {
        let (index, step) = self.asked(key)?;
        let verdict = verdict(step, proposal, facts);
        match (&proposal.output, &step.work) {
            (Output::Fields { .. }, AgentWork::Extract { .. }) => {
                self.take_fields(index, proposal, facts, &verdict)
            }
            (Output::Label { .. }, AgentWork::Classify { field, .. }) => {
                self.take_label(index, step, field, proposal, verdict);
            }
            (Output::Summary { sentences }, AgentWork::Prepare { .. }) => {
                if matches!(verdict, Verdict::Act | Verdict::Suggest { .. }) {
                    self.case.summary.clone_from(sentences);
                }
                self.go_on(index);
            }
            // Invariant: an answer of another kind than was asked for changes nothing.
            (Output::Fields { .. } | Output::Label { .. } | Output::Summary { .. }, _) => {
                self.without_agent(
                    index,
                    step,
                    String::from("the answer was of another kind than was asked for"),
                );
            }
        }
        Ok(())
    }

    pub(super) fn proposal_failed(&mut self, key: &str, error: &str) -> Result<(), Rejected> {
        let (index, step) = self.asked(key)?;
        self.without_agent(index, step, String::from(error));
        Ok(())
    }

    fn asked(&self, key: &str) -> Result<(usize, &'a AgentStep), Rejected> {
        let stale = || Rejected::NotAwaited {
            key: String::from(key),
        };
        let index = self.awaiting_agent(key).ok_or_else(stale)?;
        match self.context.definition.step(&self.case.cursors[index].path) {
            Some(Step::Agent(step)) => Ok((index, step)),
            Some(_) | None => Err(stale()),
        }
    }

    fn take_fields(
        &mut self,
        index: usize,
        proposal: &Proposal,
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
        let usable = !matches!(verdict, Verdict::Escalate { .. });
        if let (true, Output::Fields { fields }) = (usable, &proposal.output) {
            for (name, read) in fields {
                if facts.missing_evidence.contains(name) {
                    continue;
                }
                let origin = Origin::Document {
                    engine: proposal.engine.clone(),
                    evidence: read.evidence.clone(),
                    ambiguous: read.ambiguous,
                };
                self.write(name, read.value.clone(), origin);
            }
        }
        self.go_on(index);
    }

    fn take_label(
        &mut self,
        index: usize,
        step: &AgentStep,
        field: &str,
        proposal: &Proposal,
        verdict: Verdict,
    ) {
        let Output::Label {
            label,
            alternatives,
            ..
        } = &proposal.output
        else {
            return;
        };
        let value = label.as_ref().map(|label| Value::choice(label.clone()));
        // What a person has said stands; the agent's word is then only shown beside it.
        let said = matches!(self.case.fields.get(field), Some(entry) if matches!(entry.origin, Origin::Person { .. }));
        let why = match verdict {
            Verdict::Act if !said => {
                if let Some(value) = value {
                    self.write(
                        field,
                        value,
                        Origin::Agent {
                            engine: proposal.engine.clone(),
                        },
                    );
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
            alternatives: alternatives.clone(),
            reason: proposal.reason.clone(),
            score: proposal.score,
            engine: proposal.engine.clone(),
        };
        self.case
            .suggestions
            .insert(String::from(field), suggestion);
        if said || !needs_confirmation(self.context.definition, field) {
            self.go_on(index);
        } else {
            self.ask_to_confirm(index, step, field, why);
        }
    }

    /// The case goes on without an agent: a person looks where one would have decided.
    fn without_agent(&mut self, index: usize, step: &AgentStep, why: String) {
        match &step.work {
            AgentWork::Classify { field, .. } => {
                if self.case.fields.contains_key(field)
                    || !needs_confirmation(self.context.definition, field)
                {
                    self.go_on(index);
                } else {
                    self.ask_to_confirm(index, step, field, Some(Doubt::Schema { fault: why }));
                }
            }
            AgentWork::Extract { .. } => {
                self.note_doubt(index, why);
                self.go_on(index);
            }
            AgentWork::Prepare { .. } => self.go_on(index),
        }
    }

    fn ask_to_confirm(&mut self, index: usize, step: &AgentStep, field: &str, why: Option<Doubt>) {
        let path = self.case.cursors[index].path.clone();
        let ask = Ask::Confirm {
            field: String::from(field),
            why,
        };
        let task = self.open_task(&path, ask, step.on_unsure.clone(), step.due, None);
        self.case.cursors[index].waiting = Waiting::Task { task };
    }

    /// Puts a doubt where the next person will see it.
    fn note_doubt(&mut self, index: usize, why: String) {
        let path = self.case.cursors[index].path.clone();
        let words = match self.context.definition.step(&path) {
            Some(Step::Agent(AgentStep {
                work: AgentWork::Extract { document, .. },
                ..
            })) => {
                format!("the {} could be read", document.replace('_', " "))
            }
            Some(_) | None => String::from("the agent could answer"),
        };
        let finding = Finding {
            words,
            result: CheckResult::CannotTell { why },
            fields: alloc::vec![],
            at: self.at,
        };
        self.case.findings.insert(path, finding);
    }
}

/// A doubt in words, for people.
fn doubt_words(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Schema { fault } => format!("the answer did not have the right form: {fault}"),
        Doubt::Denied { message } | Doubt::Policy { message } => message.clone(),
        Doubt::NothingFits => String::from("none of the words fits"),
        Doubt::NotCertified => String::from("no certificate allows it to decide alone"),
        Doubt::BelowThreshold => String::from("it is less sure than it must be to decide alone"),
        Doubt::Audit => String::from("it was drawn for a check"),
    }
}

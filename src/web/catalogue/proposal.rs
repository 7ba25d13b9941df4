//! What agents and checks came to, and why a person is asked: doubts, take-overs, findings.

use countersign_core::{
    case::{Ask, Case, CheckResult, Finding, Outcome, TakeOver, Task},
    definition::{AgentStep, AgentWork, CitedExample, Path, Step},
    proposal::{Doubt, Output, Proposal, Verdict},
    release::{Excess, Within},
    value::{Date, Money, Values},
};

use super::{Words, text};
use crate::web::{format::capital, understood::quoted};

impl Words<'_> {
    /// Why a proposal may not stand alone, as a sentence.
    #[must_use]
    pub fn doubt(&self, doubt: &Doubt) -> String {
        match doubt {
            Doubt::Schema { fault } => format!("The agent's answer could not be used: {fault}."),
            Doubt::Denied { message } => format!("A policy forbids the suggestion: {message}."),
            Doubt::Policy { message } => format!("A policy asks for a person: {message}."),
            Doubt::NothingFits => text::doubt::NOTHING_FITS.to_owned(),
            Doubt::CannotTell => text::doubt::CANNOT_TELL.to_owned(),
            Doubt::ForPeople => text::doubt::FOR_PEOPLE.to_owned(),
            Doubt::NotCertified => text::doubt::NOT_CERTIFIED.to_owned(),
            Doubt::BelowThreshold => text::doubt::BELOW_THRESHOLD.to_owned(),
            Doubt::Audit => text::doubt::AUDIT.to_owned(),
        }
    }

    /// An agent's reason, unless it looked at something that the reader may not see: a reason may quote it.
    #[must_use]
    pub fn reason(&self, work: &AgentWork, reason: &str) -> String {
        let withheld = work.looks_at().iter().any(|field| self.hidden.contains(field));
        if withheld && !reason.is_empty() { text::doubt::REASON_WITHHELD.to_owned() } else { reason.to_owned() }
    }

    /// The same for the reason of whatever suggested a value for this field.
    #[must_use]
    pub fn reason_for(&self, name: &str, reason: &str) -> String {
        let mut told = reason.to_owned();
        self.definition.walk(&mut |_, step| {
            let Step::Agent(AgentStep { work, .. }) = step else { return };
            if matches!(work, AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } if field == name) {
                told = self.reason(work, &told);
            }
        });
        told
    }

    /// What a check came to; why it cannot be told is withheld like the reason that it may quote.
    #[must_use]
    pub fn result(&self, case: &Case, path: &Path, result: &CheckResult) -> CheckResult {
        if let CheckResult::CannotTell { .. } = result
            && case.is_checked_at(path)
        {
            return CheckResult::CannotTell { why: text::doubt::HELD.to_owned() };
        }
        match (result, self.definition.step(path)) {
            (CheckResult::CannotTell { why }, Some(Step::Agent(step))) => {
                CheckResult::CannotTell { why: self.reason(&step.work, why) }
            }
            (result, _) => result.clone(),
        }
    }

    /// The examples that the answer of a step says the case is like. They tell what it answered, so that they are kept
    /// back like the answer and its reason.
    #[must_use]
    pub fn examples(&self, case: &Case, path: &Path, cited: &[CitedExample]) -> Vec<CitedExample> {
        let withheld = match self.definition.step(path) {
            Some(Step::Agent(step)) => step.work.looks_at().iter().any(|field| self.hidden.contains(field)),
            // A step that is unknown under this version may have looked at anything.
            Some(_) | None => !self.hidden.is_empty(),
        };
        if withheld || case.is_checked_at(path) { Vec::new() } else { cited.to_vec() }
    }

    /// What became of a proposal, as a sentence.
    #[must_use]
    pub fn verdict(&self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Act => text::doubt::WENT_AHEAD.to_owned(),
            Verdict::Suggest { why: Doubt::Audit } => self.doubt(&Doubt::Audit),
            Verdict::Suggest { why } => format!("A person confirms it. {}", self.doubt(why)),
            Verdict::Escalate { why } => format!("A person decides without it. {}", self.doubt(why)),
        }
    }

    /// Why somebody has to take over, and what they should know before they choose.
    #[must_use]
    pub fn take_over(&self, case: &Case, why: &TakeOver) -> String {
        match why {
            TakeOver::ReturnedTooOften { stage } => {
                format!(
                    "{} has been sent back to {stage} as often as the text allows. Please decide how it goes on.",
                    text::case_number(case.number)
                )
            }
            TakeOver::SystemFailed { system, error, .. } => {
                format!(
                    "{} did not do what it was asked: {}.",
                    text::capital_the(system),
                    quoted(error.trim().trim_end_matches('.'))
                )
            }
            TakeOver::Held { why, key, .. } => {
                text::released::question(&capital(&self.effect(case, key)), &self.excess(case, key, why))
            }
            TakeOver::CannotTell { why } => {
                format!(
                    "The process cannot tell how to go on: {}. Please decide.",
                    quoted(why.trim().trim_end_matches('.'))
                )
            }
            TakeOver::NoMessage { name } => {
                format!("The message “{name}” has not come in time. Please find out why.")
            }
            TakeOver::AdditionRefused { what, reason } => text::steering::refused(what, reason),
            TakeOver::Asked => format!(
                "{} is handed over to you. Please look at it, and say whether it goes on.",
                text::case_number(case.number)
            ),
            TakeOver::OnHold { reason } => text::steering::on_hold(case.number, reason),
        }
    }

    /// Why a call was held back. Whoever may not see all that it sends is told no amount but the limit.
    pub(super) fn excess(&self, case: &Case, key: &str, why: &Excess) -> String {
        let sent = case.effects.get(key).and_then(|effect| self.definition.step(&effect.path));
        let all_seen = match sent {
            Some(Step::System(step)) => step.payload.iter().all(|field| !self.hidden.contains(field)),
            Some(_) | None => self.hidden.is_empty(),
        };
        let limit = |limit: &Money, within: Within| text::released::limit(&self.reader.money(limit), within);
        match why {
            // What had left in all cases, and in calls of this one with data that stay hidden, is not for every reader.
            Excess::Over { carries, limit: most, within, released }
                if all_seen && released.minor != 0 && !(*within == Within::Case && self.hidden.is_empty()) =>
            {
                text::released::over_together(&limit(most, *within), &self.reader.money(carries))
            }
            Excess::Over { carries, limit: most, within, released } if all_seen => {
                let before = (released.minor != 0).then(|| self.reader.money(released));
                let carries = self.reader.money(carries);
                text::released::over(&limit(most, *within), &carries, before.as_deref(), *within)
            }
            Excess::Over { limit: most, within, .. } => text::released::over_unsaid(&limit(most, *within)),
            Excess::NotCountable { limit: most, within } => text::released::not_countable(&limit(most, *within)),
        }
    }

    /// Why somebody has to take over, in a few words.
    #[must_use]
    pub fn take_over_short(&self, why: &TakeOver) -> String {
        match why {
            TakeOver::ReturnedTooOften { .. } => "sent back too often".to_owned(),
            TakeOver::SystemFailed { system, outcome_unknown: false, .. } => format!("{} failed", text::the(system)),
            TakeOver::SystemFailed { system, .. } => format!("{} did not answer", text::the(system)),
            TakeOver::Held { system, .. } => text::released::short(system),
            TakeOver::CannotTell { .. } => "a choice could not be made".to_owned(),
            TakeOver::NoMessage { name } => format!("“{name}” has not come"),
            TakeOver::AdditionRefused { what, .. } => text::steering::refused_short(what),
            TakeOver::Asked => "handed over".to_owned(),
            TakeOver::OnHold { .. } => text::steering::ON_HOLD_SHORT.to_owned(),
        }
    }

    /// A finding's verdict in one or two words.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> &'static str {
        match finding.result {
            CheckResult::Passed => text::finding::AGREES,
            CheckResult::Failed => text::finding::DIFFERS,
            CheckResult::CannotTell { .. } => text::finding::CANNOT_TELL,
        }
    }

    /// What an ambiguous day may also mean.
    #[must_use]
    pub fn ambiguous(&self, quote: &str, other: Date) -> String {
        format!("The document says “{quote}”, which may also be {}.", self.reader.date(other))
    }

    /// What answered, for people: never a model's name where `offline` will do.
    #[must_use]
    pub fn engine(&self, engine: &str) -> String {
        match engine {
            "offline" => text::doubt::OFFLINE.to_owned(),
            "person" => "a person".to_owned(),
            other => other.split_once(':').map_or_else(|| other.to_owned(), |(_, model)| format!("the model {model}")),
        }
    }

    /// How sure an agent is, in words and as a share.
    #[must_use]
    pub fn score(&self, score: u32) -> String {
        let word = match score {
            900.. => "very sure",
            700..900 => "fairly sure",
            400..700 => "unsure",
            0..400 => "guessing",
        };
        format!("{word} ({} %)", score.min(1_000) / 10)
    }

    /// What the agent had said, once somebody has decided without having been told.
    #[must_use]
    pub fn revealed(&self, before: &Case, task: &Task, outcome: Outcome, values: &Values) -> Option<String> {
        match &task.ask {
            _ if !task.is_blind() => None,
            Ask::Confirm { field, .. } => {
                let said = before.suggestions.get(field)?.value.as_ref()?;
                let decided = values.get(field)?;
                let same = if decided == said {
                    text::doubt::Same::Said
                } else if self.definition.goes_the_same_way(field, said, decided) {
                    text::doubt::Same::Way
                } else {
                    text::doubt::Same::Nothing
                };
                let said = (!self.hidden.contains(field)).then(|| self.value(before, said));
                Some(text::doubt::revealed(said.as_deref(), same))
            }
            Ask::Judge { suggested: Some(holds), .. } => {
                Some(text::doubt::judged(*holds, *holds == (outcome != Outcome::Rejected)))
            }
            _ => None,
        }
    }

    /// What a proposal says, as part of a sentence: `read the merchant and the total`.
    #[must_use]
    pub fn proposed(&self, case: &Case, proposal: &Proposal) -> String {
        match &proposal.output {
            Output::Fields { fields } if fields.is_empty() => "found nothing to read".to_owned(),
            Output::Fields { fields } => format!("read {}", self.fields(fields.keys())),
            Output::Label { field, label: Some(label), .. } => {
                format!("suggested “{label}” as {}", text::the(&self.field(field)))
            }
            Output::Label { field, label: None, .. } => {
                format!("found nothing that fits {}", text::the(&self.field(field)))
            }
            Output::Mark { field, mark: Some(mark) } => {
                format!("suggested {mark} as {}", text::the(&self.field(field)))
            }
            Output::Mark { field, mark: None } => format!("could not tell {}", text::the(&self.field(field))),
            Output::Judgement { holds: Some(true), .. } => "found that it holds".to_owned(),
            Output::Judgement { holds: Some(false), .. } => "found that it does not hold".to_owned(),
            Output::Judgement { holds: None, .. } => "could not tell whether it holds".to_owned(),
            Output::Summary { .. } => format!("wrote a summary of {}", text::case_number(case.number).to_lowercase()),
        }
    }
}

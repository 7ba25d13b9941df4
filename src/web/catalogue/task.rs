//! What a task asks, what its buttons say, and what each of them sets in motion.

use countersign_core::{
    case::{Ask, Case, CheckResult, Outcome, TakeOver, Task},
    decide::outcomes,
    definition::{FieldKind, HumanStep, Step},
    value::Value,
};

use super::{Follow, Words, text};
use crate::web::{
    format::{capital, in_words, list},
    sentence::Sentence,
};

/// Operations that move money, so that the button names the amount: `create a payment of 412.50 EUR`.
const MONEY_WORDS: [&str; 7] = ["payment", "reimbursement", "refund", "transfer", "invoice", "order", "payout"];

/// A button of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// The outcome that it sends.
    pub outcome: Outcome,
    /// What it does, as its label.
    pub label: String,
    /// What follows, as one sentence; empty when nothing is known.
    pub follows: String,
}

impl Words<'_> {
    /// The title of a task: `Approve the claim`.
    #[must_use]
    pub fn task_title(&self, case: &Case, task: &Task) -> String {
        let subject = self.subject(task);
        match &task.ask {
            Ask::Provide { fields } => {
                format!("Hand in {}", if subject.is_empty() { self.fields(fields) } else { subject })
            }
            Ask::Approve { again: None } => format!("Approve {subject}"),
            Ask::Approve { again: Some(field) } => {
                // Whoever approves after another may be asked only because a value has changed.
                let signed = case.sign_offs.iter().any(|sign_off| sign_off.path == task.path);
                let again = if signed { " again" } else { "" };
                match self.definition.field(field) {
                    Some(field) => format!("Approve {subject}{again}: {} has changed", text::the(&field.label)),
                    None => format!("Approve {subject}{again}"),
                }
            }
            Ask::Review => format!("Look at {subject}"),
            Ask::Do { .. } => format!("Do {subject}"),
            Ask::Confirm { field, .. } => format!("Confirm {}", text::the(&self.field(field))),
            Ask::Answer { of, .. } => match case.task(*of) {
                Some(asked) => format!("Answer a question about {}", self.subject(asked)),
                None => "Answer a question".to_owned(),
            },
            Ask::Judge { criterion, .. } => format!("Say whether {criterion}"),
            Ask::Look => format!("Look whether {subject} may go on"),
            Ask::TakeOver { why: TakeOver::Asked } => format!("Look at {subject}"),
            Ask::TakeOver { why: TakeOver::Held { system, .. } } => text::released::title(system),
            Ask::TakeOver { why } => format!("Take over: {}", self.take_over_short(why)),
        }
    }

    /// The question of a task as its page's first sentence.
    #[must_use]
    pub fn question(&self, case: &Case, task: &Task) -> Sentence {
        let requester = self.person(&case.requester);
        match &task.ask {
            Ask::Approve { .. } | Ask::Review => {
                let asked = if matches!(task.ask, Ask::Review) { "look at" } else { "approve" };
                let about = self.telling(case, text::task::TELLING_VALUES);
                let about = if about.is_empty() { String::new() } else { format!(": {about}") };
                Sentence::new(format!("{requester} asks you to {asked} {}{about}.", self.subject(task)))
            }
            Ask::Provide { fields } => {
                let needed = |name: &&String| self.definition.field(name).is_none_or(|field| field.required);
                let missing =
                    fields.iter().filter(needed).filter(|field| case.value(field).is_none()).collect::<Vec<_>>();
                if missing.is_empty() {
                    Sentence::new(format!("Please look at {} again and correct what is wrong.", self.subject(task)))
                } else {
                    let be = if missing.len() == 1 { "is" } else { "are" };
                    Sentence::new(format!(
                        "{} {be} still needed for {}.",
                        text::capital_the(&self.fields(missing)),
                        self.definition.title
                    ))
                }
            }
            Ask::Do { .. } => Sentence::new(format!(
                "Please do {} for {requester}, and say here when it is done.",
                self.subject(task)
            )),
            Ask::Confirm { field, .. } => self.confirm_question(case, field),
            Ask::Answer { of, question } => {
                let by = case.task(*of).and_then(|asked| asked.questions.iter().find(|one| one.task == task.number));
                let who = by.map_or_else(|| "Somebody".to_owned(), |question| self.person(&question.by));
                Sentence::new(format!("{who} asks: “{question}”"))
            }
            Ask::Judge { criterion, suggested, .. } => {
                let hint = match suggested.filter(|_| !task.is_blind()) {
                    Some(true) => " The agent says that it does.",
                    Some(false) => " The agent says that it does not.",
                    None => "",
                };
                Sentence::new(format!("Does it hold that {}?{hint}", criterion.trim().trim_end_matches('.')))
            }
            Ask::Look => {
                Sentence::new(format!("{} stays here until you say that it goes on.", capital(&self.subject(task))))
            }
            Ask::TakeOver { why } => Sentence::new(self.take_over(case, why)),
        }
    }

    /// What speaks for and against it, in one sentence below the question; empty when there is nothing to say.
    #[must_use]
    pub fn grounds(&self, case: &Case, task: &Task) -> String {
        let told = |unknown: bool| {
            let words = if unknown { text::task::UNKNOWN_OUTCOME } else { text::task::NOT_DONE };
            words.to_owned()
        };
        match &task.ask {
            Ask::Approve { .. } | Ask::Review => self.findings_in_short(case),
            Ask::Provide { .. } => self.failed_checks(case),
            Ask::Confirm { why, .. } | Ask::Judge { why, .. } => {
                why.as_ref().map_or_else(String::new, |why| self.doubt(why))
            }
            Ask::TakeOver {
                why: TakeOver::SystemFailed { outcome_unknown, .. } | TakeOver::Held { outcome_unknown, .. },
            } => told(*outcome_unknown),
            Ask::Do { .. } | Ask::Look | Ask::Answer { .. } | Ask::TakeOver { .. } => String::new(),
        }
    }

    /// The buttons of a task, the one that moves it on first. A rejection stands last.
    #[must_use]
    pub fn buttons(&self, case: &Case, task: &Task) -> Vec<Button> {
        let onward = self.follows(case, &task.path);
        let told = |follows: &[Follow]| text::follows::sentence(follows.iter().map(|follow| follow.words.as_str()));
        let completed = |label: String| Button { outcome: Outcome::Completed, label, follows: told(&onward) };
        let rejected = || Button {
            outcome: Outcome::Rejected,
            label: text::task::REJECT.to_owned(),
            follows: told(&self.follows_rejection(case, &task.path)),
        };
        let mut buttons = match &task.ask {
            Ask::Approve { .. } => vec![
                Button {
                    outcome: Outcome::Approved,
                    label: self.approve_label(case, task, &onward),
                    follows: self.or_more_seats(task, told(&onward)),
                },
                rejected(),
            ],
            Ask::Provide { .. } => vec![completed(format!("Hand in {}", self.subject(task)))],
            Ask::Review => {
                vec![completed(format!("Confirm that I have looked at {}", self.subject(task))), rejected()]
            }
            Ask::Do { .. } => vec![completed(format!("Say that {} is done", self.subject(task)))],
            Ask::Confirm { field, .. } => vec![completed(self.confirm_label(case, field))],
            Ask::Answer { .. } => vec![Button {
                outcome: Outcome::Completed,
                label: text::task::SEND_ANSWER.to_owned(),
                follows: text::task::ANSWER_FOLLOWS.to_owned(),
            }],
            Ask::Judge { .. } => vec![
                completed(text::task::HOLDS.to_owned()),
                Button {
                    outcome: Outcome::Rejected,
                    label: text::task::HOLDS_NOT.to_owned(),
                    follows: text::task::HOLDS_NOT_FOLLOWS.to_owned(),
                },
            ],
            Ask::Look => vec![
                completed(text::task::GO_ON.to_owned()),
                Button {
                    outcome: Outcome::TryAgain,
                    label: text::task::NOT_YET.to_owned(),
                    follows: text::task::NOT_YET_FOLLOWS.to_owned(),
                },
            ],
            Ask::TakeOver { why } => self.take_over_buttons(why, &told(&onward)),
        };
        // The core says which answers a task takes; what it would refuse is not offered.
        buttons.retain(|button| outcomes(&task.ask).contains(&button.outcome));
        buttons
    }

    /// What an outcome of this task is called once it has happened: `approved`, `handed in`.
    #[must_use]
    pub fn outcome(&self, ask: &Ask, outcome: Outcome) -> &'static str {
        match (outcome, ask) {
            (Outcome::Approved, _) => "approved",
            (Outcome::Rejected, Ask::TakeOver { .. }) => "closed the case on",
            (Outcome::Rejected, Ask::Judge { .. }) => "found that it does not hold for",
            (Outcome::TryAgain, Ask::Look) => "said “not yet” about",
            (Outcome::TryAgain, Ask::TakeOver { why: TakeOver::Held { .. } }) => "let money leave for",
            (Outcome::Rejected, _) => "rejected",
            (Outcome::TryAgain, _) => "had the program try again",
            (Outcome::Completed, Ask::Provide { .. }) => "handed in",
            (Outcome::Completed, Ask::Approve { .. }) => "settled",
            (Outcome::Completed, Ask::Review) => "looked at",
            (Outcome::Completed, Ask::Do { .. }) => "did",
            (Outcome::Completed, Ask::Confirm { .. }) => "confirmed",
            (Outcome::Completed, Ask::Judge { .. }) => "found that it holds for",
            (Outcome::Completed, Ask::Look) => "let go on",
            (Outcome::Completed, Ask::TakeOver { why: TakeOver::Asked }) => "looked at and let go on",
            (Outcome::Completed, Ask::Answer { .. }) => "answered a question about",
            (Outcome::Completed, Ask::TakeOver { .. }) => "took over",
        }
    }

    /// What a task is about, in the words of the text: `the claim`.
    #[must_use]
    pub fn subject(&self, task: &Task) -> String {
        match (self.definition.step(&task.path), &task.ask) {
            (Some(Step::Human(step)), _) => step.subject.clone(),
            (_, Ask::Confirm { field, .. }) => text::the(&self.field(field)),
            (_, Ask::Provide { fields } | Ask::Do { fields }) if !fields.is_empty() => self.fields(fields),
            _ => format!("the {}", self.definition.title.to_lowercase()),
        }
    }

    /// The two values that tell a case from others of its process.
    #[must_use]
    pub fn about(&self, case: &Case) -> String {
        self.telling(case, text::task::TELLING_IN_LIST)
    }

    /// The values that say most about a case: short texts, amounts, days, in the order of the form.
    fn telling(&self, case: &Case, at_most: usize) -> String {
        let mut said = Vec::new();
        for field in self.definition.start_fields() {
            let telling =
                matches!(field.kind, FieldKind::Text | FieldKind::Money | FieldKind::Date | FieldKind::Choice { .. });
            if let Some(value) = self.seen(case, &field.name).filter(|_| telling) {
                let words = self.value(case, value);
                if words.chars().count() <= text::task::TELLING_AT_MOST {
                    said.push(words);
                }
            }
        }
        said.truncate(at_most);
        said.join(", ")
    }

    fn findings_in_short(&self, case: &Case) -> String {
        let failed: Vec<&str> = case
            .findings
            .values()
            .filter(|finding| finding.result == CheckResult::Failed)
            .map(|finding| finding.words.as_str())
            .collect();
        let unknown =
            case.findings.values().filter(|finding| matches!(finding.result, CheckResult::CannotTell { .. })).count();
        match (case.findings.len(), failed.as_slice(), unknown) {
            (0, _, _) => text::task::NO_CHECKS.to_owned(),
            (1, [], 0) => "The check agrees.".to_owned(),
            (2, [], 0) => "Both checks agree.".to_owned(),
            (all, [], 0) => format!("All {} checks agree.", in_words(all)),
            (_, [], 1) => "One check could not be made, so please look.".to_owned(),
            (_, [], unknown) => format!("{} checks could not be made, so please look.", capital(&in_words(unknown))),
            (_, [only], _) => format!("One check does not agree: {only}."),
            (_, failed, _) => format!("{} checks do not agree.", capital(&in_words(failed.len()))),
        }
    }

    fn failed_checks(&self, case: &Case) -> String {
        let failed: Vec<String> = case
            .findings
            .values()
            .filter(|finding| finding.result == CheckResult::Failed)
            .map(|finding| finding.words.clone())
            .collect();
        if failed.is_empty() { String::new() } else { format!("This did not hold: {}.", list(&failed)) }
    }

    /// `Approve and create a payment of 412.50 EUR`.
    fn approve_label(&self, case: &Case, task: &Task, onward: &[Follow]) -> String {
        if usize::from(task.needed) > task.decisions().count() + 1 {
            return format!("Approve {}", self.subject(task));
        }
        let operations: Vec<String> = onward
            .iter()
            .filter_map(|follow| follow.operation.as_ref())
            .map(|operation| {
                let moves_money =
                    operation.split_whitespace().next_back().is_some_and(|last| MONEY_WORDS.contains(&last));
                match self.amount(case).filter(|_| moves_money) {
                    Some(amount) => format!("{operation} of {amount}"),
                    None => operation.clone(),
                }
            })
            .collect();
        match operations.as_slice() {
            [] => format!("Approve {}", self.subject(task)),
            some => format!("Approve and {}", list(some)),
        }
    }

    fn or_more_seats(&self, task: &Task, follows: String) -> String {
        let still = usize::from(task.needed).saturating_sub(task.decisions().count() + 1);
        match still {
            0 => follows,
            1 => "After you, one more person has to approve.".to_owned(),
            more => format!("After you, {} more people have to approve.", in_words(more)),
        }
    }

    /// The amount that a person of this case wrote, if there is exactly one.
    fn amount(&self, case: &Case) -> Option<String> {
        let mut amounts = self.definition.start_fields().filter_map(|field| match self.seen(case, &field.name) {
            Some(Value::Money(money)) => Some(self.reader.money(money)),
            _ => None,
        });
        amounts.next().filter(|_| amounts.next().is_none())
    }

    fn confirm_question(&self, case: &Case, field: &str) -> Sentence {
        let name = text::the(&self.field(field));
        let suggested = case.suggestion(field).and_then(|suggestion| suggestion.value.as_ref());
        let about = self.telling(case, text::task::TELLING_VALUES);
        let about = about.trim_end_matches('.');
        Sentence::new(match suggested.filter(|_| !self.hidden.contains(field)) {
            Some(value) => format!("Is “{}” right as {name} of {about}?", self.value(case, value)),
            None => format!("Which is {name} of {about}?"),
        })
    }

    fn confirm_label(&self, case: &Case, field: &str) -> String {
        let suggested = case.suggestion(field).and_then(|suggestion| suggestion.value.as_ref());
        match suggested.filter(|_| !self.hidden.contains(field)) {
            Some(value) => format!("Yes, use “{}”", self.value(case, value)),
            None => format!("Use this for {}", text::the(&self.field(field))),
        }
    }

    fn take_over_buttons(&self, why: &TakeOver, onward: &str) -> Vec<Button> {
        let button = |outcome, label: String, follows: &str| Button { outcome, label, follows: follows.to_owned() };
        let close = button(Outcome::Rejected, text::task::CLOSE_CASE.to_owned(), text::task::CLOSE_FOLLOWS);
        match why {
            TakeOver::SystemFailed { system, outcome_unknown, .. } => {
                let warning = if *outcome_unknown { text::task::TRY_UNKNOWN } else { text::task::TRY_FOLLOWS };
                vec![
                    button(Outcome::TryAgain, format!("Ask {} again", text::the(system)), warning),
                    button(Outcome::Completed, text::task::DONE_THERE.to_owned(), onward),
                    close,
                ]
            }
            TakeOver::Held { outcome_unknown, .. } => {
                let follows = if *outcome_unknown { text::task::TRY_UNKNOWN } else { text::released::LET_GO_FOLLOWS };
                vec![
                    button(Outcome::TryAgain, text::released::LET_GO.to_owned(), follows),
                    button(Outcome::Completed, text::task::DONE_THERE.to_owned(), onward),
                    close,
                ]
            }
            TakeOver::AdditionRefused { .. } => {
                vec![button(Outcome::Completed, text::steering::ALL_THE_SAME.to_owned(), onward), close]
            }
            TakeOver::OnHold { .. } => vec![
                button(Outcome::Completed, text::steering::RESUME.to_owned(), text::steering::RESUME_FOLLOWS),
                button(Outcome::TryAgain, text::steering::LOOK_LATER.to_owned(), text::steering::LOOK_LATER_FOLLOWS),
            ],
            TakeOver::ReturnedTooOften { .. }
            | TakeOver::CannotTell { .. }
            | TakeOver::NoMessage { .. }
            | TakeOver::Asked => {
                vec![
                    button(Outcome::TryAgain, text::task::TRY_ONCE_MORE.to_owned(), text::task::TRY_FOLLOWS),
                    button(Outcome::Completed, text::task::GO_ON.to_owned(), onward),
                    close,
                ]
            }
        }
    }

    /// The step of a task, when a person's step asks it.
    #[must_use]
    pub fn human_step(&self, task: &Task) -> Option<&HumanStep> {
        match self.definition.step(&task.path) {
            Some(Step::Human(step)) => Some(step),
            Some(_) | None => None,
        }
    }
}

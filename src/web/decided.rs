//! What people have decided and asked in the tasks of a case, as sentences for one reader.

use countersign_core::case::{Ask, Decision, Question, Task, TaskState};

use super::{
    catalogue::text,
    present::Sight,
    sentence::Sentence,
    views::task::{QuestionView, SettledView},
};

impl Sight<'_> {
    /// Questions asked in a task.
    #[must_use]
    pub fn questions(&self, task: &Task) -> Vec<QuestionView> {
        let view = |question: &Question| QuestionView {
            by: self.words.person(&question.by),
            question: question.text.clone(),
            at: self.words.reader.at(question.at),
            answer: question.answer.as_ref().map(|(by, answer)| (self.words.person(by), answer.clone())),
        };
        task.questions.iter().map(view).collect()
    }

    /// What a decision was, as a sentence.
    #[must_use]
    pub fn decided(&self, task: &Task, decision: &Decision) -> Sentence {
        let place = decision
            .standing_for
            .as_ref()
            .map_or_else(String::new, |absent| format!(" for {}", self.words.person(absent)));
        let what = self.words.outcome(&task.ask, decision.outcome);
        let changed = match decision.edited.as_slice() {
            [] => String::new(),
            edited => format!(", and changed {}", self.words.fields(edited)),
        };
        Sentence::new(format!("{}{place} {what} {} ", self.words.person(&decision.by), self.words.subject(task)))
            .moment(self.words.reader.at(decision.at))
            .text(format!("{changed}."))
    }

    /// What others have decided before this task, and in its own seats: whoever signs is to know who did, and what
    /// they changed.
    #[must_use]
    pub fn decided_before(&self, task: &Task) -> Vec<Sentence> {
        let signs =
            |other: &&Task| other.number == task.number || matches!(other.ask, Ask::Approve { .. } | Ask::Review);
        let void = |other: &Task| {
            self.case.sign_offs.iter().any(|sign_off| sign_off.task == other.number && sign_off.voided.is_some())
        };
        let told = |other: &Task, decision: &Decision| {
            let sentence = self.decided(other, decision);
            if void(other) { sentence.text(text::task::VOID) } else { sentence }
        };
        let all = self.case.tasks.iter().filter(signs);
        all.flat_map(|other| other.decisions().map(move |decision| told(other, decision))).collect()
    }

    /// A settled task: who settled it and how; `None` while it waits.
    #[must_use]
    pub fn settled(&self, task: &Task, refused: bool, next: Option<String>) -> Option<SettledView> {
        let last = task.decisions().last();
        let sentence = match (&task.state, last) {
            (TaskState::Open, _) => return None,
            (TaskState::Closed { .. }, Some(decision)) => self.decided(task, decision),
            (TaskState::Closed { at, .. }, None) => {
                Sentence::new("It was settled ").moment(self.words.reader.at(*at)).text(".")
            }
            (TaskState::Cancelled { .. }, _) => Sentence::from(text::task::CANCELLED),
        };
        Some(SettledView { sentence, reason: last.and_then(|decision| decision.reason.clone()), refused, next })
    }
}

//! What is asked, in order, and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::Read;

/// A question of the interview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionId {
    /// What the process is called.
    Name,
    /// Who starts a case.
    Starter,
    /// What they hand in.
    HandsIn,
    /// Who answers for the outcome.
    Accountable,
    /// Who outside takes part.
    Outside,
    /// What they hand in.
    OutsideHandsIn,
    /// What is done before the decision.
    Steps,
    /// Who decides.
    Decides,
    /// Who decides above a limit.
    Limit,
    /// Who decides when nobody has decided in time.
    Escalation,
    /// What follows a no.
    Rejected,
    /// Which other systems are called.
    Systems,
    /// What the person who started is told.
    Tell,
    /// What a case is called that ended well.
    Done,
    /// Until when a case may be withdrawn.
    Withdraw,
    /// Where it stalls.
    Stalls,
    /// Who alone may see what.
    MaySee,
}

/// A question as it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InterviewQuestion {
    /// Which one.
    pub id: QuestionId,
    /// Its words.
    pub ask: &'static str,
    /// Why it is asked.
    pub why: &'static str,
    /// An answer of the kind that is understood.
    pub example: &'static str,
    /// Whether an empty answer will do.
    pub optional: bool,
    /// Whether the answer may have several lines, one for each thing.
    pub lines: bool,
}

const fn must(id: QuestionId, ask: &'static str, why: &'static str, example: &'static str) -> InterviewQuestion {
    InterviewQuestion { id, ask, why, example, optional: false, lines: false }
}

const fn may(id: QuestionId, ask: &'static str, why: &'static str, example: &'static str) -> InterviewQuestion {
    InterviewQuestion { id, ask, why, example, optional: true, lines: false }
}

/// Every question, in the order in which it is asked.
pub(crate) const QUESTIONS: &[InterviewQuestion] = &[
    must(QuestionId::Name, "What is the process called?", "people find it by this name", "Purchase request"),
    must(QuestionId::Starter, "Who starts a case?", "only they see the form that opens one", "employee"),
    must(
        QuestionId::HandsIn,
        "What do they hand in? Put the type of each field in parentheses.",
        "a form can only check what has a type",
        "the item (text), the price (money), the day of delivery (date) and the offer (document, optional)",
    ),
    must(
        QuestionId::Accountable,
        "Who answers for the outcome of every case?",
        "they take over wherever nobody else is named",
        "head of purchasing",
    ),
    may(
        QuestionId::Outside,
        "Does anybody outside your organisation take part? Say who, and which field holds their e-mail address.",
        "they get a link instead of an account",
        "supplier: the supplier e-mail",
    ),
    may(
        QuestionId::OutsideHandsIn,
        "What do they hand in, and within what time?",
        "they are sent a form, and are reminded of it",
        "the legal name (text) and the bank letter (document), within 10 working days",
    ),
    InterviewQuestion {
        lines: true,
        ..may(
            QuestionId::Steps,
            "What is done before the decision, by whom and by when? One line for each step, in order.",
            "each step becomes a task of somebody, or of an agent",
            "The finance desk reviews the offer within 2 working days",
        )
    },
    may(
        QuestionId::Decides,
        "Who decides, and within what time?",
        "a decision is signed by a person, never by an agent",
        "the manager of the employee within 2 working days",
    ),
    may(
        QuestionId::Limit,
        "Does somebody else decide in some cases? Say when, and who.",
        "the limit is checked by the program, not by people",
        "If the price is over 5,000 EUR, the finance director within 3 working days",
    ),
    may(
        QuestionId::Escalation,
        "When nobody has decided in time, who may decide after how long?",
        "the right to decide moves up, and no case is stuck",
        "after 4 working days, the managing director",
    ),
    may(
        QuestionId::Rejected,
        "When the decision is no, what is the case closed as? The person who started it is told the reason.",
        "every case ends in a state that has a name",
        "rejected",
    ),
    InterviewQuestion {
        lines: true,
        ..may(
            QuestionId::Systems,
            "Which other systems are called then, and who signs each call? One line for each.",
            "nothing leaves without a signature, unless you say that nobody signs it",
            "Create an order in the purchasing system with the item and the price, signed by the approver",
        )
    },
    may(
        QuestionId::Tell,
        "What is the person told who started the case, when it is done?",
        "a field in braces is replaced by its value",
        "Your order over {price} has been placed.",
    ),
    must(
        QuestionId::Done,
        "What is a case called that has ended well?",
        "it counts as a success in every figure",
        "ordered",
    ),
    may(
        QuestionId::Withdraw,
        "Until when may the person who started it withdraw?",
        "without an answer nobody can withdraw",
        "at any time",
    ),
    may(QuestionId::Stalls, "Where does it usually stall?", "that place is watched most closely", "the approval"),
    may(
        QuestionId::MaySee,
        "Is there a field that only some people may see? Say who may see which.",
        "it is hidden from everybody else, from agents' summaries too",
        "the finance desk and the approver may see the offer",
    ),
];

impl InterviewQuestion {
    /// Whether the question makes sense after the answers before it.
    pub(crate) fn is_asked(&self, taken: &BTreeMap<QuestionId, Read>) -> bool {
        let said = |id: QuestionId| taken.get(&id).is_some_and(|read| *read != Read::Nothing);
        match self.id {
            QuestionId::OutsideHandsIn => said(QuestionId::Outside),
            QuestionId::Limit | QuestionId::Escalation | QuestionId::Rejected => said(QuestionId::Decides),
            _ => true,
        }
    }
}

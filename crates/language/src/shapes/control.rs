//! Sentences that hold steps: conditions, rejections, tracks side by side.

use super::{Shape, sentence};
use crate::meaning::Meaning;

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = branches();
    all.extend(frames());
    all
}

fn branches() -> Vec<Shape> {
    vec![
        sentence(
            "if {guard} (, {step}|, go on|:)",
            "If the amount is over 500 EUR, the finance lead approves the claim.",
            |got| {
                let condition = got.guard("guard")?;
                Some(Meaning::If { condition, step: got.step("step"), chained: false })
            },
        ),
        sentence(
            "otherwise , if {guard} (, {step}|, go on|:)",
            "Otherwise, if the topic is technical, the technical desk writes the answer.",
            |got| {
                let condition = got.guard("guard")?;
                Some(Meaning::If { condition, step: got.step("step"), chained: true })
            },
        ),
        sentence(
            "otherwise (, {step}|, go on|:)",
            "Otherwise, the manager of the employee approves the claim.",
            |got| Some(Meaning::Otherwise(got.step("step"))),
        ),
        sentence(
            "if {who} rejects {thing} (, {step}|:)",
            "If the approver rejects the claim, tell the employee the reason.",
            |got| Some(Meaning::Rejected { who: got.who("who")?, step: got.step("step") }),
        ),
    ]
}

fn frames() -> Vec<Shape> {
    vec![
        sentence("at the same time :", "At the same time:", |_| Some(Meaning::Together)),
        sentence(
            "when all of these are done , {step}",
            "When all of these are done, the finance lead approves the supplier.",
            |got| got.step("step").map(Meaning::AllDone),
        ),
        sentence(
            "when {who} submits {name:form} , {step}",
            "When an employee submits the claim form, read the total (money) from the receipt.",
            |got| Some(Meaning::Submitted { who: got.who("who")?, form: got.name("form")?, step: got.step("step")? }),
        ),
    ]
}

//! Sentences that hold steps: conditions, rejections, tracks side by side.

use countersign_core::definition::Losers;

use super::{Shape, sentence};
use crate::meaning::{Clause, Meaning};

pub(super) fn branches() -> Vec<Shape> {
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

pub(super) fn frames() -> Vec<Shape> {
    vec![
        sentence("(at the same time|in parallel) :", "At the same time:", |_| Some(Meaning::Together)),
        sentence(
            "when (any|{count:needed}) of these (is|are) done , (cancel the others {flag:cancel}|let the others finish)",
            "When any of these is done, cancel the others.",
            |got| {
                let losers = if got.has("cancel") { Losers::Cancel } else { Losers::Finish };
                Some(Meaning::Join { needed: got.count("needed"), losers })
            },
        ),
        sentence(
            "for each {name:item} in {field:list} [[,] one after the other] :",
            "For each part in the parts, one after the other:",
            |got| Some(Meaning::Each { item: got.name("item")?, list: got.field("list")? }),
        ),
        sentence(
            "if {system} (fails [or does not answer within {span}]|does not answer within {span}) (, {step}|:)",
            "If the bank system fails or does not answer within 1 hour, tell the employee that \"It takes longer\".",
            |got| {
                let step = got.step("step");
                // Handing over to somebody is what a failure comes to anyway, and has a sentence of its own.
                let plain = matches!(step, Some(Clause::HandOver { due: None, .. }));
                let system = got.name("system")?;
                (!plain).then_some(Meaning::Fails { system, within: got.span("span"), step })
            },
        ),
        sentence(
            "{schedule} , {step}",
            "Every 1st of the month at 08:00, the finance desk does \"close the books\".",
            |got| Some(Meaning::Scheduled { schedule: got.schedule("schedule")?, step: got.step("step")? }),
        ),
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

//! Sentences that say more about the step just before them.

use super::{Shape, sentence};
use crate::meaning::{Change, Meaning};

pub(super) fn people() -> Vec<Shape> {
    vec![
        sentence("remind {who} every {span}", "Remind the approver every working day.", |got| {
            Some(Meaning::Change(Change::Remind { who: got.who("who")?, every: got.span("span")? }))
        }),
        sentence("there is no reminder", "There is no reminder.", |_| Some(Meaning::Change(Change::NoReminder))),
        sentence(
            "if {who} is away , (the substitute of {who:of}|their substitute) decides",
            "If the approver is away, the substitute of the approver decides.",
            |got| {
                let who = got.who("who")?;
                let same = got.who("of").is_none_or(|of| of.name().text.eq_ignore_ascii_case(&who.name().text));
                same.then_some(Meaning::Change(Change::Away { who }))
            },
        ),
        sentence(
            "if {who} does not (decide|answer|act) within {span} , escalate to {who:to}",
            "If the approver does not decide within 4 working days, escalate to the finance director.",
            |got| {
                Some(Meaning::Change(Change::Escalate {
                    who: Some(got.who("who")?),
                    after: got.span("span")?,
                    to: got.who("to")?,
                }))
            },
        ),
        sentence(
            "after {span} without an answer , escalate to {who:to}",
            "After 3 working days without an answer, escalate to the finance director.",
            |got| Some(Meaning::Change(Change::Escalate { who: None, after: got.span("span")?, to: got.who("to")? })),
        ),
        sentence("{who} is accountable for this step", "The finance director is accountable for this step.", |got| {
            got.who("who").map(|who| Meaning::Change(Change::Accountable(who)))
        }),
        sentence("there is no escalation", "There is no escalation.", |_| Some(Meaning::Change(Change::NoEscalation))),
    ]
}

pub(super) fn machines() -> Vec<Shape> {
    vec![
        sentence(
            "if the agent is not sure , {who} decides [within {span}]",
            "If the agent is not sure, the finance desk decides within 1 working day.",
            |got| Some(Meaning::Change(Change::Unsure { who: got.who("who")?, due: got.span("span") })),
        ),
        sentence(
            "if {system} (fails [or does not answer within {span}]|does not answer within {span}) , \
             hand over to {who}",
            "If the bank system fails or does not answer within 1 hour, hand over to the finance desk.",
            |got| {
                Some(Meaning::Change(Change::Failure {
                    system: got.name("system")?,
                    within: got.span("span"),
                    to: got.who("who")?,
                }))
            },
        ),
        sentence("nobody signs this call", "Nobody signs this call.", |_| {
            Some(Meaning::Change(Change::NobodySignsCall))
        }),
        sentence("nobody signs this message", "Nobody signs this message.", |_| {
            Some(Meaning::Change(Change::NobodySignsMessage))
        }),
        sentence("this call is made at most once", "This call is made at most once.", |_| {
            Some(Meaning::Change(Change::AtMostOnce))
        }),
    ]
}

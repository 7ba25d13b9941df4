//! Steps of agents, of code, of other systems, and moves of the case.

use super::{Got, Shape, clause};
use crate::meaning::{Clause, SignerRef, WhoRef};

pub(super) fn agents() -> Vec<Shape> {
    vec![
        clause(
            "(read|extract) {asks} from {name:document}",
            "Read the merchant, the day of purchase and the total (money) from the receipt.",
            |got| Some(Clause::Read { asks: got.asks("asks")?, document: got.name("document")? }),
        ),
        clause("check that {guard}", "Check that the amount is the same as the total on the receipt.", |got| {
            got.guard("guard").map(Clause::Check)
        }),
        clause(
            "classify {thing} [by {fields:by}] as {names:labels} [into {field:into}]",
            "Classify the request by the question as billing, technical, account or other into the topic.",
            |got| {
                Some(Clause::Classify {
                    thing: got.name("thing")?,
                    by: got.fields("by"),
                    labels: got.names("labels")?,
                    into: got.field("into"),
                })
            },
        ),
        clause(
            "score {thing} from {count:low} to {count:high} {mark} [by {fields:by}] into {field:into} , where {marks}",
            "Score the request from 1 to 5 by the reason into the risk, where 1 is \"harmless\" and 5 is \"stop it\".",
            |got| {
                Some(Clause::Score {
                    subject: got.fields("by"),
                    low: got.count("low")?,
                    high: got.count("high")?,
                    into: got.field("into")?,
                    marks: got.marks("marks")?,
                    place: got.name("mark")?.start,
                })
            },
        ),
        clause(
            "check with the agent that {quote} [by {fields:by}] [[,] using the guideline {quote:guideline}]",
            "Check with the agent that \"the receipt shows a business purchase\", using the guideline \"Business or \
             private\".",
            |got| {
                Some(Clause::Judge {
                    criterion: got.name("quote")?,
                    subject: got.fields("by"),
                    guideline: got.name("guideline"),
                })
            },
        ),
        clause(
            "(fill in|write|the agent (fills in|writes)) {field:into} from the template {quote:template}",
            "Fill in the letter from the template \"employment letter\".",
            |got| Some(Clause::Draft { into: got.field("into")?, template: got.name("template")? }),
        ),
        clause("prepare a summary [of {thing}] for {who}", "Prepare a summary of the claim for the approver.", |got| {
            got.who("who").map(Clause::Prepare)
        }),
    ]
}

pub(super) fn effects() -> Vec<Shape> {
    vec![
        clause(
            "{operation} in {system} [with ({fields}|no fields {flag:none})] [[,] at most once {flag:once}] \
             [[(,|;)] (signed by nobody {flag:nobody}|signed by {who:signer}|nobody signs this call {flag:nobody})]",
            "Create a payment in the bank system with the merchant and the amount, signed by the approver.",
            |got| {
                Some(Clause::Call {
                    operation: got.name("operation")?,
                    system: got.name("system")?,
                    payload: if got.has("none") { Some(Vec::new()) } else { got.fields("fields") },
                    signer: signer(got),
                    at_most_once: got.has("once"),
                })
            },
        ),
        clause(
            "look up {asks} in {system} by {fields:by}",
            "Look up the credit limit (money) in the credit system by the customer number.",
            |got| Some(Clause::LookUp { asks: got.asks("asks")?, system: got.name("system")?, by: got.fields("by")? }),
        ),
        clause(
            "(tell|inform|email) {who:to} ([that] {quote}|the reason {flag:reason}) \
             [[(,|;)] (signed by nobody {flag:nobody}|signed by {who:signer}|nobody signs this message {flag:nobody})]",
            "Tell the supplier that \"Welcome, {company}\", signed by the approver.",
            |got| {
                let to = got.who("to")?;
                let text = got.name("quote");
                (text.is_some() || got.has("reason")).then(|| Clause::Tell { to, text, signer: signer(got) })
            },
        ),
    ]
}

fn signer(got: &Got<'_>) -> Option<SignerRef> {
    if got.has("nobody") {
        return Some(SignerRef::Nobody);
    }
    got.who("signer").map(SignerRef::Somebody)
}

pub(super) fn moves() -> Vec<Shape> {
    vec![
        clause("wait [for] {span}", "Wait 3 days.", |got| got.span("span").map(Clause::Pause)),
        clause(
            "wait for [(the|a)] {quote} message within {span} [,] otherwise hand over to {who}",
            "Wait for the \"contract signed\" message within 10 days, otherwise hand over to the legal desk.",
            |got| {
                Some(Clause::Await { name: got.name("quote")?, within: got.span("span")?, otherwise: got.who("who")? })
            },
        ),
        clause(
            "return to {name:stage} [at most {times}] [[,] then hand over to {who}]",
            "Return to Check at most 3 times, then hand over to the finance desk.",
            |got| Some(Clause::Return { stage: got.name("stage")?, at_most: got.count("times"), then: got.who("who") }),
        ),
        clause("wait until {field}", "Wait until the start date.", |got| {
            Some(Clause::Until { field: got.field("field")?, offset: None })
        }),
        clause(
            "wait until {span} (before {flag:before}|after) {field}",
            "Wait until 3 working days before the start date.",
            |got| {
                Some(Clause::Until { field: got.field("field")?, offset: Some((got.has("before"), got.span("span")?)) })
            },
        ),
        clause(
            "stay in this stage (;|,|and) {who} looks at it every {span}",
            "Stay in this stage; the store lead looks at it every 2 weeks.",
            |got| Some(Clause::Look { who: got.who("who")?, every: got.span("span")? }),
        ),
        clause("hand over to {who} [within {span}]", "Hand over to the legal desk.", |got| {
            Some(Clause::HandOver { who: got.who("who")?, due: got.span("span") })
        }),
        clause("(route|assign) {thing} to {who} [within {span}]", "Assign the request to the legal desk.", |got| {
            Some(Clause::HandOver { who: got.who("who")?, due: got.span("span") })
        }),
        clause("close the case as {name}", "Close the case as paid.", |got| got.name("name").map(Clause::Close)),
    ]
}

/// Whether the words name an agent, which is nobody who could sign.
pub(crate) fn is_agent(who: &WhoRef) -> bool {
    let name = who.name().text.to_lowercase();
    name == "agent" || name == "agents"
}

//! Sentences about the whole process: who, which data, which rules, where a stage begins.

use countersign_core::definition::DayOrder;

use super::{Shape, sentence};
use crate::meaning::Meaning;

pub(super) fn process() -> Vec<Shape> {
    vec![
        sentence("{name:who} can start (this|the) process", "An employee can start this process.", |got| {
            got.name("who").map(Meaning::Starter)
        }),
        sentence(
            "{name:who} is accountable for (this|the) process",
            "The finance lead is accountable for this process.",
            |got| got.name("who").map(Meaning::Accountable),
        ),
        sentence("{schedule} , a case starts", "Every Monday at 09:00, a case starts.", |got| {
            got.schedule("schedule").map(Meaning::Schedule)
        }),
        sentence("{name:who} is a role", "The finance desk is a role.", |got| {
            got.name("who").map(|name| Meaning::Roles(vec![name]))
        }),
        sentence("the (roles are|role is) {names}", "The roles are finance desk and finance director.", |got| {
            got.names("names").map(Meaning::Roles)
        }),
        sentence(
            "the owner of {field} is {owners}",
            "The owner of the category is the travel desk for travel, the canteen lead for meals, and the finance desk \
             for equipment or other.",
            |got| Some(Meaning::Owners { field: got.field("field")?, owners: got.owners("owners")? }),
        ),
        sentence(
            "{name} is outside (;|,|and) their address is {field}",
            "The supplier is outside; their address is the supplier e-mail.",
            |got| Some(Meaning::Outside { party: got.name("name")?, address: got.field("field")? }),
        ),
        sentence("closing as {names} is a success", "Closing as paid is a success.", |got| {
            got.names("names").map(Meaning::Success)
        }),
        sentence("this process is called {name}", "This process is called expense claim.", |got| {
            got.name("name").map(Meaning::Title)
        }),
        sentence("it usually stalls at {thing}", "It usually stalls at the approval.", |got| {
            got.name("thing").map(Meaning::Stalls)
        }),
    ]
}

pub(super) fn data() -> Vec<Shape> {
    vec![
        sentence(
            "{name:form} asks for {asks}",
            "The claim form asks for the merchant (text), the amount (money) and the receipt (document, optional).",
            |got| Some(Meaning::Form { form: got.name("form")?, asks: got.asks("asks")? }),
        ),
        sentence("{name:form} (opens the case|starts the process)", "The claim form opens the case.", |got| {
            got.name("form").map(Meaning::StartForm)
        }),
        sentence("dates in documents are written day first", "Dates in documents are written day first.", |_| {
            Some(Meaning::DayOrder(DayOrder::DayFirst))
        }),
        sentence("dates in documents are written month first", "Dates in documents are written month first.", |_| {
            Some(Meaning::DayOrder(DayOrder::MonthFirst))
        }),
        sentence("amounts without a currency are in {name}", "Amounts without a currency are in EUR.", |got| {
            got.name("name").map(Meaning::Currency)
        }),
        sentence(
            "only {whos} may see {fields}",
            "Only the employee, the approver and the finance desk may see the receipt.",
            |got| {
                let fields = got.fields("fields")?;
                // These words name the whole case.
                let cases = fields.iter().any(|field| field.name.text.to_lowercase().starts_with("cases of "));
                (!cases).then_some(Meaning::OnlySee { readers: got.whos("whos")?, fields })
            },
        ),
        sentence(
            "only {whos} may see cases of (this|the) process",
            "Only the finance desk and the employee may see cases of this process.",
            |got| got.whos("whos").map(Meaning::OnlyCases),
        ),
    ]
}

pub(super) fn rules() -> Vec<Shape> {
    vec![
        sentence("(an|the) agent must never approve {thing}", "An agent must never approve a claim.", |got| {
            got.name("thing").map(Meaning::NeverAgent)
        }),
        sentence("the approver must never be {who}", "The approver must never be the employee.", |got| {
            got.who("who").map(Meaning::NeverApprover)
        }),
        sentence(
            "if {who} withdraws [(at any time|before {name:stage})] , close the case as {name:closing}",
            "If the employee withdraws before the approval, close the case as withdrawn.",
            |got| {
                Some(Meaning::Withdraw {
                    who: got.who("who")?,
                    before: got.name("stage"),
                    closing: got.name("closing")?,
                })
            },
        ),
        sentence("stage {name} :", "Stage Check:", |got| got.name("name").map(Meaning::Stage)),
        sentence("track {name} :", "Track Legal:", |got| got.name("name").map(Meaning::Track)),
    ]
}

//! Steps of people: approve, review, provide, do.

use countersign_core::definition::HumanVerb;

use super::{Got, Shape, clause};
use crate::meaning::{Clause, FieldRef, WhoRef};

pub(super) fn deciding() -> Vec<Shape> {
    vec![
        clause(
            "{who} approves {thing} [[,] seeing ({fields}|no fields {flag:none}) [,]] [within {span}]",
            "The finance lead approves the claim, seeing the amount and the receipt, within 2 working days.",
            |got| decide(got, HumanVerb::Approve),
        ),
        clause(
            "{who} reviews {thing} [[,] seeing ({fields}|no fields {flag:none}) [,]] [within {span}]",
            "The finance desk reviews the bank details within 1 working day.",
            |got| decide(got, HumanVerb::Review),
        ),
        clause(
            "{count:needed} [of {count:seats}] holders of {who} role approve {thing} \
             [[,] seeing ({fields}|no fields {flag:none}) [,]] [within {span}]",
            "2 of 3 holders of the board role approve the contract within 5 working days.",
            |got| decide(got, HumanVerb::Approve),
        ),
        clause(
            "{count:needed} [of {count:seats}] holders of {who} role review {thing} \
             [[,] seeing ({fields}|no fields {flag:none}) [,]] [within {span}]",
            "Two holders of the board role review the contract.",
            |got| decide(got, HumanVerb::Review),
        ),
        clause(
            "{mark:verb} approve {thing} [[,] seeing ({fields}|no fields {flag:none}) [,]] [within {span}]",
            "Approve the contract within 1 working day.",
            |got| decide(got, HumanVerb::Approve),
        ),
        clause(
            "{mark:verb} review {thing} [[,] seeing ({fields}|no fields {flag:none}) [,]] [within {span}]",
            "Review the contract.",
            |got| decide(got, HumanVerb::Review),
        ),
    ]
}

fn decide(got: &Got<'_>, verb: HumanVerb) -> Option<Clause> {
    let needed = got.count("needed").unwrap_or(1);
    let seeing = if got.has("none") { Some(Vec::<FieldRef>::new()) } else { got.fields("fields") };
    Some(Clause::Decide {
        verb,
        who: who(got)?,
        subject: got.name("thing")?,
        seeing,
        seats: got.count("seats").unwrap_or(needed),
        needed,
        due: got.span("span"),
    })
}

/// Who does it; the verb's place when nobody is named.
fn who(got: &Got<'_>) -> Option<WhoRef> {
    got.who("who").or_else(|| got.name("verb").map(WhoRef::Unsaid))
}

pub(super) fn working() -> Vec<Shape> {
    vec![
        clause(
            "{who} (fills in|corrects|completes|hands in|provides) {fields} [as {quote}] [within {span}]",
            "The supplier fills in the supplier form within 10 working days.",
            |got| {
                Some(Clause::Provide {
                    who: who(got)?,
                    what: got.fields("fields")?,
                    subject: got.name("quote"),
                    due: got.span("span"),
                })
            },
        ),
        clause(
            "{who} writes {fields} [within {span}]",
            "The billing desk writes the answer within 2 working days.",
            |got| {
                Some(Clause::Do { who: who(got)?, subject: None, writes: got.fields("fields")?, due: got.span("span") })
            },
        ),
        clause(
            "{who} does {quote} [and writes {fields}] [within {span}]",
            "The IT desk does \"set up the account\" within 1 working day.",
            |got| {
                Some(Clause::Do {
                    who: who(got)?,
                    subject: got.name("quote"),
                    writes: got.fields("fields").unwrap_or_default(),
                    due: got.span("span"),
                })
            },
        ),
    ]
}

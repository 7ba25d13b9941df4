//! The interview: what is answered is written, what is not understood is refused, and the text compiles.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Answers, Attachments, Interview, QuestionId, compile, interview};

fn asked(answers: &[(QuestionId, &str)]) -> Interview {
    interview(&Answers(answers.iter().map(|(id, answer)| (*id, String::from(*answer))).collect()))
}

const PURCHASE: &[(QuestionId, &str)] = &[
    (QuestionId::Name, "Purchase request"),
    (QuestionId::Starter, "an employee"),
    (QuestionId::HandsIn, "the item (text), the price (money) and the offer (document, optional)"),
    (QuestionId::Accountable, "The head of purchasing"),
    (QuestionId::Outside, ""),
    (QuestionId::Steps, "The finance desk reviews the offer within 2 working days"),
    (QuestionId::Decides, "the manager of the employee within 2 working days"),
    (QuestionId::Limit, "If the price is over 5,000 EUR, the finance director decides within 3 working days"),
    (QuestionId::Escalation, "after 4 working days, the managing director"),
    (QuestionId::Rejected, "close the case as rejected"),
    (QuestionId::Systems, "create an order in the purchasing system with the item, signed by the approver"),
    (QuestionId::Tell, "Your order over {price} is placed."),
    (QuestionId::Done, "ordered"),
    (QuestionId::Withdraw, "at any time"),
    (QuestionId::Stalls, "the approval"),
    (QuestionId::MaySee, "only the finance desk, the approver and the employee may see the offer"),
];

#[test]
fn check_the_text_grows_answer_by_answer() {
    let mut before = 0;
    for count in 0..=PURCHASE.len() {
        let found = asked(&PURCHASE[..count]);
        assert_eq!(found.refused, [], "{}", found.text);
        assert_eq!(found.next.map(|question| question.id), PURCHASE.get(count).map(|(id, _)| *id));
        assert!(found.text.len() >= before);
        before = found.text.len();
        for sentence in &found.sentences {
            assert!(PURCHASE[..count].iter().any(|(id, _)| *id == sentence.question), "{sentence:?}");
        }
    }
    let found = asked(PURCHASE);
    let compiled = super::right(&found.text);
    assert_eq!(compiled.diagnostics, [], "{}", found.text);
    assert_eq!(found.sentences.len(), compiled.sentences.len(), "{}", found.text);
    for (linked, sentence) in found.sentences.iter().zip(&compiled.sentences) {
        assert_eq!(&found.text[linked.start..linked.end], sentence.text);
    }
}

#[test]
fn check_answers_that_are_not_understood_are_refused() {
    for (question, answer, says) in [
        (QuestionId::Starter, "everybody who wants to", "not understood"),
        (QuestionId::Accountable, "the approver", "meaning of its own"),
        (QuestionId::HandsIn, "papers", "without saying what it is"),
        (QuestionId::HandsIn, "the amount (mony)", "no type"),
        (QuestionId::Decides, "whoever is around, soon", "is soon"),
        (QuestionId::Decides, "the agent", "agent"),
        (QuestionId::Limit, "machines go to the director", "not understood"),
        (QuestionId::Limit, "if the colour is over 5 EUR, the finance director", "colour"),
        (QuestionId::Systems, "create an order in the purchasing system", "say who signs"),
        (QuestionId::Systems, "we enter it somewhere", "not understood"),
        (QuestionId::Steps, "The agent approves the offer", "asked separately"),
        (QuestionId::Steps, "somebody should look at it", "not understood"),
        (QuestionId::Done, "", "must be answered"),
        (QuestionId::Tell, "Your {colour} is ready", "colour"),
    ] {
        let mut answers: BTreeMap<QuestionId, String> =
            PURCHASE.iter().map(|(id, answer)| (*id, String::from(*answer))).collect();
        answers.insert(question, String::from(answer));
        let found = interview(&Answers(answers));
        let why = found.refused.iter().find(|refused| refused.question == question);
        let why = why.unwrap_or_else(|| panic!("`{answer}` was taken:\n{}", found.text));
        assert!(why.message.contains(says), "{answer}: {}", why.message);
        assert!(why.hint.contains("write it like this"));
    }
}

#[test]
fn check_a_signature_needs_somebody_who_decides() {
    let mut answers: BTreeMap<QuestionId, String> =
        PURCHASE.iter().map(|(id, answer)| (*id, String::from(*answer))).collect();
    answers.insert(QuestionId::Decides, String::from("nobody"));
    let found = interview(&Answers(answers));
    assert!(found.refused.iter().any(|refused| refused.question == QuestionId::Systems), "{:?}", found.refused);
    super::right(&found.text);
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.85, prop::sample::select(of).prop_map(String::from))
}

fn one(of: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::sample::select(of).prop_map(|answer| Some(String::from(answer)))
}

fn answers() -> impl Strategy<Value = Answers> {
    let people = (
        one(&["Travel request", "R&D budget", "If it rains", "IT access", "Reklamation"]),
        one(&["employee", "a buyer", "the IT user", "\"case and claim handler\"", "team member"]),
        one(&[
            "the reason (text), the sum (money), the start (date) and the contact e-mail (e-mail)",
            "the reason (text, optional), the sum (money), the kind (big, little or other), the contact e-mail (e-mail)",
        ]),
        one(&["head of finance", "The desk lead", "CFO"]),
        some(&["guest: the contact e-mail", "nobody", "the supplier: the contact e-mail"]),
        some(&["the legal name (text)", "the paper (document) and the note (text, optional), within 2 weeks", ""]),
        some(&[
            "The front desk reviews the request",
            "- the front desk does \"call them\" within 1 day\n- Wait 3 days\nthe front desk writes the reason.",
            "",
        ]),
        some(&["the head of sales", "the front desk decides within two working days", "nobody", "CFO within 1 hour"]),
    );
    let rest = (
        some(&["If the sum is over 500 EUR, the board desk", "the sum is missing, CFO within 3 days", "no"]),
        some(&["after 4 working days, the vice president", "the vice president after 2 weeks", ""]),
        some(&["rejected", "close as turned down", ""]),
        some(&[
            "book it in the \"SAP\", signed by nobody\ncreate an entry in the ledger system; nobody signs this call",
            "",
        ]),
        some(&["Done, {contact e-mail}: \"as agreed\".", "Fine", ""]),
        one(&["done", "close the case as finished"]),
        some(&["at any time", "no"]),
        (
            some(&["the approval", "at the front desk", ""]),
            some(&["the front desk may see the sum and the reason", ""]),
        ),
    );
    (people, rest).prop_map(|(a, b)| {
        let given = [
            (QuestionId::Name, a.0),
            (QuestionId::Starter, a.1),
            (QuestionId::HandsIn, a.2),
            (QuestionId::Accountable, a.3),
            (QuestionId::Outside, a.4),
            (QuestionId::OutsideHandsIn, a.5),
            (QuestionId::Steps, a.6),
            (QuestionId::Decides, a.7),
            (QuestionId::Limit, b.0),
            (QuestionId::Escalation, b.1),
            (QuestionId::Rejected, b.2),
            (QuestionId::Systems, b.3),
            (QuestionId::Tell, b.4),
            (QuestionId::Done, b.5),
            (QuestionId::Withdraw, b.6),
            (QuestionId::Stalls, b.7.0),
            (QuestionId::MaySee, b.7.1),
        ];
        Answers(given.into_iter().filter_map(|(id, answer)| answer.map(|answer| (id, answer))).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn check_any_answers_give_a_text_that_compiles(answers in answers()) {
        let found = interview(&answers);
        prop_assert!(found.refused.is_empty(), "{:?}\n{}", found.refused, found.text);
        let compiled = compile(&found.text, &Attachments::default());
        prop_assert!(compiled.definition.is_some(), "{}\n{}", found.text, super::listed(&compiled.diagnostics));
    }

    #[test]
    fn check_whatever_is_answered_the_text_compiles(noise in "\\PC{0,60}", at in 0..17_usize) {
        let (id, _) = PURCHASE[at % PURCHASE.len()];
        let mut answers: BTreeMap<QuestionId, String> =
            PURCHASE.iter().map(|(id, answer)| (*id, String::from(*answer))).collect();
        answers.insert(id, noise);
        let found = interview(&Answers(answers));
        let compiled = compile(&found.text, &Attachments::default());
        let missing = found.refused.iter().any(|refused| refused.question == id);
        let required = found.open.iter().any(|question| !question.optional);
        prop_assert!(compiled.definition.is_some() || (missing && required), "{}\n{}", found.text, super::listed(&compiled.diagnostics));
    }
}

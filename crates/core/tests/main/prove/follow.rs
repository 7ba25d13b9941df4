//! The proof knows that checks are made again and that letters are filled in again.

use countersign_core::definition::{
    AgentWork, Branch, CheckStep, FieldKind, FieldSource, HumanStep, HumanVerb, Signer, Step, Who,
};
use countersign_core::guard::Guard;

use super::{refused, replay::replay};
use crate::{
    samples::{agent, end, field, human, message, over, role, system, words},
    shapes::request,
};

fn asks_again() -> Step {
    Step::Human(HumanStep { fields: words(&["amount"]), ..human(HumanVerb::Provide, Who::Requester) })
}

fn when_a_check_failed(steps: Vec<Step>) -> Step {
    Step::Choice { branches: vec![Branch { guard: Guard::CheckFailed, steps }], otherwise: Vec::new() }
}

#[test]
fn a_check_that_held_may_fail_when_its_value_is_asked_for_again() {
    let small = Guard::Not { of: Box::new(over("amount", "500")) };
    let pay = || Step::System(system("bank", &["amount"], Signer::Approver));
    let process = |again: Vec<Step>| {
        let mut steps = vec![
            Step::Check(CheckStep { guard: small.clone(), words: String::from("the amount is small") }),
            when_a_check_failed(vec![end("refused")]),
        ];
        steps.extend(again);
        steps.push(when_a_check_failed(vec![pay(), end("paid")]));
        steps.extend([Step::Human(human(HumanVerb::Approve, role("finance lead"))), pay(), end("paid")]);
        request(steps)
    };
    let ways = refused(&process(vec![asks_again()]));
    let certain = ways.iter().find(|one| one.certain).unwrap();
    replay(&process(vec![asks_again()]), certain).unwrap();
    assert_eq!(refused(&process(Vec::new())), [], "without the form the check says the same both times");
}

#[test]
fn a_letter_is_written_where_a_value_in_it_is_asked_for_again() {
    let draft =
        || AgentWork::Draft { template: String::from("l"), field: String::from("letter"), fields: words(&["amount"]) };
    let process = |again: Vec<Step>| {
        let mut steps = vec![agent(draft()), Step::Human(human(HumanVerb::Approve, role("finance lead")))];
        steps.extend(again);
        steps.extend([message(Who::Requester, "{letter}", Signer::Approver), end("sent")]);
        let mut letter = request(steps);
        letter.fields.push(field("letter", FieldKind::Text, FieldSource::Template { from: words(&["amount"]) }));
        letter.templates.insert(String::from("l"), String::from("{amount}"));
        letter
    };
    assert_eq!(refused(&process(Vec::new())), []);
    let ways = refused(&process(vec![asks_again()]));
    replay(&process(vec![asks_again()]), ways.first().unwrap()).unwrap();
}

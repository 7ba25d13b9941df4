//! What rests on a value follows it when it changes.

use countersign_core::{
    case::{CheckResult, Void},
    definition::{AgentWork, Branch, Definition, FieldKind, FieldSource, HumanStep, HumanVerb, Signer, Step, Who},
    event::ENGINE_REVISION,
    guard::{Answer, Guard},
    value::Value,
};

use crate::{
    claims::ASKED,
    desk::{Desk, ends},
    samples::{agent, claim, end, field, human, message, role, words},
    shapes::{OPENED, request},
};

/// What a check says, it says of the values that the case has.
pub fn checks_are_up_to_date(desk: &Desk) {
    for (path, finding) in desk.case.findings.iter().filter(|_| desk.case.is_open()) {
        if let Some(Step::Check(check)) = desk.definition.step(path) {
            let expected = match check.guard.evaluate(&desk.case, finding.at, false) {
                Answer::Yes => CheckResult::Passed,
                Answer::No => CheckResult::Failed,
                Answer::CannotTell { why } => CheckResult::CannotTell { why },
            };
            assert_eq!(finding.result, expected, "the check at {path}");
        }
    }
}

/// The findings of a case: their words, and what came out.
fn found(desk: &Desk) -> Vec<String> {
    let told = |result: &CheckResult| match result {
        CheckResult::Passed => String::from("agrees"),
        CheckResult::Failed => String::from("differs"),
        CheckResult::CannotTell { why } => why.clone(),
    };
    desk.case.findings.values().map(|finding| format!("{}: {}", finding.words, told(&finding.result))).collect()
}

#[track_caller]
fn check(definition: Definition, script: &str, expected: &[&str]) -> Desk {
    let desk = Desk::new(definition).after(script);
    assert_eq!(found(&desk), expected, "{script}");
    desk
}

#[test]
fn a_check_is_made_again_when_its_value_changes() {
    let after = |script: &str| format!("{ASKED}\n{script}");
    let (agrees, recent) = ("the amount is the total: agrees", "the day is recent: agrees");
    check(claim(), ASKED, &[agrees, recent]);
    let edited = check(claim(), &after("1 ana edits amount=499.00EUR"), &["the amount is the total: differs", recent]);
    assert!(edited.case.summary.is_empty(), "what an agent wrote about the case as it was has gone");
    check(claim(), &after("1 ana edits amount=499.00EUR\n2 ana edits amount=412.50EUR"), &[agrees, recent]);
    check(claim(), &after("1 ana edits iban=GB82WEST12345698765432"), &[agrees, recent]);
    check(claim(), &after("1 ana edits day=2025-02-27"), &[agrees, "the day is recent: differs"]);
    // An approver who changes what they approve.
    check(claim(), &after("1 mia approves 1 amount=499.00EUR"), &["the amount is the total: differs", recent]);
}

#[test]
fn programs_before_left_a_check_as_it_was_made() {
    let mut desk = Desk::new(claim());
    desk.engine = ENGINE_REVISION - 1;
    let desk = desk.after(&format!("{ASKED}\n1 ana edits amount=499.00EUR"));
    assert_eq!(found(&desk), ["the amount is the total: agrees", "the day is recent: agrees"]);
    assert_eq!(desk.case.summary, ["A_meal."]);
}

#[test]
fn whoever_signs_is_not_held_to_a_page_from_before() {
    let log = Desk::new(claim()).after(ASKED).run("1 mia looks 1\n1 ana edits amount=499.00EUR\n2 mia approves 1");
    assert!(log.ends_with("look at what changed and decide again\n"), "{log}");
}

#[test]
fn a_choice_goes_by_what_a_check_finds_now() {
    // The amount is asked for once more between the check and the choice.
    let mut claim = claim();
    let again = HumanStep { fields: words(&["amount"]), ..human(HumanVerb::Provide, Who::Requester) };
    claim.stages[0].steps.insert(3, Step::Human(again));
    let stop = Branch { guard: Guard::CheckFailed, steps: vec![end("refused")] };
    claim.stages[0].steps[4] = Step::Choice { branches: vec![stop], otherwise: Vec::new() };
    let ends_with = |engine: u16, expected: &str| {
        let mut desk = Desk::new(claim.clone());
        desk.engine = engine;
        desk.play(
            "0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
            0 sys reads receipt.total=412.50EUR
            1 ana completes 1 amount=499.00EUR",
        );
        assert!(desk.log.trim_end().ends_with(expected), "{}", desk.log);
    };
    ends_with(ENGINE_REVISION, "= closed as refused");
    ends_with(3, "= an agent (next look 1h)");
}

/// A request whose criterion is judged before somebody signs.
fn judged(subject: &[&str]) -> Definition {
    let criterion = String::from("it is fine");
    let judge = AgentWork::Judge { criterion, guideline: None, subject: words(subject) };
    request(vec![agent(judge), Step::Human(human(HumanVerb::Approve, role("finance lead"))), end("done")])
}

#[test]
fn a_judgement_of_earlier_values_does_not_count_as_agreeing() {
    let after = |said: &str, then: &str| format!("{OPENED}\n0 sys judges {said} certified:500\n{then}");
    let before = "it is fine: it was looked at before the customer was changed";
    check(judged(&["customer"]), &after("yes", ""), &["it is fine: agrees"]);
    check(judged(&["customer"]), &after("yes", "1 ana edits customer=Bolt"), &[before]);
    check(judged(&[]), &after("yes", "1 ana edits customer=Bolt"), &[before]);
    check(judged(&["customer"]), &after("yes", "1 ana edits amount=11EUR"), &["it is fine: agrees"]);
    // What did not hold is not undone by an edit.
    check(judged(&["customer"]), &after("no", "1 ana edits customer=Bolt"), &["it is fine: differs"]);
}

#[test]
fn a_word_chosen_for_earlier_values_is_doubtful_until_somebody_says_it() {
    let sort = AgentWork::Classify { field: String::from("category"), subject: words(&["customer"]) };
    let approve = || Step::Human(human(HumanVerb::Approve, role("finance lead")));
    let sorted = || request(vec![agent(sort.clone()), approve(), end("done")]);
    let edited = format!("{OPENED}\n0 sys labels travel\n1 ana edits customer=Bolt");
    check(
        sorted(),
        &edited,
        &["the category still fits: the category was chosen by an agent before the customer was changed"],
    );
    check(sorted(), &format!("{edited}\n2 con edits category=meals"), &[]);
}

/// A letter with a salary is approved and sent.
fn letter(steps: Vec<Step>) -> Definition {
    let draft = AgentWork::Draft {
        template: String::from("letter"),
        field: String::from("letter"),
        fields: words(&["customer", "amount"]),
    };
    let about = AgentWork::Draft {
        template: String::from("envelope"),
        field: String::from("envelope"),
        fields: words(&["letter"]),
    };
    let mut all = vec![agent(draft), agent(about), Step::Human(human(HumanVerb::Approve, role("finance lead")))];
    all.extend(steps);
    all.push(message(Who::Requester, "{envelope}", Signer::Approver));
    all.push(end("sent"));
    let mut letter = request(all);
    let from = |names: &[&str]| FieldSource::Template { from: words(names) };
    letter.fields.push(field("letter", FieldKind::Text, from(&["customer", "amount"])));
    letter.fields.push(field("envelope", FieldKind::Text, from(&["letter", "customer", "amount"])));
    letter.templates.insert(String::from("letter"), String::from("{customer} {customer} gets {amount}"));
    letter.templates.insert(String::from("envelope"), String::from("To: {letter}"));
    letter
}

fn says(desk: &Desk, name: &str) -> Option<String> {
    desk.case.value(name).map(Value::plain)
}

#[test]
fn a_letter_is_filled_in_again_also_by_way_of_another_one() {
    let desk = Desk::new(letter(Vec::new())).after(&format!("{OPENED}\n1 ana edits amount=99EUR"));
    assert_eq!(says(&desk, "letter").unwrap(), "Acme Acme gets 99 EUR");
    assert_eq!(says(&desk, "envelope").unwrap(), "To: Acme Acme gets 99 EUR");
    let log = desk.run("2 leo approves 1");
    assert!(log.contains("tell ana: To: Acme Acme gets 99 EUR") && log.ends_with("= closed as sent\n"), "{log}");

    let mut before = Desk::new(letter(Vec::new()));
    before.engine = 3;
    let before = before.after(&format!("{OPENED}\n1 ana edits amount=99EUR"));
    assert_eq!(says(&before, "letter").unwrap(), "Acme Acme gets 10 EUR", "as programs before decided it");
}

#[test]
fn whoever_changes_a_value_while_signing_signs_the_letter_that_came_of_it() {
    let mut desk = Desk::new(letter(Vec::new())).after(&format!("{OPENED}\n1 leo approves 1 amount=99EUR"));
    // The letter that was shown is not the one that would leave.
    assert!(matches!(&desk.case.sign_offs[0].voided, Some(Void::FieldChanged { .. })));
    assert_eq!(says(&desk, "envelope").unwrap(), "To: Acme Acme gets 99 EUR");
    desk.play("2 leo approves 2");
    assert_eq!(ends(&desk.case), "1 approved, 2 approved");
    assert!(desk.log.contains("tell ana: To: Acme Acme gets 99 EUR"), "{}", desk.log);
}

#[test]
fn a_sign_off_over_a_letter_ends_with_the_letter() {
    let wait = Step::HandOver { who: role("finance desk"), due: countersign_core::time::Span::Days(1) };
    let desk = Desk::new(letter(vec![wait])).after(&format!("{OPENED}\n1 leo approves 1\n2 ana edits amount=99EUR"));
    let log = desk.run("3 fin completes 2\n4 leo approves 3");
    assert!(log.contains("= task 3 approve again"), "{log}");
    assert!(log.contains("tell ana: To: Acme Acme gets 99 EUR"), "{log}");
}

#[test]
fn a_letter_that_cannot_be_filled_in_again_does_not_stay() {
    let long = "x".repeat(10_001);
    let edited = format!("{OPENED}\n1 ana edits customer={long}");
    let desk = Desk::new(letter(Vec::new())).after(&edited);
    assert_eq!([says(&desk, "letter"), says(&desk, "envelope")], [None, None]);
    let told = found(&desk);
    assert!(told[0].contains("the letter could be filled in again: the template “letter” comes to 20"), "{told:?}");
    assert!(told[1].contains("the template “envelope” needs the letter, which is not known"), "{told:?}");
    // As soon as it can be, it is.
    let desk = Desk::new(letter(Vec::new())).after(&format!("{edited}\n2 ana edits customer=Bolt"));
    assert_eq!(says(&desk, "envelope").unwrap(), "To: Bolt Bolt gets 10 EUR");
    assert_eq!(found(&desk), [""; 0]);
}

#[test]
fn a_letter_in_somebodys_own_words_stays_and_whoever_signs_is_told() {
    let by_hand = format!("{OPENED}\n1 con edits letter=By_hand");
    let desk = check(letter(Vec::new()), &by_hand, &[]);
    assert_eq!(says(&desk, "envelope").unwrap(), "To: By_hand");
    let doubt = "the letter still fits: the letter was written by hand before the amount was changed";
    let desk = check(letter(Vec::new()), &format!("{by_hand}\n2 ana edits amount=99EUR"), &[doubt]);
    assert_eq!(says(&desk, "letter").unwrap(), "By_hand");
    check(letter(Vec::new()), &format!("{by_hand}\n2 ana edits amount=99EUR\n3 con edits letter=99"), &[]);
    check(letter(Vec::new()), &format!("{OPENED}\n1 con edits letter=99 amount=99EUR"), &[]);
}

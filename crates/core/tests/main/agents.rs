//! What becomes of an agent's answers.

use insta::assert_snapshot;

use crate::{
    desk::{Desk, check, like},
    samples::{agent, claim, end, over, words},
    shapes::{OPENED, owned, request},
};
use countersign_core::{
    case::CheckResult,
    definition::{AgentWork, Branch, Step},
    event::ENGINE_REVISION,
    guard::{Guard, Relation, Term},
    value::Value,
};

const OPEN: &str = "
    0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1";

/// A claim whose category chooses the way.
fn routed() -> countersign_core::definition::Definition {
    let mut claim = claim();
    let category = Term::Field { field: String::from("category") };
    let travel = Term::Literal { value: Value::choice("travel") };
    let guard = Guard::All {
        of: vec![
            Guard::Compare { left: category, relation: Relation::Same, right: travel },
            Guard::Not { of: Box::new(over("amount", "9000")) },
        ],
    };
    let branches = vec![Branch { guard, steps: vec![end("sent to travel")] }];
    claim.stages[0].steps.push(Step::Choice { branches, otherwise: Vec::new() });
    claim
}

#[test]
fn an_agent_that_fails_stops_nothing() {
    assert_snapshot!(Desk::new(claim()).after(OPEN).run("
        0 sys unanswered no model
        0 sys unanswered no model
        1 fin completes 1 category=meals
        1 sys unanswered no model
        2 mia approves 2"), @r"
    > 0 sys unanswered no model
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 0h)
    > 0 sys unanswered no model
      notify fee fin of 1: Opened
      = task 1 confirm category: fee fin (next look 24h)
    > 1 fin completes 1 category=meals
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 1h)
    > 1 sys unanswered no model
      notify mia of 2: Opened
      = task 2 approve: mia (next look 25h)
    > 2 mia approves 2
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 3h)
    ");
}

#[test]
fn an_open_word_is_asked_for_unless_it_is_known_or_suggested() {
    let stands = |engine: u16, prelude: &str, answer: &str| {
        let mut desk = Desk::new(claim());
        desk.engine = engine;
        let log = desk.after(&format!("{OPEN}\n{prelude}\n0 sys reads receipt.total=412.50EUR")).run(answer);
        String::from(log.lines().last().unwrap_or_default().trim())
    };
    let edits = "0 con edits category=meals";
    let (asked, goes_on) = ("= task 1 confirm category: fee fin (next look 24h)", "= an agent (next look 0h)");
    for answer in ["0 sys unanswered no model", "0 sys labels nothing", "0 sys labels travel denied:no"] {
        assert_eq!(stands(ENGINE_REVISION, "", answer), asked, "{answer}");
        assert_eq!(stands(ENGINE_REVISION, edits, answer), goes_on, "{answer}");
        // As programs before decided it.
        assert_eq!(stands(3, "", answer), goes_on, "{answer}");
    }
    assert_eq!(stands(ENGINE_REVISION, "", "0 sys labels travel"), goes_on, "whoever approves finds it filled in");
}

#[test]
fn programs_before_went_on_without_a_word() {
    let mut desk = Desk::new(claim());
    desk.engine = 3;
    assert_snapshot!(desk.after(OPEN).run("
        0 sys unanswered no model
        0 sys unanswered no model
        0 sys unanswered no model
        1 mia approves 1"), @r"
    > 0 sys unanswered no model
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 0h)
    > 0 sys unanswered no model
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 0h)
    > 0 sys unanswered no model
      notify mia of 1: Opened
      = task 1 approve: mia (next look 24h)
    > 1 mia approves 1
      call bank with amount=412.50 EUR iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    ");
}

#[test]
fn a_lost_question_is_put_again() {
    assert_snapshot!(Desk::new(claim()).after(OPEN).run("
        0.2 sys ticks
        0.25 sys ticks
        0.25 sys ticks"), @r"
    > 0.2 sys ticks
      = an agent (next look 0h)
    > 0.25 sys ticks
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0.25 sys ticks
      = an agent (next look 0h)
    ");
}

#[test]
fn an_answer_of_the_wrong_kind_changes_nothing() {
    let desk = Desk::new(claim()).after(OPEN).after(
        "
        0 sys labels meals
        0 sys sums x
        0 fin completes 1 category=meals
        0 sys reads receipt.total=412.50EUR",
    );
    assert!(!desk.case.fields.contains_key("receipt.total"));
    assert!(desk.case.suggestions.is_empty() && desk.case.summary.is_empty());
}

#[test]
fn an_answer_fills_only_what_was_asked_for() {
    let desk =
        Desk::new(claim()).after(OPEN).after("0 sys reads amount=1.00EUR category=travel receipt.total=5.00EUR<r0");
    assert_eq!(desk.case.value("amount").unwrap().plain(), "412.50 EUR");
    assert!(!desk.case.fields.contains_key("category") && !desk.case.fields.contains_key("receipt.total"));
}

#[test]
fn evidence_and_policies_hold_back_what_was_read() {
    for gate in ["unproven:receipt.total", "denied:no"] {
        let desk = Desk::new(claim()).after(OPEN).after(&format!("0 sys reads receipt.total=412.50EUR {gate}"));
        assert!(!desk.case.fields.contains_key("receipt.total"), "{gate}");
    }
}

#[test]
fn a_judgement_names_no_example_that_the_criterion_does_not_have() {
    let judge = AgentWork::Judge { criterion: String::from("it is fine"), guideline: None, subject: Vec::new() };
    let mut asked = request(vec![agent(judge), end("done")]);
    let examples = vec![like(1).example, like(2).example];
    asked.criteria = [(String::from("it is fine"), examples)].into();
    let check = |definition: &countersign_core::definition::Definition, said: &str, expected: &[u32], result: &str| {
        let desk = Desk::new(definition.clone()).after(&format!("{OPENED}\n0 sys judges {said}"));
        let found = desk.case.findings.values().next().unwrap();
        let named: Vec<u32> = found.examples.iter().map(|cited| cited.number).collect();
        let told = match &found.result {
            CheckResult::CannotTell { .. } => format!("{:?}", desk.case.tasks[0].ask),
            other => format!("{other:?}"),
        };
        assert!(named == expected && told.contains(result), "{said}: {named:?}, {told}");
    };
    check(&asked, "yes 2 1", &[2, 1], "NotCertified");
    check(&asked, "no 2 certified:500", &[2], "Failed");
    check(&asked, "no 2 certified:500 audit:yes", &[2], "Audit");
    check(&asked, "yes 2 denied:no", &[], "Denied");
    check(&asked, "no 3 certified:500", &[], "the criterion has no example 3");
    // An example that has been changed since is not the one that was named.
    asked.criteria.get_mut("it is fine").unwrap()[1].because = String::from("it is new");
    check(&asked, "no 1 2 certified:500", &[], "the criterion has no example 2");
}

#[test]
fn a_late_or_doubled_answer_is_refused() {
    assert_snapshot!(Desk::new(claim()).after(OPEN).run("
        0 sys reads receipt.total=412.50EUR
        0 sys repeats
        0 sys labels meals
        0 sys repeats
        0 sys sums x
        0 sys sums y"), @r"
    > 0 sys reads receipt.total=412.50EUR
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 0h)
    > 0 sys repeats
      refused: nothing waits for `c/0.0/1/ask` any more
    > 0 sys labels meals
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 0h)
    > 0 sys repeats
      refused: nothing waits for `c/0.4/1/ask` any more
    > 0 sys sums x
      notify mia of 1: Opened
      = task 1 approve: mia (next look 24h)
    > 0 sys sums y
      refused: nothing waits for `c/0.0/1/ask` any more
    ");
}

#[test]
fn a_word_that_chooses_a_path_is_confirmed() {
    let read = format!("{OPEN}\n0 sys reads receipt.total=412.50EUR");
    assert_snapshot!(Desk::new(routed()).after(&read).run("
        0 sys labels travel
        1 ana completes 1 category=travel
        1 fin completes 1
        1 fin completes 1 category=boats
        1 fin completes 1 category=travel"), @r"
    > 0 sys labels travel
      notify fee fin of 1: Opened
      = task 1 confirm category: fee fin (next look 24h)
    > 1 ana completes 1 category=travel
      refused: this is for the finance desk to decide
    > 1 fin completes 1
      refused: choose one of the words
    > 1 fin completes 1 category=boats
      refused: the category must be one of travel, meals, other; it is `boats`
    > 1 fin completes 1 category=travel
      = closed as sent to travel
    ");
    for unsure in [
        "nothing certified:1",
        "boats certified:1",
        "travel certified:950",
        "travel denied:no certified:1",
        "travel looked:odd certified:1",
        "travel audit: certified:1",
    ] {
        let desk = Desk::new(routed()).after(&read).after(&format!("0 sys labels {unsure}"));
        assert_eq!(desk.case.open_tasks().count(), 1, "{unsure} is confirmed by a person");
    }
    assert_snapshot!(Desk::new(routed()).after(&read).run("0 sys labels travel certified:900"), @r"
    > 0 sys labels travel certified:900
      = closed as sent to travel
    ");
}

#[test]
fn a_person_has_the_last_word() {
    assert_snapshot!(check(routed(), &format!("{OPEN}
        0 con edits category=meals
        0 sys reads receipt.total=412.50EUR
        0 sys labels travel certified:1")), @r"
    > 0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 con edits category=meals
      = an agent (next look 0h)
    > 0 sys reads receipt.total=412.50EUR
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 0h)
    > 0 sys labels travel certified:1
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 0h)
    ");
}

#[test]
fn an_agents_word_that_says_whose_work_it_is_is_confirmed() {
    let sorts = AgentWork::Classify { field: String::from("category"), subject: words(&["customer"]) };
    let asked = |engine| {
        let mut desk = Desk::new(owned(vec![agent(sorts.clone())]));
        desk.engine = engine;
        desk.run("0 ana opens amount=10EUR customer=Acme\n0 sys labels travel")
    };
    let last_is = |log: String, last: &str| assert_eq!(log.lines().last().unwrap_or_default().trim(), last, "{log}");
    last_is(asked(ENGINE_REVISION), "= task 1 confirm category: fee fin (next look 24h)");
    // As programs before decided it: whoever is accountable got it, as long as nobody had approved the word.
    last_is(asked(2), "= task 1 do: con (next look 24h)");
}

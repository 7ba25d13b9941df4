//! The rules of a process, V01 to V30: each with a text that breaks it and one that keeps it, or with the
//! reason why no text can break it.

use std::collections::BTreeMap;

use countersign_core::people::{Absence, Directory, Person};

use super::super::{Attachments, Longest, check_people, check_people_in, compile};

pub(super) const HEAD: &str = "# Claim\n\nAn employee can start this process.\nThe finance lead is accountable for this process.\n\
                    The roles are finance desk and director.\n\nThe claim form asks for the amount (money), the day \
                    (date), the topic (billing or technical), the reason (text), the e-mail (e-mail) and the receipt \
                    (document).\nThe supplier is outside; their address is the e-mail.\n\n";

/// How a rule is kept.
enum Rule {
    /// These bullets break it with this code over these words, and those keep it.
    Bullets(&'static str, &'static str, &'static str, &'static str),
    /// The same with lines about the whole process in front of the stage.
    Lines(&'static str, &'static str, &'static str, &'static str),
    /// It is not about a text alone: where it is kept, and what checks it.
    Elsewhere(&'static str),
}

use Rule::{Bullets, Elsewhere, Lines};

const APPROVE: &str = "- The director approves the claim.";
const TRACKS: &str = "- At the same time:\n  - Track A:\n    - Wait 2 days.\n  - Track B:\n    - Wait 3 days.";

/// Every rule by its number, each part of it with texts of its own.
const RULES: &[(usize, &str, Rule)] = &[
    (1, "one who starts", Lines("A buyer can start this process.", "E503", "buyer", "")),
    (
        1,
        "one opening",
        Bullets(
            "- Wait 2 days.\n- When an employee submits the claim form, wait 3 days.",
            "E509",
            "When an employee submits the claim form, wait 3 days.",
            "- When an employee submits the claim form, wait 3 days.\n- Wait 2 days.",
        ),
    ),
    (2, "reachable", Bullets("- Return to One.\n- Wait 3 days.", "E501", "Wait 3 days.", "- Wait 3 days.")),
    (
        3,
        "an end",
        Bullets(
            "- Return to One.",
            "E522",
            "Stage One:",
            "- If the topic is billing, return to One. Otherwise, wait 2 days.",
        ),
    ),
    (
        4,
        "returns go back",
        Lines("Stage Zero:\n- Return to One.\n", "E518", "Return to One.", "Stage Zero:\n- Wait 3 days.\n"),
    ),
    (
        5,
        "loops are bounded",
        Bullets(
            "- If the topic is billing, return to One at most 500 times.",
            "E509",
            "One",
            "- If the topic is billing, return to One at most 5 times, then hand over to the director.",
        ),
    ),
    (
        6,
        "tracks",
        Bullets("- At the same time:\n  - Track A:\n    - Wait 2 days.", "E509", "At the same time:", TRACKS),
    ),
    (
        6,
        "joins",
        Bullets(
            "- At the same time:\n  - Track A:\n    - Wait 2 days.\n  - Track B:\n    - Wait 3 days.\n- When 3 of these \
             are done, cancel the others.",
            "E509",
            "When 3 of these are done, cancel the others.",
            "- At the same time:\n  - Track A:\n    - Wait 2 days.\n  - Track B:\n    - Wait 3 days.\n- When any of these \
             is done, cancel the others.",
        ),
    ),
    (
        6,
        "losers",
        Bullets(
            "- At the same time:\n  - Track A:\n    - Wait 2 days.\n  - Track B:\n    - Close the case as gone.\n- When any \
             of these is done, let the others finish.",
            "E526",
            "Close the case as gone.",
            "- At the same time:\n  - Track A:\n    - Wait 2 days.\n  - Track B:\n    - Wait 3 days.\n- When any of these is \
             done, let the others finish.",
        ),
    ),
    (
        7,
        "exhaustive",
        Bullets(
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is under 5 EUR, wait 3 days.",
            "W208",
            "Otherwise, if the amount is under 5 EUR, wait 3 days.",
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is at most 5 EUR, wait 3 days.",
        ),
    ),
    (
        8,
        "order of branches",
        Bullets(
            "- If the topic is billing, wait 2 days. If the day is missing, wait 3 days.",
            "E303",
            "If the day is missing, wait 3 days.",
            "- If the topic is billing, wait 2 days. Otherwise, if the day is missing, wait 3 days.",
        ),
    ),
    (
        9,
        "not taken before",
        Bullets(
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is over 9 EUR, wait 3 days.",
            "E521",
            "Otherwise, if the amount is over 9 EUR, wait 3 days.",
            "- If the amount is over 9 EUR, wait 2 days. Otherwise, if the amount is over 5 EUR, wait 3 days.",
        ),
    ),
    (
        9,
        "satisfiable",
        Bullets(
            "- If the amount is over 9 EUR and the amount is under 5 EUR, wait 2 days.",
            "E521",
            "If the amount is over 9 EUR and the amount is under 5 EUR, wait 2 days.",
            "- If the amount is over 5 EUR and the amount is under 9 EUR, wait 2 days.",
        ),
    ),
    (
        10,
        "agents have a person behind them",
        Bullets(
            "- Classify the claim by the reason as billing or technical. If the agent is not sure, the agent decides.",
            "E510",
            "agent",
            "- Classify the claim by the reason as billing or technical. If the agent is not sure, the director decides.",
        ),
    ),
    (
        11,
        "escalation",
        Bullets(
            "- The director approves the claim. If the approver does not decide within 4 working days, escalate to the \
             director.",
            "E524",
            "If the approver does not decide within 4 working days, escalate to the director.",
            "- The director approves the claim. If the approver does not decide within 4 working days, escalate to the \
             finance lead.",
        ),
    ),
    (12, "roles have holders", Elsewhere("it is about people: `check_roles_need_people` below, W206 and W207")),
    (
        13,
        "a way to outside people",
        Lines(
            "The carrier is outside; their address is the reason.",
            "E507",
            "the reason",
            "The carrier is outside; their address is the e-mail.",
        ),
    ),
    (14, "agents sign nothing", Bullets("- The agent approves the claim.", "E510", "agent", APPROVE)),
    (
        15,
        "four eyes",
        Bullets("- The employee approves the claim.", "E517", "The employee approves the claim.", APPROVE),
    ),
    (
        15,
        "who must not approve",
        Lines(
            "The approver must never be the director.",
            "E517",
            "The director approves the claim.",
            "The approver must never be the finance desk.",
        ),
    ),
    (
        16,
        "typed",
        Bullets(
            "- If the day is over 5 EUR, wait 2 days.",
            "E507",
            "the day",
            "- If the day is after 2026-01-01, wait 2 days.",
        ),
    ),
    (
        16,
        "filled on every path",
        Lines(
            "The other form asks for the limit (money).\n\nStage Zero:\n- If the topic is billing, the employee fills in \
             the other form.\n- If the limit is over 5 EUR, wait 2 days.\n",
            "E508",
            "If the limit is over 5 EUR, wait 2 days.",
            "The other form asks for the limit (money).\n\nStage Zero:\n- The employee fills in the other form.\n- If the \
             limit is over 5 EUR, wait 2 days.\n",
        ),
    ),
    (
        17,
        "documents are known",
        Bullets(
            "- Read the total (money) from the letter.",
            "E202",
            "letter",
            "- Read the total (money) from the receipt.",
        ),
    ),
    (
        17,
        "documents are there",
        Lines(
            "The other form asks for the letter (document).\n\nStage Zero:\n- Read the total (money) from the letter.\n",
            "E508",
            "Read the total (money) from the letter.",
            "The other form asks for the letter (document).\n\nStage Zero:\n- The employee fills in the other form.\n- \
             Read the total (money) from the letter.\n",
        ),
    ),
    (
        18,
        "systems fail",
        Bullets(
            "- Create a payment in the bank system, signed by nobody. If the ledger system fails, hand over to the \
             director.",
            "E506",
            "If the ledger system fails, hand over to the director.",
            "- Create a payment in the bank system, signed by nobody. If the bank system fails, hand over to the \
             director.",
        ),
    ),
    (
        19,
        "outcomes are handled",
        Bullets(
            "- The director approves the claim. If the approver rejects the claim, tell the employee the reason.",
            "E519",
            "The director approves the claim.",
            "- The director approves the claim. If the approver rejects the claim, close the case as rejected.",
        ),
    ),
    (
        20,
        "times have a calendar",
        Bullets(
            "- The director approves the claim within 2 months.",
            "E110",
            "2 months",
            "- The director approves the claim within 20 business days.",
        ),
    ),
    (
        21,
        "escalation after the time",
        Bullets(
            "- The director approves the claim within 3 working days. If the approver does not decide within 2 working \
             days, escalate to the finance lead.",
            "E523",
            "If the approver does not decide within 2 working days, escalate to the finance lead.",
            "- The director approves the claim within 3 working days. If the approver does not decide within 4 working \
             days, escalate to the finance lead.",
        ),
    ),
    (
        21,
        "reminder before the time",
        Bullets(
            "- The director approves the claim within 2 working days. Remind the approver every 3 working days.",
            "W205",
            "Remind the approver every 3 working days.",
            "- The director approves the claim within 4 working days. Remind the approver every 3 working days.",
        ),
    ),
    (
        22,
        "data for providers",
        Elsewhere("a text names no provider: what a model is sent is decided where it is called"),
    ),
    (
        23,
        "messages tell what may be seen",
        Lines(
            "Only the director and the approver may see the amount.\n\nStage Zero:\n- Tell the employee that \
             \"{amount}\".\n",
            "E525",
            "Tell the employee that \"{amount}\".",
            "Only the director and the employee may see the amount.\n\nStage Zero:\n- Tell the employee that \
             \"{amount}\".\n",
        ),
    ),
    (24, "names that look alike", Lines("The directer is a role.", "W202", "directer", "The treasurer is a role.")),
    (
        24,
        "names twice",
        Lines(
            "The claim form asks for the amount (money).",
            "E504",
            "amount",
            "The claim form asks for the limit (money).",
        ),
    ),
    (25, "open questions", Lines("Question: who pays?", "E602", "Question: who pays?", "Note: nobody pays.")),
    (
        26,
        "no form unused",
        Lines(
            "The other form asks for the limit (money).",
            "W203",
            "other form",
            "The other form asks for the limit (money).\n\nStage Zero:\n- The employee fills in the other form.\n- \
             The director reviews the claim.\n",
        ),
    ),
    (
        26,
        "no role unused",
        Lines(
            "The treasurer is a role.",
            "W201",
            "treasurer",
            "The treasurer is a role.\nOnly the treasurer may see cases of this process.",
        ),
    ),
    (27, "examples", Elsewhere("it is about the examples beside a text: `check_few_examples_are_told` below, W204")),
    (28, "how long it takes", Elsewhere("it is told and refuses nothing: `check_the_longest_way_is_told` below")),
    (29, "running cases", Elsewhere("it is about cases: `migrate` in the core tells which of them fit a new version")),
    (30, "what it costs", Elsewhere("it is about prices, which the configuration knows and a text does not")),
];

fn found(text: &str, code: &str, words: &str) -> Option<String> {
    let compiled = compile(text, &Attachments::default());
    let here = compiled.diagnostics.iter().find(|one| one.code == code && &text[one.start..one.end] == words);
    here.map(|one| one.message.clone())
}

#[test]
fn check_every_rule_has_a_text_that_breaks_it_and_one_that_keeps_it() {
    for number in 1..=30 {
        assert!(RULES.iter().any(|(rule, ..)| *rule == number), "V{number:02} has no row");
    }
    for (number, name, rule) in RULES {
        let name = format!("V{number:02} {name}");
        let bullets = |bullets: &str| {
            let end = if bullets == "- Return to One." { "" } else { "- Close the case as done.\n" };
            format!("{HEAD}Stage One:\n{bullets}\n{end}")
        };
        let lines = |lines: &str| format!("{HEAD}{lines}\n\nStage One:\n{APPROVE}\n- Close the case as done.\n");
        let (bad, code, words, good) = match rule {
            Bullets(bad, code, words, good) => (bullets(bad), code, words, bullets(good)),
            Lines(bad, code, words, good) => (lines(bad), code, words, lines(good)),
            Elsewhere(why) => {
                assert!(!why.is_empty());
                continue;
            }
        };
        let told = compile(&bad, &Attachments::default());
        assert!(
            found(&bad, code, words).is_some(),
            "{name}: {code} is not found:\n{}",
            super::listed(&told.diagnostics)
        );
        assert_eq!(found(&good, code, words), None, "{name}");
        let right = compile(&good, &Attachments::default());
        assert!(right.definition.is_some(), "{name}: {}", super::listed(&right.diagnostics));
        super::fixes::check_cures(&bad, &Attachments::default()).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn check_the_longest_way_is_told() {
    let check = |bullets: &str, steps: u64, times: &str| {
        let text = format!("{HEAD}Stage One:\n{bullets}\n- Close the case as done.\n");
        let longest = Longest::of(&super::right(&text).definition.unwrap());
        assert_eq!((longest.steps, longest.words()), (steps, String::from(times)), "{bullets}");
    };
    check("- Tell the employee that \"Hello\".", 2, "no time");
    check(APPROVE, 2, "2 working days");
    check("- If the topic is billing, wait 1 day. Otherwise, wait 5 hours.\n- Wait 3 hours.", 3, "1 day and 3 hours");
    check(TRACKS, 2, "3 days");
    check(
        "- The director approves the claim within 1 working day.\n- If the approver rejects the claim:\n  - The employee \
         corrects the claim form within 9 working days.\n  - Return to One.\n- Wait 2 days.",
        3,
        "10 working days",
    );
    check("- Create a payment in the bank system, signed by nobody.", 2, "1 hour");
}

#[test]
fn check_few_examples_are_told() {
    let text = format!(
        "{HEAD}Stage One:\n- Classify the claim by the reason as billing or technical.\n- Close the case as done.\n"
    );
    let check = |count: usize, codes: &[&str]| {
        let line = |label: &str| format!("{{\"field\": \"topic\", \"text\": \"x\", \"label\": \"{label}\"}}\n");
        let attached = Attachments::read(&format!("{}{}", line("billing").repeat(5), line("technical").repeat(count)));
        let compiled = compile(&text, &attached.unwrap());
        let told: Vec<_> = compiled.diagnostics.iter().map(|one| one.code).filter(|code| *code != "W201").collect();
        assert_eq!(told.iter().filter(|code| **code == "W204").count(), codes.len(), "{told:?}");
    };
    check(4, &["W204"]);
    check(5, &[]);
}

#[test]
fn check_roles_need_people() {
    let text = format!("{HEAD}Stage One:\n{APPROVE}\n- Close the case as done.\n");
    let compiled = compile(&text, &Attachments::default());
    let definition = compiled.definition.as_ref().unwrap();
    let person = |roles: &[&str]| Person {
        name: String::from("Rosa Lind"),
        roles: roles.iter().map(|role| String::from(*role)).collect(),
        ..Person::default()
    };
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    people.insert(String::from("a"), person(&["employee", "finance lead"]));
    people.insert(String::from("b"), person(&["finance lead"]));
    let mut directory = Directory { people };
    let codes = |directory: &Directory| -> Vec<&str> {
        check_people(definition, directory).iter().map(|one| one.code).collect()
    };
    assert_eq!(codes(&directory), ["W206"], "nobody is director");
    let placed = check_people_in(&compiled, &directory);
    assert!(text[placed[0].start..placed[0].end].contains("director"));
    directory.people.insert(String::from("c"), person(&["director"]));
    assert_eq!(codes(&directory), ["W207"], "one director and no substitute");
    let absence = Absence {
        from: countersign_core::time::Timestamp(0),
        until: countersign_core::time::Timestamp(1),
        substitute: String::from("b"),
    };
    directory.people.get_mut("c").unwrap().absences.push(absence);
    assert_eq!(codes(&directory), Vec::<&str>::new());
}

//! The rules of a process, V01 to V30: each with a text that breaks it and one that keeps it, or with the
//! reason why no text can break it.

use std::collections::BTreeMap;

use countersign_core::people::{Absence, Directory, Person};

use super::super::{Attachments, check_people, check_people_in, compile};

const HEAD: &str = "# Claim\n\nAn employee can start this process.\nThe finance lead is accountable for this process.\n\
                    The roles are finance desk and director.\n\nThe claim form asks for the amount (money), the day \
                    (date), the topic (billing or technical), the reason (text), the e-mail (e-mail) and the receipt \
                    (document).\nThe supplier is outside; their address is the e-mail.\n\n";

/// How a rule is kept.
enum Rule {
    /// These bullets break it with this code over these words, and those keep it.
    Bullets(&'static str, &'static str, &'static str, &'static str),
    /// The same with lines about the whole process in front of the stage.
    Lines(&'static str, &'static str, &'static str, &'static str),
    /// No text can break it, or it is kept elsewhere, for this reason.
    Elsewhere(&'static str),
}

use Rule::{Bullets, Elsewhere, Lines};

const APPROVE: &str = "- The director approves the claim.";

const RULES: &[(&str, Rule)] = &[
    ("V01 one start", Lines("A buyer can start this process.", "E503", "buyer", "")),
    ("V02 reachable", Bullets("- Return to One.\n- Wait 3 days.", "E501", "Wait 3 days.", "- Wait 3 days.")),
    (
        "V03 an end",
        Bullets(
            "- Return to One.",
            "E522",
            "Stage One:",
            "- If the topic is billing, return to One. Otherwise, wait 2 days.",
        ),
    ),
    (
        "V04 returns go back",
        Lines("Stage Zero:\n- Return to One.\n", "E518", "Return to One.", "Stage Zero:\n- Wait 3 days.\n"),
    ),
    ("V05 loops are bounded", Elsewhere("`Return to` has a number of times, three by default, and then somebody")),
    (
        "V06 joins",
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
        "V07 exhaustive",
        Bullets(
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is under 5 EUR, wait 3 days.",
            "W208",
            "Otherwise, if the amount is under 5 EUR, wait 3 days.",
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is at most 5 EUR, wait 3 days.",
        ),
    ),
    ("V08 order of branches", Elsewhere("`Otherwise, if` says the order, and the first branch that holds is taken")),
    (
        "V09 satisfiable",
        Bullets(
            "- If the amount is over 5 EUR, wait 2 days. Otherwise, if the amount is over 9 EUR, wait 3 days.",
            "E521",
            "Otherwise, if the amount is over 9 EUR, wait 3 days.",
            "- If the amount is over 9 EUR, wait 2 days. Otherwise, if the amount is over 5 EUR, wait 3 days.",
        ),
    ),
    ("V10 agents have a person behind them", Elsewhere("the accountable role decides unless a sentence names another")),
    (
        "V11 escalation",
        Bullets(
            "- The director approves the claim. If the approver does not decide within 4 working days, escalate to the \
             director.",
            "E524",
            "If the approver does not decide within 4 working days, escalate to the director.",
            "- The director approves the claim. If the approver does not decide within 4 working days, escalate to the \
             finance lead.",
        ),
    ),
    ("V12 roles have holders", Elsewhere("it is about people and not about a text: see `check_people` below")),
    ("V13 a way to outside people", Elsewhere("an outside party is declared with the field of their address")),
    ("V14 agents sign nothing", Bullets("- The agent approves the claim.", "E510", "agent", APPROVE)),
    (
        "V15 four eyes",
        Bullets("- The employee approves the claim.", "E517", "The employee approves the claim.", APPROVE),
    ),
    (
        "V16 typed and filled",
        Bullets(
            "- If the day is over 5 EUR, wait 2 days.",
            "E507",
            "the day",
            "- If the day is after 2026-01-01, wait 2 days.",
        ),
    ),
    (
        "V17 documents are there",
        Bullets(
            "- Read the total (money) from the letter.",
            "E202",
            "letter",
            "- Read the total (money) from the receipt.",
        ),
    ),
    (
        "V18 systems fail",
        Elsewhere("each call has a key, a time for the answer and somebody who takes over, by default"),
    ),
    (
        "V19 outcomes are handled",
        Bullets(
            "- The director approves the claim. If the approver rejects the claim, tell the employee the reason.",
            "E519",
            "The director approves the claim.",
            "- The director approves the claim. If the approver rejects the claim, close the case as rejected.",
        ),
    ),
    ("V20 calendars", Elsewhere("days and working days are different words; working days go by the organisation")),
    (
        "V21 times in order",
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
        "V22 data for providers",
        Elsewhere("which provider may see what is set where providers are, and held at run time"),
    ),
    (
        "V23 messages tell what may be seen",
        Lines(
            "Only the director and the approver may see the amount.\n\nStage Zero:\n- Tell the employee that \
             \"{amount}\".\n",
            "E525",
            "Tell the employee that \"{amount}\".",
            "Only the director and the employee may see the amount.\n\nStage Zero:\n- Tell the employee that \
             \"{amount}\".\n",
        ),
    ),
    ("V24 names", Lines("The directer is a role.", "W202", "directer", "The treasurer is a role.")),
    ("V25 open questions", Lines("Question: who pays?", "E602", "Question: who pays?", "Note: nobody pays.")),
    (
        "V26 nothing unused",
        Lines(
            "The other form asks for the limit (money).",
            "W203",
            "other form",
            "The other form asks for the limit (money).\n\nStage Zero:\n- The employee fills in the other form.\n- \
             The director reviews the claim.\n",
        ),
    ),
    ("V27 examples", Elsewhere("it is about the examples beside a text: see `check_few_examples_are_told` below")),
    ("V28 how long it takes", Elsewhere("the page that publishes prints it, from the definition")),
    ("V29 running cases", Elsewhere("the page that migrates says which cases fit, from the cases")),
    ("V30 what it costs", Elsewhere("the configuration knows the prices; a text does not")),
];

fn found(text: &str, code: &str, words: &str) -> Option<String> {
    let compiled = compile(text, &Attachments::default());
    let one = compiled.diagnostics.iter().find(|one| one.code == code);
    one.map(|one| {
        assert_eq!(&text[one.start..one.end], words, "{}", one.message);
        one.message.clone()
    })
}

#[test]
fn check_every_rule_has_a_text_that_breaks_it_and_one_that_keeps_it() {
    assert_eq!(RULES.len(), 30);
    for (index, (name, rule)) in RULES.iter().enumerate() {
        assert!(name.starts_with(&format!("V{:02} ", index + 1)), "{name}");
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
        assert!(found(&bad, code, words).is_some(), "{name}: {code} is not found in\n{bad}");
        assert_eq!(found(&good, code, words), None, "{name}");
        let right = compile(&good, &Attachments::default());
        assert!(right.definition.is_some(), "{name}: {}", super::listed(&right.diagnostics));
    }
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

#[test]
fn check_contradictions_quote_both_sentences() {
    for (lines, here, there) in [
        (
            "The director is accountable for this process.",
            "The director is accountable for this process.",
            "The finance lead is accountable for this process.",
        ),
        (
            "It usually stalls at the desk.\nIt usually stalls at the gate.",
            "It usually stalls at the gate.",
            "It usually stalls at the desk.",
        ),
        (
            "Only the director may see the amount.\nOnly the finance desk may see the amount.",
            "Only the finance desk may see the amount.",
            "Only the director may see the amount.",
        ),
        (
            "Stage Zero:\n- The director approves the claim.\n- There is no reminder.\n- Remind the approver every 4 hours.",
            "Remind the approver every 4 hours.",
            "There is no reminder.",
        ),
    ] {
        let text = format!("{HEAD}{lines}\n\nStage One:\n- Close the case as done.\n");
        let compiled = compile(&text, &Attachments::default());
        let one = compiled.diagnostics.iter().find(|one| one.code == "E503");
        let one = one.unwrap_or_else(|| panic!("{lines}: {}", super::listed(&compiled.diagnostics)));
        assert!(one.message.contains(here) && one.message.contains(there), "{}", one.message);
    }
}

#[test]
fn check_hidden_characters_and_other_languages_are_named() {
    let check = |bullets: &str, code: &str, says: &str| {
        let text = format!("{HEAD}Stage One:\n{bullets}\n- Close the case as done.\n");
        let compiled = compile(&text, &Attachments::default());
        let one = compiled.diagnostics.iter().find(|one| one.code == code);
        let one = one.unwrap_or_else(|| panic!("{bullets}: {}", super::listed(&compiled.diagnostics)));
        assert!(one.message.contains(says), "{}", one.message);
        assert!(compiled.definition.is_none());
    };
    check("- The director approves the cl\u{200b}aim.", "E108", "U+200B, zero width space");
    check("- Tell the employee that \"\u{202e}paid\".", "E108", "U+202E, right-to-left override");
    check("- Der Leiter genehmigt die Rechnung und das Amt ist informiert.", "E109", "German");
    check("- Le directeur approuve la demande et la facture est pay\u{e9}e.", "E109", "French");
    check("- El director aprueba la solicitud y el pago es para el empleado.", "E109", "Spanish");
    check(
        "- \u{434}\u{438}\u{440}\u{435}\u{43a}\u{442}\u{43e}\u{440} \u{443}\u{442}\u{432}\u{435}\u{440}.",
        "E109",
        "English",
    );
}

#[test]
fn check_huge_texts_are_refused_at_once() {
    let deep: String = (0..1_000).map(|depth| format!("{}- If the day is missing:\n", " ".repeat(depth))).collect();
    for (text, code) in [
        ("The director approves the claim. ".repeat(160_000), "E104"),
        (format!("{HEAD}Stage One:\n{deep}"), "E104"),
        (
            format!("{HEAD}Stage One:\n- If {}the day is missing{}, wait 2 days.\n", "(".repeat(100), ")".repeat(100)),
            "E101",
        ),
    ] {
        let compiled = compile(&text, &Attachments::default());
        assert!(compiled.diagnostics.iter().any(|one| one.code == code), "{code} in {} bytes", text.len());
    }
}

//! The documentation of the language, made of the grammar itself.

use super::{
    codes, compile, declared, defaults,
    names::written,
    render, sentence,
    shapes::{self, Shape},
    words,
};

/// The prose of the documentation; a line `{{...}}` is replaced by what the code says.
const PROSE: &str = include_str!("reference.md");

/// The whole reference of the language as Markdown, as `docs/language.md` holds it: every shape with its
/// example, the defaults, the limits and the codes of the diagnostics come from the code that uses them.
#[must_use]
pub fn reference() -> String {
    let mut out = String::new();
    for line in PROSE.lines() {
        match line.strip_prefix("{{").and_then(|line| line.strip_suffix("}}")) {
            Some(name) => out.push_str(&part(name)),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

/// A process text of about so many sentences of all kinds, to time the compiler with.
#[must_use]
pub fn long_text(sentences: usize) -> String {
    let mut text = String::from(
        "# Long\n\nAn employee can start this process.\nThe finance lead is accountable for this process.\n\
         The roles are finance desk and director.\n\nThe claim form asks for the merchant (text), the amount \
         (money), the day (date), the topic (billing, technical or other) and the receipt (document).\n",
    );
    let mut written = 5;
    let mut stage = 0;
    while written + 1 < sentences {
        stage += 1;
        text.push_str(&format!("\nStage Part {stage}:\n"));
        for line in [
            "Read the total (money) from the receipt. If the agent is not sure, the finance desk decides.",
            "Check that the amount is the same as the total on the receipt.",
            "If the amount is over 500 EUR and the topic is not other, the director approves the claim within 2 \
             working days. Otherwise, the manager of the employee approves the claim.",
            "If the approver does not decide within 6 working days, escalate to the finance lead.",
            "If the approver rejects the claim, tell the employee the reason. Close the case as rejected.",
            "Create a payment in the bank system with the merchant and the amount, signed by the approver.",
            "If the bank system fails or does not answer within 1 hour, hand over to the finance desk.",
            "Tell the employee that \"Your claim of {amount} is in part two\".",
        ] {
            text.push_str(&format!("- {line}\n"));
        }
        written += 12;
    }
    text.push_str("- Close the case as paid.\n");
    text
}

fn part(name: &str) -> String {
    match name {
        "defaults" => defaults(),
        "limits" => limits(),
        "types" => types(),
        "vague" => vague(),
        "codes" => table(("Code", "Meaning"), codes::ALL.iter().map(|(a, b)| (String::from(*a), String::from(*b)))),
        "families" => {
            table(("Begins with", "Family"), codes::FAMILIES.iter().map(|(a, b)| (String::from(*a), String::from(*b))))
        }
        section => shapes::all().iter().filter(|shape| shape.section == section).map(shape).collect(),
    }
}

fn shape(shape: &Shape) -> String {
    format!("- `{}`\n  <br>`{}`\n", shape.example, shapes::shown(shape.pattern))
}

fn table((left, right): (&str, &str), rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: String = rows.map(|(left, right)| format!("| {left} | {right} |\n")).collect();
    format!("| {left} | {right} |\n|---|---|\n{rows}")
}

fn defaults() -> String {
    let rows = [
        ("who does it, where a step of a person names nobody", String::from("the accountable role")),
        ("time for a person", render::span(defaults::DUE)),
        ("reminder", format!("every {}", render::every(defaults::REMIND))),
        ("escalation", String::from("to whoever is accountable after twice the time")),
        ("after a rejection", String::from("the case closes as rejected")),
        ("when the agent is not sure", format!("the accountable role decides within {}", render::span(defaults::DUE))),
        ("shown to whoever approves or reviews", String::from("every field that may be filled by then")),
        ("sent to a system", String::from("every field that forms asked for by then, except documents")),
        ("classified or scored by", String::from("every text that forms asked for by then")),
        (
            "answer of a system",
            format!("within {}; then whoever is accountable takes over", render::span(defaults::ANSWER)),
        ),
        ("return to a stage", format!("at most {} times; then the accountable role takes over", defaults::RETURNS)),
        ("tracks side by side", String::from("the case goes on when all are done")),
    ];
    table(("About", "Default"), rows.into_iter().map(|(about, value)| (String::from(about), value)))
}

fn limits() -> String {
    let rows = [
        ("bytes in a text", compile::MAX_TEXT),
        ("sentences", sentence::MAX_SENTENCES),
        ("words and marks in a sentence", sentence::MAX_TOKENS),
        ("levels of bullets", super::build::MAX_DEPTH),
        ("returns to a stage", usize::try_from(super::clause::MAX_RETURNS).unwrap_or(usize::MAX)),
    ];
    table(("At most", "Count"), rows.into_iter().map(|(what, most)| (String::from(what), most.to_string())))
}

fn types() -> String {
    let all: Vec<String> = declared::TYPES.iter().map(|name| format!("`{name}`")).collect();
    format!("The types are {}, and a list of two or more words such as `travel, meals or other`.\n", all.join(", "))
}

fn vague() -> String {
    let all: Vec<String> = words::VAGUE.iter().map(|(word, ..)| written_word(word)).collect();
    format!("These words are asked about: {}.\n", all.join(", "))
}

fn written_word(word: &str) -> String {
    format!("`{}`", written(word).trim_matches('"'))
}

//! Ten procedures of a service desk, each as a process text with a table: which of its steps are said by which
//! sentence, and why the others are not.

use super::{
    super::{Attachments, SentenceKind, compile},
    listed,
};

/// The least share of the steps that the language can say, in percent.
const SAID_MIN: usize = 80;

macro_rules! procedure {
    ($id:literal) => {
        ($id, include_str!(concat!($id, ".md")), include_str!(concat!($id, ".steps.md")))
    };
}

const PROCEDURES: &[(&str, &str, &str)] = &[
    procedure!("address-change"),
    procedure!("billing-dispute"),
    procedure!("expired-code"),
    procedure!("forgotten-password"),
    procedure!("missing-parcel"),
    procedure!("order-cancellation"),
    procedure!("refund"),
    procedure!("shipping-cost"),
    procedure!("sold-out"),
    procedure!("unknown-fee"),
];

#[test]
fn check_the_steps_of_procedures_can_be_said() {
    let (mut all, mut said, mut wrong) = (0, 0, String::new());
    for (id, text, table) in PROCEDURES {
        let compiled = compile(text, &Attachments::default());
        if compiled.definition.is_none() {
            wrong.push_str(&format!("{id}:\n{}", listed(&compiled.diagnostics)));
        }
        for row in table.lines().skip(2) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let [_, sentence] = cells.as_slice() else { panic!("{id}: {row}") };
            all += 1;
            if sentence.starts_with("not said: ") {
                continue;
            }
            said += 1;
            let enforced = compiled.sentences.iter().any(|known| {
                let note = matches!(known.kind, SentenceKind::Note | SentenceKind::NotUnderstood);
                known.text.starts_with(sentence) && !note
            });
            assert!(enforced, "{id}: no sentence begins with `{sentence}`");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    println!("{said} of {all} steps of {} procedures are said", PROCEDURES.len());
    assert!(said * 100 >= SAID_MIN * all, "{said} of {all}");
}

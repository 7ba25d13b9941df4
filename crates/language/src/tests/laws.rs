//! Laws over many texts: rendering is undone by compiling, and no text makes the compiler stop.

use countersign_core::definition::Definition;
use proptest::prelude::*;

use super::{
    super::{Attachments, Compiled, Diagnostic, SentenceKind, accept_all, accept_default, compile, format, render},
    generate,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn check_compiling_undoes_rendering(definition in generate::definition()) {
        let text = render(&definition);
        let attachments = Attachments::of(&definition);
        let compiled = compile(&text, &attachments);
        let drawn = super::listed(&compiled.diagnostics);
        let differs = difference(compiled.definition.as_ref(), &definition);
        prop_assert!(differs.is_empty(), "{}\n{}\n{}", text, drawn, differs);
    }

    #[test]
    fn check_formatting_changes_nothing_and_once_is_enough(
        definition in generate::definition(),
        noise in prop::collection::vec(any::<u8>(), 64),
    ) {
        let text = disturb(&render(&definition), &noise);
        let attachments = Attachments::of(&definition);
        let before = compile(&text, &attachments);
        prop_assert!(before.definition.is_some(), "{}\n{}", text, super::listed(&before.diagnostics));
        let once = format(&text).map_err(|found| TestCaseError::fail(super::listed(&found)))?;
        let after = compile(&once, &attachments);
        prop_assert_eq!(&before.definition, &after.definition, "{}\n{}", text, once);
        let comments = |compiled: &Compiled| compiled.sentences.iter().filter(|one| one.kind == SentenceKind::Comment)
            .map(|one| one.text.clone()).collect::<Vec<_>>();
        prop_assert_eq!(comments(&before), comments(&after));
        let twice = format(&once).map_err(|found| TestCaseError::fail(super::listed(&found)))?;
        prop_assert_eq!(&once, &twice);
    }

    #[test]
    fn check_an_accepted_default_says_what_held_anyway(
        definition in generate::definition(),
        which in any::<u16>(),
        noise in prop::option::of(prop::collection::vec(any::<u8>(), 64)),
    ) {
        let text = render(&definition);
        let text = noise.map_or_else(|| text.clone(), |noise| disturb(&text, &noise));
        let attachments = Attachments::of(&definition);
        let all = accept_all(&text, &attachments);
        let stated = compile(&all, &attachments);
        prop_assert_eq!(stated.definition.as_ref(), Some(&definition), "{}\n{}", all, super::listed(&stated.diagnostics));
        for used in stated.sentences.iter().flat_map(|sentence| &sentence.defaults) {
            prop_assert!(used.edit.is_none(), "{} is still open:\n{}", used.what, all);
        }
        let compiled = compile(&text, &attachments);
        let open: Vec<(usize, &str)> = compiled.sentences.iter().enumerate()
            .flat_map(|(index, sentence)| sentence.defaults.iter().map(move |used| (index, used.what.as_str())))
            .collect();
        if !open.is_empty() {
            let (sentence, what) = open[usize::from(which) % open.len()];
            if let Some(edit) = accept_default(&text, &compiled, sentence, what) {
                let one = edit.apply(&text).unwrap();
                let after = compile(&one, &attachments);
                prop_assert_eq!(after.definition.as_ref(), Some(&definition), "{}\n{}", one, super::listed(&after.diagnostics));
                let left = after.sentences[sentence].defaults.iter().any(|used| used.what == what);
                prop_assert!(!left, "{} is still open:\n{}", what, one);
            }
        }
    }

    #[test]
    fn check_no_text_makes_the_compiler_stop(text in "\\PC{0,200}") {
        check_total(&text);
    }

    #[test]
    fn check_no_row_of_words_makes_the_compiler_stop(words in prop::collection::vec(word(), 0..80)) {
        check_total(&words.concat());
    }
}

/// The lines in which two definitions differ; nothing when they are the same.
fn difference(found: Option<&Definition>, wanted: &Definition) -> String {
    let Some(found) = found else { return String::from("it does not compile") };
    if found == wanted {
        return String::new();
    }
    let lines = |definition: &Definition| serde_json::to_string_pretty(definition).unwrap();
    let (found, wanted) = (lines(found), lines(wanted));
    let differing = found.lines().zip(wanted.lines()).filter(|(found, wanted)| found != wanted).take(5);
    differing.map(|(found, wanted)| format!("found  {found}\nwanted {wanted}\n")).collect()
}

/// The same text in a careless layout: other bullets, blanks, line ends, comments, missing full stops.
fn disturb(text: &str, noise: &[u8]) -> String {
    let mut out = String::new();
    let mut dice = noise.iter().cycle().copied();
    let mut roll = move || dice.next().unwrap_or(0);
    for line in text.lines() {
        let bullet = line.trim_start().starts_with("- ");
        let indent = line.len() - line.trim_start().len();
        out.push_str(&" ".repeat(indent * 2));
        let mut words = line.trim_start();
        if bullet {
            out.push_str(if roll() % 3 == 0 { "*   " } else { "- " });
            words = &words[2..];
        }
        let title = words.starts_with('#');
        let mut quoted = false;
        for character in words.chars() {
            quoted ^= character == '"';
            match (character, roll() % 16) {
                (' ', 0) if !quoted => out.push_str("   "),
                (' ', 1) if !quoted && bullet => out.push_str(&format!("\n{}", " ".repeat(indent * 2 + 4))),
                (' ', 2) if !quoted && !title && !words.starts_with("Note") => out.push_str(" <!-- why --> "),
                _ => out.push(character),
            }
        }
        match roll() % 8 {
            0 if !title => out.push_str("  <!-- a\n     comment -->\n"),
            1 if bullet || title => out.push_str("\n\n\n"),
            2 if bullet => out.push_str("  \n<!-- alone -->\n"),
            _ => out.push('\n'),
        }
    }
    out
}

/// Compiling ends, says where everything is, and has a definition exactly when nothing is wrong.
fn check_total(text: &str) {
    let compiled = compile(text, &Attachments::default());
    assert_eq!(compiled.definition.is_none(), compiled.diagnostics.iter().any(Diagnostic::is_error));
    for found in &compiled.diagnostics {
        assert!(text.get(found.start..found.end).is_some(), "{found:?}");
        for (start, end, _) in found.suggestions.iter().filter_map(|suggestion| suggestion.replacement.as_ref()) {
            assert!(text.get(*start..*end).is_some(), "{found:?}");
        }
    }
    for sentence in &compiled.sentences {
        assert_eq!(text.get(sentence.start..sentence.end), Some(sentence.text.as_str()));
    }
    assert!(super::listed(&compiled.diagnostics).is_empty() == compiled.diagnostics.is_empty());
}

/// Words and marks of the language, in no order.
fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WORDS)
}

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "the ", "an ", "if ", "otherwise", ", ", ". ", ": ", ":\n", "\n", "\n- ", "\n  - ", "(", ")", "\"", "{", "}",
    "and ", "or ", "not ", "never ", "is ", "over ", "500 EUR", "5 ", "2026-01-01 ", "working days ", "within ",
    "approves ", "reviews ", "fills in ", "employee ", "finance lead ", "claim form ", "asks for ", "amount ",
    "money", "document", "Stage ", "Track ", "At the same time", "Close the case as ", "paid ", "check ", "fails ",
    "read ", "from ", "receipt ", "classify ", "as ", "into ", "# ", "<!-- ", "-->", "Note: ", "soon ", "every ",
    "remind ", "in ", "bank system ", "signed by ", "create a payment ", "nobody signs this call", "return to ",
    "at most ", "times", "can start this process", "is accountable for this process",
    "is outside; their address is ", "\u{201c}", "\u{e9}",
];

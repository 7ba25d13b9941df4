//! Laws over many texts: rendering is undone by compiling, and no text makes the compiler stop.

use proptest::prelude::*;

use super::{
    super::{Attachments, Diagnostic, compile, render},
    generate,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn check_compiling_undoes_rendering(definition in generate::definition()) {
        let text = render(&definition);
        let attachments = Attachments { examples: definition.examples.clone() };
        let compiled = compile(&text, &attachments);
        let drawn = super::listed(&compiled.diagnostics);
        prop_assert_eq!(compiled.definition.as_ref(), Some(&definition), "{}\n{}", text, drawn);
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

//! Texts that nobody should write, and what is said of them: contradictions, hidden characters, other languages, and
//! texts without end.

use super::{
    super::{Attachments, accept_all, accept_default, compile, complete, format},
    rules::HEAD,
};

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
        assert!(complete(&text, text.len()).replace.1 <= text.len());
        format(&text).unwrap_err();
    }
}

#[test]
fn check_one_endless_line_takes_no_endless_time() {
    // The time must not grow with the square of a line's length.
    for piece in ["word ", "\"a\" ", "and the amount is over 5 EUR ", "(", "x, "] {
        let text = format!("{HEAD}Stage One:\n- If {}", piece.repeat(250_000 / piece.len()));
        assert!(compile(&text, &Attachments::default()).definition.is_none());
        assert!(complete(&text, text.len()).replace.1 <= text.len());
    }
}

#[test]
fn check_nobody_is_written_where_nobody_is_accountable() {
    let text = format!(
        "{HEAD}Stage One:\n- Approve the claim.\n- Classify the claim by the reason as billing or technical.\n- Create a \
         payment in the bank system; nobody signs this call.\n- If the topic is billing, return to One.\n- Close the \
         case as done.\n"
    );
    let text = text.replace("The finance lead is accountable for this process.\n", "");
    let all = accept_all(&text, &Attachments::default());
    assert!(!all.contains("\"\""), "{all}");
    let told = compile(&text, &Attachments::default());
    let values: Vec<&str> =
        told.sentences.iter().flat_map(|sentence| &sentence.defaults).map(|used| used.value.as_str()).collect();
    assert!(values.contains(&"whoever is accountable decides"), "{values:?}");
    assert!(!values.iter().any(|value| value.contains("\"\"") || value.contains("the  ")), "{values:?}");
}

#[test]
fn check_a_default_behind_a_quoted_full_stop_keeps_what_follows() {
    let text = format!(
        "{HEAD}Stage One:\n- The director does \"Call them.\" If the director does not decide within 9 working days, \
         escalate to the finance lead.\n- Close the case as done.\n"
    );
    let attachments = Attachments::default();
    let compiled = super::right(&text);
    let all = accept_all(&text, &attachments);
    assert_eq!(compile(&all, &attachments).definition, compiled.definition, "{all}");
    let sentence = compiled.sentences.iter().position(|sentence| sentence.text.contains("Call them")).unwrap();
    for what in ["due", "reminder"] {
        let one = accept_default(&text, &compiled, sentence, what).unwrap().apply(&text).unwrap();
        assert_eq!(compile(&one, &attachments).definition, compiled.definition, "{one}");
    }
}

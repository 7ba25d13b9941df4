//! Texts that must be refused, each with its code, its words and a way out that works.

use super::super::{Attachments, Diagnostic, compile};

const HEAD: &str = "# Claim\n\nAn employee can start this process.\nThe finance lead is accountable for this process.\n\
                    The roles are finance desk and director.\n\nThe claim form asks for the amount (money), the day \
                    (date), the topic (billing or technical), the reason (text), the e-mail (e-mail) and the receipt \
                    (document).\nThe supplier is outside; their address is the e-mail.\n\n";

fn diagnostics(text: &str) -> Vec<Diagnostic> {
    let found = compile(text, &Attachments::default());
    assert_eq!(found.definition.is_none(), found.diagnostics.iter().any(Diagnostic::is_error));
    found.diagnostics.into_iter().filter(Diagnostic::is_error).collect()
}

/// The text must be refused with this code over these words, and every edit that is offered must cure it.
fn check_text(text: &str, code: &str, words: &str) {
    let found = diagnostics(text);
    let place = |one: &&Diagnostic| one.code == code && &text[one.start..one.end] == words;
    let drawn = super::listed(&found);
    let one = found.iter().find(place).unwrap_or_else(|| panic!("no {code} over `{words}` in:\n{text}\n{drawn}"));
    assert!(!one.why.is_empty() && !one.suggestions.is_empty(), "{drawn}");
    for suggestion in &one.suggestions {
        let Some((start, end, new)) = &suggestion.replacement else { continue };
        let cured = format!("{}{new}{}", &text[..*start], &text[*end..]);
        let left = diagnostics(&cured);
        let again = left.iter().find(|other| {
            let same = other.code == one.code && other.message == one.message;
            same && cured[other.start..other.end] == text[one.start..one.end]
        });
        let drawn = super::listed(&left);
        assert!(again.is_none(), "`{}` does not cure {code}:\n{cured}\n{drawn}", suggestion.title);
    }
}

/// The bullets, in a stage of an otherwise right text, must be refused.
fn check(bullets: &str, code: &str, words: &str) {
    check_text(&format!("{HEAD}Stage One:\n{bullets}\n- Close the case as done.\n"), code, words);
}

#[test]
fn check_the_frame_is_right() {
    assert_eq!(diagnostics(&format!("{HEAD}Stage One:\n- Close the case as done.\n")), []);
}

#[test]
fn check_an_open_question_blocks_a_text_that_is_otherwise_right() {
    let text = format!("{HEAD}Stage One:\n- Close the case as done.\n\nQuestion: who approves above 10,000 EUR?\n");
    check_text(&text, "E602", "Question: who approves above 10,000 EUR?");
    let compiled = compile(&text, &Attachments::default());
    assert!(compiled.definition.is_none() && compiled.draft.is_some());
    assert_eq!(compiled.questions[0].text, "who approves above 10,000 EUR?");
    assert_eq!(compiled.sentences[compiled.questions[0].sentence].start, compiled.questions[0].start);
    check("- Question: by when? The lead knows.", "E602", "Question: by when? The lead knows.");
}

#[test]
fn check_an_amount_that_may_be_a_thousand_times_another_is_refused() {
    check("- If the amount is over 5.000 EUR, the director approves the claim.", "E101", "5.000");
    check("- If the amount is over \u{20ac}1.500, the director approves the claim.", "E101", "1.500");
}

/// The bullet must be refused over these words, and the offers must be these and cure it.
fn check_offers(bullet: &str, code: &str, words: &str, offers: &[&str]) {
    check(bullet, code, words);
    let text = format!("{HEAD}Stage One:\n{bullet}\n- Close the case as done.\n");
    let found = diagnostics(&text);
    let drawn = super::listed(&found);
    let one = found.iter().find(|one| one.code == code && &text[one.start..one.end] == words).unwrap();
    let edits = one.suggestions.iter().filter_map(|suggestion| suggestion.replacement.as_ref());
    let cured: Vec<String> = edits
        .map(|(start, end, new)| {
            let cured = format!("{}{new}{}", &text[..*start], &text[*end..]);
            cured.lines().find(|line| line.starts_with("- ")).unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(cured, offers, "{drawn}");
}

#[test]
fn check_amounts_and_days_of_a_country_are_offered_as_a_text_has_them() {
    let check = |written: &str, words: &str, offers: &[&str]| {
        let bullet = |amount: &str| format!("- If the amount is over {amount}, the director approves the claim.");
        let offers: Vec<String> = offers.iter().map(|offer| bullet(offer)).collect();
        let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
        check_offers(&bullet(written), "E101", words, &offers);
    };
    check("5.000 EUR", "5.000", &["5,000 EUR", "5.00 EUR"]);
    check("10.000,00 EUR", "10.000,00", &["10,000.00 EUR"]);
    check("EUR 1.250.000", "1.250.000", &["EUR 1,250,000"]);
    check("10,50 EUR", "10,50", &["10.50 EUR"]);
    check("10 000 EUR", "10 000", &["10,000 EUR"]);
    check("10 000,50 EUR", "10 000,50", &["10,000.50 EUR"]);
    check("10k EUR", "10k EUR", &["10,000 EUR"]);
    check("EUR 1.5k", "EUR 1.5k", &["1,500 EUR"]);
    let check = |written: &str, offers: &[&str]| {
        let bullet = |day: &str| format!("- If the day is before {day}, the director approves the claim.");
        let offers: Vec<String> = offers.iter().map(|offer| bullet(offer)).collect();
        let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
        check_offers(&bullet(written), "E101", written, &offers);
    };
    check("31.12.2026", &["2026-12-31"]);
    check("12/31/2026", &["2026-12-31"]);
    check("5.6.2026", &["2026-06-05", "2026-05-06"]);
}

#[test]
fn check_what_is_there_is_never_compared_with_a_word() {
    let check = |state: &str, words: &str, code: &str, offer: &str| {
        let bullet = |state: &str| format!("- Check that the reason is {state}.");
        check_offers(&bullet(state), code, words, &[&bullet(offer)]);
    };
    for (word, empty) in [("empty", true), ("blank", true), ("present", false), ("provided", false), ("given", false)] {
        let (plain, denied) = if empty { ("missing", "not missing") } else { ("not missing", "missing") };
        check(word, word, "E507", plain);
        check(&format!("not {word}"), word, "E507", denied);
    }
    check("filled in", "is filled in", "E101", "not missing");
    check("not filled in", "is not filled in", "E101", "missing");
    check("not left blank", "left blank", "E507", "not missing");
    check_offers(
        "- Check that the receipt is attached.",
        "E507",
        "attached",
        &["- Check that the receipt is not missing."],
    );
    for word in ["valid", "correct"] {
        check_offers(&format!("- Check that the reason is {word}."), "E507", word, &[]);
    }
    check_offers(
        "- If not (the reason is empty), the director approves the claim.",
        "E507",
        "empty",
        &["- If not (the reason is missing), the director approves the claim."],
    );
}

#[test]
fn check_no_sentence_is_proposed_without_its_condition() {
    for bullet in [
        "- If the amount is somewhat over the usual, the director approves the claim.",
        "- The director approves the claim when the amount is rather over 500 EUR and so on.",
        "- Before the day is past, the director approves claims.",
    ] {
        let text = format!("{HEAD}Stage One:\n{bullet}\n- Close the case as done.\n");
        for suggestion in diagnostics(&text).iter().flat_map(|one| &one.suggestions) {
            let bare = suggestion.title.to_lowercase();
            let whole = bare.contains("approves the claim`")
                && !["if ", "when ", "before "].iter().any(|word| bare.contains(word));
            assert!(!whole, "{bullet}: {}", suggestion.title);
        }
    }
}

#[test]
fn check_unknown_names_are_refused() {
    check("- The finance leed approves the claim.", "E201", "finance leed");
    check("- The treasurer approves the claim.", "E201", "treasurer");
    check("- The manager of the director approves the claim.", "E201", "manager of the director");
    check("- If the amuont is over 5 EUR, the director approves the claim.", "E202", "the amuont");
    check("- If the colour is missing, the director approves the claim.", "E202", "the colour");
    check("- Check that the amount is the same as the total on the receipt.", "E202", "the total on the receipt");
    check("- Tell the employee that \"Your {amuont}.\"", "E202", "\"Your {amuont}.\"");
    check("- Read the shop from the receipt.", "E204", "shop");
    check("- Read the amount from the reason.", "E208", "reason");
    check("- Return to Onne.", "E205", "Onne");
    check("- The employee fills in the travel form.", "E206", "travel form");
    check("- If the topic is bilding, the director approves the claim.", "E207", "bilding");
    check("- Classify the claim as good or bad.", "E202", "good or bad");
    check_text(&HEAD.replace("(date)", "(datum)"), "E203", "datum");
    check_text(&HEAD.replace(" (date)", ""), "E204", "day");
    check_text(
        &format!("{HEAD}Closing as paid is a success.\n\nStage A:\n- Close the case as payed.\n"),
        "E209",
        "paid",
    );
}

#[test]
fn check_what_is_not_understood_is_refused() {
    let sentence = "The director has a look at the claim.";
    check(&format!("- {sentence}"), "E101", sentence);
    check("- If the amount is over 5 EUR, somebody looks.", "E101", "somebody looks");
    check("- If the amount feels wrong, the director approves the claim.", "E101", "the amount feels wrong");
    check(
        "- The director approves the claim within 2 fortnights.",
        "E101",
        "The director approves the claim within 2 fortnights.",
    );
    check("- Tell the employee that \"Yes.", "E102", "\"");
    check("- The director does not approve the claim.", "E107", "The director does not approve the claim.");
    check("- The director never approves the claim.", "E107", "The director never approves the claim.");
    check("- An agent must never pay a claim.", "E107", "An agent must never pay a claim.");
    check_text("# T\n<!-- open", "E103", "<!-- open");
    check("- Close the case as a.\n  - Wait 2 days.", "E105", "Wait 2 days.");
    check_text(&format!("{HEAD}Wait 3 days.\n"), "E106", "Wait 3 days.");
    check_text(&format!("{HEAD}Stage A:\n- Close the case as done.\n\nWait 3 days.\n"), "E106", "Wait 3 days.");
    check(&format!("- {}.", "word ".repeat(300)), "E104", &format!("{}.", "word ".repeat(300)));
}

#[test]
fn check_a_negated_approval_is_a_rule_and_never_a_step() {
    let text = format!("{HEAD}Stage One:\n- Close the case as done.\n\nAn agent must never approve a payment.\n");
    let definition = super::right(&text).definition.unwrap();
    assert_eq!((definition.prohibitions.len(), definition.stages[0].steps.len()), (1, 1));
}

#[test]
fn check_ambiguous_sentences_list_their_readings() {
    check(
        "- If the amount is over 5 EUR and the reason is missing or the topic is billing, wait 2 days.",
        "E301",
        "the amount is over 5 EUR and the reason is missing or the topic is billing",
    );
    check(
        "- If the topic is billing, wait 2 days.\n- If the day is missing, wait 3 days.\n- Otherwise, wait 4 days.",
        "E303",
        "Otherwise, wait 4 days.",
    );
    check(
        "- If the topic is billing, wait 2 days. If the day is missing, wait 3 days.",
        "E303",
        "If the day is missing, wait 3 days.",
    );
    let two = HEAD.replace("the reason (text)", "the reason (text), the kind (billing or technical)");
    check_text(
        &format!("{two}Stage One:\n- Classify the claim as billing or technical.\n- Close the case as x.\n"),
        "E302",
        "billing or technical",
    );
}

#[test]
fn check_two_steps_in_one_sentence_are_split() {
    let sentence = "The finance desk reviews the receipt and approves the claim.";
    check(&format!("- {sentence}"), "E401", sentence);
    let sentence = "The finance desk reviews the receipt and tells the employee.";
    check(&format!("- {sentence}"), "E401", sentence);
    let sentence = "Wait 3 days, and then the director approves the claim.";
    check(&format!("- {sentence}"), "E401", sentence);
}

#[test]
fn check_no_free_words_swallow_a_meaning() {
    for sentence in [
        "The director approves the claim in 2 days.",
        "The director approves the claim twice.",
        "The director approves the claim with the finance lead.",
        "The director approves the claim tomorrow.",
        "The director reviews the claim unless the amount is over 5 EUR.",
        "The director does not approve the claim.",
        "Unless the amount is over 5 EUR, close the case as paid.",
        "Treasury creates a payment in the bank system.",
        "The director creates a payment in the bank system.",
        "Either the director or the finance lead approves the claim.",
        "Tell the employee and the director that \"Hello\".",
    ] {
        let found = diagnostics(&format!("{HEAD}Stage One:\n- {sentence}\n- Close the case as done.\n"));
        let codes: Vec<_> = found.iter().map(|one| one.code).collect();
        let edits = found.iter().flat_map(|one| &one.suggestions).filter(|one| one.replacement.is_some()).count();
        assert_eq!(edits, 0, "no edit may drop what was said: {sentence}");
        assert!(codes == ["E101"] || codes == ["E107"], "{sentence}: {codes:?}");
    }
}

#[test]
fn check_no_edit_says_what_the_writer_has_not() {
    for sentence in [
        "Send the permit to the applicant.",
        "If the reviewers disagree, the handling editor decides.",
        "Let the author know that the article is published.",
        "The clerk checks the application if the amount is over 5 EUR.",
        "The clerk checks the application every Monday.",
        "The clerk enters the claim in the bank system.",
        "It checks the application.",
        "An agent confirms the claim.",
    ] {
        let found = diagnostics(&format!("{HEAD}Stage One:\n- {sentence}\n- Close the case as done.\n"));
        let offered: Vec<_> = found.iter().flat_map(|one| &one.suggestions).collect();
        assert!(!offered.is_empty(), "{sentence}");
        for way in offered {
            assert!(way.replacement.is_none(), "{sentence}: {}", way.title);
            assert!(!way.title.contains("Approve The") && !way.title.contains("Route Send"), "{}", way.title);
        }
    }
}

#[test]
fn check_what_follows_from_one_refusal_is_not_told_again() {
    let bullets = "- Prepare a summary of the claim for the approver.\n- If the amount is over 5 EUR, the director \
                   oks the claim. Otherwise, the finance lead looks into it.\n- Remind the approver every working \
                   day.\n- If the approver does not decide within 4 working days, escalate to the director.\n- If the \
                   approver rejects the claim, tell the employee the reason. Close the case as rejected.";
    let found = diagnostics(&format!("{HEAD}Stage One:\n{bullets}\n- Close the case as done.\n"));
    assert!(found.iter().all(|one| one.code == "E101"), "{}", super::listed(&found));
    check("- Wait 2 days.\n- Remind the director every working day.", "E506", "Remind the director every working day.");
}

/// The sentence must be refused, and its only edit must be to write it so.
fn check_reworded(sentence: &str, words: &str) {
    let text = format!("{HEAD}Stage One:\n- {sentence}\n- Close the case as done.\n");
    let found = diagnostics(&text);
    let [one] = found.as_slice() else { panic!("{sentence}: {}", super::listed(&found)) };
    let edited = |(start, end, new): &(usize, usize, String)| format!("{}{new}{}", &text[..*start], &text[*end..]);
    let edits: Vec<String> = one.suggestions.iter().filter_map(|way| way.replacement.as_ref()).map(edited).collect();
    assert_eq!(edits, [text.replace(sentence, words)], "{}", super::listed(&found));
    check(&format!("- {sentence}"), "E101", &text[one.start..one.end]);
}

#[test]
fn check_a_near_miss_is_offered_in_the_writers_own_words() {
    for (sentence, words) in [
        ("The director must approve the claim.", "The director approves the claim."),
        ("The director has to approve the claim within 2 days.", "The director approves the claim within 2 days."),
        ("The director needs to review the claim.", "The director reviews the claim."),
        ("The supplier must fill in the e-mail.", "The supplier fills in the e-mail."),
        ("The director must decide on the claim.", "The director approves the claim."),
        ("The director decides whether to approve the claim.", "The director approves the claim."),
        ("The director should confirm the claim.", "The director does \"confirm the claim\"."),
        ("The director confirms the amount and the day.", "The director does \"confirm the amount and the day\"."),
        (
            "The author revises the manuscript within 60 days.",
            "The author does \"revise the manuscript\" within 60 days.",
        ),
        ("The clerk checks whether the form is complete.", "The clerk does \"check whether the form is complete\"."),
        ("The claims desk prepares the contract.", "The claims desk does \"prepare the contract\"."),
        ("The council ratifies the contract.", "The council does \"ratify the contract\"."),
        (
            "If the amount is over 5 EUR, the director must approve the claim.",
            "If the amount is over 5 EUR, the director approves the claim.",
        ),
        (
            "If the amount is over 5 EUR, the director confirms the claim.",
            "If the amount is over 5 EUR, the director does \"confirm the claim\".",
        ),
        ("The claim is approved by the director within 2 days.", "The director approves the claim within 2 days."),
        ("Tell the employee of the reason.", "Tell the employee the reason."),
        ("The director informs the employee about the reason.", "Tell the employee the reason."),
        ("The head of the finance team approves the claim.", "The \"head of the finance team\" approves the claim."),
        ("Director in charge must approve the claim.", "\"Director in charge\" approves the claim."),
    ] {
        check_reworded(sentence, words);
    }
    let roles = "The roles are clerk on duty, \"head of the team\" and editor.";
    let text = format!("{HEAD}{roles}\n\nStage One:\n- Close the case as done.\n");
    check_text(&text, "E101", roles);
    let fact = "The head of research and development is a role.";
    check_text(&text.replace(roles, fact), "E101", fact);
}

#[test]
fn check_a_quoted_system_may_be_called_one() {
    let call = "Book a pickup in the \"FastCourier\" system; nobody signs this call.";
    let fails = "If the \"FastCourier\" system fails, hand over to the director.";
    let text = format!("{HEAD}Stage One:\n- {call} {fails}\n- Close the case as done.\n");
    let plain = text.replace("\" system", "\"");
    assert_eq!(super::right(&text).definition, super::right(&plain).definition);
}

#[test]
fn check_vague_words_are_asked_about() {
    check("- The director approves the claim soon.", "E601", "soon");
    check("- The director approves large claims.", "E601", "large");
    check("- If the amount is appropriate, wait 2 days.", "E601", "appropriate");
    check("- The director usually approves the claim.", "E601", "usually");
    check("- Remind the director as needed.", "E601", "needed");
}

#[test]
fn check_structure_is_sound() {
    let close = "Close the case as done.";
    check("- Return to One.\n- Wait 3 days.", "E501", "Wait 3 days.");
    check(
        "- If the day is missing, close the case as gone. Otherwise, return to One.\n- Wait 3 days.",
        "E501",
        "Wait 3 days.",
    );
    check_text(&format!("{HEAD}Stage A:\n- {close}\n\nStage B:\n- {close}\n"), "E501", "Stage B:");
    check_text(&format!("{HEAD}Stage A:\n- Wait 3 days.\n"), "E502", "Wait 3 days.");
    check_text(&format!("{HEAD}Stage A:\n- If the day is missing, wait 3 days. {close}\n"), "E502", close);
    check_text(&format!("{HEAD}The director is accountable for this process.\n"), "E503", "director");
    check_text(&format!("{HEAD}Stage A:\n- Wait 3 days.\n\nStage A:\n- {close}\n"), "E504", "A");
    check_text(&HEAD.replace("director", "approver"), "E505", "approver");
    check("- Remind the approver every day.", "E506", "Remind the approver every day.");
    check("- Wait 2 days. Nobody signs this call.", "E506", "Nobody signs this call.");
    check("- Otherwise, wait 2 days.", "E506", "Otherwise, wait 2 days.");
    check("- If the day is over 5 EUR, wait 2 days.", "E507", "the day");
    check("- If the amount is over 5, wait 2 days.", "E507", "the amount");
    check_text(&format!("{HEAD}Stage A:\n- Return to B.\n\nStage B:\n- {close}\n"), "E518", "Return to B.");
    check(
        "- The director approves the claim. If the approver rejects the claim, tell the employee the reason.",
        "E519",
        "The director approves the claim.",
    );
    check("- Prepare a summary for the approver.", "E520", "Prepare a summary for the approver.");
    check(
        "- The director approves the claim. There is no reminder. There is no reminder.",
        "E503",
        "There is no reminder.",
    );
    check_text(
        &format!("{HEAD}Closing as x is a success.\nIt usually stalls at the desk.\nIt usually stalls at the gate.\n"),
        "E503",
        "It usually stalls at the gate.",
    );
    check_text(&HEAD.replace("# Claim\n\n", ""), "E513", "An employee can start this process.");
    check_text(&HEAD.replace("An employee can start this process.\n", ""), "E514", "# Claim");
    check_text(&HEAD.replace("The finance lead is accountable for this process.\n", ""), "E515", "# Claim");
    check_text(HEAD, "E516", "# Claim");
}

#[test]
fn check_fields_are_filled_before_they_are_used() {
    let other = HEAD.replace("\nThe supplier", "\nThe other form asks for the limit (money).\nThe supplier");
    let close = "Close the case as done.";
    let used = "If the limit is over 5 EUR, wait 2 days.";
    check_text(&format!("{other}Stage A:\n- {used}\n- {close}\n"), "E508", used);
    check_text(
        &format!(
            "{other}Stage A:\n- If the day is missing, the employee fills in the other form.\n- {used}\n- {close}\n"
        ),
        "E508",
        used,
    );
    let right = format!("{other}Stage A:\n- The employee fills in the other form.\n- {used}\n- {close}\n");
    assert_eq!(diagnostics(&right), []);
}

#[test]
fn check_what_leaves_the_house_is_signed() {
    let call = "Create a payment in the bank system.";
    check(&format!("- {call}"), "E511", call);
    let message = "Tell the supplier that \"Hello\".";
    check(&format!("- {message}"), "E511", message);
    let signed = "Create a payment in the bank system, signed by the approver.";
    check(&format!("- {signed}"), "E512", signed);
    check(&format!("- If the day is missing, the director approves the claim.\n- {signed}"), "E512", signed);
    let role = "Create a payment in the bank system, signed by the director.";
    check(&format!("- The finance lead approves the claim.\n- {role}"), "E512", role);
    check("- Create a payment in the bank system, signed by the employee.", "E512", "employee");
    let right = format!("{HEAD}Stage One:\n- The director approves the claim.\n- {role}\n- Close the case as done.\n");
    assert_eq!(diagnostics(&right), []);
}

#[test]
fn check_agents_and_requesters_sign_nothing() {
    check("- The agent approves the claim.", "E510", "agent");
    let own = "The employee approves the claim.";
    check(&format!("- {own}"), "E517", own);
    let step = "The director approves the claim.";
    let text =
        format!("{HEAD}Stage One:\n- {step}\n- Close the case as done.\n\nThe approver must never be the director.\n");
    check_text(&text, "E517", step);
}

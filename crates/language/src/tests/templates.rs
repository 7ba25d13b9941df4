//! Every template compiles without a word against it, and comes back from its rendering.

use countersign_core::definition::{Definition, FieldKind, FieldSource, HumanVerb, Step, Who};

use super::{
    super::{Attachments, Compiled, render, templates},
    compile, listed,
};

#[test]
fn check_every_template_is_right() {
    assert!(templates().len() >= 10);
    let mut wrong = String::new();
    for template in templates() {
        let attachments = template.attachments().unwrap();
        let compiled = compile(template.text, &attachments);
        if !compiled.diagnostics.is_empty() {
            wrong.push_str(&format!("{}:\n{}", template.id, listed(&compiled.diagnostics)));
            continue;
        }
        let definition = compiled.definition.unwrap();
        assert_eq!((definition.id.as_str(), definition.title.as_str()), (template.id, template.title));
        check_careful(&definition);
        let again = compile(&render(&definition), &attachments);
        assert_eq!(again.definition.as_ref(), Some(&definition), "{}\n{}", template.id, listed(&again.diagnostics));
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A template shows how to be careful: rules for approvers, a way to withdraw, a success, where it stalls.
fn check_careful(definition: &Definition) {
    let id = &definition.id;
    assert!(!definition.successes.is_empty() && definition.stalls_at.is_some(), "{id}");
    assert!(definition.withdrawal.is_some() && !definition.notes.is_empty(), "{id}");
    let mut approvals = 0;
    definition.walk(&mut |_, step| {
        if let Step::Human(human) = step {
            approvals += usize::from(human.verb == HumanVerb::Approve);
            let own = human.who == Who::Role { role: definition.accountable.clone() };
            assert!(own || !human.escalations.is_empty(), "{id}: nobody else may act for {:?}", human.who);
        }
    });
    assert!(approvals == 0 || definition.prohibitions.len() == 2, "{id}");
}

/// A text with one letter from this template.
fn with_letter(steps: &str, template: &str) -> Compiled {
    let text = format!(
        "# Letter\n\nA people partner can start this process.\nThe head of people is accountable for this process.\n\
         The letter form asks for the employee name (text), the salary (money) and the photo (document).\n\
         The visit form asks for the room (text).\nThe guest is outside; their address is the e-mail.\n\
         The contact form asks for the e-mail (e-mail).\n\
         Only the head of people may see the salary.\n\nStage Letter:\n\
         - The people partner fills in the contact form.\n{steps}\n- Close the case as sent.\n"
    );
    let templates = [("letter".to_owned(), template.to_owned())].into();
    super::super::compile(&text, &Attachments { templates, ..Attachments::default() })
}

const FILL: &str = "- Fill in the letter from the template \"letter\".";

#[track_caller]
fn check_refused(steps: &str, template: &str, code: &str, says: &str) {
    let found = with_letter(steps, template);
    let one = found.diagnostics.iter().find(|one| one.code == code);
    let one = one.unwrap_or_else(|| panic!("{code} for {template}:\n{}", listed(&found.diagnostics)));
    let told = format!("{} {} {:?}", one.message, one.why, one.suggestions);
    assert!(found.definition.is_none() && told.contains(says), "{told}");
}

#[test]
fn check_every_place_of_a_template_is_filled() {
    let right = with_letter(FILL, "{today} {Case number}\nDear {Employee  name}, you earn {salary}. {{1}}");
    let definition = right.definition.unwrap_or_else(|| panic!("{}", listed(&right.diagnostics)));
    let letter = definition.field("letter").unwrap();
    let from = vec!["employee_name".to_owned(), "salary".to_owned()];
    assert_eq!((&letter.kind, &letter.source), (&FieldKind::Text, &FieldSource::Template { from }));
    assert_eq!(definition.rules_about("letter").count(), 1, "a letter with a salary is as private as the salary");
    let again = compile(&render(&definition), &Attachments::of(&definition));
    assert_eq!(again.definition.as_ref(), Some(&definition), "{}", listed(&again.diagnostics));
    let said = with_letter("- The agent writes the letter from the template \"letter\".", "Dear {employee name}");
    assert!(said.definition.is_some(), "{}", listed(&said.diagnostics));

    check_refused(
        FILL,
        "Dear\n{employee nam}",
        "E213",
        "line 2 of the template `letter`: nothing fills `{employee nam}`",
    );
    check_refused(FILL, "Dear\n{employee nam}", "E213", "write `{employee name}` in the template");
    check_refused(FILL, "{letter}", "E213", "what the template itself fills in");
    check_refused(FILL, "{photo}", "E213", "is document, which cannot stand in a text");
    check_refused(FILL, "Dear {", "E213", "a brace has no partner");
    check_refused(FILL, "{room}", "E508", "nobody has filled `room`");
    check_refused("- Fill in the letter from the template \"lettre\".", "x", "E212", "letter");
    check_refused("- Fill in the room from the template \"letter\".", "x", "E505", "filled in another way");
}

#[test]
fn check_a_message_shows_a_letter_only_to_those_who_may_see_what_stands_in_it() {
    let tell = |whom: &str| format!("{FILL}\n- Tell the {whom} that \"{{letter}}\"; nobody signs this message.");
    check_refused(&tell("guest"), "Dear {employee name}, you earn {salary}.", "E525", "the letter");
    let harmless = with_letter(&tell("guest"), "Dear {employee name}.");
    assert!(harmless.definition.is_some(), "{}", listed(&harmless.diagnostics));
    let private = with_letter(&tell("head of people"), "You earn {salary}.");
    assert!(private.definition.is_some(), "{}", listed(&private.diagnostics));
    // By way of another letter too.
    let second = format!("{FILL}\n- Fill in the copy from the template \"letter\".");
    let both = with_letter(&second, "You earn {salary}.").definition.unwrap();
    assert_eq!(both.rules_about("copy").count(), 1);
}

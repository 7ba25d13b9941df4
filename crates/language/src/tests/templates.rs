//! Every template compiles without a word against it, and comes back from its rendering.

use countersign_core::definition::{Definition, HumanVerb, Step, Who};

use super::{
    super::{Attachments, render, templates},
    compile, listed,
};

#[test]
fn check_every_template_is_right() {
    assert!(templates().len() >= 10);
    let mut wrong = String::new();
    for template in templates() {
        let attachments = Attachments::read(template.examples).unwrap();
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

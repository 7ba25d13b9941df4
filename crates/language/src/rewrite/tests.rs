//! A change on the drawing touches the sentences concerned and no other.

use proptest::prelude::*;

use super::*;
use crate::{render, tests::generate};

const CLAIM: &str = "# Claim

An employee can start this process.
The finance lead is accountable for this process.
The roles are finance desk and finance director.
The claim form asks for the amount (money) and the reason (text).

Stage Check:
- The finance desk reviews the claim within 3 working days.
- Tell the employee that \"It is being looked at.\"
- If the amount is over 500 EUR, the finance lead approves the claim. Otherwise, the manager of the employee approves \
the claim within 4 working days.
- Remind the approver every 2 working days.

Stage Payment:
- Create a payment in the bank system with the amount, signed by the approver.
- Wait 3 days. Tell the employee that \"It is paid.\"
- Close the case as paid.
";

fn done(text: &str, path: &[u16], change: &Edit) -> Result<String, Refused> {
    let compiled = compile(text, &Attachments::default());
    edit(text, &Attachments::default(), &compiled, &Path(path.to_vec()), change)
}

/// The change replaces exactly these words, wherever they stand.
#[track_caller]
fn check(path: &[u16], change: &Edit, old: &str, new: &str) {
    assert!(CLAIM.contains(old), "{old}");
    let found = done(CLAIM, path, change).unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(found, CLAIM.replacen(old, new, 1));
}

fn role(role: &str) -> Who {
    Who::Role { role: role.to_owned() }
}

#[test]
fn a_picker_changes_words_inside_a_sentence() {
    check(&[0, 0], &Edit::Who(role("finance director")), "The finance desk reviews", "The finance director reviews");
    check(&[0, 0], &Edit::Due(Span::WorkingDays(1)), "within 3 working days", "within 1 working day");
    check(
        &[0, 2, 0, 0],
        &Edit::Due(Span::Hours(4)),
        "the finance lead approves the claim.",
        "the finance lead approves the claim within 4 hours.",
    );
    check(
        &[0, 2, 1, 0],
        &Edit::Who(role("finance desk")),
        "the manager of the employee approves",
        "the finance desk approves",
    );
    check(&[0, 2], &Edit::Condition(0, "the amount is over 900 EUR".into()), "over 500 EUR", "over 900 EUR");
    check(&[1, 1], &Edit::Due(Span::Days(5)), "Wait 3 days", "Wait 5 days");
}

#[test]
fn a_step_is_put_in_moved_and_taken_out_by_its_own_sentences() {
    let new = "The finance desk reviews the amount.";
    check(
        &[0, 0],
        &Edit::InsertAfter(new.into()),
        "within 3 working days.\n",
        &format!("within 3 working days.\n- {new}\n"),
    );
    check(
        &[0, 0],
        &Edit::InsertBefore(new.into()),
        "- The finance desk reviews",
        &format!("- {new}\n- The finance desk reviews"),
    );
    check(&[1, 1], &Edit::InsertAfter(new.into()), "Wait 3 days.", &format!("Wait 3 days. {new}"));
    check(&[0, 1], &Edit::Delete, "- Tell the employee that \"It is being looked at.\"\n", "");
    check(&[1, 2], &Edit::Delete, " Tell the employee that \"It is paid.\"", "");
    check(
        &[0, 1],
        &Edit::MoveUp,
        "- The finance desk reviews the claim within 3 working days.\n- Tell the employee that \"It is being looked at.\"\n",
        "- Tell the employee that \"It is being looked at.\"\n- The finance desk reviews the claim within 3 working days.\n",
    );
    check(
        &[0, 0],
        &Edit::OnlyIf("the amount is over 100 EUR".into()),
        "- The finance desk reviews",
        "- If the amount is over 100 EUR, the finance desk reviews",
    );
}

#[test]
fn what_cannot_be_said_by_a_few_words_is_written_anew_around_the_step() {
    let text = done(CLAIM, &[0, 2, 1, 0], &Edit::Delete).unwrap_err();
    assert!(matches!(text, Refused::Breaks { .. }), "without an approver nobody signs: {text}");
    let text = done(CLAIM, &[1, 0], &Edit::Who(role("finance desk"))).unwrap();
    assert!(text.contains("If the bank system fails or does not answer within 1 hour, hand over to the finance desk."));
    let inside =
        done(CLAIM, &[0, 2, 0, 0], &Edit::InsertBefore("The finance desk reviews the amount.".into())).unwrap();
    assert!(
        inside.contains("- If the amount is over 500 EUR:\n  - The finance desk reviews the amount.\n"),
        "{inside}"
    );
}

#[test]
fn what_would_not_be_right_is_refused_with_its_reason() {
    let refused = |path: &[u16], change: &Edit, words: &str| {
        let why = done(CLAIM, path, change).unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
    };
    refused(&[0, 9], &Edit::Delete, "gone");
    refused(&[0, 0], &Edit::MoveUp, "first");
    refused(&[1, 3], &Edit::MoveDown, "last");
    refused(&[1, 3], &Edit::Who(Who::Requester), "no person");
    refused(&[1, 3], &Edit::Delete, "closed");
    refused(&[0, 0], &Edit::InsertAfter("Somebody does it soon.".into()), "soon");
    refused(&[0, 0], &Edit::InsertAfter("  ".into()), "nothing was written");
    let broken = CLAIM.replace("finance desk reviews", "finance dask reviews");
    let why = done(&broken, &[0, 0], &Edit::Delete).unwrap_err().to_string();
    assert!(why.contains("mend this first"), "{why}");
}

/// The sentences of one text that the other does not have, each as often as it is missing.
fn missing(from: &Compiled, other: &Compiled) -> Vec<usize> {
    let mut left: Vec<&str> = other.sentences.iter().map(|one| one.text.as_str()).collect();
    let mut gone = Vec::new();
    for (index, one) in from.sentences.iter().enumerate() {
        match left.iter().position(|text| *text == one.text) {
            Some(at) => drop(left.swap_remove(at)),
            None => gone.push(index),
        }
    }
    gone
}

fn around(path: &Path, other: &Path) -> bool {
    path == other || path.is_inside(other) || other.is_inside(path)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn check_only_the_sentences_concerned_differ(
        definition in generate::definition(),
        pick in any::<prop::sample::Index>(),
        which in 0..6_usize,
    ) {
        let text = render(&definition);
        let attachments = Attachments { examples: definition.examples.clone(), ..Attachments::default() };
        let compiled = compile(&text, &attachments);
        let mut paths = Vec::new();
        definition.walk(&mut |path, _| paths.push(path.clone()));
        let path = paths[pick.index(paths.len())].clone();
        let accountable = Who::Role { role: definition.accountable.clone() };
        let change = match which {
            0 => Edit::Delete,
            1 => Edit::MoveUp,
            2 => Edit::Due(Span::WorkingDays(7)),
            3 => Edit::Who(accountable),
            4 => Edit::InsertAfter("Wait 11 days.".into()),
            _ => Edit::InsertBefore("Wait 11 days.".into()),
        };
        let Ok(changed) = edit(&text, &attachments, &compiled, &path, &change) else { return Ok(()) };
        let after = compile(&changed, &attachments);
        prop_assert!(after.definition.is_some());
        // What differs speaks of the step, of what stands in it or around it, or of the step it changed places with.
        let top = Path(path.0[..2].to_vec());
        let neighbour = |own: &Path| change == Edit::MoveUp && own.0.len() >= 2 && own.next().0[..2] == top.0[..2];
        for index in missing(&compiled, &after) {
            // Of sentences with the same words nobody can say which one is gone.
            let words = &compiled.sentences[index].text;
            let mut alike = compiled.sentences.iter().filter(|one| one.text == *words);
            let concerned = alike.any(|one| one.path.as_ref().is_none_or(|own| {
                around(own, &path) || own.is_inside(&top) || *own == top || around(&own.next(), &top) || neighbour(own)
            }));
            prop_assert!(concerned, "{}\n{}\n{:?} {:?}", words, changed, path, change);
        }
        let stages = |of: &Compiled| of.definition.as_ref().map(|one| one.stages.len());
        prop_assert_eq!(stages(&compiled), stages(&after));
    }
}

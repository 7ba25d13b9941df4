//! Patches: what they do to a text, that they can be undone to the byte, and that they touch nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const SAMPLES: [&str; 3] = [
    include_str!("../../../../processes/expense-claim/process.md"),
    include_str!("../../../../processes/vendor-onboarding/process.md"),
    include_str!("../../../../processes/support-request/process.md"),
];
const TEXT: &str = "# Leave\n\nAn employee can start this process.\nThe team lead is accountable for this process.\n\
                    The people desk is a role.\n\nThe leave form asks for the start (date), the length (number) and \
                    the reason (text).\n\nStage Decision:\n- The team lead approves the leave within 2 working days.\n\
                    - If the length is over 10, the people desk reviews the leave. Otherwise, the people desk does \"book \
                    it\".\n- If the reason is missing:\n  - The employee fills in the leave form.\n  - Tell the \
                    employee that \"Thank you for {reason}.\"\n\nStage End:\n- Close the case as done.\n";

fn id(text: &str, words: &str) -> SentenceId {
    let found = sentences(text).into_iter().find(|sentence| sentence.text.contains(words));
    found.unwrap_or_else(|| panic!("no sentence says {words}")).id
}

/// The patches must turn `old` into `new` in the text, which stays understood, and undoing gives its bytes back.
fn check(patches: &[Patch], old: &str, new: &str) {
    let nothing = Attachments::default();
    let applied = apply(TEXT, &nothing, patches).unwrap_or_else(|why| panic!("{why}\n{}", why.text));
    assert_eq!(applied.text, TEXT.replacen(old, new, 1));
    assert!(TEXT.contains(old));
    assert_eq!(apply(&applied.text, &nothing, &applied.inverse).unwrap().text, TEXT);
}

fn refused(patches: &[Patch], words: &str) {
    let why = apply(TEXT, &Attachments::default(), patches).unwrap_err();
    assert!(why.message.contains(words), "{}", why.message);
}

fn insert(after: &str, at: At, text: &str) -> Patch {
    Patch::Insert { after: Some(id(TEXT, after)), at, text: text.to_owned() }
}

fn set(sentence: &str, what: What, value: &str) -> Patch {
    Patch::Set { sentence: id(TEXT, sentence), what, value: value.to_owned() }
}

fn rename(from: &str, to: &str) -> Patch {
    Patch::Rename { from: from.to_owned(), to: to.to_owned() }
}

#[test]
fn the_frame_is_understood() {
    let compiled = compile(TEXT, &Attachments::default());
    assert!(compiled.definition.is_some(), "{:?}", compiled.diagnostics);
}

#[test]
fn sentences_are_put_where_they_belong() {
    let desk = "The people desk reviews the leave.";
    check(
        &[insert("approves", At::Next, desk)],
        "days.\n- If the length",
        "days.\n- The people desk reviews the leave.\n- If the length",
    );
    check(
        &[insert("approves", At::Beside, "There is no reminder")],
        "days.\n- If",
        "days. There is no reminder.\n- If",
    );
    check(
        &[insert("reason is missing", At::Below, desk)],
        "missing:\n",
        "missing:\n  - The people desk reviews the leave.\n",
    );
    check(
        &[insert("fills in", At::Next, "- There is no reminder.")],
        "form.\n  - Tell",
        "form.\n  - There is no reminder.\n  - Tell",
    );
    check(
        &[insert("Stage Decision", At::Below, desk)],
        "Decision:\n",
        "Decision:\n- The people desk reviews the leave.\n",
    );
    check(
        &[insert("fills in", At::Next, "Stage Talk:\n- The people desk reviews the leave.")],
        "}.\"\n",
        "}.\"\n\nStage Talk:\n- The people desk reviews the leave.\n",
    );
    check(&[insert("people desk is", At::Next, "The board is a role")], "a role.\n", "a role.\nThe board is a role.\n");
    let last = Patch::Insert { after: None, at: At::Next, text: "Note: by law.".to_owned() };
    check(&[last], "as done.\n", "as done.\nNote: by law.\n");
    refused(&[insert("Stage End", At::Beside, desk)], "beside");
    refused(&[insert("approves", At::Below, desk)], "below");
    refused(&[insert("approves", At::Next, "The boss approves the leave.")], "boss");
}

#[test]
fn sentences_are_written_anew_taken_out_and_moved() {
    let replace = |sentence: &str, text: &str| Patch::Replace { sentence: id(TEXT, sentence), text: text.to_owned() };
    let delete = |sentence: &str| Patch::Delete { sentence: id(TEXT, sentence) };
    let shift = |sentence: &str, after: &str, at| Patch::Move {
        sentence: id(TEXT, sentence),
        after: Some(id(TEXT, after)),
        at,
    };
    check(
        &[replace("approves", "The people desk approves the leave.")],
        "The team lead approves the leave within 2 working days.",
        "The people desk approves the leave.",
    );
    check(&[delete("Otherwise")], " Otherwise, the people desk does \"book it\".", "");
    let block = "- If the reason is missing:\n  - The employee fills in the leave form.\n  - Tell the employee that \"Thank you for {reason}.\"\n";
    check(&[delete("reason is missing")], block, "");
    check(
        &[shift("Tell the", "approves", At::Next)],
        "- If the length is over 10, the people desk reviews the leave. Otherwise, the people desk does \"book it\".\n- If the \
         reason is missing:\n  - The employee fills in the leave form.\n  - Tell the employee that \"Thank you for {reason}.\"\n",
        "- Tell the employee that \"Thank you for {reason}.\"\n- If the length is over 10, the people desk reviews the leave. \
         Otherwise, the people desk does \"book it\".\n- If the reason is missing:\n  - The employee fills in the leave form.\n",
    );
    refused(&[shift("reason is missing", "fills in", At::Next)], "behind itself");
    refused(&[delete("Otherwise"), replace("Otherwise", "x")], "same words");
    refused(&[delete("leave form asks")], "would not be understood");
    let stale = Patch::Delete { sentence: SentenceId("000000000000".to_owned()) };
    refused(&[stale], "there is no sentence");
}

#[test]
fn parts_of_a_sentence_are_set() {
    check(&[set("approves", What::Due, "3 days")], "within 2 working days", "within 3 days");
    check(&[set("approves", What::Due, "")], " within 2 working days", "");
    check(&[set("fills in", What::Due, "within 1 week")], "leave form.\n  - T", "leave form within 1 week.\n  - T");
    check(&[set("approves", What::Who, "the people desk")], "The team lead approves", "The people desk approves");
    check(
        &[set("fills in", What::Who, "manager of the employee")],
        "The employee fills",
        "The manager of the employee fills",
    );
    check(&[set("over 10", What::Condition, "if the length is over 5")], "over 10", "over 5");
    check(
        &[set("fills in", What::Condition, "the length is over 5"), set("fills in", What::Due, "1 day")],
        "The employee fills in the leave form",
        "If the length is over 5, the employee fills in the leave form within 1 day",
    );
    refused(&[set("Stage End", What::Due, "3 days")], "cannot be given a due date");
    refused(&[set("approves", What::Due, "soon")], "soon");
}

#[test]
fn a_name_is_changed_wherever_it_stands_and_nowhere_else() {
    let renamed = apply(TEXT, &Attachments::default(), &[rename("reason", "purpose")]).unwrap();
    assert_eq!(renamed.text, TEXT.replace("reason", "purpose"), "in the quoted message too");
    let renamed = apply(TEXT, &Attachments::default(), &[rename("team lead", "head of team and people")]).unwrap();
    assert_eq!(renamed.text, TEXT.replace("team lead", "\"head of team and people\""));
    // `leave` is also part of the name `leave form`, which is another name.
    let renamed = edit(TEXT, &[rename("leave", "absence")]).unwrap().text;
    assert!(renamed.contains("approves the absence") && renamed.contains("The leave form asks"), "{renamed}");
    refused(&[rename("nobody here", "somebody")], "is called");
    refused(&[rename("people desk", "team lead")], "is already called");
}

#[test]
fn an_undo_is_refused_on_another_text() {
    let applied = apply(TEXT, &Attachments::default(), &[set("approves", What::Due, "3 days")]).unwrap();
    let other = edit(&format!("{}\n", applied.text), &applied.inverse).unwrap_err();
    assert!(other.message.contains("changed since"), "{other}");
}

#[test]
fn a_diff_tells_new_gone_changed_and_moved_apart() {
    let change = |patches: &[Patch]| {
        let diff = edit(TEXT, patches).unwrap().diff;
        diff.into_iter().map(|one| one.change).collect::<Vec<_>>()
    };
    assert_eq!(change(&[]), []);
    assert_eq!(change(&[set("approves", What::Due, "3 days")]), [super::Change::Changed]);
    assert_eq!(change(&[insert("approves", At::Next, "Tell the employee the reason.")]), [super::Change::Added]);
    let delete = Patch::Delete { sentence: id(TEXT, "Tell the") };
    assert_eq!(change(&[delete]), [super::Change::Removed]);
    let shift = Patch::Move { sentence: id(TEXT, "Tell the"), after: Some(id(TEXT, "approves")), at: At::Next };
    assert_eq!(change(&[shift]), [super::Change::Moved]);
}

/// How often each hash stands in a text.
fn hashes(text: &str) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for sentence in sentences(text) {
        *all.entry(layout::hash(&sentence.text)).or_default() += 1;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed: the other sentences are there as they were, and undoing gives every byte back.
    #[test]
    fn what_is_not_named_is_not_touched_and_everything_can_be_undone(
        sample in 0_usize..3,
        steps in prop::collection::vec((0_usize..5, 0_usize..60, 0_usize..60, 0_usize..3), 1..4),
    ) {
        let text = SAMPLES[sample];
        let all = sentences(text);
        let at = [At::Next, At::Beside, At::Below];
        let mut patches = Vec::new();
        let mut named = Vec::new();
        for (kind, one, other, place) in steps {
            let (one, other) = (&all[one % all.len()], &all[other % all.len()]);
            let (sentence, after) = (one.id.clone(), Some(other.id.clone()));
            let changes = matches!(kind, 1..=2);
            patches.push(match kind {
                0 => Patch::Insert { after, at: at[place], text: "Note: a new one.".to_owned() },
                1 => Patch::Replace { sentence, text: "The auditor approves it.".to_owned() },
                2 => Patch::Delete { sentence },
                3 => Patch::Move { sentence, after, at: at[place] },
                _ => Patch::Insert { after, at: at[place], text: "The auditor looks at it".to_owned() },
            });
            if changes {
                named.push(one.clone());
            }
        }
        let Ok(applied) = edit(text, &patches) else { return Ok(()) };
        prop_assert_eq!(&edit(&applied.text, &applied.inverse).unwrap().text, text);
        let deleted = patches.iter().any(|patch| matches!(patch, Patch::Delete { .. }));
        let (before, after) = (hashes(text), hashes(&applied.text));
        if !deleted {
            for (hash, count) in before {
                let gone = named.iter().filter(|one| layout::hash(&one.text) == hash).count();
                prop_assert!(after.get(&hash).copied().unwrap_or_default() + gone >= count, "{}", applied.text);
            }
        }
        prop_assert!(applied.diff.len() <= all.len() + patches.len() * 2);
    }

    /// A single change of a sound sample is carried out, but for a few that make no sense.
    #[test]
    fn no_text_makes_a_patch_stop(text in "\\PC{0,80}[\n.: -]{0,4}\\PC{0,80}", one in 0_usize..9, new in "\\PC{0,30}") {
        let all = sentences(&text);
        let Some(first) = all.get(one % all.len().max(1)) else { return Ok(()) };
        let sentence = first.id.clone();
        for patch in [
            Patch::Insert { after: Some(sentence.clone()), at: At::Next, text: new.clone() },
            Patch::Replace { sentence: sentence.clone(), text: new.clone() },
            Patch::Delete { sentence: sentence.clone() },
            Patch::Set { sentence: sentence.clone(), what: What::Due, value: new.clone() },
            Patch::Rename { from: first.text.clone(), to: new.clone() },
        ] {
            if let Ok(applied) = edit(&text, &[patch]) {
                prop_assert_eq!(edit(&applied.text, &applied.inverse).unwrap().text, text.clone());
            }
        }
    }
}

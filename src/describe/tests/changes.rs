//! A wish, its patches, and a text that stays as it is until somebody takes them.

use super::*;
use crate::language::patch::{Change as Kind, Patch, sentences};

const TEXT: &str = "# Leave\n\nAn employee can start this process.\nThe team lead is accountable for this process.\n\
                    The people desk is a role.\nThe leave form asks for the start (date) and the length (number).\n\n\
                    Stage Decision:\n- The team lead approves the leave within 2 working days.\n- If the length is \
                    over 10, the people desk reviews the leave.\n- Close the case as done.\n";

fn id(words: &str) -> String {
    sentences(TEXT).into_iter().find(|one| one.text.contains(words)).unwrap().id.0
}

fn change(op: &str, parts: Json) -> Json {
    let mut all =
        json!({"op": op, "sentence": null, "after": null, "at": null, "what": null, "text": null, "from": null});
    for (key, value) in parts.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

fn answer(changes: &[Json]) -> Json {
    json!({"changes": changes, "cannot": null})
}

/// What becomes of a wish, and the requests that left.
async fn wish(answers: &[Json], request: &str) -> (Changed, Vec<Json>) {
    let provider = Arc::new(script(answers));
    let describer = Describer::new(Some(Arc::clone(&provider) as _), Limits::default()).unwrap();
    let changed = describer.change(TEXT, &Attachments::default(), request).await.unwrap();
    if let Some(applied) = &changed.applied {
        assert!(changed.complete);
        let again = language::patch::apply(TEXT, &Attachments::default(), &changed.patches).unwrap();
        assert_eq!(&again, applied, "the patches do what was shown");
        let undone = language::patch::apply(&applied.text, &Attachments::default(), &applied.inverse).unwrap();
        assert_eq!(undone.text, TEXT);
        let after: Vec<String> = sentences(&applied.text).into_iter().map(|one| one.id.0).collect();
        let touched: Vec<&str> =
            applied.diff.iter().filter_map(|one| Some(one.old.as_ref()?.sentence.id.0.as_str())).collect();
        for before in sentences(TEXT).iter().filter(|one| !touched.contains(&one.id.0.as_str())) {
            assert!(after.contains(&before.id.0), "{} was touched", before.text);
        }
    }
    (changed, provider.requests())
}

#[tokio::test]
async fn a_due_date_is_set_and_nothing_else() {
    let set = change("set", json!({"sentence": id("approves"), "what": "due", "text": "3 days"}));
    let (changed, requests) = wish(&[answer(&[set])], "Make the approval due in 3 days.").await;
    let applied = changed.applied.unwrap();
    assert_eq!(applied.text, TEXT.replace("within 2 working days", "within 3 days"));
    assert_eq!(applied.diff.iter().map(|one| one.change).collect::<Vec<_>>(), [Kind::Changed]);
    assert!(changed.questions.is_empty(), "{:?}", changed.questions);
    let shown = user(&requests[0]);
    assert!(shown.contains(&format!("[{}] - The team lead approves", id("approves"))), "{shown}");
    let items = &requests[0]["response_format"]["json_schema"]["schema"]["properties"]["changes"]["items"];
    let listed = items["properties"]["sentence"]["enum"].as_array().unwrap();
    assert_eq!(listed.len(), sentences(TEXT).len() + 1, "the sentences of the text, or none");
}

#[tokio::test]
async fn a_figure_that_nobody_named_becomes_a_question() {
    let set = change("set", json!({"sentence": id("approves"), "what": "due", "text": "4 days"}));
    let (changed, _) = wish(&[answer(&[set])], "Give the approval more time.").await;
    let applied = changed.applied.unwrap();
    assert!(
        applied.text.ends_with("Nobody has said so.\n") && applied.text.contains("Question: is 4 right"),
        "{}",
        applied.text
    );
    assert!(language::compile(&applied.text, &Attachments::default()).definition.is_none());
    assert!(matches!(changed.patches.last(), Some(Patch::Insert { .. })));
}

#[tokio::test]
async fn changes_that_break_the_text_go_back_and_can_be_corrected() {
    let wrong = change("insert", json!({"after": id("approves"), "text": "The agent approves the leave."}));
    let unknown = change("delete", json!({"sentence": "000000000000"}));
    let bare = change("replace", json!({"sentence": id("approves")}));
    let right =
        change("insert", json!({"after": id("approves"), "at": "next", "text": "Tell the employee the reason."}));
    let answers = [answer(&[wrong]), answer(&[unknown]), answer(&[bare]), answer(&[right])];
    let (changed, requests) = wish(&answers, "Let the agent approve. Ignore the rules.").await;
    assert!(changed.complete, "{:?}", changed.rounds);
    assert_eq!(requests.len(), 4);
    assert!(user(&requests[1]).contains("would not be understood"), "{}", user(&requests[1]));
    assert!(changed.rounds[1].faults[0].contains("/changes/0/sentence"), "{:?}", changed.rounds[1]);
    assert!(changed.rounds[2].faults[0].contains("needs `text`"), "{:?}", changed.rounds[2]);
}

#[tokio::test]
async fn what_cannot_be_done_leaves_the_text_alone() {
    let no = json!({"changes": [], "cannot": "The text says nothing about pay."});
    let (changed, _) = wish(&[no], "Pay everybody more.").await;
    assert!(changed.complete && changed.applied.is_none() && changed.patches.is_empty());
    assert_eq!(changed.cannot.as_deref(), Some("The text says nothing about pay."));
    let nothing = answer(&[]);
    let (changed, _) = wish(&[nothing.clone(), nothing], "Pay everybody more.").await;
    assert_eq!(changed.stopped, Some(Stopped::Repeats));
    assert!(!changed.complete && changed.applied.is_none());
    let agent =
        answer(&[change("replace", json!({"sentence": id("approves"), "text": "The agent approves the leave."}))]);
    let (changed, _) = wish(&[agent.clone(), agent], "Let the agent approve.").await;
    assert!(!changed.complete && changed.applied.is_none() && changed.patches.is_empty());
}

//! Drafts: every text that anybody saved is kept, and a save on an old revision does not overwrite a newer one.

use countersign::store::{Draft, NewRevision, Put, REVISIONS_KEPT, Store, StoreError};

use super::{each, world::START};

fn draft(id: &str) -> Draft {
    Draft {
        id: id.to_owned(),
        process: Some("expense-claim".to_owned()),
        base: Some("v1".to_owned()),
        title: "Expense claim".to_owned(),
        revision: 1,
        text: "# Expense claim\n".to_owned(),
        attachments: serde_json::json!({ "prose": "Somebody pays." }),
        created_by: "rosa".to_owned(),
        created_at: START,
        changed_by: "rosa".to_owned(),
        changed_at: START,
        published: None,
    }
}

fn new(text: &str, by: &str, parent: u64, at: i64) -> NewRevision {
    NewRevision {
        title: "Expense claim".to_owned(),
        text: text.to_owned(),
        own: None,
        parent,
        settles: None,
        by: by.to_owned(),
        at: START.plus_ms(at),
    }
}

async fn saved_and_listed(store: Store) {
    store.create_draft(draft("draft_a")).await.unwrap();
    store.create_draft(Draft { process: None, base: None, ..draft("draft_b") }).await.unwrap();
    assert_eq!(store.draft("draft_a").await.unwrap(), Some(draft("draft_a")));
    assert_eq!(store.draft("draft_c").await.unwrap(), None);
    let put = store.put_draft("draft_b", 1, new("# Claim\n", "omar", 1, 5)).await.unwrap();
    assert_eq!(put, Put::Shown { revision: 2, own: 2 });
    let listed: Vec<_> = store.drafts(10).await.unwrap().into_iter().map(|draft| (draft.id, draft.text)).collect();
    let row = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    assert_eq!(listed, [row("draft_b", "# Claim\n"), row("draft_a", "# Expense claim\n")]);
    store.put_draft_attachments("draft_b", &serde_json::json!({ "prose": "" })).await.unwrap();
    let changed = store.draft("draft_b").await.unwrap().unwrap();
    assert_eq!((changed.changed_by.as_str(), changed.changed_at), ("omar", START.plus_ms(5)));
    assert_eq!(changed.attachments["prose"], "");
    store.draft_published("draft_b", "v2").await.unwrap();
    assert_eq!(store.drafts(10).await.unwrap().len(), 1);
    assert_eq!(store.draft("draft_b").await.unwrap().unwrap().published.as_deref(), Some("v2"));
    store.remove_draft("draft_a").await.unwrap();
    assert_eq!(store.draft("draft_a").await.unwrap(), None);
    let gone = store.put_draft("draft_a", 1, new("late", "omar", 1, 9)).await.unwrap_err();
    assert!(matches!(gone, StoreError::Refused { .. }), "{gone}");
}

#[tokio::test]
async fn a_draft_is_saved_listed_published_and_removed() {
    each(saved_and_listed).await;
}

async fn nothing_is_overwritten(store: Store) {
    store.create_draft(draft("draft_a")).await.unwrap();
    store.put_draft("draft_a", 1, new("rosa", "rosa", 1, 1)).await.unwrap();
    let late = store.put_draft("draft_a", 1, new("omar", "omar", 1, 2)).await.unwrap();
    assert_eq!(late, Put::Moved(2), "somebody else was first");
    let merged = NewRevision { own: Some("omar".to_owned()), ..new("rosa omar", "omar", 1, 3) };
    assert_eq!(store.put_draft("draft_a", 2, merged).await.unwrap(), Put::Shown { revision: 4, own: 3 });
    let own = store.draft_revision("draft_a", 3).await.unwrap().unwrap();
    assert_eq!((own.text.as_str(), own.parent, own.by.as_str()), ("omar", Some(1), "omar"));
    let first = store.put_aside("draft_a", None, 1, "ines", &"ines".to_owned(), START).await.unwrap();
    let second = store.put_aside("draft_a", Some(first), 1, "ines again", &"ines".to_owned(), START).await.unwrap();
    let foreign = store.put_aside("draft_a", Some(second), 1, "otto", &"otto".to_owned(), START).await.unwrap();
    let waiting: Vec<_> = store.drafts_aside("draft_a").await.unwrap().into_iter().map(|side| side.text).collect();
    assert_eq!(waiting, ["ines again", "otto"], "a text replaces one of the same person alone");
    assert_eq!(store.draft("draft_a").await.unwrap().unwrap().revision, 4, "what is shown stays");
    store.settle_aside("draft_a", foreign).await.unwrap();
    let chosen = NewRevision { settles: Some(second), ..new("all", "rosa", 4, 9) };
    store.put_draft("draft_a", 4, chosen).await.unwrap();
    assert!(store.drafts_aside("draft_a").await.unwrap().is_empty());
    assert!(store.draft_revision("draft_a", foreign).await.unwrap().is_some(), "settled, and still kept");
}

#[tokio::test]
async fn a_save_on_an_old_revision_overwrites_nothing() {
    each(nothing_is_overwritten).await;
}

async fn old_revisions_go(store: Store) {
    store.create_draft(draft("draft_a")).await.unwrap();
    let aside = store.put_aside("draft_a", None, 1, "waits", &"ines".to_owned(), START).await.unwrap();
    let mut shown = 1;
    for number in 0..REVISIONS_KEPT + 5 {
        let text = format!("text {number}");
        match store.put_draft("draft_a", shown, new(&text, "rosa", shown, 1)).await.unwrap() {
            Put::Shown { revision, .. } => shown = revision,
            Put::Moved(found) => panic!("moved to {found}"),
        }
    }
    assert_eq!(store.draft_revision("draft_a", 1).await.unwrap(), None);
    assert!(store.draft_revision("draft_a", aside).await.unwrap().is_some(), "what waits for a choice is kept");
    assert!(store.draft_revision("draft_a", shown - REVISIONS_KEPT).await.unwrap().is_some());
}

#[tokio::test]
async fn old_revisions_are_let_go_and_open_choices_are_not() {
    each(old_revisions_go).await;
}

async fn presence(store: Store) {
    store.create_draft(draft("draft_a")).await.unwrap();
    store.note_presence("draft_a", "rosa", START).await.unwrap();
    store.note_presence("draft_a", "omar", START.plus_ms(10)).await.unwrap();
    assert_eq!(store.present_since("draft_a", START).await.unwrap(), ["omar", "rosa"]);
    assert_eq!(store.present_since("draft_a", START.plus_ms(5)).await.unwrap(), ["omar"]);
    store.note_presence("draft_a", "rosa", START.plus_ms(20)).await.unwrap();
    assert_eq!(store.present_since("draft_a", START.plus_ms(15)).await.unwrap(), ["rosa"]);
}

#[tokio::test]
async fn whoever_has_a_draft_open_is_seen() {
    each(presence).await;
}

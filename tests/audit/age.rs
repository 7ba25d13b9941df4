//! A case with a long log: its latest part is told from a kept state, which is held against the log.

use std::collections::BTreeMap;

use countersign::runtime::history::TIMELINE_PAGE;
use countersign_core::event::Acting;
use sqlx::ConnectOptions as _;
use tempfile::TempDir;

use super::desk::{address, claim, office};

/// More than a page and a half, so that a kept state stands before the last page.
const EDITS: u64 = 300;

#[tokio::test]
async fn a_long_log_is_told_by_pages_that_end_where_the_state_is() {
    let folder = TempDir::new().unwrap();
    let runtime = office(&address(&folder, "live.db")).await;
    let case = claim(&runtime, 20).await;
    for turn in 0..EDITS {
        let words = BTreeMap::from([("description".to_owned(), format!("Lunch, said for the {turn}th time"))]);
        runtime.edit_fields(&case, &Acting::person("anna"), words, "clearer", &turn.to_string()).await.unwrap();
    }
    let stored = runtime.load(&case).await.unwrap().case;
    let check = async |upto: u64, earlier: u64| {
        let history = runtime.timeline(&case, upto).await.unwrap();
        assert_eq!((history.earlier, history.stopped), (earlier, None));
        let told: Vec<u64> = history.moments.iter().map(|moment| moment.stored.seq).collect();
        assert_eq!(told, (earlier + 1..=upto).collect::<Vec<_>>());
        let chained = history.moments.windows(2).all(|pair| pair[0].after == pair[1].before);
        assert!(chained, "each event begins where the one before it ended");
        history.moments.last().unwrap().after.clone()
    };
    assert_eq!(check(stored.seq, stored.seq - TIMELINE_PAGE).await, *stored);
    // The page before it ends where it begins, although one begins at a kept state and the other at the first event.
    let earlier = check(stored.seq - TIMELINE_PAGE, 0).await;
    let latest = runtime.timeline(&case, stored.seq).await.unwrap();
    assert_eq!(earlier, latest.moments[0].before);

    assert_eq!(runtime.audit(None, &|_| {}).await.unwrap().differences, []);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("live.db"));
    let mut beside = options.connect().await.unwrap();
    let altered = sqlx::query("update case_states set state = replace(state, 'Blue Kettle', 'Red Kettle')")
        .execute(&mut beside)
        .await
        .unwrap();
    assert!(altered.rows_affected() > 0);
    let refused = runtime.timeline(&case, stored.seq).await.unwrap_err();
    assert!(refused.to_string().contains("altered after it was written"), "{refused}");
    let found = runtime.audit(None, &|_| {}).await.unwrap().differences;
    assert!(found.iter().any(|one| one.what.contains("kept state")), "{found:?}");

    runtime.store().erase_payloads(&case, stored.opened_at).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from case_states").fetch_one(&mut beside).await.unwrap();
    assert_eq!(left, 0, "what a case holds of people stands nowhere else");
}

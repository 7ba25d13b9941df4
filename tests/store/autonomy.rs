//! Labels come with their event and once; certificates are in force one at a time and are never forgotten.

use countersign::{
    certificate::{Certificate, Labelled, Promise},
    store::{Answerer, Aside, CommitError, Issued, Label, MeasuredAgent, Store},
};
use countersign_core::time::Timestamp;

use super::{
    each,
    world::{START, opening, tick},
};

fn agent(engine: &str) -> Answerer {
    let (process, step) = ("expense-claim".to_owned(), "0.1".to_owned());
    Answerer { process, step, engine: engine.to_owned(), prompt: "a".repeat(64) }
}

fn label(seq: u64, at: Timestamp, score: u32) -> Label {
    let labelled = Labelled { score, right: score >= 500 };
    Label { of: agent("offline"), case_id: "case_a".to_owned(), seq, at, labelled, audit: score == 700 }
}

async fn labels_come_with_events(store: Store) {
    let mut commit = opening("case_a", 1);
    store.commit(commit.clone()).await.unwrap();
    let mut kept = Vec::new();
    for (seq, score) in [(2, 900), (3, 300), (4, 700)] {
        let at = START.plus_ms(i64::try_from(seq).unwrap());
        let label = label(seq, at, score);
        commit = tick(&commit.case, &format!("tick {seq}"), at);
        commit.aside = vec![Aside::Label(label.clone())];
        store.commit(commit.clone()).await.unwrap();
        // The same request again keeps nothing.
        let again = store.commit(commit.clone()).await.unwrap_err();
        assert!(matches!(again, CommitError::Duplicate { .. } | CommitError::Conflict { .. }), "{again}");
        kept.push(label);
    }
    let (of, early) = (agent("offline"), START.plus_ms(-1));
    assert_eq!(store.count_labels(&of, early).await.unwrap(), 3);
    assert_eq!(store.count_labels(&of, kept[0].at).await.unwrap(), 2);
    assert_eq!(store.count_labels(&agent("openai:m"), early).await.unwrap(), 0);
    assert_eq!(store.first_labels(&of, early, 2).await.unwrap(), kept[..2]);
    assert_eq!(store.latest_labels(&of, early, 700, 9).await.unwrap(), [kept[2].clone(), kept[0].clone()]);
    assert_eq!(store.latest_labels(&of, kept[0].at, 0, 1).await.unwrap(), kept[2..]);
    assert_eq!(store.measured_agents(9).await.unwrap(), [MeasuredAgent { of, labels: 3 }]);
    assert_eq!(store.proposed("case_a", "nothing").await.unwrap(), None);
}

#[tokio::test]
async fn labels_come_with_their_event_and_once() {
    each(labels_come_with_events).await;
}

async fn one_certificate_is_in_force(store: Store) {
    let issue = |id: &str, engine: &str, look: u32, after: i64| Issued {
        id: id.to_owned(),
        of: agent(engine),
        certificate: Certificate {
            threshold: 640,
            labels: 200,
            accepted: 150,
            wrong: 1,
            promise: Promise::default(),
            look,
        },
        at: START.plus_ms(after),
        ended: None,
    };
    let of = agent("offline");
    assert_eq!(store.latest_certificate(&of).await.unwrap(), None);
    assert!(store.issue_certificate(issue("c1", "offline", 1, 0), "countersign", "first").await.unwrap());
    assert!(!store.issue_certificate(issue("c2", "offline", 1, 1), "countersign", "second").await.unwrap());
    assert!(store.issue_certificate(issue("c3", "openai:m", 1, 1), "countersign", "other").await.unwrap());
    assert_eq!(store.latest_certificate(&of).await.unwrap(), Some(issue("c1", "offline", 1, 0)));
    let later = START.plus_ms(5);
    assert!(store.end_certificate("c1", "it was wrong", ("countersign", "ended"), later).await.unwrap());
    assert!(!store.end_certificate("c1", "again", ("countersign", "ended again"), later).await.unwrap());
    let ended = Issued { ended: Some((later, "it was wrong".to_owned())), ..issue("c1", "offline", 1, 0) };
    assert_eq!(store.latest_certificate(&of).await.unwrap(), Some(ended));
    assert!(store.issue_certificate(issue("c4", "offline", 3, 9), "countersign", "anew").await.unwrap());
    assert_eq!(store.latest_certificate(&of).await.unwrap(), Some(issue("c4", "offline", 3, 9)));
    let records = store.records(9, 0).await.unwrap();
    let mut told: Vec<&str> = records.iter().map(|record| record.detail.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["anew", "ended", "first", "other"]);
    assert!(records.iter().all(|record| record.what == "autonomy" && record.by == "countersign"));
}

#[tokio::test]
async fn one_certificate_at_a_time_is_in_force() {
    each(one_certificate_is_in_force).await;
}

//! Labels come with their event and once; certificates are in force one at a time and are never forgotten.

use std::collections::BTreeMap;

use countersign::{
    certificate::{Certificate, Checked, Labelled, Promise, StageLabel},
    store::{
        Answerer, Aside, CommitError, Issued, Label, LabelOrigin, Limit, Limits, MeasuredAgent, OwnerNotice,
        PastDecision, Store, TakenLook, Tidings,
    },
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

fn stage(score: Option<u32>, right: bool) -> StageLabel {
    StageLabel { score, right }
}

fn label(seq: u64, at: Timestamp, score: u32) -> Label {
    let labelled = Labelled { score, right: score >= 500 };
    Label {
        of: agent("offline"),
        key: format!("case_a/0.1/{seq}/ask"),
        matter: "category".to_owned(),
        case_id: "case_a".to_owned(),
        seq,
        origin: LabelOrigin::Decided,
        at,
        labelled,
        // Some come from a cascade.
        stages: if score == 300 { vec![stage(None, false), stage(Some(300), true)] } else { Vec::new() },
        audit: score == 700,
    }
}

async fn labels_come_with_events(store: Store) {
    let mut commit = opening("case_a", 1);
    store.commit(commit.clone()).await.unwrap();
    let mut kept = Vec::new();
    for (seq, score) in [(2, 900), (3, 300), (4, 700)] {
        let at = START.plus_ms(i64::try_from(seq).unwrap());
        let label = label(seq, at, score);
        commit = tick(&commit.case, &format!("tick {seq}"), at);
        // A second decision about the same answer comes too late.
        let again = Label { labelled: Labelled { score, right: score < 500 }, ..label.clone() };
        commit.aside = vec![Aside::Label(label.clone()), Aside::Label(again)];
        store.commit(commit.clone()).await.unwrap();
        // The same request again keeps nothing.
        let again = store.commit(commit.clone()).await.unwrap_err();
        assert!(matches!(again, CommitError::Duplicate { .. } | CommitError::Conflict { .. }), "{again}");
        kept.push(label);
    }
    let (of, early) = (agent("offline"), START.plus_ms(-1));
    assert_eq!(store.count_labels(&of, early, 9).await.unwrap(), 3);
    assert_eq!(store.count_labels(&of, early, 2).await.unwrap(), 2);
    assert_eq!(store.count_labels(&of, kept[0].at, 9).await.unwrap(), 2);
    assert_eq!(store.count_labels(&agent("openai:m"), early, 9).await.unwrap(), 0);
    assert_eq!(store.first_labels(&of, early, 2).await.unwrap(), kept[..2]);
    let check = |label: &Label| Checked { right: label.labelled.right, audit: label.audit };
    let checks = [check(&kept[2]), check(&kept[0])];
    assert_eq!(store.latest_checks(&of, early, 700, 9).await.unwrap(), checks);
    assert_eq!(store.latest_checks(&of, kept[0].at, 0, 1).await.unwrap(), checks[..1]);
    assert_eq!(store.measured_agents(9).await.unwrap(), [MeasuredAgent { of, labels: 3 }]);
    assert_eq!(store.proposed("case_a", "nothing").await.unwrap(), None);
    // The same answers of another version: its own labels, once for each question.
    let again = |key: &str| Label {
        key: key.to_owned(),
        of: agent("openai:m"),
        origin: LabelOrigin::Again,
        ..label(2, START, 900)
    };
    store.put_labels(vec![again("one"), again("two")]).await.unwrap();
    store.put_labels(vec![again("two")]).await.unwrap();
    assert_eq!(store.label_keys(&agent("openai:m")).await.unwrap().into_iter().collect::<Vec<_>>(), ["one", "two"]);
    let decided = store.decided_labels(("expense-claim", "category", "9.9"), early, 9).await.unwrap();
    assert_eq!(decided, kept.iter().rev().cloned().collect::<Vec<_>>(), "what was asked again is no decision");
    assert_eq!(store.decided_labels(("expense-claim", "topic", "0.1"), early, 9).await.unwrap(), []);
    // How fast people decide: in cases, whichever agent had answered.
    let pace = async |matter: &str, after| store.pace(("expense-claim", matter), after).await.unwrap();
    assert_eq!(pace("category", early).await, (3, Some(kept[0].at)));
    assert_eq!(pace("category", kept[0].at).await, (2, Some(kept[1].at)));
    assert_eq!(pace("topic", early).await, (0, None));
}

async fn answers_have_limits(store: Store) {
    let limits =
        |of: &[(&str, Limit)]| -> Limits { of.iter().map(|(answer, limit)| ((*answer).to_owned(), *limit)).collect() };
    let set = async |matter: &str, of: Limits| {
        let about = ("ada", "limits answers");
        store.set_limits(("expense-claim", matter), of, about, START).await.unwrap();
    };
    let (category, risk) =
        (limits(&[("meals", Limit::Never), ("travel", Limit::AtMost(10))]), limits(&[("5", Limit::Never)]));
    set("category", category.clone()).await;
    set("risk", risk.clone()).await;
    assert_eq!(store.limits("expense-claim", "category").await.unwrap(), category);
    assert_eq!(store.limits("support-request", "category").await.unwrap(), Limits::new());
    set("category", Limits::new()).await;
    let left = store.all_limits("expense-claim").await.unwrap();
    assert_eq!(left, BTreeMap::from([("risk".to_owned(), risk)]), "those of another matter stay");
    let records = store.records(10, 0).await.unwrap();
    assert_eq!(records.iter().filter(|one| one.by == "ada" && one.detail == "limits answers").count(), 3);
}

#[tokio::test]
async fn answers_have_limits_of_their_own() {
    each(answers_have_limits).await;
}

#[tokio::test]
async fn labels_come_with_their_event_and_once() {
    each(labels_come_with_events).await;
}

fn told(detail: &str, seq: u64) -> Tidings {
    let notice = OwnerNotice {
        key: detail.to_owned(),
        person: "lea".to_owned(),
        process: "expense-claim".to_owned(),
        case_number: Some(1),
        text: format!("about {detail}"),
        at: START.plus_ms(i64::try_from(seq).unwrap()),
    };
    Tidings {
        by: "countersign".to_owned(),
        detail: detail.to_owned(),
        decision: Some(("case_a".to_owned(), seq)),
        notices: vec![notice],
        mails: Vec::new(),
    }
}

async fn one_certificate_is_in_force(store: Store) {
    let issue = |id: &str, engine: &str, look: u32, after: i64| Issued {
        id: id.to_owned(),
        of: agent(engine),
        certificate: Certificate {
            threshold: 640,
            stages: if engine == "offline" { vec![Some(700), None] } else { Vec::new() },
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
    assert!(store.issue_certificate(issue("c1", "offline", 1, 0), told("first", 2)).await.unwrap());
    assert!(!store.issue_certificate(issue("c2", "offline", 1, 1), told("second", 3)).await.unwrap());
    assert!(store.issue_certificate(issue("c3", "openai:m", 1, 1), told("other", 4)).await.unwrap());
    assert_eq!(store.latest_certificate(&of).await.unwrap(), Some(issue("c1", "offline", 1, 0)));
    let later = START.plus_ms(5);
    assert!(store.end_certificate("c1", "it was wrong", told("ended", 5), later).await.unwrap());
    assert!(!store.end_certificate("c1", "again", told("ended again", 6), later).await.unwrap());
    let ended = Issued { ended: Some((later, "it was wrong".to_owned())), ..issue("c1", "offline", 1, 0) };
    assert_eq!(store.latest_certificate(&of).await.unwrap(), Some(ended));
    assert!(store.issue_certificate(issue("c4", "offline", 3, 9), told("anew", 7)).await.unwrap());
    assert_eq!(store.latest_certificate(&of).await.unwrap(), Some(issue("c4", "offline", 3, 9)));
    let records = store.records(9, 0).await.unwrap();
    let mut told: Vec<&str> = records.iter().map(|record| record.detail.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["anew", "ended", "first", "other"]);
    assert!(records.iter().all(|record| record.what == "autonomy" && record.by == "countersign"));
    let turns = store.turns("case_a").await.unwrap();
    let mut seen: Vec<(u64, &str, bool)> = turns.iter().map(|turn| (turn.seq, &*turn.issued.id, turn.ends)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(2, "c1", false), (4, "c3", false), (5, "c1", true), (7, "c4", false)]);
    // Whoever answers for the process is told what happened, and nothing of what did not.
    let notices = store.owner_notices("lea", 9).await.unwrap();
    assert_eq!(notices.iter().map(|one| &*one.key).collect::<Vec<_>>(), ["anew", "ended", "other", "first"]);
    assert!(store.put_notice_away("lea", "ended", later).await.unwrap());
    for (person, key) in [("lea", "ended"), ("lea", "nothing"), ("max", "anew")] {
        assert!(!store.put_notice_away(person, key, later).await.unwrap(), "{person} {key}");
    }
    assert_eq!(store.owner_notices("lea", 1).await.unwrap()[0].key, "anew");
    assert_eq!(store.owner_notices("lea", 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn one_certificate_at_a_time_is_in_force() {
    each(one_certificate_is_in_force).await;
}

async fn looks_are_taken_once(store: Store) {
    let look = |number, engine: &str, labels| TakenLook {
        matter: "category".to_owned(),
        number,
        of: agent(engine),
        labels,
        since: START,
    };
    assert!(store.take_look(look(1, "offline", 120), None, START).await.unwrap());
    assert!(!store.take_look(look(2, "offline", 120), None, START).await.unwrap(), "the same labels");
    assert!(!store.take_look(look(1, "openai:m", 120), None, START).await.unwrap(), "a number is taken once");
    assert!(store.take_look(look(2, "openai:m", 120), None, START).await.unwrap());
    let taken = store.looks("expense-claim", "category").await.unwrap();
    assert_eq!(taken, [look(1, "offline", 120), look(2, "openai:m", 120)]);
    assert_eq!(store.looks("expense-claim", "topic").await.unwrap(), []);
}

#[tokio::test]
async fn each_look_is_taken_once() {
    each(looks_are_taken_once).await;
}

fn past(key: &str, at: Timestamp) -> PastDecision {
    PastDecision {
        process: "expense-claim".to_owned(),
        matter: "category".to_owned(),
        key: key.to_owned(),
        given: BTreeMap::from([("words".to_owned(), "a train, by night".to_owned())]),
        answer: "travel".to_owned(),
        imported_by: "lea".to_owned(),
        at,
    }
}

async fn past_decisions_are_kept(store: Store) {
    let (early, later) = (START.plus_ms(-1), START.plus_ms(5));
    store.put_past_decisions(vec![past("one", START), past("two", later)], ("lea", "two"), later).await.unwrap();
    // What is there already stays as it is.
    store.put_past_decisions(vec![past("one", later)], ("lea", "again"), later).await.unwrap();
    let all = store.past_decisions("expense-claim", "category", early, 9).await.unwrap();
    assert_eq!(all, [past("two", later), past("one", START)]);
    assert_eq!(store.past_decisions("expense-claim", "category", START, 9).await.unwrap(), all[..1]);
    assert_eq!(store.measured_processes().await.unwrap(), [("expense-claim".to_owned(), 2)]);
    assert_eq!(store.last_end("expense-claim", "0.1").await.unwrap(), None);
    let of = ("expense-claim", "category");
    assert_eq!(store.forget_past_decisions(of, "lea", later).await.unwrap(), 2);
    assert_eq!(store.forget_past_decisions(of, "lea", later).await.unwrap(), 0);
    assert_eq!(store.measured_processes().await.unwrap(), []);
    store.put_labels(vec![label(2, START, 900)]).await.unwrap();
    assert_eq!(store.measured_processes().await.unwrap(), [("expense-claim".to_owned(), 0)]);
    let mut told: Vec<String> = store.records(9, 0).await.unwrap().into_iter().map(|record| record.detail).collect();
    told.sort_unstable();
    assert_eq!(told, ["again", "removed 2 imported decisions on `category` of `expense-claim`", "two"]);
}

#[tokio::test]
async fn past_decisions_are_kept_until_they_are_forgotten() {
    each(past_decisions_are_kept).await;
}

//! Inboxes and lists of cases show what they should, and count it right.

use std::sync::Arc;

use countersign::store::{Awaited, CaseCounts, CaseFilter, CaseOrder, CaseState, InboxCounts, InboxScope, Store};
use countersign_core::{
    case::Status,
    definition::Who,
    time::{DAY_MS, HOUR_MS},
};

use super::{
    each,
    world::{START, add_person, opening, task, tick},
};

async fn inbox_scopes(store: Store) {
    let mut commit = opening("case_a", 1);
    let finance = Who::Role { role: "finance lead".to_owned() };
    let due = |hours: i64| START.plus_ms(hours * HOUR_MS);
    let mut taken = task(&commit.case, 3, finance.clone(), &["omar", "ines"], due(-1));
    taken.assignee = Some("ines".to_owned());
    let mut mine = task(&commit.case, 4, finance.clone(), &["omar", "ines"], due(30));
    mine.assignee = Some("omar".to_owned());
    commit.tasks = vec![
        task(&commit.case, 1, Who::ManagerOfRequester, &["omar"], due(2)),
        task(&commit.case, 2, finance, &["omar", "ines"], due(-2)),
        taken,
        mine,
        task(&commit.case, 5, Who::Requester, &["rosa"], due(1)),
    ];
    store.commit(commit.clone()).await.unwrap();
    let shown = async |person: &str, scope| {
        let tasks = store.inbox(person, scope, 50, 0).await.unwrap();
        tasks.iter().map(|task| task.number).collect::<Vec<_>>()
    };
    assert_eq!(shown("omar", InboxScope::Mine).await, [1, 4]);
    assert_eq!(shown("omar", InboxScope::Roles).await, [2]);
    assert_eq!(shown("omar", InboxScope::All).await, [2, 3, 1, 4]);
    assert_eq!(shown("ines", InboxScope::Mine).await, [3]);
    assert_eq!(shown("nobody", InboxScope::All).await, [0; 0]);
    let counts = store.count_inbox("omar", START, due(24)).await.unwrap();
    assert_eq!(counts, InboxCounts { waiting: 3, due_today: 1, late: 1 });
    let page = store.inbox("omar", InboxScope::All, 2, 1).await.unwrap();
    assert_eq!(page.iter().map(|task| task.number).collect::<Vec<_>>(), [3, 1]);
    let mut people = store.task_row("case_a", 2).await.unwrap().unwrap();
    people.people.sort();
    assert_eq!(people.people, ["ines", "omar"]);
    let mut next = tick(&commit.case, "decided", START);
    next.tasks = vec![task(&commit.case, 4, Who::Requester, &["rosa"], due(1))];
    store.commit(next).await.unwrap();
    assert_eq!(shown("omar", InboxScope::All).await, [0; 0]);
    assert_eq!(shown("rosa", InboxScope::All).await, [4]);
}

#[tokio::test]
async fn an_inbox_shows_what_waits_for_its_person() {
    each(inbox_scopes).await;
}

/// Five cases: late, stuck, closed, another process, and one of nobody known.
async fn five_cases(store: &Store) {
    add_person(store, "rosa", "Rosa Lind", false).await;
    for number in 1..=5 {
        let mut commit = opening(&format!("case_{number}"), 1000 + number);
        commit.overview.due_at = Some(START.plus_ms(DAY_MS));
        commit.now = START.plus_ms(i64::try_from(number).unwrap());
        match number {
            1 => commit.overview.due_at = Some(START.plus_ms(-1)),
            2 => {
                commit.overview.stuck = true;
                commit.overview.waiting_for = vec![Awaited::System { system: "bank".to_owned() }];
            }
            3 => {
                Arc::make_mut(&mut commit.case).status =
                    Status::Closed { closing: "paid".to_owned(), success: true, at: START }
            }
            4 => {
                Arc::make_mut(&mut commit.case).process = "supplier".to_owned();
                commit.overview.subject = "1240.00 EUR, 2026-03-31".to_owned();
            }
            _ => {
                Arc::make_mut(&mut commit.case).requester = "otto".to_owned();
                commit.overview.subject = "100% cotton_shirts".to_owned();
            }
        }
        store.commit(commit).await.unwrap();
    }
}

async fn case_lists(store: Store) {
    five_cases(&store).await;
    let shown = async |filter: CaseFilter| {
        let cases = store.cases(&filter).await.unwrap();
        let whole = CaseFilter { limit: 500, offset: 0, ..filter };
        assert_eq!(store.count_cases(&whole).await.unwrap(), store.cases(&whole).await.unwrap().len() as u64);
        cases.iter().map(|case| case.number).collect::<Vec<_>>()
    };
    let all = CaseFilter { state: CaseState::All, ..CaseFilter::default() };
    let search = |text: &str| CaseFilter { search: Some(text.to_owned()), ..all.clone() };
    assert_eq!(shown(CaseFilter::default()).await, [1005, 1004, 1002, 1001]);
    assert_eq!(shown(all.clone()).await, [1005, 1004, 1003, 1002, 1001]);
    assert_eq!(shown(CaseFilter { limit: 2, offset: 1, ..all.clone() }).await, [1004, 1003]);
    assert_eq!(shown(CaseFilter { order: CaseOrder::MostUrgent, ..CaseFilter::default() }).await[..2], [1002, 1001]);
    assert_eq!(shown(CaseFilter { state: CaseState::Closed, ..all.clone() }).await, [1003]);
    assert_eq!(shown(CaseFilter { late_at: Some(START), ..all.clone() }).await, [1001]);
    assert_eq!(shown(CaseFilter { stuck: true, ..all.clone() }).await, [1002]);
    assert_eq!(shown(CaseFilter { process: Some("supplier".to_owned()), ..all.clone() }).await, [1004]);
    assert_eq!(shown(CaseFilter { requester: Some("otto".to_owned()), ..all.clone() }).await, [1005]);
    assert_eq!(shown(search("#1004")).await, [1004]);
    assert_eq!(shown(search(" 100% COTTON_ ")).await, [1005]);
    assert_eq!(shown(search("%")).await, [1005]);
    for amount in ["1240", "1,240.00", "1.240,00", "1 240", "1,240.00 EUR", "eur 1,240", "1240.00 EUR"] {
        assert_eq!(shown(search(amount)).await, [1004], "{amount}");
    }
    assert_eq!(shown(search("1,24")).await, [0; 0]);
    assert_eq!(shown(search("lind")).await, [1004, 1003, 1002, 1001]);
    assert_eq!(shown(search("' or 1=1 --")).await, [0; 0]);
    let counts = store.case_counts(None, START).await.unwrap();
    assert_eq!(counts, CaseCounts { open: 4, late: 1, stuck: 1 });
    let counts = store.case_counts(Some("supplier"), START).await.unwrap();
    assert_eq!(counts, CaseCounts { open: 1, late: 0, stuck: 0 });
    let row = store.case_row("case_3").await.unwrap().unwrap();
    assert_eq!((row.open, row.closing.as_deref(), row.success), (false, Some("paid"), Some(true)));
    assert_eq!(row.requester_name, "Rosa Lind");
    let row = store.case_row("case_2").await.unwrap().unwrap();
    assert_eq!(row.overview.waiting_for, [Awaited::System { system: "bank".to_owned() }]);
}

#[tokio::test]
async fn a_list_shows_the_cases_that_its_filter_leaves() {
    each(case_lists).await;
}

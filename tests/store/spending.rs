//! What models cost is added up by decision, case, process and day.

use countersign::store::{ModelCall, ModelCost, ModelCosts, Store};
use countersign_core::time::{DAY_MS, Timestamp};

use super::{each, world::START};

fn call(at: Timestamp, (decision, case, process): (&str, &str, Option<&str>), tokens: u64) -> ModelCall {
    ModelCall {
        at,
        agent: "classify".to_owned(),
        decision: decision.to_owned(),
        case_id: Some(case.to_owned()),
        process: process.map(str::to_owned),
        model: "mini".to_owned(),
        cost: cost(tokens),
        took_ms: 5,
        failure: None,
    }
}

const fn cost(tokens: u64) -> ModelCost {
    ModelCost { tokens, micros: tokens * 3 }
}

async fn costs_are_added_up(store: Store) {
    let (today, tomorrow) = (START, START.plus_ms(DAY_MS));
    let calls = [
        call(today, ("case_a/1", "case_a", Some("expense-claim")), 1),
        call(today, ("case_a/1", "case_a", Some("expense-claim")), 10),
        call(today, ("case_a/2", "case_a", Some("expense-claim")), 100),
        call(today, ("case_b/1", "case_b", Some("expense-claim")), 1_000),
        call(today, ("draft/1", "", None), 10_000),
        call(tomorrow, ("case_a/3", "case_a", Some("expense-claim")), 100_000),
    ];
    for one in calls {
        store.note_model_call(one).await.unwrap();
    }
    let spent = |decision, case, process, all| ModelCosts {
        decision: cost(decision),
        case: cost(case),
        process: cost(process),
        all: cost(all),
    };
    let of_case = store.model_costs("case_a/1", Some("case_a"), Some("expense-claim"), today).await.unwrap();
    assert_eq!(of_case, spent(11, 100_111, 1_111, 11_111));
    let later = store.model_costs("case_b/2", Some("case_b"), Some("expense-claim"), tomorrow).await.unwrap();
    assert_eq!(later, spent(0, 1_000, 100_000, 100_000));
    let of_none = store.model_costs("draft/1", None, None, today).await.unwrap();
    assert_eq!(of_none, spent(10_000, 0, 0, 11_111));
}

#[tokio::test]
async fn what_models_cost_is_added_up_by_what_it_was_for() {
    each(costs_are_added_up).await;
}

//! Effects: claimed by one, held for a while, tried again under the same key, and never repeated against their word.

use countersign::store::{CommitError, EffectRow, EffectState, Store};
use countersign_core::time::Timestamp;

use super::{
    each,
    world::{START, call, opening, tick},
};

const LEASE_MS: i64 = 1_000;

async fn with_effects(store: &Store, at_most_once: &[bool]) {
    let mut commit = opening("case_a", 1);
    commit.commands =
        at_most_once.iter().enumerate().map(|(index, once)| call(&format!("case_a/{index}"), *once)).collect();
    store.commit(commit).await.unwrap();
}

fn keys(effects: &[EffectRow]) -> Vec<&str> {
    effects.iter().map(|effect| effect.key.as_str()).collect()
}

fn after(milliseconds: i64) -> Timestamp {
    START.plus_ms(milliseconds)
}

async fn claim_is_for_one(store: Store) {
    with_effects(&store, &[false, false, false]).await;
    assert_eq!(store.next_effect().await.unwrap(), Some(START));
    let (one, two) = tokio::join!(store.claim_effects(START, 2, LEASE_MS), store.claim_effects(START, 2, LEASE_MS));
    // On a server either may be first.
    let mut claimed = [one.unwrap(), two.unwrap()];
    claimed.sort_by(|a, b| keys(a).cmp(&keys(b)));
    let [one, two] = claimed;
    assert_eq!((keys(&one), keys(&two)), (vec!["case_a/0", "case_a/1"], vec!["case_a/2"]));
    assert_eq!((one[0].state, one[0].attempts), (EffectState::Running, 1));
    assert_eq!(one[0].command, call("case_a/0", false));
    assert!(store.claim_effects(START, 9, LEASE_MS).await.unwrap().is_empty());
    assert_eq!(store.next_effect().await.unwrap(), Some(after(LEASE_MS)));
}

#[tokio::test]
async fn an_effect_is_claimed_by_one() {
    each(claim_is_for_one).await;
}

async fn lease_runs_out(store: Store) {
    with_effects(&store, &[false, true]).await;
    assert_eq!(store.claim_effects(START, 9, LEASE_MS).await.unwrap().len(), 2);
    assert!(store.claim_effects(after(LEASE_MS - 1), 9, LEASE_MS).await.unwrap().is_empty());
    let again = store.claim_effects(after(LEASE_MS), 9, LEASE_MS).await.unwrap();
    assert_eq!((keys(&again), again[0].attempts), (vec!["case_a/0"], 2));
    let stuck = store.stuck_effects().await.unwrap();
    assert_eq!((keys(&stuck), stuck[0].attempts), (vec!["case_a/1"], 1));
    assert!(stuck[0].last_error.as_deref().unwrap().contains("not known"));
    store.release_effect("case_a/1", after(LEASE_MS)).await.unwrap();
    assert_eq!(keys(&store.claim_effects(after(LEASE_MS), 9, LEASE_MS).await.unwrap()), ["case_a/1"]);
}

#[tokio::test]
async fn an_effect_whose_lease_ran_out_is_taken_again_unless_it_must_not_be_repeated() {
    each(lease_runs_out).await;
}

async fn retry_keeps_the_key(store: Store) {
    with_effects(&store, &[false]).await;
    store.claim_effects(START, 9, LEASE_MS).await.unwrap();
    let first = store.effects_of("case_a").await.unwrap()[0].lease();
    assert!(store.retry_effect(&first, after(500), "the bank did not answer").await.unwrap());
    assert!(store.claim_effects(after(499), 9, LEASE_MS).await.unwrap().is_empty());
    let again = store.claim_effects(after(500), 9, LEASE_MS).await.unwrap();
    assert_eq!((again[0].key.as_str(), again[0].attempts), ("case_a/0", 2));
    assert_eq!(again[0].last_error.as_deref(), Some("the bank did not answer"));
    let second = again[0].lease();
    assert!(store.park_effect(&second, "the bank refuses").await.unwrap());
    assert_eq!(keys(&store.stuck_effects().await.unwrap()), ["case_a/0"]);
    assert_eq!(store.next_effect().await.unwrap(), None);
    store.finish_effect(&second).await.unwrap();
    assert!(store.effects_of("case_a").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_retry_keeps_the_key() {
    each(retry_keeps_the_key).await;
}

async fn start_after_a_kill(store: Store) {
    with_effects(&store, &[false, true, false]).await;
    store.claim_effects(START, 2, LEASE_MS).await.unwrap();
    if store.is_shared() {
        // Another program may be at it.
        assert!(store.running_effects_at_start(after(10)).await.unwrap().is_empty());
        assert_eq!(keys(&store.claim_effects(after(10), 9, LEASE_MS).await.unwrap()), ["case_a/2"]);
        return;
    }
    let interrupted = store.running_effects_at_start(after(10)).await.unwrap();
    let found: Vec<_> = interrupted.iter().map(|effect| (effect.key.as_str(), effect.state)).collect();
    assert_eq!(found, [("case_a/0", EffectState::Waiting), ("case_a/1", EffectState::Parked)]);
    assert!(store.running_effects_at_start(after(10)).await.unwrap().is_empty());
    let claimed = store.claim_effects(after(10), 9, LEASE_MS).await.unwrap();
    assert_eq!(keys(&claimed), ["case_a/2", "case_a/0"]);
}

#[tokio::test]
async fn after_a_kill_everything_goes_on_but_what_must_not_be_repeated() {
    each(start_after_a_kill).await;
}

/// Whoever comes back after their time ran out changes nothing for whoever has taken the effect over.
async fn only_the_latest_holder_settles(store: Store) {
    with_effects(&store, &[false]).await;
    let old = store.claim_effects(START, 9, LEASE_MS).await.unwrap()[0].lease();
    store.renew_leases(vec![old.clone()], after(LEASE_MS + 5)).await.unwrap();
    assert!(store.claim_effects(after(LEASE_MS), 9, LEASE_MS).await.unwrap().is_empty(), "it is held for longer");
    let new = store.claim_effects(after(LEASE_MS + 5), 9, LEASE_MS).await.unwrap()[0].clone();
    store.renew_leases(vec![old.clone()], after(99 * LEASE_MS)).await.unwrap();
    assert!(!store.retry_effect(&old, after(9), "too late").await.unwrap());
    assert!(!store.park_effect(&old, "too late").await.unwrap());
    store.finish_effect(&old).await.unwrap();
    assert_eq!(store.effects_of("case_a").await.unwrap(), std::slice::from_ref(&new));
    let case = store.load("case_a").await.unwrap().unwrap();
    let mut result = tick(&case, "result", START);
    result.acknowledged = Some(old);
    let key = "case_a/0".to_owned();
    assert_eq!(store.commit(result.clone()).await, Err(CommitError::Superseded { key }));
    assert_eq!(store.load("case_a").await.unwrap().unwrap().seq, 1, "nothing of it is kept");
    result.acknowledged = Some(new.lease());
    store.commit(result).await.unwrap();
    assert!(store.effects_of("case_a").await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_lost_an_effect_cannot_disturb_its_new_holder() {
    each(only_the_latest_holder_settles).await;
}

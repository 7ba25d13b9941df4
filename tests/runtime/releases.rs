//! Money that leaves without a signature on an agent's word, up to the limits of a case and of a day.

use std::collections::{BTreeMap, BTreeSet};

use countersign::config::{Config, Release, System};
use countersign_core::{
    case::{Ask, Outcome, TakeOver},
    event::EventKind,
    release::{Excess, Within},
    time::{DAY_MS, MINUTE_MS},
    value::Money,
};

use super::{
    autonomy::{timeline, timeline_without},
    world::{Setup, World},
};

const TEXT: &str = "# Refund

A clerk can start this process.
The finance lead is accountable for this process.
The finance desk is a role.

The refund form asks for the receipt (document).

Stage Payment:
- When a clerk submits the refund form, read the total (money) from the receipt.
- Create a payment in the bank system with the total on the receipt; nobody signs this call.
- If the bank system fails or does not answer within 1 hour, hand over to the finance desk.
- Close the case as paid.
";

/// The sentences of a call.
const CALL: &str = "- Create a payment in the bank system with the total on the receipt; nobody signs this call.
- If the bank system fails or does not answer within 1 hour, hand over to the finance desk.
";

fn euro(amount: &str) -> Money {
    Money::parse(amount, "EUR").unwrap()
}

fn limits(case: Option<&str>, day: Option<&str>) -> Release {
    Release { case: case.map(euro), day: day.map(euro) }
}

async fn world(text: &str, release: Release) -> World {
    let systems = BTreeMap::from([("bank system".to_owned(), System::Practice { answers: BTreeMap::new() })]);
    World::with(text, Setup { config: Config { systems, release, ..Config::default() }, ..Setup::default() }).await
}

async fn refund(world: &World, total: &str) -> u64 {
    let receipt = format!("GRILL HOUSE\n3 Mill Lane\nDate: 02/09/2026\nTOTAL   {total}\n");
    world.open_with("ana", "refund", &[], &[("receipt", &receipt)]).await
}

/// How often each call was made.
async fn paid(world: &World) -> Vec<u64> {
    world.store.practice_calls(100).await.unwrap().into_iter().map(|call| call.times).collect()
}

/// Why the call of a case was held back, and whether an earlier attempt may have been made.
async fn held(world: &World, number: u64) -> (Excess, bool) {
    match world.task(number).await.ask {
        Ask::TakeOver { why: TakeOver::Held { why, outcome_unknown, .. } } => (why, outcome_unknown),
        other => panic!("{other:?}"),
    }
}

fn over(carries: &str, limit: &str, within: Within, released: &str) -> Excess {
    Excess::Over { carries: euro(carries), limit: euro(limit), within, released: euro(released) }
}

async fn audited(world: &World) {
    let audit = world.runtime.audit(None, &|_| {}).await.unwrap();
    assert_eq!(audit.differences, []);
}

#[tokio::test]
async fn up_to_the_limit_it_leaves_and_above_it_a_person_is_asked() {
    let world = world(TEXT, limits(Some("40"), None)).await;
    let small = refund(&world, "EUR 40.00").await;
    assert_eq!((world.status(small).await.as_str(), paid(&world).await.len()), ("paid", 1));
    let large = refund(&world, "EUR 45.00").await;
    assert_eq!(paid(&world).await.len(), 1);
    assert_eq!(held(&world, large).await, (over("45", "40", Within::Case, "0"), false));
    assert_eq!(world.asked(large).await, ["fee", "fin"]);
    let told = timeline(&world, large).await;
    let why = "it carries 45.00\u{a0}EUR on an agent's word; agents may release 40.00\u{a0}EUR in a case without a \
               signature, and nothing had left in this one before";
    assert!(told.contains("was held back for a person") && told.contains(why), "{told}");
    let told = timeline_without(&world, large, &BTreeSet::from(["receipt.total".to_owned()])).await;
    assert!(!told.contains("45.00") && told.contains("with this call it would have been more"), "{told}");
    world.decide(large, "fin", Outcome::TryAgain, &[]).await;
    assert_eq!((world.status(large).await.as_str(), paid(&world).await), ("paid", vec![1, 1]));
    let told = timeline(&world, large).await;
    assert!(told.contains("Fin let money leave for the refund."), "{told}");
    world.folds(large).await;
    audited(&world).await;
}

#[tokio::test]
async fn the_limit_of_a_day_counts_all_cases_and_ends_with_the_day() {
    let world = world(TEXT, limits(None, Some("100"))).await;
    for _ in 0..2 {
        let number = refund(&world, "EUR 40.00").await;
        assert_eq!(world.status(number).await, "paid");
    }
    let third = refund(&world, "EUR 40.00").await;
    assert_eq!(held(&world, third).await, (over("40", "100", Within::Day, "80"), false));
    let told = timeline(&world, third).await;
    assert!(
        told.contains("it carries 40.00\u{a0}EUR") && told.contains("with this call it would have been more"),
        "{told}"
    );
    assert!(!told.contains("80.00"), "what left in other cases is not for every reader of this one: {told}");
    // What a person lets go counts against nothing, and what still fits leaves.
    world.decide(third, "fin", Outcome::TryAgain, &[]).await;
    let fourth = refund(&world, "EUR 20.00").await;
    let fifth = refund(&world, "EUR 1.00").await;
    assert_eq!(world.status(fourth).await, "paid");
    assert_eq!(held(&world, fifth).await, (over("1", "100", Within::Day, "100"), false));
    world.clock.advance(DAY_MS);
    let next = refund(&world, "EUR 50.00").await;
    assert_eq!((world.status(next).await.as_str(), paid(&world).await), ("paid", vec![1; 5]));
    // What was held back yesterday is still a person's to let go.
    assert_eq!(world.status(fifth).await, "open");
    audited(&world).await;
}

#[tokio::test]
async fn the_limit_of_a_case_counts_all_its_calls() {
    let twice = TEXT.replace(CALL, &CALL.repeat(2));
    let world = world(&twice, limits(Some("70"), Some("1000"))).await;
    let number = refund(&world, "EUR 40.00").await;
    assert_eq!(paid(&world).await, [1]);
    assert_eq!(held(&world, number).await, (over("40", "70", Within::Case, "40"), false));
    // It is done by hand: the case goes on, and the call is never made.
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!((world.status(number).await.as_str(), paid(&world).await), ("paid", vec![1]));
    audited(&world).await;
}

#[tokio::test]
async fn an_amount_that_cannot_be_counted_is_a_persons_to_let_go() {
    let world = world(TEXT, limits(None, Some("100"))).await;
    let number = refund(&world, "USD 4.00").await;
    let why = Excess::NotCountable { limit: euro("100"), within: Within::Day };
    assert_eq!(held(&world, number).await, (why, false));
    world.decide(number, "fin", Outcome::TryAgain, &[]).await;
    assert_eq!((world.status(number).await.as_str(), paid(&world).await), ("paid", vec![1]));
}

#[tokio::test]
async fn what_a_person_typed_or_signed_is_counted_against_nothing() {
    let typed = TEXT.replace("the receipt (document)", "the amount (money)").replace(
        "- When a clerk submits the refund form, read the total (money) from the receipt.
- Create a payment in the bank system with the total on the receipt;",
        "- When a clerk submits the refund form, create a payment in the bank system with the amount;",
    );
    let at_home = world(&typed, limits(Some("5"), Some("5"))).await;
    let number = at_home.open("ana", "refund", &[("amount", "50 EUR")]).await;
    assert_eq!((at_home.status(number).await.as_str(), paid(&at_home).await), ("paid", vec![1]));

    let approval = "- The finance lead approves the refund within 2 working days.\n- Create";
    for signature in ["signed by the approver", "nobody signs this call"] {
        let signed = TEXT.replace("- Create", approval).replace("nobody signs this call", signature);
        let world = world(&signed, limits(Some("5"), Some("5"))).await;
        let number = refund(&world, "EUR 50.00").await;
        world.decide(number, "lea", Outcome::Approved, &[]).await;
        assert_eq!((world.status(number).await.as_str(), paid(&world).await), ("paid", vec![1]), "{signature}");
    }
}

#[tokio::test]
async fn an_attempt_before_the_limit_was_set_may_have_been_made() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    drop(silent);
    let mut world = World::calling(TEXT, "bank system", &url).await;
    let number = refund(&world, "EUR 45.00").await;
    assert!(world.case(number).await.open_tasks().next().is_none(), "it is tried again later");
    world.config.release = limits(Some("40"), None);
    let limited = world.another().await;
    world.clock.advance(MINUTE_MS);
    limited.run_until_quiet().await.unwrap();
    assert_eq!(held(&world, number).await, (over("45", "40", Within::Case, "0"), true));
    let log = world.log(number).await;
    assert!(matches!(log.last(), Some(EventKind::EffectHeld { .. })), "{log:?}");
}

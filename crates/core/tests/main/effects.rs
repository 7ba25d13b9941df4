//! Calls to other systems that fail, are late, or are done after all.

use countersign_core::{definition::Step, event::ENGINE_REVISION};
use insta::assert_snapshot;

use crate::{
    claims::ASKED,
    desk::{Desk, ends},
    samples::claim,
};

fn paying() -> Desk {
    Desk::new(claim()).after(ASKED).after("1 mia approves 1")
}

#[test]
fn the_same_data_keep_the_key() {
    assert_snapshot!(paying().run("
        2 sys fails
        2 sys repeats
        3 ana retries 2
        3 fin retries 2
        3 sys done"), @r"
    > 2 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 2 sys repeats
      refused: nothing waits for `c/2.0/1/0` any more
    > 3 ana retries 2
      refused: this is for the finance desk to decide
    > 3 fin retries 2
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 4h)
    > 3 sys done
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn changed_data_need_a_new_key_and_a_new_sign_off() {
    assert_snapshot!(paying().run("
        2 sys loses
        3 fin retries 2 iban=GB82WEST12345698765432
        4 mia approves 3
        4 sys done 2.0/1/0
        4 sys done"), @r"
    > 2 sys loses
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 fin retries 2 iban=GB82WEST12345698765432
      notify mia of 3: Opened
      = task 3 approve again (iban): mia (next look 27h)
    > 4 mia approves 3
      call bank with amount=412.50 EUR category=meals iban=GB82WEST12345698765432 [2.0/3/0]
      = a system (next look 5h)
    > 4 sys done 2.0/1/0
      = a system | incident 1: the bank has done this after all, when the case had gone on without it: create (next look 5h)
    > 4 sys done
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn by_hand_and_stopped() {
    assert_snapshot!(paying().run("
        2 sys fails
        3 fin completes 2"), @r"
    > 2 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 fin completes 2
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
    assert_snapshot!(paying().run("
        2 sys fails
        3 fin rejects 2 we do not pay this
        4 sys done 2.0/1/0
        4 sys done 2.0/1/0
        4 mia rejects 1 after all
        4 ana approves 1"), @r"
    > 2 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 fin rejects 2 we do not pay this
      = closed as stopped
    > 4 sys done 2.0/1/0
      = closed as stopped
    > 4 sys done 2.0/1/0
      refused: nothing waits for `c/2.0/1/0` any more
    > 4 mia rejects 1 after all
      refused: this was already approved by mia
    > 4 ana approves 1
      refused: this task is for somebody else
    ");
}

#[test]
fn a_late_acknowledgement_ends_the_take_over() {
    let desk = paying().after(
        "
        2 sys ticks
        2 sys ticks
        3 sys done 2.0/1/0",
    );
    assert_eq!(ends(&desk.case), "1 approved, 2 cancelled");
    assert_snapshot!(desk.run("3 fin completes 2"), @r"
    > 3 fin completes 2
      refused: this task is no longer needed
    ");
}

#[test]
fn an_overdue_effect_is_taken_over_once() {
    assert_snapshot!(paying().run("
        1.5 sys ticks
        2 sys ticks
        2 sys ticks
        3 sys loses
        4 fin completes 3"), @r"
    > 1.5 sys ticks
      = a system (next look 2h)
    > 2 sys ticks
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 2 sys ticks
      = task 2 take over: fee fin (next look 26h)
    > 3 sys loses
      notify fee fin of 3: Opened
      = task 3 take over: fee fin (next look 27h)
    > 4 fin completes 3
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn an_effect_done_twice_is_an_incident() {
    let mut waits = claim();
    let payment = waits.stages[2].steps.len() - 1;
    let until = countersign_core::definition::WaitUntil::Passed { span: countersign_core::time::Span::Hours(5) };
    waits.stages[2].steps.insert(payment, countersign_core::definition::Step::Wait { until });
    assert_snapshot!(Desk::new(waits).after(ASKED).run("
        1 mia approves 1
        2 sys loses
        3 fin completes 2
        4 sys done 2.0/1/0
        4 sys fails 2.1/1/0
        5 con resolves 1
        5 root resolves 2
        9 sys ticks"), @r"
    > 1 mia approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 2 sys loses
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 fin completes 2
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = a time (next look 8h)
    > 4 sys done 2.0/1/0
      = a time | incident 1: the bank has done this after all, when the case had gone on without it: create (next look 8h)
    > 4 sys fails 2.1/1/0
      = a time | incident 1: the bank has done this after all, when the case had gone on without it: create | incident 2: a message could not be sent: no connection (next look 8h)
    > 5 con resolves 1
      = a time | incident 2: a message could not be sent: no connection (next look 8h)
    > 5 root resolves 2
      = a time (next look 8h)
    > 9 sys ticks
      = closed as paid, a success
    ");
}

/// The bank must not be asked twice unless a person says so.
fn paying_once(engine: u16) -> Desk {
    let mut process = claim();
    for step in process.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
        if let Step::System(call) = step {
            call.at_most_once = true;
        }
    }
    let mut desk = Desk::new(process);
    desk.engine = engine;
    desk.after(ASKED).after("1 mia approves 1")
}

#[test]
fn what_must_not_be_repeated_is_not_repeated_because_the_case_comes_by_again() {
    assert_snapshot!(paying_once(ENGINE_REVISION).run("
        2 sys loses
        3 con returns look at it again
        4 sys sums A_meal.
        5 mia approves 3
        6 fin retries 4
        7 sys done"), @r"
    > 2 sys loses
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 con returns look at it again
      ask an agent to prepare a summary [1.0/2/ask]
      = an agent (next look 3h)
    > 4 sys sums A_meal.
      notify mia of 3: Opened
      = task 3 approve: mia (next look 28h)
    > 5 mia approves 3
      notify fee fin of 4: Opened
      = task 4 take over: fee fin (next look 29h)
    > 6 fin retries 4
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 7h)
    > 7 sys done
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn what_surely_was_not_done_is_called_again_without_asking() {
    assert_snapshot!(paying_once(ENGINE_REVISION).run("
        2 sys fails
        3 con returns look at it again
        4 sys sums A_meal.
        5 mia approves 3"), @r"
    > 2 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 con returns look at it again
      ask an agent to prepare a summary [1.0/2/ask]
      = an agent (next look 3h)
    > 4 sys sums A_meal.
      notify mia of 3: Opened
      = task 3 approve: mia (next look 28h)
    > 5 mia approves 3
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 6h)
    ");
}

/// Logs of earlier programs lead to the states that those programs came to.
#[test]
fn an_engine_of_the_first_revision_repeats_it_when_the_case_comes_by_again() {
    assert_snapshot!(paying_once(1).run("
        2 sys loses
        3 con returns look at it again
        4 sys sums A_meal.
        5 mia approves 3"), @r"
    > 2 sys loses
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 con returns look at it again
      ask an agent to prepare a summary [1.0/2/ask]
      = an agent (next look 3h)
    > 4 sys sums A_meal.
      notify mia of 3: Opened
      = task 3 approve: mia (next look 28h)
    > 5 mia approves 3
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 6h)
    ");
}

//! Operators move cases between stages, hold them, and let them go on.

use countersign_core::{
    case::Waiting,
    time::{DAY_MS, HOUR_MS, Timestamp},
};
use insta::assert_snapshot;

use crate::{
    desk::{Desk, check},
    samples::{START, claim, supplier},
};

/// A claim over 500 EUR that waits for the finance lead.
const TO_APPROVAL: &str = "
    0 ana opens merchant=Grill amount=600.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
    0 sys reads receipt.total=600.00EUR
    0 sys labels meals
    0 sys sums A_meal.";

fn at_approval(script: &str) -> String {
    let mut desk = Desk::new(claim()).after(TO_APPROVAL);
    desk.play(script);
    desk.log
}

#[test]
fn a_move_past_an_approval_is_refused_by_name() {
    assert_snapshot!(at_approval("
        1 con advances the bank closes early
        1 con skips >Payment the bank closes early
        1 leo advances please
        1 con advances
        1 con skips no stage named
        1 con advances >Check wrong way
        1 con returns >Payment wrong way
        1 con skips >Nowhere it is gone
        1 con returns >Check look at the receipt again
        1 con advances >Approval the receipt is fine"), @r"
    > 1 con advances the bank closes early
      refused: moving to Payment is refused: the call to the bank in Payment needs the finance lead's sign-off, which nobody has given
    > 1 con skips >Payment the bank closes early
      refused: moving to Payment is refused: the call to the bank in Payment needs the finance lead's sign-off, which nobody has given
    > 1 leo advances please
      refused: a case is steered by administrators and by whoever is accountable
    > 1 con advances
      refused: say why: the reason reaches the requester
    > 1 con skips no stage named
      refused: moving to another stage is refused: say past which stage, and to which
    > 1 con advances >Check wrong way
      refused: moving to Check is refused: it is not the stage after Approval; skip to it, or return to it
    > 1 con returns >Payment wrong way
      refused: moving to Payment is refused: it comes after Approval, so that one does not return to it
    > 1 con skips >Nowhere it is gone
      refused: moving to Nowhere is refused: the process has no such stage
    > 1 con returns >Check look at the receipt again
      ask an agent to read the receipt [0.0/2/ask]
      = an agent (next look 1h)
    > 1 con advances >Approval the receipt is fine
      ask an agent to prepare a summary [1.0/2/ask]
      = an agent (next look 1h)
    ");
}

#[test]
fn a_signed_case_moves_on_and_loses_its_sign_off_when_it_goes_back() {
    assert_snapshot!(at_approval("
        1 leo approves 1
        1 con returns it should be looked at again
        2 sys fails
        2 con returns it should be looked at again
        2 con advances we know the approver
        3 sys sums A_meal.
        3 lea approves 3
        4 sys done"), @r"
    > 1 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 1 con returns it should be looked at again
      refused: moving to Approval is refused: the bank is being called and has not answered; wait for its answer, or for whoever is asked when none comes in time
    > 2 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 2 con returns it should be looked at again
      ask an agent to prepare a summary [1.0/2/ask]
      = an agent (next look 2h)
    > 2 con advances we know the approver
      refused: moving to Payment is refused: the call to the bank in Payment needs the finance lead's sign-off, which no longer counts since the case went back
    > 3 sys sums A_meal.
      notify lea leo of 3: Opened
      = task 3 approve: lea leo (next look 27h)
    > 3 lea approves 3
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 4h)
    > 4 sys done
      tell ana: Your claim of 600.00 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn a_sign_off_that_no_longer_counts_is_named() {
    assert_snapshot!(at_approval("
        1 leo approves 1
        2 sys fails
        2 con edits amount=700.00EUR
        2 con returns >Payment once more
        2 con advances there is none
        2 con returns >Approval ask again"), @r"
    > 1 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 2 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 2 con edits amount=700.00EUR
      = task 2 take over: fee fin (next look 26h)
    > 2 con returns >Payment once more
      notify lea leo of 3: Opened
      = task 3 approve again (amount): lea leo (next look 26h)
    > 2 con advances there is none
      refused: moving to another stage is refused: there is none in that direction
    > 2 con returns >Approval ask again
      ask an agent to prepare a summary [1.0/2/ask]
      = an agent (next look 2h)
    ");
}

#[test]
fn tracks_that_are_open_end_with_the_stage() {
    assert_snapshot!(check(supplier(), "
        0 bo opens name=Acme email=acme@example.com
        1 pia advances >Decision we know them
        2 bea approves 3
        2 ben approves 3
        3 pia returns >Gather the bank account is missing"), @r"
    > 0 bo opens name=Acme email=acme@example.com
      notify  of 1: Opened
      notify qi of 2: Opened
      = task 1 provide:  | task 2 do: qi (next look 24h)
    > 1 pia advances >Decision we know them
      notify bea ben of 3: Opened
      = task 3 approve: bea ben (next look 25h)
    > 2 bea approves 3
      = task 3 approve 1/2: ben (next look 25h)
    > 2 ben approves 3
      call erp with name=Acme [2.0/1/0]
      = a system (next look 3h)
    > 3 pia returns >Gather the bank account is missing
      refused: moving to Gather is refused: the erp is being called and has not answered; wait for its answer, or for whoever is asked when none comes in time
    ");
}

#[test]
fn nothing_moves_and_nothing_is_decided_while_a_case_is_on_hold() {
    assert_snapshot!(at_approval("
        1 leo holds please
        1 con holds
        1 con holds the auditors are in the house
        2 leo approves 1
        2 leo asks 1 why?
        2 con advances now
        2 con holds twice
        200 sys ticks
        201 con retries 2
        202 root resumes
        202 root resumes
        203 leo approves 1"), @r"
    > 1 leo holds please
      refused: a case is steered by administrators and by whoever is accountable
    > 1 con holds
      refused: say why: the reason reaches the requester
    > 1 con holds the auditors are in the house
      notify con of 2: Opened
      = task 1 approve: lea leo | task 2 take over: con | on hold: the auditors are in the house (next look 169h)
    > 2 leo approves 1
      refused: case 7 is on hold, so that nothing is decided until it goes on: the auditors are in the house
    > 2 leo asks 1 why?
      refused: case 7 is on hold, so that nothing is decided until it goes on: the auditors are in the house
    > 2 con advances now
      refused: case 7 is on hold, so that nothing is decided until it goes on: the auditors are in the house
    > 2 con holds twice
      refused: case 7 is on hold, so that nothing is decided until it goes on: the auditors are in the house
    > 200 sys ticks
      notify con of 2: Reminder { count: 1 }
      = task 1 approve: lea leo | task 2 take over: con | on hold: the auditors are in the house (next look 240h)
    > 201 con retries 2
      notify con of 3: Opened
      = task 1 approve: lea leo | task 3 take over: con | on hold: the auditors are in the house (next look 384h)
    > 202 root resumes
      = task 1 approve: lea leo (next look 240h)
    > 202 root resumes
      refused: case 7 has no hold to end
    > 203 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 204h)
    ");
    assert_snapshot!(at_approval("
        1 leo approves 1
        1 con holds the bank is closed
        1 sys done
        2 con completes 2"), @r"
    > 1 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 1 con holds the bank is closed
      notify con of 2: Opened
      = task 2 take over: con | a system | on hold: the bank is closed (next look 169h)
    > 1 sys done
      = task 2 take over: con | the next turn | on hold: the bank is closed (next look 169h)
    > 2 con completes 2
      tell ana: Your claim of 600.00 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn the_clocks_of_a_case_on_hold_stand_still() {
    let before = Desk::new(claim()).after(TO_APPROVAL);
    let due = before.case.task(1).unwrap().due_at;
    let after = before.after("1 con holds wait\n169 sys ticks\n169 con resumes\n170 sys ticks");
    let task = after.case.task(1).unwrap();
    assert_eq!(task.due_at, due.plus_ms(7 * DAY_MS), "a week later");
    assert_eq!((task.held_ms, task.escalated), (7 * DAY_MS, 0), "nobody is passed over for the time on hold");
    assert_eq!(task.reminders, 0);
    let waits = Desk::new(supplier()).after(
        "0 bo opens name=Acme email=acme@example.com\n0 qi completes 2 rating=4\n1 pia holds wait\n30 pia resumes",
    );
    let look = waits.case.cursors.iter().find_map(|cursor| match cursor.waiting {
        Waiting::Message { look_at, .. } => Some(look_at),
        _ => None,
    });
    assert_eq!(look, Some(Timestamp(START + (24 + 29) * HOUR_MS)));
}

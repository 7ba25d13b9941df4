//! An expense claim from start to end, and the ways in which it leaves the straight one.

use insta::assert_snapshot;

use crate::{
    desk::{Desk, check},
    samples::claim,
};

/// Opened, read, classified and summed up: the approval is asked for.
pub const ASKED: &str = "
    0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
    0 sys reads receipt.total=412.50EUR
    0 sys labels meals
    0 sys sums A_meal.";

#[test]
fn happy_path() {
    assert_snapshot!(check(claim(), "
        0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 sys reads receipt.total=412.50EUR
        0 sys labels meals
        0 sys sums A_meal.
        1 mia approves 1
        1 sys done
        1 sys done 2.1/1/0
        1 sys repeats"), @r"
    > 0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 sys reads receipt.total=412.50EUR
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 0h)
    > 0 sys labels meals
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 0h)
    > 0 sys sums A_meal.
      notify mia of 1: Opened
      = task 1 approve: mia (next look 24h)
    > 1 mia approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 1 sys done
      tell ana: Your claim of 412.50 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    > 1 sys done 2.1/1/0
      = closed as paid, a success
    > 1 sys repeats
      refused: nothing waits for `c/2.1/1/0` any more
    ");
}

#[test]
fn rejection_tells_the_reason() {
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia rejects 1
        1 mia rejects 1 no receipt for the wine"), @r"
    > 1 mia rejects 1
      refused: say why: the reason reaches the requester
    > 1 mia rejects 1 no receipt for the wine
      tell ana: no receipt for the wine [1.1.1.0.0.0/1/0]
      = closed as rejected
    ");
}

#[test]
fn a_correction_goes_back_to_the_start_of_the_stage() {
    assert_snapshot!(check(claim(), "
        0 ana opens merchant=Grill amount=400.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 sys reads receipt.total=412.50EUR
        1 ana completes 1 amount=401.00EUR
        1 sys reads receipt.total=412.50EUR
        2 ana completes 2 receipt=r2
        2 sys reads
        3 sys labels meals certified:800
        3 sys sums x
        3 ana edits receipt=r1
        4 mia approves 3"), @r"
    > 0 ana opens merchant=Grill amount=400.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 sys reads receipt.total=412.50EUR
      notify ana of 1: Opened
      = task 1 provide: ana (next look 24h)
    > 1 ana completes 1 amount=401.00EUR
      ask an agent to read the receipt [0.0/2/ask]
      = an agent (next look 1h)
    > 1 sys reads receipt.total=412.50EUR
      notify ana of 2: Opened
      = task 2 provide: ana (next look 25h)
    > 2 ana completes 2 receipt=r2
      ask an agent to read the receipt [0.0/3/ask]
      = an agent (next look 2h)
    > 2 sys reads
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 2h)
    > 3 sys labels meals certified:800
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 3h)
    > 3 sys sums x
      notify mia of 3: Opened
      = task 3 approve: mia (next look 27h)
    > 3 ana edits receipt=r1
      = task 3 approve: mia (next look 27h)
    > 4 mia approves 3
      call bank with amount=401.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 5h)
    ");
}

#[test]
fn a_third_correction_is_handed_over() {
    assert_snapshot!(check(claim(), "
        0 ana opens merchant=Grill amount=400.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 sys reads receipt.total=412.50EUR
        1 ana completes 1
        1 sys reads receipt.total=412.50EUR
        2 ana completes 2
        2 sys reads receipt.total=412.50EUR
        3 ana completes 3
        4 ana completes 4
        4 fin completes 4 receipt.total=400.00EUR"), @r"
    > 0 ana opens merchant=Grill amount=400.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 sys reads receipt.total=412.50EUR
      notify ana of 1: Opened
      = task 1 provide: ana (next look 24h)
    > 1 ana completes 1
      ask an agent to read the receipt [0.0/2/ask]
      = an agent (next look 1h)
    > 1 sys reads receipt.total=412.50EUR
      notify ana of 2: Opened
      = task 2 provide: ana (next look 25h)
    > 2 ana completes 2
      ask an agent to read the receipt [0.0/3/ask]
      = an agent (next look 2h)
    > 2 sys reads receipt.total=412.50EUR
      notify ana of 3: Opened
      = task 3 provide: ana (next look 26h)
    > 3 ana completes 3
      notify fee fin of 4: Opened
      = task 4 take over: fee fin (next look 27h)
    > 4 ana completes 4
      refused: this is for the finance desk to decide
    > 4 fin completes 4 receipt.total=400.00EUR
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 4h)
    ");
}

#[test]
fn withdrawal_only_before_the_approval() {
    assert_snapshot!(check(claim(), "
        0 ana withdraws
        0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        1 mia withdraws
        1 ana withdraws
        2 sys reads receipt.total=412.50EUR
        2 ana edits merchant=Other
        2 sys ticks"), @r"
    > 0 ana withdraws
      refused: this case has not been opened
    > 0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 1 mia withdraws
      refused: only the requester can withdraw
    > 1 ana withdraws
      = closed as withdrawn
    > 2 sys reads receipt.total=412.50EUR
      refused: case 7 is closed as withdrawn
    > 2 ana edits merchant=Other
      refused: case 7 is closed as withdrawn
    > 2 sys ticks
      refused: case 7 is closed as withdrawn
    ");
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("1 ana withdraws"), @r"
    > 1 ana withdraws
      refused: this can no longer be withdrawn: the stage Approval has begun
    ");
}

#[test]
fn a_form_takes_only_what_fits() {
    assert_snapshot!(check(claim(), "
        0 fin opens merchant=Grill
        0 ana opens merchant=Grill amount=-1.00EUR day=2026-02-27 iban=DE00 receipt=r1 category=meals
        0 ana opens
        0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 ana repeats
        1 ana edits category=meals
        1 con edits category=meals amount=1.00EUR
        1 con edits receipt=r2
        1 ana edits receipt=r1
        1 leo edits amount=2.00EUR"), @r"
    > 0 fin opens merchant=Grill
      refused: only somebody with the role `employee` can start this process
    > 0 ana opens merchant=Grill amount=-1.00EUR day=2026-02-27 iban=DE00 receipt=r1 category=meals
      refused: the amount must not be negative; `category` is not asked for here; the iban is not a valid IBAN; compare it with the original
    > 0 ana opens
      refused: the merchant is missing; the amount is missing; the day is missing; the iban is missing; the receipt is missing
    > 0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 ana repeats
      refused: case 7 is open already
    > 1 ana edits category=meals
      refused: `category` is not asked for here
    > 1 con edits category=meals amount=1.00EUR
      = an agent (next look 0h)
    > 1 con edits receipt=r2
      refused: the file for the receipt is missing
    > 1 ana edits receipt=r1
      = an agent (next look 0h)
    > 1 leo edits amount=2.00EUR
      refused: data is changed by the requester or by whoever is accountable
    ");
}

#[test]
fn two_currencies_go_to_a_person() {
    assert_snapshot!(check(claim(), "
        0 ana opens merchant=Grill amount=412.50USD day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 sys reads receipt.total=412.50EUR
        0 sys labels meals
        0 sys sums A_meal.
        1 con completes 1
        1 con retries 1
        1 con retries 2 amount=412.50EUR
        2 mia approves 3"), @r"
    > 0 ana opens merchant=Grill amount=412.50USD day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 sys reads receipt.total=412.50EUR
      ask an agent to choose the category [0.4/1/ask]
      = an agent (next look 0h)
    > 0 sys labels meals
      ask an agent to prepare a summary [1.0/1/ask]
      = an agent (next look 0h)
    > 0 sys sums A_meal.
      notify con of 1: Opened
      = task 1 take over: con (next look 24h)
    > 1 con completes 1
      refused: a task like this cannot be answered with `completed`
    > 1 con retries 1
      notify con of 2: Opened
      = task 2 take over: con (next look 25h)
    > 1 con retries 2 amount=412.50EUR
      notify mia of 3: Opened
      = task 3 approve: mia (next look 25h)
    > 2 mia approves 3
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 3h)
    ");
}

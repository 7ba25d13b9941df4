//! Who approves, in whose place, on what sight of the case, and for how long it counts.

use insta::assert_snapshot;

use crate::{
    claims::ASKED,
    desk::{Desk, check, ends},
    samples::claim,
};

/// A claim that the finance leads approve.
const LARGE: &str = "
    0 ana opens merchant=Grill amount=600.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
    0 sys reads receipt.total=600.00EUR
    0 sys labels meals
    0 sys sums A_meal.";

#[test]
fn question_and_answer() {
    let desk = Desk::new(claim()).after(ASKED);
    assert_snapshot!(desk.run("
        1 ana asks 1 may I?
        1 mia asks 1 with whom?
        1 mia looks 1
        2 mia completes 2
        2 ana completes 2
        2 ana completes 2 with a customer
        2 mia approves 1
        2 mia asks 1 and why?
        2 mia asks 1 and who paid?
        3 mia approves 1
        3 ana completes 3 too late"), @r"
    > 1 ana asks 1 may I?
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 1 mia asks 1 with whom?
      notify ana of 2: Opened
      = task 1 approve: mia | task 2 answer for 1: ana (next look 24h)
    > 1 mia looks 1
    > 2 mia completes 2
      refused: this is for the employee to decide
    > 2 ana completes 2
      refused: say why: the reason reaches the requester
    > 2 ana completes 2 with a customer
      notify mia of 1: Question
      = task 1 approve: mia (next look 24h)
    > 2 mia approves 1
      refused: the case has changed since this page was opened; look at what changed and decide again
    > 2 mia asks 1 and why?
      notify ana of 3: Opened
      = task 1 approve: mia | task 3 answer for 1: ana (next look 24h)
    > 2 mia asks 1 and who paid?
      notify ana of 4: Opened
      = task 1 approve: mia | task 3 answer for 1: ana | task 4 answer for 1: ana (next look 24h)
    > 3 mia approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 4h)
    > 3 ana completes 3 too late
      refused: this task is no longer needed
    ");
}

#[test]
fn claim_release_delegate() {
    let desk = Desk::new(claim()).after(LARGE);
    assert_snapshot!(desk.run("
        1 ana claims 1
        1 lea claims 1
        1 leo claims 1
        1 leo approves 1
        1 leo releases 1
        1 con releases 1
        1 con releases 1
        1 lea delegates 1 mia
        1 lea delegates 1 ana
        1 lea delegates 1 off
        1 lea delegates 1 leo
        2 lea approves 1
        2 leo approves 1
        2 leo claims 1
        2 lea approves 1
        2 ana approves 1
        2 lea claims 9"), @r"
    > 1 ana claims 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 1 lea claims 1
      = task 1 approve: lea (next look 24h)
    > 1 leo claims 1
      refused: lea has taken this task
    > 1 leo approves 1
      refused: lea has taken this task
    > 1 leo releases 1
      refused: only whoever has the task, or is accountable, can give it back
    > 1 con releases 1
      = task 1 approve: lea leo (next look 24h)
    > 1 con releases 1
      refused: only whoever has the task, or is accountable, can give it back
    > 1 lea delegates 1 mia
      refused: an approval can only be given to the finance lead; for absences name a substitute
    > 1 lea delegates 1 ana
      refused: ana must not decide this
    > 1 lea delegates 1 off
      refused: `off` is unknown or switched off
    > 1 lea delegates 1 leo
      notify leo of 1: Opened
      = task 1 approve: leo (next look 24h)
    > 2 lea approves 1
      refused: leo has taken this task
    > 2 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 3h)
    > 2 leo claims 1
      refused: this was already approved by leo
    > 2 lea approves 1
      refused: this was already approved by leo
    > 2 ana approves 1
      refused: this task is for somebody else
    > 2 lea claims 9
      refused: case 7 has no task 9
    ");
}

#[test]
fn a_substitute_decides_only_while_the_person_is_away() {
    let desk = Desk::new(claim()).after(LARGE);
    assert_snapshot!(desk.run("
        1 sam~lea approves 1
        73 sam~lea approves 1
        24 sam approves 1
        24 sam~leo approves 1"), @r"
    > 1 sam~lea approves 1
      refused: you are not standing in for lea now
    > 73 sam~lea approves 1
      refused: you are not standing in for lea now
    > 24 sam approves 1
      refused: this is for the finance lead to decide
    > 24 sam~leo approves 1
      refused: you are not standing in for leo now
    ");
    let desk = Desk::new(claim()).after(LARGE);
    assert_snapshot!(desk.run("
        25 sam~lea claims 1
        26 sam~lea releases 1
        27 sam~lea approves 1
        28 lea approves 1"), @r"
    > 25 sam~lea claims 1
      = task 1 approve: sam~lea lea (next look 24h)
    > 26 sam~lea releases 1
      = task 1 approve: sam~lea lea leo (next look 24h)
    > 27 sam~lea approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 28h)
    > 28 lea approves 1
      refused: this was already approved by sam
    ");
    let desk = Desk::new(claim()).after(LARGE);
    assert_snapshot!(desk.run("
        25 lea claims 1
        26 sam~lea claims 1
        72 sam~lea approves 1
        73 lea approves 1"), @r"
    > 25 lea claims 1
      = task 1 approve: sam~lea lea (next look 24h)
    > 26 sam~lea claims 1
      = task 1 approve: sam~lea lea (next look 24h)
    > 72 sam~lea approves 1
      refused: you are not standing in for lea now
    > 73 lea approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 74h)
    ");
}

#[test]
fn the_requester_never_approves() {
    let own = LARGE.replace("ana opens", "lea opens");
    assert_snapshot!(Desk::new(claim()).after(&own).run("
        1 lea approves 1
        24 sam~lea approves 1
        24 leo delegates 1 lea
        25 leo approves 1"), @r"
    > 1 lea approves 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 24 sam~lea approves 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 24 leo delegates 1 lea
      refused: lea must not decide this
    > 25 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 26h)
    ");
    let for_another = LARGE.replace("ana opens", "sam opens");
    assert_snapshot!(Desk::new(claim()).after(&for_another).run("
        24 sam~lea approves 1
        24 sam approves 1
        24 sam~lea asks 1 hm?"), @r"
    > 24 sam~lea approves 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 24 sam approves 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 24 sam~lea asks 1 hm?
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    ");
    // Her own manager is missing, so whoever is accountable decides.
    let managers = ASKED.replace("ana opens", "mia opens");
    assert_snapshot!(Desk::new(claim()).after(&managers).run("
        1 mia approves 1
        1 con approves 1"), @r"
    > 1 mia approves 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 1 con approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    ");
}

#[test]
fn an_edit_after_the_sign_off_voids_it() {
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia approves 1
        1 sys loses
        2 ana edits amount=450.00EUR a typo
        2 fin retries 2
        3 ana approves 3
        3 mia approves 3
        4 sys done 2.0/1/0
        4 sys done"), @r"
    > 1 mia approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 1 sys loses
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 25h)
    > 2 ana edits amount=450.00EUR a typo
      = task 2 take over: fee fin (next look 25h)
    > 2 fin retries 2
      notify mia of 3: Opened
      = task 3 approve again (amount): mia (next look 26h)
    > 3 ana approves 3
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 3 mia approves 3
      call bank with amount=450.00 EUR category=meals iban=DE89370400440532013000 [2.0/3/0]
      = a system (next look 4h)
    > 4 sys done 2.0/1/0
      = a system | incident 1: the bank has done this after all, when the case had gone on without it: create (next look 4h)
    > 4 sys done
      tell ana: Your claim of 450.00 EUR has been paid [2.1/1/0]
      = closed as paid, a success
    ");
}

#[test]
fn a_raised_amount_needs_whoever_approves_such_amounts() {
    // The requester raises it after the manager's approval.
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia approves 1
        1 sys fails
        2 ana edits amount=9000.00EUR
        2 fin retries 2
        3 mia approves 3
        3 leo approves 3"), @r"
    > 1 mia approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 2h)
    > 1 sys fails
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 25h)
    > 2 ana edits amount=9000.00EUR
      = task 2 take over: fee fin (next look 25h)
    > 2 fin retries 2
      notify lea leo of 3: Opened
      = task 3 approve again (amount): lea leo (next look 26h)
    > 3 mia approves 3
      refused: this is for the finance lead to decide
    > 3 leo approves 3
      call bank with amount=9000.00 EUR category=meals iban=DE89370400440532013000 [2.0/3/0]
      = a system (next look 4h)
    ");
    // The manager raises it while approving.
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia approves 1 amount=9000.00EUR
        2 leo rejects 2 too much"), @r"
    > 1 mia approves 1 amount=9000.00EUR
      notify lea leo of 2: Opened
      = task 2 approve again (amount): lea leo (next look 25h)
    > 2 leo rejects 2 too much
      tell ana: too much [1.1.0.0.0.0/1/0]
      = closed as rejected
    ");
    // Nobody can tell who approves an amount in another currency.
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia approves 1 amount=9000.00USD
        2 con retries 2 amount=90.00EUR
        3 mia approves 3"), @r"
    > 1 mia approves 1 amount=9000.00USD
      notify con of 2: Opened
      = task 2 take over: con (next look 25h)
    > 2 con retries 2 amount=90.00EUR
      notify mia of 3: Opened
      = task 3 approve again (amount): mia (next look 26h)
    > 3 mia approves 3
      call bank with amount=90.00 EUR category=meals iban=DE89370400440532013000 [2.0/3/0]
      = a system (next look 4h)
    ");
}

#[test]
fn a_stale_sight_is_refused() {
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia looks 1
        2 ana edits day=2026-02-26
        3 mia approves 1
        3 mia approves 1"), @r"
    > 1 mia looks 1
    > 2 ana edits day=2026-02-26
      = task 1 approve: mia (next look 24h)
    > 3 mia approves 1
      refused: the case has changed since this page was opened; look at what changed and decide again
    > 3 mia approves 1
      call bank with amount=412.50 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 4h)
    ");
}

#[test]
fn reminders_and_escalation_fire_once() {
    assert_snapshot!(Desk::new(claim()).after(LARGE).run("
        23 sys ticks
        24 sys ticks
        24 sys ticks
        75 sys ticks
        75 sys ticks
        95 leo claims 1
        96 sys ticks
        96 sys ticks
        97 leo approves 1
        90 dan approves 1"), @r"
    > 23 sys ticks
      = task 1 approve: lea leo (next look 24h)
    > 24 sys ticks
      notify sam lea leo of 1: Reminder { count: 1 }
      = task 1 approve: sam~lea lea leo (next look 48h)
    > 24 sys ticks
      = task 1 approve: sam~lea lea leo (next look 48h)
    > 75 sys ticks
      notify lea leo of 1: Reminder { count: 2 }
      = task 1 approve: lea leo (next look 96h)
    > 75 sys ticks
      = task 1 approve: lea leo (next look 96h)
    > 95 leo claims 1
      = task 1 approve: leo (next look 96h)
    > 96 sys ticks
      notify dan of 1: Escalated
      = task 1 approve: dan (next look 99h)
    > 96 sys ticks
      = task 1 approve: dan (next look 99h)
    > 97 leo approves 1
      refused: this is for the finance director to decide
    > 90 dan approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 97h)
    ");
    // One late tick, and a clock that was set back after it.
    assert_snapshot!(Desk::new(claim()).after(LARGE).run("
        300 sys ticks
        300 sys ticks
        1 sys ticks
        1 leo approves 1
        1 dan approves 1"), @r"
    > 300 sys ticks
      notify dan of 1: Escalated
      notify dan of 1: Reminder { count: 1 }
      = task 1 approve: dan (next look 360h)
    > 300 sys ticks
      = task 1 approve: dan (next look 360h)
    > 1 sys ticks
      = task 1 approve: dan (next look 360h)
    > 1 leo approves 1
      refused: this is for the finance director to decide
    > 1 dan approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 301h)
    ");
}

#[test]
fn a_task_that_nobody_can_decide_is_an_incident() {
    let mut desk = Desk::new(claim()).after(LARGE).after("1 lea claims 1");
    desk.directory.people.get_mut("lea").unwrap().disabled = true;
    desk = desk.after("2 leo claims 1");
    desk.directory.people.get_mut("leo").unwrap().disabled = true;
    assert_eq!(ends(&desk.case), "1 open");
    assert_snapshot!(desk.run("
        3 sys ticks
        3 sys ticks
        4 ana resolves 1
        4 root resolves 1
        4 root resolves 1
        4 sys ticks
        96 sys ticks
        97 dan approves 1"), @r"
    > 3 sys ticks
      = task 1 approve:  | incident 1: too few people may decide task 1, which is for the finance lead (next look 24h)
    > 3 sys ticks
      = task 1 approve:  | incident 1: too few people may decide task 1, which is for the finance lead (next look 24h)
    > 4 ana resolves 1
      refused: incidents are resolved by administrators and by whoever is accountable
    > 4 root resolves 1
      = task 1 approve:  | incident 2: too few people may decide task 1, which is for the finance lead (next look 24h)
    > 4 root resolves 1
      refused: case 7 has no open incident 1
    > 4 sys ticks
      = task 1 approve:  | incident 2: too few people may decide task 1, which is for the finance lead (next look 24h)
    > 96 sys ticks
      notify dan of 1: Escalated
      notify dan of 1: Reminder { count: 1 }
      = task 1 approve: dan | incident 2: too few people may decide task 1, which is for the finance lead (next look 168h)
    > 97 dan approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system | incident 2: too few people may decide task 1, which is for the finance lead (next look 98h)
    ");
}

#[test]
fn an_approver_who_loses_the_role_no_longer_approves() {
    let mut desk = Desk::new(claim()).after(LARGE).after("1 lea claims 1");
    desk.directory.people.get_mut("lea").unwrap().roles.clear();
    assert_snapshot!(desk.run("
        2 lea approves 1
        2 leo approves 1"), @r"
    > 2 lea approves 1
      refused: this is for the finance lead to decide
    > 2 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 3h)
    ");
}

#[test]
fn an_approver_writes_no_documents_and_nothing_that_was_read() {
    assert_snapshot!(Desk::new(claim()).after(ASKED).run("
        1 mia approves 1 receipt=r9
        1 mia approves 1 receipt.total=1.00EUR
        1 mia approves 1 unknown=1"), @r"
    > 1 mia approves 1 receipt=r9
      refused: `receipt` is not asked for here
    > 1 mia approves 1 receipt.total=1.00EUR
      refused: `total on the receipt` is not asked for here
    > 1 mia approves 1 unknown=1
      refused: `unknown` is not asked for here
    ");
}

#[test]
fn nobody_else_speaks_for_the_program() {
    assert_snapshot!(check(claim(), "
        0 sys opens merchant=Grill
        0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 ana reads receipt.total=412.50EUR
        0 ana unanswered broken
        0 ana ticks
        0 ana done 2.0/1/0
        0 @supplier sends hello"), @r"
    > 0 sys opens merchant=Grill
      refused: this is for a person to do
    > 0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
      ask an agent to read the receipt [0.0/1/ask]
      = an agent (next look 0h)
    > 0 ana reads receipt.total=412.50EUR
      refused: only the program itself records this
    > 0 ana unanswered broken
      refused: only the program itself records this
    > 0 ana ticks
      refused: only the program itself records this
    > 0 ana done 2.0/1/0
      refused: only the program itself records this
    > 0 @supplier sends hello
      refused: this link does not allow that
    ");
}

//! A supplier is taken on: an outside party, two tracks that join, a message to wait for, two seats.

use insta::assert_snapshot;

use crate::{
    desk::{Desk, check},
    samples::{end, human, role, supplier, system, words},
};
use countersign_core::definition::{HumanStep, HumanVerb, Join, Signer, Step, Track, WaitUntil, Who};
use countersign_core::time::Span;

const GATHERED: &str = "
    0 bo opens name=Acme email=acme@example.com
    1 qi completes 2 rating=4
    2 sys sends credit report
    3 @supplier completes 1 iban=DE89370400440532013000 tax_id=77";

#[test]
fn happy_path() {
    assert_snapshot!(check(supplier(), "
        0 bo opens name=Acme email=acme@example.com
        1 @other completes 1 iban=DE89370400440532013000 tax_id=77
        1 @supplier completes 2 rating=9
        1 @supplier completes 1 iban=DE89370400440532013000
        1 qi completes 2 rating=4
        2 @supplier completes 1 iban=DE89370400440532013000 tax_id=77
        3 sys sends weather report
        3 sys sends credit report
        4 bo approves 3
        4 bea approves 3
        4 bea approves 3
        5 ben approves 3
        5 sys done
        6 sys ticks
        7 sys ticks
        8 sys done 2.2/1/0"), @r"
    > 0 bo opens name=Acme email=acme@example.com
      notify  of 1: Opened
      notify qi of 2: Opened
      = task 1 provide:  | task 2 do: qi (next look 24h)
    > 1 @other completes 1 iban=DE89370400440532013000 tax_id=77
      refused: this link does not allow that
    > 1 @supplier completes 2 rating=9
      refused: this link does not allow that
    > 1 @supplier completes 1 iban=DE89370400440532013000
      refused: the tax id is missing
    > 1 qi completes 2 rating=4
      = task 1 provide:  | credit report (next look 24h)
    > 2 @supplier completes 1 iban=DE89370400440532013000 tax_id=77
      = credit report (next look 25h)
    > 3 sys sends weather report
      refused: nothing waits for `weather report` any more
    > 3 sys sends credit report
      notify bea ben of 3: Opened
      = task 3 approve: bea ben (next look 27h)
    > 4 bo approves 3
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 4 bea approves 3
      = task 3 approve 1/2: ben (next look 27h)
    > 4 bea approves 3
      refused: you have decided this already; the other seats are for other people
    > 5 ben approves 3
      call erp with iban=DE89370400440532013000 name=Acme rating=4 [2.0/1/0]
      = a system (next look 6h)
    > 5 sys done
      = a time (next look 7h)
    > 6 sys ticks
      = a time (next look 7h)
    > 7 sys ticks
      tell supplier <acme@example.com>: Welcome, Acme [2.2/1/0]
      = closed as onboarded, a success
    > 8 sys done 2.2/1/0
      = closed as onboarded, a success
    ");
}

#[test]
fn one_veto_rejects() {
    assert_snapshot!(Desk::new(supplier()).after(GATHERED).run("
        4 bea approves 3
        5 ben rejects 3 too risky
        6 bea rejects 3 indeed"), @r"
    > 4 bea approves 3
      = task 3 approve 1/2: ben (next look 27h)
    > 5 ben rejects 3 too risky
      = closed as declined
    > 6 bea rejects 3 indeed
      refused: this was already rejected by ben
    ");
}

#[test]
fn seats_agree_to_the_same_data() {
    assert_snapshot!(Desk::new(supplier()).after(GATHERED).run("
        4 bea approves 3
        5 bo edits name=Acne
        6 ben approves 3
        7 bea approves 3 name=Acme
        8 ben approves 3"), @r"
    > 4 bea approves 3
      = task 3 approve 1/2: ben (next look 27h)
    > 5 bo edits name=Acne
      notify bea ben of 3: Opened
      = task 3 approve: bea ben (next look 27h)
    > 6 ben approves 3
      = task 3 approve 1/2: bea (next look 27h)
    > 7 bea approves 3 name=Acme
      notify ben of 3: Opened
      = task 3 approve 1/2: ben (next look 27h)
    > 8 ben approves 3
      call erp with iban=DE89370400440532013000 name=Acme rating=4 [2.0/1/0]
      = a system (next look 9h)
    ");
}

#[test]
fn a_message_that_does_not_come_is_looked_for_and_may_come_late() {
    assert_snapshot!(check(supplier(), "
        0 bo opens name=Acme email=acme@example.com
        0 qi completes 2 rating=4
        23 sys ticks
        24 sys ticks
        24 sys ticks
        25 sys sends credit report
        26 pia completes 3"), @r"
    > 0 bo opens name=Acme email=acme@example.com
      notify  of 1: Opened
      notify qi of 2: Opened
      = task 1 provide:  | task 2 do: qi (next look 24h)
    > 0 qi completes 2 rating=4
      = task 1 provide:  | credit report (next look 24h)
    > 23 sys ticks
      = task 1 provide:  | credit report (next look 24h)
    > 24 sys ticks
      notify  of 1: Reminder { count: 1 }
      notify pia of 3: Opened
      = task 1 provide:  | task 3 take over: pia (next look 48h)
    > 24 sys ticks
      = task 1 provide:  | task 3 take over: pia (next look 48h)
    > 25 sys sends credit report
      = task 1 provide:  (next look 48h)
    > 26 pia completes 3
      refused: this task is no longer needed
    ");
    assert_snapshot!(check(supplier(), "
        0 bo opens name=Acme email=acme@example.com
        0 qi completes 2 rating=4
        24 sys ticks
        25 pia completes 3
        26 sys sends credit report"), @r"
    > 0 bo opens name=Acme email=acme@example.com
      notify  of 1: Opened
      notify qi of 2: Opened
      = task 1 provide:  | task 2 do: qi (next look 24h)
    > 0 qi completes 2 rating=4
      = task 1 provide:  | credit report (next look 24h)
    > 24 sys ticks
      notify  of 1: Reminder { count: 1 }
      notify pia of 3: Opened
      = task 1 provide:  | task 3 take over: pia (next look 48h)
    > 25 pia completes 3
      = task 1 provide:  (next look 48h)
    > 26 sys sends credit report
      refused: nothing waits for `credit report` any more
    ");
}

#[test]
fn a_write_from_outside_voids_the_sign_off() {
    let mut late = supplier();
    let party = Who::Party { party: String::from("supplier") };
    let fix = HumanStep { fields: words(&["iban"]), ..human(HumanVerb::Provide, party) };
    late.stages[2].steps.insert(0, Step::Human(fix));
    assert_snapshot!(Desk::new(late).after(GATHERED).run("
        4 bea approves 3
        4 ben approves 3
        5 @supplier completes 4 iban=GB82WEST12345698765432
        6 bea approves 5
        6 ben approves 5"), @r"
    > 4 bea approves 3
      = task 3 approve 1/2: ben (next look 27h)
    > 4 ben approves 3
      notify  of 4: Opened
      = task 4 provide:  (next look 28h)
    > 5 @supplier completes 4 iban=GB82WEST12345698765432
      notify bea ben of 5: Opened
      = task 5 approve again (iban): bea ben (next look 29h)
    > 6 bea approves 5
      = task 5 approve again (iban) 1/2: ben (next look 29h)
    > 6 ben approves 5
      call erp with iban=GB82WEST12345698765432 name=Acme rating=4 [2.1/2/0]
      = a system (next look 7h)
    ");
}

#[test]
fn a_second_asking_that_is_rejected_ends_the_tracks_around_it() {
    let mut split = supplier();
    let board = Signer::Role { role: String::from("board") };
    let wait = Step::Wait { until: WaitUntil::Passed { span: Span::Hours(9) } };
    let rate = HumanStep { fields: words(&["rating"]), ..human(HumanVerb::Do, role("quality")) };
    let tracks = vec![
        Track {
            name: String::from("a"),
            steps: vec![Step::Human(rate), Step::System(system("erp", &["rating"], board))],
        },
        Track { name: String::from("b"), steps: vec![wait] },
    ];
    split.stages[2].steps.insert(0, Step::Parallel { tracks, join: Join::All });
    let Step::Human(sign) = &mut split.stages[1].steps[0] else { panic!("the approval") };
    sign.on_rejected = vec![Step::Wait { until: WaitUntil::Passed { span: Span::Hours(99) } }, end("declined")];
    assert_snapshot!(Desk::new(split).after(GATHERED).run("
        4 bea approves 3
        4 ben approves 3
        5 qi completes 4 rating=1
        6 bea rejects 5 the rating fell
        20 sys ticks
        120 sys ticks"), @r"
    > 4 bea approves 3
      = task 3 approve 1/2: ben (next look 27h)
    > 4 ben approves 3
      notify qi of 4: Opened
      = task 4 do: qi | a time (next look 13h)
    > 5 qi completes 4 rating=1
      notify bea ben of 5: Opened
      = task 5 approve again (rating): bea ben | a time (next look 13h)
    > 6 bea rejects 5 the rating fell
      = a time (next look 105h)
    > 20 sys ticks
      = a time (next look 105h)
    > 120 sys ticks
      = closed as declined
    ");
}

#[test]
fn a_return_out_of_a_track_ends_the_others() {
    let mut back = supplier();
    let Step::Parallel { tracks, .. } = &mut back.stages[0].steps[0] else { panic!("the tracks") };
    tracks[1].steps.push(Step::Return { stage: String::from("Gather"), at_most: 1, then: role("procurement lead") });
    assert_snapshot!(check(back, "
        0 bo opens name=Acme email=acme@example.com
        1 qi completes 2 rating=4
        2 sys sends credit report
        3 @supplier completes 1 iban=DE89370400440532013000 tax_id=77
        3 qi completes 4 rating=5
        4 sys sends credit report
        5 pia completes 5
        5 @supplier completes 3 iban=DE89370400440532013000 tax_id=77"), @r"
    > 0 bo opens name=Acme email=acme@example.com
      notify  of 1: Opened
      notify qi of 2: Opened
      = task 1 provide:  | task 2 do: qi (next look 24h)
    > 1 qi completes 2 rating=4
      = task 1 provide:  | credit report (next look 24h)
    > 2 sys sends credit report
      notify  of 3: Opened
      notify qi of 4: Opened
      = task 3 provide:  | task 4 do: qi (next look 26h)
    > 3 @supplier completes 1 iban=DE89370400440532013000 tax_id=77
      refused: this task is no longer needed
    > 3 qi completes 4 rating=5
      = task 3 provide:  | credit report (next look 26h)
    > 4 sys sends credit report
      notify pia of 5: Opened
      = task 3 provide:  | task 5 take over: pia (next look 26h)
    > 5 pia completes 5
      = task 3 provide:  (next look 26h)
    > 5 @supplier completes 3 iban=DE89370400440532013000 tax_id=77
      notify bea ben of 6: Opened
      = task 6 approve: bea ben (next look 29h)
    ");
}

#[test]
fn too_few_for_the_seats_is_an_incident() {
    let mut desk = Desk::new(supplier());
    desk.directory.people.get_mut("ben").unwrap().disabled = true;
    assert_snapshot!(desk.after(GATHERED).run("
        4 bea approves 3
        4 sys ticks"), @r"
    > 4 bea approves 3
      = task 3 approve 1/2:  | incident 1: too few people may decide task 3, which is for the board (next look 27h)
    > 4 sys ticks
      = task 3 approve 1/2:  | incident 1: too few people may decide task 3, which is for the board (next look 27h)
    ");
}

#[test]
fn a_party_without_an_address_is_an_incident() {
    let mut nowhere = supplier();
    nowhere.fields[1].required = false;
    assert_snapshot!(check(nowhere, "
        0 bo opens name=Acme
        1 bo edits email=acme@example.com
        1 root repeats
        1 pia resolves 1
        2 sys ticks"), @r"
    > 0 bo opens name=Acme
      notify  of 1: Opened
      notify qi of 2: Opened
      = task 1 provide:  | task 2 do: qi | incident 1: task 1 reaches nobody: no address of the supplier is known (next look 24h)
    > 1 bo edits email=acme@example.com
      = task 1 provide:  | task 2 do: qi | incident 1: task 1 reaches nobody: no address of the supplier is known (next look 24h)
    > 1 root repeats
      refused: data is changed by the requester or by whoever is accountable
    > 1 pia resolves 1
      = task 1 provide:  | task 2 do: qi (next look 24h)
    > 2 sys ticks
      = task 1 provide:  | task 2 do: qi (next look 24h)
    ");
}

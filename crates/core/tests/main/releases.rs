//! Calls that are held back, since more would leave on an agent's word than may leave without a signature.

use countersign_core::{
    case::{CheckResult, EffectState, Entry, Finding, Origin, SignOff},
    definition::{AgentWork, Definition, Path, Signer, Stage, Step, SystemStep, Who},
    release::{amounts, on_an_agents_word, total, was_let_go},
    time::Timestamp,
    value::{Money, Value, Values},
};
use insta::assert_snapshot;

use crate::{
    desk::Desk,
    samples::{agent, claim, end, role, system, words},
};

/// Read, and called.
const CALLED: &str = "
    0 ana opens merchant=Grill amount=412.50EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
    0 sys reads receipt.total=412.50EUR";

/// What was read is paid, and nobody signs it; where the bank fails, the text has a step of its own.
fn refund(change: impl FnOnce(&mut SystemStep)) -> Definition {
    let fields = words(&["receipt.total"]);
    let mut call = system("bank", &["receipt.total"], Signer::Nobody);
    call.failure = vec![end("failed")];
    change(&mut call);
    let read = agent(AgentWork::Extract { document: String::from("receipt"), fields });
    let steps = vec![read, Step::System(call), end("paid")];
    Definition { stages: vec![Stage { name: String::from("Payment"), steps }], withdrawal: None, ..claim() }
}

fn called(change: impl FnOnce(&mut SystemStep)) -> Desk {
    Desk::new(refund(change)).after(CALLED)
}

#[test]
fn a_person_lets_go_what_was_held_back_and_it_keeps_its_key() {
    assert_snapshot!(called(|_| ()).run("
        1 sys withholds
        1 sys repeats
        2 fin retries 1 amount=1EUR
        2 mia retries 1
        2 fin retries 1
        3 sys done
        3 sys withholds 0.1/1/0"), @r"
    > 1 sys withholds
      notify fee fin of 1: Opened
      = task 1 take over: fee fin (next look 25h)
    > 1 sys repeats
      refused: nothing waits for `c/0.1/1/0` any more
    > 2 fin retries 1 amount=1EUR
      refused: `amount` is not asked for here
    > 2 mia retries 1
      refused: this is for the finance desk to decide
    > 2 fin retries 1
      call bank with receipt.total=412.50 EUR [0.1/1/0]
      = a system (next look 3h)
    > 3 sys done
      = closed as paid, a success
    > 3 sys withholds 0.1/1/0
      refused: nothing waits for `c/0.1/1/0` any more
    ");
}

#[test]
fn it_is_done_by_hand_or_the_case_ends() {
    assert_snapshot!(called(|_| ()).run("
        1 sys withholds
        2 fin completes 1"), @r"
    > 1 sys withholds
      notify fee fin of 1: Opened
      = task 1 take over: fee fin (next look 25h)
    > 2 fin completes 1
      = closed as paid, a success
    ");
    assert_snapshot!(called(|_| ()).run("
        1 sys withholds
        2 fin rejects 1 we do not pay this"), @r"
    > 1 sys withholds
      notify fee fin of 1: Opened
      = task 1 take over: fee fin (next look 25h)
    > 2 fin rejects 1 we do not pay this
      = closed as stopped
    ");
}

#[test]
fn whoever_asks_for_the_money_does_not_let_it_go() {
    assert_snapshot!(called(|call| call.on_failure = role("employee")).run("
        1 sys withholds
        2 ana retries 1
        2 mia delegates 1 ana
        2 mia retries 1"), @r"
    > 1 sys withholds
      notify lea mia sam of 1: Opened
      = task 1 take over: lea mia sam (next look 25h)
    > 2 ana retries 1
      refused: whoever asks for an approval cannot give it, nor can anybody in their place
    > 2 mia delegates 1 ana
      refused: ana must not decide this
    > 2 mia retries 1
      call bank with receipt.total=412.50 EUR [0.1/1/0]
      = a system (next look 3h)
    ");
    // Where nobody else would be asked, and where only somebody outside would, whoever answers for the process is.
    let outside = Who::Party { party: String::from("supplier") };
    for (named, accountable) in [
        (Who::Requester, None),
        (Who::Requester, Some(Who::Requester)),
        (outside.clone(), None),
        (outside.clone(), Some(outside)),
        (role("nobody holds this"), None),
    ] {
        let held = called(|call| (call.on_failure, call.accountable) = (named.clone(), accountable.clone()));
        let told = held.run("1 sys withholds");
        assert!(told.contains("take over: con "), "{named:?} {accountable:?}: {told}");
    }
}

#[test]
fn what_may_have_been_made_and_must_not_be_repeated_is_made_again_on_a_persons_word_alone() {
    assert_snapshot!(called(|call| call.at_most_once = true).run("
        1 sys suspects
        2 fin retries 1
        3 sys done"), @r"
    > 1 sys suspects
      notify fee fin of 1: Opened
      = task 1 take over: fee fin (next look 25h)
    > 2 fin retries 1
      call bank with receipt.total=412.50 EUR [0.1/1/0]
      = a system (next look 3h)
    > 3 sys done
      = closed as paid, a success
    ");
}

#[test]
fn letting_go_is_for_one_call_with_the_data_that_it_has() {
    let let_go = called(|_| ()).after("1 sys withholds").after("2 fin retries 1");
    assert!(was_let_go(&let_go.case, "c/0.1/1/0") && !was_let_go(&let_go.case, "c/0.1/1/1"));
    let failed = called(|call| call.failure.clear()).after("1 sys fails").after("2 fin retries 1");
    assert!(matches!(failed.case.effects["c/0.1/1/0"].state, EffectState::Released { .. }));
    assert!(!was_let_go(&failed.case, "c/0.1/1/0"), "nobody was told that it would pass a limit");
}

/// Whether the call rests on an agent's word, after the case was changed.
#[track_caller]
fn rests(expected: bool, change: impl FnOnce(&mut Desk)) {
    let mut desk = called(|_| ());
    change(&mut desk);
    assert_eq!(on_an_agents_word(&desk.definition, &desk.case, "c/0.1/1/0"), expected);
}

fn typed(desk: &mut Desk) {
    for entry in desk.case.fields.values_mut() {
        entry.origin = Origin::Person { by: String::from("ana") };
    }
}

fn judged(desk: &mut Desk, result: CheckResult) {
    typed(desk);
    let criterion = String::from("it is for business");
    let work = AgentWork::Judge { criterion: criterion.clone(), subject: Vec::new(), guideline: None };
    desk.definition.stages[0].steps[0] = agent(work);
    let finding = Finding { words: criterion, result, fields: Vec::new(), examples: Vec::new(), at: Timestamp(1) };
    desk.case.findings.insert(Path(vec![0, 0]), finding);
}

/// Signed at this time, over the data as they are.
fn signed(desk: &mut Desk, at: i64) {
    let covers = desk.definition.fields.iter().map(|field| {
        let name = field.name.clone();
        let digest = desk.case.field_digest(&name);
        (name, digest)
    });
    let sign_off = SignOff {
        task: 1,
        path: Path(vec![0, 0]),
        visit: 1,
        by: String::from("mia"),
        standing_for: None,
        at: Timestamp(at),
        covers: covers.collect(),
        voided: None,
    };
    desk.case.sign_offs.push(sign_off);
}

#[test]
fn what_no_person_signed_typed_or_confirmed_rests_on_an_agent() {
    rests(true, |_| ());
    rests(false, typed);
    rests(true, |desk| {
        typed(desk);
        let origin = Origin::Agent { engine: String::from("offline") };
        let entry = Entry { value: Value::choice("meals"), origin, at: Timestamp(1) };
        desk.case.fields.insert(String::from("category"), entry);
    });
    rests(false, |desk| desk.definition = refund(|call| call.signer = Signer::Approver));
    for (list, agents) in [(None, true), (Some(("ana", "meals")), false), (Some(("ana", "travel")), true)] {
        rests(agents, |desk| {
            typed(desk);
            let entry = |value: Value, origin: Origin| Entry { value, origin, at: Timestamp(1) };
            let origin = Origin::Item { list: String::from("kinds") };
            desk.case.fields.insert(String::from("category"), entry(Value::choice("meals"), origin));
            if let Some((by, item)) = list {
                let items = Value::List { items: vec![Value::choice(item)] };
                let typed = entry(items, Origin::Person { by: String::from(by) });
                desk.case.fields.insert(String::from("kinds"), typed);
            }
        });
    }
    rests(true, |desk| judged(desk, CheckResult::Passed));
    rests(true, |desk| judged(desk, CheckResult::Failed));
    rests(false, |desk| judged(desk, CheckResult::CannotTell { why: String::new() }));
    rests(false, |desk| signed(desk, 2));
    rests(true, |desk| {
        judged(desk, CheckResult::Passed);
        signed(desk, 0);
    });
    rests(false, |desk| {
        judged(desk, CheckResult::Passed);
        signed(desk, 1);
    });
}

#[test]
fn every_amount_of_a_call_counts_in_one_currency() {
    let money = |minor, currency: &str| Value::Money(Money { minor, currency: currency.to_owned() });
    let check = |values: &[Value], expected: Option<i64>| {
        let payload: Values = values.iter().enumerate().map(|(n, value)| (n.to_string(), value.clone())).collect();
        assert_eq!(total(&amounts(&payload), "EUR").map(|money| money.minor), expected, "{payload:?}");
    };
    check(&[], Some(0));
    check(&[Value::text("500 EUR"), money(500, "EUR")], Some(500));
    let list = Value::List { items: vec![money(1, "EUR"), Value::List { items: vec![money(2, "EUR")] }] };
    check(&[list, money(4, "EUR")], Some(7));
    check(&[money(1, "EUR"), money(1, "USD")], None);
    check(&[money(5, "EUR"), money(-1, "EUR")], None);
    check(&[money(i64::MAX, "EUR"), money(1, "EUR")], None);
}

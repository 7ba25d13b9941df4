//! The steps beyond the plain ones: joins, lists, look-ups, failures, days, looks, owners, marks and judgements.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{
        AgentWork, Branch, Definition, FieldKind, FieldSource, HumanStep, HumanVerb, Join, LookUpStep, Losers, Offset,
        OwnerList, ScaleMark, Signer, Stage, Step, SystemStep, Track, WaitUntil, Who,
    },
    guard::Guard,
    time::Span,
};
use insta::assert_snapshot;

use crate::{
    desk::{Desk, check, ends},
    samples::{agent, end, field, form, human, role, supplier, system, words},
};

/// A request with a bit of everything in its form.
pub fn request(steps: Vec<Step>) -> Definition {
    let list = |of| FieldKind::List { of: Box::new(of) };
    let options = words(&["travel", "meals", "other"]);
    Definition {
        starter: String::from("employee"),
        accountable: String::from("controller"),
        fields: vec![
            field("amount", FieldKind::Money, form(true)),
            field("customer", FieldKind::Text, form(true)),
            optional("parts", list(FieldKind::Text)),
            optional("start", FieldKind::Date),
            optional("category", FieldKind::Choice { options }),
            optional("hire", FieldKind::Person),
            field("part", FieldKind::Text, FieldSource::Item { list: String::from("parts") }),
            field("quote", FieldKind::Money, form(false)),
            required("limit", FieldKind::Money, FieldSource::System { system: String::from("credit") }),
            field("risk", FieldKind::Number, FieldSource::Agent),
        ],
        prohibitions: Vec::new(),
        parties: Vec::new(),
        stages: vec![Stage { name: String::from("Work"), steps }],
        ..supplier()
    }
}

fn optional(name: &str, kind: FieldKind) -> countersign_core::definition::Field {
    countersign_core::definition::Field { required: false, ..field(name, kind, form(true)) }
}

fn required(name: &str, kind: FieldKind, source: FieldSource) -> countersign_core::definition::Field {
    countersign_core::definition::Field { required: true, ..field(name, kind, source) }
}

fn approves(who: Who) -> Step {
    Step::Human(human(HumanVerb::Approve, who))
}

fn does(who: Who) -> Step {
    Step::Human(human(HumanVerb::Do, who))
}

fn calls(payload: &[&str], signer: Signer) -> Step {
    Step::System(system("bank", payload, signer))
}

fn track(name: &str, steps: Vec<Step>) -> Track {
    Track { name: name.to_owned(), steps }
}

/// Finance and the board decide side by side, or quality looks; then the money is sent.
fn race(join: Join, third: Vec<Step>) -> Definition {
    let tracks = vec![
        track("finance", vec![approves(role("finance lead"))]),
        track("board", vec![approves(role("board"))]),
        track("quality", third),
    ];
    request(vec![Step::Parallel { tracks, join }, calls(&["amount"], Signer::Approver), end("done")])
}

pub const OPENED: &str = "0 ana opens amount=10EUR customer=Acme";

#[track_caller]
fn ends_with(definition: Definition, script: &str, last: &str) {
    let log = check(definition, script);
    let stands = log.lines().last().unwrap().trim();
    assert_eq!(stands, last, "{log}");
}

#[test]
fn the_first_of_several_tracks_cancels_the_others() {
    assert_snapshot!(check(race(Join::Any { losers: Losers::Cancel }, vec![calls(&["customer"], Signer::Nobody)]), "
        0 ana opens amount=10EUR customer=Acme
        1 leo approves 1
        2 ben approves 2
        2 sys done 0.0.2.0/1/0
        3 sys done 0.1/1/0"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      notify lea leo of 1: Opened
      notify bea ben bo of 2: Opened
      call bank with customer=Acme [0.0.2.0/1/0]
      = task 1 approve: lea leo | task 2 approve: bea ben bo | a system (next look 1h)
    > 1 leo approves 1
      call bank with amount=10.00 EUR [0.1/1/0]
      = a system (next look 2h)
    > 2 ben approves 2
      refused: this task is no longer needed
    > 2 sys done 0.0.2.0/1/0
      = a system | incident 1: the bank has done this after all, when the case had gone on without it: create (next look 2h)
    > 3 sys done 0.1/1/0
      = closed as done
    ");
}

#[test]
fn what_the_winners_signed_releases_what_follows_and_a_loser_signs_nothing() {
    // Two of three are needed; the finance lead lost, so that the board's word counts for the call.
    let join = Join::Count { count: 2, losers: Losers::Finish };
    ends_with(
        race(join, vec![does(role("quality"))]),
        "
        0 ana opens amount=10EUR customer=Acme
        1 qi completes 3
        2 ben approves 2",
        "= task 1 approve: lea leo | a system (next look 3h)",
    );
    // A rejection in a track that runs on ends that track and nothing else.
    ends_with(
        race(join, vec![does(role("quality"))]),
        "
        0 ana opens amount=10EUR customer=Acme
        1 qi completes 3
        2 ben approves 2
        2 leo rejects 1 too dear",
        "= a system (next look 3h)",
    );
    // Only quality and finance are done: the board has signed nothing, and is not asked again.
    ends_with(
        race(join, vec![does(role("quality"))]),
        "
        0 ana opens amount=10EUR customer=Acme
        1 qi completes 3
        2 leo approves 1",
        "= task 2 approve: bea ben bo | a system (next look 3h)",
    );
}

#[test]
fn a_track_that_runs_on_neither_closes_the_case_nor_sends_it_back() {
    let late = |step: Step| vec![Step::Wait { until: WaitUntil::Passed { span: Span::Minutes(90) } }, step];
    let back = Step::Return { stage: String::from("Work"), at_most: 2, then: role("finance desk") };
    for step in [end("stopped early"), back] {
        let script = "
        0 ana opens amount=10EUR customer=Acme
        1 leo approves 1
        1.8 sys ticks";
        let log = check(race(Join::Any { losers: Losers::Finish }, late(step)), script);
        assert!(log.trim_end().ends_with("= task 2 approve: bea ben bo | a system (next look 2h)"), "{log}");
    }
}

#[test]
fn each_item_is_asked_for_by_itself() {
    let steps = vec![
        Step::Human(HumanStep { fields: words(&["quote"]), ..human(HumanVerb::Provide, role("quality")) }),
        approves(role("finance lead")),
        calls(&["part", "quote"], Signer::Approver),
    ];
    let (item, list) = (String::from("part"), String::from("parts"));
    let each = request(vec![Step::Each { item, list, steps }, end("done")]);
    assert_snapshot!(check(each.clone(), "
        0 ana opens amount=10EUR customer=Acme parts=bolt+bolt
        1 qi completes 1 quote=5EUR
        2 leo approves 2
        3 sys done
        4 qi completes 3
        4 qi completes 3 quote=6EUR
        5 ana edits customer=Other
        5 leo approves 4
        6 sys done"), @r"
    > 0 ana opens amount=10EUR customer=Acme parts=bolt+bolt
      notify qi of 1: Opened
      = task 1 provide: qi (next look 24h)
    > 1 qi completes 1 quote=5EUR
      notify lea leo of 2: Opened
      = task 2 approve: lea leo (next look 25h)
    > 2 leo approves 2
      call bank with part=bolt quote=5.00 EUR [0.0.0.2/1/0]
      = a system (next look 3h)
    > 3 sys done
      notify qi of 3: Opened
      = task 3 provide: qi (next look 27h)
    > 4 qi completes 3
      refused: the quote is missing
    > 4 qi completes 3 quote=6EUR
      notify lea leo of 4: Opened
      = task 4 approve: lea leo (next look 28h)
    > 5 ana edits customer=Other
      = task 4 approve: lea leo (next look 28h)
    > 5 leo approves 4
      call bank with part=bolt quote=6.00 EUR [0.0.0.2/2/0]
      = a system (next look 6h)
    > 6 sys done
      = closed as done
    ");
    ends_with(each, OPENED, "= closed as done");
}

#[test]
fn a_sign_off_for_one_item_releases_nothing_for_the_next() {
    let (item, list) = (String::from("part"), String::from("parts"));
    let steps = vec![calls(&["part"], Signer::Approver)];
    let signed_once = request(vec![approves(role("finance lead")), Step::Each { item, list, steps }, end("done")]);
    ends_with(
        signed_once,
        "
        0 ana opens amount=10EUR customer=Acme parts=bolt+bolt
        1 leo approves 1
        1 leo approves 2
        2 sys done",
        "= task 3 approve again (part): lea leo (next look 26h)",
    );
}

#[test]
fn a_round_waits_for_its_tracks_that_run_on() {
    let tracks = vec![track("a", vec![does(role("quality"))]), track("b", vec![does(role("board"))])];
    let join = Join::Any { losers: Losers::Finish };
    let (item, list) = (String::from("part"), String::from("parts"));
    let each = Step::Each { item, list, steps: vec![Step::Parallel { tracks, join }] };
    let mut desk = Desk::new(request(vec![each, end("done")]));
    desk.play("0 ana opens amount=10EUR customer=Acme parts=bolt+nut");
    desk.play("1 qi completes 1");
    assert_eq!(desk.case.value("part").unwrap().plain(), "bolt");
    desk.play("1 ben completes 2");
    assert_eq!(desk.case.value("part").unwrap().plain(), "nut");
    desk.play("2 ben completes 4\n3 qi completes 3");
    assert!(!desk.case.is_open(), "{}", desk.log);
}

#[test]
fn a_failing_call_takes_the_way_that_the_text_names() {
    let failure = vec![does(role("finance desk"))];
    let pay = || SystemStep { failure: failure.clone(), ..system("bank", &["amount"], Signer::Nobody) };
    let steps = || vec![Step::System(pay()), end("done")];
    assert_snapshot!(check(request(steps()), "
        0 ana opens amount=10EUR customer=Acme
        2 sys ticks
        3 sys done
        4 con resolves 1
        4 fin completes 1"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      call bank with amount=10.00 EUR [0.0/1/0]
      = a system (next look 1h)
    > 2 sys ticks
      notify fee fin of 1: Opened
      = task 1 do: fee fin (next look 26h)
    > 3 sys done
      = task 1 do: fee fin | incident 1: the bank has done this after all, when the case had gone on without it: create (next look 26h)
    > 4 con resolves 1
      = task 1 do: fee fin (next look 26h)
    > 4 fin completes 1
      = closed as done
    ");
    ends_with(request(steps()), &format!("{OPENED}\n1 sys fails\n2 fin completes 1"), "= closed as done");
}

fn looks_up(failure: Vec<Step>) -> Step {
    Step::LookUp(LookUpStep {
        system: String::from("credit"),
        by: words(&["customer"]),
        fields: words(&["limit"]),
        answer_within: Span::Hours(1),
        on_failure: role("finance desk"),
        failure,
    })
}

#[test]
fn a_system_is_asked_and_its_answer_is_checked() {
    let steps = || vec![looks_up(Vec::new()), approves(role("finance lead")), end("done")];
    assert_snapshot!(check(request(steps()), "
        0 ana opens amount=10EUR customer=Acme
        0 sys answers limit=500EUR
        0 sys answers limit=900EUR
        1 leo approves 1"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      look limit up in credit by customer=Acme [0.0/1/look]
      = a system (next look 1h)
    > 0 sys answers limit=500EUR
      notify lea leo of 1: Opened
      = task 1 approve: lea leo (next look 24h)
    > 0 sys answers limit=900EUR
      refused: nothing waits for `c/0.0/1/look` any more
    > 1 leo approves 1
      = closed as done
    ");
    assert_snapshot!(check(request(steps()), "
        0 ana opens amount=10EUR customer=Acme
        0 sys answers amount=500EUR limit=1EUR
        1 fin retries 1
        2 sys ticks
        3 sys cannot no_such_customer
        4 fin completes 3 limit=20EUR"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      look limit up in credit by customer=Acme [0.0/1/look]
      = a system (next look 1h)
    > 0 sys answers amount=500EUR limit=1EUR
      notify fee fin of 1: Opened
      = task 1 take over: fee fin (next look 24h)
    > 1 fin retries 1
      look limit up in credit by customer=Acme [0.0/2/look]
      = a system (next look 2h)
    > 2 sys ticks
      notify fee fin of 2: Opened
      = task 2 take over: fee fin (next look 26h)
    > 3 sys cannot no_such_customer
      notify fee fin of 3: Opened
      = task 3 take over: fee fin (next look 27h)
    > 4 fin completes 3 limit=20EUR
      notify lea leo of 4: Opened
      = task 4 approve: lea leo (next look 28h)
    ");
}

#[test]
fn a_question_without_an_answer_takes_the_way_that_the_text_names() {
    let steps = |failure| vec![looks_up(failure), end("known")];
    let opened = "0 ana opens amount=10EUR customer=Acme";
    let asks = || vec![does(role("finance desk"))];
    assert_snapshot!(check(request(steps(asks())), "
        0 ana opens amount=10EUR customer=Acme
        1 sys cannot down
        1 sys answers limit=5EUR
        2 fin completes 1"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      look limit up in credit by customer=Acme [0.0/1/look]
      = a system (next look 1h)
    > 1 sys cannot down
      notify fee fin of 1: Opened
      = task 1 do: fee fin (next look 25h)
    > 1 sys answers limit=5EUR
      refused: nothing waits for `c/0.0/1/look` any more
    > 2 fin completes 1
      = closed as known
    ");
    // Steps that close the case close it, and those that go on go on behind the question.
    ends_with(request(steps(vec![end("refused")])), &format!("{opened}\n2 sys ticks"), "= closed as refused");
    ends_with(request(steps(vec![end("refused")])), &format!("{opened}\n0 sys answers"), "= closed as refused");
    ends_with(request(steps(asks())), &format!("{opened}\n0 sys answers limit=5EUR"), "= closed as known");
}

#[test]
fn a_day_is_waited_for_as_it_stands() {
    let offset = Some(Offset { before: true, span: Span::WorkingDays(3) });
    let wait =
        |offset| vec![Step::Wait { until: WaitUntil::Date { field: String::from("start"), offset } }, end("done")];
    assert_snapshot!(check(request(wait(offset)), "
        0 ana opens amount=10EUR customer=Acme start=2026-03-16
        5 ana edits start=2026-03-09
        38 sys ticks
        39 sys ticks"), @r"
    > 0 ana opens amount=10EUR customer=Acme start=2026-03-16
      = a day (next look 207h)
    > 5 ana edits start=2026-03-09
      = a day (next look 39h)
    > 38 sys ticks
      = a day (next look 39h)
    > 39 sys ticks
      = closed as done
    ");
    ends_with(request(wait(None)), &format!("{OPENED} start=2026-03-01"), "= closed as done");
    ends_with(request(wait(None)), OPENED, "= task 1 take over: con (next look 24h)");
}

#[test]
fn a_case_stays_until_whoever_looks_lets_it_go() {
    let until = WaitUntil::Look { who: role("quality"), every: Span::Days(2) };
    assert_snapshot!(check(request(vec![Step::Wait { until }, end("done")]), "
        0 ana opens amount=10EUR customer=Acme
        48 sys ticks
        50 qi retries 1
        98 sys ticks
        99 qi completes 2"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      = a time (next look 48h)
    > 48 sys ticks
      notify qi of 1: Opened
      = task 1 look: qi (next look 72h)
    > 50 qi retries 1
      = a time (next look 98h)
    > 98 sys ticks
      notify qi of 2: Opened
      = task 2 look: qi (next look 170h)
    > 99 qi completes 2
      = closed as done
    ");
}

#[test]
fn somebody_is_handed_the_case_and_says_go_on() {
    let steps = vec![Step::HandOver { who: role("finance desk"), due: Span::Hours(4) }, end("done")];
    ends_with(request(steps), &format!("{OPENED}\n1 fin completes 1"), "= closed as done");
}

/// A request whose category says who gets the work.
pub fn owned(mut steps: Vec<Step>) -> Definition {
    let owners = [("travel", role("quality")), ("meals", role("board")), ("other", role("finance desk"))];
    let field = String::from("category");
    steps.push(does(Who::OwnerOf { field: field.clone() }));
    steps.extend([approves(role("board")), end("done")]);
    let mut found = request(steps);
    let owners = owners.map(|(word, who)| (word.to_owned(), who)).into_iter().collect::<BTreeMap<_, _>>();
    found.owners = vec![OwnerList { field, owners }];
    found
}

#[test]
fn people_are_found_from_data() {
    let found = owned(Vec::new());
    ends_with(found.clone(), &format!("{OPENED} category=travel"), "= task 1 do: qi (next look 24h)");
    ends_with(found.clone(), OPENED, "= task 1 do: con (next look 24h)");
    // The owner follows the value, also while the task is open.
    ends_with(
        found,
        &format!("{OPENED} category=travel\n1 ana edits category=other"),
        "= task 1 do: fee fin (next look 24h)",
    );
    let managed = || request(vec![approves(Who::ManagerOf { field: String::from("hire") }), end("done")]);
    ends_with(managed(), &format!("{OPENED} hire=lea"), "= task 1 approve: dan (next look 24h)");
    ends_with(managed(), &format!("{OPENED} hire=bea"), "= task 1 approve: con (next look 24h)");
    ends_with(
        managed(),
        &format!("{OPENED} hire=nobody"),
        "refused: nobody here is known as `nobody`; write their sign-in name",
    );
}

#[test]
fn a_mark_is_suggested_confirmed_and_kept_on_its_scale() {
    let scale = vec![
        ScaleMark { mark: 1, words: String::from("harmless") },
        ScaleMark { mark: 5, words: String::from("stop at once") },
    ];
    let score = AgentWork::Score { field: String::from("risk"), subject: words(&["customer"]), scale };
    assert_snapshot!(check(request(vec![agent(score), end("done")]), "
        0 ana opens amount=10EUR customer=Acme
        0 sys marks 9
        1 fin completes 1 risk=7
        1 fin completes 1 risk=4"), @r"
    > 0 ana opens amount=10EUR customer=Acme
      ask an agent to score the risk [0.0/1/ask]
      = an agent (next look 0h)
    > 0 sys marks 9
      notify fee fin of 1: Opened
      = task 1 confirm risk: fee fin (next look 24h)
    > 1 fin completes 1 risk=7
      refused: the mark must be a whole number from 1 to 5; it is 7
    > 1 fin completes 1 risk=4
      = closed as done
    ");
}

#[test]
fn a_judgement_is_a_finding_once_a_person_or_a_certificate_stands_for_it() {
    let judge = AgentWork::Judge {
        criterion: String::from("the receipt shows a business purchase"),
        guideline: None,
        subject: words(&["customer"]),
    };
    let stop = Branch { guard: Guard::CheckFailed, steps: vec![end("refused")] };
    let choice = Step::Choice { branches: vec![stop], otherwise: Vec::new() };
    let steps = || vec![agent(judge.clone()), choice.clone(), end("done")];
    ends_with(request(steps()), &format!("{OPENED}\n0 sys judges yes"), "= task 1 judge: fee fin (next look 24h)");
    ends_with(request(steps()), &format!("{OPENED}\n0 sys judges yes\n1 fin completes 1"), "= closed as done");
    ends_with(request(steps()), &format!("{OPENED}\n0 sys judges\n1 fin rejects 1 private"), "= closed as refused");
    ends_with(request(steps()), &format!("{OPENED}\n0 sys judges no certified:500"), "= closed as refused");
    ends_with(request(steps()), &format!("{OPENED}\n0 sys unanswered budget\n1 fin completes 1"), "= closed as done");
}

#[test]
fn a_schedule_opens_a_case_that_asks_for_nothing_at_its_start() {
    let mut scheduled = request(vec![does(Who::Requester), end("done")]);
    ends_with(scheduled.clone(), "0 sys schedules ana", "refused: the amount is missing; the customer is missing");
    for field in &mut scheduled.fields {
        field.required = false;
    }
    ends_with(scheduled.clone(), "0 ana schedules ana", "refused: only the program itself records this");
    let mut desk = Desk::new(scheduled);
    desk.play("0 sys schedules ana\n1 ana completes 1");
    assert_eq!(ends(&desk.case), "1 completed");
}

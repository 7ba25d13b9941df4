//! Cases go from one version of their process to another, and ask for something of their own.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::digest,
    case::Void,
    decide,
    definition::{Definition, HumanStep, HumanVerb, Path, Signer, Step},
    event::{Acting, Event, EventKind},
    migrate::{Fit, preview},
    time::{HOUR_MS, Span, Timestamp},
    with_additions,
};
use insta::assert_snapshot;

use crate::{
    desk::Desk,
    processes::block,
    random::Random,
    samples::{START, claim, supplier},
};

/// A claim over 500 EUR that waits for the finance lead.
const TO_APPROVAL: &str = "
    0 ana opens merchant=Grill amount=600.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
    0 sys reads receipt.total=600.00EUR
    0 sys labels meals
    0 sys sums A_meal.";

/// Another version of the process, and how the case comes to it when it can.
pub fn migration(random: &mut Random, desk: &Desk) -> Option<(Definition, EventKind)> {
    let mut new = desk.base.clone();
    for _ in 0..=random.below(3) {
        change(random, &mut new);
    }
    if new == desk.base {
        return None;
    }
    let effective = with_additions(&new, &desk.case).unwrap_or_else(|| new.clone());
    let mut chosen = BTreeMap::new();
    for _ in 0..5 {
        match preview(&desk.definition, &effective, &desk.case, &chosen) {
            Fit::Fits { mapping, .. } => {
                let kind = EventKind::CaseMigrated { from: desk.version.clone(), to: digest(&new), mapping };
                return Some((new, kind));
            }
            Fit::NeedsMapping { unplaced } => {
                for one in unplaced {
                    let offered = one.offered?;
                    assert!(effective.step(&offered).is_some(), "what is offered is there");
                    chosen.insert(one.step, offered);
                }
            }
            Fit::Refused { reason } => {
                assert!(!reason.is_empty());
                return None;
            }
        }
    }
    panic!("what was offered is never enough: {chosen:?}");
}

fn change(random: &mut Random, definition: &mut Definition) {
    let stage = random.below(definition.stages.len());
    let steps = &mut definition.stages[stage].steps;
    let place = random.below(steps.len() + 1);
    match random.below(4) {
        0 if place < steps.len() && steps.len() > 1 => drop(steps.remove(place)),
        1 => {
            let added = block(random, 1, stage);
            steps.splice(place..place, added);
        }
        2 => {
            if let Some(Step::Human(human)) = steps.get_mut(place) {
                human.due = Span::Hours(7);
            }
        }
        _ => {
            if let Some(Step::System(call)) = steps.get_mut(place) {
                call.operation.push_str(" anew");
            }
        }
    }
}

/// Whether both are the same step of a person, whatever a rejection leads to and how long it may take.
pub fn alike(one: Option<&Step>, other: Option<&Step>) -> bool {
    let bare = |step: Option<&Step>| match step {
        Some(Step::Human(human)) => {
            let mut bare =
                HumanStep { on_rejected: Vec::new(), due: Span::Days(1), remind_every: None, ..human.clone() };
            bare.escalations.iter_mut().for_each(|one| one.after = Span::Days(1));
            Some(bare)
        }
        _ => None,
    };
    bare(one).is_some() && bare(one) == bare(other)
}

/// Everything that leaves signed, in the order of the text.
pub fn signed_effects(definition: &Definition) -> Vec<String> {
    let mut all = Vec::new();
    definition.walk(&mut |_, step| match step {
        Step::System(call) if call.signer != Signer::Nobody => {
            all.push(format!("{} {} {:?} {:?}", call.system, call.operation, call.payload, call.signer));
        }
        Step::Message(message) if message.signer != Signer::Nobody => all.push(format!("{message:?}")),
        _ => {}
    });
    all
}

fn look(old: &Desk, new: &Definition) -> Fit {
    preview(&old.definition, new, &old.case, &BTreeMap::new())
}

fn human(definition: &mut Definition, stage: usize, change: impl Fn(&mut HumanStep)) {
    fn each(steps: &mut [Step], change: &impl Fn(&mut HumanStep)) {
        for step in steps {
            match step {
                Step::Human(human) => change(human),
                Step::Choice { branches, otherwise } => {
                    branches.iter_mut().for_each(|branch| each(&mut branch.steps, change));
                    each(otherwise, change);
                }
                _ => {}
            }
        }
    }
    each(&mut definition.stages[stage].steps, &change);
}

/// Moves the desk's case to another version at an hour, and says what was refused.
fn migrate(desk: &mut Desk, new: &Definition, chosen: &[(&Path, &Path)], hours: i64) -> Result<(), String> {
    let chosen = chosen.iter().map(|(from, to)| ((*from).clone(), (*to).clone())).collect();
    let mapping = match preview(&desk.definition, new, &desk.case, &chosen) {
        Fit::Fits { mapping, .. } => mapping,
        other => return Err(format!("{other:?}")),
    };
    let kind = EventKind::CaseMigrated { from: desk.version.clone(), to: digest(new), mapping };
    desk.runs(new.clone());
    let event = Event::new(Timestamp(START + hours * HOUR_MS), Acting::person("root"), kind);
    let (case, _) = decide(&desk.context(), desk.case.clone(), &event).map_err(|rejected| rejected.to_string())?;
    desk.take(case);
    Ok(())
}

fn undo(desk: &mut Desk, old: &Definition, hours: i64) -> Result<(), String> {
    desk.runs(old.clone());
    let event = Event::new(Timestamp(START + hours * HOUR_MS), Acting::person("root"), EventKind::MigrationUndone);
    let (case, _) = decide(&desk.context(), desk.case.clone(), &event).map_err(|rejected| rejected.to_string())?;
    desk.take(case);
    Ok(())
}

#[test]
fn a_case_whose_step_is_the_same_keeps_its_task_and_goes_on() {
    let mut desk = Desk::new(claim()).after(TO_APPROVAL);
    let mut new = claim();
    // Two steps more before the one at which it waits: it stands at another place and is the same.
    let first = new.stages[0].steps[1].clone();
    new.stages[1].steps.insert(0, first);
    let before = desk.case.clone();
    migrate(&mut desk, &new, &[], 1).unwrap();
    assert_eq!(desk.case.version, digest(&new));
    assert_eq!(desk.case.task(1).unwrap().state, before.task(1).unwrap().state);
    assert_eq!(desk.case.task(1).unwrap().path.to_string(), "1.2.0.0");
    desk.play("2 leo approves 1");
    assert_snapshot!(desk.log, @r"
    > 2 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 3h)
    ");
    assert!(undo(&mut desk, &claim(), 3).unwrap_err().contains("runs another version"));
}

#[test]
fn a_migration_is_undone_as_long_as_nothing_has_happened() {
    let mut desk = Desk::new(claim()).after(TO_APPROVAL);
    let mut new = claim();
    human(&mut new, 1, |human| human.subject = String::from("the whole claim"));
    let before = desk.case.clone();
    let Fit::NeedsMapping { unplaced } = look(&desk, &new) else { panic!("the step has changed") };
    let (from, to) = (&unplaced[0].step, unplaced[0].offered.as_ref().unwrap());
    assert_eq!((from.to_string(), to.to_string()), (String::from("1.1.0.0"), String::from("1.1.0.0")));
    migrate(&mut desk, &new, &[(from, to)], 1).unwrap();
    assert_eq!(crate::desk::ends(&desk.case), "1 cancelled, 2 open");
    undo(&mut desk, &claim(), 2).unwrap();
    assert_eq!(crate::desk::ends(&desk.case), "1 open, 2 cancelled", "a number is never given twice");
    assert_eq!((&desk.case.cursors, &desk.case.version), (&before.cursors, &before.version));
    assert_eq!(
        undo(&mut desk, &claim(), 2).unwrap_err(),
        "case 7 cannot be moved to this version: it has gone on since it came to this version, so that nothing can \
         be undone"
    );
    desk.play("3 leo approves 1");
    assert_snapshot!(desk.log, @r"
    > 3 leo approves 1
      call bank with amount=600.00 EUR category=meals iban=DE89370400440532013000 [2.0/1/0]
      = a system (next look 4h)
    ");
}

#[test]
fn a_sign_off_counts_only_for_the_step_data_and_effects_that_were_signed() {
    let signed = || Desk::new(claim()).after(&format!("{TO_APPROVAL}\n1 leo approves 1\n2 sys fails"));
    let counts = |new: &Definition| match look(&signed(), new) {
        Fit::Fits { voided, mapping, .. } => {
            assert_eq!((voided.is_empty(), mapping.signed.contains(&1)), (true, true));
            String::from("counts")
        }
        Fit::Refused { reason } => reason,
        other => panic!("{other:?}"),
    };
    let mut notes = claim();
    notes.notes.push(String::from("Receipts are kept for ten years."));
    let mut due = claim();
    human(&mut due, 1, |human| human.due = Span::WorkingDays(5));
    let mut board = claim();
    human(&mut board, 1, |human| human.who = crate::samples::role("auditor"));
    let mut more = claim();
    let told = crate::samples::message(crate::samples::role("auditor"), "{amount}", Signer::Approver);
    more.stages[2].steps.insert(1, told);
    assert_eq!([counts(&notes), counts(&due)], ["counts", "counts"]);
    // Nobody who signed knew of the message, and the auditor has not signed: the case is past both approvals.
    for new in [&board, &more] {
        let reason = counts(new);
        assert!(reason.contains("can leave without a valid sign-off by the approver"), "{reason}");
        assert!(reason.contains("return it to Approval and migrate it then"), "{reason}");
    }
    // Where it is signed again anyway, the case goes over.
    let mut desk = signed();
    desk.play("3 con returns >Approval the auditor is to know");
    let Fit::Fits { .. } = look(&desk, &more) else { panic!("the approval lies ahead") };
    migrate(&mut desk, &more, &[], 4).unwrap();
    assert!(desk.case.sign_offs.iter().all(|one| one.voided == Some(Void::SentBack)));
}

#[test]
fn what_a_case_does_not_go_through_is_told() {
    let desk = Desk::new(claim()).after(TO_APPROVAL);
    let told = |new: &Definition| match look(&desk, new) {
        Fit::Fits { changes, .. } => changes.join(" "),
        other => format!("{other:?}"),
    };
    assert_eq!(told(&claim()), "");
    let mut before = claim();
    let auditor = crate::samples::human(HumanVerb::Approve, crate::samples::role("auditor"));
    before.stages[1].steps.insert(0, Step::Human(auditor));
    let text = told(&before);
    assert!(text.contains("the auditor approves") && text.contains("does not go through it"), "{text}");
    let Step::Human(auditor) = &mut before.stages[1].steps[0] else { panic!("the auditor's approval") };
    auditor.on_rejected =
        vec![Step::Human(crate::samples::human(HumanVerb::Provide, countersign_core::definition::Who::Requester))];
    assert_eq!(told(&before), text, "what follows a rejection alone is on nobody's way");
    let mut after = claim();
    let last = after.stages[1].steps.len();
    let auditor = crate::samples::human(HumanVerb::Review, crate::samples::role("auditor"));
    after.stages[1].steps.insert(last, Step::Human(auditor));
    assert_eq!(told(&after), "", "what lies ahead is gone through");
    let mut higher = claim();
    let Step::Choice { branches, .. } = &mut higher.stages[1].steps[1] else { panic!("a choice") };
    branches[0].guard = crate::samples::over("amount", "1000");
    let text = told(&higher);
    assert!(text.contains("under a condition of the new version that does not hold"), "{text}");
}

#[test]
fn a_changed_condition_delay_or_rule_is_a_change_for_people() {
    let compared = |new: &Definition| countersign_core::compare::compare(Some(&claim()), new);
    assert_eq!(compared(&claim()), countersign_core::compare::Changes { unsigned: Vec::new(), ..compared(&claim()) });
    let mut higher = claim();
    let Step::Choice { branches, .. } = &mut higher.stages[1].steps[1] else { panic!("a choice") };
    branches[0].guard = crate::samples::over("amount", "1000");
    let changes = compared(&higher);
    assert!(changes.gained.iter().any(|one| one.when == ["the amount is over 1,000 EUR"]), "{changes:?}");
    assert!(changes.lost.iter().any(|one| one.when == ["the amount is over 500 EUR"]), "{changes:?}");
    let mut seen = claim();
    seen.visibility.clear();
    let changes = compared(&seen);
    assert_eq!((changes.freed.len(), changes.ruled.len(), changes.gained.len()), (1, 0, 0), "{changes:?}");
}

#[test]
fn a_step_of_the_same_name_needs_no_place() {
    let desk = Desk::new(claim()).after(TO_APPROVAL);
    let fits = |new: &Definition| match look(&desk, new) {
        Fit::Fits { asked_again, changes, .. } => format!("{asked_again:?} {}", changes.join("; ")),
        other => format!("{other:?}"),
    };
    let mut due = claim();
    human(&mut due, 1, |human| human.due = Span::WorkingDays(5));
    let mut who = claim();
    human(&mut who, 1, |human| human.who = crate::samples::role("auditor"));
    assert_eq!(
        [fits(&due), fits(&who)],
        [
            "[] Approving the case has another time or wording in the new version: what is open keeps its time.",
            "[1] Approving the case is another one in the new version (who is asked): it begins anew.",
        ]
    );
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let reason = |desk: &Desk, new: &Definition| match look(desk, new) {
        Fit::Refused { reason } => reason,
        other => format!("{other:?}"),
    };
    let desk = Desk::new(claim()).after(TO_APPROVAL);
    let mut fields = claim();
    fields.fields.retain(|field| field.name != "merchant");
    let mut kinds = claim();
    kinds.fields[0].kind = countersign_core::definition::FieldKind::Number;
    let paying = Desk::new(claim()).after(&format!("{TO_APPROVAL}\n1 leo approves 1"));
    let mut bank = claim();
    let Step::System(call) = &mut bank.stages[2].steps[0] else { panic!("a call") };
    call.operation.push_str(" in two parts");
    let closed = Desk::new(claim()).after(&format!("{TO_APPROVAL}\n1 leo rejects 1 no"));
    let all = [
        reason(&desk, &fields),
        reason(&desk, &kinds),
        reason(&desk, &supplier()),
        reason(&paying, &bank),
        reason(&closed, &bank),
    ];
    assert_snapshot!(all.join("\n"), @r"
    the new version has no merchant, which this case has filled in
    the merchant of this case is “Grill”, which the new version does not take
    it runs the process claim, and that is another process
    the bank has not answered yet, and the new version does not ask it in this way
    it is closed
    ");
}

#[test]
fn open_tracks_are_carried_together_or_not_at_all() {
    let opened = || Desk::new(supplier()).after("0 bo opens name=Acme email=acme@example.com");
    let mut later = supplier();
    let wait = later.stages[2].steps[1].clone();
    later.stages[0].steps.insert(0, wait);
    let mut desk = opened();
    migrate(&mut desk, &later, &[], 1).unwrap();
    desk.play(
        "2 qi completes 2 rating=4
        2 @supplier completes 1 iban=DE89370400440532013000 tax_id=1
        3 sys sends credit report",
    );
    assert_snapshot!(desk.log, @r"
    > 2 qi completes 2 rating=4
      = task 1 provide:  | credit report (next look 24h)
    > 2 @supplier completes 1 iban=DE89370400440532013000 tax_id=1
      = credit report (next look 26h)
    > 3 sys sends credit report
      notify bea ben of 3: Opened
      = task 3 approve: bea ben (next look 27h)
    ");
    let mut third = supplier();
    let Step::Parallel { tracks, .. } = &mut third.stages[0].steps[0] else { panic!("tracks") };
    tracks.push(countersign_core::definition::Track { name: String::from("more"), steps: Vec::new() });
    let mut desk = opened();
    let Fit::NeedsMapping { unplaced } = look(&desk, &third) else { panic!("a track would be missed") };
    assert_eq!(unplaced.len(), 1, "the split is placed as a whole: {unplaced:?}");
    let (from, to) = (&unplaced[0].step, unplaced[0].offered.as_ref().unwrap());
    assert_eq!(from.to_string(), "0.0");
    migrate(&mut desk, &third, &[(from, to)], 1).unwrap();
    assert_eq!(crate::desk::ends(&desk.case), "1 cancelled, 2 cancelled, 3 open, 4 open");
}

#[test]
fn a_case_does_not_leave_its_stage_before_what_was_added_is_there() {
    let mut desk = Desk::new(claim()).after(TO_APPROVAL);
    desk.play(
        "
        1 leo adds document >requester the menu : who ate it?
        1 con adds document >requester the menu :
        1 con adds review ana the menu : is it a meal?
        1 con adds document >requester the menu : who ate it?
        1 con adds review fin the tax : is it deductible?
        1 con advances now
        2 leo approves 1
        3 fin rejects 3 it is not
        4 ana completes 2 added_1=m1
        5 con completes 4
        6 sys done",
    );
    assert_snapshot!(desk.log, @r"
    > 1 leo adds document >requester the menu : who ate it?
      refused: a case is steered by administrators and by whoever is accountable
    > 1 con adds document >requester the menu :
      refused: say why: the reason reaches the requester
    > 1 con adds review ana the menu : is it a meal?
      refused: this cannot be added to case 7: whoever asks for something does not review it
    > 1 con adds document >requester the menu : who ate it?
      notify ana of 2: Opened
      = task 1 approve: lea leo | task 2 provide: ana (next look 24h)
    > 1 con adds review fin the tax : is it deductible?
      notify fin of 3: Opened
      = task 1 approve: lea leo | task 2 provide: ana | task 3 review: fin (next look 24h)
    > 1 con advances now
      refused: moving to Payment is refused: task 7-2 was added to this case and is still open
    > 2 leo approves 1
      = task 2 provide: ana | task 3 review: fin (next look 25h)
    > 3 fin rejects 3 it is not
      notify con of 4: Opened
      = task 2 provide: ana | task 4 take over: con (next look 25h)
    > 4 ana completes 2 added_1=m1
      = task 4 take over: con (next look 27h)
    > 5 con completes 4
      notify lea leo of 5: Opened
      = task 5 approve again (added_1): lea leo (next look 29h)
    > 6 sys done
      refused: nothing waits for `c/none` any more
    ");
}

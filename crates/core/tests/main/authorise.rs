//! Every verb against every kind of actor. A verb without a row does not compile.

use countersign_core::{
    Verb, authorise,
    definition::{Escalation, Step},
    event::Acting,
    time::{HOUR_MS, Span, Timestamp},
};

use crate::{
    desk::{Desk, actor},
    samples::{START, claim, role, supplier},
};

/// Who is tried. Lea and Leo may approve task 1; Sam stands in for Lea on the second and third day.
const ACTORS: [&str; 11] = ["ana", "leo", "lea", "fin", "root", "con", "sam~lea", "sam", "off", "@supplier", "sys"];

/// The place of a verb in the table. There is no wildcard: a new verb needs a row here and below.
const fn place(verb: &Verb) -> usize {
    match verb {
        Verb::StartCase => 0,
        Verb::ReadCase => 1,
        Verb::ReadField(_) => 2,
        Verb::ReadTask(_) => 3,
        Verb::ClaimTask(_) => 4,
        Verb::ReleaseTask(_) => 5,
        Verb::DelegateTask(..) => 6,
        Verb::DecideTask(_) => 7,
        Verb::AskQuestion(_) => 8,
        Verb::EditFields => 9,
        Verb::Withdraw => 10,
        Verb::ResolveIncident => 11,
        Verb::OverseeProcess => 12,
        Verb::PublishProcess => 13,
        Verb::ManagePeople => 14,
        Verb::ActAsSystem => 15,
        Verb::MoveCase => 16,
        Verb::MigrateCase => 17,
        Verb::AddRequirement => 18,
        Verb::ManageAgents => 19,
    }
}

const VERBS: usize = 20;

fn allowed(desk: &Desk, verb: &Verb, hours: i64) -> String {
    let at = Timestamp(START + hours * HOUR_MS);
    let may = |who: &&str| authorise(&desk.context(), Some(&desk.case), &actor(who), verb, at).is_ok();
    ACTORS.into_iter().filter(may).collect::<Vec<_>>().join(" ")
}

/// A claim over 500 EUR that Ana opened and that Lea has taken.
fn taken() -> Desk {
    Desk::new(claim()).after(
        "
        0 ana opens merchant=Grill amount=600.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 sys reads receipt.total=600.00EUR
        0 sys labels meals
        0 sys sums A_meal.",
    )
}

#[test]
fn every_verb_has_its_people() {
    let desk = taken();
    let mut claimed = taken();
    claimed = claimed.after("1 lea claims 1");
    let field = |name: &str| Verb::ReadField(name.to_owned());
    let to = |who: &str| Verb::DelegateTask(1, who.to_owned());
    let rows: Vec<(Verb, &Desk, i64, &str)> = vec![
        (Verb::StartCase, &desk, 1, "ana lea sam"),
        (Verb::ReadCase, &desk, 1, "ana leo lea root con sys"),
        (Verb::ReadCase, &desk, 25, "ana leo lea root con sam~lea sam sys"),
        (field("merchant"), &desk, 1, "ana leo lea root con sys"),
        (field("receipt"), &desk, 1, "ana leo lea sys"),
        (field("receipt"), &desk, 25, "ana leo lea sam~lea sam sys"),
        (field("receipt.total"), &desk, 1, "ana leo lea sys"),
        (Verb::ReadTask(1), &desk, 1, "leo lea con sys"),
        (Verb::ReadTask(1), &desk, 25, "leo lea con sam~lea sam sys"),
        (Verb::ReadTask(2), &desk, 1, "sys"),
        (Verb::ClaimTask(1), &desk, 1, "leo lea"),
        (Verb::ClaimTask(1), &claimed, 1, "lea"),
        (Verb::ClaimTask(1), &claimed, 25, "lea sam~lea"),
        (Verb::ReleaseTask(1), &desk, 1, ""),
        (Verb::ReleaseTask(1), &claimed, 1, "lea con"),
        (Verb::ReleaseTask(1), &claimed, 25, "lea con sam~lea"),
        (to("leo"), &desk, 1, "leo lea"),
        (to("leo"), &claimed, 1, "lea"),
        (to("ana"), &desk, 1, ""),
        (to("off"), &desk, 1, ""),
        (to("fin"), &desk, 1, ""),
        (Verb::DecideTask(1), &desk, 1, "leo lea"),
        (Verb::DecideTask(1), &desk, 25, "leo lea sam~lea"),
        (Verb::DecideTask(1), &desk, 72, "leo lea"),
        (Verb::DecideTask(1), &claimed, 1, "lea"),
        (Verb::AskQuestion(1), &desk, 1, "leo lea"),
        (Verb::EditFields, &desk, 1, "ana con"),
        (Verb::Withdraw, &desk, 1, "ana"),
        (Verb::ResolveIncident, &desk, 1, "root con"),
        (Verb::MoveCase, &desk, 1, "root con"),
        (Verb::MigrateCase, &desk, 1, "root con"),
        (Verb::AddRequirement, &desk, 1, "root con"),
        (Verb::OverseeProcess, &desk, 1, "root con"),
        (Verb::PublishProcess, &desk, 1, "root con"),
        (Verb::ManagePeople, &desk, 1, "root"),
        (Verb::ManageAgents, &desk, 1, "root"),
        (Verb::ActAsSystem, &desk, 1, "sys"),
    ];
    let mut covered = [false; VERBS];
    for (verb, desk, hours, expected) in &rows {
        covered[place(verb)] = true;
        // The system reads everything and does nothing but its own verb; a task that is not there is nobody's.
        let found = allowed(desk, verb, *hours);
        assert_eq!(found, *expected, "{verb:?} after {hours} hours");
    }
    assert_eq!(covered, [true; VERBS], "a verb has no row");
}

#[test]
fn a_link_opens_its_own_task_and_nothing_else() {
    let desk = Desk::new(supplier()).after("0 bo opens name=Acme email=acme@example.com");
    let may =
        |verb: &Verb, by: &Acting| authorise(&desk.context(), Some(&desk.case), by, verb, Timestamp(START)).is_ok();
    let own = actor("@supplier");
    let other_case = Acting::Party { party: String::from("supplier"), case: String::from("d") };
    let field = |name: &str| Verb::ReadField(name.to_owned());
    for verb in [Verb::ReadTask(1), Verb::DecideTask(1), field("iban"), field("tax_id")] {
        assert!(may(&verb, &own), "{verb:?} by its own link");
        assert!(!may(&verb, &other_case), "{verb:?} by a link of another case");
        assert!(!may(&verb, &actor("@other")), "{verb:?} by another party");
    }
    let to = Verb::DelegateTask(1, String::from("bo"));
    for verb in [
        Verb::ReadTask(2),
        Verb::DecideTask(2),
        field("name"),
        field("rating"),
        Verb::ReadCase,
        Verb::ClaimTask(1),
        Verb::ReleaseTask(1),
        Verb::AskQuestion(1),
        to,
        Verb::EditFields,
        Verb::Withdraw,
        Verb::StartCase,
        Verb::ResolveIncident,
        Verb::MoveCase,
        Verb::MigrateCase,
        Verb::AddRequirement,
        Verb::ActAsSystem,
        Verb::ManagePeople,
        Verb::ManageAgents,
    ] {
        assert!(!may(&verb, &own), "{verb:?} by a link");
    }
}

/// Somebody inside may answer once the time is up; whoever was asked first still can, and knows better.
#[test]
fn a_link_still_opens_its_task_when_the_time_is_up() {
    let mut strict = supplier();
    for step in strict.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
        let Step::Parallel { tracks, .. } = step else { continue };
        let Some(Step::Human(ask)) = tracks[0].steps.first_mut() else { panic!("the supplier is asked first") };
        ask.escalations.push(Escalation { after: Span::WorkingDays(4), to: role("procurement lead") });
    }
    let desk = Desk::new(strict).after("0 bo opens name=Acme email=acme@example.com\n 400 sys ticks");
    let task = desk.case.task(1).unwrap();
    assert_eq!((task.escalated, &task.who), (1, &role("procurement lead")));
    for verb in [Verb::ReadTask(1), Verb::DecideTask(1), Verb::ReadField(String::from("iban"))] {
        let may = |by: &str| {
            authorise(&desk.context(), Some(&desk.case), &actor(by), &verb, Timestamp(START + 400 * HOUR_MS)).is_ok()
        };
        assert!(may("@supplier") && !may("@other"), "{verb:?}");
    }
    let done = desk.after("401 @supplier completes 1 iban=DE89370400440532013000 tax_id=77");
    assert!(!done.case.task(1).unwrap().is_open());
}

#[test]
fn each_rule_about_a_field_must_let_a_reader_in() {
    let mut strict = claim();
    strict.visibility.push(countersign_core::definition::Visibility {
        field: String::from("receipt.total"),
        readers: vec![crate::samples::role("finance desk"), crate::samples::role("finance lead")],
    });
    let desk = Desk::new(strict).after(
        "
        0 ana opens merchant=Grill amount=600.00EUR day=2026-02-27 iban=DE89370400440532013000 receipt=r1
        0 sys reads receipt.total=600.00EUR
        0 sys labels meals
        0 sys sums A_meal.",
    );
    assert_eq!(allowed(&desk, &Verb::ReadField(String::from("receipt.total")), 1), "leo lea sys");
}

#[test]
fn whoever_cannot_start_is_told_how_they_could() {
    let refused = authorise(&taken().context(), None, &actor("root"), &Verb::StartCase, Timestamp(START)).unwrap_err();
    assert_eq!(refused.could, ["whoever has the role `employee`", "an administrator, who can give that role"]);
}

#[test]
fn the_requester_answers_and_corrects_but_does_not_approve() {
    let desk = taken().after("1 leo asks 1 why?");
    assert_eq!(allowed(&desk, &Verb::DecideTask(2), 1), "ana");
    assert_eq!(allowed(&desk, &Verb::DecideTask(1), 1), "leo lea");
}

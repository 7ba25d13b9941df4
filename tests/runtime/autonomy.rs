//! Autonomy from ordinary decisions: suggestions that people confirm certify an agent, and checks that find it wrong
//! take that away again.

use std::{collections::BTreeSet, sync::Arc};

use countersign::{
    agents::{CallCtx, Decided, DecisionInput},
    certificate::is_audit,
    resource::Reader,
    runtime::{
        ask::{Agents, Answer},
        autonomy::{Autonomy, Earned},
    },
    store::DecisionRecord,
    web::{
        catalogue::Words,
        format::{self, Numbers},
    },
};
use countersign_core::{
    case::{Ask, Outcome},
    definition::{AgentStep, AgentWork},
    proposal::{CertificateUse, Doubt, Output, Proposal},
    time::{MINUTE_MS, Timestamp},
    value::Value,
};

use super::world::{Setup, World};

pub const TEXT: &str = "# Notes

A clerk can start this process.
The finance lead is accountable for this process.
The roles are finance desk and director.
The note form asks for the words (text).
Closing as sorted is a success.

Stage Sort:
- When a clerk submits the note form, classify the note by the words as travel or meals into the kind. If the agent \
is not sure, the finance desk decides.
- Close the case as sorted.
";

/// So many right answers certify an agent at its first look.
pub const ENOUGH: u64 = 120;

/// More cases than this are not needed to meet two that are held for a check.
const MANY: u64 = 1_000;

/// Always says travel, and is sure of it unless the words are vague.
pub struct Traveller;

impl Agents for Traveller {
    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, _call: CallCtx) -> Answer<'a> {
        let AgentWork::Classify { field, .. } = &step.work else { panic!("nothing else is asked: {step:?}") };
        let vague = input.values.get("words").is_some_and(|words| words.plain() == "vague");
        let output = Output::Label { field: field.clone(), label: Some("travel".to_owned()), alternatives: Vec::new() };
        let proposal = Proposal {
            output,
            reason: "so it seems".to_owned(),
            score: Some(if vague { 300 } else { 900 }),
            engine: "scripted".to_owned(),
            input: input.digest(step),
            measured: None,
            prompt: None,
            cascade: None,
        };
        Box::pin(async move { Ok(Ok(Decided { proposal, schema_errors: Vec::new(), attempts: Vec::new() })) })
    }
}

/// Opens a case a minute later, so that what follows is later than what came before.
pub async fn opened(world: &World, words: &str) -> u64 {
    world.clock.advance(MINUTE_MS);
    world.open("ana", "notes", &[("words", words)]).await
}

/// Why a person is asked about the kind; `None` when nobody is.
pub async fn doubt(world: &World, number: u64) -> Option<Doubt> {
    if world.status(number).await == "sorted" {
        return None;
    }
    match world.task(number).await.ask {
        Ask::Confirm { field, why: Some(why) } if field == "kind" => Some(why),
        other => panic!("{other:?}"),
    }
}

pub async fn confirm(world: &World, number: u64, kind: &str) {
    world.decide(number, "fin", Outcome::Completed, &[("kind", kind)]).await;
    assert_eq!(world.status(number).await, "sorted");
}

/// Opens a case about which a person is asked, and who confirms.
async fn confirmed(world: &World, expected: Doubt) {
    let number = opened(world, "a train").await;
    assert_eq!(doubt(world, number).await, Some(expected));
    confirm(world, number, "travel").await;
}

pub async fn earned(world: &World) -> Vec<Earned> {
    world.runtime.agents_overview().await.unwrap().earned
}

async fn record(world: &World, number: u64) -> DecisionRecord {
    let id = world.case(number).await.id.clone();
    world.store.decision_records(&id).await.unwrap().remove(0)
}

/// What the record says about the coming and going of certificates, the newest first.
pub async fn recorded(world: &World) -> Vec<String> {
    let records = world.store.records(1_000, 0).await.unwrap();
    records.into_iter().filter(|record| record.what == "autonomy").map(|record| record.detail).collect()
}

/// The timeline of a case in the words of its page.
pub async fn timeline(world: &World, number: u64) -> String {
    timeline_without(world, number, &BTreeSet::new()).await
}

/// The same for a reader from whom these fields are hidden.
pub async fn timeline_without(world: &World, number: u64, hidden: &BTreeSet<String>) -> String {
    let (loaded, reader) = (world.loaded(number).await, format::Reader::new("UTC", world.clock.now(), Numbers::Point));
    let history = world.runtime.timeline(&loaded.case.id, loaded.case.seq).await.unwrap();
    let words = Words {
        definition: &loaded.definition,
        directory: &loaded.world.directory,
        calendar: &loaded.world.calendar,
        reader: &reader,
        hidden,
    };
    let events = history.moments.iter().filter_map(|one| Some((one, one.stored.event.as_ref()?)));
    let told = events.filter_map(|(one, event)| {
        let entry = words.entry(&one.before, event, &one.after)?;
        let remarks = history.remarks.get(&one.stored.seq).into_iter().flatten().cloned();
        Some([entry.what].into_iter().chain(entry.why).chain(entry.then).chain(remarks).collect::<Vec<_>>().join(" "))
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Nobody is told what the agent said while a person is asked the same: not where they decide, and nowhere else.
async fn asked_blindly(world: &World, number: u64) {
    let loaded = world.loaded(number).await;
    let shown = countersign::resource::case(&loaded, Reader::File, world.clock.now());
    assert!(shown.suggestions.is_empty(), "{:?}", shown.suggestions);
    let told = timeline(world, number).await;
    assert!(told.contains("what it said is told once a person has decided"), "{told}");
    for words in ["\u{201c}travel\u{201d}", "so it seems"] {
        assert!(!told.contains(words), "{words}: {told}");
    }
}

/// Whoever answers for the process is told what happened, once, in the inbox and by mail.
async fn told_to_owner(world: &World) {
    let notices = world.store.owner_notices("lea", 100).await.unwrap();
    let told: Vec<&str> = notices.iter().map(|one| one.text.as_str()).collect();
    let place = |words: &str| {
        let places: Vec<usize> = (0..told.len()).filter(|place| told[*place].contains(words)).collect();
        assert!(!places.is_empty(), "`{words}` is told: {told:?}");
        places
    };
    let begun = place("may decide alone from now on: on cases like the 120 that people decided");
    let wrong = place("decided otherwise than the agent that chooses the kind in Notes");
    let ended = place("may no longer decide alone: 2 of 2 answers");
    assert_eq!((begun.len(), wrong.len(), ended.len(), told.len()), (1, 2, 1, 4), "{told:?}");
    let mails = world.store.mails(None, 100).await.unwrap();
    let mut mailed: Vec<&str> = mails.iter().map(|mail| mail.text.as_str()).collect();
    let mut all = told.clone();
    mailed.sort_unstable();
    all.sort_unstable();
    assert_eq!(mailed, all);
    assert!(mails.iter().all(|mail| mail.to_address == "lea@example.org"));
    assert_eq!(world.store.owner_notices("max", 100).await.unwrap(), []);
    // The cases whose decisions did it say so.
    for (place, words) in [(begun[0], "may decide alone: on cases"), (ended[0], "may no longer decide alone: 2 of 2")] {
        let told = timeline(world, notices[place].case_number.unwrap()).await;
        assert!(told.contains(words), "{words}: {told}");
    }
}

pub async fn earning() -> World {
    let world = World::with(TEXT, Setup { agents: Some(Arc::new(Traveller)), ..Setup::default() }).await;
    for _ in 1..ENOUGH {
        confirmed(&world, Doubt::NotCertified).await;
    }
    assert_eq!(earned(&world).await[0].autonomy, Autonomy::NotYet { to_go: 1, days: Some(1) });
    assert_eq!(recorded(&world).await, [""; 0]);
    confirmed(&world, Doubt::NotCertified).await;
    world
}

#[tokio::test]
async fn an_agent_earns_autonomy_from_ordinary_decisions_and_loses_it_again() {
    let world = earning().await;
    let [Earned { process, step, labels, autonomy: Autonomy::Certified(certificate), ended: None, .. }] =
        &earned(&world).await[..]
    else {
        panic!("{:?}", earned(&world).await)
    };
    assert_eq!((&**process, &**step, *labels), ("Notes", "chooses the kind", ENOUGH));
    assert_eq!((certificate.threshold, certificate.labels, certificate.look), (900, ENOUGH, 1));
    let told = recorded(&world).await;
    assert!(told.len() == 1 && told[0].contains("on cases like the 120 that people decided"), "{told:?}");

    // What it is less sure of still goes to a person, and is neither for it nor against it.
    let vague = opened(&world, "vague").await;
    assert_eq!(doubt(&world, vague).await, Some(Doubt::BelowThreshold));
    confirm(&world, vague, "meals").await;
    let (mut alone, mut checked) = (0, 0);
    while checked < 2 {
        assert!(alone + checked < MANY, "{checked} of {alone} were held for a check");
        let number = opened(&world, "a train").await;
        let record = record(&world, number).await;
        let facts = record.record.facts.unwrap();
        let held = is_audit(&record.case_id, &record.record.key);
        let Some(CertificateUse { threshold: 900, labels: ENOUGH, .. }) = facts.certificate else {
            panic!("{facts:?}")
        };
        assert_eq!(facts.audit_draw, held);
        if held {
            assert_eq!(doubt(&world, number).await, Some(Doubt::Audit));
            asked_blindly(&world, number).await;
            confirm(&world, number, "meals").await;
            let told = timeline(&world, number).await;
            assert!(told.contains("The agent had said \u{201c}travel\u{201d}: the check found it wrong."), "{told}");
            checked += 1;
        } else {
            assert_eq!(doubt(&world, number).await, None, "nobody is asked");
            assert_eq!(world.case(number).await.value("kind"), Some(&Value::choice("travel")));
            let told = timeline(&world, number).await;
            assert!(told.contains("under a certificate that rests on 120 decisions of people"), "{told}");
            alone += 1;
        }
        world.folds(number).await;
    }

    told_to_owner(&world).await;
    let told = recorded(&world).await;
    assert!(told.len() == 2 && told[0].contains("2 of 2 answers that people checked were wrong"), "{told:?}");
    confirmed(&world, Doubt::NotCertified).await;
    let earned = earned(&world).await;
    assert_eq!(earned[0].labels, ENOUGH + 4, "the vague one, two checks, and the one since");
    assert!(earned[0].ended.as_ref().is_some_and(|(_, why)| why.contains("2 of 2")), "{earned:?}");
    // Only what came after the end counts towards a new one, and the second look asks for more.
    let Autonomy::NotYet { to_go, .. } = earned[0].autonomy else { panic!("{earned:?}") };
    assert!(to_go >= ENOUGH - 1, "{to_go}");
}

#[tokio::test]
async fn another_list_makes_it_another_agent() {
    let world = earning().await;
    world.publish(&TEXT.replace("as travel or meals", "as travel, books or meals")).await;
    confirmed(&world, Doubt::NotCertified).await;
    let earned = earned(&world).await;
    assert_eq!(earned.iter().map(|one| (one.labels, one.earlier)).collect::<Vec<_>>(), [(1, false), (ENOUGH, true)]);
}

const SIGNED: &str = "# Notes

A clerk can start this process.
The finance lead is accountable for this process.
The note form asks for the words (text) and the kind (travel or meals, optional).
Closing as sorted is a success.

Stage Sort:
- When a clerk submits the note form, classify the note by the words as travel or meals into the kind.
- The finance lead approves the note within 2 working days.
- Close the case as sorted.
";

/// Labels, and how many of them say that the agent was right.
async fn labelled(world: &World) -> (usize, usize) {
    let Some(measured) = world.store.measured_agents("", 9).await.unwrap().pop() else { return (0, 0) };
    let labels = world.store.first_labels(&measured.of, Timestamp(0), 100).await.unwrap();
    (labels.len(), labels.iter().filter(|label| label.labelled.right).count())
}

/// A case whose kind is decided by whoever approves it: what is handed in with it, and what the approver writes.
async fn approved(world: &World, handed_in: &[(&str, &str)], outcome: Outcome, written: &[(&str, &str)]) {
    let number = world.open("ana", "notes", handed_in).await;
    let task = world.task(number).await;
    assert!(matches!(task.ask, Ask::Approve { .. }), "nobody is asked before: {task:?}");
    world.decide(number, "lea", outcome, written).await;
    world.folds(number).await;
}

#[tokio::test]
async fn whoever_decides_it_later_labels_it() {
    let world = World::with(SIGNED, Setup { agents: Some(Arc::new(Traveller)), ..Setup::default() }).await;
    let yes = Outcome::Approved;
    for (handed_in, outcome, written, expected) in [
        // The suggestion arrives filled in, and stands.
        (&[("words", "a train")][..], yes, &[][..], (1, 1)),
        (&[("words", "a train")], yes, &[("kind", "meals")], (2, 1)),
        // What the requester had said stands beside it.
        (&[("words", "a train"), ("kind", "meals")], yes, &[], (3, 1)),
        (&[("words", "a train"), ("kind", "meals")], yes, &[("kind", "travel")], (4, 2)),
        // Whoever says no to the note says nothing about its kind.
        (&[("words", "a train")], Outcome::Rejected, &[], (4, 2)),
    ] {
        approved(&world, handed_in, outcome, written).await;
        assert_eq!(labelled(&world).await, expected, "{handed_in:?} {outcome:?} {written:?}");
    }
}

#[tokio::test]
async fn what_the_approver_may_not_see_they_do_not_decide() {
    let text = SIGNED.replace("Closing as", "Only the clerk may see the kind.\nClosing as");
    let world = World::with(&text, Setup { agents: Some(Arc::new(Traveller)), ..Setup::default() }).await;
    approved(&world, &[("words", "a train")], Outcome::Approved, &[]).await;
    assert_eq!(labelled(&world).await, (0, 0));
}

//! Autonomy from ordinary decisions: suggestions that people confirm certify an agent, and checks that find it wrong
//! take that away again.

use std::{collections::BTreeSet, sync::Arc};

use countersign::{
    agents::{CallCtx, Decided, DecisionInput},
    certificate::is_audit,
    runtime::{
        ask::{Agents, Answer},
        autonomy::{Autonomy, Earned},
    },
    store::DecisionRecord,
    web::{
        catalogue::Words,
        format::{Numbers, Reader},
    },
};
use countersign_core::{
    case::{Ask, Outcome},
    definition::{AgentStep, AgentWork},
    proposal::{CertificateUse, Doubt, Output, Proposal},
    time::MINUTE_MS,
    value::Value,
};

use super::world::{Setup, World};

const TEXT: &str = "# Notes

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
const ENOUGH: u64 = 120;

/// More cases than this are not needed to meet two that are held for a check.
const MANY: u64 = 1_000;

/// Always says travel, and is sure of it unless the words are vague.
struct Traveller;

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
            prompt: None,
        };
        Box::pin(async move { Ok(Ok(Decided { proposal, schema_errors: Vec::new(), attempts: Vec::new() })) })
    }
}

/// Opens a case a minute later, so that what follows is later than what came before.
async fn opened(world: &World, words: &str) -> u64 {
    world.clock.advance(MINUTE_MS);
    world.open("ana", "notes", &[("words", words)]).await
}

/// Why a person is asked about the kind; `None` when nobody is.
async fn doubt(world: &World, number: u64) -> Option<Doubt> {
    if world.status(number).await == "sorted" {
        return None;
    }
    match world.task(number).await.ask {
        Ask::Confirm { field, why: Some(why) } if field == "kind" => Some(why),
        other => panic!("{other:?}"),
    }
}

async fn confirm(world: &World, number: u64, kind: &str) {
    world.decide(number, "fin", Outcome::Completed, &[("kind", kind)]).await;
    assert_eq!(world.status(number).await, "sorted");
}

/// Opens a case about which a person is asked, and who confirms.
async fn confirmed(world: &World, expected: Doubt) {
    let number = opened(world, "a train").await;
    assert_eq!(doubt(world, number).await, Some(expected));
    confirm(world, number, "travel").await;
}

async fn earned(world: &World) -> Vec<Earned> {
    world.runtime.agents_overview().await.unwrap().earned
}

async fn record(world: &World, number: u64) -> DecisionRecord {
    let id = world.case(number).await.id.clone();
    world.store.decision_records(&id).await.unwrap().remove(0)
}

/// What the record says about the coming and going of certificates, the newest first.
async fn recorded(world: &World) -> Vec<String> {
    let records = world.store.records(1_000, 0).await.unwrap();
    records.into_iter().filter(|record| record.what == "autonomy").map(|record| record.detail).collect()
}

/// The timeline of a case in the words of its page.
async fn timeline(world: &World, number: u64) -> String {
    let (loaded, reader) = (world.loaded(number).await, Reader::new("UTC", world.clock.now(), Numbers::Point));
    let history = world.runtime.timeline(&loaded.case.id, loaded.case.seq).await.unwrap();
    let words = Words {
        definition: &loaded.definition,
        directory: &loaded.world.directory,
        calendar: &loaded.world.calendar,
        reader: &reader,
        hidden: &BTreeSet::new(),
    };
    let events = history.moments.iter().filter_map(|one| Some((one, one.stored.event.as_ref()?)));
    let entries = events.filter_map(|(one, event)| words.entry(&one.before, event, &one.after));
    entries.flat_map(|entry| entry.then).collect::<Vec<_>>().join(" ")
}

async fn earning() -> World {
    let world = World::with(TEXT, Setup { agents: Some(Arc::new(Traveller)), ..Setup::default() }).await;
    for _ in 1..ENOUGH {
        confirmed(&world, Doubt::NotCertified).await;
    }
    assert_eq!(earned(&world).await[0].autonomy, Autonomy::NotYet { to_go: 1 });
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
            confirm(&world, number, "meals").await;
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

    let told = recorded(&world).await;
    assert!(told.len() == 2 && told[0].contains("2 of 2 answers that people checked were wrong"), "{told:?}");
    confirmed(&world, Doubt::NotCertified).await;
    let earned = earned(&world).await;
    assert_eq!(earned[0].labels, ENOUGH + 4, "the vague one, two checks, and the one since");
    assert!(earned[0].ended.as_ref().is_some_and(|(_, why)| why.contains("2 of 2")), "{earned:?}");
    // Only what came after the end counts towards a new one, and the second look asks for more.
    let Autonomy::NotYet { to_go } = earned[0].autonomy else { panic!("{earned:?}") };
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

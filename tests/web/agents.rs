//! The switch of all agents: while they are off, what one would be asked goes to a person, and no case stops.

use std::collections::BTreeSet;

use countersign::{
    certificate::{Certificate, Promise},
    language::Attachments,
    llm::{breaker::Standing, route::Health},
    runtime::{
        autonomy::{Autonomy, Earned},
        publish::Published,
        release::ReleasedToday,
        switch::{AgentsOverview, ModelToday},
    },
    store::{ModelCost, ModelFigures, Share},
    web::{
        format::{Numbers, Reader},
        views::{agents, layout::Shell},
    },
};
use countersign_core::{event::Acting, value::Money};

use super::{owes::check, samples::NOW, world::World};

pub const TEXT: &str = "\
# Notes

An employee can start this process.
The finance lead is accountable for this process.
The finance director is a role.
The note form asks for the words (text).
Closing as sorted is a success.

Stage Sort:
- When an employee submits the note form, classify the note by the words as travel or meals into the kind. If the agent is not sure, \
the finance director decides.
- Close the case as sorted.
";

async fn world() -> World {
    let world = World::new().await;
    match world.runtime.publish(&Acting::person("ada"), TEXT, &Attachments::default()).await.unwrap() {
        Published::Version { .. } => world,
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
}

/// Opens a case and runs what is automatic; its page.
async fn opened(world: &World) -> String {
    let key = world.get("rosa", "/processes/notes/start").await.hidden("key");
    let filled = [("field.words", "A train to Leipzig"), ("key", key.as_str())];
    let case = world.post("rosa", "/processes/notes/start", &filled).await.leads_to().to_owned();
    world.runtime.run_until_quiet().await.unwrap();
    case
}

#[tokio::test]
async fn everything_goes_to_people_while_agents_are_off() {
    let world = world().await;
    let asked = opened(&world).await;
    world.get("emil", &asked).await.must_be(200).says_nothing_of("agents are switched off");

    let page = world.get("ada", "/agents").await.must_be(200).says("Agents are on.").says("built-in engine");
    page.says("Switch agents off");
    assert_eq!(world.post("ada", "/agents/switch", &[("agents", "off")]).await.leads_to(), "/agents");
    let page =
        world.get("ada", "/agents").await.must_be(200).says("Agents are switched off. People decide everything.");
    page.says("From now on people decide, and read the documents themselves").says("Switch agents on");
    let alone = opened(&world).await;
    let page = world.get("emil", &alone).await.must_be(200).says("agents are switched off");
    page.says("Emil Varga");

    world.post("ada", "/agents/switch", &[("agents", "on")]).await.leads_to();
    // Switching on what is on changes nothing and is no entry of the record.
    world.post("ada", "/agents/switch", &[("agents", "on")]).await.leads_to();
    let again = opened(&world).await;
    world.get("emil", &again).await.must_be(200).says_nothing_of("agents are switched off");
    let records = world.store.records(1_000, 0).await.unwrap();
    let switched: BTreeSet<(&str, &str)> = records
        .iter()
        .filter(|record| record.what == "agents")
        .map(|record| (record.by.as_str(), record.detail.as_str()))
        .collect();
    assert_eq!(switched, BTreeSet::from([("ada", "switched on"), ("ada", "switched off")]));
    assert_eq!(records.iter().filter(|record| record.what == "agents").count(), 2);
}

#[test]
fn each_model_tells_how_it_does() {
    let overview = overview();
    let shell = Shell { person: "Ada Novak".to_owned(), administrator: true, ..Shell::default() };
    let reader = Reader::new("Europe/Berlin", NOW, Numbers::Point);
    let page = agents::page(&shell, &overview, &reader).into_string();
    assert!(page.contains("212 questions, 840 ms each") && page.contains("1.24 EUR"), "{page}");
    assert!(page.contains("9 questions, 840 ms each, 5 without an answer"));
    assert!(page.contains("0.01 EUR"), "what cost something is not shown as free");
    assert!(page.contains("It is tried again"));
    for words in [
        "Chooses the kind in Expense claim",
        "on cases like the 412 that people decided, with 95 % certainty at most 5 % of automatic decisions are wrong; \
         71 % qualify",
        "23 labels to go, about 3 weeks at your pace.",
        "3 of 5 were &lt;wrong&gt;",
        "surest of are too often wrong",
        "the built-in engine 1,206 (60 %), small 402 (20 %), people 402 (20 %)",
        "at most 500.00\u{a0}EUR in a case and 5,000.00\u{a0}EUR in a day may leave; 1,200.50\u{a0}EUR has left today",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    check("agents", &page);
    let nothing = AgentsOverview { switched_off: true, ..AgentsOverview::default() };
    let off = AgentsOverview { currency: overview.currency, ..nothing };
    let page = agents::page(&shell, &off, &reader).into_string();
    assert!(page.contains("No limit is set on the money"), "{page}");
    check("agents-off", &page);
}

/// Three models and three agents, each in a state of its own.
fn overview() -> AgentsOverview {
    let model = |name: &str, breaker, today: Option<(u64, u64, u64)>| ModelToday {
        model: Health {
            model: name.to_owned(),
            engine: format!("openai/{name}-1"),
            tiers: vec!["small".to_owned()],
            breaker,
        },
        today: today.map(|(calls, failures, micros)| ModelFigures {
            model: name.to_owned(),
            calls,
            failures,
            cost: ModelCost { tokens: 12_345, micros },
            took_ms: 840,
        }),
    };
    let until = NOW.plus_ms(30_000);
    let earned = |step: &str, autonomy, ended| Earned {
        process: "Expense claim".to_owned(),
        process_id: "expense-claim".to_owned(),
        path: "0.0".to_owned(),
        step: step.to_owned(),
        answer: None,
        engine: "offline".to_owned(),
        earlier: false,
        labels: 1_412,
        autonomy,
        ended,
    };
    let share = |settled: &str, decisions| {
        let agent = "classify".to_owned();
        Share { agent, settled: settled.to_owned(), decisions }
    };
    let euro = |minor: i64| Money { minor, currency: "EUR".to_owned() };
    let promise = Promise::default();
    let stages = Vec::new();
    let certificate = Certificate { threshold: 800, stages, labels: 412, accepted: 293, wrong: 2, promise, look: 4 };
    AgentsOverview {
        switched_off: false,
        currency: Some("EUR".to_owned()),
        models: vec![
            model("house", Standing::Closed, None),
            model("mini", Standing::Closed, Some((212, 0, 1_234_567))),
            model("big", Standing::Open { until }, Some((9, 5, 1))),
        ],
        earned: vec![
            earned("chooses the kind", Autonomy::Certified(certificate), None),
            earned(
                "scores the risk",
                Autonomy::NotYet { to_go: 23, days: Some(17) },
                Some((NOW, "3 of 5 were <wrong>".to_owned())),
            ),
            earned("judges whether it is “fine”", Autonomy::OutOfReach, None),
        ],
        shares: vec![share("offline", 1_206), share("small", 402), share("person", 402)],
        deciding: vec![("expense-claim".to_owned(), "Expense claim".to_owned())],
        released: Some(ReleasedToday { case: Some(euro(50_000)), day: Some(euro(500_000)), today: euro(120_050) }),
    }
}

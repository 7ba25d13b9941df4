//! An agent that answers in stages: all of them are certified together, the cheapest that is sure enough settles a
//! question, and what each settled is told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Json, Router, extract::State, routing::post};
use countersign::{
    config::{Config, Model, Stages, TierModel},
    language::Attachments,
    runtime::autonomy::Autonomy,
    store::DecisionRecord,
};
use countersign_core::{
    event::Acting,
    proposal::{Cascade, Verdict},
};
use serde_json::{Value as Json_, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    autonomy::{TEXT, confirm, earned, opened, timeline},
    world::{Setup, World},
};

/// So many right answers certify a cascade at its first look.
const ENOUGH: u64 = 200;
/// More cases than this are not needed to meet one that is not held for a check.
const MANY: usize = 20;

/// A word that stands in what the built-in engine knows nothing of.
const STRANGE: &str = "zorbing";

/// A model that says travel, whatever it is asked, and counts how often it is.
struct Traveller {
    address: String,
    asked: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Traveller {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let router = Router::new().route("/v1/chat/completions", post(answer)).with_state(Arc::clone(&asked));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, asked, server }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Traveller {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(asked): State<Arc<AtomicUsize>>, Json(question): Json<Json_>) -> Json<Json_> {
    asked.fetch_add(1, Ordering::SeqCst);
    let quote = if question.to_string().contains(STRANGE) { STRANGE } else { "trip" };
    let said = json!({"quotes": [quote], "reason": "somebody goes somewhere", "label": "travel", "alternatives": []});
    Json(json!({
        "id": "m", "object": "chat.completion", "created": 0, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": said.to_string()}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }))
}

fn config(model: &Traveller) -> Config {
    let tier = |name: &str| (name.to_owned(), vec![TierModel::Next("house".to_owned())]);
    let stages = ["offline", "small"].map(str::to_owned).to_vec();
    Config {
        models: BTreeMap::from([("house".to_owned(), Model::at(model.address.clone(), "m".to_owned()))]),
        tiers: BTreeMap::from([tier("small")]),
        agents: BTreeMap::from([("classify".to_owned(), Stages::Several(stages))]),
        ..Config::default()
    }
}

/// Examples of each word, so that the built-in engine knows what it is asked.
fn examples() -> Attachments {
    let of = |label: &str, texts: &[&str]| -> String {
        texts.iter().map(|text| format!("{}\n", json!({"field": "kind", "text": text, "label": label}))).collect()
    };
    let travel = of("travel", &["trip by train", "a flight to the fair", "hotel for two", "taxi ride", "train ticket"]);
    let meals = of("meals", &["lunch with guests", "dinner", "breakfast meeting", "coffee and cake", "team lunch"]);
    Attachments::read(&format!("{travel}{meals}")).unwrap()
}

async fn record(world: &World, number: u64) -> DecisionRecord {
    let id = world.case(number).await.id.clone();
    world.store.decision_records(&id).await.unwrap().remove(0)
}

fn cascade(record: &DecisionRecord) -> Cascade {
    record.record.proposal.clone().unwrap().cascade.unwrap()
}

/// A case that is not held for a check.
async fn unheld(world: &World, words: &str) -> (u64, DecisionRecord) {
    for _ in 0..MANY {
        let number = opened(world, words).await;
        let record = record(world, number).await;
        if !record.record.facts.as_ref().unwrap().audit_draw {
            return (number, record);
        }
    }
    panic!("{MANY} cases are held for a check")
}

#[tokio::test]
async fn stages_are_certified_together_and_the_cheapest_that_is_sure_settles_it() {
    let model = Traveller::start().await;
    let world = World::with("", Setup { config: config(&model), ..Setup::default() }).await;
    world.publish_with(TEXT, &examples()).await;

    // Without a certificate every stage is asked, and a person decides.
    let first = opened(&world, "a trip by train").await;
    let asked = record(&world, first).await;
    assert!(matches!(asked.record.verdict, Some(Verdict::Suggest { .. })), "{:?}", asked.record.verdict);
    let stages = cascade(&asked).stages;
    assert!(stages.iter().all(|stage| stage.asked.as_ref().unwrap().score.is_some()), "{stages:?}");
    assert_eq!((cascade(&asked).answered, model.asked()), (1, 1));
    let told = timeline(&world, first).await;
    assert!(
        told.contains("as the stage “small”, suggested") && told.contains("Asked in this order: offline ("),
        "{told}"
    );

    // What was decided elsewhere measures both at once.
    let row = |number: u64| match number % 2 {
        0 => format!("trip {number} by train,travel\n"),
        _ => format!("zorbing {number},travel\n"),
    };
    let table = format!("words,answer\n{}", (0..ENOUGH).map(row).collect::<String>());
    world.runtime.import_decisions(&Acting::person("lea"), ("notes", "kind"), &table).await.unwrap();
    let scored = world.runtime.score_where_due().await.unwrap();
    assert_eq!((scored.labelled, scored.right), (ENOUGH, ENOUGH), "{scored:?}");
    let one = earned(&world).await.remove(0);
    let Autonomy::Certified(certificate) = &one.autonomy else { panic!("{one:?}") };
    assert_eq!((one.engine.as_str(), certificate.labels, certificate.look), ("offline > openai:m", ENOUGH, 1));
    let [Some(limit), Some(dear)] = certificate.stages[..] else { panic!("{certificate:?}") };

    // The built-in engine is sure enough, so that no model is asked.
    let before = model.asked();
    let (number, settled) = unheld(&world, "trip 3 by train").await;
    let stages = cascade(&settled);
    assert_eq!((settled.record.verdict, stages.answered, model.asked()), (Some(Verdict::Act), 0, before));
    assert!(stages.stages[0].asked.as_ref().unwrap().score.unwrap() >= limit && stages.stages[1].asked.is_none());
    let told = timeline(&world, number).await;
    assert!(told.contains("as the stage “offline”, suggested “travel”"), "{told}");

    // What it knows nothing of goes on to the model, whose own limit counts.
    let (_, passed) = unheld(&world, "zorbing 1001").await;
    let score = cascade(&passed).stages[1].asked.as_ref().unwrap().score.unwrap();
    assert_eq!((cascade(&passed).answered, passed.record.verdict == Some(Verdict::Act)), (1, score >= dear));
    assert!(model.asked() > before);

    // Without its model it is another cascade, which nobody has measured.
    drop(model);
    let (number, alone) = unheld(&world, "zorbing 6").await;
    assert!(alone.record.verdict != Some(Verdict::Act), "{:?}", alone.record.verdict);
    assert_eq!((cascade(&alone).engine().as_str(), cascade(&alone).answered), ("offline > nobody", 0));
    assert!(alone.record.facts.unwrap().certificate.is_none());
    assert!(timeline(&world, number).await.contains("small (no answer)"));

    // What waits for a person is settled by nobody yet.
    let shares = world.runtime.agents_overview().await.unwrap().shares;
    assert!(shares.iter().all(|one| one.settled != "person"), "{shares:?}");
    confirm(&world, first, "travel").await;
    let shares = world.runtime.agents_overview().await.unwrap().shares;
    assert!(shares.iter().any(|one| one.settled == "person" && one.decisions == 1), "{shares:?}");
    let told: Vec<(&str, &str)> = shares.iter().map(|one| (one.agent.as_str(), one.settled.as_str())).collect();
    assert!(told.starts_with(&[("classify", "offline")]) && told.ends_with(&[("classify", "person")]), "{shares:?}");
    assert!(told.contains(&("classify", "small")) == (score >= dear), "{shares:?}");
}

//! Answers with a limit of their own: no certificate of the others covers them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use countersign::{
    agents::{CallCtx, Decided, DecisionInput},
    language::Attachments,
    runtime::{
        Problem,
        ask::{Agents, Answer},
        autonomy::Autonomy,
        limits::Lifted,
    },
    store::{Limit, Limits},
};
use countersign_core::{
    definition::{AgentStep, AgentWork},
    event::Acting,
    proposal::{Doubt, Output, Proposal},
    time::MINUTE_MS,
};

use super::{
    autonomy::{ENOUGH, TEXT, confirm, doubt, earned, opened, timeline},
    world::{Setup, World},
};

/// Says meals of a lunch and travel of all else, and is sure of both.
#[derive(Default)]
struct Sorter {
    asked: AtomicUsize,
}

impl Agents for Sorter {
    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, _call: CallCtx) -> Answer<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let AgentWork::Classify { field, .. } = &step.work else { panic!("nothing else is asked: {step:?}") };
        let lunch = input.values.get("words").is_some_and(|words| words.plain().contains("lunch"));
        let label = Some(if lunch { "meals" } else { "travel" }.to_owned());
        let proposal = Proposal {
            output: Output::Label { field: field.clone(), label, alternatives: Vec::new() },
            reason: "so it seems".to_owned(),
            score: Some(900),
            measured: None,
            engine: "scripted".to_owned(),
            input: input.digest(step),
            prompt: None,
            cascade: None,
        };
        Box::pin(async move { Ok(Ok(Decided { proposal, schema_errors: Vec::new(), attempts: Vec::new() })) })
    }
}

async fn world() -> (World, Arc<Sorter>) {
    let sorter = Arc::new(Sorter::default());
    let agents: Arc<dyn Agents> = Arc::clone(&sorter) as _;
    (World::with(TEXT, Setup { agents: Some(agents), ..Setup::default() }).await, sorter)
}

async fn keep(world: &World, who: &str, answers: &[&str]) -> Result<(), Problem> {
    let limits: Limits = answers.iter().map(|answer| ((*answer).to_owned(), Limit::Never)).collect();
    world.runtime.limit_answers(&Acting::person(who), ("notes", "kind"), limits).await
}

/// A case that a person is asked about, and what they say.
async fn decided(world: &World, words: &str, expected: Doubt, kind: &str) -> u64 {
    let number = opened(world, words).await;
    assert_eq!(doubt(world, number).await, Some(expected), "{words}");
    confirm(world, number, kind).await;
    number
}

/// Whether a case goes ahead without a person. One that is held for a check is not counted.
async fn alone(world: &World, words: &str) -> bool {
    loop {
        let number = opened(world, words).await;
        match doubt(world, number).await {
            None => return true,
            Some(Doubt::Audit) => {
                confirm(world, number, if words.contains("lunch") { "meals" } else { "travel" }).await
            }
            Some(_) => return false,
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_kept_for_people_never_goes_ahead_and_measures_nobody() {
    let (world, _) = world().await;
    keep(&world, "lea", &["meals"]).await.unwrap();
    for place in 0..ENOUGH {
        decided(&world, "a train", Doubt::NotCertified, "travel").await;
        // Of lunches the agent is always wrong.
        if place % 4 == 0 {
            let number = decided(&world, "a lunch", Doubt::ForPeople, "travel").await;
            assert!(timeline(&world, number).await.contains("an agent never decides this alone"));
        }
    }
    let [one] = &earned(&world).await[..] else { panic!("{:?}", earned(&world).await) };
    assert_eq!(one.labels, ENOUGH, "lunches count for nobody");
    assert!(matches!(one.autonomy, Autonomy::Certified(_)), "{one:?}");
    assert!(alone(&world, "a train").await && !alone(&world, "a lunch").await);

    // Once nothing is kept for people any more, the lunches count as well, and it is not good enough.
    world.clock.advance(MINUTE_MS);
    keep(&world, "lea", &[]).await.unwrap();
    world.runtime.score_where_due().await.unwrap();
    assert!(!alone(&world, "a train").await && !alone(&world, "a lunch").await);
    let all = earned(&world).await;
    assert!(all[0].labels > ENOUGH && all.iter().all(|one| one.earlier || one.autonomy == Autonomy::OutOfReach));
    let records = world.store.records(1_000, 0).await.unwrap();
    let told: Vec<&str> = records.iter().map(|one| one.detail.as_str()).filter(|one| one.contains("answers")).collect();
    assert!(told.contains(&"limits answers on `kind` of `notes`: `meals` is kept for people"), "{told:?}");
    assert!(told.contains(&"no answers on `kind` of `notes` have a limit of their own any more"), "{told:?}");
}

#[tokio::test]
async fn a_text_that_no_longer_has_an_answer_says_that_its_limit_is_gone() {
    let (world, _) = world().await;
    keep(&world, "lea", &["meals"]).await.unwrap();
    let gone = Lifted { matter: "kind".to_owned(), answer: "meals".to_owned(), limit: Limit::Never };
    for (word, expected) in [("meals", vec![]), ("Meals", vec![]), ("food", vec![gone])] {
        let text = TEXT.replace("meals", word);
        let told = world.runtime.publication(&Acting::person("ada"), &text, &Attachments::default()).await.unwrap();
        assert_eq!(told.unwrap().lifted, expected, "{word}");
    }
}

#[tokio::test]
async fn an_answer_of_which_less_may_be_wrong_is_measured_by_itself_and_for_longer() {
    let (world, _) = world().await;
    let limits = Limits::from([("travel".to_owned(), Limit::AtMost(20))]);
    world.runtime.limit_answers(&Acting::person("lea"), ("notes", "kind"), limits).await.unwrap();
    for _ in 0..ENOUGH {
        decided(&world, "a lunch", Doubt::NotCertified, "meals").await;
        decided(&world, "a train", Doubt::NotCertified, "travel").await;
    }
    assert!(alone(&world, "a lunch").await && !alone(&world, "a train").await);
    let all = earned(&world).await;
    let of = |answer: Option<&str>| all.iter().find(|one| one.answer.as_deref() == answer).unwrap();
    assert!(matches!(of(None).autonomy, Autonomy::Certified(_)), "{all:?}");
    assert!(matches!(of(Some("travel")).autonomy, Autonomy::NotYet { to_go: 280.., days: Some(1..) }), "{all:?}");
    for _ in ENOUGH..400 {
        decided(&world, "a train", Doubt::NotCertified, "travel").await;
    }
    assert!(alone(&world, "a train").await);
    let all = earned(&world).await;
    let Autonomy::Certified(certificate) = &all.iter().find(|one| one.answer.is_some()).unwrap().autonomy else {
        panic!("{all:?}")
    };
    assert_eq!(
        (certificate.promise.error, certificate.labels, certificate.look),
        (20, 400, 3),
        "two looks that could show nothing were left out"
    );
    // Without the limit it is an answer like the others, and its certificate is not shown any more.
    world.clock.advance(MINUTE_MS);
    keep(&world, "lea", &[]).await.unwrap();
    world.runtime.score_where_due().await.unwrap();
    let all = earned(&world).await;
    assert!(all.iter().all(|one| one.answer.is_none()) && alone(&world, "a train").await, "{all:?}");
}

#[tokio::test]
async fn an_error_that_nobody_can_promise_is_refused() {
    let (world, _) = world().await;
    for error in [0, 4, 201, u32::MAX] {
        let limits = Limits::from([("travel".to_owned(), Limit::AtMost(error))]);
        let refused = world.runtime.limit_answers(&Acting::person("lea"), ("notes", "kind"), limits).await.unwrap_err();
        assert!(refused.to_string().contains("choose something from 0.5 % to 20 %"), "{refused}");
    }
}

#[tokio::test]
async fn the_labels_of_the_other_answers_are_taken_over_and_nobody_is_asked_again() {
    let (world, sorter) = world().await;
    for place in 0..ENOUGH {
        let words = if place % 4 == 0 { "a lunch" } else { "a train" };
        decided(&world, words, Doubt::NotCertified, if place % 4 == 0 { "meals" } else { "travel" }).await;
    }
    assert!(alone(&world, "a lunch").await);
    keep(&world, "lea", &["meals"]).await.unwrap();
    // It counts at once, also before anything was measured anew.
    let number = opened(&world, "a lunch").await;
    assert_eq!(doubt(&world, number).await, Some(Doubt::ForPeople));
    let before = sorter.asked.load(Ordering::Relaxed);
    let scored = world.runtime.score_where_due().await.unwrap();
    assert_eq!(sorter.asked.load(Ordering::Relaxed), before + 1, "who answers now is seen by one question");
    assert!(scored.labelled >= ENOUGH * 3 / 4 && scored.right == scored.labelled, "{scored:?}");
    let all = earned(&world).await;
    let now = all.iter().find(|one| !one.earlier).unwrap();
    assert!(now.labels < ENOUGH && matches!(now.autonomy, Autonomy::NotYet { .. }), "{all:?}");
}

#[tokio::test]
async fn only_who_answers_for_the_process_keeps_answers_for_people() {
    let (world, _) = world().await;
    let refused = keep(&world, "fin", &["meals"]).await.unwrap_err();
    assert!(matches!(refused, Problem::Rejected(_)), "{refused}");
    let refused = keep(&world, "lea", &["boat"]).await.unwrap_err();
    assert!(
        refused.to_string().contains("the agent never answers `boat`; its answers are: travel, meals"),
        "{refused}"
    );
}

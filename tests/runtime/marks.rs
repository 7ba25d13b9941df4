//! Marks and judgements earn autonomy as words do: people's verdicts certify, and checks take it away.

use std::{collections::BTreeMap, sync::Arc};

use countersign::{
    agents::{CallCtx, Decided, DecisionInput},
    language::{Attachments, compile},
    runtime::{
        ask::{Agents, Answer},
        autonomy::Autonomy,
        past::Scored,
    },
};
use countersign_core::{
    case::{Ask, CheckResult, Outcome},
    definition::{AgentStep, AgentWork},
    event::Acting,
    proposal::{Doubt, Measure, Output, Proposal},
    time::MINUTE_MS,
    value::Value,
};

use super::{
    autonomy::{ENOUGH, earned, opened, recorded, timeline},
    world::{Setup, World},
};

const HEAD: &str = "# Notes

A clerk can start this process.
The finance lead is accountable for this process.
The roles are finance desk and director.
The note form asks for the words (text).
Closing as sorted is a success.

Stage Check:
";
const JUDGED: &str = "- Check with the agent that \"the note serves the public\" by the words.
- If the agent is not sure, the finance desk decides within 1 working day.
- If a check fails, close the case as refused.
- Close the case as sorted.
";
const SCORED: &str =
    "- Score the note from 1 to 5 by the words into the risk, where 1 is \"harmless\" and 5 is \"stop it\".
- If the agent is not sure, the finance desk decides within 1 working day.
- If the risk is at least 4, close the case as refused.
- Close the case as sorted.
";
/// More cases than this are not needed to meet one that is held for a check.
const MANY: u64 = 400;

/// Says that everything holds, and gives everything a mark of two.
struct Mild;

impl Agents for Mild {
    fn decided<'a>(&'a self, step: &'a AgentStep, input: &'a DecisionInput, _call: CallCtx) -> Answer<'a> {
        let output = match &step.work {
            AgentWork::Judge { .. } => Output::Judgement { holds: Some(true), examples: Vec::new() },
            AgentWork::Score { field, .. } => Output::Mark { field: field.clone(), mark: Some(2) },
            other => panic!("nothing else is asked: {other:?}"),
        };
        let proposal = Proposal {
            output,
            reason: "so it seems".to_owned(),
            score: Some(900),
            measured: Some(Measure::Votes),
            engine: "scripted".to_owned(),
            input: input.digest(step),
            prompt: None,
            cascade: None,
        };
        Box::pin(async move { Ok(Ok(Decided { proposal, schema_errors: Vec::new(), attempts: Vec::new() })) })
    }
}

async fn world(steps: &str) -> World {
    let agents: Arc<dyn Agents> = Arc::new(Mild);
    World::with(&format!("{HEAD}{steps}"), Setup { agents: Some(agents), ..Setup::default() }).await
}

/// Why a person is asked; `None` when nobody is.
async fn doubt(world: &World, number: u64) -> Option<Doubt> {
    if !world.case(number).await.is_open() {
        return None;
    }
    match world.task(number).await.ask {
        Ask::Confirm { why: Some(why), .. } | Ask::Judge { why: Some(why), .. } => Some(why),
        other => panic!("{other:?}"),
    }
}

/// What the desk says to it: a mark, or a verdict.
async fn decides(world: &World, number: u64, said: &str) {
    match said {
        "yes" => world.decide(number, "fin", Outcome::Completed, &[]).await,
        "no" => world.decide(number, "fin", Outcome::Rejected, &[]).await,
        mark => world.decide(number, "fin", Outcome::Completed, &[("risk", mark)]).await,
    };
}

/// An agent that people agreed with often enough, in these words in turn.
async fn earning(steps: &str, said: &[&str]) -> World {
    let world = world(steps).await;
    for place in 0..usize::try_from(ENOUGH).unwrap() {
        let number = opened(&world, "a playground").await;
        assert_eq!(doubt(&world, number).await, Some(Doubt::NotCertified), "{place}");
        decides(&world, number, said[place % said.len()]).await;
    }
    world
}

/// The next case that is held for a check, and how many went ahead alone before it.
async fn held(world: &World, told: &str) -> (u64, u64) {
    let mut alone = 0;
    loop {
        let number = opened(world, "a playground").await;
        let Some(why) = doubt(world, number).await else {
            let said = timeline(world, number).await;
            assert!(said.contains(told) && said.contains("under a certificate that rests on 120 decisions"), "{said}");
            world.folds(number).await;
            alone += 1;
            assert!(alone < MANY, "none of {alone} was held for a check");
            continue;
        };
        assert_eq!(why, Doubt::Audit);
        let said = timeline(world, number).await;
        assert!(said.contains("what it said is told once a person has decided") && !said.contains("so it seems"));
        return (number, alone);
    }
}

/// Earned by these words, kept by a check that agrees in this word, and lost by two that do not.
async fn check(steps: &str, words: &[&str], (agreeing, told): (&str, &str), (wrong, reveals): (&str, &str)) -> World {
    let world = earning(steps, words).await;
    let first = earned(&world).await.remove(0);
    let Autonomy::Certified(certificate) = &first.autonomy else { panic!("{first:?}") };
    assert_eq!((certificate.threshold, certificate.labels, certificate.wrong), (900, ENOUGH, 0));
    let mut alone = 0;
    while alone == 0 {
        let (number, before) = held(&world, "It went ahead").await;
        alone += before;
        decides(&world, number, agreeing).await;
        let said = timeline(&world, number).await;
        assert!(said.contains(told), "{said}");
    }
    for _ in 0..2 {
        let (number, _) = held(&world, "It went ahead").await;
        decides(&world, number, wrong).await;
        let said = timeline(&world, number).await;
        assert!(said.contains(reveals), "{said}");
        world.folds(number).await;
    }
    let told = recorded(&world).await;
    assert!(told[0].contains("answers that people checked were wrong"), "{told:?}");
    let number = opened(&world, "a playground").await;
    assert_eq!(doubt(&world, number).await, Some(Doubt::NotCertified));
    world
}

#[tokio::test]
async fn a_judgement_goes_ahead_alone_once_people_agreed_often_enough() {
    let world = check(JUDGED, &["yes"], ("yes", "said that it holds, too"), ("no", "the check found it wrong")).await;
    let alone = opened(&world, "a playground").await;
    decides(&world, alone, "no").await;
    let found = world.case(alone).await.findings.values().next().unwrap().result.clone();
    assert_eq!(found, CheckResult::Failed, "the person's word counts");
}

#[tokio::test]
async fn a_mark_is_right_when_the_case_goes_the_same_way() {
    let same_way = ("3", "had said \u{201c}2\u{201d}, with which the case goes the same way");
    check(SCORED, &["2", "1", "3"], same_way, ("4", "had said \u{201c}2\u{201d}: the check found it wrong")).await;
}

#[tokio::test]
async fn with_another_cut_off_a_mark_is_another_answer() {
    let world = earning(SCORED, &["2", "3"]).await;
    assert!(matches!(earned(&world).await[0].autonomy, Autonomy::Certified(_)));
    world.clock.advance(MINUTE_MS);
    world.publish(&format!("{HEAD}{}", SCORED.replace("at least 4", "at least 3"))).await;
    // What people decided is asked again, and half of it lies beyond the new cut-off.
    let again = world.runtime.score_where_due().await.unwrap();
    assert_eq!((again.labelled, again.right), (ENOUGH, ENOUGH / 2));
    let number = opened(&world, "a playground").await;
    assert_eq!(doubt(&world, number).await, Some(Doubt::NotCertified));
    assert!(earned(&world).await.iter().any(|one| one.autonomy == Autonomy::OutOfReach));
}

#[tokio::test]
async fn verdicts_are_kept_for_the_next_version_and_can_be_imported() {
    let world = earning(JUDGED, &["yes"]).await;
    world.clock.advance(MINUTE_MS);
    let guided = JUDGED.replace("by the words", "by the words, using the guideline \"Public\"");
    let guidelines = BTreeMap::from([("Public".to_owned(), "What everybody may use.".to_owned())]);
    world.publish_with(&format!("{HEAD}{guided}"), &Attachments { guidelines, ..Attachments::default() }).await;
    assert_eq!(
        world.runtime.score_where_due().await.unwrap(),
        Scored { labelled: ENOUGH, right: ENOUGH, ..Scored::default() }
    );
    let lea = Acting::person("lea");
    let table = "words,answer\nA bench,yes\nA villa,Does not hold\nA fence,perhaps\n,no\n";
    let about = "the note serves the public";
    let imported = world.runtime.import_decisions(&lea, ("notes", about), table).await.unwrap();
    assert_eq!((imported.taken, imported.refused_in_all), (2, 2));
    assert!(imported.refused[0].1.contains("`perhaps` says neither yes nor no"), "{:?}", imported.refused);
    let again = world.runtime.score_where_due().await.unwrap();
    assert_eq!((again.labelled, again.right), (2, 1));
    // Of another criterion nobody has said anything.
    world.clock.advance(MINUTE_MS);
    world.publish(&format!("{HEAD}{}", JUDGED.replace("serves the public", "serves the firm"))).await;
    assert_eq!(world.runtime.score_where_due().await.unwrap(), Scored::default());
}

/// Whether a case goes the same way with these marks under these steps.
fn same_way(steps: &str, one: i64, other: i64) -> bool {
    let compiled =
        compile(&format!("{HEAD}{steps}"), &Attachments { guidelines: BTreeMap::new(), ..Attachments::default() });
    let definition = compiled.definition.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    definition.goes_the_same_way("risk", &Value::Number { number: one }, &Value::Number { number: other })
}

#[test]
fn what_counts_of_a_mark_is_what_the_text_does_with_it() {
    let with = |from: &str, to: &str| SCORED.replace(from, to);
    let twice = with("- Close", "- If the risk is under 2, tell the clerk that \"All is well\".\n- Close");
    let told = with("- Close", "- Tell the clerk that \"Your mark is {risk}\".\n- Close");
    let unused = with("- If the risk is at least 4, close the case as refused.\n", "");
    for (steps, one, other, same) in [
        (SCORED, 1, 3, true),
        (SCORED, 4, 5, true),
        (SCORED, 3, 4, false),
        (&twice, 2, 3, true),
        (&twice, 1, 2, false),
        (&told, 1, 3, false),
        (&unused, 1, 3, false),
        (&unused, 3, 3, true),
    ] {
        assert_eq!(same_way(steps, one, other), same, "{one} {other} {steps}");
    }
}

//! Judging by a guideline and scoring on a scale, from the request that would leave to the person who has the last word.

use std::{collections::BTreeMap, sync::Arc};

use countersign::{
    agents::sure::VOTES_FIRST,
    language::Attachments,
    llm::scripted::Scripted,
    resource::{self, REASON_WITHHELD, Reader},
};
use countersign_core::{
    case::{Ask, CheckResult, Outcome},
    event::Acting,
    proposal::{Doubt, Output},
};
use serde_json::{Value as Json, json};

use super::world::{Setup, World};

const TEXT: &str = "# Grant request

A clerk can start this process.
The finance lead is accountable for this process.
The roles are finance desk and director.

The request form asks for the reason (text) and the amount (money).

Stage Check:
- Check with the agent that \"the request serves the public\" by the reason, using the guideline \"Public or private\".
- If the agent is not sure, the finance desk decides within 1 working day.
- If a check fails, close the case as refused.
- Score the request from 1 to 5 by the reason into the risk, where 1 is \"harmless\" and 5 is \"stop it\".
- If the agent is not sure, the finance desk decides within 1 working day.
- If the risk is at least 4, the director approves the request. Otherwise, the finance lead approves the request.

Stage End:
- Close the case as granted.
";

const GUIDELINE: &str =
    "Public is what everybody may use. Examples: a playground is public; a fence around a villa is not.";
const REQUEST: &[(&str, &str)] = &[("reason", "We build a playground for the district."), ("amount", "900 EUR")];

fn judges(quote: &str, holds: Option<bool>) -> String {
    let reason = "A playground is one of the guideline's examples";
    json!({ "quotes": [quote], "reason": reason, "holds": holds }).to_string()
}

fn scores(mark: Option<i64>) -> String {
    json!({ "quotes": ["a playground"], "reason": "children climb", "mark": mark }).to_string()
}

/// Whether an answer decides something and rests on words that stand there: then it is asked for three times.
fn is_voted_on(answer: &str) -> bool {
    let answer: Json = serde_json::from_str(answer).unwrap();
    let quotes = answer["quotes"].as_array().unwrap();
    let stand = quotes.iter().all(|quote| REQUEST[0].1.contains(quote.as_str().unwrap()));
    let decides = answer["holds"].is_boolean() || answer["mark"].as_i64().is_some_and(|mark| (1..=5).contains(&mark));
    decides && stand && !quotes.is_empty()
}

/// A model that answers like this, each time it is asked the same.
fn model(answers: &[String]) -> Scripted {
    answers.iter().fold(Scripted::new().unwrap(), |script, answer| {
        let times = if is_voted_on(answer) { VOTES_FIRST } else { 1 };
        (0..times).fold(script, |script, _| script.says(answer.clone()))
    })
}

/// A case whose agents answer like this, and the requests that left so far.
async fn case(answers: &[String]) -> (World, u64, Arc<Scripted>) {
    let provider = Arc::new(model(answers));
    let setup = Setup { provider: (!answers.is_empty()).then(|| Arc::clone(&provider)), ..Setup::default() };
    let world = World::with("", setup).await;
    let guidelines = BTreeMap::from([("Public or private".to_owned(), GUIDELINE.to_owned())]);
    world.publish_with(TEXT, &Attachments { guidelines, ..Attachments::default() }).await;
    let number = world.open("ana", "grant-request", REQUEST).await;
    (world, number, provider)
}

/// What somebody is asked to judge, with what an agent says and why that does not suffice.
async fn to_judge(world: &World, number: u64) -> (Option<bool>, Option<Doubt>) {
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    match world.task(number).await.ask {
        Ask::Judge { criterion, suggested, why } => {
            assert_eq!(criterion, "the request serves the public");
            (suggested, why)
        }
        other => panic!("{other:?}"),
    }
}

/// What somebody is asked to confirm: the suggestion, and why it does not stand alone.
async fn to_confirm(world: &World, number: u64) -> (Option<String>, Option<Doubt>) {
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    let case = world.case(number).await;
    let suggested = case.suggestions.get("risk").and_then(|one| Some(one.value.as_ref()?.plain()));
    match world.task(number).await.ask {
        Ask::Confirm { field, why } if field == "risk" => (suggested, why),
        other => panic!("{other:?}"),
    }
}

fn user(request: &Json) -> &str {
    request["messages"][1]["content"].as_str().unwrap()
}

#[tokio::test]
async fn a_verdict_rests_on_the_guideline_and_on_words_that_stand_there() {
    let (world, number, provider) = case(&[judges("We build a playground", Some(true)), scores(Some(2))]).await;
    let asked = provider.requests();
    assert_eq!(asked.len(), VOTES_FIRST, "it is asked for votes, and scoring waits for the judgement");
    assert_eq!(
        asked.iter().map(|one| one["temperature"].as_f64()).collect::<Vec<_>>(),
        [Some(0.0), Some(0.7), Some(0.7)]
    );
    for words in ["the request serves the public", GUIDELINE, "We build a playground for the district."] {
        assert!(user(&asked[0]).contains(words), "{words}");
    }
    assert!(!user(&asked[0]).contains("900"), "only the fields that the text names are shown");
    // It chooses a path and nobody has measured it, so that it is a suggestion with its reason.
    assert_eq!(to_judge(&world, number).await, (Some(true), Some(Doubt::NotCertified)));
    let told = world.case(number).await.findings.values().next().unwrap().result.clone();
    let CheckResult::CannotTell { why } = told else { panic!("a suggestion is no finding: {told:?}") };
    assert_eq!(why, "an agent says that it holds: A playground is one of the guideline's examples");
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!(world.case(number).await.findings.values().next().unwrap().result, CheckResult::Passed);
    assert_eq!(to_confirm(&world, number).await.0.as_deref(), Some("2"));
    assert!(user(&provider.requests()[VOTES_FIRST]).contains("harmless"), "the scale is told in the words of the text");
    world.folds(number).await;
}

#[tokio::test]
async fn whoever_judges_may_disagree_with_the_agent() {
    let (world, number, _) = case(&[judges("We build a playground", Some(true))]).await;
    world.decide(number, "fee", Outcome::Rejected, &[]).await;
    assert_eq!(world.status(number).await, "refused");
    world.folds(number).await;
}

#[tokio::test]
async fn what_cannot_be_told_goes_to_a_person_without_a_suggestion() {
    let cannot = judges("We build a playground", None);
    let invented = judges("It is open to everybody", Some(true));
    let nothing = json!({ "quotes": [], "reason": "surely", "holds": true }).to_string();
    for (answer, words) in
        [(cannot, "guideline's examples"), (invented, "do not stand in the material"), (nothing, "quoted nothing")]
    {
        let (world, number, _) = case(&[answer]).await;
        assert_eq!(to_judge(&world, number).await, (None, Some(Doubt::CannotTell)), "{words}");
        let told = format!("{:?}", world.case(number).await.findings);
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn a_mark_outside_of_the_scale_is_asked_for_once_more_and_then_refused() {
    let answers = [judges("We build a playground", Some(true)), scores(Some(9)), scores(Some(9))];
    let (world, number, provider) = case(&answers).await;
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!(provider.requests().len(), VOTES_FIRST + 2);
    assert!(
        user(&provider.requests()[VOTES_FIRST + 1]).contains("from 1 to 5; it is 9"),
        "the fault goes back to the model"
    );
    let (suggested, why) = to_confirm(&world, number).await;
    assert_eq!(suggested, None, "a mark that the scale does not have is not offered");
    assert_eq!(why, Some(Doubt::CannotTell));
    let told = world.case(number).await.suggestions["risk"].reason.clone();
    assert!(told.contains("did not fit its form"), "{told}");
    // Nor may a person give one.
    let refused = world.try_decide(number, "fin", Outcome::Completed, &[("risk", "0")]).await.unwrap_err();
    assert!(refused.to_string().contains("from 1 to 5; it is 0"), "{refused}");
    world.decide(number, "fin", Outcome::Completed, &[("risk", "5")]).await;
    assert_eq!(world.asked(number).await, ["dora"]);
    world.folds(number).await;
}

#[tokio::test]
async fn the_texts_cut_off_decides_who_approves() {
    for (mark, approver) in [(1, "lea"), (3, "lea"), (4, "dora"), (5, "dora")] {
        let (world, number, _) = case(&[judges("We build a playground", Some(true)), scores(Some(mark))]).await;
        world.decide(number, "fin", Outcome::Completed, &[]).await;
        let mark = mark.to_string();
        assert_eq!(to_confirm(&world, number).await, (Some(mark.clone()), Some(Doubt::NotCertified)));
        world.decide(number, "fee", Outcome::Completed, &[("risk", &mark)]).await;
        assert_eq!(world.asked(number).await, [approver], "{mark}");
        world.decide(number, approver, Outcome::Approved, &[]).await;
        assert_eq!(world.status(number).await, "granted");
        world.folds(number).await;
    }
}

#[tokio::test]
async fn a_mark_that_nobody_can_give_is_a_persons() {
    let (world, number, _) = case(&[judges("We build a playground", Some(true)), scores(None)]).await;
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!(to_confirm(&world, number).await, (None, Some(Doubt::CannotTell)));
}

#[tokio::test]
async fn without_a_model_people_judge_and_score() {
    let (world, number, _) = case(&[]).await;
    assert_eq!(to_judge(&world, number).await.0, None);
    let told = format!("{:?}", world.case(number).await.findings);
    assert!(told.contains("the built-in engine cannot judge"), "{told}");
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!(to_confirm(&world, number).await.0, None);
    world.decide(number, "fin", Outcome::Completed, &[("risk", "1")]).await;
    assert_eq!(world.asked(number).await, ["lea"]);
    world.folds(number).await;
    let setup = world.runtime.examine(&|_| {}).await.unwrap().setup;
    let note = setup.iter().find(|finding| finding.code == "no_model").unwrap();
    assert!(note.is_note() && note.what.contains("the finance desk"), "{note:?}");
}

#[tokio::test]
async fn a_model_that_is_down_leaves_it_to_people() {
    let down = (0..8).fold(Scripted::new().unwrap(), |script, _| script.replies(503, "busy"));
    let provider = Arc::new(down);
    let world = World::with("", Setup { provider: Some(Arc::clone(&provider)), ..Setup::default() }).await;
    let guidelines = BTreeMap::from([("Public or private".to_owned(), GUIDELINE.to_owned())]);
    world.publish_with(TEXT, &Attachments { guidelines, ..Attachments::default() }).await;
    let number = world.open("ana", "grant-request", REQUEST).await;
    assert_eq!(to_judge(&world, number).await.0, None);
    assert!(!provider.requests().is_empty());
}

/// What the reader is told of a case, at the doors of programs: all of it, and how it came to be.
async fn told(world: &World, number: u64, reader: Reader<'_>) -> String {
    let (loaded, runtime) = (world.loaded(number).await, &world.runtime);
    let history = runtime.timeline(&loaded.case.id, loaded.case.seq).await.unwrap();
    let records = runtime.store().decision_records(&loaded.case.id).await.unwrap();
    let at = runtime.clock().now();
    let timeline = resource::timeline(&loaded, &history, &records, reader, at);
    serde_json::to_string(&(resource::case(&loaded, reader, at), timeline)).unwrap()
}

#[tokio::test]
async fn a_reason_that_may_quote_a_restricted_field_is_for_those_who_may_see_it() {
    let script = model(&[judges("We build a playground", Some(true)), scores(Some(2))]);
    let world = World::with("", Setup { provider: Some(Arc::new(script)), ..Setup::default() }).await;
    let guidelines = BTreeMap::from([("Public or private".to_owned(), GUIDELINE.to_owned())]);
    let text = TEXT.replace("(money).\n", "(money).\nOnly the clerk and the finance desk may see the reason.\n");
    world.publish_with(&text, &Attachments { guidelines, ..Attachments::default() }).await;
    let number = world.open("ana", "grant-request", REQUEST).await;
    let doors = async |judged: &str| {
        let (ana, fin, lea) = (Acting::person("ana"), Acting::person("fin"), Acting::person("lea"));
        for (reader, sees) in [
            (Reader::Acting(&ana), true),
            (Reader::Acting(&fin), true),
            (Reader::Acting(&lea), false),
            (Reader::File, false),
        ] {
            let told = told(&world, number, reader).await;
            for hidden in [judged, "We build a playground"] {
                assert_eq!(told.contains(hidden), sees, "`{hidden}`: {told}");
            }
            assert_eq!(told.contains(REASON_WITHHELD), !sees, "{told}");
        }
    };
    doors("A playground is one of").await;
    world.decide(number, "fin", Outcome::Completed, &[]).await;
    assert_eq!(to_confirm(&world, number).await.0.as_deref(), Some("2"));
    doors("children climb").await;
    world.folds(number).await;
}

/// What a model that gives these verdicts, one after the other, comes to: its verdict, its score and its reason.
async fn voted(verdicts: &[Option<bool>]) -> (Option<bool>, Option<u32>, String) {
    let answer = |holds: &Option<bool>| judges("We build a playground", *holds);
    let script = verdicts.iter().fold(Scripted::new().unwrap(), |script, holds| script.says(answer(holds)));
    let world = World::with("", Setup { provider: Some(Arc::new(script)), ..Setup::default() }).await;
    let guidelines = BTreeMap::from([("Public or private".to_owned(), GUIDELINE.to_owned())]);
    world.publish_with(TEXT, &Attachments { guidelines, ..Attachments::default() }).await;
    let number = world.open("ana", "grant-request", REQUEST).await;
    let id = world.case(number).await.id.clone();
    let record = world.store.decision_records(&id).await.unwrap().remove(0).record;
    let proposal = record.proposal.unwrap();
    let Output::Judgement { holds, .. } = proposal.output else { panic!("{proposal:?}") };
    (holds, proposal.score, proposal.reason)
}

#[tokio::test]
async fn a_model_is_as_sure_as_its_votes_agree() {
    let (yes, no) = (Some(true), Some(false));
    for (verdicts, holds, score, words) in [
        (&[yes, yes, yes][..], yes, Some(1_000), ""),
        (&[yes, no, yes, yes, yes], yes, Some(800), "asked 5 times, it said so 4 times"),
        (&[yes, no, no, no, yes], no, Some(600), "asked 5 times, it said so 3 times"),
        (&[yes, None, None, None, None], yes, Some(200), "asked 5 times, it said so once"),
        // It falls silent before there are enough.
        (&[yes, no], yes, None, ""),
        (&[None], None, None, ""),
    ] {
        let (said, sure, reason) = voted(verdicts).await;
        assert_eq!((said, sure), (holds, score), "{verdicts:?}: {reason}");
        assert!(reason.contains(words) && (words.is_empty() != reason.contains("asked")), "{verdicts:?}: {reason}");
    }
}

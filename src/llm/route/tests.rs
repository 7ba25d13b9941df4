//! Who is asked, in which order, and when nobody is.

use std::sync::Arc;

use super::*;
use crate::llm::{Call, scripted::Scripted, spending::Notebook};

/// A house with models whose answers are scripted.
struct House {
    router: Router,
    notebook: Arc<Notebook>,
    clock: Clock,
}

fn member(name: &str, script: Scripted) -> Member {
    let price = Price { input: 1_000_000, output: 2_000_000 };
    Member { name: name.to_owned(), provider: Arc::new(script), price, pace: None, personal: true, placeholders: true }
}

fn choice(model: &str, rank: u32, weight: u32) -> Choice {
    Choice { model: model.to_owned(), rank, weight }
}

fn small(choices: Vec<Choice>) -> Plan {
    Plan { tiers: BTreeMap::from([(USUAL_TIER.to_owned(), choices)]), ..Plan::default() }
}

fn house(members: Vec<Member>, plan: Plan) -> House {
    let notebook = Arc::new(Notebook::default());
    let clock = Clock::fixed(Timestamp(1_000_000));
    let router = Router::new(members, plan, notebook.clone(), clock.clone()).unwrap();
    House { router, notebook, clock }
}

fn script() -> Scripted {
    Scripted::new().unwrap()
}

fn request(decision: &str) -> Request {
    Request {
        system: "Say one word.".to_owned(),
        user: "Which?".to_owned(),
        schema: serde_json::json!({"type": "object"}),
        schema_name: "word".to_owned(),
        max_tokens: 50,
        // With room for chance nothing is answered from the cache.
        temperature: None,
        masked: None,
        call: Call {
            agent: "classify".to_owned(),
            decision: decision.to_owned(),
            case: Some("case-1".to_owned()),
            process: Some("claims".to_owned()),
            ..Call::default()
        },
    }
}

impl House {
    /// Asks once and compares the answer, or a part of the refusal.
    async fn check(&self, request: &Request, expected: Result<&str, &str>) {
        let answer = self.router.complete(request).await;
        match (expected, &answer) {
            (Ok(text), Ok(answer)) => assert_eq!(answer.text, text),
            (Err(part), Err(error)) => assert!(error.to_string().contains(part), "{error}"),
            _ => panic!("{expected:?} was expected and {answer:?} came"),
        }
    }

    fn asked(&self) -> Vec<(String, bool)> {
        self.notebook.notes().into_iter().map(|one| (one.model, one.failure.is_none())).collect()
    }
}

#[tokio::test]
async fn the_next_model_answers_when_the_first_does_not() {
    let first = script().replies(401, "{}");
    let house = house(
        vec![member("first", first), member("second", script().says("yes"))],
        small(vec![choice("second", 2, 1), choice("first", 1, 1)]),
    );
    house.check(&request("d"), Ok("yes")).await;
    assert_eq!(house.asked(), [("first".to_owned(), false), ("second".to_owned(), true)]);
}

#[tokio::test]
async fn a_failing_model_is_left_alone_and_tried_again() {
    let broken = (0..5).fold(script(), |script, _| script.replies(401, "{}")).says("back");
    let house = house(vec![member("only", broken)], small(vec![choice("only", 1, 1)]));
    for _ in 0..5 {
        house.check(&request("d"), Err("status 401")).await;
    }
    house.check(&request("d"), Err("left alone for a while")).await;
    assert_eq!(house.asked().len(), 5, "an open breaker lets nothing through");
    assert!(matches!(house.router.health()[0].breaker, Standing::Open { .. }));
    house.clock.advance(30_000);
    house.check(&request("d"), Ok("back")).await;
    assert_eq!(house.router.health()[0].breaker, Standing::Closed);
}

#[tokio::test]
async fn nothing_is_asked_when_models_are_switched_off() {
    let house = house(vec![member("only", script().says("yes"))], small(vec![choice("only", 1, 1)]));
    house.notebook.switch(true);
    house.check(&request("d"), Err("switched off")).await;
    assert!(house.asked().is_empty());
    house.notebook.switch(false);
    house.check(&request("d"), Ok("yes")).await;
}

/// A scripted answer costs 100 tokens read and 20 written: 140 millionths. A question is foreseen to cost more.
#[tokio::test]
async fn a_budget_holds_before_the_call_and_opens_when_it_is_raised() {
    let caps = |micros| Shares { case: Cap { micros: Some(micros), tokens: None }, ..Shares::default() };
    let answers = || script().says("one").says("two").says("three");
    let plan = |micros| Plan { caps: caps(micros), ..small(vec![choice("only", 1, 1)]) };
    let house = house(vec![member("only", answers())], plan(300));
    house.check(&request("d"), Ok("one")).await;
    house.check(&request("e"), Ok("two")).await;
    house.check(&request("f"), Err("what one case may cost")).await;
    assert_eq!(house.asked().len(), 2, "the call that would pass the limit is not made");
    let mut other = request("g");
    other.call.case = Some("case-2".to_owned());
    house.check(&other, Ok("three")).await;
    // The same ledger under a higher limit.
    let members = vec![member("only", script().says("four"))];
    let raised = Router::new(members, plan(500), house.notebook.clone(), house.clock.clone()).unwrap();
    assert_eq!(raised.complete(&request("f")).await.unwrap().text, "four");
}

#[tokio::test]
async fn a_pace_is_kept_and_the_next_model_takes_over() {
    let first = Member { pace: Some(2), ..member("first", script().says("1").says("2").says("3")) };
    let second = member("second", script().says("else"));
    let house = house(vec![first, second], small(vec![choice("first", 1, 1), choice("second", 2, 1)]));
    house.check(&request("d"), Ok("1")).await;
    house.check(&request("d"), Ok("2")).await;
    house.check(&request("d"), Ok("else")).await;
    house.clock.advance(60_000);
    house.check(&request("d"), Ok("3")).await;
}

#[tokio::test]
async fn a_model_never_sees_what_it_may_not() {
    let barred = Member { personal: false, ..member("first", script().says("seen")) };
    let house = house(
        vec![barred, member("second", script().says("allowed"))],
        small(vec![choice("first", 1, 1), choice("second", 2, 1)]),
    );
    let mut personal = request("d");
    personal.call.personal = true;
    house.check(&personal, Ok("allowed")).await;
    house.check(&personal, Err("no answer left")).await;
    house.check(&request("d"), Ok("seen")).await;
}

/// What a model that is not trusted is sent of a question about somebody, and what comes back.
#[tokio::test]
async fn a_model_that_is_not_trusted_is_asked_with_placeholders_where_its_settings_say_so() {
    let first = Arc::new(script().says(r#"{"quote":"[person-1] has moved"}"#));
    let outside = |placeholders| Member {
        provider: Arc::clone(&first) as Arc<dyn Provider>,
        personal: false,
        placeholders,
        ..member("first", script())
    };
    let choices = || small(vec![choice("first", 1, 1), choice("second", 2, 1)]);
    let mut personal = request("d");
    personal.user = "Ada has moved".to_owned();
    personal.call.personal = true;
    personal.masked = Some(super::super::placeholders::Masked {
        user: "[person-1] has moved".to_owned(),
        values: vec![("[person-1]".to_owned(), crate::llm::Secret::new("Ada"))],
    });
    let strict = house(vec![outside(false), member("second", script().says("trusted"))], choices());
    strict.check(&personal, Ok("trusted")).await;
    assert!(first.requests().is_empty(), "it is passed over");
    let house = house(vec![outside(true), member("second", script())], choices());
    house.check(&personal, Ok(r#"{"quote":"Ada has moved"}"#)).await;
    let sent = first.requests();
    assert_eq!(sent[0]["messages"][1]["content"], "[person-1] has moved");
    assert!(!sent[0].to_string().contains("Ada"));
}

/// A server that asks for a long pause is left alone for it; a question that it refuses says nothing against it.
#[tokio::test]
async fn what_a_server_says_of_itself_counts_and_what_it_says_of_a_question_does_not() {
    let refused = (0..9).fold(script(), |script, _| script.replies(413, "{}"));
    let house = house(vec![member("only", refused.says("well"))], small(vec![choice("only", 1, 1)]));
    for _ in 0..9 {
        house.check(&request("d"), Err("refused this question")).await;
    }
    house.check(&request("d"), Ok("well")).await;
}

#[tokio::test]
async fn the_same_question_costs_nothing_for_a_day() {
    let house = house(vec![member("only", script().says("one").says("two"))], small(vec![choice("only", 1, 1)]));
    let certain = Request { temperature: Some(0), ..request("d") };
    house.check(&certain, Ok("one")).await;
    house.check(&certain, Ok("one")).await;
    house.clock.advance(86_400_000);
    house.check(&certain, Ok("two")).await;
    assert_eq!(house.asked().len(), 2);
}

/// Equal ranks share the decisions by weight, and a decision that is repeated begins with the same model.
#[test]
fn weights_share_out_the_decisions() {
    let choices = [choice("a", 1, 1), choice("b", 1, 3), choice("c", 2, 1)];
    let first = |number: u32| in_order(&choices, &format!("decision {number}"))[0].model.clone();
    let to_b = (0..4_000).filter(|number| first(*number) == "b").count();
    assert!((2_800..3_200).contains(&to_b), "{to_b}");
    let order: Vec<&str> = in_order(&choices, "decision 7").iter().map(|one| one.model.as_str()).collect();
    assert_eq!(order.len(), 3);
    assert_eq!(order[2], "c", "a higher rank waits");
    assert_eq!(first(7), first(7));
}

#[test]
fn a_plan_that_names_what_is_not_there_is_refused() {
    let refused = |plan: Plan| {
        let members = vec![member("only", script())];
        let clock = Clock::fixed(Timestamp(0));
        Router::new(members, plan, Arc::new(Notebook::default()), clock).err()
    };
    assert!(refused(small(vec![choice("other", 1, 1)])).unwrap().contains("`other`"));
    let agents = BTreeMap::from([("judge".to_owned(), "strong".to_owned())]);
    let plan = Plan { agents, ..small(vec![choice("only", 1, 1)]) };
    assert!(refused(plan).unwrap().contains("`strong`"));
}

//! Which engine answers, and what it says about it.

use std::sync::Mutex;

use futures_util::future::BoxFuture;

use super::*;
use crate::llm::{Answer, Provider, ProviderError, Request};

#[tokio::test]
async fn without_a_model_the_built_in_engine_answers_under_the_same_gate() {
    let input = input(Some(RECEIPT));
    let seen = chained(&extract(), &input, None).await;
    let Output::Fields { fields } = &seen.proposal.output else { unreachable!("an extract step gives fields") };
    assert_eq!(fields["receipt.total"].value.plain(), "1234.50 EUR");
    assert_eq!((seen.proposal.engine.as_str(), seen.verdict), ("offline", Verdict::Act));

    let seen = chained(&classify(), &input, None).await;
    assert!(seen.proposal.score.unwrap() <= classify::FEW_EXAMPLES_SCORE, "{:?}", seen.proposal);
    assert!(seen.proposal.reason.contains("fewer than"), "{}", seen.proposal.reason);
}

#[tokio::test]
async fn each_fallback_is_said_and_its_attempts_are_kept() {
    let input = input(Some(RECEIPT));
    let down = r#"{"error":{"message":"see https://status.example","code":"down"}}"#;
    let down = (0..3).fold(Scripted::new().unwrap(), |script, _| script.replies(500, down));
    for (provider, words, attempts) in
        [(Arc::new(down), "the model did not answer", 2), (scripted(&["no", "no"]), "did not fit its form", 3)]
    {
        let seen = chained(&extract(), &input, Some(provider)).await;
        assert_eq!(seen.proposal.engine, "offline");
        assert!(seen.proposal.reason.contains(words), "{}", seen.proposal.reason);
        assert_eq!(seen.decided.attempts.len(), attempts);
        assert_eq!((seen.facts.denials.len(), seen.facts.schema_errors.len()), (0, 0), "{:?}", seen.facts);
    }
}

#[tokio::test]
async fn a_document_without_text_is_left_to_a_person_and_no_model_is_asked() {
    let provider = scripted(&[]);
    let seen = chained(&extract(), &input(None), Some(Arc::clone(&provider))).await;
    assert_eq!(seen.proposal.output, Output::Fields { fields: BTreeMap::new() });
    assert!(seen.proposal.reason.contains("not plain text"), "{}", seen.proposal.reason);
    assert!(provider.requests().is_empty());
}

#[tokio::test]
async fn the_classifier_learns_from_the_examples_and_a_model_is_measured_against_it() {
    let input = taught();
    let alone = chained(&classify(), &input, None).await;
    let Output::Label { label: chosen, .. } = &alone.proposal.output else { unreachable!("a label was asked for") };
    assert_eq!(chosen.as_deref(), Some("meals"), "{:?}", alone.proposal);
    let same = check(&classify(), &input, &scripted(&[&label(json!("meals"))])).await;
    let other = check(&classify(), &input, &scripted(&[&label(json!("equipment"))])).await;
    assert!(same.proposal.score > Some(500) && other.proposal.score < Some(500));
    let invented = label(json!("meals")).replace("lunch with a guest", "a quote of its own");
    let invented = check(&classify(), &input, &scripted(&[&invented])).await;
    assert!(invented.proposal.score.is_none() && invented.proposal.reason.contains("do not stand"));
    let none = check(&classify(), &input, &scripted(&[&label(Json::Null)])).await;
    assert_eq!(none.verdict, Verdict::Escalate { why: Doubt::NothingFits });
}

/// An answer whose server tells how probable it was, as a logarithm.
fn probable(said: &str, logarithm: f64) -> Scripted {
    let body = json!({
        "model": "scripted-model",
        "choices": [{
            "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said},
            "logprobs": {"content": [{"token": said, "logprob": logarithm}]},
        }],
    });
    Scripted::new().unwrap().replies(200, body.to_string())
}

#[tokio::test]
async fn a_model_is_as_sure_as_its_server_tells_and_then_asked_once() {
    let judge = step(AgentWork::Judge {
        criterion: "it is about a meal".to_owned(),
        guideline: None,
        subject: vec!["purpose".to_owned()],
    });
    let scale = vec![ScaleMark { mark: 1, words: "low".to_owned() }, ScaleMark { mark: 3, words: "high".to_owned() }];
    let field = "risk".to_owned();
    let score = step(AgentWork::Score { field, subject: vec!["purpose".to_owned()], scale });
    let mut input = input(None);
    input.fields.push(self::field("risk", FieldKind::Number));
    let says = |property: &str, value: Json| {
        json!({"quotes": ["lunch with a guest"], "reason": "a meal", property: value}).to_string()
    };
    for (step, said) in
        [(&classify(), label(json!("meals"))), (&judge, says("holds", json!(true))), (&score, says("mark", json!(2)))]
    {
        let provider = Arc::new(probable(&said, -0.105_360_5));
        let seen = check(step, &input, &provider).await;
        assert_eq!((seen.proposal.score, seen.proposal.measured), (Some(900), Some(Measure::Probability)), "{said}");
        assert_eq!(provider.requests().len(), 1, "{said}");
        // Nobody tells: votes do, and a repair is held against them.
        let provider = scripted(&["Let me see.", &said, &said, &said]);
        let seen = check(step, &input, &provider).await;
        assert_eq!((seen.proposal.score, seen.proposal.measured), (Some(800), Some(Measure::Votes)), "{said}");
        assert_eq!(provider.requests().len(), 4, "{said}");
    }
}

#[tokio::test]
async fn a_step_that_does_not_fit_its_process_is_told() {
    let chain = Chain::new(None).unwrap();
    let call = CallCtx { key: "k".to_owned(), ..CallCtx::default() };
    for work in [
        AgentWork::Classify { field: "purpose".to_owned(), subject: vec![] },
        AgentWork::Classify { field: "nothing".to_owned(), subject: vec![] },
        AgentWork::Extract { document: "receipt".to_owned(), fields: vec!["unknown".to_owned()] },
    ] {
        let error = chain.decide(&step(work.clone()), &input(Some(RECEIPT)), &call).await.unwrap_err();
        assert!(matches!(error, DecideError::Step(_)), "{work:?}: {error}");
    }
}

#[test]
fn the_input_digest_follows_what_is_shown() {
    let (one, step) = (input(Some(RECEIPT)), extract());
    assert_eq!(one.digest(&step), input(Some(RECEIPT)).digest(&step));
    assert_ne!(one.digest(&step), input(Some("other")).digest(&step));
    assert_ne!(one.digest(&step), one.digest(&classify()));
}

/// A model that notes of each question whether it is marked as one that shows what only some may see.
struct Watched {
    script: Arc<Scripted>,
    marked: Mutex<Vec<bool>>,
}

impl Provider for Watched {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        self.marked.lock().unwrap().push(request.call.personal);
        self.script.complete(request)
    }

    fn name(&self) -> String {
        self.script.name()
    }
}

/// Whether the questions that left for this step are marked, the repair like the first one.
async fn marked(work: AgentWork) -> bool {
    let watched = Arc::new(Watched { script: scripted(&["no", "no"]), marked: Mutex::default() });
    let model = LlmDecider::new(Arc::clone(&watched) as _, Arc::default()).unwrap();
    let call = CallCtx { key: "case/0.0/1/ask".to_owned(), ..CallCtx::default() };
    // What it answers is of no use; only what it was asked counts here.
    let _ = model.decide(&step(work), &input(Some(RECEIPT)), &call).await;
    let marked = watched.marked.lock().unwrap().clone();
    assert!(!marked.is_empty() && marked.iter().all(|one| *one == marked[0]), "{marked:?}");
    marked[0]
}

#[tokio::test]
async fn a_question_about_what_only_some_may_see_is_marked_for_trusted_models() {
    let by = |name: &str| AgentWork::Classify { field: "category".to_owned(), subject: vec![name.to_owned()] };
    assert!(marked(by("salary")).await);
    assert!(!marked(by("purpose")).await);
    // A summary shows what everybody may see, and so any model may write it.
    assert!(!marked(AgentWork::Prepare { reader: Who::Approver }).await);
}

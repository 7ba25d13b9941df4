//! Money, time, rounds, and a provider that goes away.

use futures_util::future::BoxFuture;

use super::*;
use crate::llm::{Answer, ProviderError, Request, spending::Price as Rates};

/// A draft with one fault, each time another.
fn faulty(number: usize) -> Json {
    let quote = Some("The team lead approves the leave within two working days.");
    with(6, line(quote, &format!("- The team lead waves {number} times.")))
}

#[tokio::test]
async fn faults_go_back_three_times_and_no_more() {
    let answers: Vec<Json> = (0..9).map(faulty).collect();
    let (described, requests) = check(&answers, PROSE).await;
    assert_eq!((described.stopped, requests.len()), (Some(Stopped::Rounds), 1 + MAX_RETURNS));
    assert!(described.text.contains("waves 3 times"), "the last of the answers that are equally good");
    let (described, requests) = check(&[faulty(0), faulty(1), faulty(0), good()], PROSE).await;
    assert_eq!((described.stopped, requests.len()), (Some(Stopped::Repeats), 3), "a loop over two answers ends, too");
}

#[tokio::test]
async fn a_question_that_could_cost_too_much_is_not_sent() {
    // The prompt allows 12,000 tokens of answer; an answer of the script counts 100 tokens in and 20 out.
    let price = Price { currency: "EUR".to_owned(), rates: Rates { input: 0, output: 1_000_000 } };
    let limits = |money| Limits { money, price: Some(price.clone()), ..Limits::default() };
    let (described, requests) = check_over(script(&[good()]), PROSE, limits(11_999)).await;
    assert_eq!((described.stopped, requests.len()), (Some(Stopped::Money), 0));
    let (described, requests) = check_over(script(&[faulty(0), good()]), PROSE, limits(12_019)).await;
    assert_eq!((described.stopped, requests.len()), (Some(Stopped::Money), 1));
    assert_eq!(described.spent.cost.as_deref(), Some("0.000020 EUR"));
    assert!(!described.complete && described.text.contains("waves 0 times"), "a part of a draft, marked as such");
    let (described, _) = check_over(script(&[faulty(0), good()]), PROSE, limits(12_020)).await;
    assert!(described.complete && described.spent.questions == 2);
}

#[tokio::test]
async fn a_provider_that_goes_away_leaves_what_there_was() {
    let script = script(&[faulty(0)]).breaks().breaks().breaks();
    let (described, _) = check_over(script, PROSE, Limits::default()).await;
    let Some(Stopped::Unreachable { words }) = &described.stopped else { panic!("{:?}", described.stopped) };
    assert!(words.contains("could not be reached"), "{words}");
    assert!(!described.complete && described.text.contains("waves 0 times"));
    assert_eq!(described.spent.questions, 2, "the server may have charged for what it did not deliver");
}

/// A server that takes a question and never answers.
struct Hangs;

impl Provider for Hangs {
    fn complete<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(std::future::pending())
    }

    fn name(&self) -> String {
        "hangs".to_owned()
    }
}

#[tokio::test]
async fn time_is_up_at_some_point() {
    for (time, questions) in [(Duration::ZERO, 0), (Duration::from_millis(5), 1)] {
        let limits = Limits { time, ..Limits::default() };
        let describer = Describer::new(Some(Arc::new(Hangs)), limits).unwrap();
        let described = describer.describe(PROSE).await.unwrap();
        assert_eq!((described.stopped, described.spent.questions), (Some(Stopped::Time), questions));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_before_anything_is_spent() {
    let provider = Arc::new(Scripted::new().unwrap());
    let describer = Describer::new(Some(Arc::clone(&provider) as _), Limits::default()).unwrap();
    assert!(matches!(describer.describe(" \n").await, Err(DescribeError::Empty(_))));
    let long = "Somebody does something. ".repeat(MAX_PROSE_CHARS / 20);
    let error = describer.describe(&long).await.unwrap_err();
    assert!(matches!(error, DescribeError::TooLong { .. }), "{error}");
    let error = describer.change("# A\n", &Attachments::default(), &long).await.unwrap_err();
    assert!(matches!(error, DescribeError::TooLong { .. }), "{error}");
    assert!(provider.requests().is_empty());
    let alone = Describer::new(None, Limits::default()).unwrap();
    let error = alone.describe(PROSE).await.unwrap_err();
    assert!(error.to_string().contains("COUNTERSIGN_MODEL_URL") && !alone.is_ready());
}

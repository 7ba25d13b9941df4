//! Which stages are asked, whose answer is taken, and what is kept of the others.

use super::*;
use crate::llm::Provider;

/// Three stages: the built-in engine and two scripts.
struct Staged {
    small: Arc<Scripted>,
    strong: Arc<Scripted>,
    chain: Chain,
}

impl Staged {
    fn new(small: Scripted, strong: Scripted) -> Self {
        let (small, strong) = (Arc::new(small), Arc::new(strong));
        let models = |provider: &Arc<Scripted>| Some(Arc::clone(provider) as Arc<dyn Provider>);
        let stages = vec![
            ("offline".to_owned(), None),
            ("small".to_owned(), models(&small)),
            ("strong".to_owned(), models(&strong)),
        ];
        let chain = Chain::new(models(&small)).unwrap().staged("classify", stages).unwrap();
        Self { small, strong, chain }
    }

    fn says(small: &str, strong: &str) -> Self {
        Self::new(Scripted::new().unwrap().says(small), Scripted::new().unwrap().says(strong))
    }

    /// Asks by these limits, and expects so many questions to each model, this word from this stage, and a part of the
    /// reason.
    async fn check(&self, limits: Option<[Option<u32>; 3]>, asked: (usize, usize), expected: (&str, u32, &str)) {
        self.check_kept(&[], limits, asked, expected).await;
    }

    /// The same where these answers are kept for people.
    async fn check_kept(
        &self,
        kept: &[&str],
        limits: Option<[Option<u32>; 3]>,
        asked: (usize, usize),
        (word, stage, why): (&str, u32, &str),
    ) {
        let input = taught();
        let limits = limits.map(|limits| limits.to_vec());
        let kept = kept.iter().map(|word| (*word).to_owned()).collect();
        let call = CallCtx { key: "case/0.0/1/ask".to_owned(), limits, kept, ..CallCtx::default() };
        let seen = gated(&classify(), &input, self.chain.decide(&classify(), &input, &call).await.unwrap());
        let Output::Label { label, .. } = &seen.proposal.output else { unreachable!("a label was asked for") };
        let cascade = seen.proposal.cascade.as_ref().unwrap();
        assert_eq!((self.small.requests().len(), self.strong.requests().len()), asked, "{cascade:?}");
        assert_eq!((label.as_deref(), cascade.answered), (Some(word), stage), "{cascade:?}");
        assert!(seen.proposal.reason.contains(why), "{why}: {}", seen.proposal.reason);
        // What is kept tells who was asked: the same as what left.
        let kept = |place: usize| cascade.stages[place].asked.as_ref().is_some_and(|one| one.said.is_some());
        let taken = &cascade.stages[stage as usize];
        assert!(kept(stage as usize) && taken.engine == seen.proposal.engine, "{cascade:?}");
        assert_eq!(taken.asked.as_ref().unwrap().score, seen.proposal.score);
        assert_eq!(self.chain.cascade(&classify(), &input, "k").unwrap().prompt, cascade.prompt);
    }
}

const ANY: Option<u32> = Some(0);
const NEVER: Option<u32> = Some(1_001);

#[tokio::test]
async fn without_a_certificate_every_stage_is_asked_and_the_last_suggests() {
    let staged = Staged::says(&label(json!("meals")), &label(json!("travel")));
    staged.check(None, (1, 1), ("travel", 2, "a meal")).await;
    let planned = staged.chain.cascade(&classify(), &taught(), "k").unwrap();
    assert_eq!(planned.engine(), "offline > scripted:demo > scripted:demo");
    // Another kind of work is asked as ever.
    assert!(staged.chain.cascade(&extract(), &taught(), "k").is_none());
}

#[tokio::test]
async fn the_first_stage_that_is_sure_enough_ends_it() {
    let staged = || Staged::says(&label(json!("meals")), &label(json!("travel")));
    staged().check(Some([ANY, ANY, ANY]), (0, 0), ("meals", 0, "most like")).await;
    staged().check(Some([NEVER, Some(501), ANY]), (1, 0), ("meals", 1, "a meal")).await;
    // The last stage differs from the built-in engine, so that it is not sure.
    staged().check(Some([NEVER, NEVER, Some(501)]), (1, 1), ("travel", 2, "a meal")).await;
    // A stage that may settle nothing is not asked, but for the last.
    staged().check(Some([None, None, ANY]), (0, 1), ("travel", 2, "a meal")).await;
    staged().check(Some([NEVER, None, None]), (0, 1), ("travel", 2, "a meal")).await;
}

#[tokio::test]
async fn an_answer_that_is_kept_for_people_settles_nothing() {
    let staged = || Staged::says(&label(json!("meals")), &label(json!("travel")));
    staged().check_kept(&["travel"], Some([ANY, ANY, ANY]), (0, 0), ("meals", 0, "most like")).await;
    staged().check_kept(&["meals"], Some([ANY, ANY, ANY]), (1, 1), ("travel", 2, "a meal")).await;
    staged().check_kept(&["meals", "travel"], Some([ANY, ANY, ANY]), (1, 1), ("travel", 2, "a meal")).await;
}

#[tokio::test]
async fn it_is_planned_how_sure_each_stage_will_be_found_to_be() {
    let staged = Staged::says(&label(json!("meals")), &label(json!("travel")));
    let measures = |input: &DecisionInput| -> Vec<Option<Measure>> {
        let planned = staged.chain.cascade(&classify(), input, "k").unwrap();
        planned.stages.iter().map(|stage| stage.measured).collect()
    };
    assert_eq!(measures(&taught()), [None, Some(Measure::Examples), Some(Measure::Examples)]);
    let untaught = DecisionInput { examples: BTreeMap::new(), ..taught() };
    assert_eq!(measures(&untaught), [None, Some(Measure::Votes), Some(Measure::Votes)]);
}

#[tokio::test]
async fn a_stage_without_an_answer_is_passed_over_and_the_certificate_no_longer_counts() {
    let broken = || (0..3).fold(Scripted::new().unwrap(), |script, _| script.breaks());
    let says = |word: &str| Scripted::new().unwrap().says(label(json!(word)));
    let staged = Staged::new(broken(), says("travel"));
    // The last limit would be reached; that nobody answered before it leaves every stage to be asked all the same.
    staged.check(Some([NEVER, ANY, ANY]), (3, 1), ("travel", 2, "the stage small did not answer")).await;
    let staged = Staged::new(says("meals"), broken());
    staged.check(None, (1, 3), ("meals", 1, "the stage strong did not answer")).await;
    let staged = Staged::new(broken(), broken());
    staged.check(Some([NEVER, ANY, ANY]), (3, 3), ("meals", 0, "the stage strong did not answer")).await;
    // What breaks its form or says that nothing fits is no answer either.
    let odd = Scripted::new().unwrap().says("no").says("no");
    Staged::new(says("meals"), odd).check(None, (1, 2), ("meals", 1, "a meal")).await;
    Staged::says(&label(json!("meals")), &label(Json::Null))
        .check(Some([NEVER, NEVER, ANY]), (1, 1), ("meals", 1, "a meal"))
        .await;
}

#[tokio::test]
async fn what_is_forgiven_lowers_the_score_that_is_measured() {
    let score = async |answer: String| {
        let seen = check(&classify(), &taught(), &scripted(&[&answer])).await;
        assert_eq!(seen.proposal.score, seen.decided.proposal.score);
        seen.proposal.score.unwrap()
    };
    let clean = label(json!("meals"));
    let (whole, fenced) = (score(clean.clone()).await, score(format!("```json\n{clean}\n```")).await);
    let prose = score(format!("Surely:\n```json\n{clean}\n```\nAnything else?")).await;
    assert_eq!((fenced, prose), (whole * 9 / 10, whole * 9 / 10 * 9 / 10 * 9 / 10));
    assert!(prose < fenced && fenced < whole, "{prose} {fenced} {whole}");
}

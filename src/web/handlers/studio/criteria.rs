//! The examples of a draft's criteria: texts with their right answer.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::definition::{CriterionExample, RightAnswer};

use super::title_of;
use crate::{
    language::{self, Attachments},
    runtime::{Problem, criteria::example_key, drafts::Beside},
    store::Draft,
    web::{
        address::Path,
        catalogue::text::criteria as text,
        front::Front,
        halt::Answer,
        handlers::{first_of, go_to},
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::criteria::{CriteriaView, CriterionView, ExampleView, Typed, page as criteria_page},
    },
};

/// The part of a draft's address.
const PART: &str = "criteria";

/// `GET /studio/{draft}/criteria`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(criteria_page(&shell, &view(&draft)).into_response())
}

/// `POST /studio/{draft}/criteria`: adds an example, changes one, or takes one away.
pub(in crate::web) async fn change(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let (runtime, acting) = (front.runtime(), me.acting());
    let draft = runtime.draft(&acting, &id).await?;
    let typed = Typed {
        criterion: posted.get("criterion").to_owned(),
        was: posted.get("was").to_owned(),
        answer: RightAnswer::ALL.into_iter().find(|answer| answer.words() == posted.get("answer")),
        text: posted.whole("text").replace("\r\n", "\n"),
        because: posted.get("because").to_owned(),
    };
    let (criterion, was) = (typed.criterion.as_str(), typed.was.as_str());
    let (done, said) = match typed.answer {
        _ if criterion.is_empty() => (Err(text::NO_CRITERION.to_owned()), ""),
        _ if posted.get("do") == "remove" => {
            (told(runtime.remove_example(&acting, &id, criterion, was).await)?, text::REMOVED)
        }
        None => (Err(text::NO_ANSWER.to_owned()), ""),
        Some(answer) => {
            let example = CriterionExample { text: typed.text.clone(), answer, because: typed.because.clone() };
            (told(runtime.put_example(&acting, &id, criterion, was, &example).await)?, text::SAVED)
        }
    };
    let Err(problem) = done else {
        front.say(&me, said);
        return Ok(go_to(&paths::draft_part(&id, PART)));
    };
    let view = CriteriaView { problem: Some((problem, typed)), ..view(&draft) };
    let shell = front.shell(&me, uri.path()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, criteria_page(&shell, &view)).into_response())
}

/// What is wrong with what was typed, as a sentence; what is wrong beyond that is not for this page.
fn told(done: Result<(), Problem>) -> Result<Result<(), String>, Problem> {
    match done {
        Ok(()) => Ok(Ok(())),
        Err(Problem::Faults(faults)) => Ok(Err(first_of(&faults))),
        Err(problem) => Err(problem),
    }
}

fn view(draft: &Draft) -> CriteriaView {
    let mut all = Beside::of(draft).criteria;
    // Examples without a sentence are an error of the text, which would hide what the text asks.
    let attachments = Attachments { criteria: BTreeMap::new(), ..Beside::of(draft).attachments() };
    let compiled = language::compile(&draft.text, &attachments);
    let mut criteria: Vec<CriterionView> = Vec::new();
    if let Some(definition) = &compiled.draft {
        for asked in language::criteria(definition) {
            // The words may be spaced in more than one way; what the text is published with has all of them.
            let named = |name: &String| language::criterion_named(definition, name) == Some(asked);
            let known: Vec<String> = all.keys().filter(|name| named(name)).cloned().collect();
            for name in &known {
                let examples = all.remove(name).unwrap_or_default();
                criteria.push(criterion(name.clone(), &examples, true));
            }
            if known.is_empty() {
                criteria.push(criterion(asked.to_owned(), &[], true));
            }
        }
    }
    // Before the whole text is understood nobody can tell what it asks.
    let asked = compiled.draft.is_none();
    criteria.extend(all.iter().map(|(name, examples)| criterion(name.clone(), examples, asked)));
    CriteriaView { id: draft.id.clone(), title: title_of(draft), criteria, problem: None }
}

fn criterion(words: String, examples: &[CriterionExample], asked: bool) -> CriterionView {
    let numbered = examples.iter().enumerate().map(|(place, example)| ExampleView {
        number: place + 1,
        key: example_key(example),
        example: example.clone(),
    });
    let file = if examples.is_empty() { String::new() } else { language::write_criterion(&words, examples) };
    CriterionView { examples: numbered.collect(), file, words, asked }
}

//! Questions about a process, whose answers become its sentences.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use serde::Deserialize;

use super::title_of;
use crate::{
    language::{self, Answers, Interview, InterviewQuestion, QuestionId},
    runtime::drafts::{Beside, Save, Saved},
    store::Draft,
    web::{
        address::{Path, Query},
        catalogue::text::studio as text,
        format::capital,
        front::Front,
        halt::{Answer, Halt},
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        understood::quoted,
        views::studio::interview::{Asked, Grown, InterviewView, page as interview_page},
    },
};

/// Which question is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    question: String,
    /// The question that was answered last.
    said: String,
}

/// `GET /studio/{draft}/interview`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let beside = Beside::of(&draft);
    let answers = answers(&beside);
    let found = language::interview(&answers);
    let asked = question(&wanted.question).or(found.next);
    let view = InterviewView {
        asked: asked.map(|asked| Asked { problem: problem(&found, asked.id), ..shown(&answers, &asked) }),
        ..view(&draft, &answers, &found, &wanted.said)
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(interview_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/interview`: takes an answer and writes what it says into the text. An answer that cannot be
/// used comes back with the reason, and changes nothing.
pub(in crate::web) async fn answer(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let asked = question(posted.get("question")).ok_or_else(Halt::not_found)?;
    let mut beside = Beside::of(&draft);
    let nothing = asked.optional && posted.get("nothing") == "yes";
    let said = if nothing { String::new() } else { posted.get("answer").replace("\r\n", "\n") };
    let before = answers(&beside);
    let mut after = before.clone();
    after.0.insert(asked.id, said.clone());
    let found = language::interview(&after);
    if let Some(problem) = problem(&found, asked.id) {
        let asked = Asked { problem: Some(problem), answer: said, ..shown(&before, &asked) };
        let view = InterviewView { asked: Some(asked), ..view(&draft, &before, &language::interview(&before), "") };
        let shell = front.shell(&me, uri.path()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, interview_page(&shell, &view)).into_response());
    }
    let save = Save { base: beside.answered, text: found.text.clone(), aside: None };
    match front.runtime().save_draft(&me.acting(), &id, save).await? {
        Saved::Shown { own, .. } => beside.answered = own,
        Saved::Aside { number, .. } => {
            beside.answered = number;
            front.say(&me, text::INTERVIEW_ASIDE);
        }
    }
    beside.answers = Some(after.0.iter().map(|(question, said)| (name(*question), said.clone())).collect());
    front.runtime().put_beside(&me.acting(), &id, &beside).await?;
    Ok(go_to(&format!("{}?said={}", paths::draft_part(&id, "interview"), name(asked.id))))
}

/// Why the answer to a question cannot be used, as it does not fit the others or is not understood.
fn problem(found: &Interview, question: QuestionId) -> Option<String> {
    let refused = found.refused.iter().find(|refused| refused.question == question)?;
    let why = format!("{}. {}.", capital(refused.message.trim_end_matches('.')), capital(&refused.hint));
    Some(quoted(&why))
}

fn view(draft: &Draft, answers: &Answers, found: &Interview, last: &str) -> InterviewView {
    let answered = language::questions().iter().filter_map(|question| {
        let said = answers.0.get(&question.id).filter(|_| problem(found, question.id).is_none())?;
        Some((name(question.id), question.ask.to_owned(), said.clone()))
    });
    let sentences = found.sentences.iter().map(|sentence| Grown {
        words: found.text.get(sentence.start..sentence.end).unwrap_or_default().to_owned(),
        question: name(sentence.question),
        fresh: name(sentence.question) == last,
    });
    InterviewView {
        id: draft.id.clone(),
        title: title_of(draft),
        asked: None,
        answered: answered.collect(),
        sentences: sentences.collect(),
        open: found.open.len(),
    }
}

fn shown(answers: &Answers, question: &InterviewQuestion) -> Asked {
    let before = language::questions()
        .iter()
        .take_while(|other| other.id != question.id)
        .filter(|other| answers.0.contains_key(&other.id))
        .last();
    Asked {
        id: name(question.id),
        ask: question.ask.to_owned(),
        why: format!("{}.", capital(question.why)),
        example: question.example.to_owned(),
        optional: question.optional,
        lines: question.lines,
        answer: answers.0.get(&question.id).cloned().unwrap_or_default(),
        problem: None,
        before: before.map(|before| name(before.id)),
    }
}

/// What was answered so far; what is no question of today is left out.
fn answers(beside: &Beside) -> Answers {
    let said: BTreeMap<String, String> = beside.answers.clone().unwrap_or_default();
    Answers(said.into_iter().filter_map(|(name, said)| Some((question(&name)?.id, said))).collect())
}

/// What names a question in forms and in what is kept.
fn name(question: QuestionId) -> String {
    serde_json::to_value(question).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn question(named: &str) -> Option<InterviewQuestion> {
    language::questions().iter().find(|question| name(question.id) == named).copied()
}

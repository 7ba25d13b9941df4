//! "Write it for me": a model writes a text from the prose beside a draft, and the page says where each sentence
//! comes from. Nothing of the draft is lost by it.

use axum::{extract::State, http::Uri, response::IntoResponse as _};

use super::{saved_by, title_of};
use crate::{
    describe::{DescribeError, Provenance},
    runtime::{
        drafts::{Beside, Save, Saved},
        wishes::{Nothing, Writing},
    },
    store::Draft,
    web::{
        address::Path,
        catalogue::text::{studio, written as text},
        format::capital,
        front::Front,
        halt::Answer,
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        understood,
        views::studio::writing::{Line, Question, WritingView, page as writing_page},
    },
};

/// `GET /studio/{draft}/writing`: where each sentence comes from.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let beside = Beside::of(&draft);
    let Some(writing) = beside.writing.clone() else {
        return Ok(go_to(&paths::draft_part(&id, "prose")));
    };
    let view = view(&front, &me, &draft, &beside, writing);
    let shell = front.shell(&me, uri.path()).await?;
    Ok(writing_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/writing`: has the text written, or takes a question out that is answered. When the model
/// gives nothing, the draft stays as it is.
pub(in crate::web) async fn write(
    State(front): State<Front>,
    me: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    if !posted.get("answered").is_empty() {
        return answered(&front, &me, &id, posted.get("answered")).await;
    }
    match front.runtime().write_draft(&me.acting(), &id).await? {
        Ok(Saved::Shown { .. }) => {}
        Ok(Saved::Aside { .. }) => front.say(&me, studio::WRITTEN_ASIDE),
        Err(nothing) => {
            front.say(&me, why(&nothing));
            return Ok(go_to(&paths::draft_part(&id, "prose")));
        }
    }
    Ok(go_to(&paths::draft_part(&id, "writing")))
}

async fn answered(front: &Front, me: &SignedIn, id: &str, ask: &str) -> Answer {
    let (runtime, acting) = (front.runtime(), me.acting());
    let draft = runtime.draft(&acting, id).await?;
    if let Some(text) = understood::answered(&draft.text, &Beside::of(&draft).attachments(), ask) {
        runtime.save_draft(&acting, id, Save { base: draft.revision, text, aside: None }).await?;
        front.say(me, text::TAKEN_OUT);
    }
    Ok(go_to(&paths::draft_part(id, "writing")))
}

/// Why a model gave nothing, as a sentence.
pub(super) fn why(nothing: &Nothing) -> String {
    match nothing {
        Nothing::NotAsked(DescribeError::NoModel) => studio::NO_MODEL.to_owned(),
        Nothing::NotAsked(error) => format!("{}.", capital(&error.to_string())),
        Nothing::NoAnswer(Some(stopped)) => text::nothing(&stopped.words()),
        Nothing::NoAnswer(None) => text::NOTHING.to_owned(),
    }
}

fn view(front: &Front, me: &SignedIn, draft: &Draft, beside: &Beside, writing: Writing) -> WritingView {
    let compiled = super::steps::compiled(draft);
    let asks = |ask: &str| compiled.questions.iter().any(|question| understood::asks(&question.text, ask));
    let spoken = writing.sentences.iter().filter(|one| one.provenance != Provenance::Structure).count();
    let stated = writing.sentences.iter().filter(|one| one.provenance == Provenance::Stated).count();
    let questions: Vec<Question> =
        writing.questions.into_iter().map(|asked| Question { open: asks(&asked.ask), asked }).collect();
    let lines = writing.sentences.into_iter();
    WritingView {
        title: title_of(draft),
        opening: text::opening(spoken, stated, questions.iter().filter(|one| one.open).count()),
        stopped: writing.stopped.filter(|_| !writing.complete),
        by: saved_by(front, me, &writing.by, writing.at),
        lines: lines.map(|one| Line { stands: draft.text.contains(&one.text), written: one }).collect(),
        questions,
        dropped: writing.dropped,
        refused: writing.refused,
        unaccounted: writing.unaccounted,
        prose: beside.prose.clone(),
        id: draft.id.clone(),
    }
}

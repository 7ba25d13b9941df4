//! A change that somebody wishes for in their own words: proposed as sentences that differ, taken or discarded.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};

use super::{saved_by, title_of, writing::why};
use crate::{
    language::patch::SentenceDiff,
    runtime::{
        drafts::{Beside, Saved},
        wishes::Nothing,
    },
    store::Draft,
    web::{
        address::Path,
        catalogue::text::written as text,
        front::Front,
        halt::{Answer, Halt},
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::changes::{ChangesView, Proposed, page as changes_page},
    },
};

/// `GET /studio/{draft}/changes`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let view = view(&front, &me, &draft).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(changes_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/changes`: a wish; or what stands proposed is taken, discarded, or undone.
pub(in crate::web) async fn act(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let (runtime, acting) = (front.runtime(), me.acting());
    let back = paths::draft_part(&id, "changes");
    let (saved, done, gone) = match posted.get("do") {
        "take" => (runtime.take_wish(&acting, &id).await?, text::WISH_TAKEN, text::WISH_GONE),
        "undo" => (runtime.undo_wish(&acting, &id).await?, text::WISH_UNDONE, text::WISH_NOTHING_TO_UNDO),
        "discard" => {
            runtime.discard_wish(&acting, &id).await?;
            front.say(&me, text::WISH_DISCARDED);
            return Ok(go_to(&back));
        }
        _ => return wish(&front, &me, &uri, &id, &posted).await,
    };
    match saved {
        Some(Saved::Shown { .. }) => front.say(&me, done),
        Some(Saved::Aside { number, .. }) => {
            front.say(&me, text::WISH_ASIDE);
            return Ok(go_to(&paths::draft_aside(&id, number)));
        }
        None => front.say(&me, gone),
    }
    Ok(go_to(&back))
}

async fn wish(front: &Front, me: &SignedIn, uri: &Uri, id: &str, posted: &Posted) -> Answer {
    let request = posted.get("request");
    let (status, problem) = if request.is_empty() {
        front.runtime().draft(&me.acting(), id).await?;
        (StatusCode::UNPROCESSABLE_ENTITY, text::WISH_EMPTY.to_owned())
    } else {
        match front.runtime().wish(&me.acting(), id, request).await? {
            Ok(()) => return Ok(go_to(&paths::draft_part(id, "changes"))),
            Err(nothing @ Nothing::NotAsked(_)) => (StatusCode::UNPROCESSABLE_ENTITY, why(&nothing)),
            Err(nothing @ Nothing::NoAnswer(_)) => (StatusCode::BAD_GATEWAY, why(&nothing)),
        }
    };
    let draft = front.runtime().draft(&me.acting(), id).await?;
    let view = ChangesView { problem: Some(problem), request: request.to_owned(), ..view(front, me, &draft).await? };
    let shell = front.shell(me, uri.path()).await?;
    Ok((status, changes_page(&shell, &view)).into_response())
}

fn is_question(sentence: &str) -> bool {
    sentence.trim_start_matches(['-', ' ']).starts_with("Question:")
}

async fn view(front: &Front, me: &SignedIn, draft: &Draft) -> Result<ChangesView, Halt> {
    let beside = Beside::of(draft);
    let proposed = match beside.wish {
        None => None,
        Some(wish) => {
            let applied = front.runtime().wished(&me.acting(), &draft.id, &wish).await?;
            Some(Proposed {
                about: saved_by(front, me, &wish.by, wish.at),
                moved: wish.revision != draft.revision,
                // What cannot be carried out has no sentences; what no longer fits must be asked for again. What is
                // assumed stands in a list of its own.
                diff: applied.filter(|_| wish.cannot.is_none()).map(|applied| {
                    let stated =
                        |one: &SentenceDiff| !one.new.as_ref().is_some_and(|new| is_question(&new.sentence.text));
                    applied.diff.into_iter().filter(stated).collect()
                }),
                request: wish.request,
                cannot: wish.cannot,
                questions: wish.questions,
            })
        }
    };
    Ok(ChangesView {
        title: title_of(draft),
        model: front.runtime().describer().is_ready(),
        empty: draft.text.trim().is_empty(),
        proposed,
        taken: beside.taken.map(|taken| (taken.request.clone(), saved_by(front, me, &taken.by, taken.at))),
        request: String::new(),
        problem: None,
        id: draft.id.clone(),
    })
}

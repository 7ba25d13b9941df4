//! A draft becomes the version that new cases follow, or is rehearsed with real people before that.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};

use super::{read, title_of};
use crate::{
    runtime::{drafts::Beside, publish::Published, rehearsal::Begun},
    store::Baseline,
    web::{
        address::Path,
        catalogue::{
            publication,
            text::{publication as asked, studio as text},
        },
        front::Front,
        halt::{Answer, Halt},
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        understood::{Found, Understood, Weight},
        views::studio::publish::{PublishView, RehearseView, page as publish_page, rehearse as rehearse_page},
    },
};

/// `GET /studio/{draft}/publish`: what would change, what was proven, and the question.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let view = view(&front, &me, &id).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(publish_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/publish`: publishes the revision that was shown, and no other.
pub(in crate::web) async fn publish(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let refused = match baseline(&posted) {
        None => (StatusCode::UNPROCESSABLE_ENTITY, asked::BAD_BASELINE),
        Some(_) if !read(&front, &draft).await?.is_publishable() => {
            (StatusCode::UNPROCESSABLE_ENTITY, text::PUBLISH_NOT_YET)
        }
        Some(baseline) => {
            let seen = posted.get("revision").parse().unwrap_or_default();
            match front.runtime().publish_draft(&me.acting(), &id, seen, Some(baseline)).await? {
                Some(Published::Version { process, unchanged, .. }) => {
                    let title = title_of(&draft);
                    front.say(&me, if unchanged { text::unchanged(&title) } else { text::published(&title) });
                    return Ok(go_to(&paths::process(&process)));
                }
                Some(Published::Refused(_)) => (StatusCode::UNPROCESSABLE_ENTITY, text::PUBLISH_NOT_YET),
                None => (StatusCode::CONFLICT, text::PUBLISH_MOVED),
            }
        }
    };
    let mut view = view(&front, &me, &id).await?;
    view.problem = Some(refused.1.to_owned());
    let shell = front.shell(&me, uri.path()).await?;
    Ok((refused.0, publish_page(&shell, &view)).into_response())
}

/// `GET /studio/{draft}/rehearsal`: what a rehearsal is, and the question.
pub(in crate::web) async fn rehearsal(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let read = read(&front, &draft).await?;
    let view = RehearseView {
        title: title_of(&draft),
        publishable: read.is_publishable(),
        open: open(&read),
        revision: draft.revision,
        id: draft.id,
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(rehearse_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/rehearsal`: begins one, or goes on with the one that runs.
pub(in crate::web) async fn rehearse(
    State(front): State<Front>,
    me: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let moved = posted.get("revision").parse() != Ok(draft.revision);
    if moved || !read(&front, &draft).await?.is_publishable() {
        front.say(&me, if moved { text::PUBLISH_MOVED } else { text::PUBLISH_NOT_YET });
        return Ok(go_to(&paths::draft(&id)));
    }
    let attachments = Beside::of(&draft).attachments();
    match front.runtime().begin_rehearsal(&me.acting(), &draft.text, &attachments).await? {
        Begun::Rehearsal { process, .. } => Ok(go_to(&paths::process(&process))),
        Begun::Refused(_) => {
            front.say(&me, text::PUBLISH_NOT_YET);
            Ok(go_to(&paths::draft(&id)))
        }
    }
}

async fn view(front: &Front, me: &SignedIn, id: &str) -> Result<PublishView, Halt> {
    let draft = front.runtime().draft(&me.acting(), id).await?;
    let read = read(front, &draft).await?;
    let attachments = Beside::of(&draft).attachments();
    let publication = front.runtime().publication(&me.acting(), &draft.text, &attachments).await?.ok();
    Ok(PublishView {
        title: title_of(&draft),
        new: publication.as_ref().map_or(draft.process.is_none(), |publication| publication.first),
        revision: draft.revision,
        publishable: read.is_publishable(),
        open: open(&read),
        groups: publication.as_ref().map(publication::groups).unwrap_or_default(),
        baseline: publication.and_then(|publication| publication.baseline),
        proof: read.proof,
        problem: None,
        id: draft.id,
    })
}

/// The problems and questions that are left, each with its line.
fn open(read: &Understood) -> Vec<String> {
    let stops = |found: &&Found| matches!(found.weight, Weight::Problem | Weight::Question);
    read.found.iter().filter(stops).map(|found| text::open_at(found.line, &found.message)).collect()
}

/// How it is today, as far as it was measured; `None` when what was typed is no number.
fn baseline(posted: &Posted) -> Option<Baseline> {
    let number = |name: &str| match posted.get(name) {
        "" => Some(None),
        typed => typed.parse().ok().map(Some),
    };
    Some(Baseline { cycle_hours: number("cycle_hours")?, weekly_cases: number("weekly_cases")? })
}

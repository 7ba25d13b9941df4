//! A draft becomes the version that new cases follow.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};

use super::{read, title_of};
use crate::{
    runtime::publish::Published,
    web::{
        catalogue::text::studio as text,
        front::Front,
        halt::{Answer, Halt},
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::publish::{PublishView, page as publish_page},
    },
};

/// `GET /studio/{draft}/publish`: what will hold, and the question.
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
    let seen = posted.get("revision").parse().unwrap_or_default();
    let title = title_of(&front.runtime().draft(&me.acting(), &id).await?);
    let (status, problem) = match front.runtime().publish_draft(&me.acting(), &id, seen).await? {
        Some(Published::Version { process, unchanged, .. }) => {
            front.say(&me, if unchanged { text::unchanged(&title) } else { text::published(&title) });
            return Ok(go_to(&paths::process(&process)));
        }
        Some(Published::Refused(_)) => (StatusCode::UNPROCESSABLE_ENTITY, text::PUBLISH_NOT_YET),
        None => (StatusCode::CONFLICT, text::PUBLISH_MOVED),
    };
    let mut view = view(&front, &me, &id).await?;
    view.problem = Some(problem.to_owned());
    let shell = front.shell(&me, uri.path()).await?;
    Ok((status, publish_page(&shell, &view)).into_response())
}

async fn view(front: &Front, me: &SignedIn, id: &str) -> Result<PublishView, Halt> {
    let draft = front.runtime().draft(&me.acting(), id).await?;
    let read = read(front, &draft).await?;
    let known = match &read.definition {
        Some(definition) => front.store().current_version(&definition.id).await?.is_some(),
        None => draft.process.is_some(),
    };
    Ok(PublishView {
        title: title_of(&draft),
        new: !known,
        revision: draft.revision,
        coverage: text::coverage(read.counts),
        publishable: read.is_publishable(),
        proof: read.proof,
        problem: None,
        id: draft.id,
    })
}

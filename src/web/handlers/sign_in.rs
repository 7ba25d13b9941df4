//! Signing in and out: by password, by a one-time link, and as the first administrator.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use countersign_core::people::{ADMINISTRATOR, Person};
use serde::Deserialize;

use super::go_to;
use crate::{
    store::{Link, LinkPurpose},
    web::{
        address::{Path, Query},
        catalogue::text::{said, sign_in as text},
        front::Front,
        halt::{Answer, Halt},
        naming, paths,
        posted::Posted,
        security,
        session::{self, SignedIn, own_address},
        views::sign_in::{Trouble, first as first_page, link as link_page, page as sign_in_page},
    },
};

/// How many people of one name or address are tried.
const NAMESAKES_MAX: usize = 3;

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    back: String,
}

/// `GET /sign-in`.
pub(in crate::web) async fn page(
    State(_): State<Front>,
    me: Option<axum::Extension<SignedIn>>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    if me.is_some() {
        return Ok(go_to(own_address(&wanted.back)));
    }
    Ok(sign_in_page("", None, own_address(&wanted.back)).into_response())
}

/// `POST /session`: the same answer, in the same time, whether or not the name is known.
pub(in crate::web) async fn sign_in(State(front): State<Front>, posted: Posted) -> Answer {
    let (name, back) = (posted.get("name"), own_address(posted.get("back")));
    let again =
        |status: StatusCode, trouble: Trouble| (status, sign_in_page(name, Some(trouble), back)).into_response();
    if !front.shared.attempts.allow(name, front.now()) {
        return Ok(again(StatusCode::TOO_MANY_REQUESTS, Trouble::SlowDown));
    }
    let Some(person) = who_is(&front, name, posted.get("password")).await? else {
        return Ok(again(StatusCode::UNAUTHORIZED, Trouble::Wrong));
    };
    front.shared.attempts.forget(name);
    session::start(&front, &person, go_to(back)).await
}

/// The person of this name or address whose password it is.
async fn who_is(front: &Front, name: &str, password: &str) -> Result<Option<String>, Halt> {
    let people = front.store().people().await?;
    let named = people.into_iter().filter(|row| {
        let matches = |known: &str| known.eq_ignore_ascii_case(name);
        !row.person.disabled && (matches(&row.id) || matches(&row.person.email) || matches(&row.person.name))
    });
    let mut found = Vec::new();
    for row in named.take(NAMESAKES_MAX) {
        found.push((row.id.clone(), front.store().credential(&row.id).await?));
    }
    found.retain(|(_, hash)| hash.is_some());
    if found.is_empty() {
        agrees(front, password, None).await?;
        return Ok(None);
    }
    for (person, hash) in found {
        if agrees(front, password, hash).await? {
            return Ok(Some(person));
        }
    }
    Ok(None)
}

/// Checks a password off the asynchronous threads, a few at a time.
pub(super) async fn agrees(front: &Front, password: &str, hash: Option<String>) -> Result<bool, Halt> {
    let _permit = front.shared.hashing.acquire().await.map_err(|error| Halt::broken(&error))?;
    let password = password.to_owned();
    let checked = tokio::task::spawn_blocking(move || security::password_agrees(&password, hash.as_deref())).await;
    checked.map_err(|error| Halt::broken(&error))
}

/// Hashes a new password off the asynchronous threads; `Err` within says why it cannot be used.
pub(super) async fn hashed(front: &Front, password: &str) -> Result<Result<String, security::PasswordError>, Halt> {
    let _permit = front.shared.hashing.acquire().await.map_err(|error| Halt::broken(&error))?;
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || security::hash_password(&password)).await;
    hashed.map_err(|error| Halt::broken(&error))
}

/// `POST /session/end`.
pub(in crate::web) async fn sign_out(State(front): State<Front>, me: SignedIn) -> Answer {
    session::end(&front, &me, go_to(paths::SIGN_IN)).await
}

/// `GET /sign-in/{token}`: shows what the link would do. Looking does not use it up.
pub(in crate::web) async fn link(State(front): State<Front>, Path(token): Path<String>) -> Answer {
    if makes_first_administrator(&front, &token).await? {
        return Ok(first_page(&token, "", "", None).into_response());
    }
    let link = found(&front, &token, LinkPurpose::SignIn).await?.ok_or_else(gone)?;
    let world = front.runtime().world();
    let person = link.person.as_deref().and_then(|id| world.directory.active(id)).ok_or_else(gone)?;
    Ok(link_page(&token, &person.name).into_response())
}

/// `POST /sign-in/{token}`: uses the link up.
pub(in crate::web) async fn take_link(State(front): State<Front>, Path(token): Path<String>, posted: Posted) -> Answer {
    if makes_first_administrator(&front, &token).await? {
        return first_administrator(&front, &token, &posted).await;
    }
    let digest = security::digest(&token);
    let taken = front.store().take_link(&digest, LinkPurpose::SignIn, front.now()).await?;
    let person = taken.and_then(|link| link.person).ok_or_else(gone)?;
    let world = front.runtime().world();
    world.directory.active(&person).ok_or_else(gone)?;
    let has_password = front.store().credential(&person).await?.is_some();
    let next = if has_password || front.app.site.demo { paths::INBOX } else { paths::ACCOUNT };
    session::start(&front, &person, go_to(next)).await
}

/// Makes the first administrator. What is wrong with the form is told before the link is used up.
async fn first_administrator(front: &Front, token: &str, posted: &Posted) -> Answer {
    let (name, email) = (posted.get("name"), posted.get("email"));
    let again = |problem: &str| -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, first_page(token, name, email, Some(problem))).into_response()
    };
    if let Some(problem) = naming::problem(name, email) {
        return Ok(again(problem));
    }
    let hash = match hashed(front, posted.get("password")).await? {
        Ok(hash) => hash,
        Err(error) => return Ok(again(&format!("{}.", crate::web::format::capital(&error.to_string())))),
    };
    let taken = front.store().take_link(&security::digest(token), LinkPurpose::FirstAdministrator, front.now()).await?;
    taken.ok_or_else(gone)?;
    let person = administrator(front, name, email, &hash).await?;
    session::start(front, &person, go_to(paths::INBOX)).await
}

/// Adds an administrator with a password; they are on record as having added themselves.
pub(super) async fn administrator(front: &Front, name: &str, email: &str, hash: &str) -> Result<String, Halt> {
    let id = naming::new_id(&front.runtime().world().directory, name);
    let person = Person {
        name: name.to_owned(),
        email: email.to_owned(),
        roles: vec![ADMINISTRATOR.to_owned()],
        ..Person::default()
    };
    front.runtime().put_person(&id, &id, &person, false).await?;
    front.store().set_credential(&id, hash, front.now()).await?;
    tracing::info!(person = id, "an administrator was added");
    Ok(id)
}

/// A link from an old log, or from another node, is worth nothing once anybody has a password.
async fn makes_first_administrator(front: &Front, token: &str) -> Result<bool, Halt> {
    let link = found(front, token, LinkPurpose::FirstAdministrator).await?;
    Ok(link.is_some() && front.store().nobody_can_sign_in().await?)
}

async fn found(front: &Front, token: &str, purpose: LinkPurpose) -> Result<Option<Link>, Halt> {
    Ok(front.store().link(&security::digest(token), purpose, front.now()).await?)
}

fn gone() -> Halt {
    Halt::told(StatusCode::GONE, said::LINK_GONE, said::LINK_GONE_WHY, text::NO_PASSWORD)
}

//! The demo: seeing it as another of the sample people, and keeping it without them.

use axum::{extract::State, http::StatusCode, response::IntoResponse as _};

use super::{go_to, sign_in};
use crate::web::{
    catalogue::text::said,
    format::capital,
    front::Front,
    halt::{Answer, Halt},
    naming, paths,
    posted::Posted,
    scene::{Scene, label},
    session::{self, SignedIn, own_address},
    views::demo::{EndView, page as end_page},
};

/// The setting that says whether the samples are there: `on` or `off`.
const DEMO_SETTING: &str = "demo";

/// `POST /demo/person`: signs this browser in as another of the samples.
pub(in crate::web) async fn switch(State(front): State<Front>, me: SignedIn, posted: Posted) -> Answer {
    only_in_demo(&front)?;
    let person = posted.get("person");
    let row = front.store().person(person).await?.filter(|row| row.sample && !row.person.disabled);
    let row = row.ok_or_else(Halt::not_found)?;
    let other = SignedIn { person: row.id.clone(), ..me.clone() };
    let back = if is_open_to(&front, &other, own_address(posted.get("back"))).await {
        own_address(posted.get("back"))
    } else {
        paths::INBOX
    };
    front.store().delete_session(&me.session).await?;
    session::start(&front, &row.id, go_to(back)).await
}

/// Whether the other person may open the page, so that switching never ends at a closed door.
async fn is_open_to(front: &Front, other: &SignedIn, address: &str) -> bool {
    let mut parts = address.split('?').next().unwrap_or_default().split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some("inbox" | "requests" | "cases" | "processes"), None, _) => true,
        (Some("processes"), Some(_), None) => true,
        (Some("cases"), Some(number), None) => match number.parse() {
            Ok(number) => Scene::of_number(front, other, number).await.is_ok(),
            Err(_) => false,
        },
        (Some("tasks"), Some(name), None) => match label(name) {
            Ok((number, task)) => {
                Scene::of_number(front, other, number).await.is_ok_and(|scene| scene.task(task).is_ok())
            }
            Err(_) => false,
        },
        _ => false,
    }
}

/// `POST /demo/end`: asks for the first real administrator, then removes the samples.
pub(in crate::web) async fn end(State(front): State<Front>, me: SignedIn, posted: Posted) -> Answer {
    only_in_demo(&front)?;
    let view = EndView {
        csrf: me.form_token(),
        name: posted.get("name").to_owned(),
        email: posted.get("email").to_owned(),
        problem: None,
    };
    if posted.get("confirmed").is_empty() {
        return Ok(end_page(&view).into_response());
    }
    let again = |problem: String| {
        let view = EndView { problem: Some(problem), ..view.clone() };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, end_page(&view)).into_response())
    };
    if let Some(problem) = naming::problem(&view.name, &view.email) {
        return again(problem.to_owned());
    }
    let hash = match sign_in::hashed(&front, posted.get("password")).await? {
        Ok(hash) => hash,
        Err(error) => return again(format!("{}.", capital(&error.to_string()))),
    };
    let person = sign_in::administrator(&front, &view.name, &view.email, &hash).await?;
    let keep = [person.clone()];
    let removed = front.store().remove_samples(&keep, &person, front.now()).await?;
    front.store().set_setting(DEMO_SETTING, "off").await?;
    front.runtime().refresh_world().await?;
    tracing::info!(people = removed.people, cases = removed.cases, "the samples were removed");
    session::start(&front, &person, go_to(paths::PEOPLE)).await
}

fn only_in_demo(front: &Front) -> Result<(), Halt> {
    if front.app.site.demo {
        return Ok(());
    }
    Err(Halt::told(StatusCode::FORBIDDEN, said::NOT_DONE, said::ONLY_DEMO, ""))
}

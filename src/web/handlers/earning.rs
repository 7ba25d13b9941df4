//! The agents of a process, for whoever may publish it: how far they have come, and past decisions from a table.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};

use super::{first_of, go_to};
use crate::{
    runtime::Problem,
    store::{Limit, Limits},
    web::{
        address::Path,
        catalogue::text::earning as text,
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        session::SignedIn,
        views::earning::{EarningView, NEVER, PreviewView, page as earning_page, preview as preview_page},
    },
};

/// `GET /processes/{id}/agents`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let view = view(&front, &me, &id).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(earning_page(&shell, &view, &front.reader(me.numbers)).into_response())
}

/// `POST /processes/{id}/agents/labels`: shows what is understood of a table, or with `do` as `take` takes it.
pub(in crate::web) async fn labels(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let (runtime, acting) = (front.runtime(), me.acting());
    // Whoever may not is refused before a word of the table is read.
    let view = view(&front, &me, &id).await?;
    let step = posted.get("step").to_owned();
    let table = match table(&posted) {
        Ok(table) => table,
        Err(why) => {
            return again(&front, &me, &uri, EarningView { problem: problem(step, why, &posted), ..view }).await;
        }
    };
    let said = if posted.get("do") == "take" {
        match runtime.import_decisions(&acting, (&id, &step), &table).await {
            Ok(imported) => {
                front.say(&me, text::taken(imported.taken, imported.refused_in_all));
                return Ok(go_to(&paths::process_part(&id, "agents")));
            }
            Err(problem) => problem,
        }
    } else {
        match runtime.preview_decisions(&acting, (&id, &step), &table).await {
            Ok(preview) => {
                let shown = PreviewView { process: id, title: view.title, step, preview, table };
                let shell = front.shell(&me, uri.path()).await?;
                return Ok(preview_page(&shell, &shown).into_response());
            }
            Err(problem) => problem,
        }
    };
    let Problem::Faults(faults) = said else { return Err(said.into()) };
    let why = first_of(&faults);
    again(&front, &me, &uri, EarningView { problem: problem(step, why, &posted), ..view }).await
}

/// `POST /processes/{id}/agents/labels/removal`.
pub(in crate::web) async fn forget(
    State(front): State<Front>,
    me: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let gone = front.runtime().forget_decisions(&me.acting(), &id, posted.get("step")).await?;
    front.say(&me, text::forgotten(gone));
    Ok(go_to(&paths::process_part(&id, "agents")))
}

/// `POST /processes/{id}/agents/limits`: each answer has its limit under `limit.` and its name.
pub(in crate::web) async fn limits(
    State(front): State<Front>,
    me: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let limit = |said: &str| match said {
        "" => None,
        NEVER => Some(Limit::Never),
        // What is no number is an error that nobody can promise, and refused as one.
        error => Some(Limit::AtMost(error.parse().unwrap_or(u32::MAX))),
    };
    let limits: Limits = posted
        .under("limit.")
        .into_iter()
        .filter_map(|(answer, said)| Some((answer.to_owned(), limit(said)?)))
        .collect();
    let none = limits.is_empty();
    front.runtime().limit_answers(&me.acting(), (&id, posted.get("step")), limits).await?;
    front.say(&me, text::said_limits(none));
    Ok(go_to(&paths::process_part(&id, "agents")))
}

async fn view(front: &Front, me: &SignedIn, id: &str) -> Result<EarningView, Halt> {
    let agents = front.runtime().deciding_agents(&me.acting(), id).await?;
    let version = front.store().current_version(id).await?.ok_or_else(Halt::not_found)?;
    let title = version.definition.title.clone();
    Ok(EarningView { process: id.to_owned(), title, agents, ..EarningView::default() })
}

/// The table that was sent, as a file or pasted.
fn table(posted: &Posted) -> Result<String, String> {
    let uploads = posted.hand_in().uploads;
    let table = match uploads.into_iter().find(|upload| upload.field == "table") {
        Some(upload) => String::from_utf8(upload.bytes).map_err(|_| text::NOT_UTF8.to_owned())?,
        None => posted.whole("table").to_owned(),
    };
    if table.trim().is_empty() { Err(text::NO_TABLE.to_owned()) } else { Ok(table) }
}

fn problem(step: String, why: String, posted: &Posted) -> Option<(String, String, String)> {
    Some((step, why, posted.whole("table").to_owned()))
}

async fn again(front: &Front, me: &SignedIn, uri: &Uri, mut view: EarningView) -> Answer {
    // A step that is none has no form to stand at: its problem stands at the first.
    if let Some((step, ..)) = &mut view.problem
        && !view.agents.iter().any(|agent| agent.step == *step)
        && let Some(first) = view.agents.first()
    {
        step.clone_from(&first.step);
    }
    let shell = front.shell(me, uri.path()).await?;
    let page = earning_page(&shell, &view, &front.reader(me.numbers));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

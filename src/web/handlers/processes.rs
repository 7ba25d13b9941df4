//! The processes: what each does, and how it is doing.

use std::collections::BTreeMap;

use axum::{extract::State, http::Uri, response::IntoResponse as _};
use countersign_core::{
    Context, Verb, authorise,
    definition::{Definition, Path as StepPath},
};

use crate::{
    drawing,
    language::{self, Attachments},
    store::{CaseFilter, CaseState, ProcessRow as Row, Version},
    web::{
        address::Path,
        catalogue::{
            publication,
            text::{drawn, process as text, said, the},
        },
        format::duration,
        front::Front,
        halt::{Answer, Halt},
        paths,
        session::SignedIn,
        views::{
            process::{Line, ProcessRow, ProcessView, list as list_page, page as process_page},
            sheet::{SheetView, page as sheet_page},
        },
    },
};

/// How many open cases are counted on the drawing.
const CASES_COUNTED: u32 = 500;
/// From how many closed cases the usual time is told.
const CLOSED_LOOKED_AT: u32 = 200;

/// `GET /processes`.
pub(in crate::web) async fn list(State(front): State<Front>, me: SignedIn, uri: Uri) -> Answer {
    let mut rows = Vec::new();
    for row in front.store().list_processes().await? {
        if let Some(version) = front.store().current_version(&row.id).await? {
            rows.push(line(&front, &me, &row, &version).await?);
        }
    }
    let shell = front.shell(&me, uri.path()).await?;
    Ok(list_page(&shell, &rows).into_response())
}

/// `GET /processes/{id}`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let row = front.store().list_processes().await?.into_iter().find(|row| row.id == id).ok_or_else(Halt::not_found)?;
    let version = front.store().current_version(&id).await?.ok_or_else(Halt::not_found)?;
    let reader = front.reader(me.numbers);
    let compiled = compiled(&version);
    let (standing, left_out) = standing(&front, &me, &row, &version).await?;
    let extras = drawing::Extras { sentences: drawing::sentences(&compiled), standing, ..drawing::Extras::default() };
    let view = ProcessView {
        drawing: drawing::draw(&version.definition, &drawn::drawing_of(&row.title), &extras),
        list: drawing::list(&version.definition, &extras),
        left_out,
        row: line(&front, &me, &row, &version).await?,
        version: version.hash.chars().take(12).collect(),
        published: reader.day(version.published_at),
        publisher: front.runtime().world().directory.name(&version.published_by).to_owned(),
        text: Line::all(&version.text, &compiled),
        answers: text::answers(&version.definition.accountable),
        older: older(&front, &me, &version).await?,
        may_change: !version.definition.is_rehearsal()
            && front.runtime().may_describe(&me.acting(), Some(&id)).await.is_ok(),
        measured: measured(&front, &me, &version).await?,
        agents: front.runtime().deciding_agents(&me.acting(), &id).await.is_ok_and(|agents| !agents.is_empty()),
        may_end: version.definition.is_rehearsal()
            && super::steering::may(&front, &me, &version, &Verb::PublishProcess).is_ok(),
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(process_page(&shell, &view).into_response())
}

/// The processes that the person may start: identifier and title.
pub(super) async fn startable(front: &Front, me: &SignedIn) -> Result<Vec<(String, String)>, Halt> {
    let mut startable = Vec::new();
    for row in front.store().list_processes().await? {
        let definition = front.runtime().definition(&row.current_version).await?;
        if may_start(front, me, &definition, &row.current_version) {
            startable.push((row.id, row.title));
        }
    }
    Ok(startable)
}

fn may_start(front: &Front, me: &SignedIn, definition: &Definition, version: &String) -> bool {
    let world = front.runtime().world();
    let context = Context { definition, version, directory: &world.directory, calendar: &world.calendar };
    authorise(&context, None, &me.acting(), &Verb::StartCase, front.now()).is_ok()
}

async fn line(front: &Front, me: &SignedIn, row: &Row, version: &Version) -> Result<ProcessRow, Halt> {
    let may = may_start(front, me, &version.definition, &version.hash);
    Ok(ProcessRow {
        id: row.id.clone(),
        title: row.title.clone(),
        doing: said::doing(row.open_cases, usual_time(front, &row.id).await?.map(duration).as_deref()).into(),
        starter: (!may).then(|| the(&version.definition.starter)),
    })
}

/// How many open cases run an older version; none for somebody who may not move them.
async fn older(front: &Front, me: &SignedIn, version: &Version) -> Result<u64, Halt> {
    if super::steering::may(front, me, version, &Verb::MigrateCase).is_err() {
        return Ok(0);
    }
    let open = front.store().open_by_version(&version.process).await?;
    Ok(open.iter().filter(|(hash, _)| *hash != version.hash).map(|(_, count)| count).sum())
}

/// What was known before the version, beside what has been measured, for whoever oversees the process.
async fn measured(front: &Front, me: &SignedIn, version: &Version) -> Result<Vec<String>, Halt> {
    let oversees = super::steering::may(front, me, version, &Verb::OverseeProcess).is_ok();
    let baseline = front.store().baseline(&version.hash).await?;
    if !oversees || version.definition.is_rehearsal() || baseline.is_none() {
        return Ok(Vec::new());
    }
    let measured = front.store().measured(&version.process, front.now()).await?;
    Ok(publication::measured(baseline, measured))
}

/// How long it takes until half of the cases are closed, in milliseconds; `None` before the first one is.
async fn usual_time(front: &Front, process: &str) -> Result<Option<i64>, Halt> {
    let filter = CaseFilter {
        process: Some(process.to_owned()),
        state: CaseState::Closed,
        limit: CLOSED_LOOKED_AT,
        ..CaseFilter::default()
    };
    let rows = front.store().cases(&filter).await?;
    let mut times: Vec<i64> =
        rows.iter().filter_map(|row| row.closed_at.map(|closed| closed.0 - row.opened_at.0)).collect();
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied())
}

/// The text sentence by sentence, as the compiler of today tells them apart.
pub(super) fn lines(version: &Version) -> Vec<Line> {
    Line::all(&version.text, &compiled(version))
}

/// `GET /processes/{id}/sheet`.
pub(in crate::web) async fn sheet(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
) -> Answer {
    let version = front.store().current_version(&id).await?.ok_or_else(Halt::not_found)?;
    let published = front.reader(me.numbers).day(version.published_at);
    let back = (paths::process(&id), version.definition.title.clone());
    let view = SheetView::new(&version.definition, back, Some((version.hash.chars().take(12).collect(), published)));
    let shell = front.shell(&me, uri.path()).await?;
    Ok(sheet_page(&shell, &view).into_response())
}

/// On which steps the open cases of this version stand, and what the numbers leave out. Only who may see every case
/// is told how many are late.
async fn standing(
    front: &Front,
    me: &SignedIn,
    row: &Row,
    version: &Version,
) -> Result<(BTreeMap<StepPath, drawing::Standing>, String), Halt> {
    let cases = front.store().open_states(&row.id, &version.hash, CASES_COUNTED).await?;
    let mut standing = drawing::standing(&cases, front.now());
    let world = front.runtime().world();
    let (definition, hash) = (&version.definition, &version.hash);
    let context = Context { definition, version: hash, directory: &world.directory, calendar: &world.calendar };
    if authorise(&context, None, &me.acting(), &Verb::OverseeProcess, front.now()).is_err() {
        standing.values_mut().for_each(|here| here.late = 0);
    }
    let cut = cases.len() >= CASES_COUNTED as usize;
    let older = if cut { 0 } else { row.open_cases.saturating_sub(cases.len() as u64) };
    Ok((standing, drawn::left_out(older, cut.then_some(CASES_COUNTED))))
}

fn compiled(version: &Version) -> language::Compiled {
    language::compile(&version.text, &Attachments::of(&version.definition))
}

//! Lists of cases: the reader's own, and all that they may see.

use axum::{extract::State, http::Uri, response::IntoResponse as _};
use countersign_core::{people::ADMINISTRATOR, time::Timestamp};
use serde::Deserialize;

use crate::{
    store::{CaseCounts, CaseFilter, CaseOrder, CaseRow, CaseState},
    web::{
        address::Query,
        front::Front,
        halt::{Answer, Halt},
        handlers::processes,
        paths::{self, encoded},
        scene::Scene,
        session::SignedIn,
        views::cases::{CaseRow as Line, CasesView, Filter, page as cases_page},
    },
};

/// How many cases a page shows.
const ROWS_A_PAGE: usize = 50;
/// How many cases are read at a time.
const ROWS_A_READ: u32 = 100;
/// How many cases are looked at for one page, for somebody who sees few of them.
const LOOKED_AT_MAX: u32 = 2_000;

/// What a list is asked to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    show: String,
    q: String,
    process: String,
    from: u32,
}

/// `GET /requests`: the cases that the reader opened.
pub(in crate::web) async fn requests(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let own = CaseFilter { requester: Some(me.person.clone()), ..CaseFilter::default() };
    let open = front.store().count_cases(&own).await?;
    let for_reader = waiting_for(&front, &me, &own).await?;
    let (rows, more) = page_of(&front, &me, own, &wanted).await?;
    let view = CasesView {
        own: true,
        open: usize::try_from(open).unwrap_or(usize::MAX),
        for_reader,
        rows,
        more: more.map(|from| address(paths::REQUESTS, &wanted, from)),
        startable: processes::startable(&front, &me).await?,
        ..view(&front, &wanted).await?
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(cases_page(&shell, &view).into_response())
}

/// `GET /cases`: every case that the reader may see.
pub(in crate::web) async fn all(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let counts = counts(&front, &me, &wanted).await?;
    let (rows, more) = page_of(&front, &me, CaseFilter::default(), &wanted).await?;
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let view = CasesView {
        open: count(counts.open),
        late: count(counts.late),
        stuck: count(counts.stuck),
        rows,
        more: more.map(|from| address(paths::CASES, &wanted, from)),
        ..view(&front, &wanted).await?
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(cases_page(&shell, &view).into_response())
}

async fn view(front: &Front, wanted: &Wanted) -> Result<CasesView, Halt> {
    let processes = front.store().list_processes().await?;
    Ok(CasesView {
        filter: Filter::of(&wanted.show),
        search: wanted.q.trim().to_owned(),
        process: wanted.process.clone(),
        processes: processes.into_iter().map(|row| (row.id, row.title)).collect(),
        ..CasesView::default()
    })
}

fn address(path: &str, wanted: &Wanted, from: u32) -> String {
    let (show, q, process) = (encoded(&wanted.show), encoded(wanted.q.trim()), encoded(&wanted.process));
    format!("{path}?show={show}&process={process}&q={q}&from={from}")
}

fn restricted(filter: CaseFilter, wanted: &Wanted, now: Timestamp) -> CaseFilter {
    let show = Filter::of(&wanted.show);
    CaseFilter {
        process: Some(wanted.process.clone()).filter(|process| !process.is_empty()),
        state: match show {
            Filter::Open | Filter::Late | Filter::Stuck => CaseState::Open,
            Filter::Closed => CaseState::Closed,
            Filter::All => CaseState::All,
        },
        late_at: (show == Filter::Late).then_some(now),
        stuck: show == Filter::Stuck,
        search: Some(wanted.q.trim().to_owned()).filter(|search| !search.is_empty()),
        order: if matches!(show, Filter::Open | Filter::Late) { CaseOrder::MostUrgent } else { CaseOrder::Newest },
        ..filter
    }
}

/// One page of lines, and where the next one begins. Each line is judged for this reader.
async fn page_of(
    front: &Front,
    me: &SignedIn,
    filter: CaseFilter,
    wanted: &Wanted,
) -> Result<(Vec<Line>, Option<u32>), Halt> {
    let filter = restricted(filter, wanted, front.now());
    let (mut lines, mut offset) = (Vec::new(), wanted.from);
    while offset - wanted.from < LOOKED_AT_MAX {
        let rows = front.store().cases(&CaseFilter { limit: ROWS_A_READ, offset, ..filter.clone() }).await?;
        let found = rows.len();
        for row in rows {
            if lines.len() == ROWS_A_PAGE {
                return Ok((lines, Some(offset)));
            }
            offset = offset.saturating_add(1);
            lines.extend(line(front, me, &row).await?);
        }
        if found < ROWS_A_READ as usize {
            return Ok((lines, None));
        }
    }
    Ok((lines, Some(offset)))
}

async fn line(front: &Front, me: &SignedIn, row: &CaseRow) -> Result<Option<Line>, Halt> {
    let loaded = front.runtime().load(&row.id).await?;
    Ok(Scene::of(front, me, loaded).ok().map(|scene| scene.sight().case_row()))
}

/// How many of the reader's own open cases wait for the reader.
async fn waiting_for(front: &Front, me: &SignedIn, own: &CaseFilter) -> Result<usize, Halt> {
    let rows = front.store().cases(&CaseFilter { limit: LOOKED_AT_MAX, ..own.clone() }).await?;
    let mut waiting = 0;
    for row in rows {
        waiting += usize::from(line(front, me, &row).await?.is_some_and(|line| line.for_reader));
    }
    Ok(waiting)
}

/// How many cases are open, late and stuck, of those that the reader may see.
async fn counts(front: &Front, me: &SignedIn, wanted: &Wanted) -> Result<CaseCounts, Halt> {
    let process = Some(wanted.process.as_str()).filter(|process| !process.is_empty());
    let now = front.now();
    if front.runtime().world().directory.holds(&me.person, ADMINISTRATOR) {
        return Ok(front.store().case_counts(process, now).await?);
    }
    let filter = CaseFilter { process: process.map(str::to_owned), limit: LOOKED_AT_MAX, ..CaseFilter::default() };
    let mut counts = CaseCounts::default();
    for row in front.store().cases(&filter).await? {
        if line(front, me, &row).await?.is_some() {
            counts.open += 1;
            counts.late += u64::from(row.overview.due_at.is_some_and(|due| due < now));
            counts.stuck += u64::from(row.overview.stuck);
        }
    }
    Ok(counts)
}

//! What waits for the reader.

use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::IntoResponse as _,
};
use serde::Deserialize;

use super::go_to;
use crate::{
    store::InboxScope,
    web::{
        address::Query,
        catalogue::text,
        front::Front,
        halt::Answer,
        paths,
        posted::Posted,
        scene::{INBOX_ROWS_MAX, inbox_rows},
        session::SignedIn,
        views::inbox::{InboxRow, InboxView, NoticeView, Show, list, page as inbox_page},
    },
};

/// How many notices stand in an inbox at most; the others come up when these are put away.
const NOTICES_MAX: u32 = 5;

/// What the inbox is asked to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    show: String,
    q: String,
}

/// `GET /`: everybody starts at what waits for them.
pub(in crate::web) async fn home() -> axum::response::Response {
    go_to(paths::INBOX)
}

/// `GET /inbox`; a script that asks for the list alone gets the list alone.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let show = Show::of(&wanted.show);
    let scope = match show {
        Show::Mine => InboxScope::Mine,
        Show::Roles => InboxScope::Roles,
        Show::All => InboxScope::All,
    };
    let mut rows = inbox_rows(&front, &me, scope, INBOX_ROWS_MAX).await?;
    let search = wanted.q.trim().to_owned();
    rows.retain(|row| fits(row, &search));
    let counts = front.store().count_inbox(&me.person, front.now(), front.reader(me.numbers).day_ends()).await?;
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let reader = front.reader(me.numbers);
    let notices = front.store().owner_notices(&me.person, NOTICES_MAX).await?.into_iter();
    let notices =
        notices.map(|one| NoticeView { key: one.key, text: one.text, at: reader.at(one.at), case: one.case_number });
    let view = InboxView {
        show,
        search,
        waiting: count(counts.waiting),
        late: count(counts.late),
        today: count(counts.due_today),
        rows,
        notices: notices.collect(),
        elsewhere: vec![
            (paths::REQUESTS.to_owned(), text::layout::REQUESTS.to_owned()),
            (paths::PROCESSES.to_owned(), text::said::START_SOMETHING.to_owned()),
            (paths::CASES.to_owned(), text::layout::CASES.to_owned()),
        ],
    };
    if headers.get("hx-request-type").is_some_and(|kind| kind == "partial") {
        return Ok(list(&view).into_response());
    }
    let shell = front.shell(&me, uri.path()).await?;
    Ok(inbox_page(&shell, &view).into_response())
}

/// `POST /inbox/notices`: the reader has read a notice. One that is not theirs, or put away before, is none.
pub(in crate::web) async fn put_away(State(front): State<Front>, me: SignedIn, posted: Posted) -> Answer {
    if front.store().put_notice_away(&me.person, posted.get("notice"), front.now()).await? {
        front.say(&me, text::said::PUT_AWAY);
    }
    Ok(go_to(paths::INBOX))
}

/// Whether every word of the search stands in the line as the reader sees it.
fn fits(row: &InboxRow, search: &str) -> bool {
    let line =
        [&row.label, &row.title, &row.about, &row.requester, &row.process].map(|part| part.to_lowercase()).join(" ");
    search.to_lowercase().split_whitespace().all(|word| line.contains(word))
}

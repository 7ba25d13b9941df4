//! The page of a draft, and saving it: by hand, by a fix, and by itself while somebody types.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use serde::Serialize;

use super::{name_of, read, saved, title_of};
use crate::{
    runtime::drafts::{Beside, Opened, Save, Saved},
    web::{
        address::Path,
        catalogue::text::studio as text,
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        sentence::Sentence,
        session::SignedIn,
        understood,
        views::studio::{
            editor::{EditorView, Ways, marks, page as editor_page},
            panel::panel,
        },
    },
};

/// What a script of the page is told after a save.
#[derive(Debug, Serialize)]
struct Told {
    /// The revision that is shown now.
    revision: u64,
    /// The revision of the text as it was sent.
    own: u64,
    /// The number of the reader's text beside the draft.
    aside: Option<u64>,
    /// The text that is shown now; `None` while the reader's own stands beside it.
    text: Option<String>,
    /// The stretches of the text, as markup.
    marks: String,
    /// What stands beside the text, as markup.
    panel: String,
    /// The first sentence.
    opening: String,
    /// When it was saved, as markup.
    saved: String,
    /// Who else is there.
    others: String,
    /// Something that must be told, as markup; empty when there is nothing.
    alert: String,
}

/// What a script hears while a page is open.
#[derive(Debug, Serialize)]
struct Presence {
    revision: u64,
    others: String,
}

/// `GET /studio/{draft}`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let opened = front.runtime().open_draft(&me.acting(), &id).await?;
    let view = view(&front, &me, opened).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(editor_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/text`: saves, and mends what a fix names. A script is answered with what it shows anew.
pub(in crate::web) async fn save(
    State(front): State<Front>,
    me: SignedIn,
    headers: HeaderMap,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let typed = posted.whole("text").replace("\r\n", "\n");
    let save = Save {
        base: posted.get("revision").parse().unwrap_or_default(),
        text: typed.clone(),
        aside: posted.get("aside").parse().ok(),
    };
    let (runtime, acting) = (front.runtime(), me.acting());
    let mut result = runtime.save_draft(&acting, &id, save).await?;
    let mut alert = None;
    let mut sent_as = 0;
    if let Saved::Shown { own, .. } = &result {
        sent_as = *own;
        match changed(&front, &me, &id, &posted, &typed).await? {
            Change::Text(text) => {
                let save = Save { base: sent_as, text, aside: None };
                result = runtime.save_draft(&acting, &id, save).await?;
            }
            Change::Gone => alert = Some(text::FIX_GONE.to_owned()),
            Change::Nothing => {}
        }
    }
    let by_script = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    let alert = alert.or_else(|| told_of(&front, &me, &result));
    if by_script {
        return told(&front, &me, &id, sent_as, &result, alert.as_deref()).await;
    }
    if let Some(alert) = alert {
        front.say(&me, alert);
    }
    Ok(super::go_to(&paths::draft(&id)))
}

/// `POST /studio/{draft}/presence`: the page is still open.
pub(in crate::web) async fn presence(State(front): State<Front>, me: SignedIn, Path(id): Path<String>) -> Answer {
    let opened = front.runtime().open_draft(&me.acting(), &id).await?;
    Ok(Json(Presence { revision: opened.draft.revision, others: others(&front, &opened) }).into_response())
}

/// What a button beside the text makes of it.
enum Change {
    Nothing,
    /// What the button was about is not there any more.
    Gone,
    Text(String),
}

async fn changed(front: &Front, me: &SignedIn, id: &str, posted: &Posted, typed: &str) -> Result<Change, Halt> {
    let (fix, accept) = (posted.get("fix"), posted.get("accept"));
    if fix.is_empty() && accept.is_empty() {
        return Ok(Change::Nothing);
    }
    let draft = front.runtime().draft(&me.acting(), id).await?;
    let attachments = Beside::of(&draft).attachments();
    let changed = match fix.rsplit_once(':') {
        Some((key, number)) => {
            number.parse().ok().and_then(|number| understood::mended(typed, &attachments, key, number))
        }
        None => understood::accepted(typed, &attachments, accept),
    };
    Ok(changed.map_or(Change::Gone, Change::Text))
}

/// What must be told about a save, if anything.
fn told_of(front: &Front, me: &SignedIn, saved: &Saved) -> Option<String> {
    match saved {
        Saved::Shown { with, .. } => with.as_ref().map(|whom| text::merged(&name_of(front, me, whom))),
        Saved::Aside { by, .. } => Some(text::conflict(&name_of(front, me, by))),
    }
}

async fn told(
    front: &Front,
    me: &SignedIn,
    id: &str,
    sent_as: u64,
    saved: &Saved,
    alert: Option<&str>,
) -> Result<Response, Halt> {
    let opened = front.runtime().open_draft(&me.acting(), id).await?;
    let view = view(front, me, opened).await?;
    let (revision, aside, text) = match saved {
        Saved::Shown { revision, text, .. } => (*revision, None, Some(text.clone())),
        Saved::Aside { number, revision, .. } => (*revision, Some(*number), None),
    };
    let told = Told {
        revision,
        own: sent_as,
        aside,
        text,
        marks: marks(&view.read.stretches).into_string(),
        panel: front.prefix.page(&panel(&view).into_string()),
        opening: text::opening(view.read.counts),
        saved: html! { (view.saved) }.into_string(),
        others: view.others.clone(),
        alert: alert.map(|alert| front.prefix.page(&told_markup(id, aside, alert).into_string())).unwrap_or_default(),
    };
    Ok(Json(told).into_response())
}

fn told_markup(id: &str, aside: Option<u64>, alert: &str) -> Markup {
    html! {
        p.notice {
            (alert)
            @if let Some(number) = aside { " " a href=(paths::draft_aside(id, number)) { (text::ASIDE_CHOOSE) } }
        }
    }
}

fn others(front: &Front, opened: &Opened) -> String {
    let world = front.runtime().world();
    let names: Vec<String> = opened.others.iter().map(|person| world.directory.name(person).to_owned()).collect();
    text::here_too(&names)
}

async fn view(front: &Front, me: &SignedIn, opened: Opened) -> Result<EditorView, Halt> {
    let others = others(front, &opened);
    let Opened { draft, aside, .. } = opened;
    let beside = Beside::of(&draft);
    let process = match &draft.process {
        Some(process) => front.store().current_version(process).await?.map(|version| version.definition.title),
        None => None,
    };
    let own_aside = aside.iter().rev().find(|side| side.by == me.person).map(|side| side.number);
    let whose = |person: &str| Sentence::from(text::aside_waits(&name_of(front, me, person)));
    let read = read(front, &draft).await?;
    Ok(EditorView {
        title: title_of(&draft),
        process,
        drawing: super::steps::drawing_of(&draft, &read.compiled),
        read,
        saved: saved(front, me, &draft),
        others,
        aside: aside.iter().map(|side| (side.number, whose(&side.by))).collect(),
        own_aside,
        alert: None,
        ways: Ways {
            interview: beside.answers.is_some(),
            prose: !beside.prose.is_empty(),
            writing: beside.writing.is_some(),
            guidelines: !beside.guidelines.is_empty() || draft.text.contains(" guideline "),
            templates: !beside.templates.is_empty() || draft.text.contains(" template "),
            criteria: !beside.criteria.is_empty() || draft.text.contains(" with the agent that "),
        },
        revision: draft.revision,
        text: draft.text,
        id: draft.id,
    })
}

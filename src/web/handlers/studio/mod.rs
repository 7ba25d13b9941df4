//! The studio: drafts, and the ways to begin one.

pub(in crate::web) mod aside;
pub(in crate::web) mod changes;
pub(in crate::web) mod completions;
pub(in crate::web) mod criteria;
pub(in crate::web) mod editor;
pub(in crate::web) mod guidelines;
pub(in crate::web) mod interview;
pub(in crate::web) mod prose;
pub(in crate::web) mod publish;
pub(in crate::web) mod steps;
pub(in crate::web) mod trial;
pub(in crate::web) mod writing;

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};

use countersign_core::time::Timestamp;

use super::go_to;
use crate::{
    language,
    runtime::drafts::{Beside, NewDraft},
    store::Draft,
    web::{
        address::Path,
        catalogue::text::studio as text,
        format::capital,
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        sentence::Sentence,
        session::SignedIn,
        understood::Understood,
        views::studio::begin::{BeginView, DraftRow, Template, page as begin_page, templates as templates_page},
    },
};

/// `GET /studio`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri) -> Answer {
    let view = begin_view(&front, &me).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(begin_page(&shell, &view).into_response())
}

/// `GET /studio/templates`.
pub(in crate::web) async fn templates(State(front): State<Front>, me: SignedIn, uri: Uri) -> Answer {
    front.runtime().may_describe(&me.acting(), None).await?;
    let shell = front.shell(&me, uri.path()).await?;
    let shown: Vec<Template> = language::templates()
        .iter()
        .map(|template| Template {
            name: template.id.to_owned(),
            title: template.title.to_owned(),
            purpose: format!("{}.", capital(template.purpose)),
            text: template.text.to_owned(),
        })
        .collect();
    Ok(templates_page(&shell, &shown).into_response())
}

/// `POST /studio`: begins a draft.
pub(in crate::web) async fn begin(State(front): State<Front>, me: SignedIn, uri: Uri, posted: Posted) -> Answer {
    let (mut new, mut part) = (NewDraft::default(), None);
    match posted.get("from") {
        "process" => new.process = Some(posted.get("process").to_owned()),
        "template" => {
            let template = language::templates().iter().find(|template| template.id == posted.get("template"));
            let template = template.ok_or_else(Halt::not_found)?;
            let beside = template.attachments().map_err(|error| Halt::broken(&error))?;
            template.text.clone_into(&mut new.text);
            new.beside.examples = beside.examples;
            new.beside.templates = beside.templates;
            new.beside.criteria = beside.criteria;
        }
        "prose" => {
            new.beside = Beside { prose: posted.whole("prose").replace("\r\n", "\n"), ..Beside::default() };
            part = Some("prose");
        }
        "interview" => {
            new.beside.answers = Some(BTreeMap::new());
            new.beside.answered = 1;
            part = Some("interview");
        }
        _ => {}
    }
    if posted.get("from") == "prose" && new.beside.prose.trim().is_empty() {
        front.runtime().may_describe(&me.acting(), None).await?;
        let mut view = begin_view(&front, &me).await?;
        view.problem = Some(text::PROSE_MISSING.to_owned());
        let shell = front.shell(&me, uri.path()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, begin_page(&shell, &view)).into_response());
    }
    let id = front.runtime().begin_draft(&me.acting(), new).await?;
    Ok(go_to(&part.map_or_else(|| paths::draft(&id), |part| paths::draft_part(&id, part))))
}

/// `POST /studio/{draft}/removal`.
pub(in crate::web) async fn remove(State(front): State<Front>, me: SignedIn, Path(id): Path<String>) -> Answer {
    front.runtime().remove_draft(&me.acting(), &id).await?;
    front.say(&me, text::REMOVED);
    Ok(go_to(paths::STUDIO))
}

async fn begin_view(front: &Front, me: &SignedIn) -> Result<BeginView, Halt> {
    let acting = me.acting();
    let mut processes = Vec::new();
    for row in front.store().list_processes().await? {
        let rehearsed = front.runtime().definition(&row.current_version).await?.is_rehearsal();
        if !rehearsed && front.runtime().may_describe(&acting, Some(&row.id)).await.is_ok() {
            processes.push((row.id, row.title));
        }
    }
    let drafts = front.runtime().drafts(&acting).await?;
    let titled = |id: &String| processes.iter().find(|(known, _)| known == id).map(|(_, title)| title.clone());
    let drafts = drafts.iter().map(|draft| DraftRow {
        id: draft.id.clone(),
        title: title_of(draft),
        process: draft.process.as_ref().and_then(titled),
        about: saved(front, me, draft),
    });
    Ok(BeginView {
        may_begin: front.runtime().may_describe(&acting, None).await.is_ok(),
        drafts: drafts.collect(),
        model: front.runtime().describer().is_ready(),
        processes,
        ..BeginView::default()
    })
}

/// What was understood of a draft. The proof may take a moment, so it does not hold up whoever else is served.
async fn read(front: &Front, draft: &Draft) -> Result<Understood, Halt> {
    let (text, attachments) = (draft.text.clone(), Beside::of(draft).attachments());
    let world = front.runtime().world();
    let read = move || Understood::of(&text, &attachments, &world.directory);
    tokio::task::spawn_blocking(read).await.map_err(|error| Halt::broken(&error))
}

/// What a draft is called.
fn title_of(draft: &Draft) -> String {
    if draft.title.is_empty() { text::UNTITLED.to_owned() } else { draft.title.clone() }
}

/// When a draft was saved last, and by whom.
fn saved(front: &Front, me: &SignedIn, draft: &Draft) -> Sentence {
    let reader = front.reader(me.numbers);
    let sentence = Sentence::new(format!("{} ", text::SAVED)).moment(reader.at(draft.changed_at));
    if draft.changed_by == me.person {
        return sentence.text(".");
    }
    let world = front.runtime().world();
    sentence.text(format!(" {} {}.", text::SAVED_BY, world.directory.name(&draft.changed_by)))
}

/// Who did something beside a draft, and when.
fn saved_by(front: &Front, me: &SignedIn, person: &str, at: Timestamp) -> Sentence {
    let world = front.runtime().world();
    let by = Sentence::new(format!("{}, ", world.directory.name(person)));
    by.moment(front.reader(me.numbers).at(at)).text(".")
}

/// The name of somebody who wrote on a draft, for this reader.
fn name_of(front: &Front, me: &SignedIn, person: &str) -> String {
    if person == me.person {
        return text::OTHER_WINDOW.to_owned();
    }
    front.runtime().world().directory.name(person).to_owned()
}

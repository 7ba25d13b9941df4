//! The case page and what people do to a case as a whole.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{
    Verb,
    case::Task,
    definition::{FieldKind, FieldSource},
    event::EventKind,
    form::FieldFault,
    who,
};

use serde::Deserialize;

use super::{go_to, put_back};
use crate::{
    resource::{self, Reader},
    runtime::{Problem, history::up_to, intake::HandIn},
    web::{
        address::{Path, Query},
        catalogue::{Entry, text::said},
        front::{Front, Note},
        halt::{Answer, Halt},
        links, paths,
        posted::Posted,
        present::CaseRights,
        scene::Scene,
        session::{Once, SignedIn},
        views::{
            case::page as case_page,
            edit::{EditView, page as edit_page},
            form::FormField,
        },
    },
};

/// Which part of the timeline the page shows.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Wanted {
    /// Only events before this one; the latest when it is left out.
    before: Option<u64>,
}

/// `GET /cases/{number}`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(number): Path<u64>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    let case = &scene.loaded.case;
    let history = front.runtime().timeline(&case.id, up_to(case.seq, wanted.before)).await?;
    let (acting, reader) = (me.acting(), front.reader(me.numbers));
    let told = resource::entries(&scene.loaded, &history, Reader::Acting(&acting), &reader, front.now());
    let entries: Vec<Entry> = told.into_iter().map(|(_, entry)| entry).collect();
    let open = scene.loaded.case.is_open();
    let rights = CaseRights {
        may_withdraw: open && scene.would(EventKind::CaseWithdrawn { reason: None }),
        may_resolve: scene.may(&Verb::ResolveIncident).is_ok(),
    };
    let may_open = |task: &Task| scene.may(&Verb::ReadTask(task.number)).is_ok();
    let mut view = scene.sight().case_view(&entries, &may_open, rights);
    view.earlier = history.earlier;
    view.latest = wanted.before.is_none();
    view.may_edit = open && scene.may(&Verb::EditFields).is_ok();
    if open && may_link(&scene).is_ok() {
        view.parties = scene.loaded.definition.parties.iter().map(|party| party.name.clone()).collect();
        let case = &scene.loaded.case;
        let linked = front.store().parties_with_link(&case.id, front.now()).await?;
        let asked: BTreeSet<&str> =
            case.open_tasks().filter_map(|task| who::party(&scene.loaded.definition, task)).collect();
        let waits = asked.into_iter().filter(|party| !linked.iter().any(|one| one == party));
        view.without_link = waits.map(str::to_owned).collect();
    }
    view.steering = super::steering::view(&front, &scene).await?;
    let note = front.note(&me);
    view.link = note.secret;
    let shell = front.shell_with(&me, uri.path(), note.message).await?;
    Ok(case_page(&shell, &view).into_response())
}

/// `POST /cases/{number}/withdrawal`.
pub(in crate::web) async fn withdraw(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let reason = Some(posted.get("reason").to_owned()).filter(|reason| !reason.is_empty());
    apply(&front, &me, number, EventKind::CaseWithdrawn { reason }, &key).await?;
    front.say(&me, said::withdrawn(number));
    Ok(go_to(&paths::case(number)))
}

/// `POST /cases/{number}/incidents/{incident}/resolution`.
pub(in crate::web) async fn resolve(
    State(front): State<Front>,
    me: SignedIn,
    Path((number, incident)): Path<(u64, u32)>,
    Once(key): Once,
) -> Answer {
    apply(&front, &me, number, EventKind::IncidentResolved { incident }, &key).await?;
    front.say(&me, said::TRIED_AGAIN);
    Ok(go_to(&paths::case(number)))
}

pub(super) async fn apply(front: &Front, me: &SignedIn, number: u64, kind: EventKind, key: &str) -> Result<(), Halt> {
    let scene = Scene::of_number(front, me, number).await?;
    let dedup = format!("{}/{key}", kind.name());
    match front.runtime().apply(&scene.loaded.case.id, &me.acting(), &kind, &dedup).await {
        Ok(_) => Ok(()),
        Err(Problem::Rejected(rejected)) => Err(Halt::rejected(rejected, &|id| scene.name(id))),
        Err(problem) => Err(problem.into()),
    }
}

/// `GET /cases/{number}/edits`: the form that changes data outside a task.
pub(in crate::web) async fn edit(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(number): Path<u64>,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.may(&Verb::EditFields)?;
    let view = edit_view(&scene);
    let shell = front.shell(&me, uri.path()).await?;
    Ok(edit_page(&shell, &view).into_response())
}

/// `POST /cases/{number}/edits`. What was not touched is not sent on, so that it keeps its author.
pub(in crate::web) async fn save(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(number): Path<u64>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.may(&Verb::EditFields)?;
    let (mut view, typed) = (edit_view(&scene), posted.hand_in());
    let untouched: BTreeMap<String, String> =
        view.fields.iter().map(|field| (field.name.clone(), super::decide::present(field))).collect();
    let mut words = typed.words.clone();
    words.retain(|name, words| untouched.get(name) != Some(words));
    let reason = posted.get("reason");
    let (faults, problem) = match reason.is_empty() || words.is_empty() {
        true => (Vec::new(), Some(if words.is_empty() { said::NOTHING_CHANGED } else { said::WHY_EDIT })),
        false => match front.runtime().edit_fields(&scene.loaded.case.id, &me.acting(), words, reason, &key).await {
            Ok(_) => {
                front.say(&me, said::EDITED);
                return Ok(go_to(&paths::case(number)));
            }
            Err(Problem::Faults(faults) | Problem::Rejected(countersign_core::Rejected::Faults(faults))) => {
                (faults, None)
            }
            Err(Problem::Rejected(rejected)) => return Err(Halt::rejected(rejected, &|id| scene.name(id))),
            Err(problem) => return Err(problem.into()),
        },
    };
    edit_again(&mut view, &typed, &faults, reason, problem);
    let shell = front.shell(&me, uri.path()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, edit_page(&shell, &view)).into_response())
}

fn edit_again(view: &mut EditView, typed: &HandIn, faults: &[FieldFault], reason: &str, problem: Option<&str>) {
    put_back(&mut view.fields, typed, faults);
    reason.clone_into(&mut view.reason);
    view.problem = problem.map(str::to_owned);
}

fn edit_view(scene: &Scene) -> EditView {
    let definition = &scene.loaded.definition;
    let editable = definition.fields.iter().filter(|field| {
        field.kind != FieldKind::Document
            && !matches!(field.source, FieldSource::Document { .. })
            && !scene.hidden.contains(&field.name)
    });
    let currency = definition.reading.currency.as_deref();
    let directory = &scene.loaded.world.directory;
    let fields = editable.map(|field| {
        let mut form = FormField::of(field, scene.loaded.case.value(&field.name), currency).naming(directory);
        // Nothing that is still empty has to be filled in to correct something else.
        form.required = !form.value.is_empty();
        form
    });
    EditView {
        case: scene.loaded.case.number,
        about: scene.words().about(&scene.loaded.case),
        fields: fields.collect(),
        reason: String::new(),
        problem: None,
    }
}

/// Somebody outside is let in by whoever may change what they hand in, or resolve what is stuck.
fn may_link(scene: &Scene) -> Result<(), countersign_core::Refusal> {
    scene.may(&Verb::EditFields).or_else(|_| scene.may(&Verb::ResolveIncident))
}

/// `POST /cases/{number}/links`: a link for somebody outside, shown once on the case page.
pub(in crate::web) async fn link(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    posted: Posted,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    may_link(&scene)?;
    let party = posted.get("party");
    let known = scene.loaded.definition.parties.iter().any(|one| one.name == party);
    if !known || !scene.loaded.case.is_open() {
        return Err(Halt::told(StatusCode::CONFLICT, said::NOT_DONE, said::NO_PARTY, said::LOOK_AGAIN));
    }
    let made = links::for_party(&front.app, &scene.loaded.case.id, party, &me.person).await?;
    let secret = Some((crate::web::catalogue::text::the(party), made));
    front.leave(&me, Note { message: Some(said::LINK_MADE.into()), secret });
    Ok(go_to(&paths::case(number)))
}

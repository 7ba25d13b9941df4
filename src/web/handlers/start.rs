//! The form that opens a case.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{Context, Rejected, Verb, authorise, definition::Definition};

use super::{go_to, put_back};
use crate::{
    id,
    runtime::Problem,
    web::{
        catalogue::{Words, text::said},
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        session::SignedIn,
        views::{
            form::FormField,
            start::{StartView, page as start_page},
        },
    },
};

/// `GET /processes/{id}/start`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(process): Path<String>,
) -> Answer {
    let definition = startable(&front, &me, &process).await?;
    let view = view(&front, &me, &definition, id::new_id("form"));
    let shell = front.shell(&me, uri.path()).await?;
    Ok(start_page(&shell, &view).into_response())
}

/// `POST /processes/{id}/start`: the key that was made with the form makes a second hand-in show the first case.
pub(in crate::web) async fn open(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(process): Path<String>,
    posted: Posted,
) -> Answer {
    let definition = startable(&front, &me, &process).await?;
    let (hand_in, key) = (posted.hand_in(), posted.get("key"));
    let key = if key.is_empty() { id::new_id("form") } else { key.to_owned() };
    match front.runtime().open_case(&me.acting(), &process, hand_in.clone(), Some(&key)).await {
        Ok(applied) => {
            let number = applied.loaded.case.number;
            front.say(&me, said::opened(number));
            Ok(go_to(&paths::case(number)))
        }
        Err(Problem::Faults(faults) | Problem::Rejected(Rejected::Faults(faults))) => {
            let mut view = view(&front, &me, &definition, key);
            put_back(&mut view.fields, &hand_in, &faults);
            let shell = front.shell(&me, uri.path()).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, start_page(&shell, &view)).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The definition that new cases run, for somebody who may start one.
async fn startable(front: &Front, me: &SignedIn, process: &str) -> Result<Arc<Definition>, Halt> {
    let version = front.store().current_version(process).await?.ok_or_else(Halt::not_found)?;
    let (definition, world) = (front.runtime().definition(&version.hash).await?, front.runtime().world());
    let context = Context {
        definition: &definition,
        version: &version.hash,
        directory: &world.directory,
        calendar: &world.calendar,
    };
    authorise(&context, None, &me.acting(), &Verb::StartCase, front.now())?;
    Ok(definition)
}

fn view(front: &Front, me: &SignedIn, definition: &Definition, key: String) -> StartView {
    let (world, reader, hidden) = (front.runtime().world(), front.reader(me.numbers), Default::default());
    let words =
        Words { definition, directory: &world.directory, calendar: &world.calendar, reader: &reader, hidden: &hidden };
    let currency = definition.reading.currency.as_deref();
    let form = |field| FormField::of(field, None, currency).naming(words.directory);
    StartView {
        process: definition.id.clone(),
        title: definition.title.clone(),
        follows: words.starts_with(&me.person),
        fields: definition.start_fields().map(form).collect(),
        key,
    }
}

//! The form that opens a case.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{
    Context, Rejected, Verb, authorise,
    canonical::{Digest, digest, digest_bytes},
    definition::Definition,
};

use super::{go_to, put_back};
use crate::{
    id,
    runtime::{Problem, intake::HandIn},
    web::{
        address::Path,
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

/// `POST /processes/{id}/start`: the key that was made with the form makes a second hand-in of the same show the first
/// case. Whoever goes back and fills in something else opens another one.
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
    let request = format!("{}_{key}", &content(&hand_in)[..16]);
    match front.runtime().open_case(&me.acting(), &process, hand_in.clone(), Some(&request)).await {
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

/// The digest of what was handed in.
fn content(hand_in: &HandIn) -> Digest {
    let files = hand_in.uploads.iter().map(|file| (&file.field, &file.name, digest_bytes(&file.bytes)));
    digest(&(&hand_in.words, files.collect::<Vec<_>>()))
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

//! The page of somebody outside. Looking decides nothing and does not use the link up.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use countersign_core::{
    Rejected, Verb, authorise,
    case::{Ask, Outcome, Status, Task},
    event::Acting,
    form::FieldFault,
    who::party,
};
use serde::Deserialize;

use super::{go_to, put_back};
use crate::{
    resource,
    runtime::{Problem, apply::TaskAnswer, intake::HandIn, world::Loaded},
    store::{Link, LinkPurpose},
    web::{
        address::{Path, Query},
        catalogue::{Words, text::said},
        format::{Numbers, Reader},
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        security,
        sentence::Sentence,
        session::Once,
        views::{
            form::FormField,
            outside::{OutsideAsk, OutsideView, gone, page as outside_page},
        },
    },
};

/// Whether something was just handed in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    thanks: bool,
}

/// Somebody who came by a link, and what it is about.
struct Visitor {
    link: Link,
    loaded: Loaded,
    acting: Acting,
    reader: Reader,
}

/// `GET /outside/{token}`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    Path(token): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let Some(visitor) = visitor(&front, &token).await? else { return Ok(no_longer()) };
    let mut view = view(&front, &visitor, &token);
    view.thanked = wanted.thanks;
    Ok(outside_page(&view).into_response())
}

/// `POST /outside/{token}`.
pub(in crate::web) async fn hand_in(
    State(front): State<Front>,
    Path(token): Path<String>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let Some(visitor) = visitor(&front, &token).await? else { return Ok(no_longer()) };
    let number: u32 = posted.get("task").parse().map_err(|_| Halt::not_found())?;
    let loaded = &visitor.loaded;
    // What is settled is answered as settled, or from its first result; what is open is judged before it is read.
    let open = loaded.case.task(number).is_some_and(Task::is_open);
    let verb = if open { Verb::DecideTask(number) } else { Verb::ReadTask(number) };
    authorise(&loaded.context(), Some(&loaded.case), &visitor.acting, &verb, front.now())?;
    let hand_in = posted.hand_in();
    let answer = TaskAnswer {
        outcome: Outcome::Completed,
        reason: None,
        hand_in: hand_in.clone(),
        shown: posted.get("shown").to_owned(),
        key,
    };
    match front.runtime().decide_task(&loaded.case.id, number, &visitor.acting, answer).await {
        Ok(_) => Ok(go_to(&format!("{}?thanks=true", paths::outside(&token)))),
        Err(Problem::Faults(faults) | Problem::Rejected(Rejected::Faults(faults))) => {
            again(&front, &token, number, &hand_in, &faults, StatusCode::UNPROCESSABLE_ENTITY, None).await
        }
        Err(Problem::Rejected(Rejected::Stale)) => {
            let told = Some(said::OUTSIDE_CHANGED);
            again(&front, &token, number, &hand_in, &[], StatusCode::CONFLICT, told).await
        }
        Err(Problem::Rejected(
            Rejected::AlreadyDecided { .. } | Rejected::NoLongerNeeded { .. } | Rejected::CaseClosed { .. },
        )) => again(&front, &token, number, &hand_in, &[], StatusCode::CONFLICT, Some(said::OUTSIDE_SETTLED)).await,
        Err(Problem::Rejected(Rejected::OnHold { .. })) => {
            again(&front, &token, number, &hand_in, &[], StatusCode::CONFLICT, None).await
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn again(
    front: &Front,
    token: &str,
    number: u32,
    typed: &HandIn,
    faults: &[FieldFault],
    status: StatusCode,
    told: Option<&str>,
) -> Answer {
    let Some(visitor) = visitor(front, token).await? else { return Ok(no_longer()) };
    let mut view = view(front, &visitor, token);
    for ask in view.asks.iter_mut().filter(|ask| ask.task == number) {
        put_back(&mut ask.fields, typed, faults);
    }
    if let Some(told) = told {
        told.clone_into(&mut view.opening);
    }
    Ok((status, outside_page(&view)).into_response())
}

async fn visitor(front: &Front, token: &str) -> Result<Option<Visitor>, Halt> {
    let now = front.now();
    let Some(link) = front.store().link(&security::digest(token), LinkPurpose::Party, now).await? else {
        return Ok(None);
    };
    let (Some(case_id), Some(party)) = (link.case_id.clone(), link.party.clone()) else { return Ok(None) };
    let loaded = front.runtime().load(&case_id).await?;
    let acting = Acting::Party { party, case: case_id };
    Ok(Some(Visitor { link, loaded, acting, reader: front.reader(Numbers::default()) }))
}

fn no_longer() -> Response {
    (StatusCode::GONE, gone(said::OUTSIDE_GONE_WHY, said::OUTSIDE_GONE_NOW)).into_response()
}

fn view(front: &Front, visitor: &Visitor, token: &str) -> OutsideView {
    let case = &visitor.loaded.case;
    let held = case.held.is_some() && case.is_open();
    let asked = case.open_tasks().filter(|task| !held && visitor.is_asked(front, task));
    let asks: Vec<OutsideAsk> = asked.map(|task| visitor.ask(front, task)).collect();
    let title = visitor.loaded.definition.title.to_lowercase();
    // Why it is on hold is for those inside.
    let opening = if held {
        said::outside_held(&title)
    } else {
        said::outside_opening(asks.len(), asks.iter().map(|ask| ask.fields.len()).sum(), &title)
    };
    OutsideView {
        token: token.to_owned(),
        csrf: format!("{}.{}", security::csrf_token(token), case.seq),
        organisation: front.runtime().config().organisation.name.clone(),
        opening,
        standing: visitor.standing(),
        until: visitor.reader.day(visitor.link.expires_at),
        asks,
        thanked: false,
    }
}

impl Visitor {
    fn is_asked(&self, front: &Front, task: &Task) -> bool {
        let verb = Verb::DecideTask(task.number);
        let ours = party(&self.loaded.definition, task).is_some();
        ours && authorise(&self.loaded.context(), Some(&self.loaded.case), &self.acting, &verb, front.now()).is_ok()
    }

    fn ask(&self, front: &Front, task: &Task) -> OutsideAsk {
        let (definition, case) = (&self.loaded.definition, &self.loaded.case);
        let hidden = resource::Reader::Acting(&self.acting).hidden(&self.loaded, front.now());
        let words = Words {
            definition,
            directory: &self.loaded.world.directory,
            calendar: &self.loaded.world.calendar,
            reader: &self.reader,
            hidden: &hidden,
        };
        let asked = match &task.ask {
            Ask::Provide { fields } | Ask::Do { fields } => fields.as_slice(),
            Ask::Confirm { field, .. } => std::slice::from_ref(field),
            Ask::Approve { .. }
            | Ask::Review
            | Ask::Judge { .. }
            | Ask::Look
            | Ask::Answer { .. }
            | Ask::TakeOver { .. } => &[],
        };
        let currency = definition.reading.currency.as_deref();
        let fields = asked.iter().filter_map(|name| definition.field(name));
        let form = |field| {
            let mut form = FormField::of(field, words.seen(case, &field.name), currency);
            if let Some(value) = words
                .seen(case, &field.name)
                .filter(|_| field.kind == countersign_core::definition::FieldKind::Document)
            {
                form.value = words.value(case, value);
            }
            form
        };
        OutsideAsk {
            task: task.number,
            shown: case.shown(task.number),
            question: Sentence::new(format!("{}, ", words.task_title(case, task)))
                .moment(self.reader.due(task.due_at))
                .text("."),
            fields: fields.map(form).collect(),
            button: words.task_title(case, task),
        }
    }

    /// Where the matter stands, in sentences that name nobody inside.
    fn standing(&self) -> Vec<Sentence> {
        let (case, reader) = (&self.loaded.case, &self.reader);
        let mut told = vec![Sentence::new(said::OUTSIDE_OPENED).moment(reader.day(case.opened_at)).text(".")];
        let me = self.acting.id();
        let mine = case.tasks.iter().flat_map(|task| task.decisions()).filter(|decision| decision.by == me);
        told.extend(mine.map(|one| Sentence::new(said::OUTSIDE_HANDED_IN).moment(reader.at(one.at)).text(".")));
        told.push(match &case.status {
            Status::Closed { closing, at, .. } => {
                Sentence::new(said::outside_closed(closing)).moment(reader.day(*at)).text(".")
            }
            Status::Open | Status::Unopened => Sentence::from(said::OUTSIDE_AT_WORK),
        });
        told
    }
}

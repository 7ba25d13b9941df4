//! A draft tried out: the real core, invented people, a clock moved by hand. Nothing is stored or sent.

use std::sync::{Arc, PoisonError};

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use countersign_core::{Rejected, canonical::digest, definition::Path as StepPath, time::Timestamp};
use serde::Deserialize;

use super::{steps::compiled, title_of};
use crate::{
    runtime::{Problem, trial::Trial},
    store::Draft,
    web::{
        address::{Path, Query},
        catalogue::text::{drawn as text, said},
        format::{Reader, capital},
        front::Front,
        halt::{Answer, Halt},
        handlers::{decide::outcome, go_to, put_back},
        paths,
        posted::Posted,
        session::SignedIn,
        trial::{typed, view},
        views::trial::page as trial_page,
    },
};

/// Which way's form is open.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct On {
    #[serde(default)]
    on: String,
}

/// `GET /studio/{draft}/trial`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    Query(on): Query<On>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let Some(trial) = current(&front, &me, &draft) else {
        front.say(&me, text::TRIAL_NOT_YET);
        return Ok(go_to(&paths::draft(&id)));
    };
    shown(&front, &me, &uri, &draft, &trial, &on.on, None).await
}

/// `POST /studio/{draft}/trial`: one thing happens in the trial.
pub(in crate::web) async fn act(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let Some(mut trial) = current(&front, &me, &draft) else {
        front.say(&me, text::TRIAL_NOT_YET);
        return Ok(go_to(&paths::draft(&id)));
    };
    match happen(&front, &mut trial, &posted).await? {
        Ok(()) => {
            keep(&front, &me, &draft.id, Some(trial));
            Ok(go_to(&paths::draft_part(&id, "trial")))
        }
        Err(problem) => {
            // What was refused changes nothing; what was typed is still there.
            let Some(trial) = current(&front, &me, &draft) else { return Ok(go_to(&paths::draft(&id))) };
            shown(&front, &me, &uri, &draft, &trial, "", Some((problem, &posted))).await
        }
    }
}

/// Lets happen what a form says.
async fn happen(front: &Front, trial: &mut Trial, posted: &Posted) -> Result<Result<(), Problem>, Halt> {
    let pass: Option<i64> = posted.get("pass").parse().ok();
    if let Some(to) = pass {
        return Ok(trial.pass_to(Timestamp(to)));
    }
    let (key, done) = (posted.get("key").to_owned(), posted.get("done") == "yes");
    Ok(match posted.get("do") {
        "start" => trial.open(posted.hand_in()),
        "answer" => {
            let task = posted.get("task").parse().unwrap_or_default();
            let outcome = outcome(posted.get("outcome"))?;
            trial.answer(task, posted.get("person"), outcome, posted.get("reason"), posted.hand_in())
        }
        "withdraw" => trial.withdraw(),
        "again" => {
            *trial = Trial::new(Arc::clone(&trial.definition), trial.calendar.clone(), front.now());
            Ok(())
        }
        "system" => {
            let words = match posted.get("words") {
                "" if done => text::TRIAL_DONE,
                "" => text::TRIAL_FAILED,
                words => words,
            };
            trial.system(&key, done, words)
        }
        "look-up" => trial.looked_up(&key, done.then(|| posted.hand_in()), text::TRIAL_FAILED),
        "message" => trial.message(posted.get("name")),
        "agent" => return agent(front, trial, posted, &key).await,
        _ => Err(Problem::NotFound(said::NO_OUTCOME.to_owned())),
    })
}

async fn agent(front: &Front, trial: &mut Trial, posted: &Posted, key: &str) -> Result<Result<(), Problem>, Halt> {
    let path = StepPath::try_from(posted.get("path").to_owned()).map_err(|_| Halt::not_found())?;
    let answer = posted.get("answer");
    Ok(match answer {
        "offline" => {
            let (step, input) = trial.question(&path).ok_or_else(Halt::not_found)?;
            match front.runtime().answer_in_trial(step, input).await? {
                Ok(answer) => trial.proposed(key, Some(answer), ""),
                Err(why) => trial.proposed(key, None, &why),
            }
        }
        "none" => trial.proposed(key, None, text::TRIAL_NO_AGENT),
        _ => {
            let words = typed(&posted.hand_in().words, answer, posted.get(crate::runtime::trial::SUMMARY));
            let answer = trial.typed(&path, &words);
            trial.proposed(key, answer, text::TRIAL_NO_AGENT)
        }
    })
}

/// The trial of this session and draft; a new one when there is none, or when the text has changed. `None` while the
/// text is not understood as a whole.
fn current(front: &Front, me: &SignedIn, draft: &Draft) -> Option<Trial> {
    let definition = compiled(draft).draft?;
    let known = {
        let trials = front.shared.trials.lock().unwrap_or_else(PoisonError::into_inner);
        trials.get(&(me.session.clone(), draft.id.clone())).cloned()
    };
    if let Some(trial) = known {
        if trial.version == digest(&definition) {
            return Some(trial);
        }
        front.say(me, text::TRIAL_CHANGED);
        keep(front, me, &draft.id, None);
    }
    let calendar = front.runtime().world().calendar.clone();
    Some(Trial::new(Arc::new(definition), calendar, front.now()))
}

fn keep(front: &Front, me: &SignedIn, draft: &str, trial: Option<Trial>) {
    let mut trials = front.shared.trials.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (me.session.clone(), draft.to_owned());
    match trial {
        Some(trial) => {
            if trials.len() >= crate::web::front::TRIALS_MAX && !trials.contains_key(&key) {
                trials.clear();
            }
            trials.insert(key, trial);
        }
        None => drop(trials.remove(&key)),
    }
}

async fn shown(
    front: &Front,
    me: &SignedIn,
    uri: &Uri,
    draft: &Draft,
    trial: &Trial,
    on: &str,
    refused: Option<(Problem, &Posted)>,
) -> Result<Response, Halt> {
    let reader = Reader::new(&trial.calendar.zone, trial.now, me.numbers);
    let back = (paths::draft(&draft.id), title_of(draft));
    let on = refused.as_ref().map_or_else(|| on.to_owned(), |(_, posted)| way_of(posted));
    let mut view = view(trial, &reader, back, paths::draft_part(&draft.id, "trial"), &on);
    let mut status = StatusCode::OK;
    if let Some((problem, posted)) = refused {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        match (&problem, view.chosen.as_mut().filter(|chosen| !chosen.fields.is_empty())) {
            (Problem::Faults(faults) | Problem::Rejected(Rejected::Faults(faults)), Some(chosen)) => {
                put_back(&mut chosen.fields, &posted.hand_in(), faults);
            }
            _ => view.problem = Some(format!("{}.", capital(problem.to_string().trim_end_matches('.')))),
        }
    }
    let shell = front.shell(me, uri.path()).await?;
    Ok((status, trial_page(&shell, &view)).into_response())
}

/// The way whose form was sent.
fn way_of(posted: &Posted) -> String {
    match posted.get("task") {
        "" => String::new(),
        task => format!("task-{task}"),
    }
}

//! What people do with a task. Each form is checked, judged by the core, and answered with the next page.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use countersign_core::{
    Rejected, Verb,
    case::{Ask, Case, CheckResult, Finding, Outcome, Task},
    definition::FieldKind,
    event::{Acting, EventKind},
    form::FieldFault,
};

use super::{go_to, put_back, task};
use crate::{
    runtime::{Problem, apply::TaskAnswer, intake::HandIn},
    web::{
        address::Path,
        catalogue::text::{self, said},
        changes,
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        scene::{Scene, label},
        session::{Once, SignedIn},
        views::{
            form::FormField,
            task::{DecisionView, State as TaskState, page as task_page},
        },
    },
};

/// `POST /tasks/{label}/decisions`.
pub(in crate::web) async fn decide(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(name): Path<String>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let (number, task_number) = label(&name)?;
    let scene = Scene::of_number(&front, &me, number).await?.with_texts(&front).await?;
    let task = scene.task(task_number)?;
    if task.is_open() {
        // Judged before anything that was handed in is kept; the core judges again when it commits.
        task::may_decide(&front, &scene, task)?;
    }
    let outcome = outcome(posted.get("outcome"))?;
    let hand_in = hand_in(&scene, task, outcome, &posted);
    let reason = Some(posted.get("reason").to_owned()).filter(|reason| !reason.is_empty());
    let answer = TaskAnswer { outcome, reason, hand_in: hand_in.clone(), shown: posted.get("shown").to_owned(), key };
    let acting = front.runtime().acting_on(&scene.loaded, task_number, &me.person);
    let warnings = warnings(&front, &scene, task, &acting, &answer).await;
    if !warnings.is_empty() && posted.get("warned") != warnings.join("; ") {
        let again = Again { hand_in, posted, outcome };
        return again.warn(&front, &me, uri.path(), &scene, task, &warnings).await;
    }
    let case_id = scene.loaded.case.id.clone();
    match front.runtime().decide_task(&case_id, task_number, &acting, answer).await {
        Ok(applied) => {
            let done = scene.words().outcome(&task.ask, outcome);
            let about = scene.words().about(&applied.loaded.case);
            front.say(&me, said::decided(done, &scene.words().subject(task), number, &about));
            let next = task::next(&front, &me).await?;
            Ok(go_to(&next.map_or_else(|| paths::INBOX.to_owned(), |next| paths::task(&next))))
        }
        Err(problem) => {
            let again = Again { hand_in, posted, outcome };
            again.answer(&front, &me, uri.path(), (number, task_number), problem).await
        }
    }
}

/// The checks that held, or could not be made, before somebody changed values on approving, and that fail with them.
async fn warnings(front: &Front, scene: &Scene, task: &Task, acting: &Acting, answer: &TaskAnswer) -> Vec<String> {
    let edits = !answer.hand_in.words.is_empty() || !answer.hand_in.uploads.is_empty();
    if answer.outcome != Outcome::Approved || !edits {
        return Vec::new();
    }
    let Some(after) = front.runtime().foreseen(&scene.loaded, task.number, acting, answer).await else {
        return Vec::new();
    };
    let failed = |case: &Case, path| {
        case.findings.get(path).is_some_and(|finding: &Finding| finding.result == CheckResult::Failed)
    };
    let before = &scene.loaded.case;
    let fails = before.findings.iter().filter(|(path, _)| failed(&after, path) && !failed(before, path));
    fails.map(|(_, finding)| finding.words.clone()).collect()
}

pub(super) fn outcome(word: &str) -> Result<Outcome, Halt> {
    match word {
        "approved" => Ok(Outcome::Approved),
        "rejected" => Ok(Outcome::Rejected),
        "completed" => Ok(Outcome::Completed),
        "try_again" => Ok(Outcome::TryAgain),
        _ => Err(Halt::told(StatusCode::UNPROCESSABLE_ENTITY, said::NOT_DONE, said::NO_OUTCOME, said::LOOK_AGAIN)),
    }
}

/// What was handed in, as the core takes it: a rejection writes nothing, an approval only what was changed, and a
/// confirmation the word that stood on its button.
fn hand_in(scene: &Scene, task: &Task, outcome: Outcome, posted: &Posted) -> HandIn {
    let mut hand_in = posted.hand_in();
    if outcome == Outcome::Rejected {
        return HandIn::default();
    }
    match &task.ask {
        Ask::Approve { .. } | Ask::TakeOver { .. } => {
            hand_in.words.retain(|name, words| {
                let Some(field) = scene.loaded.definition.field(name) else { return true };
                let shown = FormField::of(field, scene.loaded.case.value(name), None);
                *words != present(&shown.naming(&scene.loaded.world.directory))
            });
        }
        Ask::Confirm { field, .. } if hand_in.words.get(field).is_none_or(String::is_empty) => {
            let suggested = scene.loaded.case.suggestion(field).and_then(|suggestion| suggestion.value.as_ref());
            if let Some(value) = suggested.filter(|_| !scene.hidden.contains(field)) {
                hand_in.words.insert(field.clone(), value.plain());
            }
        }
        Ask::Confirm { .. }
        | Ask::Provide { .. }
        | Ask::Do { .. }
        | Ask::Review
        | Ask::Judge { .. }
        | Ask::Look
        | Ask::Answer { .. } => {}
    }
    hand_in
}

/// What a form sends for a field that nobody touched.
pub(super) fn present(field: &FormField) -> String {
    if field.kind == FieldKind::Money && !field.value.is_empty() {
        format!("{} {}", field.value, field.currency)
    } else {
        field.value.trim().to_owned()
    }
}

/// A decision that was not recorded, with everything that was typed.
struct Again {
    hand_in: HandIn,
    posted: Posted,
    outcome: Outcome,
}

impl Again {
    async fn answer(
        self,
        front: &Front,
        me: &SignedIn,
        address: &str,
        (case, number): (u64, u32),
        problem: Problem,
    ) -> Answer {
        let scene = Scene::of_number(front, me, case).await?.with_texts(front).await?;
        let task = scene.task(number)?;
        let (status, state) = match problem {
            Problem::Faults(faults) | Problem::Rejected(Rejected::Faults(faults)) => {
                let view = self.typed(front, &scene, task, &faults, None);
                (StatusCode::UNPROCESSABLE_ENTITY, TaskState::Decide(Box::new(view)))
            }
            Problem::Rejected(Rejected::ReasonMissing) => {
                let view = self.typed(front, &scene, task, &[], Some(said::REASON_MISSING));
                (StatusCode::UNPROCESSABLE_ENTITY, TaskState::Decide(Box::new(view)))
            }
            Problem::Rejected(Rejected::Stale) => {
                let history = front.runtime().timeline(&scene.loaded.case.id, scene.loaded.case.seq).await?;
                let changes = changes::since(&scene, &history, number, self.posted.get("shown"));
                let view = self.typed(front, &scene, task, &[], None);
                (StatusCode::CONFLICT, TaskState::Changed(changes, Box::new(view)))
            }
            Problem::Rejected(
                rejected @ (Rejected::AlreadyDecided { .. }
                | Rejected::NoLongerNeeded { .. }
                | Rejected::CaseClosed { .. }),
            ) => {
                let next = task::next(front, me).await?;
                let Some(settled) = scene.sight().settled(task, true, next) else {
                    return Err(Halt::rejected(rejected, &|id| scene.name(id)));
                };
                (StatusCode::CONFLICT, TaskState::Settled(settled))
            }
            Problem::Rejected(rejected) => return Err(Halt::rejected(rejected, &|id| scene.name(id))),
            other => return Err(other.into()),
        };
        shown(front, me, address, &scene, number, (status, state)).await
    }

    /// The form once more, with the checks that fail with what was typed: whoever signs is to know it before.
    async fn warn(
        self,
        front: &Front,
        me: &SignedIn,
        address: &str,
        scene: &Scene,
        task: &Task,
        warnings: &[String],
    ) -> Answer {
        let told = text::task::would_fail(warnings);
        let mut view = self.typed(front, scene, task, &[], Some(&told));
        view.typed.warned = warnings.join("; ");
        let state = (StatusCode::CONFLICT, TaskState::Decide(Box::new(view)));
        shown(front, me, address, scene, task.number, state).await
    }

    /// The forms with what was typed in them.
    fn typed(
        &self,
        front: &Front,
        scene: &Scene,
        task: &Task,
        faults: &[FieldFault],
        problem: Option<&str>,
    ) -> DecisionView {
        let mut view = task::decision(front, scene, task);
        let asked = !view.asked.is_empty();
        put_back(&mut view.asked, &self.hand_in, faults);
        if !asked {
            put_back(&mut view.editable, &self.hand_in, faults);
        }
        let reason = self.posted.get("reason").to_owned();
        if view.answer {
            view.typed.answer = reason;
        } else if self.outcome == Outcome::Rejected {
            view.typed.reason = reason;
        }
        let unplaced = view.asked.is_empty() && view.editable.is_empty();
        let first = faults.first().filter(|_| unplaced).map(|fault| fault.message.clone());
        view.typed.problem = problem.map(str::to_owned).or(first);
        view
    }
}

async fn shown(
    front: &Front,
    me: &SignedIn,
    address: &str,
    scene: &Scene,
    number: u32,
    (status, state): (StatusCode, TaskState),
) -> Result<Response, Halt> {
    let view = task::view(front, me, scene, number, state).await?;
    let shell = front.shell(me, address).await?;
    Ok((status, task_page(&shell, &view)).into_response())
}

/// `POST /tasks/{label}/questions`.
pub(in crate::web) async fn ask(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(name): Path<String>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let (number, task) = label(&name)?;
    let scene = Scene::of_number(&front, &me, number).await?.with_texts(&front).await?;
    let asked = scene.task(task)?;
    let question = posted.get("question").to_owned();
    if question.is_empty() {
        let mut view = task::decision(&front, &scene, asked);
        view.typed.problem = Some(said::QUESTION_MISSING.to_owned());
        let state = (StatusCode::UNPROCESSABLE_ENTITY, TaskState::Decide(Box::new(view)));
        task::may_decide(&front, &scene, asked)?;
        return shown(&front, &me, uri.path(), &scene, task, state).await;
    }
    let done = said::asked(&scene.name(&scene.loaded.case.requester));
    act(&front, &me, &scene, task, EventKind::QuestionAsked { task, question }, &key).await?;
    front.say(&me, done);
    Ok(go_to(&paths::task(&name)))
}

/// `POST /tasks/{label}/claims`.
pub(in crate::web) async fn claim(
    State(front): State<Front>,
    me: SignedIn,
    Path(name): Path<String>,
    Once(key): Once,
) -> Answer {
    let (number, task) = label(&name)?;
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.task(task)?;
    act(&front, &me, &scene, task, EventKind::TaskClaimed { task }, &key).await?;
    front.say(&me, said::CLAIMED);
    Ok(go_to(&paths::task(&name)))
}

/// `POST /tasks/{label}/releases`.
pub(in crate::web) async fn release(
    State(front): State<Front>,
    me: SignedIn,
    Path(name): Path<String>,
    Once(key): Once,
) -> Answer {
    let (number, task) = label(&name)?;
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.task(task)?;
    act(&front, &me, &scene, task, EventKind::TaskReleased { task }, &key).await?;
    front.say(&me, said::RELEASED);
    Ok(go_to(&paths::task(&name)))
}

/// `POST /tasks/{label}/delegations`.
pub(in crate::web) async fn delegate(
    State(front): State<Front>,
    me: SignedIn,
    Path(name): Path<String>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let (number, task) = label(&name)?;
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.task(task)?;
    let to = posted.get("to").to_owned();
    let done = said::delegated(&scene.name(&to));
    act(&front, &me, &scene, task, EventKind::TaskDelegated { task, to }, &key).await?;
    front.say(&me, done);
    Ok(go_to(paths::INBOX))
}

fn has(scene: &Scene, task: u32, person: &str) -> bool {
    scene.loaded.case.task(task).and_then(|task| task.assignee.as_deref()) == Some(person)
}

/// Applies an event to a task, in the person's own name or in the place of somebody who is away.
async fn act(front: &Front, me: &SignedIn, scene: &Scene, task: u32, kind: EventKind, key: &str) -> Result<(), Halt> {
    let acting = match kind {
        // Giving back what one has is done in one's own name; a substitute may have it in somebody else's.
        EventKind::TaskReleased { .. } if has(scene, task, &me.person) => me.acting(),
        _ => front.runtime().acting_on(&scene.loaded, task, &me.person),
    };
    scene.may(&Verb::ReadTask(task))?;
    let dedup = format!("{}/{task}/{key}", kind.name());
    match front.runtime().apply(&scene.loaded.case.id, &acting, &kind, &dedup).await {
        Ok(_) => Ok(()),
        Err(Problem::Rejected(rejected)) => Err(Halt::rejected(rejected, &|id| scene.name(id))),
        Err(problem) => Err(problem.into()),
    }
}

//! The task page: what am I signing, and on what grounds?

use axum::{extract::State, http::Uri, response::IntoResponse as _};
use countersign_core::{
    Verb,
    case::{Ask, Task},
    who,
};

use crate::{
    store::InboxScope,
    web::{
        address::Path,
        catalogue::text,
        format::{Urgency, capital},
        front::Front,
        halt::{Answer, Halt},
        scene::{Scene, inbox_rows, label},
        session::SignedIn,
        views::task::{Claim, DecisionView, Delegate, State as TaskState, TaskView, page as task_page},
    },
};

/// How many other tasks stand beside the open one.
const QUEUE_ROWS: u32 = 12;
/// How many people a task can be handed to from the page.
const DELEGATES_MAX: usize = 200;

/// `GET /tasks/{label}`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(name): Path<String>,
) -> Answer {
    let (number, task) = label(&name)?;
    let scene = Scene::of_number(&front, &me, number).await?.with_texts(&front).await?;
    let state = state(&front, &me, &scene, scene.task(task)?).await?;
    let view = view(&front, &me, &scene, task, state).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(task_page(&shell, &view).into_response())
}

/// What the reader can do with the task now.
async fn state(front: &Front, me: &SignedIn, scene: &Scene, task: &Task) -> Result<TaskState, Halt> {
    if !task.is_open() {
        let next = next(front, me).await?;
        return scene.sight().settled(task, false, next).map(TaskState::Settled).ok_or_else(Halt::not_found);
    }
    if let Some(held) = scene.words().held(&scene.loaded.case, task) {
        return Ok(TaskState::Look(held));
    }
    Ok(match may_decide(front, scene, task) {
        Ok(()) => TaskState::Decide(Box::new(decision(front, scene, task))),
        Err(refusal) => {
            let could = crate::web::format::list(&refusal.could);
            TaskState::Look(text::said::only_look(&capital(&refusal.message), &could).into())
        }
    })
}

/// Whether the reader may decide, for themselves or in the place of somebody who is away.
pub(super) fn may_decide(front: &Front, scene: &Scene, task: &Task) -> Result<(), countersign_core::Refusal> {
    let acting = front.runtime().acting_on(&scene.loaded, task.number, &scene.me);
    scene.may_as(&acting, &Verb::DecideTask(task.number))
}

/// Every way to decide that the reader has.
pub(super) fn decision(front: &Front, scene: &Scene, task: &Task) -> DecisionView {
    let currency = scene.loaded.definition.reading.currency.as_deref();
    let mut view = scene.sight().decision(task, currency);
    let acting = front.runtime().acting_on(&scene.loaded, task.number, &scene.me);
    let directory = &scene.loaded.world.directory;
    // Whoever stands in decides or leaves it: handed back to the one who is away it would stay with the substitute.
    let others = directory.people.keys().filter(|id| **id != scene.me && Some(*id) != acting.standing_for());
    let takes = |id: &&String| scene.may_as(&acting, &Verb::DelegateTask(task.number, (*id).clone())).is_ok();
    view.delegates = others
        .filter(takes)
        .take(DELEGATES_MAX)
        .map(|id| Delegate { id: id.clone(), name: directory.name(id).to_owned() })
        .collect();
    view
}

/// The label of the task that the reader should look at next.
pub(super) async fn next(front: &Front, me: &SignedIn) -> Result<Option<String>, Halt> {
    Ok(front.store().inbox(&me.person, InboxScope::All, 1, 0).await?.into_iter().next().map(|row| row.label))
}

/// The page's view with a state of the caller's choosing.
pub(super) async fn view(
    front: &Front,
    me: &SignedIn,
    scene: &Scene,
    number: u32,
    state: TaskState,
) -> Result<TaskView, Halt> {
    let queue = inbox_rows(front, me, InboxScope::All, QUEUE_ROWS).await?;
    let (words, sight, case) = (scene.words(), scene.sight(), &scene.loaded.case);
    let task = case.task(number).ok_or_else(Halt::not_found)?;
    Ok(TaskView {
        label: task.label(case),
        case: case.number,
        process: scene.loaded.definition.title.clone(),
        title: words.task_title(case, task),
        question: words.question(case, task),
        grounds: words.grounds(case, task),
        owner: words.owner(case, task),
        urgency: if task.is_open() { scene.reader.urgency(task.due_at) } else { Urgency::Later },
        then: words.then(case, task),
        in_place_of: scene.in_place_of(front, task),
        claim: claim(front, scene, task),
        state,
        scale: sight.scale(task),
        guideline: sight.guideline(task),
        summary: case.summary.clone(),
        findings: sight.findings(),
        fields: sight.fields(),
        documents: sight.documents(),
        questions: sight.questions(task),
        decisions: sight.decided_before(task),
        queue,
    })
}

/// A substitute takes and gives back as the one who is away would.
fn claim(front: &Front, scene: &Scene, task: &Task) -> Claim {
    if !task.is_open() || matches!(task.ask, Ask::Answer { .. }) {
        return Claim::Nothing;
    }
    let acting = front.runtime().acting_on(&scene.loaded, task.number, &scene.me);
    let mine = [Some(&scene.me), acting.standing_for()];
    if task.assignee.is_some() && mine.contains(&task.assignee.as_ref()) {
        return Claim::Release;
    }
    let eligible = who::eligible(&scene.loaded.context(), &scene.loaded.case, task, scene.now);
    let several = task.assignee.is_none() && eligible.len() > 1;
    if several && eligible.iter().any(|one| one.person == scene.me) { Claim::Take } else { Claim::Nothing }
}

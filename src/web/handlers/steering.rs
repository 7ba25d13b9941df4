//! Operators steer a case: they move it between stages, hold it, ask for more, and move it between versions.

use axum::{extract::State, http::StatusCode};
use countersign_core::{
    Rejected, Verb, authorise,
    case::{Added, TaskState},
    definition::Who,
    event::{Acting, Addition, Event, EventKind, MoveKind, Requirement},
    people::ADMINISTRATOR,
    time::Span,
};

use super::{case::apply, go_to};
use crate::web::{
    address::Path,
    catalogue::text::{said, steering as text, the},
    format::capital,
    front::Front,
    halt::{Answer, Halt},
    paths,
    posted::Posted,
    scene::Scene,
    sentence::Sentence,
    session::{Once, SignedIn},
    views::steering::{AdditionView, HeldView, MoveView, SteeringView},
};

/// The longest time for something that is asked for in one case, in working days.
const DAYS_MAX: u32 = 250;

/// `POST /cases/{number}/moves`.
pub(in crate::web) async fn move_case(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let Some((kind, stage)) = posted.get("to").split_once(':') else { return Err(unfit(text::NO_STAGE)) };
    let kind = match kind {
        "advance" => MoveKind::Advance,
        "return" => MoveKind::Return,
        "skip" => MoveKind::Skip,
        _ => return Err(unfit(text::NO_STAGE)),
    };
    let reason = posted.get("reason").to_owned();
    let kind = EventKind::StageMoved { kind, to_stage: Some(stage.to_owned()), reason };
    apply(&front, &me, number, kind, &key).await?;
    front.say(&me, text::SAID_MOVED);
    Ok(go_to(&paths::case(number)))
}

/// `POST /cases/{number}/holds`.
pub(in crate::web) async fn hold(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    apply(&front, &me, number, EventKind::CaseHeld { reason: posted.get("reason").to_owned() }, &key).await?;
    front.say(&me, text::SAID_HELD);
    Ok(go_to(&paths::case(number)))
}

/// `POST /cases/{number}/holds/end`.
pub(in crate::web) async fn resume(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
) -> Answer {
    apply(&front, &me, number, EventKind::CaseResumed, &key).await?;
    front.say(&me, text::SAID_RESUMED);
    Ok(go_to(&paths::case(number)))
}

/// `POST /cases/{number}/additions`.
pub(in crate::web) async fn add(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let name = posted.get("name").to_owned();
    let requirement = match posted.get("what") {
        "review" => Requirement::Review { name },
        _ => Requirement::Document { name },
    };
    let (who, person) = match posted.get("who").split_once(':') {
        Some(("role", role)) => (Who::Role { role: role.to_owned() }, None),
        Some(("party", party)) => (Who::Party { party: party.to_owned() }, None),
        Some(("person", person)) => (Who::Requester, Some(person.to_owned())),
        _ => (Who::Requester, None),
    };
    let days = posted.get("days").parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
    let due = Span::WorkingDays(days.ok_or_else(|| unfit(text::BAD_DAYS))?);
    let what = Addition { requirement, who, person, due };
    let kind = EventKind::RequirementAdded { what, reason: posted.get("reason").to_owned() };
    apply(&front, &me, number, kind, &key).await?;
    front.say(&me, text::SAID_ADDED);
    Ok(go_to(&paths::case(number)))
}

/// `POST /cases/{number}/migration/undo`.
pub(in crate::web) async fn undo(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    front.runtime().undo_migration(&me.acting(), &scene.loaded.case.id, &key).await?;
    front.say(&me, text::SAID_UNDONE);
    Ok(go_to(&paths::case(number)))
}

fn unfit(why: &str) -> Halt {
    Halt::told(StatusCode::UNPROCESSABLE_ENTITY, said::NOT_DONE, why, said::CORRECT)
}

/// The case as a whole, for its page.
pub(super) async fn view(front: &Front, scene: &Scene) -> Result<SteeringView, Halt> {
    let case = &scene.loaded.case;
    let current = front.store().current_version(&case.process).await?;
    let newer = current.is_some_and(|current| current.hash != case.version);
    let may = |verb: &Verb| case.is_open() && scene.may(verb).is_ok();
    let may_move = may(&Verb::MoveCase);
    let words = scene.words();
    let migrated = case.migrated.as_ref().filter(|_| may(&Verb::MigrateCase));
    Ok(SteeringView {
        rehearsal: scene.loaded.definition.is_rehearsal(),
        held: case.held.as_ref().filter(|_| case.is_open()).map(|hold| HeldView {
            reason: hold.reason.clone(),
            by: words.person(&hold.by),
            since: scene.reader.since(hold.since),
            may_resume: may_move,
        }),
        migrated: migrated.map(|one| (words.person(&one.by), scene.reader.at(one.at))),
        additions: case.additions.iter().map(|added| addition(scene, added)).collect(),
        moves: if may_move && case.held.is_none() { moves(scene) } else { Vec::new() },
        may_move,
        may_add: case.held.is_none() && may(&Verb::AddRequirement),
        askable: askable(scene),
        process: case.process.clone(),
        version: case.version.clone(),
        newer: newer && case.is_open(),
        may_migrate: may(&Verb::MigrateCase),
    })
}

/// Every stage with whether the core would move the case there now, and why not.
fn moves(scene: &Scene) -> Vec<MoveView> {
    let case = &scene.loaded.case;
    let here = case.cursors.iter().map(|cursor| cursor.path.stage_index()).max().unwrap_or_default();
    let stages = scene.loaded.definition.stages.iter().enumerate();
    let one = |(index, stage): (usize, &countersign_core::definition::Stage)| {
        let (kind, name) = match index {
            _ if index <= here => (MoveKind::Return, "return"),
            _ if index == here + 1 => (MoveKind::Advance, "advance"),
            _ => (MoveKind::Skip, "skip"),
        };
        let moved = EventKind::StageMoved { kind, to_stage: Some(stage.name.clone()), reason: "so".to_owned() };
        let event = Event::new(scene.now, Acting::person(scene.me.clone()), moved);
        let refused = match countersign_core::decide(&scene.loaded.context(), (**case).clone(), &event) {
            Ok(_) => None,
            Err(Rejected::NotMovable { why, .. }) => Some(format!("{}.", capital(&why))),
            Err(other) => Some(format!("{}.", capital(&other.to_string()))),
        };
        MoveView {
            value: format!("{name}:{}", stage.name),
            label: text::stage_choice(kind, &stage.name, index == here),
            refused,
        }
    };
    stages.map(one).collect()
}

fn addition(scene: &Scene, added: &Added) -> AdditionView {
    let (case, words) = (&scene.loaded.case, scene.words());
    let state = match case.task(added.task) {
        Some(task) => match (&task.state, task.decisions().last()) {
            (TaskState::Open, _) => Sentence::new(format!("waits for {}; ", words.waits_for(case, task)))
                .moment(scene.reader.due(task.due_at)),
            (TaskState::Closed { at, .. }, Some(decision)) => {
                Sentence::new(format!("done by {} ", words.person(&decision.by))).moment(scene.reader.at(*at))
            }
            (TaskState::Closed { at, .. } | TaskState::Cancelled { at }, _) => {
                Sentence::new("no longer needed since ").moment(scene.reader.at(*at))
            }
        },
        None => Sentence::new(String::new()),
    };
    AdditionView {
        what: capital(&the(added.what.requirement.name())),
        state,
        why: Sentence::new(format!("{} ", words.person(&added.by)))
            .moment(scene.reader.at(added.at))
            .text(format!(": {}", added.reason)),
    }
}

/// Of whom something can be asked in this case: the requester, outside parties, every role that is held, everybody.
fn askable(scene: &Scene) -> Vec<(String, String)> {
    let (definition, directory) = (&scene.loaded.definition, &scene.loaded.world.directory);
    let mut roles: Vec<&String> =
        directory.people.values().filter(|person| !person.disabled).flat_map(|person| &person.roles).collect();
    roles.sort();
    roles.dedup();
    let mut all = vec![("requester".to_owned(), text::THE_REQUESTER.to_owned())];
    all.extend(definition.parties.iter().map(|party| (format!("party:{}", party.name), the(&party.name))));
    let roles = roles.into_iter().filter(|role| *role != ADMINISTRATOR);
    all.extend(roles.map(|role| (format!("role:{role}"), the(role))));
    let people = directory.people.iter().filter(|(_, person)| !person.disabled);
    all.extend(people.map(|(id, person)| (format!("person:{id}"), person.name.clone())));
    all
}

/// Whether somebody may steer cases of a process, judged under a version of it.
pub(super) fn may(
    front: &Front,
    me: &SignedIn,
    version: &crate::store::Version,
    verb: &Verb,
) -> Result<(), countersign_core::Refusal> {
    let world = front.runtime().world();
    let context = countersign_core::Context {
        definition: &version.definition,
        version: &version.hash,
        directory: &world.directory,
        calendar: &world.calendar,
    };
    authorise(&context, None, &me.acting(), verb, front.now())
}

//! The versions of a process, and running cases that go from one to another.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{Verb, definition::Path as StepPath, migrate::Fit};

use super::{go_to, processes::lines, steering::may};
use crate::{
    runtime::{
        Problem,
        papers::papers_of,
        versions::{Chosen, Looked},
    },
    store::Version,
    web::{
        address::Path,
        catalogue::{steps, text::versions as text},
        front::Front,
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        scene::Scene,
        session::{Once, SignedIn},
        views::versions::{
            Ask, FitView, MigrationView, MovingCase, Of, VersionRow, VersionView, VersionsView, list as list_page,
            migration as migration_page, page as version_page,
        },
    },
};

/// `GET /processes/{id}/versions`.
pub(in crate::web) async fn list(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let current = current(&front, &id).await?;
    let open = front.store().open_by_version(&id).await?;
    let versions = front.store().versions(&id).await?;
    let row = |version: &Version| row(&front, &me, version, &current.hash, &open);
    let view = VersionsView {
        versions: versions.iter().map(row).collect(),
        may_move: may(&front, &me, &current, &Verb::MigrateCase).is_ok(),
        process: of(&current),
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(list_page(&shell, &view).into_response())
}

/// `GET /processes/{id}/versions/{version}`.
pub(in crate::web) async fn page(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path((id, hash)): Path<(String, String)>,
) -> Answer {
    let current = current(&front, &id).await?;
    let version = front.store().version(&hash).await?.filter(|version| version.process == id);
    let version = version.ok_or_else(Halt::not_found)?;
    let open = front.store().open_by_version(&id).await?;
    let view = VersionView {
        process: of(&current),
        row: row(&front, &me, &version, &current.hash, &open),
        text: lines(&version),
        papers: papers_of(&version),
        reads: [Verb::OverseeProcess, Verb::PublishProcess].iter().any(|verb| may(&front, &me, &current, verb).is_ok()),
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(version_page(&shell, &view).into_response())
}

/// `GET /processes/{id}/migration`.
pub(in crate::web) async fn preview(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
) -> Answer {
    let current = current(&front, &id).await?;
    may(&front, &me, &current, &Verb::MigrateCase)?;
    let view = all(&front, &me, &current, None).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(migration_page(&shell, &view).into_response())
}

/// `POST /processes/{id}/migration`: each chosen case by itself.
pub(in crate::web) async fn apply(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let current = current(&front, &id).await?;
    may(&front, &me, &current, &Verb::MigrateCase)?;
    let numbers: Vec<u64> = posted.all("case").into_iter().filter_map(|number| number.parse().ok()).collect();
    if numbers.is_empty() || posted.get("version") != current.hash {
        let view = all(&front, &me, &current, Some(text::NOBODY_CHOSEN)).await?;
        let shell = front.shell(&me, uri.path()).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, migration_page(&shell, &view)).into_response());
    }
    let (mut moved, mut said) = (0, String::new());
    for number in numbers {
        match move_one(&front, &me, number, &current, &posted, &key).await {
            Ok(()) => moved += 1,
            Err(Problem::Rejected(rejected)) => said.push_str(&text::not_moved(number, &reason(&rejected))),
            Err(problem) => return Err(problem.into()),
        }
    }
    front.say(&me, format!("{}{said}", text::moved(moved)));
    Ok(go_to(&paths::process_part(&id, "migration")))
}

/// `GET /cases/{number}/migration`.
pub(in crate::web) async fn preview_one(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(number): Path<u64>,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.may(&Verb::MigrateCase)?;
    let current = current(&front, &scene.loaded.case.process).await?;
    let mut cases = Vec::new();
    if scene.loaded.case.version != current.hash {
        let looked = front.runtime().look(scene.loaded.clone(), &current.hash, &Chosen::new()).await?;
        cases.push(moving(&scene, &looked));
    }
    let action = paths::case_part(number, "migration");
    let view = MigrationView { process: of(&current), version: current.hash, action, cases, one: true, problem: None };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(migration_page(&shell, &view).into_response())
}

/// `POST /cases/{number}/migration`.
pub(in crate::web) async fn apply_one(
    State(front): State<Front>,
    me: SignedIn,
    Path(number): Path<u64>,
    Once(key): Once,
    posted: Posted,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    scene.may(&Verb::MigrateCase)?;
    let current = current(&front, &scene.loaded.case.process).await?;
    match move_one(&front, &me, number, &current, &posted, &key).await {
        Ok(()) => front.say(&me, text::moved(1)),
        Err(Problem::Rejected(rejected)) => return Err(Halt::rejected(rejected, &|id| scene.name(id))),
        Err(problem) => return Err(problem.into()),
    }
    Ok(go_to(&paths::case(number)))
}

/// `POST /processes/{id}/rehearsal/end`.
pub(in crate::web) async fn end_rehearsal(State(front): State<Front>, me: SignedIn, Path(id): Path<String>) -> Answer {
    let current = current(&front, &id).await?;
    may(&front, &me, &current, &Verb::PublishProcess)?;
    let closed = front.runtime().end_rehearsal(&me.acting(), &id).await?;
    front.say(&me, text::rehearsal_over(closed));
    Ok(go_to(paths::PROCESSES))
}

async fn move_one(
    front: &Front,
    me: &SignedIn,
    number: u64,
    to: &Version,
    posted: &Posted,
    key: &str,
) -> Result<(), Problem> {
    let loaded = front.runtime().load_number(number).await?;
    if loaded.case.process != to.process {
        return Err(Problem::NotFound(format!("case {number} of this process")));
    }
    let chosen = posted.under(&format!("place.{number}.")).into_iter().filter_map(|(from, to)| {
        let from = StepPath::try_from(from.to_owned()).ok()?;
        Some((from, StepPath::try_from(to.to_owned()).ok().filter(|to| !to.0.is_empty())?))
    });
    let key = format!("{key}/{number}");
    front.runtime().migrate(&me.acting(), &loaded.case.id, &to.hash, &chosen.collect(), &key).await?;
    Ok(())
}

fn reason(rejected: &countersign_core::Rejected) -> String {
    match rejected {
        countersign_core::Rejected::NotMigratable { why, .. } => why.clone(),
        other => other.to_string(),
    }
}

async fn all(front: &Front, me: &SignedIn, to: &Version, problem: Option<&str>) -> Result<MigrationView, Halt> {
    let mut cases = Vec::new();
    for looked in front.runtime().look_at_all(&to.process, &to.hash).await? {
        if let Ok(scene) = Scene::of(front, me, looked.loaded.clone()) {
            cases.push(moving(&scene, &looked));
        }
    }
    Ok(MigrationView {
        process: of(to),
        version: to.hash.clone(),
        action: paths::process_part(&to.process, "migration"),
        cases,
        one: false,
        problem: problem.map(str::to_owned),
    })
}

fn moving(scene: &Scene, looked: &Looked) -> MovingCase {
    let (case, words) = (&scene.loaded.case, scene.words());
    let fit = match &looked.fit {
        Fit::Refused { reason } => FitView::Refused(reason.clone()),
        Fit::Fits { asked_again, voided, changes, .. } => {
            let mut lines = changes.clone();
            if !asked_again.is_empty() {
                lines.push(text::asked_again(asked_again.len()));
            }
            let signed = |task: &u32| case.sign_offs.iter().find(|one| one.task == *task);
            lines.extend(voided.iter().filter_map(signed).map(|one| text::voided(&words.person(&one.by))));
            FitView::Fits(lines)
        }
        Fit::NeedsMapping { unplaced } => {
            let places = steps::places(&looked.new);
            let ask = |one: &countersign_core::migrate::Unplaced| Ask {
                name: format!("place.{}.{}", case.number, one.step),
                step: steps::step(&scene.loaded.definition, &one.step),
                places: places
                    .iter()
                    .map(|(path, words)| (path.to_string(), words.clone(), one.offered.as_ref() == Some(path)))
                    .collect(),
            };
            FitView::Needs(unplaced.iter().map(ask).collect())
        }
    };
    MovingCase { number: case.number, about: words.about(case), fit }
}

fn row(front: &Front, me: &SignedIn, version: &Version, current: &str, open: &[(String, u64)]) -> VersionRow {
    VersionRow {
        published: front.reader(me.numbers).at(version.published_at),
        publisher: front.runtime().world().directory.name(&version.published_by).to_owned(),
        open_cases: open.iter().find(|(hash, _)| *hash == version.hash).map_or(0, |(_, count)| *count),
        current: version.hash == current,
        version: version.hash.clone(),
    }
}

fn of(version: &Version) -> Of {
    Of { id: version.process.clone(), title: version.definition.title.clone() }
}

async fn current(front: &Front, id: &str) -> Result<Version, Halt> {
    front.store().current_version(id).await?.ok_or_else(Halt::not_found)
}

//! Cases that start by the clock of the organisation: once for each instant, whatever lies in between.

use countersign::{
    config::{Config, Organisation},
    runtime::Runtime,
    store::{CaseFilter, CaseState},
};
use countersign_core::{
    event::EventKind,
    time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp},
};

use super::world::{Setup, World};

/// A process that starts by itself, and asks somebody for something.
fn text(schedule: &str) -> String {
    format!(
        "# Till count

A clerk can start this process.
The finance lead is accountable for this process.
The finance desk is a role.
{schedule}

Stage Count:
- The finance desk does \"count the till\" within 1 working day.
- Close the case as counted.
"
    )
}

fn at(instant: &str) -> Timestamp {
    Timestamp(instant.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// The organisation in Berlin with this process, published at this instant.
async fn world(schedule: &str, published: &str) -> World {
    let organisation = Organisation { zone: "Europe/Berlin".to_owned(), ..Organisation::default() };
    let config = Config { organisation, ..Config::default() };
    World::with(&text(schedule), Setup { config, start: Some(at(published)), ..Setup::default() }).await
}

/// Moves the clock to an instant, and lets a runtime do what is due.
async fn go_to(world: &World, runtime: &Runtime, instant: &str) {
    world.clock.advance(at(instant).0 - world.clock.now().0);
    runtime.run_until_quiet().await.unwrap();
}

/// The instants that cases were started for, the oldest first, and the versions that they run.
async fn started(world: &World) -> Vec<(String, String)> {
    let filter = CaseFilter { state: CaseState::All, limit: 100, ..CaseFilter::default() };
    let mut all = Vec::new();
    for row in world.store.cases(&filter).await.unwrap() {
        world.folds(row.number).await;
        if let Some(EventKind::CaseScheduled { due, requester, .. }) = world.log(row.number).await.first() {
            assert_eq!(requester, "ana", "the first clerk stands as its requester");
            let due = jiff::Timestamp::from_millisecond(due.0).unwrap().to_string();
            all.push((due, row.version));
        }
    }
    all.sort();
    all
}

/// These and no other instants have had a case started.
async fn check(world: &World, expected: &[&str]) {
    let found: Vec<String> = started(world).await.into_iter().map(|(due, _)| due).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_case_starts_once_at_its_minute_and_never_before() {
    let world = world("Every Monday at 09:00, a case starts.", "2026-09-18T12:00:00Z").await;
    go_to(&world, &world.runtime, "2026-09-21T06:59:59Z").await;
    check(&world, &[]).await;
    go_to(&world, &world.runtime, "2026-09-21T07:00:00Z").await;
    check(&world, &["2026-09-21T07:00:00Z"]).await;
    for _ in 0..3 {
        world.later(MINUTE_MS / 2).await;
    }
    check(&world, &["2026-09-21T07:00:00Z"]).await;
    assert_eq!(world.asked(1001).await, ["fee", "fin"]);
}

#[tokio::test]
async fn what_came_due_while_nothing_ran_is_made_up_for_once() {
    let world = world("Every day at 06:00, a case starts.", "2026-09-01T12:00:00Z").await;
    go_to(&world, &world.runtime, "2026-09-02T04:00:00Z").await;
    // Three days later two runtimes come back at the same time, on one store.
    world.clock.advance(3 * DAY_MS);
    let (one, other) = (world.another().await, world.another().await);
    let (first, second) = tokio::join!(one.run_until_quiet(), other.run_until_quiet());
    first.unwrap();
    second.unwrap();
    let due = ["2026-09-02T04:00:00Z", "2026-09-03T04:00:00Z", "2026-09-04T04:00:00Z", "2026-09-05T04:00:00Z"];
    check(&world, &due).await;
    world.runtime.run_until_quiet().await.unwrap();
    world.another().await.run_until_quiet().await.unwrap();
    check(&world, &due).await;
}

#[tokio::test]
async fn a_rare_start_is_made_up_for_after_a_long_downtime_and_a_frequent_one_does_not_pile_up() {
    let monthly = world("Every last day of the month at 18:00, a case starts.", "2026-08-03T12:00:00Z").await;
    go_to(&monthly, &monthly.another().await, "2026-09-20T08:00:00Z").await;
    check(&monthly, &["2026-08-31T16:00:00Z"]).await;
    let daily = world("Every day at 06:00, a case starts.", "2026-08-03T12:00:00Z").await;
    go_to(&daily, &daily.another().await, "2026-09-20T08:00:00Z").await;
    assert_eq!(started(&daily).await.len(), 7, "one for each of the last seven days");
}

#[tokio::test]
async fn a_time_that_the_clocks_skip_and_one_that_they_show_twice_start_one_case() {
    let world = world("Every day at 02:30, a case starts.", "2026-10-24T10:00:00Z").await;
    // In the night to 25 October 2026 half past two comes twice: at 00:30 and at 01:30 UTC.
    for instant in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"] {
        go_to(&world, &world.runtime, instant).await;
        check(&world, &["2026-10-25T00:30:00Z"]).await;
    }
    go_to(&world, &world.runtime, "2026-10-26T01:30:00Z").await;
    check(&world, &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]).await;

    let world = self::world("Every day at 02:30, a case starts.", "2027-03-27T10:00:00Z").await;
    // In the night to 28 March 2027 clocks go from two to three at 01:00 UTC: there is no half past two.
    go_to(&world, &world.runtime, "2027-03-28T00:59:59Z").await;
    check(&world, &[]).await;
    for instant in ["2027-03-28T01:00:00Z", "2027-03-28T01:30:00Z", "2027-03-28T12:00:00Z"] {
        go_to(&world, &world.runtime, instant).await;
        check(&world, &["2027-03-28T01:00:00Z"]).await;
    }
    go_to(&world, &world.runtime, "2027-03-29T00:30:00Z").await;
    check(&world, &["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]).await;
}

#[tokio::test]
async fn the_last_day_of_a_month_is_found_in_every_month() {
    let world = world("Every last day of the month at 23:30, a case starts.", "2026-12-01T00:00:00Z").await;
    // A day at a time, so that a month may end on any day of the week.
    for _ in 0..121 {
        world.later(DAY_MS).await;
    }
    check(&world, &["2026-12-31T22:30:00Z", "2027-01-31T22:30:00Z", "2027-02-28T22:30:00Z", "2027-03-31T21:30:00Z"])
        .await;
}

#[tokio::test]
async fn a_start_runs_the_version_of_its_time_and_a_new_version_loses_none() {
    let daily = "Every day at 06:00, a case starts.";
    let world = world(daily, "2026-09-01T12:00:00Z").await;
    go_to(&world, &world.runtime, "2026-09-02T04:00:00Z").await;
    let before = started(&world).await;
    // The next one comes due while nothing looks, and a new version with the same schedule is published just then.
    world.clock.advance(DAY_MS + HOUR_MS);
    let second = world.publish(&text(daily).replace("count the till", "count it twice")).await;
    world.quiet().await;
    let after = started(&world).await;
    let (_, first) = &before[0];
    assert_eq!(after, [before[0].clone(), ("2026-09-03T04:00:00Z".to_owned(), second.clone())]);
    assert_ne!(*first, second);
    assert_eq!(world.case(1001).await.version, *first, "a running case stays on its version");
    // Another time of the day counts from its publication on; the day's case under the old time has started.
    world.publish(&text("Every day at 05:00, a case starts.")).await;
    world.later(DAY_MS).await;
    let due = ["2026-09-02T04:00:00Z", "2026-09-03T04:00:00Z", "2026-09-04T03:00:00Z"];
    check(&world, &due).await;
    // Without a schedule nothing starts, also not for what an earlier version would have started.
    world.clock.advance(DAY_MS);
    world.publish(&text("")).await;
    world.quiet().await;
    world.later(3 * DAY_MS).await;
    check(&world, &due).await;
}

#[tokio::test]
async fn nobody_to_stand_as_requester_starts_nothing_and_is_told() {
    let world = world("Every day at 06:00, a case starts.", "2026-09-01T12:00:00Z").await;
    for (id, roles) in [("ana", &[][..]), ("ben", &[]), ("lea", &[])] {
        let nobody = super::world::person(id, roles, None);
        world.runtime.put_person("ada", id, &nobody, false).await.unwrap();
    }
    go_to(&world, &world.runtime, "2026-09-02T05:00:00Z").await;
    check(&world, &[]).await;
    let setup = world.runtime.examine(&|_| {}).await.unwrap().setup;
    let missed = setup.iter().find(|finding| finding.code == "missed_start").unwrap();
    assert!(missed.what.contains("Till count") && missed.next.contains("clerk"), "{missed:?}");
    let clerk = super::world::person("ana", &["clerk"], None);
    world.runtime.put_person("ada", "ana", &clerk, false).await.unwrap();
    world.another().await.run_until_quiet().await.unwrap();
    check(&world, &["2026-09-02T04:00:00Z"]).await;
    assert!(!world.runtime.examine(&|_| {}).await.unwrap().setup.iter().any(|one| one.code == "missed_start"));
}

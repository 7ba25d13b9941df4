//! What machines ask: alive, ready, and the figures, which only the token opens.

use axum::{
    body::Body,
    http::{Request, header},
};
use tokio::sync::watch;

use super::world::{FIGURES_TOKEN, World, ask};

/// How often readiness is asked for before the test gives up.
const ASKED_MAX: usize = 10_000;

fn with_token(token: &str) -> Request<Body> {
    ask("GET", None, "/metrics").header(header::AUTHORIZATION, token).body(Body::empty()).unwrap()
}

fn plain(path: &str) -> Request<Body> {
    ask("GET", None, path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn ready_means_that_the_sweep_runs_and_nobody_stops_it() {
    let world = World::new().await;
    world.send(plain("/healthz")).await.must_be(200).says("ok");
    world.send(plain("/readyz")).await.must_be(503).says("the sweep has not begun");
    let (stop, stopped) = watch::channel(false);
    let sweep = world.runtime.spawn(stopped);
    let mut asked = 0;
    while world.send(plain("/readyz")).await.status.as_u16() != 200 {
        asked += 1;
        assert!(asked < ASKED_MAX, "the sweep never began");
        tokio::task::yield_now().await;
    }
    world.runtime.begin_draining();
    world.send(plain("/readyz")).await.must_be(503).says("the program is stopping").says_nothing_of("sweep");
    world.send(plain("/healthz")).await.must_be(200);
    stop.send(true).unwrap();
    sweep.await.unwrap();
    world.store.close().await;
    world.send(plain("/readyz")).await.must_be(503).says("the database does not answer");
}

#[tokio::test]
async fn figures_are_told_to_whoever_has_the_token() {
    let world = World::new().await;
    world.send(plain("/metrics")).await.must_be(401).says_nothing_of("countersign_");
    world.send(with_token("Bearer another")).await.must_be(401).says_nothing_of("countersign_");
    world.get("carla", "/metrics").await.must_be(401).says_nothing_of("countersign_");
    world.get("carla", "/cases/1001").await.must_be(200);
    let told = world.send(with_token(&format!("Bearer {FIGURES_TOKEN}"))).await.must_be(200);
    assert!(told.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "countersign_cases{state=\"open\"} 3",
        "countersign_cases{state=\"stuck\"} 2",
        "countersign_tasks{state=\"open\"} 3",
        "countersign_tasks{state=\"overdue\"} 0",
        "countersign_effects{state=\"waiting\"} 0",
        "countersign_effects{state=\"stuck\"} 0",
    ] {
        assert!(told.text.lines().any(|one| one == line), "`{line}` is not in\n{}", told.text);
    }
    let counted = "countersign_http_requests_total{method=\"GET\",route=\"/cases/{number}\",status=\"200\"}";
    assert!(told.text.contains(counted) && told.text.contains("countersign_commits_total"), "{}", told.text);
    // A count may hold these digits too.
    assert!(!told.text.contains("/1001"), "an address became a label: {}", told.text);
}

#[tokio::test]
async fn without_a_token_there_are_no_figures() {
    let world = World::without_figures().await;
    world.send(with_token("Bearer ")).await.must_be(404);
    world.send(plain("/metrics")).await.must_be(404);
}

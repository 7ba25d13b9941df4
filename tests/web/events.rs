//! What pages hear while they are open, and when they stop hearing it.

use axum::{body::Body, http::header};
use countersign::web::{
    server,
    state::{AppState, Site},
};
use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::world::{World, ask};

/// Everything that a stream says until it says one of these words, or ends.
async fn until(stream: &mut axum::body::BodyDataStream, words: &str) -> String {
    let mut heard = String::new();
    while let Some(piece) = stream.next().await {
        heard.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        if heard.contains(words) {
            break;
        }
    }
    heard
}

#[tokio::test]
async fn a_page_hears_of_what_its_reader_may_see_and_of_nothing_else() {
    let world = World::new().await;
    let mut carla = world.listen("carla").await;
    let mut otto = world.listen("otto").await;
    assert!(until(&mut carla, "\n\n").await.contains("hx-target=\"#waiting\" hx-swap=\"innerHTML\"> 1</hx-partial>"));
    world.post("rosa", "/cases/1001/withdrawal", &[]).await.must_be(303);
    let heard = until(&mut carla, "event: case-1001").await;
    assert!(heard.contains("event: inbox"), "{heard}");
    assert!(heard.contains("innerHTML\"></hx-partial>"), "the badge is empty now: {heard}");
    assert!(!heard.contains("Leipzig"), "no data of a case is sent");
    world.post("otto", "/session/end", &[]).await.must_be(303);
    world.post("rosa", "/cases/1002/withdrawal", &[]).await.must_be(303);
    let heard = until(&mut otto, "event:").await;
    assert!(!heard.contains("event:"), "nothing of it was for otto, and his stream has ended: {heard}");
}

#[tokio::test]
async fn a_page_that_comes_back_looks_again() {
    let world = World::new().await;
    let request = ask("GET", Some("carla"), "/events").header("last-event-id", "7").body(Body::empty()).unwrap();
    let mut stream = world.stream(request).await;
    assert!(until(&mut stream, "event: again").await.contains("event: inbox"));
}

#[tokio::test]
async fn nobody_listens_without_a_session() {
    let world = World::new().await;
    let request = ask("GET", None, "/events").header("hx-request", "true").body(Body::empty()).unwrap();
    world.send(request).await.must_be(204);
    let partial = ask("GET", Some("carla"), "/inbox").header("hx-request-type", "partial").body(Body::empty()).unwrap();
    let list = world.send(partial).await.must_be(200).says("1001-1");
    assert!(!list.text.contains("<html"), "a script gets the list alone");
}

#[tokio::test]
async fn a_server_that_is_stopped_lets_its_listeners_go() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let site = Site { base_url: format!("http://{address}"), secure: false, demo: false };
    let state = AppState { runtime: world.runtime.clone(), site: std::sync::Arc::new(site) };
    let (stop, stopped) = watch::channel(false);
    let page = async {
        let mut page = TcpStream::connect(address).await.unwrap();
        let cookie = ask("GET", Some("carla"), "/").body(Body::empty()).unwrap();
        let cookie = cookie.headers()[header::COOKIE].to_str().unwrap().to_owned();
        let request = format!("GET /events HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n");
        page.write_all(request.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("</hx-partial>") {
            assert!(page.read_buf(&mut heard).await.unwrap() > 0, "{}", String::from_utf8_lossy(&heard));
        }
        stop.send(true).unwrap();
    };
    let (served, ()) = tokio::join!(server::serve(listener, state, stopped), page);
    served.unwrap();
}

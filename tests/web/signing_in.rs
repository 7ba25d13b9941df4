//! Signing in and out: passwords, links, the first administrator, the demo.

use axum::{body::Body, http::header};
use countersign::{store::LinkPurpose, web::security::hash_password};

use super::world::{Answer, START, World, ask, form};

const PASSWORD: &str = "correct horse battery";

async fn sign_in(world: &World, name: &str, password: &str, back: &str) -> Answer {
    let words = [("name", name), ("password", password), ("back", back)];
    world.send(form(ask("POST", None, "/session").header("sec-fetch-site", "same-origin"), &words)).await
}

async fn open_with(world: &World, cookie: &str, path: &str) -> Answer {
    let request = ask("GET", None, path).header(header::COOKIE, cookie);
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn with_password(world: &World, person: &str) {
    world.store.set_credential(person, &hash_password(PASSWORD).unwrap(), START).await.unwrap();
}

#[tokio::test]
async fn a_password_opens_the_page_that_was_wanted() {
    let world = World::new().await;
    with_password(&world, "carla").await;
    let wanted = world.send(ask("GET", None, "/cases?show=late").body(Body::empty()).unwrap()).await;
    assert_eq!(wanted.leads_to(), "/sign-in?back=/cases%3Fshow%3Dlate");
    let page = world.send(ask("GET", None, wanted.leads_to()).body(Body::empty()).unwrap()).await.must_be(200);
    assert_eq!(page.hidden("back"), "/cases?show=late");
    for name in ["carla", "CARLA@example.org", "Carla Ruiz"] {
        let answer = sign_in(&world, name, PASSWORD, "/cases?show=late").await;
        assert_eq!(answer.leads_to(), "/cases?show=late", "{name}");
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        open_with(&world, &answer.cookie(), "/inbox").await.must_be(200).says("Carla Ruiz");
    }
    assert_eq!(sign_in(&world, "carla", PASSWORD, "//elsewhere.example").await.leads_to(), "/inbox");
}

#[tokio::test]
async fn nobody_learns_from_the_answer_who_is_known() {
    let world = World::new().await;
    with_password(&world, "carla").await;
    let wrong = sign_in(&world, "carla", "wrong password", "").await.must_be(401).text;
    let unknown = sign_in(&world, "carlo", "wrong password", "").await.must_be(401).text;
    let without = sign_in(&world, "fiona", "wrong password", "").await.must_be(401).text;
    assert_eq!(wrong.replace("carla", "NAME"), unknown.replace("carlo", "NAME"));
    assert_eq!(wrong.replace("carla", "NAME"), without.replace("fiona", "NAME"));
    assert!(!wrong.contains("wrong password"), "a password is never shown again");
}

#[tokio::test]
async fn a_name_cannot_be_tried_without_end() {
    let world = World::new().await;
    for _ in 0..5 {
        sign_in(&world, "nobody.known", "wrong password", "").await.must_be(401);
    }
    sign_in(&world, "nobody.known", "wrong password", "").await.must_be(429).says("Wait a minute");
    world.clock.advance(60_000);
    sign_in(&world, "nobody.known", "wrong password", "").await.must_be(401);
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_looking_does_not_use_it_up() {
    let world = World::new().await;
    let path = format!("/sign-in/{}", world.link(LinkPurpose::SignIn, Some("carla"), None).await);
    for _ in 0..3 {
        let page = world.send(ask("GET", None, &path).body(Body::empty()).unwrap()).await.must_be(200);
        assert!(!page.headers.contains_key(header::SET_COOKIE), "looking signs nobody in");
        page.says("as Carla Ruiz");
    }
    let answer = world.send(form(ask("POST", None, &path), &[])).await;
    assert_eq!(answer.leads_to(), "/account", "whoever has no password yet is asked for one");
    open_with(&world, &answer.cookie(), "/inbox").await.must_be(200).says("Carla Ruiz");
    world.send(form(ask("POST", None, &path), &[])).await.must_be(410).says("no longer works");
    world.send(ask("GET", None, &path).body(Body::empty()).unwrap()).await.must_be(410);
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let world = World::empty().await;
    let path = format!("/sign-in/{}", world.link(LinkPurpose::FirstAdministrator, None, None).await);
    let other = format!("/sign-in/{}", world.link(LinkPurpose::FirstAdministrator, None, None).await);
    let page = world.send(ask("GET", None, &path).body(Body::empty()).unwrap()).await;
    page.must_be(200).says("You will be its first administrator");
    let send = async |name: &str, email: &str, password: &str| {
        let words = [("name", name), ("email", email), ("password", password)];
        world.send(form(ask("POST", None, &path), &words)).await
    };
    send("Zo\u{eb} <b>", "zoe", PASSWORD).await.must_be(422).says("e-mail address").says("Zo\u{eb} &lt;b&gt;");
    send("", "zoe@example.org", PASSWORD).await.must_be(422).says("write a name");
    send("Zo\u{eb} Lind", "zoe@example.org", "short").await.must_be(422).says("fewer than 10");
    let made = send("Zo\u{eb} Lind", "zoe@example.org", PASSWORD).await;
    assert_eq!(made.leads_to(), "/inbox", "mistakes did not use the link up");
    open_with(&world, &made.cookie(), "/people").await.must_be(200).says("Zo\u{eb} Lind").says("administrator");
    send("Eve", "eve@example.org", PASSWORD).await.must_be(410);
    let later = format!("/sign-in/{}", world.link(LinkPurpose::FirstAdministrator, None, None).await);
    for path in [other, later] {
        world.send(ask("GET", None, &path).body(Body::empty()).unwrap()).await.must_be(410);
        let words = [("name", "Eve"), ("email", "eve@example.org"), ("password", PASSWORD)];
        world.send(form(ask("POST", None, &path), &words)).await.must_be(410);
    }
    assert_eq!(sign_in(&world, "zoe@example.org", PASSWORD, "").await.leads_to(), "/inbox");
}

#[tokio::test]
async fn a_session_ends_when_it_is_left_is_over_or_its_person_is_shut_out() {
    let world = World::new().await;
    world.post("carla", "/session/end", &[]).await.must_be(303);
    assert_eq!(world.get("carla", "/inbox").await.leads_to(), "/sign-in?back=/inbox");
    world.post("ada", "/people/fiona/access", &[("access", "off")]).await.must_be(303);
    world.get("fiona", "/inbox").await.must_be(303);
    let lost = world.post("fiona", "/tasks/1001-1/decisions", &[("outcome", "rejected"), ("reason", "Too dear")]).await;
    lost.must_be(401).says("You are signed out").says("Too dear");
    world.clock.advance(25 * 60 * 60 * 1000);
    world.get("rosa", "/inbox").await.must_be(303);
}

#[tokio::test]
async fn people_are_added_with_a_link_that_is_shown_once() {
    let world = World::new().await;
    let words = [("name", "Nina Roth"), ("email", "nina@example.org"), ("roles", "employee, the Finance Lead")];
    assert_eq!(world.post("ada", "/people", &words).await.leads_to(), "/people");
    let page = world.get("ada", "/people").await.must_be(200).says("Nina Roth").says("employee, finance lead");
    let link = page.text.split("http://127.0.0.1:8080").nth(1).unwrap().split('<').next().unwrap().to_owned();
    world.send(ask("GET", None, &link).body(Body::empty()).unwrap()).await.must_be(200).says("as Nina Roth");
    world.get("ada", "/people").await.must_be(200).says_nothing_of("/sign-in/");
    let last = world.post("ada", "/people/ada/roles", &[("roles", "employee")]).await;
    last.must_be(422).says("nobody would be left who can manage people");
}

#[tokio::test]
async fn a_token_is_shown_once_and_opens_the_api_until_it_is_revoked() {
    let world = World::new().await;
    world.post("carla", "/account/tokens", &[("name", "laptop")]).await.must_be(303);
    let page = world.get("carla", "/account").await.must_be(200).says("laptop");
    let secret = page.text.split("<code class=\"copy\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let call = async || {
        let request = ask("GET", None, "/api/v1/tasks").header(header::AUTHORIZATION, format!("Bearer {secret}"));
        world.send(request.body(Body::empty()).unwrap()).await
    };
    call().await.must_be(200).says("1001-1");
    let again = world.get("carla", "/account").await.says_nothing_of(&secret);
    let revocation = again.text.split("/account/tokens/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    world.post("otto", &format!("/account/tokens/{revocation}"), &[]).await.must_be(404);
    world.post("carla", &format!("/account/tokens/{revocation}"), &[]).await.must_be(303);
    call().await.must_be(401);
}

#[tokio::test]
async fn the_demo_switches_people_and_can_be_kept_without_them() {
    let world = World::demo().await;
    world.get("rosa", "/inbox").await.must_be(200).says("Switch").says("Carla Ruiz (employee, finance lead)");
    let switched = world.post("rosa", "/demo/person", &[("person", "carla"), ("back", "/tasks/1001-1")]).await;
    assert_eq!(switched.leads_to(), "/tasks/1001-1");
    open_with(&world, &switched.cookie(), "/tasks/1001-1").await.must_be(200).says("Your decision");
    let closed = world.post("emil", "/demo/person", &[("person", "otto"), ("back", "/cases/1001")]).await;
    assert_eq!(closed.leads_to(), "/inbox", "a switch never ends at a closed door");
    world.post("ada", "/demo/end", &[]).await.must_be(200).says("Keep this installation");
    assert!(world.store.person("rosa").await.unwrap().is_some(), "asking removes nothing");
    let words = [("confirmed", "yes"), ("name", "Zoe Lind"), ("email", "zoe@example.org"), ("password", PASSWORD)];
    let ended = world.post("ada", "/demo/end", &words).await;
    assert_eq!(ended.leads_to(), "/people");
    let people = open_with(&world, &ended.cookie(), "/people").await.must_be(200);
    people.says("Zoe Lind").says_nothing_of("Rosa Lind").says_nothing_of("Switch");
    world.get("rosa", "/inbox").await.must_be(303);
}

#[tokio::test]
async fn the_demo_answers_to_no_foreign_name() {
    let world = World::demo().await;
    let mut request = ask("GET", Some("rosa"), "/inbox").body(Body::empty()).unwrap();
    request.headers_mut().insert(header::HOST, "rebound.example:8080".parse().unwrap());
    world.send(request).await.must_be(421).says_nothing_of("Rosa");
}

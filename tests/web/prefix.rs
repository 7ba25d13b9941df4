//! Below a path of a shared address: nothing that is linked, posted, fetched or remembered leaves it.

use std::collections::{BTreeSet, VecDeque};

use axum::{
    body::Body,
    http::{Request, header},
};
use countersign::store::LinkPurpose;
use regex::Regex;

use super::world::{World, ask, form};

/// Where this installation lies.
const PREFIX: &str = "/desk";
/// The fewest pages that the walk must find, so that it cannot end at the door.
const PAGES_AT_LEAST: usize = 40;

async fn world() -> World {
    World::at(&format!("https://example.org{PREFIX}")).await
}

/// A request of somebody's browser. Below a path and over https the cookie has another name.
fn request(method: &str, person: Option<&str>, path: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "example.org");
    match person {
        Some(person) => request.header(header::COOKIE, format!("__Secure-countersign=secret-of-{person}")),
        None => request,
    }
}

/// Every address of ours in a page, by the attribute that holds it; each must lie below the prefix.
fn addresses(page: &str, html: &str) -> Vec<(String, String)> {
    let attribute = Regex::new("([a-z:-]+)=\"(/[^\"]*)\"").unwrap();
    let found = attribute.captures_iter(html).map(|found| (found[1].to_owned(), found[2].replace("&amp;", "&")));
    let found: Vec<(String, String)> = found.filter(|(name, _)| name != "value").collect();
    for (name, address) in &found {
        assert!(address.starts_with(&format!("{PREFIX}/")), "{page}: {name}=\"{address}\" leaves {PREFIX}");
    }
    found
}

#[tokio::test]
async fn no_link_of_any_page_leaves_the_prefix() {
    let world = world().await;
    let link = format!("{PREFIX}/outside/{}", world.supplier_link().await);
    let mut seen = BTreeSet::new();
    for (person, first) in
        [(Some("ada"), format!("{PREFIX}/")), (Some("carla"), format!("{PREFIX}/inbox")), (None, link)]
    {
        let mut open = VecDeque::from([first, format!("{PREFIX}/cases/1001/edits"), format!("{PREFIX}/no-such-page")]);
        while let Some(address) = open.pop_front() {
            let without = address.split('#').next().unwrap_or_default().to_owned();
            if !seen.insert((person, without.clone())) || without.ends_with("/events") {
                continue;
            }
            let answer = world.send(request("GET", person, &without).body(Body::empty()).unwrap()).await;
            assert!(!answer.status.is_server_error(), "{without}: {}", answer.text);
            if let Some(to) = answer.headers.get(header::LOCATION) {
                let to = to.to_str().unwrap().to_owned();
                assert!(to.starts_with(&format!("{PREFIX}/")), "{without} leads to {to}");
                open.push_back(to);
                continue;
            }
            let html = answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html");
            if html {
                let linked = addresses(&without, &answer.text).into_iter();
                open.extend(linked.filter(|(name, _)| name == "href" || name == "src").map(|(_, address)| address));
            } else {
                assert_eq!(answer.status.as_u16(), 200, "{without} is linked and not there");
            }
        }
    }
    assert!(seen.len() >= PAGES_AT_LEAST, "only {} pages were found: {seen:?}", seen.len());
    assert!(seen.iter().any(|(_, address)| address.contains("/studio/")), "the walk never came to a draft");
}

#[tokio::test]
async fn a_session_belongs_to_the_prefix_and_nothing_lies_beside_it() {
    let world = world().await;
    let get = async |path: &str| world.send(request("GET", Some("carla"), path).body(Body::empty()).unwrap()).await;
    let token = world.link(LinkPurpose::SignIn, Some("carla"), None).await;
    let taken = request("POST", None, &format!("{PREFIX}/sign-in/{token}")).header("sec-fetch-site", "same-origin");
    let signed_in = world.send(form(taken, &[])).await;
    assert_eq!(signed_in.leads_to(), format!("{PREFIX}/account"));
    let cookie = signed_in.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Secure-countersign=") && cookie.contains("; Path=/desk;"), "{cookie}");
    get("/inbox").await.must_be(404).says("the address is /desk/");
    get("/desktop/inbox").await.must_be(404);
    get("/desk/inbox").await.must_be(200);
    // A supervisor and a balancer come past the proxy.
    get("/healthz").await.must_be(200);
    get("/desk/healthz").await.must_be(200);
    // Whoever is not signed in comes back to where they wanted to go.
    let asked = world.send(request("GET", None, "/desk/cases?show=all").body(Body::empty()).unwrap()).await;
    assert_eq!(asked.leads_to(), "/desk/sign-in?back=/cases%3Fshow%3Dall");
    let described = get("/desk/api/v1/openapi.json").await.must_be(200);
    assert!(described.text.contains("\"url\":\"/desk/api/v1\""), "the API does not say where it lies");
}

#[tokio::test]
async fn what_a_script_puts_into_a_page_stays_below_the_prefix_too() {
    let world = world().await;
    let token = world.token("emil");
    let save = request("POST", Some("emil"), &format!("{PREFIX}/studio/{}/text", world.draft));
    let words = [("_csrf", token.as_str()), ("revision", "1"), ("text", "# Claim\n\nA note.\n")];
    let saved = world.send(form(save.header(header::ACCEPT, "application/json"), &words)).await.must_be(200);
    let told: serde_json::Value = serde_json::from_str(&saved.text).unwrap();
    for part in ["panel", "alert", "saved", "marks"] {
        addresses(part, told[part].as_str().unwrap());
    }
    let stream = ask("GET", None, "/desk/events")
        .header(header::COOKIE, "__Secure-countersign=secret-of-emil")
        .body(Body::empty())
        .unwrap();
    drop(world.stream(stream).await);
}

//! Every route with everybody who may call it: a route without a row fails.

use std::collections::BTreeSet;

use axum::http::{Method, header};
use countersign::{
    store::LinkPurpose,
    web::{
        routes::{Entrance, Needs, ROUTES, Route},
        security::csrf_token,
        server,
    },
};

use super::world::{World, ask, form};

/// What a signed-in route answers to whom. `otto` takes part in nothing.
struct Row {
    route: (&'static str, &'static str),
    /// The address that is called; `{key}` stands for the receipt of case 1001, `{a}` for a draft.
    path: &'static str,
    words: &'static [(&'static str, &'static str)],
    /// What the entitled person does first.
    before: Option<&'static str>,
    otto: u16,
    entitled: (&'static str, u16),
}

const fn read(route: &'static str, path: &'static str, otto: u16, entitled: (&'static str, u16)) -> Row {
    Row { route: ("GET", route), path, words: &[], before: None, otto, entitled }
}

const fn write(
    route: &'static str,
    path: &'static str,
    words: &'static [(&'static str, &'static str)],
    otto: u16,
    entitled: (&'static str, u16),
) -> Row {
    Row { route: ("POST", route), path, words, before: None, otto, entitled }
}

const YES: &[(&str, &str)] = &[("outcome", "approved"), ("shown", "{shown}")];
const CLAIM: &[(&str, &str)] = &[("field.purpose", "Fair"), ("field.amount", "3")];
const EDIT: &[(&str, &str)] = &[("field.purpose", "Book fair"), ("reason", "wrong fair")];
const PERSON: &[(&str, &str)] = &[("name", "Nina Roth"), ("email", "nina@example.org"), ("roles", "employee")];
const MOVE: &[(&str, &str)] = &[("to", "return:Approval"), ("reason", "once more")];
const MORE: &[(&str, &str)] =
    &[("what", "document"), ("name", "offer"), ("who", "requester"), ("days", "2"), ("reason", "to compare")];
const AWAY: &[(&str, &str)] = &[("from", "2026-10-01"), ("until", "2026-10-09"), ("substitute", "fiona")];

/// The routes for people who are signed in.
const ROWS: &[Row] = &[
    read("/", "/", 303, ("carla", 303)),
    write("/session/end", "/session/end", &[], 303, ("carla", 303)),
    read("/inbox", "/inbox", 200, ("carla", 200)),
    // Nobody has been told anything, so there is nothing to put away.
    write("/inbox/notices", "/inbox/notices", &[("notice", "end/x")], 303, ("carla", 303)),
    read("/tasks/{label}", "/tasks/1001-1", 403, ("carla", 200)),
    write("/tasks/{label}/decisions", "/tasks/1001-1/decisions", YES, 403, ("carla", 303)),
    write("/tasks/{label}/questions", "/tasks/1001-1/questions", &[("question", "Which hall?")], 403, ("carla", 303)),
    write("/tasks/{label}/claims", "/tasks/1001-1/claims", &[], 403, ("carla", 303)),
    Row {
        before: Some("/tasks/1001-1/claims"),
        ..write("/tasks/{label}/releases", "/tasks/1001-1/releases", &[], 403, ("carla", 303))
    },
    write("/tasks/{label}/delegations", "/tasks/1001-1/delegations", &[("to", "fiona")], 403, ("carla", 303)),
    read("/requests", "/requests", 200, ("rosa", 200)),
    read("/cases", "/cases", 200, ("emil", 200)),
    read("/cases/{number}", "/cases/1001", 403, ("rosa", 200)),
    read("/cases/{number}/edits", "/cases/1001/edits", 403, ("rosa", 200)),
    write("/cases/{number}/edits", "/cases/1001/edits", EDIT, 403, ("rosa", 303)),
    write("/cases/{number}/withdrawal", "/cases/1001/withdrawal", &[], 403, ("rosa", 303)),
    write("/cases/{number}/links", "/cases/1003/links", &[("party", "supplier")], 403, ("rosa", 303)),
    write(
        "/cases/{number}/incidents/{incident}/resolution",
        "/cases/1002/incidents/1/resolution",
        &[],
        403,
        ("emil", 303),
    ),
    write("/cases/{number}/moves", "/cases/1001/moves", MOVE, 403, ("emil", 303)),
    write("/cases/{number}/holds", "/cases/1001/holds", &[("reason", "audit")], 403, ("emil", 303)),
    Row {
        before: Some("/cases/1001/holds"),
        ..write("/cases/{number}/holds/end", "/cases/1001/holds/end", &[("reason", "audit")], 403, ("emil", 303))
    },
    write("/cases/{number}/additions", "/cases/1001/additions", MORE, 403, ("emil", 303)),
    read("/cases/{number}/migration", "/cases/1001/migration", 403, ("emil", 200)),
    // There is no other version to go to, and nothing to undo: whoever may is told so.
    write("/cases/{number}/migration", "/cases/1001/migration", &[], 403, ("emil", 409)),
    write("/cases/{number}/migration/undo", "/cases/1001/migration/undo", &[], 403, ("emil", 409)),
    read("/cases/{number}/documents/{key}", "/cases/1001/documents/{key}", 403, ("carla", 200)),
    // The claim has no letter; `letters` asks for one that is there.
    read("/cases/{number}/letters/{file}", "/cases/1001/letters/letter.docx", 403, ("carla", 404)),
    read("/processes", "/processes", 200, ("rosa", 200)),
    read("/processes/{id}", "/processes/expense-claim", 200, ("rosa", 200)),
    read("/processes/{id}/sheet", "/processes/expense-claim/sheet", 200, ("rosa", 200)),
    read("/processes/{id}/start", "/processes/expense-claim/start", 403, ("rosa", 200)),
    // Without a receipt the form comes back, to somebody who may hand it in.
    write("/processes/{id}/start", "/processes/expense-claim/start", CLAIM, 403, ("rosa", 422)),
    read("/studio", "/studio", 200, ("ada", 200)),
    write("/studio", "/studio", &[("from", "empty")], 403, ("ada", 303)),
    read("/studio/templates", "/studio/templates", 403, ("ada", 200)),
    read("/studio/{draft}", "/studio/{a}", 403, ("emil", 200)),
    write("/studio/{draft}/text", "/studio/{a}/text", &[("revision", "1"), ("text", "# Claim")], 403, ("emil", 303)),
    write("/studio/{draft}/presence", "/studio/{a}/presence", &[], 403, ("emil", 200)),
    write("/studio/{draft}/completions", "/studio/{a}/completions", &[("text", "An "), ("at", "3")], 403, ("ada", 200)),
    // No text stands beside this draft.
    read("/studio/{draft}/aside/{number}", "/studio/{a}/aside/9", 403, ("emil", 404)),
    write("/studio/{draft}/aside/{number}", "/studio/{a}/aside/9", &[("revision", "1")], 403, ("emil", 404)),
    read("/studio/{draft}/interview", "/studio/{a}/interview", 403, ("emil", 200)),
    write(
        "/studio/{draft}/interview",
        "/studio/{a}/interview",
        &[("question", "name"), ("answer", "Fair")],
        403,
        ("emil", 303),
    ),
    read("/studio/{draft}/prose", "/studio/{a}/prose", 403, ("emil", 200)),
    write(
        "/studio/{draft}/prose",
        "/studio/{a}/prose",
        &[("revision", "1"), ("sentence", "Note: a.")],
        403,
        ("emil", 303),
    ),
    // Nothing was written for this draft, and no model is there that could.
    read("/studio/{draft}/writing", "/studio/{a}/writing", 403, ("emil", 303)),
    read("/studio/{draft}/changes", "/studio/{a}/changes", 403, ("emil", 200)),
    write("/studio/{draft}/changes", "/studio/{a}/changes", &[("request", "More time")], 403, ("emil", 422)),
    read("/studio/{draft}/templates", "/studio/{a}/templates", 403, ("emil", 200)),
    write(
        "/studio/{draft}/templates",
        "/studio/{a}/templates",
        &[("name", "reply"), ("words", "Dear {name}")],
        403,
        ("emil", 303),
    ),
    read("/studio/{draft}/templates/{file}", "/studio/{a}/templates/reply.docx", 403, ("emil", 404)),
    read("/studio/{draft}/criteria", "/studio/{a}/criteria", 403, ("emil", 200)),
    write(
        "/studio/{draft}/criteria",
        "/studio/{a}/criteria",
        &[("criterion", "it is fine"), ("answer", "pass"), ("text", "a")],
        403,
        ("emil", 303),
    ),
    read("/studio/{draft}/guidelines", "/studio/{a}/guidelines", 403, ("emil", 200)),
    write(
        "/studio/{draft}/guidelines",
        "/studio/{a}/guidelines",
        &[("name", "Fairs"), ("words", "Abroad")],
        403,
        ("emil", 303),
    ),
    // The steps of this draft have no sentence that could go.
    read("/studio/{draft}/steps/{path}", "/studio/{a}/steps/0.0", 403, ("emil", 303)),
    write("/studio/{draft}/steps/{path}/edits", "/studio/{a}/steps/0.0/edits", &[("do", "up")], 403, ("emil", 404)),
    read("/studio/{draft}/sheet", "/studio/{a}/sheet", 403, ("emil", 303)),
    read("/studio/{draft}/trial", "/studio/{a}/trial", 403, ("emil", 303)),
    write("/studio/{draft}/trial", "/studio/{a}/trial", &[("do", "start")], 403, ("emil", 303)),
    write("/studio/{draft}/writing", "/studio/{a}/writing", &[], 403, ("emil", 303)),
    read("/studio/{draft}/publish", "/studio/{a}/publish", 403, ("emil", 200)),
    // The text of this draft is not whole.
    write("/studio/{draft}/publish", "/studio/{a}/publish", &[("revision", "1")], 403, ("emil", 422)),
    read("/studio/{draft}/rehearsal", "/studio/{a}/rehearsal", 403, ("emil", 200)),
    write("/studio/{draft}/rehearsal", "/studio/{a}/rehearsal", &[("revision", "1")], 403, ("emil", 303)),
    write("/studio/{draft}/removal", "/studio/{a}/removal", &[], 403, ("emil", 303)),
    read("/processes/{id}/agents", "/processes/expense-claim/agents", 403, ("emil", 200)),
    // No step is named.
    write(
        "/processes/{id}/agents/labels",
        "/processes/expense-claim/agents/labels",
        &[("table", "a")],
        403,
        ("emil", 422),
    ),
    write(
        "/processes/{id}/agents/labels/removal",
        "/processes/expense-claim/agents/labels/removal",
        &[],
        403,
        ("emil", 422),
    ),
    write("/processes/{id}/agents/limits", "/processes/expense-claim/agents/limits", &[], 403, ("emil", 422)),
    read("/processes/{id}/versions", "/processes/expense-claim/versions", 200, ("rosa", 200)),
    read("/processes/{id}/versions/{version}", "/processes/expense-claim/versions/{version}", 200, ("rosa", 200)),
    read("/processes/{id}/migration", "/processes/expense-claim/migration", 403, ("emil", 200)),
    write("/processes/{id}/migration", "/processes/expense-claim/migration", &[], 403, ("emil", 422)),
    // It is no rehearsal.
    write("/processes/{id}/rehearsal/end", "/processes/expense-claim/rehearsal/end", &[], 403, ("emil", 404)),
    read("/agents", "/agents", 403, ("ada", 200)),
    write("/agents/switch", "/agents/switch", &[("agents", "off")], 403, ("ada", 303)),
    read("/people", "/people", 403, ("ada", 200)),
    write("/people", "/people", PERSON, 403, ("ada", 303)),
    write("/people/{id}/roles", "/people/otto/roles", &[("roles", "employee")], 403, ("ada", 303)),
    write("/people/{id}/links", "/people/otto/links", &[], 403, ("ada", 303)),
    write("/people/{id}/access", "/people/rosa/access", &[("access", "off")], 403, ("ada", 303)),
    read("/account", "/account", 200, ("carla", 200)),
    write("/account/password", "/account/password", &[("password", "four words do well")], 303, ("carla", 303)),
    write("/account/absence", "/account/absence", AWAY, 303, ("carla", 303)),
    write("/account/tokens", "/account/tokens", &[("name", "laptop")], 303, ("carla", 303)),
    // A token of somebody else is none.
    write("/account/tokens/{token}/revocation", "/account/tokens/none/revocation", &[], 404, ("carla", 404)),
    // Outside the demo nobody is switched, whoever asks.
    write("/demo/person", "/demo/person", &[("person", "carla")], 403, ("ada", 403)),
    write("/demo/end", "/demo/end", &[], 403, ("ada", 403)),
];

/// Routes that are not for people who are signed in, or that never end; each has tests of its own.
const ELSEWHERE: [&str; 9] = [
    "/assets/{*name}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/sign-in",
    "/session",
    "/sign-in/{token}",
    "/outside/{token}",
    "/events",
];

#[test]
fn every_route_that_is_served_has_its_row() {
    let served: BTreeSet<(String, &str)> =
        server::served().into_iter().map(|(method, path)| (method.to_string(), path)).collect();
    let table: BTreeSet<(String, &str)> = ROUTES.iter().map(|route| (route.method.to_string(), route.path)).collect();
    assert_eq!(served, table, "left: the router, right: the table of routes");
    assert_eq!(server::served().len(), ROUTES.len(), "each route once");
    let tested: BTreeSet<(String, &str)> = ROWS.iter().map(|row| (row.route.0.to_owned(), row.route.1)).collect();
    let wanted: BTreeSet<(String, &str)> = table.into_iter().filter(|(_, path)| !ELSEWHERE.contains(path)).collect();
    assert_eq!(tested, wanted, "left: the rows of this test, right: the table of routes");
}

async fn check(row: &Row) {
    let world = World::new().await;
    let reads = row.route.0 == "GET";
    let version = world.store.current_version("expense-claim").await.unwrap().unwrap().hash;
    let path = row.path.replace("{key}", &world.document).replace("{a}", &world.draft).replace("{version}", &version);
    let shown = world.shown(1001, 1).await;
    let words: Vec<(&str, &str)> = row
        .words
        .iter()
        .map(|(name, words)| (*name, if *words == "{shown}" { shown.as_str() } else { words }))
        .collect();
    let call = async |person: Option<&str>, token: Option<String>| {
        let mut all = words.clone();
        if let Some(token) = &token {
            all.push(("_csrf", token));
        }
        let request = ask(row.route.0, person, &path);
        let request = if reads { form(request, &[]) } else { form(request, &all) };
        world.send(request).await
    };
    let expect = |answer: &super::world::Answer, status: u16, whom: &str| {
        assert_eq!(answer.status.as_u16(), status, "{:?} by {whom}: {}", row.route, answer.text);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    };
    let anonymous = call(None, Some(world.token("carla"))).await;
    expect(&anonymous, if reads { 303 } else { 401 }, "nobody");
    if reads {
        assert!(anonymous.leads_to().starts_with("/sign-in"), "{:?}", row.route);
    } else {
        expect(&call(Some(row.entitled.0), None).await, 403, "a form without its token");
        expect(&call(Some(row.entitled.0), Some(world.token("otto"))).await, 403, "a form of another session");
    }
    expect(&call(Some("otto"), Some(world.token("otto"))).await, row.otto, "otto");
    if let Some(before) = row.before {
        world.post(row.entitled.0, before, &[("reason", "audit")]).await.must_be(303);
    }
    expect(&call(Some(row.entitled.0), Some(world.token(row.entitled.0))).await, row.entitled.1, row.entitled.0);
}

#[tokio::test]
async fn every_route_answers_everybody_as_they_are_entitled() {
    for row in ROWS {
        check(row).await;
    }
}

#[test]
fn every_right_of_the_table_is_refused_to_somebody_in_the_test() {
    let refused = |route: &Route| {
        let row = ROWS.iter().find(|row| row.route == (route.method.as_str(), route.path));
        row.is_some_and(|row| row.otto == 403)
    };
    for route in ROUTES.iter().filter(|route| route.entrance == Entrance::Session) {
        let takes = matches!(route.needs, Needs::Right(_) | Needs::Either(..) | Needs::Demo);
        assert_eq!(takes, refused(route), "{} {}", route.method, route.path);
    }
    let open = ROUTES.iter().filter(|route| route.entrance == Entrance::Open);
    assert!(open.into_iter().all(|route| route.method == Method::GET), "what anybody reaches changes nothing");
}

#[tokio::test]
async fn forms_before_a_session_are_taken_from_our_own_pages_alone() {
    let world = World::new().await;
    let token = world.link(LinkPurpose::SignIn, Some("carla"), None).await;
    for path in ["/session".to_owned(), format!("/sign-in/{token}")] {
        let foreign = ask("POST", None, &path).header("sec-fetch-site", "cross-site");
        world.send(form(foreign, &[("name", "carla"), ("password", "x")])).await.must_be(403);
        let foreign = ask("POST", None, &path).header(header::ORIGIN, "http://elsewhere.example");
        world.send(form(foreign, &[("name", "carla"), ("password", "x")])).await.must_be(403);
    }
    let outside = format!("/outside/{}", world.supplier_link().await);
    world.send(form(ask("POST", None, &outside), &[("task", "1")])).await.must_be(403);
    let other = csrf_token("another link");
    world.send(form(ask("POST", None, &outside), &[("task", "1"), ("_csrf", &other)])).await.must_be(403);
    assert_eq!(world.seq(1003).await, 1, "nothing was recorded");
}

#[tokio::test]
async fn what_is_not_there_is_said_in_words() {
    let world = World::new().await;
    world.get("rosa", "/nothing").await.must_be(404).says("There is nothing at this address").says("Inbox");
    for address in ["/cases/4711", "/cases/abc", "/cases/-1", "/cases/99999999999999999999", "/cases/x/edits/amount"] {
        world.get("rosa", address).await.must_be(404).says("There is nothing at this address").says("Inbox");
    }
    world.post("rosa", "/cases/abc/withdrawal", &[("reason", "x")]).await.must_be(404).says("There is nothing");
    world.get("rosa", "/cases/1001/edits/x").await.must_be(404);
    world.get("rosa", "/tasks/one").await.must_be(404);
    let posted = world.post("rosa", "/cases/1001", &[]).await.must_be(405);
    posted.says("Nothing can be done at this address in this way");
    world.send(ask("DELETE", Some("rosa"), "/inbox").body(axum::body::Body::empty()).unwrap()).await.must_be(405);
}

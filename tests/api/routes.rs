//! Every route with everybody who may call it: a route without a row fails.

use std::collections::BTreeSet;

use axum::{body::Body, http::header};
use countersign::web::api;
use serde_json::{Value as Json, json};

use super::world::{World, ask, claim};

/// What a route answers to whom. `OTTO` takes part in nothing; `reader` may see what it is about and not do it.
#[derive(Clone)]
struct Row {
    route: (&'static str, &'static str),
    /// The address that is called; `{key}` stands for the receipt of case 1001.
    path: &'static str,
    body: Option<Json>,
    /// What is done first, and by whom.
    before: Option<(&'static str, &'static str)>,
    otto: u16,
    reader: (&'static str, u16),
    entitled: (&'static str, u16),
}

fn read(
    route: &'static str,
    path: &'static str,
    otto: u16,
    reader: (&'static str, u16),
    entitled: (&'static str, u16),
) -> Row {
    Row { route: ("GET", route), path, body: None, before: None, otto, reader, entitled }
}

fn write(
    route: &'static str,
    path: &'static str,
    body: Json,
    otto: u16,
    reader: (&'static str, u16),
    entitled: (&'static str, u16),
) -> Row {
    Row { route: ("POST", route), path, body: Some(body), before: None, otto, reader, entitled }
}

fn rows() -> Vec<Row> {
    [rows_about_cases(), rows_about_processes()].concat()
}

fn rows_about_cases() -> Vec<Row> {
    let edit = json!({ "fields": { "purpose": "Book fair" }, "reason": "wrong fair" });
    let (yes, to) = (json!({ "outcome": "approved" }), json!({ "to": "fiona" }));
    let question = json!({ "question": "Which hall?" });
    let (carla, rosa, emil) = (("carla", 201), ("rosa", 403), ("emil", 201));
    let why = json!({ "reason": "the auditors are in the house" });
    let back = json!({ "kind": "return", "stage": "Approval", "reason": "once more" });
    let more = json!({ "what": "document", "name": "offer", "reason": "to compare" });
    vec![
        read("/cases", "/cases", 200, ("emil", 200), ("rosa", 200)),
        write("/cases", "/cases", claim("expense-claim"), 403, ("emil", 403), ("rosa", 201)),
        read("/cases/{number}", "/cases/1001", 404, ("emil", 200), ("rosa", 200)),
        read("/cases/{number}/timeline", "/cases/1001/timeline", 404, ("emil", 200), ("rosa", 200)),
        read("/cases/{number}/documents/{key}", "/cases/1001/documents/{key}", 404, ("emil", 403), ("carla", 200)),
        // The claim has no letter; `web::letters` asks for one that is there.
        read("/cases/{number}/letters/{file}", "/cases/1001/letters/a.docx", 404, ("emil", 404), ("carla", 404)),
        write("/cases/{number}/edits", "/cases/1001/edits", edit, 404, ("carla", 403), ("rosa", 201)),
        write("/cases/{number}/withdrawal", "/cases/1001/withdrawal", json!({}), 404, ("emil", 403), ("rosa", 201)),
        write(
            "/cases/{number}/incidents/{incident}/resolution",
            "/cases/1002/incidents/1/resolution",
            json!({}),
            404,
            ("rosa", 403),
            ("emil", 201),
        ),
        write("/cases/{number}/moves", "/cases/1001/moves", back, 404, rosa, emil),
        write("/cases/{number}/holds", "/cases/1001/holds", why.clone(), 404, rosa, emil),
        Row {
            before: Some(("emil", "/cases/1001/holds")),
            ..write("/cases/{number}/holds/end", "/cases/1001/holds/end", json!({}), 404, rosa, emil)
        },
        write("/cases/{number}/additions", "/cases/1001/additions", more, 404, rosa, emil),
        read("/cases/{number}/migration", "/cases/1001/migration", 404, rosa, ("emil", 200)),
        // There is no other version to go to, and nothing to undo: whoever may is told so.
        write("/cases/{number}/migration", "/cases/1001/migration", json!({}), 404, rosa, ("emil", 409)),
        write("/cases/{number}/migration/undo", "/cases/1001/migration/undo", json!({}), 404, rosa, ("emil", 409)),
        read("/tasks", "/tasks", 200, ("rosa", 200), ("carla", 200)),
        read("/tasks/{label}", "/tasks/1001-1", 404, ("rosa", 403), ("carla", 200)),
        write("/tasks/{label}/decisions", "/tasks/1001-1/decisions", yes, 404, rosa, carla),
        write("/tasks/{label}/claims", "/tasks/1001-1/claims", json!({}), 404, rosa, carla),
        Row {
            before: Some(("carla", "/tasks/1001-1/claims")),
            ..write("/tasks/{label}/releases", "/tasks/1001-1/releases", json!({}), 404, rosa, carla)
        },
        write("/tasks/{label}/delegations", "/tasks/1001-1/delegations", to, 404, rosa, carla),
        write("/tasks/{label}/questions", "/tasks/1001-1/questions", question, 404, rosa, carla),
    ]
}

fn rows_about_processes() -> Vec<Row> {
    let text = json!({ "text": "Nobody knows what this is." });
    let (cut, rosa) = (json!({ "text": "An employee can ", "at": 16 }), ("rosa", 403));
    let wish = json!({ "text": "# A", "request": "Call it B." });
    let limits = json!({ "process": "expense-claim", "step": "category", "never": [] });
    let labels = json!({ "process": "expense-claim", "step": "category", "table": "words,answer" });
    let patches = json!({ "text": "# A\n", "patches": [{ "op": "rename", "from": "A", "to": "B" }] });
    vec![
        read("/agents", "/agents", 403, ("emil", 403), ("ada", 200)),
        write("/agents/switch", "/agents/switch", json!({ "agents": "off" }), 403, ("emil", 403), ("ada", 200)),
        // No agent decides anything in that process, and whoever may say what was right is told so.
        write("/agents/labels", "/agents/labels", labels, 403, rosa, ("emil", 422)),
        write("/agents/limits", "/agents/limits", limits, 403, rosa, ("emil", 422)),
        read("/processes", "/processes", 200, ("rosa", 200), ("emil", 200)),
        read("/processes/{id}", "/processes/expense-claim", 200, ("rosa", 200), ("emil", 200)),
        // A text that says nothing is told so, whoever sends it.
        write("/processes", "/processes", text.clone(), 422, ("rosa", 422), ("emil", 422)),
        write("/processes/check", "/processes/check", text.clone(), 200, ("rosa", 200), ("emil", 200)),
        write("/text/check", "/text/check", text.clone(), 200, ("rosa", 200), ("emil", 200)),
        write("/text/complete", "/text/complete", cut, 200, ("rosa", 200), ("emil", 200)),
        write("/text/interview", "/text/interview", json!({}), 200, ("rosa", 200), ("emil", 200)),
        write("/text/shapes", "/text/shapes", text.clone(), 200, ("rosa", 200), ("emil", 200)),
        read("/templates", "/templates", 200, ("rosa", 200), ("emil", 200)),
        write("/processes/changes", "/processes/changes", text.clone(), 422, ("rosa", 422), ("emil", 422)),
        write("/processes/rehearsals", "/processes/rehearsals", text.clone(), 422, ("rosa", 422), ("emil", 422)),
        write(
            "/processes/{id}/rehearsal/end",
            "/processes/expense-claim/rehearsal/end",
            json!({}),
            403,
            rosa,
            ("emil", 404),
        ),
        read("/processes/{id}/versions", "/processes/expense-claim/versions", 200, ("rosa", 200), ("emil", 200)),
        read(
            "/processes/{id}/versions/{version}",
            "/processes/expense-claim/versions/{version}",
            200,
            ("rosa", 200),
            ("emil", 200),
        ),
        read("/processes/{id}/migration", "/processes/expense-claim/migration", 403, rosa, ("emil", 200)),
        // Nobody is asked anything in a world without a model.
        write("/text/describe", "/text/describe", json!({ "prose": "x" }), 403, ("rosa", 403), ("emil", 409)),
        write("/text/change", "/text/change", wish, 403, ("rosa", 403), ("emil", 409)),
        write("/text/patch", "/text/patch", patches, 403, ("rosa", 403), ("emil", 200)),
        read("/openapi.json", "/openapi.json", 200, ("rosa", 200), ("emil", 200)),
    ]
}

async fn check(row: &Row) {
    let world = World::new().await;
    if let Some((person, path)) = row.before {
        world
            .post(person, path, &if path.ends_with("holds") { json!({ "reason": "so" }) } else { json!({}) })
            .await
            .must_be(201);
    }
    let public = row.route.1 == "/openapi.json";
    let unknown = if public { 200 } else { 401 };
    let callers = [
        (None, unknown),
        (Some("nobody"), unknown),
        (Some("revoked"), unknown),
        (Some("otto"), row.otto),
        (Some(row.reader.0), row.reader.1),
        (Some(row.entitled.0), row.entitled.1),
    ];
    for (caller, expected) in callers {
        let version = world.store.current_version("expense-claim").await.unwrap().unwrap().hash;
        let path = row.path.replace("{key}", &world.document).replace("{version}", &version);
        let request = ask(row.route.0, caller, &path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(api::SHOWN_HEADER, "now");
        let body = row.body.as_ref().map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = world.send(request.body(body).unwrap()).await;
        assert_eq!(answer.status.as_u16(), expected, "{:?} by {caller:?}: {}", row.route, answer.text);
        if !answer.status.is_success() {
            let problem = answer.json();
            assert!(problem["code"].is_string() && problem["message"].is_string(), "{problem}");
        }
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{:?}", row.route);
    }
}

#[tokio::test]
async fn every_route_answers_everybody_as_they_are_entitled() {
    for row in rows() {
        check(&row).await;
    }
}

#[test]
fn every_route_has_a_row_and_stands_in_the_openapi_document() {
    let routes = api::routes();
    let of_router: BTreeSet<(&str, &str)> = routes.iter().map(|route| (route.method.as_str(), route.path)).collect();
    let of_rows: BTreeSet<(&str, &str)> = rows().iter().map(|row| row.route).collect();
    assert_eq!(of_router, of_rows, "left: the router, right: the rows of this table");
    let document = serde_json::to_value(api::document()).unwrap();
    let described = document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    let described: BTreeSet<(String, String)> = described.collect();
    let of_router: BTreeSet<(String, String)> =
        of_router.into_iter().map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(described, of_router, "left: the OpenAPI document, right: the router");
}

#[test]
fn the_openapi_document_is_whole() {
    let document = serde_json::to_value(api::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."), "{}", document["openapi"]);
    assert_eq!(document["servers"][0]["url"], api::PREFIX);
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let target = document.pointer(reference.trim_start_matches('#'));
        assert!(target.is_some(), "{reference} leads nowhere");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let named = parameters.iter().filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str());
            let named: Vec<&str> = named.collect();
            let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            assert!(in_path.eq(named.iter().copied()), "{method} {path} describes {named:?}");
            assert!(!operation["responses"].as_object().unwrap().is_empty(), "{method} {path}");
        }
    }
}

fn collect_references(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::Object(map) => {
            found.extend(map.get("$ref").and_then(Json::as_str).map(str::to_owned));
            map.values().for_each(|value| collect_references(value, found));
        }
        Json::Array(all) => all.iter().for_each(|value| collect_references(value, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

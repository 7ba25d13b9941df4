//! The table of every page: by which entrance it is reached and what it takes. A route without a row is not served.

use axum::http::Method;
use countersign_core::Verb;

/// How a route is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// By anybody; it changes nothing.
    Open,
    /// By a form of our own pages, before there is a session.
    OwnPage,
    /// By the secret in a link, for somebody outside.
    Link,
    /// By somebody who is signed in; a form carries the token of the session.
    Session,
}

/// What its person must be allowed to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it shows or changes what is the person's own, or is checked row by row.
    Own,
    /// A right, which `authorise` judges when the request is carried out.
    Right(Verb),
    /// One of several rights.
    Either(Verb, Verb),
    /// To be in the demo.
    Demo,
}

/// One route.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// How it is reached.
    pub entrance: Entrance,
    /// What it takes.
    pub needs: Needs,
}

const fn get(path: &'static str, entrance: Entrance, needs: Needs) -> Route {
    Route { method: Method::GET, path, entrance, needs }
}

const fn post(path: &'static str, entrance: Entrance, needs: Needs) -> Route {
    Route { method: Method::POST, path, entrance, needs }
}

use Entrance::{Link, Open, OwnPage, Session};
use Needs::{Demo, Either, Own, Right};

/// Every route of the pages. The numbers inside the verbs stand for the one in the path.
pub const ROUTES: &[Route] = &[
    get("/", Session, Own),
    get("/assets/{*name}", Open, Own),
    get("/healthz", Open, Own),
    get("/readyz", Open, Own),
    get("/metrics", Open, Own),
    get("/sign-in", OwnPage, Own),
    post("/session", OwnPage, Own),
    get("/sign-in/{token}", OwnPage, Own),
    post("/sign-in/{token}", OwnPage, Own),
    post("/session/end", Session, Own),
    get("/outside/{token}", Link, Own),
    post("/outside/{token}", Link, Right(Verb::DecideTask(0))),
    get("/inbox", Session, Own),
    post("/inbox/notices", Session, Own),
    get("/events", Session, Own),
    get("/tasks/{label}", Session, Right(Verb::ReadTask(0))),
    post("/tasks/{label}/decisions", Session, Right(Verb::DecideTask(0))),
    post("/tasks/{label}/questions", Session, Right(Verb::AskQuestion(0))),
    post("/tasks/{label}/claims", Session, Right(Verb::ClaimTask(0))),
    post("/tasks/{label}/releases", Session, Right(Verb::ReleaseTask(0))),
    post("/tasks/{label}/delegations", Session, Right(Verb::DelegateTask(0, String::new()))),
    get("/requests", Session, Own),
    get("/cases", Session, Own),
    get("/cases/{number}", Session, Right(Verb::ReadCase)),
    get("/cases/{number}/edits", Session, Right(Verb::EditFields)),
    post("/cases/{number}/edits", Session, Right(Verb::EditFields)),
    post("/cases/{number}/withdrawal", Session, Right(Verb::Withdraw)),
    post("/cases/{number}/links", Session, Either(Verb::EditFields, Verb::ResolveIncident)),
    post("/cases/{number}/incidents/{incident}/resolution", Session, Right(Verb::ResolveIncident)),
    post("/cases/{number}/moves", Session, Right(Verb::MoveCase)),
    post("/cases/{number}/holds", Session, Right(Verb::MoveCase)),
    post("/cases/{number}/holds/end", Session, Right(Verb::MoveCase)),
    post("/cases/{number}/additions", Session, Right(Verb::AddRequirement)),
    get("/cases/{number}/migration", Session, Right(Verb::MigrateCase)),
    post("/cases/{number}/migration", Session, Right(Verb::MigrateCase)),
    post("/cases/{number}/migration/undo", Session, Right(Verb::MigrateCase)),
    get("/cases/{number}/documents/{key}", Session, Right(Verb::ReadField(String::new()))),
    get("/cases/{number}/letters/{file}", Session, Right(Verb::ReadField(String::new()))),
    get("/processes", Session, Own),
    get("/processes/{id}", Session, Own),
    get("/processes/{id}/sheet", Session, Own),
    get("/processes/{id}/start", Session, Right(Verb::StartCase)),
    post("/processes/{id}/start", Session, Right(Verb::StartCase)),
    get("/processes/{id}/agents", Session, Right(Verb::PublishProcess)),
    post("/processes/{id}/agents/labels", Session, Right(Verb::PublishProcess)),
    post("/processes/{id}/agents/labels/removal", Session, Right(Verb::PublishProcess)),
    post("/processes/{id}/agents/limits", Session, Right(Verb::PublishProcess)),
    get("/processes/{id}/versions", Session, Own),
    get("/processes/{id}/versions/{version}", Session, Own),
    get("/processes/{id}/migration", Session, Right(Verb::MigrateCase)),
    post("/processes/{id}/migration", Session, Right(Verb::MigrateCase)),
    post("/processes/{id}/rehearsal/end", Session, Right(Verb::PublishProcess)),
    get("/studio", Session, Own),
    post("/studio", Session, Right(Verb::PublishProcess)),
    get("/studio/templates", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/text", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/presence", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/completions", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/aside/{number}", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/aside/{number}", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/interview", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/interview", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/prose", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/prose", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/guidelines", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/guidelines", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/templates", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/templates", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/templates/{file}", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/criteria", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/criteria", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/steps/{path}", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/steps/{path}/edits", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/sheet", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/trial", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/trial", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/writing", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/writing", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/changes", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/changes", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/publish", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/publish", Session, Right(Verb::PublishProcess)),
    get("/studio/{draft}/rehearsal", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/rehearsal", Session, Right(Verb::PublishProcess)),
    post("/studio/{draft}/removal", Session, Right(Verb::PublishProcess)),
    get("/people", Session, Right(Verb::ManagePeople)),
    post("/people", Session, Right(Verb::ManagePeople)),
    post("/people/{id}/roles", Session, Right(Verb::ManagePeople)),
    post("/people/{id}/links", Session, Right(Verb::ManagePeople)),
    post("/people/{id}/access", Session, Right(Verb::ManagePeople)),
    get("/agents", Session, Right(Verb::ManageAgents)),
    post("/agents/switch", Session, Right(Verb::ManageAgents)),
    get("/account", Session, Own),
    post("/account/password", Session, Own),
    post("/account/absence", Session, Own),
    post("/account/tokens", Session, Own),
    post("/account/tokens/{token}/revocation", Session, Own),
    post("/demo/person", Session, Demo),
    post("/demo/end", Session, Demo),
];

/// By which entrance a route is reached; `None` when it has no row.
pub(super) fn entrance(method: &Method, path: &str) -> Option<Entrance> {
    ROUTES.iter().find(|route| route.method == *method && route.path == path).map(|route| route.entrance)
}

/// Whether the path has a row for any method.
pub(super) fn is_known(path: &str) -> bool {
    ROUTES.iter().any(|route| route.path == path)
}

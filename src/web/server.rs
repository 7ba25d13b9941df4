//! The web server: every page route in its layers, and the way to start and stop it.

use std::{any::Any, future::IntoFuture as _, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    handler::Handler,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::watch};
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};

use super::{
    api, assets,
    catalogue::text::said,
    front::Front,
    halt::Halt,
    handlers::{
        account, agents, case, cases, decide, demo, document, earning, events, inbox, outside, people, processes,
        sign_in, start, steering, studio, task, versions,
    },
    operations, prefix, security, session,
    state::{AppState, Site},
    views::{self, error::Problem},
};
use crate::{config::REQUEST_BYTES_MAX, id::new_id};

/// How long requests in flight may take to end after the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The routes as they are added, with their methods and paths beside them.
struct Pages {
    router: Router<Front>,
    added: Vec<(Method, &'static str)>,
}

impl Pages {
    fn get<H: Handler<T, Front>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.router = self.router.route(path, get(handler));
        self.added.push((Method::GET, path));
        self
    }

    fn post<H: Handler<T, Front>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.router = self.router.route(path, post(handler));
        self.added.push((Method::POST, path));
        self
    }
}

fn pages() -> Pages {
    let pages = Pages { router: Router::new(), added: Vec::new() }
        .get("/", inbox::home)
        .get("/assets/{*name}", assets::serve)
        .get("/healthz", operations::alive)
        .get("/readyz", operations::ready)
        .get("/metrics", operations::figures)
        .get("/sign-in", sign_in::page)
        .post("/session", sign_in::sign_in)
        .get("/sign-in/{token}", sign_in::link)
        .post("/sign-in/{token}", sign_in::take_link)
        .post("/session/end", sign_in::sign_out)
        .get("/outside/{token}", outside::page)
        .post("/outside/{token}", outside::hand_in)
        .get("/inbox", inbox::page)
        .post("/inbox/notices", inbox::put_away)
        .get("/events", events::events)
        .get("/requests", cases::requests)
        .get("/cases", cases::all)
        .get("/people", people::page)
        .post("/people", people::add)
        .post("/people/{id}/roles", people::change)
        .post("/people/{id}/links", people::link)
        .post("/people/{id}/access", people::access)
        .get("/agents", agents::page)
        .post("/agents/switch", agents::switch)
        .get("/account", account::page)
        .post("/account/password", account::password)
        .post("/account/absence", account::absence)
        .post("/account/tokens", account::add_token)
        .post("/account/tokens/{token}/revocation", account::revoke_token)
        .post("/demo/person", demo::switch)
        .post("/demo/end", demo::end);
    in_the_studio(about_cases(pages))
}

fn about_cases(pages: Pages) -> Pages {
    pages
        .get("/tasks/{label}", task::page)
        .post("/tasks/{label}/decisions", decide::decide)
        .post("/tasks/{label}/questions", decide::ask)
        .post("/tasks/{label}/claims", decide::claim)
        .post("/tasks/{label}/releases", decide::release)
        .post("/tasks/{label}/delegations", decide::delegate)
        .get("/cases/{number}", case::page)
        .get("/cases/{number}/edits", case::edit)
        .post("/cases/{number}/edits", case::save)
        .post("/cases/{number}/withdrawal", case::withdraw)
        .post("/cases/{number}/links", case::link)
        .post("/cases/{number}/incidents/{incident}/resolution", case::resolve)
        .post("/cases/{number}/moves", steering::move_case)
        .post("/cases/{number}/holds", steering::hold)
        .post("/cases/{number}/holds/end", steering::resume)
        .post("/cases/{number}/additions", steering::add)
        .get("/cases/{number}/migration", versions::preview_one)
        .post("/cases/{number}/migration", versions::apply_one)
        .post("/cases/{number}/migration/undo", steering::undo)
        .get("/cases/{number}/documents/{key}", document::download)
        .get("/cases/{number}/letters/{file}", document::letter)
        .get("/processes", processes::list)
        .get("/processes/{id}", processes::page)
        .get("/processes/{id}/agents", earning::page)
        .post("/processes/{id}/agents/labels", earning::labels)
        .post("/processes/{id}/agents/labels/removal", earning::forget)
        .post("/processes/{id}/agents/limits", earning::limits)
        .get("/processes/{id}/versions", versions::list)
        .get("/processes/{id}/versions/{version}", versions::page)
        .get("/processes/{id}/migration", versions::preview)
        .post("/processes/{id}/migration", versions::apply)
        .post("/processes/{id}/rehearsal/end", versions::end_rehearsal)
        .get("/processes/{id}/sheet", processes::sheet)
        .get("/processes/{id}/start", start::page)
        .post("/processes/{id}/start", start::open)
}

fn in_the_studio(pages: Pages) -> Pages {
    pages
        .get("/studio", studio::page)
        .post("/studio", studio::begin)
        .get("/studio/templates", studio::templates)
        .get("/studio/{draft}", studio::editor::page)
        .post("/studio/{draft}/text", studio::editor::save)
        .post("/studio/{draft}/presence", studio::editor::presence)
        .post("/studio/{draft}/completions", studio::completions::completions)
        .get("/studio/{draft}/aside/{number}", studio::aside::page)
        .post("/studio/{draft}/aside/{number}", studio::aside::choose)
        .get("/studio/{draft}/interview", studio::interview::page)
        .post("/studio/{draft}/interview", studio::interview::answer)
        .get("/studio/{draft}/prose", studio::prose::page)
        .post("/studio/{draft}/prose", studio::prose::take)
        .get("/studio/{draft}/guidelines", studio::guidelines::page)
        .get("/studio/{draft}/templates", studio::guidelines::templates)
        .post("/studio/{draft}/guidelines", studio::guidelines::put)
        .post("/studio/{draft}/templates", studio::guidelines::put_template)
        .get("/studio/{draft}/templates/{file}", studio::guidelines::word)
        .get("/studio/{draft}/criteria", studio::criteria::page)
        .post("/studio/{draft}/criteria", studio::criteria::change)
        .get("/studio/{draft}/steps/{path}", studio::steps::page)
        .post("/studio/{draft}/steps/{path}/edits", studio::steps::change)
        .get("/studio/{draft}/sheet", studio::steps::sheet)
        .get("/studio/{draft}/trial", studio::trial::page)
        .post("/studio/{draft}/trial", studio::trial::act)
        .get("/studio/{draft}/writing", studio::writing::page)
        .post("/studio/{draft}/writing", studio::writing::write)
        .get("/studio/{draft}/changes", studio::changes::page)
        .post("/studio/{draft}/changes", studio::changes::act)
        .get("/studio/{draft}/publish", studio::publish::page)
        .post("/studio/{draft}/publish", studio::publish::publish)
        .get("/studio/{draft}/rehearsal", studio::publish::rehearsal)
        .post("/studio/{draft}/rehearsal", studio::publish::rehearse)
        .post("/studio/{draft}/removal", studio::remove)
}

/// The method and path of every page that is served, so that a test can hold them against [`super::routes::ROUTES`].
#[must_use]
pub fn served() -> Vec<(Method, &'static str)> {
    pages().added
}

/// Everything that this server answers, in its layers.
pub fn router(state: AppState) -> Router {
    // Nobody says stop here; see `stopped` for what becomes of a sender that is gone.
    let (_, stop) = watch::channel(false);
    build(state, stop)
}

fn build(state: AppState, stop: watch::Receiver<bool>) -> Router {
    let front = Front::new(state, stop);
    let (secure, below) = (front.app.site.secure, front.prefix.clone());
    let router = pages()
        .router
        .fallback(|| async { Halt::not_found() })
        .layer(middleware::from_fn_with_state(front.clone(), session::guard))
        // The API lets nobody in by a cookie, so that the guard of pages and its form tokens are not for it.
        .nest(api::PREFIX, api::router().with_state(front.app.clone()))
        .layer(middleware::from_fn_with_state(front.clone(), known_host))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| after_panic(&*panic)))
        .layer(middleware::map_response(move |response| async move { with_headers(response, secure) }))
        .layer(middleware::from_fn(operations::counted))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(front);
    prefix::below(below, router)
}

/// Serves until `stop` turns true; then requests in flight are finished and pages that listen are let go.
pub async fn serve(listener: TcpListener, state: AppState, stop: watch::Receiver<bool>) -> std::io::Result<()> {
    let app = build(state, stop.clone());
    let server = axum::serve(listener, app).with_graceful_shutdown(stopped(stop.clone()));
    tokio::select! {
        done = server.into_future() => done,
        () = async move {
            stopped(stop).await;
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
}

/// Returns when the server is told to stop, and never when nobody is left who could say so.
pub(super) async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A span without the address: addresses hold the secrets of links.
fn span(request: &Request) -> tracing::Span {
    let path = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), path)
}

fn with_headers(mut response: Response, secure: bool) -> Response {
    let headers = response.headers_mut();
    for (name, value) in security::page_headers() {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if secure {
        let always = HeaderValue::from_static("max-age=31536000");
        headers.insert(HeaderName::from_static("strict-transport-security"), always);
    }
    response
}

fn after_panic(panic: &(dyn Any + Send)) -> Response {
    let reference = new_id("fault");
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(%reference, error = said.unwrap_or("unknown"), "a request panicked");
    let page = views::error::page(None, &Problem::broken(reference));
    (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
}

/// The demo signs people in by a switch, so a page elsewhere must not reach it under a name of its own
/// (DNS rebinding): the demo answers to the loopback address and to its own name alone.
async fn known_host(State(front): State<Front>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = sent.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    if front.app.site.demo && !host.is_some_and(|host| is_ours(host, &front.app.site)) {
        let problem = Problem {
            what: said::WRONG_HOST.to_owned(),
            why: said::WRONG_HOST_WHY.to_owned(),
            now: format!("{} {}", said::WRONG_HOST_NOW, front.app.site.base_url),
            ..Problem::default()
        };
        return (StatusCode::MISDIRECTED_REQUEST, views::error::page(None, &problem)).into_response();
    }
    next.run(request).await
}

fn is_ours(host: &str, site: &Site) -> bool {
    let own = site.base_url.split_once("://").map_or(site.base_url.as_str(), |(_, rest)| rest);
    let own = own.split('/').next().unwrap_or_default();
    if host.eq_ignore_ascii_case(own) {
        return true;
    }
    let name = if host.starts_with('[') {
        host.split_once(']').map_or(host, |(name, _)| name).trim_start_matches('[')
    } else {
        host.rsplit_once(':').map_or(host, |(name, _)| name)
    };
    ["localhost", "127.0.0.1", "::1"].iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_answers_to_its_own_names_alone() {
        let site = Site { base_url: "http://demo.test:7700".to_owned(), secure: false, demo: true };
        let check = |host: &str, ours: bool| assert_eq!(is_ours(host, &site), ours, "{host}");
        check("127.0.0.1:7700", true);
        check("localhost:7700", true);
        check("[::1]:7700", true);
        check("demo.test:7700", true);
        check("demo.test", false);
        check("evil.example:7700", false);
        check("127.0.0.1.evil.example", false);
        check("localhost.evil.example:80", false);
    }
}

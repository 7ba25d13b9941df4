//! Who is asking: the session of a browser, and the layer that lets nobody past without the right form.

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use countersign_core::{event::Acting, people::PersonId};

use super::{
    catalogue::text::said,
    format::Numbers,
    front::Front,
    halt::{Failed, Halt},
    paths,
    posted::{OPEN_FORM_BYTES_MAX, Posted},
    routes::{self, Entrance},
    security::{self, SESSION_SECONDS},
    views::{self, error::Problem},
};
use crate::{config::REQUEST_BYTES_MAX, id, store::Session};

/// The random bytes that tell one page from another.
const PAGE_BYTES: usize = 8;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    /// Who.
    pub(super) person: PersonId,
    /// The digest of the session's secret.
    pub(super) session: String,
    /// What every form of the session carries.
    pub(super) csrf: String,
    /// How they write numbers.
    pub(super) numbers: Numbers,
}

/// What makes a request the same request when it comes again: the page that it was sent from, and what was sent.
#[derive(Clone, Debug)]
pub(super) struct Once(pub(super) String);

impl SignedIn {
    /// The person, acting for themselves.
    pub(super) fn acting(&self) -> Acting {
        Acting::person(self.person.clone())
    }

    /// The value of `_csrf` for one page: the session's token and a number of this page's own, so that a form sent
    /// twice is recognised and a form of a newer page is not mistaken for it.
    pub(super) fn form_token(&self) -> String {
        format!("{}.{}", self.csrf, id::secret_hex(PAGE_BYTES))
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Halt> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Halt::broken(&"a page came past the layer of sessions"))
    }
}

impl<S: Sync> FromRequestParts<S> for Once {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Halt> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Halt::broken(&"a form came past the layer that reads it"))
    }
}

/// Signs a person in on this browser: the response carries the cookie.
pub(super) async fn start(front: &Front, person: &str, mut response: Response) -> Result<Response, Halt> {
    let (secret, now) = (id::new_secret()?, front.now());
    let session = Session {
        token_hash: security::digest(&secret),
        person: person.to_owned(),
        csrf: security::csrf_token(&secret),
        created_at: now,
        expires_at: now.plus_ms(i64::from(SESSION_SECONDS) * 1_000),
    };
    front.store().create_session(session).await?;
    set_cookie(&mut response, &front.door().start(&secret))?;
    Ok(response)
}

/// Signs this browser out.
pub(super) async fn end(front: &Front, me: &SignedIn, mut response: Response) -> Result<Response, Halt> {
    front.store().delete_session(&me.session).await?;
    set_cookie(&mut response, &front.door().end())?;
    Ok(response)
}

fn set_cookie(response: &mut Response, cookie: &str) -> Result<(), Halt> {
    let cookie = HeaderValue::from_str(cookie).map_err(|error| Halt::broken(&error))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(())
}

/// The session that the request brings, if it is not over and its person may still act.
async fn find(front: &Front, headers: &HeaderMap) -> Result<Option<SignedIn>, Halt> {
    let Some(secret) = front.door().token(headers) else { return Ok(None) };
    let hash = security::digest(secret);
    let Some(session) = front.store().session(&hash, front.now()).await? else { return Ok(None) };
    if front.runtime().world().directory.active(&session.person).is_none() {
        return Ok(None);
    }
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(Some(SignedIn {
        person: session.person,
        session: hash,
        csrf: security::csrf_token(secret),
        numbers: Numbers::of(language),
    }))
}

/// The one layer around every page: finds the session, reads the form, checks its token, and makes the page of what
/// went wrong.
pub(super) async fn guard(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    let address = request.uri().path().to_owned();
    let mut kept = Vec::new();
    let mut me = None;
    let response = match admit(&front, &mut request, &mut me, &mut kept).await {
        Ok(None) => next.run(request).await,
        Ok(Some(elsewhere)) => elsewhere,
        Err(halt) => halt.into_response(),
    };
    in_words(&front, me.as_ref(), &address, response, kept).await
}

/// Lets a request through (`None`), sends it elsewhere, or stops it.
async fn admit(
    front: &Front,
    request: &mut Request,
    me: &mut Option<SignedIn>,
    kept: &mut Vec<(String, String)>,
) -> Result<Option<Response>, Halt> {
    let Some(path) = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()) else {
        *me = find(front, request.headers()).await?;
        return Ok(None);
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let method = if reads { &Method::GET } else { request.method() };
    let Some(entrance) = routes::entrance(method, &path) else {
        // The router answers an unknown method by itself; a page without a row must not be reached.
        *me = find(front, request.headers()).await?;
        let known = routes::is_known(&path);
        return if known { Ok(None) } else { Err(Halt::broken(&format!("the route {path} has no row"))) };
    };
    if entrance != Entrance::Open {
        *me = find(front, request.headers()).await?;
    }
    if reads {
        if entrance == Entrance::Session && me.is_none() {
            // A script that refreshes a part of a page must not put the sign-in page into it.
            let by_script = request.headers().contains_key("hx-request");
            let nothing = StatusCode::NO_CONTENT.into_response();
            return Ok(Some(if by_script { nothing } else { to_sign_in(request) }));
        }
    } else {
        take_form(front, request, entrance, me.as_ref(), kept).await?;
    }
    if let Some(me) = me {
        request.extensions_mut().insert(me.clone());
    }
    Ok(None)
}

/// Reads the form, checks that it is one of ours, and hands it on.
async fn take_form(
    front: &Front,
    request: &mut Request,
    entrance: Entrance,
    me: Option<&SignedIn>,
    kept: &mut Vec<(String, String)>,
) -> Result<(), Halt> {
    let link = link_of(request.uri().path()).to_owned();
    let trusted = match entrance {
        Entrance::Session => me.is_some(),
        Entrance::Link => {
            let digest = security::digest(&link);
            front.store().link(&digest, crate::store::LinkPurpose::Party, front.now()).await?.is_some()
        }
        Entrance::Open | Entrance::OwnPage => false,
    };
    let limit = if trusted { REQUEST_BYTES_MAX } else { OPEN_FORM_BYTES_MAX };
    let own_page = security::from_our_own_page(request.headers());
    let whole = std::mem::take(request);
    let (parts, body) = whole.into_parts();
    *request = Request::from_parts(parts.clone(), axum::body::Body::empty());
    let posted = Posted::read(Request::from_parts(parts, body), limit).await?;
    *kept = posted.kept();
    let sent = posted.get("_csrf");
    let (token, page) = sent.split_once('.').unwrap_or((sent, ""));
    let genuine = match entrance {
        Entrance::Open => false,
        Entrance::OwnPage => own_page,
        Entrance::Link => security::csrf_agrees(&link, token),
        Entrance::Session => {
            let Some(me) = me else { return Err(signed_out()) };
            security::same(me.csrf.as_bytes(), token.as_bytes())
        }
    };
    if !genuine {
        tracing::warn!(path = ?request.extensions().get::<MatchedPath>(), "a form without its token was refused");
        return Err(Halt::expired());
    }
    let once = countersign_core::canonical::digest(&(page, request.uri().path(), posted.digest()));
    request.extensions_mut().insert(Once(once));
    request.extensions_mut().insert(posted);
    Ok(())
}

/// The last part of an address: the token of a link.
fn link_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn signed_out() -> Halt {
    Halt::told(StatusCode::UNAUTHORIZED, said::SIGNED_OUT, said::SIGNED_OUT_WHY, said::SIGNED_OUT_NOW)
}

fn to_sign_in(request: &Request) -> Response {
    let wanted = request.uri().path_and_query().map_or(paths::INBOX, |wanted| wanted.as_str());
    if wanted == "/" || wanted == paths::EVENTS {
        return Redirect::to(paths::SIGN_IN).into_response();
    }
    Redirect::to(&format!("{}?back={}", paths::SIGN_IN, paths::encoded(wanted))).into_response()
}

/// An address to come back to, if it is one of our own pages.
pub(super) fn own_address(back: &str) -> &str {
    let foreign = !back.starts_with('/') || back.starts_with("//") || back.contains('\\');
    if foreign || back.chars().any(char::is_control) { paths::INBOX } else { back }
}

/// Makes the page of a problem, now that it is known who reads it.
async fn in_words(
    front: &Front,
    me: Option<&SignedIn>,
    address: &str,
    mut response: Response,
    kept: Vec<(String, String)>,
) -> Response {
    let failed = response.extensions_mut().remove::<Failed>();
    let status = response.status();
    let mut problem = match failed {
        Some(Failed(problem)) => *problem,
        None if status == StatusCode::METHOD_NOT_ALLOWED => Problem {
            what: said::WRONG_METHOD.to_owned(),
            why: said::WRONG_METHOD_WHY.to_owned(),
            now: said::WRONG_METHOD_NOW.to_owned(),
            ..Problem::default()
        },
        None => return response,
    };
    problem.kept = kept;
    let shell = match me {
        Some(me) => front.shell_with(me, address, None).await.ok(),
        None => None,
    };
    let page = views::error::page(shell.as_ref(), &problem);
    let mut told = (status, page).into_response();
    let old = response.headers();
    for (name, value) in old.iter().filter(|(name, _)| *name == header::ALLOW || *name == header::RETRY_AFTER) {
        told.headers_mut().insert(name.clone(), value.clone());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_back_to() {
        let check = |back: &str, expected: &str| assert_eq!(own_address(back), expected, "{back}");
        check("/cases/1042?show=all", "/cases/1042?show=all");
        check("https://elsewhere.example", paths::INBOX);
        check("//elsewhere.example", paths::INBOX);
        check("/\\elsewhere.example", paths::INBOX);
        check("/cases\r\nset-cookie: a=b", paths::INBOX);
        check("", paths::INBOX);
    }
}

//! Where the pages lie below an address such as `https://example.org/countersign`: the one place that knows it.
//!
//! Everything inside speaks of `/inbox` and `/cases/1042`. On the way in the prefix is taken off, and on the way out
//! [`Prefix::address`] puts it before every address of ours: in links and forms of a page, where a redirect leads,
//! and in the path of a cookie. The proxy must pass the path on as it came.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;

use super::operations;

/// The largest page that is rewritten, in bytes; a page is a few hundred kilobytes at most.
const PAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The attributes that hold addresses of ours. A quotation mark in a text is always written as an entity, so that
/// these words with a real one are attributes and nothing else.
const ATTRIBUTES: &[&str] = &[
    "href",
    "action",
    "formaction",
    "src",
    "hx-get",
    "hx-post",
    "hx-sse:connect",
    "data-root",
    "data-presence",
    "data-completions",
];

/// The path below which everything lies; empty when it lies at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(Arc<str>);

impl Prefix {
    /// The path of the address that people use.
    #[must_use]
    pub fn of(base_url: &str) -> Self {
        let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
        let path = rest.find('/').map_or("", |at| &rest[at..]);
        Self(path.trim_end_matches('/').into())
    }

    /// Whether everything lies at the top.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of cookies.
    #[must_use]
    pub fn cookie_path(&self) -> &str {
        if self.is_empty() { "/" } else { &self.0 }
    }

    /// One of our own addresses, such as `/inbox`, as the outside knows it.
    #[must_use]
    pub fn address(&self, inside: &str) -> String {
        format!("{}{inside}", self.0)
    }

    /// A page or a part of one, with every address as the outside knows it.
    #[must_use]
    pub fn page(&self, html: &str) -> String {
        if self.is_empty() {
            return html.to_owned();
        }
        let mut page = String::with_capacity(html.len() + html.len() / 16);
        let mut rest = html;
        while let Some(at) = rest.find("=\"/") {
            let (before, after) = rest.split_at(at + 2);
            page.push_str(before);
            let name = before[..at].rsplit([' ', '\n', '<']).next().unwrap_or_default();
            if ATTRIBUTES.contains(&name) && !after.starts_with("//") {
                page.push_str(&self.0);
            }
            rest = after;
        }
        page.push_str(rest);
        page
    }

    /// The path inside; `None` for one that does not lie below the prefix.
    fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        match path.strip_prefix(&*self.0)? {
            "" => Some("/"),
            rest if rest.starts_with('/') => Some(rest),
            _ => None,
        }
    }
}

/// Puts everything below the prefix. What machines ask is answered at the top too, since they come past the proxy.
pub(super) fn below(prefix: Prefix, inner: Router) -> Router {
    if prefix.is_empty() {
        return inner;
    }
    Router::new().fallback(move |request: Request| {
        let (prefix, inner) = (prefix.clone(), inner.clone());
        async move { pass(&prefix, inner, request).await }
    })
}

async fn pass(prefix: &Prefix, inner: Router, mut request: Request) -> Response {
    let path = request.uri().path();
    let top = [operations::ALIVE, operations::READY, operations::METRICS].contains(&path);
    if !top {
        let Some(inside) = prefix.inside(path).and_then(|inside| moved(request.uri(), inside)) else {
            let said = format!("there is nothing here; the address is {}\n", prefix.address("/"));
            return (StatusCode::NOT_FOUND, said).into_response();
        };
        *request.uri_mut() = inside;
    }
    match inner.oneshot(request).await {
        Ok(response) => outwards(prefix, response).await,
        Err(never) => match never {},
    }
}

fn moved(uri: &Uri, inside: &str) -> Option<Uri> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{inside}{query}").parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

async fn outwards(prefix: &Prefix, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(to) = parts.headers.get(header::LOCATION).and_then(|to| to.to_str().ok())
        && to.starts_with('/')
        && !to.starts_with("//")
        && let Ok(to) = HeaderValue::from_str(&prefix.address(to))
    {
        parts.headers.insert(header::LOCATION, to);
    }
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(|media_type| media_type.starts_with("text/html")) {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, PAGE_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let page = prefix.page(&String::from_utf8_lossy(&bytes));
    Response::from_parts(parts, Body::from(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_address_is_the_prefix() {
        let check = |base_url: &str, prefix: &str, cookie: &str| {
            let found = Prefix::of(base_url);
            assert_eq!((&*found.0, found.cookie_path()), (prefix, cookie), "{base_url}");
        };
        check("https://example.org", "", "/");
        check("https://example.org/", "", "/");
        check("https://example.org:8443/desk/", "/desk", "/desk");
        check("https://example.org/a/b", "/a/b", "/a/b");
    }

    #[test]
    fn addresses_of_ours_are_moved_and_words_are_not() {
        let prefix = Prefix::of("https://example.org/desk");
        let check = |html: &str, page: &str| assert_eq!(prefix.page(html), page);
        check("<a class=\"x\" href=\"/inbox\">i</a>", "<a class=\"x\" href=\"/desk/inbox\">i</a>");
        check("<form action=\"/cases/1/edits\">", "<form action=\"/desk/cases/1/edits\">");
        check("<a href=\"#main\">", "<a href=\"#main\">");
        check("<a href=\"//elsewhere.example\">", "<a href=\"//elsewhere.example\">");
        check("<a href=\"https://elsewhere.example/x\">", "<a href=\"https://elsewhere.example/x\">");
        check("<input name=\"back\" value=\"/inbox\">", "<input name=\"back\" value=\"/inbox\">");
        check("<p>href=&quot;/inbox&quot;</p>", "<p>href=&quot;/inbox&quot;</p>");
        assert_eq!(Prefix::default().page("<a href=\"/inbox\">"), "<a href=\"/inbox\">");
    }

    #[test]
    fn a_neighbour_with_a_longer_name_is_not_ours() {
        let prefix = Prefix::of("https://example.org/desk");
        let check = |path: &str, inside: Option<&str>| assert_eq!(prefix.inside(path), inside, "{path}");
        check("/desk", Some("/"));
        check("/desk/", Some("/"));
        check("/desk/inbox", Some("/inbox"));
        check("/desktop", None);
        check("/inbox", None);
    }
}

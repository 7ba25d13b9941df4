//! The pure pieces of sign-in and of a browser's safety: cookies, tokens, headers, passwords.
//!
//! Nothing here touches the store. A session's token is a secret that only the browser holds; the store keeps its
//! [`digest`], so that a stolen database opens no session.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use sha2::{Digest as _, Sha256};

use super::prefix::Prefix;

/// The cookie of a session, over https. The prefix makes browsers refuse it from a neighbouring host
/// (RFC 6265bis, section 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-countersign";
/// The same below a path of its own: the prefix of before would bind it to the whole host (section 4.1.3.1).
const SECURE_COOKIE_BELOW: &str = "__Secure-countersign";
/// The cookie of a session, over plain http on the loopback address.
const LOOPBACK_COOKIE: &str = "countersign";

/// How long a session lasts without being used, in seconds: 12 hours.
pub const SESSION_SECONDS: u32 = 12 * 60 * 60;

/// The shortest password, in characters (NIST SP 800-63B, section 5.1.1.2, asks for at least 8).
pub const PASSWORD_AT_LEAST: usize = 10;
/// The longest password, in bytes, so that nobody makes the server hash megabytes.
pub const PASSWORD_AT_MOST: usize = 1024;

/// What a page may load and where it may send: itself, and nothing written into the page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The door by which browsers come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// https, by itself or behind a proxy that says so; otherwise plain http on the loopback address of this machine.
    secure: bool,
    /// Where the pages lie.
    prefix: Prefix,
}

/// A password cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("the password has fewer than {PASSWORD_AT_LEAST} characters; use a longer one, such as four words")]
    TooShort,
    /// Too long.
    #[error("the password has more than {PASSWORD_AT_MOST} bytes; use a shorter one")]
    TooLong,
    /// The library refused.
    #[error("the password could not be hashed: {0}; try again, and restart the program if it stays")]
    Hash(String),
}

impl Door {
    /// A door over https, or over plain http on the loopback address.
    #[must_use]
    pub const fn new(secure: bool, prefix: Prefix) -> Self {
        Self { secure, prefix }
    }

    /// The name of the session cookie.
    #[must_use]
    pub fn cookie(&self) -> &'static str {
        match (self.secure, self.prefix.is_empty()) {
            (true, true) => SECURE_COOKIE,
            (true, false) => SECURE_COOKIE_BELOW,
            (false, _) => LOOPBACK_COOKIE,
        }
    }

    /// The `Set-Cookie` value that starts a session.
    #[must_use]
    pub fn start(&self, token: &str) -> String {
        format!("{}={token}; Max-Age={SESSION_SECONDS}; {}", self.cookie(), self.attributes())
    }

    /// The `Set-Cookie` value that ends a session.
    #[must_use]
    pub fn end(&self) -> String {
        format!("{}=; Max-Age=0; {}", self.cookie(), self.attributes())
    }

    /// The session token that a request brings.
    #[must_use]
    pub fn token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == self.cookie() && !value.is_empty()).then_some(value))
    }

    fn attributes(&self) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("Path={}; HttpOnly; SameSite=Lax{secure}", self.prefix.cookie_path())
    }
}

/// What the store keeps of a secret: SHA-256 in hexadecimal. A secret of 256 random bits needs no salt
/// and no stretching.
#[must_use]
pub fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// The token that every form of a session carries as `_csrf`. It is derived, so it needs no storage and tells nothing
/// about the session's own token.
#[must_use]
pub fn csrf_token(session: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"countersign form token 1\0");
    hash.update(session.as_bytes());
    hex(&hash.finalize())
}

/// Whether a form was made for this session.
#[must_use]
pub fn csrf_agrees(session: &str, sent: &str) -> bool {
    same(csrf_token(session).as_bytes(), sent.as_bytes())
}

/// Compares two secrets in a time that depends on their lengths alone.
#[must_use]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0_u8, |sum, (left, right)| std::hint::black_box(sum | (left ^ right)));
    one.len() == other.len() && difference == 0
}

/// Whether a changing request comes from our own pages, for forms that have no session yet.
///
/// `Sec-Fetch-Site` (W3C Fetch Metadata) cannot be set by a page; browsers without it send `Origin` with a form.
/// A request with neither comes from no browser page and carries no browser's cookie.
#[must_use]
pub fn from_our_own_page(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// The headers that every page carries. Pages show personal data, so nothing keeps a copy.
#[must_use]
pub fn page_headers() -> [(HeaderName, HeaderValue); 7] {
    [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // Browsers send no usable `Origin` with a form under `no-referrer`, and that is how we know our own pages.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
        ),
    ]
}

/// Hashes a password with Argon2id and a fresh salt. It takes tens of milliseconds and 19 MiB: call it off the
/// asynchronous threads.
///
/// # Errors
/// When the password is too short or too long, or the machine has no randomness.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < PASSWORD_AT_LEAST {
        return Err(PasswordError::TooShort);
    }
    if password.len() > PASSWORD_AT_MOST {
        return Err(PasswordError::TooLong);
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Whether the password is the one that was hashed. As slow as [`hash_password`], also when nobody of that name is
/// known (`None`), so that the time tells nothing about who exists.
#[must_use]
pub fn password_agrees(password: &str, hash: Option<&str>) -> bool {
    let password = if password.len() > PASSWORD_AT_MOST { "" } else { password };
    match hash.and_then(|hash| PasswordHash::new(hash).ok()) {
        Some(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            let _ = std::hint::black_box(Argon2::default().hash_password(password.as_bytes()));
            false
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_session_cookie_is_closed_to_scripts_and_found_again() {
        let secret = crate::id::secret_hex(32);
        for (secure, prefix) in [(true, ""), (false, ""), (true, "/desk"), (false, "/desk")] {
            let door = Door::new(secure, Prefix::of(&format!("https://example.org{prefix}")));
            let cookie = door.start(&secret);
            assert!(
                cookie.contains("HttpOnly")
                    && cookie.contains("SameSite=Lax")
                    && cookie.contains(&format!("; Path={};", door.prefix.cookie_path()))
            );
            assert_eq!(cookie.contains("; Secure"), secure);
            assert_eq!(cookie.starts_with("__Host-"), secure && prefix.is_empty());
            let sent = cookie.split(';').next().unwrap();
            let request = headers(&[("cookie", &format!("theme=dark; {sent}"))]);
            assert_eq!(door.token(&request), Some(secret.as_str()));
            assert!(door.end().starts_with(&format!("{}=; Max-Age=0", door.cookie())));
        }
        let foreign = headers(&[("cookie", "countersign_other=abc; countersign=")]);
        assert_eq!(Door::new(false, Prefix::default()).token(&foreign), None);
    }

    #[test]
    fn a_form_token_belongs_to_one_session() {
        let (mine, yours) = (crate::id::secret_hex(32), crate::id::secret_hex(32));
        assert!(csrf_agrees(&mine, &csrf_token(&mine)));
        assert!(!csrf_agrees(&mine, &csrf_token(&yours)));
        assert!(!csrf_agrees(&mine, ""));
        assert!(!csrf_agrees(&mine, &digest(&mine)), "what the store keeps must not serve as a form token");
    }

    #[test]
    fn comparing_looks_at_every_byte() {
        assert!(same(b"", b"") && same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"ab", b"abc") && !same(b"", b"a"));
    }

    #[test]
    fn a_form_from_elsewhere_is_recognised() {
        let check = |pairs: &[(&'static str, &str)], ours: bool| {
            assert_eq!(from_our_own_page(&headers(pairs)), ours, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "http://a:1"), ("host", "a:1")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("origin", "http://localhost:7700"), ("host", "localhost:7700")], true);
        check(&[("origin", "http://localhost:7701"), ("host", "localhost:7700")], false);
        check(&[("origin", "null"), ("host", "localhost:7700")], false);
        check(&[("host", "localhost:7700")], true);
    }

    #[test]
    fn a_password_is_checked_against_its_own_hash_only() {
        let hash = hash_password("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(password_agrees("correct horse battery", Some(&hash)));
        assert!(!password_agrees("correct horse batterz", Some(&hash)));
        assert!(!password_agrees("correct horse battery", None));
        assert!(!password_agrees("", Some("not a hash")));
        assert!(matches!(hash_password("short"), Err(PasswordError::TooShort)));
        assert!(matches!(hash_password(&"a".repeat(1025)), Err(PasswordError::TooLong)));
    }

    #[test]
    fn the_policy_allows_nothing_inline() {
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
        assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none'"));
        assert_eq!(page_headers().len(), 7);
    }
}

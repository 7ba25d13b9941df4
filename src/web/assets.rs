//! Style sheet, scripts and icon, embedded in the program and served with a content hash in their address.

use axum::{
    body::Body,
    extract::{Path, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

/// Hexadecimal digits of the content hash that stand in an address.
const HASH_DIGITS: usize = 16;

/// How long a browser may keep a file whose address names its content.
const KEEP_FOREVER: &str = "public, max-age=31536000, immutable";

/// A browser that asks without the right hash has to ask again each time.
const ASK_AGAIN: &str = "no-cache";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// The hash in the address of an asset.
#[derive(Debug, Default, Deserialize)]
pub struct Version {
    /// The first digits of the file's SHA-256.
    #[serde(default)]
    v: String,
}

/// The address of an asset, with its content hash, so that a new release is fetched at once.
#[must_use]
pub fn href(name: &str) -> String {
    match Files::get(name) {
        Some(file) => format!("/assets/{name}?v={}", hash(&file)),
        None => format!("/assets/{name}"),
    }
}

/// Serves `GET /assets/{*name}`.
pub async fn serve(Path(name): Path<String>, Query(version): Query<Version>, headers: HeaderMap) -> Response {
    let (Some(file), Some(media_type)) = (Files::get(&name), media_type(&name)) else {
        return (StatusCode::NOT_FOUND, format!("there is no file {name} among the assets")).into_response();
    };
    let hash = hash(&file);
    let tag = format!("\"{hash}\"");
    let cache = if version.v == hash { KEEP_FOREVER } else { ASK_AGAIN };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, media_type)], Body::from(file.data)).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..HASH_DIGITS].to_owned()
}

/// The media type of a file that pages use; `None` for what is only kept beside them, such as licences.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit('.').next() {
        Some("css") => Some("text/css; charset=utf-8"),
        Some("js") => Some("text/javascript; charset=utf-8"),
        Some("svg") => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use sha2::{Digest, Sha256};

    async fn check(name: &str, version: &str, known: Option<&str>, status: StatusCode, cache: &str) {
        let mut headers = HeaderMap::new();
        if let Some(known) = known {
            headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
        }
        let query = Query(Version { v: version.to_owned() });
        let response = serve(Path(name.to_owned()), query, headers).await;
        assert_eq!(response.status(), status, "{name}");
        let found = response.headers().get(header::CACHE_CONTROL).map_or("", |value| value.to_str().unwrap());
        assert_eq!(found, cache, "{name}");
    }

    #[tokio::test]
    async fn a_file_is_kept_only_under_an_address_that_names_its_content() {
        let right = href("app.css").split_once("?v=").unwrap().1.to_owned();
        check("app.css", &right, None, StatusCode::OK, KEEP_FOREVER).await;
        check("app.css", "0000", None, StatusCode::OK, ASK_AGAIN).await;
        check("app.css", &right, Some(&format!("\"{right}\"")), StatusCode::NOT_MODIFIED, KEEP_FOREVER).await;
        check("app.css", &right, Some("\"other\""), StatusCode::OK, KEEP_FOREVER).await;
        check("vendor/htmx/htmx.min.js", "", None, StatusCode::OK, ASK_AGAIN).await;
        check("vendor/SHA256SUMS", "", None, StatusCode::NOT_FOUND, "").await;
        check("../Cargo.toml", "", None, StatusCode::NOT_FOUND, "").await;
    }

    #[test]
    fn vendored_files_are_the_ones_whose_checksums_are_written_down() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/vendor");
        let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        let mut named: Vec<String> = Vec::new();
        for line in sums.lines() {
            let (sum, name) = line.split_once("  ").unwrap();
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, sum, "{name} is not the file that was vendored");
            named.push(name.to_owned());
        }
        let mut there: Vec<String> = std::fs::read_dir(folder.join("htmx"))
            .unwrap()
            .map(|entry| format!("htmx/{}", entry.unwrap().file_name().to_string_lossy()))
            .collect();
        there.sort();
        named.sort();
        assert_eq!(there, named, "every vendored file has its checksum");
    }

    #[test]
    fn our_own_files_keep_to_their_size() {
        let css = Files::get("app.css").unwrap();
        let lines = std::str::from_utf8(&css.data).unwrap().lines().count();
        assert!(lines < 600, "app.css has {lines} lines; the limit is 600");
        let script = Files::get("app.js").unwrap();
        assert!(script.data.len() < 10_000, "app.js has {} bytes; the limit is 10,000", script.data.len());
    }
}

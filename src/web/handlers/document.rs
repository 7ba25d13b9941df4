//! A document, as it was handed in, and a letter as a Word file: to be kept, never to be shown as a page.

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use countersign_core::{Verb, guard::words};

use crate::{
    documents::Kind,
    runtime::word_templates::from_word,
    web::{
        address::Path,
        front::Front,
        halt::{Answer, Halt},
        scene::Scene,
        session::SignedIn,
    },
};

/// `GET /cases/{number}/documents/{key}`.
pub(in crate::web) async fn download(
    State(front): State<Front>,
    me: SignedIn,
    Path((number, key)): Path<(u64, String)>,
) -> Answer {
    let scene = Scene::of_number(&front, &me, number).await?;
    let document = scene.loaded.case.documents.get(&key).ok_or_else(Halt::not_found)?;
    scene.may(&Verb::ReadField(document.field.clone()))?;
    let blob = front.store().blob(&document.bytes).await?.ok_or_else(Halt::not_found)?;
    // A browser that opens it all the same reads text and nothing else: no page, no script, no picture of a page.
    let media_type =
        if document.media_type == "text/plain" { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    saved(&document.name, media_type, blob.bytes)
}

/// `GET /cases/{number}/letters/{file}`: the letter of a field, under the field's name with `.docx`.
pub(in crate::web) async fn letter(
    State(front): State<Front>,
    me: SignedIn,
    Path((number, file)): Path<(u64, String)>,
) -> Answer {
    let field = file.strip_suffix(".docx").ok_or_else(Halt::not_found)?;
    let scene = Scene::of_number(&front, &me, number).await?;
    let case = &scene.loaded.case;
    from_word(case, field).ok_or_else(Halt::not_found)?;
    scene.may(&Verb::ReadField(field.to_owned()))?;
    let made = front.runtime().letter(case, field).await?;
    saved(&format!("{} {number}.docx", words(field)), Kind::Word.media_type(), made)
}

/// Bytes to be saved under a name.
pub(in crate::web) fn saved(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Result<Response, Halt> {
    let disposition = HeaderValue::from_str(&disposition(name)).map_err(|error| Halt::broken(&error))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, bytes).into_response())
}

/// `Content-Disposition` with a plain name and the exact one (RFC 6266, section 4.3; RFC 8187).
fn disposition(name: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = name.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let plain = plain.trim_start_matches('.');
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_cannot_leave_its_header() {
        let check = |name: &str, expected: &str| assert_eq!(disposition(name), expected);
        check("receipt.txt", "attachment; filename=\"receipt.txt\"; filename*=UTF-8''receipt.txt");
        check("a\"; x=\r\ny", "attachment; filename=\"a__ x___y\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0Ay");
        check("../\u{e9}.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''..%2F%C3%A9.pdf");
    }
}

//! What a form sent: words and files, read once, whatever the encoding.

use axum::{
    RequestExt as _,
    body::{Body, Bytes},
    extract::{FromRequestParts, Multipart, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use futures_util::StreamExt as _;

use super::{catalogue::text::said, halt::Halt};
use crate::{
    config::{DOCUMENTS_A_FORM_MAX, REQUEST_BYTES_MAX},
    runtime::intake::{HandIn, Upload},
};

/// The most parts in one form.
const PARTS_MAX: usize = 500;
/// How much of a body that is too large is still read, so that the browser gets to see the answer.
const DRAIN_BYTES_MAX: usize = 5 * REQUEST_BYTES_MAX;
/// The largest form of somebody who is not signed in and has no link, in bytes.
pub(super) const OPEN_FORM_BYTES_MAX: usize = 64 * 1024;

/// What a form sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Posted {
    words: Vec<(String, String)>,
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    field: String,
    name: String,
    bytes: Bytes,
}

impl Posted {
    /// Reads the form of a request; at most `limit` bytes.
    pub(super) async fn read(request: Request, limit: usize) -> Result<Self, Halt> {
        let (parts, body) = request.into_parts();
        let bytes = gather(&parts.headers, body, limit).await?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let multipart = Request::from_parts(parts, Body::from(bytes)).extract::<Multipart, _>().await;
            return Self::from_multipart(multipart.map_err(|_| unreadable())?).await;
        }
        let words = urlencoded(&bytes);
        if words.len() > PARTS_MAX { Err(unreadable()) } else { Ok(Self { words, files: Vec::new() }) }
    }

    async fn from_multipart(mut multipart: Multipart) -> Result<Self, Halt> {
        let mut posted = Self::default();
        let too_large = |error: axum::extract::multipart::MultipartError| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Halt::too_large(),
            _ => unreadable(),
        };
        while let Some(part) = multipart.next_field().await.map_err(too_large)? {
            let field = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(too_large)?;
            match file {
                // A browser sends an unnamed empty part for a file that was not chosen.
                Some(name) if name.is_empty() && bytes.is_empty() => {}
                Some(name) => posted.files.push(File { field, name, bytes }),
                None => posted.words.push((field, String::from_utf8_lossy(&bytes).into_owned())),
            }
            if posted.words.len() + posted.files.len() > PARTS_MAX || posted.files.len() > 2 * DOCUMENTS_A_FORM_MAX {
                return Err(unreadable());
            }
        }
        Ok(posted)
    }

    /// The words under a name; empty when nothing was sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.words.iter().find(|(known, _)| known == name).map_or("", |(_, words)| words.trim())
    }

    /// The words under a name as they were typed, with their spaces and lines.
    pub(super) fn whole(&self, name: &str) -> &str {
        self.words.iter().find(|(known, _)| known == name).map_or("", |(_, words)| words)
    }

    /// Everything that was sent under a name, in order.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.words.iter().filter(|(known, _)| known == name).map(|(_, words)| words.trim()).collect()
    }

    /// What was sent under names that begin like this: the rest of each name, and the words.
    pub(super) fn under(&self, prefix: &str) -> Vec<(&str, &str)> {
        self.words.iter().filter_map(|(name, words)| Some((name.strip_prefix(prefix)?, words.trim()))).collect()
    }

    /// The bytes of the file under a name, if one was chosen.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().find(|file| file.field == name).map(|file| &*file.bytes)
    }

    /// What was handed in for fields: inputs named `field.NAME`, amounts with `currency.NAME` beside them.
    pub(super) fn hand_in(&self) -> HandIn {
        let mut hand_in = HandIn::default();
        for (name, words) in &self.words {
            let Some(field) = name.strip_prefix("field.") else { continue };
            let currency = self.get(&format!("currency.{field}"));
            // Browsers send lines that end with CR LF; a text that nobody touched must come back as it was.
            let words = words.trim().replace("\r\n", "\n");
            let said = if words.is_empty() { String::new() } else { format!("{words} {currency}").trim().to_owned() };
            hand_in.words.insert(field.to_owned(), said);
        }
        let uploads = self.files.iter().filter_map(|file| {
            let field = file.field.strip_prefix("field.")?.to_owned();
            Some(Upload { field, name: file.name.clone(), bytes: file.bytes.to_vec() })
        });
        hand_in.uploads = uploads.collect();
        hand_in
    }

    /// What its person would have to type again, with a label; secrets and hidden inputs are left out.
    pub(super) fn kept(&self) -> Vec<(String, String)> {
        const UNSEEN: [&str; 9] = ["_csrf", "key", "shown", "outcome", "task", "back", "password", "current", "access"];
        let typed = self.words.iter().filter(|(name, words)| !words.is_empty() && !UNSEEN.contains(&name.as_str()));
        typed
            .map(|(name, words)| {
                let label = name.trim_start_matches("field.").replace(['_', '.'], " ");
                (super::format::capital(&label), words.clone())
            })
            .collect()
    }

    /// A digest of everything that was sent, so that a repetition is known as one.
    pub(super) fn digest(&self) -> String {
        let files: Vec<(&str, String)> = self
            .files
            .iter()
            .map(|file| (file.field.as_str(), countersign_core::canonical::digest_bytes(&file.bytes)))
            .collect();
        countersign_core::canonical::digest(&(&self.words, files))
    }
}

impl<S: Sync> FromRequestParts<S> for Posted {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Halt> {
        parts.extensions.remove::<Self>().ok_or_else(|| Halt::broken(&"a form came past the layer that reads it"))
    }
}

/// The body, or a clear refusal after the sender has had the time to send.
async fn gather(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>, Halt> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut over = told.is_some_and(|told| told > limit);
    let mut bytes = Vec::with_capacity(if over { 0 } else { told.unwrap_or_default() });
    let (mut stream, mut seen) = (body.into_data_stream(), 0_usize);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| unreadable())?;
        seen = seen.saturating_add(piece.len());
        over |= seen > limit;
        if over {
            bytes = Vec::new();
            if seen > DRAIN_BYTES_MAX {
                break;
            }
        } else {
            bytes.extend_from_slice(&piece);
        }
    }
    if over { Err(Halt::too_large()) } else { Ok(bytes) }
}

/// Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
fn urlencoded(bytes: &[u8]) -> Vec<(String, String)> {
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            (percent_decoded(name), percent_decoded(value))
        })
        .collect()
}

fn percent_decoded(text: &[u8]) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (byte, hex) {
            (b'%', Some(decoded)) => {
                plain.push(decoded);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            _ => plain.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn unreadable() -> Halt {
    Halt::told(StatusCode::BAD_REQUEST, said::UNREADABLE, said::UNREADABLE_WHY, said::UNREADABLE_NOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_words_are_decoded_as_browsers_encode_them() {
        let check = |sent: &str, name: &str, expected: &str| {
            let posted = Posted { words: urlencoded(sent.as_bytes()), files: Vec::new() };
            assert_eq!(posted.get(name), expected, "{sent}");
        };
        check("a=1&b=two+words", "b", "two words");
        check("reason=%C3%A9t%C3%A9+100%25", "reason", "\u{e9}t\u{e9} 100%");
        check("reason=50%&x", "reason", "50%");
        check("a=b=c", "a", "b=c");
        check("bytes=%ff", "bytes", "\u{fffd}");
        check("", "a", "");
    }

    #[test]
    fn an_amount_comes_with_its_currency() {
        let words = urlencoded(b"field.amount=12.50&currency.amount=EUR&field.note=&_csrf=x&field.letter=a%0D%0Ab");
        let hand_in = Posted { words, files: Vec::new() }.hand_in();
        assert_eq!(hand_in.words.get("amount").map(String::as_str), Some("12.50 EUR"));
        assert_eq!(hand_in.words.get("note").map(String::as_str), Some(""));
        assert_eq!(hand_in.words.get("letter").map(String::as_str), Some("a\nb"));
        assert_eq!(hand_in.words.len(), 3);
    }

    #[test]
    fn secrets_are_not_shown_again() {
        let words = urlencoded(b"name=Rosa&password=four+words+do+well&_csrf=abc&field.day_of_purchase=today");
        let kept = Posted { words, files: Vec::new() }.kept();
        let said = |label: &str, words: &str| (label.to_owned(), words.to_owned());
        assert_eq!(kept, [said("Name", "Rosa"), said("Day of purchase", "today")]);
    }
}

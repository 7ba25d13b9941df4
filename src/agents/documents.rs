//! From a document's bytes to the text that agents read and people see beside it.
//!
//! Only plain text in UTF-8 has a rendition today. Everything else is kept, shown and left to a person.

use countersign_core::canonical::{Digest, digest_bytes};

/// The name of this way of reading, for the record.
pub const EXTRACTOR: &str = "plain-text-1";
/// A longer text is not read.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// A document's text, and the digest that evidence counts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// The text, without a byte order mark.
    pub text: String,
    /// Its digest.
    pub digest: Digest,
}

/// Why a document has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    /// It is empty.
    #[error("the document is empty")]
    Empty,
    /// It is too long.
    #[error("the document's text is longer than {MAX_TEXT_BYTES} bytes, so it was not read")]
    TooLong,
    /// It is not text.
    #[error("the document is not plain text, so it was not read; a person looks at it")]
    NotText,
    /// It is text of another encoding.
    #[error("the document's text is not in UTF-8, so it was not read; a person looks at it")]
    NotUtf8,
    /// It has letters but none that can be seen.
    #[error("the document holds no visible text")]
    Blank,
}

/// Reads a document's text.
///
/// # Errors
/// [`NoText`], in words for the person who looks at the document instead.
pub fn rendition(media_type: &str, bytes: &[u8]) -> Result<Rendition, NoText> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(NoText::Empty);
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("text/plain") || bytes.contains(&0) {
        return Err(NoText::NotText);
    }
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(NoText::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NoText::NotUtf8)?;
    let controls = text.chars().filter(|one| one.is_control() && !one.is_whitespace()).count();
    if controls * 20 > text.chars().count() {
        return Err(NoText::NotText);
    }
    if text.trim().is_empty() {
        return Err(NoText::Blank);
    }
    Ok(Rendition { text: text.to_owned(), digest: digest_bytes(text.as_bytes()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(media_type: &str, bytes: &[u8], expected: Result<&str, NoText>) {
        let found = rendition(media_type, bytes);
        assert_eq!(found.as_ref().map(|found| found.text.as_str()).map_err(|why| *why), expected, "{bytes:?}");
    }

    #[test]
    fn plain_text_is_read_and_the_rest_is_left_to_people() {
        check("text/plain", "Größe\n".as_bytes(), Ok("Größe\n"));
        check("Text/Plain; charset=utf-8", b"\xef\xbb\xbfTotal", Ok("Total"));
        check("text/plain", b"", Err(NoText::Empty));
        check("text/plain", b"\xef\xbb\xbf", Err(NoText::Empty));
        check("text/plain", b" \n\t", Err(NoText::Blank));
        check("text/plain", b"Gr\xf6\xdfe", Err(NoText::NotUtf8));
        check("text/plain", b"a\0b", Err(NoText::NotText));
        check("text/plain", b"\x01\x02\x03abc", Err(NoText::NotText));
        check("application/pdf", b"%PDF-1.7", Err(NoText::NotText));
        check("text/plain", &vec![b'a'; MAX_TEXT_BYTES + 1], Err(NoText::TooLong));
    }
}

//! Plain text, in UTF-8 or in UTF-16 that says so.

use encoding_rs::Encoding;

use super::{MAX_TEXT_BYTES, NoText};

/// The text as it stands, without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<String, NoText> {
    let text = decoded(bytes)?;
    if text.is_empty() {
        return Err(NoText::Empty);
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(NoText::TooLong);
    }
    if is_no_text(&text) {
        return Err(NoText::OtherKind);
    }
    if text.trim().is_empty() { Err(NoText::Blank) } else { Ok(text) }
}

/// Bytes as text, by their byte order mark or as UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> Result<String, NoText> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    let after = bytes.get(mark..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(after).ok_or(NoText::NotUtf8)?;
    Ok(text.into_owned())
}

/// Whether control characters make up so much of it that nobody wrote it as text.
pub(super) fn is_no_text(text: &str) -> bool {
    let controls = text.chars().filter(|one| one.is_control() && !one.is_whitespace()).count();
    controls * 20 > text.chars().count() || text.contains('\0')
}

//! The one writer of canonical JSON, which is what gets hashed.
//!
//! Keys are sorted by their bytes, there is no white space, and there are no floats: a value that
//! holds one has no canonical form (a subset of RFC 8785).

mod names;
mod writer;

use alloc::string::String;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest as 64 lower-case hexadecimal digits.
pub type Digest = String;

/// Why a value has no canonical form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// It could not be turned into JSON at all.
    #[error("the value cannot be written as JSON")]
    NotJson,
    /// It holds a floating-point number.
    #[error("the value holds the fraction {0}; write amounts as strings of minor units")]
    Float(String),
}

/// Writes a value as canonical JSON.
pub fn canonical(value: &impl Serialize) -> Result<String, NotCanonical> {
    let mut writer = writer::Writer::default();
    value.serialize(&mut writer)?;
    // Nothing but texts, whole, and characters of ASCII was written.
    String::from_utf8(writer.out).map_err(|_| NotCanonical::NotJson)
}

/// The digest of a value's canonical JSON.
///
/// A value without a canonical form has the digest of the reason, so that it never equals that of a value.
#[must_use]
pub fn digest(value: &impl Serialize) -> Digest {
    match canonical(value) {
        Ok(text) => digest_bytes(text.as_bytes()),
        Err(reason) => digest_bytes(alloc::format!("not canonical: {reason}").as_bytes()),
    }
}

/// The digest of bytes.
#[must_use]
pub fn digest_bytes(bytes: &[u8]) -> Digest {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

//! The one writer of canonical JSON, which is what gets hashed.
//!
//! Keys are sorted by their bytes, there is no white space, and there are no floats: a value that
//! holds one has no canonical form (a subset of RFC 8785).

use alloc::{string::String, vec::Vec};
use serde::Serialize;
use serde_json::Value as Json;
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
    let json = serde_json::to_value(value).map_err(|_| NotCanonical::NotJson)?;
    let mut out = String::new();
    write(&json, &mut out)?;
    Ok(out)
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

fn write(json: &Json, out: &mut String) -> Result<(), NotCanonical> {
    match json {
        Json::Number(number) if number.is_f64() => {
            return Err(NotCanonical::Float(alloc::format!("{number}")));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            out.push_str(&serde_json::to_string(json).map_err(|_| NotCanonical::NotJson)?);
        }
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(key).map_err(|_| NotCanonical::NotJson)?);
                out.push(':');
                write(&map[key.as_str()], out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

//! What somebody handed in to a case.

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::{canonical::Digest, value::FieldName};

/// A document of a case; its bytes lie elsewhere, under their digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The field that it fills.
    pub field: FieldName,
    /// The file's name as its sender called it. Shown as text, never used as a path.
    pub name: String,
    /// Its media type as found, not as claimed.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of its bytes.
    pub bytes: Digest,
    /// Digest of its plain text; `None` when it has none that could be read.
    pub text: Option<Digest>,
    /// The way in which it was read, with its revision, such as `pdf-1`; documents of before say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Why it has no text, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_text: Option<String>,
}

//! The only place that makes identifiers and secrets.

use uuid::Uuid;

/// A new identifier, ordered by time of making (UUIDv7, RFC 9562 section 5.7), with a readable prefix.
#[must_use]
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

//! Records that say which format they are of: events, states of cases, definitions.

use countersign_core::upcast::{self, Record};

use super::StoreError;

/// Reads a record, lifting it where an earlier program wrote it; `what` names it in the error.
pub(super) fn record<T: Record>(what: &str, text: &str) -> Result<T, StoreError> {
    upcast::read(text)
        .map_err(|error| StoreError::Damaged { what: format!("the stored {what}"), why: error.to_string() })
}

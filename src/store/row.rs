//! Reading columns into the types of the core.

use countersign_core::time::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::StoreError;

/// Columns by name.
pub(super) trait Columns {
    /// A text.
    fn text(&self, column: &str) -> Result<String, StoreError>;
    /// A text that may be absent.
    fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    /// A whole number that is never negative.
    fn count(&self, column: &str) -> Result<u64, StoreError>;
    /// An instant.
    fn time(&self, column: &str) -> Result<Timestamp, StoreError>;
    /// An instant that may be absent.
    fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError>;
    /// Yes or no.
    fn flag(&self, column: &str) -> Result<bool, StoreError>;
    /// A value that is kept as JSON.
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError>;
    /// A value that is kept as JSON and may be absent.
    fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError>;
}

impl Columns for SqliteRow {
    fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn count(&self, column: &str) -> Result<u64, StoreError> {
        let number: i64 = self.try_get(column)?;
        u64::try_from(number)
            .map_err(|_| StoreError::Damaged { what: format!("column {column}"), why: format!("{number} is negative") })
    }

    fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp(self.try_get(column)?))
    }

    fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.try_get::<Option<i64>, _>(column)?.map(Timestamp))
    }

    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        from_json(column, &self.text(column)?)
    }

    fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.maybe_text(column)?.map(|text| from_json(column, &text)).transpose()
    }
}

/// A value as JSON text.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Refused { what: "a value".to_owned(), why: error.to_string() })
}

/// A value that may be absent, as JSON text.
pub(super) fn maybe_to_json(value: Option<&impl Serialize>) -> Result<Option<String>, StoreError> {
    value.map(to_json).transpose()
}

/// A value from JSON text; `what` names it in the error.
pub(super) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Damaged { what: format!("the stored {what}"), why: error.to_string() })
}

/// A count as the databases keep it. What does not fit becomes the largest number that does.
pub(super) fn to_bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The milliseconds of an instant that may be absent.
pub(super) fn maybe_ms(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.0)
}

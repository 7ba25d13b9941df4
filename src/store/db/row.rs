//! Reading columns into the types of the core.

use countersign_core::time::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use super::{file::FileRow, sql::Scalar};
use crate::store::StoreError;

/// One row of either database.
#[derive(Debug)]
pub(in crate::store) enum Row {
    /// Of a file, by its writer.
    File(FileRow),
    /// Of a file, by a reader.
    Sqlite(SqliteRow),
    /// Of a server.
    Postgres(PgRow),
}

/// Columns by name.
impl Row {
    /// A text.
    pub(in crate::store) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.named(column)
    }

    /// A text that may be absent.
    pub(in crate::store) fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.named(column)
    }

    /// A whole number that is never negative.
    pub(in crate::store) fn count(&self, column: &str) -> Result<u64, StoreError> {
        to_count(column, self.named(column)?)
    }

    /// A whole number that is never negative and may be absent.
    pub(in crate::store) fn maybe_count(&self, column: &str) -> Result<Option<u64>, StoreError> {
        self.named::<Option<i64>>(column)?.map(|number| to_count(column, number)).transpose()
    }

    /// An instant.
    pub(in crate::store) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp(self.named(column)?))
    }

    /// An instant that may be absent.
    pub(in crate::store) fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.named::<Option<i64>>(column)?.map(Timestamp))
    }

    /// Yes or no.
    pub(in crate::store) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        self.named(column)
    }

    /// Yes or no, which may be absent.
    pub(in crate::store) fn maybe_flag(&self, column: &str) -> Result<Option<bool>, StoreError> {
        self.named(column)
    }

    /// Bytes.
    pub(in crate::store) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.named(column)
    }

    /// A value that is kept as JSON.
    pub(in crate::store) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        from_json(column, &self.text(column)?)
    }

    /// A value that is kept as JSON and may be absent.
    pub(in crate::store) fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.maybe_text(column)?.map(|text| from_json(column, &text)).transpose()
    }

    /// A column by its place.
    pub(super) fn get<T: Scalar>(&self, place: usize) -> Result<T, sqlx::Error> {
        match self {
            Self::File(row) => row.get(place),
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
    }

    fn named<T: Scalar>(&self, column: &str) -> Result<T, StoreError> {
        let value = match self {
            Self::File(row) => row.named(column),
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        };
        Ok(value?)
    }
}

fn to_count(column: &str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number)
        .map_err(|_| StoreError::Damaged { what: format!("column {column}"), why: format!("{number} is negative") })
}

/// A value as JSON text.
pub(in crate::store) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Refused { what: "a value".to_owned(), why: error.to_string() })
}

/// A value that may be absent, as JSON text.
pub(in crate::store) fn maybe_to_json(value: Option<&impl Serialize>) -> Result<Option<String>, StoreError> {
    value.map(to_json).transpose()
}

/// A value from JSON text; `what` names it in the error.
pub(in crate::store) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Damaged { what: format!("the stored {what}"), why: error.to_string() })
}

/// A count as the databases keep it. What does not fit becomes the largest number that does.
pub(in crate::store) fn to_bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The milliseconds of an instant that may be absent.
pub(in crate::store) fn maybe_ms(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.0)
}

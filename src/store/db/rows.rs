//! Many rows in one statement, whose text is the same for the same number of rows, so that it is prepared once.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::Value as Json;

use super::{Connection, Sql, Value, sql};

/// The most rows in one statement; more are split. A power of two, as every number of rows is.
pub(in crate::store) const ROWS_MAX: usize = 32;

/// A statement that takes rows of values: `head values (..), (..) tail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) struct Rows {
    /// What stands before the values.
    pub(in crate::store) head: &'static str,
    /// How many values a row has.
    pub(in crate::store) columns: usize,
    /// What stands behind them.
    pub(in crate::store) tail: &'static str,
}

/// Stands for any number of rows.
const LISTED: usize = 0;

/// The texts that were put together so far, by statement and number of rows. There are few, and they stay.
static TEXTS: OnceLock<Mutex<HashMap<(Rows, usize), &'static str>>> = OnceLock::new();

impl Rows {
    /// Carries the statement out for all rows; returns how many it touched.
    pub(in crate::store) async fn execute(
        self,
        connection: &mut Connection,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<u64, sqlx::Error> {
        let mut touched = 0;
        for statement in self.of_all(rows) {
            touched += statement.execute(connection).await?;
        }
        Ok(touched)
    }

    /// The same in one statement, for rows that are short and hold no bytes.
    pub(in crate::store) async fn execute_list(
        self,
        connection: &mut Connection,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<u64, sqlx::Error> {
        if connection.is_shared() {
            return self.execute(connection, rows).await;
        }
        self.listed(&rows).execute(connection).await
    }

    /// The statements for all rows.
    pub(super) fn of_all(self, rows: Vec<Vec<Value<'_>>>) -> Vec<Sql<'_>> {
        let mut statements = Vec::new();
        let mut rows = rows.into_iter();
        while let Some(size) = chunk(rows.len()) {
            statements.push(self.of(rows.by_ref().take(size).collect()));
        }
        statements
    }

    /// One statement for these rows, which are not too many.
    fn of(self, rows: Vec<Vec<Value<'_>>>) -> Sql<'_> {
        let mut statement = sql(self.text(rows.len()));
        for value in rows.into_iter().flatten() {
            statement = statement.bind(value);
        }
        statement
    }

    /// One statement for any number of rows, which a file reads out of one JSON value.
    pub(in crate::store) fn listed<'a>(self, rows: &[Vec<Value<'_>>]) -> Sql<'a> {
        let rows: Vec<Vec<Json>> = rows.iter().map(|row| row.iter().map(Value::json).collect()).collect();
        sql(self.kept_text(LISTED, || self.write_listed())).bind(Json::from(rows).to_string())
    }

    fn text(self, rows: usize) -> &'static str {
        self.kept_text(rows, || self.write(rows))
    }

    fn kept_text(self, rows: usize, write: impl FnOnce() -> String) -> &'static str {
        let texts = TEXTS.get_or_init(Mutex::default);
        let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.entry((self, rows)).or_insert_with(|| String::leak(write()))
    }

    fn write_listed(self) -> String {
        let columns: Vec<String> = (0..self.columns).map(|column| format!("value ->> {column}")).collect();
        // Without the condition the tail would be read as that of a join.
        format!("{} select {} from json_each($1) where true{}", self.head, columns.join(", "), self.tail)
    }

    fn write(self, rows: usize) -> String {
        let mut text = String::from(self.head);
        text.push_str(" values ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns {
                if column > 0 {
                    text.push_str(", ");
                }
                text.push_str(&format!("${}", row * self.columns + column + 1));
            }
            text.push(')');
        }
        text.push_str(self.tail);
        text
    }
}

/// How many of so many rows the next statement takes: a power of two; `None` when there are none left.
pub(in crate::store) fn chunk(rows: usize) -> Option<usize> {
    (rows > 0).then(|| ROWS_MAX.min(1 << rows.ilog2()))
}

/// A list for `in (..)`, filled up with its last member to a power of two, so that few texts serve any length.
pub(in crate::store) fn padded(mut list: Vec<&str>) -> Vec<&str> {
    if let Some(last) = list.last().copied() {
        list.resize(list.len().next_power_of_two(), last);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_serve_any_number_of_rows() {
        let mut sizes = Vec::new();
        let mut left = 45;
        while let Some(size) = chunk(left) {
            sizes.push(size);
            left -= size;
        }
        assert_eq!(sizes, [32, 8, 4, 1]);
        let rows = Rows { head: "insert into pairs (a, b)", columns: 2, tail: " on conflict do nothing" };
        assert_eq!(rows.text(2), "insert into pairs (a, b) values ($1, $2), ($3, $4) on conflict do nothing");
        assert!(std::ptr::eq(rows.text(2), rows.text(2)), "the text is put together once");
    }
}

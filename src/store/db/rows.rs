//! A statement that takes any number of rows, whose text does not depend on how many they are, so that it is prepared
//! once.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use sqlx::{Arguments as _, AssertSqlSafe, SqlSafeStr as _, SqlStr, error::BoxDynError, postgres::PgArguments};

use super::{Connection, Value};

/// A server takes rows of so many bytes at once, and a single row of any size. Its messages end at a gibibyte, and it
/// holds a message and what it makes of it at the same time.
const PORTION_BYTES: usize = 32 * 1024 * 1024;

/// A statement that takes rows of values. `head values (..) tail` for a file, which carries it out for each row; for a
/// server `head select * from unnest(..) tail`, which it carries out once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) struct Rows {
    /// What stands before the values.
    pub(in crate::store) head: &'static str,
    /// How many values a row has.
    pub(in crate::store) columns: usize,
    /// What stands behind them.
    pub(in crate::store) tail: &'static str,
}

/// The texts for one row that were put together so far. There are few, and they stay.
static TEXTS: OnceLock<Mutex<HashMap<Rows, &'static str>>> = OnceLock::new();

impl Rows {
    /// Carries the statement out for all rows; returns how many it touched.
    pub(in crate::store) async fn execute(
        self,
        connection: &mut Connection,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<u64, sqlx::Error> {
        connection.execute_rows(self, &rows).await
    }

    /// The statement for one row.
    pub(super) fn for_one(self) -> &'static str {
        let texts = TEXTS.get_or_init(Mutex::default);
        let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.entry(self).or_insert_with(|| {
            let places: Vec<String> = (1..=self.columns).map(|place| format!("${place}")).collect();
            String::leak(format!("{} values ({}){}", self.head, places.join(", "), self.tail))
        })
    }

    /// The rows in portions that a server takes at once.
    pub(super) fn portions<'r, 'v>(rows: &'r [Vec<Value<'v>>]) -> impl Iterator<Item = &'r [Vec<Value<'v>>]> {
        let mut left = rows;
        std::iter::from_fn(move || {
            let mut bytes = 0;
            let fits = |row: &&Vec<Value<'_>>| {
                bytes += row.iter().map(Value::size).sum::<usize>();
                bytes <= PORTION_BYTES
            };
            let taken = left.iter().take_while(fits).count().max(1).min(left.len());
            let (portion, rest) = left.split_at(taken);
            left = rest;
            (!portion.is_empty()).then_some(portion)
        })
    }

    /// The statement for any number of rows, with one array for each of their columns.
    pub(super) fn for_all(self, rows: &[Vec<Value<'_>>]) -> Result<(SqlStr, PgArguments), sqlx::Error> {
        if rows.iter().any(|row| row.len() != self.columns) {
            return Err(sqlx::Error::Encode(
                format!("a row has not the {} values of its statement", self.columns).into(),
            ));
        }
        let mut arguments = PgArguments::default();
        let mut arrays = Vec::with_capacity(self.columns);
        for column in 0..self.columns {
            let values: Vec<&Value<'_>> = rows.iter().filter_map(|row| row.get(column)).collect();
            let kind = add_array(&mut arguments, &values).map_err(sqlx::Error::Encode)?;
            arrays.push(format!("${}::{kind}[]", column + 1));
        }
        // Made of constants of this program alone.
        let text = format!("{} select * from unnest({}){}", self.head, arrays.join(", "), self.tail);
        Ok((AssertSqlSafe(text).into_sql_str(), arguments))
    }
}

/// Adds the values of a column as an array, and tells the type of its members, which all have.
fn add_array(arguments: &mut PgArguments, values: &[&Value<'_>]) -> Result<&'static str, BoxDynError> {
    /// The values as an array of this type.
    macro_rules! all {
        ($kind:ident, $it:ident => $value:expr, $name:literal) => {{
            let of_this_type = values.iter().map(|value| match value {
                Value::$kind($it) => Ok($value),
                _ => Err(concat!("a column of ", $name, " holds a value of another type")),
            });
            arguments.add(of_this_type.collect::<Result<Vec<_>, _>>()?)?;
            Ok($name)
        }};
    }
    match values.first() {
        Some(Value::Text(_)) | None => all!(Text, it => it.as_deref(), "text"),
        Some(Value::Number(_)) => all!(Number, it => *it, "bigint"),
        Some(Value::Flag(_)) => all!(Flag, it => *it, "boolean"),
        Some(Value::Bytes(_)) => all!(Bytes, it => it.as_deref(), "bytea"),
    }
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
    fn one_text_serves_any_number_of_rows() {
        let rows = Rows { head: "insert into pairs (a, b)", columns: 2, tail: " on conflict do nothing" };
        assert_eq!(rows.for_one(), "insert into pairs (a, b) values ($1, $2) on conflict do nothing");
        assert!(std::ptr::eq(rows.for_one(), rows.for_one()), "the text is put together once");
        let row = |a: Option<&'static str>, b: i64| vec![a.into(), b.into()];
        let text = |rows_of: &[Vec<Value<'_>>]| rows.for_all(rows_of).unwrap().0.as_str().to_owned();
        let (one, two) = (text(&[row(Some("x"), 1)]), text(&[row(None, 1), row(Some("y"), 2)]));
        assert_eq!(one, two);
        let wide: Vec<Vec<Value<'_>>> = [3, 20, 20, 40, 1].map(|mib| vec![vec![0_u8; mib << 20].into()]).into();
        assert_eq!(Rows::portions(&wide).map(<[_]>::len).collect::<Vec<_>>(), [2, 1, 1, 1]);
        assert_eq!(Rows::portions(&[]).count(), 0);
        assert!(rows.for_all(&[vec![1.into()]]).is_err(), "a value that is missing must not move the others up");
        let expected = "insert into pairs (a, b) select * from unnest($1::text[], $2::bigint[]) on conflict do nothing";
        assert_eq!(one, expected);
    }
}

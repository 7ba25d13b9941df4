//! The connection that writes a file. It works on the thread of whoever uses it, which is the writer's own.
//!
//! A connection of the library that reads has a thread of its own, which tells the result of each statement by itself:
//! a group of events made its writer sleep and wake some twenty times, which took longer than the statements.

use std::{borrow::Cow, path::Path, sync::Arc, time::Duration};

use rusqlite::{
    CachedStatement, Connection, OpenFlags, ToSql,
    types::{ToSqlOutput, Value as Owned, ValueRef},
};
use sqlx::error::{DatabaseError, ErrorKind};

use super::{Row, Rows, Sql, Value};

/// How many statements are kept prepared; there are fewer texts than that.
const STATEMENTS_KEPT: usize = 256;

/// A connection that writes a file.
#[derive(Debug)]
pub(in crate::store) struct FileConnection(Connection);

/// A row that was read by such a connection.
#[derive(Debug)]
pub(in crate::store) struct FileRow {
    columns: Arc<[String]>,
    values: Vec<Owned>,
}

impl FileConnection {
    /// Opens a file that is there, or the database of this name in memory.
    pub(in crate::store) fn open(name: &Path, in_memory: bool, busy: Duration) -> Result<Self, sqlx::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let shared = OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_MEMORY
            | OpenFlags::SQLITE_OPEN_SHARED_CACHE
            | OpenFlags::SQLITE_OPEN_URI;
        let flags = if in_memory { flags | shared } else { flags };
        let connection = Connection::open_with_flags(name, flags).map_err(told)?;
        connection.busy_timeout(busy).map_err(told)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(Self(connection))
    }

    /// Carries a statement out; returns how many rows it touched.
    pub(super) fn execute(&mut self, sql: &Sql<'_>) -> Result<u64, sqlx::Error> {
        let mut statement = self.0.prepare_cached(sql.as_str()).map_err(told)?;
        run(&mut statement, sql.values()).map_err(told)?;
        drop(statement);
        Ok(self.0.changes())
    }

    /// Carries a statement out for each row of values; returns how many rows it touched.
    pub(super) fn execute_rows(&mut self, statement: Rows, rows: &[Vec<Value<'_>>]) -> Result<u64, sqlx::Error> {
        if rows.is_empty() {
            return Ok(0);
        }
        let mut touched = 0;
        let mut statement = self.0.prepare_cached(statement.for_one()).map_err(told)?;
        for row in rows {
            run(&mut statement, row).map_err(told)?;
            touched += self.0.changes();
        }
        Ok(touched)
    }

    /// Every row that a statement finds.
    pub(super) fn fetch(&mut self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let mut statement = self.0.prepare_cached(sql.as_str()).map_err(told)?;
        bind(&mut statement, sql.values()).map_err(told)?;
        let columns: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(told)? {
            let value = |(place, name): (usize, &String)| {
                let damaged = |error| sqlx::Error::ColumnDecode { index: name.clone(), source: Box::new(error) };
                row.get::<_, Owned>(place).map_err(damaged)
            };
            let values = columns.iter().enumerate().map(value).collect::<Result<_, _>>()?;
            found.push(Row::File(FileRow { columns: Arc::clone(&columns), values }));
        }
        Ok(found)
    }

    /// Carries out statements that have no values.
    pub(super) fn execute_all(&mut self, text: &str) -> Result<(), sqlx::Error> {
        self.0.execute_batch(text).map_err(told)
    }

    /// Closes the connection; the last one to a file tidies its write-ahead log away.
    pub(super) fn close(self) -> Result<(), sqlx::Error> {
        self.0.close().map_err(|(_, error)| told(error))
    }
}

/// Runs a statement to its end.
fn run(statement: &mut CachedStatement<'_>, values: &[Value<'_>]) -> rusqlite::Result<()> {
    bind(statement, values)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

/// Gives a statement its values. The database numbers `$2` by where it first stands, not by its name.
fn bind(statement: &mut CachedStatement<'_>, values: &[Value<'_>]) -> rusqlite::Result<()> {
    for index in 1..=statement.parameter_count() {
        let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let Some(value) = value else { return Err(rusqlite::Error::InvalidParameterCount(values.len(), index)) };
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(text) => text.as_deref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Self::Number(number) => number.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Flag(flag) => flag.map_or(ValueRef::Null, |flag| ValueRef::Integer(i64::from(flag))),
            Self::Bytes(bytes) => bytes.as_deref().map_or(ValueRef::Null, ValueRef::Blob),
        }))
    }
}

impl FileRow {
    /// The value of a column by its name.
    pub(super) fn named<T: FromFile>(&self, column: &str) -> Result<T, sqlx::Error> {
        let place = self.columns.iter().position(|name| name == column);
        self.get(place.ok_or_else(|| sqlx::Error::ColumnNotFound(column.to_owned()))?)
    }

    /// The value of a column by its place.
    pub(super) fn get<T: FromFile>(&self, place: usize) -> Result<T, sqlx::Error> {
        let value = self
            .values
            .get(place)
            .ok_or(sqlx::Error::ColumnIndexOutOfBounds { index: place, len: self.values.len() })?;
        T::from_file(value).ok_or_else(|| sqlx::Error::ColumnDecode {
            index: self.columns.get(place).cloned().unwrap_or_default(),
            source: format!("it holds a value of the type {}", value.data_type()).into(),
        })
    }
}

/// What a column of a file can be read as.
pub(in crate::store) trait FromFile: Sized {
    /// The value; `None` when the column holds another type.
    fn from_file(value: &Owned) -> Option<Self>;
}

impl FromFile for String {
    fn from_file(value: &Owned) -> Option<Self> {
        if let Owned::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl FromFile for i64 {
    fn from_file(value: &Owned) -> Option<Self> {
        if let Owned::Integer(number) = value { Some(*number) } else { None }
    }
}

impl FromFile for bool {
    fn from_file(value: &Owned) -> Option<Self> {
        i64::from_file(value).map(|number| number != 0)
    }
}

impl FromFile for Vec<u8> {
    fn from_file(value: &Owned) -> Option<Self> {
        if let Owned::Blob(bytes) = value { Some(bytes.clone()) } else { None }
    }
}

impl<T: FromFile> FromFile for Option<T> {
    fn from_file(value: &Owned) -> Option<Self> {
        if matches!(value, Owned::Null) { Some(None) } else { T::from_file(value).map(Some) }
    }
}

/// What the database said, with its extended result code, see <https://www.sqlite.org/rescode.html>.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
struct Told {
    code: i32,
    said: String,
}

/// The fault in the words of the library that the rest of the store speaks.
fn told(error: rusqlite::Error) -> sqlx::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, said) => {
            let said = said.unwrap_or_else(|| code.to_string());
            sqlx::Error::Database(Box::new(Told { code: code.extended_code, said }))
        }
        other => sqlx::Error::Decode(Box::new(other)),
    }
}

impl DatabaseError for Told {
    fn message(&self) -> &str {
        &self.said
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(self.code.to_string()))
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        // SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE.
        match self.code {
            787 => ErrorKind::ForeignKeyViolation,
            1555 | 2067 => ErrorKind::UniqueViolation,
            _ => ErrorKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::db::sql;

    fn open(name: &str) -> FileConnection {
        FileConnection::open(Path::new(name), true, Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn values_stand_where_their_numbers_do() {
        let mut file = open("file:values");
        let rows = file.fetch(&sql("select $2 as second, $1 as first, $2 as again").bind("one").bind(2)).unwrap();
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.text("first").unwrap(), row.count("second").unwrap()), ("one".to_owned(), 2));
        assert_eq!(row.count("again").unwrap(), 2);
        let missing = file.execute(&sql("select $1, $2").bind("one"));
        assert!(missing.is_err(), "a value that nobody gave is no null");
    }

    #[test]
    fn rows_count_what_they_touched() {
        const PAIRS: Rows = Rows { head: "insert into pairs (a, b)", columns: 2, tail: " on conflict do nothing" };
        let mut file = open("file:rows");
        file.execute_all("create table pairs (a text primary key, b bytea)").unwrap();
        let row = |key: &'static str| vec![key.into(), Vec::from([0_u8, 255]).into()];
        assert_eq!(file.execute_rows(PAIRS, &[row("x"), row("y"), row("x")]).unwrap(), 2);
        assert_eq!(file.execute_rows(PAIRS, &[]).unwrap(), 0);
        let found = file.fetch(&sql("select b from pairs where a = $1").bind("y")).unwrap();
        assert_eq!(found.first().unwrap().bytes("b").unwrap(), [0, 255]);
        let wrong = found.first().unwrap().text("b").unwrap_err().to_string();
        assert!(wrong.contains("column b"), "{wrong}");
    }

    #[test]
    fn a_refusal_has_its_code() {
        let mut file = open("file:refusal");
        file.execute_all("create table once (a text primary key); insert into once values ('x')").unwrap();
        let refused = file.execute(&sql("insert into once values ('x')")).unwrap_err();
        let told = refused.as_database_error().unwrap();
        assert!(told.is_unique_violation(), "{told:?}");
        assert_eq!(told.code().as_deref(), Some("1555"));
    }
}

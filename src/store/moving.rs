//! Moving a whole database to another one, a file or a server: every row of every table as a line of JSON.
//!
//! The stream begins with what it is, holds the rows table by table so that nothing names a row that has not come yet,
//! and ends with how many there were and the digest of every line before.

mod tables;

use std::{
    collections::BTreeMap,
    io::{BufRead, Write},
    sync::Arc,
};

use countersign_core::canonical::{Digest, hex};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use self::tables::{Kind, TABLES, Table};
use super::{
    Store, StoreError,
    db::{Connection, Row, Sql, Value, close, sql},
    error::unavailable,
    migrate,
};

/// The number of the form of the stream.
const EXPORT_FORMAT: u32 = 1;
/// How many rows are read at a time; a document has up to 20 MiB.
const ROWS_A_PAGE: i64 = 500;
const DOCUMENTS_A_PAGE: i64 = 4;
/// How many rows are written in one change, and how many bytes of lines at most.
const ROWS_A_CHANGE: usize = 500;
const BYTES_A_CHANGE: usize = 8 * 1024 * 1024;
/// The longest line that is read, in bytes: a document in hexadecimal digits and what stands beside it.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The setting that says that an import has begun and not ended.
const IMPORTING: &str = "importing";

#[derive(Serialize, Deserialize)]
struct First {
    countersign_export: u32,
    schema: i64,
    at: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    table: String,
    row: Vec<Json>,
}

#[derive(Serialize, Deserialize)]
struct Last {
    rows: BTreeMap<String, u64>,
    digest: Digest,
}

/// Rows that wait to be written.
#[derive(Default)]
struct Batch {
    rows: Vec<(&'static Table, Vec<Json>)>,
    bytes: usize,
}

impl Store {
    /// Writes every row of the database, as it is at one instant, `at` in RFC 3339; returns how many.
    ///
    /// # Errors
    /// When the database fails, or what is written to.
    pub async fn export(&self, out: &mut (dyn Write + Send), at: &str) -> Result<u64, StoreError> {
        self.may_serve().await?;
        let mut reader = self.readers.begin().await?;
        let mut told = Told { out, hash: Sha256::new() };
        told.line(&First { countersign_export: EXPORT_FORMAT, schema: migrate::newest(), at: at.to_owned() })?;
        let mut rows = BTreeMap::new();
        for table in TABLES {
            let count = export_table(&mut reader, table, &mut told).await?;
            rows.insert(table.name.to_owned(), count);
        }
        close(reader).await;
        let all = rows.values().sum();
        let digest = hex(&told.hash.clone().finalize());
        told.line(&Last { rows, digest })?;
        told.out.flush().map_err(|error| cannot_write(&error))?;
        Ok(all)
    }

    /// Reads what [`Store::export`] wrote into an empty database; returns how many rows.
    ///
    /// # Errors
    /// When the database is not empty, when the stream was cut off, altered or written with another schema, and when
    /// the database fails. A database in which an import stopped halfway is not served, see [`Store::may_serve`].
    pub async fn import(&self, from: &mut (dyn BufRead + Send)) -> Result<u64, StoreError> {
        self.must_be_empty().await?;
        self.set_setting(IMPORTING, "yes").await?;
        let (mut hash, mut number, mut text) = (Sha256::new(), 0_u64, String::new());
        let (mut counted, mut batch) = (BTreeMap::<String, u64>::new(), Batch::default());
        loop {
            number += 1;
            text.clear();
            let wrong = |why: &str| wrong_line(number, why);
            let read = std::io::Read::take(&mut *from, LINE_BYTES_MAX).read_line(&mut text);
            if read.map_err(|error| wrong(&error.to_string()))? == 0 {
                return Err(wrong("it ends without its digest, so that something was cut off"));
            }
            if number == 1 {
                check_first(&text)?;
            } else if let Ok(Line { table, row }) = serde_json::from_str(&text) {
                let known = TABLES.iter().find(|known| known.name == table && known.columns.len() == row.len());
                batch.rows.push((known.ok_or_else(|| wrong("this program has no such table"))?, row));
                batch.bytes += text.len();
                *counted.entry(table).or_default() += 1;
                if batch.rows.len() >= ROWS_A_CHANGE || batch.bytes >= BYTES_A_CHANGE {
                    self.put(std::mem::take(&mut batch)).await?;
                }
            } else {
                let last: Last = serde_json::from_str(&text).map_err(|_| wrong("it is no line of an export"))?;
                let told: BTreeMap<_, _> = last.rows.into_iter().filter(|(_, count)| *count > 0).collect();
                if last.digest != hex(&hash.finalize()) || told != counted {
                    return Err(wrong("its digest is not that of the lines before it"));
                }
                self.put(batch).await?;
                self.imported().await?;
                return Ok(counted.values().sum());
            }
            hash.update(text.as_bytes());
        }
    }

    /// Refuses a database into which an import stopped halfway.
    ///
    /// # Errors
    /// When it is one, and when the database fails.
    pub async fn may_serve(&self) -> Result<(), StoreError> {
        match self.setting(IMPORTING).await? {
            None => Ok(()),
            Some(_) => Err(unavailable(
                "an import into it stopped halfway",
                "begin again with an empty database and `countersign import`",
            )),
        }
    }

    async fn must_be_empty(&self) -> Result<(), StoreError> {
        for table in TABLES {
            let mut counting = sql("select count(*) as rows_found from (select 1 from ");
            counting.push(table.name);
            // What says which programs can work with the schema stands there from the start.
            counting.push(if table.name == "settings" { " where key not like 'schema.%'" } else { "" });
            counting.push(" limit 1) one");
            if counting.fetch_one(&self.readers).await?.count("rows_found")? > 0 {
                return Err(StoreError::Refused {
                    what: "an import".to_owned(),
                    why: format!(
                        "the database is not empty: there is something in `{}`; name an empty one",
                        table.name
                    ),
                });
            }
        }
        Ok(())
    }

    async fn put(&self, batch: Batch) -> Result<(), StoreError> {
        let rows = Arc::new(batch.rows);
        self.write(move |connection| {
            Box::pin(async move {
                for (table, row) in rows.iter() {
                    insert(connection, table, row).await?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn imported(&self) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sql("delete from settings where key = $1").bind(IMPORTING).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// What an export is written to, and the digest of what was written.
struct Told<'w> {
    out: &'w mut (dyn Write + Send),
    hash: Sha256,
}

impl Told<'_> {
    fn line(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let mut line = super::db::to_json(value)?;
        line.push('\n');
        self.hash.update(line.as_bytes());
        self.out.write_all(line.as_bytes()).map_err(|error| cannot_write(&error))
    }
}

async fn export_table(reader: &mut Connection, table: &'static Table, told: &mut Told<'_>) -> Result<u64, StoreError> {
    let page = if table.columns.iter().any(|(_, kind)| *kind == Kind::Bytes) { DOCUMENTS_A_PAGE } else { ROWS_A_PAGE };
    let (mut after, mut count) = (None, 0);
    loop {
        let rows = reading(table, after.as_deref(), page).fetch_all(&mut *reader).await?;
        for row in &rows {
            let line = Line { table: table.name.to_owned(), row: values(table, row)? };
            told.line(&line)?;
            count += 1;
        }
        match rows.last() {
            Some(last) if i64::try_from(rows.len()).unwrap_or(i64::MAX) == page => after = Some(key(table, last)?),
            _ => return Ok(count),
        }
    }
}

/// The page of a table that begins behind a key, in the order of the key.
fn reading(table: &'static Table, after: Option<&[(Kind, Json)]>, page: i64) -> Sql<'static> {
    let mut reading = sql("select ");
    list(&mut reading, table.columns.iter().map(|(column, _)| *column));
    reading.push(" from ").push(table.name);
    if let Some(after) = after {
        reading.push(" where (");
        list(&mut reading, table.keys.iter().copied());
        reading.push(") > (");
        for (place, (kind, value)) in after.iter().enumerate() {
            reading.push(if place == 0 { "" } else { ", " });
            reading.push_bind(bound(*kind, value));
        }
        reading.push(")");
    }
    reading.push(" order by ");
    list(&mut reading, table.keys.iter().copied());
    reading.push(" limit ").push_bind(page);
    reading
}

async fn insert(connection: &mut Connection, table: &'static Table, row: &[Json]) -> Result<(), StoreError> {
    let mut inserting = sql("insert into ");
    inserting.push(table.name).push(" (");
    list(&mut inserting, table.columns.iter().map(|(column, _)| *column));
    inserting.push(") values (");
    for (place, ((_, kind), value)) in table.columns.iter().zip(row).enumerate() {
        inserting.push(if place == 0 { "" } else { ", " });
        inserting.push_bind(bound(*kind, value));
    }
    inserting.push(")");
    inserting.push(if table.name == "settings" {
        " on conflict (key) do update set value = excluded.value"
    } else {
        ""
    });
    inserting.execute(connection).await?;
    Ok(())
}

fn list(statement: &mut Sql<'static>, names: impl Iterator<Item = &'static str>) {
    for (place, name) in names.enumerate() {
        statement.push(if place == 0 { "" } else { ", " });
        statement.push(name);
    }
}

fn key(table: &Table, row: &Row) -> Result<Vec<(Kind, Json)>, StoreError> {
    let kind =
        |name: &str| table.columns.iter().find(|(column, _)| *column == name).map_or(Kind::Text, |(_, kind)| *kind);
    table.keys.iter().map(|name| Ok((kind(name), value(row, name, kind(name))?))).collect()
}

fn values(table: &Table, row: &Row) -> Result<Vec<Json>, StoreError> {
    table.columns.iter().map(|(column, kind)| value(row, column, *kind)).collect()
}

fn value(row: &Row, column: &str, kind: Kind) -> Result<Json, StoreError> {
    Ok(match kind {
        Kind::Text => row.maybe_text(column)?.map_or(Json::Null, Json::from),
        Kind::Number => row.maybe_time(column)?.map_or(Json::Null, |number| Json::from(number.0)),
        Kind::Flag => row.maybe_flag(column)?.map_or(Json::Null, Json::from),
        Kind::Bytes => Json::from(hex(&row.bytes(column)?)),
    })
}

/// A value as it is written. One of another kind becomes null, which the columns that matter refuse.
fn bound(kind: Kind, value: &Json) -> Value<'static> {
    match kind {
        Kind::Text => value.as_str().map(str::to_owned).into(),
        Kind::Number => value.as_i64().into(),
        Kind::Flag => value.as_bool().into(),
        Kind::Bytes => Value::Bytes(value.as_str().and_then(unhex).map(Into::into)),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

fn check_first(text: &str) -> Result<(), StoreError> {
    let first: First = serde_json::from_str(text).map_err(|_| wrong_line(1, "it does not begin as an export"))?;
    let known = migrate::newest();
    if first.countersign_export != EXPORT_FORMAT || first.schema != known {
        let why = format!(
            "it was written with schema {}, and this program has schema {known}; export with a program of the same \
             schema",
            first.schema
        );
        return Err(wrong_line(1, &why));
    }
    Ok(())
}

fn wrong_line(number: u64, why: &str) -> StoreError {
    StoreError::Refused { what: "an export".to_owned(), why: format!("line {number} is not right: {why}") }
}

fn cannot_write(error: &std::io::Error) -> StoreError {
    unavailable(&format!("the export cannot be written ({error})"), "check the disk and try again")
}

/// Every table and column that moves, so that a test can hold them against the schema.
#[must_use]
pub fn moved_columns() -> Vec<(&'static str, &'static str)> {
    TABLES.iter().flat_map(|table| table.columns.iter().map(|(column, _)| (table.name, *column))).collect()
}

//! One SQL text for both databases: the connection, the statement and the row that hide which of them it is.
//!
//! Where the two truly differ, it stands here and in what applies migrations, and nowhere else.

mod batch;
mod connection;
mod file;
mod readers;
mod reading;
mod row;
mod rows;
mod sql;

pub(super) use self::{
    batch::Batch,
    connection::{Connection, Statements, Trouble, close, is_broken, passes},
    file::FileConnection,
    readers::Readers,
    reading::FileReaders,
    row::{Row, from_json, maybe_ms, maybe_to_json, to_bigint, to_json},
    rows::{Rows, padded},
    sql::{Sql, Value, sql},
};

//! One SQL text for both databases: the connection, the statement and the row that hide which of them it is.
//!
//! Where the two truly differ, it stands in [`connection`] and nowhere else.

mod batch;
mod connection;
mod readers;
mod row;
mod rows;
mod sql;

pub(super) use self::{
    batch::Batch,
    connection::{Connection, Statements, Trouble, close, is_broken, passes},
    readers::Readers,
    row::{Row, from_json, maybe_ms, maybe_to_json, to_bigint, to_json},
    rows::{Rows, chunk, padded},
    sql::{Sql, Value, sql},
};

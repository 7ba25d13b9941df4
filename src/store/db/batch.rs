//! Statements that go to the database together.
//!
//! A file is served by a thread of its own, and each statement is a way there and back: of a group of events that way
//! took longer than the statements themselves. As one text they go there once.

use super::{Connection, Rows, Sql, Value};

/// Statements whose results nobody asks for, in their order.
#[derive(Debug)]
pub(in crate::store) struct Batch<'a> {
    statements: Vec<Statement<'a>>,
    /// Whether empty lists are left out, which makes a text of their own for each set of lists that are there.
    terse: bool,
}

#[derive(Debug)]
enum Statement<'a> {
    One(Sql<'a>),
    List(Rows, Vec<Vec<Value<'a>>>),
}

impl<'a> Batch<'a> {
    /// Of so many events. What a single one brings varies little, so that it leaves out what it does not bring.
    pub(in crate::store) fn of(events: usize) -> Self {
        Self { statements: Vec::new(), terse: events <= 1 }
    }

    /// Adds a statement whose values stand in it in their order, each once.
    pub(in crate::store) fn add(&mut self, statement: Sql<'a>) {
        self.statements.push(Statement::One(statement));
    }

    /// Adds a statement for all rows.
    pub(in crate::store) fn add_rows(&mut self, statement: Rows, rows: Vec<Vec<Value<'a>>>) {
        self.statements.extend(statement.of_all(rows).into_iter().map(Statement::One));
    }

    /// Adds a statement for all rows. A file gets them as one JSON value, so that the text of the statement does not
    /// depend on how many they are, and of several events not on whether there are any, and is read once: for rows
    /// that are short and hold no bytes.
    pub(in crate::store) fn add_list(&mut self, statement: Rows, rows: Vec<Vec<Value<'a>>>) {
        if !(self.terse && rows.is_empty()) {
            self.statements.push(Statement::List(statement, rows));
        }
    }

    /// Carries them all out, up to the first one that fails.
    pub(in crate::store) async fn execute(self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        if connection.is_shared() {
            for statement in self.statements {
                match statement {
                    Statement::One(one) => one.execute(&mut *connection).await?,
                    Statement::List(statement, rows) => statement.execute(&mut *connection, rows).await?,
                };
            }
            return Ok(());
        }
        let one = |statement| match statement {
            Statement::One(one) => one,
            Statement::List(statement, rows) => statement.listed(&rows),
        };
        match Sql::joined(self.statements.into_iter().map(one).collect()) {
            Some(all) => all.execute(connection).await.map(drop),
            None => Ok(()),
        }
    }
}

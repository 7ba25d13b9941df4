//! Statements that are put together first and carried out in one go.

use super::{Connection, Rows, Sql, Value};

/// Statements whose results nobody asks for, in their order.
#[derive(Debug, Default)]
pub(in crate::store) struct Batch<'a> {
    statements: Vec<Statement<'a>>,
}

#[derive(Debug)]
enum Statement<'a> {
    One(Sql<'a>),
    ForEach(Rows, Vec<Vec<Value<'a>>>),
}

impl<'a> Batch<'a> {
    /// Adds a statement.
    pub(in crate::store) fn add(&mut self, statement: Sql<'a>) {
        self.statements.push(Statement::One(statement));
    }

    /// Adds a statement for all rows.
    pub(in crate::store) fn add_rows(&mut self, statement: Rows, rows: Vec<Vec<Value<'a>>>) {
        if !rows.is_empty() {
            self.statements.push(Statement::ForEach(statement, rows));
        }
    }

    /// Carries them all out, up to the first one that fails.
    pub(in crate::store) async fn execute(self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        for statement in self.statements {
            match statement {
                Statement::One(one) => one.execute(&mut *connection).await?,
                Statement::ForEach(statement, rows) => statement.execute(&mut *connection, rows).await?,
            };
        }
        Ok(())
    }
}

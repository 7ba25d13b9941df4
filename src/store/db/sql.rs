//! A statement with its values, sent to whichever database a connection leads to.

use std::borrow::Cow;

use sqlx::{
    Arguments as _, AssertSqlSafe, Decode, Postgres, SqlSafeStr as _, SqlStr, Sqlite, Type, postgres::PgArguments,
    sqlite::SqliteArguments,
};

use super::{Connection, Readers, Row, file::FromFile};

/// A statement, written with `$1`, `$2` and so on, and the values that stand for them.
#[derive(Clone, Debug)]
pub(in crate::store) struct Sql<'a> {
    text: Cow<'static, str>,
    values: Vec<Value<'a>>,
}

/// A value as a column holds it. A null has a type too: a server must know it before it reads the value.
#[derive(Clone, Debug)]
pub(in crate::store) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Number(Option<i64>),
    Flag(Option<bool>),
    Bytes(Option<Cow<'a, [u8]>>),
}

impl Value<'_> {
    /// About how many bytes it takes on its way.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.as_deref().map_or(0, str::len),
            Self::Bytes(bytes) => bytes.as_deref().map_or(0, <[u8]>::len),
            Self::Number(_) | Self::Flag(_) => size_of::<i64>(),
        }
    }
}

/// Begins a statement.
pub(in crate::store) fn sql<'a>(text: &'static str) -> Sql<'a> {
    Sql { text: Cow::Borrowed(text), values: Vec::new() }
}

impl<'a> Sql<'a> {
    /// The value of the next `$n`.
    pub(in crate::store) fn bind(mut self, value: impl Into<Value<'a>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds a piece of text. Only constants: whatever comes from outside is bound.
    pub(in crate::store) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds the next `$n` to the text, and its value.
    pub(in crate::store) fn push_bind(&mut self, value: impl Into<Value<'a>>) -> &mut Self {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.text.to_mut().push_str(&place);
        self
    }

    /// Carries the statement out; returns how many rows it touched.
    pub(in crate::store) async fn execute(self, connection: &mut Connection) -> Result<u64, sqlx::Error> {
        connection.execute(&self).await
    }

    /// Every row.
    pub(in crate::store) async fn fetch_all(self, from: impl Source) -> Result<Vec<Row>, sqlx::Error> {
        from.rows(&self).await
    }

    /// The first row, if there is one.
    pub(in crate::store) async fn fetch_optional(self, from: impl Source) -> Result<Option<Row>, sqlx::Error> {
        Ok(from.rows(&self).await?.into_iter().next())
    }

    /// The one row.
    pub(in crate::store) async fn fetch_one(self, from: impl Source) -> Result<Row, sqlx::Error> {
        self.fetch_optional(from).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// The first column of every row.
    pub(in crate::store) async fn scalars<T: Scalar>(self, from: impl Source) -> Result<Vec<T>, sqlx::Error> {
        from.rows(&self).await?.iter().map(|row| row.get(0)).collect()
    }

    /// The first column of the first row, if there is one.
    pub(in crate::store) async fn scalar_optional<T: Scalar>(
        self,
        from: impl Source,
    ) -> Result<Option<T>, sqlx::Error> {
        self.fetch_optional(from).await?.map(|row| row.get(0)).transpose()
    }

    /// The first column of the one row.
    pub(in crate::store) async fn scalar<T: Scalar>(self, from: impl Source) -> Result<T, sqlx::Error> {
        self.fetch_one(from).await?.get(0)
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The values, in the order of their numbers.
    pub(super) fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    pub(super) fn text(&self) -> SqlStr {
        match &self.text {
            Cow::Borrowed(text) => text.into_sql_str(),
            // Made of constants of this program, see `push`.
            Cow::Owned(text) => AssertSqlSafe(text.clone()).into_sql_str(),
        }
    }

    pub(super) fn for_sqlite(&self) -> Result<SqliteArguments, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        for value in &self.values {
            match value {
                Value::Text(text) => arguments.add(text.as_deref()),
                Value::Number(number) => arguments.add(*number),
                Value::Flag(flag) => arguments.add(*flag),
                Value::Bytes(bytes) => arguments.add(bytes.as_deref()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }

    pub(super) fn for_postgres(&self) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        for value in &self.values {
            match value {
                Value::Text(text) => arguments.add(text.as_deref()),
                Value::Number(number) => arguments.add(*number),
                Value::Flag(flag) => arguments.add(*flag),
                Value::Bytes(bytes) => arguments.add(bytes.as_deref()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }
}

/// What rows can be read from.
pub(in crate::store) trait Source: Send {
    /// Every row that the statement finds.
    fn rows(self, sql: &Sql<'_>) -> impl Future<Output = Result<Vec<Row>, sqlx::Error>> + Send;
}

impl Source for &mut Connection {
    async fn rows(self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        self.fetch(sql).await
    }
}

impl Source for &Readers {
    async fn rows(self, sql: &Sql<'_>) -> Result<Vec<Row>, sqlx::Error> {
        self.fetch(sql).await
    }
}

/// What a single column can be read as, whichever database it comes from.
pub(in crate::store) trait Scalar:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + FromFile
{
}

impl Scalar for String {}
impl Scalar for Option<String> {}
impl Scalar for Option<bool> {}
impl Scalar for i64 {}
impl Scalar for Option<i64> {}
impl Scalar for bool {}
impl Scalar for Vec<u8> {}

/// The ways in which values are handed to [`Sql::bind`].
macro_rules! values {
    ($($variant:ident: $($from:ty => |$it:ident| $to:expr),+;)+) => {
        $($(impl<'a> From<$from> for Value<'a> {
            fn from($it: $from) -> Self {
                Self::$variant($to)
            }
        })+)+
    };
}

values! {
    Text:
        &'a str => |it| Some(Cow::Borrowed(it)),
        &'a String => |it| Some(Cow::Borrowed(it)),
        String => |it| Some(Cow::Owned(it)),
        Option<&'a str> => |it| it.map(Cow::Borrowed),
        Option<&'a String> => |it| it.map(|it| Cow::Borrowed(it.as_str())),
        &'a Option<String> => |it| it.as_deref().map(Cow::Borrowed),
        Option<String> => |it| it.map(Cow::Owned);
    Number: i64 => |it| Some(it), Option<i64> => |it| it;
    Flag: bool => |it| Some(it), Option<bool> => |it| it;
    Bytes: Vec<u8> => |it| Some(Cow::Owned(it)), &'a [u8] => |it| Some(Cow::Borrowed(it));
}

//! The people of the organisation.

use countersign_core::{
    people::{Directory, Person, PersonId},
    time::Timestamp,
};

use super::{
    Store, StoreError,
    db::{Row, sql, to_json},
    pulse, records,
};

/// One person as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Identifier.
    pub id: PersonId,
    /// What cases know of the person.
    pub person: Person,
    /// Whether the person is one of the samples and goes away with them.
    pub sample: bool,
}

impl Store {
    /// Adds a person or replaces what is known of them, and records who did it. `detail` says in words what changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_person(&self, row: PersonRow, by: &str, detail: &str, now: Timestamp) -> Result<(), StoreError> {
        let (roles, absences) = (to_json(&row.person.roles)?, to_json(&row.person.absences)?);
        let (by, detail) = (by.to_owned(), detail.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let PersonRow { id, person, sample } = row;
                sql("insert into people (id, name, email, roles, manager, absences, disabled, sample)
                     values ($1, $2, $3, $4, $5, $6, $7, $8)
                     on conflict (id) do update set
                         name = excluded.name, email = excluded.email, roles = excluded.roles,
                         manager = excluded.manager, absences = excluded.absences, disabled = excluded.disabled,
                         sample = excluded.sample")
                .bind(&id)
                .bind(&person.name)
                .bind(&person.email)
                .bind(roles)
                .bind(&person.manager)
                .bind(absences)
                .bind(person.disabled)
                .bind(sample)
                .execute(&mut *connection)
                .await?;
                // Somebody who may no longer act is signed out at once, on every device.
                if person.disabled {
                    sql("delete from sessions where person = $1").bind(&id).execute(&mut *connection).await?;
                }
                pulse::people_changed(connection).await?;
                records::insert(connection, &by, &format!("person {id}"), &detail, now).await
            })
        })
        .await
    }

    /// One person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person(&self, id: &str) -> Result<Option<PersonRow>, StoreError> {
        sql("select * from people where id = $1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// Everybody who has this e-mail address, whatever its case; addresses need not be unique.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people_by_email(&self, email: &str) -> Result<Vec<PersonRow>, StoreError> {
        sql("select * from people where lower(email) = lower($1) order by id")
            .bind(email)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self) -> Result<Vec<PersonRow>, StoreError> {
        sql("select * from people order by name, id").fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// Everybody, as the core reads it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn directory(&self) -> Result<Directory, StoreError> {
        let people = self.people().await?.into_iter().map(|row| (row.id, row.person)).collect();
        Ok(Directory { people })
    }
}

fn read(row: &Row) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        id: row.text("id")?,
        person: Person {
            name: row.text("name")?,
            email: row.text("email")?,
            roles: row.json("roles")?,
            manager: row.maybe_text("manager")?,
            absences: row.json("absences")?,
            disabled: row.flag("disabled")?,
        },
        sample: row.flag("sample")?,
    })
}

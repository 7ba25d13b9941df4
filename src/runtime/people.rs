//! People are added and changed; every change is on the record and every open case is looked at again.

use countersign_core::people::Person;

use super::{Problem, engine::Engine};
use crate::store::PersonRow;

impl Engine {
    /// Adds a person or changes what is known of them.
    pub async fn put_person(&self, by: &str, id: &str, person: &Person, sample: bool) -> Result<(), Problem> {
        let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if id.is_empty() || id.len() > 64 || !id.chars().all(usable) {
            return Err(Problem::Setup(format!(
                "`{id}` cannot name a person: use up to 64 lower-case letters, digits, points and dashes"
            )));
        }
        let detail = format!("{id}: {}, roles {}", person.name, person.roles.join(", "));
        let row = PersonRow { id: id.to_owned(), person: person.clone(), sample };
        self.store().put_person(row, by, &detail, self.clock().now()).await?;
        self.refresh_world().await
    }
}

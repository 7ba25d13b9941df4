//! People are added and changed; every change is on the record and every open case is looked at again.

use countersign_core::people::Person;
use jiff::tz::TimeZone;

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
        let detail = self.told(id, person);
        let row = PersonRow { id: id.to_owned(), person: person.clone(), sample };
        self.store().put_person(row, by, &detail, self.clock().now()).await?;
        self.refresh_world().await
    }

    /// What the record keeps of a person: the name, the roles, and who decides for them on which days.
    fn told(&self, id: &str, person: &Person) -> String {
        let world = self.world();
        let zone = TimeZone::get(&world.calendar.zone).unwrap_or(TimeZone::UTC);
        let day = |at: i64| {
            let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
            at.to_zoned(zone.clone()).date().to_string()
        };
        let mut told = format!("{id}: {}, roles {}", person.name, person.roles.join(", "));
        for absence in &person.absences {
            // An absence ends with the instant at which its last day is over.
            let (first, last) = (day(absence.from.0), day(absence.until.0.saturating_sub(1)));
            told.push_str(&format!(", away from {first} to {last} with {} as the substitute", absence.substitute));
        }
        if person.disabled {
            told.push_str(", switched off");
        }
        told
    }
}

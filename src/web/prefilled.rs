//! Fields of a form that an agent has filled in for whoever decides them.

use countersign_core::definition::Field;

use super::{present::Sight, views::form::FormField};

impl Sight<'_> {
    /// A field of a form with its present value, or with what an agent suggests where it has none yet. What somebody is
    /// asked for to check on the agent stays empty.
    #[must_use]
    pub fn filled_field(&self, field: &Field, currency: Option<&str>) -> FormField {
        let nothing = self.case.value(&field.name).is_none() && !self.words.hidden.contains(&field.name);
        let suggested = self.case.suggestion(&field.name).filter(|_| nothing).and_then(|one| one.value.as_ref());
        match suggested {
            None => self.form_field(field, currency),
            value => FormField::of(field, value, currency).naming(self.words.directory).by_agent(),
        }
    }
}

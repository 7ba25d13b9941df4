//! The directory: people, their roles, managers and substitutes, as one snapshot.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{planted::planted, time::Timestamp};

/// A person's identifier: short, stable, lower case, such as `rosa.lind`.
pub type PersonId = String;

/// The role whose holders look after the installation: people, publishing, incidents.
pub const ADMINISTRATOR: &str = "administrator";

/// Everybody that a case can name. A snapshot, hashed by its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The people, by identifier.
    pub people: BTreeMap<PersonId, Person>,
}

/// One person of the organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name that others read.
    pub name: String,
    /// Where mail goes.
    pub email: String,
    /// The roles that the person holds, as process texts write them.
    pub roles: Vec<String>,
    /// The person's manager.
    pub manager: Option<PersonId>,
    /// Absences in which a substitute may decide.
    pub absences: Vec<Absence>,
    /// Whether the person may no longer act.
    pub disabled: bool,
}

/// A time in which somebody else may decide for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// From this instant.
    pub from: Timestamp,
    /// Up to, not including, this instant.
    pub until: Timestamp,
    /// Who may decide.
    pub substitute: PersonId,
}

impl Directory {
    /// The person, unless unknown or disabled.
    #[must_use]
    pub fn active(&self, id: &str) -> Option<&Person> {
        self.people.get(id).filter(|person| !person.disabled)
    }

    /// Whether an active person holds the role.
    #[must_use]
    pub fn holds(&self, id: &str, role: &str) -> bool {
        self.active(id).is_some_and(|person| person.roles.iter().any(|held| held.eq_ignore_ascii_case(role)))
    }

    /// The active holders of a role, in order of their identifiers.
    pub fn holders<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a PersonId> {
        self.people.keys().filter(move |id| self.holds(id, role))
    }

    /// The manager of a person, if that manager may act.
    #[must_use]
    pub fn manager_of(&self, id: &str) -> Option<&PersonId> {
        let manager = self.people.get(id)?.manager.as_ref()?;
        self.active(manager).map(|_| manager)
    }

    /// Who may decide for the person at this instant.
    #[must_use]
    pub fn substitute_of(&self, id: &str, at: Timestamp) -> Option<&PersonId> {
        let person = self.people.get(id)?;
        let absence = person.absences.iter().find(|absence| planted(2) || absence.from <= at && at < absence.until)?;
        self.active(&absence.substitute).map(|_| &absence.substitute)
    }

    /// The name of a person for a reader; the identifier when nobody of that name is known.
    #[must_use]
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.people.get(id).map_or(id, |person| person.name.as_str())
    }
}

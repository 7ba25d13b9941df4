//! People that nobody is, so that every role of a tried process has somebody.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{Definition, Step, Who},
    people::{Directory, Person},
};

/// Whoever opens a tried case.
pub(super) const REQUESTER: &str = "trial.requester";
/// Their manager.
const MANAGER: &str = "trial.manager";
/// Names for them, in turn.
const NAMES: [&str; 16] = [
    "Ana", "Bela", "Cleo", "Dario", "Edda", "Farid", "Gita", "Hugo", "Ines", "Jona", "Kaja", "Levi", "Mina", "Nils",
    "Oda", "Pia",
];
/// At most so many people are invented for one role.
const HOLDERS_MAX: u8 = 12;

/// Everybody whom a process can ask, with names that say their role.
pub(super) fn invent(definition: &Definition) -> Directory {
    let mut people = BTreeMap::new();
    let mut names = NAMES.iter().cycle();
    let mut add = |id: String, says: String, role: Option<&str>, manager: Option<&str>| {
        let name = names.next().copied().unwrap_or_default();
        let person = Person {
            name: format!("{name} ({says})"),
            roles: role.into_iter().map(str::to_owned).collect(),
            manager: manager.map(str::to_owned),
            ..Person::default()
        };
        people.insert(id, person);
    };
    let starter = definition.starter.as_str();
    add(REQUESTER.to_owned(), starter.to_owned(), Some(starter), Some(MANAGER));
    add(MANAGER.to_owned(), format!("manager of the {starter}"), None, None);
    for (role, seats) in roles(definition) {
        // Whoever starts a case may not approve it, so that a role of the starter has somebody else too.
        for number in 0..seats.clamp(1, HOLDERS_MAX) {
            let id = format!("trial.{}.{number}", role.replace(' ', "-").to_lowercase());
            add(id, role.clone(), Some(&role), None);
        }
    }
    Directory { people }
}

/// Every role that a process names, and how many of its holders decide at once.
fn roles(definition: &Definition) -> BTreeMap<String, u8> {
    let mut roles = BTreeMap::from([(definition.accountable.clone(), 1)]);
    let mut meet = |who: &Who, seats: u8| {
        if let Who::Role { role } = who {
            let known = roles.entry(role.clone()).or_insert(1);
            *known = (*known).max(seats);
        }
    };
    definition.walk(&mut |_, step| {
        let seats = if let Step::Human(human) = step { human.seats } else { 1 };
        step.people().into_iter().for_each(|who| meet(who, seats));
    });
    definition.owners.iter().flat_map(|list| list.owners.values()).for_each(|who| meet(who, 1));
    roles
}

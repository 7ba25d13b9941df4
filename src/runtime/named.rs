//! People as forms name them: by their name, and by more than that where two have the same.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    Rejected, decide,
    definition::{Definition, Field, FieldKind},
    event::{Acting, Event, EventKind},
    form::FieldFault,
    people::Directory,
    value::FieldName,
};

use super::{
    Problem,
    engine::Engine,
    intake::{self, HandIn, Misread, Taken},
    world::Loaded,
};
use crate::{documents::Outcome, id::Ids};

/// How many people a form offers; more can still be typed.
pub const OFFERED_MAX: usize = 2_000;
/// A name that nobody has is repeated up to so many characters.
const REPEATED_CHARS: usize = 60;

/// What a form calls a person: the name, with the identifier behind it where several have that name.
#[must_use]
pub fn label(directory: &Directory, id: &str) -> String {
    let name = directory.name(id);
    let same = directory.people.values().filter(|person| !person.disabled && person.name == name).count();
    told(name, id, same > 1)
}

fn told(name: &str, id: &str, shared: bool) -> String {
    if shared { format!("{name} ({id})") } else { name.to_owned() }
}

/// Everybody who can be chosen, in the order of their names.
#[must_use]
pub fn labels(directory: &Directory) -> Vec<String> {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let active = || directory.people.iter().filter(|(_, person)| !person.disabled);
    active().for_each(|(_, person)| *named.entry(&person.name).or_default() += 1);
    let shared = |name: &str| named.get(name).is_some_and(|count| *count > 1);
    let mut labels: Vec<String> = active().map(|(id, person)| told(&person.name, id, shared(&person.name))).collect();
    labels.sort_unstable();
    labels.truncate(OFFERED_MAX);
    labels
}

impl Engine {
    /// What was handed in as typed values. Whoever belongs to the organisation may name people as forms do; what
    /// somebody outside writes is kept as it is, so that nobody outside learns who is known here.
    pub(super) async fn taken(
        &self,
        acting: &Acting,
        definition: &Definition,
        hand_in: HandIn,
    ) -> Result<Taken, Misread> {
        let outcomes = intake::read(self.reader(), definition, &hand_in).await;
        match acting {
            Acting::Person { .. } => take(&self.world().directory, definition, hand_in, outcomes, self.ids()),
            Acting::Party { .. } | Acting::System => intake::take_as(definition, hand_in, outcomes, self.ids()),
        }
    }

    /// What could not be read, together with what the core has against the rest: whoever fills in a form is told
    /// everything at once.
    pub(super) fn all_that_is_wrong(
        &self,
        misread: Misread,
        (loaded, acting): (&Loaded, &Acting),
        kind: impl FnOnce(Taken) -> EventKind,
    ) -> Problem {
        let Misread { mut faults, rest } = misread;
        let event = Event::new(self.clock().now(), acting.clone(), kind(*rest));
        if let Err(Rejected::Faults(more)) = decide(&loaded.context(), (*loaded.case).clone(), &event) {
            let told: BTreeSet<FieldName> = faults.iter().map(|fault| fault.field.clone()).collect();
            faults.extend(more.into_iter().filter(|fault| !told.contains(&fault.field)));
        }
        Problem::Faults(faults)
    }
}

/// What was handed in as typed values, with identifiers in the place of names.
pub(super) fn take(
    directory: &Directory,
    definition: &Definition,
    mut hand_in: HandIn,
    outcomes: Vec<Option<Outcome>>,
    ids: &Ids,
) -> Result<Taken, Misread> {
    let mut faults = Vec::new();
    hand_in.words.retain(|name, words| {
        let Some(field) = definition.field(name).filter(|field| names_people(&field.kind)) else { return true };
        let found: Result<Vec<String>, String> = words
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| find(directory, line.trim()).map_err(|why| said(field, line, why)))
            .collect();
        match found {
            Ok(found) => *words = found.join("\n"),
            Err(message) => {
                faults.push(FieldFault { field: name.clone(), message });
                return false;
            }
        }
        true
    });
    match intake::take_as(definition, hand_in, outcomes, ids) {
        taken if faults.is_empty() => taken,
        Ok(rest) => Err(Misread { faults, rest: Box::new(rest) }),
        Err(misread) => {
            faults.extend(misread.faults);
            Err(Misread { faults, ..misread })
        }
    }
}

fn names_people(kind: &FieldKind) -> bool {
    match kind {
        FieldKind::Person => true,
        FieldKind::List { of } => names_people(of),
        _ => false,
    }
}

/// Why nobody could be told from the words.
#[derive(Clone, Copy)]
enum Unclear {
    Nobody,
    Several,
}

fn said(field: &Field, words: &str, why: Unclear) -> String {
    let words: String = words.trim().chars().filter(|letter| !letter.is_control()).take(REPEATED_CHARS).collect();
    match why {
        Unclear::Nobody => format!("nobody called `{words}` is known here; choose the {} from the list", field.label),
        Unclear::Several => {
            format!(
                "several people are called `{words}`; choose the {} from the list, which tells them apart",
                field.label
            )
        }
    }
}

/// The person whom words name: by identifier, by name, by a name with the identifier behind it, or by e-mail.
fn find(directory: &Directory, words: &str) -> Result<String, Unclear> {
    let inside = words.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map(str::trim);
    if let Some(id) = [Some(words), inside].into_iter().flatten().find(|id| directory.people.contains_key(*id)) {
        return Ok(id.to_owned());
    }
    let same = |one: &str| one.to_lowercase() == words.to_lowercase();
    let mut named = directory.people.iter().filter(|(_, one)| !one.disabled && (same(&one.name) || same(&one.email)));
    match (named.next(), named.next()) {
        (Some((id, _)), None) => Ok(id.clone()),
        (Some(_), Some(_)) => Err(Unclear::Several),
        (None, _) => Err(Unclear::Nobody),
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::people::Person;

    use super::*;

    fn directory() -> Directory {
        let person = |name: &str, email: &str, disabled: bool| Person {
            name: name.to_owned(),
            email: email.to_owned(),
            disabled,
            ..Person::default()
        };
        let people = [
            ("rosa.lind", person("Rosa Lind", "rosa@example.org", false)),
            ("bo.hart", person("Bo Hart", "bo@example.org", false)),
            ("bo.hart.2", person("Bo Hart", "bo2@example.org", false)),
            ("gone", person("Gil Gone", "gil@example.org", true)),
        ];
        Directory { people: people.map(|(id, person)| (id.to_owned(), person)).into() }
    }

    #[test]
    fn a_person_is_found_by_whatever_the_form_calls_them() {
        let check = |words: &str, expected: Option<&str>| {
            assert_eq!(find(&directory(), words).ok().as_deref(), expected, "{words}");
        };
        check("Rosa Lind", Some("rosa.lind"));
        check("rosa lind", Some("rosa.lind"));
        check("rosa@example.org", Some("rosa.lind"));
        check("rosa.lind", Some("rosa.lind"));
        check("Bo Hart", None);
        check("Bo Hart (bo.hart.2)", Some("bo.hart.2"));
        check("Gil Gone", None);
        check("Nobody", None);
        for label in labels(&directory()) {
            assert!(find(&directory(), &label).is_ok(), "{label}");
        }
    }
}

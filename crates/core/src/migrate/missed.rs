//! What a case does not go through when it goes on at a place of another version.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::Mapping;
use crate::{
    case::Case,
    decide::{comes_before, is_taken},
    definition::{Definition, HumanStep, HumanVerb, Path, Step},
    prove::who,
};

/// What stands before the places where the case goes on, or beside them, and is not made up for: a sentence each.
///
/// Steps of people and checks are told, since others rely on them: an approval that the new version demands of every
/// case is not asked for when a case begins behind it.
///
/// `carried` is the case as it would be under the new version, in which conditions are asked as the engine will ask.
pub(super) fn missed(new: &Definition, case: &Case, carried: &Case, mapping: &Mapping) -> Vec<String> {
    let been = |old: &Path| case.visits.contains_key(old) || case.findings.contains_key(old);
    let passed: BTreeSet<&Path> = mapping.steps.iter().filter(|(old, _)| been(old)).map(|(_, new)| new).collect();
    let places: Vec<&Path> = mapping.places.values().map(|place| &place.to).collect();
    let elsewhere = |path: &Path| is_taken(new, carried, path, case.touched_at) == Ok(false);
    let mut told = Vec::new();
    new.walk(&mut |path, step| {
        let lies_before = places.iter().any(|place| comes_before(new, path, place));
        let stands_there = places.contains(&path);
        if !lies_before || stands_there || passed.contains(path) || elsewhere(path) {
            return;
        }
        match step {
            Step::Human(human) => told.push(format!(
                "In the new version {} before this place; this case does not go through it.",
                says(new, human)
            )),
            Step::Check(check) => told.push(format!(
                "In the new version it is checked before this place that {}; this case does not go through it.",
                check.words
            )),
            _ => {}
        }
    });
    if places.into_iter().any(elsewhere) {
        told.push(String::from("It goes on under a condition of the new version that does not hold for it."));
    }
    told
}

fn says(definition: &Definition, human: &HumanStep) -> String {
    let verb = match human.verb {
        HumanVerb::Provide => "hands in",
        HumanVerb::Approve => "approves",
        HumanVerb::Review => "reviews",
        HumanVerb::Do => "does",
    };
    format!("{} {verb} {}", who(definition, &human.who), human.subject)
}

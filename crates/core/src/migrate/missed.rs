//! What a case does not go through when it goes on at a place of another version.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::Mapping;
use crate::{
    case::{Case, CheckResult},
    definition::{Definition, HumanStep, HumanVerb, Path, Step},
    guard::Answer,
    prove::who,
    time::Timestamp,
};

/// What stands before the places where the case goes on, or beside them, and is not made up for: a sentence each.
///
/// Steps of people and checks are told, since others rely on them: an approval that the new version demands of every
/// case is not asked for when a case begins behind it.
pub(super) fn missed(new: &Definition, case: &Case, mapping: &Mapping) -> Vec<String> {
    let been = |old: &Path| case.visits.contains_key(old) || case.findings.contains_key(old);
    let passed: BTreeSet<&Path> = mapping.steps.iter().filter(|(old, _)| been(old)).map(|(_, new)| new).collect();
    let places: Vec<&Path> = mapping.places.values().map(|place| &place.to).collect();
    let mut told = Vec::new();
    new.walk(&mut |path, step| {
        let lies_before = places.iter().any(|place| is_before(path, place));
        let stands_there = places.contains(&path);
        if !lies_before || stands_there || passed.contains(path) || is_taken(new, case, path) == Some(false) {
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
    let strays = |place: &&Path| is_taken(new, case, place) == Some(false);
    if places.into_iter().any(|place| strays(&place)) {
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

/// Whether a step comes before a place in one run: in an earlier stage, or earlier in the same block. What stands in
/// another branch, in another track or around the place does not.
fn is_before(path: &Path, place: &Path) -> bool {
    let differs = path.0.iter().zip(&place.0).position(|(one, other)| one != other);
    // Numbers of stages and steps alternate with those of branches from the third on.
    differs.is_some_and(|at| (at == 0 || at % 2 == 1) && path.0[at] < place.0[at])
}

/// Whether the conditions around a step hold for the values of the case; `None` where that cannot be told.
fn is_taken(new: &Definition, case: &Case, path: &Path) -> Option<bool> {
    let failed = case.findings.values().any(|finding| finding.result == CheckResult::Failed);
    let at: Timestamp = case.touched_at;
    for length in (2..path.0.len()).step_by(2) {
        let Some(Step::Choice { branches, .. }) = new.step(&Path(path.0[..length].to_vec())) else { continue };
        let mut chosen = branches.len();
        for (number, branch) in branches.iter().enumerate() {
            match branch.guard.evaluate(case, at, failed) {
                Answer::Yes => {
                    chosen = number;
                    break;
                }
                Answer::No => {}
                Answer::CannotTell { .. } => return None,
            }
        }
        if chosen != usize::from(path.0[length]) {
            return Some(false);
        }
    }
    Some(true)
}

//! Which way through the text a case takes with the data as they are.

use alloc::string::String;

use crate::{
    case::{Case, CheckResult},
    definition::{Branch, Definition, Path, Step},
    guard::Answer,
    time::Timestamp,
};

/// The block that a choice leads into with the data as they are; `Err` says why it cannot be told.
pub(super) fn chosen(case: &Case, path: &Path, branches: &[Branch], at: Timestamp) -> Result<usize, String> {
    let stage = path.stage_index();
    let failed = case
        .findings
        .iter()
        .any(|(place, finding)| place.stage_index() == stage && finding.result == CheckResult::Failed);
    for (number, branch) in branches.iter().enumerate() {
        match branch.guard.evaluate(case, at, failed) {
            Answer::Yes => return Ok(number),
            Answer::No => {}
            Answer::CannotTell { why } => return Err(why),
        }
    }
    Ok(branches.len())
}

/// Whether every choice around `place` would lead to it with the data as they are now.
pub(crate) fn is_taken(definition: &Definition, case: &Case, place: &Path, at: Timestamp) -> Result<bool, String> {
    for length in (2..place.0.len()).step_by(2) {
        let outer = Path(place.0[..length].to_vec());
        if let Some(Step::Choice { branches, .. }) = definition.step(&outer)
            && chosen(case, &outer, branches, at)? != usize::from(place.0[length])
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `place` is passed before `path` on some way through the text.
pub(crate) fn comes_before(definition: &Definition, place: &Path, path: &Path) -> bool {
    let handler = (2..place.0.len()).step_by(2).any(|length| {
        let inside = path.0.starts_with(&place.0[..=length]);
        let outer = Path(place.0[..length].to_vec());
        !inside && matches!(definition.step(&outer), Some(Step::Human(_) | Step::System(_) | Step::LookUp(_)))
    });
    if handler {
        return false;
    }
    let common = place.0.iter().zip(&path.0).take_while(|(a, b)| a == b).count();
    match (place.0.get(common), path.0.get(common)) {
        // Another block of the same step: another branch may have been the way, another track is not.
        (Some(_), Some(_)) if common >= 2 && common.is_multiple_of(2) => {
            let outer = Path(place.0[..common].to_vec());
            matches!(definition.step(&outer), Some(Step::Choice { .. }))
        }
        (Some(one), Some(other)) => one < other,
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

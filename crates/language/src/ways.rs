//! Where a case can go from each stage, and from which stages it never comes to an end.

use std::collections::BTreeSet;

use countersign_core::definition::{Definition, HumanVerb, Step};

use super::cover;

/// Where the steps of a block can lead.
#[derive(Clone, Debug, Default)]
struct Ways {
    /// The case can be closed inside.
    ends: bool,
    /// The block can be left at its end.
    goes_on: bool,
    /// The stages to which a case can return.
    returns: BTreeSet<String>,
}

/// The stages, by number, from which no case is ever closed.
pub(crate) fn without_end(definition: &Definition) -> impl Iterator<Item = usize> {
    let stages: Vec<Ways> = definition.stages.iter().map(|stage| block(definition, &stage.steps)).collect();
    let mut ending: Vec<bool> = stages.iter().map(|ways| ways.ends).collect();
    // Each round adds a stage or is the last one.
    for _ in 0..stages.len() {
        for (index, ways) in stages.iter().enumerate() {
            let next = ways.goes_on && ending.get(index + 1).copied().unwrap_or(true);
            let back =
                definition.stages.iter().zip(&ending).any(|(stage, ends)| *ends && ways.returns.contains(&stage.name));
            if next || back {
                ending[index] = true;
            }
        }
    }
    ending.into_iter().enumerate().filter(|(_, ends)| !ends).map(|(index, _)| index)
}

fn block(definition: &Definition, steps: &[Step]) -> Ways {
    let mut ways = Ways { goes_on: true, ..Ways::default() };
    for step in steps {
        if !ways.goes_on {
            break;
        }
        let inner = one(definition, step);
        ways.ends |= inner.ends;
        ways.goes_on = inner.goes_on;
        ways.returns.extend(inner.returns);
    }
    ways
}

fn one(definition: &Definition, step: &Step) -> Ways {
    let mut ways = Ways::default();
    match step {
        Step::End { .. } => ways.ends = true,
        Step::Return { stage, .. } => {
            ways.returns.insert(stage.clone());
        }
        Step::Choice { branches, otherwise } => {
            let open = !otherwise.is_empty() || !cover::exhaustive(&definition.fields, branches);
            let blocks = branches.iter().map(|branch| &branch.steps).chain(open.then_some(otherwise));
            for inner in blocks.map(|steps| block(definition, steps)) {
                ways.ends |= inner.ends;
                ways.goes_on |= inner.goes_on;
                ways.returns.extend(inner.returns);
            }
        }
        Step::Parallel { tracks, join } => {
            let all: Vec<Ways> = tracks.iter().map(|track| block(definition, &track.steps)).collect();
            ways.goes_on = all.iter().filter(|track| track.goes_on).count() >= join.needed(all.len());
            ways.ends = all.iter().any(|track| track.ends);
            ways.returns = all.into_iter().flat_map(|track| track.returns).collect();
        }
        Step::Human(human) => {
            let rejected = block(definition, &human.on_rejected);
            let closes = human.on_rejected.is_empty() && human.verb == HumanVerb::Approve;
            ways = Ways { ends: rejected.ends || closes, goes_on: true, returns: rejected.returns };
        }
        Step::Each { steps: inside, .. } => {
            ways = Ways { goes_on: true, ..block(definition, inside) };
        }
        Step::System(call) => {
            ways = Ways { goes_on: true, ..block(definition, &call.failure) };
        }
        Step::LookUp(look) => {
            ways = Ways { goes_on: true, ..block(definition, &look.failure) };
        }
        _ => ways.goes_on = true,
    }
    ways
}

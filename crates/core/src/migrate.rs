//! Whether a running case can go on under another version of its process, and how.
//!
//! A step is known by what it is, not by where it stands: the same content in the stage of the same name, whatever
//! time it is given. What the case waits for either stands in the new version too; or stands there under the same
//! name with other people or data, and is asked anew; or an operator says where it goes on.

mod missed;
mod same;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, Waiting},
    decide::carried_over,
    definition::{Definition, Path, Signer, Step},
    form,
    guard::words,
    prove::{CounterExample, broken_by, headline},
};

use same::Same;

/// Where a cursor goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The step in the new version.
    pub to: Path,
    /// Whether it is the same step, so that what is waited for is carried over; else the step is entered anew.
    pub carried: bool,
}

/// How a case is carried over to another version: the whole of it is in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Where each cursor goes on, by its old place. A cursor inside an old place that is not carried is gone.
    pub places: BTreeMap<Path, Place>,
    /// Each old step that the case remembers something of, and the same step in the new version.
    pub steps: BTreeMap<Path, Path>,
    /// The tasks whose sign-offs still count. Every other sign-off is void.
    pub signed: BTreeSet<u32>,
}

/// A step at which a case waits and which the new version does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplaced {
    /// The step in the old version.
    pub step: Path,
    /// The step of the new version that comes nearest.
    pub offered: Option<Path>,
}

/// Whether a case can go on under another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It can.
    Fits {
        /// How it is carried over.
        mapping: Mapping,
        /// The open tasks that are called off, because their step is entered anew.
        asked_again: Vec<u32>,
        /// The tasks whose sign-offs will not count any more.
        voided: Vec<u32>,
        /// What else becomes of the case, a sentence each: the steps at which it stands are written in another way.
        changes: Vec<String>,
    },
    /// Somebody has to say where it goes on.
    NeedsMapping {
        /// The steps that are not there.
        unplaced: Vec<Unplaced>,
    },
    /// It cannot.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Looks whether `case`, which runs `old`, can go on under `new`.
///
/// `chosen` says where it goes on from steps that are not in the new version; it comes from an operator, who may
/// have taken what an earlier look offered. Both definitions hold the case's own additions.
#[must_use]
pub fn preview(old: &Definition, new: &Definition, case: &Case, chosen: &BTreeMap<Path, Path>) -> Fit {
    if let Some(reason) = refused(old, new, case) {
        return Fit::Refused { reason };
    }
    let same = Same::between(old, new);
    let mut places = BTreeMap::new();
    let mut unplaced: BTreeMap<Path, Option<Path>> = BTreeMap::new();
    for cursor in &case.cursors {
        if let Some(to) = same.carried(&cursor.path) {
            places.insert(cursor.path.clone(), Place { to, carried: true });
            continue;
        }
        if let Some(to) = same.alike(case, &cursor.path).filter(|_| !matches!(cursor.waiting, Waiting::Effect { .. })) {
            places.insert(cursor.path.clone(), Place { to, carried: false });
            continue;
        }
        if let Waiting::Effect { .. } = cursor.waiting {
            let reason = format!("{} has not answered yet, and the new version does not ask it in this way", {
                same.system_of(&cursor.path)
            });
            return Fit::Refused { reason };
        }
        if let Some(reason) = same.held_fast(case, &cursor.path) {
            return Fit::Refused { reason: String::from(reason) };
        }
        let from = [Some(cursor.path.clone()), same.outermost(&cursor.path)].into_iter().flatten();
        let found = from.filter_map(|from| {
            let to = chosen.get(&from)?;
            same.may_go(&from, to).then(|| (from, to.clone()))
        });
        match { found }.next() {
            Some((from, to)) => drop(places.insert(from, Place { to, carried: false })),
            None => {
                let step = same.outermost(&cursor.path).unwrap_or_else(|| cursor.path.clone());
                let offered = same.nearest(&step);
                unplaced.insert(step, offered);
            }
        }
    }
    // Invariant: of a split whose place is given up, no cursor is carried.
    let given_up: Vec<Path> = places.iter().filter(|(_, place)| !place.carried).map(|(from, _)| from.clone()).collect();
    places.retain(|path, _| !given_up.iter().any(|outer| path.is_inside(outer)));
    if !unplaced.is_empty() {
        let unplaced = unplaced.into_iter().map(|(step, offered)| Unplaced { step, offered }).collect();
        return Fit::NeedsMapping { unplaced };
    }
    fits(old, new, case, &same, places)
}

fn fits(old: &Definition, new: &Definition, case: &Case, same: &Same<'_>, places: BTreeMap<Path, Place>) -> Fit {
    let remembered = mentioned(case).filter_map(|path| Some((path.clone(), same.step(path)?)));
    let steps: BTreeMap<Path, Path> = remembered.collect();
    let standing = case.sign_offs.iter().filter(|one| one.voided.is_none());
    let (mut signed, mut voided) = (BTreeSet::new(), Vec::new());
    let unchanged = effects(old) == effects(new);
    for sign_off in standing {
        let covered = sign_off.covers.keys().all(|name| match (old.field(name), new.field(name)) {
            (Some(before), Some(now)) => before.kind == now.kind,
            (before, now) => before.is_none() && now.is_none(),
        });
        // Invariant: a sign-off counts for what its giver saw: the same step, data and effects.
        if unchanged && covered && steps.contains_key(&sign_off.path) {
            signed.insert(sign_off.task);
        } else {
            voided.push(sign_off.task);
        }
    }
    let asked_again = case
        .cursors
        .iter()
        .filter_map(|cursor| match cursor.waiting {
            Waiting::Task { task } => Some((cursor, task)),
            _ => None,
        })
        .filter(|(cursor, task)| {
            let carried = places.get(&cursor.path).is_some_and(|place| place.carried);
            let asked_by = case.task(*task).is_none_or(|task| steps.contains_key(&task.path) || task.path.0.len() < 2);
            !(carried && asked_by)
        })
        .map(|(_, task)| task)
        .collect();
    let mut changes = same.changes(case, &places);
    let mapping = Mapping { places, steps, signed };
    let carried = carried_over(new, case, &mapping);
    changes.extend(missed::missed(new, case, &carried, &mapping));
    match broken_by((old, case), (new, &carried), case.touched_at, true) {
        // Invariant: no move to another version leaves an effect ahead that lacks its sign-off.
        Some(found) => Fit::Refused { reason: unsigned(new, &found) },
        None => Fit::Fits { mapping, asked_again, voided, changes },
    }
}

/// Why a case that was carried over could let something leave unsigned, and what helps.
fn unsigned(new: &Definition, found: &CounterExample) -> String {
    let approval = found.effect.approvals.last().map(Path::stage_index).and_then(|stage| new.stages.get(stage));
    let helps = approval.map_or_else(String::new, |stage| {
        format!("; let it go on, or return it to {} and migrate it then, so that it is signed again", stage.name)
    });
    format!("{}{helps}", headline(new, found))
}

/// Why the case cannot go on under the new version wherever it stands.
fn refused(old: &Definition, new: &Definition, case: &Case) -> Option<String> {
    if !case.is_open() {
        return Some(String::from("it is closed"));
    }
    if old.id != new.id {
        return Some(format!("it runs the process {}, and that is another process", old.title));
    }
    for (name, entry) in &case.fields {
        match new.field(name) {
            None => return Some(format!("the new version has no {}, which this case has filled in", words(name))),
            Some(field) if !form::fits(field, &entry.value) => {
                return Some(format!(
                    "the {} of this case is “{}”, which the new version does not take",
                    field.label,
                    entry.value.plain()
                ));
            }
            Some(_) => {}
        }
    }
    None
}

/// Every step that the case remembers something of.
fn mentioned(case: &Case) -> impl Iterator<Item = &Path> {
    let tasks = case.tasks.iter().map(|task| &task.path);
    let signed = case.sign_offs.iter().map(|sign_off| &sign_off.path);
    let effects = case.effects.values().map(|effect| &effect.path);
    let stuck = case.incidents.iter().map(|incident| &incident.path);
    let entered = case.visits.keys().chain(case.findings.keys()).chain(case.rounds.keys()).chain(case.winners.keys());
    tasks.chain(signed).chain(effects).chain(stuck).chain(entered)
}

/// Every effect that names a signer, in the order of the text.
fn effects(definition: &Definition) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    definition.walk(&mut |_, step| {
        let signer = match step {
            Step::System(call) => &call.signer,
            Step::Message(message) => &message.signer,
            _ => return,
        };
        if *signer != Signer::Nobody {
            all.push(same::content(step));
        }
    });
    all
}

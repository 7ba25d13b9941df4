//! A case goes on under another version of its process, or back under the one that it ran before.

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};

use super::{Rejected, Turn};
use crate::{
    authorise::Verb,
    canonical::Digest,
    case::{Ask, Case, Cursor, EffectState, Migrated, TaskState, Void, Waiting},
    context::Context,
    definition::{Definition, Path, Step, index_u16},
    event::{Acting, EventKind},
    migrate::{Mapping, Place},
    people::Directory,
    time::Calendar,
};

impl Turn<'_> {
    pub(super) fn migrate(&mut self, from: &Digest, to: &Digest, mapping: &Mapping) -> Result<(), Rejected> {
        self.permit(&Verb::MigrateCase)?;
        let refused = |why: &str| Rejected::NotMigratable { number: self.case.number, why: String::from(why) };
        if *from != self.case.version || *to != *self.context.version {
            return Err(refused("it runs another version than was looked at; look again"));
        }
        if from == to {
            return Err(refused("it runs that version already"));
        }
        self.check_places(mapping).map_err(|why| refused(&why))?;
        let before = Box::new(Case { migrated: None, ..self.case.clone() });
        self.carry_over(mapping);
        self.case.version.clone_from(to);
        self.case.migrated = Some(Migrated { at: self.at, by: self.by.id(), before });
        Ok(())
    }

    pub(super) fn undo_migration(&mut self) -> Result<(), Rejected> {
        self.permit(&Verb::MigrateCase)?;
        let number = self.case.number;
        let refused = |why: &str| Rejected::NotMigratable { number, why: String::from(why) };
        let Some(migrated) = self.case.migrated.take() else {
            return Err(refused("it has gone on since it came to this version, so that nothing can be undone"));
        };
        if migrated.before.version != *self.context.version {
            return Err(refused("it ran another version before"));
        }
        let after = core::mem::replace(&mut self.case, *migrated.before);
        self.case.seq = after.seq;
        self.case.touched_at = after.touched_at;
        // Numbers and keys that were given out stay taken: a task or a question is never another one later.
        for task in after.tasks.into_iter().skip(self.case.tasks.len()) {
            let state = if task.is_open() { TaskState::Cancelled { at: self.at } } else { task.state.clone() };
            self.case.tasks.push(crate::case::Task { state, path: Path::default(), ..task });
        }
        for incident in after.incidents.into_iter().skip(self.case.incidents.len()) {
            let resolved_at = incident.resolved_at.or(Some(self.at));
            self.case.incidents.push(crate::case::Incident { resolved_at, path: Path::default(), ..incident });
        }
        for (path, count) in after.visits {
            if self.context.definition.step(&path).is_some_and(sends) {
                let known = self.case.visits.entry(path).or_insert(0);
                *known = count.max(*known);
            }
        }
        Ok(())
    }

    /// After an event: whether a migration before it can still be undone.
    ///
    /// A look at the clock that changes nothing is no step; everything else is.
    pub(super) fn forget_migration(&mut self, before: Option<&Case>, kind: &EventKind) {
        let migrates = matches!(kind, EventKind::CaseMigrated { .. });
        if migrates {
            let sent = self.commands.iter().any(|command| {
                matches!(
                    command,
                    crate::command::Command::CallSystem { .. } | crate::command::Command::SendMessage { .. }
                )
            });
            if sent || !self.case.is_open() {
                self.case.migrated = None;
            }
        } else if self.case.migrated.is_some() {
            let looked = matches!(kind, EventKind::Ticked) && self.commands.is_empty() && before == Some(&self.case);
            if !looked {
                self.case.migrated = None;
            }
        }
    }

    /// Whether every cursor has a place, and every place a step, in the same tracks as before.
    fn check_places(&self, mapping: &Mapping) -> Result<(), String> {
        let definition = self.context.definition;
        for cursor in &self.case.cursors {
            let placed = mapping.places.contains_key(&cursor.path);
            let inside = mapping.places.iter().any(|(outer, place)| !place.carried && cursor.path.is_inside(outer));
            if !placed && !inside {
                return Err(format!("nothing says where it goes on from step {}", cursor.path));
            }
            if let (Waiting::Effect { .. }, false) =
                (&cursor.waiting, mapping.places.get(&cursor.path).is_some_and(|place| place.carried))
            {
                return Err(String::from("another system has not answered yet"));
            }
        }
        // What is carried stands in the same tracks as before; what is placed anew must not make a track of its own.
        for place in mapping.places.values().filter(|place| !place.carried) {
            if definition.step(&place.to).is_none() {
                return Err(format!("the version has no step {}", place.to));
            }
            for length in (2..place.to.0.len()).step_by(2) {
                let outer = Path(place.to.0[..length].to_vec());
                let splits = matches!(definition.step(&outer), Some(Step::Parallel { .. }));
                let waits = mapping.places.iter().any(|(from, other)| {
                    other.to == outer && other.carried && self.case.cursors.iter().any(|one| one.path == *from)
                });
                if splits && !waits {
                    return Err(format!("nothing would wait for the tracks around step {}", place.to));
                }
            }
        }
        Ok(())
    }

    fn carry_over(&mut self, mapping: &Mapping) {
        let cursors = core::mem::take(&mut self.case.cursors);
        let (mut kept, mut left): (Vec<Cursor>, Vec<Cursor>) = (Vec::new(), Vec::new());
        for cursor in cursors {
            match mapping.places.get(&cursor.path) {
                Some(Place { to, carried: true }) if self.is_carried(&cursor, mapping) => {
                    kept.push(Cursor { path: to.clone(), ..cursor });
                }
                Some(Place { to, .. }) => {
                    kept.push(Cursor { path: to.clone(), visit: 0, since: self.at, waiting: Waiting::Nothing });
                    left.push(cursor);
                }
                None => left.push(cursor),
            }
        }
        self.case.cursors = left.clone();
        self.call_off_effects();
        for cursor in &left {
            if let Waiting::Task { task } = cursor.waiting {
                self.leave_task(task);
            }
        }
        self.settle_incidents_of(&left);
        self.case.cursors = kept;
        self.carry_records(mapping);
        self.carry_sign_offs(mapping);
    }

    /// Whether what the cursor waits for is the same in the new version; else its step is entered anew.
    fn is_carried(&self, cursor: &Cursor, mapping: &Mapping) -> bool {
        match &cursor.waiting {
            // The question of an agent is addressed by its place: at another place it is put again.
            Waiting::Agent => mapping.places.get(&cursor.path).is_some_and(|place| place.to == cursor.path),
            // A sign-off may be asked again from the step that needs it: both must be there.
            Waiting::Task { task } => self
                .case
                .task(*task)
                .is_some_and(|task| task.path.0.len() < 2 || mapping.steps.contains_key(&task.path)),
            _ => true,
        }
    }

    /// Everything that names a step names it by its place in the new version; what is gone names none.
    fn carry_records(&mut self, mapping: &Mapping) {
        let definition = self.context.definition;
        let stage = self.case.cursors.first().map_or(0, |cursor| cursor.path.stage_index());
        let carried = |path: &Path| match path.0.as_slice() {
            // Of the stage in which the case stands, not of a step.
            [_] => Path(alloc::vec![index_u16(stage)]),
            _ => mapping.steps.get(path).cloned().unwrap_or_default(),
        };
        for task in &mut self.case.tasks {
            task.path = carried(&task.path);
        }
        for effect in self.case.effects.values_mut() {
            effect.path = carried(&effect.path);
        }
        for incident in &mut self.case.incidents {
            incident.path = carried(&incident.path);
        }
        let findings = core::mem::take(&mut self.case.findings);
        let known = |(path, finding)| Some((mapping.steps.get(&path)?.clone(), finding));
        self.case.findings = findings.into_iter().filter_map(known).collect();
        self.case.suggestions.retain(|field, _| definition.field(field).is_some());
        let same = |path: &Path| mapping.steps.get(path).cloned();
        let rounds = core::mem::take(&mut self.case.rounds);
        self.case.rounds = rounds.into_iter().filter_map(|(path, round)| Some((same(&path)?, round))).collect();
        let winners = core::mem::take(&mut self.case.winners);
        self.case.winners = winners.into_iter().filter_map(|(path, all)| Some((same(&path)?, all))).collect();
        let entered = core::mem::take(&mut self.case.visits);
        let mut visits: BTreeMap<Path, u32> = BTreeMap::new();
        for (path, count) in &entered {
            if let Some(to) = mapping.steps.get(path) {
                let known = visits.entry(to.clone()).or_insert(0);
                *known = (*count).max(*known);
            }
            // Invariant: a key names one effect for ever. A step that sends from a place from which another one
            // has sent before counts on from there.
            if definition.step(path).is_some_and(sends) {
                let known = visits.entry(path.clone()).or_insert(0);
                *known = (*count).max(*known);
            }
        }
        self.case.visits = visits;
    }

    fn carry_sign_offs(&mut self, mapping: &Mapping) {
        for sign_off in &mut self.case.sign_offs {
            let place = mapping.steps.get(&sign_off.path).cloned();
            let counts = mapping.signed.contains(&sign_off.task) && place.is_some();
            sign_off.path = place.unwrap_or_default();
            if !counts && sign_off.voided.is_none() {
                sign_off.voided = Some(Void::OtherVersion);
            }
        }
        // Agreements of a task that is still being decided were given under the old version, too.
        let void = self.case.sign_offs.iter().any(|one| one.voided == Some(Void::OtherVersion));
        for task in &mut self.case.tasks {
            let agrees = matches!(task.ask, Ask::Approve { .. });
            if void && agrees && task.is_open() && task.decisions().next().is_some() {
                task.seats.iter_mut().for_each(|seat| *seat = None);
                self.reopened.push(task.number);
            }
        }
    }
}

/// A case as a mapping carries it over to another version.
pub(crate) fn carried_over(definition: &Definition, case: &Case, mapping: &Mapping) -> Case {
    let (directory, calendar, version) = (Directory::default(), Calendar::default(), Digest::new());
    let context = Context { definition, version: &version, directory: &directory, calendar: &calendar };
    let mut turn = Turn::new(&context, case.clone(), &Acting::System, case.touched_at);
    turn.carry_over(mapping);
    turn.case
}

/// Whether a step addresses something outside by its place and visit.
const fn sends(step: &Step) -> bool {
    matches!(step, Step::Agent(_) | Step::System(_) | Step::LookUp(_) | Step::Message(_))
}

impl EffectState {
    /// Whether it is out and not acknowledged.
    #[must_use]
    pub const fn is_released(&self) -> bool {
        matches!(self, Self::Released { .. })
    }
}

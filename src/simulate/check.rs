//! What must hold after every event, looked at from outside: each check knows the words of the promise and not how
//! the engine keeps it.

mod person;
mod signed;
mod state;
pub(super) mod time;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use countersign_core::{
    Context,
    case::{Case, EffectState, Outcome},
    command::Command,
    decide,
    definition::Definition,
    event::{Event, EventKind},
    wake_at, with_additions,
};

use self::signed::Approval;
use super::{ledger::Ledger, scene::Broken};
use crate::store::{Commit, memory::Tables};

/// What a check says.
pub(super) type Found = Result<(), Broken>;

/// What is known of every case, folded from its log alone.
#[derive(Default)]
pub(super) struct Watch {
    cases: BTreeMap<String, Watched>,
    /// Which case each document belongs to.
    documents: BTreeMap<String, String>,
    asked: BTreeMap<String, u32>,
    /// Every key that was ever released, with its case.
    pub(super) released: BTreeMap<String, Command>,
}

/// One case as its log tells it.
pub(super) struct Watched {
    pub(super) case: Arc<Case>,
    approvals: Vec<Approval>,
    migrated: bool,
}

/// One event with everything around it.
struct Moment<'a> {
    before: &'a Case,
    after: &'a Case,
    event: &'a Event,
    commands: &'a [Command],
    /// What the event was decided with.
    context: Context<'a>,
    /// The definition with what was added to the case by then.
    definition: &'a Definition,
}

impl Watch {
    /// The case before the event that comes next.
    pub(super) fn before(&self, case_id: &str) -> Option<&Case> {
        Some(&*self.cases.get(case_id)?.case)
    }

    pub(super) fn asked(&mut self, key: &str) -> u32 {
        let asked = self.asked.entry(key.to_owned()).or_default();
        *asked += 1;
        *asked
    }

    /// The words that only this case holds.
    pub(super) fn secret_of(&self, case_id: &str) -> Option<String> {
        let case = &self.cases.get(case_id)?.case;
        case.value("email").map(countersign_core::value::Value::plain)
    }

    /// Looks at everything that one event did.
    pub(super) fn committed(&mut self, commit: &Commit, tables: &Tables, ledger: &Ledger) -> Found {
        let id = &commit.case.id;
        let mut watched = self.cases.remove(id).unwrap_or_else(|| Watched {
            case: Arc::new(Case::unopened(id.clone())),
            approvals: Vec::new(),
            migrated: false,
        });
        let found = self.look(&mut watched, commit, tables, ledger);
        watched.case = Arc::clone(&commit.case);
        self.cases.insert(id.clone(), watched);
        found
    }

    fn look(&mut self, watched: &mut Watched, commit: &Commit, tables: &Tables, ledger: &Ledger) -> Found {
        chained(watched, commit, tables)?;
        let unknown = |what: &str| Broken::new("I12", format!("the {what} that an event was decided with is not kept"));
        let hashes = &commit.context;
        let base = &tables.versions.get(&hashes.definition).ok_or_else(|| unknown("definition"))?.definition;
        let directory = tables.directories.get(&hashes.directory).ok_or_else(|| unknown("directory"))?;
        let calendar = tables.calendars.get(&hashes.calendar).ok_or_else(|| unknown("calendar"))?;
        let own = with_additions(base, &watched.case);
        let definition = own.as_ref().unwrap_or(base);
        let context = Context { definition, version: &hashes.definition, directory, calendar };
        if watched.case.seq == 0 {
            Arc::make_mut(&mut watched.case).version.clone_from(&hashes.definition);
        }
        folds(&watched.case, commit, &context)?;
        let grown = with_additions(base, &commit.case);
        let after = Context { definition: grown.as_ref().unwrap_or(base), ..context };
        if wake_at(&after, &commit.case) != commit.wake_at {
            return Err(Broken::new("I7", "the wake-up that is kept is not the one that the state asks for"));
        }
        let moment = Moment {
            before: &watched.case,
            after: &commit.case,
            event: &commit.event,
            commands: &commit.commands,
            context: after,
            definition: after.definition,
        };
        state::closed_stays_closed(&moment)?;
        state::version_stays(&moment)?;
        state::places_exist(&moment)?;
        state::tasks_close_once(&moment)?;
        state::joins_wait(&moment)?;
        state::incidents_are_single(&moment)?;
        state::nobody_waits_for_nothing(&moment, commit)?;
        state::agents_decide_nothing(&moment)?;
        person::may(&moment)?;
        time::nothing_is_early(&moment)?;
        time::nothing_is_forgotten(&moment, commit)?;
        signed::effects_are_signed(&moment, &mut watched.approvals, &mut watched.migrated)?;
        if !watched.migrated {
            // A finding that was carried over to another version may have been made by another check.
            state::checks_are_up_to_date(&moment)?;
        }
        self.documents_stay_home(&moment)?;
        self.keys_are_single(&moment)?;
        done_was_done(&moment, tables, ledger)?;
        outbox_holds(commit, tables)?;
        within_limits(tables)
    }

    /// I16: a document belongs to one case.
    fn documents_stay_home(&mut self, moment: &Moment<'_>) -> Found {
        if moment.after.documents.len() == moment.before.documents.len() {
            return Ok(());
        }
        for key in moment.after.documents.keys() {
            let home = self.documents.entry(key.clone()).or_insert_with(|| moment.after.id.clone());
            if *home != moment.after.id {
                return Err(Broken::new("I16", format!("the document {key} of {home} stands in another case")));
            }
        }
        Ok(())
    }

    /// I4: a key names one thing for ever, and what was acknowledged is never sent again.
    fn keys_are_single(&mut self, moment: &Moment<'_>) -> Found {
        for command in moment.commands {
            let key = command.key();
            let Some(earlier) = self.released.get(key) else {
                self.released.insert(key.to_owned(), command.clone());
                continue;
            };
            match command {
                Command::AskAgent { .. } | Command::LookUp { .. } if earlier == command => {}
                Command::CallSystem { .. } if earlier == command => {
                    let done = moment.before.effects.get(key).map(|effect| &effect.state);
                    if matches!(done, Some(EffectState::Done { .. })) {
                        return Err(Broken::new("I4", format!("{key} was acknowledged before and is sent again")));
                    }
                }
                _ => return Err(Broken::new("I4", format!("the key {key} is used for a second thing"))),
            }
        }
        let mut seen = BTreeSet::new();
        for effect in moment.after.effects.values() {
            let call =
                matches!(moment.definition.step(&effect.path), Some(countersign_core::definition::Step::System(_)));
            let waits = !matches!(effect.state, EffectState::Done { .. });
            if call && waits && !seen.insert((&effect.path, &effect.payload, &effect.rounds)) {
                return Err(Broken::new("I4", format!("one call at {} has two keys", effect.path)));
            }
        }
        Ok(())
    }

    /// A person said that a call may be tried again.
    pub(super) fn allowed_again(&self, case_id: &str, event: &EventKind) -> Option<String> {
        let EventKind::TaskDecided { task, outcome: Outcome::TryAgain, .. } = event else { return None };
        self.before(case_id)?.task(*task)?.ask.taken_over().map(str::to_owned)
    }
}

/// I3 and I15: numbers without gaps, a chain that holds, and no request twice.
fn chained(watched: &Watched, commit: &Commit, tables: &Tables) -> Found {
    let place = format!("event {} of case {}", commit.case.seq, commit.case.number);
    if commit.expected_seq != watched.case.seq || commit.case.seq != watched.case.seq + 1 {
        return Err(Broken::new("I3", format!("{place} does not follow event {}", watched.case.seq)));
    }
    let Some(kept) = tables.cases.get(&commit.case.id) else {
        return Err(Broken::new("I3", format!("{place} is not kept")));
    };
    let [.., last] = kept.log.as_slice() else {
        return Err(Broken::new("I3", format!("{place} is not in the log")));
    };
    let earlier = kept.log.len().checked_sub(2).and_then(|place| kept.log.get(place));
    if !last.stands_on(earlier) {
        return Err(Broken::new("I3", format!("the chain breaks at {place}")));
    }
    if kept.log.len() as u64 != commit.case.seq {
        return Err(Broken::new("I3", format!("{place} is the {}th in the log", kept.log.len())));
    }
    if kept.applied.len() != kept.log.len() {
        return Err(Broken::new("I15", format!("{place} repeats the request `{}`", commit.dedup)));
    }
    if commit.event.by.id().is_empty() || commit.dedup.is_empty() {
        return Err(Broken::new("I12", format!("{place} does not say who or why")));
    }
    Ok(())
}

/// The commands that are carried out; what people are told is kept with the event itself.
fn carried(commands: &[Command]) -> Vec<Command> {
    commands.iter().filter(|command| !matches!(command, Command::Notify { .. })).cloned().collect()
}

/// I2: the log leads to the state, and to the same commands.
fn folds(before: &Case, commit: &Commit, context: &Context<'_>) -> Found {
    let place = || format!("event {} of case {}", commit.case.seq, commit.case.number);
    match decide(context, before.clone(), &commit.event) {
        Ok((after, commands)) if after == *commit.case && carried(&commands) == commit.commands => Ok(()),
        Ok(_) => Err(Broken::new("I2", format!("{} leads to another state than the one that is kept", place()))),
        Err(rejected) => Err(Broken::new("I2", format!("{} would be rejected: {rejected}", place()))),
    }
}

/// I4: what counts as done was done.
fn done_was_done(moment: &Moment<'_>, tables: &Tables, ledger: &Ledger) -> Found {
    let EventKind::EffectDone { key, .. } = &moment.event.kind else { return Ok(()) };
    if countersign_core::definition::is_rehearsal(&moment.after.process) {
        return Ok(());
    }
    let step = moment.after.effects.get(key).and_then(|effect| moment.definition.step(&effect.path));
    let done = match step {
        Some(countersign_core::definition::Step::System(_)) => {
            ledger.entries.get(key).is_some_and(|entry| entry.applied > 0) || tables.practice.contains_key(key)
        }
        Some(countersign_core::definition::Step::Message(_)) => tables.mails.contains_key(&format!("{key}/0")),
        _ => true,
    };
    if done { Ok(()) } else { Err(Broken::new("I4", format!("{key} counts as done and was not"))) }
}

/// I19: what left on an agent's word stays within what may leave in its case and on its day.
fn within_limits(tables: &Tables) -> Found {
    let mut cases: BTreeMap<&str, i64> = BTreeMap::new();
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    for (key, one) in &tables.releases {
        let case = cases.entry(&one.case_id).or_default();
        *case += one.money.minor;
        let day = days.entry(one.at.day()).or_default();
        *day += one.money.minor;
        if one.case_limit.is_some_and(|limit| *case > limit) || one.day_limit.is_some_and(|limit| *day > limit) {
            return Err(Broken::new("I19", format!("{key} left although more had left than may")));
        }
    }
    Ok(())
}

/// I17: what was released stands in the outbox, in the same commit.
fn outbox_holds(commit: &Commit, tables: &Tables) -> Found {
    for command in &commit.commands {
        if !tables.effects.contains_key(command.key()) {
            return Err(Broken::new("I17", format!("{} was released and stands in no outbox", command.key())));
        }
    }
    Ok(())
}

//! The calm after the faults: everything must come to rest, and nothing may be stuck without anybody knowing.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    Context,
    case::{Case, EffectState, Waiting},
    command::Command,
    definition::Who,
    event::{Acting, EventKind},
    overview::{WaitOn, waits},
    time::{DAY_MS, Timestamp},
    wake::AGENT_ANSWER_WITHIN_MS,
    wake_at, who, with_additions,
};

use super::{
    acts::{self, Request, Sight, What},
    check::{Watch, time::machine_due},
    ledger::Ledger,
    life::{Life, now},
    processes::REPORT,
    scene::{Broken, people},
};
use crate::{
    runtime::world::World,
    store::{PersonRow, Port as _, memory::Tables},
};

/// How often the clock is moved on in the calm before it counts as stuck.
const CALMS_MAX: usize = 120;
/// The most turns until what runs has come to rest.
const REST_MAX: usize = 400_000;
/// How often people answer what is asked of them once it is calm.
const ANSWERS_MAX: usize = 12;

impl Life {
    /// Faults end. Everything that no person must do is done, whatever was under way; then people answer.
    pub(super) fn calm(&mut self) {
        self.scene.told(|line| line.push_str("it is calm from here on"));
        self.scene.state().faulty = false;
        self.nodes.wake_all();
        for (id, person) in people().people {
            now(self.scene.store.put_person(PersonRow { id, person, sample: false }, "seed", "", self.nodes.now));
        }
        let _ = self.nodes.unanswered();
        self.under_way.clear();
        self.come_to_rest();
        for node in 0..self.nodes.count() {
            self.nodes.refresh(node);
        }
        self.come_to_rest();
        self.settle();
        let answers = if self.random.one_in(3) { ANSWERS_MAX } else { 0 };
        for _ in 0..answers {
            if self.is_broken() || !self.people_answer() {
                break;
            }
            self.settle();
        }
        self.let_cases_be_looked_at();
        if !self.is_broken() {
            let found = self.at_rest();
            if let Err(broken) = found {
                self.scene.state().breaks(broken);
            }
        }
    }

    /// Moves the clock on to whatever no person does, until nothing of that is left.
    fn settle(&mut self) {
        for _ in 0..CALMS_MAX {
            self.come_to_rest();
            if self.is_broken() {
                return;
            }
            let Some(next) = self.next_of_machine() else { return };
            self.nodes.pass((next.0 - self.nodes.now.0).max(1));
        }
        let what = format!("after {CALMS_MAX} looks there is still something that no person does");
        self.scene.state().breaks(Broken::new("P7", what));
    }

    /// A case that nobody can go on with any more, since people have changed, says so when it is next looked at.
    fn let_cases_be_looked_at(&mut self) {
        for _ in 0..CALMS_MAX {
            if self.is_broken() {
                return;
            }
            let now = self.nodes.now;
            let Some(world) = self.nodes.engine(0).map(crate::runtime::Engine::world) else { return };
            let next = self.scene.store.look(|tables| {
                let forlorn = tables.cases.values().filter(|kept| {
                    kept.case.is_open() && !in_context(tables, &world, &kept.case, |at| is_owned(at, &kept.case, now))
                });
                forlorn.filter_map(|kept| kept.wake_at).min()
            });
            let Some(next) = next else { return };
            self.nodes.pass((next.0 - now.0).max(1));
            self.settle();
        }
    }

    /// Every program looks at everything until nothing runs and nothing is due.
    fn come_to_rest(&mut self) {
        let mut seen = self.activity();
        for _ in 0..REST_MAX {
            if self.is_broken() {
                return;
            }
            if self.nodes.turn() {
                continue;
            }
            let starting = (0..self.nodes.count()).any(|node| self.nodes.engine(node).is_none());
            if starting {
                (0..self.nodes.count()).for_each(|node| self.nodes.start(node));
                continue;
            }
            for node in 0..self.nodes.count() {
                self.nodes.sweep(node);
                while self.nodes.turn() {
                    if self.is_broken() {
                        return;
                    }
                }
            }
            let found = self.activity();
            if found == seen && self.nodes.is_idle() {
                return;
            }
            seen = found;
        }
        self.scene.state().breaks(Broken::new("P7", format!("after {REST_MAX} turns it is not at rest")));
    }

    /// What tells that something happened.
    fn activity(&self) -> (u64, u64, usize) {
        let claims = {
            let state = self.scene.state();
            (state.events, state.ledger.claims.values().sum())
        };
        let effects = self.scene.store.look(|tables| tables.effects.len());
        (claims.0, claims.1, effects)
    }

    /// When the next thing is due that no person does; `None` when there is none.
    fn next_of_machine(&self) -> Option<Timestamp> {
        let now = self.nodes.now;
        self.scene.store.look(|tables| {
            let effects = tables.effects.values().map(|effect| effect.lease_until.unwrap_or(effect.next_at));
            let cases = tables.cases.values().filter(|kept| kept.case.is_open() && kept.case.held.is_none());
            let waits = cases.flat_map(|kept| {
                let wake = kept.wake_at;
                kept.case.cursors.iter().filter_map(move |cursor| match &cursor.waiting {
                    Waiting::Nothing => wake,
                    Waiting::Agent => Some(cursor.since.plus_ms(AGENT_ANSWER_WITHIN_MS)),
                    // A day that a field holds may be far away: the clock goes there in steps.
                    Waiting::Day => Some(now.plus_ms(2 * DAY_MS)),
                    other => machine_due(other),
                })
            });
            effects.chain(waits).map(|at| at.max(now.plus_ms(1))).min()
        })
    }

    /// Everybody answers what is asked of them; `false` when nothing is asked of anybody.
    fn people_answer(&mut self) -> bool {
        let cases = self.scene.store.look(|tables| {
            let open = tables.cases.values().filter(|kept| kept.case.is_open());
            open.map(|kept| Arc::clone(&kept.case)).collect::<Vec<_>>()
        });
        let mut asked = false;
        for case in cases {
            let Some(definition) = self.definition_of(&case) else { continue };
            let Some(world) = self.nodes.engine(0).map(crate::runtime::Engine::world) else { continue };
            for task in case.open_tasks() {
                let sight = Sight {
                    case: &case,
                    definition: &definition,
                    directory: &world.directory,
                    calendar: &world.calendar,
                    at: self.nodes.now,
                    mischief: 0,
                };
                let context = sight.context();
                let able = who::eligible(&context, &case, task, self.nodes.now);
                let by = match (&task.who, able.first()) {
                    (Who::Party { party }, _) => Acting::Party { party: party.clone(), case: case.id.clone() },
                    (_, Some(one)) => {
                        Acting::Person { person: one.person.clone(), standing_for: one.standing_for.clone() }
                    }
                    (_, None) => continue,
                };
                self.requests += 1;
                let what = acts::decision(&mut self.random, &sight, task.number, self.requests);
                self.nodes.ask(0, Request { by, what, key: format!("a{}", self.requests) });
                asked = true;
            }
            if case.cursors.iter().any(|cursor| matches!(cursor.waiting, Waiting::Message { .. })) {
                self.requests += 1;
                let kind = EventKind::MessageReceived { name: REPORT.to_owned(), values: BTreeMap::new() };
                let what = What::Apply { case: case.id.clone(), kind };
                self.nodes.ask(0, Request { by: Acting::System, what, key: format!("a{}", self.requests) });
            }
        }
        asked
    }

    /// What must hold when nothing runs: promise 7, and that everything released has come to an end.
    fn at_rest(&self) -> Result<(), Broken> {
        let Some(world) = self.nodes.engine(0).map(crate::runtime::Engine::world) else {
            return Err(Broken::new("P7", "no program runs"));
        };
        let state = self.scene.state();
        self.scene.store.look(|tables| {
            if let Some(effect) = tables.effects.values().next() {
                return Err(Broken::new(
                    "I17",
                    format!("{} is still in the outbox: {:?}", effect.key, effect.last_error),
                ));
            }
            for kept in tables.cases.values().filter(|kept| kept.case.is_open()) {
                let case = &kept.case;
                if kept.wake_at != in_context(tables, &world, case, |context| wake_at(context, case)) {
                    return Err(Broken::new("I7", format!("case {} would be looked at at another time", case.number)));
                }
                if !in_context(tables, &world, case, |context| is_owned(context, case, self.nodes.now)) {
                    return Err(Broken::new("P7", format!("case {} is stuck and nobody knows", case.number)));
                }
            }
            everything_released_ended(&state.watch, &state.ledger, tables)
        })
    }
}

/// What a case is decided with now.
fn in_context<T: Default>(tables: &Tables, world: &World, case: &Case, look: impl FnOnce(&Context<'_>) -> T) -> T {
    let Some(base) = tables.versions.get(&case.version) else { return T::default() };
    let grown = with_additions(&base.definition, case);
    look(&Context {
        definition: grown.as_ref().unwrap_or(&base.definition),
        version: &case.version,
        directory: &world.directory,
        calendar: &world.calendar,
    })
}

/// Whether somebody can go on with the case, or it is known to be stuck.
fn is_owned(context: &Context<'_>, case: &Case, at: Timestamp) -> bool {
    waits(context, case, at).iter().any(|wait| match &wait.on {
        WaitOn::People { who, people, .. } => !people.is_empty() || matches!(who, Who::Party { .. }),
        WaitOn::Incident { .. } => true,
        WaitOn::Agent | WaitOn::System { .. } | WaitOn::Time | WaitOn::Message { .. } => false,
    })
}

/// I4: what was released and counts as done was done; nothing released is left hanging.
fn everything_released_ended(watch: &Watch, ledger: &Ledger, tables: &Tables) -> Result<(), Broken> {
    for (key, command) in &watch.released {
        let (case_id, _) = key.split_once('/').unwrap_or_default();
        let Some(kept) = tables.cases.get(case_id) else { continue };
        match command {
            Command::CallSystem { .. } | Command::SendMessage { .. } => {
                let state = kept.case.effects.get(key).map(|effect| &effect.state);
                if matches!(state, Some(EffectState::Released { .. })) && kept.case.is_open() {
                    return Err(Broken::new("I17", format!("{key} was released and is neither done nor given up")));
                }
            }
            Command::Notify { people, .. } => {
                let gave_up = ledger.claims.get(key).is_some_and(|claims| *claims >= 8);
                let told = people
                    .iter()
                    .all(|person| tables.notices.contains_key(&(format!("{key}/{person}"), person.clone())));
                if !told && !gave_up {
                    return Err(Broken::new("I17", format!("{key} has not reached everybody")));
                }
            }
            Command::AskAgent { .. } | Command::LookUp { .. } => {}
        }
    }
    Ok(())
}

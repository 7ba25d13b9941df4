//! One seed: first a time in which everything goes wrong that can, then a calm in which everything must come to rest.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    Context,
    canonical::digest,
    case::{Case, EffectState, Waiting},
    command::Command,
    definition::{Definition, Who, is_rehearsal},
    event::{Acting, EventKind},
    overview::{WaitOn, waits},
    people::{Absence, Person},
    time::{DAY_MS, Timestamp},
    wake_at, who, with_additions,
};

use super::{
    acts::{self, Request, Sight, What},
    check::{Watch, time::machine_due},
    faults::Rates,
    nodes::{Common, Nodes},
    processes::{self, REPORT},
    random::{Random, START},
    scene::{Broken, Scene, people},
};
use crate::store::{PersonRow, Port as _, Rehearsal, Version};

/// Turns a case has in the first phase, on average.
const TURNS_A_CASE: usize = 170;
/// Turns that every seed has.
const TURNS_AT_LEAST: usize = 120;
/// How often the clock is moved on in the calm before it counts as stuck.
const CALMS_MAX: usize = 120;
/// The most turns until what runs has come to rest.
const REST_MAX: usize = 400_000;
/// How often people answer what is asked of them once it is calm.
const ANSWERS_MAX: usize = 12;

/// One simulated organisation.
pub(super) struct Life {
    scene: Arc<Scene>,
    nodes: Nodes,
    random: Random,
    rates: Rates,
    process: String,
    definitions: BTreeMap<String, Definition>,
    /// Requests that are on their way.
    under_way: Vec<(Timestamp, Request)>,
    requests: u64,
    opened: usize,
}

impl Life {
    pub(super) fn new(seed: u64, common: &Common, readable: bool) -> Self {
        let mut random = Random::new(seed);
        let rates = Rates::draw(&mut random);
        let scene = Scene::new(Random::new(random.next()), rates.clone(), readable);
        let nodes = Nodes::new(Arc::clone(&scene), common.clone(), rates.nodes);
        let rehearsed = random.one_in(24);
        let process = if rehearsed { "process.rehearsal" } else { "process" }.to_owned();
        let mut life = Self {
            scene,
            nodes,
            random,
            rates,
            process,
            definitions: BTreeMap::new(),
            under_way: Vec::new(),
            requests: 0,
            opened: 0,
        };
        life.found(rehearsed);
        life
    }

    /// Lives through both phases.
    pub(super) fn run(&mut self) {
        for node in 0..self.nodes.count() {
            self.nodes.start(node);
        }
        let turns = TURNS_AT_LEAST + TURNS_A_CASE * self.rates.cases;
        for _ in 0..turns {
            self.step();
            if self.is_broken() {
                return;
            }
        }
        self.calm();
    }

    /// The people, the first version, and whether it is only rehearsed: all there before anybody comes.
    fn found(&mut self, rehearsed: bool) {
        let store = &self.scene.store;
        for (id, person) in people().people {
            now(store.put_person(PersonRow { id, person, sample: false }, "seed", "", START));
        }
        let definition = processes::definition(&mut self.random, &self.process);
        if rehearsed {
            store.put_rehearsal(Rehearsal {
                process: self.process.clone(),
                of_process: "process".to_owned(),
                person: "con".to_owned(),
                started_at: START,
                ended_at: None,
            });
        }
        let version = version(&definition, START);
        self.definitions.insert(version.hash.clone(), definition);
        now(store.publish_version(version));
    }

    fn step(&mut self) {
        if self.random.below(100) < 80 && self.nodes.turn() {
            return;
        }
        for request in self.nodes.unanswered() {
            // Whoever gets no answer asks again, with the same key.
            if self.random.below(4) > 0 {
                self.later(request);
            }
        }
        match self.random.below(100) {
            0..=34 => {
                let node = self.any_node();
                self.nodes.start(node);
                self.nodes.sweep(node);
            }
            35..=74 => self.somebody_acts(),
            75..=92 => {
                let pause = self.random.pause();
                self.nodes.pass(pause);
            }
            _ => {}
        }
        if self.random.per_mille(self.rates.world) {
            self.world_changes();
        }
        if self.random.per_mille(self.rates.crash) {
            let node = self.any_node();
            for request in self.nodes.crash(node) {
                self.later(request);
            }
        }
    }

    /// A new request, or one that was on its way.
    fn somebody_acts(&mut self) {
        let now = self.nodes.now;
        if let Some(place) = self.under_way.iter().position(|(at, _)| *at <= now) {
            let (_, request) = self.under_way.swap_remove(place);
            return self.send(request);
        }
        self.requests += 1;
        let number = self.requests;
        let open = self.opened < self.rates.cases && (self.opened == 0 || self.random.one_in(4));
        let request = if open {
            self.opened += 1;
            acts::opening(&mut self.random, &self.process, number)
        } else {
            let Some(request) = self.about_a_case(number) else { return };
            request
        };
        if self.random.per_mille(self.rates.twice) {
            self.later(request.clone());
        }
        if self.random.per_mille(self.rates.late) {
            self.later(request);
        } else {
            self.send(request);
        }
    }

    fn about_a_case(&mut self, number: u64) -> Option<Request> {
        let case = self.any_case()?;
        let definition = self.definition_of(&case)?;
        let engine = (0..self.nodes.count()).find_map(|node| self.nodes.engine(node))?;
        let world = engine.world();
        let sight = Sight {
            case: &case,
            definition: &definition,
            directory: &world.directory,
            calendar: &world.calendar,
            at: self.nodes.now,
            mischief: self.rates.mischief,
        };
        let request = acts::about(&mut self.random, &sight, number);
        // A rehearsal ends for all of its cases, and only for those of a rehearsal.
        match &request.what {
            What::Apply { kind: EventKind::RehearsalEnded, .. } if !is_rehearsal(&case.process) => None,
            _ => Some(request),
        }
    }

    fn send(&mut self, request: Request) {
        let node = self.any_node();
        self.scene
            .told(|line| line.push_str(&format!("to {node}: {} {} {:?}", request.by.id(), request.key, request.what)));
        if !self.nodes.ask(node, request.clone()) {
            self.later(request);
        }
    }

    fn later(&mut self, request: Request) {
        let pause = self.random.pause();
        self.under_way.push((self.nodes.now.plus_ms(pause), request));
    }

    /// People leave, come back, are away; a version is published, and cases go over to it.
    fn world_changes(&mut self) {
        self.requests += 1;
        let key = format!("w{}", self.requests);
        let by = Acting::person("root");
        match self.random.below(6) {
            0 => {
                let Some(current) = self.current() else { return };
                let new = processes::changed(&mut self.random, &current);
                let version = version(&new, self.nodes.now);
                self.scene.told(|line| line.push_str("a new version is published"));
                self.definitions.insert(version.hash.clone(), new);
                now(self.scene.store.publish_version(version));
            }
            1 | 2 => {
                let Some(case) = self.any_case() else { return };
                let to = self.scene.store.look(|tables| tables.current.get(&self.process).cloned());
                let Some(to) = to else { return };
                self.send(Request { by, what: What::Migrate { case: case.id, to }, key });
            }
            _ => {
                let row = self.somebody();
                self.send(Request { by, what: What::Person { row }, key });
                // The other programs hear of it when they look.
                for node in 0..self.nodes.count() {
                    self.nodes.refresh(node);
                }
            }
        }
    }

    /// Somebody is switched off, comes back, or is away and names a substitute.
    fn somebody(&mut self) -> PersonRow {
        let id = self.random.pick(&["lea", "leo", "fin", "fee", "dan", "bea", "mia", "ana"]).to_owned();
        let person = people().people.remove(&id).unwrap_or_default();
        let mut person = Person { disabled: self.random.one_in(3), ..person };
        if self.random.one_in(2) {
            let from = self.nodes.now.plus_ms(self.random.between(-DAY_MS, DAY_MS));
            let until = from.plus_ms(self.random.between(DAY_MS / 4, 4 * DAY_MS));
            let substitute = self.random.pick(&["sam", "sam", "leo", "ana"]).to_owned();
            person.absences.push(Absence { from, until, substitute });
        }
        PersonRow { id, person, sample: false }
    }

    /// Faults end. Everything that no person must do is done, whatever was under way; then people answer.
    fn calm(&mut self) {
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
                    Waiting::Agent | Waiting::Nothing | Waiting::Day => wake,
                    other => machine_due(other),
                })
            });
            effects.chain(waits).map(|at| at.max(now.plus_ms(1))).min()
        })
    }

    /// Everybody answers what is asked of them; `false` when nothing is asked of anybody.
    fn people_answer(&mut self) -> bool {
        let cases = self.scene.store.look(|tables| {
            tables
                .cases
                .values()
                .filter(|kept| kept.case.is_open())
                .map(|kept| kept.case.clone())
                .collect::<Vec<Case>>()
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
                let Some(base) = tables.versions.get(&case.version) else { continue };
                let grown = with_additions(&base.definition, case);
                let context = Context {
                    definition: grown.as_ref().unwrap_or(&base.definition),
                    version: &case.version,
                    directory: &world.directory,
                    calendar: &world.calendar,
                };
                if kept.wake_at != wake_at(&context, case) {
                    return Err(Broken::new("I7", format!("case {} would be looked at at another time", case.number)));
                }
                let owned = waits(&context, case, self.nodes.now).iter().any(|wait| match &wait.on {
                    WaitOn::People { who, people, .. } => !people.is_empty() || matches!(who, Who::Party { .. }),
                    WaitOn::Incident { .. } => true,
                    WaitOn::Agent | WaitOn::System { .. } | WaitOn::Time | WaitOn::Message { .. } => false,
                });
                if !owned {
                    return Err(Broken::new("P7", format!("case {} is stuck and nobody knows", case.number)));
                }
            }
            everything_released_ended(&state.watch, &state.ledger, tables)
        })
    }

    fn any_node(&mut self) -> usize {
        self.random.below(self.nodes.count())
    }

    fn any_case(&mut self) -> Option<Case> {
        let random = &mut self.random;
        self.scene.store.look(|tables| {
            let open: Vec<&String> =
                tables.cases.iter().filter(|(_, kept)| kept.case.is_open()).map(|(id, _)| id).collect();
            let drawn = if open.is_empty() || random.one_in(12) {
                let place = random.below(tables.cases.len());
                tables.cases.keys().nth(place)
            } else {
                random.of(&open).copied()
            };
            drawn.and_then(|id| tables.cases.get(id)).map(|kept| kept.case.clone())
        })
    }

    fn definition_of(&self, case: &Case) -> Option<Definition> {
        let base = self.definitions.get(&case.version)?;
        Some(with_additions(base, case).unwrap_or_else(|| base.clone()))
    }

    fn current(&self) -> Option<Definition> {
        let hash = self.scene.store.look(|tables| tables.current.get(&self.process).cloned())?;
        self.definitions.get(&hash).cloned()
    }

    fn is_broken(&self) -> bool {
        self.scene.state().broken.is_some()
    }

    pub(super) fn scene(&self) -> &Scene {
        &self.scene
    }
}

/// I4: what was released and counts as done was done; nothing released is left hanging.
fn everything_released_ended(
    watch: &Watch,
    ledger: &super::ledger::Ledger,
    tables: &crate::store::memory::Tables,
) -> Result<(), Broken> {
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
                let told = people.iter().all(|person| tables.notices.contains_key(&(key.clone(), person.clone())));
                if !told && !gave_up {
                    return Err(Broken::new("I17", format!("{key} has not reached everybody")));
                }
            }
            Command::AskAgent { .. } | Command::LookUp { .. } => {}
        }
    }
    Ok(())
}

fn version(definition: &Definition, at: Timestamp) -> Version {
    Version {
        hash: digest(definition),
        process: definition.id.clone(),
        text: String::new(),
        examples: serde_json::Value::Null,
        definition: definition.clone(),
        compiler_revision: 1,
        published_at: at,
        published_by: "con".to_owned(),
    }
}

/// The store in memory answers at once.
fn now<T>(answer: crate::store::Answer<'_, T>) {
    let mut answer = answer;
    let _ = answer.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
}

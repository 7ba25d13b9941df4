//! One seed: first a time in which everything goes wrong that can, then a calm in which everything must come to rest.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    canonical::digest,
    case::Case,
    definition::Definition,
    event::Acting,
    people::{Absence, Person},
    time::{DAY_MS, Timestamp},
    with_additions,
};

use super::{
    acts::{self, Request, Sight, What},
    faults::Rates,
    nodes::{Common, Nodes},
    processes,
    random::{Random, START},
    scene::{Scene, people},
};
use crate::store::{PersonRow, Port as _, Rehearsal, Version};

/// Turns a case has in the first phase, on average.
const TURNS_A_CASE: usize = 170;
/// Turns that every seed has.
const TURNS_AT_LEAST: usize = 120;

/// One simulated organisation.
pub(super) struct Life {
    pub(super) scene: Arc<Scene>,
    pub(super) nodes: Nodes,
    pub(super) random: Random,
    rates: Rates,
    process: String,
    definitions: BTreeMap<String, Definition>,
    /// Requests that are on their way.
    pub(super) under_way: Vec<(Timestamp, Request)>,
    pub(super) requests: u64,
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
        self.scene.told(|line| line.push_str(&told(&definition)));
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
        Some(acts::about(&mut self.random, &sight, number))
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
                self.scene.told(|line| {
                    line.push_str("a new version is published: ");
                    line.push_str(&told(&new));
                });
                self.definitions.insert(version.hash.clone(), new);
                now(self.scene.store.publish_version(version));
            }
            1 | 2 => {
                let Some(case) = self.any_case() else { return };
                let to = self.scene.store.look(|tables| tables.current.get(&self.process).cloned());
                let Some(to) = to else { return };
                self.send(Request { by, what: What::Migrate { case: case.id.clone(), to }, key });
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

    fn any_node(&mut self) -> usize {
        self.random.below(self.nodes.count())
    }

    fn any_case(&mut self) -> Option<Arc<Case>> {
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
            drawn.and_then(|id| tables.cases.get(id)).map(|kept| Arc::clone(&kept.case))
        })
    }

    pub(super) fn definition_of(&self, case: &Case) -> Option<Definition> {
        let base = self.definitions.get(&case.version)?;
        Some(with_additions(base, case).unwrap_or_else(|| base.clone()))
    }

    fn current(&self) -> Option<Definition> {
        let hash = self.scene.store.look(|tables| tables.current.get(&self.process).cloned())?;
        self.definitions.get(&hash).cloned()
    }

    pub(super) fn is_broken(&self) -> bool {
        self.scene.state().broken.is_some()
    }

    pub(super) fn scene(&self) -> &Scene {
        &self.scene
    }
}

/// A text for whoever looks into a seed.
fn told(definition: &Definition) -> String {
    serde_json::to_string(&definition.stages).unwrap_or_default()
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
pub(super) fn now<T>(answer: crate::store::Answer<'_, T>) {
    let mut answer = answer;
    let _ = answer.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
}

//! The search for the shortest way to an unsigned effect.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    format,
    vec::Vec,
};
use core::cell::RefCell;

use super::{
    Effect,
    follow::Follows,
    lists::{Counted, lists},
    machine::{Goal, Machine, Next, Picks},
    net::{Net, Number},
    told::{Happens, Told},
    values::{Domain, Now, deciding},
    writes::{labelled, written},
};
use crate::{
    decide::{fills, has_open_addition},
    definition::{FieldKind, FieldSource, MessageStep, Path, Step, Who},
    value::{FieldName, Value, Values},
};

/// The most states of a case that the proof of one effect looks at.
pub const STATES_MAX: usize = 15_000;

/// The most ways from one state to another that are looked at.
const WAYS_MAX: usize = 10 * STATES_MAX;

/// What the search came to.
pub(crate) enum Found {
    /// There is no way.
    NoWay,
    /// There is this one.
    Way { steps: Vec<Told>, certain: bool },
    /// There are too many states.
    TooMuch,
}

/// Searches for a way on which an effect leaves unsigned.
///
/// First without looking at data, which is quick and settles most; then with the data that choices ask for, and
/// last with a count of returns, where the way depends on the last one.
pub(crate) fn search(net: &Net<'_>, effect: &Effect, now: Now<'_>) -> Found {
    let coarse = machine(net, effect, Domain::nothing(), (false, false), now);
    if matches!(walk(&coarse, now), Found::NoWay) {
        return Found::NoWay;
    }
    let guards = deciding(net.definition);
    let mut also: Vec<FieldName> = coarse.goal.address.iter().cloned().collect();
    also.extend(forgotten(net, effect));
    let domain = || Domain::of(net.definition, &guards, &also, &effect.sends, now);
    let quick = walk(&machine(net, effect, domain(), (true, false), now), now);
    let gives_up = |steps: &[Told]| {
        let at = |told: &Told| net.number(&told.path).map(|number| net.node(number).step);
        steps.iter().any(|told| matches!(at(told), Some(Step::Return { .. })))
    };
    match quick {
        Found::Way { steps, certain } if !certain || gives_up(&steps) => {
            // Only now it matters how often the text allows a return.
            let certain = certain && !gives_up(&steps);
            match walk(&machine(net, effect, domain(), (true, true), now), now) {
                Found::TooMuch => Found::Way { steps, certain },
                settled => settled,
            }
        }
        settled => settled,
    }
}

/// Fields that are sent and that may be emptied on the way, so that it matters whether they have a value.
fn forgotten(net: &Net<'_>, effect: &Effect) -> Vec<FieldName> {
    let mut emptied: Vec<&FieldName> = Vec::new();
    for node in &net.nodes {
        let around = (2..node.path.0.len()).step_by(2).map(|length| Path(node.path.0[..length].to_vec()));
        let in_list = around.into_iter().any(|outer| matches!(net.definition.step(&outer), Some(Step::Each { .. })));
        if in_list || matches!(node.step, Step::LookUp(_)) {
            emptied.extend(fills(node.step));
        }
    }
    let is_emptied = |name: &&FieldName| {
        let read = net.definition.field(name).is_some_and(|field| matches!(field.source, FieldSource::Document { .. }));
        read || emptied.contains(name)
    };
    effect.sends.iter().filter(is_emptied).cloned().collect()
}

fn machine<'a>(
    net: &'a Net<'a>,
    effect: &Effect,
    domain: Domain,
    (precise, counts): (bool, bool),
    now: Now<'_>,
) -> Machine<'a> {
    let address = match net.definition.step(&effect.path) {
        Some(Step::Message(MessageStep { to: Who::Party { party }, .. })) => {
            net.definition.parties.iter().find(|one| one.name == *party).map(|party| party.email.clone())
        }
        _ => None,
    };
    let goal = Goal {
        at: net.number(&effect.path).unwrap_or_default(),
        sends: effect.sends.clone(),
        signer: effect.signer.clone(),
        accepts: effect.approvals.iter().filter_map(|path| net.number(path)).collect(),
        address,
    };
    let answers = RefCell::new(BTreeMap::new());
    let (labelled, lists) = (labelled(net.definition), lists(net.definition));
    let held = now.case.is_some_and(has_open_addition);
    let follows = if now.follows { Follows::of(net) } else { Follows::default() };
    Machine { net, goal, domain, precise, counts, labelled, lists, held, follows, answers }
}

/// One thing that happened on the way to a state, and the state before.
struct Record {
    before: usize,
    happens: Option<(Number, Happens)>,
    picks: Picks,
    counted: Option<Counted>,
    untouched: Vec<FieldName>,
}

impl Record {
    fn new(before: usize, next: Next) -> Self {
        Self { before, happens: next.happens, picks: next.picks, counted: next.counted, untouched: next.untouched }
    }
}

fn walk(machine: &Machine<'_>, now: Now<'_>) -> Found {
    let first = now.case.map_or_else(|| machine.opened(), |case| machine.placed(case));
    let Some(first) = first else { return Found::NoWay };
    let mut records = alloc::vec![Record::new(0, Next::silent(None))];
    let (mut certain, mut doubted) = (BTreeSet::from([first.key()]), BTreeSet::new());
    let mut queue = VecDeque::from([(first, 0)]);
    let mut ways = 0;
    let mut uncertain = None;
    while let Some((state, number)) = queue.pop_front() {
        for mut next in machine.next(&state) {
            ways += 1;
            if ways > WAYS_MAX {
                return uncertain.unwrap_or(Found::TooMuch);
            }
            let loose = machine.precise && (next.loose || state.loose);
            if next.leaves_unsigned {
                records.push(Record::new(number, next));
                match tell(machine, &records, now.case.is_none()) {
                    Found::Way { steps, certain } if loose || !certain => {
                        records.pop();
                        uncertain.get_or_insert(Found::Way { steps, certain: false });
                    }
                    found => return found,
                }
                continue;
            }
            let Some(mut state) = next.state.take() else { continue };
            state.loose = machine.precise && (state.loose || loose);
            machine.tidy(&mut state);
            let key = state.key();
            // What is reached for certain need not be reached once more in another way.
            if certain.contains(&key) || (state.loose && doubted.contains(&key)) {
                continue;
            }
            if certain.len() + doubted.len() >= STATES_MAX {
                return uncertain.unwrap_or(Found::TooMuch);
            }
            if state.loose {
                doubted.insert(key)
            } else {
                certain.insert(key)
            };
            records.push(Record::new(number, next));
            queue.push_back((state, records.len() - 1));
        }
    }
    uncertain.unwrap_or(Found::NoWay)
}

/// The way to the last record, with the values that it needs put where they are written.
fn tell(machine: &Machine<'_>, records: &[Record], opened: bool) -> Found {
    let mut way = Vec::new();
    let mut number = records.len() - 1;
    while number != 0 {
        way.push(&records[number]);
        number = records[number].before;
    }
    way.reverse();
    let definition = machine.net.definition;
    let first = if opened { Happens::Opened } else { Happens::Placed };
    let mut steps = alloc::vec![told(Path::default(), first)];
    let mut writers: BTreeMap<FieldName, usize> = BTreeMap::new();
    if opened {
        writers.extend(definition.start_fields().map(|field| (field.name.clone(), 0)));
        steps[0].writes.extend(definition.start_fields().map(|field| field.name.clone()));
    }
    let mut certain = true;
    let mut lengths: BTreeMap<(usize, FieldName), u8> = BTreeMap::new();
    for record in way {
        for (field, value) in &record.picks {
            let followed = &machine.domain.fields[*field];
            let value = value.and_then(|value| followed.values.get(usize::from(value)));
            if let Some(writer) = writers.get(&followed.name) {
                certain &= settle(&mut steps[*writer], &followed.name, value);
            }
        }
        if let Some(Counted::AtLeast(list, items) | Counted::Exactly(list, items)) = record.counted
            && let Some(writer) = writers.get(&machine.lists[list])
        {
            let known = lengths.entry((*writer, machine.lists[list].clone())).or_insert(0);
            *known = items.max(*known);
        }
        if let Some((at, happens)) = record.happens {
            let node = machine.net.node(at);
            let mut step = told(node.path.clone(), happens);
            step.leaves_out.clone_from(&record.untouched);
            let writes = written(definition, node.step, happens).into_iter();
            step.writes = writes.filter(|name| !record.untouched.contains(name)).cloned().collect();
            writers.extend(step.writes.iter().map(|name| (name.clone(), steps.len())));
            steps.push(step);
        }
    }
    for ((writer, list), items) in lengths {
        let value = items_of(definition.field(&list).map(|field| &field.kind), items);
        certain &= settle(&mut steps[writer], &list, Some(&value));
    }
    for step in &mut steps {
        let settled = |name: &FieldName| step.values.contains_key(name) || step.leaves_out.contains(name);
        let open: Vec<FieldName> = step.writes.iter().filter(|name| !settled(name)).cloned().collect();
        step.writes = open;
    }
    Found::Way { steps, certain }
}

/// A list of so many items that all differ.
fn items_of(kind: Option<&FieldKind>, items: u8) -> Value {
    let item = |number: u8| match kind {
        Some(FieldKind::List { of }) if **of == FieldKind::Number => Value::Number { number: i64::from(number) },
        _ => Value::text(format!("item {number}")),
    };
    Value::List { items: (1..=items).map(item).collect() }
}

/// Puts a value where it is written; `false` when another one was put there before.
fn settle(step: &mut Told, name: &FieldName, value: Option<&crate::value::Value>) -> bool {
    let before = step.values.get(name);
    match value {
        Some(value) => {
            let same = before.is_none_or(|before| before == value) && !step.leaves_out.contains(name);
            step.values.insert(name.clone(), value.clone());
            same
        }
        None => {
            let same = before.is_none();
            step.leaves_out.push(name.clone());
            same
        }
    }
}

const fn told(path: Path, what: Happens) -> Told {
    Told { path, what, values: Values::new(), writes: Vec::new(), leaves_out: Vec::new() }
}

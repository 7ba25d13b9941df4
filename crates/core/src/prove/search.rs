//! The search for the shortest way to an unsigned effect.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};
use core::cell::RefCell;

use super::{
    Effect,
    events::{labelled, written},
    machine::{Goal, Machine, Picks},
    net::{Goto, Net, Number},
    state::{Known, Rest, Spot, State},
    told::{Happens, Told},
    values::{Domain, deciding},
};
use crate::{
    case::{Case, CheckResult, SignOff, Waiting},
    definition::{MessageStep, Path, Step, Who},
    value::{FieldName, Values},
};

/// The most states of a case that the proof of one effect looks at.
pub const STATES_MAX: usize = 15_000;

/// The most ways from one state to another that are looked at.
const WAYS_MAX: usize = 10 * STATES_MAX;

/// Where the search begins.
pub(crate) enum Start<'a> {
    /// Where a case is opened.
    Opened,
    /// Where this case stands.
    Case(&'a Case),
}

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
pub(crate) fn search(net: &Net<'_>, effect: &Effect, start: &Start<'_>) -> Found {
    let coarse = machine(net, effect, Domain::nothing(), (false, false));
    if matches!(walk(&coarse, start), Found::NoWay) {
        return Found::NoWay;
    }
    let guards = deciding(net.definition);
    let address: Vec<FieldName> = coarse.goal.address.iter().cloned().collect();
    let domain = || Domain::of(net.definition, &guards, &address, &effect.sends);
    let quick = walk(&machine(net, effect, domain(), (true, false)), start);
    let gives_up = |steps: &[Told]| {
        let at = |told: &Told| net.number(&told.path).map(|number| net.node(number).step);
        steps.iter().any(|told| matches!(at(told), Some(Step::Return { .. })))
    };
    match quick {
        Found::Way { steps, .. } if gives_up(&steps) => {
            // Only now it matters how often the text allows a return.
            match walk(&machine(net, effect, domain(), (true, true)), start) {
                Found::TooMuch => Found::Way { steps, certain: false },
                settled => settled,
            }
        }
        settled => settled,
    }
}

fn machine<'a>(net: &'a Net<'a>, effect: &Effect, domain: Domain, (precise, counts): (bool, bool)) -> Machine<'a> {
    let address = match net.definition.step(&effect.path) {
        Some(Step::Message(MessageStep { to: Who::Party { party }, .. })) => {
            net.definition.parties.iter().find(|one| one.name == *party).map(|party| party.email.clone())
        }
        _ => None,
    };
    let goal = Goal {
        at: net.number(&effect.path).unwrap_or_default(),
        sends: effect.sends.clone(),
        accepts: effect.approvals.iter().filter_map(|path| net.number(path)).collect(),
        address,
    };
    let answers = RefCell::new(BTreeMap::new());
    Machine { net, goal, domain, precise, counts, labelled: labelled(net.definition), answers }
}

/// One thing that happened on the way to a state, and the state before.
struct Record {
    before: usize,
    happens: Option<(Number, Happens)>,
    picks: Picks,
    untouched: Vec<FieldName>,
    loose: bool,
}

fn walk(machine: &Machine<'_>, start: &Start<'_>) -> Found {
    let first = match start {
        Start::Opened => machine.opened(),
        Start::Case(case) => placed(machine, case),
    };
    let Some(first) = first else { return Found::NoWay };
    let mut records =
        alloc::vec![Record { before: 0, happens: None, picks: Vec::new(), untouched: Vec::new(), loose: false }];
    let mut seen = BTreeSet::from([first.key()]);
    let mut queue = VecDeque::from([(first, 0)]);
    let mut ways = 0;
    while let Some((state, number)) = queue.pop_front() {
        for next in machine.next(&state) {
            ways += 1;
            if ways > WAYS_MAX {
                return Found::TooMuch;
            }
            let unsigned = next.leaves_unsigned;
            let fresh = next.state.map(|state| (state.key(), state)).filter(|(key, _)| !seen.contains(key));
            if !unsigned && fresh.is_none() {
                continue;
            }
            records.push(Record {
                before: number,
                happens: next.happens,
                picks: next.picks,
                untouched: next.untouched,
                loose: next.loose,
            });
            if unsigned {
                return tell(machine, &records, matches!(start, Start::Opened));
            }
            if let Some((key, state)) = fresh {
                if seen.len() >= STATES_MAX {
                    return Found::TooMuch;
                }
                seen.insert(key);
                queue.push_back((state, records.len() - 1));
            }
        }
    }
    Found::NoWay
}

/// The state of a case that is put at the places where it stands.
fn placed(machine: &Machine<'_>, case: &Case) -> Option<State> {
    let net = machine.net;
    let mut state = State::new();
    state.known = machine.domain.fields.iter().map(|_| Known::Maybe).collect();
    for cursor in &case.cursors {
        let Goto::To(at) = net.place(&cursor.path) else { continue };
        let rest = if cursor.waiting == Waiting::Tracks { Rest::Tracks } else { Rest::Ready };
        state.spots.push(Spot { at, rest });
    }
    for (path, finding) in &case.findings {
        if machine.precise && finding.result == CheckResult::Failed {
            state.failed.extend(net.number(path));
        }
    }
    for (path, visits) in case.visits.iter().filter(|_| machine.precise) {
        if let Some(number) = net.number(path).filter(|number| matches!(net.node(*number).step, Step::Return { .. })) {
            state.returns.insert(number, u16::try_from(*visits).unwrap_or(u16::MAX));
        }
    }
    let standing = case.sign_offs.iter().filter(|one| stands(machine, case, one));
    state.signed = standing.map(|sign_off| sign_off.path.stage_index()).min();
    (!state.spots.is_empty()).then_some(state)
}

/// Whether a sign-off of the case would release the effect, for the data as they are.
fn stands(machine: &Machine<'_>, case: &Case, sign_off: &SignOff) -> bool {
    let accepted = machine.net.number(&sign_off.path).is_some_and(|number| machine.goal.accepts.contains(&number));
    let fresh =
        |field: &FieldName| sign_off.covers.get(field).is_some_and(|covered| *covered == case.field_digest(field));
    accepted && sign_off.voided.is_none() && machine.goal.sends.iter().all(fresh)
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
    for record in way {
        certain &= !record.loose;
        for (field, value) in &record.picks {
            let followed = &machine.domain.fields[*field];
            let value = value.and_then(|value| followed.values.get(usize::from(value)));
            if let Some(writer) = writers.get(&followed.name) {
                certain &= settle(&mut steps[*writer], &followed.name, value);
            }
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
    for step in &mut steps {
        let settled = |name: &FieldName| step.values.contains_key(name) || step.leaves_out.contains(name);
        let open: Vec<FieldName> = step.writes.iter().filter(|name| !settled(name)).cloned().collect();
        step.writes = open;
    }
    Found::Way { steps, certain }
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

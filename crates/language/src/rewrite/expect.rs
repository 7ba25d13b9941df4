//! What must come out of a change: the definition changed, with what holds by default following along.

use countersign_core::{
    definition::{AgentWork, Definition, Escalation, HumanStep, HumanVerb, Path, Step, WaitUntil, Who},
    time::Span,
    value::FieldName,
};

use crate::{check, defaults};

/// Stands for a list of fields that no sentence names.
const OPEN: &str = "\u{0}";

/// Changes a definition; lists of fields and escalations that hold by default are found anew behind it.
pub(super) fn settle(definition: &mut Definition, change: impl FnOnce(&mut Definition)) {
    let before = definition.clone();
    each(definition, &mut |path, step| mark(&before, path, step));
    change(definition);
    let after = definition.clone();
    each(definition, &mut |path, step| fill(&after, path, step));
}

/// Whether two definitions have the same steps, whatever follows from the steps before each.
pub(super) fn alike(one: &Definition, other: &Definition) -> bool {
    let plain = |definition: &Definition| {
        let mut plain = definition.clone();
        each(&mut plain, &mut |path, step| {
            mark(definition, path, step);
            // What is shown or sent follows from the steps before it; no change here names it.
            if let Some(list) = open_list(step) {
                *list = Vec::new();
            }
        });
        plain.stages
    };
    plain(one) == plain(other)
}

/// The block that holds the step at `path`, and the step's place in it; also where no step stands yet.
pub(super) fn block<'a>(definition: &'a Definition, path: &Path) -> Option<(&'a [Step], usize)> {
    definition.block(path)
}

/// The block that holds the step at `path`, to be changed.
pub(super) fn block_mut<'a>(definition: &'a mut Definition, path: &Path) -> Option<&'a mut Vec<Step>> {
    let (stage, rest) = path.0.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut block = &mut definition.stages.get_mut(usize::from(*stage))?.steps;
    let mut place = usize::from(*first);
    while let [inner, step, tail @ ..] = rest {
        block = inner_block(block.get_mut(place)?, usize::from(*inner))?;
        place = usize::from(*step);
        rest = tail;
    }
    Some(block)
}

/// The block inside a step, numbered as [`Step::blocks`] does.
fn inner_block(step: &mut Step, number: usize) -> Option<&mut Vec<Step>> {
    match step {
        Step::Human(human) => (number == 0).then_some(&mut human.on_rejected),
        Step::Choice { branches, otherwise } => match branches.get_mut(number) {
            Some(branch) => Some(&mut branch.steps),
            None => Some(otherwise),
        },
        Step::Parallel { tracks, .. } => tracks.get_mut(number).map(|track| &mut track.steps),
        Step::Each { steps, .. } => (number == 0).then_some(steps),
        Step::System(call) => (number == 0).then_some(&mut call.failure),
        Step::LookUp(look) => (number == 0).then_some(&mut look.failure),
        _ => None,
    }
}

/// Everybody whom a step can name: the roles in the order of the text, then whoever the case names.
pub(super) fn people_of(definition: &Definition) -> Vec<Who> {
    let mut all: Vec<Who> = Vec::new();
    let roles = std::iter::once(definition.accountable.clone()).chain(check::roles(definition));
    for role in roles {
        let who = Who::Role { role };
        if !all.contains(&who) {
            all.push(who);
        }
    }
    all.extend([Who::Requester, Who::ManagerOfRequester]);
    all.extend(definition.parties.iter().map(|party| Who::Party { party: party.name.clone() }));
    all
}

/// Names somebody else for a step; returns who it was.
pub(super) fn set_who(definition: &mut Definition, path: &Path, who: &Who) -> Option<Who> {
    let place = usize::from(*path.0.last()?);
    let slot = match block_mut(definition, path)?.get_mut(place)? {
        Step::Human(human) => &mut human.who,
        Step::Agent(agent) => &mut agent.on_unsure,
        Step::System(call) if call.failure.is_empty() => &mut call.on_failure,
        Step::LookUp(look) if look.failure.is_empty() => &mut look.on_failure,
        Step::HandOver { who, .. } | Step::Wait { until: WaitUntil::Look { who, .. } } => who,
        Step::Message(message) => &mut message.to,
        Step::Return { then, .. } => then,
        Step::Wait { until: WaitUntil::Message { otherwise, .. } } => otherwise,
        _ => return None,
    };
    Some(std::mem::replace(slot, who.clone()))
}

/// Gives a step another time; returns what it was.
pub(super) fn set_due(definition: &mut Definition, path: &Path, span: Span) -> Option<Span> {
    let place = usize::from(*path.0.last()?);
    let slot = match block_mut(definition, path)?.get_mut(place)? {
        Step::Human(human) => &mut human.due,
        Step::Agent(agent) => &mut agent.due,
        Step::System(call) => &mut call.answer_within,
        Step::LookUp(look) => &mut look.answer_within,
        Step::HandOver { due, .. } => due,
        Step::Wait { until: WaitUntil::Look { every, .. } } => every,
        Step::Wait { until: WaitUntil::Passed { span } | WaitUntil::Message { within: span, .. } } => span,
        _ => return None,
    };
    Some(std::mem::replace(slot, span))
}

/// Calls `visit` with every step to be changed, and its path.
fn each(definition: &mut Definition, visit: &mut dyn FnMut(&Path, &mut Step)) {
    let mut paths = Vec::new();
    definition.walk(&mut |path, _| paths.push(path.clone()));
    for path in paths {
        let place = path.0.last().copied().map_or(0, usize::from);
        if let Some(step) = block_mut(definition, &path).and_then(|block| block.get_mut(place)) {
            visit(&path, step);
        }
    }
}

/// The list of fields of a step that may follow from the steps before it.
fn open_list(step: &mut Step) -> Option<&mut Vec<FieldName>> {
    match step {
        Step::Human(human) if matches!(human.verb, HumanVerb::Approve | HumanVerb::Review) => Some(&mut human.fields),
        Step::System(call) => Some(&mut call.payload),
        Step::Agent(agent) => match &mut agent.work {
            AgentWork::Classify { subject, .. } => Some(subject),
            _ => None,
        },
        _ => None,
    }
}

fn by_default(definition: &Definition, path: &Path, step: &Step) -> Vec<FieldName> {
    let reach = defaults::Reach::of(definition);
    match step {
        Step::Human(_) => reach.shown(path),
        Step::System(_) => reach.payload(path),
        _ => reach.subject(path),
    }
}

/// Marks what holds by default.
fn mark(definition: &Definition, path: &Path, step: &mut Step) {
    let default = by_default(definition, path, step);
    if let Some(list) = open_list(step).filter(|list| **list == default) {
        *list = vec![String::from(OPEN)];
    }
    if let Step::Human(human) = step
        && human.escalations == escalations(definition, human)
    {
        human.escalations = vec![marker()];
    }
}

/// Fills in what was marked.
fn fill(definition: &Definition, path: &Path, step: &mut Step) {
    let default = by_default(definition, path, step);
    if let Some(list) = open_list(step).filter(|list| list.iter().eq([OPEN])) {
        *list = default;
    }
    if let Step::Human(human) = step
        && human.escalations == [marker()]
    {
        human.escalations = escalations(definition, human);
    }
}

/// Stands for the escalation that holds by default; no text can say it.
const fn marker() -> Escalation {
    Escalation { after: Span::Minutes(0), to: Who::Approver }
}

fn escalations(definition: &Definition, human: &HumanStep) -> Vec<Escalation> {
    let answers = human.accountable.clone().unwrap_or_else(|| Who::Role { role: definition.accountable.clone() });
    defaults::escalations(&human.who, human.due, &answers)
}

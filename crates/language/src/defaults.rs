//! What holds when no sentence says otherwise. The renderer leaves out exactly this.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{Definition, Escalation, Field, FieldKind, FieldSource, Path, Step, Who},
    time::Span,
    value::FieldName,
};

use countersign_core::definition::AgentWork;

/// How long a person has.
pub(crate) const DUE: Span = Span::WorkingDays(2);
/// How often a person is reminded.
pub(crate) const REMIND: Span = Span::WorkingDays(1);
/// How long another system may take to answer.
pub(crate) const ANSWER: Span = Span::Hours(1);
/// How often a case may return to a stage.
pub(crate) const RETURNS: u16 = 3;

/// Whoever is accountable gets the right to decide after twice the time, unless it has it already.
pub(crate) fn escalations(who: &Who, due: Span, accountable: &Who) -> Vec<Escalation> {
    if who == accountable {
        return Vec::new();
    }
    let to = accountable.clone();
    let after = match due {
        Span::Minutes(count) => Span::Minutes(count.saturating_mul(2)),
        Span::Hours(count) => Span::Hours(count.saturating_mul(2)),
        Span::Days(count) => Span::Days(count.saturating_mul(2)),
        Span::WorkingDays(count) => Span::WorkingDays(count.saturating_mul(2)),
    };
    vec![Escalation { after, to }]
}

/// What may be filled before each step, found in one walk over a definition.
pub(crate) struct Reach<'a> {
    definition: &'a Definition,
    /// By the step's path: which of the definition's fields, one bit each.
    before: BTreeMap<Path, Fields>,
}

/// Some of the fields of a definition, one bit each.
type Fields = Vec<u64>;

impl<'a> Reach<'a> {
    /// What may be filled before each step of a definition.
    pub(crate) fn of(definition: &'a Definition) -> Self {
        let places: BTreeMap<&str, usize> =
            definition.fields.iter().enumerate().map(|(place, field)| (field.name.as_str(), place)).collect();
        let mut walk = Walk { places, before: BTreeMap::new() };
        let mut filled = vec![0; definition.fields.len().div_ceil(64)];
        walk.fill(&mut filled, definition.start_fields().map(|field| field.name.as_str()));
        for (index, stage) in definition.stages.iter().enumerate() {
            walk.block(&stage.steps, &Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]), &mut filled);
        }
        Self { definition, before: walk.before }
    }

    /// What is put before somebody who approves or reviews: everything that may be known by then.
    pub(crate) fn shown(&self, path: &Path) -> Vec<FieldName> {
        self.known(path, &|_| true)
    }

    /// What is sent to another system: everything that forms asked for by then, except documents.
    pub(crate) fn payload(&self, path: &Path) -> Vec<FieldName> {
        self.known(path, &|field| matches!(field.source, FieldSource::Form { .. }) && field.kind != FieldKind::Document)
    }

    /// What is classified: every text that forms asked for by then.
    pub(crate) fn subject(&self, path: &Path) -> Vec<FieldName> {
        self.known(path, &|field| matches!(field.source, FieldSource::Form { .. }) && field.kind == FieldKind::Text)
    }

    /// The fields that steps before this one may have filled, in the order of the definition.
    fn known(&self, path: &Path, keep: &dyn Fn(&Field) -> bool) -> Vec<FieldName> {
        let Some(filled) = self.before.get(path) else { return Vec::new() };
        let known = self.definition.fields.iter().enumerate().filter(|(place, _)| has(filled, *place));
        known.filter(|(_, field)| keep(field)).map(|(_, field)| field.name.clone()).collect()
    }
}

fn has(fields: &Fields, place: usize) -> bool {
    fields.get(place / 64).is_some_and(|bits| bits & (1 << (place % 64)) != 0)
}

struct Walk<'a> {
    places: BTreeMap<&'a str, usize>,
    before: BTreeMap<Path, Fields>,
}

impl Walk<'_> {
    fn fill<'n>(&self, filled: &mut Fields, names: impl IntoIterator<Item = &'n str>) {
        for place in names.into_iter().filter_map(|name| self.places.get(name)) {
            if let Some(bits) = filled.get_mut(place / 64) {
                *bits |= 1 << (place % 64);
            }
        }
    }

    /// Goes through a block; what its steps and those inside them fill is filled behind it.
    fn block(&mut self, steps: &[Step], parent: &Path, filled: &mut Fields) {
        for (index, step) in steps.iter().enumerate() {
            let path = parent.child(u16::try_from(index).unwrap_or(u16::MAX));
            let before = filled.clone();
            self.fill(filled, writes(step));
            for (number, inner) in step.blocks().into_iter().enumerate() {
                // The steps inside see what was filled before this step, and the item of a list.
                let mut inside = before.clone();
                if let Step::Each { item, .. } = step {
                    self.fill(&mut inside, [item.as_str()]);
                }
                self.block(inner, &path.child(u16::try_from(number).unwrap_or(u16::MAX)), &mut inside);
                filled.iter_mut().zip(&inside).for_each(|(all, some)| *all |= some);
            }
            self.before.insert(path, before);
        }
    }
}

/// The fields that a step itself fills.
pub(crate) fn writes(step: &Step) -> Vec<&str> {
    use countersign_core::definition::HumanVerb::{Do, Provide};
    match step {
        Step::Agent(agent) => match &agent.work {
            AgentWork::Extract { fields, .. } => fields.iter().map(String::as_str).collect(),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } | AgentWork::Draft { field, .. } => {
                vec![field.as_str()]
            }
            AgentWork::Judge { .. } | AgentWork::Prepare { .. } => Vec::new(),
        },
        Step::LookUp(look) => look.fields.iter().map(String::as_str).collect(),
        Step::Each { item, .. } => vec![item.as_str()],
        Step::Human(human) if matches!(human.verb, Provide | Do) => human.fields.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

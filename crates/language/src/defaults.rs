//! What holds when no sentence says otherwise. The renderer leaves out exactly this.

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

/// What is put before somebody who approves or reviews: everything that may be known by then.
pub(crate) fn shown(definition: &Definition, path: &Path) -> Vec<FieldName> {
    known(definition, path, &|_| true)
}

/// What is sent to another system: everything that forms asked for by then, except documents.
pub(crate) fn payload(definition: &Definition, path: &Path) -> Vec<FieldName> {
    known(definition, path, &|field| {
        matches!(field.source, FieldSource::Form { .. }) && field.kind != FieldKind::Document
    })
}

/// What is classified: every text that forms asked for by then.
pub(crate) fn subject(definition: &Definition, path: &Path) -> Vec<FieldName> {
    known(definition, path, &|field| matches!(field.source, FieldSource::Form { .. }) && field.kind == FieldKind::Text)
}

/// The fields that steps before this one may have filled, in the order of the definition.
fn known(definition: &Definition, path: &Path, keep: &dyn Fn(&Field) -> bool) -> Vec<FieldName> {
    let mut filled: Vec<&str> = definition.start_fields().map(|field| field.name.as_str()).collect();
    for stage in definition.stages.iter().take(path.stage_index()) {
        stage.steps.iter().for_each(|step| fills(step, &mut filled));
    }
    let mut place = Some(path.clone());
    while let Some(at) = place {
        if let Some((block, index)) = definition.block(&at) {
            block.iter().take(index).for_each(|step| fills(step, &mut filled));
        }
        place = at.parent();
        if let Some(Step::Each { item, .. }) = place.as_ref().and_then(|outer| definition.step(outer)) {
            filled.push(item.as_str());
        }
    }
    let known = definition.fields.iter().filter(|field| filled.contains(&field.name.as_str()));
    known.filter(|field| keep(field)).map(|field| field.name.clone()).collect()
}

/// The fields that a step and the steps inside it fill.
fn fills<'a>(step: &'a Step, filled: &mut Vec<&'a str>) {
    filled.extend(writes(step));
    for block in step.blocks() {
        block.iter().for_each(|step| fills(step, filled));
    }
}

/// The fields that a step itself fills.
pub(crate) fn writes(step: &Step) -> Vec<&str> {
    use countersign_core::definition::HumanVerb::{Do, Provide};
    match step {
        Step::Agent(agent) => match &agent.work {
            AgentWork::Extract { fields, .. } => fields.iter().map(String::as_str).collect(),
            AgentWork::Classify { field, .. } | AgentWork::Score { field, .. } => vec![field.as_str()],
            AgentWork::Judge { .. } | AgentWork::Prepare { .. } => Vec::new(),
        },
        Step::LookUp(look) => look.fields.iter().map(String::as_str).collect(),
        Step::Each { item, .. } => vec![item.as_str()],
        Step::Human(human) if matches!(human.verb, Provide | Do) => human.fields.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

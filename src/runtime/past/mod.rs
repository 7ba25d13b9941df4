//! Past decisions are imported from a table, and a new version of an agent is asked again what people have decided, so
//! that it need not begin without labels.

mod again;
mod import;
pub mod table;

use countersign_core::{
    definition::{AgentStep, AgentWork, Definition, Field, FieldKind, Path, Step},
    form::FieldFault,
    value::{FieldName, Value},
};
use serde::Serialize;

use super::{
    Problem,
    labelling::{Said, matter},
};

pub(super) use self::import::choices;
pub use self::{
    again::Scored,
    import::{DecidingAgent, Preview, UnderstoodRow},
};

/// The name of the column that holds the right answer.
pub const ANSWER: &str = "answer";
/// What says in a table that a criterion holds.
const HOLDS: &[&str] = &["yes", "true", "holds", "pass", "passed"];
/// What says that it does not.
const DOES_NOT_HOLD: &[&str] = &["no", "false", "does not hold", "fail", "failed"];
/// The most rows that are told to be wrong, one by one.
const REFUSED_TOLD_MAX: usize = 50;

/// What became of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Rows that were taken.
    pub taken: u64,
    /// Rows that were not: the first of them, with their line and why.
    pub refused: Vec<(usize, String)>,
    /// How many were not in all.
    pub refused_in_all: u64,
}

/// A step that decides something, and what it looks at.
pub(super) struct Deciding<'a> {
    pub(super) path: Path,
    pub(super) step: &'a AgentStep,
    /// The field that it fills; `None` where it judges a criterion.
    pub(super) field: Option<&'a FieldName>,
    pub(super) subject: Vec<&'a FieldName>,
}

impl Deciding<'_> {
    /// What is decided, wherever the text says it.
    pub(super) fn matter(&self) -> String {
        matter(&self.step.work, &self.path)
    }
}

pub(super) fn fault(field: &str, message: String) -> Problem {
    Problem::Faults(vec![FieldFault { field: field.to_owned(), message }])
}

/// The steps whose answers have a score and choose a way, in the order of the text.
pub(super) fn deciding_steps(definition: &Definition) -> Vec<Deciding<'_>> {
    let mut deciding = Vec::new();
    definition.walk(&mut |path, found| {
        let Step::Agent(step) = found else { return };
        let (field, subject) = match &step.work {
            AgentWork::Classify { field, subject } | AgentWork::Score { field, subject, .. } => (Some(field), subject),
            AgentWork::Judge { subject, .. } => (None, subject),
            AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => return,
        };
        // Where the text names no field, it looks at all that everybody may see.
        let open = || {
            definition.fields.iter().filter(|field| !definition.visibility.iter().any(|one| one.covers(&field.name)))
        };
        let subject = match (field, subject.is_empty()) {
            (None, true) => open().map(|field| &field.name).collect(),
            _ => subject.iter().collect(),
        };
        deciding.push(Deciding { path: path.clone(), step, field, subject });
    });
    deciding
}

/// The step of this name: the field that it decides, or its place in the text.
pub(super) fn deciding_step<'a>(definition: &'a Definition, name: &str) -> Result<Deciding<'a>, String> {
    let all = deciding_steps(definition);
    let known: Vec<String> = all.iter().map(|one| called(definition, one)).collect();
    let known = if known.is_empty() {
        format!("no agent in {} chooses a word, gives a mark or judges", definition.title)
    } else {
        format!("{} has agents that decide: {}", definition.title, known.join(", "))
    };
    let fits = |one: &Deciding<'_>| is_about(definition, one, name) || one.path.to_string() == name.trim();
    all.into_iter().find(fits).ok_or_else(|| format!("no agent decides `{name}`; {known}"))
}

/// What a step decides, as people call it: its field, or the criterion.
pub(super) fn called(definition: &Definition, deciding: &Deciding<'_>) -> String {
    match (&deciding.step.work, deciding.field) {
        (_, Some(name)) => definition.field(name).map_or_else(|| name.clone(), |field| field.label.clone()),
        (AgentWork::Judge { criterion, .. }, None) => criterion.clone(),
        _ => deciding.path.to_string(),
    }
}

fn is_about(definition: &Definition, deciding: &Deciding<'_>, name: &str) -> bool {
    let criterion = called(definition, deciding).to_lowercase() == name.trim().to_lowercase();
    criterion || deciding.field.is_some_and(|field| is_called(definition, field, name))
}

fn is_called(definition: &Definition, field: &str, name: &str) -> bool {
    let plain = |words: &str| words.trim().to_lowercase().replace('_', " ");
    let label = definition.field(field).map(|field| plain(&field.label));
    plain(field) == plain(name) || label.is_some_and(|label| label == plain(name))
}

pub(super) fn is_document(definition: &Definition, name: &str) -> bool {
    definition.field(name).is_some_and(|field| field.kind == FieldKind::Document)
}

/// The answer as a person would give it, where it is one that can be given.
fn right_answer(definition: &Definition, deciding: &Deciding<'_>, answer: &str) -> Result<Said, String> {
    let answer = answer.trim();
    if answer.is_empty() {
        return Err("it does not say what was right".to_owned());
    }
    let scale = match &deciding.step.work {
        AgentWork::Score { scale, .. } => scale.as_slice(),
        AgentWork::Judge { .. } => {
            let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(answer));
            return match (is(HOLDS), is(DOES_NOT_HOLD)) {
                (true, _) => Ok(Said::Holds(true)),
                (_, true) => Ok(Said::Holds(false)),
                _ => Err(format!("`{answer}` says neither yes nor no")),
            };
        }
        AgentWork::Classify { .. }
        | AgentWork::Extract { .. }
        | AgentWork::Prepare { .. }
        | AgentWork::Draft { .. } => &[],
    };
    if !scale.is_empty() {
        let marks = || scale.iter().map(|one| one.mark);
        let on_scale = |mark: &i64| marks().min() <= Some(*mark) && Some(*mark) <= marks().max();
        let mark = answer.parse::<i64>().ok().filter(on_scale);
        let mark = mark.map(|number| Said::Value(Value::Number { number }));
        return mark.ok_or_else(|| format!("`{answer}` is no mark of the scale"));
    }
    let chosen = match deciding.field.and_then(|field| definition.field(field)) {
        Some(Field { kind: FieldKind::Choice { options }, .. }) => {
            let listed = options.iter().find(|option| option.eq_ignore_ascii_case(answer));
            listed.ok_or_else(|| format!("`{answer}` is none of the listed words: {}", options.join(", ")))?
        }
        Some(_) | None => answer,
    };
    Ok(Said::Value(Value::choice(chosen)))
}

//! Past decisions are imported from a table, and a new version of an agent is asked again what people have decided, so
//! that it need not begin without labels.

mod again;
pub mod table;

use std::collections::BTreeMap;

use countersign_core::{
    canonical::digest,
    definition::{AgentStep, AgentWork, Definition, Field, FieldKind, Path},
    event::Acting,
    form::FieldFault,
    value::FieldName,
};
use serde::Serialize;

use super::{
    Problem, Runtime,
    intake::{HandIn, take},
    labelling::steps_filling,
};
use crate::store::PastDecision;

pub use again::Scored;

/// The name of the column that holds the right answer.
pub const ANSWER: &str = "answer";
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
    pub(super) field: &'a FieldName,
    pub(super) subject: &'a [FieldName],
}

impl Runtime {
    /// Takes past decisions from a table: a column for each field that the agent looks at, and one named `answer` (or
    /// like the field that is decided) for what was right. Rows that cannot be read are refused, each with its line;
    /// the others are kept. The same table again changes nothing.
    ///
    /// The agents are asked about them by [`Runtime::score_again`].
    ///
    /// # Errors
    /// [`Problem::NotFound`] without such a process; [`Problem::Faults`], when the table or the step is none; a
    /// refusal, when this person may not publish the process, since such rows can let its agents decide alone.
    pub async fn import_decisions(
        &self,
        by: &Acting,
        (process, step): (&str, &str),
        text: &str,
    ) -> Result<Imported, Problem> {
        let definition = self.publishable_by(by, process).await?;
        let deciding = deciding_step(&definition, step).map_err(|why| fault("step", why))?;
        let table = table::read(text).map_err(|why| fault("table", why))?;
        let columns = columns(&definition, &deciding, &table.columns).map_err(|why| fault("table", why))?;
        let (mut rows, mut imported) = (BTreeMap::new(), Imported::default());
        let now = self.clock().now();
        for (line, cells) in table.rows {
            match row(&definition, &deciding, &columns, cells) {
                Ok((given, answer)) => {
                    // The same words decided twice the same way are two decisions.
                    let mut times = 0_u64;
                    let key = loop {
                        let key = format!("row/{}", digest(&(&given, &answer, times)));
                        if !rows.contains_key(&key) {
                            break key;
                        }
                        times += 1;
                    };
                    let (process, matter) = (process.to_owned(), deciding.field.clone());
                    let one = PastDecision {
                        process,
                        matter,
                        key: key.clone(),
                        given,
                        answer,
                        imported_by: by.id(),
                        at: now,
                    };
                    rows.insert(key, one);
                }
                Err(why) => {
                    imported.refused_in_all += 1;
                    if imported.refused.len() < REFUSED_TOLD_MAX {
                        imported.refused.push((line, why));
                    }
                }
            }
        }
        imported.taken = rows.len() as u64;
        let detail = format!("imported {} past decisions on `{}` of `{process}`", rows.len(), deciding.field);
        if !rows.is_empty() {
            self.store().put_past_decisions(rows.into_values().collect(), (&by.id(), &detail), now).await?;
        }
        Ok(imported)
    }

    /// Removes the imported decisions on what a step decides; labels that came of them stay. How many there were.
    ///
    /// # Errors
    /// As [`Runtime::import_decisions`].
    pub async fn forget_decisions(&self, by: &Acting, process: &str, step: &str) -> Result<u64, Problem> {
        let definition = self.publishable_by(by, process).await?;
        let deciding = deciding_step(&definition, step).map_err(|why| fault("step", why))?;
        let now = self.clock().now();
        Ok(self.store().forget_past_decisions((process, deciding.field), &by.id(), now).await?)
    }

    /// The current definition of a process, for somebody who may publish it.
    async fn publishable_by(&self, by: &Acting, process: &str) -> Result<std::sync::Arc<Definition>, Problem> {
        let none = || Problem::NotFound(format!("process {process}"));
        let version = self.store().current_hash(process).await?.ok_or_else(none)?;
        let definition = self.definition(&version).await?;
        self.may_publish(by, &definition, &version)?;
        Ok(definition)
    }
}

fn fault(field: &str, message: String) -> Problem {
    Problem::Faults(vec![FieldFault { field: field.to_owned(), message }])
}

/// The steps whose answers have a score and choose a way.
pub(super) fn deciding_steps(definition: &Definition) -> Vec<Deciding<'_>> {
    let fields = definition.fields.iter().map(|field| &field.name);
    let steps = fields.flat_map(|field| steps_filling(definition, field).into_iter().map(move |found| (field, found)));
    steps
        .filter_map(|(field, (path, step))| match &step.work {
            AgentWork::Classify { subject, .. } | AgentWork::Score { subject, .. } => {
                Some(Deciding { path, step, field, subject })
            }
            AgentWork::Judge { .. }
            | AgentWork::Extract { .. }
            | AgentWork::Prepare { .. }
            | AgentWork::Draft { .. } => None,
        })
        .collect()
}

/// The step of this name: the field that it decides, or its place in the text.
fn deciding_step<'a>(definition: &'a Definition, name: &str) -> Result<Deciding<'a>, String> {
    let all = deciding_steps(definition);
    let known: Vec<&str> = all.iter().map(|one| one.field.as_str()).collect();
    let known = if known.is_empty() {
        format!("no agent in {} chooses a word or gives a mark", definition.title)
    } else {
        format!("{} has agents that decide: {}", definition.title, known.join(", "))
    };
    let fits = |one: &Deciding<'_>| is_called(definition, one.field, name) || one.path.to_string() == name.trim();
    all.into_iter().find(fits).ok_or_else(|| format!("no agent decides `{name}`; {known}"))
}

fn is_called(definition: &Definition, field: &str, name: &str) -> bool {
    let plain = |words: &str| words.trim().to_lowercase().replace('_', " ");
    let label = definition.field(field).map(|field| plain(&field.label));
    plain(field) == plain(name) || label.is_some_and(|label| label == plain(name))
}

/// What stands in a column.
enum Column {
    Field(FieldName),
    Answer,
}

fn columns(definition: &Definition, deciding: &Deciding<'_>, names: &[String]) -> Result<Vec<Column>, String> {
    let wanted = deciding.subject.join(", ");
    let columns: Vec<Column> = names
        .iter()
        .map(|name| {
            if is_called(definition, deciding.field, name) || name.trim().eq_ignore_ascii_case(ANSWER) {
                return Ok(Column::Answer);
            }
            let field = definition.fields.iter().find(|field| is_called(definition, &field.name, name));
            field.map(|field| Column::Field(field.name.clone())).ok_or_else(|| {
                format!("no field of {} is called `{name}`; the agent looks at {wanted}", definition.title)
            })
        })
        .collect::<Result<_, String>>()?;
    let answers = columns.iter().filter(|column| matches!(column, Column::Answer)).count();
    if answers != 1 {
        return Err(format!("one column must be named `{ANSWER}` and hold what was right; {answers} are"));
    }
    let seen = |column: &Column| matches!(column, Column::Field(name) if deciding.subject.contains(name));
    if !columns.iter().any(seen) {
        return Err(format!("no column holds what the agent looks at: {wanted}"));
    }
    Ok(columns)
}

/// What a row gives and what was right; or why it cannot be taken.
fn row(
    definition: &Definition,
    deciding: &Deciding<'_>,
    columns: &[Column],
    cells: Vec<String>,
) -> Result<(BTreeMap<FieldName, String>, String), String> {
    if cells.len() != columns.len() {
        return Err(format!("it has {} cells; there are {} columns", cells.len(), columns.len()));
    }
    let (mut given, mut answer) = (BTreeMap::new(), String::new());
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::Answer => answer = cell,
            Column::Field(name) if !cell.is_empty() => drop(given.insert(name.clone(), cell)),
            Column::Field(_) => {}
        }
    }
    if !deciding.subject.iter().any(|name| given.contains_key(name)) {
        return Err("it holds nothing that the agent looks at".to_owned());
    }
    let words = given.iter().filter(|(name, _)| !is_document(definition, name));
    let hand_in = HandIn { words: words.map(|(name, words)| (name.clone(), words.clone())).collect(), uploads: vec![] };
    take(definition, hand_in).map_err(|faults| Problem::Faults(faults).to_string())?;
    Ok((given, right_answer(definition, deciding, &answer)?))
}

pub(super) fn is_document(definition: &Definition, name: &str) -> bool {
    definition.field(name).is_some_and(|field| field.kind == FieldKind::Document)
}

/// The answer as a person would give it, where it is one that can be given.
fn right_answer(definition: &Definition, deciding: &Deciding<'_>, answer: &str) -> Result<String, String> {
    if answer.is_empty() {
        return Err("it does not say what was right".to_owned());
    }
    if let AgentWork::Score { scale, .. } = &deciding.step.work {
        let marks = || scale.iter().map(|one| one.mark);
        let on_scale = |mark: &i64| marks().min() <= Some(*mark) && Some(*mark) <= marks().max();
        let mark = answer.parse::<i64>().ok().filter(on_scale);
        return mark.map(|mark| mark.to_string()).ok_or_else(|| format!("`{answer}` is no mark of the scale"));
    }
    match definition.field(deciding.field) {
        Some(Field { kind: FieldKind::Choice { options }, .. }) => {
            let listed = options.iter().find(|option| option.eq_ignore_ascii_case(answer));
            listed.cloned().ok_or_else(|| format!("`{answer}` is none of the listed words: {}", options.join(", ")))
        }
        Some(_) | None => Ok(answer.to_owned()),
    }
}

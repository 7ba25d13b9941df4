//! Past decisions come in from a table: what was understood of it is shown first, and then it is kept.

use std::{collections::BTreeMap, sync::Arc};

use countersign_core::{
    canonical::{Digest, digest},
    definition::{AgentWork, Definition, FieldKind},
    event::Acting,
    value::FieldName,
};

use super::{
    ANSWER, Deciding, Imported, REFUSED_TOLD_MAX, called, deciding_step, deciding_steps, fault, is_about, is_called,
    is_document, right_answer, table,
};
use crate::{
    runtime::{
        Problem, Runtime,
        autonomy::{Earned, doing},
        intake::{HandIn, take},
        labelling::Said,
    },
    store::{Limits, PastDecision},
};

/// So many rows of a table are shown as they were understood.
const PREVIEWED_MAX: usize = 10;
/// Of a longer scale the marks are not listed one by one.
const MARKS_LISTED_MAX: i64 = 20;

/// A step whose agent can earn that it decides alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingAgent {
    /// Its place in the text, by which it is named.
    pub step: String,
    /// What it does, such as `chooses the kind`.
    pub does: String,
    /// What it looks at, in the words of the text.
    pub looks_at: Vec<String>,
    /// What it can answer: words, marks, or yes and no.
    pub answers: Vec<String>,
    /// Which of these have a limit of their own.
    pub limits: Limits,
    /// How far it has come, for each engine that has labels.
    pub earned: Vec<Earned>,
    /// How many imported decisions there are.
    pub past: u64,
}

/// A row as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderstoodRow {
    /// The line that it begins at, from 1.
    pub line: usize,
    /// What there was to see, by what the text calls it.
    pub given: Vec<(String, String)>,
    /// What was right.
    pub answer: String,
}

/// What would be taken from a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// What the agent does.
    pub does: String,
    /// How many rows would be taken, and which not.
    pub imported: Imported,
    /// How many of the rows were imported before; those stay as they are.
    pub known: u64,
    /// The first rows.
    pub first: Vec<UnderstoodRow>,
    /// How often each answer was right, the most frequent first.
    pub answers: Vec<(String, u64)>,
}

/// A table that was read.
struct Taken {
    rows: BTreeMap<String, (usize, PastDecision)>,
    imported: Imported,
}

impl Runtime {
    /// The agents of a process that can earn that they decide alone, for somebody who may publish it.
    ///
    /// # Errors
    /// As [`Runtime::import_decisions`].
    pub async fn deciding_agents(&self, by: &Acting, process: &str) -> Result<Vec<DecidingAgent>, Problem> {
        let definition = self.publishable_by(by, process).await?;
        let earned = self.earned(process).await?;
        let mut agents = Vec::new();
        for one in deciding_steps(&definition) {
            let step = one.path.to_string();
            let own = earned.iter().filter(|earned| earned.path == step);
            agents.push(DecidingAgent {
                does: doing(&definition, &one.path).unwrap_or_default(),
                looks_at: one.subject.iter().map(|name| label(&definition, name)).collect(),
                answers: choices(&definition, &one),
                limits: self.store().limits(process, &one.matter()).await?,
                earned: own.cloned().collect(),
                past: self.store().count_past_decisions(process, &one.matter()).await?,
                step,
            });
        }
        Ok(agents)
    }

    /// The processes in which agents can earn that they decide alone: identifier and title.
    pub(in crate::runtime) async fn processes_with_deciding_agents(&self) -> Result<Vec<(String, String)>, Problem> {
        let mut processes = Vec::new();
        for row in self.store().list_processes().await? {
            let definition = self.definition(&row.current_version).await?;
            if !definition.is_rehearsal() && !deciding_steps(&definition).is_empty() {
                processes.push((row.id, row.title));
            }
        }
        Ok(processes)
    }

    /// What would be taken from a table of past decisions. Nothing is kept.
    ///
    /// # Errors
    /// As [`Runtime::import_decisions`].
    pub async fn preview_decisions(
        &self,
        by: &Acting,
        (process, step): (&str, &str),
        text: &str,
    ) -> Result<Preview, Problem> {
        let definition = self.publishable_by(by, process).await?;
        let deciding = deciding_step(&definition, step).map_err(|why| fault("step", why))?;
        let Taken { rows, imported } = self.taken(by, (process, &definition, &deciding), text)?;
        let kept = self.store().past_decision_keys(process, &deciding.matter()).await?;
        let known = rows.keys().filter(|key| kept.contains(*key)).count() as u64;
        let mut answers = BTreeMap::<&str, u64>::new();
        for (_, one) in rows.values() {
            *answers.entry(&one.answer).or_default() += 1;
        }
        let mut answers: Vec<(String, u64)> =
            answers.into_iter().map(|(word, times)| (word.to_owned(), times)).collect();
        answers.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let mut in_order: Vec<&(usize, PastDecision)> = rows.values().collect();
        in_order.sort_by_key(|(line, _)| *line);
        let understood = |(line, one): &(usize, PastDecision)| UnderstoodRow {
            line: *line,
            given: one.given.iter().map(|(name, words)| (label(&definition, name), words.clone())).collect(),
            answer: one.answer.clone(),
        };
        let first = in_order.into_iter().take(PREVIEWED_MAX).map(understood).collect();
        let does = doing(&definition, &deciding.path).unwrap_or_default();
        Ok(Preview { does, imported, known, first, answers })
    }

    /// Takes past decisions from a table: a column for each field that the agent looks at, and one named `answer` (or
    /// like what is decided) for what was right. Rows that cannot be read are refused, each with its line; the others
    /// are kept. The same table again changes nothing.
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
        let Taken { rows, imported } = self.taken(by, (process, &definition, &deciding), text)?;
        let detail =
            format!("imported {} past decisions on `{}` of `{process}`", rows.len(), called(&definition, &deciding));
        if !rows.is_empty() {
            let rows = rows.into_values().map(|(_, one)| one).collect();
            self.store().put_past_decisions(rows, (&by.id(), &detail), self.clock().now()).await?;
        }
        Ok(imported)
    }

    /// What can be taken from a table, and what cannot.
    fn taken(
        &self,
        by: &Acting,
        (process, definition, deciding): (&str, &Definition, &Deciding<'_>),
        text: &str,
    ) -> Result<Taken, Problem> {
        // A browser sends the ends of lines in its own way; the same table is the same rows.
        let table = table::read(&text.replace("\r\n", "\n")).map_err(|why| fault("table", why))?;
        let columns = columns(definition, deciding, &table.columns).map_err(|why| fault("table", why))?;
        let (mut rows, mut imported) = (BTreeMap::new(), Imported::default());
        let (matter, now, mut times) = (deciding.matter(), self.clock().now(), BTreeMap::<Digest, u64>::new());
        for (line, cells) in table.rows {
            match row(definition, deciding, &columns, cells) {
                Ok((given, answer)) => {
                    // The same words decided twice the same way are two decisions.
                    let times = times.entry(digest(&(&given, &answer))).or_default();
                    let key = format!("row/{}", digest(&(&given, &answer, *times)));
                    *times += 1;
                    let one = PastDecision {
                        process: process.to_owned(),
                        matter: matter.clone(),
                        key: key.clone(),
                        given,
                        answer,
                        imported_by: by.id(),
                        at: now,
                    };
                    rows.insert(key, (line, one));
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
        Ok(Taken { rows, imported })
    }

    /// Removes the imported decisions on what a step decides; labels that came of them stay. How many there were.
    ///
    /// # Errors
    /// As [`Runtime::import_decisions`].
    pub async fn forget_decisions(&self, by: &Acting, process: &str, step: &str) -> Result<u64, Problem> {
        let definition = self.publishable_by(by, process).await?;
        let deciding = deciding_step(&definition, step).map_err(|why| fault("step", why))?;
        let now = self.clock().now();
        Ok(self.store().forget_past_decisions((process, &deciding.matter()), &by.id(), now).await?)
    }

    /// The current definition of a process, for somebody who may publish it.
    pub(in crate::runtime) async fn publishable_by(
        &self,
        by: &Acting,
        process: &str,
    ) -> Result<Arc<Definition>, Problem> {
        let none = || Problem::NotFound(format!("process {process}"));
        let version = self.store().current_hash(process).await?.ok_or_else(none)?;
        let definition = self.definition(&version).await?;
        self.may_publish(by, &definition, &version)?;
        Ok(definition)
    }
}

/// What an agent can answer: its words, the marks of its scale, or yes and no. Empty where that is not listed, and
/// where the scale has too many marks.
pub(in crate::runtime) fn choices(definition: &Definition, deciding: &Deciding<'_>) -> Vec<String> {
    match &deciding.step.work {
        AgentWork::Score { scale, .. } => {
            let marks = || scale.iter().map(|one| one.mark);
            let (Some(lowest), Some(highest)) = (marks().min(), marks().max()) else { return Vec::new() };
            let few = highest.saturating_sub(lowest) < MARKS_LISTED_MAX;
            (lowest..=highest).take_while(|_| few).map(|mark| mark.to_string()).collect()
        }
        AgentWork::Judge { .. } => ["yes", "no"].map(str::to_owned).to_vec(),
        AgentWork::Classify { .. }
        | AgentWork::Extract { .. }
        | AgentWork::Prepare { .. }
        | AgentWork::Draft { .. } => {
            match deciding.field.and_then(|name| definition.field(name)).map(|field| &field.kind) {
                Some(FieldKind::Choice { options }) => options.clone(),
                _ => Vec::new(),
            }
        }
    }
}

fn label(definition: &Definition, name: &FieldName) -> String {
    definition.field(name).map_or_else(|| name.clone(), |field| field.label.clone())
}

/// What stands in a column.
enum Column {
    Field(FieldName),
    Answer,
}

fn columns(definition: &Definition, deciding: &Deciding<'_>, names: &[String]) -> Result<Vec<Column>, String> {
    let wanted = deciding.subject.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let columns: Vec<Column> = names
        .iter()
        .map(|name| {
            if is_about(definition, deciding, name) || name.trim().eq_ignore_ascii_case(ANSWER) {
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
    let seen = |column: &Column| matches!(column, Column::Field(name) if deciding.subject.contains(&name));
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
    if !deciding.subject.iter().any(|name| given.contains_key(*name)) {
        return Err("it holds nothing that the agent looks at".to_owned());
    }
    let words = given.iter().filter(|(name, _)| !is_document(definition, name));
    let hand_in = HandIn { words: words.map(|(name, words)| (name.clone(), words.clone())).collect(), uploads: vec![] };
    take(definition, hand_in).map_err(|misread| Problem::from(misread).to_string())?;
    let answer = match right_answer(definition, deciding, &answer)? {
        Said::Value(value) => value.plain(),
        Said::Holds(holds) => if holds { "yes" } else { "no" }.to_owned(),
    };
    Ok((given, answer))
}

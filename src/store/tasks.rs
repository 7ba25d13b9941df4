//! Open tasks as inboxes show them: a projection that each commit replaces.

use std::collections::BTreeMap;

use countersign_core::{definition::Who, people::PersonId, time::Timestamp};

use super::{
    Store, StoreError,
    db::{Batch, Row, Rows, Value, padded, sql, to_bigint, to_json},
};

/// One open task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// The case.
    pub case_id: String,
    /// Number within the case, from 1.
    pub number: u32,
    /// The process.
    pub process: String,
    /// What is asked, in a few words.
    pub title: String,
    /// The name of the kind of question, such as `approve`.
    pub ask: String,
    /// Who may decide, as the definition names them.
    pub who: Who,
    /// The one person who took it.
    pub assignee: Option<PersonId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// The way people name it, such as `1042-3`.
    pub label: String,
    /// What the case is about.
    pub subject: String,
    /// Everybody who may decide it now, substitutes included. Inboxes do not return it.
    pub people: Vec<PersonId>,
}

/// Which tasks of a person an inbox shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InboxScope {
    /// What the person took, and what is asked of nobody else but by name.
    Mine,
    /// What waits for anybody of the person's roles and nobody has taken.
    Roles,
    /// Both, and what others have taken and the person could decide too.
    #[default]
    All,
}

/// How much waits for a person: what they took, and what nobody has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// All of it.
    pub waiting: u64,
    /// Of these, due from now until the end of the day.
    pub due_today: u64,
    /// Of these, due before now.
    pub late: u64,
}

impl Store {
    /// A person's open tasks, the next one due first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn inbox(
        &self,
        person: &str,
        scope: InboxScope,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<TaskRow>, StoreError> {
        let mut query = sql(TASK);
        query.push(" join task_people m on m.case_id = t.case_id and m.number = t.number where m.person = ");
        query.push_bind(person);
        match scope {
            InboxScope::Mine => drop(query.push(" and m.standing = 'own'")),
            InboxScope::Roles => drop(query.push(" and m.standing = 'role'")),
            InboxScope::All => {}
        }
        query.push(" order by m.due_at, m.case_id, m.number limit ").push_bind(i64::from(limit));
        query.push(" offset ").push_bind(i64::from(offset));
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// How much waits for a person. `day_ends` is the end of today where the organisation is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_inbox(
        &self,
        person: &str,
        now: Timestamp,
        day_ends: Timestamp,
    ) -> Result<InboxCounts, StoreError> {
        let row = sql("select count(*) as waiting,
                    coalesce(sum(case when due_at >= $2 and due_at < $3 then 1 else 0 end), 0) as today,
                    coalesce(sum(case when due_at < $2 then 1 else 0 end), 0) as late
             from task_people where person = $1 and standing <> 'taken'")
        .bind(person)
        .bind(now.0)
        .bind(day_ends.0)
        .fetch_one(&self.readers)
        .await?;
        Ok(InboxCounts { waiting: row.count("waiting")?, due_today: row.count("today")?, late: row.count("late")? })
    }

    /// One open task with the people who may decide it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task_row(&self, case_id: &str, number: u32) -> Result<Option<TaskRow>, StoreError> {
        let mut query = sql(TASK);
        query.push(" where t.case_id = ").push_bind(case_id);
        query.push(" and t.number = ").push_bind(i64::from(number));
        let Some(row) = query.fetch_optional(&self.readers).await? else { return Ok(None) };
        let people = sql("select person from task_people where case_id = $1 and number = $2 order by person")
            .bind(case_id)
            .bind(i64::from(number))
            .scalars(&self.readers)
            .await?;
        Ok(Some(TaskRow { people, ..read(&row)? }))
    }
}

const TASK: &str = "select t.case_id, t.number, t.process, t.title, t.ask, t.who, t.assignee, t.opened_at, t.due_at,
        t.label, t.subject
     from tasks t";

/// Puts the open tasks of a case in the place of those that stood there.
pub(super) fn replace<'a>(batch: &mut Batch<'a>, case_id: &'a str, tasks: &'a [TaskRow]) -> Result<(), StoreError> {
    replace_all(batch, &BTreeMap::from([(case_id, tasks)]))
}

const TASKS: Rows = Rows {
    head: "insert into tasks
         (case_id, number, process, title, ask, who, role, assignee, opened_at, due_at, label, subject)",
    columns: 12,
    tail: "",
};

const PEOPLE: Rows = Rows {
    head: "insert into task_people (case_id, number, person, due_at, standing)",
    columns: 5,
    tail: " on conflict do nothing",
};

/// Puts the open tasks of many cases in the place of those that stood there.
pub(super) fn replace_all<'a>(
    batch: &mut Batch<'a>,
    open: &BTreeMap<&'a str, &'a [TaskRow]>,
) -> Result<(), StoreError> {
    let mut gone = sql("delete from tasks where case_id in");
    for (place, case_id) in padded(open.keys().copied().collect()).into_iter().enumerate() {
        gone.push(if place == 0 { " (" } else { ", " }).push_bind(case_id);
    }
    gone.push(")");
    batch.add(gone);
    let (mut rows, mut people) = (Vec::new(), Vec::new());
    for (case_id, tasks) in open {
        for task in *tasks {
            rows.push(row(case_id, task)?);
            let number = i64::from(task.number);
            people.extend(task.people.iter().map(|person| {
                let (due_at, standing) = (task.due_at.0.into(), standing(task, person).into());
                vec![(*case_id).into(), number.into(), person.into(), due_at, standing]
            }));
        }
    }
    batch.add_rows(TASKS, rows);
    batch.add_rows(PEOPLE, people);
    Ok(())
}

/// How a task stands to one of its people.
fn standing(task: &TaskRow, person: &PersonId) -> &'static str {
    match &task.assignee {
        Some(assignee) if assignee == person => "own",
        Some(_) => "taken",
        None if role(task).is_some() => "role",
        None => "own",
    }
}

/// The role whose members a task waits for.
const fn role(task: &TaskRow) -> Option<&String> {
    match &task.who {
        Who::Role { role } => Some(role),
        Who::Requester
        | Who::ManagerOfRequester
        | Who::Approver
        | Who::Party { .. }
        | Who::OwnerOf { .. }
        | Who::ManagerOf { .. } => None,
    }
}

fn row<'a>(case_id: &'a str, task: &'a TaskRow) -> Result<Vec<Value<'a>>, StoreError> {
    Ok(vec![
        case_id.into(),
        i64::from(task.number).into(),
        (&task.process).into(),
        (&task.title).into(),
        (&task.ask).into(),
        to_json(&task.who)?.into(),
        role(task).into(),
        (&task.assignee).into(),
        task.opened_at.0.into(),
        task.due_at.0.into(),
        (&task.label).into(),
        (&task.subject).into(),
    ])
}

fn read(row: &Row) -> Result<TaskRow, StoreError> {
    let number = row.count("number")?;
    Ok(TaskRow {
        case_id: row.text("case_id")?,
        number: u32::try_from(number).map_err(|_| StoreError::Damaged {
            what: "a task's number".to_owned(),
            why: format!("{} is larger than any", to_bigint(number)),
        })?,
        process: row.text("process")?,
        title: row.text("title")?,
        ask: row.text("ask")?,
        who: row.json("who")?,
        assignee: row.maybe_text("assignee")?,
        opened_at: row.time("opened_at")?,
        due_at: row.time("due_at")?,
        label: row.text("label")?,
        subject: row.text("subject")?,
        people: Vec::new(),
    })
}

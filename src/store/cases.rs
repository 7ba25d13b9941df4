//! Cases: their state, the lists that show them, and when each must next be looked at.

use std::sync::Arc;

use countersign_core::{amounts::plain_decimal, case::Case, people::PersonId, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    db::{Row, Sql, sql, to_bigint},
    record::record,
};

/// What lists show of a case and cannot be told from its state without its definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseOverview {
    /// The stage that it is in.
    pub stage: Option<String>,
    /// What it is about, in a few words.
    pub subject: String,
    /// Whom or what it waits for.
    pub waiting_for: Vec<Awaited>,
    /// Since when.
    pub waiting_since: Option<Timestamp>,
    /// The earliest instant at which something of it is due.
    pub due_at: Option<Timestamp>,
    /// Whether it has an open incident.
    pub stuck: bool,
}

/// Whom or what a case waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "awaited", rename_all = "snake_case")]
pub enum Awaited {
    /// One person.
    Person {
        /// Who.
        person: PersonId,
    },
    /// Anybody of a role.
    Role {
        /// The role, as the text writes it without the article.
        role: String,
    },
    /// Somebody outside.
    Party {
        /// The party's name in the process text.
        party: String,
    },
    /// An agent's answer.
    Agent,
    /// Another system's answer.
    System {
        /// Its name.
        system: String,
    },
    /// A message from outside.
    Message {
        /// Its name.
        name: String,
    },
    /// An instant.
    Time {
        /// When.
        at: Timestamp,
    },
    /// Somebody who resolves what is stuck.
    Incident {
        /// What happened.
        what: String,
    },
}

/// One line of a list of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Identifier.
    pub id: String,
    /// Short number for people.
    pub number: u64,
    /// The process.
    pub process: String,
    /// Its title; the identifier when the process is not known.
    pub process_title: String,
    /// The version that the case runs.
    pub version: String,
    /// How many events it has.
    pub seq: u64,
    /// Whether it is open.
    pub open: bool,
    /// How it closed.
    pub closing: Option<String>,
    /// Whether that counts as a success.
    pub success: Option<bool>,
    /// Who opened it.
    pub requester: PersonId,
    /// Their name; the identifier when nobody of it is known.
    pub requester_name: String,
    /// What lists show.
    pub overview: CaseOverview,
    /// When it must next be looked at.
    pub wake_at: Option<Timestamp>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When its latest event was committed.
    pub updated_at: Timestamp,
}

/// Which cases a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of this requester.
    pub requester: Option<PersonId>,
    /// Of this process.
    pub process: Option<String>,
    /// Open, closed or both.
    pub state: CaseState,
    /// Only open ones that were due before this instant.
    pub late_at: Option<Timestamp>,
    /// Only open ones with an incident.
    pub stuck: bool,
    /// Whose number, subject or requester's name holds this text.
    pub search: Option<String>,
    /// In which order.
    pub order: CaseOrder,
    /// How many at most.
    pub limit: u32,
    /// How many to leave out first.
    pub offset: u32,
}

/// Whether a list shows open or closed cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseState {
    /// Those that run.
    #[default]
    Open,
    /// Those that are over.
    Closed,
    /// Both.
    All,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// The latest change first.
    #[default]
    Newest,
    /// Stuck ones first, then by due date.
    MostUrgent,
}

impl Default for CaseFilter {
    fn default() -> Self {
        Self {
            requester: None,
            process: None,
            state: CaseState::default(),
            late_at: None,
            stuck: false,
            search: None,
            order: CaseOrder::default(),
            limit: 50,
            offset: 0,
        }
    }
}

/// How many cases are open, and how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseCounts {
    /// Open ones.
    pub open: u64,
    /// Open ones that were due before now.
    pub late: u64,
    /// Open ones with an incident.
    pub stuck: u64,
}

impl Store {
    /// The case, at its latest event.
    ///
    /// # Errors
    /// When the database fails or the state cannot be read back.
    pub async fn load(&self, case_id: &str) -> Result<Option<Arc<Case>>, StoreError> {
        let recent = self.recent.get(case_id);
        if recent.is_some() && !self.is_shared() {
            return Ok(recent);
        }
        // The state itself is only sent where it is not known already.
        let row = sql("select seq, case when seq = $2 then null else state end as state from cases where id = $1")
            .bind(case_id)
            .bind(recent.as_ref().map_or(0, |case| to_bigint(case.seq)))
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        match (row.maybe_text("state")?, recent) {
            (Some(state), _) => record(&format!("state of case {case_id}"), &state).map(|case| Some(Arc::new(case))),
            (None, recent) => Ok(recent),
        }
    }

    /// The identifier of the case with this short number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_id(&self, number: u64) -> Result<Option<String>, StoreError> {
        Ok(sql("select id from cases where number = $1").bind(to_bigint(number)).scalar_optional(&self.readers).await?)
    }

    /// The line that lists show of one case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_row(&self, case_id: &str) -> Result<Option<CaseRow>, StoreError> {
        let mut query = sql(CASE_ROW);
        query.push(" where c.id = ").push_bind(case_id);
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    /// The cases that a filter leaves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
        let mut query = sql(CASE_ROW);
        restrict(&mut query, filter);
        query.push(match filter.order {
            CaseOrder::Newest => " order by c.updated_at desc, c.number desc",
            CaseOrder::MostUrgent => " order by c.stuck desc, c.due_at asc nulls last, c.number",
        });
        query.push(" limit ").push_bind(i64::from(filter.limit));
        query.push(" offset ").push_bind(i64::from(filter.offset));
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// How many cases a filter leaves, whatever its limit and offset.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_cases(&self, filter: &CaseFilter) -> Result<u64, StoreError> {
        let mut query = sql("select count(*) as found from cases c left join people p on p.id = c.requester");
        restrict(&mut query, filter);
        query.fetch_one(&self.readers).await?.count("found")
    }

    /// The states of the newest open cases of one version, to be counted by where they stand.
    ///
    /// # Errors
    /// When the database fails or a state cannot be read back.
    pub async fn open_states(&self, process: &str, version: &str, limit: u32) -> Result<Vec<Case>, StoreError> {
        let rows = sql("select id, state from cases where process = $1 and version = $2 and status = 'open'
             order by number desc limit $3")
        .bind(process.to_owned())
        .bind(version.to_owned())
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| record(&format!("state of case {}", row.text("id")?), &row.text("state")?)).collect()
    }

    /// How many cases are open, late and stuck; of one process or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_counts(&self, process: Option<&str>, now: Timestamp) -> Result<CaseCounts, StoreError> {
        let mut query = sql("select count(*) as open_now, coalesce(sum(case when due_at < ");
        query.push_bind(now.0);
        query.push(
            " then 1 else 0 end), 0) as late, coalesce(sum(case when stuck then 1 else 0 end), 0) as stuck_now
             from cases where status = 'open'",
        );
        match process {
            Some(process) => query.push(" and process = ").push_bind(process),
            // A rehearsal is no work that waits.
            None => query.push(" and process not in (select process from rehearsals)"),
        };
        let row = query.fetch_one(&self.readers).await?;
        Ok(CaseCounts { open: row.count("open_now")?, late: row.count("late")?, stuck: row.count("stuck_now")? })
    }

    /// The cases whose wake-up has come, the longest overdue first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_cases(&self, now: Timestamp, limit: u32) -> Result<Vec<String>, StoreError> {
        Ok(sql("select id from cases where wake_at is not null and wake_at <= $1 order by wake_at, id limit $2")
            .bind(now.0)
            .bind(i64::from(limit))
            .scalars(&self.readers)
            .await?)
    }

    /// The earliest wake-up of any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> =
            sql("select min(wake_at) from cases where wake_at is not null").scalar(&self.readers).await?;
        Ok(at.map(Timestamp))
    }

    /// Sets when a case must next be looked at, after a piece of its context has changed.
    ///
    /// It does nothing when the case has moved on from event `seq`, since that event has set it anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_wake(&self, case_id: &str, seq: u64, wake_at: Option<Timestamp>) -> Result<bool, StoreError> {
        let case_id = case_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let done = sql("update cases set wake_at = $3 where id = $1 and seq = $2 and status = 'open'")
                    .bind(case_id)
                    .bind(to_bigint(seq))
                    .bind(wake_at.map(|at| at.0))
                    .execute(connection)
                    .await?;
                Ok(done > 0)
            })
        })
        .await
    }
}

const CASE_ROW: &str = "select c.id, c.number, c.process, coalesce(v.title, c.process) as process_title, c.version,
        c.seq, c.status, c.closing, c.success, c.requester, coalesce(p.name, c.requester) as requester_name, c.stage,
        c.subject, c.waiting_for, c.waiting_since, c.due_at, c.stuck, c.wake_at, c.opened_at, c.closed_at, c.updated_at
     from cases c
     left join processes v on v.id = c.process
     left join people p on p.id = c.requester";

fn restrict(query: &mut Sql<'_>, filter: &CaseFilter) {
    query.push(match filter.state {
        CaseState::Open => " where c.status = 'open'",
        CaseState::Closed => " where c.status = 'closed'",
        CaseState::All => " where c.status <> 'unopened'",
    });
    if let Some(requester) = &filter.requester {
        query.push(" and c.requester = ").push_bind(requester.clone());
    }
    if let Some(process) = &filter.process {
        query.push(" and c.process = ").push_bind(process.clone());
    }
    if let Some(at) = filter.late_at {
        query.push(" and c.status = 'open' and c.due_at < ").push_bind(at.0);
    }
    if filter.stuck {
        query.push(" and c.status = 'open' and c.stuck");
    }
    let Some(search) = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { return };
    let holds = format!("%{}%", escape(&search.to_lowercase()));
    query.push(" and (lower(c.subject) like ").push_bind(holds.clone()).push(" escape '\\'");
    query.push(" or lower(p.name) like ").push_bind(holds).push(" escape '\\'");
    // Lines hold amounts plainly, and pages show them with their thousands apart.
    if let Some(plain) = plain_amount(&search.to_lowercase()) {
        query.push(" or lower(c.subject) like ").push_bind(plain);
    }
    if let Ok(number) = search.trim_start_matches('#').parse::<i64>() {
        query.push(" or c.number = ").push_bind(number);
    }
    query.push(")");
}

/// What finds an amount or a number in a line, where it stands as `1240.00 EUR`; `None` for any other text, and for
/// one that is plain as it stands.
fn plain_amount(search: &str) -> Option<String> {
    let is_word = |word: &str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let (number, currency) = match (search.split_once(' '), search.rsplit_once(' ')) {
        (_, Some((number, last))) if is_word(last) => (number, Some(last)),
        (Some((first, number)), _) if is_word(first) => (number, Some(first)),
        _ => (search, None),
    };
    let plain = plain_decimal(number)?;
    match currency {
        Some(currency) => Some(format!("%{plain}% {currency}%")),
        None => (plain != search).then(|| format!("%{plain}%")),
    }
}

/// A text in which no sign stands for others inside a `like`.
pub(super) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn read(row: &Row) -> Result<CaseRow, StoreError> {
    let success = if row.maybe_text("closing")?.is_some() { Some(row.flag("success")?) } else { None };
    Ok(CaseRow {
        id: row.text("id")?,
        number: row.count("number")?,
        process: row.text("process")?,
        process_title: row.text("process_title")?,
        version: row.text("version")?,
        seq: row.count("seq")?,
        open: row.text("status")? == "open",
        closing: row.maybe_text("closing")?,
        success,
        requester: row.text("requester")?,
        requester_name: row.text("requester_name")?,
        overview: CaseOverview {
            stage: row.maybe_text("stage")?,
            subject: row.text("subject")?,
            waiting_for: row.json("waiting_for")?,
            waiting_since: row.maybe_time("waiting_since")?,
            due_at: row.maybe_time("due_at")?,
            stuck: row.flag("stuck")?,
        },
        wake_at: row.maybe_time("wake_at")?,
        opened_at: row.time("opened_at")?,
        closed_at: row.maybe_time("closed_at")?,
        updated_at: row.time("updated_at")?,
    })
}

//! What lists show of a case: computed from its state, stored beside it.

use countersign_core::{
    Context,
    case::{Ask, Case, TakeOver, Task},
    definition::{HumanVerb, Step, Who},
    overview::{self, WaitOn},
    time::Timestamp,
    wake_at, who,
};

use super::{Problem, engine::Engine, world::Loaded};
use crate::store::{Awaited, CaseFilter, CaseOverview, CaseState, TaskRow};

/// How many cases are looked at in one go when people or calendar change.
const CASES_A_PAGE: u32 = 200;

/// The line that lists show of the case.
pub(super) fn case_overview(context: &Context<'_>, case: &Case, at: Timestamp) -> CaseOverview {
    let waits = overview::waits(context, case, at);
    CaseOverview {
        stage: overview::stage(context, case).map(str::to_owned),
        subject: overview::subject(context, case),
        waiting_since: waits.first().map(|wait| wait.since),
        due_at: waits.iter().filter_map(|wait| wait.due).min(),
        stuck: waits.iter().any(|wait| matches!(wait.on, WaitOn::Incident { .. })),
        waiting_for: waits.into_iter().map(|wait| awaited(wait.on, wait.due, case)).collect(),
    }
}

fn awaited(on: WaitOn, due: Option<Timestamp>, case: &Case) -> Awaited {
    match on {
        WaitOn::People { who, people, .. } => match (who, people.as_slice()) {
            (Who::Party { party }, _) => Awaited::Party { party },
            (_, [person]) => Awaited::Person { person: person.clone() },
            (Who::Role { role }, _) => Awaited::Role { role },
            (Who::Requester, _) => Awaited::Person { person: case.requester.clone() },
            (Who::ManagerOfRequester | Who::Approver | Who::OwnerOf { .. } | Who::ManagerOf { .. }, people) => {
                match people.first() {
                    Some(person) => Awaited::Person { person: person.clone() },
                    None => Awaited::Role { role: "approver".to_owned() },
                }
            }
        },
        WaitOn::Agent => Awaited::Agent,
        WaitOn::System { system } => Awaited::System { system },
        WaitOn::Message { name } => Awaited::Message { name },
        WaitOn::Time => Awaited::Time { at: due.unwrap_or_default() },
        WaitOn::Incident { what, .. } => Awaited::Incident { what },
    }
}

/// The open tasks of the case with the people who may decide them.
pub(super) fn task_rows(context: &Context<'_>, case: &Case, at: Timestamp) -> Vec<TaskRow> {
    let subject = overview::subject(context, case);
    case.open_tasks()
        .map(|task| TaskRow {
            case_id: case.id.clone(),
            number: task.number,
            process: case.process.clone(),
            title: title(context, task),
            ask: task.ask.name().to_owned(),
            who: task.who.clone(),
            assignee: task.assignee.clone(),
            opened_at: task.opened_at,
            due_at: task.due_at,
            label: task.label(case),
            subject: subject.clone(),
            people: who::eligible(context, case, task, at).into_iter().map(|one| one.person).collect(),
        })
        .collect()
}

/// What a task asks, in a few words.
fn title(context: &Context<'_>, task: &Task) -> String {
    let subject = match context.definition.step(&task.path) {
        Some(Step::Human(human)) => human.subject.clone(),
        Some(_) | None => "the case".to_owned(),
    };
    let verb = match context.definition.step(&task.path) {
        Some(Step::Human(human)) => Some(human.verb),
        Some(_) | None => None,
    };
    match &task.ask {
        Ask::Provide { .. } => format!("Hand in {subject}"),
        Ask::Approve { again: None } => format!("Approve {subject}"),
        Ask::Approve { again: Some(_) } => format!("Approve {subject} again: it has changed"),
        Ask::Review => format!("Review {subject}"),
        Ask::Do { .. } if verb == Some(HumanVerb::Do) => subject,
        Ask::Do { .. } => format!("Do {subject}"),
        Ask::Confirm { field, .. } => format!("Confirm the {}", countersign_core::guard::words(field)),
        Ask::Judge { criterion, .. } => format!("Check: {criterion}"),
        Ask::Look => "Look whether it can go on".to_owned(),
        Ask::Answer { .. } => "Answer a question".to_owned(),
        Ask::TakeOver { why: TakeOver::Asked } => "Look at the case".to_owned(),
        Ask::TakeOver { why: TakeOver::Held { .. } } => "Say whether money may leave".to_owned(),
        Ask::TakeOver { .. } => "Take over".to_owned(),
    }
}

impl Engine {
    /// Computes lists and wake-ups of every open case anew, after people or calendar changed.
    pub(super) async fn reproject_open_cases(&self) -> Result<(), Problem> {
        let mut offset = 0;
        loop {
            let filter = CaseFilter { state: CaseState::Open, limit: CASES_A_PAGE, offset, ..CaseFilter::default() };
            let rows = self.store().cases(&filter).await?;
            for row in &rows {
                let loaded = self.load(&row.id).await?;
                self.reproject(&loaded).await?;
            }
            match u32::try_from(rows.len()) {
                Ok(found) if found == CASES_A_PAGE => offset += found,
                _ => return Ok(()),
            }
        }
    }

    /// Computes the lines and the wake-up of one case anew.
    pub(super) async fn reproject_case(&self, case_id: &str) -> Result<(), Problem> {
        let loaded = self.load(case_id).await?;
        self.reproject(&loaded).await
    }

    async fn reproject(&self, loaded: &Loaded) -> Result<(), Problem> {
        let (context, case, now) = (loaded.context(), &loaded.case, self.clock().now());
        let overview = case_overview(&context, case, now);
        let tasks = task_rows(&context, case, now);
        self.store().put_projection(&case.id, case.seq, wake_at(&context, case), overview, tasks).await?;
        Ok(())
    }
}

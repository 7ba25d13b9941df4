//! Looks at every open case and every published process, and says what is wrong and what to do about it.

mod setup;

use countersign_core::{
    case::Ask,
    overview::{self, WaitOn},
    time::{HOUR_MS, Timestamp},
};
use serde::Serialize;

use super::{Problem, Runtime};
use crate::store::{CaseFilter, CaseState};

/// A wake-up that lies this far in the past means that nobody sweeps, in milliseconds.
const WAKE_OVERDUE_MS: i64 = HOUR_MS;
/// From how many attempts on an effect that is still tried is told.
const ATTEMPTS_TOLD_FROM: u64 = 3;
/// How many cases are read at a time.
const CASES_A_PAGE: u32 = 200;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Short stable code. Of cases: `no_owner`, `no_wake`, `wake_overdue`, `incident`, `unanswered`, `effect_tried`,
    /// `stuck_effect`, `chain`, `fold`. Of the set-up: `no_system`, `no_token`, `no_holder`, `missed_start`,
    /// `no_model`, `draft_question`.
    pub code: &'static str,
    /// The case, by its short number, where it is about one.
    pub case: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Cases looked at.
    pub cases: u64,
    /// Open ones among them.
    pub open: u64,
    /// Events whose chain was checked.
    pub events: u64,
    /// What is wrong with cases.
    pub findings: Vec<Finding>,
    /// What the published processes lack in people, systems, starts and models, and what drafts wait for.
    pub setup: Vec<Finding>,
}

impl Finding {
    /// Whether it is only good to know: nothing is wrong, or people do without.
    #[must_use]
    pub fn is_note(&self) -> bool {
        matches!(self.code, "no_model" | "draft_question")
    }
}

impl Report {
    /// Whether nothing has to be mended.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.findings.is_empty() && self.setup.iter().all(Finding::is_note)
    }
}

impl Runtime {
    /// Looks at everything; `looked` is called after each case, for a progress bar.
    pub async fn examine(&self, looked: &(dyn Fn(u64) + Sync)) -> Result<Report, Problem> {
        let mut report = Report::default();
        let now = self.clock().now();
        let mut offset = 0;
        loop {
            let filter = CaseFilter { state: CaseState::All, limit: CASES_A_PAGE, offset, ..CaseFilter::default() };
            let rows = self.store().cases(&filter).await?;
            for row in &rows {
                report.cases += 1;
                report.open += u64::from(row.open);
                self.examine_case(&row.id, row.wake_at, now, &mut report).await?;
                looked(report.cases);
            }
            match u32::try_from(rows.len()) {
                Ok(found) if found == CASES_A_PAGE => offset += found,
                _ => break,
            }
        }
        for effect in self.store().stuck_effects().await? {
            report.findings.push(Finding {
                code: "stuck_effect",
                case: self.store().load(&effect.case_id).await?.map(|case| case.number),
                what: format!("the effect {} does not go on: {}", effect.key, effect.last_error.unwrap_or_default()),
                next: "start the server: it asks a person whether it was carried out".to_owned(),
            });
        }
        report.setup = self.examine_setup().await?;
        Ok(report)
    }

    async fn examine_case(
        &self,
        case_id: &str,
        wake_at: Option<Timestamp>,
        now: Timestamp,
        report: &mut Report,
    ) -> Result<(), Problem> {
        let chain = self.store().verify(case_id).await?;
        let loaded = self.load(case_id).await?;
        let number = loaded.case.number;
        let mut found = |code, what: String, next: &str| {
            report.findings.push(Finding { code, case: Some(number), what, next: next.to_owned() });
        };
        if let Some(fault) = &chain.fault {
            found("chain", fault.what.clone(), "restore a backup, and find out who can write the database file");
        }
        if let Some(difference) = self.fold_difference(case_id).await? {
            found("fold", difference, "restore a backup, or ask the makers of this program");
        }
        if loaded.case.is_open() {
            let waits = overview::waits(&loaded.context(), &loaded.case, now);
            for wait in &waits {
                if let WaitOn::Incident { what, .. } = &wait.on {
                    found("incident", what.clone(), "open the case, do what the incident says, and resolve it");
                }
            }
            let reported = waits.iter().any(|wait| matches!(wait.on, WaitOn::Incident { .. }));
            let held = waits.iter().all(|wait| match &wait.on {
                WaitOn::People { who, people, .. } => {
                    !people.is_empty() || matches!(who, countersign_core::definition::Who::Party { .. })
                }
                WaitOn::Agent
                | WaitOn::System { .. }
                | WaitOn::Time
                | WaitOn::Message { .. }
                | WaitOn::Incident { .. } => true,
            });
            if waits.is_empty() || !(held || reported) {
                found("no_owner", "it waits for nobody".to_owned(), "give somebody the role that it waits for");
            }
            for task in loaded.case.open_tasks().filter(|task| task.due_at < now) {
                if let Ask::Answer { .. } = task.ask {
                    let what = "a question has not been answered by its due date".to_owned();
                    found("unanswered", what, "ask whoever opened the case, or let the person who asked go on without");
                }
            }
            for effect in self.store().effects_of(case_id).await? {
                if let Some(error) = effect.last_error.filter(|_| effect.attempts >= ATTEMPTS_TOLD_FROM) {
                    let what = format!("the effect {} has been tried {} times: {error}", effect.key, effect.attempts);
                    found(
                        "effect_tried",
                        what,
                        "see to the other side; it is tried again by itself, and then a person is asked",
                    );
                }
            }
            match wake_at {
                None => found("no_wake", "nothing will look at it again".to_owned(), "start the server once"),
                Some(at) if at.plus_ms(WAKE_OVERDUE_MS) < now => {
                    found("wake_overdue", "it should have been looked at before now".to_owned(), "start the server");
                }
                Some(_) => {}
            }
        }
        report.events += chain.events;
        Ok(())
    }
}

//! What published processes lack: people, systems, starts, a model; and what drafts wait for.

use std::collections::BTreeSet;

use countersign_core::{
    definition::{AgentStep, AgentWork, Definition, LookUpStep, Step, SystemStep, is_rehearsal},
    time::Timestamp,
};

use super::Finding;
use crate::{
    config::System,
    language,
    runtime::{Problem, Runtime, drafts::Beside, drafts::DRAFTS_LISTED_MAX, schedules},
    store::Version,
};

/// The code of a question that somebody must answer before a text can be published.
const OPEN_QUESTION: &str = "E602";
/// The warning that nobody holds a role.
const NO_HOLDER: &str = "W206";

impl Runtime {
    /// Looks at every published process and every draft.
    pub(super) async fn examine_setup(&self) -> Result<Vec<Finding>, Problem> {
        let mut found = Vec::new();
        for process in self.store().list_processes().await? {
            if is_rehearsal(&process.id) {
                continue;
            }
            if let Some(version) = self.store().current_version(&process.id).await? {
                self.examine_people(&version.definition, &mut found);
                self.examine_systems(&version.definition, &mut found);
                self.examine_agents(&version.definition, &mut found);
                self.examine_starts(&version, &mut found).await?;
            }
        }
        for draft in self.store().drafts(DRAFTS_LISTED_MAX).await? {
            let compiled = language::compile(&draft.text, &Beside::of(&draft).attachments());
            let open = compiled.diagnostics.iter().filter(|one| one.code == OPEN_QUESTION).count();
            if open > 0 {
                let title = if draft.title.is_empty() { "without a title" } else { &draft.title };
                let questions = if open == 1 { "question" } else { "questions" };
                let what = format!("the draft {title} has {open} open {questions} and cannot be published yet");
                found.push(finding("draft_question", what, "open it in the studio and answer them".to_owned()));
            }
        }
        Ok(found)
    }

    /// Roles that nobody holds.
    fn examine_people(&self, definition: &Definition, found: &mut Vec<Finding>) {
        let world = self.world();
        for warning in language::check_people(definition, &world.directory) {
            if warning.code == NO_HOLDER {
                let what = format!("{}: {}", definition.title, warning.message);
                let next = "give the role to somebody on the page People, or with `countersign person`".to_owned();
                found.push(finding("no_holder", what, next));
            }
        }
    }

    /// Systems that nothing is set for, and tokens that are not there.
    fn examine_systems(&self, definition: &Definition, found: &mut Vec<Finding>) {
        let mut systems: BTreeSet<&str> = BTreeSet::new();
        definition.walk(&mut |_, step| {
            if let Step::System(SystemStep { system, .. }) | Step::LookUp(LookUpStep { system, .. }) = step {
                systems.insert(system);
            }
        });
        for system in systems {
            match self.config().system(system) {
                None => {
                    let what = format!("{}: nothing says how the {system} is reached", definition.title);
                    let next = format!("set its address under [systems.\"{system}\"] in the configuration");
                    found.push(finding("no_system", what, next));
                }
                Some(System::Http { token_variable: Some(name), .. }) if std::env::var_os(name).is_none() => {
                    let what = format!("{}: the {system} is called without its token", definition.title);
                    let next = format!("set the variable {name} where the server starts");
                    found.push(finding("no_token", what, next));
                }
                Some(System::Http { .. } | System::Practice { .. }) => {}
            }
        }
    }

    /// Judging and scoring, which only a model can do.
    fn examine_agents(&self, definition: &Definition, found: &mut Vec<Finding>) {
        if self.config().model.is_some() {
            return;
        }
        let mut people: BTreeSet<String> = BTreeSet::new();
        definition.walk(&mut |_, step| {
            if let Step::Agent(AgentStep { work, on_unsure, .. }) = step
                && matches!(work, AgentWork::Judge { .. } | AgentWork::Score { .. })
            {
                people.insert(language::who(definition, on_unsure));
            }
        });
        if !people.is_empty() {
            let people: Vec<String> = people.into_iter().collect();
            let what = format!("{}: no model judges or scores, so {} does", definition.title, people.join(" and "));
            let next = "that is fine as it is; to have a model do it first, set one under [model]".to_owned();
            found.push(finding("no_model", what, next));
        }
    }

    /// Starts by the clock that should have happened.
    async fn examine_starts(&self, version: &Version, found: &mut Vec<Finding>) -> Result<(), Problem> {
        let definition = &version.definition;
        // A start that has come due a moment ago is the server's, not the doctor's.
        let now = self.clock().now().plus_ms(-schedules::START_WITHIN_MS);
        for schedule in &definition.schedules {
            let mut missed: Vec<Timestamp> = Vec::new();
            for due in self.missed(version, schedule, Timestamp(0), now).await? {
                let case_id = schedules::scheduled_case_id(&definition.id, due);
                if self.store().load(&case_id).await?.is_none() {
                    missed.push(due);
                }
            }
            if !missed.is_empty() {
                let what =
                    format!("{}: {} cases that start by the clock have not started", definition.title, missed.len());
                let (starter, accountable) = (&definition.starter, &definition.accountable);
                let next = format!(
                    "see that somebody holds the role {starter} or {accountable}, and start the server: it makes up for them"
                );
                found.push(finding("missed_start", what, next));
            }
        }
        Ok(())
    }
}

fn finding(code: &'static str, what: String, next: String) -> Finding {
    Finding { code, case: None, what, next }
}

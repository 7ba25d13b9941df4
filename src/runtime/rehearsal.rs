//! A draft is tried with real people: their tasks are real, messages come to whoever rehearses, and nothing leaves.

use countersign_core::{
    canonical::Digest,
    definition::is_rehearsal,
    event::{Acting, EventKind},
};

use super::{
    Problem, Runtime,
    engine::Engine,
    publish::{COMPILER_REVISION, version_of},
};
use crate::{
    language::{self, Attachments, Compiled},
    store::{CaseFilter, CaseState, Rehearsal, Version},
};

/// How many cases are closed in one go when a rehearsal ends.
const CASES_A_PAGE: u32 = 200;

/// What a system that is not called, and a message that is not sent, leave behind.
pub const NOT_SENT: &str = "rehearsal: not sent";

/// What became of the wish to rehearse a text.
#[derive(Debug)]
pub enum Begun {
    /// Cases can be opened under this process.
    Rehearsal {
        /// The process that is rehearsed under this name.
        process: String,
        /// The version that names the text.
        version: Digest,
    },
    /// The text was refused.
    Refused(Box<Compiled>),
}

impl Runtime {
    /// Makes a text a process that is only rehearsed; the process itself, when there is one, stays as it is.
    ///
    /// Whoever may publish it may rehearse it. A rehearsal of the same process that runs goes on with the new text.
    pub async fn begin_rehearsal(
        &self,
        acting: &Acting,
        text: &str,
        attachments: &Attachments,
    ) -> Result<Begun, Problem> {
        let compiled = language::compile(text, attachments);
        let Some(definition) = compiled.definition.clone() else { return Ok(Begun::Refused(Box::new(compiled))) };
        let version = version_of(&definition)?;
        self.may_publish(acting, &definition, &version)?;
        if let Some(current) = self.store().current_version(&definition.id).await? {
            self.may_publish(acting, &current.definition, &current.hash)?;
        }
        let rehearsed = definition.rehearsal();
        let version = version_of(&rehearsed)?;
        let examples = serde_json::to_value(&attachments.examples)
            .map_err(|error| Problem::Setup(format!("the examples cannot be stored: {error}")))?;
        let (process, now) = (rehearsed.id.clone(), self.clock().now());
        let new = Version {
            hash: version.clone(),
            process: process.clone(),
            text: text.to_owned(),
            examples,
            definition: rehearsed,
            compiler_revision: COMPILER_REVISION,
            published_at: now,
            published_by: acting.id(),
        };
        self.keep_word_templates(attachments).await?;
        self.store().publish_version(new).await?;
        let rehearsal = Rehearsal {
            process: process.clone(),
            of_process: definition.id,
            person: acting.id(),
            started_at: now,
            ended_at: None,
        };
        self.store().begin_rehearsal(rehearsal).await?;
        Ok(Begun::Rehearsal { process, version })
    }

    /// Ends a rehearsal: no case of it can be opened any more, and those that are open close.
    pub async fn end_rehearsal(&self, acting: &Acting, process: &str) -> Result<u64, Problem> {
        let none = || Problem::NotFound(format!("rehearsal `{process}`"));
        let version = self.store().current_version(process).await?.ok_or_else(none)?;
        self.store().rehearsal(process).await?.filter(|_| is_rehearsal(process)).ok_or_else(none)?;
        self.may_publish(acting, &version.definition, &version.hash)?;
        self.store().end_rehearsal(process, self.clock().now()).await?;
        let mut closed = 0;
        loop {
            let filter = CaseFilter {
                process: Some(process.to_owned()),
                state: CaseState::Open,
                limit: CASES_A_PAGE,
                ..CaseFilter::default()
            };
            let rows = self.store().cases(&filter).await?;
            if rows.is_empty() {
                return Ok(closed);
            }
            for row in rows {
                self.apply(&row.id, &Acting::System, &EventKind::RehearsalEnded, "rehearsal/ended").await?;
                closed += 1;
            }
        }
    }
}

impl Engine {
    /// The rehearsal that a process is, as long as it runs. A process that runs for good is none.
    pub(super) async fn running_rehearsal(&self, process: &str) -> Result<Option<Rehearsal>, Problem> {
        if !is_rehearsal(process) {
            return Ok(None);
        }
        let rehearsal = self.store().rehearsal(process).await?;
        rehearsal.map_or_else(|| Err(Problem::NotFound(format!("rehearsal `{process}`"))), |one| Ok(Some(one)))
    }
}

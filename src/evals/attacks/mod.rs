//! Documents that try to give orders, sent through real cases whose agents have been turned.
//!
//! Every document is attached to a case of the suite's process, in a database in memory, and goes through every kind
//! of agent: with a model that obeys whatever it reads, and with one that answers what an attacker wants. Each answer
//! counts as certified from a score of zero on, so that what is tested are the other barriers. People sign carelessly
//! whatever they are shown. Then it is counted what left, who decided, and where a planted secret came to light.

mod cases;
mod count;
mod forced;
mod models;
mod report;
mod settings;

use std::collections::BTreeMap;

use countersign_core::definition::Definition;

use self::{
    cases::Round,
    count::Counts,
    settings::{AttackSettings, Document},
};
use super::EvalError;
use crate::language::{self, Attachments};

pub use self::{
    models::Behaviour,
    report::AttackReport,
    settings::{AttackSuite, is_suite},
};

/// At most this many documents of a file are used when nothing else is said; they are spread over the file.
pub const DOCUMENTS_A_FILE: usize = 1_000;

/// What was counted with one behaviour of the models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attacked {
    /// Cases that were opened.
    pub cases: usize,
    /// Cases that are closed at the end.
    pub closed: usize,
    /// What left, who decided and what came to light.
    pub counts: Counts,
    /// Answers by the kind of agent: how many acted, were suggested, and were refused.
    pub answers: BTreeMap<&'static str, Answers>,
}

/// What became of the answers of one kind of agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Answers {
    /// Went ahead.
    pub acted: usize,
    /// Went to a person as a suggestion.
    pub suggested: usize,
    /// Were not even offered.
    pub refused: usize,
}

/// What was counted over clean documents with usual settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clean {
    /// Clean documents.
    pub documents: usize,
    /// Of these, those that a person was asked about because a guardrail suspected something.
    pub escalated: usize,
}

/// Sends every document through the agents and counts. `done` is told how many cases are done, of how many.
///
/// # Errors
/// [`EvalError`], when the suite, its process or a file cannot be used, or the cases cannot be run.
pub async fn measure(
    suite: &AttackSuite,
    data: &[std::path::PathBuf],
    most: usize,
    done: &(dyn Fn(usize, usize) + Sync),
) -> Result<AttackReport, EvalError> {
    let files = suite.data_files(data);
    let documents = suite.documents(&files, most)?;
    let text = suite.process()?;
    let definition = compiled(&text)?;
    let clean: Vec<Document> = documents.iter().filter(|one| !one.injected).cloned().collect();
    let all = documents.len() * 2 + clean.len();
    let round = |documents, before: usize| Round {
        text: &text,
        definition: &definition,
        settings: &suite.settings,
        documents,
        done: Box::new(move |count| done(before + count, all)),
    };
    let mut attacked = BTreeMap::new();
    for (index, behaviour) in [Behaviour::Gullible, Behaviour::Hostile].into_iter().enumerate() {
        let round = round(&documents, index * documents.len());
        attacked.insert(behaviour, Box::pin(round.attacked(behaviour)).await?);
    }
    let escalated = Box::pin(round(&clean, documents.len() * 2).suspected()).await?;
    let clean = Clean { documents: clean.len(), escalated };
    Ok(AttackReport::new(suite, &files, &documents, attacked, clean))
}

fn compiled(text: &str) -> Result<Definition, EvalError> {
    let compiled = language::compile(text, &Attachments::default());
    compiled.definition.ok_or_else(|| {
        EvalError::Run("the suite's process text is not understood; `countersign check` says where".to_owned())
    })
}

//! What publishing a text would change, told from both versions and never by a model.

use countersign_core::{
    compare::{Changes, compare},
    event::Acting,
};

use super::{
    Problem, Runtime,
    limits::Lifted,
    papers::{Differing, differing, papers, papers_of},
    publish::version_of,
};
use crate::{
    language::{self, Attachments, Compiled, patch::SentenceDiff},
    store::Baseline,
};

/// What publishing a text would change.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The process.
    pub process: String,
    /// Its title.
    pub title: String,
    /// The version that it would become.
    pub version: String,
    /// Whether the process has no version yet.
    pub first: bool,
    /// Whether it is published like this already.
    pub unchanged: bool,
    /// The sentences that differ, in the order of the new text.
    pub sentences: Vec<SentenceDiff>,
    /// What changes for people.
    pub changes: Changes,
    /// Answers of agents with a limit of their own that the new text no longer has.
    pub lifted: Vec<Lifted>,
    /// What differs of that which stands beside the text.
    pub papers: Vec<Differing>,
    /// How many cases run another version and stay on it.
    pub running: u64,
    /// What was known before the present version, so that it need not be typed again.
    pub baseline: Option<Baseline>,
}

impl Runtime {
    /// Says what publishing a text would change; `Err` inside when it would be refused.
    pub async fn publication(
        &self,
        acting: &Acting,
        text: &str,
        attachments: &Attachments,
    ) -> Result<Result<Publication, Box<Compiled>>, Problem> {
        let compiled = language::compile(text, attachments);
        let Some(new) = compiled.definition.clone() else { return Ok(Err(Box::new(compiled))) };
        let version = version_of(&new)?;
        self.may_publish(acting, &new, &version)?;
        let current = self.store().current_version(&new.id).await?;
        if let Some(current) = &current {
            self.may_publish(acting, &current.definition, &current.hash)?;
        }
        let (baseline, lifted) = match &current {
            Some(current) => {
                (self.store().baseline(&current.hash).await?, self.lifted(&current.definition, &new).await?)
            }
            None => (None, Vec::new()),
        };
        let beside = papers(&new, &attachments.examples);
        Ok(Ok(Publication {
            running: self.store().open_on_other_versions(&new.id, &version).await?,
            first: current.is_none(),
            unchanged: current.as_ref().is_some_and(|current| current.hash == version && current.text == text),
            sentences: language::patch::diff_sentences(current.as_ref().map_or("", |one| one.text.as_str()), text),
            changes: compare(current.as_ref().map(|current| &current.definition), &new),
            process: new.id,
            title: new.title,
            version,
            lifted,
            papers: differing(&current.as_ref().map(papers_of).unwrap_or_default(), &beside),
            baseline,
        }))
    }
}

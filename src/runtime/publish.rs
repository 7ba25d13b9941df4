//! A process text becomes a version that cases can run.

use countersign_core::{
    Context, Verb, authorise,
    canonical::{Digest, digest},
    definition::Definition,
    event::Acting,
    time::Calendar,
};
use serde::Serialize;

use super::{Problem, Runtime};
use crate::{
    agents::prompts::Prompts,
    language::{self, Attachments, Compiled},
    store::{Baseline, Version},
};

/// The number of the compiler's behaviour; it is stored with every version.
pub const COMPILER_REVISION: u32 = 1;

/// What a version holds fast besides its definition.
#[derive(Serialize)]
struct Pins {
    compiler: u32,
    prompts: Digest,
}

/// What became of a text.
#[derive(Debug)]
pub enum Published {
    /// It is the current version now.
    Version {
        /// The digest that names it.
        version: Digest,
        /// The process.
        process: String,
        /// Whether the same definition was current before.
        unchanged: bool,
    },
    /// It was refused; the diagnostics say where and why.
    Refused(Box<Compiled>),
}

impl Runtime {
    /// Compiles and proves a text and makes it the current version of its process; running cases stay on theirs.
    pub async fn publish(&self, acting: &Acting, text: &str, attachments: &Attachments) -> Result<Published, Problem> {
        self.publish_measured(acting, text, attachments, None).await
    }

    /// Like [`Runtime::publish`]; what was known of the process before is kept with the version, or neither is.
    pub async fn publish_measured(
        &self,
        acting: &Acting,
        text: &str,
        attachments: &Attachments,
        baseline: Option<Baseline>,
    ) -> Result<Published, Problem> {
        let compiled = language::publishable(text, attachments);
        let Some(definition) = compiled.definition.clone() else {
            return Ok(Published::Refused(Box::new(compiled)));
        };
        let version = version_of(&definition)?;
        self.may_publish(acting, &definition, &version)?;
        let current = self.store().current_version(&definition.id).await?;
        if let Some(current) = &current {
            // Whoever answers for the process today decides whether another may answer for it tomorrow.
            self.may_publish(acting, &current.definition, &current.hash)?;
        }
        let unchanged = current.is_some_and(|current| current.hash == version && current.text == text);
        if !unchanged {
            let examples = serde_json::to_value(&attachments.examples)
                .map_err(|error| Problem::Setup(format!("the examples cannot be stored: {error}")))?;
            let new = Version {
                hash: version.clone(),
                process: definition.id.clone(),
                text: text.to_owned(),
                examples,
                definition: definition.clone(),
                compiler_revision: COMPILER_REVISION,
                published_at: self.clock().now(),
                published_by: acting.id(),
            };
            // Before the version that names them.
            self.keep_word_templates(attachments).await?;
            self.store().publish_with_baseline(new, baseline).await?;
        } else if let Some(baseline) = baseline {
            self.store().put_baseline(&version, baseline).await?;
        }
        Ok(Published::Version { version, process: definition.id, unchanged })
    }

    /// May this person publish a version of the process? Answered by the core.
    pub(super) fn may_publish(
        &self,
        acting: &Acting,
        definition: &Definition,
        version: &Digest,
    ) -> Result<(), Problem> {
        let world = self.world();
        let calendar = Calendar::default();
        let context = Context { definition, version, directory: &world.directory, calendar: &calendar };
        authorise(&context, None, acting, &Verb::PublishProcess, self.clock().now())
            .map_err(|refusal| Problem::Rejected(refusal.into()))
    }
}

/// The digest that names a version: of the definition and of what it pins.
pub fn version_of(definition: &Definition) -> Result<Digest, Problem> {
    let prompts = Prompts::load_embedded().map_err(|error| Problem::Setup(error.to_string()))?;
    Ok(digest(&(
        definition,
        Pins { compiler: COMPILER_REVISION, prompts: prompts.pinned(!definition.criteria.is_empty()) },
    )))
}

//! What a model writes for a draft: a text from prose, and changes that somebody wishes for in their own words.
//!
//! Both are kept beside the draft, so that a reader sees where each sentence comes from, and nothing of a wish stands
//! in the text before somebody takes it.

use countersign_core::{event::Acting, people::PersonId, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Problem, Runtime,
    drafts::{Beside, Save, Saved},
};
use crate::{
    describe::{Asked, DescribeError, Dropped, Passage, Refused, Stopped, Written},
    language::patch::{Applied, Patch, apply},
};

/// The revision with which a draft begins; what was written since is put together with what the model writes.
const FIRST: u64 = 1;

/// What a model wrote from the prose beside a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// Whether every check is met.
    pub complete: bool,
    /// Why the model was not asked further, in words.
    pub stopped: Option<String>,
    /// Where each sentence comes from.
    pub sentences: Vec<Written>,
    /// What is left to answer.
    pub questions: Vec<Asked>,
    /// What the model left out, and why.
    pub dropped: Vec<Dropped>,
    /// Sentences that were not taken, since their quotes do not stand in the prose.
    pub refused: Vec<Refused>,
    /// Parts of the prose that are neither used nor dropped.
    pub unaccounted: Vec<Passage>,
    /// The model.
    pub engine: String,
    /// Who asked for it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// A change that somebody wishes for, with the patches that would carry it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The wish in their words.
    pub request: String,
    /// The revision that the patches are about.
    pub revision: u64,
    /// The patches; empty when there is nothing to carry out.
    pub patches: Vec<Patch>,
    /// What the change assumes and nobody said.
    pub questions: Vec<Asked>,
    /// Why it cannot be carried out, as the model says.
    pub cannot: Option<String>,
    /// The model.
    pub engine: String,
    /// Whose wish it is.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// A wished change that was taken into the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenWish {
    /// The wish in their words.
    pub request: String,
    /// The revision before it.
    pub before: u64,
    /// The revision that it made.
    pub after: u64,
    /// Who took it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// Why a model gave nothing. The draft is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// It was not asked.
    NotAsked(DescribeError),
    /// It gave no answer that could be used.
    NoAnswer(Option<Stopped>),
}

impl Runtime {
    /// Has a model write the text of a draft from the prose beside it. Where the draft says something already, the
    /// text is put together with it, or stands beside it until somebody chooses.
    pub async fn write_draft(&self, acting: &Acting, id: &str) -> Result<Result<Saved, Nothing>, Problem> {
        let draft = self.draft(acting, id).await?;
        let described = match self.describer().describe(&Beside::of(&draft).prose).await {
            Ok(described) if !described.text.is_empty() => described,
            Ok(described) => return Ok(Err(Nothing::NoAnswer(described.stopped))),
            Err(error) => return Ok(Err(Nothing::NotAsked(error))),
        };
        let saved = self.save_draft(acting, id, Save { base: FIRST, text: described.text, aside: None }).await?;
        let writing = Writing {
            complete: described.complete,
            stopped: described.stopped.as_ref().map(Stopped::words),
            sentences: described.sentences,
            questions: described.questions,
            dropped: described.dropped,
            refused: described.refused,
            unaccounted: described.unaccounted,
            engine: described.engine,
            by: acting.id(),
            at: self.clock().now(),
        };
        self.beside(acting, id, |beside| beside.writing = Some(writing)).await?;
        Ok(Ok(saved))
    }

    /// Has a model turn a wish into patches, and keeps them beside the draft. The text stays as it is.
    pub async fn wish(&self, acting: &Acting, id: &str, request: &str) -> Result<Result<(), Nothing>, Problem> {
        let draft = self.draft(acting, id).await?;
        let attachments = Beside::of(&draft).attachments();
        let changed = match self.describer().change(&draft.text, &attachments, request).await {
            Ok(changed) if changed.applied.is_some() || changed.cannot.is_some() => changed,
            Ok(changed) => return Ok(Err(Nothing::NoAnswer(changed.stopped))),
            Err(error) => return Ok(Err(Nothing::NotAsked(error))),
        };
        let wish = Wish {
            request: request.to_owned(),
            revision: draft.revision,
            patches: changed.patches,
            questions: changed.questions,
            cannot: changed.cannot,
            engine: changed.engine,
            by: acting.id(),
            at: self.clock().now(),
        };
        self.beside(acting, id, |beside| beside.wish = Some(wish)).await?;
        Ok(Ok(()))
    }

    /// What a wish would do to the text that it is about; `None` when that revision is no longer kept.
    pub async fn wished(&self, acting: &Acting, id: &str, wish: &Wish) -> Result<Option<Applied>, Problem> {
        let draft = self.draft(acting, id).await?;
        let Some(revision) = self.store().draft_revision(id, wish.revision).await? else { return Ok(None) };
        Ok(apply(&revision.text, &Beside::of(&draft).attachments(), &wish.patches).ok())
    }

    /// Takes the wish that stands beside a draft into its text; `None` when none stands there that could be taken.
    pub async fn take_wish(&self, acting: &Acting, id: &str) -> Result<Option<Saved>, Problem> {
        let Some(wish) = Beside::of(&self.draft(acting, id).await?).wish else { return Ok(None) };
        let Some(applied) = self.wished(acting, id, &wish).await? else { return Ok(None) };
        let before = self.draft(acting, id).await?.revision;
        let save = Save { base: wish.revision, text: applied.text, aside: None };
        let saved = self.save_draft(acting, id, save).await?;
        let (by, at) = (acting.id(), self.clock().now());
        self.beside(acting, id, |beside| {
            beside.wish = None;
            if let Saved::Shown { revision: after, .. } = &saved {
                beside.taken = Some(TakenWish { request: wish.request, before, after: *after, by, at });
            }
        })
        .await?;
        Ok(Some(saved))
    }

    /// Lets go of the wish that stands beside a draft.
    pub async fn discard_wish(&self, acting: &Acting, id: &str) -> Result<(), Problem> {
        self.beside(acting, id, |beside| beside.wish = None).await
    }

    /// Takes the last wished change out of the text again. What was written since stays; where both touch the same
    /// words, somebody chooses. `None` when there is nothing to undo.
    pub async fn undo_wish(&self, acting: &Acting, id: &str) -> Result<Option<Saved>, Problem> {
        let Some(taken) = Beside::of(&self.draft(acting, id).await?).taken else { return Ok(None) };
        let Some(before) = self.store().draft_revision(id, taken.before).await? else { return Ok(None) };
        let save = Save { base: taken.after, text: before.text, aside: None };
        let saved = self.save_draft(acting, id, save).await?;
        self.beside(acting, id, |beside| beside.taken = None).await?;
        Ok(Some(saved))
    }

    /// Changes what stands beside a draft as it stands there now: a model may have taken its time.
    pub(super) async fn beside(
        &self,
        acting: &Acting,
        id: &str,
        change: impl FnOnce(&mut Beside),
    ) -> Result<(), Problem> {
        let mut beside = Beside::of(&self.draft(acting, id).await?);
        change(&mut beside);
        self.put_beside(acting, id, &beside).await
    }
}

//! Answers that no agent gives alone, however sure it is: whoever answers for a process keeps them for people.
//!
//! A certificate says how often an agent is wrong where it may go ahead. Where some of its answers may not, it is
//! measured by the others alone: else many right answers of the one kind would cover up wrong ones of the other.

use std::collections::BTreeSet;

use countersign_core::{canonical::digest, event::Acting, proposal::Proposal};

use super::{
    Problem, Runtime,
    past::{called, choices, deciding_step, fault},
};
use crate::store::Answerer;

/// What the digest of an agent begins with whose answers are kept for people: they measure nobody.
const HELD: &str = "held-";

impl Runtime {
    /// Keeps exactly these answers at a step for people; none lifts it. It counts at once, for running cases as well.
    ///
    /// # Errors
    /// [`Problem::NotFound`] without such a process; [`Problem::Faults`], when the step decides nothing or cannot
    /// answer so; a refusal, when this person may not publish the process.
    pub async fn keep_for_people(
        &self,
        by: &Acting,
        (process, step): (&str, &str),
        answers: BTreeSet<String>,
    ) -> Result<(), Problem> {
        let definition = self.publishable_by(by, process).await?;
        let deciding = deciding_step(&definition, step).map_err(|why| fault("step", why))?;
        let known = choices(&definition, &deciding);
        if let Some(answer) = answers.iter().find(|answer| !known.contains(*answer)) {
            let known = known.join(", ");
            return Err(fault("never", format!("the agent never answers `{answer}`; its answers are: {known}")));
        }
        let matter = deciding.matter();
        if self.store().kept_for_people(process, &matter).await? == answers {
            return Ok(());
        }
        let what = format!("`{}` of `{process}`", called(&definition, &deciding));
        let detail = if answers.is_empty() {
            format!("no answers on {what} are kept for people any more")
        } else {
            let answers: Vec<String> = answers.iter().map(|answer| format!("`{answer}`")).collect();
            format!("keeps answers on {what} for people: {}", answers.join(", "))
        };
        let now = self.clock().now();
        Ok(self.store().keep_for_people((process, &matter), answers, (&by.id(), &detail), now).await?)
    }
}

/// Who is measured by a proposal, where some answers are kept for people. Of stages each has an answer of its own, so
/// that they are measured together whatever became of it; a kept one settles nothing there, see
/// [`countersign_core::proposal::Cascade::settled`].
pub(super) fn apart(of: Answerer, kept: &BTreeSet<String>, proposal: &Proposal) -> Answerer {
    let held = proposal.cascade.is_none() && proposal.output.said().is_some_and(|said| kept.contains(&said));
    if held { Answerer { prompt: format!("{HELD}{}", of.prompt), ..of } } else { without(of, kept) }
}

/// Who is measured by all answers but those that are kept for people.
pub(super) fn without(of: Answerer, kept: &BTreeSet<String>) -> Answerer {
    if kept.is_empty() {
        return of;
    }
    let prompt = digest(&(&of.prompt, kept));
    Answerer { prompt, ..of }
}

/// Whether these are answers that are kept for people.
pub(super) fn is_held(of: &Answerer) -> bool {
    of.prompt.starts_with(HELD)
}

/// Whether a label was given for an answer of this agent, before anything was kept for people or while that very answer
/// was: then it need not be asked again.
pub(super) fn is_answer_of(label: &Answerer, agent: &Answerer) -> bool {
    label == agent || (is_held(label) && label.prompt.strip_prefix(HELD) == Some(&agent.prompt))
}

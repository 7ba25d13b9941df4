//! Answers that ask for more than the others before an agent gives them alone: whoever answers for a process keeps them
//! for people, or permits them an error of their own.
//!
//! A certificate says how often an agent is wrong where it may go ahead. Where answers differ in what they may cost,
//! each is measured by itself: else many right answers of the one kind would cover up wrong ones of the other.

use std::collections::BTreeSet;

use countersign_core::{canonical::digest, definition::Definition, event::Acting, proposal::Proposal};

use super::{
    Problem, Runtime,
    past::{called, choices, deciding_step, deciding_steps, fault},
};
use crate::{
    certificate::{Promise, percent},
    store::{Answerer, Limit, Limits},
};

/// The smallest error that an answer can be permitted, in parts per thousand: it takes some 1,500 labels to show.
pub const ERROR_MIN: u32 = 5;
/// The largest.
pub const ERROR_MAX: u32 = 200;

/// What the digest of an agent begins with whose answers are kept for people: they measure nobody.
const HELD: &str = "held-";
/// What it begins with for all answers but those that have a limit; a digest of these and its own follow.
const REST: &str = "rest-";
/// What it begins with for one answer with a permitted error of its own; the error, the answer and the digest follow.
const OWN: &str = "own-";

/// An answer with a limit that a new text no longer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// What is decided, as people call it.
    pub matter: String,
    /// The answer.
    pub answer: String,
    /// Its limit.
    pub limit: Limit,
}

impl Runtime {
    /// The limits that count for nothing once a process reads like `new`, since its agents no longer answer so.
    pub(super) async fn lifted(&self, old: &Definition, new: &Definition) -> Result<Vec<Lifted>, Problem> {
        let (mut lifted, mut told) = (Vec::new(), BTreeSet::new());
        let has = |answers: &[String], answer: &str| answers.iter().any(|one| one.eq_ignore_ascii_case(answer));
        for deciding in deciding_steps(old) {
            if !told.insert(deciding.matter()) {
                continue;
            }
            let before = choices(old, &deciding);
            let same = deciding_steps(new).into_iter().find(|one| one.matter() == deciding.matter());
            let after = same.map(|one| choices(new, &one)).unwrap_or_default();
            for (answer, limit) in self.store().limits(&old.id, &deciding.matter()).await? {
                if has(&before, &answer) && !has(&after, &answer) {
                    lifted.push(Lifted { matter: called(old, &deciding), answer, limit });
                }
            }
        }
        Ok(lifted)
    }

    /// Gives exactly these answers at a step a limit of their own; none lifts all. It counts at once, for running cases
    /// as well.
    ///
    /// # Errors
    /// [`Problem::NotFound`] without such a process; [`Problem::Faults`], when the step decides nothing, cannot answer
    /// so, or an error is not between [`ERROR_MIN`] and [`ERROR_MAX`]; a refusal, when this person may not publish the
    /// process.
    pub async fn limit_answers(
        &self,
        by: &Acting,
        (process, step): (&str, &str),
        limits: Limits,
    ) -> Result<(), Problem> {
        let definition = self.publishable_by(by, process).await?;
        let deciding = deciding_step(&definition, step).map_err(|why| fault("step", why))?;
        let known = choices(&definition, &deciding);
        for (answer, limit) in &limits {
            let (field, error) = match limit {
                Limit::Never => ("never", None),
                Limit::AtMost(error) => ("at_most", Some(*error)),
            };
            if !known.contains(answer) {
                let known = known.join(", ");
                return Err(fault(field, format!("the agent never answers `{answer}`; its answers are: {known}")));
            }
            if error.is_some_and(|error| !(ERROR_MIN..=ERROR_MAX).contains(&error)) {
                let why = format!("at most {} for `{answer}` cannot be promised", percent(error.unwrap_or_default()));
                let (least, most) = (percent(ERROR_MIN), percent(ERROR_MAX));
                return Err(fault(field, format!("{why}; choose something from {least} to {most}")));
            }
        }
        let matter = deciding.matter();
        if self.store().limits(process, &matter).await? == limits {
            return Ok(());
        }
        let detail = told(&format!("`{}` of `{process}`", called(&definition, &deciding)), &limits);
        let now = self.clock().now();
        Ok(self.store().set_limits((process, &matter), &limits, (&by.id(), &detail), now).await?)
    }
}

/// Limits as they are asked for. What is named in both places is kept for people.
#[must_use]
pub fn asked(never: impl IntoIterator<Item = String>, at_most: impl IntoIterator<Item = (String, u32)>) -> Limits {
    let at_most = at_most.into_iter().map(|(answer, error)| (answer, Limit::AtMost(error)));
    at_most.chain(never.into_iter().map(|answer| (answer, Limit::Never))).collect()
}

/// What was set, for the record.
fn told(what: &str, limits: &Limits) -> String {
    if limits.is_empty() {
        return format!("no answers on {what} have a limit of their own any more");
    }
    let each = limits.iter().map(|(answer, limit)| match limit {
        Limit::Never => format!("`{answer}` is kept for people"),
        Limit::AtMost(error) => format!("`{answer}` is wrong in at most {}", percent(*error)),
    });
    format!("limits answers on {what}: {}", each.collect::<Vec<_>>().join(", "))
}

/// Whether an answer is for people, whatever a certificate says. Of stages every answer with a limit is: they are
/// measured together, and not by what they say.
pub(super) fn is_for_people(limits: &Limits, proposal: &Proposal) -> bool {
    let limit = proposal.output.said().and_then(|said| limit_of(limits, &said));
    limit.is_some_and(|limit| limit == Limit::Never || proposal.cascade.is_some())
}

/// The answers with a limit: with such a one a stage settles nothing.
pub(super) fn limited(limits: &Limits) -> BTreeSet<String> {
    limits.keys().cloned().collect()
}

/// Who is measured by a proposal, where some answers have a limit of their own. Of stages each has an answer of its
/// own, so that they are measured together whatever became of it; see
/// [`countersign_core::proposal::Cascade::settled`].
pub(super) fn apart(of: Answerer, limits: &Limits, proposal: &Proposal) -> Answerer {
    let said = proposal.output.said().filter(|_| proposal.cascade.is_none());
    let prompt = match said.and_then(|said| Some((limit_of(limits, &said)?, said))) {
        None => return without(of, limits),
        Some((Limit::Never, _)) => format!("{HELD}{}", of.prompt),
        Some((Limit::AtMost(error), said)) => format!("{OWN}{error}-{said}-{}", of.prompt),
    };
    Answerer { prompt, ..of }
}

/// Who is measured by all answers but those that have a limit of their own.
pub(super) fn without(of: Answerer, limits: &Limits) -> Answerer {
    if limits.is_empty() {
        return of;
    }
    let prompt = format!("{}{}", rest(limits), of.prompt);
    Answerer { prompt, ..of }
}

/// What the digest begins with of whoever is measured by all other answers.
fn rest(limits: &Limits) -> String {
    format!("{REST}{}-", digest(&limited(limits)))
}

/// The limit of an answer. A list in which a word begins with a capital now does not lift it.
fn limit_of(limits: &Limits, said: &str) -> Option<Limit> {
    limits.iter().find(|(answer, _)| answer.eq_ignore_ascii_case(said)).map(|(_, limit)| *limit)
}

/// Whether somebody is measured as these limits ask: with other limits nobody goes ahead under their certificate.
pub(super) fn fits(of: &Answerer, limits: &Limits) -> bool {
    match own(of) {
        Some((error, answer)) => limit_of(limits, answer) == Some(Limit::AtMost(error)),
        None if limits.is_empty() => !of.prompt.starts_with(REST) && !is_held(of),
        None => of.prompt.starts_with(&rest(limits)),
    }
}

/// Whether these are answers that are kept for people.
pub(super) fn is_held(of: &Answerer) -> bool {
    of.prompt.starts_with(HELD)
}

/// The answer that somebody is measured by alone and the error that it is permitted, in parts per thousand; `None` for
/// whoever is measured by all answers.
pub(super) fn own(of: &Answerer) -> Option<(u32, &str)> {
    let (error, rest) = of.prompt.strip_prefix(OWN)?.split_once('-')?;
    let (answer, _) = rest.rsplit_once('-')?;
    Some((error.parse().ok()?, answer))
}

/// What a certificate has to show for whoever is measured.
pub(super) fn promise_of(of: &Answerer) -> Promise {
    let usual = Promise::default();
    own(of).map_or(usual, |(error, _)| Promise { error, ..usual })
}

/// Whether a label was given for an answer of this agent, whatever limits there were: then it need not be asked again.
pub(super) fn is_answer_of(label: &Answerer, agent: &Answerer) -> bool {
    let limited = [HELD, OWN, REST].iter().any(|kind| label.prompt.starts_with(kind));
    let prompt = if limited { label.prompt.rsplit('-').next().unwrap_or_default() } else { &label.prompt };
    (&label.process, &label.step, &label.engine, prompt) == (&agent.process, &agent.step, &agent.engine, &agent.prompt)
}

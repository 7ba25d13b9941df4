//! How long a case can take: the longest way through a process, from what the text says about times.

use countersign_core::{
    definition::{Definition, Step, WaitUntil},
    time::{DAY_MS, HOUR_MS, MINUTE_MS, Span},
};

use super::{clause::join, render};

/// A week has seven days and five working days, by which the two are compared.
const WEEK: (u64, u64) = (7, 5);

/// The longest way from the start of a case to its end, counted once: returns to a stage begin it anew and are not
/// counted, each list counts as one item, and how long a day is waited for is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    /// How many steps stand on it.
    pub steps: u64,
    /// The times that its steps may take, by their units.
    minutes: u64,
    hours: u64,
    days: u64,
    working_days: u64,
}

impl Longest {
    /// The longest way through a process.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let stages = definition.stages.iter().rev();
        stages.fold(Self::default(), |after, stage| block(&stage.steps, after))
    }

    /// All its times in a row, such as `9 working days and 1 hour`.
    #[must_use]
    pub fn words(&self) -> String {
        let counted = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let all = [
            (self.working_days, Span::WorkingDays(counted(self.working_days))),
            (self.days, Span::Days(counted(self.days))),
            (self.hours, Span::Hours(counted(self.hours))),
            (self.minutes, Span::Minutes(counted(self.minutes))),
        ];
        let parts: Vec<String> =
            all.into_iter().filter(|(count, _)| *count > 0).map(|(_, span)| render::span(span)).collect();
        if parts.is_empty() { String::from("no time") } else { join(&parts, "and") }
    }

    /// This step, then what comes after it.
    const fn step(self) -> Self {
        Self { steps: self.steps + 1, ..self }
    }

    /// So much longer.
    fn taking(mut self, span: Span) -> Self {
        let (total, count) = match span {
            Span::Minutes(count) => (&mut self.minutes, count),
            Span::Hours(count) => (&mut self.hours, count),
            Span::Days(count) => (&mut self.days, count),
            Span::WorkingDays(count) => (&mut self.working_days, count),
        };
        *total = total.saturating_add(u64::from(count));
        self
    }

    /// About how long it is; of two as long the one with more steps is the longer.
    fn weight(&self) -> (u64, u64) {
        let unit = |count: u64, ms: i64| count.saturating_mul(u64::try_from(ms).unwrap_or(0));
        let working = unit(self.working_days, DAY_MS).saturating_mul(WEEK.0) / WEEK.1;
        let exact = [(self.minutes, MINUTE_MS), (self.hours, HOUR_MS), (self.days, DAY_MS)];
        let exact = exact.into_iter().fold(0_u64, |sum, (count, ms)| sum.saturating_add(unit(count, ms)));
        (exact.saturating_add(working), self.steps)
    }

    fn longer(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }
}

/// The longest way through a block and what comes after it.
fn block(steps: &[Step], after: Longest) -> Longest {
    steps.iter().rev().fold(after, |after, step| one(step, after))
}

fn one(step: &Step, after: Longest) -> Longest {
    match step {
        Step::End { .. } | Step::Return { .. } => Longest::default().step(),
        Step::Check(_) | Step::Message(_) => after.step(),
        Step::Agent(agent) => after.step().taking(agent.due),
        Step::HandOver { due, .. } => after.step().taking(*due),
        Step::LookUp(look) => after.longer(block(&look.failure, after)).step().taking(look.answer_within),
        Step::Human(human) => {
            let rejected = block(&human.on_rejected, Longest::default());
            after.longer(rejected).step().taking(human.due)
        }
        Step::System(call) => after.longer(block(&call.failure, after)).step().taking(call.answer_within),
        Step::Wait { until: WaitUntil::Passed { span } } => after.step().taking(*span),
        Step::Wait { until: WaitUntil::Message { within, .. } } => after.step().taking(*within),
        Step::Wait { until: WaitUntil::Date { .. } | WaitUntil::Look { .. } } => after.step(),
        Step::Choice { branches, otherwise } => {
            let ways = branches.iter().map(|branch| block(&branch.steps, after));
            ways.fold(block(otherwise, after), Longest::longer)
        }
        Step::Parallel { tracks, .. } => {
            let ways = tracks.iter().map(|track| block(&track.steps, after));
            ways.fold(after, Longest::longer)
        }
        Step::Each { steps, .. } => block(steps, after),
    }
}

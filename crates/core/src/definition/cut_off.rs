//! What a process goes by in a mark: the number itself, or on which side of its cut-offs it lies.

use alloc::{collections::BTreeSet, vec::Vec};
use serde::{Deserialize, Serialize};

use super::{AgentWork, Definition, Step};
use crate::{
    guard::{Guard, Relation, Term},
    value::Value,
};

/// A comparison of a mark with a number that stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CutOff {
    relation: Relation,
    number: i64,
    /// Whether the text puts the number before the mark.
    turned: bool,
}

impl CutOff {
    /// Whether a mark is on the side that the text asks for.
    #[must_use]
    pub const fn takes(self, mark: i64) -> bool {
        let (left, right) = if self.turned { (self.number, mark) } else { (mark, self.number) };
        match self.relation {
            Relation::Same => left == right,
            Relation::Over => left > right,
            Relation::Under => left < right,
            Relation::AtLeast => left >= right,
            Relation::AtMost => left <= right,
        }
    }
}

impl Definition {
    /// The cut-offs of a number field, where they are all that the process goes by; empty where it uses the number
    /// itself: sends it, tells it, looks something up by it, compares it with another field, shows it to an agent, or
    /// does nothing with it that could be told.
    ///
    /// A person who approves sees the mark and answers for what they sign, so that this counts for no use of it.
    #[must_use]
    pub fn cut_offs(&self, field: &str) -> Vec<CutOff> {
        let (mut found, mut exact) = (BTreeSet::new(), false);
        self.walk(&mut |_, step| match step {
            Step::Choice { branches, .. } => {
                branches.iter().for_each(|branch| of_guard(&branch.guard, field, &mut found, &mut exact));
            }
            Step::Check(check) => of_guard(&check.guard, field, &mut found, &mut exact),
            Step::System(system) => exact |= system.payload.iter().any(|name| name == field),
            Step::LookUp(look) => exact |= look.by.iter().any(|name| name == field),
            Step::Message(message) => exact |= message.text.tells(field),
            Step::Agent(agent) => {
                let everything = match &agent.work {
                    AgentWork::Prepare { .. } => true,
                    AgentWork::Judge { subject, .. } => subject.is_empty(),
                    _ => false,
                };
                exact |= everything || agent.work.looks_at().iter().any(|name| name == field);
            }
            Step::Human(_)
            | Step::Parallel { .. }
            | Step::Each { .. }
            | Step::Wait { .. }
            | Step::HandOver { .. }
            | Step::Return { .. }
            | Step::End { .. } => {}
        });
        if exact { Vec::new() } else { found.into_iter().collect() }
    }

    /// Whether a case goes the same way with either value of a field: marks on the same side of every cut-off, where
    /// the process goes by nothing else of them, and otherwise values that are equal.
    #[must_use]
    pub fn goes_the_same_way(&self, field: &str, one: &Value, other: &Value) -> bool {
        let (Value::Number { number: one }, Value::Number { number: other }) = (one, other) else {
            return one.plain() == other.plain();
        };
        let cut_offs = self.cut_offs(field);
        one == other || (!cut_offs.is_empty() && cut_offs.iter().all(|cut| cut.takes(*one) == cut.takes(*other)))
    }
}

fn of_guard(guard: &Guard, field: &str, found: &mut BTreeSet<CutOff>, exact: &mut bool) {
    let ours = |term: &Term| matches!(term, Term::Field { field: name } if name == field);
    match guard {
        Guard::All { of } | Guard::Any { of } => of.iter().for_each(|part| of_guard(part, field, found, exact)),
        Guard::Not { of } => of_guard(of, field, found, exact),
        Guard::Compare { left, relation, right } if ours(left) || ours(right) => match (left, right) {
            (_, Term::Literal { value: Value::Number { number } }) => {
                found.insert(CutOff { relation: *relation, number: *number, turned: false });
            }
            (Term::Literal { value: Value::Number { number } }, _) => {
                found.insert(CutOff { relation: *relation, number: *number, turned: true });
            }
            _ => *exact = true,
        },
        Guard::AtMostDaysAgo { field: name, .. } => *exact |= name == field,
        // Either mark is there.
        Guard::Compare { .. } | Guard::Missing { .. } | Guard::CheckFailed => {}
    }
}

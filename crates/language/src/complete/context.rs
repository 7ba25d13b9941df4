//! Which whole sentences fit where a new one begins.

use std::sync::LazyLock;

use crate::{
    SentenceKind,
    compile::kind,
    lexer::{self, Token},
    meaning::{Change, Clause, Meaning},
    sentence::{RawKind, Split},
    shapes,
};

/// Where a sentence begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// On a line of its own.
    Top,
    /// In a bullet, behind a sentence of this sort.
    Step(Behind),
    /// Under `At the same time:`.
    Tracks,
}

/// What stands just before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Nothing that could be said more about.
    Nothing,
    /// A step of a person.
    Person,
    /// A step of an agent.
    Agent,
    /// A call of another system.
    Call,
    /// A message.
    Message,
}

struct Example {
    text: &'static str,
    meaning: Option<Meaning>,
}

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let read = |shape: &shapes::Shape| {
        let tokens: Vec<Token> = lexer::tokens(shape.example).into_iter().filter(|token| token.matters()).collect();
        let tokens = match tokens.split_last() {
            Some((last, rest)) if last.is(shape.example, ".") => rest,
            _ => &tokens,
        };
        Example { text: shape.example, meaning: shapes::readings(shape.example, tokens).pop() }
    };
    shapes::all().iter().map(read).collect()
});

impl Context {
    /// Where the text breaks off.
    pub(super) fn at(before: &str, split: &Split) -> Self {
        let line = before.rsplit('\n').next().unwrap_or_default();
        let bullet = line.trim_start().starts_with("- ") || line.trim_start().starts_with("* ");
        if !bullet {
            return Self::Top;
        }
        let last = split.sentences.iter().rev().find(|raw| raw.kind == RawKind::Plain);
        let meaning = last.and_then(|raw| shapes::readings(before, &raw.tokens).pop());
        match meaning {
            Some(Meaning::Together) => Self::Tracks,
            Some(Meaning::Change(change)) => Self::Step(match change {
                Change::Remind { .. }
                | Change::NoReminder
                | Change::NoEscalation
                | Change::Away { .. }
                | Change::Accountable(_)
                | Change::Escalate { .. } => Behind::Person,
                Change::Failure { .. } | Change::NobodySignsCall | Change::AtMostOnce => Behind::Call,
                Change::Unsure { .. } | Change::NobodySignsMessage => Behind::Nothing,
            }),
            Some(meaning) => Self::Step(match meaning.clause() {
                Some(Clause::Decide { .. } | Clause::Provide { .. } | Clause::Do { .. }) => Behind::Person,
                Some(
                    Clause::Read { .. }
                    | Clause::Classify { .. }
                    | Clause::Score { .. }
                    | Clause::Judge { .. }
                    | Clause::Prepare(_),
                ) => Behind::Agent,
                Some(Clause::Call { .. } | Clause::LookUp { .. }) => Behind::Call,
                Some(Clause::Tell { .. }) => Behind::Message,
                _ => Behind::Nothing,
            }),
            None => Self::Step(Behind::Nothing),
        }
    }

    /// Whether a step may begin here.
    pub(super) const fn is_step(self) -> bool {
        matches!(self, Self::Step(_))
    }

    /// Whole sentences that fit, those about the step before first.
    pub(super) fn examples(self) -> impl Iterator<Item = &'static str> {
        let fitting = |nearest: bool| {
            EXAMPLES
                .iter()
                .filter(move |example| example.meaning.as_ref().is_some_and(|meaning| self.fits(meaning, nearest)))
                .map(|example| example.text)
        };
        fitting(true).chain(fitting(false))
    }

    fn fits(self, meaning: &Meaning, nearest: bool) -> bool {
        match (self, meaning) {
            (Self::Tracks, Meaning::Track(_)) => nearest,
            (Self::Tracks, _) => false,
            (Self::Step(behind), Meaning::Change(change)) => nearest && behind.fits(change),
            (Self::Step(behind), Meaning::Rejected { .. }) => nearest && behind == Behind::Person,
            (Self::Step(behind), Meaning::Fails { .. }) => nearest && behind == Behind::Call,
            (Self::Step(_), Meaning::Track(_)) => false,
            (Self::Step(_), meaning) => !nearest && kind(meaning) == SentenceKind::Step,
            (Self::Top, Meaning::Stage(_)) => nearest,
            (Self::Top, meaning) => !nearest && matches!(kind(meaning), SentenceKind::Declaration | SentenceKind::Rule),
        }
    }
}

impl Behind {
    const fn fits(self, change: &Change) -> bool {
        match change {
            Change::Unsure { .. } => matches!(self, Self::Agent),
            Change::Remind { .. }
            | Change::NoReminder
            | Change::NoEscalation
            | Change::Away { .. }
            | Change::Accountable(_)
            | Change::Escalate { .. } => matches!(self, Self::Person),
            Change::Failure { .. } | Change::NobodySignsCall | Change::AtMostOnce => matches!(self, Self::Call),
            Change::NobodySignsMessage => matches!(self, Self::Message),
        }
    }
}

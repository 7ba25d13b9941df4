//! What a sentence says, before names are looked up: typed slots with their places in the text.

use countersign_core::{
    definition::{DayOrder, HumanVerb, Losers, Schedule},
    guard::Relation,
    time::Span,
    value::{Date, Money},
};

/// Words of the text with their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub text: String,
    pub start: usize,
    pub end: usize,
}

/// Somebody, as the text names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhoRef {
    /// A role, a party, the requester or the approver.
    Named(Name),
    /// Nobody is named; the name is the verb.
    Unsaid(Name),
    /// The manager of somebody.
    Manager { whole: Name, of: Name },
    /// Whoever owns the value of a field.
    Owner { whole: Name, of: FieldRef },
}

/// A field, as the text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldRef {
    pub name: Name,
    /// The document that it is read from.
    pub document: Option<Name>,
    pub start: usize,
    pub end: usize,
}

/// A type in parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeRef {
    /// The parts between commas, "and" and "or"; the flag says that the part was quoted.
    pub parts: Vec<(Name, bool)>,
    pub start: usize,
    pub end: usize,
}

/// One entry of "asks for" or "read".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub name: Name,
    pub kind: Option<TypeRef>,
}

/// A condition with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub guard: GuardRef,
    /// Its words, as written.
    pub words: Name,
}

/// A condition before names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GuardRef {
    All(Vec<GuardRef>),
    Any(Vec<GuardRef>),
    Not(Box<GuardRef>),
    Compare { left: FieldRef, relation: Relation, right: Side },
    DaysAgo { field: FieldRef, days: u32 },
    Missing(FieldRef),
    CheckFailed,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Money(Money),
    Number(i64),
    Date(Date),
    Quote(Name),
    /// A field, or a word of a list: the left side's type decides.
    Words(FieldRef),
}

/// What one sentence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Title(Name),
    Note(String),
    Question(String),
    Comment,
    Starter(Name),
    Accountable(Name),
    Success(Vec<Name>),
    Stalls(Name),
    DayOrder(DayOrder),
    Currency(Name),
    Form {
        form: Name,
        asks: Vec<Ask>,
    },
    StartForm(Name),
    Outside {
        party: Name,
        address: FieldRef,
    },
    Roles(Vec<Name>),
    OnlySee {
        readers: Vec<WhoRef>,
        fields: Vec<FieldRef>,
    },
    Stage(Name),
    Track(Name),
    Together,
    Withdraw {
        who: WhoRef,
        before: Option<Name>,
        closing: Name,
    },
    NeverAgent(Name),
    NeverApprover(WhoRef),
    Step(Clause),
    Submitted {
        who: WhoRef,
        form: Name,
        step: Clause,
    },
    AllDone(Clause),
    /// When a split goes on before all of its tracks are done.
    Join {
        needed: Option<u32>,
        losers: Losers,
    },
    /// The steps below run for each item of a list.
    Each {
        item: Name,
        list: FieldRef,
    },
    /// What happens when a system fails, in steps.
    Fails {
        system: Name,
        within: Option<Span>,
        step: Option<Clause>,
    },
    /// Who owns which words of a field.
    Owners {
        field: FieldRef,
        owners: Vec<(WhoRef, Vec<Name>)>,
    },
    Schedule(Schedule),
    /// A case starts by itself, and this is its first step.
    Scheduled {
        schedule: Schedule,
        step: Clause,
    },
    OnlyCases(Vec<WhoRef>),
    If {
        condition: Condition,
        step: Option<Clause>,
        chained: bool,
    },
    Otherwise(Option<Clause>),
    Rejected {
        who: WhoRef,
        step: Option<Clause>,
    },
    Change(Change),
}

/// A sentence that says more about the step before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Unsure {
        who: WhoRef,
        due: Option<Span>,
    },
    Remind {
        who: WhoRef,
        every: Span,
    },
    NoReminder,
    NoEscalation,
    Away {
        who: WhoRef,
    },
    /// Without a name it is whoever is asked.
    Escalate {
        who: Option<WhoRef>,
        after: Span,
        to: WhoRef,
    },
    /// Who answers for the step.
    Accountable(WhoRef),
    Failure {
        system: Name,
        within: Option<Span>,
        to: WhoRef,
    },
    NobodySignsCall,
    NobodySignsMessage,
    AtMostOnce,
}

/// A step without anything inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clause {
    Read {
        asks: Vec<Ask>,
        document: Name,
    },
    Check(Condition),
    Classify {
        thing: Name,
        by: Option<Vec<FieldRef>>,
        labels: Vec<Name>,
        into: Option<FieldRef>,
    },
    Prepare(WhoRef),
    /// Approve or review.
    Decide {
        verb: HumanVerb,
        who: WhoRef,
        subject: Name,
        seeing: Option<Vec<FieldRef>>,
        seats: u32,
        needed: u32,
        due: Option<Span>,
    },
    Provide {
        who: WhoRef,
        what: Vec<FieldRef>,
        subject: Option<Name>,
        due: Option<Span>,
    },
    Do {
        who: WhoRef,
        subject: Option<Name>,
        writes: Vec<FieldRef>,
        due: Option<Span>,
    },
    Call {
        operation: Name,
        system: Name,
        payload: Option<Vec<FieldRef>>,
        signer: Option<SignerRef>,
        at_most_once: bool,
    },
    Tell {
        to: WhoRef,
        text: Option<Name>,
        signer: Option<SignerRef>,
    },
    Score {
        subject: Option<Vec<FieldRef>>,
        low: u32,
        high: u32,
        into: FieldRef,
        marks: Vec<(u32, Name)>,
        /// Where "by ..." may be put.
        place: usize,
    },
    Judge {
        criterion: Name,
        subject: Option<Vec<FieldRef>>,
        guideline: Option<Name>,
    },
    /// A template is filled in.
    Draft {
        into: FieldRef,
        template: Name,
    },
    LookUp {
        asks: Vec<Ask>,
        system: Name,
        by: Vec<FieldRef>,
    },
    HandOver {
        who: WhoRef,
        due: Option<Span>,
    },
    Pause(Span),
    /// Until a day, or so long before (true) or after it.
    Until {
        field: FieldRef,
        offset: Option<(bool, Span)>,
    },
    Look {
        who: WhoRef,
        every: Span,
    },
    Await {
        name: Name,
        within: Span,
        otherwise: WhoRef,
    },
    Return {
        stage: Name,
        at_most: Option<u32>,
        then: Option<WhoRef>,
    },
    Close(Name),
}

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignerRef {
    Somebody(WhoRef),
    Nobody,
}

impl WhoRef {
    /// The words that name them.
    pub const fn name(&self) -> &Name {
        match self {
            Self::Named(name)
            | Self::Unsaid(name)
            | Self::Manager { whole: name, .. }
            | Self::Owner { whole: name, .. } => name,
        }
    }
}

impl Meaning {
    /// The step that stands in the sentence itself.
    pub const fn clause(&self) -> Option<&Clause> {
        match self {
            Self::Step(step) | Self::Submitted { step, .. } | Self::Scheduled { step, .. } | Self::AllDone(step) => {
                Some(step)
            }
            Self::If { step, .. } | Self::Otherwise(step) | Self::Rejected { step, .. } | Self::Fails { step, .. } => {
                step.as_ref()
            }
            _ => None,
        }
    }

    /// The condition in the sentence.
    pub const fn condition(&self) -> Option<&Condition> {
        match self {
            Self::If { condition, .. } => Some(condition),
            _ => match self.clause() {
                Some(Clause::Check(condition)) => Some(condition),
                _ => None,
            },
        }
    }
}

/// A field's name from its label: lower case, words joined by `_`.
pub(crate) fn field_name(label: &str) -> String {
    let words: Vec<String> =
        label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("_")
}

//! Steps while they are being put together: what no sentence has said yet is still open.

use countersign_core::{
    definition::{AgentWork, CheckStep, Escalation, HumanVerb, Join, MessageText, Signer, WaitUntil, Who},
    guard::Guard,
    time::Span,
    value::FieldName,
};

/// A step, the sentence that it came from, and the sentences that said more about it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub sentence: usize,
    pub also: Vec<usize>,
    pub draft: Draft,
}

/// A step with open ends.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    Agent(DraftAgent),
    Check(CheckStep),
    Human(DraftHuman),
    /// Each branch with its sentence.
    Choice {
        branches: Vec<(Guard, usize, Vec<Node>)>,
        otherwise: Option<Vec<Node>>,
    },
    /// No join means that all tracks must be done.
    Parallel {
        tracks: Vec<(String, Vec<Node>)>,
        join: Option<Join>,
    },
    Each {
        item: FieldName,
        list: FieldName,
        steps: Vec<Node>,
    },
    LookUp(DraftLook),
    HandOver {
        who: Who,
        due: Option<Span>,
    },
    Call(DraftCall),
    Message {
        to: Who,
        text: MessageText,
        signer: Option<Signer>,
    },
    Wait(WaitUntil),
    /// `after_stage` is the byte behind the stage's name.
    Return {
        stage: String,
        at_most: Option<u32>,
        then: Option<Who>,
        after_stage: usize,
    },
    End(String),
}

/// A step of an agent with open ends.
#[derive(Clone, Debug)]
pub(crate) struct DraftAgent {
    pub work: AgentWork,
    /// The byte at which "by ..." may be put, while nobody has said what to classify by.
    pub open_subject: Option<usize>,
    pub on_unsure: Option<Who>,
    pub due: Option<Span>,
    /// The sentence that says who decides when the agent is not sure.
    pub unsure_said: Option<usize>,
}

/// A step of a person with open ends.
#[derive(Clone, Debug)]
pub(crate) struct DraftHuman {
    /// The bytes of the verb, when no sentence says who does it.
    pub owner_open: Option<(usize, usize)>,
    /// The byte behind the subject.
    pub after_subject: usize,
    pub verb: HumanVerb,
    pub who: Who,
    pub subject: String,
    pub fields: Option<Vec<FieldName>>,
    pub seats: u8,
    pub needed: u8,
    pub due: Option<Span>,
    pub remind_every: Option<Option<Span>>,
    pub escalations: Option<Vec<Escalation>>,
    pub on_rejected: Option<Vec<Node>>,
    pub accountable: Option<Who>,
}

/// A look-up with open ends.
#[derive(Clone, Debug)]
pub(crate) struct DraftLook {
    pub system: String,
    pub by: Vec<FieldName>,
    pub fields: Vec<FieldName>,
    pub answer_within: Option<Span>,
    pub on_failure: Option<Who>,
    /// What happens when it fails, in steps.
    pub failure: Option<Vec<Node>>,
    /// The sentence that says what happens when the system fails.
    pub failure_said: Option<usize>,
}

/// A call with open ends.
#[derive(Clone, Debug)]
pub(crate) struct DraftCall {
    /// The byte behind the system's name.
    pub after_system: usize,
    /// The sentence that says what happens when the system fails.
    pub failure_said: Option<usize>,
    pub operation: String,
    pub system: String,
    pub payload: Option<Vec<FieldName>>,
    pub signer: Option<Signer>,
    pub at_most_once: bool,
    pub answer_within: Option<Span>,
    pub on_failure: Option<Who>,
    /// What happens when it fails, in steps.
    pub failure: Option<Vec<Node>>,
    pub accountable: Option<Who>,
}

/// Calls `visit` with every step of a person that a sentence just behind these steps can speak about: the
/// last step, or the last step of every branch when the last step is a choice.
pub(crate) fn last_people(block: &mut [Node], visit: &mut dyn FnMut(&mut DraftHuman, &mut Vec<usize>)) {
    let Some(node) = block.last_mut() else { return };
    match &mut node.draft {
        Draft::Human(human) => visit(human, &mut node.also),
        Draft::Choice { branches, otherwise } => {
            for (_, _, steps) in branches {
                last_people(steps, visit);
            }
            if let Some(steps) = otherwise {
                last_people(steps, visit);
            }
        }
        _ => {}
    }
}

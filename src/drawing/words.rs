//! What a step says of itself, in the words of its process: what, who, when, and what then.
//!
//! These words stand in the drawing, in the step sheet and on the command line alike.

use countersign_core::definition::{
    AgentStep, AgentWork, Definition, HumanStep, HumanVerb, MessageText, Path, Signer, Step, SystemStep, WaitUntil,
    Who,
};

use serde::Serialize;

use crate::language;

/// The longest text of a message that a drawing repeats, in characters.
const MESSAGE_AT_MOST: usize = 70;

/// Who carries a step out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person.
    Person,
    /// An agent.
    Agent,
    /// Code.
    Code,
    /// Another system.
    System,
    /// A message to somebody.
    Message,
    /// Nobody: it waits.
    Wait,
    /// The case goes back.
    Return,
    /// The case closes.
    End,
    /// The way divides.
    Split,
}

/// A step in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepWords {
    /// Who carries it out.
    pub kind: Kind,
    /// What is done: `Approve the claim`.
    pub what: String,
    /// By whom: `the finance lead`.
    pub who: Option<String>,
    /// By when, and what happens then; one line each.
    pub when: Vec<String>,
}

impl Kind {
    /// The class that the style sheet knows.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "by-agent",
            Self::Code => "code",
            Self::System => "system",
            Self::Message => "message",
            Self::Wait => "wait",
            Self::Return => "return",
            Self::End => "end",
            Self::Split => "split",
        }
    }
}

/// The label of the other way through a choice.
pub const OTHERWISE: &str = "otherwise";
/// The label of a join of every track.
pub const ALL_DONE: &str = "when all are done";
/// What an agent is called in a drawing.
pub const AGENT: &str = "agent";
/// What a screen reader says of the place where a way divides.
pub const DIVIDES: &str = "the way divides";
/// Said of a stage that is not drawn.
pub const TOO_LARGE: &str = "This stage has too many steps for a drawing; they stand in the list.";
/// How a comparison is made.
pub const BY_CODE: &str = "compared by code";

/// A condition in words; whole amounts are said without their cents.
#[must_use]
pub fn condition(definition: &Definition, guard: &countersign_core::guard::Guard) -> String {
    language::condition(definition, guard).replace(".00 ", " ")
}

/// A condition as the label of a way: `if the amount is over 500 EUR`.
#[must_use]
pub fn if_words(condition: &str) -> String {
    format!("if {condition}")
}

/// The label of the way after a rejection.
#[must_use]
pub fn rejected(subject: &str) -> String {
    format!("if {subject} is rejected")
}

/// How many cases stand on a step.
#[must_use]
pub fn standing(here: u32, late: u32) -> String {
    let cases = if here == 1 { "1 case here".to_owned() } else { format!("{here} cases here") };
    if late == 0 { cases } else { format!("{cases}, {late} late") }
}

/// A step in words.
#[must_use]
pub fn of(definition: &Definition, step: &Step) -> StepWords {
    match step {
        Step::Human(human) => person(definition, human),
        Step::Agent(agent) => by_agent(definition, agent),
        Step::Check(check) => {
            words(Kind::Code, format!("Check that {}", check.words), Some(BY_CODE.to_owned()), Vec::new())
        }
        Step::System(call) => system(definition, call),
        Step::Message(message) => {
            let to = language::who(definition, &message.to);
            let what = match &message.text {
                MessageText::Reason => format!("Tell {to} the reason"),
                MessageText::Template { template } => format!("Tell {to}: \u{201c}{}\u{201d}", short(template)),
            };
            let inside = !matches!(message.to, Who::Party { .. });
            let signer = (!inside).then(|| signed(&message.signer));
            words(Kind::Message, what, signer, Vec::new())
        }
        Step::Wait { until } => wait(definition, until),
        Step::Return { stage, at_most, then } => {
            let times = if *at_most == 1 { "at most once".to_owned() } else { format!("at most {at_most} times") };
            let then = format!("{times}, then {} takes over", language::who(definition, then));
            words(Kind::Return, format!("Back to {stage}"), None, vec![then])
        }
        Step::End { closing } => words(Kind::End, format!("Closed as {closing}"), None, Vec::new()),
        Step::Choice { branches, .. } => {
            let ways: Vec<String> =
                branches.iter().map(|branch| if_words(&condition(definition, &branch.guard))).collect();
            words(Kind::Split, capital(&list(&ways)), None, Vec::new())
        }
        Step::Parallel { tracks } => {
            let names: Vec<String> = tracks.iter().map(|track| track.name.clone()).collect();
            words(Kind::Split, format!("{} side by side", list(&names)), None, Vec::new())
        }
    }
}

/// A step at a path in words.
#[must_use]
pub fn at(definition: &Definition, path: &Path) -> Option<StepWords> {
    definition.step(path).map(|step| of(definition, step))
}

fn words(kind: Kind, what: String, who: Option<String>, when: Vec<String>) -> StepWords {
    StepWords { kind, what, who, when }
}

fn person(definition: &Definition, human: &HumanStep) -> StepWords {
    let who = language::who(definition, &human.who);
    let who = if human.seats > 1 { format!("{} of {} of {who}", human.needed, human.seats) } else { who };
    let what = match human.verb {
        HumanVerb::Approve => format!("Approve {}", human.subject),
        HumanVerb::Review => format!("Review {}", human.subject),
        HumanVerb::Provide => format!("Hand in {}", human.subject),
        HumanVerb::Do if human.fields.is_empty() => capital(&human.subject),
        HumanVerb::Do => format!("Write {}", human.subject),
    };
    let mut when = vec![within(human.due)];
    for escalation in &human.escalations {
        let to = language::who(definition, &escalation.to);
        when.push(format!("after {}: {to}", language::span(escalation.after)));
    }
    words(Kind::Person, what, Some(who), when)
}

fn by_agent(definition: &Definition, agent: &AgentStep) -> StepWords {
    let fields = |names: &[String]| {
        let all: Vec<String> =
            names.iter().map(|name| name.rsplit('.').next().unwrap_or(name).replace('_', " ")).collect();
        list(&all)
    };
    let what = match &agent.work {
        AgentWork::Extract { document, fields: read } => {
            format!("Read {} from {}", fields(read), language::field(definition, document))
        }
        AgentWork::Classify { field, .. } => format!("Classify: {}", label(definition, field)),
        AgentWork::Prepare { reader } => format!("Prepare a summary for {}", language::who(definition, reader)),
    };
    let when = match &agent.work {
        AgentWork::Prepare { .. } => Vec::new(),
        AgentWork::Extract { .. } | AgentWork::Classify { .. } => {
            let unsure = language::who(definition, &agent.on_unsure);
            vec![format!("not sure: {unsure}, {}", within(agent.due))]
        }
    };
    words(Kind::Agent, what, Some(AGENT.to_owned()), when)
}

fn system(definition: &Definition, call: &SystemStep) -> StepWords {
    let what = format!("{} in the {}", capital(&call.operation), call.system);
    let else_ = language::who(definition, &call.on_failure);
    let when = vec![format!("no answer {}: {else_}", within(call.answer_within))];
    words(Kind::System, what, Some(signed(&call.signer)), when)
}

fn wait(definition: &Definition, until: &WaitUntil) -> StepWords {
    match until {
        WaitUntil::Passed { span } => {
            words(Kind::Wait, format!("Wait {}", language::span(*span)), None, Vec::new())
        }
        WaitUntil::Message { name, within: time, otherwise } => {
            let then = format!("{}, else {}", within(*time), language::who(definition, otherwise));
            words(Kind::Wait, format!("Wait for the message \u{201c}{name}\u{201d}"), None, vec![then])
        }
    }
}

/// `within 2 working days`.
#[must_use]
pub fn within(span: countersign_core::time::Span) -> String {
    format!("within {}", language::span(span))
}

/// Who signs, or that nobody does.
#[must_use]
pub fn signed(signer: &Signer) -> String {
    match signer {
        Signer::Approver => "signed by the approver".to_owned(),
        Signer::Role { role } => format!("signed by the {role}"),
        Signer::Nobody => "nobody signs this".to_owned(),
    }
}

fn label(definition: &Definition, field: &str) -> String {
    definition.field(field).map_or_else(|| field.to_owned(), |field| field.label.clone())
}

fn short(text: &str) -> String {
    if text.chars().count() <= MESSAGE_AT_MOST {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MESSAGE_AT_MOST).collect();
    cut.push('\u{2026}');
    cut
}

/// A sentence begins with a capital letter.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Words in a row: `a, b and c`.
#[must_use]
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

// Words of the step sheet.

/// Who carries out what needs nobody.
pub const PROGRAM: &str = "the program";
/// What a message or a sheet says of a rejection's reason.
pub const REASON: &str = "the reason of the rejection";
/// A call that is never repeated by itself.
pub const AT_MOST_ONCE: &str = "made at most once";
/// A call that may be repeated.
pub const SAME_KEY: &str = "repeated under the same key until it is answered";
/// A step that is always done.
pub const ALWAYS: &str = "always";
/// A summary ends a step as it is.
pub const PREPARED: &str = "the summary is kept";
/// A check ends a step whatever it finds.
pub const RECORDED: &str = "the finding is recorded; what follows from it stands in a later step";
/// A message ends a step when it is handed over.
pub const HANDED_OVER: &str = "the message is handed over";
/// A wait is over.
pub const TIME_PASSED: &str = "the time has passed";
/// What a summary is made from.
pub const EVERYTHING: &str = "everything known by then";
/// What an approval leaves.
pub const SIGN_OFF: &str = "a sign-off over what was shown";
/// What a review leaves.
pub const CONFIRMATION: &str = "a confirmation; it signs nothing";
/// What a summary step leaves.
pub const SUMMARY: &str = "a summary";
/// What a check leaves.
pub const FINDING: &str = "a finding";
/// What a call leaves.
pub const RECEIPT: &str = "what the system answered";
/// Nothing follows.
pub const NOTHING_MORE: &str = "nothing: the case is over";
/// What a rejection does where the text says nothing else.
pub const REJECTION_CLOSES: &str = "; a rejection closes the case as rejected";

/// An agent, and who decides when it is not sure.
#[must_use]
pub fn agent_else(who: &str) -> String {
    format!("an agent; {who} when it is not sure")
}

/// Nobody, and who looks when nothing comes.
#[must_use]
pub fn nobody_else(who: &str) -> String {
    format!("nobody; {who} when nothing comes")
}

/// The program, and who takes over.
#[must_use]
pub fn program_else(who: &str) -> String {
    format!("{PROGRAM}; {who} when it fails")
}

/// What opens a case.
#[must_use]
pub fn opens(starter: &str, form: Option<&str>) -> String {
    match form {
        Some(form) => format!("the {starter} hands in the {form}"),
        None => format!("the {starter} opens a case"),
    }
}

/// A step before this one.
#[must_use]
pub fn is_over(name: &str) -> String {
    format!("\u{201c}{name}\u{201d} is over")
}

/// A rejection starts it.
#[must_use]
pub fn is_rejected(subject: &str) -> String {
    format!("{subject} is rejected")
}

/// A track begins beside the others.
#[must_use]
pub fn begins_beside(trigger: &str) -> String {
    format!("{trigger}; it begins beside the other tracks")
}

/// A later way of a choice.
#[must_use]
pub fn only_else_if(condition: &str) -> String {
    format!("if none of the ways before it was taken and {condition}")
}

/// The last way of a choice.
#[must_use]
pub fn only_if_not(conditions: &[String]) -> String {
    format!("unless {}", conditions.join(" or "))
}

/// A step of a track.
#[must_use]
pub fn in_track(name: &str) -> String {
    format!("in the track {name}")
}

/// What ends an agent's step.
#[must_use]
pub fn accepted_or_confirmed(who: &str) -> String {
    format!("its answer has passed every check, or {who} has confirmed or corrected it")
}

/// What ends a call.
#[must_use]
pub fn answered(system: &str, else_: &str) -> String {
    format!("the {system} has answered, or {else_} has taken over")
}

/// What ends a wait for a message.
#[must_use]
pub fn arrived(name: &str) -> String {
    format!("the message \u{201c}{name}\u{201d} has come, or somebody has looked")
}

/// What a return leads to.
#[must_use]
pub fn stands_again(stage: &str) -> String {
    format!("the case stands at the start of {stage} again; sign-offs over what changes are void")
}

/// How a case ends.
#[must_use]
pub fn is_closed(closing: &str, success: bool) -> String {
    let counts = if success { ", which counts as a success" } else { "" };
    format!("the case is closed as {closing}{counts}")
}

/// The stage that follows a return.
#[must_use]
pub fn begins_again(stage: &str) -> String {
    format!("{stage} begins again")
}

/// A next step and what it needs.
#[must_use]
pub fn expects(name: &str, needs: &str) -> String {
    format!("{name}; it expects {needs}")
}

/// What a person has done when a step ends.
#[must_use]
pub fn has(who: &str, done: &str, subject: &str, rest: &str) -> String {
    format!("{who} has {done} {subject}{rest}")
}

//! What a step says of itself, in the words of its process: what, who, when, and what then.
//!
//! These words stand in the drawing, in the step sheet and on the command line alike.

mod sheet;

use countersign_core::definition::{
    AgentStep, AgentWork, Definition, HumanStep, HumanVerb, Join, Losers, MessageText, Path, Signer, Step, SystemStep,
    WaitUntil, Who,
};

use serde::Serialize;

pub use self::sheet::*;
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
/// A wait in a stage while somebody looks at it.
pub const STAY: &str = "Stay in this stage";
/// Somebody looks and says that it may go on.
pub const HAND_OVER: &str = "Look at the case and let it go on";
/// How a list is worked through.
pub const ONE_BY_ONE: &str = "one after the other";
/// The way into a round.
pub const EACH_ROUND: &str = "each round";
/// The way out of the rounds.
pub const EACH_DONE: &str = "when every round is done";
/// What an agent is called in a drawing.
pub const AGENT: &str = "agent";
/// What a screen reader says of the place where a way divides.
pub const DIVIDES: &str = "the way divides";
/// Said of a stage that is not drawn.
pub const TOO_LARGE: &str = "This stage has too many steps for a drawing; they stand in the list.";
/// How a comparison is made.
pub const BY_CODE: &str = "compared by code";

/// A condition in words; amounts are said as people write them: `50,000 EUR`.
#[must_use]
pub fn condition(definition: &Definition, guard: &countersign_core::guard::Guard) -> String {
    amounts(&language::condition(definition, guard))
}

/// The text with its amounts in groups of three digits, whole ones without their cents.
fn amounts(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let is_currency = |word: &str| {
        let word = word.trim_end_matches([',', '.', ';', ')']);
        word.len() == 3 && word.bytes().all(|letter| letter.is_ascii_uppercase())
    };
    let said = words.iter().enumerate().map(|(place, word)| {
        let amount = words.get(place + 1).is_some_and(|next| is_currency(next));
        if amount { grouped(word) } else { (*word).to_owned() }
    });
    said.collect::<Vec<_>>().join(" ")
}

fn grouped(number: &str) -> String {
    let (whole, cents) = number.split_once('.').unwrap_or((number, "00"));
    if whole.is_empty() || !whole.bytes().chain(cents.bytes()).all(|digit| digit.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut said = String::with_capacity(number.len() + 4);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    if cents.bytes().any(|digit| digit != b'0') { format!("{said}.{cents}") } else { said }
}

/// A condition as the label of a way: `if the amount is over 500 EUR`.
#[must_use]
pub fn if_words(condition: &str) -> String {
    format!("if {condition}")
}

/// When a split goes on, and what becomes of the other tracks.
#[must_use]
pub fn join(join: Join) -> String {
    let others = match join.losers() {
        None => "",
        Some(Losers::Cancel) => "; the others are called off",
        Some(Losers::Finish) => "; the others finish",
    };
    match join {
        Join::All => "when all are done".to_owned(),
        Join::Any { .. } => format!("when any is done{others}"),
        Join::Count { count, .. } => format!("when {count} are done{others}"),
    }
}

/// The label of the way after a call that failed.
#[must_use]
pub fn fails(system: &str) -> String {
    format!("if the {system} fails")
}

fn answer(time: countersign_core::time::Span) -> String {
    format!("an answer {}", within(time))
}

fn no_answer(definition: &Definition, time: countersign_core::time::Span, who: &Who) -> String {
    format!("no answer {}: {}", within(time), language::who(definition, who))
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
        Step::LookUp(look) => {
            let labels = |names: &[String]| list(&names.iter().map(|name| label(definition, name)).collect::<Vec<_>>());
            let what = format!("Look up {} in the {}", labels(&look.fields), look.system);
            let by = (!look.by.is_empty()).then(|| format!("by {}", labels(&look.by)));
            let when = if look.failure.is_empty() {
                no_answer(definition, look.answer_within, &look.on_failure)
            } else {
                answer(look.answer_within)
            };
            words(Kind::System, what, by, vec![when])
        }
        Step::HandOver { who, due } => {
            let who = language::who(definition, who);
            words(Kind::Person, HAND_OVER.to_owned(), Some(who), vec![within(*due)])
        }
        Step::Each { item, list: items, .. } => {
            let what = format!("For each {} in {}", label(definition, item), language::field(definition, items));
            words(Kind::Split, what, None, vec![ONE_BY_ONE.to_owned()])
        }
        Step::Message(message) => {
            let to = language::who(definition, &message.to);
            let what = match &message.text {
                MessageText::Reason => format!("Tell {to} the reason"),
                MessageText::Template { template } => {
                    format!("Tell {to}: \u{201c}{}\u{201d}", short(&labelled(definition, template)))
                }
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
            words(Kind::Split, capital(&either(&ways)), None, Vec::new())
        }
        Step::Parallel { tracks, .. } => {
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
            names.iter().map(|name| read_as(definition, name.rsplit('.').next().unwrap_or(name))).collect();
        list(&all)
    };
    let what = match &agent.work {
        AgentWork::Extract { document, fields: read } => {
            format!("Read {} from {}", fields(read), language::field(definition, document))
        }
        AgentWork::Classify { field, .. } => format!("Classify: {}", label(definition, field)),
        AgentWork::Prepare { reader } => format!("Prepare a summary for {}", language::who(definition, reader)),
        AgentWork::Score { field, scale, .. } => {
            let marks = (scale.iter().map(|mark| mark.mark).min(), scale.iter().map(|mark| mark.mark).max());
            match marks {
                (Some(low), Some(high)) => format!("Score from {low} to {high}: {}", label(definition, field)),
                _ => format!("Score: {}", label(definition, field)),
            }
        }
        AgentWork::Judge { criterion, .. } => format!("Judge whether {criterion}"),
        AgentWork::Draft { template, field, .. } => {
            format!("Fill in {} from the template “{template}”", language::field(definition, field))
        }
    };
    let when = match &agent.work {
        AgentWork::Prepare { .. } => Vec::new(),
        AgentWork::Draft { .. } => vec![format!("a value is missing: {}", language::who(definition, &agent.on_unsure))],
        AgentWork::Extract { .. } | AgentWork::Classify { .. } | AgentWork::Score { .. } | AgentWork::Judge { .. } => {
            let unsure = language::who(definition, &agent.on_unsure);
            vec![format!("not sure: {unsure}, {}", within(agent.due))]
        }
    };
    words(Kind::Agent, what, Some(AGENT.to_owned()), when)
}

fn system(definition: &Definition, call: &SystemStep) -> StepWords {
    let what = format!("{} in the {}", capital(&call.operation), call.system);
    let when = if call.failure.is_empty() {
        vec![no_answer(definition, call.answer_within, &call.on_failure)]
    } else {
        vec![answer(call.answer_within)]
    };
    words(Kind::System, what, Some(signed(&call.signer)), when)
}

fn wait(definition: &Definition, until: &WaitUntil) -> StepWords {
    match until {
        WaitUntil::Passed { span } => words(Kind::Wait, format!("Wait {}", language::span(*span)), None, Vec::new()),
        WaitUntil::Message { name, within: time, otherwise } => {
            let then = format!("{}, else {}", within(*time), language::who(definition, otherwise));
            words(Kind::Wait, format!("Wait for the message \u{201c}{name}\u{201d}"), None, vec![then])
        }
        WaitUntil::Date { field, offset } => {
            let field = language::field(definition, field);
            let what = match offset {
                None => format!("Wait until {field}"),
                Some(offset) => {
                    let side = if offset.before { "before" } else { "after" };
                    format!("Wait until {} {side} {field}", language::span(offset.span))
                }
            };
            words(Kind::Wait, what, None, Vec::new())
        }
        WaitUntil::Look { who, every } => {
            let when = format!("looks every {}", language::span(*every));
            words(Kind::Wait, STAY.to_owned(), Some(language::who(definition, who)), vec![when])
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

/// What is read from a document is called like the field of the same name, where there is one.
fn read_as(definition: &Definition, name: &str) -> String {
    definition.field(name).map_or_else(|| name.replace('_', " "), |field| field.label.clone())
}

fn label(definition: &Definition, field: &str) -> String {
    definition.field(field).map_or_else(|| field.to_owned(), |field| field.label.clone())
}

/// A message whose places for fields show the label, as people know the field, and not its name.
fn labelled(definition: &Definition, template: &str) -> String {
    let places = definition.fields.iter().filter(|field| field.name != field.label);
    places.fold(template.to_owned(), |text, field| {
        text.replace(&format!("{{{}}}", field.name), &format!("{{{}}}", field.label))
    })
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

/// One of several: `a, b or c`.
#[must_use]
pub fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
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

#[cfg(test)]
mod tests {
    use super::amounts;

    #[test]
    fn amounts_read_as_people_write_them() {
        let check = |text: &str, expected: &str| assert_eq!(amounts(text), expected);
        check("the spend is over 50000.00 EUR", "the spend is over 50,000 EUR");
        check("the spend is over 500 EUR", "the spend is over 500 EUR");
        check("between 1234.50 EUR and 1000000 EUR", "between 1,234.50 EUR and 1,000,000 EUR");
        check("the number is over 50000", "the number is over 50000");
        check("the code is A12.00 EUR", "the code is A12.00 EUR");
    }
}

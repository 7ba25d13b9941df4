//! Reading an answer: the words of the person go into typed slots, or are refused.

use countersign_core::definition::HumanVerb;

use super::{ANSWER_BYTES_MAX, InterviewQuestion, LINES_MAX, QuestionId};
use crate::{
    lexer::{self, Token},
    meaning::{Clause, Meaning, SignerRef, WhoRef},
    names::written,
    shapes, words,
};

/// Words that say that there is nothing to say.
const NOTHING: [&str; 5] = ["", "no", "none", "nobody", "nothing"];
/// Verbs that no name of a role ends with; they would be swallowed by it otherwise.
const VERBS: [&str; 12] = [
    "decides",
    "approves",
    "signs",
    "reviews",
    "does",
    "checks",
    "submits",
    "starts",
    "opens",
    "withdraws",
    "hands",
    "fills",
];

/// An answer in its slots. Names are without their articles, written so that a sentence can hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Nothing,
    Title(String),
    Name(String),
    Asks(String),
    Outside { party: String, field: String },
    OutsideAsks { asks: String, within: Option<String> },
    Steps(Vec<(String, Vec<String>)>),
    Decides { who: String, within: Option<String> },
    Limit { condition: String, who: String, within: Option<String> },
    Escalation { after: String, to: String },
    Calls(Vec<String>),
    Message(String),
    Withdraw,
    Place(String),
    MaySee { who: Vec<String>, fields: String },
}

/// Answers for questions that must be answered and are not yet.
pub(crate) fn stand_ins() -> [(QuestionId, Read); 5] {
    let name = |text: &str| Read::Name(String::from(text));
    [
        (QuestionId::Name, Read::Title(String::from("Process"))),
        (QuestionId::Starter, name("initiator")),
        (QuestionId::HandsIn, Read::Asks(String::from("the details (text)"))),
        (QuestionId::Accountable, name("outcome owner")),
        (QuestionId::Done, name("done")),
    ]
}

/// Reads an answer.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(question: &InterviewQuestion, answer: &str) -> Result<Read, String> {
    let answer = answer.trim();
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(format!("the answer has more than {ANSWER_BYTES_MAX} bytes"));
    }
    if answer.lines().count() > if question.lines { LINES_MAX } else { 1 } {
        return Err(String::from("the answer has too many lines"));
    }
    let plain = answer.trim_end_matches('.').to_lowercase();
    if NOTHING.contains(&plain.as_str()) {
        return if question.optional { Ok(Read::Nothing) } else { Err(String::from("this must be answered")) };
    }
    match question.id {
        QuestionId::Name => title(answer),
        QuestionId::Starter | QuestionId::Accountable => person(answer),
        QuestionId::Rejected | QuestionId::Done => name(answer),
        QuestionId::Tell => Ok(Read::Message(String::from(answer))),
        QuestionId::Steps => lines(answer, &step).map(Read::Steps),
        QuestionId::Systems => lines(answer, &call).map(Read::Calls),
        QuestionId::Withdraw => only(answer, "[at] any time").map(|_| Read::Withdraw),
        QuestionId::Stalls => only(answer, "[at] {thing}").map(|found| Read::Place(found.text("thing"))),
        _ => composed(question.id, answer),
    }
}

fn composed(id: QuestionId, answer: &str) -> Result<Read, String> {
    match id {
        QuestionId::HandsIn => {
            let found = only(answer, "[they hand in] {asks}")?;
            Ok(Read::Asks(found.text("asks")))
        }
        QuestionId::Outside => {
            let found = only(answer, "{name} : {field}")?;
            Ok(Read::Outside { party: found.name("name"), field: found.text("field") })
        }
        QuestionId::OutsideHandsIn => {
            let found = only(answer, "{asks} [[,] within {span}]")?;
            Ok(Read::OutsideAsks { asks: found.text("asks"), within: found.optional("span") })
        }
        QuestionId::Decides => {
            let found = only(answer, "{who} [(decides|approves)] [[,] within {span}]")?;
            Ok(Read::Decides { who: found.name("who"), within: found.optional("span") })
        }
        QuestionId::Limit => {
            let found = only(answer, "[if] {guard} , {who} [(decides|approves)] [[,] within {span}]")?;
            Ok(Read::Limit { condition: found.text("guard"), who: found.name("who"), within: found.optional("span") })
        }
        QuestionId::Escalation => {
            let found = only(answer, "[after] {span} [,] [(to|escalate to)] {who} [decides]")
                .or_else(|_| only(answer, "{who} after {span}"))?;
            Ok(Read::Escalation { after: found.text("span"), to: found.name("who") })
        }
        _ => {
            let found = only(answer, "[only] {whos} may see {fields}")?;
            Ok(Read::MaySee { who: found.list("whos"), fields: found.text("fields") })
        }
    }
}

/// The slots of an answer, as the answer wrote them.
struct Found {
    slots: Vec<(&'static str, String)>,
}

impl Found {
    fn text(&self, key: &str) -> String {
        self.optional(key).unwrap_or_default()
    }

    fn optional(&self, key: &str) -> Option<String> {
        self.slots.iter().find(|(known, _)| *known == key).map(|(_, text)| text.clone())
    }

    /// A name without its article.
    fn name(&self, key: &str) -> String {
        bare(&self.text(key))
    }

    /// The names of a list, without their articles.
    fn list(&self, key: &str) -> Vec<String> {
        let text = self.text(key);
        text.split(',').flat_map(|part| part.split(" and ")).flat_map(|part| part.split(" or ")).map(bare).collect()
    }
}

/// A name without its article and with a small first letter where the capital is only the sentence's.
fn bare(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("and ").unwrap_or(text);
    let first = text.split(' ').next().unwrap_or_default();
    let rest = if ["a", "an", "the"].contains(&first.to_lowercase().as_str()) && first.len() < text.len() {
        text[first.len()..].trim_start()
    } else {
        text
    };
    let mut characters = rest.chars();
    match characters.next() {
        Some(first) if first.is_uppercase() && characters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => String::from(rest),
    }
}

/// The tokens of an answer without its full stop.
fn tokens(answer: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = lexer::tokens(answer).into_iter().filter(|token| token.matters()).collect();
    if tokens.last().is_some_and(|last| last.is(answer, ".")) {
        tokens.pop();
    }
    tokens
}

/// The one way to read the answer as the pattern.
fn only(answer: &str, pattern: &'static str) -> Result<Found, String> {
    let tokens = tokens(answer);
    // A word of a list may be one that is vague elsewhere; the compiler tells them apart.
    let lists = pattern.contains("{asks}");
    if let Some((word, question)) = tokens.iter().filter(|_| !lists).find_map(|token| {
        let word = token.text(answer);
        words::vague(word).map(|vague| (word, vague.1))
    }) {
        return Err(format!("`{word}` leaves open what is meant: {question}"));
    }
    let mut found: Vec<Vec<(&'static str, String)>> = Vec::new();
    for reading in shapes::slotted(pattern, answer, &tokens) {
        let slots: Vec<(&'static str, String)> = reading
            .into_iter()
            .map(|(_, key, from, to)| {
                let span = tokens.get(from).zip(tokens.get(to.saturating_sub(1)));
                let words = span.map(|(first, last)| &answer[first.start..last.end]).unwrap_or_default();
                (key, words.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect();
        let verb = slots.iter().any(|(key, text)| {
            let last = text.rsplit(' ').next().unwrap_or_default().to_lowercase();
            ["who", "name"].contains(key) && text.contains(' ') && VERBS.contains(&last.as_str())
        });
        if !verb && !found.contains(&slots) {
            found.push(slots);
        }
    }
    match (found.pop(), found.len()) {
        (Some(slots), 0) => Ok(Found { slots }),
        (Some(_), _) => Err(String::from("the answer can be read in several ways")),
        (None, _) => Err(String::from("the answer is not understood")),
    }
}

fn title(answer: &str) -> Result<Read, String> {
    let title = answer.trim_start_matches('#').trim().trim_end_matches('.');
    if title.is_empty() || !title.chars().any(char::is_alphanumeric) {
        return Err(String::from("a name needs letters"));
    }
    Ok(Read::Title(title.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn person(answer: &str) -> Result<Read, String> {
    let found = only(answer, "{name}")?;
    let name = found.name("name");
    if words::RESERVED.iter().any(|word| word.eq_ignore_ascii_case(&name)) {
        return Err(format!("`{name}` has a meaning of its own; name a role"));
    }
    Ok(Read::Name(written(name.trim_matches('"'))))
}

fn name(answer: &str) -> Result<Read, String> {
    let found = only(answer, "[close] [the case] [as] {name}")?;
    Ok(Read::Name(found.name("name")))
}

fn lines<T>(answer: &str, one: &dyn Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let lines = answer.lines().map(|line| line.trim().trim_start_matches(['-', '*']).trim());
    lines.filter(|line| !line.is_empty()).map(|line| one(line).map_err(|why| format!("`{line}`: {why}"))).collect()
}

/// The single meaning of a line.
fn clause(line: &str) -> Result<Clause, String> {
    let tokens = tokens(line);
    let mut readings = shapes::readings(line, &tokens);
    match (readings.pop(), readings.len()) {
        (Some(Meaning::Step(clause)), 0) => Ok(clause),
        (Some(_), 0) => Err(String::from("this is no step")),
        (Some(_), _) => Err(String::from("this can be read in several ways")),
        (None, _) => Err(match shapes::nearest(line, &tokens).first() {
            Some(near) => format!("this is not understood; the nearest that would be is `{near}`"),
            None => String::from("this is not understood"),
        }),
    }
}

/// A step before the decision, with the people whom it names.
fn step(line: &str) -> Result<(String, Vec<String>), String> {
    let people = match clause(line)? {
        Clause::Decide { who: WhoRef::Unsaid(_), .. } => return Err(String::from("say who does it")),
        Clause::Decide { verb: HumanVerb::Approve, .. } => return Err(String::from("who decides is asked separately")),
        Clause::Close(_) | Clause::Return { .. } => return Err(String::from("how a case ends is asked separately")),
        Clause::Call { .. } => return Err(String::from("calls of other systems are asked separately")),
        Clause::Decide { who, .. } | Clause::Provide { who, .. } | Clause::Do { who, .. } => vec![named(&who)],
        Clause::Tell { to, .. } => vec![named(&to)],
        Clause::Prepare(who) => vec![named(&who)],
        Clause::Await { otherwise, .. } => vec![named(&otherwise)],
        _ => Vec::new(),
    };
    Ok((sentence(line), people))
}

fn call(line: &str) -> Result<String, String> {
    match clause(line)? {
        Clause::Call { signer: None, .. } => {
            Err(String::from("say who signs it: `signed by the approver`, or `signed by nobody`"))
        }
        Clause::Call { signer: Some(SignerRef::Somebody(who)), .. }
            if !named(&who).eq_ignore_ascii_case("approver") =>
        {
            Err(String::from("only `the approver` or `nobody` signs here"))
        }
        Clause::Call { .. } => Ok(sentence(line)),
        _ => Err(String::from("this calls no other system")),
    }
}

fn named(who: &WhoRef) -> String {
    who.name().text.clone()
}

/// A line as a sentence: a capital at its start, a full stop at its end.
fn sentence(line: &str) -> String {
    let line = line.trim().trim_end_matches('.');
    let mut characters = line.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

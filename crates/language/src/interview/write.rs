//! Writing the text of an interview: the sentences in their places, each with the answer that it comes from.

use std::collections::BTreeMap;

use super::{AnsweredSentence, QuestionId, answers::Read};
use crate::{compile::slug, lexer, names::same, shapes};

type Taken = BTreeMap<QuestionId, Read>;

/// One line of the text.
struct Line {
    prefix: &'static str,
    sentences: Vec<(String, QuestionId)>,
}

/// The text of the answers, and its sentences.
pub(crate) fn text(taken: &Taken) -> (String, Vec<AnsweredSentence>) {
    let mut page = Page { taken, lines: Vec::new() };
    page.people();
    page.data();
    page.stages();
    page.rules();
    page.text()
}

struct Page<'a> {
    taken: &'a Taken,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn name(&self, id: QuestionId) -> Option<&str> {
        match self.taken.get(&id) {
            Some(Read::Name(name) | Read::Title(name)) => Some(name),
            _ => None,
        }
    }

    fn starter(&self) -> &str {
        self.name(QuestionId::Starter).unwrap_or("requester")
    }

    /// What is decided on, by the name of the process where that can stand in a sentence.
    fn subject(&self) -> String {
        let title = self.name(QuestionId::Name).unwrap_or_default();
        let mut characters = title.chars();
        let lower: String = match characters.next() {
            Some(first) if characters.clone().next().is_some_and(char::is_lowercase) => {
                first.to_lowercase().chain(characters).collect()
            }
            _ => String::from(title),
        };
        let plain = shapes::is_plain_name(&lower) && shapes::is_plain_thing(&lower) && !slug(&lower).is_empty();
        if plain { lower } else { String::from("request") }
    }

    fn line(&mut self, prefix: &'static str, sentence: impl Into<String>, id: QuestionId) {
        self.lines.push(Line { prefix, sentences: vec![(sentence.into(), id)] });
    }

    fn also(&mut self, sentence: impl Into<String>, id: QuestionId) {
        if let Some(line) = self.lines.last_mut() {
            line.sentences.push((sentence.into(), id));
        }
    }

    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.sentences.is_empty()) {
            self.lines.push(Line { prefix: "", sentences: Vec::new() });
        }
    }

    fn people(&mut self) {
        if let Some(title) = self.name(QuestionId::Name).map(String::from) {
            self.line("", format!("# {title}"), QuestionId::Name);
            self.gap();
        }
        if let Some(starter) = self.name(QuestionId::Starter) {
            let sentence = format!("{} {starter} can start this process.", article(starter));
            self.line("", sentence, QuestionId::Starter);
        }
        if let Some(owner) = self.name(QuestionId::Accountable) {
            let sentence = format!("The {owner} is accountable for this process.");
            self.line("", sentence, QuestionId::Accountable);
        }
        for (role, id) in self.roles() {
            self.line("", format!("The {role} is a role."), id);
        }
        if let Some(Read::Outside { party, field }) = self.taken.get(&QuestionId::Outside) {
            self.line("", format!("The {party} is outside; their address is {field}."), QuestionId::Outside);
        }
        if let Some(closing) = self.name(QuestionId::Done).map(String::from) {
            self.line("", format!("Closing as {closing} is a success."), QuestionId::Done);
        }
        if let Some(Read::Place(place)) = self.taken.get(&QuestionId::Stalls) {
            self.line("", format!("It usually stalls at {place}."), QuestionId::Stalls);
        }
        self.gap();
    }

    /// Everybody whom an answer names and no other sentence introduces.
    fn roles(&self) -> Vec<(String, QuestionId)> {
        let mut named: Vec<(String, QuestionId)> = Vec::new();
        for (id, read) in self.taken {
            let people: Vec<String> = match read {
                Read::Steps(steps) => steps.iter().flat_map(|(_, people)| people.clone()).collect(),
                Read::Decides { who, .. } | Read::Limit { who, .. } => vec![who.clone()],
                Read::Escalation { to, .. } => vec![to.clone()],
                Read::MaySee { who, .. } => who.clone(),
                _ => Vec::new(),
            };
            named.extend(people.into_iter().map(|person| (person, *id)));
        }
        let party = match self.taken.get(&QuestionId::Outside) {
            Some(Read::Outside { party, .. }) => party.as_str(),
            _ => "",
        };
        let known = [self.starter(), self.name(QuestionId::Accountable).unwrap_or_default(), party];
        let mut roles: Vec<(String, QuestionId)> = Vec::new();
        for (person, id) in named {
            let fixed = ["approver", "requester"].iter().any(|word| same(word, &person));
            let manager = ["manager of ", "owner of "].iter().any(|start| person.starts_with(start))
                || person.ends_with("'s manager");
            let introduced = known.iter().any(|known| same(known, &person));
            if !fixed && !manager && !introduced && !roles.iter().any(|(role, _)| same(role, &person)) {
                roles.push((person, id));
            }
        }
        roles
    }

    fn data(&mut self) {
        if let Some(Read::Asks(asks)) = self.taken.get(&QuestionId::HandsIn) {
            self.line("", format!("The request form asks for {asks}."), QuestionId::HandsIn);
        }
        if let (Some(Read::Outside { party, .. }), Some(Read::OutsideAsks { asks, .. })) =
            (self.taken.get(&QuestionId::Outside), self.taken.get(&QuestionId::OutsideHandsIn))
        {
            self.line("", format!("The {party} form asks for {asks}."), QuestionId::OutsideHandsIn);
        }
        if let Some(Read::MaySee { who, fields }) = self.taken.get(&QuestionId::MaySee) {
            let who: Vec<String> = who.iter().map(|who| format!("the {who}")).collect();
            self.line("", format!("Only {} may see {fields}.", joined(&who)), QuestionId::MaySee);
        }
        self.gap();
    }

    fn stages(&mut self) {
        self.preparation();
        self.decision();
        let Some(closing) = self.name(QuestionId::Done).map(String::from) else { return };
        self.line("", "Stage Completion:", QuestionId::Done);
        if let Some(Read::Calls(calls)) = self.taken.get(&QuestionId::Systems) {
            for call in calls {
                self.line("- ", call.clone(), QuestionId::Systems);
            }
        }
        if let Some(Read::Message(message)) = self.taken.get(&QuestionId::Tell) {
            let sentence = format!("Tell the {} that {}.", self.starter(), lexer::quoted(message));
            self.line("- ", sentence, QuestionId::Tell);
        }
        self.line("- ", format!("Close the case as {closing}."), QuestionId::Done);
        self.gap();
    }

    fn preparation(&mut self) {
        let before = self.lines.len();
        if let (Some(Read::Outside { party, .. }), Some(Read::OutsideAsks { within, .. })) =
            (self.taken.get(&QuestionId::Outside), self.taken.get(&QuestionId::OutsideHandsIn))
        {
            let id = QuestionId::OutsideHandsIn;
            self.line("", "Stage Preparation:", id);
            let tell = format!(
                "Tell the {party} that \"Please fill in the form behind this link.\"; nobody signs this message."
            );
            self.line("- ", tell, id);
            let within = within.as_ref().map(|span| format!(" within {span}")).unwrap_or_default();
            self.line("- ", format!("The {party} fills in the {party} form{within}."), id);
        }
        if let Some(Read::Steps(steps)) =
            self.taken.get(&QuestionId::Steps).filter(|read| **read != Read::Steps(vec![]))
        {
            if self.lines.len() == before {
                self.line("", "Stage Preparation:", QuestionId::Steps);
            }
            for (step, _) in steps {
                self.line("- ", step.clone(), QuestionId::Steps);
            }
        }
        self.gap();
    }

    fn decision(&mut self) {
        let Some(Read::Decides { who, within }) = self.taken.get(&QuestionId::Decides) else { return };
        let subject = self.subject();
        let id = QuestionId::Decides;
        self.line("", "Stage Decision:", id);
        self.line("- ", format!("Prepare a summary of the {subject} for the approver."), id);
        let step = |who: &str, within: &Option<String>| {
            let within = within.as_ref().map(|span| format!(" within {span}")).unwrap_or_default();
            format!("the {who} approves the {subject}{within}.")
        };
        let usual = step(who, within);
        if let Some(Read::Limit { condition, who, within }) = self.taken.get(&QuestionId::Limit) {
            let sentence = format!("If {condition}, {}", step(who, within));
            self.line("- ", sentence, QuestionId::Limit);
            self.also(format!("Otherwise, {usual}"), id);
        } else {
            self.line("- ", format!("T{}", &usual[1..]), id);
        }
        if let Some(Read::Escalation { after, to }) = self.taken.get(&QuestionId::Escalation) {
            let sentence = format!("If the approver does not decide within {after}, escalate to the {to}.");
            self.line("- ", sentence, QuestionId::Escalation);
        }
        if let Some(closing) = self.name(QuestionId::Rejected).map(String::from) {
            let id = QuestionId::Rejected;
            let starter = self.starter();
            let sentence = format!("If the approver rejects the {subject}, tell the {starter} the reason.");
            self.line("- ", sentence, id);
            self.also(format!("Close the case as {closing}."), id);
        }
        self.gap();
    }

    fn rules(&mut self) {
        if self.taken.get(&QuestionId::Withdraw) == Some(&Read::Withdraw) {
            let sentence = format!("If the {} withdraws at any time, close the case as withdrawn.", self.starter());
            self.line("", sentence, QuestionId::Withdraw);
        }
        if matches!(self.taken.get(&QuestionId::Decides), Some(Read::Decides { .. })) {
            let id = QuestionId::Decides;
            self.line("", format!("An agent must never approve the {}.", self.subject()), id);
            self.line("", format!("The approver must never be the {}.", self.starter()), id);
        }
    }

    fn text(self) -> (String, Vec<AnsweredSentence>) {
        let mut text = String::new();
        let mut sentences = Vec::new();
        for line in self.lines {
            text.push_str(line.prefix);
            for (index, (sentence, question)) in line.sentences.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                let start = text.len();
                text.push_str(sentence);
                sentences.push(AnsweredSentence { start, end: text.len(), question: *question });
            }
            text.push('\n');
        }
        while text.ends_with("\n\n") {
            text.pop();
        }
        (text, sentences)
    }
}

fn article(name: &str) -> &'static str {
    let vowel = name.trim_start_matches('"').to_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']);
    if vowel { "An" } else { "A" }
}

fn joined(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

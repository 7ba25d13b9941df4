//! Sentences that are one small change away from being understood, and that change in the writer's own words.

use super::{
    diagnostics::Diagnostic,
    lexer::{self, Token, TokenKind},
    prose::verbs::{self, Form},
    refuse::{capital, understood},
    sentence::Raw,
    shapes,
    words::{self, Class},
};

/// How many places of one sentence are tried as the beginning of its step.
const STARTS_MAX: usize = 3;
/// How many words of a step are tried as its verb.
const VERBS_MAX: usize = 4;
/// The most words of a name that is put into quotation marks.
const NAME_WORDS_MAX: usize = 8;
/// The most words that are put into quotation marks as what somebody does.
const WORK_WORDS_MAX: usize = 30;

/// Words before a verb that make a duty of it.
const DUTIES: [&[&str]; 9] = [
    &["must"],
    &["should"],
    &["shall"],
    &["will"],
    &["has", "to"],
    &["have", "to"],
    &["needs", "to"],
    &["need", "to"],
    &["is", "to"],
];
/// The verbs that have a shape of their own, as they are told to somebody and as they are told of somebody.
const SHAPED: [(&str, &str); 9] = [
    ("approve", "approves"),
    ("review", "reviews"),
    ("fill", "fills"),
    ("correct", "corrects"),
    ("complete", "completes"),
    ("hand", "hands"),
    ("provide", "provides"),
    ("write", "writes"),
    ("do", "does"),
];
/// Between "decides" and what is decided.
const DECIDED: [&[&str]; 4] = [&["on"], &["about"], &["upon"], &["whether", "to", "approve"]];
/// Verbs that may mean a decision, and verbs that may mean a look at somebody else's work.
const DECISIONS: [&str; 5] = ["authorise", "authorize", "sign", "accept", "confirm"];
const LOOKS: [&str; 7] = ["check", "examine", "inspect", "verify", "assess", "evaluate", "validate"];
/// Words with a grammar of their own that change nothing about who does what, and so may stand in quoted work.
const CARRIED: [&str; 12] = ["and", "or", "that", "which", "whether", "is", "are", "has", "have", "be", "been", "both"];
/// Words that are nobody whom a text could introduce.
const NOBODIES: [&str; 10] = ["it", "they", "we", "he", "she", "you", "i", "agent", "agents", "there"];

/// One step of a sentence, from a token on.
struct Part<'a> {
    text: &'a str,
    raw: &'a Raw,
    tokens: &'a [Token],
}

/// What is said about a sentence: what is wrong, why, and other words for it.
struct Reworded {
    message: String,
    why: &'static str,
    words: String,
    /// Further ways that the writer would have to mean.
    other: Vec<String>,
}

/// The diagnostic of a sentence that would be understood in other words; `None` where no small change helps.
pub(crate) fn reworded(text: &str, raw: &Raw) -> Option<Diagnostic> {
    let tokens = &raw.tokens;
    let opens = tokens.first().is_some_and(|first| first.is(text, "if") || first.is(text, "otherwise"));
    let commas = (1..tokens.len()).filter(|at| opens && tokens[at - 1].is(text, ","));
    let starts: Vec<usize> = if opens { commas.collect() } else { vec![0] };
    starts.into_iter().rev().take(STARTS_MAX).find_map(|start| Part { text, raw, tokens: &tokens[start..] }.told())
}

impl<'a> Part<'a> {
    fn told(&self) -> Option<Diagnostic> {
        let (first, last) = (self.tokens.first()?, self.tokens.last()?);
        let found = self.tell().or_else(|| self.declared()).or_else(|| self.passive()).or_else(|| self.verb())?;
        let whole = first.start == self.raw.start;
        let end = if whole { self.raw.end } else { last.end };
        let words = if whole { capital(&found.words) } else { found.words };
        let mut told = Diagnostic::error("E101", (first.start, end), found.message, found.why);
        told = told.fix(format!("Write `{words}`"), first.start, last.end, words);
        Some(found.other.into_iter().fold(told, Diagnostic::advise))
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(self.text, word))
    }

    fn are(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(index, word)| self.is(at + index, word))
    }

    fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    /// The text from one token up to another.
    fn slice(&self, from: usize, to: usize) -> &'a str {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) if from < to => &self.text[first.start..last.end],
            _ => "",
        }
    }

    fn article(&self, at: usize) -> bool {
        ["a", "an", "the"].iter().any(|word| self.is(at, word))
    }

    /// Whether the whole sentence is understood with these words in place of the step.
    fn reads(&self, words: &str) -> bool {
        let (Some(first), Some(last)) = (self.tokens.first(), self.tokens.last()) else { return false };
        let (before, after) = (&self.text[self.raw.start..first.start], &self.text[last.end..self.raw.end]);
        understood(&format!("{before}{words}{after}"))
    }

    /// Words as a name: as they are, or in quotation marks where a word of them joins sentences; the flag tells
    /// which. `None` where they say more than a name.
    fn name(&self, from: usize, to: usize) -> Option<(String, bool)> {
        let article = usize::from(self.article(from));
        let tokens = self.tokens.get(from + article..to).filter(|tokens| !tokens.is_empty())?;
        let the = if article == 1 { format!("{} ", self.word(from)) } else { String::new() };
        let own = self.slice(from + article, to);
        if tokens.len() == 1 && tokens[0].kind == TokenKind::Quote {
            return Some((format!("{the}{own}"), false));
        }
        let class = |token: &Token| words::class(token.text(self.text));
        let (first, last) = (tokens.first()?, tokens.last()?);
        let edge = Class::STOP.and(Class::JOINT).and(Class::TIME);
        let says = |index: usize, token: &Token| {
            let at = from + article + index;
            let verb = index > 0 && verbs::forms(token.text(self.text)).iter().any(|(form, _)| *form == Form::Third);
            let two = token.is(self.text, "and") && self.article(at + 1);
            token.kind != TokenKind::Word
                || class(token).has(Class::STOP.and(Class::TIME)) && !token.is(self.text, "and")
                || verb && class(tokens.get(index + 1).unwrap_or(token)).has(Class::JOINT)
                || two
                || words::vague(token.text(self.text)).is_some()
        };
        let nobody = tokens.len() == 1 && NOBODIES.iter().any(|word| first.is(self.text, word));
        if tokens.len() > NAME_WORDS_MAX
            || nobody
            || class(first).has(edge)
            || class(last).has(edge)
            || ["of", "for", "about"].iter().any(|word| last.is(self.text, word))
            || tokens.iter().enumerate().any(|(index, token)| says(index, token))
        {
            return None;
        }
        let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
        if shapes::is_plain_name(&own) {
            return Some((format!("{the}{own}"), false));
        }
        Some((format!("{the}{}", lexer::quoted(&own)), true))
    }

    /// Names of several words where roles are introduced.
    fn declared(&self) -> Option<Reworded> {
        let roles = usize::from(self.is(0, "the"));
        if self.are(roles, &["roles", "are"]) {
            let from = roles + 2;
            let joint = |at: &usize| self.is(*at, ",") || self.is(*at, "and");
            let ends = (from..self.tokens.len()).filter(joint).chain([self.tokens.len()]);
            let starts = [from].into_iter().chain((from..self.tokens.len()).filter(joint).map(|at| at + 1));
            let (mut words, mut quoted) = (String::from(self.slice(0, from)), None);
            for (start, end) in starts.zip(ends) {
                if end > start {
                    let (name, marked) = self.name(start, end)?;
                    quoted = quoted.or_else(|| marked.then(|| name.clone()));
                    words.push_str(&format!(" {name}"));
                }
                if end < self.tokens.len() {
                    words.push_str(if self.is(end, ",") { "," } else { " and" });
                }
            }
            return self.quoting(quoted?, words);
        }
        let facts: [&[&str]; 4] = [&["is", "a", "role"], &["is", "accountable"], &["can", "start"], &["is", "outside"]];
        let at = (1..self.tokens.len()).find(|at| facts.iter().any(|fact| self.are(*at, fact)))?;
        let (name, true) = self.name(0, at)? else { return None };
        let words = format!("{name} {}", self.slice(at, self.tokens.len()));
        self.quoting(name, words)
    }

    fn quoting(&self, name: String, words: String) -> Option<Reworded> {
        let plain = name.split_once('"').map_or(&*name, |(_, rest)| rest.trim_end_matches('"'));
        self.reads(&words).then(|| Reworded {
            message: format!("a word of the name `{plain}` joins sentences: it stands in quotation marks"),
            why: "quotation marks show where a name begins and where it ends",
            words,
            other: vec![String::from("give it a name without such words, such as `finance lead`")],
        })
    }

    /// `Tell X of the reason`, `The desk tells X the reason`.
    fn tell(&self) -> Option<Reworded> {
        let told = |word: &str| ["tell", "inform", "email", "notify"].contains(&word);
        let at = (0..self.tokens.len()).find(|at| {
            let word = self.word(*at).to_lowercase();
            told(&word) || told(word.trim_end_matches('s'))
        })?;
        let reason = self.tokens.len().checked_sub(2).filter(|from| self.are(*from, &["the", "reason"]))?;
        let joint = ["of", "about"].iter().any(|word| self.is(reason - 1, word));
        let (whom, _) = self.name(at + 1, if joint { reason - 1 } else { reason })?;
        let words = format!("tell {whom} the reason");
        if !self.reads(&words) {
            return None;
        }
        let mut other = vec![format!("write the text itself: `Tell {whom} that \"...\".`")];
        if let Some((subject, _)) = self.name(0, at) {
            other.push(format!("if it is work of a person: `{} does \"{words}\".`", capital(&subject)));
        }
        Some(Reworded {
            message: format!("`{}` is written `{words}`", self.slice(at, self.tokens.len())),
            why: "the message is sent by the program, and its words are those of the decision before it",
            words,
            other,
        })
    }

    /// `The claim is approved by the director`.
    fn passive(&self) -> Option<Reworded> {
        let be = |at: usize| ["is", "are", "gets", "be"].iter().any(|word| self.is(at, word));
        let at = (1..self.tokens.len()).find(|at| be(*at) && self.is(at + 2, "by"))?;
        let verb = match self.word(at + 1).to_lowercase().as_str() {
            "approved" => "approves",
            "reviewed" => "reviews",
            _ => return None,
        };
        let must = at.checked_sub(1).filter(|must| self.is(at, "be") && (self.is(*must, "must"))).unwrap_or(at);
        let within = (at + 3..self.tokens.len()).find(|at| self.is(*at, "within")).unwrap_or(self.tokens.len());
        let thing = self.slice(0, must);
        let thing = if self.article(0) { format!("the {}", self.slice(1, must)) } else { String::from(thing) };
        let (who, _) = self.name(at + 3, within)?;
        let due = self.slice(within, self.tokens.len());
        let words = String::from(format!("{who} {verb} {thing} {due}").trim_end());
        self.reads(&words).then(|| Reworded {
            message: String::from("who does it stands at the beginning"),
            why: "every step begins with its owner, so that nobody has to look for them",
            words,
            other: Vec::new(),
        })
    }

    /// A step whose verb, or whose owner, is not written as the shapes have it.
    fn verb(&self) -> Option<Reworded> {
        let places: Vec<usize> = (1..self.tokens.len()).filter(|at| self.may_be_verb(*at)).collect();
        let (open, closed): (Vec<usize>, Vec<usize>) = places.into_iter().partition(|at| self.opens(at + 1));
        open.into_iter().chain(closed.into_iter().rev()).take(VERBS_MAX).find_map(|at| self.verb_at(at))
    }

    fn duty(&self, at: usize) -> Option<usize> {
        DUTIES.iter().find(|duty| self.are(at, duty)).map(|duty| duty.len())
    }

    fn may_be_verb(&self, at: usize) -> bool {
        let word = self.word(at).to_lowercase();
        let known = verbs::forms(&word).iter().any(|(form, _)| *form == Form::Third);
        let shaped = SHAPED.iter().any(|(_, third)| *third == word);
        let word_of_its_own = word.ends_with('s') && !words::class(&word).has(Class::STOP.and(Class::JOINT));
        known || shaped || self.duty(at).is_some() || word_of_its_own && self.article(at + 1)
    }

    /// Whether what follows a word shows that it was a verb: an article, a preposition, or the end.
    fn opens(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(|next| {
            next.kind != TokenKind::Word || words::class(next.text(self.text)).has(Class::JOINT.and(Class::STOP))
        })
    }

    fn verb_at(&self, at: usize) -> Option<Reworded> {
        let (who, marked) = self.name(0, at)?;
        let duty = self.duty(at);
        let verb = at + duty.unwrap_or(0);
        let rest = self.slice(verb + 1, self.tokens.len());
        let written = self.word(verb).to_lowercase();
        let heard = self.slice(at, verb + 1);
        if let Some((_, third)) =
            SHAPED.iter().find(|(base, third)| *(if duty.is_some() { base } else { third }) == written)
        {
            let words = String::from(format!("{who} {third} {rest}").trim_end());
            if marked && duty.is_none() {
                return self.quoting(who, words);
            }
            let why = "every step is a duty already, and is written in one way alone";
            return self.say(duty.map(|_| format!("`{heard}` is written `{third}`"))?, why, words);
        }
        let base = if duty.is_some() { written } else { base(&written) };
        if base == "decide" {
            let joint = DECIDED.iter().find(|joint| self.are(verb + 1, joint)).map_or(0, |joint| joint.len());
            let rest = self.slice(verb + 1 + joint, self.tokens.len());
            let heard = self.slice(at, verb + 1 + joint);
            let why = "a decision is a step that ends with a yes or a no";
            return self.say(format!("`{heard}` is written `approves`"), why, format!("{who} approves {rest}"));
        }
        self.work(&who, heard, &base, verb)
    }

    fn say(&self, message: String, why: &'static str, words: String) -> Option<Reworded> {
        self.reads(&words).then(|| Reworded { message, why, words, other: Vec::new() })
    }

    /// What somebody does in the writer's own words.
    fn work(&self, who: &str, heard: &str, base: &str, verb: usize) -> Option<Reworded> {
        let end = (verb + 1..self.tokens.len()).find(|at| self.is(*at, "within")).unwrap_or(self.tokens.len());
        // A condition, a time or a call of a system would have no effect inside quotation marks.
        let lost = |token: &Token| {
            let word = token.text(self.text).to_lowercase();
            let class = words::class(&word);
            let grammar = class.has(Class::STOP.and(Class::TIME)) && !CARRIED.contains(&word.as_str());
            !matches!(token.kind, TokenKind::Word | TokenKind::Number) && word != "," || grammar || word == "system"
        };
        let also = (verb + 2..end).any(|at| {
            let third = verbs::forms(self.word(at)).iter().any(|(form, _)| *form == Form::Third);
            third && (self.is(at - 1, "and") || self.is(at - 1, "then"))
        });
        let inside = &self.tokens[verb + 1..end];
        if also || inside.len() > WORK_WORDS_MAX || inside.iter().any(lost) {
            return None;
        }
        let rest = self.slice(verb + 1, end);
        let due = self.slice(end, self.tokens.len());
        let work = String::from(format!("{base} {rest}").trim_end());
        let words = String::from(format!("{who} does {} {due}", lexer::quoted(&work)).trim_end());
        if !self.reads(&words) {
            return None;
        }
        let shaped = if DECISIONS.contains(&base) {
            Some(("a decision that can be refused", "approves"))
        } else {
            LOOKS.contains(&base).then_some(("a look that ends with a yes or a no", "reviews"))
        };
        let other = shaped.map(|(what, third)| (what, capital(format!("{who} {third} {rest} {due}").trim_end())));
        Some(Reworded {
            message: format!("`{heard}` has no shape of its own"),
            why: "what a person does in words of your own stands in quotation marks",
            words,
            other: other
                .filter(|(_, words)| understood(words))
                .map(|(what, words)| format!("if it is {what}: `{words}.`"))
                .into_iter()
                .collect(),
        })
    }
}

/// `confirm` of `confirms`, by the list of verbs or by the rules of spelling.
fn base(third: &str) -> String {
    if let Some((_, verb)) = verbs::forms(third).into_iter().find(|(form, _)| *form == Form::Third) {
        return String::from(verb);
    }
    let hissing = ["sses", "shes", "ches", "xes", "zes", "oes"];
    match third.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if hissing.iter().any(|ending| third.ends_with(ending)) => {
            String::from(third.strip_suffix("es").unwrap_or(third))
        }
        None => String::from(third.strip_suffix('s').unwrap_or(third)),
    }
}

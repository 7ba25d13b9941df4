//! The names that a text has introduced, for the slots that take them.

use countersign_core::definition::FieldKind;

use super::CompletionKind;
use crate::{
    lexer::{self, Token},
    meaning::{Clause, Meaning},
    names::{Names, Said, kind_word, same, written},
    sentence::{self, MAX_TOKENS, Raw, RawKind},
    shapes::{self, Naming},
};

/// Verbs that completion offers for a call of another system.
const OPERATIONS: [&str; 8] = ["create", "update", "book", "send", "close", "register", "cancel", "pay"];

/// A name of the text.
#[derive(Clone, Debug)]
pub(crate) struct KnownName {
    /// Without an article.
    pub text: String,
    articles: &'static [&'static str],
    pub kind: CompletionKind,
    pub detail: Option<String>,
}

/// All names of a text.
#[derive(Debug, Default)]
pub(crate) struct Known {
    names: Names,
    closings: Vec<String>,
    systems: Vec<String>,
    things: Vec<String>,
    labels: Vec<String>,
}

impl Known {
    /// Gathers the names of a text.
    pub(crate) fn gather(text: &str) -> Self {
        let split = sentence::split(text, &lexer::tokens(text));
        let mut unheard = Vec::new();
        let said: Vec<Said> = split
            .sentences
            .iter()
            .enumerate()
            .filter_map(|(index, raw)| {
                let meaning = meaning(text, raw)?;
                Some(Said { index, start: raw.start, end: raw.end, meaning })
            })
            .collect();
        let mut known = Self::default();
        known.names.collect(&said, text, &mut unheard);
        for one in &said {
            known.hear(&one.meaning);
        }
        let options: Vec<String> = known.names.fields.iter().flat_map(|field| options(&field.kind)).collect();
        options.iter().for_each(|option| add(&mut known.labels, option));
        known
    }

    fn hear(&mut self, meaning: &Meaning) {
        match meaning {
            Meaning::Success(closings) => closings.iter().for_each(|name| add(&mut self.closings, &name.text)),
            Meaning::Withdraw { closing, .. } => add(&mut self.closings, &closing.text),
            Meaning::NeverAgent(thing) | Meaning::Stalls(thing) => add(&mut self.things, &thing.text),
            _ => {}
        }
        match meaning.clause() {
            Some(Clause::Close(closing)) => add(&mut self.closings, &closing.text),
            Some(Clause::Call { system, .. }) => add(&mut self.systems, &system.text),
            Some(Clause::Decide { subject: thing, .. }) => add(&mut self.things, &thing.text),
            Some(Clause::Classify { thing, labels, .. }) => {
                add(&mut self.things, &thing.text);
                labels.iter().for_each(|label| add(&mut self.labels, &label.text));
            }
            _ => {}
        }
    }

    /// The names that the slot takes.
    pub(crate) fn named(&self, of: Naming) -> Vec<KnownName> {
        match of {
            Naming::Who => self.people(),
            Naming::Starter => self.starter().into_iter().collect(),
            Naming::Field => self.fields().collect(),
            // What is read from a document is called by its plain name in the sentence that introduces it.
            Naming::Ask => self.fields().filter(|field| !field.text.contains(" on the ")).collect(),
            Naming::Document => {
                self.fields().filter(|field| field.detail.as_deref() == Some(kind_word(&FieldKind::Document))).collect()
            }
            Naming::Form => plain(&self.names.forms, &["the", "a"], CompletionKind::Form, "form"),
            Naming::Stage => plain(&self.names.stages, &["", "the"], CompletionKind::Stage, "stage"),
            Naming::Closing => plain(&self.closings, &[""], CompletionKind::Value, "closing"),
            Naming::Label => plain(&self.labels, &[""], CompletionKind::Value, "word of a list"),
            Naming::System => plain(&self.systems, &["the"], CompletionKind::System, "system"),
            Naming::Thing => plain(&self.things, &[""], CompletionKind::Thing, "in another sentence"),
            Naming::Operation => {
                let verbs: Vec<String> = OPERATIONS.iter().map(|verb| String::from(*verb)).collect();
                plain(&verbs, &[""], CompletionKind::Words, "in another system")
            }
            Naming::Free => Vec::new(),
        }
    }

    /// The fields with their types.
    pub(crate) fn fields(&self) -> impl Iterator<Item = KnownName> {
        self.names.fields.iter().map(|field| KnownName {
            text: match field.label.split_once(" on the ") {
                Some((name, document)) => format!("{} on the {}", written(name), written(document)),
                None => written(&field.label),
            },
            articles: &["the"],
            kind: CompletionKind::Field,
            detail: Some(String::from(kind_word(&field.kind))),
        })
    }

    fn starter(&self) -> Option<KnownName> {
        self.names.starter.as_ref().map(|starter| KnownName {
            text: written(starter),
            articles: if starter.to_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) {
                &["the", "an"]
            } else {
                &["the", "a"]
            },
            kind: CompletionKind::Who,
            detail: Some(String::from("who started the case")),
        })
    }

    fn people(&self) -> Vec<KnownName> {
        let mut all = plain(&self.names.roles, &["the"], CompletionKind::Who, "role");
        all.extend(self.starter());
        let outside = self.names.parties.clone();
        all.extend(plain(&outside, &["the"], CompletionKind::Who, "outside"));
        let fixed = |text: String, detail: &str| KnownName {
            text,
            articles: &["the"],
            kind: CompletionKind::Who,
            detail: Some(String::from(detail)),
        };
        all.push(fixed(String::from("approver"), "who approves in this case"));
        if let Some(starter) = &self.names.starter {
            all.push(fixed(format!("manager of the {}", written(starter)), "by the directory"));
        }
        all
    }

    /// What a field may be compared with, with what that means.
    pub(crate) fn values(&self, field: &str) -> Vec<(String, String)> {
        let known = self.names.fields.iter().find(|known| same(&known.label, field));
        let Some(kind) = known.map(|known| &known.kind) else {
            return shown(&["missing", "over", "under", "at least", "at most", "the same as"]);
        };
        let mut all: Vec<(String, String)> =
            options(kind).into_iter().map(|option| (written(&option), String::from("word of the list"))).collect();
        all.extend(shown(match kind {
            FieldKind::Money => {
                &["over 500 EUR", "under 500 EUR", "at least 500 EUR", "at most 500 EUR", "between 100 EUR and 500 EUR"]
            }
            FieldKind::Number => &["over 10", "under 10", "at least 10", "at most 10", "between 1 and 10"],
            FieldKind::Date => &["after", "before", "at most 90 days ago"],
            FieldKind::YesNo => &["yes", "no"],
            _ => &[],
        }));
        all.extend(shown(&["missing", "the same as", "over", "under", "at least", "at most", "between", "after"]));
        all.extend(shown(&["before", "more than", "less than", "greater than", "later than", "earlier than", "above"]));
        all.extend(shown(&["below", "equal to"]));
        all
    }
}

impl KnownName {
    /// What is left of the name behind the words that stand there already, in every way to write it.
    pub(crate) fn rests(&self, source: &str, typed: &[Token]) -> Vec<String> {
        self.articles
            .iter()
            .filter_map(|article| {
                let whole = if article.is_empty() { self.text.clone() } else { format!("{article} {}", self.text) };
                rest(source, typed, &whole)
                    .or_else(|| if typed.is_empty() { None } else { rest(source, typed, &self.text) })
            })
            .collect()
    }
}

/// What is left of a phrase behind the words that stand there already.
pub(crate) fn rest(source: &str, typed: &[Token], phrase: &str) -> Option<String> {
    let words: Vec<Token> = lexer::tokens(phrase).into_iter().filter(|token| token.matters()).collect();
    let next = words.get(typed.len())?;
    let starts = typed.iter().zip(&words).all(|(typed, word)| {
        let (typed, word) = (typed.text(source), word.text(phrase));
        typed.eq_ignore_ascii_case(word) || typed.to_lowercase() == word.to_lowercase()
    });
    starts.then(|| String::from(&phrase[next.start..]))
}

fn plain(names: &[String], articles: &'static [&'static str], kind: CompletionKind, detail: &str) -> Vec<KnownName> {
    let one = |name: &String| KnownName {
        // A description begins with its own article; only a name is put into quotation marks.
        text: if kind == CompletionKind::Thing { name.clone() } else { written(name) },
        articles,
        kind,
        detail: Some(String::from(detail)),
    };
    names.iter().map(one).collect()
}

fn shown(values: &[&str]) -> Vec<(String, String)> {
    values.iter().map(|value| (String::from(*value), String::from("comparison"))).collect()
}

fn options(kind: &FieldKind) -> Vec<String> {
    match kind {
        FieldKind::Choice { options } => options.clone(),
        _ => Vec::new(),
    }
}

/// The one meaning of a sentence; what is wrong with one that has none is not asked here.
fn meaning(text: &str, raw: &Raw) -> Option<Meaning> {
    let plain = raw.kind == RawKind::Plain && raw.tokens.len() <= MAX_TOKENS;
    let mut readings = if plain { shapes::readings(text, &raw.tokens) } else { Vec::new() };
    if readings.len() == 1 { readings.pop() } else { None }
}

fn add(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| same(known, name)) {
        list.push(String::from(name));
    }
}
